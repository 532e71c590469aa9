"""`skald wallet …`: the private keys of this person, in one encrypted file (`cli.keystore` tells how)."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chain.keys import PrivateKey, parse_public_key, public_key_text, scheme_of
from cli.groups import HelpfulGroup
from cli.keyring import LabelledKey, read_labelled_keys
from cli.keystore import INTERACTIVE, MODERATE, SENSITIVE, NoWallet, Wallet, edit_wallet
from cli.output import BadInput, Failure, answers, listing
from cli.paths import write_private
from cli.unlock import FILE, new_password, read_password, read_secret_line, wallet_file, wallet_options

COSTS = {"interactive": INTERACTIVE, "moderate": MODERATE, "sensitive": SENSITIVE}
PREFIX = click.option("--prefix", default="STM", help="How the chain's public keys begin.")
COST = click.option(
    "--cost",
    type=click.Choice(list(COSTS)),
    default="moderate",
    help="What each guess of the password costs: 64 MiB, 256 MiB or 1 GiB of memory, and time with it.",
)


class WalletGroup(HelpfulGroup):
    """Says why there is nothing to lock or unlock (docs/adr/0006), to those who try."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in {"lock", "unlock"} and not ctx.resilient_parsing:
            raise BadInput(
                f"There is nothing to {args[0]}: the wallet is always locked.",
                "Each command that needs a key asks for the password, or reads it from --password-file FILE.",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=WalletGroup)
def wallet() -> None:
    """Keep private keys in an encrypted file.

    The wallet is always locked: each command that needs it asks for the password, or reads it from --password-file.
    """


@wallet.command()
@answers()
@COST
@wallet_options
def create(cost: str, wallet: Path | None, password_file: Path | None) -> dict[str, Any]:
    """Make an empty wallet."""
    path = wallet_file(wallet)
    if path.exists():
        raise Failure(
            f"There is a wallet at {path} already.", "Use it, or name another file with --wallet.", code="wallet_exists"
        )
    Wallet.create(path, new_password(password_file, "A password for the new wallet"), COSTS[cost])
    return {"created": str(path), "next": "skald wallet import"}


@wallet.command("import")
@answers()
@click.option(
    "--from", "key_file", type=FILE, help="A key file, with one private key on each line or written by `skald`."
)
@click.option("--label", default="", help="What you call the key.")
@PREFIX
@wallet_options
def import_keys(
    key_file: Path | None, label: str, prefix: str, wallet: Path | None, password_file: Path | None
) -> dict[str, Any]:
    """Put private keys into the wallet.

    Without --from, one key is read from standard input, or asked for without echo.
    """
    path = existing_wallet(wallet)
    password = read_password(password_file, f"Password of the wallet {path}")
    if key_file is not None:
        found = read_labelled_keys(key_file)
    else:
        found = [LabelledKey(PrivateKey.parse(read_secret_line("Private key")), "")]
    with edit_wallet(path, password) as opened:
        added = [one.key for one in found if opened.add(one.key, label or one.label)]
    return {
        "imported": [public_key_text(key.public_key, prefix) for key in added],
        "known_before": len(found) - len(added),
    }


def existing_wallet(chosen: Path | None) -> Path:
    """The wallet's file, before anybody is asked for a password. Raises NoWallet."""
    path = wallet_file(chosen)
    if not path.exists():
        raise NoWallet(f"There is no wallet at {path}.", "`skald wallet create` makes one.")
    return path


def _table_of_keys(console: Console, answer: dict[str, Any]) -> None:
    from rich.markup import escape

    table = listing(("public key", "scheme", "label"))
    for row in answer["keys"]:
        table.add_row(row["public_key"], row["scheme"], escape(row["label"]))
    console.print(table if answer["keys"] else "The wallet is empty; `skald wallet import` puts keys into it.")


@wallet.command("list")
@answers(_table_of_keys)
@PREFIX
@wallet_options
def list_keys(prefix: str, wallet: Path | None, password_file: Path | None) -> dict[str, Any]:
    """List the public keys of what is in the wallet."""
    path = existing_wallet(wallet)
    opened = Wallet.open(path, read_password(password_file, f"Password of the wallet {path}"))
    rows = [
        {"public_key": public_key_text(key, prefix), "scheme": scheme_of(key).value, "label": entry.label}
        for key, entry in opened.entries.items()
    ]
    return {"wallet": str(path), "keys": rows}


@wallet.command()
@answers()
@click.argument("public_key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@wallet_options
def remove(public_key: str, yes: bool, wallet: Path | None, password_file: Path | None) -> dict[str, Any]:
    """Take a key out of the wallet, for good."""
    key = parse_public_key(public_key)
    path = existing_wallet(wallet)
    password = read_password(password_file, f"Password of the wallet {path}")
    if not yes and not click.confirm(f"Remove the private key of {public_key}? Nothing else keeps it", err=True):
        raise Failure("Nothing was removed.")
    with edit_wallet(path, password) as opened:
        if not opened.remove(key):
            raise _not_here(public_key)
    return {"removed": public_key}


@wallet.command()
@answers()
@click.argument("public_key", nargs=-1, required=True)
@click.option("--to", "key_file", type=FILE, required=True, help="The new file, which only you can read.")
@wallet_options
def export(
    public_key: tuple[str, ...], key_file: Path, wallet: Path | None, password_file: Path | None
) -> dict[str, Any]:
    """Write private keys, unencrypted, into a key file."""
    if key_file.exists():
        raise BadInput(f"{key_file} exists.", "Name a new file.")
    path = existing_wallet(wallet)
    opened = Wallet.open(path, read_password(password_file, f"Password of the wallet {path}"))
    lines = []
    for text in public_key:
        key = opened.find(parse_public_key(text))
        if key is None:
            raise _not_here(text)
        lines.append(key.text + "\n")
    write_private(key_file, "".join(lines))
    return {"exported": list(public_key), "written_to": str(key_file)}


@wallet.command()
@answers()
@COST
@click.option("--new-password-file", type=FILE, help="Read the new password from this file or descriptor.")
@wallet_options
def password(
    cost: str, new_password_file: Path | None, wallet: Path | None, password_file: Path | None
) -> dict[str, Any]:
    """Change the wallet's password, or what a guess of it costs."""
    path = existing_wallet(wallet)
    with edit_wallet(path, read_password(password_file, f"Present password of {path}")) as opened:
        opened.change_password(new_password(new_password_file, "New password"), COSTS[cost])
    return {"changed": str(path)}


def _not_here(public_key: str) -> Failure:
    return Failure(f"The wallet has no key {public_key}.", "`skald wallet list` shows what it has.", code="unknown_key")
