"""Secrets that would be published: a key or a master password in a memo, a post, a title (reliability K2).

What is in a block can be read by everybody, for ever. Eleven accounts were once lost that way, so nothing is signed before its texts
were looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from chain.errors import InvalidInput
from chain.keys import PrivateKey
from cli.output import BadInput

ROLES = ("owner", "active", "posting", "memo")
PASSWORD_LETTERS_MAX = 128
KEY_IN_TEXT = re.compile(r"P?(5[HJK][1-9A-HJ-NP-Za-km-z]{49})|([KL][1-9A-HJ-NP-Za-km-z]{51})|(PVT_\w+)")


class Indiscreet(BadInput):
    """A secret stands in what was to be signed. No message repeats it."""

    code = "indiscreet"


def check_discreet(value: Any, keys: Iterable[PrivateKey] = (), accounts: Iterable[str] = ()) -> None:
    """Look through all texts of a JSON value. Raises Indiscreet where one holds a private key, or is the password behind `keys`.

    A key is found also where blanks were put between its letters. Passwords are tried with the names of `accounts`.
    """
    public_keys = {key.public_key for key in keys}
    names = tuple(accounts)
    for text in _texts(value):
        if _holds_key(text) or _holds_key("".join(text.split())):
            raise Indiscreet(
                "A private key stands in what you are about to publish.",
                "Nothing was sent. Leave it out; and if others have seen it, change that key.",
            )
        if len(text) <= PASSWORD_LETTERS_MAX and _is_password(text.strip(), names, public_keys):
            raise Indiscreet(
                "A text of what you are about to publish is your password.",
                "Nothing was sent. Leave it out; and if others have seen it, change your keys.",
            )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from _texts(key)
            yield from _texts(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _texts(held)


def _holds_key(text: str) -> bool:
    for found in KEY_IN_TEXT.finditer(text):
        try:
            PrivateKey.parse(next(filter(None, found.groups())))
        except InvalidInput:
            continue  # looks like one, and is none: its checksum is wrong
        return True
    return False


def _is_password(text: str, names: Iterable[str], public_keys: set[bytes]) -> bool:
    if not text or not public_keys:
        return False
    return any(PrivateKey.from_login(name, role, text).public_key in public_keys for name in names for role in ROLES)
