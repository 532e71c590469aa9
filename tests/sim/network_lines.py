"""The network between simulated nodes: links that keep the order of messages, on lines with weather.

A link is like a connection of TCP: what is sent arrives in order, or the link breaks. Gossip may also vanish, come twice or out of order,
as it does where a node forgets what it was about to say; questions and answers never do.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from chain.finality.votes import PRECOMMIT, Vote
from node.p2p.conduct import ANSWERS, SCORE_MAX, Conduct, Offence
from node.p2p.messages import FinalityVote, Message
from node.p2p.reasons import Reason
from tests.sim.network_faults import LATENCY_MS_MAX, SLOT_MS

if TYPE_CHECKING:
    from tests.sim.network_node import Node
    from tests.sim.network_sim import World

HEALED_LATENCY_MS = (50, 300)
WEATHER_MS = 2_000
STALLED_BYTES = 200  # of a message that is held back, about
FORGIVEN_SLOTS = 12  # then whoever was banned comes again under another name
TALKS = frozenset((*ANSWERS, *ANSWERS.values()))


class End:
    """One end of a link, as its node's hub sees it (node.p2p.links.Link)."""

    def __init__(self, cable: Cable, node: Node, peer: Node, number: int) -> None:
        self.cable = cable
        self.node = node
        self.peer = peer
        self.name = f"{peer.name}#{number}"
        self.conduct = Conduct(0.0)
        self.other: End = self
        self.held: deque[Message] = deque()  # while the line to the peer is stalled
        self.arrives_at = 0
        self.latency_ms = 0
        self.weather_until = 0
        self.parcel: list[Message] | None = None  # what is on its way and arrives last

    @property
    def queued_bytes(self) -> int:
        return len(self.held) * STALLED_BYTES

    def send(self, message: Message) -> bool:
        if self.cable.end_of(self.node) is not self:
            return False
        self.cable.world.carry(self, message)
        return True

    def penalise(self, offence: Offence, detail: str) -> None:
        world = self.cable.world
        score = self.conduct.note(offence, world.now / 1_000)
        world.checks.note_penalty(self.node, self.peer, offence, detail, is_ban=score >= SCORE_MAX)
        if score >= SCORE_MAX:
            self.cable.banned_until = world.now + FORGIVEN_SLOTS * SLOT_MS
            self.leave(Reason.MISBEHAVED)

    def leave(self, reason: Reason) -> None:
        del reason
        world = self.cable.world
        world.at(world.now, partial(self.cable.close, self))


class Cable:
    """Where a link may be between two nodes; there is none while it is cut."""

    def __init__(self, world: World, one: Node, other: Node) -> None:
        self.world = world
        self.nodes = (one, other)
        self.ends: tuple[End, End] | None = None
        self.is_cut = False
        self.banned_until = 0
        self.count = 0

    def end_of(self, node: Node) -> End | None:
        if self.ends is None:
            return None
        return self.ends[0] if self.ends[0].node is node else self.ends[1]

    @property
    def may_open(self) -> bool:
        is_idle = self.ends is None and not self.is_cut and self.world.now >= self.banned_until
        return is_idle and self.nodes[0].is_up and self.nodes[1].is_up

    def open(self) -> None:
        if not self.may_open:
            return
        self.count += 1
        one, other = self.nodes
        ends = (End(self, one, other, self.count), End(self, other, one, self.count))
        ends[0].other, ends[1].other = ends[1], ends[0]
        self.ends = ends
        hellos = [end.peer.hello() for end in ends]
        for end, hello in zip(ends, hellos, strict=True):
            end.node.guarded(partial(end.node.opened, end, hello))

    def close(self, end: End | None = None) -> None:
        """Whatever is on its way is lost. `end` says which link is meant, if not whichever there is."""
        ends = self.ends
        if ends is None or (end is not None and end not in ends):
            return
        self.ends = None
        for one in ends:
            one.held.clear()
            if one.node.is_up:
                one.node.guarded(partial(one.node.closed, one))


class Lines:
    """How messages travel, by the faults of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stalled: set[tuple[str, str]] = set()  # directions in which everything is held back
        self.lonely: dict[tuple[bytes, str], bool] = {}  # votes that do not reach somebody

    def carry(self, end: End, message: Message) -> None:
        world = self.world
        faults, rng = world.faults, world.rng
        if world.is_healed:
            self._arrive(end, message, self._weather(end))
            return
        if rng.random() < faults.breaking:
            world.at(world.now + rng.randrange(SLOT_MS), partial(end.cable.close, end))
        if (end.node.name, end.peer.name) in self.stalled:
            end.held.append(message)
            return
        delay_ms = self._weather(end)
        if type(message) in TALKS:
            self._arrive(end, message, delay_ms)
            return
        if rng.random() < faults.vanishing or (faults.lonely_quorums and self._is_held_back(end, message)):
            return
        if rng.random() < faults.doubled:
            self._arrive(end, message, delay_ms)
        if rng.random() < faults.overtaking:
            world.at(world.now + rng.randint(1, 1 + 2 * delay_ms), partial(world.deliver, end.other, (message,)))
        else:
            self._arrive(end, message, delay_ms)

    def _is_held_back(self, end: End, message: Message) -> bool:
        """A precommit that only one node shall hear of."""
        world = self.world
        if not isinstance(message, FinalityVote):
            return False
        vote = Vote.decode(message.vote)
        place = (message.vote, end.peer.name)
        if place not in self.lonely:  # whichever way it comes
            self.lonely[place] = world.rng.random() < world.faults.lonely_quorums
        favourite = world.nodes[(vote.view + vote.round_num) % len(world.nodes)]
        return vote.step == PRECOMMIT and self.lonely[place] and end.peer is not favourite

    def _weather(self, end: End) -> int:
        world = self.world
        if world.now >= end.weather_until:
            end.weather_until = world.now + WEATHER_MS
            if world.is_healed:
                end.latency_ms = world.rng.randint(*HEALED_LATENCY_MS)
            else:
                drawn = int(world.rng.expovariate(1 / world.faults.latency_ms)) + 10
                end.latency_ms = min(drawn, LATENCY_MS_MAX)
        return end.latency_ms

    def _arrive(self, end: End, message: Message, delay_ms: int) -> None:
        """In order behind what was sent before. What arrives at one moment arrives together."""
        world = self.world
        time = max(end.arrives_at, world.now + delay_ms)
        if time == end.arrives_at and end.parcel is not None:
            end.parcel.append(message)
            return
        end.arrives_at = time
        end.parcel = [message]
        world.at(time, partial(self._unpack, end, end.parcel))

    def _unpack(self, end: End, parcel: list[Message]) -> None:
        if end.parcel is parcel:
            end.parcel = None
        self.world.deliver(end.other, parcel)

    def release(self, end: End) -> None:
        """What was held back goes on its way."""
        held, end.held = end.held, deque()
        for message in held:
            self._arrive(end, message, self._weather(end))
