"""An account gives up its votes for ever (protocol.md §2.6)."""

from typing import Any, ClassVar

from chain.accounts import get_account
from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.governance import VotingRightsDeclined
from chain.operation import Operation, operation
from chain.params import Params
from chain.rows import DeclineRequest
from chain.state import State
from chain.types import check_account_name


class DeclineRequestExists(OperationFailed):
    code = "decline_request_exists"
    text = "{account} has asked to give up its voting rights already"


class NoDeclineRequest(OperationFailed):
    code = "no_decline_request"
    text = "{account} has not asked to give up its voting rights"


@operation(36)
class DeclineVotingRights(Operation):
    """Asks to give up all votes, or takes that back while it waits.

    Signed by the account's owner authority (§10.1).
    """

    account: AccountName
    decline: bool

    omitted: ClassVar[dict[str, Any]] = {"decline": True}

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)

    def authorities(self) -> Authorities:
        return Authorities(owner=(self.account,))

    def apply(self, state: State, /) -> None:
        """Asks to lose all voting rights in 30 days, or takes that back."""
        if not get_account(state, self.account).can_vote:
            raise VotingRightsDeclined(account=self.account)
        has_asked = self.account in state.decline_requests
        if not self.decline:
            if not has_asked:
                raise NoDeclineRequest(account=self.account)
            state.decline_requests.remove(self.account)
            return
        if has_asked:
            raise DeclineRequestExists(account=self.account)
        effective_date = state.now + state.params.decline_voting_rights_seconds
        state.decline_requests.insert(DeclineRequest(self.account, state.next_id("decline_request"), effective_date))
