"""Who follows whom, blogs, communities, notifications: the social state (protocol.md §5.6). For readers only.

Lists that grow without end are rows of their own under keys in the order they are read, so that a page costs the same at any size.
"""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Persona(Row):
    """The social side of an account: how long its lists are, and the next number in each. Made when first needed."""

    account: str
    list_sizes: tuple[int, ...] = (0, 0, 0, 0, 0)  # by kind, as in chain.social.ties
    followers: int = 0
    subscriptions: int = 0
    next_tie: int = 0
    next_follower: int = 0
    next_entry: int = 0  # of its blog
    newest_entry_at: int = 0  # no entry of the blog is later
    oldest_notification: int = 0  # all before it were dropped
    next_notification: int = 0
    last_read: int = 0


@dataclass(slots=True)
class Tie(Row):
    """An account has another on one of its lists: it follows it, mutes it, …"""

    account: str
    kind: int
    target: str
    id: int = 0  # counted by account
    since: int = 0
    follower_id: int = 0  # of the Follower beside it


@dataclass(slots=True)
class TieBack(Row):
    """A tie seen from its target. Kept for followers and mutes, which people list."""

    target: str
    kind: int
    account: str


@dataclass(slots=True)
class Follower(Row):
    """Followers of an account in the order they came."""

    account: str
    id: int
    follower: str = ""


@dataclass(slots=True)
class ListReset(Row):
    """A list that its owner has emptied, as long as there are rows to remove: all ties before a number count no more."""

    account: str
    kind: int
    before: int = 0
    at: int = 0


@dataclass(slots=True)
class BlogEntry(Row):
    """What stands in a blog, in the order it came: own posts, and reblogs of others'."""

    account: str
    id: int
    author: str = ""
    permlink: str = ""
    at: int = 0


@dataclass(slots=True)
class BlogPlace(Row):
    """Where a post stands in blogs: its author's, and those of all who have reblogged it."""

    author: str
    permlink: str
    account: str
    entry_id: int = 0
    at: int = 0


@dataclass(slots=True)
class Community(Row):
    """A community. Whoever holds the account of its name owns it."""

    name: str
    id: int = 0  # of the account
    type_id: int = 1
    created: int = 0
    title: str = ""
    about: str = ""
    lang: str = "en"
    is_nsfw: bool = False
    description: str = ""
    flag_text: str = ""
    settings: str = "{}"  # JSON
    subscribers: int = 0
    team_size: int = 0  # moderators, administrators and the owner


@dataclass(slots=True)
class CommunityRole(Row):
    """What somebody is in a community, where that is not just a guest without a title."""

    community: str
    account: str
    role: int = 0
    title: str = ""
    since: int = 0


@dataclass(slots=True)
class RolePlace(Row):
    """The roles of a community from the owner down, by name. Guests do not stand here."""

    community: str
    rank: int  # the owner's role less this one
    account: str


@dataclass(slots=True)
class Subscription(Row):
    """Who has subscribed to a community."""

    community: str
    account: str
    since: int = 0


@dataclass(slots=True)
class SubscriptionBack(Row):
    """What an account has subscribed to."""

    account: str
    community: str


@dataclass(slots=True)
class CommunityPost(Row):
    """The posts of a community in the order they were made."""

    community: str
    id: int  # of the post
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class Pin(Row):
    """Posts that a community's moderators keep on top."""

    community: str
    id: int  # of the post
    author: str = ""
    permlink: str = ""


@dataclass(slots=True)
class Flag(Row):
    """Somebody has called the moderators to a post."""

    author: str
    permlink: str
    account: str


@dataclass(slots=True)
class Notification(Row):
    """What an account is told, in the order it happened."""

    account: str
    id: int
    kind: int = 0  # as in chain.social.notifications
    score: int = 0
    at: int = 0
    source: str = ""  # who did it
    author: str = ""  # of the post that it is about …
    permlink: str = ""
    community: str = ""
    payload: str = ""
