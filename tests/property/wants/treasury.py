"""Proposals to the treasury, and votes for them."""

from chain.asset import HBD, Asset
from chain.operation import Operation
from chain.operations import CreateProposal, RemoveProposal, UpdateProposal, UpdateProposalVotes
from chain.operations.update_proposal import UpdateProposalEndDate
from chain.rows import Proposal
from tests.property.intents import Intents, Wants

HOUR = 3_600


def create_proposal(people: Intents) -> Operation:
    author, permlink = people.place()
    creator, receiver = people.mostly((author, author), (author, people.somebody()), bad=((people.somebody(),) * 2,))
    start = people.chain.state.globals.time + people.mostly(-HOUR, 0, 60, HOUR, bad=(-(10**9),))
    duration = people.mostly(60, HOUR, 30 * HOUR, bad=(0, -1, 70 * 24 * HOUR, 10**8))
    daily_pay = people.mostly(0, 1_000, 10**6, bad=(-1, 2**63 - 1))
    subject = people.mostly("Work", bad=("", "x" * 81, "\udcff"))
    receiver = people.mostly(receiver, bad=("hive.fund", "null"))
    start, end = max(start, 0), max(start + duration, 0)
    return CreateProposal(creator, receiver, start, end, Asset(daily_pay, HBD), subject, permlink, ())


def update_proposal(people: Intents) -> Operation:
    proposal = some_proposal(people)
    if proposal is None:
        return UpdateProposal(people.mostly(0, bad=(-1,)), people.somebody(), Asset(0, HBD), "Work", "post-1", ())
    extensions: tuple[UpdateProposalEndDate, ...] = ()
    if people.often(0.5):
        end = proposal.end_date + people.mostly(0, -60, -600, bad=(1, proposal.start_date - proposal.end_date))
        extensions = (UpdateProposalEndDate(max(end, 0)),)
    return UpdateProposal(
        people.mostly(proposal.id, bad=(proposal.id + 2**32, 10**6)),
        people.mostly(proposal.creator, bad=(people.somebody(),)),
        Asset(
            people.mostly(proposal.daily_pay, proposal.daily_pay // 2, bad=(min(proposal.daily_pay + 1, 2**63 - 1),)),
            HBD,
        ),
        people.mostly("Less work", bad=("",)),
        people.mostly(proposal.permlink, bad=("no-such-post",)),
        extensions,
    )


def update_proposal_votes(people: Intents) -> Operation:
    return UpdateProposalVotes(people.somebody(), some_ids(people), people.often(0.75), ())


def remove_proposal(people: Intents) -> Operation:
    proposal = some_proposal(people)
    owner = proposal.creator if proposal and people.often(0.9) else people.somebody()
    ids = (proposal.id,) if proposal and people.often(0.7) else some_ids(people)
    return RemoveProposal(owner, ids, ())


def some_proposal(people: Intents) -> Proposal | None:
    proposals = list(people.chain.state.proposals.scan())
    return people.chance.choice(proposals) if proposals else None


def some_ids(people: Intents) -> tuple[int, ...]:
    count = people.mostly(1, 1, 2, 3, bad=(0, 6))
    known = [proposal.id for proposal in people.chain.state.proposals.scan()] or [0]
    return tuple(sorted({people.mostly(people.chance.choice(known), bad=(-1, 10**6)) for _ in range(count)}))


WANTS: Wants = (
    (create_proposal, 5),
    (update_proposal, 1),
    (update_proposal_votes, 4),
    (remove_proposal, 1),
)
