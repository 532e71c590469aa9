"""Messages: one spelling each, every length bounded, and nothing else gets through."""

import random
import re
import tracemalloc
from dataclasses import fields, replace
from typing import Any

import msgpack
import pytest

from chain import presets
from chain.params import MAINNET
from node.p2p import messages as m
from node.p2p.forms import PeerAddress
from node.p2p.messages import MESSAGES, decode, encode, pack_batch, read_version, unpack_batch
from tests.node.p2p.examples import EXAMPLES, ID, largest
from tests.node.p2p.golden import GOLDEN


def name_of(message: m.Message) -> str:
    return type(message).__name__


def example(cls: type[m.Message]) -> Any:
    return next(one for one in EXAMPLES if type(one) is cls)


# --- what is written


def test_there_is_an_example_of_every_message() -> None:
    assert [type(one) for one in EXAMPLES] == [MESSAGES[tag] for tag in sorted(MESSAGES)]
    assert sorted(MESSAGES) == list(range(1, len(MESSAGES) + 1))


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_the_bytes_of_a_message_never_change(message: m.Message) -> None:
    assert encode(message).hex() == GOLDEN[name_of(message)]
    assert decode(bytes.fromhex(GOLDEN[name_of(message)])) == message


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_a_message_is_a_flat_array_that_begins_with_its_tag(message: m.Message) -> None:
    tag, *values = msgpack.unpackb(encode(message))
    assert tag == message.tag
    assert all(type(value) in {int, bytes, str} for value in values)


@pytest.mark.parametrize("cls", MESSAGES.values(), ids=lambda cls: cls.__name__)
def test_the_largest_message_is_as_large_as_allowed_or_is_not_written(cls: type[m.Message]) -> None:
    layout = cls.layout
    forms = [*layout.fields, *([layout.rest] if layout.rest else [])]
    message = cls(**{name: largest(form) for name, form in forms})
    if layout.size_bytes_max < m.MESSAGE_BYTES_MAX:
        data = encode(message)
        assert len(data) <= layout.size_bytes_max
        assert decode(data) == message
    else:
        with pytest.raises(m.MessageTooLarge):
            encode(message)


def test_limits_are_those_of_the_rules() -> None:
    for params in (MAINNET, presets.DEVNET, presets.HIVED_TESTNET):
        assert params.maximum_block_size_bytes_max <= m.BLOCK_BYTES_MAX
        assert params.transaction_size_bytes_max <= m.TRANSACTION_BYTES_MAX
    block = m.Blocks((b"\xb1" * m.BLOCK_BYTES_MAX,))
    assert decode(encode(block)) == block


def test_texts_of_addresses() -> None:
    first, second = example(m.Peers).addresses
    assert first.text == "203.0.113.5:2001"
    assert second.text == "[2001:db8::1]:65535"


# --- what is refused


BAD_FIELDS = [
    (m.Ping(-1), "nonce"),
    (m.Ping(2**64), "nonce"),
    (m.Ping(True), "nonce"),
    (m.Goodbye(256), "reason"),
    (m.Proof(b"\x51" * 63), "signature"),
    (m.GetBlocks(b"\x01" * 19, 1, 1), "branch_id"),
    (m.GetBlocks(ID, 0, 1), "first_num"),
    (m.GetBlocks(ID, 1, 0), "count"),
    (m.GetBlocks(ID, 1, 257), "count"),
    (m.GetTransactions(()), "short_ids"),
    (m.GetTransactions((b"\x01" * 7,)), "short_ids"),
    (m.GetTransactions((b"\x01" * 8,) * 1_001), "short_ids"),
    (m.GetTransactions([b"\x01" * 8]), "short_ids"),  # type: ignore[arg-type]
    (m.Inventory(1, (b"\x01" * 8,)), "kind"),  # type: ignore[arg-type]
    (m.Transactions((b"",)), "transactions"),
    (m.Transactions((b"\x01" * 65_537,)), "transactions"),
    (m.Transactions((b"\x01",) * 1_001), "transactions"),
    (m.Transactions([b"\x01"]), "transactions"),  # type: ignore[arg-type]
    (m.BlockAnnouncement(b"", ()), "header"),
    (m.BlockAnnouncement(b"\x01" * 257, ()), "header"),
    (m.GetBlockTransactions(ID, ()), "positions"),
    (m.GetBlockTransactions(ID, (1, 1)), "positions"),
    (m.GetBlockTransactions(ID, (2, 1)), "positions"),
    (m.GetBlockTransactions(ID, (32_768,)), "positions"),
    (m.Peers((PeerAddress(bytes(5), 1),)), "addresses"),
    (m.Peers((PeerAddress(bytes(4), 0),)), "addresses"),
    (m.Peers((PeerAddress(bytes(10) + b"\xff\xff" + bytes(4), 1),)), "addresses"),
    (m.FinalityVote(b""), "vote"),
    (m.FinalityVote(b"\x01" * 257), "vote"),
    (m.Certificate(b"\x01" * 8_193), "certificate"),
    (m.Certificate(b""), "certificate"),
    (m.GetCertificates(3, 0), "count"),
    (m.GetCertificates(3, 65), "count"),
    (m.Certificates((b"\x01",) * 65), "certificates"),
    (m.Certificates((b"\x01" * 8_193,)), "certificates"),
    (m.Evidence(b"\x01" * 2_049), "evidence"),
    (m.StateAttestation(b"\x01" * 257), "attestation"),
    *((replace(EXAMPLES[0], user_agent=text), "user_agent") for text in ("x" * 65, "a\nb", "\x1b[31m", "ü", "\x7f")),  # type: ignore[call-arg]
]


@pytest.mark.parametrize(("message", "field"), BAD_FIELDS, ids=lambda value: value if isinstance(value, str) else "")
def test_invalid_field_is_neither_written_nor_read(message: m.Message, field: str) -> None:
    with pytest.raises(m.BadField, match=field):
        encode(message)
    try:
        data = written_unchecked(message)
    except (TypeError, OverflowError):
        return  # msgpack itself cannot write it
    with pytest.raises(m.BadMessage):
        decode(data)


def written_unchecked(message: m.Message) -> bytes:
    """What a careless peer would write."""
    values: list[Any] = [message.tag]
    for field in fields(message):  # type: ignore[arg-type]
        value = getattr(message, field.name)
        if isinstance(value, tuple | list) and value and isinstance(value[0], PeerAddress):
            values += [one.ip + one.port.to_bytes(2, "big") for one in value]
        elif field.name in {"short_ids", "transaction_ids"}:
            values.append(b"".join(value) + (b"\x01" if isinstance(value, list) else b""))
        elif isinstance(value, list):
            values.append(value)
        elif isinstance(value, tuple):
            values += value
        elif field.name == "kind":
            values.append(9)
        else:
            values.append(value)
    return bytes(msgpack.packb(values))


OTHER_SPELLINGS = {
    "a number with leading zeros": "9205cc2a",
    "a wide number": "9205cf000000000000002a",
    "a number as float": "9205cb4045000000000000",
    "a signed number": "9205d02a",
    "a wide array header": "dc0002052a",
    "a very wide array header": "dd00000002052a",
    "a wide tag": "92cc052a",
    "a wide bin header": "9208c500080202020202020202",
    "text instead of bytes": "9208a80202020202020202",
    "bytes instead of text": GOLDEN["Hello"].replace("ab736b616c642f302e312e30", "c40b736b616c642f302e312e30"),
    "a wide text header": GOLDEN["Hello"].replace("ab736b616c642f302e312e30", "d90b736b616c642f302e312e30"),
    "something behind the end": GOLDEN["Pong"] + "00",
    "a nested list": "930991c402aabbc401cc",
    "an empty list within": "93099090",
    "a map": "920580",
    "a map with something in it": "92058101c0",
    "an extension": "9205d40100",
    "an empty extension": "9205c70001",
    "a timestamp": "9205d6ff00000000",
    "nil": "9205c0",
    "true": "9205c3",
    "a byte that msgpack never uses": "9205c1",
    "a missing field": "9105",
    "a field too many": "93052a2a",
    "an announced but absent field": "9205",
    "an unknown tag": "917f",
    "tag zero": "9100",
    "a negative tag": "91e0",
    "no array": "2a",
    "an empty array": "90",
    "nothing": "",
    "a map instead of the array": "8105c0",
    "an endless array": "ddffffffff09",
    "an endless bin": "9208c6ffffffff",
    "an endless text": "9208dbffffffff",
    "text that is no UTF-8": GOLDEN["Hello"].replace("ab736b616c642f302e312e30", "ab736b616c642f302e31ff30"),
    "half a short id": "9208c40702020202020202",
}


@pytest.mark.parametrize("data", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS)
def test_invalid_spelling(data: str) -> None:
    with pytest.raises(m.BadMessage):
        decode(bytes.fromhex(data))


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_invalid_truncated(message: m.Message) -> None:
    data = encode(message)
    for size in range(len(data)):
        with pytest.raises(m.BadMessage):
            decode(data[:size])


def test_invalid_too_large_is_not_even_unpacked() -> None:
    for message in EXAMPLES:
        size = message.layout.size_bytes_max + 1
        with pytest.raises(m.MessageTooLarge, match=f"has {size} bytes"):
            decode(encode(message).ljust(size, b"\x00"))


def test_whatever_is_decoded_is_written_the_same_way() -> None:
    """With up to three bits flipped it is a message of exactly these bytes, or refused."""
    rng = random.Random(31)
    understood = 0
    for _ in range(20_000):
        data = bytearray(encode(rng.choice(EXAMPLES)))
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            message = decode(bytes(data))
        except m.BadMessage:
            continue
        assert encode(message) == bytes(data)
        understood += 1
    assert understood > 1_000


def test_errors_name_message_and_field() -> None:
    with pytest.raises(m.BadField, match=re.escape("The field count of a GetBlocks message is not an integer from 1")):
        encode(m.GetBlocks(ID, 1, 300))
    with pytest.raises(m.UnknownMessage, match="7f"):
        decode(b"\x91\x7f")


# --- bombs (reliability P5)


def bombs() -> dict[str, bytes]:
    size = m.MESSAGE_BYTES_MAX - 8
    tag = m.Transactions.tag
    return {
        "maps": bytes((0xDC, 0x03, 0xE9, tag)) + b"\x80" * size,
        "maps in a wide array": bytes((0xDC, 0xFF, 0xFF, m.BlockTransactions.tag)) + b"\x80" * size,
        "arrays": bytes((0xDC, 0x03, 0xE9, tag)) + b"\x91" * size,
        "arrays in arrays": bytes((0xDC, 0x03, 0xE9, tag)) + b"\xdc\x80\x00" * (size // 3),
        "numbers": bytes((0xDC, 0xFF, 0xFF, m.BlockTransactions.tag)) + b"\xcf" * size,
        "tiny bins": bytes((0xDC, 0xFF, 0xFF, m.BlockTransactions.tag)) + b"\xc4\x02ab" * (size // 4),
        "a long bin": bytes((0x92, tag, 0xC6, 0xFF, 0xFF, 0xFF, 0xFF)) + b"\x00" * size,
        "extensions": bytes((0xDC, 0x03, 0xE9, tag)) + b"\xd4\x01\x00" * (size // 3),
    }


@pytest.mark.parametrize("data", bombs().values(), ids=bombs())
def test_invalid_bomb_costs_no_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(m.BadMessage):
            decode(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8 * len(data)


# --- batches and versions


def test_a_batch_gives_its_messages_back() -> None:
    written = [encode(one) for one in EXAMPLES]
    assert list(unpack_batch(pack_batch(written))) == written


@pytest.mark.parametrize("payload", ["", "00", "000000", "00000003", "000000039105", "0000000291050000", "ffffffff00"])
def test_invalid_batch(payload: str) -> None:
    with pytest.raises(m.BadBatch):
        list(unpack_batch(bytes.fromhex(payload)))


def test_the_version_is_read_from_a_greeting_of_any_version() -> None:
    assert read_version(encode(example(m.Hello))) == 1
    assert read_version(encode(example(m.Welcome))) == 1
    assert read_version(bytes.fromhex("95010263616263")) == 2
    assert read_version(bytes.fromhex("9b01cdffff00")) == 65_535
    for other in ("", "95", "9501", "9501c0", "9501c403aabbcc", "950402", "81010201", "9501cf"):
        assert read_version(bytes.fromhex(other)) is None
