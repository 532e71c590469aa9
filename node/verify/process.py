"""One worker, seen from the node: a child process behind two pipes that never block."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from node.verify.frames import Asked, BrokenFrame, framed, question, read_answer, take_frame

WORKER_COMMAND = (sys.executable, "-P", "-m", "node.verify.worker")
READ_BYTES = 1 << 16  # what a pipe holds

ASKED_BATCHES_MAX = 4
"""What a worker holds: enough to be at work while a block is applied here, little enough that both pipes hold it (64 KiB each)."""


class WorkerFault(Exception):
    """A worker cannot be used any more. Never leaves the pool."""


@dataclass(slots=True)
class _Sent:
    batch: int
    question: bytes
    count: int
    at: float


class WorkerProcess:
    """Batches of signatures go in, their keys come out in the same order. `sys.path` is ours, so it runs the code that we run."""

    def __init__(self, command: Sequence[str] = WORKER_COMMAND) -> None:
        """Raises WorkerFault."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            # A session of its own: Ctrl-C at the terminal is for the node, which ends its workers itself.
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerFault(f"it cannot be started: {error.strerror}") from None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self.questions_file = self._child.stdin.fileno()
        self.answers_file = self._child.stdout.fileno()
        for file in (self.questions_file, self.answers_file):
            os.set_blocking(file, False)
        self._unwritten = bytearray()
        self._unread = bytearray()
        self._sent: deque[_Sent] = deque()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_free(self) -> bool:
        """Whether it may be asked more."""
        return len(self._sent) < ASKED_BATCHES_MAX

    @property
    def batches(self) -> list[int]:
        """What it was asked and has not answered, in order."""
        return [sent.batch for sent in self._sent]

    @property
    def asked_count(self) -> int:
        """How many signatures those are."""
        return sum([sent.count for sent in self._sent])

    @property
    def has_unwritten(self) -> bool:
        """Whether the pipe was full."""
        return bool(self._unwritten)

    @property
    def waits_since(self) -> float | None:
        """When the oldest question that is open was asked."""
        return self._sent[0].at if self._sent else None

    def ask(self, batch: int, asked: Sequence[Asked], now: float) -> None:
        """Raises WorkerFault."""
        body = question(batch & 0xFFFF_FFFF, asked)
        self._sent.append(_Sent(batch, body, len(asked), now))
        self._unwritten += framed(body)
        self.write()

    def write(self) -> None:
        """What the pipe takes of what was asked. Raises WorkerFault."""
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self.questions_file, self._unwritten)]
        except BlockingIOError:
            pass
        except OSError as error:
            raise WorkerFault(f"it no longer reads: {error.strerror}") from None

    def answers(self) -> Iterator[tuple[int, list[bytes]]]:
        """The batches that have been answered, with their keys. Raises WorkerFault."""
        while self._read():
            yield from self._take_answers()

    def _read(self) -> bool:
        try:
            data = os.read(self.answers_file, READ_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            raise WorkerFault(f"it cannot be read: {error.strerror}") from None
        if not data:
            raise WorkerFault("it has ended")
        self._unread += data
        return True

    def _take_answers(self) -> Iterator[tuple[int, list[bytes]]]:
        try:
            while (body := take_frame(self._unread)) is not None:
                keys = self._keys_of(body)
                yield self._sent.popleft().batch, keys
        except BrokenFrame as error:
            raise WorkerFault(f"its answer is none: {error}") from None

    def _keys_of(self, body: bytes) -> list[bytes]:
        """Of the oldest question that is open. Raises BrokenFrame."""
        if not self._sent:
            raise BrokenFrame("it answers what nobody asked")
        return read_answer(body, self._sent[0].question, self._sent[0].count)

    def end(self) -> None:
        """At once: it holds nothing that anybody else lacks."""
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            pipe.close()
        self._child.wait()
