"""What all campaigns share: a command line, a line that moves, a table at the end, and an exit status.

    python -m tests.functional.crash --kills 200 --seed 7

A campaign is made from a folder and a seed, does a thing so many times, and has a report afterwards. Whatever it finds wrong is told with
the seed, so that it can be found again.
"""

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import click
from rich.console import Console
from rich.table import Table


class Reported(Protocol):
    @property
    def is_good(self) -> bool: ...


class Campaign(Protocol):
    """Its `report` is complete when `run` has ended, which yields after each of so many times."""

    report: Any

    def run(self, times: int, /) -> Iterator[object]: ...


class Named(NamedTuple):
    """A campaign on the command line: `what` is done `times` times unless told otherwise."""

    module: str
    about: str
    what: str
    times: int


def command(
    named: Named,
    make: Callable[[Path, int], Campaign],
    show: Callable[[Any, Console], None],
    *,
    environment: Callable[[Path], Mapping[str, str]] | None = None,
) -> click.Command:
    """The command line of a campaign. With `environment` it runs in a process of its own that has it: under the shim of the faults."""

    @click.command(named.module, help=named.about)
    @click.option(f"--{named.what}", "times", type=click.IntRange(min=1), default=named.times, show_default=True)
    @click.option("--seed", type=int, default=None, help="What happens when. [default: by chance]")
    @click.option("--within", type=click.Path(path_type=Path), hidden=True)
    def run(times: int, seed: int | None, within: Path | None) -> None:
        seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
        if within is not None:
            sys.exit(carried_out(named, make(within, seed), times, show))
        with tempfile.TemporaryDirectory(prefix=f"skald-{named.what}-") as folder:
            if environment is not None:
                sys.exit(run_apart(named, Path(folder), seed, times, environment))
            sys.exit(carried_out(named, make(Path(folder), seed), times, show))

    return run


def carried_out(named: Named, campaign: Campaign, times: int, show: Callable[[Any, Console], None]) -> int:
    console = Console()
    with console.status("") as status:
        for done, _ in enumerate(campaign.run(times), 1):
            status.update(f"{done} of {times} {named.what}")
    show(campaign.report, console)
    return 0 if campaign.report.is_good else 1


def run_apart(
    named: Named, folder: Path, seed: int, times: int, environment: Callable[[Path], Mapping[str, str]]
) -> int:
    """The exit status of a process with that environment which runs the campaign in the folder."""
    words = [sys.executable, "-m", named.module, "--within", folder, "--seed", seed, f"--{named.what}", times]
    return subprocess.run([str(word) for word in words], env=environment(folder), check=False).returncode


# --- the report


def show_facts(console: Console, title: str, facts: Iterable[tuple[str, object]]) -> None:
    table = Table("", "", show_header=False, title=title, title_justify="left")
    for name, value in facts:
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    console.print(table)


def show_verdict(console: Console, report: Reported, well: str, faults: Sequence[str] = ()) -> None:
    """`well` is what it means that the report is good."""
    for fault in faults:
        console.print(f"[red]{fault}[/]", highlight=False)
    console.print(well if report.is_good else "[bold red]this is not good[/]")
