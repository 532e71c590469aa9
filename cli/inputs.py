"""What people type: amounts, percents, durations, names, places of content. Strict in meaning, helpful in the answer.

Everything becomes integers here; no float touches an amount.
"""

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import click
from click.shell_completion import CompletionItem

from chain.asset import Asset, Dialect, InvalidSymbol, Symbol
from cli.output import BadInput, Function

DEFAULT_URL = "http://127.0.0.1:8090"
BASIS_POINTS = 10_000  # 100 %
AMOUNT_MAX = 2**63 - 1  # in the smallest unit: amounts have 64 bits (protocol.md §3.3)
DIGITS_MAX = 30  # of an amount or a length of time as typed; all that means anything is shorter
DURATION_MAX = 2**32 - 1  # seconds: a chain's clock has 32 bits (protocol.md §3.3)
SECONDS_OF = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in newer versions of click


class Typed(ParamType):
    """A parameter type whose `parse` raises ValueError with a sentence."""

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value.strip())
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Money(NamedTuple):
    """An amount as typed. Which symbols exist is known only when the chain's dialect is."""

    whole: str
    fraction: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.whole}{'.' * bool(self.fraction)}{self.fraction} {self.symbol}"

    def asset(self, dialect: Dialect, *allowed: Symbol) -> Asset:
        """The exact asset. Missing decimals are zeros; too many are refused, never rounded."""
        symbol = symbol_named(self.symbol, dialect)
        if allowed and symbol not in allowed:
            names = " or ".join(dialect.symbol_text(one) for one in allowed)
            raise BadInput(f"{self} is not in {names}.", f"This command takes {names}.")
        if len(self.fraction) > symbol.precision:
            raise BadInput(
                f"{self} has more than {symbol.precision} decimals.",
                f"The smallest amount of {dialect.symbol_text(symbol)} is {'0.' + '1'.zfill(symbol.precision)}.",
            )
        amount = int(self.whole + self.fraction.ljust(symbol.precision, "0"))
        if amount > AMOUNT_MAX:
            raise BadInput(f"{self} is more than there can ever be.", "`skald show globals` tells the supply.")
        return Asset(amount, symbol)


def symbol_named(text: str, dialect: Dialect) -> Symbol:
    """The symbol a chain calls so. Raises BadInput naming those it has."""
    try:
        return dialect.symbol_of_text(text)
    except InvalidSymbol as error:
        raise BadInput(
            f"This chain has no {text}.", f"Its assets are {dialect.hive_text}, {dialect.hbd_text} and VESTS."
        ) from error


class MoneyType(Typed):
    name = "amount"
    pattern: ClassVar[re.Pattern[str]] = re.compile(
        rf"(\d{{1,{DIGITS_MAX}}})(?:\.(\d{{1,{DIGITS_MAX}}}))?\s+([A-Za-z]+)"
    )

    def parse(self, text: str) -> Money:
        if match := self.pattern.fullmatch(text):
            return Money(match[1], match[2] or "", match[3].upper())
        if re.fullmatch(r"\d+(\.\d+)?", text):
            raise ValueError(f'{text} of what? Write the symbol too, as "{text} HIVE".')
        if "," in text:
            raise ValueError(f'{text!r}: write amounts with a point and no separators, as "1000.000 HIVE".')
        raise ValueError(f'{text!r} is not an amount. Write it like "1.000 HIVE".')


class Quote(NamedTuple):
    """A price as typed: so many units of HBD for so many of HIVE."""

    hbd: int
    hive: int

    def __str__(self) -> str:
        decimals = len(str(self.hive)) - 1
        return f"{self.hbd // self.hive}.{self.hbd % self.hive:0{decimals}}"


class PriceType(Typed):
    """`0.2505` or `0.2505 HBD`: what a HIVE costs."""

    name = "price"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?(?:\s*[A-Za-z]+)?")

    def parse(self, text: str) -> Quote:
        match = self.pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a price. Write what a HIVE costs in HBD, like 0.2505.")
        fraction = (match[2] or "").ljust(3, "0")
        hbd = int(match[1] + fraction)
        if not hbd:
            raise ValueError("A price is more than nothing.")
        return Quote(hbd, 10 ** len(fraction))


class PercentType(Typed):
    """`50%`, `-12.5%`, `0.01%` → basis points."""

    name = "percent"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"(-?)(\d{1,3})(?:\.(\d{1,2}))?\s*%")

    def __init__(self, lowest: int = 0, highest: int = BASIS_POINTS) -> None:
        self.lowest = lowest
        self.highest = highest

    def parse(self, text: str) -> int:
        match = self.pattern.fullmatch(text)
        if match is None:
            hint = f"{text.strip()}%" if re.fullmatch(r"-?\d+(\.\d+)?", text) else "50%"
            raise ValueError(f"{text!r} is not a percentage. Write it like {hint}, with at most two decimals.")
        points = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
        points = -points if match[1] else points
        if not self.lowest <= points <= self.highest:
            raise ValueError(f"{text} is not between {self.lowest // 100}% and {self.highest // 100}%.")
        return points


class DurationType(Typed):
    """`90s`, `5m`, `1h30m`, `7d`, `2w` → seconds."""

    name = "duration"

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"(\d+[smhdw])+", text):
            hint = f"{text}s" if text.isdigit() else "7d"
            raise ValueError(f"{text!r} is not a duration. Write it like {hint}; the units are s, m, h, d, w.")
        seconds = sum(int(count[:DIGITS_MAX]) * SECONDS_OF[unit] for count, unit in re.findall(r"(\d+)([smhdw])", text))
        if seconds > DURATION_MAX:
            raise ValueError(f"{text} is longer than any chain lives.")
        return seconds


class Place(NamedTuple):
    """Where content stands."""

    author: str
    permlink: str

    def __str__(self) -> str:
        return f"{self.author}/{self.permlink}"


class PlaceType(Typed):
    """`author/permlink`, also with an @, also the end of a front end's address."""

    name = "author/permlink"

    def parse(self, text: str) -> Place:
        parts = text.rstrip("/").split("/")
        if len(parts) < 2 or not parts[-2].lstrip("@") or not parts[-1]:
            raise ValueError(f"{text!r} names no content. Write it like alice/my-first-post.")
        return Place(parts[-2].lstrip("@"), parts[-1])


class AccountType(Typed):
    name = "account"

    def parse(self, text: str) -> str:
        name = text.lstrip("@")
        if name != name.lower():
            raise ValueError(f"{text!r}: account names are lower case. Did you mean {name.lower()}?")
        if not 3 <= len(name) <= 16 or not re.fullmatch(r"[a-z0-9.-]+", name):
            raise ValueError(f"{text!r}: account names have 3 to 16 characters out of a-z, 0-9, - and the point.")
        return name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The accounts whose keys the devnet has that would be asked."""
        del param
        from cli.paths import devnet_accounts

        url = ctx.params.get("node") or os.environ.get("SKALD_NODE") or DEFAULT_URL
        return [CompletionItem(name) for name in devnet_accounts(url) if name.startswith(incomplete)]


class Or(ParamType):
    """A value of another type, or one of a few words that stand for something; words stay as typed."""

    def __init__(self, kind: ParamType, *words: str) -> None:
        self.kind = kind
        self.words = words
        self.name = kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value in self.words else self.kind.convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        words = [CompletionItem(word) for word in self.words if word.startswith(incomplete)]
        return words + self.kind.shell_complete(ctx, param, incomplete)


class BeneficiaryType(Typed):
    """`bob:10%` → (name, basis points)."""

    name = "account:percent"

    def parse(self, text: str) -> tuple[str, int]:
        account, colon, share = text.partition(":")
        if not colon:
            raise ValueError(f"{text!r}: write a beneficiary like bob:10%.")
        return AccountType().parse(account), PercentType().parse(share)


PRIVATE_KEY = re.compile(r"5[1-9A-HJ-NP-Za-km-z]{45,}|[KL][1-9A-HJ-NP-Za-km-z]{51}|P[1-9A-HJ-NP-Za-km-z]{40,}|PVT_\w+")


def looks_private(text: str) -> bool:
    """Whether a word is a private key or a generated master password, which has no business in a command."""
    return PRIVATE_KEY.fullmatch(text) is not None


class HexType(Typed):
    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.name = f"{2 * size_bytes} hex digits"

    def parse(self, text: str) -> str:
        if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * self.size_bytes}}}", text):
            raise ValueError(f"{text!r} is not {self.name} (it has {len(text)} characters).")
        return text.lower()


class SymbolsType(Typed):
    """`TESTS,TBD` → the dialect of a network that calls its two assets so."""

    name = "symbol,symbol"

    def parse(self, text: str) -> Dialect:
        names = [name.strip() for name in text.split(",")]
        if len(names) != 2 or not all(re.fullmatch(r"[A-Z]{1,7}", name) for name in names):
            raise ValueError(f"{text!r} does not name two assets. Write it like TESTS,TBD.")
        return dialect_named("STM", *names)


def dialect_named(prefix: str, hive_text: str, hbd_text: str) -> Dialect:
    """The names of a network. HIVE and HBD have older ones in the legacy binary form, others the same (protocol.md §3.3)."""
    old_names = {"HIVE": "STEEM", "HBD": "SBD"}
    return Dialect(prefix, hive_text, hbd_text, old_names.get(hive_text, hive_text), old_names.get(hbd_text, hbd_text))


MONEY = MoneyType()
PRICE = PriceType()
PERCENT = PercentType()
VOTE_WEIGHT = PercentType(-BASIS_POINTS)
DURATION = DurationType()
PLACE = PlaceType()
ACCOUNT = AccountType()
BENEFICIARY = BeneficiaryType()
CHAIN_ID = HexType(32)
BLOCK_ID = HexType(20)
SYMBOLS = SymbolsType()


def account_option(*names: str, help: str) -> Callable[[Function], Function]:
    """The account a command acts for; `SKALD_ACCOUNT` spares typing it each time."""
    return click.option(*names, type=ACCOUNT, required=True, envvar="SKALD_ACCOUNT", show_envvar=True, help=help)


def percent_text(basis_points: int) -> str:
    """`-12.5%` for -1250."""
    whole, rest = divmod(abs(basis_points), 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{'-' if basis_points < 0 else ''}{whole}{decimals}%"
