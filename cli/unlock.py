"""Asking for passwords, and opening the wallet with one.

A password is typed without echo, or read from a file or descriptor. It is never an argument or an environment variable: both are
shown to any program that asks the system for its processes.
"""

import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from chain.keys import PrivateKey
from cli.keystore import PASSWORD_LETTERS_MIN, Wallet, default_wallet_file, edit_wallet
from cli.output import BadInput, last_option

PASSWORD_BYTES_MAX = 4096
FILE = click.Path(path_type=Path, dir_okay=False)


def wallet_options(function: Any) -> Any:
    """Give a command `--wallet` (the default one where it is not named) and `--password-file`."""
    last_option(
        function,
        "--wallet",
        type=FILE,
        envvar="SKALD_WALLET",
        show_envvar=True,
        help="The wallet file.  [default: your own]",
    )
    return last_option(
        function,
        "--password-file",
        type=FILE,
        envvar="SKALD_WALLET_PASSWORD_FILE",
        show_envvar=True,
        help="Read the wallet's password from this file or descriptor (/dev/fd/3) instead of asking.",
    )


def wallet_file(chosen: Path | None) -> Path:
    return chosen or default_wallet_file()


class WalletAccess:
    """A wallet for one command: its password is asked for once, and only when it is needed."""

    def __init__(self, path: Path, password_file: Path | None) -> None:
        self.path = path
        self._password_file = password_file

    @cached_property
    def _password(self) -> str:
        return read_password(self._password_file, f"Password of the wallet {self.path}")

    def keys(self) -> dict[bytes, PrivateKey]:
        """All keys, as a key ring takes them."""
        wallet = Wallet.open(self.path, self._password)
        return {public_key: entry.key for public_key, entry in wallet.entries.items()}

    def keep(self, account: str, keys: dict[str, PrivateKey]) -> Path:
        """Put an account's new keys into the wallet, labelled with what they are for; the wallet's path."""
        with edit_wallet(self.path, self._password) as wallet:
            for role, key in keys.items():
                wallet.add(key, f"{account} {role}")
        return self.path


def wallet_access(chosen: Path | None, password_file: Path | None) -> WalletAccess | None:
    """The wallet a command may use; None where none was named and there is none of one's own, or nobody to ask for its password."""
    path = wallet_file(chosen)
    if chosen is None and not (path.exists() and (password_file or sys.stdin.isatty())):
        return None
    return WalletAccess(path, password_file)


def read_password(password_file: Path | None, prompt: str) -> str:
    """The password from its file, or typed without echo. Raises BadInput where there is neither a file nor a terminal."""
    if password_file is not None:
        return _password_of_file(password_file)
    return _type_secret(prompt)


def new_password(password_file: Path | None, prompt: str) -> str:
    """A password that is set now: typed twice, or read once from a file; at least 8 letters."""
    if password_file is not None:
        password = _password_of_file(password_file)
    else:
        password = _type_secret(prompt)
        if len(password) >= PASSWORD_LETTERS_MIN and _type_secret("The same once more") != password:
            raise BadInput("The two passwords differ.", "Try again.")
    if len(password) < PASSWORD_LETTERS_MIN:
        raise BadInput(
            f"The password has fewer than {PASSWORD_LETTERS_MIN} letters.",
            "A few words that nobody would say in a row are best.",
        )
    return password


def read_secret_line(prompt: str) -> str:
    """One line that nobody should see: from standard input, or typed without echo where that is a terminal."""
    if sys.stdin.isatty():
        return _type_secret(prompt)
    line = sys.stdin.readline(PASSWORD_BYTES_MAX).strip()
    if not line:
        raise BadInput("Standard input is empty.", "Write the key into it: skald … < FILE.")
    return line


def _type_secret(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise BadInput(
            "A password is needed, and there is no terminal to ask for it.", "Name a file with --password-file."
        )
    answer: Any = click.prompt(prompt, hide_input=True, err=True, default="", show_default=False)
    return str(answer)


def _password_of_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            password = file.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The password file {path} cannot be read.", "Its first line is the password.") from error
    if not password:
        raise BadInput(f"The password file {path} is empty.", "Its first line is the password.")
    return password
