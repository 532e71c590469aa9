"""Accounts: made, claimed, changed (protocol.md §2.5, §2.6)."""

from typing import Any

import pytest

from chain.accounts import (
    AccountExists,
    OwnerUpdateTooSoon,
    TempAccountFixed,
    UnknownAccount,
    UnknownAuthorityAccount,
    WrongCreationFee,
)
from chain.asset import HIVE, VESTS, Asset
from chain.authority import Authority, TooManyAuthorityMembers
from chain.balances import InsufficientFunds
from chain.errors import OperationFailed
from chain.events import AccountCreated, ClearNullAccountBalance
from chain.keys import NULL_KEY
from chain.operations.account_create_with_delegation import AccountCreationWithDelegationEnded
from chain.operations.claim_account import NotByElectedWitness, SubsidyExhausted, WitnessSubsidyExhausted
from chain.operations.create_claimed_account import NoClaimedAccounts
from chain.rows import SCHEDULE_TIMESHARE, Bars
from rewards.subsidy import dynamics, step
from tests.helpers.world import ANOTHER_KEY, KEY, SOMEBODY, WITNESS, World, check_stake

ANOTHER = Authority.of_key(ANOTHER_KEY)
HOUR = 3_600


@pytest.fixture
def world() -> World:
    world = World()
    world.account("alice", hive="10.000 HIVE")
    return world


def created(name: str, creator: str = "alice") -> AccountCreated:
    return AccountCreated(name, creator, Asset(0, VESTS), Asset(0, VESTS))


# account_create


def test_a_new_account(world: World) -> None:
    world.state.block_time += 3
    assert world.create_account("alice", "bob", active=ANOTHER) == [created("bob")]
    bob, keys = world["bob"], world.state.account_keys.get("bob")
    assert bob.id == world["alice"].id + 1
    assert bob.created == world.state.block_time
    cost, now = bob.rc_adjustment, world.state.now
    assert world.bars("bob") == Bars("bob", 0, now, 0, now, credits=cost, credits_at=now, credits_max=cost)
    assert bob.rc_adjustment == 3_000_000_000
    assert (keys.owner, keys.active, keys.memo_key) == (SOMEBODY, ANOTHER, KEY)
    assert (keys.recovery_account, keys.last_owner_update, keys.last_account_update) == ("alice", 0, 0)
    assert world["alice"].balance == 7_000
    assert world.advance() == [ClearNullAccountBalance((Asset(3_000, HIVE),))]
    check_stake(world)


def test_whom_anybody_made_is_recovered_by_the_top_witness(world: World) -> None:
    world.account("temp", hive="3.000 HIVE")
    world.create_account("temp", "bob")
    assert world.state.account_keys.get("bob").recovery_account == ""


@pytest.mark.parametrize("fee", ["2.999 HIVE", "3.001 HIVE", "0.000 HIVE"])
def test_invalid_fee(world: World, fee: str) -> None:
    with pytest.raises(WrongCreationFee):
        world.create_account("alice", "bob", fee)


def test_invalid_account_exists(world: World) -> None:
    with pytest.raises(AccountExists):
        world.create_account("alice", "whale")
    assert world["alice"].balance == 10_000


@pytest.mark.parametrize("role", ["owner", "active", "posting"])
def test_invalid_authority_of_a_stranger(world: World, role: str) -> None:
    with pytest.raises(UnknownAuthorityAccount) as error:
        world.create_account("alice", "bob", "3.000 HIVE", **{role: Authority.of_account("nobody")})
    assert error.value.data["role"] == role


def test_invalid_creator(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.create_account("nobody", "bob")


def test_invalid_creation_without_funds(world: World) -> None:
    with pytest.raises(InsufficientFunds):
        world.create_account("whale", "bob")


def test_invalid_creation_with_delegation(world: World) -> None:
    with pytest.raises(AccountCreationWithDelegationEnded):
        world.do(
            "account_create_with_delegation",
            fee="3.000 HIVE",
            delegation="1.000000 VESTS",
            creator="alice",
            new_account_name="bob",
            owner=SOMEBODY,
            active=SOMEBODY,
            posting=SOMEBODY,
            memo_key=KEY,
            json_metadata="",
            extensions=(),
        )


# claim_account, create_claimed_account


def fill_pools(world: World, everybody: int, witness: int) -> None:
    world.state.edit_globals().available_account_subsidies = everybody
    world.state.witnesses.edit(WITNESS).available_subsidies = witness


def test_a_paid_claim(world: World) -> None:
    world.claim_account("alice", "3.000 HIVE")
    assert (world["alice"].balance, world["alice"].pending_claimed_accounts) == (7_000, 1)
    world.advance()
    check_stake(world)
    assert world.create_claimed_account("alice", "bob") == [created("bob")]
    assert world["alice"].pending_claimed_accounts == 0
    assert world["bob"].rc_adjustment == 3_000_000_000, "as of the fee of the day"


def test_a_free_claim_in_a_block_draws_on_both_pools(world: World) -> None:
    fill_pools(world, 25_000, 10_000)
    world.state.in_block = True
    world.claim_account("alice")
    assert world["alice"].pending_claimed_accounts == 1
    assert world.state.globals.available_account_subsidies == 15_000
    with pytest.raises(WitnessSubsidyExhausted):
        world.claim_account("alice")


def test_a_free_claim_that_waits_draws_on_the_pool_of_all_only(world: World) -> None:
    fill_pools(world, 10_000, 0)
    world.claim_account("alice")
    assert world.state.globals.available_account_subsidies == 0


def test_pools_move_with_every_block(world: World) -> None:
    everybody, own = dynamics(797, 347_321), dynamics(996, 7_293_741, 100)
    schedule = world.state.schedules.edit("current")
    schedule.subsidy_dynamics = (10_000, 797, everybody.pool_eq, everybody.pool_max, 347_321, 36, 0)
    schedule.witness_subsidy_dynamics = (10_000, 996, own.pool_eq, own.pool_max, 7_293_741, 36, 100)
    fill_pools(world, 20_000_000, 500)
    world.advance()
    assert world.state.globals.available_account_subsidies == 20_000_000 + 797 - (20_000_000 * 347_321 >> 36)
    assert world.state.witnesses.get(WITNESS).available_subsidies == step(500, own) == 500 + 996 - 100
    world.state.witnesses.edit(WITNESS).schedule = SCHEDULE_TIMESHARE
    world.advance()
    assert world.state.witnesses.get(WITNESS).available_subsidies == 1_396


def test_invalid_subsidy_exhausted(world: World) -> None:
    fill_pools(world, 9_999, 10_000)
    with pytest.raises(SubsidyExhausted):
        world.claim_account("alice")


def test_invalid_free_claim_in_the_block_of_a_timeshare_witness(world: World) -> None:
    fill_pools(world, 20_000, 20_000)
    world.state.witnesses.edit(WITNESS).schedule = SCHEDULE_TIMESHARE
    world.state.in_block = True
    with pytest.raises(NotByElectedWitness):
        world.claim_account("alice")


def test_invalid_claim_fee(world: World) -> None:
    with pytest.raises(WrongCreationFee):
        world.claim_account("alice", "1.000 HIVE")


def test_invalid_claim_without_funds(world: World) -> None:
    with pytest.raises(InsufficientFunds):
        world.claim_account("whale", "3.000 HIVE")


def test_invalid_no_claimed_accounts(world: World) -> None:
    with pytest.raises(NoClaimedAccounts):
        world.create_claimed_account("alice", "bob")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "whale"}, AccountExists),
        ({"name": "bob", "posting": Authority.of_account("nobody")}, UnknownAuthorityAccount),
    ],
)
def test_invalid_claimed_account(world: World, fields: dict[str, Any], error: type[OperationFailed]) -> None:
    world.claim_account("alice", "3.000 HIVE")
    with pytest.raises(error):
        world.create_claimed_account("alice", **fields)
    assert world["alice"].pending_claimed_accounts == 1


# account_update, account_update2

NOTHING: dict[str, Any] = {"owner": None, "active": None, "posting": None}


def update(world: World, account: str = "alice", **fields: Any) -> None:
    world.do("account_update", account=account, json_metadata="", **(NOTHING | {"memo_key": NULL_KEY} | fields))


def update2(world: World, account: str = "alice", **fields: Any) -> None:
    given = {"memo_key": None, "json_metadata": "", "posting_json_metadata": "", "extensions": ()}
    world.do("account_update2", account=account, **(NOTHING | given | fields))


UPDATES = pytest.mark.parametrize("change", [update, update2])


@UPDATES
def test_only_what_is_given_changes(world: World, change: Any) -> None:
    change(world, posting=ANOTHER)
    keys = world.state.account_keys.get("alice")
    assert (keys.owner, keys.active, keys.posting, keys.memo_key) == (SOMEBODY, SOMEBODY, ANOTHER, KEY)
    assert (keys.last_account_update, keys.last_owner_update) == (world.state.now, 0)
    change(world, active=ANOTHER, memo_key=ANOTHER_KEY)
    keys = world.state.account_keys.get("alice")
    assert (keys.active, keys.memo_key) == (ANOTHER, ANOTHER_KEY)
    change(world, memo_key=NULL_KEY)
    assert keys.memo_key == ANOTHER_KEY


@UPDATES
def test_a_former_owner_is_remembered(world: World, change: Any) -> None:
    first, moment = world.state.now, world.state.account_keys.get
    change(world, owner=ANOTHER)
    history = list(world.state.owner_history.scan("alice"))
    assert [(row.authority, row.last_valid_time) for row in history] == [(SOMEBODY, first)]
    assert (moment("alice").last_owner_update, moment("alice").previous_owner_update) == (first, 0)


def test_in_the_first_months_owners_are_not_remembered(world: World) -> None:
    world.state.edit_globals().head_block_num = 3_186_476
    update(world, owner=ANOTHER)
    assert list(world.state.owner_history.scan("alice")) == []


@UPDATES
def test_the_owner_changes_twice_an_hour_at_most(world: World, change: Any) -> None:
    change(world, owner=ANOTHER)
    world.advance(seconds=600)
    change(world, owner=SOMEBODY)
    world.advance(seconds=HOUR - 600)
    with pytest.raises(OwnerUpdateTooSoon):
        change(world, owner=ANOTHER)
    world.advance(seconds=3)
    change(world, owner=ANOTHER)
    assert len(list(world.state.owner_history.scan("alice"))) == 3


@UPDATES
def test_invalid_temp_account(world: World, change: Any) -> None:
    world.account("temp")
    with pytest.raises(TempAccountFixed):
        change(world, "temp", posting=ANOTHER)


@UPDATES
def test_invalid_unknown_account(world: World, change: Any) -> None:
    with pytest.raises(UnknownAccount):
        change(world, "nobody", posting=ANOTHER)


@UPDATES
@pytest.mark.parametrize("role", ["owner", "active", "posting"])
def test_invalid_update_to_a_stranger(world: World, change: Any, role: str) -> None:
    with pytest.raises(UnknownAuthorityAccount):
        change(world, **{role: Authority.of_account("nobody")})
    assert world.state.account_keys.get("alice").last_owner_update == 0


@UPDATES
def test_invalid_too_many_authority_members(world: World, change: Any) -> None:
    crowd = Authority.build(1, keys=[(bytes([2]) + bytes([n]) * 32, 1) for n in range(41)])
    with pytest.raises(TooManyAuthorityMembers):
        change(world, active=crowd)
