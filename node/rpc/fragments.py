"""Answers in bytes: how a value becomes JSON, and parts of it that are written once because they never change.

What stands in an irreversible block is the same for ever, and clients ask for it again and again. It is kept as the bytes that go out;
`orjson.Fragment` puts them into an answer without looking at them.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Any, Final

import orjson

FRAGMENTS_BYTES_MAX: Final = 32 << 20  # of written JSON: some forty full blocks, or the blocks of an hour
OVERHEAD_BYTES: Final = 300  # of a fragment, its key and their places, roughly

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_bytes(value: Any) -> bytes:
    """Bytes are hex everywhere in Hive's JSON; what JSON cannot hold is made fit."""
    try:
        return orjson.dumps(value, default=_ids_as_hex)
    except TypeError:
        return orjson.dumps(fit_for_json(value), default=_ids_as_hex)


def _ids_as_hex(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def fit_for_json(value: Any) -> Any:
    """The same value with what JSON cannot hold made fit: integers beyond 64 bits as texts, lone surrogates replaced."""
    if type(value) is dict:
        return {_fit_text(str(name)): fit_for_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fit_for_json(item) for item in value]
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        return str(value)
    return _fit_text(value) if isinstance(value, str) else value


def _fit_text(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


class Fragments:
    """Written parts by what they are of, those used last kept. Shared by the loop and the threads that read."""

    __slots__ = ("_bytes_max", "_fragments", "_lock", "_size_bytes")

    def __init__(self, bytes_max: int = FRAGMENTS_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._fragments: OrderedDict[Hashable, tuple[orjson.Fragment, int]] = OrderedDict()
        self._size_bytes = 0
        self._lock = Lock()

    def find(self, key: Hashable) -> orjson.Fragment | None:
        return self.find_each((key,))[0]

    def find_each(self, keys: Iterable[Hashable]) -> list[orjson.Fragment | None]:
        fragments = self._fragments
        each: list[orjson.Fragment | None] = []
        with self._lock:
            for key in keys:
                found = fragments.get(key)
                if found is None:
                    each.append(None)
                else:
                    fragments.move_to_end(key)
                    each.append(found[0])
        return each

    def keep(self, key: Hashable, value: Any) -> orjson.Fragment:
        """The value, written; under a key that stands for nothing else, now or later."""
        written = json_bytes(value)
        fragment, size = orjson.Fragment(written), len(written) + OVERHEAD_BYTES
        with self._lock:
            if key not in self._fragments:
                self._fragments[key] = fragment, size
                self._size_bytes += size
            while self._size_bytes > self._bytes_max:
                _, (_, gone) = self._fragments.popitem(last=False)
                self._size_bytes -= gone
        return fragment
