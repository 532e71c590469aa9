"""The clients' packages: installed unmodified, in versions that are written down, in a cache outside of the project.

npm's are those of package.json, fixed by package-lock.json; PyPI's those of requirements.txt, in a virtual environment. A folder of the
cache is named after what its lists say, so a changed list makes a new one, and an unchanged one is installed once.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs

from tests.functional.clients.flows import HERE, ClientLibrary

NPM_LISTS: Final = ("package.json", "package-lock.json")
PIP_LISTS: Final = ("requirements.txt",)
INSTALL_SECONDS_MAX: Final = 300
READY: Final = ".ready"


class Missing(Exception):
    """Why a client cannot be run on this machine."""


def node_command() -> str:
    """Where Node is. Raises Missing."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Missing("there is no Node with npm on this machine")
    return node


def npm_folder() -> Path:
    """A folder whose node_modules holds the packages. Raises Missing."""
    node_command()
    # Nothing of a package is run at its installation; those with compiled parts have others in JavaScript.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    return installed("npm", NPM_LISTS, lambda folder: run(command, folder))


def python_command() -> str:
    """The interpreter of an environment that holds the packages. Raises Missing."""

    def install(folder: Path) -> None:
        run([sys.executable, "-m", "venv", "venv"], folder)
        run(["venv/bin/python", "-m", "pip", "install", "--quiet", "--retries=1", "-r", "requirements.txt"], folder)

    return str(installed("pypi", PIP_LISTS, install) / "venv" / "bin" / "python")


def version_of(client: ClientLibrary) -> str:
    """The version that the lists ask for."""
    if client.is_python:
        lines = (HERE / "requirements.txt").read_text().split()
        return next(line for line in lines if line.startswith(f"{client.package}==")).partition("==")[2]
    return str(json.loads((HERE / "package.json").read_text())["dependencies"][client.package])


def installed(kind: str, lists: tuple[str, ...], install: Callable[[Path], None]) -> Path:
    """The cache's folder for these lists; made if it is not there. Raises Missing; what failed once is not tried again."""
    if kind in _missing:
        raise _missing[kind]
    folder = platformdirs.user_cache_path("skald-tests") / f"clients-{kind}-{digest(lists)}"
    if (folder / READY).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in lists:
        shutil.copy(HERE / name, folder / name)
    try:
        install(folder)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        _missing[kind] = Missing(f"the packages of {kind} cannot be had: {reason(error)}")
        raise _missing[kind] from error
    (folder / READY).touch()
    return folder


_missing: dict[str, Missing] = {}


def digest(lists: tuple[str, ...]) -> str:
    """A name for what the lists say, and for the interpreter that they are installed for."""
    text = sys.version.encode() + b"".join((HERE / name).read_bytes() for name in lists)
    return hashlib.sha256(text).hexdigest()[:16]


def run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX)


def reason(error: Exception) -> str:
    """One line of what a command said before it failed."""
    lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
