"""`skald network …`: how a node stands among others."""

from datetime import timedelta
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from cli.client import Client
from cli.groups import HelpfulGroup
from cli.operator import asks_operator
from cli.output import answers, grid, is_narrow, listing
from cli.views import span

KEY_CHARS = 12  # of an identity in a table: enough to tell two nodes apart


@click.group(cls=HelpfulGroup)
def network() -> None:
    """See how a node stands among others."""


def view_network(console: Console, answer: dict[str, Any]) -> None:
    if not answer["identity"]:
        console.print("This node links with nobody. `skald node start --peer HOST:PORT` makes it one of many.")
        return
    console.print(overview(answer))
    console.print()
    if not answer["peers"]:
        console.print("no peers: look at the log, or name one with --peer")
        return
    console.print(peer_table(answer["peers"], is_narrow=is_narrow(console)))


def overview(answer: dict[str, Any]) -> Any:
    table = grid()
    head, sync = answer["head_block_num"], answer["sync"]
    table.add_row("identity", escape(answer["identity"]))
    table.add_row("open to others at", escape(answer["listening"]) or "nobody can dial this node")
    table.add_row("head", f"{head:,}  [dim]{answer['head_block_id']}[/]")
    kind = "by signed votes" if answer["finality_votes"] else "by the 75 % rule"
    table.add_row(
        "final", f"{answer['final_block_num']:,}  [dim]({answer['finality_lag_blocks']:,} behind head, {kind})[/]"
    )
    if answer["finality_votes"]:
        table.add_row("75 % built upon", f"{answer['confirmed_block_num']:,}")
    behind = sync["target_block_num"] - head
    if behind > 0:
        table.add_row("fetching", f"{behind:,} blocks up to {sync['target_block_num']:,}")
    clock = answer["clock"]
    if clock["peers"]:
        table.add_row("peers' clocks", f"{clock['offset_ms']:+,.0f} ms  [dim](median of {clock['peers']})[/]")
    table.add_row(
        "addresses", f"{answer['addresses']['known']:,}  [dim]({answer['addresses']['reached']:,} of them reached)[/]"
    )
    for one in answer["banned"]:
        table.add_row("banned", f"{escape(one['identity'])}  [dim]until {escape(one['until'])}[/]")
    return table


def peer_table(peers: list[dict[str, Any]], *, is_narrow: bool) -> Any:
    """The longest links first; on a narrow terminal without what one rarely needs."""
    columns = ["!node", "!address", "dialled by", ">head", ">latency"]
    table = listing(columns if is_narrow else [*columns, ">score", ">linked", ">in kB", ">out kB", "agent"])
    for peer in sorted(peers, key=lambda one: -one["linked_seconds"]):
        latency = "–" if peer["latency_ms"] is None else f"{peer['latency_ms']:,.0f} ms"
        who = "us" if peer["direction"] == "outbound" else "them"
        cells = [short_key(peer["identity"]), escape(peer["address"]), who, f"{peer['head_block_num']:,}", latency]
        if not is_narrow:
            traffic = (f"{peer['received_bytes'] // 1000:,}", f"{peer['sent_bytes'] // 1000:,}")
            cells += [
                str(peer["score"]),
                span(timedelta(seconds=peer["linked_seconds"])),
                *traffic,
                escape(peer["agent"]),
            ]
        table.add_row(*cells)
    return table


def short_key(text: str) -> str:
    return escape(text.removeprefix("PUB_ED_")[:KEY_CHARS]) + "…"


@network.command()
@answers(view_network)
@asks_operator
def status(client: Client) -> Any:
    """Show a node's identity, its peers, and how far it and they are.

    It tells that to whoever runs it: ask on its machine, as the same user.
    """
    return client.call("skald_api.get_network")
