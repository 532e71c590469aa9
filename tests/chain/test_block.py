"""Headers and blocks: ids, digests, merkle roots, extensions."""

from typing import Any

import pytest

from chain.asset import MAINNET
from chain.block import (
    NO_BLOCK_ID,
    Block,
    BlockHeader,
    HardforkVersionVote,
    HeaderExtensions,
    RunningVersion,
    num_of_id,
)
from chain.fields import VoidT, wire_type
from chain.jsonform import InvalidField, read_value, write_value
from chain.keys import Secp256k1PrivateKey, signature_key
from chain.merkle import merkle_root
from chain.operations import Vote
from chain.transaction import Transaction
from chain.types import parse_version
from chain.wire import HF26, LEGACY, NotEncodable, Packing, TrailingBytes, UnexpectedEnd
from tests.helpers.vectors import vectors

SIGNATURE = b"\x1f" + bytes(64)
PACKING = Packing(MAINNET, LEGACY)


def empty_transaction(ref_block_prefix: int) -> Transaction:
    return Transaction(0, ref_block_prefix, 0, []).with_packing(PACKING)


@pytest.mark.parametrize("case", vectors("primitives.json", "merkle_root"), ids=lambda case: str(case["input"]["n"]))
def test_merkle_roots(case: dict[str, Any]) -> None:
    leaves = [empty_transaction(index).merkle_leaf for index in range(case["input"]["n"])]
    assert merkle_root(leaves).hex() == case["expected"]


@pytest.mark.parametrize("case", vectors("primitives.json", "block_id"), ids=lambda _: "block 1")
def test_the_first_block(case: dict[str, Any]) -> None:
    given, wanted = case["input"], case["expected"]
    header = BlockHeader(
        bytes.fromhex(given["previous"]),
        given["timestamp"],
        given["witness"],
        bytes.fromhex(given["transaction_merkle_root"]),
    )
    assert header.unsigned_bytes.hex() == wanted["header"]
    assert header.signing_digest.hex() == wanted["sig_digest"]
    key = Secp256k1PrivateKey.from_wif(given["wif"])
    signed = header.signed(bytes.fromhex(wanted["witness_signature"]))
    assert signature_key(header.signing_digest, signed.witness_signature) == key.public_key
    assert signed.id.hex() == wanted["block_id"]
    assert (signed.num, num_of_id(signed.id)) == (1, 1)


def test_the_smallest_block() -> None:
    (case,) = vectors("primitives.json", "block")
    header = BlockHeader.build(previous=NO_BLOCK_ID, timestamp=3, witness="bob", transactions=())
    block = Block.build(header.signed(SIGNATURE), ())
    assert len(block.packed_bytes) == case["expected"]


def test_a_block_comes_back_from_its_bytes() -> None:
    transactions = [
        Transaction(1, 2, 3, [Vote("alice", "bob", "post", 100)]).with_packing(PACKING).with_signatures([SIGNATURE]),
        empty_transaction(7),
    ]
    header = BlockHeader.build(
        previous=(41).to_bytes(4, "big") + bytes(16),
        timestamp=1_700_000_001,
        witness="initminer",
        transactions=transactions,
        running_version=parse_version("1.28.7"),
        hardfork_vote=(parse_version("1.28.0"), 1_763_557_200),
    )
    block = Block.build(header.signed(b"\xed" + bytes(96)), transactions)
    again = Block.decode(block.packed_bytes, MAINNET)
    assert (again.num, again.id, again.signing_digest) == (42, block.id, header.signing_digest)
    assert again.transactions == block.transactions
    assert again.merkle_root() == again.header.transaction_merkle_root == header.transaction_merkle_root
    assert again.header.running_version == parse_version("1.28.7")
    assert again.header.hardfork_vote == (parse_version("1.28.0"), 1_763_557_200)
    assert again.header.packed_bytes == block.header.packed_bytes
    assert repr(again) == "Block(42 by initminer, 2 transactions)"
    for form in (LEGACY, HF26):
        written = again.to_json(form, MAINNET)
        assert written["transactions"] == [transaction.to_json(form, MAINNET) for transaction in transactions]
        assert BlockHeader.from_json(written, form, MAINNET).id == block.id


def test_a_header_without_versions_reports_none() -> None:
    header = BlockHeader.build(previous=NO_BLOCK_ID, timestamp=3, witness="bob", transactions=())
    assert header.running_version is None
    assert header.hardfork_vote is None


def test_json_of_extensions() -> None:
    (case,) = vectors("primitives.json", "json_equivalence")
    of = wire_type(HeaderExtensions)
    version = RunningVersion(parse_version("1.2.3"))
    for form in ("legacy", "hf26"):
        assert read_value(of, [case["input"][form]], None, MAINNET) == (version,)
    vote = HardforkVersionVote(parse_version("1.28.0"), 0)
    extensions = (VoidT(), version, vote)
    legacy = [[0, {}], [1, "1.2.3"], [2, {"hf_version": "1.28.0", "hf_time": "1970-01-01T00:00:00"}]]
    hf26 = [
        {"type": "void_t", "value": {}},
        {"type": "version", "value": "1.2.3"},
        {"type": "hardfork_version_vote", "value": {"hf_version": "1.28.0", "hf_time": "1970-01-01T00:00:00"}},
    ]
    for form, written in ((LEGACY, legacy), (HF26, hf26)):
        assert write_value(of, extensions, form, MAINNET) == written
        assert read_value(of, written, form, MAINNET) == extensions
    assert read_value(of, [[2, {"hf_version": "1.28.5"}]], None, MAINNET) == (vote,)  # a hardfork has no revision


def test_invalid_header_without_signature() -> None:
    header = BlockHeader.build(previous=NO_BLOCK_ID, timestamp=3, witness="bob", transactions=())
    with pytest.raises(NotEncodable):
        _ = header.id


def test_invalid_block_bytes() -> None:
    header = BlockHeader.build(previous=NO_BLOCK_ID, timestamp=3, witness="bob", transactions=())
    raw = Block.build(header.signed(SIGNATURE), ()).packed_bytes
    with pytest.raises(TrailingBytes):
        Block.decode(raw + b"\x00", MAINNET)
    for size in range(len(raw)):
        with pytest.raises(UnexpectedEnd):
            Block.decode(raw[:size], MAINNET)


def test_invalid_json_of_header() -> None:
    with pytest.raises(InvalidField, match="previous: expected 20 bytes"):
        BlockHeader.from_json({"previous": "00"}, None, MAINNET)
