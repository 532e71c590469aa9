"""`skald community …`: places where people post together, with a team that moderates."""

from typing import Any

import click

from cli import social_views as views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, PLACE, Place, account_option
from cli.output import BadInput, answers
from cli.speaking import say

ROLES = ("muted", "guest", "member", "mod", "admin")
TYPES = {"topic": 1, "journal": 2, "council": 3}
LIST_MAX = 100
ROLES_MAX = 1_000

NAME = click.argument("name", type=ACCOUNT, metavar="COMMUNITY")
ACTOR = account_option("--account", help="Who does it.")
POST = click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
NOTES = click.option("--notes", required=True, help="Why, in at most 120 characters; the author reads it.")


@click.group(cls=HelpfulGroup)
def community() -> None:
    """See, join and run communities.

    A community is an account whose name is hive-1 and four to six digits (a topic), hive-2… (a journal: only members post) or hive-3… (a
    council: only members post and reply). Make one with `skald account create hive-133333 --creator alice --power-up "10.000 HIVE"`, give
    somebody the role admin with `skald community role`, and tell what it is about with `skald community set`. Post into it with
    `skald post --tag hive-133333`.
    """


def act(sender: Sender, what: str, actor: str, action: str, name: str, **members: Any) -> dict[str, Any]:
    members = {"community": name} | members
    return say(sender, what, actor=actor, id="community", action=action, members=members)


# --- looking ---------------------------------------------------------------------------------------------------------


@community.command("list")
@answers(views.communities)
@click.option("--sort", type=click.Choice(["rank", "subs", "new"]), default="rank", help="By rank, subscribers or age.")
@click.option("--search", default="", help="Only those whose title or description has these words.")
@click.option("--after", type=ACCOUNT, metavar="COMMUNITY", help="Go on behind this one.")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=20, help="How many.")
@asks_node
def list_communities(client: Client, sort: str, search: str, after: str | None, limit: int) -> Any:
    """List communities.

    For example: skald community list --search photography
    """
    params = {"sort": sort, "query": search, "last": after or "", "limit": limit}
    return client.call("bridge.list_communities", params)


@community.command()
@answers(views.community)
@NAME
@asks_node
def show(client: Client, name: str) -> Any:
    """Show a community with its team and rules.

    For example: skald community show hive-133333
    """
    return client.call("bridge.get_community", {"name": name})


@community.command()
@answers(views.roles)
@NAME
@click.option("--after", type=ACCOUNT, metavar="NAME", help="Go on behind this account.")
@click.option("--limit", type=click.IntRange(1, ROLES_MAX), default=50, help="How many.")
@asks_node
def roles(client: Client, name: str, after: str | None, limit: int) -> Any:
    """List who is more or less than a guest, from the owner down.

    For example: skald community roles hive-133333
    """
    return client.call("bridge.list_community_roles", {"community": name, "last": after or "", "limit": limit})


@community.command()
@answers(views.subscribers)
@NAME
@click.option("--after", type=ACCOUNT, metavar="NAME", help="Go on behind this account.")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=LIST_MAX, help="How many.")
@asks_node
def subscribers(client: Client, name: str, after: str | None, limit: int) -> Any:
    """List a community's subscribers by name.

    For example: skald community subscribers hive-133333
    """
    return client.call("bridge.list_subscribers", {"community": name, "last": after or "", "limit": limit})


# --- joining ---------------------------------------------------------------------------------------------------------


@community.command()
@answers(sent)
@NAME
@ACTOR
@sends
def subscribe(sender: Sender, name: str, account: str) -> dict[str, Any]:
    """Subscribe to a community.

    For example: skald community subscribe hive-133333 --account alice
    """
    return act(sender, f"{account} subscribed to {name}", account, "subscribe", name)


@community.command()
@answers(sent)
@NAME
@ACTOR
@sends
def unsubscribe(sender: Sender, name: str, account: str) -> dict[str, Any]:
    """Subscribe to a community no longer.

    For example: skald community unsubscribe hive-133333 --account alice
    """
    return act(sender, f"{account} is no longer subscribed to {name}", account, "unsubscribe", name)


@community.command()
@answers(sent)
@NAME
@POST
@NOTES
@ACTOR
@sends
def flag(sender: Sender, name: str, place: Place, notes: str, account: str) -> dict[str, Any]:
    """Call the team of a community to a post.

    For example: skald community flag hive-133333 bob/spam --notes "an advertisement" --account alice
    """
    what = f"{account} called the team of {name} to {place}"
    return act(sender, what, account, "flagPost", name, account=place.author, permlink=place.permlink, notes=notes)


# --- running it ------------------------------------------------------------------------------------------------------


@community.command("set")
@answers(sent)
@NAME
@ACTOR
@click.option("--title", help="3 to 20 characters.")
@click.option("--about", help="One sentence of at most 120 characters.")
@click.option("--lang", help="Its language, as two letters.")
@click.option("--nsfw/--sfw", "is_nsfw", default=None, help="Whether it is not safe for work.")
@click.option("--description", help="What it is for, and its rules.")
@click.option("--flag-text", help="What to flag.")
@click.option("--type", "type_name", type=click.Choice(list(TYPES)), help="Who may write there.")
@click.option("--avatar-url", help="The address of its picture. Takes the place of all other settings.")
@sends
def set_props(
    sender: Sender, name: str, account: str, type_name: str | None, avatar_url: str | None, **given: Any
) -> dict[str, Any]:
    """Say what a community is about. What is not given stays.

    For example: skald community set hive-133333 --title "World News" --account alice
    """
    props = {member: value for member, value in given.items() if value is not None}
    if type_name is not None:
        props["type_id"] = TYPES[type_name]
    if avatar_url is not None:
        props["settings"] = {"avatar_url": avatar_url}
    if not props:
        raise BadInput("There is nothing to set.", "--title, --about and others say what shall change.")
    return act(sender, f"{account} has set {', '.join(props)} of {name}", account, "updateProps", name, props=props)


@community.command()
@answers(sent)
@NAME
@click.argument("member", type=ACCOUNT, metavar="NAME")
@click.argument("role", type=click.Choice(ROLES))
@ACTOR
@sends
def role(sender: Sender, name: str, member: str, role: str, account: str) -> dict[str, Any]:
    """Give somebody a role below one's own.

    For example: skald community role hive-133333 bob mod --account alice
    """
    return act(sender, f"{member} is now {role} in {name}", account, "setRole", name, account=member, role=role)


@community.command()
@answers(sent)
@NAME
@click.argument("member", type=ACCOUNT, metavar="NAME")
@click.argument("title")
@ACTOR
@sends
def title(sender: Sender, name: str, member: str, title: str, account: str) -> dict[str, Any]:
    """Give somebody a title of at most 32 characters; an empty one takes it away.

    For example: skald community title hive-133333 bob Reporter --account alice
    """
    what = f'{member} has the title "{title}" in {name}' if title else f"{member} has no title in {name}"
    return act(sender, what, account, "setUserTitle", name, account=member, title=title)


@community.command()
@answers(sent)
@NAME
@POST
@NOTES
@ACTOR
@sends
def mute(sender: Sender, name: str, place: Place, notes: str, account: str) -> dict[str, Any]:
    """Hide a post or reply.

    For example: skald community mute hive-133333 bob/spam --notes "an advertisement" --account alice
    """
    what = f"{account} has muted {place} in {name}"
    return act(sender, what, account, "mutePost", name, account=place.author, permlink=place.permlink, notes=notes)


@community.command()
@answers(sent)
@NAME
@POST
@NOTES
@ACTOR
@sends
def unmute(sender: Sender, name: str, place: Place, notes: str, account: str) -> dict[str, Any]:
    """Hide a post or reply no longer.

    For example: skald community unmute hive-133333 bob/spam --notes "a mistake" --account alice
    """
    what = f"{account} mutes {place} in {name} no longer"
    return act(sender, what, account, "unmutePost", name, account=place.author, permlink=place.permlink, notes=notes)


@community.command()
@answers(sent)
@NAME
@POST
@ACTOR
@sends
def pin(sender: Sender, name: str, place: Place, account: str) -> dict[str, Any]:
    """Keep a post on top.

    For example: skald community pin hive-133333 alice/rules --account alice
    """
    what = f"{account} has pinned {place} in {name}"
    return act(sender, what, account, "pinPost", name, account=place.author, permlink=place.permlink)


@community.command()
@answers(sent)
@NAME
@POST
@ACTOR
@sends
def unpin(sender: Sender, name: str, place: Place, account: str) -> dict[str, Any]:
    """Keep a post on top no longer.

    For example: skald community unpin hive-133333 alice/rules --account alice
    """
    what = f"{account} has unpinned {place} in {name}"
    return act(sender, what, account, "unpinPost", name, account=place.author, permlink=place.permlink)
