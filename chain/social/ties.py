"""The lists that accounts keep of each other: followed, muted, blacklisted, and whose blacklists and mutes are taken over.

A tie is a row in the list of its owner, one seen from its target, and for followers one more in the order they came. A list that
its owner resets counts as empty at once; its rows go by and by, because ten thousand of them must not hold up a block.
"""

from collections.abc import Iterator
from typing import Final

from chain.rows import Follower, ListReset, Tie, TieBack
from chain.social.limits import LIST_SIZES_MAX, RESET_ROWS_PER_BLOCK_MAX
from chain.social.personas import edit_persona, persona_of
from chain.social.refusals import ListFull
from chain.state import State

FOLLOWED: Final = 0
MUTED: Final = 1
BLACKLISTED: Final = 2
BLACKLISTS_FOLLOWED: Final = 3
MUTES_FOLLOWED: Final = 4

KINDS: Final = (FOLLOWED, MUTED, BLACKLISTED, BLACKLISTS_FOLLOWED, MUTES_FOLLOWED)
SEEN_FROM_TARGET: Final = (FOLLOWED, MUTED)


def find_tie(state: State, account: str, kind: int, target: str) -> Tie | None:
    """The tie, unless there is none or the list was reset since."""
    tie = state.ties.find((account, kind, target))
    return None if tie is None or _was_reset(state, tie) else tie


def has_tie(state: State, account: str, kind: int, target: str) -> bool:
    return find_tie(state, account, kind, target) is not None


def ties_of(state: State, account: str, kind: int, *, after: str = "") -> Iterator[Tie]:
    """A list by name, from behind a name on."""
    for tie in state.ties.scan(account, kind, start=(account, kind, after) if after else None):
        if tie.target != after and not _was_reset(state, tie):
            yield tie


def ties_to(state: State, target: str, kind: int, *, after: str = "") -> Iterator[str]:
    """Who has an account on a list, by name, from behind a name on. Only for kinds that are SEEN_FROM_TARGET."""
    for back in state.ties_back.scan(target, kind, start=(target, kind, after) if after else None):
        if back.account != after and has_tie(state, back.account, kind, target):
            yield back.account


def newest_followers(state: State, account: str, *, before: int | None = None) -> Iterator[Follower]:
    """Followers from the newest on, or from below a number."""
    for row in state.followers.scan(account, start=None if before is None else (account, before), reverse=True):
        if row.id != before and has_tie(state, row.follower, FOLLOWED, account):
            yield row


def tie(state: State, account: str, kind: int, target: str) -> bool:
    """Put somebody on a list. Returns whether that is new. Raises ListFull."""
    old = state.ties.find((account, kind, target))
    if old is not None:
        if not _was_reset(state, old):
            return False
        _cut(state, old)
    persona = edit_persona(state, account)
    if persona.list_sizes[kind] >= LIST_SIZES_MAX[kind]:
        raise ListFull(max=LIST_SIZES_MAX[kind])
    row = Tie(account, kind, target, persona.next_tie, state.now)
    persona.next_tie += 1
    persona.list_sizes = _resized(persona.list_sizes, kind, 1)
    if kind == FOLLOWED:
        followed = edit_persona(state, target)
        row.follower_id = followed.next_follower
        followed.next_follower += 1
        followed.followers += 1
        state.followers.insert(Follower(target, row.follower_id, account))
    state.ties.insert(row)
    if kind in SEEN_FROM_TARGET:
        state.ties_back.insert(TieBack(target, kind, account))
    return True


def untie(state: State, account: str, kind: int, target: str) -> bool:
    """Take somebody off a list. Returns whether he was on it."""
    row = find_tie(state, account, kind, target)
    if row is None:
        return False
    _cut(state, row)
    return True


def _cut(state: State, row: Tie) -> None:
    persona = edit_persona(state, row.account)
    persona.list_sizes = _resized(persona.list_sizes, row.kind, -1)
    if row.kind == FOLLOWED:
        edit_persona(state, row.target).followers -= 1
        state.followers.remove((row.target, row.follower_id))
    if row.kind in SEEN_FROM_TARGET:
        state.ties_back.remove((row.target, row.kind, row.account))
    state.ties.remove((row.account, row.kind, row.target))


def _resized(sizes: tuple[int, ...], kind: int, change: int) -> tuple[int, ...]:
    return (*sizes[:kind], sizes[kind] + change, *sizes[kind + 1 :])


# --- resets ----------------------------------------------------------------------------------------------------------


def reset_list(state: State, account: str, kind: int) -> None:
    """From now on the list is empty."""
    persona = persona_of(state, account)
    if not persona.list_sizes[kind]:
        return
    key = (account, kind)
    if key not in state.list_resets:
        state.list_resets.insert(ListReset(account, kind, at=state.now))
    state.list_resets.edit(key).before = persona.next_tie


def process_list_resets(state: State) -> None:
    """Remove ties of lists that were reset, as many as one block may, the oldest reset first."""
    budget = RESET_ROWS_PER_BLOCK_MAX
    while (reset := state.list_resets.by_time.first()) is not None:
        for row in state.ties.scan(reset.account, reset.kind):
            if row.id >= reset.before:
                continue  # came after the reset
            if not budget:
                return
            _cut(state, row)
            budget -= 1
        state.list_resets.remove((reset.account, reset.kind))


def _was_reset(state: State, row: Tie) -> bool:
    reset = state.list_resets.find((row.account, row.kind))
    return reset is not None and row.id < reset.before
