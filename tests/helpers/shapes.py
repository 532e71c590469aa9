"""The shape of an answer: which members it has and of what types, as tests/vectors/sample_replies.json tells it.

A shape is an object of shapes, `[shape]` for a list of such, `[shape, shape, …]` for one of that length, or one of the words below.
An object with a member `…` may have others.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

OTHERS: Final = "…"
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
AMOUNT: Final = re.compile(r"\d+\.\d{3}(\d{3})? (HIVE|HBD|VESTS)")
LARGEST_NUMBER: Final = (1 << 53) - 1


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]+", value) is not None and abs(int(value)) > LARGEST_NUMBER
    return _is_int(value) and abs(value) <= LARGEST_NUMBER


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_asset(value: Any) -> bool:
    if not isinstance(value, dict) or list(value) != ["amount", "precision", "nai"]:
        return False
    return isinstance(value["amount"], str) and _is_int(value["precision"]) and value["nai"].startswith("@@")


def _is_operation(value: Any) -> bool:
    if not isinstance(value, dict) or list(value) != ["type", "value"]:
        return False
    return value["type"].endswith("_operation") and isinstance(value["value"], dict)


def _is_legacy_operation(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2
    return is_pair and isinstance(value[0], str) and not value[0].endswith("_operation") and isinstance(value[1], dict)


WORDS: Final[dict[str, Callable[[Any], bool]]] = {
    "int": _is_whole,  # a text beyond 2^53 − 1
    "float": lambda value: isinstance(value, float) or _is_int(value),
    "bool": lambda value: isinstance(value, bool),
    "text": lambda value: isinstance(value, str),
    "digits": lambda value: isinstance(value, str) and value.isdigit(),  # however small
    "time": lambda value: isinstance(value, str) and TIME.fullmatch(value) is not None,
    "amount": lambda value: isinstance(value, str) and AMOUNT.fullmatch(value) is not None,
    "asset": _is_asset,
    "operation": _is_operation,
    "legacy_operation": _is_legacy_operation,
}


def differences(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Paths of members that are missing, more, of another type, or of an empty list that proves nothing."""
    if isinstance(shape, str):
        if not WORDS[shape](value):
            yield path
    elif isinstance(shape, list):
        yield from _of_list(value, shape, path)
    elif not isinstance(value, dict):
        yield path
    else:
        more = set() if OTHERS in shape else value.keys() - shape.keys()
        for name in sorted((shape.keys() - value.keys() - {OTHERS}) | more):
            yield _at(path, name)
        for name in shape.keys() & value.keys():
            yield from differences(value[name], shape[name], _at(path, name))


def _of_list(value: Any, shape: list[Any], path: str) -> Iterator[str]:
    is_of_size = isinstance(value, list) and (len(value) == len(shape) if len(shape) != 1 else bool(value))
    if not is_of_size:
        yield path
    for position, member in enumerate(value if is_of_size else []):
        yield from differences(
            member, shape[min(position, len(shape) - 1)], _at(path, "*" if len(shape) == 1 else str(position))
        )


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
