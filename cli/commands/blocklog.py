"""`skald blocklog`: check, write, read and replay block logs in hived's format."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chain.asset import Dialect
from chain.blocklog import BlockLog
from chain.blocklog_audit import FAULTS, Audit, audit, dialect_of
from cli import launch
from cli.groups import HelpfulGroup
from cli.inputs import SYMBOLS
from cli.output import Failure, answers, grid, progress

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(cls=HelpfulGroup)
def blocklog() -> None:
    """Check, export, import and replay hived's block logs."""


def show_audit(console: Console, answer: dict[str, Any]) -> None:
    table = grid()
    table.add_row("blocks", f"{answer['blocks']:,}")
    table.add_row("transactions", f"{answer['transactions']:,}")
    for name, count in sorted(answer["operations"].items(), key=lambda pair: -pair[1]):
        table.add_row(f"  {name}", f"{count:,}")
    for name, words in FAULTS.items():
        count = answer[name]
        table.add_row(words, f"[{'red' if count else 'green'}]{count:,}[/]")
    console.print(table)
    if "first_bad" in answer:
        console.print(f"[red]The first bad block is {answer['first_bad']['block']}: {answer['first_bad']['fault']}[/]")


@blocklog.command()
@file_argument
@click.option(
    "--symbols", type=SYMBOLS, help="Symbols of the network, like TESTS,TBD; found out by itself if not given."
)
@answers(show_audit, exit_code=lambda answer: 1 if "first_bad" in answer else 0)
def verify(file: Path, symbols: Dialect | None) -> dict[str, Any]:
    """Read FILE (plain or zstd) from end to end and check what can be checked without a state.

    Exit status 1 if anything is bad; the first bad block is named.
    """
    with file.open("rb") as opened:
        log = BlockLog(opened)
        found = Audit()
        with progress(f"Reading {file.name}", len(log)) as done:
            for found in audit(log, symbols or dialect_of(log)):
                done(found.blocks)
    answer = found.to_json()
    if found.first_bad is not None:
        num, fault = found.first_bad
        answer["first_bad"] = {"block": num, "fault": FAULTS[fault]}
    return answer


def last_num(file: Path) -> int:
    """The number of a log's last block. Raises DamagedBlockLog."""
    with file.open("rb") as opened:
        return BlockLog(opened).last_num


@blocklog.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--compressed", is_flag=True, help="Write zstd frames, as hived does by default.")
@launch.setting_options("data_dir", "chain_preset", "chain_genesis_file", "chain_id")
@answers()
def export_(file: Path, compressed: bool, **settings: Any) -> dict[str, Any]:
    """Write the blocks of a data directory to FILE, as hived would. The node must be stopped.

    For example: skald blocklog export blocks.log --data-dir DIR
    """
    if file.exists():
        raise Failure(f"{file} exists.", "Choose another name, or remove it first.")
    with launch.opened_chain(settings, must_exist=True) as chain, progress("Exporting", chain.head_num) as done:
        return {
            "file": str(file),
            "blocks": launch.export_blocks(chain, file, done, compressed=compressed),
            "head_block_id": chain.head_id.hex(),
            "state_digest": chain.digest.hex(),
        }


@blocklog.command("import")
@file_argument
@launch.setting_options(
    "data_dir",
    "chain_preset",
    "chain_genesis_file",
    "chain_id",
    "chain_trusted_block",
    "history_enabled",
    "verify_workers",
)
@answers()
def import_(file: Path, **settings: Any) -> dict[str, Any]:
    """Apply the blocks of FILE that come after the head of a data directory. The node must be stopped.

    A data directory that is not there is made. If the blocks lead to the one named by --chain-trusted-block, signatures are checked
    behind it only: its id stands for all before it, and the import takes a fraction of the time. Killed halfway, it goes on where it
    wrote last.

    For example: skald blocklog import blocks.log --data-dir DIR
    """
    last = last_num(file)
    with launch.opened_chain(settings, must_exist=False) as chain, progress("Importing", last) as done:
        imported = launch.import_blocks(chain, file, settings, done)
        return {
            "file": str(file),
            "blocks": imported.count,
            "signatures_trusted_to": imported.vouched_num,
            "head": chain.head_num,
            "head_block_id": chain.head_id.hex(),
            "state_digest": chain.digest.hex(),
        }


@blocklog.command()
@file_argument
@click.option(
    "--spec",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="hived's chain specification.",
)
@click.option("--stop", type=click.IntRange(min=1), help="The last block to apply.")
@click.option("--dump", type=click.Path(file_okay=False, path_type=Path), help="A directory for the state, as JSON.")
@answers()
def replay(file: Path, spec: Path, stop: int | None, dump: Path | None) -> dict[str, Any]:
    """Apply a log that hived wrote, by hived's own chain specification.

    With --dump, the state is written in the shapes of hived's API.
    """
    with progress(f"Replaying {file.name}", min(last_num(file), stop or 2**32)) as done:
        return launch.replay_log(file, spec, stop, dump, done)
