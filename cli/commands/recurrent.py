"""`skald recurrent …`: payments that repeat themselves."""

from typing import Any

import click

from chain.asset import HBD, HIVE
from cli import money_views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.savings import memo_of
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, DURATION, MONEY, SECONDS_OF, Money, account_option
from cli.output import BadInput, Failure, answers
from cli.views import money

FROM = account_option("--from", "from_account", help="Who pays.")
PAIR_ID = click.option(
    "--pair-id", type=click.IntRange(0, 255), default=0, help="Tells several to the same account apart."
)
EXECUTIONS_MIN = 2  # protocol.md §8.11: fewer are refused, even where they mean nothing


@click.group(cls=HelpfulGroup)
def recurrent() -> None:
    """Pay somebody again and again."""


def fields_of(
    giver: str, receiver: str, amount: str, *, memo: str, hours: int, times: int, pair_id: int
) -> dict[str, Any]:
    extensions = [[1, {"pair_id": pair_id}]] if pair_id else []
    names = {"from": giver, "to": receiver, "amount": amount, "memo": memo}
    return names | {"recurrence": hours, "executions": times, "extensions": extensions}


@recurrent.command("set")
@answers(sent)
@click.argument("amount", type=MONEY)
@click.argument("to_account", type=ACCOUNT, metavar="TO")
@FROM
@click.option("--every", type=DURATION, default="7d", help="How often, in whole hours; not more than once a day.")
@click.option("--times", type=click.IntRange(EXECUTIONS_MIN, 65_535), required=True, help="How often in all.")
@click.option("--memo", default="", help="A note, public unless it begins with #: then only the two can read it.")
@PAIR_ID
@sends
def set_transfer(
    sender: Sender,
    amount: Money,
    to_account: str,
    *,
    from_account: str,
    every: int,
    times: int,
    memo: str,
    pair_id: int,
) -> dict[str, Any]:
    """Pay an amount at once and then every so often, or change what is paid so already.

    For example: skald recurrent set "5.000 HBD" bob --from alice --every 30d --times 12 --memo "rent"
    """
    hours, rest = divmod(every, SECONDS_OF["h"])
    if rest:
        raise BadInput("--every must be in whole hours.", "Write it like 24h, 7d or 2w.")
    text = amount.asset(sender.dialect, HIVE, HBD).text(sender.dialect)
    note = memo_of(sender, memo, from_account, to_account)
    fields = fields_of(from_account, to_account, text, memo=note, hours=hours, times=times, pair_id=pair_id)
    what = f"{from_account} pays {money(text)} to {to_account} every {hours} h, {times} times"
    return sender.send(what, ("recurrent_transfer", fields))


@recurrent.command()
@answers(sent)
@click.argument("to_account", type=ACCOUNT, metavar="TO")
@FROM
@PAIR_ID
@sends
def stop(sender: Sender, to_account: str, from_account: str, pair_id: int) -> dict[str, Any]:
    """Pay no more.

    For example: skald recurrent stop bob --from alice
    """
    rows = sender.client.call("condenser_api.find_recurrent_transfers", [from_account])
    row = next((row for row in rows if (row["to"], row["pair_id"]) == (to_account, pair_id)), None)
    if row is None:
        raise Failure(
            f"{from_account} pays nothing to {to_account} again and again under the pair id {pair_id}.",
            f"`skald recurrent list {from_account}` tells whom it pays.",
        )
    nothing = f"0.000 {row['amount'].split()[1]}"
    fields = fields_of(
        from_account, to_account, nothing, memo="", hours=row["recurrence"], times=EXECUTIONS_MIN, pair_id=pair_id
    )
    return sender.send(f"{from_account} pays {to_account} no more", ("recurrent_transfer", fields))


@recurrent.command("list")
@answers(money_views.recurrent_transfers)
@click.argument("account", type=ACCOUNT)
@asks_node
def list_transfers(client: Client, account: str) -> dict[str, Any]:
    """List what an account pays again and again, and when it does next.

    For example: skald recurrent list alice
    """
    rows, chain = client.batch(
        [
            ("condenser_api.find_recurrent_transfers", [account]),
            ("condenser_api.get_dynamic_global_properties", []),
        ]
    )
    return {"account": account, "recurrent_transfers": rows, "now": chain["time"]}
