"""How the internal market and conversions look to a person."""

from itertools import accumulate
from typing import Any

from rich.console import Console

from cli.output import bar, is_narrow, listing
from cli.views import ago, money, units

PRICE_DECIMALS = 6
WIDE_BAR, NARROW_BAR = 40, 16


def price_text(hbd: int, hive: int) -> str:
    """HBD for a HIVE, to six decimals."""
    if not hive:
        return "–"
    scaled = hbd * 10**PRICE_DECIMALS // hive
    return f"{scaled // 10**PRICE_DECIMALS}.{scaled % 10**PRICE_DECIMALS:0{PRICE_DECIMALS}}"


def amount_text(amount: int) -> str:
    return f"{amount // 1_000:,}.{amount % 1_000:03}"


def order_price(row: dict[str, Any]) -> tuple[int, int]:
    """(HBD, HIVE) of an order: an offer of HIVE names HIVE first."""
    base, quote = (units(row[side]) for side in ("base", "quote"))
    return (base, quote) if is_hbd(row["base"]) else (quote, base)


def is_hbd(text: str) -> bool:
    return text.endswith((" HBD", " TBD"))


def book(console: Console, answer: dict[str, Any]) -> None:
    """Sellers above, buyers below, the best of both in the middle; bars grow with the HBD of an order and all before it."""
    asks, bids = ([_level(row) for row in answer[side]] for side in ("asks", "bids"))
    if not asks and not bids:
        console.print("Nobody offers anything.")
        return
    depths = [list(accumulate(hbd for _, _, hbd in side)) for side in (asks, bids)]
    deepest = max(side[-1] for side in depths if side)
    width = NARROW_BAR if is_narrow(console) else WIDE_BAR
    table = listing((">HBD for 1 HIVE", ">HIVE", ">HBD", ">HBD so far", "!depth"))
    for colour, levels, sums in (("red", asks[::-1], depths[0][::-1]), ("green", bids, depths[1])):
        for (price, hive, hbd), depth in zip(levels, sums, strict=True):
            drawn = f"[{colour}]{bar(depth, deepest, width)}[/]"
            table.add_row(f"[{colour}]{price}[/]", *map(amount_text, (hive, hbd, depth)), drawn)
        if colour == "red":
            table.add_row("[dim]sellers above, buyers below[/]" if asks and bids else "", "", "", "", "")
    console.print(table)


def _level(row: dict[str, Any]) -> tuple[str, int, int]:
    return price_text(*order_price(row["order_price"])), int(row["hive"]), int(row["hbd"])


def ticker(console: Console, answer: dict[str, Any]) -> None:
    from cli.output import fields

    change = f"{answer['percent_change'].partition('.')[0]}.{answer['percent_change'].partition('.')[2][:2]} %"
    shown = {name: f"{answer[name][:8]} HBD" for name in ("latest", "lowest_ask", "highest_bid")}
    volume = f"{money(answer['hive_volume'])} for {money(answer['hbd_volume'])}"
    fields(console, {**shown, "change within a day": change, "traded within a day": volume})


def trades(console: Console, answer: list[dict[str, Any]]) -> None:
    if not answer:
        console.print("There were no trades.")
        return
    table = listing(("!when", ">HBD for 1 HIVE", ">HIVE", ">HBD", "!what"))
    for row in answer:
        has_bought = is_hbd(row["current_pays"])
        hbd, hive = (row["current_pays"], row["open_pays"]) if has_bought else (row["open_pays"], row["current_pays"])
        what = f"{row['taker']} {'bought from' if has_bought else 'sold to'} {row['maker']}"
        price = price_text(units(hbd), units(hive))
        table.add_row(row["date"], price, amount_text(units(hive)), amount_text(units(hbd)), what)
    console.print(table)


def orders(console: Console, answer: list[dict[str, Any]]) -> None:
    if not answer:
        console.print("There are no orders.")
        return
    table = listing((">number", "!", ">HBD for 1 HIVE", ">left", "!until"))
    for row in answer:
        buys = is_hbd(row["sell_price"]["base"])
        symbol = row["sell_price"]["base"].split()[1]
        kind = "[green]buys HIVE[/]" if buys else "[red]sells HIVE[/]"
        left = f"{amount_text(int(row['for_sale']))} {symbol}"
        table.add_row(str(row["orderid"]), kind, price_text(*order_price(row["sell_price"])), left, row["expiration"])
    console.print(table)


def conversions(console: Console, answer: dict[str, Any]) -> None:
    if not answer["to_hive"] and not answer["to_hbd"]:
        console.print(f"{answer['account']} converts nothing.")
        return
    table = listing((">number", "!what", "!when", "would be now"))
    for row in answer["to_hive"]:
        what, when = f"{money(row['amount'])} into HIVE", ago(row["conversion_date"], answer["now"])
        table.add_row(str(row["requestid"]), what, when, money(row["would_bring"]))
    for row in answer["to_hbd"]:
        what = f"{money(row['collateral_amount'])} held for {money(row['converted_amount'])}"
        would = f"costs {money(row['would_cost'])}, {money(row['would_return'])} come back"
        table.add_row(str(row["requestid"]), what, ago(row["conversion_date"], answer["now"]), would)
    console.print(table)
