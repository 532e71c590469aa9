"""Posts in the order they were made: of an account, to an account, under a tag.

They stand there from the time they are made until they are deleted, whatever is paid for them or thought of them.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from chain.row import R
from chain.rows import AccountComment, AccountPost, AccountReply, CommunityPost, Content, Post, TagPost
from chain.social.communities import NAME as COMMUNITY_NAME
from chain.social.limits import TAG_MAX, TAGS_MAX
from chain.state import State
from chain.table import Table

EVERYTHING: Final = ""  # the tag that all posts have

_TAG: Final = re.compile(r"[a-z0-9_-]+", re.ASCII)
_LEFT_OUT: Final = re.compile(r"[#\s]")


def note_post(state: State, post: Post) -> None:
    """A new post or reply, which is still there at the end of its block."""
    author, permlink, id_ = post.author, post.permlink, post.id
    if post.parent_author:
        state.account_comments.append(author, id_, permlink)
        state.account_replies.append(post.parent_author, id_, author, permlink)
    else:
        state.account_posts.append(author, id_, permlink)
        state.tag_posts.append(EVERYTHING, id_, author, permlink)


def posts_of(state: State, account: str, *, below: int | None = None) -> Iterator[AccountPost]:
    """Root posts of an account, the newest first, or from below the id of a post."""
    return _newest_first(state.account_posts, account, below)


def comments_of(state: State, account: str, *, below: int | None = None) -> Iterator[AccountComment]:
    """Replies by an account, the same."""
    return _newest_first(state.account_comments, account, below)


def replies_to(state: State, account: str, *, below: int | None = None) -> Iterator[AccountReply]:
    """Replies to an account, the same."""
    return _newest_first(state.account_replies, account, below)


def tagged(state: State, tag: str, *, below: int | None = None) -> Iterator[TagPost]:
    """Root posts with a tag, the same; EVERYTHING: all there are."""
    return _newest_first(state.tag_posts, tag, below)


def in_community(state: State, community: str, *, below: int | None = None) -> Iterator[CommunityPost]:
    """Root posts in a community, the same."""
    return _newest_first(state.community_posts, community, below)


def _newest_first(table: Table[tuple[str, int], R], group: str, below: int | None) -> Iterator[R]:
    if below == 0:
        return iter(())
    start = None if below is None else (group, below - 1)
    return table.scan(group, start=start, reverse=True)


def forget_post(state: State, content: Content) -> None:
    """A post was deleted."""
    if content.parent_author:
        state.account_comments.remove((content.author, content.id))
        state.account_replies.remove((content.parent_author, content.id))
        return
    state.account_posts.remove((content.author, content.id))
    for tag in (EVERYTHING, *content.tags):
        state.tag_posts.remove((tag, content.id))


def note_tags(state: State, content: Content) -> None:
    """A root post is new, or was edited: let it stand under the tags that it has now. `content` is to be changed."""
    tags = tags_of(content)
    for tag in content.tags:
        if tag not in tags:
            state.tag_posts.remove((tag, content.id))
    for tag in tags:
        if tag not in content.tags:
            state.tag_posts.insert(TagPost(tag, content.id, content.author, content.permlink), is_new=True)
    content.tags = tags


def tags_of(content: Content) -> tuple[str, ...]:
    """The category, and what the post's metadata name beside it. Communities are not tags: who is one there has its own lists."""
    tags: list[str] = []
    for said in (content.category, *_said(content.json_metadata)):
        tag = _LEFT_OUT.sub("", said).lower()[:TAG_MAX]
        if _TAG.fullmatch(tag) and not COMMUNITY_NAME.fullmatch(tag) and tag not in tags:
            tags.append(tag)
    return tuple(tags[:TAGS_MAX])


def _said(json_metadata: str) -> list[str]:
    try:
        found: Any = orjson.loads(json_metadata)
    except orjson.JSONDecodeError:
        return []
    tags = found.get("tags") if type(found) is dict else None
    return [tag for tag in tags if type(tag) is str] if type(tags) is list else []
