"""What real client libraries send on their first day on a chain, and whether they find in the answers what they read there.

The requests are those of unmodified packages, named with their versions in tests/vectors/client_requests.json: a new account, a transfer,
a post, a comment, a vote, stake, rewards and refusals, and all the questions that the library asks in between. `${…}` in them stands for
what differs from chain to chain; transactions are signed anew here, over the packing that the library uses.
"""

import json
from typing import Any, Final

import jsonschema
import pytest

from chain.keys import public_key_text
from chain.transaction import Transaction
from chain.types import time_text
from chain.wire import HF26, LEGACY, Form, Packing
from node.rpc.openrpc import examples
from tests.helpers.vectors import vectors
from tests.node.rpc_world import RpcWorld

FILE: Final = "client_requests.json"
STORIES: Final = {story["client"]: story for story in vectors(FILE, "stories")}
READS: Final = {row["method"]: row["members"] for row in vectors(FILE, "reads")}

CASHOUT_BLOCKS: Final = 25  # a devnet's post is paid after a minute
EXPIRATION_SECONDS: Final = 60
SUBSIDY_BLOCKS: Final = 15  # until the chain has an account to give away


class Day:
    """One library's day: a chain of its own, and the values that its requests leave open."""

    def __init__(self, story: dict[str, Any]) -> None:
        self.form = {"legacy": LEGACY, "hf26": HF26}[story["packing"]]
        self.world = RpcWorld()
        self.world.produce(SUBSIDY_BLOCKS)
        self.open: dict[str, Any] = {
            f"{role}_key": public_key_text(self.world.key("newcomer", role).public_key)
            for role in ("owner", "active", "posting", "memo")
        }
        # Some libraries look at an old block before they send anything.
        self.remember(
            self.world.send("alice", "transfer", from_="alice", to="bob", amount="0.001 HIVE", memo=""), LEGACY
        )

    def live(self, step: dict[str, Any]) -> None:
        """Send a request and look at the answer as the library does; a new block follows everything that was sent."""
        request = self.prepared(step)
        if "claim_reward_balance" in json.dumps(request):
            self.world.produce(CASHOUT_BLOCKS)
            request = self.prepared(step)
        for _ in range(step.get("times", 1)):
            reply = self.world.reply(request)
        if "error" in step:
            check_refusal(reply, request, step)
            return
        is_batch = isinstance(request, list)
        for one, its_request in zip(reply if is_batch else [reply], request if is_batch else [request], strict=True):
            check_answer(one, its_request)
        if "signer" in step and "verify" not in json.dumps(request):
            self.remember(transaction_in(request), self.form)

    def prepared(self, step: dict[str, Any]) -> Any:
        """The request for this chain and this moment."""
        head = self.world.chain.head_id
        self.open |= {
            "ref_block_num": int.from_bytes(head[2:4], "big"),
            "ref_block_prefix": int.from_bytes(head[4:8], "little"),
            "expiration": time_text(self.world.chain.state.globals.time + EXPIRATION_SECONDS),
        }
        request = self.filled(step["request"])
        if "signer" in step:
            account, role = step["signer"].split(":")
            value = transaction_in(request)
            digest = self.packed(value, self.form).digest(self.world.chain.params.chain_id)
            value["signatures"] = [self.world.key(account, role).sign(digest).hex()]
        return request

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.filled(member) for member in value]
        if isinstance(value, str) and value.startswith("${"):
            return self.open.get(value[2:-1], value)
        return value

    def packed(self, value: dict[str, Any], form: Form) -> Transaction:
        unsigned = Transaction.from_json(value | {"signatures": []}, None, self.world.dialect)
        return unsigned.with_packing(Packing(self.world.dialect, form))

    def remember(self, value: dict[str, Any], form: Form) -> None:
        """Let a block hold what was sent; it is the latest transfer that is asked for later."""
        if len(self.world.chain.mempool):
            self.world.produce()
        kind = value["operations"][0]
        if (kind[0] if isinstance(kind, list) else kind["type"]) in {"transfer", "transfer_operation"}:
            self.open |= {"transaction_id": self.packed(value, form).id.hex(), "block_num": self.world.chain.head_num}


def transaction_in(value: Any) -> dict[str, Any]:
    """The transaction somewhere in a request."""
    if isinstance(value, dict) and "ref_block_num" in value:
        return value
    members = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [transaction_in(member) for member in members]
    return next((one for one in found if one), {})


def check_answer(reply: dict[str, Any], request: dict[str, Any]) -> None:
    """A result and nothing else under the same id, with every member that the library reads, of the types that rpc.discover tells."""
    assert list(reply) == ["jsonrpc", "result", "id"], (request, reply)
    assert reply["jsonrpc"] == "2.0"
    assert (type(reply["id"]), reply["id"]) == (type(request["id"]), request["id"])
    for path in READS[method_of(request)]:
        at(reply["result"], path)
    jsonschema.validate(reply["result"], examples()[method_of(request)]["schema"], jsonschema.Draft7Validator)


def check_refusal(reply: dict[str, Any], request: dict[str, Any], step: dict[str, Any]) -> None:
    """An error and nothing else, in the words that the library matches, with what it shows to its caller."""
    assert list(reply) == ["jsonrpc", "error", "id"]
    assert (type(reply["id"]), reply["id"]) == (type(request["id"]), request["id"])
    error = reply["error"]
    assert error["code"] == step["error"]
    assert step["says"] in error["message"]
    assert {"code", "name", "message", "stack"} <= set(error["data"])
    for frame in error["data"]["stack"]:
        assert isinstance(frame["data"], dict)
        assert {"level", "file", "line", "method", "hostname", "thread_name", "timestamp"} <= set(frame["context"])


def method_of(request: dict[str, Any]) -> str:
    if request["method"] == "call":
        return ".".join(request["params"][:2])
    return str(request["method"])


def at(value: Any, path: str) -> Any:
    """The member of a result under a path such as `accounts.0.name`; "" is the whole. Fails where it is missing."""
    for name in path.split(".") if path else []:
        members = value if isinstance(value, dict) else dict(zip(map(str, range(len(value))), value, strict=True))
        assert name in members, f"no {path}: {value}"
        value = members[name]
    return value


@pytest.mark.parametrize("client", STORIES)
def test_a_library_finds_what_it_reads(client: str) -> None:
    day = Day(STORIES[client])
    for step in STORIES[client]["steps"]:
        day.live(step)
    assert day.world.bugs.seen == []
    (account,) = day.world.ask("condenser_api.get_accounts", [["newcomer"]])
    assert float(account["balance"].split()[0]) >= 20
    assert account["vesting_withdraw_rate"] == "100.000000 VESTS"
    assert account["witness_votes"] == ["initminer"]
    assert account["received_vesting_shares"] == "10000.000000 VESTS"
