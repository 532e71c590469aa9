"""Savings: set aside, taken out with three days' delay, cancelled (protocol.md §8.6)."""

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset
from chain.balances import InsufficientFunds, InsufficientSavings
from chain.events import ClearNullAccountBalance, FillTransferFromSavings, Interest, VirtualOperation
from chain.invariants import check_invariants
from chain.operations.transfer_from_savings import (
    SavingsRequestExists,
    TooManySavingsWithdrawals,
    TreasuryTakesOnlyHbd,
)
from chain.operations.transfer_to_savings import TreasuryCannotSave
from chain.processes.null_clearing import process_null_clearing
from chain.processes.savings_withdrawals import process_savings_withdrawals
from chain.savings import UnknownSavingsWithdrawal
from tests.helpers.world import World

DAYS = 259_200  # three


class Savers(World):
    """A world in which money can be saved."""

    def __init__(self) -> None:
        super().__init__(processes=(process_null_clearing, process_savings_withdrawals))
        self.account("alice", hive="10.000 HIVE", hbd="2000.000 HBD")
        self.account("bob")
        self.state.edit_globals().hbd_interest_rate = 1_500

    def save(self, giver: str, amount: str, receiver: str = "") -> list[VirtualOperation]:
        return self.do("transfer_to_savings", from_=giver, to=receiver or giver, amount=amount, memo="")

    def take_out(
        self, giver: str, request_id: int, amount: str, receiver: str = "", memo: str = ""
    ) -> list[VirtualOperation]:
        names = {"from_": giver, "to": receiver or giver}
        return self.do("transfer_from_savings", request_id=request_id, amount=amount, memo=memo, **names)

    def cancel(self, giver: str, request_id: int) -> list[VirtualOperation]:
        return self.do("cancel_transfer_from_savings", from_=giver, request_id=request_id)


@pytest.fixture
def world() -> Savers:
    return Savers()


def arrived(giver: str, receiver: str, amount: Asset, request_id: int, memo: str = "") -> FillTransferFromSavings:
    return FillTransferFromSavings(giver, receiver, amount, request_id, memo)


def test_money_is_saved_for_oneself_or_for_another(world: Savers) -> None:
    assert world.save("alice", "4.000 HIVE") == []
    world.save("alice", "1.000 HIVE", "bob")
    world.save("alice", "500.000 HBD", "bob")
    alice, bob = world["alice"], world["bob"]
    assert (alice.balance, alice.savings_balance, alice.hbd_balance) == (5_000, 4_000, 1_500_000)
    assert (bob.balance, bob.savings_balance, bob.savings_hbd_balance) == (0, 1_000, 500_000)
    check_invariants(world.state)


def test_savings_arrive_after_three_days(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    asked_at = world.state.now
    world.take_out("alice", 7, "3.000 HIVE", "bob", "for rent")
    alice = world["alice"]
    assert (alice.savings_balance, alice.savings_withdraw_requests) == (1_000, 1)
    row = world.state.savings_withdrawals.get(("alice", 7))
    assert (row.to, row.amount, row.memo, row.complete) == ("bob", Asset(3_000, HIVE), "for rent", asked_at + DAYS)
    check_invariants(world.state)
    assert world.advance(seconds=DAYS - 1) == []
    assert world.advance() == [arrived("alice", "bob", Asset(3_000, HIVE), 7, "for rent")]
    assert (world["bob"].balance, world["alice"].savings_withdraw_requests) == (3_000, 0)
    assert world.state.savings_withdrawals.find(("alice", 7)) is None
    check_invariants(world.state)


def test_savings_arrive_at_the_very_second(world: Savers) -> None:
    world.save("alice", "1.000 HBD")
    world.take_out("alice", 0, "1.000 HBD")
    assert world.advance(seconds=DAYS) == [arrived("alice", "alice", Asset(1_000, HBD), 0)]


def test_what_is_due_arrives_by_time_then_sender_then_number(world: Savers) -> None:
    for saver in ("alice", "bob"):
        world.save("alice", "1.000 HIVE", saver)
    world.take_out("bob", 1, "0.001 HIVE")
    world.advance(seconds=3)
    for saver, request_id in (("bob", 0), ("alice", 9), ("alice", 10)):
        world.take_out(saver, request_id, "0.001 HIVE")
    events = world.advance(seconds=DAYS)
    assert [(e.from_, e.request_id) for e in events if isinstance(e, FillTransferFromSavings)] == [
        ("bob", 1),
        ("alice", 9),
        ("alice", 10),
        ("bob", 0),
    ]


def test_a_withdrawal_can_be_cancelled(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    world.take_out("alice", 7, "3.000 HIVE", "bob")
    assert world.cancel("alice", 7) == []
    alice = world["alice"]
    assert (alice.savings_balance, alice.savings_withdraw_requests) == (4_000, 0)
    assert world.advance(days=4) == []
    check_invariants(world.state)
    world.take_out("alice", 7, "1.000 HIVE")


def test_interest_is_paid_where_hbd_savings_change(world: Savers) -> None:
    """What was earned stays saved; the time on the way earns nothing."""
    world.save("alice", "1000.000 HBD")
    world.advance(seconds=3)
    assert world.save("alice", "0.001 HBD") == [], "the first payment counts from the epoch and is of nothing"
    world.advance(days=30, seconds=3)
    assert world.take_out("alice", 1, "1000.001 HBD") == [
        Interest("alice", Asset(12_328, HBD), is_saved_into_hbd_balance=False)
    ]
    assert world["alice"].savings_hbd_balance == 12_328
    world.advance(days=2)
    assert world.cancel("alice", 1) == []
    assert world["alice"].savings_hbd_seconds == 12_328 * 172_800
    check_invariants(world.state)


def test_savings_that_null_gets_are_burned(world: Savers) -> None:
    world.save("alice", "1.000 HIVE", "null")
    world.save("alice", "2.000 HBD", "null")
    assert world.advance() == [ClearNullAccountBalance((Asset(1_000, HIVE), Asset(2_000, HBD)))]
    check_invariants(world.state)


def test_savings_sent_to_null_are_burned_a_block_after_they_arrive(world: Savers) -> None:
    world.save("alice", "1.000 HIVE")
    world.take_out("alice", 0, "1.000 HIVE", "null")
    assert world.advance(days=3) == [arrived("alice", "null", Asset(1_000, HIVE), 0)]
    assert world.advance() == [ClearNullAccountBalance((Asset(1_000, HIVE),))]
    check_invariants(world.state)


def test_hbd_reaches_the_treasury_from_savings(world: Savers) -> None:
    world.save("alice", "1.000 HBD")
    world.take_out("alice", 0, "1.000 HBD", "hive.fund")
    world.advance(days=3)
    assert world["hive.fund"].hbd_balance == 1_000


@pytest.mark.parametrize("treasury", ["hive.fund", "steem.dao"])
def test_invalid_treasury(world: Savers, treasury: str) -> None:
    if treasury not in world.state.accounts:
        world.account(treasury)
    with pytest.raises(TreasuryCannotSave):
        world.save("alice", "1.000 HBD", treasury)
    world.save("alice", "1.000 HIVE")
    with pytest.raises(TreasuryTakesOnlyHbd):
        world.take_out("alice", 0, "1.000 HIVE", treasury)


def test_invalid_insufficient_funds(world: Savers) -> None:
    with pytest.raises(InsufficientFunds):
        world.save("alice", "10.001 HIVE")


def test_invalid_insufficient_savings(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    for amount in ("4.001 HIVE", "0.001 HBD"):
        with pytest.raises(InsufficientSavings):
            world.take_out("alice", 0, amount)


def test_invalid_savings_request_exists(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    world.take_out("alice", 3, "1.000 HIVE")
    with pytest.raises(SavingsRequestExists):
        world.take_out("alice", 3, "1.000 HIVE")
    assert world["alice"].savings_balance == 3_000, "a refused withdrawal leaves no trace"


def test_invalid_too_many_savings_withdrawals(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    for request_id in range(100):
        world.take_out("alice", request_id, "0.001 HIVE")
    with pytest.raises(TooManySavingsWithdrawals) as error:
        world.take_out("alice", 100, "0.001 HIVE")
    assert "Account alice has reached the limit of 100 pending withdraw requests" in str(error.value)
    world.cancel("alice", 50)
    world.take_out("alice", 100, "0.001 HIVE")


def test_invalid_unknown_savings_withdrawal(world: Savers) -> None:
    world.save("alice", "4.000 HIVE")
    world.take_out("alice", 3, "1.000 HIVE")
    for saver, request_id in (("alice", 4), ("bob", 3)):
        with pytest.raises(UnknownSavingsWithdrawal):
            world.cancel(saver, request_id)


def test_invalid_unknown_accounts(world: Savers) -> None:
    with pytest.raises(UnknownAccount):
        world.save("alice", "1.000 HIVE", "nobody")
    with pytest.raises(UnknownAccount):
        world.save("nobody", "1.000 HIVE", "alice")
    world.save("alice", "4.000 HIVE")
    with pytest.raises(UnknownAccount):
        world.take_out("alice", 0, "1.000 HIVE", "nobody")
    with pytest.raises(UnknownAccount):
        world.take_out("nobody", 0, "1.000 HIVE", "alice")
