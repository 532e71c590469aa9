"""Proposals to the treasury: their shape, finding them, counting their votes, and removing them little by little (protocol.md §8.12)."""

from typing import Annotated

from chain.asset import HBD, Asset
from chain.checks import check_not_empty, check_not_negative, check_size, check_symbol, check_utf8
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import I64, SetOf, wire_type
from chain.governance import governance_power
from chain.params import Params
from chain.rows import Proposal
from chain.state import State
from chain.types import check_permlink

ProposalIds = Annotated[tuple[int, ...], SetOf(wire_type(I64), is_strict=True)]


class ProposalIdCount(InvalidOperation):
    code = "proposal_id_count"
    text = "Between 1 and {max} proposal ids are allowed, not {count}"


class UnknownProposal(OperationFailed):
    code = "unknown_proposal"
    text = "Can't {verb} nonexistent proposal with id: {proposal_id}"


class UnknownProposalPost(OperationFailed):
    code = "unknown_proposal_post"
    text = "There is neither a post @{creator}/{permlink} nor @{receiver}/{permlink} to describe the proposal"


# Shape


def check_content(daily_pay: Asset, subject: str, permlink: str, params: Params) -> None:
    check_not_negative(daily_pay, "daily_pay")
    check_symbol(daily_pay, HBD, "daily_pay")
    check_not_empty(subject, "subject")
    check_size(subject, params.proposal_subject_bytes_max, "subject")
    check_utf8(subject, "subject")
    check_not_empty(permlink, "permlink")
    check_permlink(permlink)


def check_ids(proposal_ids: tuple[int, ...], params: Params) -> None:
    count = len(proposal_ids)
    if not 1 <= count <= params.proposal_ids_max:
        raise ProposalIdCount(max=params.proposal_ids_max, count=count)


# Finding


def find_proposal(state: State, proposal_id: int) -> Proposal | None:
    """The proposal, read only, be it removed or not. Operations name ids of 64 bits, of which hived compares the lowest 32."""
    return state.proposals.find(proposal_id & 0xFFFF_FFFF)


def check_post(state: State, creator: str, receiver: str, permlink: str) -> None:
    """What is to be done stands in a post by one of the two. Raises UnknownProposalPost."""
    if (creator, permlink) not in state.posts and (receiver, permlink) not in state.posts:
        raise UnknownProposalPost(creator=creator, receiver=receiver, permlink=permlink)


# Votes


def count_votes(state: State, proposal_id: int) -> int:
    """The VESTS behind a proposal. Who has a proxy counts with the proxy's power, and only where that one votes."""
    votes = 0
    for vote in state.proposal_votes.scan(proposal_id):
        voter = state.accounts.get(vote.voter)
        if not voter.proxy:
            votes += governance_power(voter)
    return votes


# Removal


class Removals:
    """How many rows may still be removed at once: a proposal can have any number of votes, and each costs its voter nothing."""

    def __init__(self, state: State) -> None:
        self.left = state.globals.current_remove_threshold  # negative: without end

    @property
    def are_over(self) -> bool:
        return self.left == 0

    def take(self) -> bool:
        """Whether one more may go."""
        if self.left > 0:
            self.left -= 1
            return True
        return not self.are_over


def remove_votes_of(state: State, voter: str, removals: Removals) -> bool:
    """Take an account's votes for proposals away, by proposal. Whether none is left."""
    for vote in state.proposal_votes.by_voter.within(voter):
        if not removals.take():
            return False
        state.proposal_votes.remove((vote.proposal_id, voter))
    return True


def remove_proposal(state: State, proposal_id: int, removals: Removals) -> None:
    """Remove the votes for a proposal, by voter, and then itself, as far as that goes."""
    for vote in state.proposal_votes.scan(proposal_id):
        if not removals.take():
            return
        state.proposal_votes.remove((proposal_id, vote.voter))
    if removals.take():
        state.proposals.remove(proposal_id)
