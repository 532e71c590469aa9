"""A node of a simulated network: a real NodeCore with a real Hub, over a disk that survives what the power does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chain.block import NO_BLOCK_ID
from chain.chain import Chain
from chain.store import BrokenStore
from node.core import Input, NodeCore, Spare, Tick
from node.effects import BlockApplied, Effect, GossipBlock, GossipVote
from node.p2p.hub import Hub
from node.p2p.messages import PROTOCOL_VERSION, Hello, Message
from node.producing import ProducingRules, Production
from tests.sim.finality_toys import Crash
from tests.sim.network_chain import BIRTH
from tests.sim.network_disk import Disk

if TYPE_CHECKING:
    from tests.sim.network_lines import End
    from tests.sim.network_sim import World

WORKS_MAX = 10_000  # downloaded blocks in a row, far more than there are
TICK_MS_MIN = 300  # the hub would like to be ticked oftener; here that only costs time


class Node:
    """`disk` and `signed` are what it finds again after a crash. A late joiner begins with nothing."""

    def __init__(self, world: World, name: str, witnesses: tuple[str, ...], *, is_late: bool = False) -> None:
        self.world = world
        self.name = name
        self.witnesses = witnesses
        self.disk = Disk(partial(world.maybe_crash_at_write, self))
        if not is_late:
            self.disk.pairs.update(world.start.pairs)
        self.signed = world.make_sign_file(partial(world.maybe_crash_at_signing, self))
        self.skew_ms = 0
        self.drift_ppm = 0
        self.is_up = False
        self.is_recovering = False
        self.is_forced = True
        self.started_at = 0
        self.wakes_at = -1
        self.final_num = 0  # as we have seen it last, also before a crash
        self.final_id = NO_BLOCK_ID
        self.nonce = b""

    @property
    def is_honest(self) -> bool:
        return True

    @property
    def now(self) -> float:
        """By its own clock, in seconds."""
        elapsed = self.world.now
        return BIRTH + self.world.offset + (elapsed + self.skew_ms + elapsed * self.drift_ppm // 1_000_000) / 1_000

    def world_ms(self, time: float) -> int:
        """When its clock will show this."""
        local_ms = int((time - BIRTH - self.world.offset) * 1_000) - self.skew_ms
        return local_ms * 1_000_000 // (1_000_000 + self.drift_ppm) + 1

    # life

    def start(self) -> None:
        """Also after a crash. Raises Crash or BrokenStore where the next one comes before it is up."""
        world = self.world
        self.disk.is_dead = False
        self.is_recovering = True
        rules = ProducingRules(participation_percent_min=0, is_forced=self.is_forced)
        production = Production(self.witnesses, world.start.signing_keys(self.witnesses), rules, self.signed)
        self.chain = Chain(self.disk, world.start.genesis, signers=world.start.signers(), with_history=False)
        self.core = NodeCore(self.chain, production)
        self.hub = Hub(self.core, self.handle)
        self.is_up = True
        self.started_at = world.now
        world.checks.note_start(self)
        self.look()
        self.is_recovering = False

    def guarded(self, action: Callable[[], None]) -> None:
        """Whatever happens in a node may be its end."""
        if self.is_up and not self.survives(action):
            self.world.crash(self)

    def survives(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except Crash:
            return False
        except BrokenStore:
            if not self.disk.is_dead:
                raise
            return False
        return True

    # what reaches it

    def opened(self, end: End, hello: Hello) -> None:
        self.hub.opened(end, hello, self.now)
        self._work()

    def closed(self, end: End) -> None:
        self.hub.closed(end, self.now)
        self._work()

    def received(self, end: End, message: Message) -> None:
        self.hub.received(end, message, self.now)
        self._work()

    def look(self) -> None:
        """Time has passed."""
        self.handle(Tick())
        now = self.now
        if now >= self.hub.next_tick:
            self.hub.tick(now)
        self._work()
        self._sleep(self.world_ms(self.core.next_tick_time(now)))

    def _work(self) -> None:
        hub, now = self.hub, self.now
        for _ in range(WORKS_MAX):
            if not hub.work(now):
                break
        if self.core.has_spare_work:
            self.handle(Spare())
        if hub.next_tick < now + 3:  # else the next look is sooner
            due = max(self.world.now + TICK_MS_MIN, self.world_ms(hub.next_tick))
            if due < self.wakes_at:
                self._sleep(due)

    def _sleep(self, until: int) -> None:
        until = max(until, self.world.now + 1)
        if self.wakes_at <= self.world.now or until < self.wakes_at:
            self.wakes_at = until
            self.world.at(until, partial(self._wake, until))

    def _wake(self, at: int) -> None:
        if self.is_up and self.wakes_at == at:
            self.guarded(self.look)

    # inputs and effects

    def handle(self, input: Input) -> list[Effect]:
        effects = self.core.handle(input, self.now)
        head_moved = False
        for effect in effects:
            head_moved = head_moved or isinstance(effect, BlockApplied)
            self.perform(effect)
        self.world.checks.note_handled(self, head_moved=head_moved)
        return effects

    def perform(self, effect: Effect) -> None:
        self.world.checks.note_effect(self, effect)
        if isinstance(effect, GossipVote | GossipBlock) and not effect.source:
            self.world.maybe_crash_before_sending(self)
        self.hub.perform(effect, self.now)

    # what others see of it

    def hello(self) -> Hello:
        chain = self.chain
        head_id = chain.head_id if chain.head_num else NO_BLOCK_ID
        blank = bytes(32)
        return Hello(PROTOCOL_VERSION, chain.params.chain_id, blank, b"\xed" + blank, blank, blank, "sim", 0, head_id)
