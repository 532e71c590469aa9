"""`skald market …`: HIVE for HBD among people."""

from typing import Any

import click

from chain.asset import HBD, HIVE, Asset
from chain.types import time_text
from cli import market_views as views
from cli.broadcast import NamedFields, Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.savings import NUMBER, free_number
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, AMOUNT_MAX, DURATION, MONEY, PRICE, Money, Or, Quote, account_option
from cli.output import BadInput, Failure, Function, answers
from cli.views import money

BOOK_MAX = 500
TRADES_MAX = 1_000


@click.group(cls=HelpfulGroup)
def market() -> None:
    """Trade HIVE for HBD: see what is offered, buy, sell."""


# --- looking ---------------------------------------------------------------------------------------------------------


@market.command()
@answers(views.book)
@click.option("--limit", type=click.IntRange(1, BOOK_MAX), default=12, help="How many prices of each side.")
@asks_node
def book(client: Client, limit: int) -> Any:
    """Show what is offered and wanted, with its depth.

    For example: skald market book --limit 5
    """
    return client.call("condenser_api.get_order_book", [limit])


@market.command()
@answers(views.ticker)
@asks_node
def ticker(client: Client) -> Any:
    """Show the price, the best offers, and what was traded within a day."""
    return client.call("condenser_api.get_ticker", [])


@market.command()
@answers(views.trades)
@click.option("--limit", type=click.IntRange(1, TRADES_MAX), default=20, help="How many.")
@asks_node
def trades(client: Client, limit: int) -> Any:
    """List the trades, the newest first."""
    return client.call("condenser_api.get_recent_trades", [limit])


@market.command()
@answers(views.orders)
@click.argument("account", type=ACCOUNT)
@asks_node
def orders(client: Client, account: str) -> Any:
    """List the orders of an account.

    For example: skald market orders alice
    """
    return client.call("condenser_api.get_open_orders", [account])


def orders_of(client: Client, account: str) -> list[int]:
    """The numbers of an account's orders."""
    return [row["orderid"] for row in client.call("condenser_api.get_open_orders", [account])]


# --- trading ---------------------------------------------------------------------------------------------------------


def order_options(function: Function) -> Function:
    """What buying and selling have in common."""
    for option in (
        click.option("--id", "number", type=NUMBER, help="Its number; the smallest free one unless given."),
        click.option("--at-once", is_flag=True, help="All of it now, or none."),
        click.option("--for", "seconds", type=DURATION, default="7d", help="How long it stands, at most 28d."),
        click.option("--at", "price", type=PRICE, required=True, help="The price of a HIVE in HBD, as 0.2505."),
        account_option("--from", "account", help="Who trades."),
    ):
        function = option(function)
    return function


@market.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@order_options
@sends
def buy(sender: Sender, amount: Money, price: Quote, **order: Any) -> dict[str, Any]:
    """Buy HIVE for HBD, at a price or better.

    AMOUNT is the HIVE to buy, or the HBD to spend; where the price is better, the same HBD buys more HIVE. What nobody sells at that
    price now stands as an order.

    For example: skald market buy "100 HIVE" --at 0.2505 --from alice
    """
    asset = amount.asset(sender.dialect, HIVE, HBD)
    hbd = asset if asset.symbol == HBD else Asset(-(-asset.amount * price.hbd // price.hive), HBD)
    return _send_order(sender, hbd, (Asset(price.hbd, HBD), Asset(price.hive, HIVE)), price, **order)


@market.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@order_options
@sends
def sell(sender: Sender, amount: Money, price: Quote, **order: Any) -> dict[str, Any]:
    """Sell HIVE for HBD, at a price or better.

    AMOUNT is the HIVE to sell, or the HBD to earn; where the price is better, the same HIVE earns more HBD. What nobody buys at that
    price now stands as an order.

    For example: skald market sell "100 HIVE" --at 0.26 --for 1d --from alice
    """
    asset = amount.asset(sender.dialect, HIVE, HBD)
    hive = asset if asset.symbol == HIVE else Asset(-(-asset.amount * price.hive // price.hbd), HIVE)
    return _send_order(sender, hive, (Asset(price.hive, HIVE), Asset(price.hbd, HBD)), price, **order)


def _send_order(
    sender: Sender,
    offer: Asset,
    rate: tuple[Asset, Asset],
    price: Quote,
    *,
    account: str,
    seconds: int,
    at_once: bool,
    number: int | None,
) -> dict[str, Any]:
    """An order by its price (protocol.md §8.10): `rate` is the price as what is offered for what is wanted."""
    dialect = sender.dialect
    base, quote = rate
    wanted = Asset(offer.amount * quote.amount // base.amount, quote.symbol)
    if not wanted.amount or max(offer.amount, wanted.amount) > AMOUNT_MAX:
        raise BadInput(
            f"{offer.text(dialect)} cannot be traded at {price} {dialect.hbd_text}.", "Choose another amount or price."
        )
    if number is None:
        number = free_number(orders_of(sender.client, account))
    fields = {
        "owner": account,
        "orderid": number,
        "amount_to_sell": offer.text(dialect),
        "exchange_rate": {"base": base.text(dialect), "quote": quote.text(dialect)},
        "fill_or_kill": at_once,
        "expiration": time_text(sender.facts.head_at + seconds),
    }
    texts = [money(asset.text(dialect)) for asset in (offer, wanted)]
    what = f"{account} offers {texts[0]} for {texts[1]} or more: order {number}"
    return sender.send(what, ("limit_order_create2", fields)) | {"number": number}


@market.command()
@answers(sent)
@click.argument("number", type=Or(NUMBER, "all"), metavar="NUMBER|all")
@account_option("--from", "account", help="Whose order it is.")
@sends
def cancel(sender: Sender, number: Any, account: str) -> dict[str, Any]:
    """Take an order back, or all of one's orders.

    For example: skald market cancel 0 --from alice
    """
    numbers = [number]
    if number == "all":
        numbers = orders_of(sender.client, account)
    if not numbers:
        raise Failure(f"{account} has no orders.", "`skald market book` tells what others offer.")
    operations: list[NamedFields] = [
        ("limit_order_cancel", {"owner": account, "orderid": orderid}) for orderid in numbers
    ]
    named = f"order {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} orders"
    return sender.send(f"{account} took back {named}", *operations)
