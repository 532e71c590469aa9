"""Transactions: bytes, ids and digests, both packings, both JSON forms."""

from typing import Any

import pytest

from chain.asset import HIVE, MAINNET, TESTNET, VESTS, Asset, Dialect
from chain.authority import Authorities
from chain.operations import OPERATION, CustomJson, DeclineVotingRights, Transfer, Vote, WithdrawVesting
from chain.params import MAINNET as MAINNET_PARAMS
from chain.transaction import NoOperations, NotPacked, Transaction
from chain.wire import (
    HF26,
    LEGACY,
    InvalidFlag,
    NotEncodable,
    Packing,
    TrailingBytes,
    UnexpectedEnd,
    UnknownAlternative,
)
from tests.helpers.vectors import vectors

VOTE = Vote("alice", "bob", "foobar", 10_000)
LEGACY_MAINNET = Packing(MAINNET, LEGACY)
HF26_MAINNET = Packing(MAINNET, HF26)
FORMS = {"legacy": LEGACY, "hf26": HF26}


def transaction(*operations: Any) -> Transaction:
    return Transaction(4000, 4_000_000_000, 1_514_764_800, operations)


def dialect_of(case: dict[str, Any]) -> Dialect:
    return (
        TESTNET
        if "TESTS" in str(case["json"])
        else Dialect("STX", "HIVE", "HBD", "STEEM", "SBD")
        if "STX" in str(case["json"])
        else MAINNET
    )


@pytest.mark.parametrize("case", vectors("transactions.json", "transactions"), ids=lambda case: case["name"])
def test_bytes_ids_and_digests_of_other_programs(case: dict[str, Any]) -> None:
    dialect = dialect_of(case)
    read = Transaction.from_json(case["json"], None, dialect)
    if "json_legacy" in case:
        assert Transaction.from_json(case["json_legacy"], LEGACY, dialect) == read
    for name in FORMS.keys() & case.keys():
        packed = read.with_packing(Packing(dialect, FORMS[name]))
        wanted = case[name]
        if "unsigned" in wanted:
            assert packed.unsigned_bytes.hex() == wanted["unsigned"]
        if "signed" in wanted:
            assert packed.packed_bytes.hex() == wanted["signed"]
        if "id" in wanted:
            assert packed.id.hex() == wanted["id"]
        if "digest" in wanted:
            assert packed.digest(bytes.fromhex(case["chain_id"])).hex() == wanted["digest"]
        if "merkle_leaf" in wanted:
            signatures = [bytes.fromhex(wanted["signature"])] if "signature" in wanted else []
            assert packed.with_signatures(signatures).merkle_leaf.hex() == wanted["merkle_leaf"]
        again = Transaction.decode(packed.packed_bytes, dialect)
        assert again == packed
        assert again.packed(Packing(dialect, FORMS[name])) == packed.packed_bytes


def test_the_digests_come_from_the_bytes_that_were_read() -> None:
    raw = bytearray(transaction(VOTE).with_packing(LEGACY_MAINNET).packed_bytes)
    assert raw[10:12] == b"\x01\x00"
    needlessly_long = bytes(raw[:10]) + b"\x81\x00" + bytes(raw[11:])
    read = Transaction.decode(needlessly_long, MAINNET)
    assert read.operations == (VOTE,)
    assert read.packed_bytes == needlessly_long
    assert read.id != transaction(VOTE).with_packing(LEGACY_MAINNET).id
    assert read.packing_in(MAINNET) is None


def test_the_packing_is_known_from_the_bytes() -> None:
    move = transaction(Transfer("alice", "bob", Asset(1000, HIVE), "memo"))
    for packing in (LEGACY_MAINNET, HF26_MAINNET):
        fixed = move.with_packing(packing)
        assert fixed.packing_in(MAINNET) is packing
        assert Transaction.decode(fixed.packed_bytes, MAINNET).packing_in(MAINNET) is packing
    assert transaction(VOTE).with_packing(HF26_MAINNET).packing_in(MAINNET) is LEGACY_MAINNET


def test_a_transaction_that_mixes_packings_keeps_its_bytes_and_has_no_packing() -> None:
    first, second = WithdrawVesting("alice", Asset(1, VESTS)), WithdrawVesting("bob", Asset(2, VESTS))
    alone = transaction().with_packing(LEGACY_MAINNET).packed_bytes
    mixed = (
        alone[:10]
        + b"\x02"
        + OPERATION.encode(first, LEGACY_MAINNET)
        + OPERATION.encode(second, HF26_MAINNET)
        + alone[11:]
    )
    read = Transaction.decode(mixed, MAINNET)
    assert read.operations == (first, second)
    assert read.packed_bytes == mixed
    assert read.packing_in(MAINNET) is None


def test_other_signatures_change_the_leaf_and_not_the_id() -> None:
    unsigned = transaction(VOTE).with_packing(LEGACY_MAINNET)
    signed = unsigned.with_signatures([b"\x1f" + bytes(64), b"\xed" + bytes(96)])
    assert signed.id == unsigned.id
    assert signed.merkle_leaf != unsigned.merkle_leaf
    assert len(signed.packed_bytes) == len(unsigned.packed_bytes) + 65 + 97
    assert Transaction.decode(signed.packed_bytes, MAINNET).signatures == signed.signatures


@pytest.mark.parametrize("form", [LEGACY, HF26])
def test_both_json_forms_come_back(form: Any) -> None:
    signed = transaction(VOTE, Transfer("alice", "bob", Asset(1, HIVE), "")).with_packing(HF26_MAINNET)
    signed = signed.with_signatures([b"\x1f" + bytes(64), b"\xed" + bytes(96)])
    written = signed.to_json(form, MAINNET)
    assert list(written) == [
        "ref_block_num",
        "ref_block_prefix",
        "expiration",
        "operations",
        "extensions",
        "signatures",
    ]
    assert Transaction.from_json(written, form, MAINNET) == signed
    assert Transaction.from_json(written, None, MAINNET).with_packing(HF26_MAINNET).id == signed.id


def test_members_that_clients_leave_out_are_empty() -> None:
    read = Transaction.from_json({"operations": [["vote", {"voter": "alice"}]]}, None, MAINNET)
    assert read.operations == (Vote("alice", "", "", 0),)
    assert (read.ref_block_num, read.expiration, read.extensions, read.signatures) == (0, 0, (), ())


def test_the_authorities_of_all_operations_together() -> None:
    both = transaction(
        VOTE,
        Transfer("zoe", "bob", Asset(1, HIVE), ""),
        Transfer("alice", "bob", Asset(1, HIVE), ""),
        CustomJson(("zoe",), ("carol",), "id", "{}"),
        DeclineVotingRights("alice", decline=True),
    )
    assert both.authorities() == Authorities(posting=("alice", "carol"), active=("alice", "zoe"), owner=("alice",))
    assert transaction(VOTE).authorities() == VOTE.authorities()


def test_equality_is_about_content() -> None:
    assert transaction(VOTE) == transaction(VOTE).with_packing(HF26_MAINNET)
    assert transaction(VOTE) != transaction()
    assert transaction(VOTE) != "a vote"
    assert "vote" in repr(transaction(VOTE))


def test_invalid_transaction_without_operations() -> None:
    with pytest.raises(NoOperations):
        transaction().validate(MAINNET_PARAMS)
    transaction(VOTE).validate(MAINNET_PARAMS)


def test_invalid_use_before_a_packing_is_chosen() -> None:
    for read in (
        lambda unpacked: unpacked.digest(bytes(32)),
        lambda unpacked: unpacked.packed_bytes,
        lambda unpacked: unpacked.with_signatures([]),
    ):
        with pytest.raises(NotPacked):
            read(transaction(VOTE))
    assert not hasattr(transaction(VOTE), "id")


def test_invalid_number_in_hand_made_transaction() -> None:
    with pytest.raises(NotEncodable):
        Transaction(70_000, 0, 0, [VOTE]).with_packing(LEGACY_MAINNET)
    with pytest.raises(NotEncodable):
        transaction(Vote("alice", "bob", "foobar", 40_000)).packed(LEGACY_MAINNET)


def test_invalid_bytes() -> None:
    raw = transaction(VOTE).with_packing(LEGACY_MAINNET).packed_bytes
    with pytest.raises(TrailingBytes):
        Transaction.decode(raw + b"\x00", MAINNET)
    for size in range(len(raw)):
        with pytest.raises(UnexpectedEnd):
            Transaction.decode(raw[:size], MAINNET)
    with pytest.raises(UnknownAlternative):  # events never travel
        Transaction.decode(raw[:11] + b"\x32" + raw[12:], MAINNET)
    with pytest.raises(InvalidFlag):
        Transaction.decode(raw[:11] + b"\x24" + b"\x05alice\x02" + raw[-2:], MAINNET)
