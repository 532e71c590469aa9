"""Blogs: what an account has posted, and what it has reblogged of others (protocol.md §5.6)."""

from typing import Any

from chain.rows import BlogEntry, BlogPlace
from chain.social import notifications
from chain.social.personas import edit_persona
from chain.state import State


def reblog(state: State, actor: str, members: dict[str, Any]) -> None:
    """`["reblog", {account, author, permlink[, delete]}]`. What does not make sense is passed over in silence."""
    author, permlink = members.get("author"), members.get("permlink")
    if members.get("account") != actor or type(author) is not str or type(permlink) is not str:
        return
    place = (author, permlink)
    if members.get("delete") == "delete":
        if actor != author and remove_entry(state, actor, *place):
            state.contents.edit(place).reblogs -= 1
    elif place in state.posts and place in state.contents and (*place, actor) not in state.blog_places:
        add_entry(state, actor, *place)
        state.contents.edit(place).reblogs += 1
        score = notifications.standing_score(state, actor)
        about = {"author": author, "permlink": permlink}
        notifications.tell(state, author, notifications.REBLOG, source=actor, score=score, **about)


def add_entry(state: State, account: str, author: str, permlink: str) -> None:
    """Put a post on top of a blog in which it does not stand."""
    persona = edit_persona(state, account)
    entry_id = persona.next_entry
    persona.next_entry += 1
    persona.newest_entry_at = state.now
    state.blog_entries.insert(BlogEntry(account, entry_id, author, permlink, state.now), is_new=True)
    state.blog_places.insert(BlogPlace(author, permlink, account, entry_id, state.now), is_new=True)


def remove_entry(state: State, account: str, author: str, permlink: str) -> bool:
    """Take a post out of a blog. Returns whether it stood there."""
    place = state.blog_places.find((author, permlink, account))
    if place is None:
        return False
    state.blog_entries.remove((account, place.entry_id))
    state.blog_places.remove((author, permlink, account))
    return True


def forget_post(state: State, author: str, permlink: str) -> None:
    """A post was deleted: it stands in no blog any more."""
    for place in list(state.blog_places.scan(author, permlink)):
        remove_entry(state, place.account, author, permlink)
