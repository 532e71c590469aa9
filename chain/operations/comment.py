"""A post, a reply, or an edit of either (protocol.md §5.1)."""

from chain.accounts import get_account
from chain.authority import Authorities
from chain.checks import check_not_empty, check_optional_json, check_size, check_utf8
from chain.errors import OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.posts import count_reply, get_post
from chain.rows import Cashout, Post
from chain.state import State
from chain.types import check_account_name, check_permlink, is_permlink, printable


class NestedTooDeep(OperationFailed):
    code = "nested_too_deep"
    text = "Comment is nested {depth} posts deep, maximum depth is {max}."


class PostTooSoon(OperationFailed):
    code = "post_too_soon"
    text = "You may only post once every {seconds} seconds; the last post was {elapsed} s ago."


class ReplyTooSoon(OperationFailed):
    code = "reply_too_soon"
    text = "You may only comment once every {seconds} seconds; the last post or reply was {elapsed} s ago."


class EditTooSoon(OperationFailed):
    code = "edit_too_soon"
    text = "Can only perform one comment edit per block: {seconds} s must lie between two edits, not {elapsed}."


class BadPermlink(OperationFailed):
    code = "bad_permlink"
    text = "The permlink {permlink!r} must be made of 1 to 255 characters out of a-z, 0-9 and hyphen."


class ParentChanged(OperationFailed):
    code = "parent_changed"
    text = "The parent of a comment cannot change."


@operation(1)
class Comment(Operation):
    """Publishes content under (author, permlink). With an empty `parent_author` it is a root post and `parent_permlink` its category.

    Signed by the author's posting authority (§5.1).
    """

    parent_author: AccountName
    parent_permlink: str
    author: AccountName
    permlink: str
    title: str
    body: str
    json_metadata: str

    def validate(self, params: Params, /) -> None:
        check_size(self.title, params.title_bytes_max, "title")
        check_utf8(self.title, "title")
        check_not_empty(self.body, "body")
        check_utf8(self.body, "body")
        if self.parent_author:
            check_account_name(self.parent_author)
        check_account_name(self.author)
        check_permlink(self.parent_permlink)
        check_permlink(self.permlink)
        check_optional_json(self.json_metadata, "json_metadata")

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.author,))

    def apply(self, state: State, /) -> None:
        get_account(state, self.author)
        parent = None
        if self.parent_author:
            parent = get_post(state, self.parent_author, self.parent_permlink)
            check_depth(state, parent)
        post = state.posts.find((self.author, self.permlink))
        if post is None:
            self._publish(state, parent)
        else:
            self._edit(state, post, parent)

    def _publish(self, state: State, parent: Post | None) -> None:
        params, now = state.params, state.now
        account = state.accounts.edit(self.author)
        if parent is None:
            elapsed = now - account.last_root_post
            if elapsed <= params.root_post_interval_seconds:
                raise PostTooSoon(seconds=params.root_post_interval_seconds, elapsed=elapsed)
            account.last_root_post = now
        else:
            elapsed = now - account.last_post
            if elapsed < params.reply_interval_seconds:
                raise ReplyTooSoon(seconds=params.reply_interval_seconds, elapsed=elapsed)
        for permlink in (self.parent_permlink, self.permlink):
            if not is_permlink(permlink):
                raise BadPermlink(permlink=printable(permlink))
        account.last_post = account.last_post_edit = now
        account.post_count += 1
        self._insert(state, parent)

    def _insert(self, state: State, parent: Post | None) -> None:
        post = Post(
            self.author,
            self.permlink,
            state.next_id("post"),
            self.parent_author,
            self.parent_permlink,
            created=state.now,
        )
        if parent is None:
            post.root_author, post.root_permlink = self.author, self.permlink
        else:
            post.root_author, post.root_permlink = parent.root_author, parent.root_permlink
            post.depth = parent.depth + 1
            count_reply(state, parent.author, parent.permlink, 1)
        state.posts.insert(post, is_new=True)
        state.votes.begin_group(post.id)
        state.cashouts.insert(
            Cashout(
                self.author,
                self.permlink,
                post.id,
                created=state.now,
                cashout_time=state.now + state.params.cashout_delay_seconds,
                max_accepted_payout=state.params.max_accepted_payout_default,
            ),
            is_new=True,  # what waits for a payout has a post, and this one had none
        )

    def _edit(self, state: State, post: Post, parent: Post | None) -> None:
        """What a post says is not the chain's business: only that its author does not edit too often, nor move it elsewhere."""
        account = state.accounts.edit(self.author)
        elapsed = state.now - account.last_post_edit
        if elapsed < state.params.edit_interval_seconds:
            raise EditTooSoon(seconds=state.params.edit_interval_seconds, elapsed=elapsed)
        if parent is None:
            if post.parent_author:
                raise ParentChanged
        elif (post.parent_author, post.parent_permlink) != (parent.author, parent.permlink):
            raise ParentChanged
        account.last_post_edit = state.now


def check_depth(state: State, parent: Post) -> None:
    """Raises NestedTooDeep; the node itself accepts fewer levels than the chain does."""
    depth_max = state.params.comment_depth_max
    if state.is_in_control:
        depth_max = min(depth_max, state.params.comment_depth_soft_max)
    if parent.depth >= depth_max:
        raise NestedTooDeep(depth=parent.depth, max=depth_max)
