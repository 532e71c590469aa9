"""Credits lent and taken back by custom_json "rc" (protocol.md §9.5). An account costs 3.000 HIVE here: the least is 1000 VESTS' worth."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chain.accounts import UnknownAccount
from chain.delegate_rc import (
    CreditAuthorities,
    CreditDelegationTooSmall,
    CreditsStillOverflow,
    CreditsToSelf,
    DelegateeCount,
    InsufficientCredits,
    NegativeCredits,
    NoCreditsToDelegate,
    SameCreditDelegation,
    UnreadableCredits,
)
from chain.invariants import check_credits
from chain.processes.credit_overflows import process_credit_overflows
from chain.resource_sizes import STATE
from chain.types import InvalidAccountName
from tests.helpers.world import STAKE_PROCESSES, World

MILLION = 1_000_000
LEAST = 1_000 * MILLION
SIZE = 10_000 * MILLION


@pytest.fixture
def world() -> World:
    world = World(processes=(*STAKE_PROCESSES, process_credit_overflows))
    world.account("alice", vests="10000.000000 VESTS")
    world.accounts("bob", "carol", "dave", vests="500.000000 VESTS")
    world.state.is_in_control = True
    return world


def lend(world: World, amount: int, *names: str, giver: str = "alice", **changes: Any) -> None:
    content = {"from": giver, "delegatees": list(names), "max_rc": amount, "extensions": [], **changes}
    say(world, ["delegate_rc", content], giver)


def say(world: World, value: Any, *signers: str, active: tuple[str, ...] = ()) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    world.do("custom_json", required_auths=active, required_posting_auths=signers, id="rc", json=text)


def test_credits_move_with_what_is_in_them(world: World) -> None:
    lend(world, LEAST, "bob", "carol")
    alice, bob = world.bars("alice"), world.bars("bob")
    assert (alice.credits, alice.credits_max, alice.credits_delegated) == (
        SIZE - 2 * LEAST,
        SIZE - 2 * LEAST,
        2 * LEAST,
    )
    assert (bob.credits, bob.credits_max, bob.credits_received) == (LEAST + 500 * MILLION, LEAST + 500 * MILLION, LEAST)
    check_credits(world.state)


def test_a_delegation_is_set_and_not_added_to(world: World) -> None:
    lend(world, LEAST, "bob")
    lend(world, 3 * LEAST, "bob")
    assert world.bars("alice").credits_delegated == world.bars("bob").credits_received == 3 * LEAST
    check_credits(world.state)


def test_what_is_taken_back_is_not_given_back_at_once(world: World) -> None:
    lend(world, 3 * LEAST, "bob")
    lend(world, 0, "bob")
    alice, bob = world.bars("alice"), world.bars("bob")
    assert (alice.credits, alice.credits_max, alice.credits_delegated) == (SIZE - 3 * LEAST, SIZE, 0)
    assert (bob.credits, bob.credits_max, bob.credits_received) == (500 * MILLION, 500 * MILLION, 0)
    assert not list(world.state.credit_delegations.scan())
    check_credits(world.state)


def test_a_delegatee_who_has_spent_all_falls_to_nothing_and_not_below(world: World) -> None:
    lend(world, 3 * LEAST, "bob")
    world.state.bars.edit("bob").credits = LEAST
    lend(world, LEAST, "bob")
    assert world.bars("bob").credits == 0
    check_credits(world.state)


def test_what_was_received_cannot_be_lent_on(world: World) -> None:
    lend(world, 5 * LEAST, "bob")
    with pytest.raises(InsufficientCredits, match="have 500000000, needs 1000000000"):
        lend(world, LEAST, "carol", giver="bob")


def test_both_forms_names_numbers_and_lists_are_understood(world: World) -> None:
    content = {"from": "alice", "delegatees": ["bob"], "max_rc": LEAST}
    say(world, [0, content], "alice")
    say(world, {"type": "delegate_rc_operation", "value": content | {"max_rc": str(2 * LEAST)}}, "alice")
    say(world, [["delegate_rc", content], ["delegate_rc", content | {"delegatees": ["carol"]}]], "alice")
    assert [row.amount for row in world.state.credit_delegations.scan("alice")] == [LEAST, LEAST]


def test_a_delegation_that_is_only_changed_takes_no_more_memory(world: World) -> None:
    world.state.begin_transaction(bytes(20), 0)
    lend(world, LEAST, "bob", "carol")
    assert world.state.noted_bytes == 2 * STATE["delegate_rc_base"]
    world.state.begin_transaction(bytes(20), 0)
    lend(world, 2 * LEAST, "bob", "dave")
    assert world.state.noted_bytes == STATE["delegate_rc_base"]
    world.state.begin_transaction(bytes(20), 0)
    lend(world, 0, "bob", "carol")
    assert world.state.noted_bytes == 0
    assert world.state.noted_nanoseconds == 75_000


# in a block nobody asks


@pytest.mark.parametrize("text", ['[["delegate_rc"]]', '"hello"', "[]", "{}", '["delegate_rc", {"from": "alice"}]'])
def test_a_text_that_fails_means_nothing_in_a_block(world: World, text: str) -> None:
    with pytest.raises(UnreadableCredits) if "from" not in text else pytest.raises(DelegateeCount):
        say(world, text, "alice")
    world.state.is_in_control = False
    say(world, text, "alice")
    assert not list(world.state.credit_delegations.scan())


def test_a_failure_in_a_block_takes_the_whole_text_back(world: World) -> None:
    world.state.is_in_control = False
    first = {"from": "alice", "delegatees": ["bob"], "max_rc": LEAST}
    say(world, [["delegate_rc", first], ["delegate_rc", first | {"delegatees": ["nobody-there"]}]], "alice")
    assert not list(world.state.credit_delegations.scan())
    assert world.bars("alice").credits_delegated == 0


def test_a_block_may_lend_less_than_a_node_lets_in(world: World) -> None:
    with pytest.raises(CreditDelegationTooSmall, match=str(LEAST)):
        lend(world, LEAST - 1, "bob")
    world.state.is_in_control = False
    lend(world, LEAST - 1, "bob")
    assert world.bars("bob").credits_received == LEAST - 1


# invalid


@pytest.mark.parametrize(
    ("error", "break_it"),
    [
        (DelegateeCount, lambda world: lend(world, LEAST)),
        (DelegateeCount, lambda world: lend(world, LEAST, *[f"x{number:03}" for number in range(101)])),
        (CreditsToSelf, lambda world: lend(world, LEAST, "alice")),
        (NegativeCredits, lambda world: lend(world, -1, "bob")),
        (NoCreditsToDelegate, lambda world: lend(world, 0, "bob")),
        (InvalidAccountName, lambda world: lend(world, LEAST, "b")),
        (InvalidAccountName, lambda world: lend(world, LEAST, "bob", **{"from": "a"})),
        (UnknownAccount, lambda world: lend(world, LEAST, "nobody-there")),
        (UnreadableCredits, lambda world: lend(world, LEAST, "bob", max_rc="much")),
        (UnreadableCredits, lambda world: say(world, ["lend", {}], "alice")),
        (UnreadableCredits, lambda world: say(world, "[1,]", "alice")),
        (UnreadableCredits, lambda world: say(world, "[" * 2_000 + "]" * 2_000, "alice")),
        (InsufficientCredits, lambda world: lend(world, SIZE + 1, "bob")),
    ],
)
def test_invalid_delegation(world: World, error: type[Exception], break_it: Callable[[World], None]) -> None:
    before = world.state.bars.get("alice").credits
    with pytest.raises(error):
        break_it(world)
    assert world.state.bars.get("alice").credits == before
    assert not list(world.state.credit_delegations.scan())


def test_invalid_same_delegation(world: World) -> None:
    lend(world, LEAST, "bob")
    with pytest.raises(SameCreditDelegation):
        lend(world, LEAST, "bob")


def test_invalid_delegation_of_spent_credits(world: World) -> None:
    world.state.bars.edit("alice").credits = LEAST
    with pytest.raises(InsufficientCredits):
        lend(world, LEAST + 1, "bob")
    lend(world, LEAST, "bob")


@pytest.mark.parametrize(("signers", "active"), [(("bob",), ()), (("alice", "bob"), ()), ((), ("alice",)), ((), ())])
def test_invalid_signers(world: World, signers: tuple[str, ...], active: tuple[str, ...]) -> None:
    content = {"from": "alice", "delegatees": ["carol"], "max_rc": LEAST}
    with pytest.raises(CreditAuthorities if signers or active else Exception):
        say(world, ["delegate_rc", content], *signers, active=active)


# delegations that lose their cover


def test_credits_that_stake_no_longer_covers_are_taken_back_from_the_oldest_accounts_first(world: World) -> None:
    lend(world, 3 * LEAST, "bob", "carol", "dave")
    world.state.is_in_control = False
    world.state.bars.edit("alice").voting_mana = 10_000 * MILLION
    world.delegate("alice", "whale", "5000.000000 VESTS")
    assert [(row.delegatee, row.amount) for row in world.state.credit_delegations.scan("alice")] == [
        ("carol", 2 * LEAST),
        ("dave", 3 * LEAST),
    ]
    alice = world.bars("alice")
    assert (alice.credits_delegated, alice.credits_max) == (5 * LEAST, 0)
    assert world.bars("bob").credits_received == 0
    check_credits(world.state)


def test_what_one_block_cannot_take_back_waits_for_the_next_and_no_new_delegation_meanwhile(world: World) -> None:
    names = ("bob", "carol", "dave", "erin")
    world.account("erin")
    lend(world, 2 * LEAST, *names)
    world.state.edit_globals().current_remove_threshold = 1
    world.delegate("alice", "whale", "9000.000000 VESTS")
    assert world.bars("alice").credits_delegated == LEAST
    assert world.state.credit_overflows.get("alice").amount == 5 * LEAST
    assert [world.bars(name).credits_received for name in names] == [0, 2 * LEAST, 2 * LEAST, 2 * LEAST]
    check_credits(world.state)
    with pytest.raises(CreditsStillOverflow):
        lend(world, LEAST, "bob")
    world.advance()
    assert world.state.credit_overflows.get("alice").amount == 3 * LEAST
    world.advance()
    assert "alice" not in world.state.credit_overflows
    assert [world.bars(name).credits_received for name in names] == [0, 0, 0, LEAST]
    check_credits(world.state)


def test_a_second_loss_adds_to_what_waits(world: World) -> None:
    lend(world, 3 * LEAST, "bob", "carol", "dave")
    world.state.edit_globals().current_remove_threshold = 1
    world.delegate("alice", "whale", "4000.000000 VESTS")
    world.state.edit_globals().current_remove_threshold = 0
    world.delegate("alice", "whale", "9000.000000 VESTS")
    assert world.state.credit_overflows.get("alice").amount == 5 * LEAST
    check_credits(world.state)
