"""`skald show …`: what stands on the chain."""

from typing import Any

import click

from cli import social_views, views
from cli.client import Client, NodeRefused, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, PLACE, Place
from cli.output import Failure, answers
from cli.payout_views import payouts as payouts_view

BLOCK_NUM_MAX = 2**32 - 1
FOLLOWS_MAX = 1_000  # of one answer


@click.group(cls=HelpfulGroup)
def show() -> None:
    """Look at posts, payouts, blocks, witnesses, funds."""


def content_of(client: Client, place: Place) -> dict[str, Any]:
    """A post or reply. Raises Failure where there is none."""
    content = client.call("condenser_api.get_content", list(place))
    if not content or not content.get("author"):
        raise Failure(
            f"There is no post or reply {place}.", f"`skald account history {place.author}` lists what they wrote."
        )
    result: dict[str, Any] = content
    return result


@show.command()
@answers(views.post)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@click.option("--replies", is_flag=True, help="Show the direct replies too.")
@asks_node
def post(client: Client, place: Place, replies: bool) -> dict[str, Any]:
    """Show a post or reply with its votes.

    For example: skald show post alice/my-first-post
    """
    content = content_of(client, place)
    votes, chain = client.batch(
        [("condenser_api.get_active_votes", list(place)), ("condenser_api.get_dynamic_global_properties", [])]
    )
    answer = {"content": content, "votes": votes, "now": chain["time"]}
    answer["payout"] = forecast_of(client, place)
    if replies:
        answer["replies"] = client.call("condenser_api.get_content_replies", list(place))
    return answer


def forecast_of(client: Client, place: Place) -> Any:
    """What it earns, with the arithmetic; None from a node that does not tell."""
    try:
        return client.call("skald_api.get_payouts", place._asdict())
    except NodeRefused:
        return None


@show.command()
@answers(payouts_view)
@click.argument("subject", metavar="AUTHOR/PERMLINK|ACCOUNT")
@asks_node
def payouts(client: Client, subject: str) -> Any:
    """Show what posts earn or have earned.

    Of one post, with the arithmetic; of an account, of all its posts.
    """
    if "/" in subject:
        place: Place = PLACE.convert(subject, None, None)
        return client.call("skald_api.get_payouts", {"author": place.author, "permlink": place.permlink})
    return client.call("skald_api.get_payouts", {"account": ACCOUNT.convert(subject, None, None)})


@show.command()
@answers(social_views.follows)
@click.argument("account", type=ACCOUNT)
@click.option("--limit", type=click.IntRange(1, FOLLOWS_MAX), default=50, help="How many names of each list.")
@asks_node
def follows(client: Client, account: str, limit: int) -> dict[str, Any]:
    """Show whom an account follows and mutes, and who follows it.

    For example: skald show follows alice
    """
    counts, following, followers, muted = client.batch(
        [
            ("condenser_api.get_follow_count", [account]),
            ("condenser_api.get_following", [account, "", "blog", limit]),
            ("condenser_api.get_followers", [account, "", "blog", limit]),
            ("condenser_api.get_following", [account, "", "ignore", limit]),
        ]
    )
    lists = {
        "follows": [row["following"] for row in following],
        "followers": [row["follower"] for row in followers],
        "muted": [row["following"] for row in muted],
    }
    return {**counts, "lists": lists}


@show.command()
@answers(views.block)
@click.argument("block_num", type=click.IntRange(1, BLOCK_NUM_MAX), required=False)
@asks_node
def block(client: Client, block_num: int | None) -> dict[str, Any]:
    """Show a block and its operations.

    Virtual operations too. Without a number, the head block.
    """
    if block_num is None:
        block_num = int(client.call("condenser_api.get_dynamic_global_properties")["head_block_number"])
    header, operations = client.batch(
        [("condenser_api.get_block", [block_num]), ("condenser_api.get_ops_in_block", [block_num, False])]
    )
    if not header:
        raise Failure(f"There is no block {block_num} yet.", "`skald show globals` tells the head block.")
    return {"block_num": block_num, "block": header, "operations": operations}


@show.command("globals")
@answers(views.chain_globals)
@asks_node
def chain_globals(client: Client) -> dict[str, Any]:
    """Show the head, supply, funds and rates of the chain."""
    properties, fund, price = client.batch(
        [
            ("condenser_api.get_dynamic_global_properties", []),
            ("condenser_api.get_reward_fund", ["post"]),
            ("condenser_api.get_current_median_history_price", []),
        ]
    )
    return {**properties, "reward_fund": fund, "price": price}


def list_witnesses(client: Client, limit: int) -> dict[str, Any]:
    ranked, active = client.batch(
        [("condenser_api.get_witnesses_by_vote", ["", limit]), ("condenser_api.get_active_witnesses", [])]
    )
    return {"witnesses": ranked, "active": [name for name in active if name]}


@show.command()
@answers(views.witnesses)
@click.option("--limit", type=click.IntRange(1, 1000), default=40, help="How many, by votes.")
@asks_node
def witnesses(client: Client, limit: int) -> dict[str, Any]:
    """List the witnesses by votes."""
    return list_witnesses(client, limit)
