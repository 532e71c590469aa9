"""What workers are asked, and what becomes of their answers.

    workers = workers_for(chain, setting)
    workers.prefetch(blocks)      ask about blocks that will be applied soon
    workers.is_ready(block)       nothing of it is still being worked on: apply it now
    workers.close()

There is no thread: pipes are read and written whenever somebody asks. A program without an event loop calls `finish(block)`, and helps
while it waits. A node lets its loop `watch`, and may `help` between two other things.
"""

import os
import select
from asyncio import AbstractEventLoop
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from chain.block import Block
from chain.chain import Chain
from chain.signatures import Place, RememberedSigners, header_place, transaction_place
from node.logs import Log
from node.verify.frames import NO_KEY, Asked, can_be_asked
from node.verify.process import WORKER_COMMAND, WorkerFault, WorkerProcess
from node.verify.worker import key_behind

WORKERS_MAX = 8
"""One process applies all blocks at some 15 µs an operation, and a signature takes 45 to 130: more workers would only wait."""
BATCH_SIGNATURES = (
    128  # 6 to 16 ms of work; a smaller batch costs more for its system calls, a larger one is waited for
)
QUEUE_SIGNATURES_MAX = 65_536  # some 25 MB; what does not fit is not asked
PATIENCE_SECONDS = 10.0  # for an answer that takes 16 ms: a worker that needs longer hangs, or the machine does
LOOK_MILLISECONDS = 1_000
RESTART_SECONDS_MAX = (
    60.0  # before a worker is replaced; after the first fault of a row one second, then twice as long each time
)
IDLE_SECONDS = 60.0  # a node that has caught up needs no workers, and starts one in a tenth of a second
ROW_SECONDS = 300.0  # after so long without a fault the next one begins a new row

_log = Log("verify")


def workers_for(chain: Chain, setting: int | None) -> "SignatureWorkers":
    """As many as the setting says; None is one less than there are cores, but one at least."""
    count = max(1, min(len(os.sched_getaffinity(0)) - 1, WORKERS_MAX)) if setting is None else setting
    assert isinstance(chain.signers, RememberedSigners)
    return SignatureWorkers(chain.signers, chain.params.chain_id, count)


@dataclass(slots=True)
class Batch:
    """Signatures that are checked together, and the blocks that wait for them."""

    places: list[Place] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)

    def add(self, block_id: bytes, place: Place, digest: bytes) -> None:
        self.places.append(place)
        self.asked += [(digest, signature) for signature in place[1]]
        if block_id not in self.blocks[-1:]:
            self.blocks.append(block_id)

    @property
    def is_full(self) -> bool:
        return len(self.asked) >= BATCH_SIGNATURES


class SignatureWorkers:
    """Processes that find out who signed, before a block asks. Without workers (0) nothing is ever asked, and all is ready."""

    def __init__(
        self,
        signers: RememberedSigners,
        chain_id: bytes,
        count: int,
        *,
        command: Sequence[str] = WORKER_COMMAND,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Workers are started when there is something to ask."""
        self.count = count
        self.queued_count = 0
        """Signatures that are asked about and not answered."""
        self._signers = signers
        self._chain_id = chain_id
        self._command = command
        self._now = now
        self._workers: list[WorkerProcess] = []
        self._queue: deque[Batch] = deque()  # not handed out
        self._handed: dict[int, Batch] = {}
        self._batch_num = 0
        self._open: Counter[bytes] = Counter()  # batches without an answer, by block id
        self._asked_at = 0.0
        self._faults = 0  # of one row
        self._restart_at = 0.0
        self._loop: AbstractEventLoop | None = None
        self._on_answers: Callable[[], None] = lambda: None

    # --- what a synchronisation asks

    def prefetch(self, blocks: Sequence[Block]) -> None:
        """Ask who signed these blocks and their transactions, as far as that is not known and the queue has room."""
        self._start()
        if not self._workers:
            return
        batch = Batch()
        for block in blocks:
            if self._open[block.id]:
                continue
            for place, digest in self._unknown(block):
                if self.queued_count + len(batch.asked) >= QUEUE_SIGNATURES_MAX:
                    break
                batch.add(block.id, place, digest)
                if batch.is_full:
                    self._enqueue(batch)
                    batch = Batch()
        if batch.places:
            self._enqueue(batch)
        self._hand_out()

    def is_ready(self, block: Block) -> bool:
        """Whether there is nothing to wait for: all was answered, or never asked."""
        self._pump()
        return block.id not in self._open

    def help(self) -> bool:
        """Check the next batch here, some milliseconds' work. False where workers hold all there is."""
        if not self._queue:
            return False
        batch = self._queue.popleft()
        self._settle(batch, [key_behind(asked) for asked in batch.asked])
        return True

    def finish(self, block: Block) -> None:
        """Help until the block is ready."""
        while not self.is_ready(block):
            if not self.help():
                self._wait()

    def watch(self, loop: AbstractEventLoop, on_answers: Callable[[], None]) -> None:
        """From now on let `loop` move what goes through the pipes, and call `on_answers` when something has come."""
        self._loop = loop
        self._on_answers = on_answers
        for worker in self._workers:
            loop.add_reader(worker.answers_file, self._wake)

    def rest(self) -> None:
        """Let go of workers that have had nothing to do for a while. They are started again when there is something."""
        if not self.queued_count and self._now() > self._asked_at + IDLE_SECONDS:
            self._end_all()

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers]

    def close(self) -> None:
        """End the workers. What was asked is forgotten."""
        self.count = 0
        self._end_all()
        self._forget_all()

    # --- questions

    def _unknown(self, block: Block) -> Iterator[tuple[Place, bytes]]:
        """The places of a block's signatures that nothing is known of, each with its digest."""
        place = header_place(block.header)
        if self._is_worth(place):
            yield place, place[0]
        for transaction in block.transactions:
            place = transaction_place(transaction)
            if self._is_worth(place):
                yield place, transaction.digest(self._chain_id)

    def _is_worth(self, place: Place) -> bool:
        signatures = place[1]
        is_askable = 0 < len(signatures) <= BATCH_SIGNATURES and all(map(can_be_asked, signatures))
        return is_askable and not self._signers.knows(place)

    def _enqueue(self, batch: Batch) -> None:
        self._asked_at = self._now()
        self._queue.append(batch)
        self.queued_count += len(batch.asked)
        self._open.update(batch.blocks)

    def _settle(self, batch: Batch, keys: Sequence[bytes] = ()) -> None:
        """A batch is answered, or given up where no keys are given."""
        position = 0
        for place in batch.places:
            found = tuple(keys[position : position + len(place[1])])
            position += len(place[1])
            if found and NO_KEY not in found:
                self._signers.remember(place, found)
        self.queued_count -= len(batch.asked)
        for block_id in batch.blocks:
            self._open[block_id] -= 1
            if not self._open[block_id]:
                del self._open[block_id]

    def _forget_all(self) -> None:
        for batch in (*self._queue, *self._handed.values()):
            self._settle(batch)
        self._queue.clear()
        self._handed.clear()

    # --- pipes

    def _pump(self) -> None:
        """Move what can be moved without waiting, and part with workers that have failed."""
        for worker in tuple(self._workers):
            try:
                worker.write()
                for number, keys in worker.answers():
                    self._settle(self._handed.pop(number), keys)
                self._check_patience(worker)
            except WorkerFault as fault:
                self._lose(worker, fault)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._queue and self._workers:
            worker = min(self._workers, key=lambda worker: worker.asked_count)
            if not worker.is_free:
                break
            self._batch_num += 1
            batch = self._handed[self._batch_num] = self._queue.popleft()
            try:
                worker.ask(self._batch_num, batch.asked, self._now())
            except WorkerFault as fault:
                self._lose(worker, fault)
        if not self._workers:
            self._forget_all()  # blocks must not wait until there is a worker again
        self._watch_writes()

    def _wait(self) -> None:
        """Until a pipe has something for us, or it is time to look for a worker that hangs."""
        poll = select.poll()
        for worker in self._workers:
            poll.register(worker.answers_file, select.POLLIN)
            if worker.has_unwritten:
                poll.register(worker.questions_file, select.POLLOUT)
        poll.poll(LOOK_MILLISECONDS)

    def _wake(self) -> None:
        self._pump()
        self._on_answers()

    def _watch_writes(self) -> None:
        if self._loop is None:
            return
        for worker in self._workers:
            if worker.has_unwritten:
                self._loop.add_writer(worker.questions_file, self._pump)
            else:
                self._loop.remove_writer(worker.questions_file)

    # --- workers

    def _start(self) -> None:
        """Start what is missing of the workers, also in place of those that were lost, unless the last fault is too recent."""
        if len(self._workers) == self.count or self._now() < self._restart_at:
            return
        try:
            while len(self._workers) < self.count:
                worker = WorkerProcess(self._command)
                self._workers.append(worker)
                if self._loop is not None:
                    self._loop.add_reader(worker.answers_file, self._wake)
        except WorkerFault as fault:
            self._note(fault)

    def _check_patience(self, worker: WorkerProcess) -> None:
        since = worker.waits_since
        if since is not None and self._now() - since > PATIENCE_SECONDS:
            raise WorkerFault(f"it has not answered for {PATIENCE_SECONDS:g} seconds")

    def _lose(self, worker: WorkerProcess, fault: WorkerFault) -> None:
        self._workers.remove(worker)
        for number in worker.batches:
            self._settle(self._handed.pop(number))
        self._end(worker)
        self._note(fault)

    def _note(self, fault: WorkerFault) -> None:
        """Tell the first of a row of faults; the others only to who wants to know everything."""
        if self._now() > self._restart_at + ROW_SECONDS:
            self._faults = 0
        tell = _log.debug if self._faults else _log.warning
        seconds = min(2.0**self._faults, RESTART_SECONDS_MAX)
        self._faults += 1
        self._restart_at = self._now() + seconds
        tell("signature worker lost", reason=str(fault), next_in_seconds=seconds, meanwhile="checked in this process")

    def _end_all(self) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()

    def _end(self, worker: WorkerProcess) -> None:
        if self._loop is not None:
            self._loop.remove_reader(worker.answers_file)
            self._loop.remove_writer(worker.questions_file)
        worker.end()
