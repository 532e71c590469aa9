"""The stateless checks that many operations share, each with its error (protocol.md §2.3, §5, §8).

They say what hived's `validate` says: no more, so that every block of Hive is accepted, and no less.
"""

from collections.abc import Sequence
from typing import Any

from chain.asset import HIVE, Asset, Symbol
from chain.authority import Authority
from chain.errors import InvalidOperation
from chain.jsontext import is_acceptable_json
from chain.keys import InvalidKey, check_key_point, public_key_text
from chain.params import HUNDRED_PERCENT_BP, Params
from chain.types import check_account_name, is_utf8, utf8


class WrongSymbol(InvalidOperation):
    code = "wrong_symbol"
    text = "{field} must be in {expected}, not {actual}"


class VestingNotAllowed(InvalidOperation):
    code = "vesting_not_allowed"
    text = "{field} cannot be VESTS"


class NegativeAmount(InvalidOperation):
    code = "negative_amount"
    text = "{field} cannot be negative: {amount}"


class AmountNotPositive(InvalidOperation):
    code = "amount_not_positive"
    text = "{field} must be more than zero, not {amount}"


class AmountTooLarge(InvalidOperation):
    code = "amount_too_large"
    text = "{field} cannot be more than {max}, not {amount}"


class TooLong(InvalidOperation):
    code = "too_long"
    text = "{field} has {size} bytes, at most {max} are allowed"


class Empty(InvalidOperation):
    code = "empty"
    text = "{field} cannot be empty"


class NotUtf8(InvalidOperation):
    code = "not_utf8"
    text = "{field} is not UTF-8"


class NotJson(InvalidOperation):
    code = "not_json"
    text = "{field} is not JSON"


class PercentTooHigh(InvalidOperation):
    code = "percent_too_high"
    text = "{field} cannot be more than 10000 (100 %), not {percent}"


class RequiredAuthorityCount(InvalidOperation):
    code = "required_authority_count"
    text = "Between 1 and {max} accounts must be named, not {count}"


class InvalidEd25519Key(InvalidOperation):
    code = "invalid_ed25519_key"
    text = "{field} holds {key}, which is no point of the main subgroup of ed25519"


class ExtensionsNotAllowed(InvalidOperation):
    code = "extensions_not_allowed"
    text = "There are no extensions for {operation}"


def check_symbol(amount: Asset, symbol: Symbol, field: str) -> None:
    if amount.symbol != symbol:
        raise WrongSymbol(field=field, expected=symbol, actual=amount.symbol)


def check_symbol_among(amount: Asset, symbols: tuple[Symbol, ...], field: str) -> None:
    if amount.symbol not in symbols:
        raise WrongSymbol(field=field, expected=" or ".join(map(repr, symbols)), actual=amount.symbol)


def check_not_vesting(amount: Asset, field: str) -> None:
    if amount.symbol.is_vesting:
        raise VestingNotAllowed(field=field)


def check_not_negative(amount: Asset, field: str) -> None:
    if amount.amount < 0:
        raise NegativeAmount(field=field, amount=amount)


def check_positive(amount: Asset, field: str) -> None:
    if amount.amount <= 0:
        raise AmountNotPositive(field=field, amount=amount)


def check_size(text: str, bytes_max: int, field: str) -> None:
    """In bytes of UTF-8."""
    size = len(text) if text.isascii() else len(utf8(text))
    if size > bytes_max:
        raise TooLong(field=field, size=size, max=bytes_max)


def check_not_empty(text: str, field: str) -> None:
    if not text:
        raise Empty(field=field)


def check_utf8(text: str, field: str) -> None:
    if not is_utf8(text):
        raise NotUtf8(field=field)


def check_json(text: str, field: str) -> None:
    """Strict JSON, or what hived's relaxed parser lets through (§5.5); an empty text is not JSON."""
    if not is_acceptable_json(text):
        raise NotJson(field=field)


def check_optional_json(text: str, field: str) -> None:
    if text:
        check_json(text, field)


def check_percent(percent: int, field: str) -> None:
    if percent > HUNDRED_PERCENT_BP:
        raise PercentTooHigh(field=field, percent=percent)


def check_key(key: bytes, params: Params, field: str) -> None:
    """Asked wherever a key enters the chain (design decision 4); raises InvalidEd25519Key.

    Where ed25519 keys are in use, libraries must not be able to differ about one. Any other 33 bytes pass, as in hived: nobody can
    sign for what is no key.
    """
    if params.ed25519_keys:
        try:
            check_key_point(key)
        except InvalidKey:
            raise InvalidEd25519Key(field=field, key=public_key_text(key)) from None


def check_authority_keys(authority: Authority | None, params: Params, field: str) -> None:
    """The same for all keys of an authority that enters the chain, if it is given."""
    if authority is not None and params.ed25519_keys:
        for key, _ in authority.key_auths:
            check_key(key, params, field)


def check_authority(authority: Authority) -> None:
    """Every account in it has a valid name (§2.3)."""
    for name, _ in authority.account_auths:
        check_account_name(name)


def check_full_authority(authority: Authority, params: Params, field: str) -> None:
    """Valid names and keys, at most 40 members (§2.3).

    Raises InvalidAccountName, InvalidEd25519Key or TooManyAuthorityMembers.
    """
    check_authority(authority)
    check_authority_keys(authority, params, field)
    authority.check_size()


def check_account_fee(fee: Asset, params: Params) -> None:
    """What may be offered for a new account (§2.5)."""
    check_symbol(fee, HIVE, "fee")
    check_not_negative(fee, "fee")
    if fee.amount > params.account_creation_fee_max:
        raise AmountTooLarge(field="fee", max=Asset(params.account_creation_fee_max, HIVE), amount=fee)


def check_required_count(count: int, params: Params) -> None:
    """How many accounts a custom operation may name (§5.5)."""
    if not 1 <= count <= params.authority_members_max:
        raise RequiredAuthorityCount(max=params.authority_members_max, count=count)


def check_no_extensions(extensions: Sequence[Any], operation: str) -> None:
    if extensions:
        raise ExtensionsNotAllowed(operation=operation)
