"""What `skald blocklog verify` says of logs that real hived nodes wrote, and of the same logs with something changed."""

import io
from pathlib import Path

import pytest

from chain.asset import TESTNET
from chain.block import Block, BlockHeader
from chain.blocklog import BlockLog, BlockLogWriter
from chain.blocklog_audit import Audit, audit, dialect_of
from tests.helpers.shared import shared_path

BAD = ("bad_links", "bad_ids", "bad_merkle_roots", "bad_signatures", "bad_roundtrips")


def audited(log: BlockLog) -> Audit:
    *_, found = audit(log, dialect_of(log))
    return found


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "blocks", "transactions"),
    [
        ("mirrornet-1000", 1000, 0),
        ("testnet-hf28-109", 109, 3),
        ("testnet-votes-207", 207, 203),
        ("testnet-load-47", 47, 70),
    ],
)
def test_logs_of_real_nodes_are_sound(name: str, blocks: int, transactions: int) -> None:
    with shared_path("data", f"{name}.block_log").open("rb") as file:
        found = audited(BlockLog(file))
    assert (found.blocks, found.transactions) == (blocks, transactions)
    assert {fault: getattr(found, fault) for fault in BAD} == dict.fromkeys(BAD, 0)
    assert found.is_sound


@pytest.fixture
def blocks() -> list[Block]:
    with shared_path("parity", "genesis", "block_log").open("rb") as file:
        return list(BlockLog(file).blocks(TESTNET))[:60]


def log_of(blocks: list[bytes]) -> BlockLog:
    file = io.BytesIO()
    writer = BlockLogWriter(file)
    for block in blocks:
        writer.append(block)
    return BlockLog(file)


def changed(block: Block, **fields: object) -> bytes:
    """The block with other header fields, under the old signature."""
    header = block.header
    names = ("previous", "timestamp", "witness", "transaction_merkle_root", "extensions", "witness_signature")
    values = {name: getattr(header, name) for name in names} | fields
    return Block.build(BlockHeader(**values), block.transactions).packed_bytes  # type: ignore[arg-type]


def faults(raw: list[bytes]) -> tuple[dict[str, int], tuple[int, str] | None]:
    found = audited(log_of(raw))
    return {fault: getattr(found, fault) for fault in BAD if getattr(found, fault)}, found.first_bad


@pytest.mark.shared
def test_the_unchanged_log_is_sound(blocks: list[Block]) -> None:
    assert faults([block.packed_bytes for block in blocks]) == ({}, None)


@pytest.mark.shared
def test_a_wrong_merkle_root_breaks_the_signature_and_the_next_link_too(blocks: list[Block]) -> None:
    raw = [block.packed_bytes for block in blocks]
    raw[29] = changed(blocks[29], transaction_merkle_root=bytes(range(20)))
    assert faults(raw) == ({"bad_merkle_roots": 1, "bad_signatures": 1, "bad_links": 1}, (30, "bad_merkle_roots"))


@pytest.mark.shared
def test_a_missing_block_is_a_bad_link_and_numbers_out_of_order(blocks: list[Block]) -> None:
    raw = [block.packed_bytes for block in blocks]
    del raw[29]
    assert faults(raw) == ({"bad_links": 1, "bad_ids": 30}, (30, "bad_links"))


@pytest.mark.shared
def test_a_block_that_cannot_be_read_is_bad_and_not_the_end(blocks: list[Block]) -> None:
    raw = [block.packed_bytes for block in blocks]
    raw[29] = raw[29][:-1]
    assert faults(raw) == ({"bad_roundtrips": 1}, (30, "bad_roundtrips"))


@pytest.mark.shared
def test_a_damaged_last_block_does_not_renumber_the_others(blocks: list[Block]) -> None:
    raw = [block.packed_bytes for block in blocks]
    raw[59] = changed(blocks[59], previous=bytes(20))
    counts, first = faults(raw)
    assert first == (60, "bad_links")
    assert counts == {"bad_links": 1, "bad_ids": 1, "bad_signatures": 1}


@pytest.mark.shared
@pytest.mark.parametrize("seed", range(40))
def test_no_flipped_bit_of_a_block_goes_unnoticed(blocks: list[Block], seed: int) -> None:
    raw = [block.packed_bytes for block in blocks]
    place = seed * 7 % 59
    data = bytearray(raw[place])
    byte = seed * 7919 % len(data)
    data[byte] ^= 1 << seed % 8
    print(f"seed {seed}: bit {seed % 8} of byte {byte} in block {place + 1}")
    raw[place] = bytes(data)
    counts, first = faults(raw)
    assert counts
    assert first is not None
    assert first[0] in {place + 1, place + 2}


def test_an_empty_log_has_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "block_log").touch()
    with (tmp_path / "block_log").open("rb") as file:
        assert list(audit(BlockLog(file), TESTNET)) == []
