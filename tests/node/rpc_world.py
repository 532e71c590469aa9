"""A devnet in memory with the whole JSON-RPC face in front of it, but no socket.

world = RpcWorld()
world.send("alice", "vote", voter="alice", author="bob", permlink="hello", weight=10000)   # signs and broadcasts
world.produce()                                                                           # the next block
world.ask("condenser_api.get_content", ["bob", "hello"])                                  # a result, or Refused
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import orjson

from chain.chain import Chain
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.transaction import Transaction
from chain.wire import LEGACY, Form, Packing
from node.clock import AdjustableClock, ManualClock
from node.core import NodeCore, SubmitTransaction, Tick
from node.devnet import devnet_namespace
from node.effects import TransactionAccepted, TransactionIncluded, TransactionRefused
from node.producing import ProducingRules, Production
from node.rpc.apis import make_registry
from node.rpc.context import Context, Inclusion
from node.rpc.jsonrpc import Dispatcher
from node.rpc.registry import Namespace
from tests.helpers.devnets import devnet_by_the_old_rule

POSTING = frozenset({"vote", "comment", "comment_options", "delete_comment", "claim_reward_balance", "custom_json"})


class Refused(Exception):
    """The error member of a reply."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = error["code"]
        self.message = error["message"]
        self.data = error["data"]
        super().__init__(self.message)


class Bugs:
    """Whatever was answered with -32603."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, BaseException]] = []

    def __call__(self, method: str, error: BaseException) -> str:
        self.seen.append((method, error))
        return f"bug-{len(self.seen)}"


class CoreSender:
    """Hands transactions to a core, and blocks' news to those who wait."""

    def __init__(self, world: "RpcWorld") -> None:
        self.world = world

    def submit(self, transaction: Transaction) -> Transaction:
        for effect in self.world.core.handle(SubmitTransaction(transaction), self.world.clock.now()):
            match effect:
                case TransactionAccepted():
                    return effect.transaction
                case TransactionRefused():
                    raise effect.error
        raise AssertionError("neither accepted nor refused")

    async def submit_and_wait(self, transaction: Transaction) -> tuple[Transaction, Inclusion | None]:
        packed = self.submit(transaction)
        self.world.core.await_inclusion(packed)
        for effect in self.world.produce():
            if isinstance(effect, TransactionIncluded) and effect.transaction_id == packed.id:
                return packed, Inclusion(effect.block_num, effect.position)
        return packed, None


class Asking:
    """A dispatcher over a chain, asked in Python values."""

    def __init__(self, context: Context, *extra: Namespace) -> None:
        self.context = context
        self.bugs = Bugs()
        registry = make_registry()
        for namespace in extra:
            registry.include(namespace)
        self.dispatcher = Dispatcher(registry, context, now=lambda: 1_451_606_400, report_bug=self.bugs)

    def reply(self, body: Any) -> Any:
        answer = self.dispatcher.answer(body if isinstance(body, bytes) else orjson.dumps(body))
        if isinstance(answer, Coroutine):
            answer = asyncio.run(answer)
        return orjson.loads(answer)

    def ask(self, method: str, params: Any = None) -> Any:
        """The result of a call. Raises Refused."""
        request = {"jsonrpc": "2.0", "method": method, "id": 1}
        reply = self.reply(request if params is None else request | {"params": params})
        if "error" in reply:
            raise Refused(reply["error"])
        return reply["result"]


class RpcWorld(Asking):
    """A devnet by Hive's rule of irreversibility: accounts alice, bob, carol … with the login password in genesis.json; initminer makes the blocks."""

    def __init__(self, **params: Any) -> None:
        genesis = devnet_by_the_old_rule(**params)
        assert genesis.login_password
        self.password = genesis.login_password
        self.chain = Chain(MemoryBackend(), genesis)
        self.clock = AdjustableClock(source=ManualClock(genesis.params.genesis_time))
        keys = [PrivateKey.from_login(one.name, "witness", self.password) for one in genesis.witnesses]
        keys.append(PrivateKey.from_seed("init_key"))
        names = [one.name for one in genesis.witnesses]
        production = Production(names, {key.public_key: key for key in keys}, ProducingRules.alone())
        self.core = NodeCore(self.chain, production)
        devnet = devnet_namespace(self.core, self.clock, self.tick)
        super().__init__(Context(self.chain, CoreSender(self), clock=self.clock), devnet)

    @property
    def dialect(self) -> Any:
        return self.chain.params.dialect

    def tick(self) -> list[Any]:
        """Tell the core the time; returns the effects."""
        return self.core.handle(Tick(), self.clock.now())

    def produce(self, blocks: int = 1) -> list[Any]:
        """So many slots pass; returns the effects of the last one."""
        effects: list[Any] = []
        for _ in range(blocks):
            self.clock.advance(self.core.next_slot_time(self.clock.now()) - self.clock.now())
            effects = self.tick()
        return effects

    def key(self, account: str, role: str) -> PrivateKey:
        if account == "initminer":
            return PrivateKey.from_seed("init_key")
        return PrivateKey.from_login(account, role, self.password)

    def sign(
        self, signer: str, *operations: tuple[str, dict[str, Any]], form: Form = LEGACY, role: str = ""
    ) -> dict[str, Any]:
        """A transaction in the JSON of `form`, signed over the packing of the same name; without a `role` by the usual key."""
        head = self.chain.head_id
        value = {
            "ref_block_num": int.from_bytes(head[:4], "big") & 0xFFFF,
            "ref_block_prefix": int.from_bytes(head[4:8], "little"),
            "expiration": self.chain.state.globals.time + 60,
            "operations": [[name, fields] for name, fields in operations],
            "extensions": [],
            "signatures": [],
        }
        value["expiration"] = _time_text(value["expiration"])
        transaction = Transaction.from_json(value, None, self.dialect).with_packing(Packing(self.dialect, form))
        role = role or ("posting" if all(name in POSTING for name, _ in operations) else "active")
        signature = self.key(signer, role).sign(transaction.digest(self.chain.params.chain_id))
        return transaction.with_signatures([signature]).to_json(form, self.dialect)

    def send(self, signer: str, name: str, /, role: str = "", **fields: Any) -> dict[str, Any]:
        """Sign and broadcast one operation; returns the transaction's JSON."""
        value = self.sign(signer, (name, {key.rstrip("_"): field for key, field in fields.items()}), role=role)
        self.ask("condenser_api.broadcast_transaction", [value])
        return value

    def post(self, author: str, permlink: str, parent_author: str = "", parent_permlink: str = "tests") -> None:
        self.send(
            author,
            "comment",
            parent_author=parent_author,
            parent_permlink=parent_permlink,
            author=author,
            permlink=permlink,
            title="" if parent_author else f"About {permlink}",
            body=f"Words of {author}.",
            json_metadata='{"tags":["tests"]}',
        )


def _time_text(seconds: int) -> str:
    from chain.types import time_text

    return time_text(seconds)
