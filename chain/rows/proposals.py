"""Proposals to the treasury, and who stands behind them."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Proposal(Row):
    """Work that somebody asks the treasury to pay for, day by day (protocol.md §8.12)."""

    id: int
    creator: str
    receiver: str
    start_date: int
    end_date: int
    daily_pay: int  # HBD
    subject: str
    permlink: str  # of a post by the creator or the receiver
    total_votes: int = 0  # VESTS, as of the last payment
    is_removed: bool = False  # taken back; the row and its votes go little by little


@dataclass(slots=True)
class ProposalVote(Row):
    """An account stands behind a proposal with all its governance power."""

    proposal_id: int
    voter: str
    id: int
