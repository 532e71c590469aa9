"""A link as those see it who decide about links: how it came about, and what we would lose with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from node.p2p.addresses import group
from node.p2p.forms import PeerAddress

PROTECTED_GROUPS: Final = 4
"""Networks of which one link stays: a secret key picks them, so nobody can move into one."""

PROTECTED_LATENCIES: Final = 8
"""Links with the shortest way, which cannot be feigned: pings have nonces."""

PROTECTED_SERVERS: Final = 8
"""Links that brought us something new most recently: whoever wants to be here must be of use."""


class Kind(Enum):
    """How a link came about."""

    INBOUND = "the peer dialled us"
    OUTBOUND = "we chose it from the book"
    CONFIGURED = "the operator wants it"
    FEELER = "only to find out whether somebody is there"


@dataclass(slots=True)
class Place:
    """One link, from its first packet to its end."""

    name: str
    kind: Kind
    ip: bytes
    begun_at: float
    address: PeerAddress | None = None  # where we dialled it
    identity: bytes = b""
    opened_at: float | None = None
    latency_seconds: float = float("inf")
    served_at: float = 0.0

    @property
    def is_inbound(self) -> bool:
        return self.kind is Kind.INBOUND

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    @property
    def open_since(self) -> float:
        """Of a link that is open."""
        assert self.opened_at is not None
        return self.opened_at


def weakest(places: Iterable[Place], keyed: Callable[[bytes], int]) -> Place | None:
    """The open link that we would miss least, None where all are protected.

    It is the youngest of the network that has most of the links that nothing protects. Protected are those that are best at something,
    and the older half of the rest. No attacker is best at everything for all links at once, so honest ones stay (reliability P1).
    """
    rest = _without_one_of_each_group(sorted(places, key=lambda one: keyed(group(one.ip))))
    rest = sorted(rest, key=lambda one: one.latency_seconds)[PROTECTED_LATENCIES:]
    rest = sorted(rest, key=lambda one: -one.served_at)[PROTECTED_SERVERS:]
    rest = sorted(rest, key=lambda one: one.open_since)[len(rest) // 2 :]
    if not rest:
        return None
    groups = [group(one.ip) for one in reversed(rest)]
    crowd = max(groups, key=groups.count)  # of two as large, that of the youngest link
    return next(one for one in reversed(rest) if group(one.ip) == crowd)


def _without_one_of_each_group(places: Iterable[Place]) -> list[Place]:
    """All but the first of each of the first PROTECTED_GROUPS networks."""
    spared: set[bytes] = set()
    rest = []
    for place in places:
        if len(spared) < PROTECTED_GROUPS and group(place.ip) not in spared:
            spared.add(group(place.ip))
        else:
            rest.append(place)
    return rest
