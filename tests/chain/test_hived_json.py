"""Operations, events and headers of ten chains that hived wrote are written in JSON as hived wrote them."""

import gzip
import json
from typing import Any

import pytest

from chain.asset import TESTNET
from chain.blocklog import read_blocks
from chain.errors import ChainError
from chain.events import EVENT, decode_event, encode_event
from chain.jsonform import HF26, LEGACY, from_json, read_value, to_json
from chain.keys import public_key_text, signature_key
from chain.operations import OPERATION
from chain.presets import HIVED_TESTNET
from chain.types import time_text
from tests.helpers.shared import shared_path

pytestmark = pytest.mark.shared

CHAINS = ("content", "debt", "debtlimit", "edge", "genesis", "governance", "hf27", "mixed", "money", "stake")

# What hived says when an operation's own shape is wrong, beside the many things that only a state can refuse.
MISSHAPEN = (
    "Must claim something",
    "JSON is not valid JSON",
    "ratification deadline must be before escrow expira",
    "Cannot set a transfer to yourself",
    "Operation is currently disabled",
    "Items should be unique and sorted",
)


def dump(chain: str, name: str) -> Any:
    with gzip.open(shared_path("parity", chain, "dumps", f"{name}.json.gz")) as file:
        return json.load(file)


@pytest.mark.parametrize("chain", CHAINS)
def test_operations_from_the_log_are_written_as_in_the_dump(chain: str) -> None:
    by_block = dump(chain, "ops_by_block")
    with shared_path("parity", chain, "block_log").open("rb") as file:
        for block in read_blocks(file, TESTNET):
            rows = [row for row in by_block[str(block.num)] if not row["virtual_op"]]
            ours = [
                (transaction.id.hex(), to_json(operation, HF26, TESTNET))
                for transaction in block.transactions
                for operation in transaction.operations
            ]
            assert ours == [(row["trx_id"], row["op"]) for row in rows]


@pytest.mark.parametrize("chain", CHAINS)
def test_everything_in_the_dump_comes_back(chain: str) -> None:
    for rows in dump(chain, "ops_by_block").values():
        for row in rows:
            of = EVENT if row["virtual_op"] else OPERATION
            value = read_value(of, row["op"], HF26, TESTNET)
            assert to_json(value, HF26, TESTNET) == row["op"]
            assert read_value(of, to_json(value, LEGACY, TESTNET), LEGACY, TESTNET) == value
            if of is EVENT:
                assert decode_event(encode_event(value)) == value


@pytest.mark.parametrize("chain", CHAINS)
def test_headers_are_written_as_in_the_dump(chain: str) -> None:
    headers = dump(chain, "block_headers")
    with shared_path("parity", chain, "block_log").open("rb") as file:
        for block in read_blocks(file, TESTNET):
            wanted = headers[str(block.num)]
            header = block.header
            written = header.to_json(HF26, TESTNET) | {"block_id": block.id.hex()}
            assert {name: value for name, value in wanted.items() if name in written} == {
                name: value for name, value in written.items() if name in wanted
            }
            assert wanted["timestamp"] == time_text(header.timestamp)
            if block.num % 50 == 1:  # a recovery costs more than all the rest
                assert wanted["signing_key"] == public_key_text(
                    signature_key(header.signing_digest, header.witness_signature)
                )


@pytest.mark.parametrize("chain", CHAINS)
def test_invalid_shapes_are_those_that_hived_refused_for_their_shape(chain: str) -> None:
    for refused in dump(chain, "rejected"):
        is_misshapen = any(text in str(refused["message"]) for text in MISSHAPEN)
        assert is_refused(refused["operations"]) == is_misshapen, refused


def is_refused(operations: list[Any]) -> bool:
    try:
        for value in operations:
            from_json(value, TESTNET).validate(HIVED_TESTNET)
    except ChainError:
        return True
    return False
