"""What the machine can do at best, taken in the same run as everything that is compared with it."""

from __future__ import annotations

from pathlib import Path

import plyvel
from coincurve import PublicKey
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.signing import SigningKey

from chain.keys import PrivateKey, Scheme
from tests.benchmarks.measure import Figure, repeated

VERIFICATIONS = 500
MESSAGE = bytes(200)  # about a transaction


def libsodium_verify() -> Figure:
    """One ed25519 verification by libsodium, with no more of Python around it than the call."""
    key = SigningKey(bytes(range(32)))
    signed = crypto_sign(MESSAGE, key._signing_key)
    public = key.verify_key.encode()

    def work() -> None:
        for _ in range(VERIFICATIONS):
            crypto_sign_open(signed, public)

    return repeated(work, VERIFICATIONS)


def secp256k1_recover() -> Figure:
    """One secp256k1 key recovery by libsecp256k1 through coincurve: what a Hive signature costs at least."""
    private = PrivateKey.from_seed("bench", Scheme.SECP256K1)
    digest = bytes(range(32))
    signature = private.sign(digest)
    compact = signature[1:] + bytes([(signature[0] - 27) & 3])

    def work() -> None:
        for _ in range(VERIFICATIONS):
            PublicKey.from_signature_and_message(compact, digest, hasher=None)

    return repeated(work, VERIFICATIONS)


def plain_batches(path: Path, batches: list[list[tuple[bytes, bytes | None]]]) -> Figure:
    """The same records written by a bare plyvel batch each, without sync, into a database with the same settings."""
    database = plyvel.DB(str(path), create_if_missing=True, compression=None, write_buffer_size=16 << 20)
    samples = []
    for puts in batches:

        def work(puts: list[tuple[bytes, bytes | None]] = puts) -> None:
            with database.write_batch(transaction=True, sync=False) as batch:
                for key, value in puts:
                    if value is None:
                        batch.delete(key)
                    else:
                        batch.put(key, value)

        from tests.benchmarks.measure import cpu_us

        samples.append(cpu_us(work, len(puts)))
    database.close()
    return Figure.of(samples)
