"""`skald watch`: what happens on the chain, as it happens."""

import asyncio
from collections import Counter
from typing import Any

import click
import orjson
from rich.markup import escape

from cli import views
from cli.client import asks_node_url
from cli.commands.account import operation_number, operations_begun
from cli.inputs import ACCOUNT
from cli.output import BadInput, stdout

TOPICS = ("blocks", "operations", "finality")


@click.command()
@click.argument("topic", type=click.Choice(TOPICS), required=False)
@click.option("--account", "accounts", type=ACCOUNT, multiple=True, help="Only what concerns this account.")
@click.option(
    "--operation", "operations", multiple=True, shell_complete=operations_begun, help="Only operations of this name."
)
@click.option(
    "--from", "from_block", type=click.IntRange(1, 2**32 - 1), help="Begin with this block, not with the next."
)
@click.option("--final", is_flag=True, help="Show blocks only when they can no longer be undone.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many messages.")
@click.option("--json", "as_json", is_flag=True, help="Print each message as JSON on a line of its own.")
@asks_node_url
def watch(  # noqa: PLR0917  # click names them
    url: str,
    topic: str | None,
    accounts: tuple[str, ...],
    operations: tuple[str, ...],
    from_block: int | None,
    final: bool,
    count: int | None,
    as_json: bool,
) -> None:
    """Watch blocks, operations or finality as they come, until Ctrl+C.

    Without a topic: operations where an account or operation is named, else blocks. A lost connection is made again, and nothing is missed.

    For example: skald watch --account alice --operation transfer
    """
    topic = topic or ("operations" if accounts or operations else "blocks")
    if topic != "operations" and (accounts or operations):
        raise BadInput(
            f"--account and --operation choose among operations, not {topic}.", "Leave them or the topic out."
        )
    for name in operations:
        operation_number(name)
    wanted: dict[str, Any] = {"topic": topic, "irreversible": final}
    if accounts:
        wanted["accounts"] = list(accounts)
    if operations:
        wanted["operations"] = [name.replace("-", "_") for name in operations]
    if from_block is not None:
        wanted["from_block"] = from_block
    asyncio.run(show(url, wanted, count, as_json=as_json))


async def show(url: str, wanted: dict[str, Any], count: int | None, *, as_json: bool) -> None:
    """Print what comes, until `count` messages have come."""
    from contextlib import aclosing

    from cli.stream import messages

    shown = 0
    async with aclosing(messages(url, wanted)) as told:
        async for message in told:
            if as_json:
                click.echo(orjson.dumps(message).decode())
            else:
                for line in lines_of(message):
                    stdout().print(line, soft_wrap=True)
            shown += 1
            if shown == count:
                return


def lines_of(message: dict[str, Any]) -> list[str]:
    """A message for people."""
    num = f"[cyan]{message['block_num']:>9,}[/]"
    match message["type"]:
        case "block":
            return [f"{num}  {message['timestamp']}  {block_text(message['block'])}"]
        case "operations":
            return [f"{num}  {message['timestamp']}  {operation_text(entry)}" for entry in message["operations"]]
        case "undo":
            return [f"{num}  [yellow]undone: the node has changed to another branch[/]"]
        case "finality":
            return [f"{num}  [green]final[/]"]
        case "progress":
            return [f"{num}  [dim]nothing of this so far[/]"]
        case other:
            return [f"{num}  {escape(str(other))}"]


def block_text(block: dict[str, Any]) -> str:
    names = Counter(
        views.operation_parts(operation)[0] for trx in block["transactions"] for operation in trx["operations"]
    )
    what = ", ".join(f"{count} {name}" for name, count in sorted(names.items()))
    return f"{escape(block['witness'])}  {escape(what) or '[dim]empty[/]'}"


def operation_text(entry: dict[str, Any]) -> str:
    name, value = views.operation_parts(entry["op"])
    label = f"[dim]{name}[/]" if entry.get("virtual_op") else f"[bold]{name}[/]"
    return f"{label}  {escape(views.summary(value))}"
