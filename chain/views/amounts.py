"""Amounts and numbers in JSON (protocol.md §1.2), made for speed: an account has two dozen of them."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from chain.asset import HBD, HIVE, VESTS, Asset, Dialect, Symbol, asset_text
from chain.wire import HF26, Form

Amount = dict[str, Any] | str
AmountWriter = Callable[[int], Amount]


class Amounts(NamedTuple):
    """Functions from smallest units to JSON."""

    hive: AmountWriter
    hbd: AmountWriter
    vests: AmountWriter

    def of(self, asset: Asset) -> Amount:
        """An amount of any of the three."""
        amount, symbol = asset
        return self.hive(amount) if symbol == HIVE else self.hbd(amount) if symbol == HBD else self.vests(amount)

    def price(self, price: tuple[int, int]) -> dict[str, Amount]:
        """A price of (HBD, HIVE)."""
        hbd, hive = price
        return {"base": self.hbd(hbd), "quote": self.hive(hive)}


@cache
def amounts(form: Form, dialect: Dialect) -> Amounts:
    write = _nai_writer if form is HF26 else _text_writer
    return Amounts(write(HIVE, dialect), write(HBD, dialect), write(VESTS, dialect))


def _nai_writer(symbol: Symbol, _: Dialect) -> AmountWriter:
    precision, nai = symbol.precision, symbol.nai
    return lambda amount: {"amount": str(amount), "precision": precision, "nai": nai}


def _text_writer(symbol: Symbol, dialect: Dialect) -> AmountWriter:
    name, precision = dialect.symbol_text(symbol), symbol.precision
    unit = 10**precision

    def write(amount: int) -> str:
        if amount < 0:
            return asset_text(Asset(amount, symbol), dialect)
        return f"{amount // unit}.{amount % unit:0{precision}} {name}"

    return write
