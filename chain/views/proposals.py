"""Proposals to the treasury and votes for them, as readers see them (protocol.md §8.12)."""

from typing import Any

from chain.jsonwrite import number_json
from chain.rows import Proposal, ProposalVote
from chain.state import State
from chain.types import time_text
from chain.views.amounts import amounts
from chain.wire import Form


def proposal_status(state: State, row: Proposal) -> str:
    """At the head's time: "inactive" before its start, "active", or "expired"."""
    now = state.globals.time
    if now < row.start_date:
        return "inactive"
    return "active" if now <= row.end_date else "expired"


def plain_proposal_view(state: State, row: Proposal, form: Form) -> dict[str, Any]:
    """As condenser_api shows it: without the status."""
    return {
        "id": row.id,
        "proposal_id": row.id,
        "creator": row.creator,
        "receiver": row.receiver,
        "start_date": time_text(row.start_date),
        "end_date": time_text(row.end_date),
        "daily_pay": amounts(form, state.params.dialect).hbd(row.daily_pay),
        "subject": row.subject,
        "permlink": row.permlink,
        "total_votes": number_json(row.total_votes),
    }


def proposal_view(state: State, row: Proposal, form: Form) -> dict[str, Any]:
    return plain_proposal_view(state, row, form) | {"status": proposal_status(state, row)}


def proposal_vote_view(state: State, row: ProposalVote, form: Form) -> dict[str, Any]:
    proposal = state.proposals.get(row.proposal_id)
    return {"id": row.id, "voter": row.voter, "proposal": proposal_view(state, proposal, form)}
