"""Posts with what stands below them, and the condenser's way to show posts in lists (clients.md §7)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from chain.reputation import reputation_of
from chain.state import State
from chain.views.bridge_posts import bridge_post_key, muted_reasons, post_through
from chain.views.content import PostFacts, comment_view, find_post
from chain.views.observers import Observer
from chain.wire import LEGACY

DISCUSSION_MAX: Final = 2_000  # posts in one answer, as hivemind; the highest levels come first


def discussion(state: State, root: PostFacts, observer: Observer, hidden_reasons: int = 0) -> dict[str, Any]:
    """A post and everything below it, each under its key and with the keys of its replies that are shown, the oldest first.

    Whom the observer mutes is left out with all that answers him; so are posts that bear one of the `hidden_reasons`.
    """
    shown: dict[str, Any] = {}
    if not _is_shown(state, root, observer, hidden_reasons):
        return shown
    level = [root]
    shown[_key(root)] = post_through(state, root, observer)
    while level:
        below: list[PostFacts] = []
        for parent in level:
            room = DISCUSSION_MAX - len(shown)
            replies = list(islice(_replies(state, parent, observer, hidden_reasons), room))
            shown[_key(parent)]["replies"] = [_key(reply) for reply in replies]
            shown |= {_key(reply): post_through(state, reply, observer) for reply in replies}
            below += replies
        level = below
    return shown


def _key(facts: PostFacts) -> str:
    return bridge_post_key(facts.post.author, facts.post.permlink)


def _replies(state: State, parent: PostFacts, observer: Observer, hidden_reasons: int) -> Iterator[PostFacts]:
    for row in state.replies.scan(parent.post.author, parent.post.permlink):
        facts = find_post(state, row.author, row.permlink)
        if facts is not None and _is_shown(state, facts, observer, hidden_reasons):
            yield facts


def _is_shown(state: State, facts: PostFacts, observer: Observer, hidden_reasons: int) -> bool:
    author = facts.post.author
    if observer.mutes(author):
        return False
    return not muted_reasons(state, facts.content, observer, reputation_of(state, author)) & hidden_reasons


def condenser_post(
    state: State,
    author: str,
    permlink: str,
    observer: Observer,
    *,
    body_length: int = 0,
    reblogged_by: Sequence[str] = (),
) -> dict[str, Any]:
    """A post in one of condenser_api's lists: as get_content shows it, but with percents of votes as texts, as hivemind.

    With a `body_length` only so much of the text; without votes of those whom the observer mutes.
    """
    facts = find_post(state, author, permlink)
    assert facts is not None, (author, permlink)
    view = comment_view(state, facts, LEGACY)
    view["active_votes"] = [
        vote | {"percent": str(vote["percent"])} for vote in view["active_votes"] if not observer.mutes(vote["voter"])
    ]
    view["reblogged_by"] = list(reblogged_by)
    if body_length:
        view["body"] = view["body"][:body_length]
    return view
