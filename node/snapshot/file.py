r"""The bytes of a snapshot (docs/snapshot.md).

    "skald snapshot 2\n"
    frame …                  a zstd frame for each chunk of the state (chain.state_root), one behind the other
    manifest                 a msgpack array: what the frames are, and what proves them
    size of the manifest     4 bytes, big-endian
    SHA-256                  of manifest and size

The manifest stands at the end, so that a file is written in one go. It is read first, and holds the hash of every frame, packed and
unpacked: a frame is compared with the one before zstd sees it, and with the other before anybody sees its rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import msgpack
import zstandard

from chain.finality.reading import unpack_array
from chain.state_root import Chunk, RootBuilder, consensus_prefixes, leaf, root_of
from chain.table import PREFIX_BYTES
from node.snapshot.errors import DamagedSnapshot

MAGIC = b"skald snapshot 2\n"
ZSTD_LEVEL = 3  # higher ones take several times as long, and save a tenth
HASH_BYTES = 32
END_BYTES = 4 + HASH_BYTES
MANIFEST_BYTES_MAX = 256 << 20
"""Of a state of 500 GB, and the blocks of a round."""

CHUNK_BYTES_MAX = 64 << 20
"""A chunk ends with the row that fills it, and no row comes near this."""


class Frame(NamedTuple):
    """What the manifest says of a chunk: the size and hash of its frame, how many rows it has, and its leaf of the hash tree."""

    size: int
    hash: bytes
    row_count: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a snapshot says beside the rows.

    `blocks` are the bytes of consecutive blocks of which the last is the checkpoint; `headers` those of consecutive headers from
    some before the checkpoint to some after it. `voters` are records of who votes above which block (chain.finality.rounds), and
    `certificates` make blocks of their rounds final. `root_certificate` is empty where nobody has attested the state.
    """

    chain_id: bytes
    state_root: bytes
    state_digest: bytes
    row_count: int
    frames: tuple[Frame, ...]
    blocks: tuple[bytes, ...]
    headers: tuple[bytes, ...]
    voters: tuple[tuple[int, bytes], ...]
    certificates: tuple[bytes, ...]
    root_certificate: bytes

    def encode(self) -> bytes:
        packed: bytes = msgpack.packb(astuple(self))
        return packed

    @classmethod
    def decode(cls, data: bytes, path: Path) -> Manifest:
        """Raises DamagedSnapshot."""
        values = unpack_array(data)
        if values is None or len(values) != len(fields(cls)) or not _has_shape(values):
            raise DamagedSnapshot(path=path, reason="its manifest is not what it should be")
        chain_id, root, digest, row_count, frames, blocks, headers, voters, certificates, root_certificate = values
        return cls(
            chain_id,
            root,
            digest,
            row_count,
            tuple(Frame(*frame) for frame in frames),
            tuple(blocks),
            tuple(headers),
            tuple((num, record) for num, record in voters),
            tuple(certificates),
            root_certificate,
        )


_FRAME_SHAPE = (int, bytes, int, bytes)
_VOTERS_SHAPE = (int, bytes)


def _has_shape(values: list[object]) -> bool:
    """Types only; numbers are not negative."""
    chain_id, root, digest, row_count, frames, blocks, headers, voters, certificates, root_certificate = values
    return (
        all(isinstance(one, bytes) and len(one) == HASH_BYTES for one in (chain_id, root, digest))
        and _is(row_count, int)
        and _are(frames, _FRAME_SHAPE)
        and _are(voters, _VOTERS_SHAPE)
        and all(
            isinstance(many, list) and all(_is(one, bytes) for one in many) for many in (blocks, headers, certificates)
        )
        and bool(blocks)
        and bool(frames)
        and _is(root_certificate, bytes)
    )


def _is(value: object, kind: type) -> bool:
    return type(value) is kind and (not isinstance(value, int) or value >= 0)


def _are(values: object, shape: tuple[type, ...]) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, list)
        and len(value) == len(shape)
        and all(_is(one, kind) for one, kind in zip(value, shape, strict=True))
        for value in values
    )


class SnapshotWriter:
    """Writes a file from beginning to end: chunks, then the manifest."""

    def __init__(self, file: BinaryIO) -> None:
        self.tree = RootBuilder()
        self.frames: list[Frame] = []
        self._file = file
        self._pack = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_content_size=True).compress
        file.write(MAGIC)

    def add(self, chunk: Chunk) -> None:
        packed = self._pack(chunk.data)
        self._file.write(packed)
        self.tree.add(chunk)
        self.frames.append(Frame(len(packed), sha256(packed).digest(), chunk.row_count, self.tree.leaves[-1]))

    def finish(self, manifest: Manifest) -> None:
        data = manifest.encode()
        data += len(data).to_bytes(4, "big")
        self._file.write(data + sha256(data).digest())
        self._file.flush()
        os.fsync(self._file.fileno())


class SnapshotReader:
    """A file whose manifest was read, and agrees with itself. Nothing is said about whether it can be trusted (node.snapshot.trust)."""

    def __init__(self, path: Path) -> None:
        """Raises DamagedSnapshot."""
        self.path = path
        self._file = path.open("rb")
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._file.close()
            raise
        self._unpack = zstandard.ZstdDecompressor().decompress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read_manifest(self) -> Manifest:
        file = self._file
        if file.read(len(MAGIC)) != MAGIC:
            raise self.damaged("it does not begin as a snapshot of format 2 does")
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(len(MAGIC), size_bytes - END_BYTES))
        end = file.read()
        length = int.from_bytes(end[:4], "big")
        begin = size_bytes - END_BYTES - length
        if len(end) != END_BYTES or length > MANIFEST_BYTES_MAX or begin < len(MAGIC):
            raise self.damaged("its end is missing")
        file.seek(begin)
        data = file.read(length + 4)
        if sha256(data).digest() != end[4:]:
            raise self.damaged("its end does not match its checksum")
        manifest = Manifest.decode(data[:-4], self.path)
        if len(MAGIC) + sum(frame.size for frame in manifest.frames) != begin:
            raise self.damaged("its frames are not as long as its manifest says")
        row_count = sum(frame.row_count for frame in manifest.frames)
        leaves = [frame.leaf for frame in manifest.frames]
        if row_count != manifest.row_count or root_of(leaves, row_count) != manifest.state_root:
            raise self.damaged("its chunks do not make up its state root")
        return manifest

    def damaged(self, reason: str) -> DamagedSnapshot:
        return DamagedSnapshot(path=self.path, reason=reason)

    def chunks(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """The rows, chunk by chunk, each as the state root has it and in order. Raises DamagedSnapshot."""
        self._file.seek(len(MAGIC))
        prefixes = frozenset(consensus_prefixes())
        last_key = b""
        for place, frame in enumerate(self.manifest.frames):
            pairs = self._pairs(place, frame)
            for key, _ in pairs:
                if key <= last_key or key[:PREFIX_BYTES] not in prefixes:
                    raise self.damaged(f"chunk {place} has rows that do not belong there")
                last_key = key
            yield pairs

    def _pairs(self, place: int, frame: Frame) -> list[tuple[bytes, bytes]]:
        packed = self._file.read(frame.size)
        if sha256(packed).digest() != frame.hash:
            raise self.damaged(f"chunk {place} does not match its checksum")
        try:
            if not 0 < zstandard.frame_content_size(packed) <= CHUNK_BYTES_MAX:
                raise self.damaged(f"chunk {place} is too long")
            data = self._unpack(packed)
        except zstandard.ZstdError:
            raise self.damaged(f"chunk {place} cannot be unpacked") from None
        if leaf(data) != frame.leaf:
            raise self.damaged(f"chunk {place} is not the one of the state root")
        unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=CHUNK_BYTES_MAX)
        unpacker.feed(data)
        try:
            pairs = [(key, value) for key, value in unpacker]
        except (ValueError, TypeError, msgpack.UnpackException):
            raise self.damaged(f"chunk {place} does not consist of rows") from None
        if len(pairs) != frame.row_count or not all(type(key) is bytes is type(value) for key, value in pairs):
            raise self.damaged(f"chunk {place} does not consist of rows")
        return pairs
