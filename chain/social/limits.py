"""Limits of the social state, which operations of a few bytes could otherwise let grow without end.

Hivemind's where it has one. The others bound what a block can cost a node, or what an answer must gather.
"""

from typing import Final

LIST_SIZES_MAX: Final = (10_000, 10_000, 10_000, 100, 100)
"""Of the lists of an account by kind, as in chain.social.ties. A feed is merged from the blogs of all who are followed; hivemind
lists 10 000, too. Every notification asks all lists of muted accounts that its reader follows, so there are few of those."""

RESET_ROWS_PER_BLOCK_MAX: Final = 2_000  # ties removed for lists that were reset; what remains waits for the next block
NOTIFICATIONS_MAX: Final = 1_000  # kept for an account; the oldest makes room
NOTIFICATION_PAYLOAD_MAX: Final = 140  # characters: one change of properties is told to a whole team
MENTIONS_MAX: Final = 50  # in one text: who is named after them is not told
SUBSCRIPTIONS_MAX: Final = 2_000  # of an account: they are listed in one answer
TEAM_MAX: Final = 100  # moderators, administrators and the owner of a community

TAGS_MAX: Final = 8  # of a post: each is one more place in each list, which every vote moves. Front ends offer as many
TAG_MAX: Final = 32  # characters; hivemind cuts tags there

COMMUNITY_TITLE_MIN: Final = 3
COMMUNITY_TITLE_MAX: Final = 20
ABOUT_MAX: Final = 120
DESCRIPTION_MAX: Final = 1_000  # and of the text for flags
URL_MAX: Final = 1_023
USER_TITLE_MAX: Final = 32
NOTES_MAX: Final = 120
NAME_MAX: Final = 16
PERMLINK_MAX: Final = 256

FEED_SECONDS: Final = 30 * 86_400  # what is older is in no feed
REBLOGS_CHECKED_MAX: Final = 100  # of a post with more a feed asks those who are followed, not those who have it
