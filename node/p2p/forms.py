"""How the fields of messages look on the wire: msgpack in its shortest form, every length bounded (design decision 2).

A message is one flat array, so nothing can be nested: a list is either the end of the array, or ids of one width behind each
other in one `bin`. `check` judges values in both directions: what we would refuse, we do not send.
"""

from collections.abc import Sequence
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from typing import Any, NamedTuple

BIN_HEADER_BYTES_MAX = 5
UINT8_MAX = 2**8 - 1
UINT16_MAX = 2**16 - 1
UINT32_MAX = 2**32 - 1
UINT64_MAX = 2**64 - 1


class WrongValue(ValueError):
    """A value that may not stand in a field; messages.BadField tells in which."""


class Form:
    """How one field is written. `bytes_max` counts its header too; the other two bound what the decoder takes in at all."""

    __slots__ = ("bin_bytes_max", "bytes_max", "text", "text_chars_max")

    def __init__(self, text: str, bytes_max: int, *, bin_bytes_max: int = 0, text_chars_max: int = 0) -> None:
        self.text = text
        self.bytes_max = bytes_max
        self.bin_bytes_max = bin_bytes_max
        self.text_chars_max = text_chars_max

    def check(self, value: Any) -> None:
        """Raise WrongValue for what may not stand here."""
        raise NotImplementedError

    def pack(self, value: Any) -> Any:
        """What msgpack is to write; raises WrongValue."""
        self.check(value)
        return value

    def unpack(self, raw: Any) -> Any:
        """The value of what msgpack has read; raises WrongValue."""
        self.check(raw)
        return raw


class Number(Form):
    """An integer from `min` to `max`, written as short as it can be."""

    __slots__ = ("max", "min")

    def __init__(self, max: int, min: int = 0) -> None:
        bits = max.bit_length()
        is_whole_width = bits in {8, 16, 32, 64} and max == 2**bits - 1 and not min
        super().__init__(f"uint{bits}" if is_whole_width else f"integer {min:,}…{max:,}", _integer_bytes(max))
        self.min = min
        self.max = max

    def check(self, value: Any) -> None:
        if type(value) is not int or not self.min <= value <= self.max:
            raise WrongValue(f"not an integer from {self.min} to {self.max}")


def _integer_bytes(number: int) -> int:
    """How many bytes msgpack needs for it."""
    return next(
        size for size, bound in ((1, 1 << 7), (2, 1 << 8), (3, 1 << 16), (5, 1 << 32), (9, 1 << 64)) if number < bound
    )


class Choice(Form):
    """The number of a member of an enumeration."""

    __slots__ = ("members",)

    def __init__(self, members: type[IntEnum]) -> None:
        super().__init__(", ".join(f"{one.value} {one.name.lower()}" for one in members), _integer_bytes(max(members)))
        self.members = members

    def check(self, value: Any) -> None:
        if type(value) is not self.members:
            raise WrongValue(f"not one of {self.text}")

    def pack(self, value: Any) -> int:
        self.check(value)
        return int(value)

    def unpack(self, raw: Any) -> Any:
        if type(raw) is not int:
            raise WrongValue("not a number")
        try:
            return self.members(raw)
        except ValueError:
            raise WrongValue(f"{raw} is not one of {self.text}") from None


class Fixed(Form):
    """Exactly so many bytes."""

    __slots__ = ("size_bytes",)

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"{size_bytes} bytes", BIN_HEADER_BYTES_MAX + size_bytes, bin_bytes_max=size_bytes)
        self.size_bytes = size_bytes

    def check(self, value: Any) -> None:
        if type(value) is not bytes or len(value) != self.size_bytes:
            raise WrongValue(f"not {self.size_bytes} bytes")


class Bytes(Form):
    """From one byte up to `size_bytes_max`, or none where `may_be_empty`."""

    __slots__ = ("size_bytes_max", "size_bytes_min")

    def __init__(self, size_bytes_max: int, *, may_be_empty: bool = False) -> None:
        least = 0 if may_be_empty else 1
        super().__init__(
            f"{least}…{size_bytes_max:,} bytes", BIN_HEADER_BYTES_MAX + size_bytes_max, bin_bytes_max=size_bytes_max
        )
        self.size_bytes_min = least
        self.size_bytes_max = size_bytes_max

    def check(self, value: Any) -> None:
        if type(value) is not bytes or not self.size_bytes_min <= len(value) <= self.size_bytes_max:
            raise WrongValue(f"not {self.text}")


class Text(Form):
    """Printable ASCII, because it goes to logs and terminals."""

    __slots__ = ()

    def __init__(self, chars_max: int) -> None:
        super().__init__(f"≤ {chars_max} printable ASCII characters", 2 + chars_max, text_chars_max=chars_max)

    def check(self, value: Any) -> None:
        if type(value) is not str or len(value) > self.text_chars_max or not (value.isascii() and value.isprintable()):
            raise WrongValue(f"not {self.text}")


class Ids(Form):
    """One or more ids of `id_bytes` bytes (none where `may_be_empty`), behind each other in one `bin`."""

    __slots__ = ("count_max", "count_min", "id_bytes")

    def __init__(self, id_bytes: int, count_max: int, *, may_be_empty: bool = False) -> None:
        size_bytes_max = id_bytes * count_max
        least = 0 if may_be_empty else 1
        text = f"{least}…{count_max:,} ids of {id_bytes} bytes in one bin"
        super().__init__(text, BIN_HEADER_BYTES_MAX + size_bytes_max, bin_bytes_max=size_bytes_max)
        self.id_bytes = id_bytes
        self.count_min = least
        self.count_max = count_max

    def check(self, value: Any) -> None:
        if type(value) is not tuple or not self.count_min <= len(value) <= self.count_max:
            raise WrongValue(f"not {self.text}")
        if any(type(id) is not bytes or len(id) != self.id_bytes for id in value):
            raise WrongValue(f"an id that has not {self.id_bytes} bytes")

    def pack(self, value: Any) -> bytes:
        self.check(value)
        return b"".join(value)

    def unpack(self, raw: Any) -> tuple[bytes, ...]:
        width = self.id_bytes
        if type(raw) is not bytes or len(raw) % width or not self.count_min <= len(raw) // width <= self.count_max:
            raise WrongValue(f"not {self.text}")
        return tuple([raw[pos : pos + width] for pos in range(0, len(raw), width)])


class Items(Form):
    """The rest of the array: up to `count_max` values of one form."""

    __slots__ = ("count_max", "count_min", "item")

    def __init__(self, item: Form, count_max: int, *, may_be_empty: bool = False) -> None:
        least = 0 if may_be_empty else 1
        super().__init__(
            f"{least}…{count_max:,} elements, each {item.text}",
            item.bytes_max * count_max,
            bin_bytes_max=item.bin_bytes_max,
            text_chars_max=item.text_chars_max,
        )
        self.item = item
        self.count_min = least
        self.count_max = count_max

    def check(self, value: Any) -> None:
        if not self.count_min <= len(value) <= self.count_max:
            raise WrongValue(f"not {self.count_min} to {self.count_max} elements")

    def pack(self, value: Any) -> Sequence[Any]:
        if type(value) is not tuple:
            raise WrongValue("not a tuple")
        self.check(value)
        return [self.item.pack(one) for one in value]

    def unpack(self, raw: Any) -> tuple[Any, ...]:
        self.check(raw)
        return tuple([self.item.unpack(one) for one in raw])


class Rising(Items):
    """Numbers of which each is larger than the one before, so that there is one way to write a choice of positions."""

    __slots__ = ()

    def __init__(self, max: int, count_max: int) -> None:
        super().__init__(Number(max), count_max)
        self.text += ", each larger than the one before"

    def check(self, value: Any) -> None:
        super().check(value)
        if any(type(one) is not int for one in value) or any(later <= before for before, later in pairwise(value)):
            raise WrongValue("not rising numbers")


class PeerAddress(NamedTuple):
    """Where a node can be dialled: 4 or 16 bytes of IPv4 or IPv6, and a TCP port."""

    ip: bytes
    port: int

    @property
    def text(self) -> str:
        """`203.0.113.5:2001` or `[2001:db8::1]:2001`."""
        if len(self.ip) == IPV4_BYTES:
            return f"{IPv4Address(self.ip)}:{self.port}"
        return f"[{IPv6Address(self.ip)}]:{self.port}"


IPV4_BYTES = 4
IPV6_BYTES = 16
PORT_BYTES = 2
_MAPPED_IPV4 = bytes(10) + b"\xff\xff"


class Address(Form):
    """The bytes of the IP address and two of the port, in one `bin`. IPv4 within IPv6 is refused: one address, one form."""

    __slots__ = ()

    def __init__(self) -> None:
        size = IPV6_BYTES + PORT_BYTES
        super().__init__("6 or 18 bytes: IPv4 or IPv6 address, port (big-endian)", 2 + size, bin_bytes_max=size)

    def check(self, value: Any) -> None:
        if type(value) is not PeerAddress:
            raise WrongValue("not an address")
        ip, port = value
        if type(ip) is not bytes or len(ip) not in {IPV4_BYTES, IPV6_BYTES} or ip.startswith(_MAPPED_IPV4):
            raise WrongValue("neither an IPv4 nor an IPv6 address")
        if type(port) is not int or not 0 < port <= UINT16_MAX:
            raise WrongValue("not a port")

    def pack(self, value: Any) -> bytes:
        self.check(value)
        return bytes(value.ip + value.port.to_bytes(PORT_BYTES, "big"))

    def unpack(self, raw: Any) -> PeerAddress:
        if type(raw) is not bytes or len(raw) < PORT_BYTES:
            raise WrongValue("not an address")
        address = PeerAddress(raw[:-PORT_BYTES], int.from_bytes(raw[-PORT_BYTES:], "big"))
        self.check(address)
        return address
