"""`skald snapshot`: a chain's state in one file, made, checked, and turned into a data directory."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from cli import launch
from cli.groups import HelpfulGroup
from cli.inputs import BLOCK_ID
from cli.output import Failure, answers, grid, note, progress

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
chain_options = launch.setting_options("data_dir", "chain_preset", "chain_genesis_file", "chain_id")
trusted_option = click.option(
    "--trusted-block", type=BLOCK_ID, help="Id of a block at or after the snapshot's, from a source that you trust."
)


@click.group(cls=HelpfulGroup)
def snapshot() -> None:
    """Make, check and restore snapshots of a chain's state."""


@snapshot.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@chain_options
@answers()
def create(file: Path, **settings: Any) -> dict[str, Any]:
    """Write the state of a data directory to FILE. The node must be stopped.

    It is the state of the newest checkpoint that witnesses have attested; without one, that of the last irreversible block.

    For example: skald snapshot create state.skald --data-dir DIR
    """
    if file.exists():
        raise Failure(f"{file} exists.", "Choose another name, or remove it first.")
    with progress("Saving rows") as done:
        made = launch.create_snapshot(file, settings, done)
    if not made["attested"]:
        note("No quorum of witnesses has attested this state yet: only `--trust-file` will restore it.")
    return made


def view_verdict(console: Console, answer: dict[str, Any]) -> None:
    table = grid(answer["file"])
    table.add_row("block", f"{answer['block']:,}  [dim]{answer['block_id']}[/]")
    table.add_row("state root", answer["state_root"])
    table.add_row("rows", f"{answer['rows']:,}")
    table.add_row("whole", "[green]yes[/]: every row is that of the state root")
    count, words = len(answer["attested_by"]), "of those whom the file calls witnesses signed the state root"
    table.add_row(
        "attested", f"[green]yes[/]: {count} {words}" if count else "[yellow]no[/]: nobody signed the state root"
    )
    table.add_row("proven", escape(answer["proof"]))
    console.print(table)


@snapshot.command()
@file_argument
@trusted_option
@chain_options
@answers(view_verdict)
def verify(file: Path, trusted_block: str | None, **settings: Any) -> dict[str, Any]:
    """Check every byte of FILE, and say what it proves.

    Without --trusted-block the file speaks for itself: whoever makes up witnesses can sign with their keys.

    For example: skald snapshot verify state.skald --trusted-block BLOCK_ID
    """
    with launch.judged_snapshot(file, settings, trusted_block) as judged:
        with progress(f"Checking {file.name}", judged.chunk_count) as done:
            judged.check(done)
        return judged.answer()


@snapshot.command()
@file_argument
@trusted_option
@click.option("--trust-file", is_flag=True, help="Believe the file: for one that you have made yourself.")
@chain_options
@answers()
def restore(file: Path, trusted_block: str | None, trust_file: bool, **settings: Any) -> dict[str, Any]:
    """Make a data directory of FILE, from which a node goes on.

    Every part is checked before it is used. There must be no chain in the directory; a restoration that was interrupted is begun anew.
    Histories are not part of a snapshot, so they are switched off.

    For example: skald snapshot restore state.skald --data-dir DIR --trusted-block BLOCK_ID
    """
    with launch.judged_snapshot(file, settings, trusted_block) as judged:
        if not trust_file:
            judged.demand_proof()
        with progress(f"Restoring {file.name}", judged.chunk_count) as done:
            return judged.restore(done)
