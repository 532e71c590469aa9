"""Every declared record comes back from every form, and no bytes make a decoder fail in an unexpected way."""

import contextlib
import random
import struct
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.asset import MAINNET, TESTNET
from chain.block import Block
from chain.errors import InvalidInput, InvalidOperation
from chain.events import EVENT, EVENTS, decode_event, encode_event
from chain.fields import struct_of
from chain.jsonform import HF26, LEGACY, read_value, to_json, value_json
from chain.jsonread import careful_reader, reader
from chain.operation import OPERATIONS
from chain.operations import OPERATION
from chain.params import MAINNET as MAINNET_PARAMS
from chain.transaction import Transaction
from chain.wire import Decoder, Encoder, NotEncodable, Packing, reading
from tests.helpers.declared import records, values_of

PACKINGS = [Packing(dialect, form) for dialect in (MAINNET, TESTNET) for form in (LEGACY, HF26)]
KINDS = [*OPERATIONS.values(), *EVENTS.values()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_kind_comes_back(kind: Any, data: st.DataObject) -> None:
    value = data.draw(records(kind))
    of = OPERATION if kind in OPERATION.kinds else EVENT
    for packing in PACKINGS:
        raw = of.encode(value, packing)
        assert of.decode(raw, 0, packing) == (value, len(raw))
    for dialect in (MAINNET, TESTNET):
        for form in (LEGACY, HF26):
            written = orjson.loads(orjson.dumps(to_json(value, form, dialect)))
            assert read_value(of, written, form, dialect) == value
            assert read_value(of, written, None, dialect) == value
    if of is EVENT:
        assert decode_event(encode_event(value)) == value


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(values_of(OPERATION), max_size=4), st.sampled_from(PACKINGS))
def test_transactions_come_back(operations: list[Any], packing: Packing) -> None:
    transaction = Transaction(1, 2, 3, operations).with_packing(packing)
    again = Transaction.decode(transaction.packed_bytes, packing.dialect)
    assert again == transaction
    assert again.packed(packing) == transaction.packed_bytes
    assert again.packing_in(packing.dialect) is not None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(values_of(OPERATION))
def test_validate_raises_nothing_but_invalid_operation(operation: Any) -> None:
    with contextlib.suppress(InvalidOperation):
        operation.validate(MAINNET_PARAMS)
        operation.authorities()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "value", "amount", "weight"]), inner),
    )
)
def test_json_reading_raises_nothing_but_invalid_input(value: Any) -> None:
    for content in (value, ["transfer", value], {"type": "comment_options", "value": value}, [10, {"owner": value}]):
        with contextlib.suppress(InvalidInput):
            read_value(OPERATION, content, None, MAINNET)


SEED = 20_261_123
RANDOM_STRINGS = 100_000


def test_random_bytes_raise_nothing_but_invalid_input() -> None:
    """Half are noise, half are good transactions and blocks with a few bytes changed or cut."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    good = [
        Transaction(1, 2, 3, [operation]).with_packing(packing).packed_bytes
        for operation in (kind_example(kind) for kind in OPERATIONS.values())
        for packing in PACKINGS[2:]
    ]
    refused = 0
    for index in range(RANDOM_STRINGS):
        if index % 2:
            data = rng.randbytes(rng.randrange(120))
        else:
            mutated = bytearray(rng.choice(good))
            for _ in range(rng.randrange(1, 4)):
                mutated[rng.randrange(len(mutated))] = rng.randrange(256)
            data = bytes(mutated[: rng.randrange(1, len(mutated) + 1)]) if rng.random() < 0.3 else bytes(mutated)
        reader = Block if index % 5 == 0 else Transaction
        try:
            reader.decode(data, TESTNET)
        except InvalidInput:
            refused += 1
    assert RANDOM_STRINGS > refused > RANDOM_STRINGS // 2


SPOILT_EACH = 150


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_straight_decoders_mean_what_the_careful_ones_mean(kind: Any) -> None:
    """The same value and end, or the same error, whatever the bytes: whole ones, spoilt ones and cut ones."""
    rng = random.Random(f"{SEED} {kind.name}")
    print(f"seed {SEED} {kind.name}")
    of = struct_of(kind)
    straight, careful = of.decoder(TESTNET), of.careful_decoder(TESTNET)
    good = [of.encode(example, packing) for example in examples(kind, 5) for packing in PACKINGS[2:]]
    for number in range(SPOILT_EACH):
        data = bytearray(rng.choice(good) + rng.randbytes(rng.randrange(3)))
        for _ in range(rng.randrange(1, 4) if number % 3 and data else 0):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 16, 17, 127, 128, 255, rng.randrange(256)))
        cut = bytes(data[: rng.randrange(len(data) + 1)]) if number % 2 else bytes(data)
        assert outcome(straight, cut) == outcome(careful, cut)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_straight_encoders_mean_what_the_careful_ones_mean(kind: Any) -> None:
    """The same bytes, or the same error, whatever stands in the fields."""
    rng = random.Random(f"{SEED} {kind.name}")
    print(f"seed {SEED} {kind.name}")
    of = struct_of(kind)
    for packing in PACKINGS:
        straight, careful = of.encoder(packing), of.careful_encoder(packing)
        for example in examples(kind, 5):
            for name in ("", *of.names):
                spoilt = SimpleNamespace(
                    **{one: getattr(example, one) for one in of.names}
                )  # a native record refuses odd values
                if name:
                    setattr(spoilt, name, _odd(getattr(example, name), rng))
                assert written(straight, spoilt) == written(careful, spoilt)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_straight_readers_of_json_mean_what_the_careful_ones_mean(kind: Any) -> None:
    """The same value, or the same error, whatever stands in a member, and whichever is missing."""
    rng = random.Random(f"{SEED} {kind.name}")
    print(f"seed {SEED} {kind.name}")
    of = struct_of(kind)
    if of.is_bare:
        return
    for form in (LEGACY, HF26):
        straight, careful = reader(of, form, TESTNET), careful_reader(of, form, TESTNET)
        for example in examples(kind, 2):
            members = orjson.loads(orjson.dumps(value_json(example, form, TESTNET)))
            assert found(straight, members) == found(careful, members) == example
            for name in of.json_names:
                for odd in (*ODD_MEMBERS, rng.choice(ODD_TEXTS)):
                    assert found(straight, members | {name: odd}) == found(careful, members | {name: odd})
                rest = {other: value for other, value in members.items() if other != name}
                assert found(straight, rest) == found(careful, rest)
        for odd in (None, [], "", 7):
            assert found(straight, odd) == found(careful, odd)


ODD_MEMBERS = (
    None,
    True,
    "",
    [],
    {},
    7,
    -1,
    "7",
    "-1",
    2**63,
    2**64,
    [7],
    [""],
    [[]],
    ["ä", 7],
    {"type": "x", "value": {}},
)
ODD_TEXTS = ("\udcff", "ä" * 70, "x" * 16, "x" * 17, "ä" * 8, "ä" * 9)


def found(read: Any, value: Any) -> Any:
    """What a reader of JSON makes of a value, or what it says of it."""
    try:
        return read(value)
    except InvalidInput as error:
        return type(error), str(error)


def _odd(value: Any, rng: random.Random) -> Any:
    """Another value of that type, which may be out of range."""
    if isinstance(value, str):
        return rng.choice(("\udcff", "ä" * 70, "x" * rng.choice((16, 17, 127, 128, 300))))
    if isinstance(value, int) and not isinstance(value, bool):
        return rng.choice((-1, 2**63, 2**64))
    return value


def written(encode: Encoder, value: Any) -> object:
    try:
        return encode(value)
    except (InvalidInput, NotEncodable, struct.error, OverflowError) as error:
        return type(error), str(error)


def examples(kind: Any, count: int) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None)
    @given(records(kind))
    def gather(value: Any) -> None:
        found.append(value)

    gather()
    return found


def outcome(decode: Decoder, data: bytes) -> object:
    try:
        with reading():
            return decode(data, 0)
    except InvalidInput as error:
        return str(error)


def kind_example(kind: Any) -> Any:
    """The operation that hived reads from an empty object."""
    return read_value(OPERATION, [kind.name, {}], None, MAINNET)
