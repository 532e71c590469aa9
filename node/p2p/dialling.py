"""Whom a node dials, and when again: the operator's peers always, then its own choice from the book, each in another network.

A node that hears only from an attacker believes the attacker. So the links that count are those that it chose itself, and the choice
makes each of them cost the attacker another network (reliability P1, A14).
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from node.p2p.addresses import group, host, is_local
from node.p2p.conduct import SCORE_MAX
from node.p2p.forms import PeerAddress
from node.p2p.peers import ANCHORS_MAX, AddressBook, Chooser, Entry
from node.p2p.place import Kind, Place
from node.p2p.reasons import Reason

FEELER_SECONDS: Final = 120
"""Between two dials that only find out whether somebody is there (reliability P1)."""

SETTLED_SECONDS: Final = 60
"""A link that lasted so long was worth dialling: its back-off begins anew."""

BACKOFF_SECONDS: Final = 60
"""After the first miss of an address from the book; then twice as long each time."""

BACKOFF_SECONDS_MAX: Final = 4 * 3_600
"""There are others."""

CONFIGURED_BACKOFF_SECONDS: Final = 1
"""After the first miss of a configured peer, which may just be starting."""

CONFIGURED_BACKOFF_SECONDS_MAX: Final = 30
"""There is no other, and a dial every half minute costs nothing."""

BACKOFFS_MAX: Final = 1_024
"""Addresses whose misses are counted; the book remembers the rest more coarsely."""


class Dial(NamedTuple):
    """Whom to dial. `identity` is who must answer, None where anybody may."""

    address: PeerAddress
    kind: Kind
    identity: bytes | None = None


class Unreachable(Exception):
    """Nobody whom we could talk to answers there. For the log and the address book; never leaves node/."""


class Configured(NamedTuple):
    """A peer of the operator's choice."""

    address: PeerAddress
    identity: bytes | None = None


class Backoff:
    """When an address may be dialled again."""

    __slots__ = ("_waits",)

    def __init__(self) -> None:
        self._waits: dict[PeerAddress, tuple[int, float, float]] = {}  # misses, since when, until when

    def may_dial(self, address: PeerAddress, now: float) -> bool:
        """A clock that was set back does not prolong the wait."""
        _, since, until = self._waits.get(address, (0, now, now))
        return not since <= now < until

    def miss(self, address: PeerAddress, now: float, first: float, most: float, chance: float) -> None:
        """Twice as long as the last time, half more or less by chance: so nodes that lost the same peer do not come back as one."""
        misses = self._waits.pop(address, (0, 0.0, 0.0))[0]
        if len(self._waits) >= BACKOFFS_MAX:
            del self._waits[next(iter(self._waits))]
        seconds = min(most, first * 2 ** min(misses, 16)) * (0.5 + chance)
        self._waits[address] = (misses + 1, now, now + seconds)

    def settle(self, address: PeerAddress) -> None:
        self._waits.pop(address, None)


class Dialling:
    """Chooses from the book, tells it what came of it, and keeps the operator's peers, which are not in it."""

    def __init__(
        self, book: AddressBook, chooser: Chooser, configured: Iterable[Configured], outbound_count: int
    ) -> None:
        self._book = book
        self._chooser = chooser
        self._outbound_count = outbound_count
        self._configured = {peer.address: peer.identity for peer in configured}
        self._met: dict[PeerAddress, bytes] = {}  # which identity answered at a configured address
        self._hosts = {host(address.ip) for address in self._configured}
        self._backoff = Backoff()
        self._anchors = list(book.anchors)  # still to be dialled after the start
        self._feeler_at: float | None = None
        for address in self._configured:
            book.forget(address)

    # --- the operator's peers

    def is_vouched_host(self, ip: bytes) -> bool:
        return host(ip) in self._hosts

    def is_friend(self, place: Place) -> bool:
        """It is a peer that the operator wants, whoever of us has dialled."""
        known = (*self._met.values(), *self._configured.values())
        return place.kind is Kind.CONFIGURED or (place.is_open and place.identity in known)

    # --- whom to dial

    def wanted(self, places: Collection[Place], now: float) -> list[Dial]:
        """Whom to dial now, beside those that are being dialled."""
        busy = {place.address for place in places if place.address is not None}
        linked = {place.identity for place in places if place.is_open}
        dials = [dial for dial in self._configured_dials(busy, linked) if self._backoff.may_dial(dial.address, now)]
        groups = {_group(address) for address in busy | {dial.address for dial in dials}}

        def suits(entry: Entry) -> bool:
            return (
                entry.address not in busy
                and entry.identity not in linked
                and self._backoff.may_dial(entry.address, now)
                and not self._book.standing.is_refused(entry.address.ip, entry.identity, now)
            )

        for _ in range(self._outbound_count - sum(place.kind is Kind.OUTBOUND for place in places)):
            address = self._next_anchor(groups) or self._book.choose(
                self._chooser, lambda entry: _group(entry.address) not in groups and suits(entry)
            )
            if address is None:
                return dials
            dials.append(Dial(address, Kind.OUTBOUND))
            groups.add(_group(address))
        if self._is_feeler_due(places, now):
            address = self._book.contested() or self._book.choose(self._chooser, suits, is_new=True)
            if address is not None and address not in busy:
                dials.append(Dial(address, Kind.FEELER))
        return dials

    def _configured_dials(self, busy: Collection[PeerAddress], linked: Collection[bytes]) -> list[Dial]:
        return [
            Dial(address, Kind.CONFIGURED, identity)
            for address, identity in self._configured.items()
            if address not in busy and (identity or self._met.get(address)) not in linked
        ]

    def _next_anchor(self, groups: Collection[bytes]) -> PeerAddress | None:
        while self._anchors:
            anchor = self._anchors.pop(0)
            if _group(anchor) not in groups and anchor not in self._configured:
                return anchor
        return None

    def _is_feeler_due(self, places: Collection[Place], now: float) -> bool:
        """Once all links are there, the time is used to find out who else is."""
        if self._feeler_at is None:
            self._feeler_at = now
        is_due = not self._feeler_at <= now < self._feeler_at + FEELER_SECONDS
        open_count = sum(place.kind is Kind.OUTBOUND and place.is_open for place in places)
        if not is_due or open_count < self._outbound_count or not self._outbound_count:
            return False
        self._feeler_at = now
        return True

    # --- what came of it

    def heard(self, address: PeerAddress, source_ip: bytes, now: float, identity: bytes = b"") -> None:
        """The operator's peers stay out of the book, whoever speaks of them: so they are never shared (reliability P14)."""
        if address not in self._configured:
            self._book.hear(address, source_ip, now, identity)

    def opened(self, place: Place, address: PeerAddress, places: Iterable[Place], now: float) -> None:
        """A handshake with whom we dialled is complete."""
        if place.kind is Kind.CONFIGURED:
            self._met[address] = place.identity
        self._book.reached(address, place.identity, now)
        if place.kind is Kind.OUTBOUND:
            chosen = [one for one in places if one.kind is Kind.OUTBOUND and one.is_open]
            chosen.sort(key=lambda one: one.open_since)
            self._book.anchors = tuple(one.address for one in chosen[:ANCHORS_MAX] if one.address is not None)

    def closed(self, place: Place, address: PeerAddress, reason: Reason, score: int, now: float) -> None:
        """The link is over, or never came about. Anchors stay noted when a node stops and all its links end."""
        is_configured = place.kind is Kind.CONFIGURED
        if reason is Reason.SELF:
            self._configured.pop(address, None)  # a list of peers that all nodes share may name this one
            self._book.forget(address)
        elif not place.is_open:
            self._book.missed(address, now)
        if score >= SCORE_MAX:
            self._book.anchors = tuple(anchor for anchor in self._book.anchors if anchor != address)
        if place.is_open and now - place.open_since >= SETTLED_SECONDS:
            self._backoff.settle(address)
        first = CONFIGURED_BACKOFF_SECONDS if is_configured else BACKOFF_SECONDS
        most = CONFIGURED_BACKOFF_SECONDS_MAX if is_configured else BACKOFF_SECONDS_MAX
        self._backoff.miss(address, now, first, most, self._chooser.random())


def _group(address: PeerAddress) -> bytes:
    """No two links that we choose go into the same. Local addresses are each for themselves."""
    return address.text.encode() if is_local(address.ip) else group(address.ip)
