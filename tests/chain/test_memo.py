"""Encrypted memos (protocol.md §3.4)."""

import random
import struct

import pytest

from chain.base58 import base58_encode
from chain.keys import NULL_KEY, InvalidKey, PrivateKey, Scheme, parse_public_key
from chain.memo import InvalidMemo, MemoKeysDiffer, decrypt_memo, encrypt_memo, parse_memo, read_memo
from tests.helpers.vectors import vectors

BOTH = pytest.mark.parametrize("scheme", list(Scheme))


def pair(scheme: Scheme) -> tuple[PrivateKey, PrivateKey]:
    return PrivateKey.from_seed("alice", scheme), PrivateKey.from_seed("bob", scheme)


@pytest.mark.parametrize("row", vectors("keys.json", "memos_written"), ids=lambda row: str(row["nonce"]))
def test_memos_equal_those_of_other_wallets(row):
    key = PrivateKey.from_wif(row["wif"])
    assert encrypt_memo(row["text"], key, parse_public_key(row["to"]), row["nonce"]) == row["memo"]
    assert read_memo(row["memo"], [key]) == row["text"].removeprefix("#")


@pytest.mark.parametrize("row", vectors("keys.json", "memos_read"), ids=lambda row: row["memo"][:8])
def test_memos_of_other_wallets_are_read(row):
    parts = parse_memo(row["memo"])
    assert parts.sender == parse_public_key(row["sender"])
    assert parts.recipient == parse_public_key(row["recipient"])
    if "text" in row:
        assert decrypt_memo(row["memo"], PrivateKey.from_wif(row["wif"])) == row["text"]
        assert parts.text == row["memo"]


@BOTH
@pytest.mark.parametrize("text", ["", "x", "é€𝄞", "exactly 15 byte", "a" * 1000])
def test_both_sides_read_what_either_wrote(scheme, text):
    alice, bob = pair(scheme)
    memo = encrypt_memo("#" + text, alice, bob.public_key, 2**64 - 1)
    assert decrypt_memo(memo, alice) == decrypt_memo(memo, bob) == text


@BOTH
def test_the_old_order_of_fields_is_read(scheme):
    alice, bob = pair(scheme)
    parts = parse_memo(encrypt_memo("#old wallet", alice, bob.public_key, 777))
    body = struct.pack("<QIB", parts.nonce, parts.check, len(parts.ciphertext)) + parts.ciphertext
    memo = "#" + base58_encode(body + parts.sender + parts.recipient)
    assert parse_memo(memo) == parts
    assert decrypt_memo(memo, bob) == "old wallet"


@BOTH
def test_a_memo_without_a_fitting_key_is_shown_unchanged(scheme):
    alice, bob = pair(scheme)
    memo = encrypt_memo("#secret", alice, bob.public_key, 1)
    assert read_memo(memo, [PrivateKey.from_seed("eve", scheme)]) == memo
    assert read_memo(memo, []) == memo
    assert read_memo(memo, [PrivateKey.from_seed("eve"), bob]) == "secret"


@pytest.mark.parametrize("memo", ["no hash marker", "", "# a heading", "#", "#0OIl", "#1111", "#" + "z" * 2047])
def test_what_is_not_encrypted_is_shown_unchanged(memo):
    assert read_memo(memo, [PrivateKey.from_seed("alice")]) == memo


def test_invalid_schemes_mixed():
    alice, bob = PrivateKey.from_seed("alice"), PrivateKey.from_seed("bob", Scheme.ED25519)
    for sender, recipient in ((alice, bob), (bob, alice)):
        with pytest.raises(MemoKeysDiffer, match="two memo keys of one scheme"):
            encrypt_memo("#hello", sender, recipient.public_key, 1)


def test_invalid_recipient():
    with pytest.raises(InvalidKey):
        encrypt_memo("#hello", PrivateKey.from_seed("alice"), NULL_KEY, 1)


@BOTH
def test_invalid_damaged_memos_are_refused_or_at_least_typed(scheme):
    """CBC has no seal: damage of the ciphertext may go unseen, damage of the rest may not."""
    alice, bob = pair(scheme)
    parts = parse_memo(encrypt_memo("#a text of some length", alice, bob.public_key, 5))
    for changed in (parts._replace(nonce=6), parts._replace(check=parts.check ^ 1), parts._replace(recipient=NULL_KEY)):
        with pytest.raises(InvalidMemo):
            decrypt_memo(changed.text, bob)
    rng = random.Random(5)
    for _ in range(200):
        pos = rng.randrange(len(parts.ciphertext))
        flipped = bytearray(parts.ciphertext)
        flipped[pos] ^= 1 << rng.randrange(8)
        memo = parts._replace(ciphertext=bytes(flipped)).text
        assert isinstance(read_memo(memo, [bob]), str)
    with pytest.raises(InvalidMemo):
        decrypt_memo(parts._replace(ciphertext=parts.ciphertext[:-1]).text, bob)


def test_random_bytes_never_crash_the_reader():
    rng = random.Random(66)
    key = PrivateKey.from_seed("alice")
    for size in range(300):
        assert isinstance(read_memo("#" + base58_encode(key.public_key + rng.randbytes(size)), [key]), str)
