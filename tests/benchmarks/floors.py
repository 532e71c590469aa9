"""The floors themselves, so that a reader sees what kind of machine the ratios are from.

Native code, called with the least wrapping that Python allows: nothing that a node does can cost less than these.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import plyvel
from coincurve import PrivateKey, PublicKey

from chain.leveldb import WRITE_BUFFER_BYTES
from tests.benchmarks.measuring import VERIFIED_BYTES, Figure, Verify, cpu_microseconds

HASHES_EACH = 20_000
RECOVERIES_EACH = 400
RECORDS_EACH = 5_000
KEY_BYTES, VALUE_BYTES = 20, 60  # of a usual row


def measure_floors(folder: Path, repeats: int) -> Iterator[Figure]:
    verify = Verify()
    verified = Figure("floors", "libsodium: one ed25519 verification")
    recovered = Figure("floors", "libsecp256k1: one key recovered", floor_name="libsodium verify")
    hashed = Figure("floors", f"native SHA-256 of {VERIFIED_BYTES} bytes", floor_name="libsodium verify")
    written = Figure("floors", "LevelDB: one record of a batch", floor_name="libsodium verify")
    message, digest = os.urandom(VERIFIED_BYTES), os.urandom(32)
    signature = PrivateKey().sign_recoverable(digest, hasher=None)

    def recover() -> None:
        for _ in range(RECOVERIES_EACH):
            PublicKey.from_signature_and_message(signature, digest, hasher=None)

    def hash_all() -> None:
        for _ in range(HASHES_EACH):
            sha256(message).digest()

    path = str(folder / "floor")
    with plyvel.DB(path, create_if_missing=True, compression=None, write_buffer_size=WRITE_BUFFER_BYTES) as database:

        def write() -> None:
            with database.write_batch(transaction=True) as batch:
                for key, value in records:
                    batch.put(key, value)

        for _ in range(repeats):
            records = [(os.urandom(KEY_BYTES), os.urandom(VALUE_BYTES)) for _ in range(RECORDS_EACH)]
            floor = verify.microseconds()
            verified.add(floor)
            recovered.add(cpu_microseconds(recover) / RECOVERIES_EACH, floor)
            hashed.add(cpu_microseconds(hash_all) / HASHES_EACH, floor)
            written.add(cpu_microseconds(write) / RECORDS_EACH, floor)
    yield from (verified, recovered, hashed, written)
