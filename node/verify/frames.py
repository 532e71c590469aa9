"""The frames between a node and its workers; both run the same code, so there is no version.

    question    size u32 | number u32 | {digest 32 | signature 65 or 97}…
    answer      size u32 | number u32 | checksum 32 | {key 33}…

Numbers are big-endian; *size* counts what follows it. A signature's first byte tells its length: ED is ed25519. A key is NO_KEY
where the signature is none. The *checksum* is SHA-256 of the question and the keys, so an answer can belong to no other question,
and what some library prints to the pipe is no answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from chain.keys import ED25519_SIGNATURE_BYTES, ED25519_TAG, NULL_KEY, PUBLIC_KEY_BYTES, SECP256K1_SIGNATURE_BYTES

NO_KEY = NULL_KEY  # nobody can sign for it
SIZE_BYTES = 4
NUMBER_BYTES = 4
DIGEST_BYTES = 32
CHECKSUM_BYTES = 32
FRAME_BYTES_MAX = 1 << 20  # the largest batch takes 33 KB; more is no frame of ours

Asked = tuple[bytes, bytes]
"""A digest and a signature over it."""


class BrokenFrame(ValueError):
    """These bytes were not written by the other side."""


def signature_bytes(first_byte: int) -> int:
    return ED25519_SIGNATURE_BYTES if first_byte == ED25519_TAG else SECP256K1_SIGNATURE_BYTES


def can_be_asked(signature: bytes) -> bool:
    """Of another length it is no signature anyway."""
    return bool(signature) and len(signature) == signature_bytes(signature[0])


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(SIZE_BYTES, "big") + body


def question(number: int, asked: Iterable[Asked]) -> bytes:
    """The body of a question; every signature `can_be_asked`."""
    return number.to_bytes(NUMBER_BYTES, "big") + b"".join([part for pair in asked for part in pair])


def read_question(body: bytes) -> Iterator[Asked]:
    """Raises BrokenFrame."""
    pos = NUMBER_BYTES
    while pos < len(body):
        start = pos + DIGEST_BYTES
        end = start + (signature_bytes(body[start]) if start < len(body) else 1)
        if end > len(body):
            raise BrokenFrame("it ends in the middle of a signature")
        yield body[pos:start], body[start:end]
        pos = end


def answer(question: bytes, keys: Sequence[bytes]) -> bytes:
    """The body of the answer to a question's body."""
    found = b"".join(keys)
    return question[:NUMBER_BYTES] + sha256(question + found).digest() + found


def read_answer(body: bytes, question: bytes, count: int) -> list[bytes]:
    """The keys of the answer to a question about `count` signatures. Raises BrokenFrame."""
    head = NUMBER_BYTES + CHECKSUM_BYTES
    found = body[head:]
    if body[:NUMBER_BYTES] != question[:NUMBER_BYTES] or len(found) != count * PUBLIC_KEY_BYTES:
        raise BrokenFrame("it answers another question")
    if body[NUMBER_BYTES:head] != sha256(question + found).digest():
        raise BrokenFrame("its checksum does not fit")
    return [found[pos : pos + PUBLIC_KEY_BYTES] for pos in range(0, len(found), PUBLIC_KEY_BYTES)]


def take_frame(buffer: bytearray) -> bytes | None:
    """The first whole frame's body, taken out of what was read; None as long as more is to come. Raises BrokenFrame."""
    size = int.from_bytes(buffer[:SIZE_BYTES], "big")
    if size > FRAME_BYTES_MAX:
        raise BrokenFrame(f"it would have {size} bytes")
    end = SIZE_BYTES + size
    if len(buffer) < max(end, SIZE_BYTES):
        return None
    body = bytes(buffer[SIZE_BYTES:end])
    del buffer[:end]
    return body
