"""`skald tx …`: transactions by hand. Building may ask a node; signing and inspecting need none.

skald tx build transfer --from alice --to bob --amount "1.000 HIVE" | skald tx sign - --key-file keys | skald tx broadcast -
"""

import functools
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console

from chain.asset import Dialect
from chain.keys import InvalidSignature, parse_public_key, public_key_text, signature_key
from chain.transaction import Transaction
from chain.wire import HF26, LEGACY, Form, Packing
from cli.broadcast import (
    EXPIRATION_SECONDS,
    NamedFields,
    Sender,
    build_transaction,
    chain_facts,
    key_options,
    sends,
    sent,
    signed,
    transaction_of_json,
)
from cli.client import node_option, open_client
from cli.commands.account import PUBLIC_KEY
from cli.groups import HelpfulGroup
from cli.inputs import CHAIN_ID, DURATION, SYMBOLS
from cli.output import BadInput, MissingKey, answers, as_json_text, grid, last_option, note

TRANSACTION_MEMBERS = ("ref_block_num", "ref_block_prefix", "expiration", "operations", "extensions", "signatures")
FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
FORMS = click.Choice([form.value for form in Form])


class Network(NamedTuple):
    """What of a network a transaction's bytes and digest depend on."""

    chain_id: bytes
    dialect: Dialect


@click.group(cls=HelpfulGroup)
def tx() -> None:
    """Build, sign, inspect and broadcast transactions by hand."""


def offline_options(function: Any) -> Any:
    """`--chain-id`, `--prefix`, `--symbols` or else `--node`: the function gets a `network`."""

    @functools.wraps(function)
    def command(*args: Any, chain_id: str | None, prefix: str, symbols: Dialect, node: str, **options: Any) -> Any:
        if chain_id is not None:
            network = Network(bytes.fromhex(chain_id), replace(symbols, address_prefix=prefix))
        else:
            facts = chain_facts(open_client(node))
            network = Network(facts.chain_id, facts.dialect)
        return function(*args, network=network, **options)

    last_option(command, "--chain-id", type=CHAIN_ID, help="The chain it is for; then no node is asked.")
    last_option(command, "--prefix", default="STM", help="How public keys begin there; with --chain-id.")
    last_option(
        command,
        "--symbols",
        type=SYMBOLS,
        default="HIVE,HBD",
        help="What the two assets are called there; with --chain-id.",
    )
    return node_option(command, "The node to ask, without --chain-id.")


def read_transaction(path: Path) -> dict[str, Any]:
    """A transaction's JSON in either form, also as a node gives it. Raises BadInput."""
    where = "Standard input" if str(path) == "-" else str(path)
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        value = json.loads(text)
    except OSError as error:
        raise BadInput(f"{where} cannot be read: {error.strerror}.", "`skald tx build` writes one.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not JSON: {error}.", "`skald tx build` writes a transaction.") from error
    if isinstance(value, dict):
        value = next((value[name] for name in ("transaction", "trx") if isinstance(value.get(name), dict)), value)
    if not isinstance(value, dict) or "operations" not in value:
        raise BadInput(f"{where} holds no transaction: there are no operations.", "`skald tx build` writes one.")
    return {name: value[name] for name in TRANSACTION_MEMBERS if name in value}


def print_json(_console: Console, answer: Any) -> None:
    """The view of what is passed on to the next command."""
    click.echo(as_json_text(answer))


def view_packings(console: Console, answer: dict[str, Any]) -> None:
    for form, facts in answer.items():
        table = grid(f"[bold]{form}[/] packing")
        for name in ("id", "digest", "bytes"):
            table.add_row(name, facts[name])
        for signer in facts["signers"] or ["nobody"]:
            table.add_row("signed by", signer)
        console.print(table)
    if any(facts["signers"] for facts in answer.values()):
        console.print("[dim]Only one packing was signed; in the other the signers are keys that nobody has.[/]")


# --- inspect ----------------------------------------------------------------------------------------------------------


@tx.command()
@answers(view_packings)
@click.argument("file", type=FILE)
@offline_options
def inspect(file: Path, network: Network) -> dict[str, Any]:
    """Show a transaction's bytes, id, digest and signers in both packings.

    FILE holds it in either JSON form; - is standard input. `bytes` is what is hashed: all but the signatures. Only in the packing
    that was signed do the signers mean anything.
    """
    value = read_transaction(file)
    return {
        form.value: packed_facts(transaction_of_json(value, network.dialect, form), network) for form in (LEGACY, HF26)
    }


def packed_facts(transaction: Transaction, network: Network) -> dict[str, Any]:
    digest = transaction.digest(network.chain_id)
    return {
        "bytes": transaction.unsigned_bytes.hex(),
        "id": transaction.id.hex(),
        "digest": digest.hex(),
        "signers": [
            public_key_text(key, network.dialect.address_prefix)
            for key in (recovered(digest, signature) for signature in transaction.signatures)
            if key is not None
        ],
    }


def recovered(digest: bytes, signature: bytes) -> bytes | None:
    try:
        return signature_key(digest, signature)
    except InvalidSignature:
        return None


# --- build ------------------------------------------------------------------------------------------------------------


class BuildGroup(HelpfulGroup):
    """A command for every operation of the register."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        from cli.operations import operation_names

        return sorted(name.replace("_", "-") for name in operation_names())

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        from cli.operations import field_options, fields_of, flags_of, operation_named, summary_of

        name = cmd_name.replace("-", "_")
        operation = operation_named(name)
        if operation is None:
            return None

        @answers(print_json)
        @build_options
        def command(make: Any, **options: Any) -> dict[str, Any]:
            fields = fields_of(options)
            result: dict[str, Any] = make((name, fields))
            if missing := [flag for field, flag in flags_of(operation).items() if field not in fields]:
                note(f"Not given, and so empty, zero or false: {', '.join(missing)}")
            return result

        parameters = [*field_options(operation), *reversed(command.__dict__["__click_params__"])]
        return click.Command(cmd_name, callback=command, params=parameters, help=summary_of(operation))


def build_options(function: Any) -> Any:
    """The options of a new transaction; the function gets `make(operation) -> JSON`."""

    @functools.wraps(function)
    def command(*args: Any, add_to: Path | None, expires: int, form: str, node: str, **options: Any) -> Any:
        def make(operation: NamedFields) -> dict[str, Any]:
            facts = chain_facts(open_client(node))
            transaction = build_transaction(facts, [operation], expires)
            if add_to is not None:
                before = transaction_of_json(read_transaction(add_to), facts.dialect)
                if before.signatures:
                    raise BadInput("This transaction is signed already.", "Add operations first, and sign then.")
                transaction = Transaction(
                    before.ref_block_num,
                    before.ref_block_prefix,
                    before.expiration,
                    (*before.operations, *transaction.operations),
                ).with_packing(Packing(facts.dialect, LEGACY))
            result: dict[str, Any] = transaction.to_json(Form(form), facts.dialect)
            return result

        return function(*args, make=make, **options)

    last_option(command, "--add-to", type=FILE, help="Add the operation to this transaction.")
    last_option(
        command, "--expires", type=DURATION, default=f"{EXPIRATION_SECONDS}s", help="How long it may wait for a block."
    )
    last_option(command, "--form", type=FORMS, default=LEGACY.value, help="The JSON form to print.")
    return node_option(command, "The node to ask for its head.")


@tx.group("build", cls=BuildGroup, subcommand_metavar="OPERATION [OPTIONS]")
def build() -> None:
    """Print an unsigned transaction with one operation, tied to the head block of a chain."""


# --- sign, broadcast --------------------------------------------------------------------------------------------------


@tx.command()
@answers(print_json)
@click.argument("file", type=FILE)
@click.option(
    "--with", "chosen", multiple=True, type=PUBLIC_KEY, metavar="PUBLIC_KEY", help="Which of the keys at hand sign."
)
@click.option("--packing", type=FORMS, default=LEGACY.value, help="Which bytes are signed; nodes take both.")
@key_options
@offline_options
def sign(file: Path, chosen: tuple[str, ...], packing: str, ring_for: Any, network: Network) -> dict[str, Any]:
    """Sign a transaction and print it.

    Works without a node, given --chain-id. With one key at hand it signs; of several, --with names those that do.
    """
    transaction = transaction_of_json(read_transaction(file), network.dialect, Form(packing))
    ring = ring_for(None)
    keys = {key.public_key: key for key in ring.open_all()}
    wanted = [parse_public_key(text) for text in chosen] or list(keys)
    prefix = network.dialect.address_prefix
    if missing := [public_key_text(key, prefix) for key in wanted if key not in keys]:
        raise MissingKey(f"The private key of {missing[0]} is not at hand.", "Name a file that has it with --key-file.")
    if not wanted:
        raise MissingKey("There is no key at hand.", ring.advice)
    if not chosen and len(wanted) > 1:
        raise BadInput(
            f"{len(wanted)} keys are at hand.", f"Say which one signs: --with {public_key_text(wanted[0], prefix)} …"
        )
    result: dict[str, Any] = signed(transaction, [keys[key] for key in wanted], network.chain_id).to_json(
        LEGACY, network.dialect
    )
    return result


@tx.command()
@answers(sent)
@click.argument("file", type=FILE)
@sends
def broadcast(sender: Sender, file: Path) -> dict[str, Any]:
    """Send a signed transaction to a node and wait for its block.

    One without signatures is signed first, if the keys it needs are at hand.
    """
    transaction = transaction_of_json(read_transaction(file), sender.dialect)
    if not transaction.signatures:
        transaction = signed(transaction, sender.keys_for(transaction), sender.facts.chain_id)
    names = ", ".join(type(operation).name for operation in transaction.operations)
    return sender.deliver(f"sent {names}", transaction)
