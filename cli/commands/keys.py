"""`skald keys …`: making keys, deriving them from a master password, telling what a key is. Needs no node."""

import secrets
from pathlib import Path
from typing import Any

import click

from chain.base58 import base58_encode
from chain.keys import PrivateKey, Scheme, parse_public_key, public_key_text, scheme_of
from cli.groups import HelpfulGroup
from cli.inputs import ACCOUNT, looks_private
from cli.keyring import ROLES, add_to_key_file
from cli.output import BadInput, answers
from cli.paths import write_private
from cli.unlock import FILE, read_password, read_secret_line

SCHEMES = click.Choice([scheme.value for scheme in Scheme])
PREFIX = click.option(
    "--prefix", default="STM", help="How the chain's public keys begin; ed25519 keys have no such prefix."
)


@click.group(cls=HelpfulGroup)
def keys() -> None:
    """Make keys, derive them from a password, look at them."""


@keys.command()
@answers()
@click.option("--scheme", type=SCHEMES, default=Scheme.ED25519.value, help="secp256k1 is what Hive's wallets know.")
@PREFIX
@click.option("--keys-out", type=FILE, help="Write the private key into this new file instead of printing it.")
def generate(scheme: str, prefix: str, keys_out: Path | None) -> dict[str, str]:
    """Make a new key and print both halves.

    Nobody else has seen it, and it is kept nowhere: put it into the wallet with `skald wallet import`, or write it into a file of
    its own with --keys-out.
    """
    key = PrivateKey.generate(Scheme(scheme))
    answer = describe(key.public_key, prefix)
    if keys_out is None:
        return {**answer, "private_key": key.text}
    if keys_out.exists():
        raise BadInput(f"{keys_out} exists.", "Name a new file: keys are never written over.")
    write_private(keys_out, f"{key.text}  # {answer['public_key']}\n")
    return {**answer, "written_to": str(keys_out)}


@keys.command()
@answers()
@click.argument("account", type=ACCOUNT)
@click.option("--role", type=click.Choice(ROLES), help="Only this key; without it all four.")
@click.option("--password-file", type=FILE, help="Read the master password from this file or descriptor.")
@click.option("--new", is_flag=True, help="Make a new master password of 256 bits and print it.")
@click.option("--show-private", is_flag=True, help="Print the private keys too.")
@click.option("--keys-out", type=FILE, help="Write the private keys into this key file.")
@PREFIX
def derive(
    *,
    account: str,
    role: str | None,
    password_file: Path | None,
    new: bool,
    show_private: bool,
    keys_out: Path | None,
    prefix: str,
) -> dict[str, Any]:
    """Derive an account's keys from its master password, as Hive's wallets do.

    Anybody can try passwords against the public keys on the chain, so only a generated one (--new) is safe.
    """
    password = new_master_password() if new else read_password(password_file, f"Master password of {account}")
    derived = {name: PrivateKey.from_login(account, name, password) for name in ([role] if role else ROLES)}
    answer: dict[str, Any] = {"account": account}
    if new:
        answer["master_password"] = password
    for name, key in derived.items():
        answer[name] = public_key_text(key.public_key, prefix)
        if show_private:
            answer[f"{name}_private"] = key.text
    if keys_out is not None:
        add_to_key_file(keys_out, account, derived, prefix)
        answer["written_to"] = str(keys_out)
    return answer


@keys.command()
@answers()
@click.argument("key", metavar="-|PUBLIC_KEY")
@PREFIX
def inspect(key: str, prefix: str) -> dict[str, str]:
    """Tell what a key is.

    Give a public key, or - to read a private key from standard input (or have it asked for without echo). The private key
    itself is never printed.
    """
    if key == "-":
        return describe(PrivateKey.parse(read_secret_line("Private key")).public_key, prefix)
    if looks_private(key):
        raise BadInput(
            "This looks like a private key, which does not belong in a command.",
            "Your shell keeps what you type: clear it from the history, and use `skald keys inspect -`.",
        )
    return describe(parse_public_key(key), prefix)


def describe(public_key: bytes, prefix: str) -> dict[str, str]:
    return {
        "public_key": public_key_text(public_key, prefix),
        "scheme": scheme_of(public_key).value,
        "raw": public_key.hex(),
    }


def new_master_password() -> str:
    """256 random bits in the form Hive's wallets use."""
    return "P" + base58_encode(secrets.token_bytes(32))
