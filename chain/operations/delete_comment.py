"""A post or comment taken back (protocol.md §5.3)."""

from chain.authority import Authorities
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name, check_permlink


@operation(17)
class DeleteComment(Operation):
    """Removes content that has no replies, no positive votes and no payout behind it.

    Signed by the author's posting authority (§5.3).
    """

    author: AccountName
    permlink: str

    def validate(self, _: Params, /) -> None:
        check_permlink(self.permlink)
        check_account_name(self.author)

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.author,))
