"""A voter's weight on a post or comment (protocol.md §5.4)."""

from chain.authority import Authorities
from chain.checks import check_percent
from chain.fields import I16, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name, check_permlink


@operation(0)
class Vote(Operation):
    """Votes on content with `weight` from −10000 (a full downvote) to 10000; 0 takes the effect of an earlier vote back.

    Signed by the voter's posting authority (§5.4).
    """

    voter: AccountName
    author: AccountName
    permlink: str
    weight: I16

    def validate(self, _: Params, /) -> None:
        check_account_name(self.voter)
        check_account_name(self.author)
        check_percent(abs(self.weight), "weight")
        check_permlink(self.permlink)

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.voter,))
