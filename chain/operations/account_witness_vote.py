"""A stakeholder's vote for a witness (protocol.md §4.6)."""

from typing import Any, ClassVar

from chain.accounts import get_account
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.governance import VotingRightsDeclined, governance_power, refresh_expiration
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import WitnessVote
from chain.schedule import adjust_witness_vote
from chain.state import State
from chain.types import check_account_name
from chain.witnesses import get_witness


class VotesByProxy(OperationFailed):
    code = "votes_by_proxy"
    text = "{account} has the proxy {proxy}, which must be cleared before it votes for witnesses itself"


class NotVotedFor(OperationFailed):
    code = "not_voted_for"
    text = "{account} does not vote for {witness}, so there is nothing to take back"


class AlreadyVotedFor(OperationFailed):
    code = "already_voted_for"
    text = "{account} votes for {witness} already"


class TooManyWitnessVotes(OperationFailed):
    code = "too_many_witness_votes"
    text = "{account} votes for {max} witnesses, the most there can be"


@operation(12)
class AccountWitnessVote(Operation):
    """Approves a witness, or takes the approval back.

    Signed by the account's active authority (§4.6).
    """

    account: AccountName
    witness: AccountName
    approve: bool

    omitted: ClassVar[dict[str, Any]] = {"approve": True}

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)
        check_account_name(self.witness)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.account,))

    def apply(self, state: State, /) -> None:
        """All of the account's governance power goes to each witness it approves."""
        account = get_account(state, self.account)
        if account.proxy:
            raise VotesByProxy(account=self.account, proxy=account.proxy)
        if not account.can_vote:
            raise VotingRightsDeclined(account=self.account)
        refresh_expiration(state, self.account)
        get_witness(state, self.witness)
        key = (self.account, self.witness)
        has_voted = key in state.witness_votes
        if has_voted and self.approve:
            raise AlreadyVotedFor(account=self.account, witness=self.witness)
        if not has_voted and not self.approve:
            raise NotVotedFor(account=self.account, witness=self.witness)
        power = governance_power(account)
        if has_voted:
            state.witness_votes.remove(key)
            adjust_witness_vote(state, self.witness, -power)
            state.accounts.edit(self.account).witnesses_voted_for -= 1
            return
        if account.witnesses_voted_for >= state.params.votes_per_account_max:
            raise TooManyWitnessVotes(account=self.account, max=account.witnesses_voted_for)
        state.witness_votes.insert(WitnessVote(*key, state.next_id("witness_vote")))
        adjust_witness_vote(state, self.witness, power)
        state.accounts.edit(self.account).witnesses_voted_for += 1
