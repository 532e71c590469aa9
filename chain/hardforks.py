"""When the rules change: witnesses vote for the next hardfork in their headers, and it takes effect at its time (protocol.md §4.4)."""

from chain.errors import InvalidBlock
from chain.params import HARDFORKS_COUNT
from chain.state import State


class UnknownHardfork(InvalidBlock):
    code = "unknown_hardfork"
    text = "The witnesses have voted in the rules {version}, which this version of Skald does not know. Install a newer one"


def hardfork_version(number: int) -> int:
    """The version that stands for a hardfork, packed: 0.n.0 up to hardfork 23, 1.n.0 from Hive's first own one on."""
    return (1 if number >= 24 else 0) << 24 | number << 16


def comparable(version: int) -> int:
    """Majors 0 and 1 are one sequence by hardfork number (§3.2)."""
    return version & 0xFF_FFFF


def process_hardforks(state: State) -> None:
    """Raises UnknownHardfork when rules come into force that are not ours."""
    hardforks = state.hardforks
    is_due = hardforks.next_time <= state.now
    if is_due and comparable(hardforks.next_version) > comparable(hardfork_version(HARDFORKS_COUNT)):
        raise UnknownHardfork(version=f"1.{comparable(hardforks.next_version) >> 16}.0")
