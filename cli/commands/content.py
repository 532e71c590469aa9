"""`skald post`, `reply`, `edit`, `delete`, `vote`: writing, and judging what others wrote."""

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import click

from chain.asset import HBD
from cli.broadcast import Sender, sends, sent
from cli.commands.show import content_of
from cli.inputs import BASIS_POINTS, BENEFICIARY, MONEY, PLACE, VOTE_WEIGHT, Money, Place, account_option, percent_text
from cli.output import BadInput, Failure, answers

PERMLINK_LENGTH_MAX = 255
PAYOUT_MAX = "1000000.000"  # protocol.md §5.1: what a post may earn unless its author says less
APP = "skald"


def body_options(function: Any) -> Any:
    """`--body TEXT`, `--body-file FILE` (`-`: standard input), or an editor."""
    file = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
    function = click.option("--body-file", type=file, help="Read the text from a file; - is standard input.")(function)
    return click.option("--body", help="The text, Markdown by custom. Without it an editor opens.")(function)


def text_of(body: str | None, body_file: Path | None, draft: str = "") -> str:
    """The text to publish. Raises BadInput where there is none."""
    if body is not None and body_file is not None:
        raise BadInput("--body and --body-file say the same thing.", "Give one of them.")
    if body_file is not None:
        try:
            body = sys.stdin.read() if str(body_file) == "-" else body_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadInput(
                f"{body_file} cannot be read: {reason}.", "Name a text file, or - for standard input."
            ) from error
    if body is None and sys.stdin.isatty():
        body = edited(draft)
    if not body or not body.strip():
        raise BadInput("There is no text.", "Give it with --body TEXT or --body-file FILE.")
    return body


def edited(draft: str) -> str | None:
    """What a person makes of a draft in an editor; None where it was not saved."""
    try:
        return click.edit(draft, extension=".md")
    except click.ClickException as error:
        raise BadInput(
            f"The editor does not work: {error.message}.",
            "EDITOR names another one; --body TEXT or --body-file FILE need none.",
        ) from error


def permlink_of(title: str) -> str:
    """A title as the end of an address: `Grüße, Welt!` → `grusse-welt`."""
    folded = unicodedata.normalize("NFKD", title.casefold())
    ascii_text = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:200]


def timestamp_word(sender: Sender) -> str:
    """The chain's now as part of a permlink."""
    chain: dict[str, Any] = sender.client.call("condenser_api.get_dynamic_global_properties")
    return re.sub(r"[^0-9t]", "", str(chain["time"]).lower())


def exists(sender: Sender, place: Place) -> bool:
    try:
        content_of(sender.client, place)
    except Failure:
        return False
    return True


def metadata(tags: tuple[str, ...]) -> str:
    return json.dumps({"app": APP, **({"tags": list(tags)} if tags else {})}, ensure_ascii=False)


@click.command()
@answers(sent)
@account_option("--author", help="Who writes.")
@click.option("--title", required=True, help="At most 255 bytes.")
@body_options
@click.option("--permlink", help="The end of its address; made from the title unless given.")
@click.option("--tag", "tags", multiple=True, help="A subject; the first one is the category.")
@click.option(
    "--beneficiary",
    "beneficiaries",
    multiple=True,
    type=BENEFICIARY,
    help="Who shares the author's reward, as bob:10%.",
)
@click.option("--max-payout", type=MONEY, help='Earn no more than this, as "100.000 HBD".')
@click.option("--decline-payout", is_flag=True, help="Earn nothing.")
@click.option("--power-up", is_flag=True, help="Take the whole reward as power, none of it liquid.")
@click.option("--no-votes", is_flag=True, help="Allow no votes.")
@click.option("--no-curation", is_flag=True, help="Give nothing to curators.")
@sends
def post(
    sender: Sender,
    *,
    author: str,
    title: str,
    body: str | None,
    body_file: Path | None,
    permlink: str | None,
    tags: tuple[str, ...],
    **wishes: Any,
) -> dict[str, Any]:
    """Write a post.

    For example: skald post --author alice --title "Hello" --body "A first post." --tag intro
    """
    text = text_of(body, body_file)
    place = Place(author, permlink if permlink is not None else permlink_of(title) or timestamp_word(sender))
    if exists(sender, place):
        if permlink is not None:
            raise Failure(
                f"There is already a post {place}.",
                f"Change it with `skald edit {place}`, or choose another --permlink.",
            )
        place = Place(author, f"{place.permlink[: PERMLINK_LENGTH_MAX - 16]}-{timestamp_word(sender)}")
    operations = [
        comment_operation(
            place,
            parent_author="",
            parent_permlink=tags[0] if tags else "general",
            title=title,
            body=text,
            json_metadata=metadata(tags),
        )
    ]
    operations += options_operation(sender, place, **wishes)
    return sender.send(f"{author} posted {place}", *operations) | {"author": author, "permlink": place.permlink}


def comment_operation(
    place: Place, *, parent_author: str, parent_permlink: str, title: str, body: str, json_metadata: str
) -> Any:
    return (
        "comment",
        {
            "parent_author": parent_author,
            "parent_permlink": parent_permlink,
            "author": place.author,
            "permlink": place.permlink,
            "title": title,
            "body": body,
            "json_metadata": json_metadata,
        },
    )


def options_operation(
    sender: Sender,
    place: Place,
    beneficiaries: tuple[tuple[str, int], ...],
    max_payout: Money | None,
    *,
    decline_payout: bool,
    power_up: bool,
    no_votes: bool,
    no_curation: bool,
) -> list[Any]:
    """A comment_options operation (protocol.md §5.2) where anything differs from what a post has by itself."""
    if not (beneficiaries or max_payout or decline_payout or power_up or no_votes or no_curation):
        return []
    if decline_payout and max_payout:
        raise BadInput("--decline-payout and --max-payout contradict each other.", "Give one of them.")
    if sum(share for _name, share in beneficiaries) > BASIS_POINTS:
        raise BadInput("The beneficiaries get more than 100% together.", "Lower their shares.")
    most = (
        max_payout.asset(sender.dialect, HBD).text(sender.dialect)
        if max_payout
        else f"{PAYOUT_MAX} {sender.dialect.hbd_text}"
    )
    routes = [{"account": name, "weight": share} for name, share in sorted(beneficiaries)]
    return [
        (
            "comment_options",
            {
                "author": place.author,
                "permlink": place.permlink,
                "max_accepted_payout": f"0.000 {sender.dialect.hbd_text}" if decline_payout else most,
                "percent_hbd": 0 if power_up else BASIS_POINTS,
                "allow_votes": not no_votes,
                "allow_curation_rewards": not no_curation,
                "extensions": [[0, {"beneficiaries": routes}]] if routes else [],
            },
        )
    ]


@click.command()
@answers(sent)
@click.argument("parent", type=PLACE, metavar="AUTHOR/PERMLINK")
@account_option("--author", help="Who writes.")
@body_options
@click.option("--permlink", help="The end of its address; made from the parent's unless given.")
@sends
def reply(
    sender: Sender, *, parent: Place, author: str, body: str | None, body_file: Path | None, permlink: str | None
) -> dict[str, Any]:
    """Reply to a post or to another reply.

    For example: skald reply alice/hello --author bob --body "Welcome."
    """
    text = text_of(body, body_file)
    content_of(sender.client, parent)
    if permlink is None:
        permlink = (
            f"re-{parent.author.replace('.', '-')}-{parent.permlink}"[: PERMLINK_LENGTH_MAX - 16]
            + f"-{timestamp_word(sender)}"
        )
    place = Place(author, permlink)
    if exists(sender, place):
        raise Failure(
            f"There is already a reply {place}.", f"Change it with `skald edit {place}`, or choose another --permlink."
        )
    operation = comment_operation(
        place,
        parent_author=parent.author,
        parent_permlink=parent.permlink,
        title="",
        body=text,
        json_metadata=metadata(()),
    )
    return sender.send(f"{author} replied to {parent}: {place}", operation) | {"author": author, "permlink": permlink}


@click.command()
@answers(sent)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@body_options
@click.option("--title", help="A new title; otherwise the title stays.")
@click.option("--tag", "tags", multiple=True, help="New tags; otherwise they stay.")
@sends
def edit(
    sender: Sender, *, place: Place, body: str | None, body_file: Path | None, title: str | None, tags: tuple[str, ...]
) -> dict[str, Any]:
    """Change the text of a post or reply.

    Its payout and its votes stay as they are. Without --body an editor opens with the present text.
    """
    content = content_of(sender.client, place)
    operation = comment_operation(
        place,
        parent_author=content["parent_author"],
        parent_permlink=content["parent_permlink"],
        title=content["title"] if title is None else title,
        body=text_of(body, body_file, draft=content["body"]),
        json_metadata=metadata(tags) if tags else content.get("json_metadata") or "",
    )
    return sender.send(f"{place.author} changed {place}", operation)


@click.command()
@answers(sent)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@sends
def delete(sender: Sender, place: Place) -> dict[str, Any]:
    """Delete a post or reply.

    Only while it has no replies, no positive votes and is not paid out.
    """
    operation = ("delete_comment", {"author": place.author, "permlink": place.permlink})
    return sender.send(f"{place.author} deleted {place}", operation)


@click.command()
@answers(sent)
@click.argument("place", type=PLACE, metavar="AUTHOR/PERMLINK")
@account_option("--voter", help="Who votes.")
@click.option("--weight", type=VOTE_WEIGHT, default="100%", help="From -100% to 100%; 0% takes a vote back.")
@sends
def vote(sender: Sender, place: Place, voter: str, weight: int) -> dict[str, Any]:
    """Vote for a post or reply, or against it.

    For example: skald vote alice/hello --voter bob --weight 50%
    """
    operation = ("vote", {"voter": voter, "author": place.author, "permlink": place.permlink, "weight": weight})
    return sender.send(f"{voter} voted {percent_text(weight)} for {place}", operation)
