"""Keys and signatures of two schemes behind one form (protocol.md §3.2, §3.4; design.md decisions 3 and 4).

A public key is 33 raw bytes everywhere in the node:

    02|03 ‖ x[32]          secp256k1, written STM… (or another prefix), signs as Hive does
    ED ‖ key[32]           ed25519, written PUB_ED_…
    00 × 33                the null key, written STM1111111111111111111111111111111114T1Anm

A signature tells its key, so that it can be checked without any state:

    27…34 ‖ r[32] ‖ s[32]           secp256k1: the key is recovered
    ED ‖ key[32] ‖ signature[64]    ed25519: the key is named and verified by libsodium, the only implementation used

Private keys are written WIF (secp256k1) or PVT_ED_…; they never appear in a repr, a pickle or an error.
"""

import hashlib
import secrets
from abc import ABC, abstractmethod
from enum import StrEnum
from functools import lru_cache
from typing import Any, NoReturn

from coincurve._libsecp256k1 import ffi, lib
from coincurve.context import GLOBAL_CONTEXT
from nacl._sodium import ffi as sodium_ffi
from nacl._sodium import lib as sodium
from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_scalarmult,
    crypto_sign,
    crypto_sign_ed25519_pk_to_curve25519,
    crypto_sign_ed25519_sk_to_curve25519,
    crypto_sign_seed_keypair,
)

from chain.base58 import InvalidBase58, base58_decode, base58_encode, ripemd160
from chain.errors import InvalidInput

PUBLIC_KEY_BYTES = 33
NULL_KEY = bytes(PUBLIC_KEY_BYTES)
ED25519_TAG = 0xED
SECP256K1_SIGNATURE_BYTES = 65
ED25519_SIGNATURE_BYTES = 97

S_BOUND = bytes.fromhex("a0201b68462fe9df1d50a457736e575dffffffffffffffffffffffffffffff7f")
"""The largest s that Hive accepts: n/2 as it lies in a little-endian memory, compared byte by byte (§3.2)."""

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF_ORDER = (_ORDER >> 1).to_bytes(32, "big")
_CONTEXT = GLOBAL_CONTEXT.ctx
_COMPRESSED = lib.SECP256K1_EC_COMPRESSED
_RECOVERABLE_SIGNATURE = ffi.typeof("secp256k1_ecdsa_recoverable_signature *")
_PUBLIC_POINT = ffi.typeof("secp256k1_pubkey *")
_BYTES_33 = ffi.typeof("unsigned char[33]")
_SIZE = ffi.typeof("size_t *")
_NULL = sodium_ffi.NULL


class Scheme(StrEnum):
    SECP256K1 = "secp256k1"
    ED25519 = "ed25519"


class InvalidKey(InvalidInput):
    code = "invalid_key"
    text = "Not a key: {reason}"


class InvalidSignature(InvalidInput):
    code = "invalid_signature"
    text = "unable to reconstruct public key from signature: {reason}"


class AmbiguousSignature(InvalidSignature):
    code = "signature_ambiguous"
    text = "signature is not in the only form that this chain takes: low s, and a first byte of 31 to 34"


class NotCanonical(InvalidSignature):
    code = "signature_not_canonical"
    text = "signature is not canonical: its s is {s}"


# --- public keys -----------------------------------------------------------------------------------------------------


def scheme_of(key: bytes) -> Scheme:
    """The scheme of a raw public key; the null key counts as secp256k1, as in Hive."""
    return Scheme.ED25519 if key[0] == ED25519_TAG else Scheme.SECP256K1


def check_key_point(key: bytes) -> None:
    """Refuse an ed25519 key that is not a point of the main subgroup; called where a key enters the chain (decision 4).

    Keys that begin otherwise pass: Hive lets any bytes stand where a key may, since nobody can sign for the senseless ones.
    """
    if key[0] == ED25519_TAG and not crypto_core_ed25519_is_valid_point(key[1:]):
        raise InvalidKey(reason="an ed25519 key outside the main subgroup")


@lru_cache(maxsize=65_536)  # about 12 MB when full; APIs write the same keys again and again
def public_key_text(key: bytes, prefix: str = "STM") -> str:
    """The text of 33 raw bytes: `prefix` and base58 with checksum, or PUB_ED_…, which has no prefix of a chain (§3.4)."""
    if key[0] == ED25519_TAG:
        return "PUB_ED_" + _with_ed_checksum(key[1:])
    return prefix + base58_encode(key + ripemd160(key)[:4])


def parse_public_key(text: str, prefix: str | None = None) -> bytes:
    """The 33 raw bytes of a key's text; raises InvalidKey.

    Any prefix of three or more capital letters is read (STM, TST, GPH …) unless `prefix` names the only one. An ed25519 key
    must be a point of the main subgroup.
    """
    if text.startswith("PUB_ED_"):
        key = b"\xed" + _without_ed_checksum(text[7:], 32)
        check_key_point(key)
        return key
    if prefix is not None:
        found = _checked_raw_key(text[len(prefix) :]) if text.startswith(prefix) else None
    else:
        found = _raw_key_behind_any_prefix(text)
    if found is None:
        raise InvalidKey(reason=f"no public key reads {text[:64]!r}")
    return found


def _raw_key_behind_any_prefix(text: str) -> bytes | None:
    """The border between prefix and key is not marked; the checksum finds it."""
    for pos in range(3, min(len(text), 12)):
        prefix = text[:pos]
        if not (prefix.isascii() and prefix.isalpha() and prefix.isupper()):
            break
        key = _checked_raw_key(text[pos:])
        if key is not None:
            return key
    return None


def _checked_raw_key(text: str) -> bytes | None:
    try:
        data = base58_decode(text, 37)
    except InvalidBase58:
        return None
    key = data[:33]
    return key if len(data) == 37 and ripemd160(key)[:4] == data[33:] else None


def _with_ed_checksum(data: bytes) -> str:
    return base58_encode(data + ripemd160(data + b"ED")[:4])


def _without_ed_checksum(text: str, size_bytes: int) -> bytes:
    """The payload of a PUB_ED_, PVT_ED_ or SIG_ED_ text; the message never repeats the text, which may be a secret."""
    try:
        data = base58_decode(text, size_bytes + 4)
    except InvalidBase58:
        raise InvalidKey(reason="not base58, or too long") from None
    payload = data[:-4]
    if len(payload) != size_bytes or ripemd160(payload + b"ED")[:4] != data[-4:]:
        raise InvalidKey(reason="the checksum does not fit")
    return payload


# --- signatures ------------------------------------------------------------------------------------------------------


def signature_key(digest: bytes, signature: bytes) -> bytes:
    """The raw public key that made `signature` over the 32-byte `digest` (§3.2).

    About 45 µs for secp256k1, 130 µs for ed25519. Raises InvalidSignature, or NotCanonical where only s is too large.
    """
    head = signature[0] if signature else 0
    if head == ED25519_TAG:
        return _ed25519_signature_key(digest, signature)
    if len(signature) != SECP256K1_SIGNATURE_BYTES or not 27 <= head <= 34:
        raise InvalidSignature(reason="the first byte must be 27…34, of 65")
    if signature[33:] > S_BOUND:
        raise NotCanonical(s=signature[33:].hex())
    return _recover(digest, signature, (head - 27) & 3)


def is_canonical(signature: bytes) -> bool:
    """Hive's shape test of a secp256k1 signature: first byte 27…34 and s within the bound (§3.2)."""
    return len(signature) == SECP256K1_SIGNATURE_BYTES and 27 <= signature[0] <= 34 and signature[33:] <= S_BOUND


def check_strict(signature: bytes) -> None:
    """Refuse what Hive's rule takes beside the form that every signer makes; raises AmbiguousSignature.

    By that rule anybody can turn a secp256k1 signature into another one of the same key: with the first byte 4 less, and often with n − s
    for s. Of a block that is another id. ed25519 has one form (libsodium sees to it).
    """
    if signature[0] != ED25519_TAG and not (31 <= signature[0] <= 34 and signature[33:] <= _HALF_ORDER):
        raise AmbiguousSignature


def signature_text(signature: bytes) -> str:
    """SIG_ED_… for ed25519, hex for secp256k1, which is how Hive writes it."""
    return "SIG_ED_" + _with_ed_checksum(signature[1:]) if signature[0] == ED25519_TAG else signature.hex()


def parse_signature(text: str) -> bytes:
    """The raw signature of SIG_ED_… or of hex text; raises InvalidSignature. Whether it is valid is not asked."""
    try:
        signature = b"\xed" + _without_ed_checksum(text[7:], 96) if text.startswith("SIG_ED_") else bytes.fromhex(text)
    except (InvalidKey, ValueError):
        raise InvalidSignature(reason="neither hex nor SIG_ED_…") from None
    size = ED25519_SIGNATURE_BYTES if signature[:1] == b"\xed" else SECP256K1_SIGNATURE_BYTES
    if len(signature) != size:
        raise InvalidSignature(reason=f"{len(signature)} bytes, not {size}")
    return signature


def _recover(digest: bytes, signature: bytes, recovery_id: int) -> bytes:
    # Buffers are made anew: cffi lets other threads run during a call.
    parsed = ffi.new(_RECOVERABLE_SIGNATURE)
    point = ffi.new(_PUBLIC_POINT)
    if (
        len(digest) != 32
        or not lib.secp256k1_ecdsa_recoverable_signature_parse_compact(_CONTEXT, parsed, signature[1:], recovery_id)
        or not lib.secp256k1_ecdsa_recover(_CONTEXT, point, parsed, digest)
    ):
        raise InvalidSignature(reason="no key fits")
    return _serialize_point(point)


def _serialize_point(point: Any) -> bytes:
    out = ffi.new(_BYTES_33)
    lib.secp256k1_ec_pubkey_serialize(_CONTEXT, out, ffi.new(_SIZE, 33), point, _COMPRESSED)
    return bytes(ffi.buffer(out))


def _ed25519_signature_key(digest: bytes, signature: bytes) -> bytes:
    if len(signature) != ED25519_SIGNATURE_BYTES or len(digest) != 32:
        raise InvalidSignature(reason="an ed25519 signature has 97 bytes")
    signed = signature[33:] + digest
    # Called without PyNaCl's wrapping, which copies the message out: 63 µs, not 66. libsodium takes NULL for what nobody wants.
    if sodium.crypto_sign_open(_NULL, _NULL, signed, len(signed), signature[1:33]):
        raise InvalidSignature(reason="the ed25519 signature does not verify")
    return signature[:33]


# --- private keys ----------------------------------------------------------------------------------------------------


class PrivateKey(ABC):
    """A secret that signs. Equality is that of the public keys; nothing prints or pickles the secret."""

    __slots__ = ("_secret", "public_key")
    scheme: Scheme
    public_key: bytes
    """33 raw bytes."""

    def __init__(self, secret: bytes) -> None:
        """From 32 secret bytes; raises InvalidKey."""
        if len(secret) != 32:
            raise InvalidKey(reason="a secret has 32 bytes")
        self._secret = secret
        self.public_key = self._derive_public_key()

    @staticmethod
    def generate(scheme: Scheme = Scheme.ED25519) -> "PrivateKey":
        """A new key from the operating system's randomness."""
        return PrivateKey.from_secret(secrets.token_bytes(32), scheme)

    @staticmethod
    def from_secret(secret: bytes, scheme: Scheme = Scheme.SECP256K1) -> "PrivateKey":
        """A secp256k1 scalar or an ed25519 seed of 32 bytes; raises InvalidKey."""
        return Ed25519PrivateKey(secret) if scheme is Scheme.ED25519 else Secp256k1PrivateKey(secret)

    @staticmethod
    def from_seed(seed: str, scheme: Scheme = Scheme.SECP256K1) -> "PrivateKey":
        """SHA-256 of the text: the key convention of test chains ("init_key"). Never for anything of value."""
        return PrivateKey.from_secret(hashlib.sha256(seed.encode()).digest(), scheme)

    @staticmethod
    def from_login(name: str, role: str, password: str) -> "PrivateKey":
        """The key that Hive's wallets derive from a master password, for owner, active, posting or memo (§3.4)."""
        return PrivateKey.from_seed(name + role + password)

    @staticmethod
    def from_wif(text: str) -> "PrivateKey":
        """The secp256k1 key of a WIF text; raises InvalidKey, whose message does not repeat the text."""
        try:
            data = base58_decode(text, 37)
        except InvalidBase58:
            raise InvalidKey(reason="a private key in WIF is base58") from None
        payload = data[:-4]
        if len(payload) != 33 or payload[0] != 0x80 or _double_sha256(payload)[:4] != data[-4:]:
            raise InvalidKey(reason="the checksum of the private key does not fit")
        return Secp256k1PrivateKey(payload[1:])

    @staticmethod
    def parse(text: str) -> "PrivateKey":
        """A private key in WIF or PVT_ED_… form; raises InvalidKey, whose message does not repeat the text."""
        text = text.strip()
        if text.startswith("PVT_ED_"):
            return Ed25519PrivateKey(_without_ed_checksum(text[7:], 32))
        return PrivateKey.from_wif(text)

    @property
    @abstractmethod
    def text(self) -> str:
        """The secret in writing: WIF or PVT_ED_…."""

    @abstractmethod
    def sign(self, digest: bytes) -> bytes:
        """A deterministic signature over 32 bytes, checked before it is given away."""

    @abstractmethod
    def shared_secret(self, other: bytes) -> bytes:
        """32 bytes that only the holders of this key and of the public key `other` can compute; raises InvalidKey."""

    @abstractmethod
    def _derive_public_key(self) -> bytes: ...

    def _give(self, digest: bytes, signature: bytes) -> bytes:
        """A fault while signing can betray the secret: what does not verify never leaves (reliability K3)."""
        if signature_key(digest, signature) != self.public_key:
            raise AssertionError("a signature of ours does not verify")
        return signature

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and other.public_key == self.public_key

    def __hash__(self) -> int:
        return int.from_bytes(self.public_key[-7:], "big")  # already as good as random

    def __repr__(self) -> str:
        return f"<private key of {public_key_text(self.public_key)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("private keys are not pickled or copied")


class Secp256k1PrivateKey(PrivateKey):
    __slots__ = ()
    scheme = Scheme.SECP256K1

    def _derive_public_key(self) -> bytes:
        point = ffi.new(_PUBLIC_POINT)
        if not lib.secp256k1_ec_pubkey_create(_CONTEXT, point, self._secret):
            raise InvalidKey(reason="the secret is zero or not below the order of the curve")
        return _serialize_point(point)

    @property
    def text(self) -> str:
        payload = b"\x80" + self._secret
        return base58_encode(payload + _double_sha256(payload)[:4])

    def sign(self, digest: bytes) -> bytes:
        """A signature that every client accepts: low s, and r and s without a high first bit or needless zero byte.

        The candidates are those of Hive's reference signer in order, and the first that fits is taken.
        """
        for attempt in range(1, 1000):
            signature = self._sign_with_candidate(digest, attempt)
            if is_fc_canonical(signature):
                return self._give(digest, signature)
        raise AssertionError("a thousand nonces in a row without a canonical signature")

    def sign_like_hived(self, digest: bytes) -> bytes:
        """Byte for byte hived's own signature: low s, any r. Old client libraries refuse one in two of these."""
        return self._give(digest, self._sign_with_candidate(digest, 1))

    def _sign_with_candidate(self, digest: bytes, attempt: int) -> bytes:
        """The signature with RFC 6979's nonce number `attempt`, counted from 0; Hive's signer begins at 1 (§3.2)."""
        if len(digest) != 32:
            raise InvalidSignature(reason="only a digest of 32 bytes is signed")
        made = ffi.new(_RECOVERABLE_SIGNATURE)
        first = ffi.new("unsigned int *", attempt)
        if not lib.secp256k1_ecdsa_sign_recoverable(_CONTEXT, made, digest, self._secret, _later_nonce, first):
            raise AssertionError("libsecp256k1 did not sign")
        out = ffi.new("unsigned char[64]")
        recovery_id = ffi.new("int *")
        lib.secp256k1_ecdsa_recoverable_signature_serialize_compact(_CONTEXT, out, recovery_id, made)
        return bytes((31 + recovery_id[0],)) + bytes(ffi.buffer(out))

    def shared_secret(self, other: bytes) -> bytes:
        """The x coordinate of secret × point, as Graphene's memos use it (§3.4)."""
        point = ffi.new(_PUBLIC_POINT)
        out = ffi.new("unsigned char[32]")
        if not lib.secp256k1_ec_pubkey_parse(_CONTEXT, point, other, len(other)):
            raise InvalidKey(reason="the other key is no point of secp256k1")
        if not lib.secp256k1_ecdh(_CONTEXT, out, point, self._secret, _x_coordinate, ffi.NULL):
            raise InvalidKey(reason="the two keys share no secret")
        return bytes(ffi.buffer(out))


class Ed25519PrivateKey(PrivateKey):
    """`_secret` is the 32-byte seed; libsodium's 64-byte form is seed ‖ public key."""

    __slots__ = ()
    scheme = Scheme.ED25519

    def _derive_public_key(self) -> bytes:
        public, _ = crypto_sign_seed_keypair(self._secret)
        return b"\xed" + public

    @property
    def text(self) -> str:
        return "PVT_ED_" + _with_ed_checksum(self._secret)

    def sign(self, digest: bytes) -> bytes:
        if len(digest) != 32:
            raise InvalidSignature(reason="only a digest of 32 bytes is signed")
        signed = crypto_sign(digest, self._secret + self.public_key[1:])
        return self._give(digest, self.public_key + signed[:64])

    def shared_secret(self, other: bytes) -> bytes:
        """X25519 of the two keys, carried over to Curve25519."""
        if len(other) != PUBLIC_KEY_BYTES or other[0] != ED25519_TAG:
            raise InvalidKey(reason="the other key is not ed25519")
        check_key_point(other)
        secret = crypto_sign_ed25519_sk_to_curve25519(self._secret + self.public_key[1:])
        return crypto_scalarmult(secret, crypto_sign_ed25519_pk_to_curve25519(other[1:]))


def is_fc_canonical(signature: bytes) -> bool:
    """The rule of old clients: r and s each begin without a high bit and without a zero byte that is not needed (§3.2)."""
    return all(signature[pos] < 0x80 and (signature[pos] != 0 or signature[pos + 1] >= 0x80) for pos in (1, 33))


def _double_sha256(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _later_nonce_in_c(nonce: Any, digest: Any, secret: Any, algorithm: Any, first: Any, attempt: int) -> int:  # noqa: PLR0917  # as libsecp256k1 calls it
    """RFC 6979 in C, but beginning with a later candidate; secrets stay in constant-time code."""
    number = ffi.cast("unsigned int *", first)[0] + attempt
    return int(lib.secp256k1_nonce_function_rfc6979(nonce, digest, secret, algorithm, ffi.NULL, number))


def _copy_x(out: Any, x: Any, _y: Any, _data: Any) -> int:
    ffi.memmove(out, x, 32)
    return 1


_later_nonce = ffi.callback(
    "int(unsigned char *, unsigned char *, unsigned char *, unsigned char *, void *, unsigned int)", _later_nonce_in_c
)
_x_coordinate = ffi.callback("int(unsigned char *, unsigned char *, unsigned char *, void *)", _copy_x)
