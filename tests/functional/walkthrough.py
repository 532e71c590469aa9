"""The walk-through of README.md, as a newcomer types it: every line of its ```sh blocks goes to a shell of its own."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS_MAX = 60  # a command waits for its block, and a busy machine waits too
_NOT_OURS = ("git ", "make ", ". ", "cd ")  # getting the sources, starting the node, entering the environment


def readme_lines() -> list[str]:
    """The commands of the ```sh blocks of README.md, one by one, without those that make ready what a test has ready."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line and not line.startswith((*_NOT_OURS, "#"))]


@dataclass(frozen=True)
class Shell:
    """A terminal in which `skald` is this source tree's, and finds the devnet at `url` as its owner's."""

    home: Path
    url: str

    def run(self, line: str) -> str:
        """Standard output of a command line. Fails where it does."""
        ended = subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
        assert "Traceback" not in ended.stderr
        return ended.stdout

    def _environment(self) -> dict[str, str]:
        folder = self.home / "bin"
        if not folder.exists():
            folder.mkdir(parents=True)
            program = folder / "skald"
            program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from cli.main import main; main()' \"$@\"\n")
            program.chmod(0o755)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SKALD_")}
        return plain | {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "SKALD_HOME": str(self.home),
            "SKALD_NODE": self.url,
        }
