"""hived's block_log: blocks one after the other, each followed by where it begins (protocol.md §3.2).

    block 1 | word 1 | block 2 | word 2 | …

A word is eight bytes, little-endian: the low 48 bits are the offset of its block's first byte, bits 48 to 55 a dictionary's number
(if bit 56 is set), bit 63 says that the block is a zstd frame without its magic number. The words lead from the end of the file
back to its beginning; reading forward needs them all, eight bytes of memory for each block.

Files are opened by the caller: this module does not touch a disk by itself.
"""

import io
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final

import zstandard

from chain.asset import Dialect
from chain.block import Block, BlockHeader
from chain.errors import InvalidInput, StorageError
from chain.wire import reading

OFFSET_MASK: Final = (1 << 48) - 1
HAS_DICTIONARY: Final = 1 << 56
IS_ZSTD: Final = 1 << 63
BLOCK_BYTES_MAX: Final = 2_097_152 + 1_024
"""A block and some room: what a frame may unpack to (§3.1)."""

_WORD: Final = struct.Struct("<Q")
_MAGICLESS: Final = zstandard.FORMAT_ZSTD1_MAGICLESS


class DamagedBlockLog(StorageError):
    code = "damaged_block_log"
    text = "The block log is damaged at {place} (byte {offset}): {reason}"

    def __init__(self, *, num: int | str, offset: int, reason: object) -> None:
        """`num` of a block, or words for one whose number cannot be read."""
        super().__init__(num=num, offset=offset, reason=reason, place=num if isinstance(num, str) else f"block {num}")


class MissingDictionary(StorageError):
    code = "missing_dictionary"
    text = "Block {num} is compressed with dictionary {number}, which is not here"


class BlockLog:
    """A log open for reading. Blocks are found by number; the file is read as they are asked for.

    `dictionaries` maps the numbers of hived's compression dictionaries to their bytes; logs written without need none.
    """

    def __init__(self, file: BinaryIO, dictionaries: Mapping[int, bytes] | None = None) -> None:
        """Follows the words back; raises DamagedBlockLog where they lead nowhere."""
        self._file = file
        self._dictionaries = dict(dictionaries or {})
        self._unpackers: dict[int | None, zstandard.ZstdDecompressor] = {}
        self._size = file.seek(0, io.SEEK_END)
        self._words = array("Q")  # of the last block first
        self.last_num = 0
        self.first_num = 1
        if self._size:
            self._follow_words()

    def _follow_words(self) -> None:
        end, word = self._word_before(self._size, "the last block")
        self.last_num = self._num_at(word, end)
        num = self.last_num
        while True:
            self._words.append(word)
            start = word & OFFSET_MASK
            if start == 0:
                break
            num -= 1
            end, word = self._word_before(start, num)
        self.first_num = num

    def _word_before(self, pos: int, num: int | str) -> tuple[int, int]:
        """The word that ends at `pos`, after the place where it begins, which is its block's end."""
        end = pos - _WORD.size
        if end <= 0:
            raise DamagedBlockLog(num=num, offset=pos, reason="the file ends in the middle of a block")
        self._file.seek(end)
        (word,) = _WORD.unpack(self._file.read(_WORD.size))
        if word & OFFSET_MASK >= end:
            raise DamagedBlockLog(
                num=num, offset=end, reason="the word after it leads forward; the file may be cut short"
            )
        return end, word

    def _num_at(self, word: int, end: int) -> int:
        raw = self._unpack(word, end, "the last block")
        return self._header_in(raw, "the last block", word & OFFSET_MASK).num

    @staticmethod
    def _header_in(raw: bytes, num: int | str, offset: int) -> BlockHeader:
        try:
            with reading():
                return BlockHeader.read(raw, 0)[0]
        except InvalidInput as error:
            raise DamagedBlockLog(num=num, offset=offset, reason=error) from error

    def __len__(self) -> int:
        return len(self._words)

    def raw(self, num: int) -> bytes:
        """The unpacked bytes of block `num`; raises DamagedBlockLog, MissingDictionary, and IndexError for a number not here."""
        if not self.first_num <= num <= self.last_num:
            raise IndexError(num)
        index = self.last_num - num
        end = (self._words[index - 1] & OFFSET_MASK if index else self._size) - _WORD.size
        return self._unpack(self._words[index], end, num)

    def header(self, num: int) -> BlockHeader:
        """The header of block `num`, without decoding the rest; raises as `raw` does."""
        return self._header_in(self.raw(num), num, self.offset(num))

    def block(self, num: int, dialect: Dialect) -> Block:
        """Block `num`; raises as `raw` does."""
        raw = self.raw(num)
        try:
            block = Block.decode(raw, dialect)
        except InvalidInput as error:
            raise DamagedBlockLog(num=num, offset=self.offset(num), reason=error) from error
        if block.num != num:
            raise DamagedBlockLog(num=num, offset=self.offset(num), reason=f"block {block.num} stands here")
        return block

    def offset(self, num: int) -> int:
        """Where block `num` begins in the file."""
        return self._words[self.last_num - num] & OFFSET_MASK

    def blocks(self, dialect: Dialect, first_num: int | None = None) -> Iterator[Block]:
        """All blocks from `first_num` on, one at a time."""
        for num in range(first_num or self.first_num, self.last_num + 1):
            yield self.block(num, dialect)

    def _unpack(self, word: int, end: int, num: int | str) -> bytes:
        start = word & OFFSET_MASK
        self._file.seek(start)
        stored = self._file.read(end - start)
        if not word & IS_ZSTD:
            return stored
        number = word >> 48 & 0xFF if word & HAS_DICTIONARY else None
        try:
            said = zstandard.get_frame_parameters(stored, format=_MAGICLESS).content_size
            if (
                BLOCK_BYTES_MAX < said < zstandard.CONTENTSIZE_UNKNOWN
            ):  # zstandard would take as much memory before it looks
                raise DamagedBlockLog(num=num, offset=start, reason=f"it says that it holds {said} bytes")
            return self._unpacker(number, num).decompress(stored, max_output_size=BLOCK_BYTES_MAX)
        except zstandard.ZstdError as error:
            raise DamagedBlockLog(num=num, offset=start, reason=error) from error

    def _unpacker(self, number: int | None, num: int | str) -> zstandard.ZstdDecompressor:
        found = self._unpackers.get(number)
        if found is None:
            dictionary = None
            if number is not None:
                if number not in self._dictionaries:
                    raise MissingDictionary(num=num, number=number)
                dictionary = zstandard.ZstdCompressionDict(self._dictionaries[number])
            found = zstandard.ZstdDecompressor(dict_data=dictionary, format=_MAGICLESS)
            self._unpackers[number] = found
        return found


def read_blocks(file: BinaryIO, dialect: Dialect) -> Iterator[Block]:
    """The blocks of a log from the first on; raises DamagedBlockLog naming the block."""
    return BlockLog(file).blocks(dialect)


class BlockLogWriter:
    """Appends blocks to a file that stands at its end, in hived's format."""

    def __init__(self, file: BinaryIO, *, is_compressed: bool = False) -> None:
        self._file = file
        self._offset = file.seek(0, io.SEEK_END)
        self._compress: Callable[[bytes], bytes] | None = _compressor() if is_compressed else None

    def append(self, block_bytes: bytes) -> None:
        """Writes one block's bytes and its word."""
        word = self._offset
        if self._compress:
            block_bytes = self._compress(block_bytes)
            word |= IS_ZSTD
        self._file.write(block_bytes + _WORD.pack(word))
        self._offset += len(block_bytes) + _WORD.size


def _compressor() -> Callable[[bytes], bytes]:
    """As hived compresses: no magic number, no content size, no checksum, no dictionary's id."""
    settings = zstandard.ZstdCompressionParameters.from_level(
        3, format=_MAGICLESS, write_content_size=0, write_checksum=0, write_dict_id=0
    )
    return zstandard.ZstdCompressor(compression_params=settings).compress
