"""`skald node …`: run a node of a chain, and see how it is."""

from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from cli.client import Client, NodeFailure, asks_node
from cli.groups import HelpfulGroup
from cli.launch import load_config, run_node, setting_options, write_config
from cli.output import answers, grid, note
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
