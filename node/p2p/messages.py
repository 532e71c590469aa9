"""What nodes say to each other: one class for each message, with its tag, its fields and their limits.

On the wire a message is a flat msgpack array, `[tag, field, …]`: no maps, no extensions, nothing nested (design decision 2).
Each message has exactly one spelling: bytes that are not what writing the decoded message again gives are refused. Everything
is bounded before it is read, so that no bytes cost more than a small multiple of their length (reliability B3, P5).

Tags and fields are the protocol of version `PROTOCOL_VERSION`: whoever changes one raises the version.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import islice
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform, get_args, get_type_hints

import msgpack

from chain.errors import InvalidInput
from node.p2p.forms import (
    UINT8_MAX,
    UINT16_MAX,
    UINT32_MAX,
    UINT64_MAX,
    Address,
    Bytes,
    Choice,
    Fixed,
    Form,
    Ids,
    Items,
    Number,
    PeerAddress,
    Rising,
    Text,
    WrongValue,
)

PROTOCOL_VERSION = 1

# --- limits, each with its reason. docs/p2p.md shows them as they stand here.

BLOCK_BYTES_MAX = 2_097_152
"""The largest block that the rules allow (protocol.md §4.2)."""

MESSAGE_BYTES_MAX = BLOCK_BYTES_MAX + 1_024
"""A message must be able to carry the largest block; nothing that is sent needs more."""

TRANSACTION_BYTES_MAX = 65_536
"""The largest transaction that the rules allow (protocol.md §3.1)."""

TRANSACTIONS_MAX = 1_000
"""As many as can be asked for at once; a second's worth of a busy chain."""

BLOCK_TRANSACTIONS_MAX = 32_768
"""A transaction carries a signature of 65 bytes or more, so no block of 2 MiB holds as many as this."""

HEADER_BYTES_MAX = 256
"""A header with the longest name, both extensions and an ed25519 signature has 173 bytes."""

SHORT_ID_BYTES = 8
"""Enough that nobody finds a second transaction to the short id of another's; two of his own only hide one of them."""

INVENTORY_ITEMS_MAX = 1_000
"""A longer list would wait for its last item (reliability P8)."""

BLOCKS_MAX = 256
"""Enough to hide a round trip behind small blocks; large ones are bounded by the message's size."""

ADDRESSES_MAX = 1_000
"""A tenth of an address book: one answer cannot fill it (reliability P9)."""

USER_AGENT_CHARS_MAX = 64
"""A name and a version, in one line of a log."""

VOTE_BYTES_MAX = 256
"""A vote or attestation is some hashes, a name of 16 characters and an ed25519 signature: 160 or 210 bytes."""

CERTIFICATE_BYTES_MAX = 8_192
"""Signatures of all 21 witnesses take some 2,200 bytes; room for a schedule of 75."""

CERTIFICATES_MAX = 64
"""More than an hour of rounds of 21 blocks, in half a MiB at the very most."""

EVIDENCE_BYTES_MAX = 2_048
"""Two headers or two votes that contradict each other, with what proves whose they are."""


# --- what may be wrong with bytes


class BadMessage(InvalidInput):
    code = "bad_message"
    text = "A peer's message cannot be read: {reason}"


class UnknownMessage(BadMessage):
    code = "unknown_message"
    text = "There is no message with the tag {tag}"


class MessageTooLarge(BadMessage):
    code = "message_too_large"
    text = "A {message} message has {size_bytes} bytes; {size_bytes_max} are allowed"


class WrongFieldCount(BadMessage):
    code = "wrong_field_count"
    text = "A {message} message has not as many fields as it should: {reason}"


class BadField(BadMessage):
    code = "bad_message_field"
    text = "The field {field} of a {message} message is {reason}"


class NotCanonicalMessage(BadMessage):
    code = "message_not_canonical"
    text = "A {message} message is not written in its one form"


class BadBatch(BadMessage):
    code = "bad_message_batch"
    text = "A frame does not consist of whole messages: {reason}"


# --- declarations


class Message:
    """What all messages have. Instances are frozen and compare by value; `layout` is made by the `message` decorator."""

    __slots__ = ()
    tag: ClassVar[int]
    layout: ClassVar["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What coding a message needs to know. `rest` is the list that ends the array, if it has one."""

    fields: tuple[tuple[str, Form], ...]
    rest: tuple[str, Items] | None
    size_bytes_max: int
    bin_bytes_max: int
    text_chars_max: int
    list_name: str | None
    """The field that holds ids or items, whose length a budget counts."""


Kind = TypeVar("Kind", bound=Message)

MESSAGES: dict[int, type[Message]] = {}
"""Every message by its tag."""


def _layout_of(cls: type[Message]) -> Layout:
    hints = get_type_hints(cls, include_extras=True)
    forms = [(field.name, get_args(hints[field.name])[1]) for field in fields(cls)]  # type: ignore[arg-type]  # made a dataclass just before
    assert all(isinstance(form, Form) for _, form in forms), cls
    rest = forms.pop() if forms and isinstance(forms[-1][1], Items) else None
    everything: list[tuple[str, Form]] = [*forms, rest] if rest else forms
    head_bytes = 1 + 1 if rest is None else 3 + 1  # array header and tag
    return Layout(
        fields=tuple(forms),
        rest=rest,
        size_bytes_max=min(MESSAGE_BYTES_MAX, head_bytes + sum(form.bytes_max for _, form in everything)),
        bin_bytes_max=max((form.bin_bytes_max for _, form in everything), default=0),
        text_chars_max=max((form.text_chars_max for _, form in everything), default=0),
        list_name=next((name for name, form in everything if isinstance(form, Items | Ids)), None),
    )


@dataclass_transform(frozen_default=True)
def message(tag: int) -> Callable[[type[Kind]], type[Kind]]:
    """Declares a message under its tag."""

    def register(cls: type[Kind]) -> type[Kind]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.tag = tag
        made.layout = _layout_of(made)
        assert tag not in MESSAGES, tag
        assert 0 < tag < 128, tag  # one byte on the wire
        MESSAGES[tag] = made
        return made

    return register


# --- the handshake


@message(1)
class Hello(Message):
    """The first words of whoever dialled, in the clear.

    `head_id` is all zeros before the first block; `listen_port` is 0 for a node that does not want to be dialled.
    """

    version: Annotated[int, Number(UINT32_MAX)]
    chain_id: Annotated[bytes, Fixed(32)]
    genesis_id: Annotated[bytes, Fixed(32)]
    node_id: Annotated[bytes, Fixed(33)]
    ephemeral_key: Annotated[bytes, Fixed(32)]
    nonce: Annotated[bytes, Fixed(32)]
    user_agent: Annotated[str, Text(USER_AGENT_CHARS_MAX)]
    listen_port: Annotated[int, Number(UINT16_MAX)]
    head_id: Annotated[bytes, Fixed(20)]


@message(2)
class Welcome(Hello):
    """The answer of whoever was dialled, in the clear, with the same fields."""


@message(3)
class Proof(Message):
    """The first sealed message in each direction: a signature of the node's identity over the whole handshake."""

    signature: Annotated[bytes, Fixed(64)]


@message(4)
class Goodbye(Message):
    """The last message of a link, and why: the number of a reason. Numbers that are not known yet may be sent."""

    reason: Annotated[int, Number(UINT8_MAX)]


# --- once the link is open


@message(5)
class Ping(Message):
    """Asks for a sign of life."""

    nonce: Annotated[int, Number(UINT64_MAX)]


@message(6)
class Pong(Message):
    """The answer, with the nonce of the Ping and the sender's time in milliseconds since 1970: clocks are compared by it."""

    nonce: Annotated[int, Number(UINT64_MAX)]
    time_ms: Annotated[int, Number(UINT64_MAX)]


class InventoryKind(IntEnum):
    """What short ids stand for."""

    TRANSACTION = 1


@message(7)
class Inventory(Message):
    """What the sender has and believes to be new: the first 8 bytes of ids."""

    kind: Annotated[InventoryKind, Choice(InventoryKind)]
    short_ids: Annotated[tuple[bytes, ...], Ids(SHORT_ID_BYTES, INVENTORY_ITEMS_MAX)]


@message(8)
class GetTransactions(Message):
    """Asks for transactions that an Inventory named."""

    short_ids: Annotated[tuple[bytes, ...], Ids(SHORT_ID_BYTES, INVENTORY_ITEMS_MAX)]


@message(9)
class Transactions(Message):
    """The answer: signed transactions as they stand in blocks, those that the sender still has and that fit into a message."""

    transactions: Annotated[tuple[bytes, ...], Items(Bytes(TRANSACTION_BYTES_MAX), TRANSACTIONS_MAX, may_be_empty=True)]


@message(10)
class BlockAnnouncement(Message):
    """A new block in short: its signed header, and the ids of its transactions, most of which the receiver has already."""

    header: Annotated[bytes, Bytes(HEADER_BYTES_MAX)]
    transaction_ids: Annotated[tuple[bytes, ...], Ids(20, BLOCK_TRANSACTIONS_MAX, may_be_empty=True)]


@message(11)
class GetBlockTransactions(Message):
    """Asks for the transactions of an announced block that are missing, by their positions in it."""

    block_id: Annotated[bytes, Fixed(20)]
    positions: Annotated[tuple[int, ...], Rising(BLOCK_TRANSACTIONS_MAX - 1, BLOCK_TRANSACTIONS_MAX)]


@message(12)
class BlockTransactions(Message):
    """The answer: those transactions in the same order, or none where the block is not known any more."""

    block_id: Annotated[bytes, Fixed(20)]
    transactions: Annotated[
        tuple[bytes, ...], Items(Bytes(TRANSACTION_BYTES_MAX), BLOCK_TRANSACTIONS_MAX, may_be_empty=True)
    ]


@message(13)
class GetBlocks(Message):
    """Asks for `count` blocks from the number `first_num` on: of the branch that ends with the block `branch_id`, or, where that
    is all zeros, of the branch that the receiver follows.
    """

    branch_id: Annotated[bytes, Fixed(20)]
    first_num: Annotated[int, Number(UINT32_MAX, min=1)]
    count: Annotated[int, Number(BLOCKS_MAX, min=1)]


@message(14)
class Blocks(Message):
    """The answer: blocks as they stand in the block log, from the first that was asked for; as many as there are and fit, none
    where the branch or its first block is not known.
    """

    blocks: Annotated[tuple[bytes, ...], Items(Bytes(BLOCK_BYTES_MAX), BLOCKS_MAX, may_be_empty=True)]


@message(15)
class GetPeers(Message):
    """Asks for addresses of other nodes."""


@message(16)
class Peers(Message):
    """The answer. Addresses are hearsay; nobody is obliged to dial them."""

    addresses: Annotated[tuple[PeerAddress, ...], Items(Address(), ADDRESSES_MAX, may_be_empty=True)]


@message(17)
class FinalityVote(Message):
    """A witness's signed vote."""

    vote: Annotated[bytes, Bytes(VOTE_BYTES_MAX)]


@message(18)
class Certificate(Message):
    """Votes of a quorum for one block, told when they are complete, and to whoever is seen to be behind."""

    certificate: Annotated[bytes, Bytes(CERTIFICATE_BYTES_MAX)]


@message(19)
class GetCertificates(Message):
    """Asks for what proves that blocks are final, for `count` finality rounds from `first_round` on."""

    first_round: Annotated[int, Number(UINT32_MAX)]
    count: Annotated[int, Number(CERTIFICATES_MAX, min=1)]


@message(20)
class Certificates(Message):
    """The answer: the certificate of the highest block of each of those rounds, in order, as far as there are."""

    certificates: Annotated[tuple[bytes, ...], Items(Bytes(CERTIFICATE_BYTES_MAX), CERTIFICATES_MAX, may_be_empty=True)]


@message(21)
class Evidence(Message):
    """Two signed statements of one witness that contradict each other."""

    evidence: Annotated[bytes, Bytes(EVIDENCE_BYTES_MAX)]


@message(22)
class StateAttestation(Message):
    """A witness's signed word on the state at a checkpoint."""

    attestation: Annotated[bytes, Bytes(VOTE_BYTES_MAX)]


# --- coding

_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack
_READ_BYTES = 1_024  # the unpacker's first buffer; it grows with what it is fed, which is bounded before


def encode(message: Message) -> bytes:
    """The one form of a message. Raises BadField or MessageTooLarge for a message that no peer would accept."""
    layout = message.layout
    values: list[Any] = [message.tag]
    name = ""
    try:
        for name, form in layout.fields:
            values.append(form.pack(getattr(message, name)))
        if layout.rest is not None:
            name, items = layout.rest
            values += items.pack(getattr(message, name))
    except WrongValue as error:
        raise BadField(message=type(message).__name__, field=name, reason=error) from None
    data: bytes = _PACK(values)
    if len(data) > layout.size_bytes_max:
        name = type(message).__name__
        raise MessageTooLarge(message=name, size_bytes=len(data), size_bytes_max=layout.size_bytes_max)
    return data


def decode(data: bytes) -> Message:
    """The message in `data`; raises a BadMessage for anything that `encode` would not have written."""
    cls, count, pos = _read_head(data)
    layout = cls.layout
    if len(data) > layout.size_bytes_max:
        raise MessageTooLarge(message=cls.__name__, size_bytes=len(data), size_bytes_max=layout.size_bytes_max)
    fixed_count = len(layout.fields)
    count_max = fixed_count if layout.rest is None else fixed_count + layout.rest[1].count_max
    if not fixed_count <= count <= count_max:
        raise WrongFieldCount(message=cls.__name__, reason=f"{count}")
    found = cls(**dict(_values(cls, _unpack(cls, data[pos:], count))))
    if encode(found) != data:
        raise NotCanonicalMessage(message=cls.__name__)
    return found


def read_version(data: bytes) -> int | None:
    """The version in the first bytes of a Hello or Welcome of whatever version, None where they hold none."""
    unpacker = msgpack.Unpacker(None, read_size=_READ_BYTES, max_map_len=0, max_ext_len=0, max_array_len=0)
    unpacker.feed(data[2:11])
    try:
        version = unpacker.unpack()
    except (ValueError, msgpack.UnpackException):
        return None
    return version if type(version) is int and data[0] & 0xF0 == 0x90 and data[1] in {Hello.tag, Welcome.tag} else None


def _read_head(data: bytes) -> tuple[type[Message], int, int]:
    """(class, count of elements after the tag, where they begin)."""
    first = data[0] if data else 0
    if first & 0xF0 == 0x90:
        count, pos = first & 0x0F, 1
    elif first == 0xDC:
        count, pos = int.from_bytes(data[1:3], "big"), 3
    else:
        raise BadMessage(reason="it is no array")
    cls = MESSAGES.get(data[pos]) if len(data) > pos else None
    if cls is None:
        raise UnknownMessage(tag=data[pos : pos + 1].hex() or "none")
    return cls, count - 1, pos + 1


def _unpack(cls: type[Message], data: bytes, count: int) -> list[Any]:
    """So many elements. None of them is a map or list with anything in it; lengths are refused before anything is allocated."""
    layout = cls.layout
    unpacker = msgpack.Unpacker(
        None,
        read_size=_READ_BYTES,
        max_buffer_size=MESSAGE_BYTES_MAX,
        max_bin_len=layout.bin_bytes_max,
        max_str_len=layout.text_chars_max,
        max_array_len=0,
        max_map_len=0,
        max_ext_len=0,
    )
    unpacker.feed(data)
    try:
        elements = list(islice(unpacker, count))
    except (ValueError, msgpack.UnpackException) as error:
        raise BadMessage(reason=f"{cls.__name__}: {error}") from None
    if len(elements) != count:
        raise WrongFieldCount(message=cls.__name__, reason=f"{len(elements)} of {count} are there")
    return elements


def _values(cls: type[Message], elements: list[Any]) -> Iterator[tuple[str, Any]]:
    layout = cls.layout
    name = ""
    try:
        for (name, form), element in zip(layout.fields, elements, strict=False):
            yield name, form.unpack(element)
        if layout.rest is not None:
            name, items = layout.rest
            yield name, items.unpack(elements[len(layout.fields) :])
    except WrongValue as error:
        raise BadField(message=cls.__name__, field=name, reason=error) from None


# --- batches: what one sealed frame carries

LENGTH_BYTES = 4


def pack_batch(messages: Sequence[bytes]) -> bytes:
    """Encoded messages behind each other, each after its length (4 bytes, big-endian)."""
    return b"".join([part for data in messages for part in (len(data).to_bytes(LENGTH_BYTES, "big"), data)])


def unpack_batch(payload: bytes) -> Iterator[bytes]:
    """One encoded message after the other, so that a reader may stop; raises BadBatch where they do not fill the payload."""
    if not payload:
        raise BadBatch(reason="it is empty")
    pos = 0
    while pos < len(payload):
        begin = pos + LENGTH_BYTES
        pos = begin + int.from_bytes(payload[pos:begin], "big")
        if pos > len(payload) or begin > len(payload):
            raise BadBatch(reason="the last one is not complete")
        yield payload[begin:pos]
