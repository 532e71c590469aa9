"""Who may link with us, whom we dial, and who must go: limits, back-off, duplicates, eviction."""

import random
from itertools import permutations

import pytest

from node.p2p.addresses import address_of, group, ip_of
from node.p2p.conduct import SCORE_MAX
from node.p2p.dialling import (
    BACKOFF_SECONDS,
    BACKOFF_SECONDS_MAX,
    BACKOFFS_MAX,
    CONFIGURED_BACKOFF_SECONDS_MAX,
    FEELER_SECONDS,
    SETTLED_SECONDS,
    Backoff,
    Configured,
    Dial,
)
from node.p2p.forms import PeerAddress
from node.p2p.messages import Hello
from node.p2p.peers import ANCHORS_MAX, AddressBook
from node.p2p.place import PROTECTED_GROUPS, PROTECTED_LATENCIES, PROTECTED_SERVERS, Kind, Place, weakest
from node.p2p.places import RACE_SECONDS, RATES_MAX, Parting, PlaceLimits, Places, Ruling
from node.p2p.reasons import Reason
from node.p2p.standing import REFUSED_SECONDS
from tests.node.p2p.test_peers import NOW, SECRET, SOURCE, identity, public

OURS = identity(1_000_000)
LOOPBACK = ip_of("127.0.0.1")


def hello(number: int, *, listen_port: int = 0) -> Hello:
    """What peer `number` says of itself."""
    return Hello(1, bytes(32), bytes(32), identity(number), bytes(32), bytes(32), "skald", listen_port, bytes(20))


class Node:
    """Places with names given in order, and whatever is told to leave really gone."""

    def __init__(self, *configured: Configured, limits: PlaceLimits | None = None, seed: int = 1, **book: bool) -> None:
        self.book = AddressBook(SECRET, **book)
        self.places = Places(self.book, OURS, random.Random(seed), configured, limits)
        self.now = NOW
        self.names = 0
        self.gone: list[tuple[str, Reason]] = []

    def restarted(self, *configured: Configured) -> "Node":
        other = Node(*configured)
        other.book = AddressBook.decode(self.book.encode())
        other.places = Places(other.book, OURS, random.Random(2), configured)
        other.now = self.now
        return other

    def name(self) -> str:
        self.names += 1
        return f"link-{self.names}"

    def obey(self, name: str, ruling: Ruling) -> Ruling:
        for parting in ruling.leaving:
            self.gone.append(parting)
            self.places.closed(parting.name, parting.reason, 0, self.now)
        if ruling.refused is not None and self.places.place(name) is not None:
            self.places.closed(name, ruling.refused, 0, self.now)
        return ruling

    def knock(self, ip: bytes) -> tuple[str, Ruling]:
        name = self.name()
        return name, self.obey(name, self.places.admit(name, ip, self.now))

    def enter(self, name: str, number: int, *, listen_port: int = 0) -> Ruling:
        return self.obey(name, self.places.opened(name, hello(number, listen_port=listen_port), self.now))

    def visit(self, ip: bytes, number: int, *, listen_port: int = 0) -> tuple[str, Ruling]:
        """All of an inbound link's beginning."""
        name, ruling = self.knock(ip)
        return name, ruling if ruling.refused is not None else self.enter(name, number, listen_port=listen_port)

    def dial(self, dial: Dial, number: int | None) -> tuple[str, Ruling | None]:
        """The node of that number answers, or nobody."""
        name = self.name()
        self.places.dialling(name, dial, self.now)
        if number is None:
            self.places.closed(name, Reason.LOST, 0, self.now)
            return name, None
        return name, self.enter(name, number)

    def link_all(self) -> dict[str, Dial]:
        """Dial all that is wanted; everybody answers, each as a node of its own."""
        linked = {}
        for dial in self.places.wanted(self.now):
            name, ruling = self.dial(dial, int.from_bytes(dial.address.ip[:4], "big"))
            assert ruling is not None
            if ruling.refused is None:
                linked[name] = dial
        return linked


def refusals(node: Node, ips: list[bytes]) -> list[Reason]:
    """Of peers that come from there and stay."""
    rulings = [node.visit(ip, number)[1] for number, ip in enumerate(ips)]
    return [ruling.refused for ruling in rulings if ruling.refused is not None]


# --- who comes


def test_three_links_of_a_host() -> None:
    node = Node()
    assert refusals(node, [public(1).ip] * 3) == []
    node.now += 60
    assert node.knock(public(1).ip)[1] == Ruling(Reason.FULL)
    node.places.closed("link-1", Reason.LOST, 0, node.now)
    assert node.knock(public(1).ip)[1] == Ruling()


def test_a_host_of_ipv6_is_a_whole_64() -> None:
    node = Node()
    assert refusals(node, [ip_of(f"2a00:1:2:3::{number}") for number in range(5)]) == [Reason.FULL] * 2
    assert refusals(node, [ip_of("2a00:1:2:4::1")]) == []


def test_ten_links_of_a_subnet() -> None:
    node = Node()
    assert refusals(node, [ip_of(f"8.8.8.{number}") for number in range(12)]) == [Reason.FULL] * 2
    assert refusals(node, [ip_of("8.8.9.1")]) == []


def test_new_links_of_a_host_come_one_a_second() -> None:
    node = Node()
    for _ in range(3):
        name, ruling = node.knock(public(1).ip)
        assert ruling == Ruling()
        node.places.closed(name, Reason.LOST, 0, node.now)
    assert node.knock(public(1).ip)[1] == Ruling(Reason.FULL)
    node.now += 1
    assert node.knock(public(1).ip)[1] == Ruling()
    assert node.knock(public(1).ip)[1] == Ruling(Reason.FULL)


def test_half_open_links_of_a_subnet_are_few_and_the_slowest_goes_for_the_next() -> None:
    node = Node()
    slow = [node.knock(ip_of(f"8.8.8.{number}"))[1].refused for number in range(9)]
    assert slow == [None] * 8 + [Reason.FULL]
    for number in range(24):
        assert node.knock(public(number).ip)[1] == Ruling()
    assert node.knock(public(100).ip)[1] == Ruling(None, (Parting("link-1", Reason.TOO_SLOW),))
    assert node.gone == [("link-1", Reason.TOO_SLOW)]


def test_whoever_comes_is_through_the_handshake_although_many_are_slow() -> None:
    """Reliability P6: 5,000 sockets that say nothing, from all over the world."""
    node = Node()
    for number in range(5_000):
        node.knock(public(number).ip)
    name, ruling = node.knock(public(6_000).ip)
    assert ruling.refused is None
    for number in range(20):  # as many as come within a handshake
        node.knock(public(7_000 + number).ip)
    assert node.enter(name, 1) == Ruling()


def test_a_storm_of_connections_takes_few_places() -> None:
    """Reliability P10: 10,000 connections of 10 hosts within ten seconds."""
    node = Node()
    admitted = 0
    for number in range(10_000):
        node.now += 0.001
        admitted += node.knock(public(number % 10).ip)[1].refused is None
        assert len(node.places._places) <= 100
    assert admitted <= 10 * 3


def test_rates_are_remembered_of_some_hosts_only() -> None:
    node = Node()
    for number in range(RATES_MAX + 100):
        name, _ = node.knock(public(number).ip)
        node.places.closed(name, Reason.LOST, 0, node.now)
    assert len(node.places._rates) == RATES_MAX


def test_many_nodes_of_one_machine_may_link() -> None:
    node = Node()
    assert refusals(node, [LOOPBACK] * 40) == []
    assert node.places.count(Kind.INBOUND) == 40


def test_local_links_are_bounded_by_the_totals() -> None:
    limits = PlaceLimits(inbound=5, half_open=4)
    node = Node(limits=limits)
    for number in range(50):
        node.knock(LOOPBACK)
        node.visit(LOOPBACK, number)
    assert len(node.places._places) <= 5 + 4


def test_the_hosts_of_configured_peers_are_not_counted() -> None:
    node = Node(Configured(PeerAddress(public(1).ip, 2001)))
    assert refusals(node, [public(1).ip] * 8) == []


def test_a_banned_host_is_refused_for_a_day_and_a_banned_identity_anywhere() -> None:
    node = Node()
    name, _ = node.visit(public(1).ip, 1)
    node.places.closed(name, Reason.MISBEHAVED, SCORE_MAX, node.now)
    node.now += 10
    assert node.knock(public(1).ip)[1] == Ruling(Reason.BANNED)
    assert node.visit(public(2).ip, 1)[1] == Ruling(Reason.BANNED)
    assert node.visit(public(2).ip, 2)[1] == Ruling()
    node.now += REFUSED_SECONDS
    assert node.visit(public(1).ip, 1)[1] == Ruling()


def test_what_nobody_has_proved_costs_nothing() -> None:
    node = Node()
    for _ in range(200):
        name, ruling = node.knock(public(1).ip)
        assert ruling == Ruling()
        node.places.closed(name, Reason.BAD_HANDSHAKE, 20, node.now)
        node.now += 1


def test_a_configured_peer_is_not_banned() -> None:
    dial = Dial(public(1), Kind.CONFIGURED)
    node = Node(Configured(public(1)))
    name, _ = node.dial(dial, 1)
    node.places.closed(name, Reason.MISBEHAVED, SCORE_MAX, node.now)
    node.now += 60
    assert node.places.wanted(node.now) == [dial]
    assert node.visit(public(1).ip, 1)[1] == Ruling()


def test_an_inbound_peer_that_listens_comes_into_the_book() -> None:
    node = Node(Configured(public(3)))
    node.visit(public(1).ip, 1, listen_port=2001)
    node.visit(public(2).ip, 2)
    node.visit(public(3).ip, 3, listen_port=2001)
    node.visit(LOOPBACK, 4, listen_port=2001)
    assert node.places.known(node.now) == [public(1)]


def test_addresses_count_only_from_whom_we_dialled() -> None:
    node = Node()
    name, _ = node.visit(public(1).ip, 1)
    node.places.heard(name, [public(2)], node.now)
    assert len(node.book) == 0
    node.book.hear(public(3), SOURCE, node.now)
    (dial,) = node.places.wanted(node.now)
    name, _ = node.dial(dial, 3)
    node.places.heard(name, [public(2)], node.now)
    assert public(2) in node.book


def test_who_is_linked_with_us_is_not_dialled_where_it_listens() -> None:
    node = Node()
    name, _ = node.visit(public(1).ip, 1, listen_port=2001)
    assert node.places.wanted(node.now) == []
    node.places.closed(name, Reason.LOST, 0, node.now)
    assert node.places.wanted(node.now) == [Dial(public(1), Kind.OUTBOUND)]


# --- room


def full(limits: PlaceLimits | None = None) -> Node:
    """50 inbound links of different networks, each a second younger than the one before."""
    node = Node(limits=limits)
    for number in range(50):
        assert node.visit(public(number).ip, number)[1] == Ruling()
        node.now += 1
    return node


def test_a_newcomer_takes_the_place_of_one_that_is_missed_least() -> None:
    node = full()
    _, ruling = node.visit(public(60).ip, 60)
    assert [parting.reason for parting in ruling.leaving] == [Reason.FULL]
    assert node.places.count(Kind.INBOUND) == 50


def test_old_near_and_useful_links_stay_whoever_comes() -> None:
    """An attacker of four networks with fresh links of all kinds replaces nobody but the young and useless."""
    node = full()
    near = [f"link-{number}" for number in range(41, 45)]
    useful = [f"link-{number}" for number in range(45, 49)]
    for name in near:
        node.places.measured(name, 0.001)
    for name in useful:
        node.places.served(name, node.now)
    for number in range(1_000):
        node.now += 1
        ip = bytes((90, number % 4, number >> 8, number & 255))
        name, ruling = node.visit(ip, 1_000 + number)
        if ruling.refused is None:
            node.places.measured(name, 0.05)
    gone = {name for name, _ in node.gone}
    assert not gone & {*near, *useful}
    assert len(gone & {f"link-{number}" for number in range(1, 21)}) == 0, "the oldest"
    assert sum(f"link-{number}" not in gone for number in range(1, 51)) >= 30


def test_the_youngest_of_the_largest_crowd_goes() -> None:
    places = []
    for number in range(60):
        ip = bytes((90, 0, number, 1)) if number >= 45 else public(number).ip
        places.append(Place(f"{number}", Kind.INBOUND, ip, NOW, opened_at=NOW + number))
    loser = weakest(places, lambda network: -1 if network == public(3).ip[:2] else network[0])
    assert loser is not None
    assert loser.name == "59"


def test_nobody_goes_where_all_are_protected() -> None:
    protected_count = PROTECTED_GROUPS + PROTECTED_LATENCIES + PROTECTED_SERVERS
    places = [
        Place(f"{number}", Kind.INBOUND, public(number).ip, NOW, opened_at=NOW) for number in range(protected_count)
    ]
    assert weakest(places, lambda network: network[0]) is None
    node = Node(limits=PlaceLimits(inbound=protected_count))
    for number in range(protected_count):
        node.visit(public(number).ip, number)
    assert node.visit(public(99).ip, 99)[1] == Ruling(Reason.FULL)


def test_configured_peers_have_places_of_their_own() -> None:
    node = Node(Configured(public(200), identity(200)), limits=PlaceLimits(inbound=2))
    for number in range(2):
        node.visit(public(number).ip, number)
    assert node.visit(public(200).ip, 200)[1] == Ruling()
    assert node.visit(public(3).ip, 3)[1] == Ruling(Reason.FULL)
    assert node.places.count(Kind.INBOUND) == 3


# --- whom we dial


def world(node: Node, count: int = 200) -> None:
    """So many addresses in the book, each of another network."""
    for number in range(count):
        node.book.hear(public(number), public(number).ip, node.now)


def test_eight_links_into_eight_networks() -> None:
    node = Node()
    world(node)
    for number in range(200):  # and many more of one network
        node.book.hear(PeerAddress(bytes((90, 9, 9, number)), 2001), public(number).ip, node.now)
    linked = node.link_all()
    assert len(linked) == len({group(dial.address.ip) for dial in linked.values()}) == 8
    assert {dial.kind for dial in linked.values()} == {Kind.OUTBOUND}
    assert node.places.wanted(node.now) == []


def test_one_network_gives_one_link() -> None:
    node = Node()
    for number in range(200):
        node.book.hear(PeerAddress(bytes((90, 9, 9, number)), 2001), public(number).ip, node.now)
    assert len(node.places.wanted(node.now)) == 1


def test_every_local_node_is_a_network_of_its_own() -> None:
    node = Node(allows_local=True)
    for port in range(2_001, 2_021):
        node.book.hear(PeerAddress(LOOPBACK, port), LOOPBACK, node.now)
    assert len(node.places.wanted(node.now)) == 8


def test_dials_under_way_are_counted() -> None:
    node = Node()
    world(node)
    for dial in node.places.wanted(node.now)[:5]:
        node.places.dialling(node.name(), dial, node.now)
    assert len(node.places.wanted(node.now)) == 3


def test_a_lost_link_is_replaced_by_another() -> None:
    node = Node()
    world(node)
    name, dial = next(iter(node.link_all().items()))
    node.places.closed(name, Reason.LOST, 0, node.now)
    (other,) = node.places.wanted(node.now)
    assert other.kind is Kind.OUTBOUND
    assert other != dial


def test_whoever_misbehaved_or_is_linked_already_is_not_chosen() -> None:
    node = Node(limits=PlaceLimits(outbound=1))
    world(node, 2)
    for number in range(2):
        node.book.reached(public(number), identity(number), node.now)
    node.visit(public(500).ip, 0)
    name, _ = node.visit(public(501).ip, 1)
    node.places.closed(name, Reason.MISBEHAVED, SCORE_MAX, node.now)
    assert node.places.wanted(node.now) == []


def test_a_configured_peer_is_dialled_for_ever_with_growing_pauses() -> None:
    dial = Dial(public(1), Kind.CONFIGURED, identity(1))
    node = Node(Configured(public(1), identity(1)))
    pauses, last = [], node.now
    for _ in range(2_000):
        if node.places.wanted(node.now):
            node.dial(dial, None)
            pauses.append(node.now - last)
            last = node.now
        node.now += 0.25
    assert pauses[0] == 0
    assert pauses[1] <= 2
    assert max(pauses) <= CONFIGURED_BACKOFF_SECONDS_MAX * 1.5 + 0.25
    assert len(set(pauses[-5:])) > 1, "by chance"
    assert node.dial(dial, 1)[1] == Ruling()
    node.now += SETTLED_SECONDS
    node.places.closed(f"link-{node.names}", Reason.LOST, 0, node.now)
    node.now += 2
    assert node.places.wanted(node.now) == [dial]


def test_configured_peers_are_dialled_beside_the_chosen_ones() -> None:
    configured = [Configured(address_of(f"127.0.0.1:{port}")) for port in (2001, 2002, 2003)]
    node = Node(*configured)
    world(node)
    kinds = [dial.kind for dial in node.link_all().values()]
    assert (kinds.count(Kind.CONFIGURED), kinds.count(Kind.OUTBOUND)) == (3, 8)


def test_a_configured_peer_is_neither_kept_in_the_book_nor_shared() -> None:
    """Reliability P14: a witness's address stays with those whom its operator told."""
    node = Node(Configured(public(1)))
    name, _ = node.dial(Dial(public(1), Kind.CONFIGURED), 1)
    node.places.heard(name, [public(1), public(2)], node.now)
    assert node.places.known(node.now) == [public(2)]
    assert node.restarted(Configured(public(2))).places.known(node.now) == []


def test_a_configured_peer_that_has_dialled_us_is_not_dialled() -> None:
    node = Node(Configured(public(1)))
    name, _ = node.dial(Dial(public(1), Kind.CONFIGURED), 1)
    node.now += 60
    node.places.closed(name, Reason.LOST, 0, node.now)
    node.visit(public(77).ip, 1)  # from behind another address
    node.now += 60
    assert node.places.wanted(node.now) == []


def test_no_links_of_our_choice_where_the_operator_wants_none() -> None:
    node = Node(Configured(public(1)), limits=PlaceLimits(outbound=0))
    world(node)
    assert [dial.kind for dial in node.places.wanted(node.now)] == [Kind.CONFIGURED]
    node.now += 2 * FEELER_SECONDS
    assert [dial.kind for dial in node.places.wanted(node.now)] == [Kind.CONFIGURED]


def test_a_node_that_has_dialled_itself_does_so_once() -> None:
    node = Node(Configured(address_of("127.0.0.1:2001")))
    world(node, 1)
    for dial in node.places.wanted(node.now):
        name = node.name()
        node.places.dialling(name, dial, node.now)
        node.places.closed(name, Reason.SELF, 0, node.now)
    node.now += 1_000_000
    assert node.places.wanted(node.now) == []
    assert len(node.book) == 0


def test_addresses_are_dialled_again_after_longer_and_longer() -> None:
    backoff, rng = Backoff(), random.Random(6)
    now, pauses = NOW, []
    for _ in range(12):
        backoff.miss(public(1), now, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX, rng.random())
        begin = now
        while not backoff.may_dial(public(1), now):
            now += 1
        pauses.append(now - begin)
    assert 0.5 * BACKOFF_SECONDS <= pauses[0] <= 1.5 * BACKOFF_SECONDS
    assert all(later > 1.2 * before for before, later in zip(pauses[:6:2], pauses[2:8:2], strict=True))
    assert max(pauses) <= 1.5 * BACKOFF_SECONDS_MAX
    assert backoff.may_dial(public(2), now)


def test_a_clock_that_is_set_back_lets_us_dial() -> None:
    backoff = Backoff()
    backoff.miss(public(1), NOW, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX, 0.5)
    assert not backoff.may_dial(public(1), NOW + 1)
    assert backoff.may_dial(public(1), NOW - 1)


def test_misses_are_counted_of_some_addresses_only() -> None:
    backoff = Backoff()
    for number in range(BACKOFFS_MAX + 5):
        backoff.miss(public(number), NOW, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX, 0.5)
    assert len(backoff._waits) == BACKOFFS_MAX


# --- anchors and feelers


def test_the_longest_links_are_dialled_first_after_a_restart() -> None:
    node = Node()
    world(node)
    linked = list(node.link_all().values())
    for number in range(1, 9):
        node.places.closed(f"link-{number}", Reason.LEAVING, 0, node.now)
    anchors = tuple(dial.address for dial in linked[:ANCHORS_MAX])
    assert node.book.anchors == anchors
    again = node.restarted()
    first = again.places.wanted(node.now)
    assert tuple(dial.address for dial in first[:ANCHORS_MAX]) == anchors
    assert len({group(dial.address.ip) for dial in first}) == 8
    for dial in first:
        again.dial(dial, None)
    again.now += 1
    assert not {dial.address for dial in again.places.wanted(again.now)} & set(anchors), "once"


def test_an_anchor_that_misbehaved_is_none_any_more() -> None:
    node = Node()
    world(node)
    name, dial = next(iter(node.link_all().items()))
    assert dial.address in node.book.anchors
    node.places.closed(name, Reason.MISBEHAVED, SCORE_MAX, node.now)
    assert dial.address not in node.book.anchors


def test_a_feeler_every_two_minutes_tells_who_is_there() -> None:
    node = Node()
    world(node)
    node.link_all()
    feelers = 0
    for _ in range(1_200):
        node.now += 1
        for dial in node.places.wanted(node.now):
            assert dial.kind is Kind.FEELER
            assert node.dial(dial, 500 + feelers)[1] == Ruling(Reason.LEAVING)
            assert node.book.entry(dial.address).is_tried  # type: ignore[union-attr]
            feelers += 1
    assert feelers == 1_200 // FEELER_SECONDS


def test_no_feelers_while_links_are_missing() -> None:
    node = Node()
    world(node)
    node.link_all()
    node.places.closed("link-1", Reason.LOST, 0, node.now)
    node.now += FEELER_SECONDS
    (dial,) = node.places.wanted(node.now)
    assert dial.kind is Kind.OUTBOUND


def test_a_feeler_goes_to_whose_place_is_contested() -> None:
    node = Node()
    world(node)
    node.link_all()
    node.book.contested = lambda: public(900)  # type: ignore[method-assign]
    node.now += FEELER_SECONDS
    node.places.wanted(node.now)
    node.now += FEELER_SECONDS
    assert node.places.wanted(node.now) == [Dial(public(900), Kind.FEELER)]


# --- two links between the same nodes


class Pair:
    """Two nodes, and which links each of them keeps."""

    def __init__(self, ours: bytes, theirs: bytes) -> None:
        self.ids = (ours, theirs)
        self.sides = tuple(Places(AddressBook(SECRET), one, random.Random(1)) for one in self.ids)
        self.lost: tuple[set[str], set[str]] = (set(), set())

    def open(self, name: str, dialler: int, order: tuple[int, int], now: float) -> None:
        """Both learn of a link, in this order."""
        for side in order:
            if side == dialler:
                self.sides[side].dialling(name, Dial(PeerAddress(LOOPBACK, 2001), Kind.OUTBOUND), now)
            else:
                self.sides[side].admit(name, LOOPBACK, now)

    def finish(self, name: str, side: int, now: float) -> None:
        hello = Hello(1, bytes(32), bytes(32), self.ids[1 - side], bytes(32), bytes(32), "", 0, bytes(20))
        ruling = self.sides[side].opened(name, hello, now)
        self.lost[side].update(parting.name for parting in ruling.leaving)
        if ruling.refused is not None:
            assert ruling.refused is Reason.DUPLICATE
            self.lost[side].add(name)
        for gone in self.lost[side]:
            self.sides[side].closed(gone, Reason.DUPLICATE, 0, now)


@pytest.mark.parametrize("ids", list(permutations((identity(1), identity(2)))), ids=["smaller", "larger"])
@pytest.mark.parametrize("order", [("ab", "ab"), ("ab", "ba"), ("ba", "ab"), ("ba", "ba")])
def test_links_dialled_from_both_sides_at_once_become_one(ids: tuple[bytes, bytes], order: tuple[str, str]) -> None:
    """Whatever order each side sees, both drop the same: that of the node with the larger identity."""
    pair = Pair(*ids)
    pair.open("a", 0, (0, 1), NOW)
    pair.open("b", 1, (0, 1), NOW)
    for side in (0, 1):
        for step, name in enumerate(order[side]):
            pair.finish(name, side, NOW + step)
    loser = "b" if ids[0] < ids[1] else "a"
    assert pair.lost == ({loser}, {loser})


@pytest.mark.parametrize("order", [("ab", "ab"), ("ab", "ba")])
def test_of_links_dialled_twice_by_one_side_the_other_drops_one(order: tuple[str, str]) -> None:
    pair = Pair(identity(1), identity(2))
    for name in "ab":
        pair.open(name, 0, (0, 1), NOW)
    for side in (0, 1):
        for name in order[side]:
            pair.finish(name, side, NOW)
    assert pair.lost == (set(), {order[1][0]})


@pytest.mark.parametrize("dialler", [0, 1])
@pytest.mark.parametrize("ids", list(permutations((identity(1), identity(2)))), ids=["smaller", "larger"])
def test_a_node_that_comes_back_replaces_its_dead_link(ids: tuple[bytes, bytes], dialler: int) -> None:
    """One side still holds the link from before the other's crash."""
    pair = Pair(*ids)
    pair.open("dead", dialler, (1,), NOW)  # type: ignore[arg-type]
    pair.finish("dead", 1, NOW)
    now = NOW + RACE_SECONDS + 1
    pair.open("new", 0, (0, 1), now)
    for side in (0, 1):
        pair.finish("new", side, now)
    assert pair.lost == (set(), {"dead"})


# --- things that do not happen in order


def test_news_of_links_that_are_gone_are_ignored() -> None:
    node = Node()
    node.places.measured("link-9", 0.1)
    node.places.served("link-9", NOW)
    node.places.heard("link-9", [public(1)], NOW)
    node.places.closed("link-9", Reason.LOST, 0, NOW)
    assert len(node.book) == 0


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_totals_hold(seed: int) -> None:
    rng = random.Random(seed)
    node = Node(Configured(public(1)), Configured(address_of("127.0.0.1:2001")), seed=seed)
    world(node, 100)
    dialled: dict[str, Dial] = {}
    for _ in range(1_500):
        node.now += rng.choice((0.0, 0.01, 1.0, 30.0, -5.0))
        names = list(node.places._places)
        match rng.randrange(6):
            case 0:
                ip = rng.choice((LOOPBACK, public(rng.randrange(300)).ip, public(1).ip))
                node.visit(ip, rng.randrange(200), listen_port=rng.choice((0, 2001)))
            case 1:
                node.knock(public(rng.randrange(300)).ip)
            case 2 | 3:
                for dial in node.places.wanted(node.now):
                    name = node.name()
                    node.places.dialling(name, dial, node.now)
                    dialled[name] = dial
            case 4 if names:
                name = rng.choice(names)
                if not node.places.place(name).is_open:  # type: ignore[union-attr]
                    node.enter(name, rng.randrange(200))
            case 5 if names:
                node.places.closed(rng.choice(names), rng.choice(list(Reason)), rng.choice((0, 5, 50, 100)), node.now)
        places = list(node.places._places.values())
        friends = [place for place in places if node.places._dialling.is_friend(place)]
        assert sum(place.is_inbound and not place.is_open for place in places) <= 32
        strangers = [place for place in places if place.is_inbound and place.is_open and place not in friends]
        assert len(strangers) <= 50 + 2  # where another answered for a configured peer, who did so before is a stranger
        assert sum(place.kind is Kind.OUTBOUND for place in places) <= 8
        assert sum(place.kind is Kind.FEELER for place in places) <= 1 + 1_500 * 30 // FEELER_SECONDS
        chosen = [group(place.ip) for place in places if place.kind is Kind.OUTBOUND]
        assert len(chosen) == len(set(chosen))
    assert AddressBook.decode(node.book.encode()).encode() == node.book.encode()
