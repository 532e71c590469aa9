"""`["follow", {follower, following, what}]` under the id `follow`: changes the lists of the one who signs (protocol.md §5.6)."""

from collections.abc import Callable
from typing import Any, Final

from chain.social import notifications
from chain.social.ties import (
    BLACKLISTED,
    BLACKLISTS_FOLLOWED,
    FOLLOWED,
    KINDS,
    MUTED,
    MUTES_FOLLOWED,
    reset_list,
    tie,
    untie,
)
from chain.state import State


def follow(state: State, actor: str, members: dict[str, Any]) -> None:
    """What does not make sense is passed over in silence, as is whoever does not exist. Raises ListFull."""
    what = members.get("what")
    if "following" not in members or members.get("follower") != actor or type(what) is not list:
        return
    word = what[0] if what and type(what[0]) is not bool else ""
    word = "" if word is None else word
    if type(word) is not str:
        return
    for kind in RESETS.get(word, ()):
        reset_list(state, actor, kind)
    change = CHANGES.get(word)
    if change is not None:
        for name in _named(members["following"]):
            if name != actor and name in state.accounts:
                change(state, actor, name)


def _named(following: Any) -> list[str]:
    """One name or several, each once."""
    names = following if type(following) is list else [following]
    return list(dict.fromkeys(name for name in names if type(name) is str and name))


def _follow(state: State, actor: str, name: str) -> None:
    untie(state, actor, MUTED, name)
    if tie(state, actor, FOLLOWED, name):
        notifications.tell(
            state, name, notifications.FOLLOW, source=actor, score=notifications.standing_score(state, actor)
        )


def _mute(state: State, actor: str, name: str) -> None:
    untie(state, actor, FOLLOWED, name)
    tie(state, actor, MUTED, name)


def _let_go(state: State, actor: str, name: str) -> None:
    untie(state, actor, FOLLOWED, name)
    untie(state, actor, MUTED, name)


def _onto(kind: int) -> Callable[[State, str, str], Any]:
    return lambda state, actor, name: tie(state, actor, kind, name)


def _off(kind: int) -> Callable[[State, str, str], Any]:
    return lambda state, actor, name: untie(state, actor, kind, name)


CHANGES: Final[dict[str, Callable[[State, str, str], Any]]] = {
    "blog": _follow,
    "follow": _follow,
    "ignore": _mute,
    "": _let_go,
    "blacklist": _onto(BLACKLISTED),
    "unblacklist": _off(BLACKLISTED),
    "follow_blacklist": _onto(BLACKLISTS_FOLLOWED),
    "unfollow_blacklist": _off(BLACKLISTS_FOLLOWED),
    "follow_muted": _onto(MUTES_FOLLOWED),
    "unfollow_muted": _off(MUTES_FOLLOWED),
}
RESETS: Final = {
    "reset_following_list": (FOLLOWED,),
    "reset_muted_list": (MUTED,),
    "reset_blacklist": (BLACKLISTED,),
    "reset_follow_blacklist": (BLACKLISTS_FOLLOWED,),
    "reset_follow_muted_list": (MUTES_FOLLOWED,),
    "reset_all_lists": KINDS,
}
