"""Which links a node has: whom it lets in, whom it dials, and who must go. Names of links and the time go in, rulings come out.

    places.wanted(now)                        whom to dial now; asked about once a second
    places.dialling(name, dial, now)          one of them is being dialled
    places.admit(name, ip, now)               somebody has connected; asked before a byte is read
    places.opened(name, hello, now)           its handshake is complete
    places.closed(name, reason, score, now)   it is over, whatever came of it; also for a dial that failed

`admit` and `opened` answer with a Ruling: whether this link may stay, and which others must make room for it. The book of addresses
is told here of all that happens. `now` is in seconds of the machine's clock, as in the book.

**Local addresses.** Limits on how many links one address, one network, or one second may have are there because on the internet an
address is the only thing that costs an attacker anything. On one machine or in one house it costs nobody anything and says nothing:
everybody has the same. So addresses of loopback and private networks are counted in the totals alone, which bound what all of them
can take. The same holds for the hosts of configured peers: the operator has vouched for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from node.p2p.addresses import host, is_local, subnet
from node.p2p.conduct import Bucket
from node.p2p.dialling import Configured, Dial, Dialling
from node.p2p.forms import PeerAddress
from node.p2p.messages import Hello
from node.p2p.peers import AddressBook, Chooser
from node.p2p.place import Kind, Place, weakest
from node.p2p.reasons import Reason


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """How many links, of which kind. The defaults are for the internet."""

    outbound: int = 8
    """Links that we choose, each into another network: an attacker must be in eight of them to be all we hear (reliability P1)."""

    inbound: int = 50
    """Enough to carry a network of thousands; each costs memory and a share of the line (reliability P10)."""

    per_host: int = 3
    """Inbound, from one address: several nodes behind one router, and no more (reliability P10)."""

    per_subnet: int = 10
    """Inbound, from one /24 or /48: what is cheap to rent in one piece (reliability P10)."""

    half_open: int = 32
    """Inbound and not through the handshake. The oldest goes for the next: whoever is slow holds nobody up (reliability P6)."""

    half_open_per_subnet: int = 8
    """Of one /24 or /48, so that it does not push out those of others (reliability P6)."""

    new_per_second: float = 1.0
    """From one address: whoever is refused may try again, but not all the time (reliability P10)."""

    new_burst: float = 3.0
    """At once, from one address that was quiet: as many as may stay."""


RATES_MAX: Final = 1_024
"""Hosts whose new connections are counted; one that is forgotten has its burst again, and no more."""

RACE_SECONDS: Final = 10
"""Two links between the same nodes that opened within so long were dialled at the same time. Later, one is left from before a crash."""


class Parting(NamedTuple):
    """A link that must go, and what to tell it."""

    name: str
    reason: Reason


class Ruling(NamedTuple):
    """`refused` tells why this link may not stay; `leaving` which others must go."""

    refused: Reason | None = None
    leaving: tuple[Parting, ...] = ()


class Places:
    """`identity` is our own. `configured` peers are dialled for ever, counted apart, and neither banned nor made room of."""

    def __init__(
        self,
        book: AddressBook,
        identity: bytes,
        chooser: Chooser,
        configured: Iterable[Configured] = (),
        limits: PlaceLimits | None = None,
    ) -> None:
        self.book = book
        self.limits = limits or PlaceLimits()
        self._identity = identity
        self._chooser = chooser
        self._dialling = Dialling(book, chooser, configured, self.limits.outbound)
        self._rates: dict[bytes, Bucket] = {}
        self._places: dict[str, Place] = {}

    # --- what there is to know

    def place(self, name: str) -> Place | None:
        """To be read only."""
        return self._places.get(name)

    def count(self, *kinds: Kind) -> int:
        """Links of these kinds that are open."""
        return sum(place.is_open and place.kind in kinds for place in self._places.values())

    # --- whom we dial

    def wanted(self, now: float) -> list[Dial]:
        """Whom to dial now, beside those that are being dialled."""
        return self._dialling.wanted(self._places.values(), now)

    def dialling(self, name: str, dial: Dial, now: float) -> None:
        """A dial of `wanted` has begun."""
        self._places[name] = Place(name, dial.kind, dial.address.ip, now, dial.address)

    # --- who comes

    def admit(self, name: str, ip: bytes, now: float) -> Ruling:
        """Somebody has connected from there. A link that is refused here is not known afterwards, and needs no `closed`."""
        if not (is_local(ip) or self._dialling.is_vouched_host(ip)):
            refused = self._judge_host(ip, now)
            if refused is not None:
                return Ruling(refused)
        half_open = [place for place in self._inbound() if not place.is_open]
        leaving: tuple[Parting, ...] = ()
        if len(half_open) >= self.limits.half_open:
            leaving = (Parting(half_open[0].name, Reason.TOO_SLOW),)
        self._places[name] = Place(name, Kind.INBOUND, ip, now)
        return Ruling(None, leaving)

    def _judge_host(self, ip: bytes, now: float) -> Reason | None:
        """All that can be judged before anything is known but the address."""
        limits = self.limits
        if self.book.standing.is_refused(ip, b"", now):
            return Reason.BANNED
        near = [place for place in self._inbound() if subnet(place.ip) == subnet(ip)]
        is_full = (
            not self._rate(host(ip), now).take(1, now)
            or sum(host(place.ip) == host(ip) for place in near) >= limits.per_host
            or sum(not place.is_open for place in near) >= limits.half_open_per_subnet
            or len(near) >= limits.per_subnet
        )
        return Reason.FULL if is_full else None

    def _rate(self, whose: bytes, now: float) -> Bucket:
        bucket = self._rates.pop(whose, None) or Bucket(self.limits.new_burst, self.limits.new_per_second, now)
        if len(self._rates) >= RATES_MAX:
            del self._rates[next(iter(self._rates))]
        self._rates[whose] = bucket  # the one asked for last is forgotten last
        return bucket

    # --- who is through the handshake

    def opened(self, name: str, hello: Hello, now: float) -> Ruling:
        """Its handshake is complete. One that is refused must be told why, and stays known until `closed`."""
        place = self._places[name]
        place.identity, place.opened_at = hello.node_id, now
        if place.address is not None:
            self._dialling.opened(place, place.address, self._places.values(), now)
        if place.kind is Kind.FEELER:
            return Ruling(Reason.LEAVING)
        is_friend = self._dialling.is_friend(place)
        if not is_friend and self.book.standing.is_refused(place.ip, place.identity, now):
            return Ruling(Reason.BANNED)
        leaving = self._doubles_of(place)
        if any(parting.name == name for parting in leaving):
            return Ruling(Reason.DUPLICATE)
        if place.is_inbound and hello.listen_port:
            self._dialling.heard(PeerAddress(place.ip, hello.listen_port), place.ip, now, place.identity)
        if place.is_inbound and not is_friend and not leaving:
            return self._room_for(place)
        return Ruling(None, tuple(leaving))

    def _doubles_of(self, newer: Place) -> list[Parting]:
        """Which of two links between the same nodes must go, so that both nodes drop the same one.

        Dialled at the same time from both sides, the one stays that the node with the smaller identity has dialled. Otherwise the newer
        stays: whoever dials again has lost the older. In a race that was dialled twice by one side, the other one decides alone,
        since the two may have seen another order.
        """
        partings = []
        for older in self._places.values():
            if older is newer or not older.is_open or older.identity != newer.identity:
                continue
            is_race = newer.open_since - older.open_since <= RACE_SECONDS
            if is_race and older.is_inbound != newer.is_inbound:
                keeps_ours = self._identity < newer.identity
                loser = newer if newer.is_inbound == keeps_ours else older
            elif is_race and not newer.is_inbound:
                continue
            else:
                loser = older
            partings.append(Parting(loser.name, Reason.DUPLICATE))
        return partings

    def _room_for(self, newcomer: Place) -> Ruling:
        strangers = [one for one in self._inbound() if one.is_open and not self._dialling.is_friend(one)]
        if len(strangers) <= self.limits.inbound:
            return Ruling()
        strangers.remove(newcomer)
        loser = weakest(strangers, lambda group: self.book.keyed(b"room", group))
        if loser is None:
            return Ruling(Reason.FULL)
        return Ruling(None, (Parting(loser.name, Reason.FULL),))

    # --- what comes of links

    def measured(self, name: str, latency_seconds: float) -> None:
        """How long the answer to a ping took."""
        place = self._places.get(name)
        if place is not None:
            place.latency_seconds = min(latency_seconds, place.latency_seconds)

    def served(self, name: str, now: float) -> None:
        """It was the first to bring a block or a transaction."""
        place = self._places.get(name)
        if place is not None:
            place.served_at = now

    def heard(self, name: str, addresses: Iterable[PeerAddress], now: float) -> None:
        """An answer to GetPeers. Only those count whom we dialled: so nobody fills the book by coming to us."""
        place = self._places.get(name)
        if place is not None and not place.is_inbound:
            for address in addresses:
                self._dialling.heard(address, place.ip, now)

    def known(self, now: float) -> list[PeerAddress]:
        """The answer to a peer's GetPeers."""
        return self.book.share(self._chooser, now)

    def closed(self, name: str, reason: Reason, score: int, now: float) -> None:
        """The link is over; `reason` and `score` are those of its last event. A dial without a connection ends as LOST, 0."""
        place = self._places.pop(name, None)
        if place is None:
            return
        if place.is_open and not self._dialling.is_friend(place):
            self.book.standing.note(place.ip, place.identity, reason, score, now)
        if place.address is not None:
            self._dialling.closed(place, place.address, reason, score, now)

    def _inbound(self) -> list[Place]:
        return [place for place in self._places.values() if place.is_inbound]
