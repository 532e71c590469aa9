"""`skald account …`: making accounts, looking at them, changing their keys."""

import json
from pathlib import Path
from typing import Any

import click

from chain.asset import HIVE
from chain.errors import ChainError, InvalidInput
from chain.keys import PrivateKey, Scheme, parse_public_key, public_key_text
from cli import views
from cli.broadcast import Sender, key_options, sends, sent
from cli.client import Client, asks_node
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, MONEY, Money, Typed, account_option, looks_private
from cli.keyring import ROLES, KeyRing, add_to_key_file
from cli.output import BadInput, Failure, answers, note


class PublicKeyType(Typed):
    """A public key's text, kept as typed once it is known to be one."""

    name = "public key"

    def parse(self, text: str) -> str:
        if looks_private(text):
            raise ValueError(
                "this looks like a private key, which your shell now keeps: clear it from the history, and give the public one "
                "(skald keys inspect - tells it)."
            )
        try:
            parse_public_key(text)
        except ChainError as error:
            raise ValueError(str(error)) from error
        return text


PUBLIC_KEY = PublicKeyType()
SCHEMES = click.Choice([scheme.value for scheme in Scheme])
NAMES_LOOKED_AT = 100  # names that begin alike, among which a mistyped one may be found
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=HelpfulGroup)
def account() -> None:
    """Make accounts, look at them, change their keys."""


def new_key_options(function: Any) -> Any:
    """`--owner`, `--active`, `--posting`, `--memo`: public keys; `--keys-out` and `--scheme`: for new ones."""
    usual = "ed25519 where the chain has such keys"
    function = click.option("--scheme", type=SCHEMES, show_default=usual, help="Of new keys.")(function)
    function = click.option("--keys-out", type=FILE, help="The file that gets the new private keys.")(function)
    for role in reversed(ROLES):
        function = click.option(f"--{role}", type=PUBLIC_KEY, metavar="PUBLIC_KEY", help=f"Its {role} key.")(function)
    return function


def single_key(public_key: str) -> dict[str, Any]:
    """The usual authority: one key suffices."""
    return {"weight_threshold": 1, "account_auths": [], "key_auths": [[public_key, 1]]}


def keep_keys(sender: Sender, keys_out: Path | None, account: str, keys: dict[str, PrivateKey]) -> Path:
    """Put new private keys away; where they are. Raises BadInput where there is no place for them.

    It comes before the broadcast: an account whose keys are lost is lost.
    """
    if keys_out is not None:
        if keys_out.exists():
            raise BadInput(f"{keys_out} exists.", "Name a new file: keys are never written over.")
        return add_to_key_file(keys_out, account, keys, sender.dialect.address_prefix)
    if sender.ring.keep is None:
        raise BadInput(
            "New keys need a place.",
            "Make a wallet (skald wallet create), or give --keys-out FILE, or public keys made elsewhere (--owner …).",
        )
    return sender.ring.keep(account, keys)


def public_texts(sender: Sender, keys: dict[str, PrivateKey]) -> dict[str, str]:
    prefix = sender.dialect.address_prefix
    return {role: public_key_text(key.public_key, prefix) for role, key in keys.items()}


def new_keys(sender: Sender, scheme: str | None) -> dict[str, PrivateKey]:
    """By the scheme that was asked for, or the best that the chain has. Raises BadInput where keys of it could never sign."""
    has_ed25519 = sender.facts.has_ed25519_keys
    chosen = Scheme(scheme) if scheme else Scheme.ED25519 if has_ed25519 else Scheme.SECP256K1
    if chosen is Scheme.ED25519 and not has_ed25519:
        raise BadInput("This chain has no ed25519 keys.", "Leave out --scheme, or give --scheme secp256k1.")
    return {role: PrivateKey.generate(chosen) for role in ROLES}


@account.command()
@answers(sent)
@click.argument("name", type=ACCOUNT)
@account_option("--creator", help="Who pays for it.")
@new_key_options
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
    scheme: str | None,
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
    answer: dict[str, Any] = {"account": name}
    if not public:
        check_free(sender.client, name)
        private = new_keys(sender, scheme)
        public = public_texts(sender, private)
        answer["keys_kept_in"] = str(keep_keys(sender, keys_out, name, private))
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
    return sender.send(f"{creator} created {name}", *operations) | answer | {"keys": public}


def check_free(client: Client, name: str) -> None:
    """Raises Failure for a name that is taken, before keys are made for it and put beside those of its owner."""
    if client.call("condenser_api.get_accounts", [[name]]):
        raise Failure(
            f"There is an account {name} already.",
            f"`skald account show {name}` shows it; choose another name.",
            code="account_exists",
        )


@account.command()
@answers(sent)
@click.argument("name", type=ACCOUNT)
@new_key_options
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
    scheme: str | None,
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
    answer: dict[str, Any] = {}
    if rotate:
        private = {role: key for role, key in new_keys(sender, scheme).items() if role in rotate}
        public |= public_texts(sender, private)
        answer["keys_kept_in"] = str(keep_keys(sender, keys_out, name, private))
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
    changed = (
        [f"{role} key" for role in public] + ["profile"] * (profile is not None) + ["metadata"] * (metadata is not None)
    )
    return sender.send(f"{name} changed its {', '.join(changed)}", operation) | answer | {"keys": public}


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
        raise no_account(client, name)
    return {"account": rows[0], "globals": chain}


def no_account(client: Client, name: str) -> Failure:
    """There is no such account, and these have names like it."""
    import difflib

    begin = name[:2]
    names = client.call("condenser_api.lookup_accounts", [begin, NAMES_LOOKED_AT])
    near = difflib.get_close_matches(name, [one for one in names if one.startswith(begin)], 5)
    advice = f"Did you mean {' or '.join(near)}?" if near else f"`skald account create {name} --creator NAME` makes it."
    return Failure(f"There is no account {name} on this chain.", advice)


def operations_begun(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """For the tab key: operations, virtual ones too, whose names begin so."""
    from cli.operations import operation_numbers

    return [name for name in operation_numbers() if name.startswith(incomplete.replace("-", "_"))]


@account.command()
@answers(views.history)
@click.argument("name", type=ACCOUNT)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many entries.")
@click.option("--before", type=click.IntRange(0, 2**31 - 1), help="Entries up to this number instead of the newest.")
@click.option(
    "--operation", "names", multiple=True, shell_complete=operations_begun, help="Only operations of this name."
)
@click.option("--memos", is_flag=True, help="Read encrypted memos with the memo keys at hand.")
@key_options
@asks_node
def history(
    client: Client, ring_for: Any, *, name: str, limit: int, before: int | None, names: tuple[str, ...], memos: bool
) -> Any:
    """List what happened to an account, the newest last.

    For example: skald account history alice --operation transfer --memos
    """
    start = -1 if before is None else before
    if start != -1:
        limit = min(limit, start + 1)
    params: list[Any] = [name, start, limit]
    if names:
        bits = sum({1 << operation_number(one) for one in names})
        params += [bits & 0xFFFF_FFFF_FFFF_FFFF, bits >> 64]
    entries: list[Any] = client.call("condenser_api.get_account_history", params)
    if not entries and not client.call("condenser_api.get_accounts", [[name]]):
        raise no_account(client, name)
    encrypted = [value for _, entry in entries if is_encrypted((value := entry["op"][1]).get("memo"))]
    if memos:
        read_memos(encrypted, ring_for(client.url))
    elif encrypted:
        count = f"{len(encrypted)} memos are" if len(encrypted) > 1 else "A memo is"
        note(f"{count} encrypted: --memos reads what the memo keys at hand can open.")
    return entries


def is_encrypted(memo: Any) -> bool:
    if not (isinstance(memo, str) and memo.startswith("#")):
        return False
    from chain.memo import parse_memo

    try:
        return bool(parse_memo(memo))
    except InvalidInput:
        return False  # somebody began an open memo with the mark


def read_memos(operations: list[dict[str, Any]], ring: KeyRing) -> None:
    """Put the text of each encrypted memo beside it, as `memo_text`. Raises MissingKey where none can be read."""
    from chain.memo import decrypt_memo, parse_memo

    unread = 0
    for value in operations:
        parts = parse_memo(value["memo"])
        key = ring.find(parts.recipient) or ring.find(parts.sender)
        if key is not None:
            value["memo_text"] = decrypt_memo(value["memo"], key)
        else:
            unread += 1
    if unread:
        what = "None of the encrypted memos" if unread == len(operations) else f"{unread} of the encrypted memos"
        note(f"{what} could be read: the memo keys are not at hand. {ring.advice}")


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
