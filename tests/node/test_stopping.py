"""How a process is asked to end: while it starts, while it runs, and again. Each case is a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, os, signal
from node.stopping import Stops

def strike():
    os.kill(os.getpid(), signal.{name})

async def live(stops):
    asked = asyncio.Event()
    stops.hear(asked.set, is_stopping=asked.is_set)
    {within}
    await asked.wait()
    print("finished", flush=True)
    {closing}

with Stops() as stops:
    {starting}
    asyncio.run(live(stops))
strike()
print("the end", flush=True)
"""
FINISHED, CLOSED, LEFT, AT_ONCE = "finished\nthe end\n", "finished\n", "the end\n", ""

LOST_IN_A_DESTRUCTOR = """
    class Deaf:
        def __del__(self):
            strike()
    Deaf()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({"starting": "strike()"}, LEFT),
        ({"within": "strike()"}, FINISHED),
        ({"within": "strike()", "closing": "strike()"}, CLOSED),
        ({"within": "strike(); await asyncio.sleep(0.0); await asked.wait(); strike(); await asyncio.Event().wait()"}, AT_ONCE),
        ({"starting": LOST_IN_A_DESTRUCTOR}, FINISHED),
    ],
    ids=["starting", "running", "closing", "again", "in a destructor"],
)  # fmt: skip
def test_every_stop_ends_with_status_0(name: str, places: dict[str, str], said: str) -> None:
    program = PROGRAM.format(**({"name": name, "starting": "", "within": "", "closing": ""} | places))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, said), ended.stderr


BLOCKED = """
import signal
from cli import main

def held_back():
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()) & set(ends))

ends = signal.SIGINT, signal.SIGTERM
signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # as a supervisor may have done
main.skald = lambda **_: print(held_back())
main.main()
"""

RUN_BY_ANOTHER = """
import signal
from node.stopping import Stops

with Stops():
    pass
print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
"""


@pytest.mark.parametrize("program", [BLOCKED, RUN_BY_ANOTHER], ids=["handed down", "handed on"])
def test_no_stop_is_held_back_by_whoever_started_a_process(program: str) -> None:
    """A child inherits which signals its parent has blocked: a node among them could not be stopped but by `kill -9`."""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr
