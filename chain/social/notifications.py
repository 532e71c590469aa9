"""What accounts are told: who follows them, answers them, mentions them, votes for them, and what happens in communities.

The score says how much it matters, 0 to 100: how somebody stands, or what a vote is worth. Nobody is told what he did himself, nor
what somebody does whom he has muted or who is muted on a list that he follows.
"""

from typing import Any, Final

from chain.errors import InvalidInput
from chain.reputation import reputation_of
from chain.rows import Notification
from chain.social.limits import NOTIFICATION_PAYLOAD_MAX, NOTIFICATIONS_MAX
from chain.social.personas import edit_persona, persona_of
from chain.social.ties import MUTED, MUTES_FOLLOWED, has_tie, ties_of
from chain.state import State
from chain.types import parse_time
from rewards import reputation

NEW_COMMUNITY: Final = 1
SET_ROLE: Final = 2
SET_PROPS: Final = 3
SET_TITLE: Final = 4
MUTE_POST: Final = 5
UNMUTE_POST: Final = 6
PIN_POST: Final = 7
UNPIN_POST: Final = 8
FLAG_POST: Final = 9
ERROR: Final = 10
SUBSCRIBE: Final = 11
REPLY: Final = 12
REPLY_COMMENT: Final = 13
REBLOG: Final = 14
FOLLOW: Final = 15
MENTION: Final = 16
VOTE: Final = 17

TEAM_SCORE: Final = 35  # also of errors
STRANGER_SCORE: Final = 15  # of what a community does to somebody who has not subscribed to it

VOTE_RSHARES_MIN: Final = 10_000_000_000
VOTE_VALUE_MIN: Final = 20  # in thousandths of an HBD
VOTE_SCORE_STEP: Final = 25  # for each digit of the value


def tell(state: State, account: str, kind: int, *, source: str, score: int, **about: str) -> None:
    """Tell somebody what `source` did, if he wants to hear it. `about`: author, permlink, community, payload."""
    if account != source and score >= 0 and hears(state, account, source):
        note(state, account, kind, source=source, score=score, **about)


def hears(state: State, account: str, source: str) -> bool:
    sizes = persona_of(state, account).list_sizes
    if not sizes[MUTED] and not sizes[MUTES_FOLLOWED]:
        return True  # as with most, whose lists then need not be looked for on the disk
    if has_tie(state, account, MUTED, source):
        return False
    return not any(has_tie(state, tie.target, MUTED, source) for tie in ties_of(state, account, MUTES_FOLLOWED))


def note(
    state: State, account: str, kind: int, *, score: int, source: str = "", payload: str = "", **about: str
) -> None:
    """Write it down; the oldest makes room."""
    persona = edit_persona(state, account)
    row = Notification(account, persona.next_notification, kind, score, state.now, source, **about)
    row.payload = payload[:NOTIFICATION_PAYLOAD_MAX]
    persona.next_notification += 1
    state.notifications.insert(row, is_new=True)
    if persona.next_notification - persona.oldest_notification > NOTIFICATIONS_MAX:
        state.notifications.remove((account, persona.oldest_notification))
        persona.oldest_notification += 1


def standing_score(state: State, account: str) -> int:
    """How much it matters who somebody is: by his reputation. Negative for whom nobody needs to hear of."""
    score = reputation.standing_score(reputation_of(state, account))
    return score if score > 0 else -1


def vote_score(value_milli_hbd: int) -> int:
    """How much a vote matters: by what it adds to the payout. Negative for less than two cents."""
    if value_milli_hbd < VOTE_VALUE_MIN:
        return -1
    return min(100, (len(str(value_milli_hbd)) - 1) * VOTE_SCORE_STEP)


def note_vote(state: State, vote: Any) -> None:
    """The event of a vote that counts: tell the author, if it is worth something."""
    rshares = vote.rshares
    if rshares < VOTE_RSHARES_MIN:
        return
    cashout = state.cashouts.find((vote.author, vote.permlink))
    if cashout is None or cashout.vote_rshares <= 0:
        return
    value = vote.pending_payout.amount * rshares // cashout.vote_rshares
    score = vote_score(value)
    if score < 0:
        return
    cents = value // 10
    tell(
        state,
        vote.author,
        VOTE,
        source=vote.voter,
        score=score,
        author=vote.author,
        permlink=vote.permlink,
        payload=f"(${cents // 100}.{cents % 100:02})",
    )


def set_last_read(state: State, actor: str, members: dict[str, Any]) -> None:
    """All up to a time was read; up to now, where the time is none or has not come yet."""
    date = members.get("date")
    try:
        at = parse_time(date) if type(date) is str else state.now
    except InvalidInput:
        at = state.now
    edit_persona(state, actor).last_read = min(at, state.now)
