"""`skald convert`, `skald conversions`: HBD and HIVE turned into each other by the chain itself."""

from typing import Any

import click

from chain.asset import HBD, HIVE
from cli import market_views as views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.savings import NUMBER, free_number
from cli.inputs import ACCOUNT, MONEY, Money, account_option
from cli.output import BadInput, answers
from cli.views import money, units
from rewards.conversion import settle
from rewards.price import Price, hbd_to_hive

FEE_BP = 500  # of a conversion against collateral, on every chain so far (protocol.md §8.8)


@click.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@account_option("--from", "account", help="Whose money it is.")
@click.option("--collateral", is_flag=True, help="The amount is HIVE, to be locked for HBD that comes at once.")
@click.option("--id", "number", type=NUMBER, help="Its number; the smallest free one unless given.")
@sends
def convert(sender: Sender, amount: Money, account: str, collateral: bool, number: int | None) -> dict[str, Any]:
    """Turn HBD into HIVE, or HIVE into HBD, at the chain's price.

    HBD is gone at once and becomes HIVE after three and a half days, at the median price of that day. HIVE becomes HBD only with
    --collateral: half of it, with a fee of 5 %, at once; after three and a half days that HBD is paid for out of all of the HIVE,
    and the rest comes back. (A devnet's days may be shorter.)

    For example: skald convert "10 HBD" --from alice
    """
    asset = amount.asset(sender.dialect, HBD, HIVE)
    if (asset.symbol == HIVE) != collateral:
        words = ("HBD needs no collateral.", "Leave --collateral out, or name an amount of HIVE.")
        if not collateral:
            words = ("HIVE is turned into HBD against collateral.", "Add --collateral if that is what you want.")
        raise BadInput(*words)
    text = asset.text(sender.dialect)
    name = "collateralized_convert" if collateral else "convert"
    if number is None:
        kind = "collateralized_conversion" if collateral else "conversion"
        rows = sender.client.call(f"condenser_api.get_{kind}_requests", [account])
        number = free_number(row["requestid"] for row in rows)
    what = f"{account} locked {money(text)} for HBD" if collateral else f"{account} turns {money(text)} into HIVE"
    return sender.send(what, (name, {"owner": account, "requestid": number, "amount": text})) | {"number": number}


@click.command()
@answers(views.conversions)
@click.argument("account", type=ACCOUNT)
@asks_node
def conversions(client: Client, account: str) -> dict[str, Any]:
    """List what is on its way to become HBD or HIVE.

    And what it would bring at today's price.

    For example: skald conversions alice
    """
    feed, chain, plain, secured = client.batch(
        [
            ("condenser_api.get_feed_history", []),
            ("condenser_api.get_dynamic_global_properties", []),
            ("condenser_api.get_conversion_requests", [account]),
            ("condenser_api.get_collateralized_conversion_requests", [account]),
        ]
    )
    hive = chain["current_supply"].split()[1]
    median, market = (_price(feed[name]) for name in ("current_median_history", "market_median_history"))
    for row in plain:
        row["would_bring"] = _text(hbd_to_hive(units(row["amount"]), median), hive)
    for row in secured:
        settled = settle(units(row["collateral_amount"]), units(row["converted_amount"]), market, FEE_BP)
        row["would_cost"], row["would_return"] = _text(settled.used, hive), _text(settled.excess, hive)
    return {"account": account, "now": chain["time"], "to_hive": plain, "to_hbd": secured}


def _price(price: dict[str, Any]) -> Price:
    return Price(units(price["base"]), units(price["quote"]))


def _text(amount: int, symbol: str) -> str:
    return f"{amount // 1_000}.{amount % 1_000:03} {symbol}"
