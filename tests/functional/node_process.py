"""A devnet in a process of its own, on a free port: started, asked, killed and started again."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

REPOSITORY = Path(__file__).parents[2]
OPERATORS_OWN = ("devnet_api.", "skald_api.get_metrics", "skald_api.get_network")  # answered on a socket of its own
START_SECONDS_MAX = 60  # a machine under heavy load; what a start really takes is measured


class Refused(Exception):
    """The error member of a reply."""


class NodeProcess:
    """`skald devnet` over a data directory. Logs of all its runs go to `<data_dir>.log`, one JSON object a line."""

    def __init__(self, data_dir: Path, *, speed: int = 1, options: Sequence[object] = ()) -> None:
        self.data_dir = data_dir
        self.options = options
        self.log = data_dir.with_name(data_dir.name + ".log")
        self.speed = speed
        self.source = REPOSITORY  # of the program; another version's sources stand elsewhere
        self.faults: dict[str, str] = {}  # what the shim is asked for in the environment (tests.functional.faults)
        self.start_seconds = 0.0
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._log_start = 0

    # the process

    def arguments(self) -> list[object]:
        """What to type behind `skald`."""
        command = ["devnet", "--data-dir", self.data_dir, "--rpc-port", "0", "--speed", str(self.speed)]
        return [*command, *self.options, "--log-level", "info", "--json"]

    @staticmethod
    def environment_of(data_dir: Path) -> dict[str, str]:
        """With nothing of the user's own."""
        home = data_dir.with_name("home")
        return os.environ | {"SKALD_HOME": str(home), "SKALD_LOG_FORMAT": "json", "PYTHONPATH": str(REPOSITORY)}

    def spawn(self) -> None:
        """Start it and do not wait."""
        environment = self.environment_of(self.data_dir) | {"PYTHONPATH": str(self.source)} | self.faults
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                # -P: not the sources of the working directory, which are those of whoever runs the tests
                [sys.executable, "-P", "-c", "from cli.main import main; main()", *map(str, self.arguments())],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )

    def wait_until_ready(self) -> None:
        """Read the document that it prints when it answers."""
        started = perf_counter()
        process = self._running()
        assert process.stdout is not None
        lines: list[bytes] = []
        while not lines or lines[-1] != b"}\n":
            line = process.stdout.readline()
            if not line:
                raise AssertionError(f"the node ended with {process.wait()}: {self.log.read_text()[-2000:]}")
            lines.append(line)
        self.start_seconds = perf_counter() - started
        self.port = int(json.loads(b"".join(lines))["url"].rpartition(":")[2])

    def start(self) -> None:
        """Start it and wait until it answers. `start_seconds` tells how long that took, the interpreter's start included."""
        started = perf_counter()
        self.spawn()
        self.wait_until_ready()
        self.start_seconds = perf_counter() - started

    def kill(self) -> None:
        """SIGKILL, as a crash or the OOM killer would."""
        self._end(signal.SIGKILL)

    def kill_now(self) -> None:
        """The same from another thread, while somebody waits for an answer; `kill` afterwards tidies up."""
        self._running().send_signal(signal.SIGKILL)

    def outlive(self, seconds: float) -> int | None:
        """Return after so long, or as soon as it has ended by itself: then with its exit status."""
        with suppress(subprocess.TimeoutExpired):
            return self._running().wait(seconds)
        return None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        self.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait until it has ended, of whatever; the exit status."""
        process = self._running()
        self.hang_up()
        status = process.wait(START_SECONDS_MAX)
        assert process.stdout is not None
        process.stdout.close()
        self._process = None
        return status

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the node has not been started"
        return self._process

    def cpu_seconds(self) -> float:
        """User and system time since it was started, as the system counts it."""
        fields = Path(f"/proc/{self._running().pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """What it holds of the machine's memory."""
        pages = int(Path(f"/proc/{self._running().pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self._running().pid}/fd").iterdir()))

    def send_signal(self, number: signal.Signals) -> None:
        self._running().send_signal(number)

    # what it says

    def hang_up(self) -> None:
        """The next call makes a new connection. A node ends those that were idle for some seconds."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, method: str, params: Any = None) -> Any:
        """The result of a call. Raises Refused with the error's message, OSError or HTTPException when the node is gone."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params if params is not None else []})
        if method.startswith(OPERATORS_OWN):
            reply = json.loads(self._as_operator("POST", "/", body)[1])
        else:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS_MAX)
            self._connection.request("POST", "/", body)
            reply = json.loads(self._connection.getresponse().read())
        if "error" in reply:
            raise Refused(reply["error"]["message"])
        return reply["result"]

    def metrics_text(self) -> str:
        return self._as_operator("GET", "/metrics")[1]

    def _as_operator(self, verb: str, path: str, body: str | None = None) -> tuple[int, str]:
        found = json.loads((self.data_dir / "running.json").read_text())
        secret = Path(found["cookie_file"]).read_text()
        return _exchange(
            int(found["operator_url"].rpartition(":")[2]), verb, path, body, {"Authorization": f"Bearer {secret}"}
        )

    def get(self, path: str) -> tuple[int, Any]:
        status, text = self.page(path)
        return status, json.loads(text)

    def page(self, path: str) -> tuple[int, str]:
        return _exchange(self.port, "GET", path)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the last run has logged under that name."""
        return [event for event in self.all_events() if event["event"] == name]

    def all_events(self) -> list[dict[str, Any]]:
        """What the last run has logged."""
        lines = self.said().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith('{"') and line.endswith("\n")]

    def said(self) -> str:
        """All that the last run has written to its standard error."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode()


def _exchange(
    port: int, verb: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS_MAX)
    try:
        connection.request(verb, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()
