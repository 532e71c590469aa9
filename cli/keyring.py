"""The private keys at hand, found by their public keys: from key files, from a devnet of one's own, from the wallet.

A key file is what `skald devnet` writes, or plain text with a private key on each line; it never comes from an argument's value.
The wallet is asked last, since it wants a password.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chain.errors import ChainError
from chain.keys import PrivateKey, public_key_text
from cli.output import BadInput
from cli.paths import write_private

ROLES = ("owner", "active", "posting", "memo")
KeySource = Callable[[], dict[bytes, PrivateKey]]
KeyKeeper = Callable[[str, dict[str, PrivateKey]], Path]  # (account, its new keys by role) → where they are now


class KeyRing:
    """Keys by their raw public key. Sources are opened one by one, and only as long as the keys known so far do not suffice.

    `keep` puts an account's new keys to the others; None where there is no place for them. `advice` is for where no key fits.
    """

    def __init__(self, sources: list[KeySource], keep: KeyKeeper | None = None, advice: str = "") -> None:
        self._unopened = list(sources)
        self.keep = keep
        self.advice = advice
        self.known: dict[bytes, PrivateKey] = {}

    def open_next(self) -> bool:
        """Open one more source; False where there is none."""
        if not self._unopened:
            return False
        for public_key, key in self._unopened.pop(0)().items():
            self.known.setdefault(public_key, key)
        return True

    def find(self, public_key: bytes) -> PrivateKey | None:
        """The private key of a public one, opening sources until one has it."""
        while public_key not in self.known and self.open_next():
            pass
        return self.known.get(public_key)

    def open_all(self) -> list[PrivateKey]:
        while self.open_next():
            pass
        return list(self.known.values())


def key_file_source(path: Path) -> KeySource:
    return lambda: {key.public_key: key for key in read_key_file(path)}


class LabelledKey(NamedTuple):
    """A key of a key file, and whose it is and what for where the file tells, as `alice posting`."""

    key: PrivateKey
    label: str


def read_key_file(path: Path) -> list[PrivateKey]:
    """All private keys of a file (`-`: standard input). Raises BadInput; no message repeats a line of it."""
    return [one.key for one in read_labelled_keys(path)]


def read_labelled_keys(path: Path) -> list[LabelledKey]:
    """The same with the labels that a key file of JSON has. Raises BadInput; no message repeats a line of it."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"The key file {path} cannot be read.", "Name a file that `skald devnet` or `--keys-out` wrote."
        ) from error
    secrets = list(_secrets_of_json(path, text)) if text.lstrip().startswith("{") else list(_secrets_of_lines(text))
    keys = []
    for position, (secret, label) in enumerate(secrets, 1):
        try:
            keys.append(LabelledKey(PrivateKey.parse(secret), label))
        except ChainError as error:
            raise BadInput(
                f"Entry {position} of the key file {path} is not a private key.", "Keys look like 5J… or PVT_ED_…."
            ) from error
    if not keys:
        raise BadInput(f"There is no key in {path}.", "A key file has one private key on each line.")
    return keys


def _secrets_of_lines(text: str) -> Iterator[tuple[str, str]]:
    """A key on each line; what follows a # is a comment."""
    for line in text.splitlines():
        if secret := line.partition("#")[0].strip():
            yield secret, ""


def _secrets_of_json(path: Path, text: str) -> Iterator[tuple[str, str]]:
    try:
        for account, roles in json.loads(text)["accounts"].items():
            for role, pair in roles.items():
                yield str(pair["private"]), f"{account} {role}"
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadInput(
            f"The key file {path} is damaged.", "It should be what `skald devnet` or `--keys-out` wrote."
        ) from error


def describe_keys(keys: dict[str, PrivateKey], prefix: str) -> dict[str, dict[str, str]]:
    """An account's keys by role, as a key file holds them."""
    return {
        role: {"public": public_key_text(key.public_key, prefix), "private": key.text} for role, key in keys.items()
    }


def add_to_key_file(path: Path, account: str, keys: dict[str, PrivateKey], prefix: str = "STM") -> Path:
    """Put an account's keys into a key file of JSON, making the file where there is none; its path.

    A key that is replaced stays under another name: the chain may yet refuse the new one.
    """
    content: dict[str, Any] = {"accounts": {}}
    roles: dict[str, Any] = {}
    if path.exists():
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            roles = dict(content["accounts"].get(account, {}))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{path} is not a key file that keys can be added to.", "Name a new file.") from error
    for role, pair in describe_keys(keys, prefix).items():
        if role in roles:
            age = sum(name.startswith(f"old {role}") for name in roles) + 1
            roles[f"old {role} {age}"] = roles[role]
        roles[role] = pair
    content["accounts"][account] = roles
    write_private(path, json.dumps(content, indent=2) + "\n")
    return path
