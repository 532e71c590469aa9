"""`skald devnet`: a chain of one's own, ready in a second, with accounts that have money and power."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from cli import devnet as play
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import CHAIN_ID, DURATION
from cli.launch import load_config, run_node
from cli.output import Failure, answers, as_json_text, grid, listing, progress, stdout
from cli.paths import default_devnet_dir, note_running_devnet
from cli.views import TIME_FORM, time_of

DATA_DIR = click.Path(path_type=Path, file_okay=False)
BLOCK_SECONDS_MAX = 60  # a block behind an advanced clock comes with the next slot; a busy machine may take its time
PEOPLE = 5  # accounts shown at the start; `devnet keys` shows all


def data_dir_option(function: Any) -> Any:
    return click.option(
        "--data-dir",
        type=DATA_DIR,
        default=default_devnet_dir,
        show_default="a folder of yours",
        help="Where the chain is kept.",
    )(function)


@click.group(cls=HelpfulGroup, invoke_without_command=True)
@data_dir_option
@click.option(
    "--rpc-port", type=click.IntRange(0, 65_535), default=8090, help="Port of JSON-RPC and /health; 0 takes a free one."
)
@click.option("--chain-id", type=CHAIN_ID, help="Another chain id than the preset's.")
@click.option(
    "--speed", type=click.IntRange(1, 10_000), default=1, help="How many seconds of the chain pass in a second."
)
@click.option("--reset", is_flag=True, help="Begin anew: delete the chain that is there.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    help="Least level logged.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document when it is ready.")
@click.pass_context
def devnet(ctx: click.Context, /, data_dir: Path, reset: bool, as_json: bool, **wishes: Any) -> None:
    """Start a chain of your own and run it until Ctrl+C.

    Its accounts (alice, bob, carol …) have money, power and known keys, which other commands find by themselves. A post is paid
    after a minute; `skald devnet advance 7d` lets time pass at once.
    """
    if ctx.invoked_subcommand is not None:
        return
    if reset:
        play.remove_devnet(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    key_file = play.write_key_files(data_dir)
    settings = {
        "data_dir": data_dir,
        "chain_preset": "devnet",
        "chain_id": wishes["chain_id"],
        "rpc_port": wishes["rpc_port"],
        "clock_speed": wishes["speed"],
        "log_level": wishes["log_level"],
        "witness_names": tuple(play.witness_keys(play.devnet_genesis())),
        "witness_keys_file": data_dir / play.WITNESS_KEYS_NAME,
        "witness_stale_production": True,
        "witness_participation_percent_min": 0,
    }
    ready_at: list[str] = []

    def on_ready(url: str) -> None:
        ready_at.append(url)
        note_running_devnet(url, data_dir)
        announce(url, data_dir, key_file, as_json=as_json)

    try:
        run_node(load_config(settings), on_ready)
    finally:
        for url in ready_at:
            note_running_devnet(url, None)


def announce(url: str, data_dir: Path, key_file: Path, *, as_json: bool) -> None:
    accounts, balances = play.read_accounts(data_dir), play.first_balances()
    if as_json:
        click.echo(
            as_json_text({"url": url, "data_dir": str(data_dir), "key_file": str(key_file), "accounts": accounts})
        )
        return
    console = stdout()
    console.print(
        f"\n[bold green]A chain of your own runs at {url}[/]  [dim](Ctrl+C stops it; it goes on where it was)[/]\n"
    )
    table = listing(["account", ">HIVE", ">power", "private posting key", "private active key"])
    people = [name for name in accounts if not name.startswith(("witness-", "initminer"))]
    for name in people[:PEOPLE]:
        has, keys = balances.get(name, {}), accounts[name]
        table.add_row(
            name, has.get("hive", ""), has.get("power", ""), keys["posting"]["private"], keys["active"]["private"]
        )
    console.print(table)
    console.print(f"\n[dim]All keys: skald devnet keys, or {key_file}[/]\n")
    console.print('In another terminal:  skald post --author alice --title "Hello" --body "A first post."')
    console.print("                      skald vote alice/hello --voter bob")
    console.print("                      skald devnet advance 1h")
    console.print("                      skald show payouts alice/hello\n")


def view_keys(console: Console, answer: dict[str, Any]) -> None:
    table = listing(["account", "role", "private key", "public key"])
    for name, roles in answer.items():
        for role, pair in roles.items():
            table.add_row(name, role, pair["private"], pair["public"])
    console.print(table)


@devnet.command()
@answers(view_keys)
@data_dir_option
@click.argument("names", nargs=-1, metavar="[ACCOUNT]...")
def keys(data_dir: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """Print the private keys of a devnet's accounts."""
    accounts = play.read_accounts(data_dir)
    if missing := [name for name in names if name not in accounts]:
        raise Failure(f"This devnet has no keys of {missing[0]}.", f"It has those of {', '.join(accounts)}.")
    return {name: accounts[name] for name in names or accounts}


def view_time(console: Console, answer: dict[str, Any]) -> None:
    table = grid()
    for name, value in answer.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)


@devnet.command()
@answers(view_time)
@click.argument("duration", type=DURATION)
@asks_node
def advance(client: Client, duration: int) -> dict[str, Any]:
    """Let time pass on a devnet at once: skald devnet advance 7d.

    Returns when a block stands behind it, so that whatever was due has happened.
    """
    before = head_time(client)
    client.call("skald_api.advance_clock", {"seconds": duration})
    deadline = time.monotonic() + BLOCK_SECONDS_MAX
    with progress("Letting time pass"):
        while (after := head_time(client)) - before < timedelta(seconds=duration):
            if time.monotonic() > deadline:
                raise Failure(
                    "The clock is ahead, but no block has been made since.",
                    "`skald node status` tells how the node is.",
                )
            time.sleep(0.05)
    return {"seconds": duration, "before": before.strftime(TIME_FORM), "now": after.strftime(TIME_FORM)}


def head_time(client: Client) -> datetime:
    return time_of(client.call("condenser_api.get_dynamic_global_properties")["time"])
