"""What a transaction costs from its request to its block: JSON-RPC, signature, admission, production, commit with history, mempool.

They are signed before, and sent over connections that stay open to a node that makes a block every three seconds, as a node does. CPU is
that of the node from the first request until all stand in blocks, by transaction.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from chain.asset import HIVE, MAINNET, Asset
from chain.keys import PrivateKey, Scheme
from chain.operation import Operation
from chain.operations import Comment, CustomJson, Transfer, Vote
from chain.transaction import Transaction
from chain.types import parse_time
from chain.wire import HF26, Packing
from tests.benchmarks.crowd import account_name, permlink
from tests.benchmarks.measuring import Figure, Verify
from tests.benchmarks.request_server import BODY_BYTES, POSTS
from tests.benchmarks.served import Server, http_request

CONNECTIONS = 200  # whoever waits for a block holds one
PEOPLE = TRANSACTIONS_EACH = (
    1_000  # the same in each sample: their rows and histories are in memory, as of whoever is active
)
MICROSECONDS_MAX = 250.0
BLOCKS_WAITED = 2
EXPIRATION_SECONDS = 600


def _vote(name: str, chance: random.Random) -> Operation:
    post = chance.randrange(POSTS)
    return Vote(name, account_name(post), permlink(post), chance.randrange(1, 10_001))


def _transfer(name: str, chance: random.Random) -> Operation:
    receiver = account_name(chance.randrange(PEOPLE))
    return Transfer(name, receiver, Asset(chance.randrange(1, 1_000), HIVE), "thank you")


def _comment(name: str, chance: random.Random) -> Operation:
    body = chance.randbytes(BODY_BYTES // 2).hex()
    return Comment("", "skald", name, f"new-{chance.randrange(10**12)}", "A title", body, '{"tags":["skald"]}')


def _custom_json(name: str, chance: random.Random) -> Operation:
    return CustomJson((), (name,), "game", orjson.dumps({"move": chance.randrange(10**9), "by": name}).decode())


SENT: tuple[tuple[str, str, Callable[[str, random.Random], Operation], str], ...] = (
    ("custom_json", "broadcast_transaction", _custom_json, "hived 405 µs"),
    ("vote", "broadcast_transaction", _vote, "hived 558 µs"),
    ("transfer", "broadcast_transaction", _transfer, "hived 724 µs"),
    ("comment of 1 kB", "broadcast_transaction", _comment, "hived 787 µs"),
    ("transfer, synchronous", "broadcast_transaction_synchronous", _transfer, ""),
)


class Sending:
    """A client of one node, who has everybody's keys."""

    def __init__(self, node: Server) -> None:
        self.node = node
        self.chain_id = bytes.fromhex(node.told["chain_id"])
        self.chance = random.Random(11)

    def head(self) -> dict[str, Any]:
        found: dict[str, Any] = self.node.call("database_api.get_dynamic_global_properties", {})
        return found

    def requests(self, method: str, make: Callable[[str, random.Random], Operation], count: int) -> list[bytes]:
        head = self.head()
        block_id, now = bytes.fromhex(head["head_block_id"]), parse_time(head["time"])
        place = (head["head_block_number"] & 0xFFFF, int.from_bytes(block_id[4:8], "little"), now + EXPIRATION_SECONDS)
        requests = []
        for number in self.chance.sample(range(PEOPLE), count):
            unsigned = Transaction(*place, (make(account_name(number), self.chance),)).with_packing(
                Packing(MAINNET, HF26)
            )
            key = PrivateKey.from_seed(account_name(number), Scheme.ED25519 if number % 2 else Scheme.SECP256K1)
            signed = unsigned.with_signatures([key.sign(unsigned.digest(self.chain_id))])
            params = {"trx": signed.to_json(HF26, MAINNET)}
            call = {"jsonrpc": "2.0", "id": 1, "method": f"network_broadcast_api.{method}", "params": params}
            requests.append(http_request(orjson.dumps(call)))
        return requests

    def microseconds_each(self, requests: list[bytes]) -> float:
        first, before = self.head()["head_block_number"], self.node.cpu_seconds()
        for reply in self.node.ask(requests):
            assert b'"error"' not in reply, reply
        last = self.head()["head_block_number"] + BLOCKS_WAITED
        while self.head()["head_block_number"] < last:
            time.sleep(0.5)
        spent = self.node.cpu_seconds() - before
        ids = [
            self.node.call("block_api.get_block", {"block_num": num})["block"]["transaction_ids"]
            for num in range(first + 1, last + 1)
        ]
        assert sum(map(len, ids)) == len(requests)
        return spent / len(requests) * 1e6


def measure_broadcasts(folder: Path, repeats: int) -> Iterator[Figure]:
    verify = Verify()
    with Server("tests.benchmarks.broadcast_server", str(folder / "broadcasts"), connections=CONNECTIONS) as node:
        sending = Sending(node)
        for name, method, make, peer in SENT:
            figure = Figure(
                "transactions over JSON-RPC into blocks",
                name,
                floor_name="libsodium verify",
                note=peer,
                most=MICROSECONDS_MAX,
            )
            count = CONNECTIONS if method.endswith("synchronous") else TRANSACTIONS_EACH
            for number in range(repeats + 1):
                sample = sending.microseconds_each(sending.requests(method, make, count))
                if number:
                    figure.add(sample, verify.microseconds())
            yield figure
