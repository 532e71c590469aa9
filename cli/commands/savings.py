"""`skald savings …`: money set aside."""

from collections.abc import Iterable
from typing import Any

import click

from chain.asset import HBD, HIVE
from cli import money_views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.money import sealed
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, MONEY, Money, account_option
from cli.output import Failure, answers
from cli.views import money

NUMBER = click.IntRange(0, 2**32 - 1)


@click.group(cls=HelpfulGroup)
def savings() -> None:
    """Set HIVE and HBD aside, take them out in three days."""


def memo_of(sender: Sender, memo: str, giver: str, receiver: str) -> str:
    return sealed(sender, memo, giver, receiver) if memo.startswith("#") else memo


def free_number(taken: Iterable[int]) -> int:
    """The smallest number that none of one's rows has."""
    numbers = set(taken)
    return next(number for number in range(len(numbers) + 1) if number not in numbers)


@savings.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@account_option("--from", "from_account", help="Who pays.")
@click.option("--to", "to_account", type=ACCOUNT, help="Whose savings grow; the payer's unless given.")
@click.option("--memo", default="", help="A note, public unless it begins with #: then only the two can read it.")
@sends
def deposit(sender: Sender, amount: Money, from_account: str, to_account: str | None, memo: str) -> dict[str, Any]:
    """Move liquid HIVE or HBD into savings, where HBD earns interest.

    For example: skald savings deposit "100.000 HBD" --from alice
    """
    text, receiver = amount.asset(sender.dialect, HIVE, HBD).text(sender.dialect), to_account or from_account
    note = memo_of(sender, memo, from_account, receiver)
    fields = {"from": from_account, "to": receiver, "amount": text, "memo": note}
    return sender.send(f"{from_account} saved {money(text)} for {receiver}", ("transfer_to_savings", fields))


@savings.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@account_option("--from", "from_account", help="Whose savings they are.")
@click.option("--to", "to_account", type=ACCOUNT, help="Where they arrive; at the owner's unless given.")
@click.option("--memo", default="", help="A note, public unless it begins with #: then only the two can read it.")
@click.option("--id", "request_id", type=NUMBER, help="The number to cancel it by; the smallest free one unless given.")
@sends
def withdraw(
    sender: Sender, amount: Money, *, from_account: str, to_account: str | None, memo: str, request_id: int | None
) -> dict[str, Any]:
    """Take HIVE or HBD out of savings; they arrive in three days.

    (On a devnet sooner.) For example: skald savings withdraw "10.000 HBD" --from alice --to bob
    """
    text, receiver = amount.asset(sender.dialect, HIVE, HBD).text(sender.dialect), to_account or from_account
    if request_id is None:
        rows = sender.client.call("condenser_api.get_savings_withdraw_from", [from_account])
        request_id = free_number(row["request_id"] for row in rows)
    note = memo_of(sender, memo, from_account, receiver)
    fields = {"from": from_account, "request_id": request_id, "to": receiver, "amount": text, "memo": note}
    what = (
        f"{money(text)} are on their way from the savings of {from_account} to {receiver} with the number {request_id}"
    )
    return sender.send(what, ("transfer_from_savings", fields))


@savings.command()
@answers(sent)
@click.argument("request_id", type=NUMBER, metavar="NUMBER")
@account_option("--from", "from_account", help="Whose savings they are.")
@sends
def cancel(sender: Sender, request_id: int, from_account: str) -> dict[str, Any]:
    """Keep savings that are on their way out.

    `skald savings show` tells the number. For example: skald savings cancel 0 --from alice
    """
    operation = ("cancel_transfer_from_savings", {"from": from_account, "request_id": request_id})
    return sender.send(f"{from_account} keeps the savings with the number {request_id}", operation)


@savings.command("show")
@answers(money_views.savings)
@click.argument("account", type=ACCOUNT)
@asks_node
def show_savings(client: Client, account: str) -> dict[str, Any]:
    """Show what an account has saved, and what is on its way.

    For example: skald savings show alice
    """
    rows, outgoing, incoming, chain = client.batch(
        [
            ("condenser_api.get_accounts", [[account]]),
            ("condenser_api.get_savings_withdraw_from", [account]),
            ("condenser_api.get_savings_withdraw_to", [account]),
            ("condenser_api.get_dynamic_global_properties", []),
        ]
    )
    if not rows:
        raise Failure(f"There is no account {account} on this chain.", "`skald account create` makes one.")
    others = [row for row in incoming if row["from"] != account]
    return {"account": rows[0], "outgoing": outgoing, "incoming": others, "now": chain["time"]}
