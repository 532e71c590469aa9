"""Reading what a custom_json says to the social state: `[action, object]`, with exactly the members that an action has."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from chain.social.refusals import PayloadInvalid


class Payload(NamedTuple):
    action: str
    members: dict[str, Any]


def read_payload(text: str) -> Payload | None:
    """None where it does not say anything: such payloads are passed over in silence."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if type(value) is not list or len(value) != 2:
        return None
    action, members = value
    if type(action) is not str or type(members) is not dict or "\\u0000" in text:
        return None
    return Payload(action, members)


def check_members(members: dict[str, Any], expected: Sequence[str], *, all_needed: bool = True) -> None:
    """Raises PayloadInvalid where one is missing or one is too much."""
    missing = [name for name in expected if name not in members]
    if all_needed and missing:
        raise PayloadInvalid(reason=f"missing keys: {', '.join(missing)}")
    extra = sorted(name for name in members if name not in expected)
    if extra:
        raise PayloadInvalid(reason=f"extraneous keys: {', '.join(extra)}")


def text_member(members: dict[str, Any], name: str, length_max: int, *, may_be_blank: bool = False) -> str:
    """A text without spaces around it. Raises PayloadInvalid."""
    value = members.get(name)
    if type(value) is not str:
        raise PayloadInvalid(reason=f"key `{name}` was not str")
    if not value and not may_be_blank:
        raise PayloadInvalid(reason=f"key `{name}` was blank")
    if value != value.strip():
        raise PayloadInvalid(reason=f"invalid padding: {name}")
    if len(value) > length_max:
        raise PayloadInvalid(reason=f"exceeds max len: {name}")
    return value


def object_member(members: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that is not empty. Raises PayloadInvalid."""
    value = members.get(name)
    if type(value) is not dict:
        raise PayloadInvalid(reason=f"key `{name}` not a dict")
    if not value:
        raise PayloadInvalid(reason=f"key `{name}` was blank")
    return value
