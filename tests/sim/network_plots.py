"""Worlds with a plot: the one chain of mishaps that a certain mistake does not survive, which chance brings about too seldom.

The seed still decides who plays which part, when messages come and what else is drawn. A node without mistakes survives each of them
(`network_mutants`).
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chain.finality.votes import PRECOMMIT, Certificate, Vote
from node.p2p import messages as m
from tests.sim.network_disk import SignFile
from tests.sim.network_faults import SLOT_MS, Faults
from tests.sim.network_sim import World

if TYPE_CHECKING:
    from node.p2p.messages import Message
    from tests.sim.network_lines import End
    from tests.sim.network_node import Node

NEVER = 2**32
STEP_SLOTS_MAX = 24  # then it goes on, whether or not what it waits for has come


class Plot(World):
    """`act` is called in each slot of the first phase, with how many slots the present step has lasted."""

    slots = 60
    byzantine = 1
    moves = frozenset({"echo", "two leaders"})
    is_full_mesh = True
    lonely_step = -1  # the one that ends when the hero has a new final block

    def __init__(self, seed: int, nodes: int, *, sign_file: type[SignFile] = SignFile) -> None:
        drawn = Faults.drawn(random.Random(seed), nodes)
        faults = Faults(
            chaos_slots=self.slots,
            latency_ms=100,
            byzantine=min(self.byzantine, (nodes - 1) // 3),
            moves=self.moves,
            transactions=drawn.transactions,
            loses_unsynced=drawn.loses_unsynced,
        )
        super().__init__(seed, nodes, replace(faults), sign_file=sign_file)
        self.step = 0
        self.step_began = 0
        self.base_num = 0  # what was final before the plot began
        self.hero, *self.others = [node for node in self.honest if node.witnesses]
        self.liar = next(node for node in self.nodes if not node.is_honest)

    def _go_wrong(self, faults: Faults) -> None:
        del faults
        slots = (self.now - self.step_began) // SLOT_MS
        if self.may_go_on() or slots > STEP_SLOTS_MAX:
            self.go_on()

    def go_on(self) -> None:
        self.step += 1
        self.step_began = self.now
        self.change()

    def note_final(self, node: Node, num: int, block_id: bytes) -> None:
        """At once, before anybody else learns it."""
        super().note_final(node, num, block_id)
        if self.step == self.lonely_step and node is self.hero and num > self.base_num:
            self.league.lonely = block_id
            self.lonely_step = -1
            self.league.led.clear()
            self.liar.signed.waits_until = NEVER  # its node must not help what the league fights
            self.at(self.now, self.go_on)

    def may_go_on(self) -> bool:
        """Whether what this step waits for has come."""
        raise NotImplementedError

    def change(self) -> None:
        """Begin a step."""
        raise NotImplementedError

    # means

    def leave_up(self, *nodes: Node) -> None:
        """All others are without power."""
        for node in self.nodes:
            if node not in nodes and node.is_up:
                node.is_up = False
                node.signed.after_crash()
                for cable in self.cables:
                    if node in cable.nodes:
                        cable.close()
            elif node in nodes and not node.is_up:
                self.at(self.now + 1, partial(self._restart, node))

    def link_only(self, *groups: list[Node]) -> None:
        """Those of one group are linked with each other, and with nobody else."""
        for cable in self.cables:
            cable.is_cut = not any(set(cable.nodes) <= set(group) for group in groups)
            if cable.is_cut:
                cable.close()

    def carry(self, end: End, message: Message) -> None:
        if self.is_healed or not self.is_lost(end, message):
            super().carry(end, message)

    def is_lost(self, end: End, message: Message) -> bool:
        return False

    def is_lonely(self, end: End, message: Message) -> bool:
        """Precommits reach the hero only, and nobody learns what comes of them."""
        if isinstance(message, m.Certificates):
            return True
        if isinstance(message, m.FinalityVote):
            return Vote.decode(message.vote).step == PRECOMMIT and end.peer is not self.hero
        return isinstance(message, m.Certificate) and Certificate.decode(message.certificate).step == PRECOMMIT


class LockForgotten(Plot):
    """The liar has a long branch. The others make a short one, and the hero alone learns that it is final; then those who have
    precommitted it lose power, and meet the liar.
    """

    lonely_step = 2

    def may_go_on(self) -> bool:
        match self.step:
            case 0:
                return self.now > 3 * SLOT_MS
            case 1:
                return self.liar.chain.head_num >= self.liar.chain.irreversible_num + 5
        return False

    def change(self) -> None:
        match self.step:
            case 1:
                self.leave_up(self.liar)
            case 2:
                self.base_num = self.hero.final_num
                self.link_only([self.hero, *self.others])
                self.leave_up(*self.nodes)
            case 3:
                self.leave_up(self.liar)
                self.link_only([self.liar, *self.others])
                self.at(self.now + 100, partial(self.leave_up, self.liar, *self.others))

    def is_lost(self, end: End, message: Message) -> bool:
        return self.step == 2 and self.is_lonely(end, message)


class LockUnheeded(Plot):
    """The hero has a long branch. The others make a short one, and leave it for the hero's, which the hero alone learns to be final;
    then the liar leads back to the short one.
    """

    lonely_step = 3

    def may_go_on(self) -> bool:
        heads = [node.chain.head_num for node in self.others]
        match self.step:
            case 0:
                return self.now > 3 * SLOT_MS
            case 1:
                return self.hero.chain.head_num >= self.hero.final_num + 5
            case 2:
                return min(heads) >= self.base_num + 2 and len({node.chain.head_id for node in self.others}) == 1
        return False

    def change(self) -> None:
        match self.step:
            case 1:
                self.leave_up(self.hero)
            case 2:
                self.base_num = self.hero.final_num
                self.leave_up(self.liar, *self.others)
            case 3:
                self.link_only([self.hero, *self.others])
                self.leave_up(*self.nodes)
            case 4:
                self.link_only([self.liar, *self.others])

    def is_lost(self, end: End, message: Message) -> bool:
        if self.step == 2:
            return isinstance(message, m.FinalityVote | m.Certificate)
        return self.step == 3 and self.is_lonely(end, message)


class TwoSides(Plot):
    """The honest are parted. The league agrees with both sides, and tells neither what it hears of the other."""

    slots = 24
    byzantine = 2
    moves = frozenset({"echo"})

    def may_go_on(self) -> bool:
        return self.step == 0 and self.now > 3 * SLOT_MS

    def change(self) -> None:
        liars = [node for node in self.nodes if not node.is_honest]
        half = len(self.honest) // 2
        self.few = self.honest[:half]
        self.link_only([*self.few, *liars], [*self.honest[half:], *liars])

    def is_lost(self, end: End, message: Message) -> bool:
        return self.step > 0 and end.peer in self.few and not end.node.is_honest and not self.league.is_speaking
