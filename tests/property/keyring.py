"""Keys of a random chain's people, and signatures that cost nothing.

A long run makes a million signatures. There the key itself stands in the 65 bytes of a signature (`PretendKey`), and
`PretendSigners` reads it out again: who signed is still decided by the bytes alone. Short runs use real keys of both schemes.
"""

from hashlib import sha256
from typing import Protocol

from chain.authority import Authority
from chain.keys import InvalidSignature, PrivateKey, Scheme
from chain.state import State
from chain.transaction import Transaction

PRETEND_TAG = 27


class SigningKey(Protocol):
    public_key: bytes

    def sign(self, digest: bytes) -> bytes: ...


class PretendKey:
    """Signs with its public key. The digest goes in too, so that a signature fits one transaction only."""

    def __init__(self, public_key: bytes) -> None:
        self.public_key = public_key

    def sign(self, digest: bytes) -> bytes:
        return bytes([PRETEND_TAG]) + self.public_key + digest[:31]


class PretendSigners:
    """Takes the word of a signature for who made it."""

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        digest = transaction.digest(chain_id)
        return tuple(self.block_signer(digest, signature) for signature in transaction.signatures)

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        if signature[0] != PRETEND_TAG or signature[34:] != digest[:31]:
            raise InvalidSignature(reason="not pretended over this digest")
        return signature[1:34]


class Keyring:
    """Every secret of a chain, by public key."""

    def __init__(self, *, pretends: bool) -> None:
        self.pretends = pretends
        self.keys: dict[bytes, SigningKey] = {}
        self.made = 0

    def hold(self, key: PrivateKey) -> bytes:
        """Keep a real key. Returns the public one."""
        self.keys[key.public_key] = PretendKey(key.public_key) if self.pretends else key
        return key.public_key

    def new(self) -> bytes:
        """A public key nobody has had before; every third is ed25519."""
        self.made += 1
        seed = f"random chain {self.made}"
        is_ed25519 = self.made % 3 == 0
        if not self.pretends:
            return self.hold(PrivateKey.from_seed(seed, Scheme.ED25519 if is_ed25519 else Scheme.SECP256K1))
        if is_ed25519:  # a chain looks at these more closely
            public_key = PrivateKey.from_seed(seed, Scheme.ED25519).public_key
        else:
            public_key = b"\x02" + sha256(seed.encode()).digest()
        self.keys[public_key] = PretendKey(public_key)
        return public_key

    def keys_for(self, state: State, role: str, name: str, depth: int = 0) -> list[bytes]:
        """Keys that satisfy an account's authority, or as many as there are; each may stand there twice."""
        held = state.account_keys.find(name)
        return [] if held is None else self.keys_of(state, role, getattr(held, role), depth)

    def keys_of(self, state: State, role: str, authority: Authority, depth: int = 0) -> list[bytes]:
        found: list[bytes] = []
        weight = 0
        for key, key_weight in authority.key_auths:
            if weight >= authority.weight_threshold:
                return found
            if key in self.keys:
                found.append(key)
                weight += key_weight
        for member, member_weight in authority.account_auths:
            if weight >= authority.weight_threshold or depth == 2:
                return found
            found += self.keys_for(state, "active" if role == "owner" else role, member, depth + 1)
            weight += member_weight
        return found
