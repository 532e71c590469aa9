"""Readers of records from JSON as straight code, written from their declarations, as `chain.straight` writes decoders of bytes.

That of a vote reads

    def read(members):
        if type(members) is not dict:
            return careful(members)
        try:
            its_voter = members["voter"]
            …
        except KeyError:
            return careful(members)
        try:
            if type(its_voter) is not str or not its_voter.isascii() or len(its_voter) > 16:
                field = "voter"
                its_voter = read_0(its_voter)
            …
            if type(its_weight) is not int or not -32768 <= its_weight <= 32767:
                field = "weight"
                its_weight = read_3(its_weight)
        except InvalidInput as error:
            raise within(field, error) from error
        return cls(its_voter, its_author, its_permlink, its_weight)

It knows what is usual. What is odd about a field it leaves to the reader of its type, and where members are missing, `careful` reads them
all; so what is accepted, and what an error says, is written down once, in `chain.jsonread`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from chain import wire
from chain.errors import InvalidInput
from chain.wire import WireType

Reader = Callable[[Any], Any]

_CAUGHT: Final = (InvalidInput,)
_SOURCE: Final = """\
def read(members):
    if type(members) is not dict:
        return careful(members)
    try:
{taken}    except KeyError:
        return careful(members)
    try:
{read}    except InvalidInput as error:
        raise within(field, error) from error
    return cls({names})
"""
_TAKEN: Final = """\
        its_{name} = members["{json_name}"]
"""
_ODD_TEXT: Final = """\
        if type(its_{name}) is not str or not its_{name}.isascii() or len(its_{name}) > {max}:
"""
_ODD_INTEGER: Final = """\
        if type(its_{name}) is not int or not {min} <= its_{name} <= {max}:
"""
_READ: Final = """\
        {indent}field = "{json_name}"
        {indent}its_{name} = read_{name}(its_{name})
"""


def straight_reader(
    cls: type,
    fields: Sequence[tuple[str, str, WireType, Reader]],
    careful: Reader,
    within: Callable[[str, InvalidInput], InvalidInput],
) -> Reader:
    """What `careful` does, for a record of these fields, faster. A field is its name, the name in JSON, its type and its reader."""
    scope: dict[str, Any] = {"cls": cls, "careful": careful, "within": within, "InvalidInput": _CAUGHT}
    taken, read = [], []
    for name, json_name, of, reader in fields:
        scope[f"read_{name}"] = reader
        taken.append(_TAKEN.format(name=name, json_name=json_name))
        odd = _odd(name, of)
        read.append(odd + _READ.format(indent="    " if odd else "", name=name, json_name=json_name))
    names = ", ".join(f"its_{name}" for name, *_ in fields)
    exec(_SOURCE.format(taken="".join(taken), read="".join(read), names=names), scope)  # noqa: S102  # of names in our declarations
    made: Reader = scope["read"]
    return made


def _odd(name: str, of: WireType) -> str:
    """The line that asks whether a value of a plain type is not as usual; nothing for other types."""
    if isinstance(of, wire.Text):
        return _ODD_TEXT.format(name=name, max=of.bytes_max)
    if type(of) is wire.Integer:  # times and versions are texts in JSON
        return _ODD_INTEGER.format(name=name, min=of.min, max=of.max)
    return ""
