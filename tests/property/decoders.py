"""Every decoder that reads what somebody else wrote: where it takes bytes, what it may raise, and what a good input looks like.

A decoder may refuse with a ChainError and with nothing else. What it accepts and can write again must come out as the same bytes
wherever the form is canonical.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

import node.fixtures
from chain.asset import TESTNET, parse_asset_text, parse_nai_asset
from chain.block import Block
from chain.blocklog import BlockLogWriter, read_blocks
from chain.errors import ChainError, InvalidInput
from chain.events import ProducerReward as SomeEvent
from chain.events import decode_event, encode_event
from chain.finality.attestations import Attestation, Checkpoint, RootCertificate
from chain.finality.evidence import TwoVotes, decode_evidence
from chain.finality.votes import Certificate, Place, Vote
from chain.hived_spec import read_hived_spec
from chain.keys import (
    PrivateKey,
    Scheme,
    parse_public_key,
    parse_signature,
    public_key_text,
    signature_key,
    signature_text,
)
from chain.memo import encrypt_memo, parse_memo
from chain.presets import chain_entries, genesis_file, read_genesis
from chain.transaction import Transaction
from chain.wire import HF26, LEGACY, Packing
from node.fixtures.reading import read_fixtures
from node.p2p import messages as m
from node.sign_state import SignRecord
from node.snapshot.file import Frame, Manifest
from tests.helpers.play import Play
from tests.node.p2p.examples import EXAMPLES

Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class Decoder:
    """`again` writes an accepted value anew, where equal values have equal bytes."""

    name: str
    decode: Decode
    examples: tuple[bytes, ...]
    again: Encode | None = None


def _text(read: Callable[[str], Any]) -> Decode:
    """A reader of text, over bytes: what is not UTF-8 never reaches it."""

    def decode(data: bytes) -> Any:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise InvalidInput(reason="not UTF-8") from None
        return read(text)

    return decode


def _json(read: Callable[[Any], Any]) -> Decode:
    def decode(data: bytes) -> Any:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise InvalidInput(reason="not JSON") from None
        return read(value)

    return decode


def _played() -> Play:
    play = Play()
    play.produce(2)
    alice, bob = "alice", "bob"
    play.admit(play.sign(play.transfer(alice, bob, "1.000 HIVE", "tea"), by=alice))
    post = {"parent_author": "", "parent_permlink": "news", "author": alice, "permlink": "hello", "title": "Hello"}
    post |= {"body": "Grüße", "json_metadata": '{"tags":["a"]}'}
    play.admit(play.sign(play.operation("comment", **post), by=alice, role="posting", form=HF26))
    play.produce()
    vote = {"voter": bob, "author": alice, "permlink": "hello", "weight": 10_000}
    play.admit(play.sign(play.operation("vote", **vote), by=bob, role="posting"))
    play.produce()
    return play


def _log_of(blocks: list[Block]) -> bytes:
    file = io.BytesIO()
    writer = BlockLogWriter(file)
    for block in blocks:
        writer.append(block.packed_bytes)
    return file.getvalue()


def decoders() -> Iterator[Decoder]:
    """All of them; the examples are made anew, from fixed keys."""
    play = _played()
    chain, params = play.chain, play.params
    dialect, key = params.dialect, PrivateKey.from_seed("decoders")
    blocks = list(chain.blocks(1, chain.head_num))
    transactions = [transaction for block in blocks for transaction in block.transactions]
    packings = [Packing(dialect, form) for form in (LEGACY, HF26)]

    yield Decoder(
        "block",
        lambda data: Block.decode(data, dialect),
        tuple(block.packed_bytes for block in blocks),
        lambda block: block.packed_bytes,
    )
    yield Decoder(
        "transaction",
        lambda data: Transaction.decode(data, dialect),
        tuple(one.packed(packing) for one in transactions for packing in packings),
        lambda one: one.packed_bytes,
    )
    yield Decoder(
        "transaction in JSON",
        _json(lambda value: Transaction.from_json(value, None, dialect)),
        tuple(orjson.dumps(one.to_json(form, dialect)) for one in transactions for form in (LEGACY, HF26)),
    )
    yield Decoder(
        "event",
        decode_event,
        (encode_event(SomeEvent("alice", parse_asset_text("1.000000 VESTS", dialect))),),
        encode_event,
    )
    yield Decoder("block log", lambda data: list(read_blocks(io.BytesIO(data), dialect)), (_log_of(blocks),))
    yield from _statements(params.chain_id, chain.head_id, key)
    yield Decoder("message of a peer", m.decode, tuple(map(m.encode, EXAMPLES)), m.encode)
    yield Decoder(
        "batch of messages", lambda data: list(m.unpack_batch(data)), (m.pack_batch([*map(m.encode, EXAMPLES)]),)
    )
    yield from _texts(key)
    yield from _files(play)


def _statements(chain_id: bytes, block_id: bytes, key: PrivateKey) -> Iterator[Decoder]:
    """What witnesses say about finality, and the record of what one has said."""
    vote = Vote.signed(chain_id, Place(3, 1, 1), block_id, "alice", key)
    other = Vote.signed(chain_id, Place(3, 1, 1), block_id[:-1] + b"!", "alice", key)
    checkpoint = Checkpoint(block_id, bytes(32), bytes(32))
    seats = ((0, vote.signature), (2, other.signature))
    yield Decoder("vote on finality", Vote.decode, (vote.encode(),), Vote.encode)
    certificate = Certificate(3, 1, 1, block_id, seats)
    yield Decoder("certificate", Certificate.decode, (certificate.encode(),), Certificate.encode)
    attestation = Attestation.signed(chain_id, checkpoint, "alice", key)
    yield Decoder("attestation", Attestation.decode, (attestation.encode(),), Attestation.encode)
    root = RootCertificate(checkpoint, seats)
    yield Decoder("root certificate", RootCertificate.decode, (root.encode(),), RootCertificate.encode)
    evidence = TwoVotes.of(vote, other).encode()
    yield Decoder("evidence", decode_evidence, (evidence,), lambda found: found.encode())
    yield Decoder("record of what was signed", _found(SignRecord.decode), (SignRecord(1, 2, 3).encode(),))


def _texts(key: PrivateKey) -> Iterator[Decoder]:
    """What people type and copy."""
    digest = bytes(range(32))
    parse_key, edwards = _text(parse_public_key), PrivateKey.from_seed("decoders", Scheme.ED25519)
    keys = tuple(public_key_text(one.public_key).encode() for one in (key, edwards))
    yield Decoder("public key", parse_key, keys)
    yield Decoder("private key", _text(PrivateKey.parse), (key.text.encode(), edwards.text.encode()))
    signatures = tuple(one.sign(digest) for one in (key, edwards))
    yield Decoder("signature", lambda data: signature_key(digest, data), signatures)
    yield Decoder(
        "signature as text", _text(parse_signature), tuple(signature_text(one).encode() for one in signatures)
    )
    yield Decoder("amount", _text(lambda text: parse_asset_text(text, TESTNET)), (b"1.000 TESTS", b"0.123456 VESTS"))
    amount = b'{"amount":"1000","precision":3,"nai":"@@000000021"}'
    yield Decoder("amount by number", _json(parse_nai_asset), (amount,))
    memo = encrypt_memo("#tea at five", key, key.public_key, 7)
    yield Decoder("memo", _text(parse_memo), (memo.encode(),))


def _files(play: Play) -> Iterator[Decoder]:
    """What an operator gives, and what others have written on a disk."""
    smallest = {
        "format": 1,
        "chains": {"hived-testnet": chain_entries(genesis_file(), "genesis.json")["hived-testnet"]},
    }
    yield Decoder("genesis file", _text(read_genesis), (orjson.dumps(smallest),))
    acting = {account.name for account in play.genesis.accounts}
    demo = Path(node.fixtures.__file__).with_name("demo.toml").read_bytes()
    read = partial(read_fixtures, where="fixtures", genesis=play.genesis, acting=acting)
    yield Decoder("fixtures", _text(read), (demo,))
    manifest = Manifest(bytes(32), bytes(32), bytes(32), 1, (Frame(0, b"k", 9, bytes(32)),), (b"b",), (), (), (), b"")
    yield Decoder(
        "manifest of a snapshot",
        lambda data: Manifest.decode(data, Path("snapshot")),
        (manifest.encode(),),
        Manifest.encode,
    )
    spec = b'{"genesis_time":1600000000,"hardfork_schedule":[{"hardfork":28,"block_num":1}],"init_supply":1000}'
    yield Decoder("hived's chain specification", _text(read_hived_spec), (spec,))


def _found(decode: Callable[[bytes], Any]) -> Decode:
    """Of a decoder that says None for what it cannot read."""

    def decode_found(data: bytes) -> Any:
        value = decode(data)
        if value is None:
            raise InvalidInput(reason="no record")
        return value

    return decode_found


def refusal(decoder: Decoder, data: bytes) -> ChainError | None:
    """Why the decoder does not take it; None where it does. Raises AssertionError where it writes something else than it read."""
    try:
        value = decoder.decode(data)
    except ChainError as error:
        return error
    if decoder.again is not None:
        written = decoder.again(value)
        assert written == data, f"{decoder.name}: {data.hex()} comes back as {written.hex()}"
    return None
