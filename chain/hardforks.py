"""When the rules change: witnesses vote for the next hardfork in their headers, and it takes effect at its time (protocol.md §4.4, §11).

The rules themselves ask `chain.rules` whether they are in force. What a hardfork does to the state at the moment when it takes effect
stands in `chain.hardfork_effects`.
"""

from typing import Final

from chain.errors import InvalidBlock
from chain.events import Hardfork
from chain.hardfork_effects import EFFECTS
from chain.params import HARDFORKS_COUNT
from chain.rows import Witness
from chain.state import State

LAST_HARDFORK_BY_TIME: Final = 5  # up to it hardforks came by the clock, and bear the time when they came
FIRST_OF_HIVE: Final = 24  # from it on the major version is 1

HardforkVote = tuple[int, int]
"""A version, packed, and the earliest time for it in seconds."""


class UnknownHardfork(InvalidBlock):
    code = "unknown_hardfork"
    text = "The witnesses have voted in the rules {version}, which this version of Skald does not know. Install a newer one"


# versions


def hardfork_version(number: int) -> int:
    """The version that stands for a hardfork, packed: 0.n.0 up to hardfork 23, 1.n.0 from Hive's first own one on."""
    return (1 if number >= FIRST_OF_HIVE else 0) << 24 | number << 16


def without_revision(version: int) -> int:
    """Only the rules of a version count, not its release."""
    return version & 0xFFFF_0000


def precedes(version: int, other: int) -> bool:
    """Whether a version is older than another: 0.28 is not older than 1.28 (§3.2)."""
    if version >> 24 == 0 and other >> 24 == 1:
        other &= 0x00FF_FFFF
    return version < other


# votes


def vote_to_cast(state: State, witness: Witness) -> HardforkVote | None:
    """What a witness of ours must say in its next header, if it has not said so before.

    For the next rules that this program knows, from its first block on; against rules that it does not know, once it has no next ones.
    """
    if not state.globals.head_block_num:
        return None  # rules that are due come with the first block unasked
    hardforks = state.hardforks
    known = without_revision(state.params.blockchain_version)
    if precedes(hardforks.current_version, known) and hardforks.last_hardfork < HARDFORKS_COUNT:
        number = hardforks.last_hardfork + 1
        vote = (hardfork_version(number), state.params.hardfork_time(number))
        return None if vote == (witness.hardfork_version_vote, witness.hardfork_time_vote) else vote
    if hardforks.current_version == known and precedes(known, witness.hardfork_version_vote):
        return known, state.params.hardfork_time(hardforks.last_hardfork)
    return None


def note_vote(state: State, owner: str, vote: HardforkVote) -> None:
    """What a header says stays the witness's vote until another one says otherwise."""
    version, time = without_revision(vote[0]), vote[1]
    witness = state.witnesses.get(owner)
    if (version, time) != (witness.hardfork_version_vote, witness.hardfork_time_vote):
        changed = state.witnesses.edit(owner)
        changed.hardfork_version_vote, changed.hardfork_time_vote = version, time


# taking effect


def process_hardforks(state: State) -> None:
    """Apply what the witnesses have voted in and is due. Raises UnknownHardfork where the rules are not ours."""
    hardforks = state.hardforks
    while precedes(hardforks.current_version, hardforks.next_version) and hardforks.next_time <= state.now:
        if hardforks.last_hardfork == HARDFORKS_COUNT:
            raise UnknownHardfork(version=f"1.{hardforks.next_version >> 16 & 0xFF}.0")
        apply_hardfork(state, hardforks.last_hardfork + 1)


def apply_hardfork(state: State, number: int) -> None:
    """From here on its rules are in force."""
    state.emit(Hardfork(number))
    effect = EFFECTS.get(number)
    if effect is not None:
        effect(state)
    hardforks = state.edit_hardforks()
    at = state.now if number <= LAST_HARDFORK_BY_TIME else state.params.hardfork_time(number)
    hardforks.processed = (*hardforks.processed, at)
    hardforks.last_hardfork = number
    hardforks.current_version = hardfork_version(number)
