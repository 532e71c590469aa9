"""Promoted posts: who burns HBD with a post's place as the memo, puts it into a list of its own."""

from collections.abc import Callable
from typing import Any, Final

from chain.asset import HBD
from chain.params import NULL_ACCOUNT
from chain.social import ranking
from chain.state import State


def note_transfer(state: State, transfer: Any) -> None:
    """`@author/permlink` as the memo of HBD to null."""
    if transfer.to != NULL_ACCOUNT or transfer.amount.symbol != HBD or transfer.memo[:1] != "@":
        return
    author, slash, permlink = transfer.memo[1:].partition("/")
    place = (author, permlink)
    if slash and place in state.posts and place in state.contents:
        content = state.contents.edit(place)
        content.promoted += transfer.amount.amount
        ranking.rank(state, content)


NOTES: Final[dict[str, Callable[[State, Any], None]]] = {"transfer": note_transfer}
