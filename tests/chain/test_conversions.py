"""HBD into HIVE and HIVE into HBD at the feed's prices (protocol.md §8.7, §8.8)."""

from typing import Any

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset
from chain.balances import InsufficientFunds
from chain.checks import AmountNotPositive, WrongSymbol
from chain.conversions import ConversionRequestExists
from chain.events import (
    CollateralizedConvertImmediateConversion,
    FillCollateralizedConvertRequest,
    FillConvertRequest,
    SystemWarning,
    VirtualOperation,
)
from chain.invariants import check_invariants
from chain.operations.collateralized_convert import CollateralTooLow, DebtLimitExceeded, HbdCreationStopped
from chain.processes.conversions import process_conversions
from chain.processes.price_feed import NoPriceFeed, process_virtual_supply
from chain.types import InvalidAccountName
from tests.helpers.world import World

DAYS = 302_400  # three and a half


class Exchange(World):
    """alice has 1000.000 HIVE and 200.000 HBD, bob nothing. Others have enough HIVE to make that a small debt."""

    def __init__(self) -> None:
        super().__init__(processes=(process_conversions, process_virtual_supply))
        self.account("alice", hive="1000.000 HIVE", hbd="200.000 HBD")
        self.account("bob")
        self.account("rich", hive="100000.000 HIVE")
        self.set_price(250)

    def set_price(self, median: int, *, lowest: int | None = None, market: int | None = None) -> None:
        """So many units of HBD for 1000 units of HIVE."""
        feed = self.state.edit_feed()
        feed.current_median = (median, 1_000)
        feed.current_min = (median if lowest is None else lowest, 1_000)
        feed.market_median = (median if market is None else market, 1_000)
        process_virtual_supply(self.state)

    def convert(self, amount: str, requestid: int = 1, owner: str = "alice") -> list[VirtualOperation]:
        return self.do("convert", owner=owner, requestid=requestid, amount=amount)

    def secure(self, amount: str, requestid: int = 1, owner: str = "alice") -> list[VirtualOperation]:
        return self.do("collateralized_convert", owner=owner, requestid=requestid, amount=amount)

    @property
    def supplies(self) -> tuple[int, int]:
        return self.state.globals.current_supply, self.state.globals.current_hbd_supply

    def money(self, name: str) -> tuple[int, int]:
        return self[name].balance, self[name].hbd_balance


@pytest.fixture
def world() -> Exchange:
    return Exchange()


# HBD into HIVE


def test_hbd_becomes_hive_after_three_and_a_half_days(world: Exchange) -> None:
    hive, hbd = world.supplies
    assert world.convert("100.000 HBD") == []
    assert world.money("alice") == (1_000_000, 100_000)
    assert world.supplies == (hive, hbd)
    assert world.advance(seconds=DAYS - 1) == []
    assert world.advance() == [FillConvertRequest("alice", 1, Asset(100_000, HBD), Asset(400_000, HIVE))]
    assert world.money("alice") == (1_400_000, 100_000)
    assert world.supplies == (hive + 400_000, hbd - 100_000)
    assert len(list(world.state.conversions.scan())) == 0
    check_invariants(world.state)


def test_hbd_is_in_the_books_while_it_waits(world: Exchange) -> None:
    world.convert("100.000 HBD")
    check_invariants(world.state)


def test_the_median_of_the_day_counts_not_the_one_before(world: Exchange) -> None:
    world.convert("100.000 HBD")
    world.set_price(333, lowest=100, market=200)
    assert world.advance(seconds=DAYS) == [FillConvertRequest("alice", 1, Asset(100_000, HBD), Asset(300_300, HIVE))]


def test_conversions_come_by_time_then_age(world: Exchange) -> None:
    world.transfer("alice", "bob", "50.000 HBD")
    world.convert("1.000 HBD", 9)
    world.convert("2.000 HBD", 3, owner="bob")
    world.advance(seconds=3)
    world.convert("3.000 HBD", 1)
    events: list[Any] = world.advance(seconds=DAYS)
    assert [(event.owner, event.requestid) for event in events] == [("alice", 9), ("bob", 3), ("alice", 1)]


def test_a_number_is_free_again_afterwards(world: Exchange) -> None:
    world.convert("1.000 HBD")
    world.advance(seconds=DAYS)
    world.convert("1.000 HBD")


def test_numbers_are_ones_own_and_of_each_kind(world: Exchange) -> None:
    world.transfer("alice", "bob", "50.000 HBD")
    world.convert("1.000 HBD")
    world.convert("1.000 HBD", owner="bob")
    world.secure("10.000 HIVE")


def test_without_a_price_conversions_wait(world: Exchange) -> None:
    world.convert("1.000 HBD")
    world.state.edit_feed().current_median = (0, 0)
    assert world.advance(seconds=DAYS) == []
    world.set_price(250)
    assert len(world.advance()) == 1


def test_invalid_conversion_without_funds(world: Exchange) -> None:
    with pytest.raises(InsufficientFunds):
        world.convert("200.001 HBD")


def test_invalid_conversion_of_an_unknown_account(world: Exchange) -> None:
    with pytest.raises(UnknownAccount):
        world.convert("1.000 HBD", owner="nobody")


def test_invalid_conversion_without_a_price(world: Exchange) -> None:
    world.state.edit_feed().current_median = (0, 0)
    with pytest.raises(NoPriceFeed, match="Cannot convert HBD because there is no price feed"):
        world.convert("1.000 HBD")
    with pytest.raises(NoPriceFeed, match="Cannot convert HIVE because there is no price feed"):
        world.secure("1.000 HIVE")


def test_invalid_conversion_with_a_number_in_use(world: Exchange) -> None:
    world.convert("1.000 HBD")
    with pytest.raises(ConversionRequestExists):
        world.convert("1.000 HBD")
    world.secure("10.000 HIVE")
    with pytest.raises(ConversionRequestExists):
        world.secure("10.000 HIVE")
    assert world.money("alice")[0] == 990_000


@pytest.mark.parametrize("name", ["convert", "collateralized_convert"])
def test_invalid_shape_of_a_conversion(world: Exchange, name: str) -> None:
    good, other = ("HBD", "HIVE") if name == "convert" else ("HIVE", "HBD")
    with pytest.raises(WrongSymbol):
        world.do(name, owner="alice", requestid=1, amount=f"1.000 {other}")
    with pytest.raises(AmountNotPositive):
        world.do(name, owner="alice", requestid=1, amount=f"0.000 {good}")
    with pytest.raises(InvalidAccountName):
        world.do(name, owner="A", requestid=1, amount=f"1.000 {good}")


# HIVE into HBD


def test_collateral_gives_hbd_at_once(world: Exchange) -> None:
    """The figures of hived's own test."""
    hive, hbd = world.supplies
    assert world.secure("1000.000 HIVE") == [CollateralizedConvertImmediateConversion("alice", 1, Asset(119_047, HBD))]
    assert world.money("alice") == (0, 319_047)
    assert world.supplies == (hive, hbd + 119_047)
    check_invariants(world.state)


def test_what_the_hbd_did_not_cost_comes_back(world: Exchange) -> None:
    hive, hbd = world.supplies
    world.secure("1000.000 HIVE")
    world.set_price(125)
    assert world.advance(seconds=DAYS - 1) == []
    assert world.advance() == [
        FillCollateralizedConvertRequest("alice", 1, Asset(999_994, HIVE), Asset(119_047, HBD), Asset(6, HIVE))
    ]
    assert world.money("alice") == (6, 319_047)
    assert world.supplies == (hive - 999_994, hbd + 119_047)
    check_invariants(world.state)


def test_too_little_collateral_is_kept_whole_with_a_warning(world: Exchange) -> None:
    world.secure("1000.000 HIVE")
    world.set_price(100)
    assert world.advance(seconds=DAYS) == [
        SystemWarning(
            "Insufficient collateral on conversion 1 by alice - shortfall of "
            '{"amount":"249993","precision":3,"nai":"@@000000021"}'
        ),
        FillCollateralizedConvertRequest("alice", 1, Asset(1_000_000, HIVE), Asset(119_047, HBD), Asset(0, HIVE)),
    ]
    assert world.money("alice") == (0, 319_047)
    check_invariants(world.state)


def test_the_lowest_price_gives_hbd_and_the_markets_median_takes_hive(world: Exchange) -> None:
    world.set_price(900, lowest=125, market=250)
    assert world.secure("1000.000 HIVE") == [CollateralizedConvertImmediateConversion("alice", 1, Asset(59_523, HBD))]
    event: Any = world.advance(seconds=DAYS)[0]
    assert event.amount_in.amount == 59_523 * 4 * 105 // 100


def test_plain_conversions_come_before_those_with_collateral(world: Exchange) -> None:
    world.secure("100.000 HIVE")
    world.convert("1.000 HBD")
    assert [type(event) for event in world.advance(seconds=DAYS)] == [
        FillConvertRequest,
        FillCollateralizedConvertRequest,
    ]


def test_invalid_collateral_without_funds(world: Exchange) -> None:
    with pytest.raises(InsufficientFunds):
        world.secure("1000.001 HIVE")


def test_invalid_collateral_that_gives_nothing(world: Exchange) -> None:
    with pytest.raises(CollateralTooLow):
        world.secure("0.008 HIVE")
    world.secure("0.010 HIVE")


def test_invalid_creation_of_hbd_while_none_is_printed(world: Exchange) -> None:
    world.state.edit_globals().hbd_print_rate = 0
    with pytest.raises(HbdCreationStopped):
        world.secure("100.000 HIVE")


def owe(world: Exchange, hbd: int) -> None:
    """Let there be so much HBD, by giving somebody what is missing."""
    world.state.accounts.edit("bob").hbd_balance += hbd - world.state.globals.current_hbd_supply
    world.state.edit_globals().current_hbd_supply = hbd
    process_virtual_supply(world.state)


def test_hbd_may_become_a_fifth_of_the_market(world: Exchange) -> None:
    fifth = world.state.globals.current_supply // 16  # at 0.250, 4 HIVE for each HBD
    owe(world, fifth - 119_047)
    world.secure("1000.000 HIVE")
    assert world.state.globals.current_hbd_supply == fifth
    assert world.advance() == []
    assert world.state.globals.hbd_print_rate == 0


def test_invalid_creation_of_hbd_beyond_a_fifth_of_the_market(world: Exchange) -> None:
    owe(world, world.state.globals.current_supply // 16)
    world.state.edit_globals().hbd_print_rate = 10_000  # as it stands until the end of the block
    with pytest.raises(DebtLimitExceeded, match="would be 2030 bp of the market"):
        world.secure("1000.000 HIVE")
    assert world.money("alice")[0] == 1_000_000
