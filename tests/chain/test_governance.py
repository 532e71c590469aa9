"""Votes for witnesses, proxies, delayed votes, the end of voting rights (protocol.md §4.6, §4.7, §2.7)."""

import pytest

from chain.accounts import UnknownAccount
from chain.events import DeclinedVotingRights, DelayedVoting, ExpiredAccountNotification, ProxyCleared
from chain.governance import VotingRightsDeclined
from chain.operations.account_witness_proxy import ProxyChainTooLong, ProxyLoop, SameProxy
from chain.operations.account_witness_vote import (
    AlreadyVotedFor,
    NotVotedFor,
    TooManyWitnessVotes,
    VotesByProxy,
)
from chain.operations.decline_voting_rights import DeclineRequestExists, NoDeclineRequest
from chain.rows import TIME_MAX
from chain.schedule import adjust_witness_vote
from chain.witnesses import UnknownWitness
from tests.helpers.world import World, check_stake

DAY = 86_400


@pytest.fixture
def world() -> World:
    world = World()
    for power, name in enumerate(("ann", "ben", "cat", "dan", "eve", "fay"), start=1):
        world.account(name, hive="100.000 HIVE", vests=f"{10**power}.000000 VESTS")
    for name in ("wit-one", "wit-two"):
        world.witness(name)
    return world


def votes(world: World, witness: str) -> int:
    """Whole VESTS behind a witness."""
    return world.state.witnesses.get(witness).votes // 1_000_000


# votes


def test_a_vote_puts_all_power_behind_each_witness(world: World) -> None:
    world.approve("cat", "wit-one")
    world.approve("cat", "wit-two")
    world.approve("dan", "wit-two")
    assert (votes(world, "wit-one"), votes(world, "wit-two")) == (1_000, 11_000)
    world.disapprove("cat", "wit-two")
    assert (votes(world, "wit-one"), votes(world, "wit-two")) == (1_000, 10_000)
    assert world["cat"].witnesses_voted_for == 1
    check_stake(world)


def test_a_vote_keeps_governance_alive_for_a_year(world: World) -> None:
    assert world["ann"].governance_expiration == TIME_MAX
    world.approve("ann", "wit-one")
    assert world["ann"].governance_expiration == world.state.now + 365 * DAY


def test_votes_of_the_time_before_they_expired_are_spread_over_half_a_year(world: World) -> None:
    """§4.6: nothing expires sooner than 365 days after hardfork 25."""
    hardfork_25, half_a_year = 1_625_061_600, 365 * DAY // 2
    world.state.now = hardfork_25 - 10 * DAY
    world.approve("ann", "wit-one")
    expected = hardfork_25 + 365 * DAY + (hardfork_25 + 355 * DAY) % half_a_year
    assert world["ann"].governance_expiration == expected


def test_votes_move_a_witness_on_its_track(world: World) -> None:
    """§4.3: a lap of 2^128 - 1, started at the virtual time of the future schedule."""
    world.state.schedules.edit("future").current_virtual_time = 10**30
    world.approve("ann", "wit-one")
    witness = world.state.witnesses.get("wit-one")
    assert witness.virtual_last_update == 10**30
    assert witness.virtual_scheduled_time == 10**30 + (2**128 - 1) // 10_000_001


def test_invalid_unknown_witness(world: World) -> None:
    with pytest.raises(UnknownWitness):
        world.approve("ann", "ben")
    assert world["ann"].governance_expiration == TIME_MAX


def test_invalid_unknown_voter(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.approve("nobody", "wit-one")


def test_invalid_already_voted_for(world: World) -> None:
    world.approve("ann", "wit-one")
    with pytest.raises(AlreadyVotedFor):
        world.approve("ann", "wit-one")


def test_invalid_not_voted_for(world: World) -> None:
    with pytest.raises(NotVotedFor):
        world.disapprove("ann", "wit-one")


def test_invalid_too_many_witness_votes(world: World) -> None:
    for number in range(30):
        world.witness(f"witness{number}")
        world.approve("ann", f"witness{number}")
    with pytest.raises(TooManyWitnessVotes):
        world.approve("ann", "wit-one")
    world.disapprove("ann", "witness7")
    world.approve("ann", "wit-one")


def test_invalid_votes_by_proxy(world: World) -> None:
    world.proxy("ann", "ben")
    with pytest.raises(VotesByProxy):
        world.approve("ann", "wit-one")


# proxies


def test_a_proxy_votes_with_the_power_of_those_who_chose_it(world: World) -> None:
    world.approve("ann", "wit-one")
    world.approve("ben", "wit-two")
    assert world.proxy("ann", "ben") == []
    assert (votes(world, "wit-one"), votes(world, "wit-two")) == (0, 110)
    assert world["ann"].witnesses_voted_for == 0
    world.approve("ben", "wit-one")
    assert votes(world, "wit-one") == 110
    assert world.proxy("ann", "") == [ProxyCleared("ann", "ben")]
    assert votes(world, "wit-one") == 100
    check_stake(world)


def test_power_passes_four_steps_and_no_further(world: World) -> None:
    world.approve("eve", "wit-one")
    world.approve("fay", "wit-two")
    for giver, proxy in (("ann", "ben"), ("ben", "cat"), ("cat", "dan"), ("dan", "eve")):
        world.proxy(giver, proxy)
    assert world["eve"].proxied_votes == tuple(10**n * 1_000_000 for n in (4, 3, 2, 1))
    assert votes(world, "wit-one") == 111_110
    world.proxy("eve", "fay")
    assert world["fay"].proxied_votes == tuple(10**n * 1_000_000 for n in (5, 4, 3, 2)), "ann's ten are five steps away"
    assert (votes(world, "wit-one"), votes(world, "wit-two")) == (0, 1_111_100)
    world.reward("ann", vests=1_000_000, vested_hive=1)
    world.claim("ann", vests="1.000000 VESTS")
    assert world["eve"].proxied_votes[3] == 11_000_000
    assert votes(world, "wit-two") == 1_111_100
    check_stake(world)
    world.proxy("eve", "")
    assert world["fay"].proxied_votes == (0, 0, 0, 0)
    check_stake(world)


def test_changed_power_finds_its_way_through_proxies(world: World) -> None:
    world.approve("cat", "wit-one")
    world.proxy("ann", "ben")
    world.proxy("ben", "cat")
    world.reward("ann", vests=5_000_000, vested_hive=5)
    world.claim("ann", vests="5.000000 VESTS")
    assert world["ben"].proxied_votes[0] == 15_000_000
    assert world["cat"].proxied_votes[:2] == (100_000_000, 15_000_000)
    assert votes(world, "wit-one") == 1_115
    check_stake(world)


def test_another_proxy_tells_of_the_old_one(world: World) -> None:
    world.proxy("ann", "ben")
    assert world.proxy("ann", "cat") == [ProxyCleared("ann", "ben")]
    assert world["ben"].proxied_votes == (0, 0, 0, 0)
    assert world["cat"].proxied_votes == (10_000_000, 0, 0, 0)


def test_the_account_numbered_zero_is_no_proxy(world: World) -> None:
    """hived keeps numbers: "miners" has that of nobody."""
    world.account("miners")
    with pytest.raises(SameProxy):
        world.proxy("ann", "miners")
    world.proxy("ann", "ben")
    assert world.proxy("ann", "miners") == [ProxyCleared("ann", "ben")]
    assert world["ann"].proxy == ""
    check_stake(world)


def test_invalid_same_proxy(world: World) -> None:
    world.proxy("ann", "ben")
    with pytest.raises(SameProxy):
        world.proxy("ann", "ben")
    with pytest.raises(SameProxy):
        world.proxy("ben", "")


def test_invalid_proxy_loop(world: World) -> None:
    world.proxy("ann", "ben")
    world.proxy("ben", "cat")
    with pytest.raises(ProxyLoop):
        world.proxy("cat", "ann")


def test_invalid_proxy_chain_too_long(world: World) -> None:
    for giver, proxy in (("eve", "fay"), ("dan", "eve"), ("cat", "dan")):
        world.proxy(giver, proxy)
    with pytest.raises(ProxyChainTooLong):
        world.proxy("ben", "cat")


def test_invalid_unknown_proxy(world: World) -> None:
    with pytest.raises(UnknownAccount):
        world.proxy("ann", "nobody")
    with pytest.raises(UnknownAccount):
        world.proxy("nobody", "ann")


# delayed votes


def test_bought_power_governs_after_thirty_days(world: World) -> None:
    world.approve("ann", "wit-one")
    world.power_up("ann", "5.000 HIVE")
    assert votes(world, "wit-one") == 10
    bucket_time = world.state.now
    world.advance(hours=23)
    world.power_up("ann", "1.000 HIVE")
    world.advance(hours=1)
    world.power_up("ann", "2.000 HIVE")
    assert [vests // 1_000_000 for _, vests in world["ann"].delayed_votes] == [6_000, 2_000]
    world.advance(seconds=bucket_time + 30 * DAY - 1 - world.state.now)
    assert votes(world, "wit-one") == 10
    check_stake(world)
    assert world.advance(seconds=3) == [DelayedVoting("ann", 6_000_000_000)]
    assert votes(world, "wit-one") == 6_010
    assert world.advance(days=1) == [DelayedVoting("ann", 2_000_000_000)]
    assert world["ann"].delayed_votes_sum == 0
    check_stake(world)


def test_delayed_votes_mature_by_time_then_age_of_account(world: World) -> None:
    world.power_up("ben", "1.000 HIVE")
    world.power_up("ann", "1.000 HIVE")
    world.advance(hours=1)
    world.power_up("cat", "1.000 HIVE")
    assert [event.voter for event in world.advance(days=31) if isinstance(event, DelayedVoting)] == [
        "ann",
        "ben",
        "cat",
    ]


# the end


def test_governance_expires_after_a_year(world: World) -> None:
    world.approve("ben", "wit-one")
    world.proxy("ann", "ben")
    world.advance(days=300)
    world.approve("cat", "wit-two")
    assert world.advance(days=65) == [
        ProxyCleared("ann", "ben"),
        ExpiredAccountNotification("ann"),
        ExpiredAccountNotification("ben"),
    ]
    assert (votes(world, "wit-one"), votes(world, "wit-two")) == (0, 1_000)
    for name in ("ann", "ben"):
        account = world[name]
        assert (account.governance_expiration, account.proxy, account.witnesses_voted_for) == (TIME_MAX, "", 0), name
    check_stake(world)
    assert world.advance(days=300) == [ExpiredAccountNotification("cat")]


def test_voting_rights_end_thirty_days_after_the_request(world: World) -> None:
    world.approve("ben", "wit-one")
    world.proxy("ann", "ben")
    world.decline_voting("ann")
    world.decline_voting("ben")
    assert world.advance(days=29) == []
    assert world.advance(days=1) == [
        ProxyCleared("ann", "ben"),
        DeclinedVotingRights("ann"),
        DeclinedVotingRights("ben"),
    ]
    assert not world["ann"].can_vote
    assert votes(world, "wit-one") == 0
    check_stake(world)
    with pytest.raises(VotingRightsDeclined):
        world.approve("ben", "wit-one")
    with pytest.raises(VotingRightsDeclined):
        world.proxy("ben", "ann")
    with pytest.raises(VotingRightsDeclined):
        world.decline_voting("ben", decline=False)


def test_a_request_to_decline_can_be_taken_back(world: World) -> None:
    world.decline_voting("ann")
    world.decline_voting("ann", decline=False)
    assert world.advance(days=31) == []
    assert world["ann"].can_vote


def test_invalid_decline_request_exists(world: World) -> None:
    world.decline_voting("ann")
    with pytest.raises(DeclineRequestExists):
        world.decline_voting("ann")


def test_invalid_no_decline_request(world: World) -> None:
    with pytest.raises(NoDeclineRequest):
        world.decline_voting("ann", decline=False)


def test_a_witness_cannot_have_more_votes_than_there_are(world: World) -> None:
    with pytest.raises(AssertionError, match="votes"):
        adjust_witness_vote(world.state, "wit-one", 10**20)
