"""From operations to a block: tie to the head, sign with the keys that suffice, broadcast, wait for inclusion.

Transactions bring all operations along, a fifth of a second of imports: only what makes one imports them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.asset import MAINNET, Dialect
from chain.authority import (
    Authorities,
    Authority,
    MissingActiveAuthority,
    MissingOtherAuthority,
    MissingOwnerAuthority,
    MissingPostingAuthority,
    MissingWitnessAuthority,
)
from chain.authority_queries import fewest_keys
from chain.errors import MissingAuthority
from chain.keys import PrivateKey, parse_public_key
from chain.types import parse_time, time_text
from chain.wire import HF26, LEGACY, Form, Packing
from cli.client import Client, node_option, open_client
from cli.discretion import check_discreet
from cli.inputs import DURATION, dialect_named
from cli.keyring import KeyKeeper, KeyRing, add_to_key_file, key_file_source
from cli.output import Failure, Function, MissingKey, last_option, note
from cli.paths import devnet_key_file
from cli.unlock import WalletAccess, wallet_access, wallet_file, wallet_options

if TYPE_CHECKING:
    from chain.transaction import Transaction

NamedFields = tuple[str, dict[str, Any]]  # an operation in Hive's legacy JSON: its name and its fields
EXPIRATION_SECONDS = (
    60  # long enough for a few missed slots, short enough that a lost transaction is soon known to be lost
)


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What a transaction must know of the chain it is for."""

    chain_id: bytes
    dialect: Dialect
    head_block_id: bytes
    head_at: int  # seconds; the chain's clock, which on a devnet is not the wall's
    has_ed25519_keys: bool  # else an account with such keys could never sign


def chain_facts(client: Client) -> ChainFacts:
    config, head = client.batch([("database_api.get_config", {}), ("condenser_api.get_dynamic_global_properties", [])])
    return ChainFacts(
        chain_id=bytes.fromhex(config["HIVE_CHAIN_ID"]),
        dialect=dialect_named(
            config["HIVE_ADDRESS_PREFIX"], head["current_supply"].split()[1], head["current_hbd_supply"].split()[1]
        ),
        head_block_id=bytes.fromhex(head["head_block_id"]),
        head_at=parse_time(head["time"]),
        has_ed25519_keys=config.get("SKALD_ED25519_KEYS") is True,
    )


def build_transaction(facts: ChainFacts, operations: Iterable[NamedFields], expiration_seconds: int) -> Transaction:
    """An unsigned transaction tied to the head block (TaPoS, protocol.md §3.1), of operations as Hive's legacy JSON names them."""
    block_id = facts.head_block_id
    return transaction_of_json(
        {
            "ref_block_num": int.from_bytes(block_id[:4], "big") & 0xFFFF,
            "ref_block_prefix": int.from_bytes(block_id[4:8], "little"),
            "expiration": time_text(facts.head_at + expiration_seconds),
            "operations": [list(operation) for operation in operations],
            "extensions": [],
            "signatures": [],
        },
        facts.dialect,
    )


def transaction_of_json(value: dict[str, Any], dialect: Dialect, form: Form = LEGACY) -> Transaction:
    """A transaction from either JSON form, its bytes fixed in the packing `form`. Raises InvalidInput."""
    from chain.transaction import Transaction

    return Transaction.from_json(value, None, dialect).with_packing(Packing(dialect, form))


def signed(transaction: Transaction, keys: Iterable[PrivateKey], chain_id: bytes) -> Transaction:
    """The transaction with the keys' signatures added to those it has. Raises Indiscreet where it would publish a secret."""
    from chain.jsonform import to_json

    keys, needed = list(keys), transaction.authorities()
    content = [to_json(operation, HF26, MAINNET) for operation in transaction.operations]
    check_discreet(content, keys, (*needed.owner, *needed.active, *needed.posting))
    digest = transaction.digest(chain_id)
    return transaction.with_signatures([*transaction.signatures, *(key.sign(digest) for key in keys)])


class AuthorityFinder:
    """Looks authorities up at a node, each account once: the `AuthorityLookup` of the check that the chain makes, too."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._accounts: dict[str, dict[str, Any]] = {}

    def fetch(self, names: Iterable[str]) -> None:
        """Ask for all accounts that are not known yet at once."""
        missing = [name for name in dict.fromkeys(names) if name not in self._accounts]
        if missing:
            rows = self._client.call("condenser_api.get_accounts", [missing])
            self._accounts.update({row["name"]: row for row in rows})

    def get_posting(self, name: str, /) -> Authority:
        return self._authority(name, "posting")

    def get_active(self, name: str, /) -> Authority:
        return self._authority(name, "active")

    def get_owner(self, name: str, /) -> Authority:
        return self._authority(name, "owner")

    def get_witness_key(self, name: str, /) -> bytes:
        row = self._client.call("condenser_api.get_witness_by_account", [name])
        if not row:
            raise Failure(f"{name} is not a witness.", "`skald witness register` makes one of an account.")
        return parse_public_key(row["signing_key"])

    def _authority(self, account: str, role: str) -> Authority:
        self.fetch([account])
        if account not in self._accounts:
            raise Failure(f"There is no account {account} on this chain.", "`skald account create` makes one.")
        found = self._accounts[account][role]
        return Authority.build(
            int(found["weight_threshold"]),
            [(name, int(weight)) for name, weight in found["account_auths"]],
            [(parse_public_key(key), int(weight)) for key, weight in found["key_auths"]],
        )


ROLE_OF_ERROR: dict[type[MissingAuthority], str] = {
    MissingPostingAuthority: "posting",
    MissingActiveAuthority: "active",
    MissingOwnerAuthority: "owner",
    MissingOtherAuthority: "named",
    MissingWitnessAuthority: "signing",
}


def choose_keys(required: Authorities, ring: KeyRing, finder: AuthorityFinder) -> list[PrivateKey]:
    """The fewest keys that the ring offers first and that satisfy everything required. Raises MissingKey."""
    finder.fetch([*required.posting, *required.active, *required.owner])
    while True:
        try:
            return [ring.known[key] for key in fewest_keys(required, tuple(ring.known), finder)]
        except MissingAuthority as error:
            if ring.open_next():
                continue
            role, account = ROLE_OF_ERROR[type(error)], error.data.get("account", "the operation")
            raise MissingKey(
                f"No key at hand satisfies the {role} authority of {account}.", ring.advice, role=role, account=account
            ) from None


class Sender:
    """A node, the keys at hand and the wishes of the command's options: what every command that changes the chain gets."""

    def __init__(self, client: Client, ring: KeyRing, *, expiration_seconds: int, wait: bool, broadcast: bool) -> None:
        self.client = client
        self.ring = ring
        self._expiration_seconds = expiration_seconds
        self._wait = wait
        self._broadcast = broadcast

    @cached_property
    def facts(self) -> ChainFacts:
        return chain_facts(self.client)

    @property
    def dialect(self) -> Dialect:
        return self.facts.dialect

    def send(self, what: str, *operations: NamedFields) -> dict[str, Any]:
        """Sign and broadcast operations as one transaction; `what` is the sentence for people."""
        transaction = build_transaction(self.facts, operations, self._expiration_seconds)
        keys = self.keys_for(transaction)
        return self.deliver(what, signed(transaction, keys, self.facts.chain_id))

    def keys_for(self, transaction: Transaction) -> list[PrivateKey]:
        """The keys that satisfy what the transaction requires. Raises MissingKey."""
        return choose_keys(
            transaction.authorities(), self.ring, AuthorityFinder(self.client, self.dialect.address_prefix)
        )

    def deliver(self, what: str, transaction: Transaction) -> dict[str, Any]:
        """Hand a signed transaction to the node, unless it shall only be printed."""
        as_json = transaction.to_json(LEGACY, self.dialect)
        answer: dict[str, Any] = {"what": what, "id": transaction.id.hex()}
        if not self._broadcast:
            return {**answer, "broadcast": False, "transaction": as_json}
        if not self._wait:
            self.client.call("condenser_api.broadcast_transaction", [as_json])
            return {**answer, "broadcast": True, "transaction": as_json}
        included = self._wait_for_block(transaction, as_json)
        if included.get("expired"):
            raise Failure(
                "The transaction expired before a block took it.",
                "Send it again; `skald node status` tells how the chain runs.",
            )
        return {
            **answer,
            "broadcast": True,
            "block_num": included["block_num"],
            "trx_num": included["trx_num"],
            "transaction": as_json,
        }

    def _wait_for_block(self, transaction: Transaction, as_json: dict[str, Any]) -> dict[str, Any]:
        try:
            included: dict[str, Any] = self.client.call("condenser_api.broadcast_transaction_synchronous", [as_json])
        except KeyboardInterrupt:
            note(f"The transaction {transaction.id.hex()} was sent; a block may hold it soon.")
            raise
        return included


def sent(console: Any, answer: dict[str, Any]) -> None:
    """The view of commands that change the chain."""
    from rich.markup import escape

    if not answer["broadcast"]:
        from cli.output import as_json_text

        console.print(escape(as_json_text(answer["transaction"])), soft_wrap=True)
        return
    where = f"block {answer['block_num']:,}" if "block_num" in answer else "on its way"
    console.print(f"[green]✓[/] {escape(answer['what'])}  [dim]{where} · {answer['id']}[/]")
    if "keys_kept_in" in answer:
        console.print(f"  Its new private keys are in {escape(answer['keys_kept_in'])}")


def keeper(devnet_keys: Path | None, own_wallet: WalletAccess | None) -> KeyKeeper | None:
    """Where new keys go unless the command is told: to the others of the devnet, else into the wallet."""
    if devnet_keys is not None:
        return functools.partial(add_to_key_file, devnet_keys)
    return own_wallet.keep if own_wallet is not None else None


def key_advice(own_wallet: WalletAccess | None) -> str:
    """What to do where no key at hand fits."""
    locked = wallet_file(None)
    if own_wallet is None and locked.exists():
        return (
            f"Your wallet {locked} was not opened, since there is no terminal to ask for its password: "
            "name a file with it (--password-file FILE), or one with the key (--key-file FILE)."
        )
    return "Name a file with the key (--key-file FILE), or import the key with `skald wallet import`."


def key_options(function: Function) -> Function:
    """Give a command the options that say where keys are, and its function `ring_for(url)`."""

    @functools.wraps(function)
    def command(
        *args: Any, key_file: tuple[Path, ...], wallet: Path | None, password_file: Path | None, **options: Any
    ) -> Any:
        def ring_for(url: str | None) -> KeyRing:
            files = list(key_file)
            devnet_keys = devnet_key_file(url) if url and not files else None
            if devnet_keys is not None:
                files.append(devnet_keys)
            sources = [key_file_source(path) for path in files]
            own_wallet = wallet_access(wallet, password_file)
            if own_wallet is not None:
                sources.append(own_wallet.keys)
            return KeyRing(sources, keep=keeper(devnet_keys, own_wallet), advice=key_advice(own_wallet))

        return function(*args, ring_for=ring_for, **options)

    last_option(
        command,
        "--key-file",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        envvar="SKALD_KEY_FILE",
        help="A file with private keys; - is standard input.",
    )
    decorated: Function = wallet_options(command)
    return decorated


def sends(function: Function) -> Function:
    """Give a command the options of signing and broadcasting, and its function a `sender`."""

    @key_options
    @functools.wraps(function)
    def command(*args: Any, node: str, ring_for: Any, expires: int, wait: bool, broadcast: bool, **options: Any) -> Any:
        sender = Sender(open_client(node), ring_for(node), expiration_seconds=expires, wait=wait, broadcast=broadcast)
        return function(*args, sender=sender, **options)

    last_option(
        command, "--expires", type=DURATION, default=f"{EXPIRATION_SECONDS}s", help="How long it may wait for a block."
    )
    last_option(command, "--wait/--no-wait", default=True, help="Wait until a block holds it.")
    last_option(command, "--broadcast/--no-broadcast", default=True, help="Or only print the signed transaction.")
    decorated: Function = node_option(command)
    return decorated
