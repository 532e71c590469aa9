"""What witnesses propose for the chain, whole in witness_update or one by one in witness_set_properties (protocol.md §4.2).

key, new_signing_key                        33 bytes of key
account_creation_fee                        asset, HIVE
maximum_block_size                          u32, bytes
hbd_interest_rate (or sbd_…)                u16, of 10000
hbd_exchange_rate (or sbd_…)                price, HBD / HIVE
url                                         text
account_subsidy_budget                      i32, of 10000 per block
account_subsidy_decay                       u32, of 2^36 per block
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from chain.asset import HBD, HIVE, Asset, Dialect, Price
from chain.checks import check_key, check_not_empty, check_percent, check_size, check_symbol, check_utf8
from chain.errors import InvalidInput, InvalidOperation
from chain.fields import I32, U16, U32, LegacyHiveAsset, PublicKey, struct, wire_type
from chain.keys import NULL_KEY
from chain.params import Params
from chain.wire import Packing, WireType, reading


class PropertyOutOfRange(InvalidOperation):
    code = "property_out_of_range"
    text = "The property {property} must be between {min} and {max}, not {value}"


class UnreadableProperty(InvalidOperation):
    code = "unreadable_property"
    text = "The property {property} cannot be read: {reason}"


class ObsoleteSymbol(InvalidOperation):
    code = "obsolete_symbol"
    text = "The account creation fee must be in canonical form"


@struct
class ChainProperties:
    """A witness's proposal: the fee for a new account, the largest block in bytes, the interest on HBD of 10000."""

    account_creation_fee: LegacyHiveAsset
    maximum_block_size: U32
    hbd_interest_rate: U16

    omitted: ClassVar[dict[str, Any]] = {
        "account_creation_fee": Asset(1, HIVE),
        "maximum_block_size": 131_072,
        "hbd_interest_rate": 1_000,
    }

    def check(self, params: Params, *, is_canonical: bool = False) -> None:
        """Raises InvalidOperation; proofs of work must also write the symbol as everybody does."""
        if is_canonical and self.account_creation_fee.symbol.obsolete_wire is not None:
            raise ObsoleteSymbol
        _check_fee(self.account_creation_fee, params)
        _check_block_size(self.maximum_block_size, params)
        check_percent(self.hbd_interest_rate, "hbd_interest_rate")


_KEY: Final = wire_type(PublicKey)
_TYPES: Final[dict[str, WireType]] = {
    "key": _KEY,
    "new_signing_key": _KEY,
    "account_creation_fee": wire_type(Asset),
    "maximum_block_size": wire_type(U32),
    "hbd_interest_rate": wire_type(U16),
    "sbd_interest_rate": wire_type(U16),
    "hbd_exchange_rate": wire_type(Price),
    "sbd_exchange_rate": wire_type(Price),
    "url": wire_type(str),
    "account_subsidy_budget": wire_type(I32),
    "account_subsidy_decay": wire_type(U32),
}
_IF_EMPTY: Final[dict[WireType, Any]] = {
    _KEY: NULL_KEY,
    wire_type(Asset): Asset(0, HIVE),
    wire_type(Price): Price(Asset(0, HIVE), Asset(0, HIVE)),
    wire_type(str): "",
}


def pack_property(name: str, value: Any, packing: Packing) -> bytes:
    """The bytes of one property; raises NotEncodable, and KeyError for a name that is none."""
    return _TYPES[name].encode(value, packing)


def read_property(name: str, raw: bytes, dialect: Dialect) -> Any:
    """The value of one property, in either packing; raises UnreadableProperty.

    As in hived no bytes mean zero or empty, and bytes after the value are read over.
    """
    of = _TYPES[name]
    if not raw:
        return _IF_EMPTY.get(of, 0)
    try:
        with reading():
            value, _ = of.decoder(dialect)(raw, 0)
    except InvalidInput as error:
        raise UnreadableProperty(property=name, reason=error) from error
    return value


def read_properties(props: Mapping[str, bytes], dialect: Dialect) -> dict[str, Any]:
    """All properties that have a meaning, under their present names; raises UnreadableProperty.

    The old name counts where both are there, as in hived.
    """
    found = {name: read_property(name, props[name], dialect) for name in _TYPES if name in props}
    for new, old in (("hbd_interest_rate", "sbd_interest_rate"), ("hbd_exchange_rate", "sbd_exchange_rate")):
        if old in found:
            found[new] = found.pop(old)
    return found


def read_key(raw: bytes) -> bytes:
    """The property `key`; raises UnreadableProperty."""
    if not raw:
        return NULL_KEY
    if len(raw) < len(NULL_KEY):
        raise UnreadableProperty(property="key", reason="33 bytes are expected")
    return raw[: len(NULL_KEY)]


def check(props: Mapping[str, bytes], params: Params) -> None:
    """Every property readable and in its range; raises InvalidOperation."""
    found = read_properties(props, params.dialect)
    if "account_creation_fee" in found:
        check_symbol(found["account_creation_fee"], HIVE, "account_creation_fee")
        _check_fee(found["account_creation_fee"], params)
    if "maximum_block_size" in found:
        _check_block_size(found["maximum_block_size"], params)
    if "hbd_interest_rate" in found:
        check_percent(found["hbd_interest_rate"], "hbd_interest_rate")
    if "hbd_exchange_rate" in found:
        check_symbol(found["hbd_exchange_rate"].base, HBD, "the base of hbd_exchange_rate")
        check_symbol(found["hbd_exchange_rate"].quote, HIVE, "the quote of hbd_exchange_rate")
        found["hbd_exchange_rate"].check()
    if "new_signing_key" in found:
        check_key(found["new_signing_key"], params, "new_signing_key")
    if "url" in found:
        check_size(found["url"], params.witness_url_bytes_max, "url")
        check_not_empty(found["url"], "url")
        check_utf8(found["url"], "url")
    if "account_subsidy_budget" in found:
        limits = params.account_subsidy_budget_min, params.account_subsidy_budget_max
        _check_range("account_subsidy_budget", found["account_subsidy_budget"], limits)
    if "account_subsidy_decay" in found:
        limits = params.account_subsidy_decay_min, params.account_subsidy_decay_max
        _check_range("account_subsidy_decay", found["account_subsidy_decay"], limits)


def _check_fee(fee: Asset, params: Params) -> None:
    limits = params.account_creation_fee_min, params.account_creation_fee_max
    _check_range("account_creation_fee", fee.amount, limits)


def _check_block_size(size_bytes: int, params: Params) -> None:
    limits = params.maximum_block_size_bytes_min, params.maximum_block_size_bytes_max
    _check_range("maximum_block_size", size_bytes, limits)


def _check_range(name: str, value: int, limits: tuple[int, int]) -> None:
    lowest, highest = limits
    if not lowest <= value <= highest:
        raise PropertyOutOfRange(property=name, min=lowest, max=highest, value=value)
