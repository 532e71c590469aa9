"""Finding posts and replies; the rows that wait for a payout are found by the same key (protocol.md §5.1)."""

from chain.errors import OperationFailed
from chain.rows import Post
from chain.state import State


class UnknownPost(OperationFailed):
    code = "unknown_post"
    text = "There is no post or reply @{author}/{permlink}"


def get_post(state: State, author: str, permlink: str) -> Post:
    """The post or reply, read only, waiting or paid. Raises UnknownPost."""
    post = state.posts.find((author, permlink))
    if post is None:
        raise UnknownPost(author=author, permlink=permlink)
    return post


def count_reply(state: State, author: str, permlink: str, change: int) -> None:
    """A post that waits for its payout knows how many direct replies it has."""
    if (author, permlink) in state.cashouts:
        state.cashouts.edit((author, permlink)).replies += change
