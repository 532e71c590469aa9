"""A stolen account given back to its owner (protocol.md §2.6, §2.7)."""

from typing import Any

import pytest

from chain.accounts import OwnerUpdateTooSoon, UnknownAccount, UnknownAuthorityAccount
from chain.authority import Authority, TooManyAuthorityMembers
from chain.events import ChangedRecoveryAccount, VirtualOperation
from chain.operations.recover_account import (
    NoRecoveryRequest,
    OtherAuthorityRequested,
    SameOwnerAuthority,
    UnknownRecentAuthority,
)
from chain.processes.account_recovery import process_account_recovery
from chain.recovery import ImpossibleAuthority, NotRecoveryAccount, NotTopWitness, OpenAuthority
from chain.rows import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from tests.helpers.world import ANOTHER_KEY, SOMEBODY, WITNESS, World

THIEF = Authority.of_key(ANOTHER_KEY)
RESCUE = Authority.of_key(bytes([2]) + bytes([0x33]) * 32)
RESCUE_2 = Authority.of_key(bytes([2]) + bytes([0x44]) * 32)
OPEN = Authority(0)
IMPOSSIBLE = Authority(2, (), RESCUE.key_auths)
CROWD = Authority.build(1, keys=[(bytes([2]) + bytes([n]) * 32, 1) for n in range(41)])
DAY = 86_400
HOUR = 3_600


@pytest.fixture
def world() -> World:
    """The owner of alice is SOMEBODY, and partner is there to help."""
    world = World(processes=(process_account_recovery,))
    world.accounts("alice", "partner", "stranger")
    world.state.account_keys.edit("alice").recovery_account = "partner"
    return world


def steal(world: World, owner: Authority = THIEF) -> None:
    world.do(
        "account_update", account="alice", owner=owner, active=None, posting=None, memo_key=bytes(33), json_metadata=""
    )


def request(world: World, authority: Authority = RESCUE, by: str = "partner", account: str = "alice") -> None:
    events = world.do(
        "request_account_recovery",
        recovery_account=by,
        account_to_recover=account,
        new_owner_authority=authority,
        extensions=(),
    )
    assert events == []


def recover(world: World, new: Authority = RESCUE, recent: Authority = SOMEBODY, account: str = "alice") -> None:
    events = world.do(
        "recover_account",
        account_to_recover=account,
        new_owner_authority=new,
        recent_owner_authority=recent,
        extensions=(),
    )
    assert events == []


def change(world: World, new: str, account: str = "alice") -> None:
    events = world.do("change_recovery_account", account_to_recover=account, new_recovery_account=new, extensions=())
    assert events == []


def keys(world: World, account: str = "alice") -> Any:
    return world.state.account_keys.get(account)


# the whole story


def test_a_stolen_account_comes_back(world: World) -> None:
    steal(world)
    stolen_at = world.state.now
    world.advance(days=3)
    request(world)
    world.advance()
    world.state.block_time = world.state.now + 3
    recover(world)
    now = world.state.now
    row = keys(world)
    assert row.owner == RESCUE
    assert (row.last_account_recovery, row.recovered_at) == (now, now + 3)
    assert (row.last_owner_update, row.previous_owner_update) == (now, stolen_at)
    assert "alice" not in world.state.recovery_requests
    assert list(world.state.owner_history.scan("alice")) == [
        OwnerHistory("alice", 0, SOMEBODY, stolen_at),
        OwnerHistory("alice", 1, THIEF, now),
    ]


def test_the_thief_cannot_change_owners_until_the_real_one_is_forgotten(world: World) -> None:
    """Any owner of the last 30 days proves it, however often the thief changes the authority meanwhile."""
    steal(world)
    world.advance(hours=2)
    steal(world, RESCUE_2)
    world.advance(days=29)
    steal(world)
    request(world)
    recover(world)
    assert keys(world).owner == RESCUE


def test_a_recovery_asks_for_no_limit_but_its_own(world: World) -> None:
    """The thief has used up both changes of the hour."""
    steal(world)
    steal(world, RESCUE_2)
    request(world)
    recover(world)
    with pytest.raises(OwnerUpdateTooSoon):
        steal(world)


def test_a_recovery_counts_as_a_change_of_the_owner(world: World) -> None:
    steal(world)
    request(world)
    recover(world)
    with pytest.raises(OwnerUpdateTooSoon):
        steal(world)
    world.advance(seconds=HOUR + 3)
    steal(world)


# request_account_recovery


def test_a_request_waits_for_a_day(world: World) -> None:
    request(world)
    asked_at = world.state.now
    assert world.state.recovery_requests.get("alice") == RecoveryRequest("alice", 0, RESCUE, asked_at + DAY)
    world.advance(seconds=DAY - 3)
    assert "alice" in world.state.recovery_requests
    world.advance()
    assert "alice" not in world.state.recovery_requests
    request(world, RESCUE_2)
    assert world.state.recovery_requests.get("alice").id == 1


def test_another_request_takes_the_place_of_the_first(world: World) -> None:
    request(world)
    world.advance(hours=5)
    request(world, RESCUE_2)
    expected = RecoveryRequest("alice", 0, RESCUE_2, world.state.now + DAY)
    assert list(world.state.recovery_requests.scan()) == [expected]
    assert [row.account for row in world.state.recovery_requests.by_expiration.scan()] == ["alice"]


def test_an_open_authority_takes_the_request_back(world: World) -> None:
    request(world)
    request(world, OPEN)
    assert list(world.state.recovery_requests.scan()) == []


def test_the_members_of_a_changed_request_are_not_counted(world: World) -> None:
    """As in Hive, whose blocks may hold it."""
    request(world)
    request(world, CROWD)
    assert world.state.recovery_requests.get("alice").new_owner_authority == CROWD


def test_the_top_witness_helps_who_has_nobody(world: World) -> None:
    world.state.account_keys.edit("alice").recovery_account = ""
    with pytest.raises(NotTopWitness):
        request(world)
    world.witness("partner", votes=1)
    request(world)
    with pytest.raises(NotTopWitness):
        request(world, by=WITNESS)


def test_invalid_without_any_witness(world: World) -> None:
    world.state.account_keys.edit("alice").recovery_account = ""
    world.state.witnesses.remove(WITNESS)
    with pytest.raises(NotTopWitness):
        request(world)


def test_invalid_not_the_recovery_account(world: World) -> None:
    with pytest.raises(NotRecoveryAccount, match="Cannot recover an account that does not have you"):
        request(world, by="stranger")
    with pytest.raises(NotRecoveryAccount):
        request(world, by=WITNESS)


def test_invalid_request_for_nobody(world: World) -> None:
    with pytest.raises(UnknownAccount):
        request(world, account="nobody")


@pytest.mark.parametrize(
    ("authority", "error"),
    [
        (IMPOSSIBLE, ImpossibleAuthority),
        (OPEN, OpenAuthority),
        (CROWD, TooManyAuthorityMembers),
        (Authority.of_account("nobody"), UnknownAuthorityAccount),
    ],
)
def test_invalid_request_of_an_authority(world: World, authority: Authority, error: type[Exception]) -> None:
    with pytest.raises(error):
        request(world, authority)
    assert list(world.state.recovery_requests.scan()) == []


@pytest.mark.parametrize(
    ("authority", "error"),
    [(IMPOSSIBLE, ImpossibleAuthority), (Authority.of_account("nobody"), UnknownAuthorityAccount)],
)
def test_invalid_change_of_a_request(world: World, authority: Authority, error: type[Exception]) -> None:
    request(world)
    with pytest.raises(error):
        request(world, authority)
    assert world.state.recovery_requests.get("alice").new_owner_authority == RESCUE


# recover_account


def test_invalid_recovery_that_nobody_asked_for(world: World) -> None:
    steal(world)
    with pytest.raises(NoRecoveryRequest, match="There are no active recovery requests"):
        recover(world)
    with pytest.raises(UnknownAccount):
        recover(world, account="nobody")


def test_invalid_recovery_to_another_authority(world: World) -> None:
    steal(world)
    request(world)
    with pytest.raises(OtherAuthorityRequested, match="does not match recovery request"):
        recover(world, RESCUE_2)


def test_invalid_recovery_by_who_never_owned_it(world: World) -> None:
    """The owner authority in force proves nothing: the thief has it."""
    steal(world)
    request(world)
    for recent in (RESCUE_2, THIEF):
        with pytest.raises(UnknownRecentAuthority, match="Recent authority not found in authority history"):
            recover(world, recent=recent)


def test_invalid_recovery_after_the_owner_was_forgotten(world: World) -> None:
    steal(world)
    world.advance(days=30)
    request(world)
    assert len(list(world.state.owner_history.scan("alice"))) == 1  # at the very second it still counts
    world.advance()
    with pytest.raises(UnknownRecentAuthority):
        recover(world)


def test_invalid_two_recoveries_in_an_hour(world: World) -> None:
    steal(world)
    request(world)
    recover(world)
    request(world, RESCUE_2)
    world.advance(seconds=HOUR)
    with pytest.raises(OwnerUpdateTooSoon):
        recover(world, RESCUE_2)
    world.advance()
    recover(world, RESCUE_2)


@pytest.mark.parametrize(
    ("new", "recent", "error"),
    [
        (RESCUE, RESCUE, SameOwnerAuthority),
        (IMPOSSIBLE, SOMEBODY, ImpossibleAuthority),
        (RESCUE, IMPOSSIBLE, ImpossibleAuthority),
        (OPEN, SOMEBODY, OpenAuthority),
    ],
)
def test_invalid_shape_of_a_recovery(world: World, new: Authority, recent: Authority, error: type[Exception]) -> None:
    with pytest.raises(error):
        recover(world, new, recent)


def test_former_owners_are_forgotten_by_age_whoever_they_owned(world: World) -> None:
    steal(world)
    world.advance(days=1)
    world.do(
        "account_update",
        account="stranger",
        owner=THIEF,
        active=None,
        posting=None,
        memo_key=bytes(33),
        json_metadata="",
    )
    world.advance(days=29, seconds=3)
    assert [row.account for row in world.state.owner_history.scan()] == ["stranger"]
    world.advance(days=1)
    assert list(world.state.owner_history.scan()) == []


# change_recovery_account


def changed(old: str, new: str, account: str = "alice") -> list[VirtualOperation]:
    return [ChangedRecoveryAccount(account, old, new)]


def test_another_recovery_account_after_thirty_days(world: World) -> None:
    change(world, "stranger")
    asked_at = world.state.now
    waiting = RecoveryAccountChange("alice", 0, "stranger", asked_at + 30 * DAY)
    assert list(world.state.recovery_account_changes.scan()) == [waiting]
    assert world.advance(seconds=30 * DAY - 3) == []
    assert keys(world).recovery_account == "partner"
    assert world.advance() == changed("partner", "stranger")
    assert keys(world).recovery_account == "stranger"
    assert list(world.state.recovery_account_changes.scan()) == []


def test_asking_again_begins_the_thirty_days_anew(world: World) -> None:
    change(world, "stranger")
    world.advance(days=20)
    change(world, "witness")
    world.advance(days=20)
    change(world, "witness")
    assert world.advance(seconds=30 * DAY - 3) == []
    assert world.advance() == changed("partner", "witness")


def test_asking_for_the_present_one_takes_it_back(world: World) -> None:
    change(world, "stranger")
    change(world, "partner")
    assert list(world.state.recovery_account_changes.scan()) == []


def test_asking_for_the_present_one_alone_changes_nothing_and_is_told(world: World) -> None:
    change(world, "partner")
    assert world.advance(days=30) == changed("partner", "partner")


def test_changes_take_effect_by_time_then_name(world: World) -> None:
    world.state.account_keys.edit("stranger").recovery_account = ""
    change(world, "witness", account="stranger")
    change(world, "witness", account="alice")
    world.advance()
    change(world, "witness", account="partner")
    assert world.advance(days=31) == [
        *changed("partner", "witness"),
        *changed("", "witness", "stranger"),
        *changed("", "witness", "partner"),
    ]


def test_invalid_change_to_nobody(world: World) -> None:
    with pytest.raises(UnknownAccount, match="nobody"):
        change(world, "nobody")
    with pytest.raises(UnknownAccount, match="anybody"):
        change(world, "partner", account="anybody")
