"""hived's block logs: reading, writing, and naming what is damaged."""

import io
from collections.abc import Iterable

import pytest
import zstandard

from chain.asset import MAINNET, TESTNET, Dialect
from chain.block import NO_BLOCK_ID, Block, BlockHeader
from chain.blocklog import (
    HAS_DICTIONARY,
    IS_ZSTD,
    BlockLog,
    BlockLogWriter,
    DamagedBlockLog,
    MissingDictionary,
    read_blocks,
)
from chain.presets import HIVED_TESTNET
from tests.helpers.shared import shared_path

SIGNATURE = b"\x1f" + bytes(64)


def chain_of_blocks(count: int, previous: bytes = NO_BLOCK_ID) -> list[Block]:
    blocks = []
    for index in range(count):
        header = BlockHeader.build(previous=previous, timestamp=3 * index, witness="initminer", transactions=())
        blocks.append(Block.build(header.signed(SIGNATURE), ()))
        previous = blocks[-1].id
    return blocks


def log_of(blocks: Iterable[Block], *, is_compressed: bool = False) -> io.BytesIO:
    file = io.BytesIO()
    writer = BlockLogWriter(file, is_compressed=is_compressed)
    for block in blocks:
        writer.append(block.packed_bytes)
    return file


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_log_comes_back(is_compressed: bool) -> None:
    blocks = chain_of_blocks(20)
    file = log_of(blocks, is_compressed=is_compressed)
    log = BlockLog(file)
    assert (len(log), log.first_num, log.last_num) == (20, 1, 20)
    assert [block.id for block in read_blocks(file, MAINNET)] == [block.id for block in blocks]
    assert [block.num for block in log.blocks(MAINNET, first_num=18)] == [18, 19, 20]
    assert log.raw(7) == blocks[6].packed_bytes
    for num in (0, 21):
        with pytest.raises(IndexError):
            log.raw(num)


def test_a_writer_goes_on_at_the_end() -> None:
    blocks = chain_of_blocks(4)
    file = log_of(blocks[:2])
    for block in blocks[2:]:
        BlockLogWriter(file, is_compressed=block.num == 4).append(block.packed_bytes)
    assert [block.id for block in read_blocks(file, MAINNET)] == [block.id for block in blocks]


def test_a_log_may_begin_later_than_block_one() -> None:
    log = BlockLog(log_of(chain_of_blocks(3, previous=(99).to_bytes(4, "big") + bytes(16))))
    assert (log.first_num, log.last_num) == (100, 102)
    assert log.block(101, MAINNET).num == 101


def test_an_empty_log_has_no_blocks() -> None:
    log = BlockLog(io.BytesIO())
    assert len(log) == 0
    assert list(log.blocks(MAINNET)) == []


def test_blocks_compressed_with_a_dictionary() -> None:
    (block,) = chain_of_blocks(1)
    settings = zstandard.ZstdCompressionParameters.from_level(
        3, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=0, write_dict_id=0
    )
    dictionary = zstandard.ZstdCompressionDict(block.packed_bytes * 3)
    frame = zstandard.ZstdCompressor(compression_params=settings, dict_data=dictionary).compress(block.packed_bytes)
    file = io.BytesIO(frame + (IS_ZSTD | HAS_DICTIONARY | 5 << 48).to_bytes(8, "little"))
    assert BlockLog(file, {5: block.packed_bytes * 3}).block(1, MAINNET).id == block.id
    with pytest.raises(MissingDictionary, match="dictionary 5"):
        BlockLog(file)


def test_invalid_end_of_file() -> None:
    raw = log_of(chain_of_blocks(5)).getvalue()
    for size in (1, 7, 8, 50):
        with pytest.raises(DamagedBlockLog):
            BlockLog(io.BytesIO(raw[:size]))
    with pytest.raises(DamagedBlockLog, match="the last block"):
        BlockLog(io.BytesIO(raw[:-20] + b"\xff" * 20))


def test_invalid_word_between_blocks() -> None:
    log = BlockLog(log_of(chain_of_blocks(5)))
    raw = bytearray(log_of(chain_of_blocks(5)).getvalue())
    word_after_block_3 = log.offset(4) - 8
    raw[word_after_block_3 : word_after_block_3 + 8] = b"\xff" * 8
    with pytest.raises(DamagedBlockLog, match="block 3"):
        BlockLog(io.BytesIO(bytes(raw)))


def test_invalid_block_is_named() -> None:
    blocks = chain_of_blocks(5)
    place = BlockLog(log_of(blocks)).offset(3)
    raw = bytearray(log_of(blocks).getvalue())
    raw[place + 24] = 0xFF  # the length of the witness's name
    with pytest.raises(DamagedBlockLog, match=f"block 3 \\(byte {place}\\)"):
        list(read_blocks(io.BytesIO(bytes(raw)), MAINNET))
    raw[place + 24] = len("initminer")
    raw[place + 3] += 1  # the number of the block before
    with pytest.raises(DamagedBlockLog, match="block 4 stands here"):
        list(read_blocks(io.BytesIO(bytes(raw)), MAINNET))


def test_invalid_frame_that_claims_to_hold_a_world() -> None:
    """Found by fuzzing: the room for what a frame says that it holds would be taken before anything is unpacked."""
    log = bytes.fromhex("e0000080006eef006eef0000000000010000000000000090")
    with pytest.raises(DamagedBlockLog, match="says that it holds"):
        list(read_blocks(io.BytesIO(log), TESTNET))


def test_invalid_frame_is_named() -> None:
    blocks = chain_of_blocks(3)
    file = log_of(blocks, is_compressed=True)
    place = BlockLog(file).offset(2)
    raw = bytearray(file.getvalue())
    raw[place : place + 8] = b"\xff" * 8
    with pytest.raises(DamagedBlockLog, match="block 2"):
        list(read_blocks(io.BytesIO(bytes(raw)), MAINNET))


LOGS = [
    ("data/mirrornet-1000.block_log", MAINNET, 1_000, 0),
    ("data/testnet-hf28-109.block_log", TESTNET, 109, 3),
    ("data/testnet-votes-207.block_log", TESTNET, 207, 203),
    ("data/testnet-load-47.block_log", TESTNET, 47, 70),
    *(
        (f"parity/{name}/block_log", TESTNET, blocks, transactions)
        for name, blocks, transactions in (
            ("content", 1299, 3362),
            ("stake", 1214, 1772),
            ("money", 1206, 2183),
            ("governance", 926, 1529),
            ("mixed", 2298, 5962),
            ("edge", 645, 1383),
            ("genesis", 312, 214),
            ("hf27", 983, 1903),
            ("debt", 1432, 1323),
            ("debtlimit", 1432, 1272),
        )
    ),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "dialect", "block_count", "transaction_count"), LOGS, ids=[log[0] for log in LOGS])
def test_every_block_of_hived_fits(name: str, dialect: Dialect, block_count: int, transaction_count: int) -> None:
    """Links, ids and merkle roots fit; every transaction re-encodes to its bytes in one packing and passes its own checks."""
    blocks = transactions = 0
    previous = NO_BLOCK_ID
    with shared_path(*name.split("/")).open("rb") as file:
        for block in read_blocks(file, dialect):
            blocks += 1
            assert block.header.previous == previous
            assert block.merkle_root() == block.header.transaction_merkle_root
            assert Block.build(block.header, block.transactions).packed_bytes == block.packed_bytes
            assert BlockHeader.read(block.header.packed_bytes, 0)[0].id == block.id
            for transaction in block.transactions:
                transactions += 1
                assert transaction.packing_in(dialect) is not None
                transaction.validate(HIVED_TESTNET)
            previous = block.id
    assert (blocks, transactions) == (block_count, transaction_count)
