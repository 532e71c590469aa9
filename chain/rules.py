"""What a hardfork changed, each change under a name: the only place where a rule asks for the number of a hardfork (protocol.md §11).

    if in_force(state, STABLE_VOTES): …

A chain begins with the rules of hardfork 27 at least (`chain.genesis`), so only what came later needs a name.
"""

from dataclasses import dataclass
from typing import Final

from chain.state import State


@dataclass(frozen=True, slots=True)
class Rule:
    """A change of the rules. `text` completes the sentence "Since this hardfork …"."""

    hardfork: int
    text: str


def in_force(state: State, rule: Rule) -> bool:
    return state.hardforks.last_hardfork >= rule.hardfork


STABLE_VOTES: Final = Rule(
    28, "a vote's strength is a part of all the voter's VESTS, no more of the mana that is left (§5.4)"
)
STRICT_AUTHORITIES: Final = Rule(
    28, "each role signs for itself, roles mix in a transaction, and signatures that nobody needs do no harm (§2.4)"
)
LONG_EXPIRATION: Final = Rule(28, "a signature may wait for a day, no more for an hour only (§3.1)")
RECURRENT_PAIRS: Final = Rule(
    28, "several recurrent transfers go between the same two accounts, told apart by a pair id (§8.11)"
)
EXACT_RECURRENCE: Final = Rule(
    28,
    "a recurrent transfer's last execution decides whether it lasts too long, no more its executions times its hours (§8.11)",
)
PLAIN_POWER_DOWN: Final = Rule(
    28, "only a power-down that goes on can be stopped, and its last step takes what is left (§8.3)"
)
EXISTING_PROPOSALS: Final = Rule(
    28, "a vote for a proposal that does not exist, or its removal, is refused, no more passed over (§8.12)"
)
DECLINED_PROPOSAL_VOTES: Final = Rule(28, "who gives up voting rights loses votes for proposals, too (§2.7)")
EMISSION_WITHOUT_TREASURY: Final = Rule(28, "no HIVE is made for the treasury's HBD (§7)")
PROPERTIES_WITH_SCHEDULE: Final = Rule(
    28, "the largest block and the interest rate change when a schedule begins, no more when it is chosen (§4.3)"
)
