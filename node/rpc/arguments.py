"""Casts for arguments that hived's own types narrow: account names, 32- and 64-bit numbers, times, keys, pairs.

Each turns a JSON value into what a method works with, or raises the error that hived answers with. They are used as
`Annotated[int, u32]` in the signature of a method, or called on the members of a `start`. A `Schema` beside a cast tells what it takes.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

from chain.errors import InvalidInput
from chain.types import parse_time
from node.rpc.errors import BadCast, BadNumber, CallRefused, RpcError
from node.rpc.registry import Schema, as_int, as_list, as_text, json_type

QUERY_MAX: Final = 1000  # of rows that one list or find answers with, in all of hived's APIs
_NAME_BYTES_MAX: Final = 16

T = TypeVar("T")


class InvalidTimeText(RpcError):
    """A text that should be a time and is none."""

    code = BadCast.code
    face = BadCast.face


def u64(value: Any) -> int:
    """An unsigned number of 64 bits. As in hived, a negative one wraps: −1 is the largest."""
    try:
        return as_int(value) & 0xFFFF_FFFF_FFFF_FFFF
    except BadNumber:
        raise BadNumber("Couldn't parse uint64_t") from None


def u32(value: Any) -> int:
    """The low 32 bits of such a number."""
    return u64(value) & 0xFFFF_FFFF


def account_name(value: Any) -> str:
    """Any text that fits into an account name, whether or not it is one."""
    text = as_text(value)
    size = len(text) if text.isascii() else len(text.encode(errors="replace"))
    if size > _NAME_BYTES_MAX:
        raise CallRefused(
            "Input too large: `${text}` (${size}) for fixed size string: (16)",
            expression="in_len <= sizeof(data)",
            text=text[:64],
            size=size,
        )
    return text if text.isascii() else ""  # no account is called so, and no key holds it


def account_names(value: Any) -> list[str]:
    return [account_name(name) for name in as_list(value)]


def permlink(value: Any) -> str:
    """Any text, fit to be looked up."""
    text = as_text(value)
    return text if text.isascii() else text.encode(errors="replace").decode()


def time(value: Any) -> int:
    """Seconds since 1970 from a time's text, or from the number itself."""
    if type(value) is int:
        return u32(value)
    text = as_text(value)
    try:
        return parse_time(text)
    except InvalidInput:
        raise InvalidTimeText("Not a time of the form YYYY-MM-DDTHH:MM:SS: ${text}", text=text[:64]) from None


def flags(value: Any) -> int:
    """A bit mask of 64 bits; clients send it as text, too."""
    return u64(value)


def pair_of(first: Callable[[Any], T], second: Callable[[Any], Any], value: Any) -> tuple[T, Any]:
    """Two values, each by its own cast. As in fc, what is missing is empty and what is too much is ignored."""
    members = as_list(value)
    return _member(first, members, 0), _member(second, members, 1)


def triple(casts: Sequence[Callable[[Any], Any]], value: Any, words: str) -> tuple[Any, ...]:
    """Three values; any other number is refused with `words` about what they are."""
    members = as_list(value)
    if len(members) != len(casts):
        raise CallRefused(words, expression="key.size() == 3")
    return tuple(cast(member) for cast, member in zip(casts, members, strict=True))


def _member(cast: Callable[[Any], T], members: list[Any], position: int) -> T:
    value = members[position] if position < len(members) else None
    return cast(_EMPTY.get(cast, value) if value is None else value)


_EMPTY: Final[dict[Any, Any]] = {account_name: "", permlink: "", as_int: 0, u32: 0, u64: 0, time: 0}


class one_of:  # noqa: N801  it stands in annotations among functions
    """A cast for an enumeration of hived's: by name, or by number as old clients send it."""

    __slots__ = ("names", "schema")

    def __init__(self, *names: str) -> None:
        self.names = names
        self.schema = Schema(enum=list(names))

    def __call__(self, value: Any) -> str:
        names = self.names
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
            return names[value]
        if isinstance(value, str) and value in names:
            return value
        shown = value if isinstance(value, (str, int)) else json_type(value)
        raise BadCast("bad_enum_cast: ${value} is none of ${names}", value=shown, names=", ".join(names))


SORT_ORDERS: Final = (
    *("by_name", "by_proxy", "by_next_vesting_withdrawal", "by_account", "by_expiration", "by_effective_date"),
    *("by_vote_name", "by_schedule_time", "by_account_witness", "by_witness_account", "by_from_id"),
    *("by_ratification_deadline", "by_withdraw_route", "by_destination", "by_complete_from_id", "by_to_complete"),
    *("by_delegation", "by_account_expiration", "by_conversion_date", "by_cashout_time", "by_permlink", "by_parent"),
    *("by_comment_voter", "by_voter_comment", "by_price", "by_symbol_contributor", "by_symbol", "by_control_account"),
    *("by_symbol_time", "by_creator", "by_start_date", "by_end_date", "by_total_votes", "by_voter_proposal"),
    *("by_proposal_voter", "by_contributor", "by_symbol_id", "not_set"),
)

U32 = Annotated[int, u32, Schema(minimum=0, maximum=0xFFFF_FFFF)]
U64 = Annotated[int, u64, Schema(minimum=-1, maximum=0xFFFF_FFFF_FFFF_FFFF)]
Name = Annotated[str, account_name, Schema(maxLength=_NAME_BYTES_MAX)]
Names = Annotated[Sequence[str], account_names, Schema(items={"type": "string", "maxLength": _NAME_BYTES_MAX})]
Permlink = Annotated[str, permlink]
Time = Annotated[int, time, Schema(type="string", description="YYYY-MM-DDTHH:MM:SS, UTC")]
Order = Annotated[str, one_of(*SORT_ORDERS)]


def check_limit(limit: int) -> None:
    """The limit of a list: 1 to 1000."""
    if not 0 < limit <= QUERY_MAX:
        raise CallRefused(
            "limit not set or too big",
            expression="0 < args.limit && args.limit <= DATABASE_API_SINGLE_QUERY_LIMIT",
            assert_hash="17514538304006355483",
        )


def check_names(names: Sequence[Any], member: str, words: str, *, assert_hash: str = "") -> None:
    """The number of things to find: 1 to 1000."""
    if not 0 < len(names) <= QUERY_MAX:
        raise CallRefused(
            f"list of {words} to find not filled or too big",
            expression=f"0 < args.{member}.size() && args.{member}.size() <= DATABASE_API_SINGLE_QUERY_LIMIT",
            assert_hash=assert_hash,
        )


def unknown_order(order: str) -> CallRefused:
    """The refusal of a sort order that a list does not have."""
    return CallRefused("Unknown or unsupported sort order '${o}'", expression="false", o=order)
