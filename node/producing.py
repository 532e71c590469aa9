"""Whether it is one of our witnesses' turn to make a block, and whether it should (protocol.md §4.1).

A decision is a pure function of the chain, the time passed in, the keys and the rules. What must survive a restart is the time of
the newest slot we have signed: it is noted before the signature leaves this room, so no slot gets two blocks of ours.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from chain.chain import Chain
from chain.finality.ballot import BallotBox, BallotInMemory
from chain.keys import PrivateKey
from chain.slots import participation_bp, scheduled_witness, slot_at, slot_time
from node.effects import Missed
from node.peer_clocks import PeerClocks

SLOTS_REMEMBERED = 128  # by the chain's register of filled slots


@dataclass(frozen=True, slots=True)
class ProducingRules:
    """When a witness holds back. `is_forced` is for whoever starts a chain, or starts it again: no head is too old then."""

    participation_percent_min: int = 33
    late_seconds_max: float = 0.75  # a later block would compete with that of the next slot
    is_forced: bool = False

    @classmethod
    def alone(cls) -> "ProducingRules":
        """For a chain that only this node produces: there is nobody to collide with."""
        return cls(participation_percent_min=0, late_seconds_max=float("inf"), is_forced=True)


class SignMemory(BallotBox, Protocol):
    """Remembers the newest slot that we have signed a block for, and what we have voted (node.sign_state)."""

    @property
    def newest_time(self) -> int:
        """Of that slot, in seconds; 0 when there is none."""
        ...

    @property
    def waits_until(self) -> int:
        """We may have signed, and not remember, for slots and in rounds before this time; 0 when the memory is sound."""
        ...

    def note(self, time: int) -> None:
        """Returns when a crash can no longer forget it."""
        ...

    def note_shown(self, time: int, now: float) -> None:
        """A block of ours for the slot at `time` came from elsewhere: if we do not remember it, another node has our key."""
        ...


class SignMemoryInRam(BallotInMemory):
    """For simulations and tests."""

    def __init__(self) -> None:
        super().__init__()
        self.newest_time = 0

    def note(self, time: int) -> None:
        self.newest_time = time

    def note_shown(self, time: int, now: float) -> None:
        """Tests play with nodes that share their witnesses."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A slot of one of our witnesses: make the block with `key`, or leave it for the reason `missed`."""

    witness: str
    time: int
    key: PrivateKey | None = None
    missed: Missed | None = None


class Production:
    """The witnesses that this node makes blocks for. `keys` are by raw public key: a witness may change to another of them."""

    def __init__(
        self,
        witnesses: Collection[str],
        keys: Mapping[bytes, PrivateKey],
        rules: ProducingRules | None = None,
        signed: SignMemory | None = None,
    ) -> None:
        self.witnesses = frozenset(witnesses)
        self.keys = dict(keys)
        self.rules = rules or ProducingRules()
        self.signed = signed or SignMemoryInRam()
        self.clocks = PeerClocks()
        """What our peers' clocks say of ours."""
        self._is_caught_up = self.rules.is_forced

    def turn(self, chain: Chain, now: float) -> Turn | None:
        """Our turn at `now`, or None when it is not ours or the head already stands in this slot."""
        state = chain.state
        slot = slot_at(state, int(now))
        if not slot:
            self._is_caught_up = True  # the head is of this very slot
            return None
        self._is_caught_up = self._is_caught_up or slot == 1
        witness = scheduled_witness(state, slot)
        if witness not in self.witnesses:
            return None
        time = slot_time(state, slot)
        # A change of key that still waits does not sign the block it waits for.
        row = state.witnesses.committed(witness)
        key = self.keys.get(row.signing_key) if row is not None else None
        missed = self._reason_against(chain, time, now, has_key=key is not None)
        return Turn(witness, time, missed=missed) if missed else Turn(witness, time, key)

    def recognise(self, chain: Chain, now: float) -> None:
        """Look for blocks on the chain that bear our names, and that somebody else must have made: before the first turn."""
        times = [self._newest_block_time(chain, name) for name in sorted(self.witnesses)]
        self.signed.note_shown(max(times, default=0), now)

    @staticmethod
    def _newest_block_time(chain: Chain, witness: str) -> int:
        row = chain.state.witnesses.find(witness)
        num = row.last_confirmed_block_num if row is not None else 0
        return chain.header(num).timestamp if 0 < chain.first_num <= num else 0

    def _reason_against(self, chain: Chain, time: int, now: float, *, has_key: bool) -> Missed | None:
        rules = self.rules
        if not self._is_caught_up:
            return Missed.STALE_HEAD
        if not has_key:
            return Missed.NO_KEY
        if time <= self.signed.newest_time:
            return Missed.ALREADY_SIGNED
        if time < self.signed.waits_until:
            return Missed.MAY_HAVE_SIGNED
        if self.clocks.is_skewed:
            return Missed.CLOCK_SKEWED
        if not rules.is_forced and not self._enough_take_part(chain):
            return Missed.FEW_WITNESSES
        if now - time > rules.late_seconds_max:
            return Missed.LATE
        return None

    def _enough_take_part(self, chain: Chain) -> bool:
        """A chain with fewer blocks than the register has places cannot tell."""
        if chain.head_num < SLOTS_REMEMBERED:
            return True
        return participation_bp(chain.state) >= self.rules.participation_percent_min * 100
