"""`skald rc …`: resource credits: what an account may still do, and credits lent to others (protocol.md §9)."""

import json
from typing import Any

import click

from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, account_option
from cli.output import answers, bar, fields, listing, percent

PAGE = 1000
FROM = account_option("--from", "from_account", help="Who lends.")
DELEGATEES = click.argument("accounts", type=ACCOUNT, nargs=-1, required=True, metavar="ACCOUNT…")


@click.group(cls=HelpfulGroup)
def rc() -> None:
    """See what an account may still do, and lend credits."""


def show_bar(console: Any, answer: dict[str, Any]) -> None:
    mana, size = answer["rc"], answer["max_rc"]
    console.print(f"{answer['account']}  {bar(mana, size)}  {percent(mana, size)} of {size:,} RC")
    if answer["delegated_rc"] or answer["received_rc"]:
        console.print(f"lent {answer['delegated_rc']:,} RC, received {answer['received_rc']:,} RC")
    bought = listing(("at present prices", ">each", ">enough for"))
    for kind, cost in answer["costs"].items():
        bought.add_row(kind, f"{cost:,} RC", f"{answer['enough_for'][kind]:,}" if cost else "any number")
    console.print(bought)


@rc.command()
@answers(show_bar)
@click.argument("account", type=ACCOUNT)
@asks_node
def show(client: Client, account: str) -> dict[str, Any]:
    """Show an account's bar, and how many votes, transfers and posts it is enough for.

    For example: skald rc show alice
    """
    found: dict[str, Any] = client.call("skald_api.get_rc", {"account": account})
    found |= {name: int(found[name]) for name in ("rc", "max_rc", "delegated_rc", "received_rc")}
    costs = found["costs"] = {kind: int(cost) for kind, cost in found["costs"].items()}
    return found | {"enough_for": {kind: found["rc"] // cost if cost else 0 for kind, cost in costs.items()}}


def lend(sender: Sender, what: str, from_account: str, accounts: tuple[str, ...], amount: int) -> dict[str, Any]:
    content = {"from": from_account, "delegatees": sorted(set(accounts)), "max_rc": amount, "extensions": []}
    operation = {
        "required_auths": [],
        "required_posting_auths": [from_account],
        "id": "rc",
        "json": json.dumps(["delegate_rc", content]),
    }
    return sender.send(what, ("custom_json", operation))


@rc.command()
@answers(sent)
@click.argument("amount", type=click.IntRange(min=1), metavar="RC")
@DELEGATEES
@FROM
@sends
def delegate(sender: Sender, amount: int, accounts: tuple[str, ...], from_account: str) -> dict[str, Any]:
    """Lend credits: each account then has RC of them in all, whatever it had before.

    For example: skald rc delegate 5000000000 bob carol --from alice
    """
    return lend(sender, f"{from_account} lends {amount} RC to {', '.join(accounts)}", from_account, accounts, amount)


@rc.command()
@answers(sent)
@DELEGATEES
@FROM
@sends
def undelegate(sender: Sender, accounts: tuple[str, ...], from_account: str) -> dict[str, Any]:
    """Take lent credits back. The bar has room for them again, and fills in five days.

    For example: skald rc undelegate bob --from alice
    """
    what = f"{from_account} lends nothing to {', '.join(accounts)} any more"
    return lend(sender, what, from_account, accounts, 0)


def show_delegations(console: Any, answer: dict[str, Any]) -> None:
    table = listing(("to", ">RC"))
    for row in answer["delegations"]:
        table.add_row(row["to"], f"{int(row['delegated_rc']):,}")
    console.print(table)


@rc.command()
@answers(show_delegations)
@click.argument("account", type=ACCOUNT)
@asks_node
def delegations(client: Client, account: str) -> dict[str, Any]:
    """List to whom an account lends credits; of very many the first thousand.

    For example: skald rc delegations alice
    """
    found = client.call("rc_api.list_rc_direct_delegations", {"start": [account, ""], "limit": PAGE})
    return {"account": account, "delegations": found["rc_direct_delegations"]}


@rc.command()
@answers(fields)
@click.argument("operation", metavar="OPERATION")
@asks_node
def cost(client: Client, operation: str) -> dict[str, Any]:
    """What one kind of operation cost on average during the last whole day.

    For example: skald rc cost vote
    """
    found = client.call("rc_api.get_rc_operation_stats", {"operation": operation})
    return {"operation": operation, "transactions": found["count"], "average RC": int(found["avg_cost_rc"])}
