"""`skald escrow …`: payments that a third party watches over."""

from typing import Any

import click

from chain.asset import HBD, HIVE, Asset, Symbol
from chain.types import parse_time, time_text
from cli import money_views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.savings import NUMBER, free_number
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, DURATION, MONEY, Money, account_option
from cli.output import BadInput, Failure, Function, answers
from cli.views import money, units


@click.group(cls=HelpfulGroup)
def escrow() -> None:
    """Lock money that a third party watches over."""


def names_escrow(function: Function) -> Function:
    """Who opened it, and its number."""
    function = click.argument("number", type=NUMBER)(function)
    return click.argument("opener", type=ACCOUNT, metavar="FROM")(function)


def amount_options(function: Function) -> Function:
    function = click.option("--hbd", type=MONEY, help="How much HBD.")(function)
    return click.option("--hive", type=MONEY, help="How much HIVE.")(function)


def text_of(sender: Sender, amount: Money | None, symbol: Symbol) -> str:
    """An amount as typed, or none of it."""
    asset = Asset(0, symbol) if amount is None else amount.asset(sender.dialect, symbol)
    return asset.text(sender.dialect)


def escrow_of(sender: Sender, opener: str, number: int) -> dict[str, Any]:
    row: dict[str, Any] | None = sender.client.call("condenser_api.get_escrow", [opener, number])
    if row is None:
        raise Failure(
            f"{opener} has no open escrow {number}.", f"`skald escrow show {opener}` lists those that are open."
        )
    return row


def parties(row: dict[str, Any], who: str) -> dict[str, Any]:
    """What every later operation says about an escrow."""
    return {name: row[name] for name in ("from", "to", "agent")} | {"who": who, "escrow_id": row["escrow_id"]}


def amounts_text(*texts: str) -> str:
    return " and ".join(money(text) for text in texts if units(text))


@escrow.command("open")
@answers(sent)
@account_option("--from", "from_account", help="Who pays.")
@click.option("--to", "to_account", type=ACCOUNT, required=True, help="Who is to be paid.")
@click.option("--agent", type=ACCOUNT, required=True, help="Who decides if the two disagree.")
@amount_options
@click.option("--fee", type=MONEY, help="What the agent gets once both have approved; nothing unless given.")
@click.option("--approve-within", type=DURATION, default="1d", help="How long the other two may think about it.")
@click.option("--ends-after", type=DURATION, default="30d", help="When disputes are over.")
@click.option("--id", "number", type=NUMBER, help="Its number; the smallest free one unless given.")
@click.option("--about", default="", metavar="JSON", help="What it is about.")
@sends
def open_escrow(
    sender: Sender,
    *,
    from_account: str,
    to_account: str,
    agent: str,
    hive: Money | None,
    hbd: Money | None,
    fee: Money | None,
    approve_within: int,
    ends_after: int,
    number: int | None,
    about: str,
) -> dict[str, Any]:
    """Lock HIVE, HBD or both for an account, until an agent and it approve and somebody releases them.

    For example: skald escrow open --from alice --to bob --agent judge --hive "10.000 HIVE" --fee "0.100 HBD"
    """
    if hive is None and hbd is None:
        raise BadInput("An escrow must move some HIVE or HBD.", "Give --hive, --hbd or both.")
    if number is None:
        rows = sender.client.call("database_api.find_escrows", {"from": from_account})["escrows"]
        number = free_number(row["escrow_id"] for row in rows)
    now = parse_time(sender.client.call("condenser_api.get_dynamic_global_properties")["time"])
    dialect = sender.dialect
    amounts = {"hive_amount": text_of(sender, hive, HIVE), "hbd_amount": text_of(sender, hbd, HBD)}
    fields = {
        "from": from_account,
        "to": to_account,
        **amounts,
        "escrow_id": number,
        "agent": agent,
        "fee": (Asset(0, HBD) if fee is None else fee.asset(dialect, HIVE, HBD)).text(dialect),
        "json_meta": about,
        "ratification_deadline": time_text(now + approve_within),
        "escrow_expiration": time_text(now + ends_after),
    }
    what = f"{from_account} locked {amounts_text(*amounts.values())} for {to_account} in escrow {number}"
    return sender.send(what, ("escrow_transfer", fields))


def answer_escrow(sender: Sender, opener: str, number: int, who: str, *, approve: bool) -> dict[str, Any]:
    fields = parties(escrow_of(sender, opener, number), who) | {"approve": approve}
    word = "approved" if approve else "refused"
    return sender.send(f"{who} {word} escrow {number} of {opener}", ("escrow_approve", fields))


@escrow.command()
@answers(sent)
@names_escrow
@account_option("--who", help="Who approves: the receiver or the agent.")
@sends
def approve(sender: Sender, opener: str, number: int, who: str) -> dict[str, Any]:
    """Take part in an escrow, as its receiver or agent.

    For example: skald escrow approve alice 0 --who bob
    """
    return answer_escrow(sender, opener, number, who, approve=True)


@escrow.command()
@answers(sent)
@names_escrow
@account_option("--who", help="Who refuses: the receiver or the agent.")
@sends
def reject(sender: Sender, opener: str, number: int, who: str) -> dict[str, Any]:
    """Refuse an escrow that one has not approved; everything goes back.

    For example: skald escrow reject alice 0 --who bob
    """
    return answer_escrow(sender, opener, number, who, approve=False)


@escrow.command()
@answers(sent)
@names_escrow
@account_option("--who", help="Who disputes: the sender or the receiver.")
@sends
def dispute(sender: Sender, opener: str, number: int, who: str) -> dict[str, Any]:
    """Hand the decision to the agent.

    For example: skald escrow dispute alice 0 --who bob
    """
    fields = parties(escrow_of(sender, opener, number), who)
    return sender.send(
        f"{who} disputes escrow {number} of {opener}; {fields['agent']} decides", ("escrow_dispute", fields)
    )


@escrow.command()
@answers(sent)
@names_escrow
@account_option("--who", help="Who releases.")
@click.option("--to", "receiver", type=ACCOUNT, required=True, help="Who gets it: the sender or the receiver.")
@amount_options
@sends
def release(
    sender: Sender, opener: str, number: int, *, who: str, receiver: str, hive: Money | None, hbd: Money | None
) -> dict[str, Any]:
    """Pay out of an escrow: all that is in it, or as much as is given.

    For example: skald escrow release alice 0 --who alice --to bob
    """
    row = escrow_of(sender, opener, number)
    if hive is None and hbd is None:
        amounts = {"hive_amount": row["hive_balance"], "hbd_amount": row["hbd_balance"]}
    else:
        amounts = {"hive_amount": text_of(sender, hive, HIVE), "hbd_amount": text_of(sender, hbd, HBD)}
    fields = parties(row, who) | {"receiver": receiver} | amounts
    what = f"{who} released {amounts_text(*amounts.values())} to {receiver}"
    return sender.send(what, ("escrow_release", fields))


@escrow.command("show")
@answers(money_views.escrows)
@click.argument("account", type=ACCOUNT)
@click.argument("number", type=NUMBER, required=False)
@asks_node
def show_escrows(client: Client, account: str, number: int | None) -> dict[str, Any]:
    """Show the open escrows of the account that locked the money, or one of them.

    For example: skald escrow show alice
    """
    found, chain = client.batch(
        [("database_api.find_escrows", {"from": account}), ("condenser_api.get_dynamic_global_properties", [])]
    )
    rows = [row for row in found["escrows"] if number in {None, row["escrow_id"]}]
    if number is not None and not rows:
        raise Failure(
            f"{account} has no open escrow {number}.", f"`skald escrow show {account}` lists those that are open."
        )
    return {"account": account, "escrows": rows, "now": chain["time"]}
