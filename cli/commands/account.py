"""`skald account …`: making accounts, looking at them, changing their keys."""

import json
from pathlib import Path
from typing import Any

import click

from chain.asset import HIVE
from chain.errors import ChainError
from chain.keys import PrivateKey, Scheme, parse_public_key, public_key_text
from cli import views
from cli.broadcast import Sender, sends, sent
from cli.client import Client, asks_node
from cli.inputs import ACCOUNT, MONEY, Money, Typed, account_option
from cli.keyring import ROLES, add_to_key_file
from cli.output import BadInput, Failure, answers


class PublicKeyType(Typed):
    """A public key's text, kept as typed once it is known to be one."""

    name = "public key"

    def parse(self, text: str) -> str:
        if text.startswith(("5", "PVT_")):
            raise ValueError("this looks like a private key; give the public one, which begins with STM or PUB_ED_.")
        try:
            parse_public_key(text)
        except ChainError as error:
            raise ValueError(str(error)) from error
        return text


PUBLIC_KEY = PublicKeyType()
SCHEMES = click.Choice([scheme.value for scheme in Scheme])
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def account() -> None:
    """Make accounts, look at them, change their keys."""


def key_options(function: Any) -> Any:
    """`--owner`, `--active`, `--posting`, `--memo`: public keys; `--keys-out` and `--scheme`: for new ones."""
    function = click.option("--scheme", type=SCHEMES, default=Scheme.ED25519.value, help="Of new keys.")(function)
    function = click.option("--keys-out", type=FILE, help="The file that gets the new private keys.")(function)
    for role in reversed(ROLES):
        function = click.option(f"--{role}", type=PUBLIC_KEY, metavar="PUBLIC_KEY", help=f"Its {role} key.")(function)
    return function


def single_key(public_key: str) -> dict[str, Any]:
    """The usual authority: one key suffices."""
    return {"weight_threshold": 1, "account_auths": [], "key_auths": [[public_key, 1]]}


def keep_keys(sender: Sender, keys_out: Path | None, account: str, keys: dict[str, PrivateKey]) -> dict[str, str]:
    """Put new private keys away and return the public ones. Raises BadInput where there is no place for them.

    It comes before the broadcast: an account whose keys are lost is lost.
    """
    prefix = sender.dialect.address_prefix
    if keys_out is not None:
        if keys_out.exists():
            raise BadInput(f"{keys_out} exists.", "Name a new file: keys are never written over.")
        add_to_key_file(keys_out, account, keys, prefix)
    elif sender.ring.keep is not None:
        sender.ring.keep(account, keys)
    else:
        raise BadInput(
            "New keys need a place.",
            "Make a wallet (skald wallet create), or give --keys-out FILE, or public keys made elsewhere (--owner …).",
        )
    return {role: public_key_text(key.public_key, prefix) for role, key in keys.items()}


def new_keys(scheme: str) -> dict[str, PrivateKey]:
    return {role: PrivateKey.generate(Scheme(scheme)) for role in ROLES}


@account.command()
@answers(sent)
@click.argument("name", type=ACCOUNT)
@account_option("--creator", help="Who pays for it.")
@key_options
@click.option("--claimed", is_flag=True, help="Use an account the creator has claimed before, instead of the fee.")
@click.option("--power-up", type=MONEY, help='Give it power too, as "10.000 HIVE": without power it cannot vote.')
@sends
def create(
    sender: Sender,
    *,
    name: str,
    creator: str,
    claimed: bool,
    power_up: Money | None,
    keys_out: Path | None,
    scheme: str,
    **given: str | None,
) -> dict[str, Any]:
    """Create an account.

    New keys are made unless public ones are given. They join those of a devnet of your own, else your wallet, so that the next
    command finds them. For example: skald account create frank --creator alice --power-up "10.000 HIVE"
    """
    public: dict[str, str] = {role: key for role, key in given.items() if key}
    if public and len(public) < len(ROLES):
        missing = ", ".join(f"--{role}" for role in ROLES if role not in public)
        raise BadInput("An account has four keys.", f"Give {missing} as well, or none of them.")
    if not public:
        public = keep_keys(sender, keys_out, name, new_keys(scheme))
    body = {
        "creator": creator,
        "new_account_name": name,
        **{role: single_key(public[role]) for role in ("owner", "active", "posting")},
        "memo_key": public["memo"],
        "json_metadata": "",
    }
    if claimed:
        operations: list[Any] = [("create_claimed_account", {**body, "extensions": []})]
    else:
        fee = sender.client.call("condenser_api.get_chain_properties")["account_creation_fee"]
        operations = [("account_create", {"fee": fee, **body})]
    if power_up:
        amount = power_up.asset(sender.dialect, HIVE).text(sender.dialect)
        operations.append(("transfer_to_vesting", {"from": creator, "to": name, "amount": amount}))
    return sender.send(f"{creator} created {name}", *operations) | {"account": name, "keys": public}


@account.command()
@answers(sent)
@click.argument("name", type=ACCOUNT)
@key_options
@click.option("--rotate", multiple=True, type=click.Choice(ROLES), help="Replace this key by a new one.")
@click.option("--profile", help="What anybody may read about it, as JSON; needs the posting key only.")
@click.option("--metadata", help="Its other metadata, as JSON; needs the active key.")
@sends
def update(
    sender: Sender,
    *,
    name: str,
    rotate: tuple[str, ...],
    profile: str | None,
    metadata: str | None,
    keys_out: Path | None,
    scheme: str,
    **given: str | None,
) -> dict[str, Any]:
    """Change an account's keys or metadata.

    For example: skald account update alice --rotate posting
    """
    public = {role: key for role, key in given.items() if key}
    if clash := set(public) & set(rotate):
        raise BadInput(f"--rotate {min(clash)} and --{min(clash)} contradict each other.", "Give one of them.")
    for text in (profile, metadata):
        check_json(text)
    if not (public or rotate or profile is not None or metadata is not None):
        raise BadInput("Nothing is to change.", "Give a key, --rotate ROLE, --profile or --metadata.")
    if rotate:
        private = {role: key for role, key in new_keys(scheme).items() if role in rotate}
        public |= keep_keys(sender, keys_out, name, private)
    body: dict[str, Any] = {role: single_key(public[role]) for role in ("owner", "active", "posting") if role in public}
    if "memo" in public:
        body["memo_key"] = public["memo"]
    operation = (
        "account_update2",
        {
            "account": name,
            **body,
            "json_metadata": metadata or "",
            "posting_json_metadata": profile or "",
            "extensions": [],
        },
    )
    return sender.send(
        f"{name} changed {', '.join([*public, *['metadata'] * bool(profile or metadata)])}", operation
    ) | {"keys": public}


def check_json(text: str | None) -> None:
    if text:
        try:
            json.loads(text)
        except ValueError as error:
            raise BadInput(
                f"This is not JSON: {error}.", 'Write it like \'{"profile": {"about": "A writer."}}\'.'
            ) from error


@account.command()
@answers(views.account)
@click.argument("name", type=ACCOUNT)
@asks_node
def show(client: Client, name: str) -> dict[str, Any]:
    """Show an account's balances, power and keys."""
    rows, chain = client.batch(
        [("condenser_api.get_accounts", [[name]]), ("condenser_api.get_dynamic_global_properties", [])]
    )
    if not rows:
        near = client.call("condenser_api.lookup_accounts", [name[:3], 5])
        raise Failure(
            f"There is no account {name} on this chain.", f"Names like it: {', '.join(near)}." if near else ""
        )
    return {"account": rows[0], "globals": chain}


@account.command()
@answers(views.history)
@click.argument("name", type=ACCOUNT)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many entries.")
@click.option("--before", type=click.IntRange(min=0), help="Entries up to this number instead of the newest.")
@click.option("--operation", "names", multiple=True, help="Only operations of this name.")
@asks_node
def history(client: Client, name: str, limit: int, before: int | None, names: tuple[str, ...]) -> Any:
    """List what happened to an account, the newest last."""
    start = -1 if before is None else before
    if start != -1:
        limit = min(limit, start + 1)
    params: list[Any] = [name, start, limit]
    if names:
        bits = sum({1 << operation_number(one) for one in names})
        params += [bits & 0xFFFF_FFFF_FFFF_FFFF, bits >> 64]
    return client.call("condenser_api.get_account_history", params)


def operation_number(name: str) -> int:
    """The number of an operation, also of a virtual one, by its name. Raises BadInput naming near ones."""
    import difflib

    from cli.operations import operation_numbers

    numbers = operation_numbers()
    name = name.replace("-", "_").removesuffix("_operation")
    if name not in numbers:
        near = difflib.get_close_matches(name, numbers, 3)
        raise BadInput(
            f"There is no operation {name}.",
            f"Did you mean {' or '.join(near)}?" if near else "`skald tx build --help` lists them.",
        )
    return numbers[name]
