"""The book of addresses: what gets in, what stays, what is given out, and what a file may hold."""

import random
from collections.abc import Iterable

import msgpack
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from node.p2p.addresses import UnreadableAddress, address_of, group, host, ip_of, is_local, is_public, subnet
from node.p2p.conduct import POINTS, SCORE_MAX, Offence
from node.p2p.forms import PeerAddress
from node.p2p.messages import ADDRESSES_MAX
from node.p2p.peers import (
    BUCKET_PLACES,
    CONTESTS_MAX,
    LOST_MISSES_MAX,
    LOST_SECONDS,
    MISSES_MAX,
    NEW_BUCKETS,
    NEW_BUCKETS_PER_SOURCE,
    SHARED_MIN,
    SHARED_PERCENT_MAX,
    STALE_SECONDS,
    TRIED_BUCKETS,
    TRIED_BUCKETS_PER_GROUP,
    AddressBook,
    DamagedAddressBook,
    Entry,
)
from node.p2p.reasons import Reason
from node.p2p.standing import MARKS_MAX, REFUSED_SECONDS, Standing

NOW = 1_700_000_000.0
SECRET = bytes(range(32))
SOURCE = ip_of("50.1.2.3")


def identity(number: int) -> bytes:
    return b"\xed" + number.to_bytes(32, "big")


def public(number: int) -> PeerAddress:
    """25,000 networks have one each, then the second, and so on."""
    rest, network = divmod(number, 25_000)
    return PeerAddress(bytes((20 + network // 250, network % 250, rest >> 8, rest & 255)), 2001)


def anybody(entry: Entry) -> bool:
    return True


def book_with(addresses: Iterable[PeerAddress], *, secret: bytes = SECRET) -> AddressBook:
    """Each told by a network of its own."""
    book = AddressBook(secret)
    for address in addresses:
        book.hear(address, address.ip, NOW)
    return book


# --- what an address says


@pytest.mark.parametrize(
    "text", ["203.0.113.5:2001", "[2001:db8::1]:2001", "127.0.0.1:1", "[::1]:65535"], ids=["v4", "v6", "low", "high"]
)
def test_an_address_is_read_as_it_is_written(text: str) -> None:
    assert address_of(text).text == text


@pytest.mark.parametrize(
    "text", ["", ":1", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:-1", "host:1", "1.2.3.4:１"]
)
def test_invalid_address_text(text: str) -> None:
    with pytest.raises(UnreadableAddress):
        address_of(text)


def test_ipv4_within_ipv6_is_taken_apart() -> None:
    assert ip_of("::ffff:1.2.3.4") == ip_of("1.2.3.4")
    assert ip_of("fe80::1%eth0") == ip_of("fe80::1")


def test_networks() -> None:
    ip4, ip6 = ip_of("1.2.3.4"), ip_of("2a00:1:2:3:4:5:6:7")
    assert (group(ip4), subnet(ip4), host(ip4)) == (bytes((1, 2)), bytes((1, 2, 3)), ip4)
    assert (group(ip6), subnet(ip6), host(ip6)) == (ip6[:4], ip6[:6], ip6[:8])


@pytest.mark.parametrize(
    ("text", "is_everybodys", "is_ours"),
    [
        ("8.8.8.8", True, False),
        ("2a00:1450::1", True, False),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("10.1.1.1", False, True),
        ("192.168.0.1", False, True),
        ("172.16.0.1", False, True),
        ("169.254.1.1", False, True),
        ("fd00::1", False, True),
        ("fe80::1", False, True),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("100.64.0.1", False, False),
        ("224.0.0.1", False, False),
        ("ff0e::1", False, False),
        ("2002:0808:0808::1", False, False),
        ("64:ff9b::808:808", False, False),
    ],
)
def test_who_can_reach_an_address(text: str, is_everybodys: bool, is_ours: bool) -> None:
    assert (is_public(ip_of(text)), is_local(ip_of(text))) == (is_everybodys, is_ours)


# --- what gets in


@pytest.mark.parametrize("text", ["127.0.0.1:2001", "10.0.0.1:2001", "240.0.0.1:2001", "8.8.8.8:25", "[fd00::1]:2001"])
def test_hearsay_about_private_hosts_and_privileged_ports_is_not_kept(text: str) -> None:
    book = AddressBook(SECRET)
    assert not book.hear(address_of(text), SOURCE, NOW)
    assert len(book) == 0


def test_a_private_network_may_be_allowed() -> None:
    book = AddressBook(SECRET, allows_local=True)
    assert book.hear(address_of("127.0.0.1:2001"), SOURCE, NOW)
    assert not book.hear(address_of("0.0.0.0:2001"), SOURCE, NOW)
    kept = AddressBook.decode(book.encode(), allows_local=True)
    assert len(kept) == 1
    assert len(AddressBook.decode(book.encode())) == 0, "the setting was changed meanwhile"


def test_one_peer_fills_a_small_part_of_the_book() -> None:
    """Reliability P9; `python -m tests.sim.eclipse --flood 1000000` tells the million."""
    book = book_with(public(number) for number in range(3_000))
    before = len(book)
    for number in range(8_000):
        book.hear(public(100_000 + number), SOURCE, NOW)
    added = len(book) - before
    assert added <= NEW_BUCKETS_PER_SOURCE * BUCKET_PLACES <= 1_100
    assert added <= 0.23 * len(book)
    assert len(book) <= (NEW_BUCKETS + TRIED_BUCKETS) * BUCKET_PLACES < 10_000


def test_the_book_is_bounded_whoever_tells_it() -> None:
    rng = random.Random(1)
    book = AddressBook(SECRET)
    for _ in range(16_000):
        address = public(rng.randrange(1 << 22))
        book.hear(address, rng.randbytes(4), NOW)
        if rng.random() < 0.3:
            book.reached(address, identity(1), NOW)
    assert 6_000 < len(book) <= (NEW_BUCKETS + TRIED_BUCKETS) * BUCKET_PLACES


def test_one_network_fills_a_small_part_of_the_tried_table() -> None:
    book = AddressBook(SECRET)
    for number in range(3_000):
        address = PeerAddress(ip_of(f"20.1.{number >> 8 & 255}.{number & 255}"), 2001)
        book.hear(address, number.to_bytes(4, "big"), NOW)
        book.reached(address, identity(number), NOW)
    assert book.tried_count <= TRIED_BUCKETS_PER_GROUP * BUCKET_PLACES


def test_who_tells_an_address_first_cannot_push_it_out_once_others_have_told_it() -> None:
    honest, mallory = public(1), SOURCE
    book = AddressBook(SECRET)
    book.hear(honest, mallory, NOW)
    for number in range(3):
        book.hear(honest, ip_of(f"60.{number}.0.1"), NOW)
    for number in range(8_000):
        book.hear(public(1_000 + number), mallory, NOW)
    assert honest in book


def test_a_fresh_address_does_not_push_out_another_but_a_stale_one_yields() -> None:
    book = AddressBook(SECRET)
    numbers = iter(range(1 << 20))
    while book.hear(public(number := next(numbers)), SOURCE, NOW):
        pass
    refused = public(number)
    assert refused not in book
    assert not book.hear(refused, SOURCE, NOW + STALE_SECONDS)
    assert book.hear(refused, SOURCE, NOW + STALE_SECONDS + 1)
    assert len(book) == number


@pytest.mark.parametrize(
    ("reached_ago", "misses", "is_stale"),
    [
        (None, MISSES_MAX - 1, False),
        (None, MISSES_MAX, True),
        (LOST_SECONDS, LOST_MISSES_MAX, False),
        (LOST_SECONDS + 1, LOST_MISSES_MAX - 1, False),
        (LOST_SECONDS + 1, LOST_MISSES_MAX, True),
    ],
)
def test_when_an_address_is_stale(reached_ago: int | None, misses: int, is_stale: bool) -> None:
    reached_at = 0 if reached_ago is None else int(NOW) - reached_ago
    assert Entry(public(1), int(NOW), reached_at=reached_at, misses=misses).is_stale(NOW) is is_stale


# --- tried


def rivals(book: AddressBook) -> tuple[PeerAddress, PeerAddress]:
    """Two addresses that have a place in *tried* in common: the second was refused it."""
    held: dict[int, PeerAddress] = {}
    for number in range(100_000):
        address = public(number)
        place = book._tried_place(address)
        if place in held:
            return held[place], address
        held[place] = address
    raise AssertionError


def test_who_was_reached_is_tried() -> None:
    book = book_with([public(1), public(2)])
    book.reached(public(1), identity(1), NOW + 5)
    entry = book.entry(public(1))
    assert entry is not None
    assert (entry.is_tried, entry.identity, entry.reached_at, entry.sources) == (True, identity(1), NOW + 5, [])
    assert (book.tried_count, len(book)) == (1, 2)


def test_a_tried_address_is_dialled_before_another_takes_its_place() -> None:
    book = AddressBook(SECRET)
    old, new = rivals(book)
    for address in (old, new):
        book.hear(address, address.ip, NOW)
        book.reached(address, identity(1), NOW)
    assert book.contested() == old
    assert (book.entry(old).is_tried, book.entry(new).is_tried) == (True, False)  # type: ignore[union-attr]
    book.reached(old, identity(1), NOW + 1)
    assert book.contested() is None
    assert book.entry(old).is_tried  # type: ignore[union-attr]
    book.reached(new, identity(1), NOW + 2)
    assert book.contested() == old
    book.missed(old, NOW + 3)
    assert book.contested() is None
    assert (book.entry(old).is_tried, book.entry(new).is_tried) == (False, True)  # type: ignore[union-attr]


def test_contests_are_bounded() -> None:
    book = AddressBook(SECRET)
    for number in range(3_000):
        book.hear(public(number), number.to_bytes(4, "big"), NOW)
        book.reached(public(number), identity(number), NOW)
    assert len(book._contests) == CONTESTS_MAX


def test_a_missed_address_that_nobody_contests_stays_tried() -> None:
    book = book_with([public(1)])
    book.reached(public(1), identity(1), NOW)
    book.missed(public(1), NOW)
    assert book.entry(public(1)).is_tried  # type: ignore[union-attr]


def test_forgotten_addresses_leave_nothing_behind() -> None:
    book = AddressBook(SECRET)
    empty = book.encode()
    old, new = rivals(book)
    for address in (old, new, public(200_000)):
        book.hear(address, address.ip, NOW)
        book.reached(address, identity(1), NOW)
    for address in (old, new, public(200_000), public(200_001)):
        book.forget(address)
    assert book.encode() == empty
    assert book.contested() is None


# --- what is given out


def test_a_full_bucket_is_no_likelier_than_a_single_address() -> None:
    """An attacker's network tells 8,000 addresses; a hundred others tell one each."""
    rng = random.Random(2)
    book = AddressBook(SECRET)
    for number in range(8_000):
        book.hear(public(number), SOURCE, NOW)
    honest = [PeerAddress(ip_of(f"{100 + number}.1.1.1"), 2001) for number in range(26, 126)]
    for address in honest:
        book.hear(address, address.ip, NOW)
    assert len(book) > 8 * len(honest)
    chosen = [book.choose(rng, anybody) for _ in range(2_000)]
    assert sum(address in honest for address in chosen) > 1_200


def test_what_was_missed_before_is_chosen_less_often() -> None:
    rng = random.Random(3)
    book = book_with([public(1), public(1_000)])
    for _ in range(2):
        book.missed(public(1), NOW)
    chosen = [book.choose(rng, anybody) for _ in range(1_000)]
    assert 150 < chosen.count(public(1)) < 450


def test_only_what_suits_is_chosen() -> None:
    rng = random.Random(4)
    book = book_with(map(public, range(50)))
    book.reached(public(7), identity(7), NOW)
    assert book.choose(rng, lambda entry: entry.address == public(7)) == public(7)
    assert book.choose(rng, lambda entry: entry.is_tried, is_new=True) is None
    assert book.choose(rng, lambda entry: False) is None
    assert AddressBook(SECRET).choose(rng, anybody) is None


def test_an_answer_holds_a_part_of_the_book_and_nothing_stale() -> None:
    rng = random.Random(5)
    book = book_with(map(public, range(2_000)))
    shared = book.share(rng, NOW)
    assert len(set(shared)) == len(shared) == len(book) * SHARED_PERCENT_MAX // 100
    assert all(address in book for address in shared)
    assert book.share(rng, NOW) != shared
    assert book.share(rng, NOW + STALE_SECONDS + 1) == []
    small = book_with(map(public, range(10)))
    assert sorted(small.share(rng, NOW)) == sorted(map(public, range(10)))
    assert SHARED_MIN >= 10
    large = book_with(map(public, range(6_500)))
    assert len(large.share(rng, NOW)) == ADDRESSES_MAX


# --- who misbehaved


def test_whoever_reached_the_limit_is_refused_for_a_day_by_host_and_by_identity() -> None:
    standing = Standing()
    ip, other_ip = ip_of("1.2.3.4"), ip_of("1.2.3.5")
    standing.note(ip, identity(1), Reason.MISBEHAVED, SCORE_MAX, NOW)
    for now, is_refused in ((NOW, True), (NOW + REFUSED_SECONDS - 1, True), (NOW + REFUSED_SECONDS, False)):
        assert standing.is_refused(ip, b"", now) is is_refused
        assert standing.is_refused(other_ip, identity(1), now) is is_refused
        assert not standing.is_refused(other_ip, identity(2), now)


def test_points_of_several_links_add_up_and_fade() -> None:
    standing, ip = Standing(), ip_of("1.2.3.4")
    standing.note(ip, identity(1), Reason.LOST, 60, NOW)
    assert not standing.is_refused(ip, identity(1), NOW)
    standing.note(ip, identity(2), Reason.LOST, 60, NOW + REFUSED_SECONDS // 2)
    assert not standing.is_refused(ip, identity(2), NOW + REFUSED_SECONDS // 2), "30 of the first are gone"
    standing.note(ip, identity(3), Reason.LEAVING, 20, NOW + REFUSED_SECONDS // 2)
    assert standing.is_refused(ip, b"", NOW + REFUSED_SECONDS // 2)


@pytest.mark.parametrize(
    ("reason", "offence"),
    [
        (Reason.TOO_SLOW, Offence.TOO_SLOW),
        (Reason.SLOW_READER, Offence.SLOW_READER),
        (Reason.BAD_FRAME, Offence.BROKEN_FRAME),
        (Reason.BAD_HANDSHAKE, Offence.BAD_HANDSHAKE),
    ],
)
def test_a_bad_line_leaves_no_mark(reason: Reason, offence: Offence) -> None:
    standing, ip = Standing(), ip_of("1.2.3.4")
    for _ in range(100):
        standing.note(ip, identity(1), reason, POINTS[offence], NOW)
    assert not standing.is_refused(ip, identity(1), NOW)
    assert standing.to_fields() == [[], []]


def test_local_hosts_get_no_marks_but_their_identities_do() -> None:
    standing, ip = Standing(), ip_of("127.0.0.1")
    standing.note(ip, identity(1), Reason.MISBEHAVED, SCORE_MAX, NOW)
    assert standing.is_refused(ip, identity(1), NOW)
    assert not standing.is_refused(ip, identity(2), NOW)


def test_marks_are_bounded() -> None:
    standing = Standing()
    for number in range(MARKS_MAX + 10):
        standing.note(public(number).ip, identity(number), Reason.MISBEHAVED, SCORE_MAX, NOW)
    assert [len(marks) for marks in standing.to_fields()] == [MARKS_MAX, MARKS_MAX]
    newest = MARKS_MAX + 9
    assert standing.is_refused(public(newest).ip, identity(newest), NOW)


def test_a_clock_that_was_set_back_does_not_refuse_for_longer() -> None:
    standing, ip = Standing(), ip_of("1.2.3.4")
    standing.note(ip, identity(1), Reason.MISBEHAVED, SCORE_MAX, NOW)
    assert standing.is_refused(ip, b"", NOW - 3_600)
    assert not standing.is_refused(ip, b"", NOW - 10 * REFUSED_SECONDS)


# --- the file


def lived_in(seed: int) -> AddressBook:
    """A book to which everything has happened that can."""
    rng = random.Random(seed)
    book = AddressBook(rng.randbytes(32))
    for number in range(rng.randrange(400)):
        address = public(rng.randrange(2_000))
        match rng.randrange(5):
            case 0 | 1:
                book.hear(address, rng.randbytes(rng.choice((4, 16))), NOW + number)
            case 2:
                book.reached(address, identity(number), NOW + number)
            case 3:
                book.missed(address, NOW + number)
            case _:
                book.standing.note(address.ip, identity(number), Reason.LEAVING, rng.randrange(150), NOW)
    book.anchors = tuple(public(number) for number in range(rng.randrange(5)))
    return book


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_book_is_the_same_after_a_restart(seed: int) -> None:
    book = lived_in(seed)
    again = AddressBook.decode(book.encode())
    assert again.encode() == book.encode()
    assert (len(again), again.tried_count, again.anchors) == (len(book), book.tried_count, book.anchors)
    rng = random.Random(seed)
    for number in range(100):  # and goes on alike
        address = public(rng.randrange(2_000))
        for one in (book, again):
            one.hear(address, address.ip, NOW + number)
            one.reached(address, identity(number), NOW + number)
    assert again.tried_count == book.tried_count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 1 << 30), st.integers(0, 255))
@example(seed=209, where=95_623, what=235)  # makes an address equal to another one
def test_a_damaged_file_is_refused_or_read_as_what_it_says(seed: int, where: int, what: int) -> None:
    data = bytearray(lived_in(seed).encode())
    data[where % len(data)] ^= what
    try:
        book = AddressBook.decode(bytes(data))
    except DamagedAddressBook:
        return
    assert len(book.encode()) <= len(data)
    for address in list(book._entries):
        book.forget(address)
    assert (len(book), len(book._new), len(book._tried)) == (0, 0, 0)


def spelled(data: bytes, change: str) -> bytes:
    """The same book, written by somebody who keeps to no rule."""
    version, secret, anchors, entries, marks = msgpack.unpackb(data)
    match change:
        case "version":
            version = 2
        case "secret":
            secret += b"\x00"
        case "twice":
            entries.append(entries[0])
        case "same":  # the address of another entry, told by another network
            entries[1] = [*entries[0][:7], b"\x01\x02"]
        case "order":
            entries.reverse()
        case "longer":
            return data.replace(b"\x01", b"\xcc\x01", 1)
        case "behind":
            return data + b"\x00"
        case "place":
            entries[0][6] = 1
        case "time":
            entries[0][2] = -1
        case "identity":
            entries[0][1] = b"\xed"
        case "sources":
            entries[0] += [b"xx"] * 9
        case "address":
            entries[0][0] = bytes(18)[:7]
        case "mark":
            marks[1].append([b"short", 1, 1])
        case "map":
            entries[0][1] = {}
        case "text":
            secret = secret.hex()
    return bytes(msgpack.packb([version, secret, anchors, entries, marks]))


@pytest.mark.parametrize(
    "change",
    [
        *("version", "secret", "twice", "same", "order", "longer", "behind", "place", "time"),
        *("identity", "sources", "address", "mark", "map", "text"),
    ],
)
def test_invalid_file(change: str) -> None:
    book = book_with(map(public, range(5)))
    data = spelled(book.encode(), change)
    assert data != book.encode()
    with pytest.raises(DamagedAddressBook):
        AddressBook.decode(data)


@given(st.binary(max_size=200))
def test_senseless_bytes_are_no_book(data: bytes) -> None:
    with pytest.raises(DamagedAddressBook):
        AddressBook.decode(data)
