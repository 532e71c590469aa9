"""`skald recover …`: a stolen account comes back to its owner (docs/recovery.md)."""

from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.account import PUBLIC_KEY, no_account, single_key
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, account_option
from cli.output import BadInput, Failure, MissingKey, answers, grid

OPEN_AUTHORITY: dict[str, Any] = {"weight_threshold": 0, "account_auths": [], "key_auths": []}
"""Anybody's: what takes a request back."""


@click.group(cls=HelpfulGroup)
def recover() -> None:
    """Get a stolen account back, and choose who can help with that."""


@recover.command()
@answers(sent)
@click.argument("account", type=ACCOUNT)
@account_option("--by", help="The account's recovery account, who asks.")
@click.option("--owner", type=PUBLIC_KEY, metavar="PUBLIC_KEY", help="The owner key that its owner has made anew.")
@click.option("--cancel", is_flag=True, help="Take the request back.")
@sends
def request(sender: Sender, *, account: str, by: str, owner: str | None, cancel: bool) -> dict[str, Any]:
    """Ask that an account be given back, as its recovery account.

    Its owner has a day to confirm. For example: skald recover request alice --by bob --owner STM6LLeg…
    """
    if (owner is None) is not cancel:
        raise BadInput(
            "A request names one owner key.", "Give --owner PUBLIC_KEY, or --cancel to take the request back."
        )
    authority: dict[str, Any] = OPEN_AUTHORITY if owner is None else single_key(owner)
    what = f"{by} {'no longer asks' if cancel else 'asked'} that {account} be given back"
    body = {"recovery_account": by, "account_to_recover": account, "new_owner_authority": authority, "extensions": []}
    return sender.send(what, ("request_account_recovery", body))


@recover.command()
@answers(sent)
@click.argument("account", type=ACCOUNT)
@sends
def confirm(sender: Sender, *, account: str) -> dict[str, Any]:
    """Take a stolen account back, as its owner.

    It needs the key that was asked for and one that owned the account within the last 30 days. For example:
    skald recover confirm alice --key-file new-keys.json --key-file old-keys.json
    """
    requested = sender.client.call("condenser_api.get_recovery_request", [account])
    if not requested:
        raise Failure(
            f"Nobody has asked that {account} be given back.",
            f"Its recovery account must ask first; `skald recover show {account}` tells who that is.",
        )
    for operation in confirmations(sender.client, account, requested["new_owner_authority"]):
        try:
            return sender.send(f"{account} is its owner's again", operation)
        except MissingKey:
            continue
    raise MissingKey(
        f"The keys at hand are not both the one that was asked for and one that owned {account} before.",
        sender.ring.advice,
    )


def confirmations(client: Client, account: str, new: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the owner may have to say, by each former owner authority, the oldest first: the thief's are the newest."""
    for row in client.call("condenser_api.get_owner_history", [account]):
        body = {"account_to_recover": account, "new_owner_authority": new, "extensions": []}
        yield "recover_account", {**body, "recent_owner_authority": row["previous_owner_authority"]}


@recover.command()
@answers(sent)
@click.argument("helper", type=ACCOUNT)
@account_option("--account", help="Who chooses.")
@sends
def choose(sender: Sender, *, helper: str, account: str) -> dict[str, Any]:
    """Choose the account that can help to get yours back.

    It takes over in 30 days; choosing the present one takes a choice back. For example: skald recover choose carol --account alice
    """
    body = {"account_to_recover": account, "new_recovery_account": helper, "extensions": []}
    return sender.send(f"{account} chose {helper} as its recovery account", ("change_recovery_account", body))


def view_recovery(console: Console, answer: dict[str, Any]) -> None:
    table = grid(answer["account"])
    table.add_row("recovery account", escape(answer["recovery_account"] or "the witness with the most votes"))
    if change := answer["change"]:
        table.add_row("from then on", f"{escape(change['recovery_account'])}  [dim]from {change['effective_on']} on[/]")
    if requested := answer["request"]:
        keys = " ".join(key for key, _ in requested["new_owner_authority"]["key_auths"])
        table.add_row("asked to be given to", f"{keys}  [dim]until {requested['expires']}[/]")
    for former in answer["former_owners"]:
        keys = " ".join(key for key, _ in former["previous_owner_authority"]["key_auths"])
        table.add_row("former owner", f"{keys}  [dim]until {former['last_valid_time']}[/]")
    console.print(table)


@recover.command()
@answers(view_recovery)
@click.argument("account", type=ACCOUNT)
@asks_node
def show(client: Client, account: str) -> dict[str, Any]:
    """Show who can help to get an account back, what is pending, and which owner keys still count.

    For example: skald recover show alice
    """
    rows, requested, changes, former = client.batch(
        [
            ("condenser_api.get_accounts", [[account]]),
            ("condenser_api.get_recovery_request", [account]),
            ("database_api.find_change_recovery_account_requests", {"accounts": [account]}),
            ("condenser_api.get_owner_history", [account]),
        ]
    )
    if not rows:
        raise no_account(client, account)
    return {
        "account": account,
        "recovery_account": rows[0]["recovery_account"],
        "change": next(iter(changes["requests"]), None),
        "request": requested,
        "former_owners": former,
    }
