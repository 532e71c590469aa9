"""Reading JSON that people write: genesis files and chain specifications. Everything is said or refused, nothing is guessed.

A `Members` wraps one JSON object. Each member is taken by name, type and range; `finish` refuses what nobody took.
"""

import json
from collections.abc import Iterator
from typing import Any

from chain.errors import InvalidInput

INT64_MAX = 2**63 - 1
UINT32_MAX = 2**32 - 1


class NotJson(InvalidInput):
    code = "file_not_json"
    text = "{where} is not JSON: {reason}"


class UnknownMember(InvalidInput):
    code = "unknown_member"
    text = "{where} may not have a member {name}; it may have: {known}"


class MissingMember(InvalidInput):
    code = "missing_member"
    text = "{where} lacks the member {name}"


class WrongType(InvalidInput):
    code = "wrong_type"
    text = "{where} must be {wanted}, not {value}"


class OutOfRange(InvalidInput):
    code = "out_of_range"
    text = "{where} must be from {lowest} to {highest}, not {value}"


class _Duplicate(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _Duplicate(f"the member {name} is there twice")
        members[name] = value
    return members


def parse_object(text: str, where: str) -> dict[str, Any]:
    """The JSON object in `text`; refuses a member that is there twice, which json.loads would hide."""
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise NotJson(where=where, reason=error) from error
    if not isinstance(value, dict):
        raise WrongType(where=where, wanted="an object", value=type(value).__name__)
    return value


def as_integer(value: Any, where: str, lowest: int = 0, highest: int = INT64_MAX) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongType(where=where, wanted="an integer", value=json.dumps(value))
    if not lowest <= value <= highest:
        raise OutOfRange(where=where, lowest=lowest, highest=highest, value=value)
    return value


def as_bool(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise WrongType(where=where, wanted="true or false", value=json.dumps(value))
    return value


def as_text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise WrongType(where=where, wanted="a text", value=json.dumps(value))
    return value


class Members:
    """One JSON object being read. `where` names it in errors."""

    __slots__ = ("_known", "_left", "where")

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise WrongType(where=where, wanted="an object", value=json.dumps(value))
        self.where = where
        self._left = dict(value)
        self._known: list[str] = []

    def has(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str) -> Any:
        self._known.append(name)
        if name not in self._left:
            raise MissingMember(where=self.where, name=name)
        return self._left.pop(name)

    def integer(self, name: str, default: int | None = None, *, lowest: int = 0, highest: int = INT64_MAX) -> int:
        if default is not None and name not in self._left:
            self._known.append(name)
            return default
        return as_integer(self.take(name), f"{self.where}.{name}", lowest, highest)

    def switch(self, name: str, default: bool) -> bool:
        if name not in self._left:
            self._known.append(name)
            return default
        return as_bool(self.take(name), f"{self.where}.{name}")

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and name not in self._left:
            self._known.append(name)
            return default
        return as_text(self.take(name), f"{self.where}.{name}")

    def objects(self, name: str) -> Iterator["Members"]:
        """The objects of a list; an absent list is empty."""
        if name not in self._left:
            self._known.append(name)
            return
        where = f"{self.where}.{name}"
        for position, value in enumerate(self.array(name)):
            yield Members(value, f"{where}[{position}]")

    def skip(self, *names: str) -> None:
        """Members that may be there but are not: named in errors about others."""
        self._known.extend(names)

    def need(self, name: str) -> None:
        """Refuses the object if the member is missing; it is still to be taken."""
        if name not in self._left:
            raise MissingMember(where=self.where, name=name)

    def array(self, name: str) -> list[Any]:
        value = self.take(name)
        if not isinstance(value, list):
            raise WrongType(where=f"{self.where}.{name}", wanted="a list", value=json.dumps(value))
        return value

    def finish(self) -> None:
        """Refuses the first member that has not been taken."""
        for name in self._left:
            raise UnknownMember(where=self.where, name=name, known=", ".join(sorted(self._known)))
