"""What all of hivemind's methods ask first: who and which post is meant, through whose eyes, how many; and hivemind's refusals.

hivemind refuses a limit that is too large. Old clients ask for a hundred, so here it is cut to the largest.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from chain.rows import Account, Community
from chain.state import State
from chain.views.bridge_posts import MUTED_REASONS
from chain.views.content import PostFacts, find_post
from chain.views.observers import Observer
from node.rpc.errors import HivemindRefusal, PostDeleted
from node.rpc.registry import as_int

POSTS_MAX: Final = 20  # in a page, as hivemind: each carries its votes and its text
PERMLINK_MAX: Final = 256
_NAME: Final = re.compile(r"[a-z][a-z0-9-]+[a-z0-9](\.[a-z][a-z0-9-]+[a-z0-9])*", re.ASCII)


def page_size(limit: int, largest: int) -> int:
    """0 stands for as many as there may be."""
    return min(limit or largest, largest)


def account_in(state: State, name: str) -> Account:
    """The account that a question is about."""
    row = state.accounts.find(name)
    if row is not None:
        return row
    if not name:
        raise HivemindRefusal("invalid account (not specified)")
    if not 3 <= len(name) <= 16:
        raise HivemindRefusal("invalid account name length: `${name}`", name=name)
    if name.startswith("@"):
        raise HivemindRefusal("invalid account name char `@`")
    if not _NAME.fullmatch(name):
        raise HivemindRefusal("invalid account char")
    raise HivemindRefusal("Account ${name} does not exist", name=name)


def observer_in(state: State, name: str) -> Observer:
    """Through whose eyes: nobody's where none is named."""
    if name:
        account_in(state, name)
    return Observer(state, name)


def post_in(state: State, author: str, permlink: str) -> PostFacts:
    """The post or reply that a question is about."""
    facts = find_post(state, author, permlink)
    if facts is not None:
        return facts
    if not author:
        raise HivemindRefusal("invalid account (not specified)")
    if not permlink:
        raise HivemindRefusal("permlink cannot be blank")
    if len(permlink) > PERMLINK_MAX:
        raise HivemindRefusal("invalid permlink length")
    deletion = state.deletions.find((author, permlink))
    if deletion is not None and (author, permlink) not in state.posts:
        raise PostDeleted(
            "Post ${author}/${permlink} was deleted ${times} time(s)",
            author=author,
            permlink=permlink,
            times=deletion.times,
        )
    raise HivemindRefusal("Post ${author}/${permlink} does not exist", author=author, permlink=permlink)


def start_in(state: State, author: str, permlink: str) -> PostFacts | None:
    """The post behind which a page begins; None for the top."""
    return post_in(state, author, permlink) if author and permlink else None


def community_in(state: State, name: str) -> Community:
    row = state.communities.find(name)
    if row is not None:
        return row
    if not name:
        raise HivemindRefusal("community name cannot be blank")
    raise HivemindRefusal("Community ${name} does not exist", name=name)


def muted_bits(reasons: Sequence[Any]) -> int:
    """The marks that posts must not bear, of a list of their numbers."""
    bits = 0
    for given in reasons:
        reason = as_int(given)
        if reason not in MUTED_REASONS.values():
            raise HivemindRefusal("Invalid muted reason: ${reason}. Must be between 0-4.", reason=reason)
        bits |= 1 << reason
    return bits
