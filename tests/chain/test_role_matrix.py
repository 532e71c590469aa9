"""Which key may do what: every operation against every level of key (reliability T4). Since hardfork 28 each level is for itself."""

from hashlib import sha256
from typing import Any

import pytest

from chain.authority import HF27, Authority, verify
from chain.errors import MissingAuthority
from tests.chain.test_operations import NEVER_VALID, VALID

LEVELS = ("posting", "active", "owner", "memo", "witness")
OPERATIONS = {**VALID, **NEVER_VALID}
# Who signs what, as the table of operations says (protocol.md §10.1): what is not here needs the active key.
LEVEL_OF = {
    **dict.fromkeys(("vote", "comment", "comment_options", "delete_comment", "claim_reward_balance"), "posting"),
    **dict.fromkeys(("custom_json", "account_update2", "set_reset_account"), "posting"),  # as the examples stand
    **dict.fromkeys(("change_recovery_account", "decline_voting_rights", "custom_binary"), "owner"),
    "witness_block_approve": "witness",
}
BY_THEIR_OWN_KEYS = ("recover_account", "witness_set_properties")
BY_NOBODY = ("pow",)


def key(name: str, level: str) -> bytes:
    return b"\x02" + sha256(f"{name} {level}".encode()).digest()


class Everybody:
    """An account of every name, with a key of its own for each level."""

    def get_posting(self, name: str, /) -> Authority:
        return Authority.of_key(key(name, "posting"))

    def get_active(self, name: str, /) -> Authority:
        return Authority.of_key(key(name, "active"))

    def get_owner(self, name: str, /) -> Authority:
        return Authority.of_key(key(name, "owner"))

    def get_witness_key(self, name: str, /) -> bytes:
        return key(name, "witness")


def suffices(operation: Any, keys: frozenset[bytes], **rules: Any) -> bool:
    try:
        verify(operation.authorities().in_order(), keys, Everybody(), **rules)
    except MissingAuthority:
        return False
    return True


def signers(operation: Any) -> list[str]:
    required = operation.authorities()
    return [*required.posting, *required.active, *required.owner, *required.witness]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_one_level_alone_suffices(name: str) -> None:
    operation = OPERATIONS[name]
    names = signers(operation)
    passing = {level for level in LEVELS if suffices(operation, frozenset(key(one, level) for one in names))}
    if name in BY_NOBODY:
        assert passing == set(LEVELS)
    elif name in BY_THEIR_OWN_KEYS:
        assert passing == set()
        assert suffices(operation, frozenset(one for given in operation.authorities().other for one in given.keys))
    else:
        assert passing == {LEVEL_OF.get(name, "active")}


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - set(BY_NOBODY)))
def test_strangers_never_suffice(name: str) -> None:
    assert not suffices(OPERATIONS[name], frozenset())
    assert not suffices(OPERATIONS[name], frozenset(key("mallory", level) for level in LEVELS))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_before_hardfork_28_a_higher_level_stands_for_a_lower_one(name: str) -> None:
    level = LEVEL_OF.get(name, "active")
    if name in {*BY_NOBODY, *BY_THEIR_OWN_KEYS} or level == "witness":
        return
    operation = OPERATIONS[name]
    ladder = ("posting", "active", "owner")
    for held in ladder:
        keys = frozenset(key(one, held) for one in signers(operation))
        assert suffices(operation, keys, rules=HF27) == (ladder.index(held) >= ladder.index(level))
