"""A post or comment taken back (protocol.md §5.3)."""

from chain.authority import Authorities
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.groups import take_group
from chain.operation import Operation, operation
from chain.params import Params
from chain.posts import count_reply, get_post
from chain.state import State
from chain.types import check_account_name, check_permlink


class HasReplies(OperationFailed):
    code = "has_replies"
    text = "Cannot delete a comment with replies: @{author}/{permlink} has {count}."


class DeleteAfterPayout(OperationFailed):
    code = "delete_after_payout"
    text = "Cannot delete comment after payout."


class HasPositiveVotes(OperationFailed):
    code = "has_positive_votes"
    text = "Cannot delete a comment with net positive votes."


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

    def apply(self, state: State, /) -> None:
        place = (self.author, self.permlink)
        post = get_post(state, *place)
        cashout = state.cashouts.find(place)
        if cashout is None:
            raise DeleteAfterPayout
        if cashout.replies:
            raise HasReplies(author=self.author, permlink=self.permlink, count=cashout.replies)
        if cashout.net_rshares > 0:
            raise HasPositiveVotes
        take_group(state.votes, post.id)
        if post.parent_author:
            count_reply(state, post.parent_author, post.parent_permlink, -1)
        state.cashouts.remove(place)
        state.posts.remove(place)
