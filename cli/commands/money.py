"""`skald transfer`, `power-up`, `power-down`, `delegate`, `claim`: money and stake."""

import secrets
from typing import Any

import click

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.keys import parse_public_key
from cli.broadcast import Sender, sends, sent
from cli.discretion import check_discreet
from cli.inputs import ACCOUNT, MONEY, Money, Or, account_option
from cli.output import Failure, MissingKey, answers
from cli.views import money, units

FROM = account_option("--from", "from_account", help="Who pays.")


def account_row(sender: Sender, name: str) -> dict[str, Any]:
    rows = sender.client.call("condenser_api.get_accounts", [[name]])
    if not rows:
        raise Failure(f"There is no account {name} on this chain.", "`skald account create` makes one.")
    row: dict[str, Any] = rows[0]
    return row


def as_vests(sender: Sender, amount: Money) -> Asset:
    """VESTS as typed, or what an amount of HIVE is worth in VESTS now, rounded down (protocol.md §1.4)."""
    asset = amount.asset(sender.dialect, VESTS, HIVE)
    if asset.symbol == VESTS:
        return asset
    chain = sender.client.call("condenser_api.get_dynamic_global_properties")
    fund, shares = units(chain["total_vesting_fund_hive"]), units(chain["total_vesting_shares"])
    return Asset(asset.amount * shares // fund if fund and shares else asset.amount * 1000, VESTS)


def sealed(sender: Sender, memo: str, from_account: str, to_account: str) -> str:
    """The memo encrypted with the memo keys of both (protocol.md §3.4).

    Raises MissingKey, Indiscreet (the other one would read it all the same), or ChainError where the keys do not fit.
    """
    from chain.memo import encrypt_memo

    check_discreet(memo)
    own = parse_public_key(account_row(sender, from_account)["memo_key"])
    other = parse_public_key(account_row(sender, to_account)["memo_key"])
    key = sender.ring.find(own)
    if key is None:
        raise MissingKey(
            f"The memo key of {from_account} is not at hand, and this memo is to be encrypted.",
            "Name a file with it (--key-file FILE), or leave the # out to send it in the open.",
        )
    return encrypt_memo(memo, key, other, secrets.randbits(64))


@click.command()
@answers(sent)
@click.argument("amount", type=MONEY)
@click.argument("to_account", type=ACCOUNT, metavar="TO")
@FROM
@click.option("--memo", default="", help="A note, public unless it begins with #: then only the two can read it.")
@sends
def transfer(sender: Sender, amount: Money, to_account: str, from_account: str, memo: str) -> dict[str, Any]:
    """Send HIVE or HBD to an account.

    For example: skald transfer "1.000 HIVE" bob --from alice --memo "for the book"
    """
    text = amount.asset(sender.dialect, HIVE, HBD).text(sender.dialect)
    note = sealed(sender, memo, from_account, to_account) if memo.startswith("#") else memo
    operation = ("transfer", {"from": from_account, "to": to_account, "amount": text, "memo": note})
    return sender.send(f"{from_account} sent {money(text)} to {to_account}", operation)


@click.command("power-up")
@answers(sent)
@click.argument("amount", type=MONEY)
@FROM
@click.option("--to", "to_account", type=ACCOUNT, help="Whose power grows; the payer's unless given.")
@sends
def power_up(sender: Sender, amount: Money, from_account: str, to_account: str | None) -> dict[str, Any]:
    """Turn HIVE into power.

    For example: skald power-up "100.000 HIVE" --from alice
    """
    text = amount.asset(sender.dialect, HIVE).text(sender.dialect)
    operation = ("transfer_to_vesting", {"from": from_account, "to": to_account or "", "amount": text})
    return sender.send(f"{from_account} powered up {money(text)} for {to_account or from_account}", operation)


@click.command("power-down")
@answers(sent)
@click.argument("amount", type=Or(MONEY, "all", "stop"), metavar="AMOUNT|all|stop")
@account_option("--account", help="Whose power is turned into HIVE.")
@sends
def power_down(sender: Sender, amount: Any, account: str) -> dict[str, Any]:
    """Turn power into HIVE, in thirteen weekly parts.

    (A devnet's week may be shorter.) AMOUNT is in VESTS or in what they are worth in HIVE; `all` takes what is not delegated, `stop` ends a running power-down.
    """
    if amount == "stop":
        vests = Asset(0, VESTS)
    elif amount == "all":
        row = account_row(sender, account)
        vests = Asset(units(row["vesting_shares"]) - units(row["delegated_vesting_shares"]), VESTS)
    else:
        vests = as_vests(sender, amount)
    text = vests.text(sender.dialect)
    what = f"{account} stopped powering down" if amount == "stop" else f"{account} powers down {money(text)}"
    return sender.send(what, ("withdraw_vesting", {"account": account, "vesting_shares": text}))


@click.command()
@answers(sent)
@click.argument("amount", type=Or(MONEY, "none"), metavar="AMOUNT|none")
@click.argument("to_account", type=ACCOUNT, metavar="TO")
@account_option("--from", "from_account", help="Whose power is lent.")
@sends
def delegate(sender: Sender, amount: Any, to_account: str, from_account: str) -> dict[str, Any]:
    """Lend power to an account.

    AMOUNT, in VESTS or in what they are worth in HIVE, is what is lent in all from now on; `none` takes everything back.
    """
    vests = Asset(0, VESTS) if amount == "none" else as_vests(sender, amount)
    text = vests.text(sender.dialect)
    operation = (
        "delegate_vesting_shares",
        {"delegator": from_account, "delegatee": to_account, "vesting_shares": text},
    )
    what = f"lends {money(text)} to {to_account}" if vests.amount else f"takes back what it lent to {to_account}"
    return sender.send(f"{from_account} {what}", operation)


@click.command()
@answers(sent)
@account_option("--account", help="Who takes its rewards.")
@click.option("--hive", type=MONEY, help="How much HIVE; all unless any amount is given.")
@click.option("--hbd", type=MONEY, help="How much HBD.")
@click.option("--vests", type=MONEY, help="How many VESTS.")
@sends
def claim(sender: Sender, account: str, hive: Money | None, hbd: Money | None, vests: Money | None) -> dict[str, Any]:
    """Take the rewards of posts and votes.

    For example: skald claim --account alice
    """
    dialect = sender.dialect
    if hive or hbd or vests:
        texts = [
            (amount.asset(dialect, symbol) if amount else Asset(0, symbol)).text(dialect)
            for amount, symbol in ((hive, HIVE), (hbd, HBD), (vests, VESTS))
        ]
    else:
        row = account_row(sender, account)
        texts = [row["reward_hive_balance"], row["reward_hbd_balance"], row["reward_vesting_balance"]]
        if not any(units(text) for text in texts):
            raise Failure(
                f"{account} has no rewards to claim.",
                f"Posts and votes pay when the post's time comes: `skald show payouts {account}` tells when.",
            )
    operation = (
        "claim_reward_balance",
        dict(zip(("account", "reward_hive", "reward_hbd", "reward_vests"), [account, *texts], strict=True)),
    )
    return sender.send(f"{account} claimed {', '.join(money(text) for text in texts if units(text))}", operation)
