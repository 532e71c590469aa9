"""The addresses of other nodes that are known from hearsay: bounded, hard to flood, and kept over restarts. After Bitcoin's addrman.

    book = AddressBook(secret)                    the secret: SECRET_BYTES that nobody else knows
    book.hear(address, source_ip, now)            somebody said that a node is there
    book.reached(address, identity, now)          it is: a handshake with it was completed
    book.missed(address, now)                     it is not, or not now
    book.choose(chooser, suits)                   one to dial
    book.share(chooser, now)                      what to answer to GetPeers
    book.encode(), AddressBook.decode(data)       for the file

Addresses lie in two tables of buckets. In **new** are those that were only heard of: which buckets an address may come to depends on
who told it, so one network can fill only a few of them, however much it sends. In **tried** are those that were reached: their own
network decides. A secret key is in both choices, so nobody can aim. Whoever chooses takes a bucket first, then an address of it: a
full bucket is no likelier than one with a single address. No address leaves *tried* for another before it was dialled and missed.

`now` is in seconds of the machine's clock, because the book outlives the process; nothing breaks where the clock jumps. Addresses that
the operator configured are not in here: they are neither forgotten nor shared.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final, Protocol

import msgpack

from chain.errors import InvalidInput
from node.p2p.addresses import GROUP_BYTES, PRIVILEGED_PORT_MAX, group, is_local, is_public
from node.p2p.forms import PORT_BYTES, Address, PeerAddress, WrongValue
from node.p2p.messages import ADDRESSES_MAX
from node.p2p.standing import IDENTITY_BYTES, Standing

SECRET_BYTES: Final = 32

BUCKET_PLACES: Final = 32
"""Addresses in a bucket."""

NEW_BUCKETS: Final = 240
"""With TRIED_BUCKETS, 9,984 places: the book holds fewer than 10,000 addresses (reliability P9), some 1 MB."""

TRIED_BUCKETS: Final = 72
"""More nodes than anybody needs to know well."""

NEW_BUCKETS_PER_SOURCE: Final = 32
"""What addresses told by one network can come to: 1,024 places, 13 % of the table (reliability P9)."""

TRIED_BUCKETS_PER_GROUP: Final = 4
"""What addresses of one network can come to: 128 places, 6 % of the table."""

SOURCES_MAX: Final = 4
"""Places of *new* that one address may have, each by another network's word: so the first to tell it cannot push it out."""

CONTESTS_MAX: Final = 16
"""Addresses that wait for a place in *tried* until who has it was dialled; half an hour's worth of feelers."""

ANCHORS_MAX: Final = 4
"""Peers that are dialled first after a restart: half of the links, so that a bad set of them is not kept for ever."""

STALE_SECONDS: Final = 30 * 24 * 3_600
"""Not heard of for so long: it gives its place to any other."""

MISSES_MAX: Final = 3
"""Dialled so often and never reached: the same."""

LOST_MISSES_MAX: Final = 10
"""Reached once, but missed so often since, for LOST_SECONDS at least: the same."""

LOST_SECONDS: Final = 7 * 24 * 3_600

PICKS_MAX: Final = 128
"""Attempts at an address that suits. Whoever finds none tries again a second later."""

SHARED_PERCENT_MAX: Final = 23
"""Of the book in one answer, so that reading all of it takes a while (as in Bitcoin)."""

SHARED_MIN: Final = 16
"""A small book is shared whole: small networks must find together."""

VERSION: Final = 1
_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack
_ADDRESS = Address()


class DamagedAddressBook(InvalidInput):
    code = "damaged_address_book"
    text = "The address book cannot be read: {reason}. A node can do without it, and gathers a new one"


class Chooser(Protocol):
    """Chance that comes from outside: random.SystemRandom in a node, a seeded random.Random in a test."""

    def random(self) -> float: ...
    def randrange(self, stop: int, /) -> int: ...


@dataclass(slots=True)
class Entry:
    """What is known of an address. Times are 0 where it has not happened."""

    address: PeerAddress
    heard_at: int
    identity: bytes = b""
    reached_at: int = 0
    dialled_at: int = 0
    misses: int = 0  # since it was reached
    is_tried: bool = False
    sources: list[bytes] = field(default_factory=list)  # groups that told it: one place in *new* for each

    def is_stale(self, now: float) -> bool:
        """Any other address is worth more."""
        if now - max(self.heard_at, self.reached_at) > STALE_SECONDS:
            return True
        if not self.reached_at:
            return self.misses >= MISSES_MAX
        return self.misses >= LOST_MISSES_MAX and now - self.reached_at > LOST_SECONDS


class Table:
    """Buckets of places. A bucket and its place are counted together: `bucket * BUCKET_PLACES + place`."""

    __slots__ = ("_buckets", "_used")

    def __init__(self) -> None:
        self._buckets: dict[int, dict[int, PeerAddress]] = {}  # only those that hold something
        self._used: list[int] = []  # their numbers

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    def at(self, place: int) -> PeerAddress | None:
        return self._buckets.get(place // BUCKET_PLACES, {}).get(place)

    def put(self, place: int, address: PeerAddress) -> None:
        number = place // BUCKET_PLACES
        if number not in self._buckets:
            self._buckets[number] = {}
            self._used.append(number)
        self._buckets[number][place] = address

    def clear(self, place: int) -> None:
        number = place // BUCKET_PLACES
        bucket = self._buckets.get(number, {})
        if bucket.pop(place, None) is not None and not bucket:
            del self._buckets[number]
            self._used.remove(number)

    def pick(self, chooser: Chooser) -> PeerAddress | None:
        """Any bucket that holds something, then any address in it."""
        if not self._used:
            return None
        addresses = list(self._buckets[self._used[chooser.randrange(len(self._used))]].values())
        return addresses[chooser.randrange(len(addresses))]


class AddressBook:
    """`allows_local` is for networks of one machine or one house: then private addresses are taken in, and shared, like any other."""

    def __init__(self, secret: bytes, *, allows_local: bool = False) -> None:
        assert len(secret) == SECRET_BYTES
        self.allows_local = allows_local
        self.standing = Standing()
        self.anchors: tuple[PeerAddress, ...] = ()
        """The last good peers that we dialled, the longest link first."""
        self._secret = secret
        self._entries: dict[PeerAddress, Entry] = {}
        self._new = Table()
        self._tried = Table()
        self._contests: dict[int, PeerAddress] = {}  # place in *tried* → who wants it

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, address: PeerAddress) -> bool:
        return address in self._entries

    def entry(self, address: PeerAddress) -> Entry | None:
        """To be read only."""
        return self._entries.get(address)

    @property
    def tried_count(self) -> int:
        return len(self._tried)

    def keyed(self, *parts: bytes) -> int:
        """A number of 8 bytes that follows from the parts, and that nobody outside can foresee."""
        text = bytes(map(len, parts)) + b"".join(parts)
        return int.from_bytes(blake2b(text, key=self._secret, digest_size=8).digest(), "big")

    # --- what is heard

    def hear(self, address: PeerAddress, source_ip: bytes, now: float, identity: bytes = b"") -> bool:
        """Somebody said so; returns whether the address is in the book now. `identity` is where a node has told its own."""
        entry, source = self._entries.get(address), group(source_ip)
        if entry is None:
            if self._is_wanted(address):
                self._put_new(Entry(address, int(now), identity), source, now)
        else:
            entry.heard_at = int(now)
            if not entry.is_tried and len(entry.sources) < SOURCES_MAX and source not in entry.sources:
                self._put_new(entry, source, now)
        return address in self._entries

    def forget(self, address: PeerAddress) -> None:
        """It is one of our own, or the operator's."""
        entry = self._entries.get(address)
        if entry is not None:
            self._drop(entry)

    def _is_wanted(self, address: PeerAddress) -> bool:
        if self.allows_local and is_local(address.ip):
            return True
        return address.port > PRIVILEGED_PORT_MAX and is_public(address.ip)

    # --- what is found out

    def reached(self, address: PeerAddress, identity: bytes, now: float) -> None:
        """A handshake with it was completed."""
        entry = self._entries.get(address)
        if entry is None:
            return
        entry.identity = identity
        entry.reached_at = entry.dialled_at = int(now)
        entry.misses = 0
        if entry.is_tried:
            self._contests.pop(self._tried_place(address), None)  # whoever wanted its place did not get it
        else:
            self._seek_tried(entry)

    def missed(self, address: PeerAddress, now: float) -> None:
        """It did not answer, or not as a node that we can talk to."""
        entry = self._entries.get(address)
        if entry is None:
            return
        entry.dialled_at = int(now)
        entry.misses += 1
        place = self._tried_place(address)
        if entry.is_tried and place in self._contests:
            self._replace(entry, place, now)

    def contested(self) -> PeerAddress | None:
        """One whose place another wants: whether it can be reached decides. For a feeler to dial."""
        place = next(iter(self._contests), None)
        return None if place is None else self._tried.at(place)

    def _seek_tried(self, entry: Entry) -> None:
        place = self._tried_place(entry.address)
        if self._tried.at(place) is None:
            self._leave_new(entry)
            entry.is_tried = True
            self._tried.put(place, entry.address)
        elif place not in self._contests and len(self._contests) < CONTESTS_MAX:
            self._contests[place] = entry.address

    def _replace(self, loser: Entry, place: int, now: float) -> None:
        """The contested address was missed: it goes back to *new*, if there is room, and the other takes its place."""
        winner = self._entries.get(self._contests.pop(place))
        if winner is None or winner.is_tried:
            return
        self._tried.clear(place)
        loser.is_tried = False
        self._seek_tried(winner)
        self._put_new(loser, group(loser.address.ip), now)

    # --- places

    def _new_place(self, address: PeerAddress, source: bytes) -> int:
        share = self.keyed(b"share", source, group(address.ip)) % NEW_BUCKETS_PER_SOURCE
        bucket = self.keyed(b"new", source, share.to_bytes(1, "big")) % NEW_BUCKETS
        return bucket * BUCKET_PLACES + self.keyed(b"place", _packed(address)) % BUCKET_PLACES

    def _tried_place(self, address: PeerAddress) -> int:
        packed = _packed(address)
        share = self.keyed(b"share", packed) % TRIED_BUCKETS_PER_GROUP
        bucket = self.keyed(b"tried", group(address.ip), share.to_bytes(1, "big")) % TRIED_BUCKETS
        return bucket * BUCKET_PLACES + self.keyed(b"place", packed) % BUCKET_PLACES

    def _put_new(self, entry: Entry, source: bytes, now: float) -> None:
        """Into the place that this source's word gives it, unless a better one has it. Without any place it is not kept."""
        place = self._new_place(entry.address, source)
        held = self._new.at(place)
        if held is None or (held != entry.address and self._yields(self._entries[held], place, now)):
            self._new.put(place, entry.address)
            entry.sources.append(source)
        if entry.sources:
            self._entries[entry.address] = entry
        else:
            self._entries.pop(entry.address, None)

    def _yields(self, holder: Entry, place: int, now: float) -> bool:
        """Whether it can go from this place: it is stale, or has others. Then it is gone from it."""
        if not holder.is_stale(now) and len(holder.sources) < 2:
            return False
        holder.sources = [source for source in holder.sources if self._new_place(holder.address, source) != place]
        if not holder.sources:
            del self._entries[holder.address]
        return True

    def _leave_new(self, entry: Entry) -> None:
        for source in entry.sources:
            self._new.clear(self._new_place(entry.address, source))
        entry.sources = []

    def _drop(self, entry: Entry) -> None:
        self._leave_new(entry)
        if entry.is_tried:
            place = self._tried_place(entry.address)
            self._tried.clear(place)
            self._contests.pop(place, None)
        del self._entries[entry.address]

    # --- what is given out

    def choose(self, chooser: Chooser, suits: Callable[[Entry], bool], *, is_new: bool = False) -> PeerAddress | None:
        """One to dial: from either table with equal chance, or only from *new*. What was missed before is taken less often."""
        for _ in range(PICKS_MAX):
            tables = (self._new, self._tried) if is_new or chooser.random() < 0.5 else (self._tried, self._new)
            address = tables[0].pick(chooser)
            if address is None and not is_new:
                address = tables[1].pick(chooser)
            if address is None:
                return None
            entry = self._entries[address]
            if suits(entry) and chooser.random() < 0.66 ** min(entry.misses, 8):
                return address
        return None

    def share(self, chooser: Chooser, now: float) -> list[PeerAddress]:
        """Some of what we know, in any order; nothing that we would not dial ourselves."""
        good = [entry.address for entry in self._entries.values() if not entry.is_stale(now)]
        count = min(ADDRESSES_MAX, max(SHARED_MIN, len(good) * SHARED_PERCENT_MAX // 100), len(good))
        for pos in range(count):
            other = pos + chooser.randrange(len(good) - pos)
            good[pos], good[other] = good[other], good[pos]
        return good[:count]

    # --- how it is kept

    def encode(self) -> bytes:
        """[version, secret, anchors, entries, marks] as msgpack, in its one form; see docs/p2p.md."""
        entries = [_entry_fields(self._entries[address]) for address in sorted(self._entries)]
        anchors = [_packed(address) for address in self.anchors]
        data: bytes = _PACK([VERSION, self._secret, anchors, entries, self.standing.to_fields()])
        return data

    @classmethod
    def decode(cls, data: bytes, *, allows_local: bool = False) -> "AddressBook":
        """Raises DamagedAddressBook for what `encode` would not have written."""
        try:
            version, secret, anchors, entries, marks = everything = msgpack.unpackb(data, max_map_len=0, max_ext_len=0)
            if (version, type(secret), len(secret)) != (VERSION, bytes, SECRET_BYTES) or _PACK(everything) != data:
                raise ValueError("it is not of this version, or not in its one form")  # noqa: TRY301 - one way out
            book = cls(secret, allows_local=allows_local)
            book.anchors = tuple(map(_ADDRESS.unpack, anchors[:ANCHORS_MAX]))
            book.standing = Standing.from_fields(marks)
            found = [_entry_of(fields) for fields in entries]
            if any(one.address >= other.address for one, other in pairwise(found)):
                raise ValueError("addresses that do not rise")  # noqa: TRY301 - as above
            for entry in found:
                book._take_in(entry)
        except (ValueError, TypeError, WrongValue, msgpack.UnpackException) as error:
            raise DamagedAddressBook(reason=error) from None
        return book

    def _take_in(self, entry: Entry) -> None:
        """An entry of the file, to the places that it had. One that is not wanted any more stays out. Raises ValueError."""
        address = entry.address
        if not self._is_wanted(address):
            return
        places = [self._new_place(address, source) for source in entry.sources]
        if entry.is_tried:
            places.append(self._tried_place(address))
        table = self._tried if entry.is_tried else self._new
        if entry.is_tried == bool(entry.sources) or any(table.at(place) is not None for place in places):
            raise ValueError("two addresses in one place, or one without any")
        for place in places:
            table.put(place, address)
        self._entries[address] = entry


def _packed(address: PeerAddress) -> bytes:
    """As in messages."""
    return address.ip + address.port.to_bytes(PORT_BYTES, "big")


def _entry_fields(entry: Entry) -> list[Any]:
    numbers = (entry.heard_at, entry.reached_at, entry.dialled_at, entry.misses)
    return [_packed(entry.address), entry.identity, *numbers, int(entry.is_tried), *entry.sources]


def _entry_of(fields: Any) -> Entry:
    """Raises ValueError or TypeError."""
    packed, identity, heard_at, reached_at, dialled_at, misses, is_tried, *sources = fields
    if any(type(number) is not int or number < 0 for number in (heard_at, reached_at, dialled_at, misses)):
        raise ValueError("a time or count that is none")
    if type(identity) is not bytes or len(identity) not in {0, IDENTITY_BYTES} or type(is_tried) is not int:
        raise ValueError("an identity or a mark that is none")
    if any(type(source) is not bytes or len(source) not in GROUP_BYTES.values() for source in sources):
        raise ValueError("a source that is none")
    if not len(frozenset(sources)) == len(sources) <= SOURCES_MAX:
        raise ValueError("too many sources, or one twice")
    return Entry(_ADDRESS.unpack(packed), heard_at, identity, reached_at, dialled_at, misses, bool(is_tried), sources)
