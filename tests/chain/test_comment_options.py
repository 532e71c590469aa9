"""comment_options: a payout may be limited, never extended (protocol.md §5.2)."""

from typing import Any

import pytest

from chain.asset import HBD, Asset
from chain.operations.comment_options import (
    AlreadyPaid,
    BeneficiariesNotSorted,
    BeneficiaryCount,
    CurationReenabled,
    GreaterPayout,
    GreaterPercentHbd,
    HasBeneficiaries,
    HasVotes,
    TooManyBeneficiaries,
    UnknownBeneficiary,
    VotedBeforeBeneficiaries,
    VotingReenabled,
)
from chain.posts import UnknownPost
from chain.rows import Cashout
from tests.helpers.world import World

PLACE = ("alice", "hello")


@pytest.fixture
def world() -> World:
    world = World()
    world.accounts("alice", "bob", "carol")
    world.account("voter", vests="10000000.000000 VESTS")
    world.post(*PLACE)
    return world


def settings(world: World) -> Cashout:
    return world.state.cashouts.get(PLACE)


def test_every_setting_may_be_tightened(world: World) -> None:
    tight: dict[str, Any] = {"max_accepted_payout": "0.000 HBD", "percent_hbd": 0, "allow_votes": False}
    assert world.options(*PLACE, allow_curation_rewards=False, **tight) == []
    row = settings(world)
    assert (row.max_accepted_payout, row.percent_hbd) == (0, 0)
    assert not row.allow_votes
    assert not row.allow_curation_rewards


def test_the_hbd_percent_may_be_lowered_after_votes(world: World) -> None:
    world.vote("voter", *PLACE)
    world.options(*PLACE, percent_hbd=5_000)
    assert settings(world).percent_hbd == 5_000


def test_beneficiaries_are_kept_in_order(world: World) -> None:
    world.options(*PLACE, {"bob": 2_500, "carol": 500})
    assert settings(world).beneficiaries == (("bob", 2_500), ("carol", 500))


def test_the_same_settings_again_change_nothing(world: World) -> None:
    world.vote("voter", *PLACE)
    world.options(*PLACE)
    assert settings(world).max_accepted_payout == 1_000_000_000


def test_invalid_post(world: World) -> None:
    with pytest.raises(UnknownPost):
        world.options("alice", "other")


def test_invalid_after_payout(world: World) -> None:
    world.state.cashouts.remove(PLACE)
    with pytest.raises(AlreadyPaid):
        world.options(*PLACE, percent_hbd=0)


@pytest.mark.parametrize(
    "change", [{"allow_votes": False}, {"allow_curation_rewards": False}, {"max_accepted_payout": "999999.999 HBD"}]
)
@pytest.mark.parametrize("weight", [10_000, 1, -1])
def test_invalid_tightening_after_a_vote(world: World, change: dict[str, Any], weight: int) -> None:
    """A vote too weak to count counts here."""
    world.vote("voter", *PLACE, weight)
    with pytest.raises(HasVotes):
        world.options(*PLACE, **change)


def test_invalid_curation_allowed_again(world: World) -> None:
    world.options(*PLACE, allow_curation_rewards=False)
    with pytest.raises(CurationReenabled):
        world.options(*PLACE)


def test_invalid_votes_allowed_again(world: World) -> None:
    world.options(*PLACE, allow_votes=False)
    with pytest.raises(VotingReenabled):
        world.options(*PLACE)


def test_invalid_greater_payout(world: World) -> None:
    with pytest.raises(GreaterPayout):
        world.options(*PLACE, max_accepted_payout=Asset(1_000_000_001, HBD))


def test_invalid_greater_hbd_percent(world: World) -> None:
    world.options(*PLACE, percent_hbd=9_999)
    with pytest.raises(GreaterPercentHbd):
        world.options(*PLACE)


def test_invalid_beneficiaries_named_twice(world: World) -> None:
    world.options(*PLACE, {"bob": 100})
    with pytest.raises(HasBeneficiaries):
        world.options(*PLACE, {"carol": 100})


def test_invalid_beneficiaries_after_a_vote(world: World) -> None:
    world.vote("voter", *PLACE)
    with pytest.raises(VotedBeforeBeneficiaries):
        world.options(*PLACE, {"bob": 100})


def test_invalid_beneficiary(world: World) -> None:
    with pytest.raises(UnknownBeneficiary):
        world.options(*PLACE, {"bob": 100, "nobody": 100})
    assert settings(world).beneficiaries == ()


def test_invalid_order_of_beneficiaries(world: World) -> None:
    with pytest.raises(BeneficiariesNotSorted):
        world.options(*PLACE, {"carol": 100, "bob": 100})


def test_invalid_no_beneficiaries(world: World) -> None:
    with pytest.raises(BeneficiaryCount):
        world.options(*PLACE, {})


def test_invalid_ninth_beneficiary_for_the_node_itself(world: World) -> None:
    names = [f"friend{number}" for number in range(9)]
    world.accounts(*names)
    world.state.is_in_control = True
    with pytest.raises(TooManyBeneficiaries):
        world.options(*PLACE, dict.fromkeys(names, 100))
    world.state.is_in_control = False
    world.options(*PLACE, dict.fromkeys(names, 100))
    assert len(settings(world).beneficiaries) == 9
