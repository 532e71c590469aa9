"""Votes, certificates and evidence: their only form, who signed them, what they prove."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.block import BlockHeader
from chain.errors import InvalidInput
from chain.finality.ballot import AlreadyVoted, BadBallot, Ballot
from chain.finality.book import NEW, VIEWS_AHEAD, VIEWS_BEHIND, VoteBook
from chain.finality.evidence import BadEvidence, TwoBlocks, TwoVotes, decode_evidence
from chain.finality.votes import (
    PRECOMMIT,
    PREVOTE,
    BadCertificate,
    BadVote,
    Certificate,
    Place,
    Round,
    Vote,
    Voter,
    vote_digest,
)
from chain.keys import NULL_KEY, PrivateKey, Scheme

CHAIN_ID = bytes.fromhex("ab" * 32)
OTHER_CHAIN = bytes.fromhex("cd" * 32)
KEYS = [
    PrivateKey.from_seed(f"witness {number}", Scheme.ED25519 if number % 2 else Scheme.SECP256K1) for number in range(7)
]
ROUND = Round(2, 43, 63, tuple(Voter(f"witness-{number}", key.public_key) for number, key in enumerate(KEYS)), 1_000)
BLOCK = (50).to_bytes(4, "big") + bytes(16)
RIVAL = (50).to_bytes(4, "big") + b"\x01" * 16


def vote(number: int, block_id: bytes = BLOCK, view: int = 3, step: int = PREVOTE) -> Vote:
    return Vote.signed(CHAIN_ID, Place(2, view, step), block_id, f"witness-{number}", KEYS[number])


def certificate(*numbers: int, block_id: bytes = BLOCK) -> Certificate:
    votes = [(number, vote(number, block_id).signature) for number in numbers]
    return Certificate(2, 3, PREVOTE, block_id, tuple(votes))


# --- quorums


@pytest.mark.parametrize(
    ("voters", "quorum", "faulty"), [(1, 1, 0), (3, 3, 0), (4, 3, 1), (7, 5, 2), (20, 14, 6), (21, 15, 6)]
)
def test_a_quorum_is_more_than_two_thirds(voters: int, quorum: int, faulty: int) -> None:
    round = Round(0, 1, 21, tuple(Voter(f"witness-{number}", NULL_KEY) for number in range(voters)))
    assert (round.quorum, round.faulty_max) == (quorum, faulty)


@pytest.mark.parametrize("voters", range(1, 60))
def test_two_quorums_share_an_honest_voter_and_the_honest_are_one(voters: int) -> None:
    round = Round(0, 1, 21, tuple(Voter(f"witness-{number}", NULL_KEY) for number in range(voters)))
    assert 2 * round.quorum - voters > round.faulty_max
    assert voters - round.faulty_max >= round.quorum


def test_every_voter_leads_once_in_as_many_views() -> None:
    assert sorted(ROUND.leader_place(view) for view in range(7)) == list(range(7))


# --- votes


def test_a_vote_byte_by_byte() -> None:
    """docs/finality.md."""
    made = vote(0)
    expected = b"\x96\x02\x03\x00\xc4\x14" + BLOCK + b"\xa9witness-0\xc4\x41" + made.signature
    assert made.encode() == expected
    signed = b"\x97\xb3skald finality vote\xc4\x20" + CHAIN_ID + b"\x02\x03\x00\xc4\x14" + BLOCK + b"\xa9witness-0"
    assert msgpack.unpackb(signed)[0] == "skald finality vote"
    from hashlib import sha256

    assert vote_digest(CHAIN_ID, made.place, BLOCK, "witness-0") == sha256(signed).digest()


@pytest.mark.parametrize("number", [0, 1], ids=["secp256k1", "ed25519"])
def test_a_vote_of_either_scheme_comes_back(number: int) -> None:
    made = vote(number)
    assert Vote.decode(made.encode()) == made
    assert made.signer(CHAIN_ID) == KEYS[number].public_key


def test_a_vote_counts_on_one_chain_for_one_name_at_one_place_only() -> None:
    made = vote(0)
    for other in (
        replace(made, view=4),
        replace(made, step=PRECOMMIT),
        replace(made, block_id=RIVAL),
        replace(made, voter="bob"),
    ):
        assert other.signer(CHAIN_ID) != KEYS[0].public_key
    assert made.signer(OTHER_CHAIN) != KEYS[0].public_key


FIELDS: list[Any] = [2, 3, 0, BLOCK, "witness-0", bytes(65)]


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, -1),
        (0, 2**32),
        (1, True),
        (1, 3.0),
        (2, 2),
        (2, False),
        (3, BLOCK[1:]),
        (3, "x" * 20),
        (4, "ab"),
        (4, b"witness-0"),
        (5, bytes(64)),
        (5, None),
    ],
)
def test_invalid_member_of_a_vote(at: int, value: object) -> None:
    fields = [*FIELDS]
    assert Vote.decode(msgpack.packb(fields))
    fields[at] = value
    with pytest.raises(BadVote):
        Vote.decode(msgpack.packb(fields))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\x00",
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: data.replace(b"\x96\x02", b"\x96\xcc\x02", 1),
        lambda data: b"\xdc\x00\x06" + data[1:],
        lambda data: data * 100,
        lambda data: msgpack.packb({1: 2}),
        lambda data: b"\x91" * 3_000,
    ],
)
def test_invalid_form_of_a_vote(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadVote):
        Vote.decode(change(vote(0).encode()))


@given(st.binary(max_size=300))
def test_noise_is_refused_by_name(data: bytes) -> None:
    for decode in (Vote.decode, Certificate.decode, Ballot.decode, decode_evidence):
        try:
            found = decode(data)
        except InvalidInput:
            continue
        assert found.encode() == data


# --- certificates


def test_a_quorum_of_either_scheme_makes_a_certificate() -> None:
    made = certificate(0, 1, 2, 3, 4)
    assert Certificate.decode(made.encode()) == made
    made.verify(CHAIN_ID, ROUND)
    assert [one.voter for one in made.votes(ROUND)] == [f"witness-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (certificate(0, 1, 2, 3), "no quorum"),
        (replace(certificate(0, 1, 2, 3, 4), view=4), "not by its signing key"),
        (replace(certificate(0, 1, 2, 3, 4), step=PRECOMMIT), "not by its signing key"),
        (replace(certificate(0, 1, 2, 3, 4), block_id=RIVAL), "not by its signing key"),
        (replace(certificate(0, 1, 2, 3, 4), round_num=3), "does not belong"),
        (replace(certificate(0, 1, 2, 3, 4), block_id=(64).to_bytes(4, "big") + bytes(16)), "does not belong"),
        (
            replace(certificate(0, 1, 2, 3), signatures=(*certificate(0, 1, 2, 3).signatures, (7, bytes(65)))),
            "has 7 voters",
        ),
    ],
)
def test_invalid_certificate(made: Certificate, reason: str) -> None:
    with pytest.raises(BadCertificate, match=reason):
        made.verify(CHAIN_ID, ROUND)


def test_invalid_certificate_of_another_chain() -> None:
    with pytest.raises(BadCertificate):
        certificate(0, 1, 2, 3, 4).verify(OTHER_CHAIN, ROUND)


def test_invalid_vote_of_a_witness_without_key() -> None:
    absent = replace(ROUND, voters=(Voter("witness-0", NULL_KEY), *ROUND.voters[1:]))
    with pytest.raises(BadCertificate):
        certificate(0, 1, 2, 3, 4).verify(CHAIN_ID, absent)
    with pytest.raises(BadVote):
        VoteBook(CHAIN_ID, absent).add(vote(0), 3)


@pytest.mark.parametrize("numbers", [(1, 0, 2, 3, 4), (0, 0, 1, 2, 3), ()])
def test_invalid_order_of_signatures(numbers: tuple[int, ...]) -> None:
    with pytest.raises(BadCertificate):
        Certificate.decode(certificate(*numbers).encode())


# --- the book


def test_the_vote_that_completes_a_quorum_makes_the_certificate() -> None:
    book = VoteBook(CHAIN_ID, ROUND)
    assert [book.add(vote(number), 3).certificate for number in range(4)] == [None] * 4
    assert not book.add(vote(0), 3).is_new
    assert book.add(vote(5, RIVAL), 3).certificate is None
    made = book.add(vote(4), 3).certificate
    assert made is not None
    made.verify(CHAIN_ID, ROUND)
    assert book.add(vote(6), 3) == NEW
    assert book.heard == [3] * 7


def test_the_first_word_counts_and_the_second_is_evidence_once() -> None:
    book = VoteBook(CHAIN_ID, ROUND)
    book.add(vote(0), 3)
    evidence = book.add(vote(0, RIVAL), 3).evidence
    assert evidence is not None
    evidence.verify(CHAIN_ID, KEYS[0].public_key)
    third = replace(vote(0), block_id=(51).to_bytes(4, "big") + bytes(16), signature=bytes(65))
    assert not any(book.add(third, 3))  # not even looked at
    assert book.vote_of(Place(2, 3, PREVOTE), 0) == vote(0)


@pytest.mark.parametrize(
    "bad",
    [
        replace(vote(0), voter="witness-1"),
        replace(vote(0), voter="nobody"),
        replace(vote(0), round_num=1),
        replace(vote(0), block_id=(42).to_bytes(4, "big") + bytes(16)),
        replace(vote(0), signature=bytes(65)),
        replace(vote(1), signature=vote(1).signature[:-1] + b"\x00"),
    ],
)
def test_invalid_vote_in_the_book(bad: Vote) -> None:
    book = VoteBook(CHAIN_ID, ROUND)
    with pytest.raises(BadVote):
        book.add(bad, 3)
    assert len(book) == 0
    assert book.heard == [-1] * 7


def test_memory_is_bounded_whatever_views_are_claimed() -> None:
    book = VoteBook(CHAIN_ID, ROUND)
    for view in range(200):
        book.add(vote(0, view=view), 3)
    assert len(book) == 3 + VIEWS_AHEAD + 1
    assert book.heard[0] == 199
    assert book.view_of_many() == -1  # f = 2 may lie
    book.forget_before(10)
    assert not book.add(vote(1, view=10 - VIEWS_BEHIND - 1), 10).is_new
    assert len(book) == 3 + VIEWS_AHEAD + 1 - (10 - VIEWS_BEHIND)


def test_somebody_honest_is_where_more_than_f_were_heard() -> None:
    book = VoteBook(CHAIN_ID, ROUND)
    for number, view in ((0, 1_000), (1, 900), (2, 5), (3, 4)):
        book.add(vote(number, view=view), 3)
    assert book.view_of_many() == 5
    assert book.heard_in(5) == 3


# --- evidence


def header(witness: str, previous: bytes, key: PrivateKey, timestamp: int = 1_800_000_000) -> BlockHeader:
    unsigned = BlockHeader(previous, timestamp, witness, bytes(20))
    return unsigned.signed(key.sign(unsigned.signing_digest))


def test_two_votes_at_one_place_are_evidence() -> None:
    made = TwoVotes.of(vote(0), vote(0, RIVAL))
    assert made == TwoVotes.of(vote(0, RIVAL), vote(0)) == decode_evidence(made.encode())
    made.verify(CHAIN_ID, KEYS[0].public_key)
    assert made.culprit == "witness-0"


@pytest.mark.parametrize("number", [0, 1], ids=["secp256k1", "ed25519"])
def test_two_blocks_in_one_slot_are_evidence(number: int) -> None:
    one, other = (header("alice", previous, KEYS[number]) for previous in (BLOCK, RIVAL))
    made = TwoBlocks.of(one, other)
    found = decode_evidence(made.encode())
    assert found.encode() == made.encode()
    found.verify(CHAIN_ID, KEYS[number].public_key)
    assert found.culprit == "alice"


@pytest.mark.parametrize(
    "made",
    [
        TwoVotes.of(vote(0), vote(0)),
        TwoVotes.of(vote(0), vote(0, RIVAL, view=4)),
        TwoVotes.of(vote(0), vote(0, RIVAL, step=PRECOMMIT)),
        TwoVotes.of(vote(0), vote(1, RIVAL)),
        TwoVotes.of(vote(0), replace(vote(0), block_id=RIVAL)),
        TwoBlocks.of(header("alice", BLOCK, KEYS[0]), header("alice", BLOCK, KEYS[0])),
        TwoBlocks.of(header("alice", BLOCK, KEYS[0]), header("alice", RIVAL, KEYS[0], 1_800_000_003)),
        TwoBlocks.of(header("alice", BLOCK, KEYS[0]), header("bob", RIVAL, KEYS[0])),
        TwoBlocks.of(header("alice", BLOCK, KEYS[0]), header("alice", RIVAL, KEYS[1])),
    ],
)
def test_invalid_evidence(made: TwoVotes | TwoBlocks) -> None:
    with pytest.raises(BadEvidence):
        made.verify(CHAIN_ID, KEYS[0].public_key)


def test_invalid_evidence_of_one_block_signed_in_two_ways() -> None:
    """Anybody may be able to turn a signature into another one over the same block."""
    one = header("alice", BLOCK, KEYS[0])
    other = one.signed(KEYS[1].sign(one.signing_digest))
    with pytest.raises(BadEvidence, match="say the same"):
        TwoBlocks.of(one, other).verify(CHAIN_ID, KEYS[0].public_key)


@pytest.mark.parametrize(
    "parts",
    [
        (2, vote(0).encode(), vote(0, RIVAL).encode()),
        (0, vote(0, RIVAL).encode(), vote(0).encode()),
        (0, vote(0).encode(), vote(0).encode()),
        (1, vote(0).encode(), vote(0, RIVAL).encode()),
        (0, vote(0).encode()),
        (False, vote(0).encode(), vote(0, RIVAL).encode()),
        (0, b"a", "b"),
    ],
)
def test_invalid_form_of_evidence(parts: tuple[Any, ...]) -> None:
    with pytest.raises(BadEvidence):
        decode_evidence(msgpack.packb(parts))


# --- the ballot


def test_a_ballot_comes_back_with_its_lock() -> None:
    for ballot in (Ballot(), Ballot(2, 3, BLOCK, BLOCK, certificate(0, 1, 2, 3, 4)), Ballot(2, 4, RIVAL)):
        assert Ballot.decode(ballot.encode()) == ballot


@pytest.mark.parametrize(
    "fields", [[], [1, 2, b"", b""], [1, 2, b"x", b"", b""], [1, -2, b"", b"", b""], [1, 2, b"", b"", 5]]
)
def test_invalid_ballot(fields: list[Any]) -> None:
    with pytest.raises(BadBallot):
        Ballot.decode(msgpack.packb(fields))


def test_a_ballot_only_moves_forward() -> None:
    first = Ballot().with_vote(Place(2, 3, PREVOTE), BLOCK, None)
    second = first.with_vote(Place(2, 3, PRECOMMIT), BLOCK, certificate(0, 1, 2, 3, 4))
    for later in (second, Ballot(2, 4), Ballot(3, 0), first):
        later.check_follows(first)
    assert second.voted(Place(2, 3, PREVOTE)) == second.voted(Place(2, 3, PRECOMMIT)) == BLOCK
    assert second.voted(Place(2, 4, PREVOTE)) == b""


@pytest.mark.parametrize("later", [Ballot(2, 3, RIVAL), Ballot(2, 3), Ballot(2, 2, BLOCK), Ballot(1, 9, BLOCK)])
def test_invalid_second_thoughts(later: Ballot) -> None:
    with pytest.raises(AlreadyVoted):
        later.check_follows(Ballot(2, 3, BLOCK))
