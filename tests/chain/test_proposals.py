"""Proposals, votes for them, their removal, and what the treasury pays (protocol.md §8.12)."""

from typing import Any

import pytest

from chain.accounts import UnknownAccount
from chain.balances import InsufficientFunds
from chain.events import (
    DeclinedVotingRights,
    DhfFunding,
    ExpiredAccountNotification,
    ProposalFee,
    ProposalPay,
    VirtualOperation,
)
from chain.fields import VoidT
from chain.governance import VotingRightsDeclined
from chain.operations.create_proposal import ProposalOver
from chain.operations.remove_proposal import NotProposalOwner
from chain.operations.update_proposal import (
    DailyPayIncreased,
    EndDateBeforeStart,
    EndDateIncreased,
    NotProposalCreator,
    UpdateProposalEndDate,
    UpdateProposalExtensionCount,
)
from chain.operations.update_proposal_votes import ProposalExpired
from chain.params import MAINNET, TREASURY_ACCOUNT
from chain.processes.treasury import process_treasury
from chain.proposals import UnknownProposal, UnknownProposalPost
from chain.rows import TIME_MAX, Proposal
from tests.helpers.world import STAKE_PROCESSES, World, check_stake

DAY = 86_400
HOUR = 3_600


@pytest.fixture
def world() -> World:
    """Ann and ben write proposals, cat, dan and eve vote; the treasury holds a million HBD, and its clock starts now."""
    return make_world()


def make_world(removals: int = MAINNET.removals_per_block_max) -> World:
    world = World(processes=(process_treasury, *STAKE_PROCESSES))
    world.accounts("ann", "ben", hbd="2000.000 HBD")
    for power, name in enumerate(("cat", "dan", "eve"), start=1):
        world.account(name, vests=f"{10**power}.000000 VESTS")
    world.post("ann", "work")
    world.post("ben", "more-work")
    give_treasury(world, 1_000_000_000)
    globals_ = world.state.edit_globals()
    globals_.current_remove_threshold = removals
    globals_.next_maintenance_time = world.state.now + HOUR
    globals_.next_daily_maintenance_time = world.state.now + DAY
    globals_.last_budget_time = world.state.now
    return world


def give_treasury(world: World, hbd: int) -> None:
    world.state.accounts.edit(TREASURY_ACCOUNT).hbd_balance += hbd
    globals_ = world.state.edit_globals()
    globals_.current_hbd_supply += hbd
    globals_.virtual_supply += hbd * 4


def propose(world: World, creator: str = "ann", **fields: Any) -> int:
    """A proposal of ten days that starts now; returns its id."""
    now = world.state.now
    values: dict[str, Any] = {
        "receiver": creator,
        "start_date": now,
        "end_date": now + 10 * DAY,
        "daily_pay": "24.000 HBD",
        "subject": "Work",
        "permlink": "work" if creator == "ann" else "more-work",
        "extensions": (),
    }
    (fee,) = world.do("create_proposal", creator=creator, **(values | fields))
    assert isinstance(fee, ProposalFee)
    return fee.proposal_id


def vote(world: World, voter: str, *proposal_ids: int, approve: bool = True) -> list[VirtualOperation]:
    return world.do("update_proposal_votes", voter=voter, proposal_ids=proposal_ids, approve=approve, extensions=())


def update(world: World, proposal_id: int, creator: str = "ann", **fields: Any) -> list[VirtualOperation]:
    values = {"daily_pay": "24.000 HBD", "subject": "Work", "permlink": "work", "extensions": ()}
    return world.do("update_proposal", proposal_id=proposal_id, creator=creator, **(values | fields))


def remove(world: World, owner: str, *proposal_ids: int) -> list[VirtualOperation]:
    return world.do("remove_proposal", proposal_owner=owner, proposal_ids=proposal_ids, extensions=())


def proposal(world: World, proposal_id: int) -> Proposal:
    return world.state.proposals.get(proposal_id)


def votes_for(world: World, proposal_id: int) -> list[str]:
    return [vote.voter for vote in world.state.proposal_votes.scan(proposal_id)]


def paid(events: list[VirtualOperation]) -> list[tuple[int, int]]:
    """(proposal, HBD) in the order of the payments."""
    return [(event.proposal_id, event.payment.amount) for event in events if isinstance(event, ProposalPay)]


# proposing


def test_a_proposal_costs_a_fee_that_goes_to_the_treasury(world: World) -> None:
    now = world.state.now
    (fee,) = world.do(
        "create_proposal",
        creator="ann",
        receiver="ben",
        start_date=now - DAY,
        end_date=now + 89 * DAY,
        daily_pay="240.000 HBD",
        subject="Work",
        permlink="more-work",
        extensions=(),
    )
    assert fee == ProposalFee("ann", TREASURY_ACCOUNT, 0, world.amount("40.000 HBD"))
    assert world["ann"].hbd_balance == 1_960_000
    assert world[TREASURY_ACCOUNT].hbd_balance == 1_000_040_000
    row = proposal(world, 0)
    assert (row.creator, row.receiver, row.daily_pay, row.permlink) == ("ann", "ben", 240_000, "more-work")
    assert propose(world) == 1
    check_stake(world)


def test_invalid_proposal_over(world: World) -> None:
    now = world.state.now
    with pytest.raises(ProposalOver):
        propose(world, start_date=now - DAY, end_date=now)
    propose(world, start_date=now - DAY, end_date=now + 1)


def test_invalid_unknown_proposal_post(world: World) -> None:
    with pytest.raises(UnknownProposalPost):
        propose(world, permlink="more-work")
    propose(world, permlink="more-work", receiver="ben")


def test_invalid_unknown_receiver(world: World) -> None:
    with pytest.raises(UnknownAccount, match="nobody"):
        propose(world, receiver="nobody", permlink="no-such-post")


def test_invalid_fee_that_nobody_can_pay(world: World) -> None:
    with pytest.raises(InsufficientFunds):
        propose(world, end_date=world.state.now + 2_051 * DAY)
    assert len(world.state.proposals.by_end_date) == 0


# changing


def test_a_proposal_may_ask_for_less(world: World) -> None:
    first = propose(world, receiver="ben")
    end = world.state.now + 5 * DAY
    update(
        world,
        first,
        daily_pay="1.000 HBD",
        subject="Less",
        permlink="more-work",
        extensions=(UpdateProposalEndDate(end),),
    )
    row = proposal(world, first)
    assert (row.daily_pay, row.subject, row.permlink, row.end_date) == (1_000, "Less", "more-work", end)


def test_the_end_stays_where_it_is_not_named(world: World) -> None:
    first = propose(world)
    end = proposal(world, first).end_date
    update(world, first, extensions=(UpdateProposalEndDate(end),))
    update(world, first, subject="The same")
    assert proposal(world, first).end_date == end


def test_invalid_unknown_proposal(world: World) -> None:
    with pytest.raises(UnknownProposal, match="update"):
        update(world, 7)
    with pytest.raises(UnknownProposal, match="vote for"):
        vote(world, "cat", 7)
    with pytest.raises(UnknownProposal, match="remove"):
        remove(world, "ann", 7)


def test_invalid_not_proposal_creator(world: World) -> None:
    first = propose(world, receiver="ben")
    with pytest.raises(NotProposalCreator):
        update(world, first, creator="ben")


def test_invalid_changed_post_that_does_not_exist(world: World) -> None:
    first = propose(world)
    with pytest.raises(UnknownProposalPost):
        update(world, first, permlink="more-work")


def test_invalid_daily_pay_increased(world: World) -> None:
    first = propose(world)
    with pytest.raises(DailyPayIncreased):
        update(world, first, daily_pay="24.001 HBD")


def test_invalid_end_date_increased(world: World) -> None:
    first = propose(world)
    end = proposal(world, first).end_date
    with pytest.raises(EndDateIncreased):
        update(world, first, extensions=(UpdateProposalEndDate(end + 1),))


def test_invalid_end_date_before_start(world: World) -> None:
    start = world.state.now + DAY
    first = propose(world, start_date=start)
    with pytest.raises(EndDateBeforeStart):
        update(world, first, extensions=(UpdateProposalEndDate(start),))
    update(world, first, extensions=(UpdateProposalEndDate(start + 1),))


def test_invalid_update_proposal_extension_count(world: World) -> None:
    first = propose(world)
    end = proposal(world, first).end_date
    with pytest.raises(UpdateProposalExtensionCount):
        update(world, first, extensions=(VoidT(), UpdateProposalEndDate(end)))
    with pytest.raises(UpdateProposalExtensionCount):
        update(world, first, extensions=(VoidT(),))


# voting


def test_votes_are_given_and_taken_back(world: World) -> None:
    first, second = propose(world), propose(world, "ben")
    assert vote(world, "cat", first, second) == []
    vote(world, "dan", first)
    vote(world, "cat", first, approve=False)
    assert (votes_for(world, first), votes_for(world, second)) == (["dan"], ["cat"])


def test_a_vote_may_be_repeated(world: World) -> None:
    first = propose(world)
    vote(world, "cat", first)
    vote(world, "cat", first)
    assert votes_for(world, first) == ["cat"]
    vote(world, "cat", first, approve=False)
    vote(world, "cat", first, approve=False)
    assert votes_for(world, first) == []


def test_a_vote_keeps_governance_alive_even_if_it_is_taken_back(world: World) -> None:
    first = propose(world)
    assert world["cat"].governance_expiration == TIME_MAX
    vote(world, "cat", first, approve=False)
    assert world["cat"].governance_expiration == world.state.now + 365 * DAY


def test_only_the_lowest_32_bits_of_an_id_count(world: World) -> None:
    """hived keeps ids in 32 bits, and asks its index with what it was sent."""
    first = propose(world)
    vote(world, "cat", first + 2**32)
    vote(world, "dan", first - 2**32)
    assert votes_for(world, first) == ["cat", "dan"]
    vote(world, "cat", first, approve=False)
    assert votes_for(world, first) == ["dan"]


def test_invalid_proposal_expired(world: World) -> None:
    first = propose(world)
    world.advance(days=10)
    vote(world, "cat", first)
    world.advance(seconds=3)
    with pytest.raises(ProposalExpired):
        vote(world, "cat", first, approve=False)
    assert votes_for(world, first) == ["cat"]


def test_invalid_vote_for_one_of_several_leaves_nothing(world: World) -> None:
    first = propose(world)
    with pytest.raises(UnknownProposal):
        vote(world, "cat", first, first + 1)
    assert votes_for(world, first) == []
    assert world["cat"].governance_expiration == TIME_MAX


def test_before_hardfork_28_proposals_that_do_not_exist_are_passed_over(world: World) -> None:
    world.state.edit_hardforks().last_hardfork = 27
    first = propose(world)
    vote(world, "cat", first, first + 1)
    assert votes_for(world, first) == ["cat"]
    remove(world, "ann", first, first + 1)
    assert first not in world.state.proposals


def test_invalid_vote_without_voting_rights(world: World) -> None:
    first = propose(world)
    world.decline_voting("cat")
    world.advance(days=30)
    second = propose(world)
    assert first != second
    with pytest.raises(VotingRightsDeclined):
        vote(world, "cat", second)


# removal


def test_a_removed_proposal_takes_its_votes_with_it(world: World) -> None:
    first, second = propose(world), propose(world)
    vote(world, "cat", first, second)
    remove(world, "ann", first)
    assert first not in world.state.proposals
    assert (votes_for(world, first), votes_for(world, second)) == ([], ["cat"])


def test_what_is_too_much_for_one_operation_goes_block_by_block() -> None:
    world = make_world(removals=2)
    first, second = propose(world), propose(world)
    for voter in ("cat", "dan", "eve"):
        vote(world, voter, first, second)
    remove(world, "ann", first, second)
    assert votes_for(world, first) == ["eve"]
    row = proposal(world, first)
    assert row.is_removed
    assert row.end_date == world.state.now - DAY
    with pytest.raises(UnknownProposal):
        vote(world, "cat", first)
    world.advance(seconds=3)
    assert first not in world.state.proposals
    assert votes_for(world, second) == ["cat", "dan", "eve"]
    world.advance(seconds=3)
    assert votes_for(world, second) == ["eve"]
    world.advance(seconds=3)
    assert second not in world.state.proposals


def test_a_removed_proposal_may_be_removed_by_hand() -> None:
    world = make_world(removals=2)
    first = propose(world)
    for voter in ("cat", "dan", "eve"):
        vote(world, voter, first)
    remove(world, "ann", first)
    remove(world, "ann", first)
    assert first not in world.state.proposals


def test_a_threshold_below_zero_is_none() -> None:
    world = make_world(removals=-1)
    first = propose(world)
    for voter in ("cat", "dan", "eve"):
        vote(world, voter, first)
    remove(world, "ann", first)
    assert first not in world.state.proposals


def test_invalid_removal_of_unknown_proposals_behind_the_threshold() -> None:
    world = make_world(removals=1)
    first = propose(world)
    with pytest.raises(UnknownProposal):
        remove(world, "ann", first, first + 1)


def test_proposals_behind_the_threshold_are_removed_whosever_they_are() -> None:
    """A hole in hived's rule, which a chain that follows it has to have."""
    world = make_world(removals=1)
    first, second = propose(world), propose(world, "ben")
    remove(world, "ann", first, second)
    assert proposal(world, second).is_removed


def test_invalid_not_proposal_owner(world: World) -> None:
    first, second = propose(world), propose(world, "ben", receiver="ann", permlink="work")
    with pytest.raises(NotProposalOwner):
        remove(world, "ann", first, second)
    assert first in world.state.proposals


def test_proposals_that_are_over_stay_until_they_are_taken_back(world: World) -> None:
    first = propose(world)
    world.advance(days=30)
    assert first in world.state.proposals


# payment


def test_proposals_with_votes_are_paid_every_hour(world: World) -> None:
    first, second = propose(world), propose(world)
    vote(world, "cat", first)
    assert paid(world.advance(seconds=HOUR - 1)) == []
    assert paid(world.advance(seconds=7)) == [(first, 1_001)], "for 3606 seconds"
    assert paid(world.advance(seconds=HOUR - 1)) == []
    vote(world, "cat", second)
    assert paid(world.advance(seconds=3)) == [(first, 1_000), (second, 1_000)]


def test_payment_goes_from_the_treasury_to_the_receiver(world: World) -> None:
    first, second = propose(world), propose(world, "ben", receiver="eve")
    propose(world)
    vote(world, "cat", first)
    vote(world, "dan", second)
    before = world[TREASURY_ACCOUNT].hbd_balance
    events = world.advance(seconds=HOUR + 6)
    assert events == [
        ProposalPay(second, "eve", TREASURY_ACCOUNT, world.amount("1.001 HBD")),
        ProposalPay(first, "ann", TREASURY_ACCOUNT, world.amount("1.001 HBD")),
    ]
    assert world["eve"].hbd_balance == 1_001
    assert world[TREASURY_ACCOUNT].hbd_balance == before - 2_002
    assert world.state.globals.next_maintenance_time == world.state.now + HOUR
    check_stake(world)


def test_the_budget_ends_with_the_proposal_that_takes_the_rest(world: World) -> None:
    """Of 1,000,030 HBD 416.679 may go in an hour: 400, 16.679, and nothing for the third."""
    first, second, third = (propose(world, daily_pay="9600.000 HBD") for _ in range(3))
    vote(world, "cat", third)
    vote(world, "dan", second)
    vote(world, "eve", first)
    assert paid(world.advance(hours=1)) == [(first, 400_000), (second, 16_679)]


def test_equal_votes_go_by_the_older_proposal(world: World) -> None:
    first, second = propose(world), propose(world)
    vote(world, "cat", first, second)
    assert [proposal_id for proposal_id, _ in paid(world.advance(hours=1))] == [first, second]


def test_a_proposal_for_nothing_is_paid_nothing(world: World) -> None:
    first = propose(world, daily_pay="0.000 HBD")
    vote(world, "cat", first)
    assert paid(world.advance(hours=1)) == [(first, 0)]


def test_an_empty_treasury_pays_nobody() -> None:
    world = make_world()
    give_treasury(world, -1_000_000_000)
    first = propose(world)
    vote(world, "cat", first)
    give_treasury(world, -10_000 + 99)
    assert paid(world.advance(hours=1)) == []
    assert proposal(world, first).total_votes == world["cat"].vesting_shares


def test_proposals_are_paid_from_their_start_to_their_end(world: World) -> None:
    now = world.state.now
    first = propose(world, start_date=now + 2 * HOUR, end_date=now + 3 * HOUR)
    vote(world, "cat", first)
    assert [bool(paid(world.advance(hours=1))) for _ in range(4)] == [False, True, True, False]


def test_votes_are_counted_before_a_proposal_starts_and_no_more_after_its_end(world: World) -> None:
    now = world.state.now
    over = propose(world, end_date=now + HOUR)
    to_come = propose(world, start_date=now + 5 * DAY)
    vote(world, "cat", over, to_come)
    world.advance(hours=1)
    vote(world, "dan", to_come)
    world.power_down("cat", "10.000000 VESTS")
    world.advance(days=1)
    assert (proposal(world, over).total_votes, proposal(world, to_come).total_votes) == (10_000_000, 110_000_000)


def test_the_power_of_who_has_a_proxy_counts_where_the_proxy_votes(world: World) -> None:
    first, second = propose(world), propose(world)
    vote(world, "cat", first)
    vote(world, "eve", second)
    world.proxy("cat", "dan")
    world.proxy("dan", "eve")
    world.advance(hours=1)
    assert proposal(world, first).total_votes == 0
    assert proposal(world, second).total_votes == 1_110_000_000
    world.proxy("cat", "")
    world.advance(hours=1)
    assert proposal(world, first).total_votes == 10_000_000


def test_delayed_votes_do_not_count_for_proposals(world: World) -> None:
    first = propose(world, end_date=world.state.now + 40 * DAY)
    world.state.accounts.edit("cat").balance += 1_000
    world.state.edit_globals().current_supply += 1_000
    world.power_up("cat", "1.000 HIVE")
    vote(world, "cat", first)
    world.advance(hours=1)
    assert proposal(world, first).total_votes == 10_000_000
    world.advance(days=30)
    world.advance(hours=1)
    assert proposal(world, first).total_votes == 1_010_000_000


def test_the_time_since_the_last_payment_is_paid_however_long_it_was(world: World) -> None:
    first = propose(world)
    vote(world, "cat", first)
    assert paid(world.advance(hours=36)) == [(first, 36_000)]


def test_funding_is_told_before_payments(world: World) -> None:
    first = propose(world)
    vote(world, "cat", first)
    world.state.edit_globals().dhf_interval_ledger = 5
    assert [type(event) for event in world.advance(hours=1)] == [DhfFunding, ProposalPay]


# the end of votes


def test_votes_for_proposals_expire_with_governance(world: World) -> None:
    first = propose(world, end_date=world.state.now + 500 * DAY)
    vote(world, "cat", first)
    vote(world, "dan", first)
    world.advance(days=100)
    vote(world, "dan", first)
    events = world.advance(days=265)
    assert ExpiredAccountNotification("cat") in events
    assert votes_for(world, first) == ["dan"]
    assert world["cat"].governance_expiration == TIME_MAX


def test_expiry_of_many_votes_takes_many_blocks() -> None:
    world = make_world(removals=2)
    ids = [propose(world, end_date=world.state.now + 500 * DAY) for _ in range(3)]
    world.witness("wit-one")
    world.approve("cat", "wit-one")
    for voter in ("cat", "dan"):
        vote(world, voter, *ids)
    first_day = world.advance(days=365)
    assert ExpiredAccountNotification("cat") not in first_day
    assert [votes_for(world, proposal_id) for proposal_id in ids] == [["dan"], ["dan"], ["cat", "dan"]]
    assert world["cat"].witnesses_voted_for == 1
    assert world.advance(seconds=3) == [ExpiredAccountNotification("cat")]
    assert [votes_for(world, proposal_id) for proposal_id in ids] == [[], ["dan"], ["dan"]]
    assert world["cat"].witnesses_voted_for == 0
    assert world.advance(seconds=3) == [ExpiredAccountNotification("dan")]
    check_stake(world)


def test_who_declines_voting_rights_loses_votes_for_proposals() -> None:
    world = make_world(removals=2)
    ids = [propose(world, end_date=world.state.now + 100 * DAY) for _ in range(3)]
    vote(world, "cat", *ids)
    world.decline_voting("cat")
    assert DeclinedVotingRights("cat") not in world.advance(days=30)
    assert world["cat"].can_vote, "one vote is left"
    assert world.advance(seconds=3) == [DeclinedVotingRights("cat")]
    assert not world["cat"].can_vote
    assert [votes_for(world, proposal_id) for proposal_id in ids] == [[], [], []]


def test_before_hardfork_28_those_votes_stayed(world: World) -> None:
    world.state.edit_hardforks().last_hardfork = 27
    first = propose(world, end_date=world.state.now + 100 * DAY)
    vote(world, "cat", first)
    world.decline_voting("cat")
    assert DeclinedVotingRights("cat") in world.advance(days=30)
    assert votes_for(world, first) == ["cat"]
