"""Amounts: an integer count of smallest units beside a symbol (protocol.md §1.1–1.3).

Three symbols exist (HIVE, HBD, VESTS); any other number asset decodes, as Hive lets it, and is refused where it would be used.
A symbol is known by its `number`; its texts are a matter of the network, which the `Dialect` tells.

    1.000 HIVE                                                     legacy text
    {"amount": "1000", "precision": 3, "nai": "@@000000021"}       NAI object
"""

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from chain.errors import InvalidInput, InvalidOperation

INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)
PRECISION_MAX: Final = 12
CORE_NAI_OFFSET: Final = 99_999_999  # the three core symbols lie above every generic number
VESTS_NUMBER: Final = (CORE_NAI_OFFSET + 3) << 5 | 6

# Damm's quasigroup of order 10: the check digit is the last interim digit.
_DAMM: Final = (
    *((0, 3, 1, 7, 5, 9, 8, 6, 4, 2), (7, 0, 9, 2, 1, 5, 4, 8, 6, 3), (4, 2, 0, 6, 8, 7, 1, 3, 5, 9)),
    *((1, 7, 5, 0, 9, 8, 3, 4, 2, 6), (6, 1, 2, 3, 0, 4, 5, 9, 7, 8), (3, 6, 7, 4, 2, 0, 9, 5, 8, 1)),
    *((5, 8, 6, 9, 7, 2, 0, 1, 3, 4), (8, 9, 4, 5, 3, 6, 2, 0, 1, 7), (9, 4, 3, 8, 6, 1, 7, 2, 0, 5)),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class InvalidAsset(InvalidInput):
    code = "invalid_asset"
    text = "Not an amount: {value!r} ({reason})"


class InvalidSymbol(InvalidInput):
    code = "invalid_symbol"
    text = "Not an asset symbol: {value!r} ({reason})"


class InvalidPrice(InvalidOperation):
    code = "invalid_price"
    text = "Both sides of a price must be positive and of different symbols: {base} / {quote}"


class AmountOverflow(InvalidOperation):
    code = "amount_overflow"
    text = "The amount does not fit 64 bits: {amount}"


def nai_check_digit(data_digits: int) -> int:
    """Damm's check digit over the eight data digits of a NAI (§1.1)."""
    interim = 0
    for digit in f"{data_digits:08d}":
        interim = _DAMM[interim][int(digit)]
    return interim


class Symbol:
    """An asset's identity. Compare with `==`; symbols order by their numbers, HBD < HIVE < VESTS.

    `number` is Hive's asset_num, `precision` the count of decimals, `nai` the text `@@` and nine digits. `is_core` says HIVE, HBD
    or VESTS; `is_vesting` VESTS, or the vesting twin of a generic asset. `obsolete_wire` is set only on the odd HIVE symbols that
    a few witness updates of 2016 carry: eight bytes that must be written as they were read.
    """

    __slots__ = ("is_core", "is_vesting", "nai", "number", "obsolete_wire", "precision")

    def __init__(self, number: int, nai: str, obsolete_wire: bytes | None = None) -> None:
        self.number = number
        self.precision = number & 0xF
        self.nai = nai
        self.is_core = number >> 5 > CORE_NAI_OFFSET
        self.is_vesting = number == VESTS_NUMBER if self.is_core else bool(number & 0x20)
        self.obsolete_wire = obsolete_wire

    @staticmethod
    def of_number(number: int) -> "Symbol":
        """The symbol behind a wire number; raises InvalidSymbol where Hive's decoder would refuse it (§3.3)."""
        core = _CORE_BY_NUMBER.get(number)
        if core is not None:
            return core
        data_digits = number >> 5
        if not (number & 0x10 and 1 <= data_digits <= CORE_NAI_OFFSET and number & 0xF <= PRECISION_MAX):
            raise InvalidSymbol(value=number, reason="neither a core symbol nor a NAI")
        return Symbol(number, _nai_text(data_digits))

    @staticmethod
    def of_nai(nai: str, precision: int) -> "Symbol":
        """The symbol behind `@@000000021` and its precision; raises InvalidSymbol (§1.1)."""
        if len(nai) != 11 or not nai.startswith("@@") or not (nai[2:].isascii() and nai[2:].isdigit()):
            raise InvalidSymbol(value=nai, reason="a NAI is @@ and nine digits")
        data_digits, check_digit = divmod(int(nai[2:]), 10)
        if data_digits == 0 or check_digit != nai_check_digit(data_digits):
            raise InvalidSymbol(value=nai, reason="the check digit does not fit")
        core = _CORE_BY_DATA_DIGITS.get(data_digits)
        if precision != core.precision if core else not 0 <= precision <= PRECISION_MAX:
            raise InvalidSymbol(value=nai, reason=f"precision {precision} does not fit")
        return core or Symbol(data_digits << 5 | 0x10 | precision, nai)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Symbol) and self.number == other.number)

    def __lt__(self, other: "Symbol") -> bool:
        return self.number < other.number

    def __hash__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return MAINNET.symbol_text(self) if self.is_core else self.nai


def _nai_text(data_digits: int) -> str:
    return f"@@{data_digits:08d}{nai_check_digit(data_digits)}"


def _core(data_digits: int, precision: int) -> Symbol:
    return Symbol((CORE_NAI_OFFSET + data_digits) << 5 | precision, _nai_text(data_digits))


HBD: Final = _core(1, 3)
HIVE: Final = _core(2, 3)
VESTS: Final = _core(3, 6)
_CORE_BY_DATA_DIGITS: Final = {1: HBD, 2: HIVE, 3: VESTS}
_CORE_BY_NUMBER: Final = {symbol.number: symbol for symbol in (HBD, HIVE, VESTS)}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a network calls things: the prefix of public keys, the symbols' texts, and their texts in the legacy binary form."""

    address_prefix: str
    hive_text: str
    hbd_text: str
    hive_wire: str
    hbd_wire: str

    def symbol_text(self, symbol: Symbol) -> str:
        """The legacy text; a generic asset has none and shows as hived shows it."""
        if symbol == HIVE:
            return self.hive_text
        if symbol == HBD:
            return self.hbd_text
        return "VESTS" if symbol == VESTS else "UNKN"

    def wire_text(self, symbol: Symbol) -> str:
        """The name inside the eight bytes of a legacy binary symbol (§3.3)."""
        if symbol == HIVE:
            return self.hive_wire
        return self.hbd_wire if symbol == HBD else "VESTS"

    def symbol_of_text(self, text: str) -> Symbol:
        """Accepts the text and the binary form's older name; raises InvalidSymbol."""
        if text in {self.hive_text, self.hive_wire}:
            return HIVE
        if text in {self.hbd_text, self.hbd_wire}:
            return HBD
        if text == "VESTS":
            return VESTS
        raise InvalidSymbol(value=text, reason=f"known are {self.hive_text}, {self.hbd_text}, VESTS")


MAINNET: Final = Dialect("STM", "HIVE", "HBD", "STEEM", "SBD")
TESTNET: Final = Dialect("STM", "TESTS", "TBD", "TESTS", "TBD")

_AMOUNT_TEXT = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
_INTEGER_TEXT = re.compile(r"[+-]?[0-9]+")


class Asset(NamedTuple):
    """`amount` smallest units (int64) of `symbol`. The order of two assets is that of tuples: compare amounts, not assets."""

    amount: int
    symbol: Symbol

    def text(self, dialect: Dialect) -> str:
        """`1.000 HIVE` (§1.2)."""
        return asset_text(self, dialect)

    def nai(self) -> dict[str, Any]:
        """The NAI object, members in hived's order (§1.2)."""
        return {"amount": str(self.amount), "precision": self.symbol.precision, "nai": self.symbol.nai}

    def __str__(self) -> str:
        return asset_text(self, MAINNET)


class Price(NamedTuple):
    """`base` is worth `quote` (§1.3)."""

    base: Asset
    quote: Asset

    def inverted(self) -> "Price":
        return Price(self.quote, self.base)

    def check(self) -> None:
        """Both amounts positive, symbols different; raises InvalidPrice."""
        base, quote = self
        if base.amount <= 0 or quote.amount <= 0 or base.symbol == quote.symbol:
            raise InvalidPrice(base=base, quote=quote)


def asset_text(asset: Asset, dialect: Dialect) -> str:
    amount, symbol = asset
    precision = symbol.precision
    sign = "-" if amount < 0 else ""
    digits = str(abs(amount))
    if not precision:
        return f"{sign}{digits} {dialect.symbol_text(symbol)}"
    digits = digits.zfill(precision + 1)
    return f"{sign}{digits[:-precision]}.{digits[-precision:]} {dialect.symbol_text(symbol)}"


def parse_asset_text(text: str, dialect: Dialect) -> Asset:
    """`1.000 HIVE` → Asset; raises InvalidAsset or InvalidSymbol (§1.2): as many decimals as the symbol has, no more, no fewer."""
    number_text, space, symbol_text = text.strip(" \t\r\n").partition(" ")
    match = _AMOUNT_TEXT.fullmatch(number_text)
    if not space or not match:
        raise InvalidAsset(value=text, reason="expected a number, a space, a symbol")
    symbol = dialect.symbol_of_text(symbol_text.strip(" \t\r\n"))
    sign, whole, fraction = match.groups()
    if len(fraction or "") != symbol.precision:
        raise InvalidAsset(value=text, reason=f"{symbol_text} has {symbol.precision} decimals")
    amount = int(whole + (fraction or "") or "0")
    return Asset(_in_64_bits(-amount if sign == "-" else amount, text), symbol)


def parse_nai_asset(value: Any) -> Asset:
    """The NAI object → Asset; raises InvalidAsset or InvalidSymbol (§1.2): the amount is a string, the precision a number."""
    if not isinstance(value, dict):
        raise InvalidAsset(value=value, reason="expected an object")
    amount, precision, nai = value.get("amount"), value.get("precision"), value.get("nai")
    if not isinstance(amount, str) or not _INTEGER_TEXT.fullmatch(amount):
        raise InvalidAsset(value=value, reason="amount must be a string of digits")
    if type(precision) is not int or precision < 0:
        raise InvalidAsset(value=value, reason="precision must be an unsigned number")
    if not isinstance(nai, str):
        raise InvalidAsset(value=value, reason="nai must be a string")
    if len(amount) > 40:  # keeps int() away from texts of a million digits
        raise InvalidAsset(value=value, reason="does not fit 64 bits")
    return Asset(_in_64_bits(int(amount), value), Symbol.of_nai(nai, precision))


def _in_64_bits(amount: int, value: Any) -> int:
    if INT64_MIN <= amount <= INT64_MAX:
        return amount
    raise InvalidAsset(value=value, reason="does not fit 64 bits")


def price_convert(asset: Asset, price: Price) -> Asset:
    """`asset` in the other symbol of `price`, truncated toward zero (§1.3); raises InvalidPrice when the symbols do not meet."""
    base, quote = price
    if asset.symbol == base.symbol:
        source, target = base, quote
    elif asset.symbol == quote.symbol:
        source, target = quote, base
    else:
        raise InvalidPrice(base=base, quote=quote)
    if source.amount <= 0:
        raise InvalidPrice(base=base, quote=quote)
    magnitude = abs(asset.amount) * target.amount // source.amount
    if magnitude > INT64_MAX:
        raise AmountOverflow(amount=magnitude)
    return Asset(-magnitude if asset.amount < 0 else magnitude, target.symbol)
