"""Posts in the orders that people read them in (docs/social.md). For readers only.

Every list is a table whose keys stand in the order of the list, so that a page costs the same wherever it begins.
"""

from dataclasses import dataclass
from typing import ClassVar

from chain.row import Row


@dataclass(slots=True)
class AccountPost(Row):
    """Root posts of an account in the order they were made."""

    account: str
    id: int  # of the post
    permlink: str = ""


@dataclass(slots=True)
class AccountComment(Row):
    """Replies by an account in the order they were made."""

    account: str
    id: int  # of the reply
    permlink: str = ""


@dataclass(slots=True)
class AccountReply(Row):
    """Replies to an account, right below its posts and replies, in the order they were made."""

    account: str
    id: int  # of the reply
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class TagPost(Row):
    """Root posts in the order they were made: all of them under the empty tag, and under each of their tags."""

    tag: str
    id: int  # of the post
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class RankedPost(Row):
    """A post or reply that waits to be paid, and all that its places in the lists follow from."""

    id: int
    author: str = ""
    permlink: str = ""
    is_reply: bool = False
    created: int = 0
    category: str = ""  # under which it is listed; empty where only a community may be, and this is none
    community: str = ""
    tags: tuple[str, ...] = ()  # of a root post, its category among them
    net_rshares: int = 0
    promoted: int = 0  # HBD
    is_muted: bool = False
    is_due: bool = False  # it is paid within the hours that the payout list shows


@dataclass(slots=True)
class TouchedPosts(Row):
    """Posts and replies that a block of late may have moved in the lists, and which have not been put where they belong now."""

    block_num: int
    places: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class RankPlace(Row):
    """A place in a list: of all posts under the empty scope, of a tag, of a community, or of an account. Read backwards."""

    ranking: int  # which list, as in chain.social.ranking
    scope: str
    score: int
    id: int  # of the post


@dataclass(slots=True)
class TagTotals(Row):
    """What waits to be paid in a category."""

    wide: ClassVar = ("rshares",)

    tag: str
    posts: int = 0
    comments: int = 0
    rshares: int = 0  # positive ones


@dataclass(slots=True)
class TagPlace(Row):
    """Categories by what waits in them, from the most down, and by name."""

    behind: int  # how far its rshares stay below the largest number
    tag: str


@dataclass(slots=True)
class PayoutWindow(Row):
    """Between which times of payout the payout list shows posts, as of the last block."""

    key: str = ""
    first: int = 0
    last: int = 0
