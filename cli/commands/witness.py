"""`skald witness …`: those who produce blocks, and the votes that choose them."""

from typing import Any

import click

from chain.asset import HBD, HIVE, Asset
from chain.keys import NULL_KEY, public_key_text
from cli import views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.commands.account import PUBLIC_KEY
from cli.commands.show import list_witnesses
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, MONEY, PERCENT, Money, Or, account_option
from cli.output import BadInput, Failure, answers


@click.group(cls=HelpfulGroup)
def witness() -> None:
    """Become a witness, vote for witnesses, publish prices."""


def wishes(function: Any) -> Any:
    """What a witness wishes for the chain; the median of the elected counts."""
    function = click.option("--interest", type=PERCENT, help="Yearly interest on HBD savings it wishes for.")(function)
    function = click.option("--block-size", type=int, help="Bytes of a block it wishes for.")(function)
    function = click.option("--creation-fee", type=MONEY, help="Fee of a new account it wishes for.")(function)
    return click.option("--url", help="Where it tells about itself.")(function)


def witness_operation(
    sender: Sender, owner: str, present: dict[str, Any], url: str | None, signing_key: str | None, **wished: Any
) -> tuple[str, dict[str, Any]]:
    """A witness_update that keeps what is not wished otherwise (protocol.md §4.2)."""
    fee: Money | None = wished["creation_fee"]
    dialect = sender.dialect
    props = dict(present["props"])
    if fee is not None:
        props["account_creation_fee"] = fee.asset(dialect, HIVE).text(dialect)
    if wished["block_size"] is not None:
        props["maximum_block_size"] = wished["block_size"]
    if wished["interest"] is not None:
        props["hbd_interest_rate"] = wished["interest"]
    return (
        "witness_update",
        {
            "owner": owner,
            "url": present["url"] if url is None else url,
            "block_signing_key": signing_key or present["signing_key"],
            "props": {
                name: props[name] for name in ("account_creation_fee", "maximum_block_size", "hbd_interest_rate")
            },
            "fee": Asset(0, HIVE).text(dialect),
        },
    )


def present_witness(sender: Sender, owner: str) -> dict[str, Any] | None:
    row: dict[str, Any] | None = sender.client.call("condenser_api.get_witness_by_account", [owner])
    return row


@witness.command()
@answers(sent)
@click.argument("owner", type=ACCOUNT)
@click.option(
    "--signing-key", type=PUBLIC_KEY, required=True, metavar="PUBLIC_KEY", help="Of the key its node signs blocks with."
)
@wishes
@sends
def register(sender: Sender, owner: str, signing_key: str, url: str | None, **wished: Any) -> dict[str, Any]:
    """Make an account a witness.

    For example: skald witness register alice --signing-key STM… --url https://alice.example
    """
    if present_witness(sender, owner):
        raise Failure(f"{owner} is a witness already.", f"`skald witness update {owner}` changes it.")
    properties = sender.client.call("condenser_api.get_chain_properties")
    present = {"url": "", "signing_key": signing_key, "props": properties}
    return sender.send(f"{owner} is a witness", witness_operation(sender, owner, present, url, signing_key, **wished))


@witness.command()
@answers(sent)
@click.argument("owner", type=ACCOUNT)
@click.option("--signing-key", type=PUBLIC_KEY, metavar="PUBLIC_KEY", help="A new key its node signs blocks with.")
@click.option("--resign", is_flag=True, help="Produce no more blocks, until a signing key is set again.")
@wishes
@sends
def update(
    sender: Sender, owner: str, signing_key: str | None, resign: bool, url: str | None, **wished: Any
) -> dict[str, Any]:
    """Change what a witness wishes, its address or its signing key."""
    present = present_witness(sender, owner)
    if present is None:
        raise Failure(f"{owner} is not a witness.", f"`skald witness register {owner}` makes it one.")
    if not (resign or signing_key or url is not None or any(value is not None for value in wished.values())):
        raise BadInput(
            "Nothing is to change.", "Give --signing-key, --url, --creation-fee, --block-size, --interest or --resign."
        )
    if resign and signing_key:
        raise BadInput("--resign and --signing-key contradict each other.", "Give one of them.")
    if resign:
        signing_key = public_key_text(NULL_KEY, sender.dialect.address_prefix)
    operation = witness_operation(sender, owner, present, url, signing_key, **wished)
    return sender.send(f"{owner} {'has resigned' if resign else 'changed as a witness'}", operation)


@witness.command()
@answers(sent)
@click.argument("name", metavar="WITNESS", type=ACCOUNT)
@account_option("--account", help="Who votes.")
@click.option("--remove", is_flag=True, help="Take the vote back.")
@sends
def vote(sender: Sender, name: str, account: str, remove: bool) -> dict[str, Any]:
    """Vote for a witness, with all one's power."""
    operation = ("account_witness_vote", {"account": account, "witness": name, "approve": not remove})
    return sender.send(f"{account} {'no longer votes' if remove else 'votes'} for {name}", operation)


@witness.command()
@answers(sent)
@click.argument("proxy_name", type=Or(ACCOUNT, "none"), metavar="PROXY|none")
@account_option("--account", help="Who lets another vote.")
@sends
def proxy(sender: Sender, proxy_name: str, account: str) -> dict[str, Any]:
    """Let another account vote for witnesses in one's place; `none` ends that."""
    name = "" if proxy_name == "none" else proxy_name
    what = f"{account} votes through {name}" if name else f"{account} votes for itself again"
    return sender.send(what, ("account_witness_proxy", {"account": account, "proxy": name}))


@witness.command("list")
@answers(views.witnesses)
@click.option("--limit", type=click.IntRange(1, 1000), default=40, help="How many, by votes.")
@asks_node
def list_command(client: Client, limit: int) -> dict[str, Any]:
    """List the witnesses by votes."""
    return list_witnesses(client, limit)


@witness.command()
@answers(sent)
@click.argument("price", type=MONEY)
@account_option("--witness", "publisher", help="Who publishes it.")
@click.option("--of", "quote", type=MONEY, default="1.000 HIVE", help="What has this price.")
@sends
def feed(sender: Sender, price: Money, publisher: str, quote: Money) -> dict[str, Any]:
    """Publish the price of HIVE in HBD.

    For example: skald witness feed "0.250 HBD" --witness alice
    """
    dialect = sender.dialect
    asset = Asset(1000, HIVE) if quote.symbol == "HIVE" and str(quote) == "1.000 HIVE" else quote.asset(dialect, HIVE)
    base, other = price.asset(dialect, HBD).text(dialect), asset.text(dialect)
    operation = ("feed_publish", {"publisher": publisher, "exchange_rate": {"base": base, "quote": other}})
    return sender.send(f"{publisher} published {base} for {other}", operation)
