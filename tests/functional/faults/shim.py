"""The layer between a process and its disk: built by the C compiler of the machine, put in place by LD_PRELOAD (shim.c says what it can)."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
REPOSITORY = Path(__file__).parents[3]
WHY_NOT = "no C compiler, or no Linux: faults of the disk cannot be put between"


def is_available() -> bool:
    return sys.platform == "linux" and shutil.which("cc") is not None


@cache
def library() -> Path:
    """Built once for each text of the source, and kept for the user's next runs."""
    name = f"skald-faults-{os.getuid()}-{sha256(SOURCE.read_bytes()).hexdigest()[:16]}.so"
    built = Path(tempfile.gettempdir()) / name
    if not built.exists():
        draft = built.with_suffix(f".{os.getpid()}")
        command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", draft, SOURCE, "-ldl", "-lpthread"]
        subprocess.run(command, check=True)
        draft.replace(built)
    return built


def settings(root: Path, **faults: object) -> dict[str, str]:
    """What to put into the environment, so that files below `root` fail: `full_after=4096` is FAULTS_FULL_AFTER=4096."""
    named = {f"FAULTS_{name.upper()}": str(value) for name, value in faults.items()}
    return {"LD_PRELOAD": str(library()), "FAULTS_ROOT": str(root), **named}


def environment(root: Path, **faults: object) -> dict[str, str]:
    """For a process of ours with these faults."""
    return os.environ | {"PYTHONPATH": str(REPOSITORY)} | settings(root, **faults)


def faults_ahead(*, bytes_left: int = -1, syncs_left: int = -1) -> None:
    """Within such a process: the disk is full after so many bytes, the so manieth sync fails; -1 for never."""
    ctypes.CDLL(None).faults_ahead(ctypes.c_longlong(bytes_left), ctypes.c_longlong(syncs_left))


def note(data: bytes) -> None:
    """Within such a process: put this into the trace, between the writes before it and those after."""
    ctypes.CDLL(None).faults_note(data, ctypes.c_size_t(len(data)))
