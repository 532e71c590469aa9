"""`skald node …`: run a node of a chain, and see how it is."""

from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from cli.client import Client, NodeFailure, asks_node
from cli.groups import HelpfulGroup
from cli.launch import check, compact, load_config, run_node, setting_options, write_config
from cli.output import answers, grid, listing, note, percent, progress
from cli.paths import note_running_node


@click.group(cls=HelpfulGroup)
def node() -> None:
    """Run a node of a chain, and see how it is."""


@node.command()
@answers()
@setting_options()
def init(**settings: Any) -> dict[str, str]:
    """Make a data directory with a configuration file.

    Settings given here stand in the file; all others stand there as comments that explain them.
    """
    file = write_config(settings)
    where = "" if settings["data_dir"] is None else f" --data-dir {file.parent}"
    return {"config_file": str(file), "next": f"skald node start{where}"}


@node.command()
@setting_options()
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="HOST:PORT",
    help="A node to stay linked with; may be given several times.",
)
def start(peers: tuple[str, ...], **settings: Any) -> None:
    """Run a node until Ctrl+C.

    Flags win over environment variables (SKALD_RPC_PORT …), those over the configuration file. With a --peer it follows that
    node's chain; an empty data directory is filled with all of it.
    """
    if peers:
        settings["p2p_peers"] = " ".join([*peers, settings["p2p_peers"] or ""])
    config = load_config(settings)
    ready_at: list[str] = []

    def on_ready(url: str) -> None:
        ready_at.append(url)
        note_running_node(url, config.data_dir)
        note(f"The node answers at {url}. Ctrl+C stops it.")

    try:
        run_node(config, on_ready)
    finally:
        for url in ready_at:
            note_running_node(url, None)


def view_status(console: Console, answer: dict[str, Any]) -> None:
    chain, version, health = answer["globals"], answer["version"], answer["health"]
    head, irreversible = int(chain["head_block_number"]), int(chain["last_irreversible_block_num"])
    table = grid(answer["url"])
    if health:
        well = (
            "[green]healthy[/]"
            if health.get("healthy")
            else f"[red]not healthy[/]: {escape(str(health.get('reason')))}"
        )
        table.add_row("health", well)
    age = (
        f"  [dim]({float(health['head_age_seconds']):.0f} s ago)[/]" if health and "head_age_seconds" in health else ""
    )
    table.add_row("head", f"{head:,} at {chain['time']} by {chain.get('current_witness', '')}{age}")
    table.add_row("irreversible", f"{irreversible:,}  [dim]({head - irreversible} behind head)[/]")
    if health and "producing" in health:
        table.add_row("produces blocks", "yes" if health["producing"] else "no")
    spoken = version.get("blockchain_version", "") if isinstance(version, dict) else version
    own = f", Skald {health['version']}" if health and "version" in health else ""
    table.add_row("version", f"{spoken}{own}")
    table.add_row("rules", rules_text(answer["rules"]))
    if isinstance(version, dict) and version.get("chain_id"):
        table.add_row("chain", str(version["chain_id"]))
    console.print(table)


def rules_text(rules: dict[str, str]) -> str:
    """Which hardfork's rules are in force, and what the witnesses have voted in."""
    version, planned = ([int(part) for part in rules[name].split(".")] for name in ("version", "next"))
    if planned <= version:
        return rules["version"]
    return f"{rules['version']}  [yellow]{rules['next']} from {rules['next_time']} on[/]"


def is_unwell(answer: dict[str, Any]) -> bool:
    return answer["health"] is not None and not answer["health"]["healthy"]


@node.command()
@answers(view_status, exit_code=lambda answer: 1 if is_unwell(answer) else 0)
@asks_node
def status(client: Client) -> dict[str, Any]:
    """Show a node's head, version, rules and health.

    Exit status 1 if it is not healthy, 3 if no node answers.
    """
    calls = ("get_dynamic_global_properties", "get_version", "get_hardfork_version", "get_next_scheduled_hardfork")
    chain, version, in_force, planned = client.batch([(f"condenser_api.{call}", []) for call in calls])
    try:
        health = client.get("/health")
    except NodeFailure:
        health = None
    if not isinstance(health, dict) or "healthy" not in health:
        health = None  # another kind of node, as hived, has no such page
    rules = {"version": in_force, "next": planned["hf_version"], "next_time": planned["live_time"]}
    return {"url": client.url, "version": version, "rules": rules, "health": health, "globals": chain}


directory_options = setting_options("data_dir", "chain_preset", "chain_genesis_file", "chain_id")


def show_compacted(console: Console, answer: dict[str, Any]) -> None:
    before, after = answer["before_bytes"], answer["after_bytes"]
    table = grid(answer["data_dir"])
    table.add_row("before", f"{before:,} bytes")
    table.add_row("after", f"{after:,} bytes")
    table.add_row("freed", f"{before - after:,} bytes  [dim]({percent(max(0, before - after), before)})[/]")
    console.print(table)


@node.command("compact")
@directory_options
@answers(show_compacted)
def compact_(**settings: Any) -> dict[str, Any]:
    """Give back the room of what was overwritten and deleted. The node must be stopped.

    A running node does the same by and by; after an import or a change of settings this does it at once. Takes about a second for
    100 MB, and as much free room as the largest part of the database.

    For example: skald node compact --data-dir DIR
    """
    with progress("Compacting") as done:
        return compact(settings, done)


def show_checks(console: Console, answer: dict[str, Any]) -> None:
    table = listing(("!check", ">looked at", ">wrong", "the first"), title=answer["data_dir"])
    for one in answer["checks"]:
        colour = "red" if one["wrong"] else "green"
        table.add_row(one["name"], f"{one['looked_at']:,}", f"[{colour}]{one['wrong']:,}[/]", escape(one["first"]))
    console.print(table)
    if answer["sound"]:
        console.print(f"[green]Sound[/] at block {answer['head']:,}")
    else:
        console.print("[red]Damaged.[/] Restore the directory from a backup, or import its blocks into a new one.")


@node.command("check")
@click.option("--deep", "is_deep", is_flag=True, help="Apply all blocks anew in memory as well, and compare the state.")
@directory_options
@setting_options("verify_workers")
@answers(show_checks, exit_code=lambda answer: 0 if answer["sound"] else 1)
def check_(is_deep: bool, **settings: Any) -> dict[str, Any]:
    """Read a data directory from end to end and check it. The node must be stopped.

    Checksums of the database; links, ids, merkle roots and witness signatures of blocks; rows and their keys; every index against its
    rows; digests of the newest blocks; histories against the blocks; the sums that must hold. Nothing is changed.

    Exit status 1 if anything is wrong. For example: skald node check --data-dir DIR --deep
    """
    return check(settings, is_deep=is_deep, progress=progress)
