"""What witnesses say about the state: its only form, who signed it, and what a quorum proves."""

from collections.abc import Callable
from dataclasses import replace

import msgpack
import pytest

from chain.errors import InvalidInput
from chain.finality.archive import FinalityArchive
from chain.finality.attestations import (
    Attestation,
    AttestationBook,
    BadAttestation,
    BadRootCertificate,
    Checkpoint,
    RootCertificate,
)
from chain.finality.votes import Round, Voter
from chain.keys import NULL_KEY, PrivateKey, Scheme
from chain.memory import MemoryBackend
from chain.params import MAINNET
from chain.past import CHECKPOINTS_KEPT
from chain.store import Store

CHAIN_ID = bytes.fromhex("ab" * 32)
KEYS = [
    PrivateKey.from_seed(f"witness {number}", Scheme.ED25519 if number % 2 else Scheme.SECP256K1) for number in range(7)
]
ROUND = Round(2, 43, 63, tuple(Voter(f"witness-{number}", key.public_key) for number, key in enumerate(KEYS)), 1_000)
BLOCK = (50).to_bytes(4, "big") + bytes(16)
CHECKPOINT = Checkpoint(BLOCK, b"\x0a" * 32, b"\x0b" * 32)


def word(number: int, checkpoint: Checkpoint = CHECKPOINT, chain_id: bytes = CHAIN_ID) -> Attestation:
    return Attestation.signed(chain_id, checkpoint, f"witness-{number}", KEYS[number])


def certificate(*numbers: int, checkpoint: Checkpoint = CHECKPOINT) -> RootCertificate:
    return RootCertificate(checkpoint, tuple((number, word(number, checkpoint).signature) for number in numbers))


def book() -> AttestationBook:
    return AttestationBook(CHAIN_ID, ROUND, BLOCK)


def test_a_quorum_of_equal_words_is_a_certificate() -> None:
    heard = book()
    for number in (6, 0, 3, 1):
        assert heard.add(word(number))
        assert heard.certificate() is None
    assert heard.add(word(5))
    assert heard.certificate() == certificate(0, 1, 3, 5, 6)
    certificate(0, 1, 3, 5, 6).verify(CHAIN_ID, ROUND)


def test_those_who_see_another_state_are_not_counted_with_the_others() -> None:
    heard = book()
    other = CHECKPOINT._replace(state_root=b"\x0c" * 32)
    for number in (0, 1):
        heard.add(word(number, other))
    for number in (2, 3, 4, 5):
        heard.add(word(number))
    assert heard.certificate() is None
    heard.add(word(6))
    assert heard.certificate() == certificate(2, 3, 4, 5, 6)


def test_the_first_word_of_a_voter_counts() -> None:
    heard = book()
    assert heard.add(word(0))
    assert not heard.add(word(0))
    assert not heard.add(word(0, CHECKPOINT._replace(state_root=bytes(32))))
    assert len(heard.heard) == 1


@pytest.mark.parametrize(
    "bad",
    [
        lambda: replace(word(0), voter="witness-1"),
        lambda: replace(word(0), voter="somebody"),
        lambda: word(0, chain_id=bytes(32)),
        lambda: replace(word(0), signature=word(1).signature),
        lambda: replace(word(0), checkpoint=CHECKPOINT._replace(state_digest=bytes(32))),
        lambda: word(0, CHECKPOINT._replace(block_id=BLOCK[:-1] + b"\x01")),
    ],
    ids=["name of another", "no voter", "other chain", "other signature", "other digest", "other block"],
)
def test_nobody_else_speaks_for_a_voter(bad: Callable[[], Attestation]) -> None:
    heard = book()
    with pytest.raises(BadAttestation):
        heard.add(bad())
    assert not heard.heard


@pytest.mark.parametrize(
    "bad",
    [
        lambda: (certificate(0, 1, 2, 3), ROUND),
        lambda: (
            certificate(0, 1, 2, 3, 4, checkpoint=CHECKPOINT._replace(block_id=(64).to_bytes(20, "little"))),
            ROUND,
        ),
        lambda: (replace(certificate(0, 1, 2, 3, 4), checkpoint=CHECKPOINT._replace(state_root=bytes(32))), ROUND),
        lambda: (certificate(0, 1, 2, 3, 4), replace(ROUND, voters=ROUND.voters[:4])),
        lambda: (certificate(0, 1, 2, 3, 4), replace(ROUND, voters=(Voter("witness-0", NULL_KEY), *ROUND.voters[1:]))),
    ],
    ids=["no quorum", "block of another round", "other root", "fewer voters", "a voter without a key"],
)
def test_what_is_no_quorum_proves_nothing(bad: Callable[[], tuple[RootCertificate, Round]]) -> None:
    found, round = bad()
    with pytest.raises(BadRootCertificate):
        found.verify(CHAIN_ID, round)


@pytest.mark.parametrize("made", [word(0), word(1), certificate(0, 1, 4)], ids=["word", "ed25519", "certificate"])
def test_there_is_one_form_and_no_other(made: Attestation | RootCertificate) -> None:
    data = made.encode()
    assert type(made).decode(data) == made
    fields = msgpack.unpackb(data)
    spoilt = [
        data[:-1],
        data + b"\x00",
        b"",
        b"\xc1",
        data[:-1] + bytes([data[-1] ^ 1]) if isinstance(made, RootCertificate) else b"\x90",
        msgpack.packb([*fields, 0]),
        msgpack.packb([fields[0][:-1], *fields[1:]]),
        msgpack.packb([*fields[:2], b"", *fields[3:]]),
        msgpack.packb([*fields[:-1], 7]),
        msgpack.packb([*fields[:-1], [[1, bytes(65)], [0, bytes(65)]]]),
        msgpack.packb([*fields[:-1], [[0, bytes(64)]]]),
        msgpack.packb([*fields[:-1], []]),
    ]
    for other in spoilt:
        try:
            assert type(made).decode(other) != made
        except InvalidInput as error:
            assert error.code in {"bad_state_attestation", "bad_root_certificate"}  # noqa: PT017  # either may come


def test_root_certificates_of_the_newest_checkpoints_are_kept() -> None:
    archive = FinalityArchive(Store(MemoryBackend()), MAINNET)
    made = [
        certificate(0, checkpoint=CHECKPOINT._replace(block_id=num.to_bytes(4, "big") + bytes(16)))
        for num in (1_200, 2_400, 3_600, 4_800)
    ]
    for one in made:
        archive.record_root(one)
        archive.record_root(one)
    assert archive.root_certificates() == made[::-1][:CHECKPOINTS_KEPT]
