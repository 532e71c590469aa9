"""An attacker who wants to be all that a node hears: with thousands of addresses, but in few networks (reliability A14, P9).

    python -m tests.sim.eclipse [--runs 1000] [--restarts 50] [--flood 1000000] [--seed 1]

The node, which is the real book and the real choice of links, first lives in peace for some hours. Then the attacker comes: he answers
at 5,000 addresses in four networks, always; he dials in from them, lets the node restart fifty times, tells it of nothing but himself,
and what honest peers tell is half his already. Of the honest nodes some are away at any time, and some addresses are of nobody.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import click

from node.p2p.dialling import Dial
from node.p2p.forms import PeerAddress
from node.p2p.messages import Hello
from node.p2p.peers import AddressBook
from node.p2p.place import Kind
from node.p2p.places import Places
from node.p2p.reasons import Reason

HONEST_COUNT = 300
ONLINE = 0.7
STALE_COUNT = 200
ATTACKER_GROUPS = 4
ATTACKER_COUNT = 5_000
PEACE_SECONDS = 6 * 3_600
LIFE_SECONDS = 3_600  # between two restarts
FEELER_STEP_SECONDS = 120
SETTLE_STEPS = 40  # seconds that a node has after a restart to find its links
BREAKS = 0.1  # of honest links within a life
VISITS = 60  # of the attacker within a life
ANSWER_COUNT = 60
HONEST_MIN = 2
NOBODY = Hello(1, bytes(32), bytes(32), bytes(33), bytes(32), bytes(32), "", 0, bytes(20))


class World:
    """One node under attack. `honest_counts` has the outbound links to honest nodes after each restart, and before the next."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        networks = rng.sample(range(200 * 256), HONEST_COUNT + STALE_COUNT + ATTACKER_GROUPS)
        addresses = [PeerAddress(bytes((20 + (one >> 8) % 80, one & 255, one >> 8, 7)), 2001) for one in networks]
        self.honest = addresses[:HONEST_COUNT]
        self.stale = addresses[HONEST_COUNT : HONEST_COUNT + STALE_COUNT]
        groups = [address.ip[:2] for address in addresses[-ATTACKER_GROUPS:]]
        self.attacker = [
            PeerAddress(groups[number % ATTACKER_GROUPS] + rng.randbytes(2), 2001) for number in range(ATTACKER_COUNT)
        ]
        self.is_hostile = set(self.attacker)
        self.online: set[PeerAddress] = set()
        self.now = 1_700_000_000.0
        self.links: dict[str, PeerAddress] = {}
        self.names = 0
        self.honest_counts: list[int] = []
        self.places = self.placed(AddressBook(rng.randbytes(32)))

    def placed(self, book: AddressBook) -> Places:
        return Places(book, b"\xed" + bytes(32), self.rng)

    # --- what happens

    def play(self, restarts: int) -> list[int]:
        for address in self.rng.sample(self.honest, 20):  # what it was born with
            self.places.book.hear(address, address.ip, self.now)
        self.live(PEACE_SECONDS, is_attacked=False)
        for number in range(restarts):
            self.restart(is_read_anew=number % 25 == 0)
            self.live(LIFE_SECONDS, is_attacked=True)
        return self.honest_counts

    def live(self, seconds: int, *, is_attacked: bool) -> None:
        self.online = {address for address in self.honest if self.rng.random() < ONLINE}
        self.settle()
        self.note(is_attacked=is_attacked)
        for _ in range(seconds // FEELER_STEP_SECONDS):
            if is_attacked:
                self.attack(VISITS * FEELER_STEP_SECONDS // seconds)
            self.now += FEELER_STEP_SECONDS
            self.dial()
        for name, address in list(self.links.items()):
            if address not in self.is_hostile and self.rng.random() < BREAKS:
                self.close(name, Reason.LOST)
        self.settle()
        self.note(is_attacked=is_attacked)

    def settle(self) -> None:
        for _ in range(SETTLE_STEPS):
            self.dial()
            self.now += 1

    def restart(self, *, is_read_anew: bool) -> None:
        """The book is the same after it was written and read: that takes long, and is done now and then."""
        for name in list(self.links):
            self.close(name, Reason.LEAVING)
        self.now += 5
        book = self.places.book
        self.places = self.placed(AddressBook.decode(book.encode()) if is_read_anew else book)

    def attack(self, visits: int) -> None:
        """The attacker dials in, and says where he listens."""
        for address in self.rng.choices(self.attacker, k=visits):
            self.names += 1
            name = f"visit-{self.names}"
            if self.places.admit(name, address.ip, self.now).refused is None:
                self.places.opened(name, self.hello(address), self.now)
                self.places.closed(name, Reason.LEAVING, 0, self.now)

    def dial(self) -> None:
        for dial in self.places.wanted(self.now):
            self.names += 1
            name = f"dial-{self.names}"
            self.places.dialling(name, dial, self.now)
            self.connect(name, dial)

    def connect(self, name: str, dial: Dial) -> None:
        address = dial.address
        if address not in self.is_hostile and address not in self.online:
            self.places.closed(name, Reason.LOST, 0, self.now)
            return
        ruling = self.places.opened(name, self.hello(address), self.now)
        if ruling.refused is not None:
            self.places.closed(name, ruling.refused, 0, self.now)
        else:
            self.links[name] = address
            self.places.heard(name, self.told_by(address), self.now)

    def close(self, name: str, reason: Reason) -> None:
        del self.links[name]
        self.places.closed(name, reason, 0, self.now)

    # --- what is said

    def hello(self, address: PeerAddress) -> Hello:
        identity = b"\xed" + bytes(26) + address.ip + address.port.to_bytes(2, "big")
        return Hello(*(identity if value == NOBODY.node_id else value for value in NOBODY_FIELDS), 2001, bytes(20))

    def told_by(self, address: PeerAddress) -> Iterable[PeerAddress]:
        if address in self.is_hostile:
            return self.rng.choices(self.attacker, k=ANSWER_COUNT)
        others = self.rng.choices(self.honest + self.stale, k=ANSWER_COUNT // 2)
        return others + self.rng.choices(self.attacker, k=ANSWER_COUNT // 2)

    def note(self, *, is_attacked: bool) -> None:
        if is_attacked:
            chosen = [address for name, address in self.links.items() if self.is_chosen(name)]
            self.honest_counts.append(sum(address not in self.is_hostile for address in chosen))

    def is_chosen(self, name: str) -> bool:
        place = self.places.place(name)
        return place is not None and place.kind is Kind.OUTBOUND


NOBODY_FIELDS = [getattr(NOBODY, name) for name, _ in Hello.layout.fields[:-2]]


def least_honest(seed: int, restarts: int) -> int:
    """The fewest honest outbound links that a node ever had after a restart."""
    return min(World(seed).play(restarts))


def flood(count: int, seed: int) -> tuple[int, int]:
    """(how many of `count` addresses of one peer were stored, how many there are in the book then)."""
    rng = random.Random(seed)
    book = AddressBook(rng.randbytes(32))
    for _ in range(6_000):
        address = PeerAddress(bytes((20 + rng.randrange(80),)) + rng.randbytes(3), 2001)
        book.hear(address, address.ip, 0.0)
    before, source = len(book), bytes((150, 1, 1, 1))
    for _ in range(count):
        book.hear(PeerAddress(bytes((101 + rng.randrange(25),)) + rng.randbytes(3), 2001), source, 0.0)
    return len(book) - before, len(book)


def play_all(seeds: Iterable[int], restarts: int, jobs: int) -> Iterator[int]:
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(least_honest, seeds, repeat(restarts), chunksize=4)


@click.command()
@click.option("--runs", default=1_000, show_default=True)
@click.option("--restarts", default=50, show_default=True)
@click.option("--flood", "flood_count", default=1_000_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--jobs", default=2, show_default=True)
def main(runs: int, restarts: int, flood_count: int, seed: int, jobs: int) -> None:
    """Attack many nodes; exit status 1 when more than one in a hundred is nearly alone with the attacker."""
    begin = time.perf_counter()
    stored, known = flood(flood_count, seed)
    share = stored / known
    print(f"{flood_count:,} addresses of one peer: {stored:,} stored, {share:.1%} of {known:,} ({_since(begin)})")
    begin = time.perf_counter()
    counts = Counter(play_all(range(seed, seed + runs), restarts, jobs))
    kept = sum(count for honest, count in counts.items() if honest >= HONEST_MIN)
    print(f"{runs:,} nodes, {restarts} restarts each: {kept:,} always had {HONEST_MIN} honest links ({_since(begin)})")
    print("fewest honest links → nodes:", dict(sorted(counts.items())))
    sys.exit(0 if kept >= 0.99 * runs and stored <= 1_100 and share <= 0.23 else 1)


def _since(begin: float) -> str:
    return f"{time.perf_counter() - begin:.0f} s"


if __name__ == "__main__":
    main()
