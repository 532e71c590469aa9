"""Hostile peers at random: changed handshakes, senseless frames, and long conversations in which anything may happen.

    python -m tests.node.p2p.fuzz [--handshakes 20000] [--frames 1000000] [--sequences 50000] [--seed 1]

The suite runs the same in small numbers. A failure names the seed and the case; both together repeat it.
"""

import gc
import pickle
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import msgpack

from node.p2p import messages as m
from node.p2p.conduct import Offence
from node.p2p.messages import LENGTH_BYTES, MESSAGES, encode, pack_batch
from node.p2p.protocol import QUEUE_BYTES_MAX, Closed, Event, Misbehaved, Opened, PeerProtocol, Received
from node.p2p.reasons import Reason
from node.p2p.session import FRAME_BYTES_MAX, Role, Session, State
from tests.node.p2p.examples import EXAMPLES, ID
from tests.node.p2p.links import Puppet, entropy, initiator, introduction, puppet_of, responder, shuttle

HELD_BYTES_MAX = FRAME_BYTES_MAX + LENGTH_BYTES + QUEUE_BYTES_MAX + m.MESSAGE_BYTES_MAX
"""All that one link may hold for its peer."""


# --- handshakes


@dataclass(frozen=True)
class Handshake:
    """The bytes of an honest one between alice and bob."""

    hello: bytes
    answer: bytes
    proof: bytes

    @classmethod
    def recorded(cls) -> "Handshake":
        one, other = cls.alice(), cls.bob()
        hello = one.handshake_data()
        other.receive(hello)
        answer = other.handshake_data()
        one.receive(answer)
        proof = one.handshake_data()
        other.receive(proof)
        assert one.state is other.state is State.OPEN
        return cls(hello, answer, proof)

    @staticmethod
    def alice() -> Session:
        return Session(Role.INITIATOR, introduction("alice"), entropy(1))

    @staticmethod
    def bob() -> Session:
        return Session(Role.RESPONDER, introduction("bob"), entropy(101))


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bits flipped, bytes set, cut out, doubled, inserted or swapped; the same bytes never come back."""
    while True:
        new = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            pos = rng.randrange(len(new) + 1)
            match rng.randrange(6):
                case 0 if pos < len(new):
                    new[pos] ^= 1 << rng.randrange(8)
                case 1 if pos < len(new):
                    new[pos] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
                case 2:
                    del new[pos : pos + rng.randint(1, 40)]
                case 3:
                    new[pos:pos] = new[pos : pos + rng.randint(1, 40)]
                case 4:
                    new[pos:pos] = rng.randbytes(rng.randint(1, 8))
                case 5:
                    other = rng.randrange(len(new) + 1)
                    new[pos : pos + 8], new[other : other + 8] = new[other : other + 8], new[pos : pos + 8]
        if bytes(new) != data:
            return bytes(new)


def fuzz_handshakes(count: int, seed: int) -> int:
    """How many of `count` changed handshakes were accepted. Both sides have the entropy of the record: the worst case."""
    rng = random.Random(seed)
    record = Handshake.recorded()
    accepted = 0
    for _ in range(count):
        flight = rng.choice(("hello", "answer", "proof"))
        honest: bytes = getattr(record, flight)
        data = changed(honest, rng)
        if data.startswith(honest):
            continue  # all of it, and something else behind: the handshake itself is as it was
        match flight:
            case "hello":
                victim = Handshake.bob()
                victim.receive(data)
                victim.receive(record.proof)
            case "answer":
                victim = Handshake.alice()
                victim.receive(data)
            case _:
                victim = Handshake.bob()
                victim.receive(record.hello)
                victim.receive(data)
        accepted += victim.is_proved or victim.state is State.OPEN
    return accepted


# --- frames


def random_value(rng: random.Random, depth: int = 0) -> Any:
    """Anything that msgpack can write."""
    match rng.randrange(12 if depth < 3 else 8):
        case 0:
            return rng.choice((0, 1, -1, 127, 128, 2**32, 2**64 - 1, -(2**63)))
        case 1:
            return rng.random()
        case 2:
            return rng.choice((None, True, False))
        case 3:
            return rng.choice(("", "a", "skald", "\x00", "ü" * 40))
        case 4 | 5 | 6:
            return rng.randbytes(rng.choice((0, 1, 8, 20, 32, 64, 300)))
        case 7:
            return msgpack.ExtType(rng.randrange(128), rng.randbytes(rng.choice((0, 1, 4, 8))))
        case 8:
            return {rng.randrange(5): random_value(rng, depth + 1) for _ in range(rng.randrange(3))}
        case _:
            return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]


def random_message_bytes(rng: random.Random) -> bytes:
    """What a peer might send as one message: sound, nearly sound, or senseless."""
    match rng.randrange(8):
        case 0 | 1 | 2:
            return changed(encode(rng.choice(EXAMPLES)), rng)
        case 3 | 4:
            return encode(random_message(rng))
        case 5:
            values = [random_value(rng) for _ in range(rng.randrange(12))]
            return bytes(msgpack.packb([rng.choice(list(MESSAGES)), *values]))
        case 6:
            head = bytes((0x90 | rng.randrange(16), rng.choice(list(MESSAGES))))
            return head + rng.randbytes(rng.randrange(60))
        case _:
            return rng.randbytes(rng.randrange(40))


def random_message(rng: random.Random) -> m.Message:
    """A sound message that may come on an open link."""
    ids = tuple(rng.randbytes(8) for _ in range(rng.choice((1, 3, 50))))
    blobs = tuple(rng.randbytes(rng.randint(1, 300)) for _ in range(rng.randrange(5)))
    return rng.choice(
        (
            m.Ping(rng.getrandbits(64)),
            m.Pong(rng.getrandbits(64), rng.getrandbits(64)),
            m.Inventory(m.InventoryKind.TRANSACTION, ids),
            m.GetTransactions(ids),
            m.Transactions(blobs),
            m.BlockAnnouncement(rng.randbytes(140), tuple(rng.randbytes(20) for _ in range(rng.randrange(4)))),
            m.GetBlockTransactions(ID, tuple(sorted({rng.randrange(99) for _ in range(1 + rng.randrange(4))}))),
            m.BlockTransactions(ID, blobs),
            m.GetBlocks(ID, rng.randint(1, 1_000), rng.randint(1, 256)),
            m.Blocks(blobs),
            m.GetPeers(),
            m.Peers(()),
            m.FinalityVote(rng.randbytes(150)),
            m.Certificate(rng.randbytes(rng.choice((1, 2_000)))),
            m.GetCertificates(rng.getrandbits(32), rng.randint(1, 64)),
            m.Certificates(blobs),
            m.Evidence(rng.randbytes(300)),
            m.StateAttestation(rng.randbytes(210)),
        )
    )


def random_payload(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return pack_batch([encode(random_message(rng)) for _ in range(rng.choice((1, 2, 10)))])
    batch = pack_batch([random_message_bytes(rng) for _ in range(rng.choice((1, 1, 1, 2, 10)))])
    return changed(batch, rng) if rng.random() < 0.1 else batch


class Watcher:
    """Reads a link's events and knows what must hold of them."""

    def __init__(self, link: PeerProtocol, *, is_open: bool = False) -> None:
        self.link = link
        self.is_open = is_open
        self.end: Closed | None = None
        self.received: list[m.Message] = []

    def take(self, events: list[Event]) -> None:
        for event in events:
            assert self.end is None, f"{event} after the end"
            match event:
                case Opened():
                    assert not self.is_open
                    self.is_open = True
                case Received(message=message):
                    assert self.is_open
                    self.received.append(message)
                case Closed():
                    self.end = event
                case Misbehaved():
                    assert event.score >= 0
        link = self.link
        assert link.size_bytes <= HELD_BYTES_MAX
        assert (link.state is State.CLOSED) == (self.end is not None) or link.next_tick is not None
        assert self.is_open or not self.received


class Victims:
    """Links that are open already, copied from one that really shook hands."""

    def __init__(self) -> None:
        self._templates = {role: pickle.dumps(puppet_of(role)) for role in Role}

    def fresh(self, rng: random.Random) -> Puppet:
        puppet: Puppet = pickle.loads(self._templates[rng.choice(list(Role))])
        return puppet


def fuzz_frames(count: int, seed: int) -> dict[str, int]:
    """Feed `count` frames of a peer that is through the handshake and says anything. Returns how links ended."""
    rng = random.Random(seed)
    victims = Victims()
    ends: dict[str, int] = {"links": 1, "received": 0}
    puppet = victims.fresh(rng)
    watcher = Watcher(puppet.link, is_open=True)
    now = 0.0
    for _ in range(count):
        now += rng.choice((0.0, 0.001, 0.05, 1.0))
        frame = puppet.session.send(random_payload(rng))
        if rng.random() < 0.05:
            frame = changed(frame, rng)
        cut = rng.randrange(len(frame)) if frame and rng.random() < 0.2 else 0
        for part in (frame[:cut], frame[cut:]) if cut else (frame,):
            watcher.take(puppet.link.receive(part, now))
        watcher.take(puppet.link.tick(now))
        puppet.link.data_to_send()
        ends["received"] += len(watcher.received)
        watcher.received.clear()
        if watcher.end is not None:
            ends[watcher.end.reason.name] = ends.get(watcher.end.reason.name, 0) + 1
            ends["links"] += 1
            puppet, now = victims.fresh(rng), 0.0
            watcher = Watcher(puppet.link, is_open=True)
    return ends


# --- sequences


@dataclass
class Line:
    """One direction between two links: bytes that are under way."""

    data: bytes = b""
    is_honest: bool = True


class Conversation:
    """Two real links and everything that may happen to them, step by step."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = rng.choice((0.0, 1_000_000.5))
        self.links = (initiator(now=self.now), responder(now=self.now))
        self.watchers = tuple(Watcher(link) for link in self.links)
        self.lines = (Line(), Line())  # from the first, from the second
        self.sent: tuple[list[m.Message], list[m.Message]] = ([], [])
        if rng.random() < 0.7:
            for watcher, events in zip(self.watchers, shuttle(*self.links, self.now), strict=True):
                watcher.take(events)
        self.were: list[State] = [link.state for link in self.links]

    def step(self) -> None:
        side = self.rng.randrange(2)
        link, watcher = self.links[side], self.watchers[side]
        match self.rng.choices(range(9), (30, 30, 30, 10, 1, 1, 1, 1, 2))[0]:
            case 0:
                self.lines[side].data += link.data_to_send()
            case 1:
                self.deliver(side)
            case 2:
                self.send(side)
            case 3:
                self.now += self.rng.choice((0.0, 0.001, 0.01, 0.1, 1.0, 1.0, 20.0, 41.0))
                watcher.take(link.tick(self.now))
            case 4:
                self.damage(side)
            case 5:
                watcher.take(link.leave(self.rng.choice(list(Reason)), self.now))
            case 6:
                watcher.take(link.lost(self.now))
            case 7:
                watcher.take(link.penalise(self.rng.choice(list(Offence)), self.now, "a test"))
            case _:
                self.now -= self.rng.random()  # a clock that should not go back, and does
        self.check(side)

    def send(self, side: int) -> None:
        message = random_message(self.rng)
        if type(message) in {m.Ping, m.Pong}:
            return
        if self.rng.random() < 0.02:
            message = m.Evidence(bytes(2_000))
        for _ in range(self.rng.choice((1, 1, 1, 400)) if type(message) is m.Evidence else 1):
            if self.links[side].send(message):
                self.sent[side].append(message)
        self.watchers[side].take(self.links[side].tick(self.now))

    def deliver(self, side: int) -> None:
        """Some of what this side has sent arrives at the other."""
        line = self.lines[side]
        size = self.rng.choice((1, 7, 100, len(line.data), len(line.data)))
        part, line.data = line.data[:size], line.data[size:]
        self.watchers[1 - side].take(self.links[1 - side].receive(part, self.now))

    def damage(self, side: int) -> None:
        line = self.lines[side]
        if line.data:
            line.data, line.is_honest = changed(line.data, self.rng), False

    def check(self, side: int) -> None:
        order = list(State)
        for number, link in enumerate(self.links):
            before, after = self.were[number], link.state
            assert before is after or order.index(after) > order.index(before) or after is State.AWAITING_PROOF
            self.were[number] = after
            link.pause_seconds(self.now)
            assert link.score(self.now) >= 0
        heard, said = self.watchers[1 - side].received, iter(self.sent[side])
        # Nothing arrives that was not said, nor in another order; what is over a budget is missing.
        assert all(any(message == one for one in said) for message in heard)


def fuzz_sequences(count: int, seed: int, steps: int = 30) -> Iterator[Conversation]:
    """Conversations of `steps` steps, each from a seed of its own; a failure tells it."""
    for number in range(count):
        conversation = Conversation(random.Random(f"{seed} {number}"))
        try:
            for _ in range(steps):
                conversation.step()
        except BaseException:
            print(f"sequence {number} of seed {seed}", file=sys.stderr)
            raise
        yield conversation


# --- the long form


def resident_kib() -> int:
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@click.command()
@click.option("--handshakes", default=20_000, show_default=True)
@click.option("--frames", default=1_000_000, show_default=True)
@click.option("--sequences", default=50_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(handshakes: int, frames: int, sequences: int, seed: int) -> None:
    """Feed links with hostile bytes; exit status 1 when anything raises or is wrongly accepted."""
    fuzz_frames(2_000, seed)  # everything is imported and every cache is filled
    before_kib, begin = resident_kib(), time.perf_counter()
    accepted = fuzz_handshakes(handshakes, seed)
    print(f"{handshakes:,} changed handshakes: {accepted} accepted ({time.perf_counter() - begin:.0f} s)", flush=True)
    begin = time.perf_counter()
    ends = fuzz_frames(frames, seed)
    print(f"{frames:,} frames: 0 exceptions ({time.perf_counter() - begin:.0f} s), {ends}", flush=True)
    begin = time.perf_counter()
    counts: dict[str, int] = {}
    for conversation in fuzz_sequences(sequences, seed):
        for watcher in conversation.watchers:
            name = watcher.end.reason.name if watcher.end else watcher.link.state.name
            counts[name] = counts.get(name, 0) + 1
    print(f"{sequences:,} sequences: 0 exceptions ({time.perf_counter() - begin:.0f} s), {counts}", flush=True)
    print(f"memory grew by {(resident_kib() - before_kib) / 1024:.1f} MiB")
    sys.exit(1 if accepted else 0)


if __name__ == "__main__":
    main()
