"""`skald follow`, `unfollow`, `mute`, `unmute`, `blacklist`, `reblog`, `feed`, `notifications`: what one reads, and of whom."""

from typing import Any

import click

from cli import social_views as views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, PLACE, Place, account_option
from cli.output import answers
from cli.speaking import say

FEED_MAX = 20
NOTIFICATIONS_MAX = 100

NAMES = click.argument("names", type=ACCOUNT, nargs=-1, required=True, metavar="NAME…")
THEIR_LIST = click.option(
    "--their",
    type=click.Choice(["posts", "blacklist", "mutes"]),
    default="posts",
    help="What of them: their posts, or the list of those whom they have blacklisted or muted.",
)


def change_list(sender: Sender, what: str, account: str, names: tuple[str, ...], word: str) -> dict[str, Any]:
    """One change of one of the account's lists (`what` in the operation)."""
    following: Any = names[0] if len(names) == 1 else list(names)
    members = {"follower": account, "following": following, "what": [word] if word else []}
    return say(sender, what, actor=account, id="follow", action="follow", members=members)


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


@click.command()
@answers(sent)
@NAMES
@account_option("--account", help="Who follows.")
@THEIR_LIST
@sends
def follow(sender: Sender, names: tuple[str, ...], account: str, their: str) -> dict[str, Any]:
    """Follow accounts: their posts are in the feed.

    Their reblogs, too. For example: skald follow bob carol --account alice
    """
    word = {"posts": "blog", "blacklist": "follow_blacklist", "mutes": "follow_muted"}[their]
    return change_list(sender, f"{account} follows {_their(their)}{listed(names)}", account, names, word)


@click.command()
@answers(sent)
@NAMES
@account_option("--account", help="Who no longer follows.")
@THEIR_LIST
@sends
def unfollow(sender: Sender, names: tuple[str, ...], account: str, their: str) -> dict[str, Any]:
    """Follow accounts no longer.

    For example: skald unfollow bob --account alice
    """
    word = {"posts": "", "blacklist": "unfollow_blacklist", "mutes": "unfollow_muted"}[their]
    return change_list(sender, f"{account} no longer follows {_their(their)}{listed(names)}", account, names, word)


def _their(their: str) -> str:
    return "" if their == "posts" else f"the {their} of "


@click.command()
@answers(sent)
@NAMES
@account_option("--account", help="Who mutes.")
@sends
def mute(sender: Sender, names: tuple[str, ...], account: str) -> dict[str, Any]:
    """Mute accounts: nothing that they do is told.

    They are followed no longer. For example: skald mute spammer --account alice
    """
    return change_list(sender, f"{account} has muted {listed(names)}", account, names, "ignore")


@click.command()
@answers(sent)
@NAMES
@account_option("--account", help="Who had muted.")
@sends
def unmute(sender: Sender, names: tuple[str, ...], account: str) -> dict[str, Any]:
    """Mute accounts no longer.

    For example: skald unmute bob --account alice
    """
    return change_list(sender, f"{account} mutes {listed(names)} no longer", account, names, "")


@click.command()
@answers(sent)
@NAMES
@account_option("--account", help="Whose blacklist it is.")
@click.option("--remove", is_flag=True, help="Take them off it.")
@sends
def blacklist(sender: Sender, names: tuple[str, ...], account: str, remove: bool) -> dict[str, Any]:
    """Put accounts on a blacklist that others can take over.

    For example: skald blacklist spammer --account alice
    """
    word, where = ("unblacklist", "off") if remove else ("blacklist", "on")
    return change_list(sender, f"{account} has put {listed(names)} {where} the blacklist", account, names, word)


@click.command()
@answers(sent)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@account_option("--account", help="In whose blog it shall stand.")
@click.option("--undo", is_flag=True, help="Take the reblog back.")
@sends
def reblog(sender: Sender, place: Place, account: str, undo: bool) -> dict[str, Any]:
    """Show a post of somebody else in one's own blog.

    All followers see it. For example: skald reblog alice/hello --account bob
    """
    members = {"account": account, "author": place.author, "permlink": place.permlink}
    if undo:
        members["delete"] = "delete"
    what = f"{account} {'no longer reblogs' if undo else 'reblogged'} {place}"
    return say(sender, what, actor=account, id="reblog", action="reblog", members=members)


# --- reading ---------------------------------------------------------------------------------------------------------


@click.command()
@answers(views.feed)
@click.argument("account", type=ACCOUNT)
@click.option("--limit", type=click.IntRange(1, FEED_MAX), default=FEED_MAX, help="How many posts.")
@click.option("--after", type=PLACE, metavar="AUTHOR/PERMLINK", help="Go on behind this post.")
@asks_node
def feed(client: Client, account: str, limit: int, after: Place | None) -> dict[str, Any]:
    """Read what those have posted whom an account follows.

    And what they have reblogged, the newest first. For example: skald feed alice --limit 5
    """
    query: dict[str, Any] = {"tag": account, "limit": limit}
    if after is not None:
        query |= {"start_author": after.author, "start_permlink": after.permlink}
    posts, chain = client.batch(
        [("condenser_api.get_discussions_by_feed", [query]), ("condenser_api.get_dynamic_global_properties", [])]
    )
    return {"account": account, "posts": posts, "now": chain["time"]}


@click.group(cls=HelpfulGroup)
def notifications() -> None:
    """See what an account is told, and mark it as read."""


@notifications.command("list")
@answers(views.notifications)
@click.argument("account", type=ACCOUNT)
@click.option("--limit", type=click.IntRange(1, NOTIFICATIONS_MAX), default=20, help="How many.")
@click.option("--min-score", type=click.IntRange(0, 100), default=0, help="Only what matters at least so much.")
@click.option("--before", type=click.IntRange(1), help="Go on below this number.")
@asks_node
def list_notifications(client: Client, account: str, limit: int, min_score: int, before: int | None) -> dict[str, Any]:
    """Show what an account is told, the newest first.

    For example: skald notifications list alice --min-score 25
    """
    page = {"account": account, "min_score": min_score, "last_id": before or 0, "limit": limit}
    unread = {"account": account, "min_score": min_score}
    told, read = client.batch([("bridge.account_notifications", page), ("bridge.unread_notifications", unread)])
    return {"account": account, "notifications": told, **read}


@notifications.command()
@answers(sent)
@account_option("--account", help="Who has read them.")
@sends
def read(sender: Sender, account: str) -> dict[str, Any]:
    """Mark everything up to now as read.

    For example: skald notifications read --account alice
    """
    chain = sender.client.call("condenser_api.get_dynamic_global_properties")
    members = {"date": chain["time"]}
    what = f"{account} has read everything until {chain['time']}"
    return say(sender, what, actor=account, id="notify", action="setLastRead", members=members)
