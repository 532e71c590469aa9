"""What all rows have in common."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar


class Row:
    """Base of all rows. Subclasses are slotted dataclasses; key fields come first and never change.

    `converters` names the fields that msgpack cannot hold by themselves, with the two functions that turn them; `wide` those
    whose integers may need more than 64 bits: where they do they are 16 big-endian bytes.
    """

    __slots__ = ("layer", "packed", "placed")

    layer: int  # the layer that last noted this row's values; 0 when it is as committed
    packed: bytes | None  # what the backend holds for it; None for a row that was never committed
    placed: tuple[Any, ...] | None  # the values by which it stands in the indexes; None when that is not known

    converters: ClassVar[dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {}
    wide: ClassVar[tuple[str, ...]] = ()


R = TypeVar("R", bound=Row)
