"""A small registry that stands for a node: the methods which the envelope's tests call."""

import asyncio
from collections.abc import Sequence
from typing import Any

from chain.errors import OperationFailed
from node.rpc.errors import CallRefused, require
from node.rpc.jsonrpc import Dispatcher, Limits
from node.rpc.registry import Namespace, Registry

NOW = 1_451_606_400  # 2016-01-01T00:00:00


class InsufficientFunds(OperationFailed):
    code = "insufficient_funds"
    text = "Account {account} has {balance}, needs {needed}"


database = Namespace("database_api")
condenser = Namespace("condenser_api", positional=True)
block = Namespace("block_api")
toy = Namespace("toy_api")


@database.method
@condenser.method
def get_dynamic_global_properties(_context: Any) -> dict[str, Any]:
    """Where the chain stands."""
    return {"head_block_number": 5}


@database.method
def find_accounts(_context: Any, accounts: Sequence[str] = (), delayed_votes_active: bool = True) -> dict[str, Any]:
    if not 0 < len(accounts) <= 1000:
        raise CallRefused(
            "list of accounts to find not filled or too big",
            expression="0 < args.accounts.size() && args.accounts.size() <= DATABASE_API_SINGLE_QUERY_LIMIT",
            assert_hash="16016890266862695388",
        )
    return {"accounts": []}


@database.method
def list_accounts(_context: Any, start: Any = None, limit: int = 0, order: str = "not_set") -> dict[str, Any]:
    if not 0 < limit <= 1000:
        raise CallRefused(
            "limit not set or too big",
            expression="0 < args.limit && args.limit <= DATABASE_API_SINGLE_QUERY_LIMIT",
            assert_hash="17514538304006355483",
        )
    return {"accounts": []}


@condenser.method
def get_accounts(_context: Any, names: list[str], delayed_votes_active: bool = True) -> list[Any]:
    return []


@condenser.method(bare_object=True)
def get_discussions_by_created(_context: Any, query: dict[str, Any]) -> Any:
    return query.get("tag")


@block.method
def get_block(_context: Any, block_num: int = 0) -> dict[str, Any]:
    return {}


@toy.method
def echo(_context: Any, value: Any) -> Any:
    return value


@toy.method
def add(_context: Any, left: int, right: int = 1) -> int:
    return left + right


@toy.method
def spend(_context: Any, from_: str) -> None:
    raise InsufficientFunds(account=from_, balance="1.000 HIVE", needed="2.000 HIVE")


@toy.method
def refuse(_context: Any, name: str) -> None:
    require(False, "fund != nullptr", "Invalid reward fund name ${name}", name=name)


@toy.method
def break_down(_context: Any) -> None:
    raise ZeroDivisionError("secret detail of /home/operator")


@toy.method
def unserialisable(_context: Any) -> Any:
    return object()


@toy.method
def large(_context: Any, size: int) -> Any:
    return "x" * size


@toy.method
def huge_int(_context: Any) -> Any:
    return {"recent_slots_filled": 1 << 127, "name": "a\ud800b"}


@toy.method
async def wait_for(context: dict[str, asyncio.Event], event: str) -> str:
    """Waits as broadcast_transaction_synchronous does."""
    await context[event].wait()
    return event


class Bugs:
    """Collects what the dispatcher reports."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, BaseException]] = []

    def __call__(self, method: str, error: BaseException) -> str:
        self.seen.append((method, error))
        return f"bug-{len(self.seen)}"


def make_dispatcher(context: Any = None, limits: Limits | None = None) -> tuple[Dispatcher, Bugs]:
    bugs = Bugs()
    registry = Registry([database, condenser, block, toy])
    return Dispatcher(registry, context, now=lambda: NOW, report_bug=bugs, limits=limits), bugs
