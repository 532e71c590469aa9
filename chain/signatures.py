"""Who signed: answered once for each transaction and each header (design decision 11).

The answer depends on the bytes alone, so a verdict may come from anywhere: computed here, by worker processes, or at admission.
Whether the signers suffice is asked anew whenever the transaction is applied.
"""

from typing import Protocol, TypeAlias

from chain.block import BlockHeader
from chain.keys import signature_key
from chain.transaction import Transaction


class Signers(Protocol):
    """Where `apply_block` learns who signed."""

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        """The raw public keys behind the signatures, in their order. Raises InvalidSignature."""
        ...

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        """The raw public key behind a header's signature. Raises InvalidSignature."""
        ...


class PlainSigners:
    """Computes every answer in this thread, and remembers nothing."""

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        digest = transaction.digest(chain_id)
        return tuple([signature_key(digest, signature) for signature in transaction.signatures])

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        return signature_key(digest, signature)


VERDICTS_MAX = 200_000  # about an hour of full blocks

Place: TypeAlias = tuple[bytes, tuple[bytes, ...]]
"""What a verdict is about: a transaction's id (20 bytes) or a header's digest (32 bytes), and the signatures."""


def transaction_place(transaction: Transaction) -> Place:
    return transaction.id, transaction.signatures


def header_place(header: BlockHeader) -> Place:
    return header.signing_digest, (header.witness_signature,)


class RememberedSigners(PlainSigners):
    """Remembers verdicts, also such as others have found; the oldest half is let go when there are too many."""

    def __init__(self, verdicts_max: int = VERDICTS_MAX) -> None:
        self.verdicts_max = verdicts_max
        self.verdicts: dict[Place, tuple[bytes, ...]] = {}

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        place = (transaction.id, transaction.signatures)  # its `transaction_place`
        keys = self.verdicts.get(place)
        if keys is None:
            keys = super().transaction_signers(transaction, chain_id)
            self.remember(place, keys)
        return keys

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        """Not remembered when it is found here: old blocks are asked about as well, by readers, and would push out what waits."""
        keys = self.verdicts.get((digest, (signature,)))
        return super().block_signer(digest, signature) if keys is None else keys[0]

    def knows(self, place: Place) -> bool:
        return place in self.verdicts

    def remember(self, place: Place, keys: tuple[bytes, ...]) -> None:
        """The raw keys behind the signatures, in their order. Whoever calls this vouches for them: they are not checked again."""
        if len(self.verdicts) >= self.verdicts_max:
            for old in list(self.verdicts)[: self.verdicts_max // 2]:
                del self.verdicts[old]
        self.verdicts[place] = keys
