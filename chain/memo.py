"""Encrypted memos: what begins with `#` is for the eyes of sender and recipient only (protocol.md §3.4).

    memo      #base58( from key[33] ‖ to key[33] ‖ nonce u64 ‖ check u32 ‖ varint length ‖ ciphertext )
    K         SHA-512( nonce u64 ‖ SHA-512(secret shared by the two memo keys) )
    check     the first 4 bytes of SHA-256(K)
    cipher    AES-256-CBC, key K[0:32], IV K[32:48], PKCS#7, over varint length ‖ UTF-8 text without the `#`

Programs of Hive 1.27.5 – 1.28.6 wrote `nonce ‖ check ‖ ciphertext ‖ from ‖ to`; both orders are read. The secret is the x coordinate
of an elliptic Diffie-Hellman product for secp256k1, and X25519 for two ed25519 keys; the two schemes do not mix.

The form has no authenticity beyond 32 bits of `check`: a memo says nothing about who wrote it; the transfer around it does.
"""

import hashlib
import struct
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from chain.base58 import InvalidBase58, base58_decode, base58_encode
from chain.errors import InvalidInput
from chain.keys import PUBLIC_KEY_BYTES, PrivateKey, scheme_of

MARK = "#"
MEMO_BYTES_MAX = 2048
"""A transfer's memo is shorter than this (§8.1)."""

_BLOCK_BITS = 128


class InvalidMemo(InvalidInput):
    code = "invalid_memo"
    text = "The memo cannot be read: {reason}"


class MemoKeysDiffer(InvalidInput):
    code = "memo_keys_differ"
    text = (
        "An encrypted memo needs two memo keys of one scheme; the sender's is {sender_scheme}, the recipient's {recipient_scheme}. "
        "Send it in the clear, or set a {recipient_scheme} memo key"
    )


class EncryptedMemo(NamedTuple):
    """The parts of an encrypted memo; keys are 33 raw bytes, `check` is a u32."""

    sender: bytes
    recipient: bytes
    nonce: int
    check: int
    ciphertext: bytes

    @property
    def text(self) -> str:
        head = self.sender + self.recipient + struct.pack("<QI", self.nonce, self.check)
        return MARK + base58_encode(head + _varint(len(self.ciphertext)) + self.ciphertext)


def encrypt_memo(text: str, sender: PrivateKey, recipient: bytes, nonce: int) -> str:
    """The encrypted form of `text`, with or without its leading `#`, for the raw memo key `recipient`.

    `nonce` is a u64 that must not repeat between the same two keys. Raises MemoKeysDiffer, or InvalidKey for a senseless
    recipient.
    """
    if scheme_of(recipient) is not sender.scheme:
        raise MemoKeysDiffer(sender_scheme=sender.scheme, recipient_scheme=scheme_of(recipient))
    plain = text.removeprefix(MARK).encode()
    material = _key_material(sender, recipient, nonce)
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(_varint(len(plain)) + plain) + padder.finalize()
    encryptor = _cipher(material).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    return EncryptedMemo(sender.public_key, recipient, nonce, _check_of(material), ciphertext).text


def decrypt_memo(memo: str, key: PrivateKey) -> str:
    """The text, without `#`, of a memo that `key` sent or received; raises InvalidMemo."""
    parts = parse_memo(memo)
    if key.public_key == parts.sender:
        other = parts.recipient
    elif key.public_key == parts.recipient:
        other = parts.sender
    else:
        raise InvalidMemo(reason="it is for other keys")
    if scheme_of(other) is not key.scheme:
        raise InvalidMemo(reason="its keys are of two schemes")
    material = _key_material(key, other, parts.nonce)
    if _check_of(material) != parts.check:
        raise InvalidMemo(reason="its check number does not fit")
    return _decrypt(material, parts.ciphertext)


def read_memo(memo: str, keys: Iterable[PrivateKey]) -> str:
    """What to show a person: the decrypted text where one of `keys` can read it, else the memo unchanged."""
    if not memo.startswith(MARK):
        return memo
    for key in keys:
        try:
            return decrypt_memo(memo, key)
        except InvalidInput:
            continue
    return memo


def parse_memo(memo: str) -> EncryptedMemo:
    """The parts of an encrypted memo in either order of fields; raises InvalidMemo."""
    if not memo.startswith(MARK):
        raise InvalidMemo(reason="it does not begin with #")
    try:
        data = base58_decode(memo[1:], MEMO_BYTES_MAX)
    except InvalidBase58 as error:
        raise InvalidMemo(reason=str(error)) from None
    for read in (_read_present_order, _read_old_order):
        parts = read(data)
        if parts is not None:
            return parts
    raise InvalidMemo(reason="its length does not fit")


def _read_present_order(data: bytes) -> EncryptedMemo | None:
    end_of_keys = 2 * PUBLIC_KEY_BYTES
    if len(data) < end_of_keys + 12:
        return None
    nonce, check = struct.unpack_from("<QI", data, end_of_keys)
    ciphertext, end = _read_sized(data, end_of_keys + 12)
    if ciphertext is None or end != len(data):
        return None
    return EncryptedMemo(data[:33], data[33:66], nonce, check, ciphertext)


def _read_old_order(data: bytes) -> EncryptedMemo | None:
    if len(data) < 12:
        return None
    nonce, check = struct.unpack_from("<QI", data)
    ciphertext, end = _read_sized(data, 12)
    if ciphertext is None or end + 2 * PUBLIC_KEY_BYTES != len(data):
        return None
    return EncryptedMemo(data[end : end + 33], data[end + 33 :], nonce, check, ciphertext)


def _read_sized(data: bytes, pos: int) -> tuple[bytes | None, int]:
    """A varint length and so many bytes, and the position behind them; None where `data` ends before."""
    size = 0
    for shift in (0, 7, 14):
        if pos >= len(data):
            return None, pos
        byte = data[pos]
        pos += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            end = pos + size
            return (data[pos:end], end) if end <= len(data) else (None, pos)
    return None, pos


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _key_material(key: PrivateKey, other: bytes, nonce: int) -> bytes:
    shared = hashlib.sha512(key.shared_secret(other)).digest()
    return hashlib.sha512(struct.pack("<Q", nonce) + shared).digest()


def _check_of(material: bytes) -> int:
    return int.from_bytes(hashlib.sha256(material).digest()[:4], "little")


def _cipher(material: bytes) -> Cipher[CBC]:
    return Cipher(AES256(material[:32]), CBC(material[32:48]))


def _decrypt(material: bytes, ciphertext: bytes) -> str:
    decryptor = _cipher(material).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        data = unpadder.update(padded) + unpadder.finalize()
        plain, end = _read_sized(data, 0)
        if plain is None or end != len(data):
            plain = data  # early clients of Graphene encrypted the bare text
        return plain.decode()
    except ValueError:
        raise InvalidMemo(reason="the ciphertext is damaged") from None
