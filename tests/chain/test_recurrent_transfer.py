"""Transfers that repeat themselves (protocol.md §8.11)."""

from dataclasses import replace

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset
from chain.events import FailedRecurrentTransfer, FillRecurrentTransfer, VirtualOperation
from chain.extensions import RecurrentTransferPairId
from chain.fields import VoidT
from chain.invariants import check_invariants
from chain.operations.recurrent_transfer import (
    NoRecurrentTransfer,
    NotEnoughForFirstTransfer,
    PairIdNotYet,
    RecurrentTransferTooLong,
    TooManyRecurrentTransfers,
)
from chain.params import MAINNET, Params
from chain.processes.recurrent_transfers import process_recurrent_transfers
from chain.rows import OpenRecurrentTransfer
from tests.helpers.world import World

DAY = 86_400


class Payers(World):
    """alice has money, and pays bob a HIVE a day, three times, unless told otherwise."""

    def __init__(self, params: Params = MAINNET) -> None:
        super().__init__(params, processes=(process_recurrent_transfers,))
        self.account("alice", hive="100.000 HIVE", hbd="100.000 HBD")
        self.accounts("bob", "carol")

    def set(
        self,
        giver: str = "alice",
        receiver: str = "bob",
        amount: str = "1.000 HIVE",
        *,
        hours: int = 24,
        times: int = 3,
        memo: str = "",
        pair_id: int | None = None,
    ) -> list[VirtualOperation]:
        extensions = () if pair_id is None else (RecurrentTransferPairId(pair_id),)
        fields = {"amount": amount, "memo": memo, "recurrence": hours, "executions": times, "extensions": extensions}
        return self.do("recurrent_transfer", from_=giver, to=receiver, **fields)

    def row(self, receiver: str = "bob", pair_id: int = 0) -> OpenRecurrentTransfer:
        return self.state.recurrent_transfers.get(("alice", receiver, pair_id))


@pytest.fixture
def world() -> Payers:
    return Payers()


ONE_HIVE = Asset(1_000, HIVE)


def paid(remaining: int, receiver: str = "bob", amount: Asset = ONE_HIVE, pair_id: int = 0) -> FillRecurrentTransfer:
    extensions = (RecurrentTransferPairId(pair_id),) if pair_id else ()
    return FillRecurrentTransfer("alice", receiver, amount, "", remaining, extensions)


def failed(failures: int, remaining: int, *, deleted: bool = False) -> FailedRecurrentTransfer:
    return FailedRecurrentTransfer("alice", "bob", ONE_HIVE, "", failures, remaining, deleted, ())


def test_the_first_happens_at_the_end_of_the_block_the_others_follow(world: Payers) -> None:
    started_at = world.state.now
    assert world.set() == []
    assert world["alice"].open_recurrent_transfers == 1
    assert world["alice"].balance == 100_000, "nothing is locked"
    assert world.advance() == [paid(2)]
    assert world.row().trigger_date == started_at + DAY, "counted from when it was due, not from the block"
    assert world.advance(seconds=DAY - 4) == []
    assert world.advance() == [paid(1)]
    assert world.advance(days=1) == [paid(0)]
    assert world["bob"].balance == 3_000
    assert world["alice"].open_recurrent_transfers == 0
    assert world.state.recurrent_transfers.find(("alice", "bob", 0)) is None
    assert world.advance(days=1) == []
    check_invariants(world.state)


def test_hbd_with_a_memo(world: Payers) -> None:
    world.set(amount="0.500 HBD", memo="rent")
    assert world.advance() == [FillRecurrentTransfer("alice", "bob", Asset(500, HBD), "rent", 2, ())]
    assert world["bob"].hbd_balance == 500


def test_a_change_keeps_the_time_unless_the_period_changes(world: Payers) -> None:
    started_at = world.state.now
    world.set()
    world.advance(hours=1)
    world.set(amount="2.000 HIVE", times=5, memo="more")
    row = world.row()
    assert (row.trigger_date, row.amount, row.remaining_executions) == (started_at + DAY, Asset(2_000, HIVE), 5)
    world.set(hours=48)
    assert world.row().trigger_date == world.state.now + 2 * DAY
    assert (world.row().recurrence, world["alice"].open_recurrent_transfers) == (48, 1)


def test_an_amount_of_zero_stops_it(world: Payers) -> None:
    world.set()
    assert world.set(amount="0.000 HIVE") == []
    assert world["alice"].open_recurrent_transfers == 0
    assert world.advance() == []


def test_pair_ids_tell_transfers_to_one_account_apart(world: Payers) -> None:
    world.set()
    world.set(amount="2.000 HIVE", pair_id=255)
    world.set(amount="3.000 HIVE", pair_id=0)
    assert world["alice"].open_recurrent_transfers == 2
    assert world.advance() == [
        paid(2, amount=Asset(3_000, HIVE)),
        paid(2, amount=Asset(2_000, HIVE), pair_id=255),
    ]
    world.set(amount="0.000 HIVE", pair_id=255)
    assert world.state.recurrent_transfers.find(("alice", "bob", 255)) is None


def test_an_extension_that_says_nothing_is_pair_id_0(world: Payers) -> None:
    fields = {"from_": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": "", "recurrence": 24, "executions": 2}
    world.do("recurrent_transfer", **fields, extensions=(VoidT(),))
    assert world.row().pair_id == 0


def test_those_due_happen_by_time_then_age(world: Payers) -> None:
    world.set(receiver="carol")
    world.advance(seconds=3)
    world.set(receiver="bob", pair_id=9)
    world.set(receiver="bob", pair_id=1)
    world.advance(seconds=3)
    assert world.advance(days=1) == [paid(1, "carol"), paid(1, pair_id=9), paid(1, pair_id=1)]


def test_what_was_missed_is_made_up_for_only_while_others_wait(world: Payers) -> None:
    """Five days without blocks: bob is due every 24 hours from hour 24 on, carol every 36 from hour 37 on."""
    world.set(times=7)
    world.advance(hours=1)
    world.set(receiver="carol", hours=36, times=7)
    world.advance(hours=1)
    assert world.advance(days=5) == [paid(5), paid(5, "carol"), paid(4), paid(4, "carol")]
    assert world.row().trigger_date < world.state.now, (
        "at hour 72, before carol's of hour 73, it did not come round again"
    )
    assert world.advance() == [paid(3), paid(3, "carol")]


def test_only_so_many_in_a_block() -> None:
    world = Payers(replace(MAINNET, recurrent_transfers_per_block_max=2))
    for pair_id in range(3):
        world.set(pair_id=pair_id)
    assert world.advance() == [paid(2), paid(2, pair_id=1)]
    assert world.advance() == [paid(2, pair_id=2)]


# failures


def test_a_failure_counts_as_an_execution(world: Payers) -> None:
    world.set(times=5)
    world.advance()
    world.transfer("alice", "carol", "99.000 HIVE")
    assert world.advance(days=1) == [failed(1, 3)]
    assert world.advance(days=1) == [failed(2, 2)]
    world.transfer("carol", "alice", "1.000 HIVE")
    assert world.advance(days=1) == [paid(1)]
    assert world.row().consecutive_failures == 0
    assert world.advance(days=1) == [failed(1, 0, deleted=True)]
    assert world["alice"].open_recurrent_transfers == 0
    check_invariants(world.state)


def test_ten_failures_in_a_row_end_it(world: Payers) -> None:
    world.set(times=100)
    world.transfer("alice", "carol", "100.000 HIVE")
    for failures in range(1, 10):
        assert world.advance(days=1) == [failed(failures, 100 - failures)]
    assert world.advance(days=1) == [failed(10, 90, deleted=True)]
    assert world.state.recurrent_transfers.find(("alice", "bob", 0)) is None
    assert world["alice"].open_recurrent_transfers == 0


def test_a_change_does_not_forget_the_failures(world: Payers) -> None:
    world.set(times=100)
    world.transfer("alice", "carol", "100.000 HIVE")
    world.advance()
    world.transfer("carol", "alice", "1.000 HIVE")
    world.set(times=50)
    assert world.row().consecutive_failures == 1


def test_hive_for_the_treasury_stays_hive(world: Payers) -> None:
    world.set(receiver="hive.fund")
    assert world.advance() == [paid(2, "hive.fund")]
    assert (world["hive.fund"].balance, world["hive.fund"].hbd_balance) == (1_000, 0)


# what is refused


def test_invalid_not_enough_for_first_transfer(world: Payers) -> None:
    with pytest.raises(NotEnoughForFirstTransfer) as error:
        world.set(amount="100.001 HIVE")
    assert "does not have enough tokens for the first transfer, has 100.000 HIVE needs 100.001 HIVE" in str(error.value)
    world.set(amount="100.000 HIVE")


def test_invalid_no_recurrent_transfer(world: Payers) -> None:
    world.set()
    with pytest.raises(NoRecurrentTransfer) as error:
        world.set(amount="0.000 HIVE", pair_id=1)
    assert "Cannot create a recurrent transfer with 0 amount" in str(error.value)


def test_invalid_too_many_recurrent_transfers(world: Payers) -> None:
    for pair_id in range(255):
        world.set(pair_id=pair_id)
    with pytest.raises(TooManyRecurrentTransfers):
        world.set(pair_id=255)
    world.set(pair_id=254, times=2)
    world.set(pair_id=254, amount="0.000 HIVE")
    world.set(pair_id=255)


def test_invalid_recurrent_transfer_too_long(world: Payers) -> None:
    """The last one may come 730 days from now, at the latest."""
    with pytest.raises(RecurrentTransferTooLong):
        world.set(times=732)
    assert world.state.recurrent_transfers.find(("alice", "bob", 0)) is None
    world.set(times=731)
    world.advance()
    with pytest.raises(RecurrentTransferTooLong):
        world.set(times=731)  # the next one comes in a day
    world.set(times=730)
    with pytest.raises(RecurrentTransferTooLong):
        world.set(hours=48, times=366)
    world.set(hours=48, times=365)


def test_invalid_too_long_as_it_was_counted_before_hardfork_28(world: Payers) -> None:
    world.state.edit_hardforks().last_hardfork = 27
    with pytest.raises(RecurrentTransferTooLong):
        world.set(times=730)
    with pytest.raises(RecurrentTransferTooLong):
        world.set(receiver="nobody", times=730)
    world.set(times=729)


def test_invalid_pair_id_before_hardfork_28(world: Payers) -> None:
    world.state.edit_hardforks().last_hardfork = 27
    with pytest.raises(PairIdNotYet) as error:
        world.set(pair_id=0)
    assert str(error.value) == "recurrent_transfer_pair_id extension requires hardfork 28"
    world.set()


def test_invalid_unknown_accounts(world: Payers) -> None:
    with pytest.raises(UnknownAccount):
        world.set(receiver="nobody")
    with pytest.raises(UnknownAccount):
        world.set(giver="nobody")
