"""`python -m tests.functional.matrix`: the same blocks under every interpreter, hash seed, time zone, locale and msgpack; equal states.

    --blocks 2000        of a random chain with real signatures
    --seed 1             which one
    --pythons 3.11,3.12,3.13      those that are found; each gets a virtual environment under build/matrix
    --compiled DIR       a compiled tree of the same sources, as one more column

The state digest is compared every hundred blocks, and a digest over everything that the backend holds at the end.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

PROJECT = Path(__file__).resolve().parents[2]
PLACES = PROJECT / "build" / "matrix"
HASH_SEEDS = ("0", "1", "4242")
ZONES = ("UTC", "Asia/Kolkata")
LANGUAGES = ("C", "tr_TR")  # in Turkish the small letter of I is another one
MSGPACKS = ("C", "pure")
REPORT_COLUMNS = 130


@dataclass(frozen=True, slots=True)
class Place:
    """One cell of the matrix."""

    python: str
    """The path of an interpreter."""
    hash_seed: str
    zone: str
    language: str
    msgpack: str
    tree: Path = PROJECT

    def environment(self, locales: Path | None) -> dict[str, str]:
        made = os.environ | {"PYTHONHASHSEED": self.hash_seed, "TZ": self.zone, "PYTHONPATH": f"{self.tree}:{PROJECT}"}
        made |= {"LC_ALL": "C.UTF-8" if self.language == "C" else f"{self.language}.UTF-8"}
        if self.msgpack == "pure":
            made["MSGPACK_PUREPYTHON"] = "1"
        if locales is not None:
            made["LOCPATH"] = str(locales)
        return made


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a place has told: what it is, and the digests along the way."""

    place: Place
    about: dict[str, str]
    digests: tuple[tuple[int, str, str], ...]
    error: str = ""


def replay_in(place: Place, blocks: Path, locales: Path | None) -> Outcome:
    done = subprocess.run(
        [
            place.python,
            "-P",
            "-m",
            "tests.functional.matrix_replay",
            "replay",
            str(blocks),
        ],  # -P: the tree goes before the folder
        cwd=PROJECT,
        env=place.environment(locales),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return Outcome(place, {}, (), done.stderr[-500:])
    about, *told = [json.loads(line) for line in done.stdout.splitlines()]
    return Outcome(place, about, tuple((one["block"], one["digest"], one.get("content", "")) for one in told))


def difference(outcomes: Sequence[Outcome]) -> str:
    """The first block after which two places disagree, or what went wrong; empty where all is well."""
    for outcome in outcomes:
        if outcome.error:
            return f"{outcome.place}: {outcome.error}"
    first = outcomes[0]
    for other in outcomes[1:]:
        for mine, theirs in itertools.zip_longest(first.digests, other.digests):
            if mine != theirs:
                return f"{first.place} and {other.place} differ: {mine} and {theirs}"
    return ""


# what the matrix is made of


def interpreters(versions: Sequence[str], console: Console) -> Iterator[str]:
    """This one, and of the others those that are on this machine, with Skald's dependencies in an environment of their own."""
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for version in versions:
        if version == here:
            yield sys.executable
        elif found := _find_python(version):
            yield _environment_of(found, version)
        else:
            console.print(f"Python {version} is not on this machine: left out")


def _find_python(version: str) -> str | None:
    """One that runs: a shim of a version manager may be there and refuse."""
    managed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for candidate in (shutil.which(f"python{version}"), *map(str, managed)):
        if candidate and not subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode:
            return candidate
    return None


def _environment_of(python: str, version: str) -> str:
    folder = PLACES / version
    made = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        # The chain is kept in memory here, and plyvel has no wheels for the newest interpreters.
        wanted = [one for one in requires("skald-node") or () if "extra ==" not in one and not one.startswith("plyvel")]
        subprocess.run([made, "-m", "pip", "install", "--quiet", *wanted], check=True)
        (folder / "ready").touch()
    return str(made)


def turkish(folder: Path) -> Path | None:
    """Locales of our own making, as most machines have none; None where they cannot be made."""
    if shutil.which("localedef") is None:
        return None
    for name in ("tr_TR", "C"):
        source = "POSIX" if name == "C" else name
        subprocess.run(
            ["localedef", "-c", "-i", source, "-f", "UTF-8", str(folder / f"{name}.UTF-8")],
            capture_output=True,
            check=False,
        )
    return folder if (folder / "tr_TR.UTF-8").exists() else None


def matrix(pythons: Sequence[str], languages: Sequence[str], compiled: Path | None) -> list[Place]:
    """Every combination. A compiled tree belongs to this interpreter and has no say in msgpack: it gets the hash seeds alone."""
    cells = itertools.product(pythons, HASH_SEEDS, ZONES, languages, MSGPACKS)
    places = [Place(*cell) for cell in cells]
    if compiled is not None:
        places += [Place(sys.executable, seed, ZONES[0], "C", "C", compiled) for seed in HASH_SEEDS]
    return places


def run(places: Sequence[Place], blocks: Path, locales: Path | None, console: Console) -> list[Outcome]:
    """All of them, two at a time."""
    with ThreadPoolExecutor(2) as pool, Progress(console=console, transient=True) as progress:
        found = pool.map(lambda place: replay_in(place, blocks, locales), places)
        return list(progress.track(found, total=len(places), description="replaying"))


def write_blocks(path: Path, seed: int, blocks: int) -> None:
    command = [sys.executable, "-m", "tests.functional.matrix_replay", "record", str(path), str(seed), str(blocks)]
    subprocess.run(command, cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT)}, check=True)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table(title="places", title_justify="left")
    for heading in ("Python", "build", "msgpack", "hash seeds", "time zones", "locales", "state digest", "all content"):
        table.add_column(heading)
    rows: dict[tuple[str, ...], list[Outcome]] = {}
    for one in outcomes:
        block_num, digest, content = one.digests[-1]
        key = (
            one.about["python"],
            one.about["build"],
            one.about["msgpack"],
            f"{block_num:,} {digest[:16]}",
            content[:16],
        )
        rows.setdefault(key, []).append(one)
    for (python, build, packer, digest, content), ones in rows.items():
        seeds = sorted({one.place.hash_seed for one in ones})
        zones = sorted({one.place.zone for one in ones})
        languages = sorted({one.about["locale"] for one in ones})
        table.add_row(python, build, packer, " ".join(seeds), " ".join(zones), " ".join(languages), digest, content)
    console.print(table)


@click.command()
@click.option("--blocks", default=2_000, show_default=True, help="How long the chain is.")
@click.option("--seed", default=1, show_default=True, help="Which chain.")
@click.option("--pythons", default="3.11,3.12,3.13", show_default=True, help="Versions, separated by commas.")
@click.option("--compiled", type=click.Path(path_type=Path, exists=True), help="A compiled tree of the same sources.")
def main(*, blocks: int, seed: int, pythons: str, compiled: Path | None) -> None:
    """Replay one chain in every place, and compare the states."""
    console = Console()
    if not console.is_terminal:
        console.width = REPORT_COLUMNS
    with tempfile.TemporaryDirectory() as folder:
        path, locales = Path(folder) / "blocks", turkish(Path(folder))
        console.print(f"seed {seed}: {blocks:,} blocks")
        write_blocks(path, seed, blocks)
        if locales is None:
            console.print("No Turkish locale can be made here (localedef is missing): left out")
        languages = LANGUAGES if locales is not None else LANGUAGES[:1]
        places = matrix(list(interpreters(pythons.split(","), console)), languages, compiled)
        outcomes = run(places, path, locales, console)
    if found := difference(outcomes):
        console.print(f"[red]{found}[/]")
        raise SystemExit(1)
    show(console, outcomes)
    console.print(f"[green]{len(outcomes)} places, one state.[/]")


if __name__ == "__main__":
    main()
