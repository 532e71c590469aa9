"""`skald devnet`: a chain of one's own, ready in a second, with accounts that have money and power."""

import shlex
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chain.errors import StorageError
from cli import devnet as play
from cli.client import Client, node_option
from cli.devnet_fixtures import begin_with, check_begun_with, choose_fixtures
from cli.devnet_identity import HIVE_COMPATIBLE, PLAIN, Identity, identity_for, keep_identity
from cli.groups import HelpfulGroup
from cli.guard import DISK_KINDS, sentence
from cli.inputs import ACCOUNT, CHAIN_ID, DEFAULT_URL, DURATION
from cli.launch import load_config, run_node
from cli.operator import NotOperator, asks_operator
from cli.output import Failure, answers, as_json_text, listing, note, stdout, warn
from cli.paths import default_devnet_dir, devnet_dir, note_running_node
from cli.views import TIME_FORM, money, span, time_of, units

DATA_DIR = click.Path(path_type=Path, file_okay=False)
BLOCK_SECONDS_MAX = 60  # a block behind an advanced clock comes with the next slot; a busy machine may take its time
FIRST_STEPS = (
    'skald post --author alice --title "Hello" --body "A first post."',
    "skald vote alice/hello --voter bob",
    "skald devnet advance {payday}",
    "skald show payouts alice/hello",
)
PAYDAYS = {PLAIN: "1h", HIVE_COMPATIBLE: "7d"}  # how long after its making a post is paid for sure
PEOPLE = 5  # accounts shown at the start; `devnet keys` shows all


@click.group(cls=HelpfulGroup, invoke_without_command=True)
@click.option(
    "--data-dir", type=DATA_DIR, show_default="a folder of yours for each kind", help="Where the chain is kept."
)
@click.option(
    "--hive-compatible", is_flag=True, help="For programs written for Hive: its keys, names, fees and periods."
)
@click.option(
    "--rpc-port", type=click.IntRange(0, 65_535), default=8090, help="Port of JSON-RPC and /health; 0 takes a free one."
)
@click.option("--chain-id", type=CHAIN_ID, help="A chain id of your choice, when the chain begins.")
@click.option(
    "--speed", type=click.IntRange(1, 10_000), default=1, help="How many seconds of the chain pass in a second."
)
@click.option(
    "--fixtures",
    metavar="FILE|demo",
    help="What the chain begins with: people, posts, communities from a TOML file, or the built-in ones.",
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
def devnet(
    ctx: click.Context, /, data_dir: Path | None, hive_compatible: bool, reset: bool, as_json: bool, **wishes: Any
) -> None:
    """Start a chain of your own and run it until Ctrl+C.

    Its accounts (alice, bob, carol …) have money, power and known keys, which other commands find by themselves. A post is paid
    after a minute; `skald devnet advance 7d` lets time pass at once.

    With --hive-compatible it is Hive in all that a program sees, but for the chain id: one that nobody else has, so that nothing
    signed here is valid elsewhere.
    """
    if ctx.invoked_subcommand is not None:
        return
    data_dir = data_dir or default_devnet_dir(hive_compatible=hive_compatible)
    check_not_running(data_dir)
    identity = identity_for(data_dir, hive_compatible=hive_compatible, chain_id=wishes["chain_id"], reset=reset)
    chosen = choose_fixtures(wishes["fixtures"], identity) if wishes["fixtures"] else None
    if reset:
        play.remove_devnet(data_dir)
    elif chosen:
        check_begun_with(chosen, identity, data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    keep_identity(data_dir, identity)
    key_file = play.write_key_files(data_dir, identity.genesis)
    settings = settings_for(data_dir, identity, wishes)
    ready_at: list[str] = []

    def on_ready(url: str) -> None:
        ready_at.append(url)
        note_running_node(url, data_dir)
        announce(url, data_dir, key_file, identity, as_json=as_json)

    try:
        if chosen:
            begin_with(chosen, identity, data_dir, settings)
        run_node(load_config(settings), on_ready)
    except StorageError as error:
        raise cannot_open(error, data_dir) from error
    finally:
        for url in ready_at:
            note_running_node(url, None)
    if not as_json:
        note(f"Stopped. `{command_for(data_dir)}` goes on where it was.")


def settings_for(data_dir: Path, identity: Identity, wishes: dict[str, Any]) -> dict[str, Any]:
    """A node alone with all its witnesses."""
    return {
        "data_dir": data_dir,
        "chain_preset": identity.preset,
        "chain_id": identity.chain_id,
        "rpc_port": wishes["rpc_port"],
        "clock_speed": wishes["speed"],
        "log_level": wishes["log_level"],
        "witness_names": tuple(play.witness_keys(identity.genesis)),
        "witness_keys_file": data_dir / play.WITNESS_KEYS_NAME,
        "witness_stale_production": True,
        "witness_participation_percent_min": 0,
    }


def check_not_running(data_dir: Path) -> None:
    """Raises Failure where this devnet runs already: nothing may then be written or deleted there."""
    url = play.running_url(data_dir)
    if url is None:
        return
    where = f" at {url}" if url else ""
    raise Failure(
        f"The devnet in {data_dir} runs already{where}.",
        "Use that one, or stop it with Ctrl+C in its terminal. --data-dir and --rpc-port make another beside it.",
        code="directory_in_use",
    )


def cannot_open(error: StorageError, data_dir: Path) -> Failure:
    """Why a devnet's directory cannot be used, and the way out that no other chain has: to begin anew."""
    reset = f"`{command_for(data_dir)} --reset` begins anew; the chain that is there is lost."
    if error.code in {"wrong_chain", "wrong_format"}:
        return Failure(
            f"The devnet in {data_dir} is of another version of this program, or was made with another --chain-id.",
            f"{reset} Or choose another --data-dir.",
            code=error.code,
            reason=str(error),
        )
    return DISK_KINDS.get(error.code, Failure)(sentence(str(error)), reset, code=error.code)


def command_for(data_dir: Path) -> str:
    if data_dir == default_devnet_dir():
        return "skald devnet"
    if data_dir == default_devnet_dir(hive_compatible=True):
        return "skald devnet --hive-compatible"
    return f"skald devnet --data-dir {shlex.quote(str(data_dir))}"


def announce(url: str, data_dir: Path, key_file: Path, identity: Identity, *, as_json: bool) -> None:
    accounts, balances = play.read_accounts(data_dir), play.first_balances(identity.genesis)
    if identity.warning:
        warn(identity.warning)
    if as_json:
        places = {"url": url, "data_dir": str(data_dir), "key_file": str(key_file)}
        kind = {"chain_id": identity.shown_chain_id, "hive_compatible": identity.is_hive_compatible}
        click.echo(as_json_text(places | kind | {"accounts": accounts}))
        return
    console = stdout()
    console.print(
        f"\n[bold green]A chain of your own runs at {url}[/]  [dim](Ctrl+C stops it; it goes on where it was)[/]\n"
    )
    if identity.is_hive_compatible:
        console.print(f"chain id  {identity.shown_chain_id}\n", soft_wrap=True)
    people = [name for name in accounts if name in balances and not name.startswith(("witness-", "initminer"))][:PEOPLE]
    for funds, names in groupby(people, key=lambda name: funds_text(balances[name])):
        console.print(f"{', '.join(names)} began with {funds}.\n", soft_wrap=True)
    table = listing(["account", "role", "private key"])
    for name in people:
        for role in ("posting", "active"):
            table.add_row(name, role, accounts[name][role]["private"])
    console.print(table)
    console.print(f"\n[dim]All keys: skald devnet keys, or {key_file}[/]\n")
    lines = [] if url == DEFAULT_URL else [f"export SKALD_NODE={url}"]
    steps = [step.format(payday=PAYDAYS[identity.preset]) for step in FIRST_STEPS]
    for number, line in enumerate([*lines, *steps]):
        console.print(f"{'' if number else 'In another terminal:':<22}{line}")
    console.print()


def funds_text(has: dict[str, str]) -> str:
    liquid = [money(has[kind]) for kind in ("hive", "hbd") if units(has[kind])]
    return " and ".join([", ".join(liquid), f"power worth {money(has['power'])} each"])


def view_keys(console: Console, answer: dict[str, Any]) -> None:
    table = listing(["account", "role", "private key", "public key"])
    for name, roles in answer.items():
        for role, pair in roles.items():
            table.add_row(name, role, pair["private"], pair["public"])
    console.print(table)


@devnet.command()
@answers(view_keys)
@click.option(
    "--data-dir",
    type=DATA_DIR,
    show_default="that of the devnet at --node, else a folder of yours",
    help="Of which devnet.",
)
@click.argument("names", nargs=-1, type=ACCOUNT, metavar="[ACCOUNT]...")
@node_option
def keys(data_dir: Path | None, names: tuple[str, ...], node: str) -> dict[str, Any]:
    """Print the private keys of a devnet's accounts.

    For example: skald devnet keys alice
    """
    accounts = play.read_accounts(data_dir or devnet_dir(node) or default_devnet_dir())
    if missing := [name for name in names if name not in accounts]:
        raise Failure(f"This devnet has no keys of {missing[0]}.", f"It has those of {', '.join(accounts)}.")
    return {name: accounts[name] for name in names or accounts}


def view_time(console: Console, answer: dict[str, Any]) -> None:
    passed = time_of(answer["now"]) - time_of(answer["before"])
    console.print(f"[green]✓[/] {span(passed)} passed  [dim]on the chain it is {answer['now']}[/]")


@devnet.command()
@answers(view_time)
@click.argument("duration", type=DURATION)
@asks_operator
def advance(client: Client, duration: int) -> dict[str, Any]:
    """Let time pass on a devnet at once: skald devnet advance 7d.

    Returns when a block stands behind it, so that whatever was due has happened.
    """
    before = head_time(client)
    try:
        after = time_of(client.call("devnet_api.advance", {"seconds": duration})["head_time"])
    except NotOperator as refusal:
        raise Failure(
            f"No devnet of yours answers at {client.url}: the clock there is not yours to turn.",
            "`skald devnet` starts one. Time passes on it for whoever started it, on the same machine.",
        ) from refusal
    return {"seconds": duration, "before": before.strftime(TIME_FORM), "now": after.strftime(TIME_FORM)}


def head_time(client: Client) -> datetime:
    return time_of(client.call("condenser_api.get_dynamic_global_properties")["time"])
