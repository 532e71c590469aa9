"""A network of whole nodes in a bad world: real cores and hubs; a network, disks, clocks and people that follow from one seed.

Time runs in two phases. In the first, everything that a seed has drawn happens. Then the network heals: all nodes are up, all links
open and the clocks right, and soon there must be one head, and new final blocks at every honest node. What must never happen is checked
whenever it could (`network_checks`).

Everything is a queue of (milliseconds, number, action); the same seed plays the same way.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import blake2b

from node.p2p.messages import Message, decode, encode
from tests.sim.finality_toys import Crash
from tests.sim.network_chain import start_of
from tests.sim.network_checks import Checks, Result
from tests.sim.network_disk import SignFile
from tests.sim.network_faults import SLOT_MS, Faults
from tests.sim.network_league import League, Liar
from tests.sim.network_lines import Cable, End, Lines
from tests.sim.network_memo import one_reading_for_all
from tests.sim.network_node import Node
from tests.sim.network_people import People

HEAL_SLOTS = 96  # within which a healed network must have made a block final that was made after it healed
SILENT_SLOTS = 8  # without any block, after which somebody looks
FULL_CHECK_SLOTS = 8
FULL_MESH_MAX = 8  # nodes that may all be linked with each other; more only with some
MESH_MIN = 5  # so many always are
PAUSES_MS = (100, SLOT_MS, 10 * SLOT_MS)


class World:
    """`make_sign_file` is what mutants replace, like rules of the real thing."""

    is_full_mesh = False  # whatever the seed says

    def __init__(
        self, seed: int, nodes: int, faults: Faults | None = None, *, sign_file: type[SignFile] = SignFile
    ) -> None:
        self.rng = random.Random(seed * 1_000 + nodes)
        self.faults = faults or Faults.drawn(self.rng, nodes)
        self.start = start_of(nodes, is_real=self.faults.signs_for_real)
        self.offset = self.start.time - self.start.genesis.params.genesis_time  # of our zero, in seconds of the chain
        self.make_sign_file = sign_file
        self.now = 0
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0
        self.trace = blake2b(digest_size=16)
        self.is_healed = False
        self.result = Result(seed, nodes)
        self.checks = Checks(self)
        self.lines = Lines(self)
        self.league = League(self)
        self.nodes = self._make_nodes(nodes)
        self.honest = [node for node in self.nodes if node.is_honest]
        self.cables = self._make_cables()
        self.people = People(self)

    # who there is

    def _make_nodes(self, count: int) -> list[Node]:
        """One witness each; whom nobody votes for at first is with an honest node, as is the founder."""
        faults, rng, start = self.faults, self.rng, self.start
        witnesses = list(start.witnesses)
        liars = frozenset(rng.sample(witnesses, faults.byzantine))
        self.checks.byzantine = liars
        guests = ["founder", *start.reserves]
        honest = [name for name in witnesses if name not in liars]
        hosts: dict[str, list[str]] = {name: [name] for name in witnesses}
        for guest in guests:
            hosts[rng.choice(honest)].append(guest)
        nodes: list[Node] = []
        for number, name in enumerate(witnesses):
            make = Liar if name in liars else Node
            nodes.append(make(self, f"node-{number}", tuple(hosts[name])))
        nodes += [Node(self, f"late-{number}", (), is_late=True) for number in range(faults.late_joiners)]
        skilled = [node for node in nodes if node.is_honest and node.witnesses]
        for node in nodes:
            node.is_forced = not faults.careful or node is skilled[0]
            node.skew_ms = rng.randint(-faults.skew_ms_max, faults.skew_ms_max)
            node.drift_ppm = rng.randint(-faults.drift_ppm_max, faults.drift_ppm_max)
        return nodes

    def _make_cables(self) -> list[Cable]:
        """All with all, or a ring with some chords."""
        nodes = self.nodes
        count = len(nodes)
        pairs = {(one, other) for other in range(count) for one in range(other)}
        if not self.is_full_mesh and (count > FULL_MESH_MAX or (count > MESH_MIN and self.rng.random() < 0.5)):
            ring = {tuple(sorted((at, (at + 1) % count))) for at in range(count)}
            chords = {tuple(sorted(self.rng.sample(range(count), 2))) for _ in range(count)}
            pairs = ring | chords  # type: ignore[assignment]  # they are pairs
        return [Cable(self, nodes[one], nodes[other]) for one, other in sorted(pairs)]

    def neighbours(self, node: Node) -> list[End]:
        """The ends of a node's links."""
        ends = (cable.end_of(node) for cable in self.cables if node in cable.nodes)
        return [end for end in ends if end is not None]

    # time

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.queue, (time_ms, self.count, action))

    def run(self) -> Result:
        faults = self.faults
        for node in self.nodes:
            is_late = node.name.startswith("late")
            self.at(self.rng.randrange(faults.chaos_slots * SLOT_MS) if is_late else 0, partial(self.start_node, node))
        end = faults.chaos_slots + HEAL_SLOTS
        self.at(1, partial(self.begin_slot, 0))
        self.at(faults.chaos_slots * SLOT_MS, self.heal)
        while self.queue and self.now <= end * SLOT_MS:
            self.now, _, action = heapq.heappop(self.queue)
            self.result.events += 1
            action()
            if self.result.heal_slots >= 0 and self.result.one_head_slots >= 0:
                break
        return self._end()

    def _end(self) -> Result:
        for node in self.honest:
            if node.is_up:
                self.checks.full(node)
        self.result.final_num = min(node.final_num for node in self.honest)
        self.trace.update(f"{self.now} {self.count}".encode())
        self.result.trace = self.trace.hexdigest()
        return self.result

    def begin_slot(self, slot: int) -> None:
        self.at((slot + 1) * SLOT_MS, partial(self.begin_slot, slot + 1))
        rng, faults = self.rng, self.faults
        if self.is_healed:
            self.at(self.now + 2 * SLOT_MS // 3, self.see_whether_healed)
        else:
            self._go_wrong(faults)
        self._link_again()
        self.people.act()
        self.league.begin_slot(slot)
        up = [node for node in self.honest if node.is_up]
        if up and slot % FULL_CHECK_SLOTS == FULL_CHECK_SLOTS - 1:
            self.checks.full(rng.choice(up))

    def _go_wrong(self, faults: Faults) -> None:
        rng = self.rng
        if rng.random() < faults.partitions:
            self._cut()
        if rng.random() < faults.stalls:
            self._stall()
        if faults.flapping:
            for cable in self.cables:
                if cable.ends is not None and rng.random() < faults.flapping:
                    self.at(self.now + rng.randrange(SLOT_MS), cable.close)
        if faults.crashes:
            for node in self.nodes:
                if node.is_up and rng.random() < faults.crashes:
                    self.at(self.now + rng.randrange(SLOT_MS), partial(self.crash, node))

    def _link_again(self) -> None:
        """Whoever has lost a link dials again."""
        for cable in self.cables:
            if cable.may_open:
                delay_ms = self.rng.randint(10, 200) if self.is_healed else self.rng.randint(10, 2 * SLOT_MS)
                self.at(self.now + delay_ms, cable.open)

    # the network

    def carry(self, end: End, message: Message) -> None:
        self.lines.carry(end, message)

    def deliver(self, end: End, messages: Iterable[Message]) -> None:
        """To whoever holds this end, if the link still stands."""
        node = end.node
        if self.faults.speaks_bytes:
            messages = [decode(encode(message)) for message in messages]
        for message in messages:
            if end.cable.end_of(node) is not end:
                return
            self.result.events += 1
            node.guarded(partial(node.received, end, message))

    def _side(self) -> frozenset[str]:
        return frozenset(node.name for node in self.rng.sample(self.nodes, self.rng.randint(1, len(self.nodes) - 1)))

    def _parting_ms(self) -> int:
        return self.rng.randint(1, self.faults.parting_slots_max) * SLOT_MS

    def _cut(self) -> None:
        """Links between two sides break, and cannot be opened for a while."""
        self._cut_off(self._side())

    def isolate(self, node: Node) -> None:
        """Nobody shall learn what this node has just learnt."""
        self.at(self.now, partial(self._cut_off, frozenset((node.name,))))

    def _cut_off(self, side: frozenset[str]) -> None:
        crossing = [cable for cable in self.cables if len({node.name in side for node in cable.nodes}) == 2]
        for cable in crossing:
            cable.is_cut = True
            cable.close()
        self.at(self.now + self._parting_ms(), partial(self._join, crossing))

    @staticmethod
    def _join(cables: list[Cable]) -> None:
        for cable in cables:
            cable.is_cut = False

    def _stall(self) -> None:
        """Nothing comes through from one side to the other for a while, and perhaps not the other way either; then everything does."""
        side = self._side()
        names = [node.name for node in self.nodes]
        pairs = {(one, other) for one in names for other in names if one in side and other not in side}
        if self.rng.random() < 0.5:
            pairs |= {(other, one) for one, other in sorted(pairs)}
        pairs -= self.lines.stalled
        self.lines.stalled |= pairs
        self.at(self.now + self._parting_ms(), partial(self._flow, pairs))

    def _flow(self, pairs: set[tuple[str, str]]) -> None:
        self.lines.stalled -= pairs
        for cable in self.cables:
            for end in cable.ends or ():
                if (end.node.name, end.peer.name) in pairs:
                    self.lines.release(end)

    # crashes

    def start_node(self, node: Node) -> None:
        if not node.survives(node.start):
            self.result.recoveries_crashed += 1
            self.crash(node)
            return
        for cable in self.cables:
            if node in cable.nodes and cable.may_open:
                self.at(self.now + self.rng.randint(10, 200), cable.open)

    def crash(self, node: Node) -> None:
        """The power goes. Links break at once at this end, and soon at the other."""
        if not node.is_up and not node.is_recovering:
            return
        node.is_up = node.is_recovering = False
        self.result.crashes += 1
        if self.faults.loses_unsynced:
            node.disk.lose_unsynced(self.rng)
        node.signed.after_crash()
        for cable in self.cables:
            if node in cable.nodes:
                cable.close()
        pause_ms = 1 if self.is_healed else self.rng.choice(PAUSES_MS)
        self.at(self.now + pause_ms, partial(self._restart, node))

    def _restart(self, node: Node) -> None:
        if not node.is_up:
            self.start_node(node)

    def _maybe_crash(self, chance: float) -> None:
        if chance and not self.is_healed and self.rng.random() < chance:
            raise Crash

    def maybe_crash_at_write(self, node: Node) -> None:
        faults = self.faults
        self._maybe_crash(faults.crashes_in_recovery if node.is_recovering else faults.crashes_at_writes)

    def maybe_crash_at_signing(self, node: Node) -> None:
        if not node.is_recovering:
            self._maybe_crash(self.faults.crashes_at_signing)

    def maybe_crash_before_sending(self, node: Node) -> None:
        if not node.is_recovering:
            self._maybe_crash(self.faults.crashes_before_sending)

    # the second phase

    def heal(self) -> None:
        self.is_healed = True
        self.lines.stalled.clear()
        for cable in self.cables:
            cable.is_cut = False
            for end in cable.ends or ():
                self.lines.release(end)
        for node in self.nodes:
            node.skew_ms = self.rng.randint(-200, 200)
            node.drift_ppm = 0
            if not node.is_up:
                self.start_node(node)
        if self.faults.is_league_silent_after_heal:
            self.league.fall_silent()

    def see_whether_healed(self) -> None:
        """Two thirds into a slot: have all honest nodes one head, and do they have blocks final that were made after healing?"""
        result = self.result
        slots = self.now // SLOT_MS - self.faults.chaos_slots
        if any(not node.is_up for node in self.honest):
            return
        if slots == SILENT_SLOTS:
            self._force_if_silent()
        if result.one_head_slots < 0 and len({node.chain.head_id for node in self.honest}) == 1:
            result.one_head_slots = slots
        healed_at = self.start.time + self.faults.chaos_slots * 3
        if result.heal_slots < 0 and all(self._final_time(node) > healed_at for node in self.honest):
            result.heal_slots = slots

    def _force_if_silent(self) -> None:
        """Careful nodes that have all been restarted wait for each other's blocks: somebody who is scheduled has to be told to begin.

        The one that began the chain may have lost its place in the schedule since.
        """
        healed_at = self.start.time + self.faults.chaos_slots * 3
        if any(node.chain.state.globals.time > healed_at for node in self.honest):
            return
        scheduled = self.honest[0].chain.state.schedule.shuffled
        node = next(node for node in self.honest if not node.is_forced and set(node.witnesses) & set(scheduled))
        node.is_forced = True
        self.crash(node)

    @staticmethod
    def _final_time(node: Node) -> int:
        return node.chain.block(node.final_num).header.timestamp if node.final_num else 0

    def note_final(self, node: Node, num: int, block_id: bytes) -> None:
        """A node has a new final block."""
        if num > self.start.num:
            made_at = node.chain.block(num).header.timestamp - self.start.time
            self.result.lags.append(self.now - made_at * 1_000)
        self.league.note_final(node, block_id)


def run(world: World) -> Result:
    """Raises Violation."""
    with one_reading_for_all():
        return world.run()


def play(seed: int, nodes: int, faults: Faults | None = None, *, sign_file: type[SignFile] = SignFile) -> Result:
    """One world. Raises Violation."""
    return run(World(seed, nodes, faults, sign_file=sign_file))
