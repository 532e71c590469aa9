"""`skald proposal …`: work that the treasury pays for, and the votes that decide which."""

from collections.abc import Iterator
from typing import Any

import click

from chain.asset import HBD
from chain.params import MAINNET, SECONDS_PER_DAY, TREASURY_ACCOUNT
from chain.types import time_text
from cli import proposal_views
from cli.broadcast import NamedFields, Sender, sends, sent
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, DURATION, MONEY, PLACE, Money, Place, account_option
from cli.output import BadInput, Failure, answers
from cli.views import money, units
from rewards.treasury import budget, payments

LIST_MAX = 1_000  # what a node gives at once

ID = click.IntRange(0, 2**32 - 1)
IDS = click.argument("ids", type=ID, metavar="ID...", nargs=-1, required=True)


@click.group(cls=HelpfulGroup)
def proposal() -> None:
    """Ask the treasury to pay for work, vote for such proposals."""


# --- looking ---------------------------------------------------------------------------------------------------------


@proposal.command("list")
@answers(proposal_views.proposals)
@click.option(
    "--status",
    type=click.Choice(["votable", "active", "inactive", "expired", "all"]),
    default="votable",
    help="Which ones; votable are those that have not ended.",
)
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=40, help="How many, by votes.")
@asks_node
def list_command(client: Client, status: str, limit: int) -> dict[str, Any]:
    """List proposals by votes, and where the treasury's money ends.

    For example: skald proposal list --status active
    """
    answer = treasury(client)
    rows = with_funds(by_votes(client, status), answer.pop("funds"))
    return {**answer, "proposals": rows[:limit]}


@proposal.command()
@answers(proposal_views.proposal)
@click.argument("id_", type=ID, metavar="ID")
@asks_node
def show(client: Client, id_: int) -> dict[str, Any]:
    """Show a proposal, what it gets, and who votes for it.

    For example: skald proposal show 3
    """
    answer = treasury(client)
    found, voters = client.batch(
        [
            ("database_api.find_proposals", {"proposal_ids": [id_]}),
            (
                "database_api.list_proposal_votes",
                {"start": [id_, ""], "limit": LIST_MAX, "order": "by_proposal_voter", "status": "all"},
            ),
        ]
    )
    if not found["proposals"]:
        raise unknown(id_)
    (row,) = with_funds(found["proposals"], answer.pop("funds"))
    names = [vote["voter"] for vote in voters["proposal_votes"] if vote["proposal"]["id"] == id_]
    return {**answer, "proposal": row, "voters": names}


def by_votes(client: Client, status: str) -> list[dict[str, Any]]:
    """As the chain pays them: the most votes first, of equals the older one."""
    answer = client.call(
        "database_api.list_proposals",
        {"start": [], "limit": LIST_MAX, "order": "by_total_votes", "order_direction": "descending", "status": status},
    )
    return sorted(answer["proposals"], key=lambda row: (-int(row["total_votes"]), row["id"]))


def treasury(client: Client) -> dict[str, Any]:
    """What the treasury holds and may spend in a day, and by `funds` what each proposal would get of it, if a day were paid now."""
    properties, accounts = client.batch(
        [
            ("database_api.get_dynamic_global_properties", {}),
            ("database_api.find_accounts", {"accounts": [TREASURY_ACCOUNT]}),
        ]
    )
    holds = units(accounts["accounts"][0]["hbd_balance"])
    daily = budget(holds, SECONDS_PER_DAY)
    chosen = [row for row in by_votes(client, "active") if int(row["total_votes"])]
    paid = payments(daily, SECONDS_PER_DAY, [units(row["daily_pay"]) for row in chosen])
    return {
        "now": properties["time"],
        "treasury": hbd(holds),
        "daily_budget": hbd(daily),
        "daily_spent": hbd(sum(paid)),
        "funds": {row["id"]: amount for row, amount in zip(chosen, paid, strict=False)},
    }


def with_funds(rows: list[dict[str, Any]], funds: dict[int, int]) -> list[dict[str, Any]]:
    return [row | {"daily_funds": hbd(funds.get(row["id"], 0))} for row in rows]


def hbd(amount: int) -> dict[str, Any]:
    return {"amount": str(amount), "precision": HBD.precision, "nai": HBD.nai}


def unknown(id_: int) -> Failure:
    return Failure(f"There is no proposal {id_}.", "`skald proposal list --status all` shows those there are.")


# --- proposing -------------------------------------------------------------------------------------------------------


@proposal.command()
@answers(sent)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@account_option("--creator", help="Who asks, and pays the fee.")
@click.option("--subject", required=True, help="What for, in a few words.")
@click.option("--pay", type=MONEY, required=True, metavar="AMOUNT", help="HBD a day.")
@click.option("--for", "duration", type=DURATION, required=True, help="How long it is to be paid.")
@click.option("--in", "delay", type=DURATION, default="0s", help="When that begins.")
@click.option("--receiver", type=ACCOUNT, help="Who is paid; the creator unless given.")
@sends
def create(
    sender: Sender,
    place: Place,
    *,
    creator: str,
    subject: str,
    pay: Money,
    duration: int,
    delay: int,
    receiver: str | None,
) -> dict[str, Any]:
    """Ask the treasury to pay for work that a post describes.

    The post is by the creator or by the receiver. It costs 10 HBD, and 1 HBD for every day beyond sixty.
    For example: skald proposal create alice/my-plan --creator alice --subject "A map" --pay "24 HBD" --for 30d
    """
    receiver = receiver or creator
    start = sender.facts.head_at + delay
    daily_pay = pay.asset(sender.dialect, HBD).text(sender.dialect)
    fields = {
        "creator": creator,
        "receiver": receiver,
        "start_date": time_text(start),
        "end_date": time_text(start + duration),
        "daily_pay": daily_pay,
        "subject": subject,
        "permlink": permlink_of(place, creator, receiver),
        "extensions": [],
    }
    what = f"{creator} asks for {money(daily_pay)} a day for {receiver} until {fields['end_date']}"
    return sender.send(what, ("create_proposal", fields))


@proposal.command()
@answers(sent)
@click.argument("id_", type=ID, metavar="ID")
@account_option("--creator", help="Whose proposal it is.")
@click.option("--pay", type=MONEY, metavar="AMOUNT", help="HBD a day, no more than before.")
@click.option("--subject", help="What for, in a few words.")
@click.option("--post", "place", type=PLACE, metavar="AUTHOR/PERMLINK", help="The post that describes it.")
@click.option("--ends-in", "remaining", type=DURATION, help="An earlier end, from now.")
@sends
def update(
    sender: Sender,
    id_: int,
    *,
    creator: str,
    pay: Money | None,
    subject: str | None,
    place: Place | None,
    remaining: int | None,
) -> dict[str, Any]:
    """Let a proposal ask for less, or end earlier, or say it better.

    For example: skald proposal update 3 --creator alice --pay "12 HBD"
    """
    if pay is None and subject is None and place is None and remaining is None:
        raise BadInput("Nothing is to change.", "Give --pay, --subject, --post or --ends-in.")
    found = sender.client.call("condenser_api.find_proposals", [[id_]])
    if not found:
        raise unknown(id_)
    (row,) = found
    end_date = None if remaining is None else time_text(sender.facts.head_at + remaining)
    fields = {
        "proposal_id": id_,
        "creator": creator,
        "daily_pay": row["daily_pay"] if pay is None else pay.asset(sender.dialect, HBD).text(sender.dialect),
        "subject": row["subject"] if subject is None else subject,
        "permlink": row["permlink"] if place is None else permlink_of(place, row["creator"], row["receiver"]),
        "extensions": [] if end_date is None else [["update_proposal_end_date", {"end_date": end_date}]],
    }
    until = end_date or row["end_date"]
    what = f"The proposal {id_} of {creator} asks for {money(fields['daily_pay'])} a day until {until}"
    return sender.send(what, ("update_proposal", fields))


def permlink_of(place: Place, creator: str, receiver: str) -> str:
    """A proposal names a post of its creator or receiver, by the permlink alone. Raises BadInput."""
    if place.author not in {creator, receiver}:
        owners = creator if creator == receiver else f"{creator} or {receiver}"
        raise BadInput(f"{place} is not by {owners}.", "A proposal points to a post of who asks or of who is paid.")
    return place.permlink


@proposal.command()
@answers(sent)
@IDS
@account_option("--creator", help="Whose proposals they are.")
@sends
def remove(sender: Sender, ids: tuple[int, ...], creator: str) -> dict[str, Any]:
    """Take proposals back, with the votes for them.

    For example: skald proposal remove 3 --creator alice
    """
    operations: list[NamedFields] = [
        ("remove_proposal", {"proposal_owner": creator, "proposal_ids": part, "extensions": []}) for part in parts(ids)
    ]
    return sender.send(f"{creator} took back {named(ids)}", *operations)


# --- voting ----------------------------------------------------------------------------------------------------------


@proposal.command()
@answers(sent)
@IDS
@account_option("--account", help="Who votes.")
@sends
def vote(sender: Sender, ids: tuple[int, ...], account: str) -> dict[str, Any]:
    """Vote for proposals, with all one's power.

    For example: skald proposal vote 3 7 --account bob
    """
    return sender.send(f"{account} votes for {named(ids)}", *votes(account, ids, approve=True))


@proposal.command()
@answers(sent)
@IDS
@account_option("--account", help="Who no longer votes.")
@sends
def unvote(sender: Sender, ids: tuple[int, ...], account: str) -> dict[str, Any]:
    """Take votes for proposals back.

    For example: skald proposal unvote 7 --account bob
    """
    return sender.send(f"{account} no longer votes for {named(ids)}", *votes(account, ids, approve=False))


def votes(account: str, ids: tuple[int, ...], *, approve: bool) -> list[NamedFields]:
    return [
        (
            "update_proposal_votes",
            {"voter": account, "proposal_ids": part, "approve": approve, "extensions": []},
        )
        for part in parts(ids)
    ]


def parts(ids: tuple[int, ...]) -> Iterator[list[int]]:
    """As many at a time as an operation may name, in order, each once."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), MAINNET.proposal_ids_max):
        yield ordered[start : start + MAINNET.proposal_ids_max]


def named(ids: tuple[int, ...]) -> str:
    ordered = sorted(set(ids))
    return f"proposal{'s' * (len(ordered) > 1)} {', '.join(map(str, ordered))}"
