"""Blocks and transactions made by hand, each wrong in one way, and what a refusal must leave as it was.

forge = Forge()
forge.grow(3)
forge.refuses(WrongSigner, forge.block(key=forge.key("alice", "active")))
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from chain.asset import parse_asset_text
from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.errors import ChainError
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.operations import OPERATION  # noqa: F401  # fills the register
from chain.producer import produce_block
from chain.slots import scheduled_witness, slot_time
from chain.transaction import Transaction
from chain.wire import LEGACY, Form, Packing
from tests.helpers.devnets import devnet_by_the_old_rule


@dataclass(frozen=True)
class Trace:
    """All that a chain holds, pending effects and their order included."""

    head: Any
    rows: dict[tuple[bytes, Any], bytes]
    orders: dict[bytes, tuple[Any, ...]]
    pairs: dict[bytes, bytes]
    waiting: tuple[bytes, ...]
    limits: Any


def trace_of(chain: Chain) -> Trace:
    """Everything, to be compared: takes milliseconds on a small chain."""
    rows = {}
    orders = {}
    for table in chain.store.tables:
        for row in table.scan():
            rows[table.prefix, table.key_of(row)] = table.pack(row)
        for index in table.indexes:
            table.settle()
            orders[index.prefix] = tuple(index.entries)
    assert isinstance(chain.backend, MemoryBackend)
    mempool = chain.mempool
    return Trace(
        chain.store.head,
        rows,
        orders,
        dict(chain.backend.pairs),
        tuple(mempool.waiting),
        (mempool.size_bytes, dict(mempool.custom_counts), dict(mempool.gives_up_at), len(chain.store.layers)),
    )


class Forge:
    """A devnet in memory, at its first block. All keys are known."""

    def __init__(self, **params: Any) -> None:
        self.genesis = genesis = devnet_by_the_old_rule(**params)
        self.chain = Chain(MemoryBackend(), self.genesis, check_every_block=True)
        self.state = self.chain.state
        self.params = self.chain.params
        self.witness_keys = {witness.name: self.key(witness.name, "witness") for witness in genesis.witnesses}
        self.grow()

    def key(self, name: str, role: str) -> PrivateKey:
        if name == "initminer":
            return PrivateKey.from_seed("init_key")
        return PrivateKey.from_login(name, role, self.genesis.login_password or "")

    # blocks

    def witness(self, slot: int = 1) -> str:
        return scheduled_witness(self.state, slot)

    def grow(self, count: int = 1, *, slot: int = 1) -> list[Block]:
        """Make blocks of what waits, each `slot` slots after the one before."""
        blocks = []
        for _ in range(count):
            witness = self.witness(slot)
            key = self.witness_keys[witness]
            blocks.append(produce_block(self.chain, slot_time(self.state, slot), witness, key)[0])
        return blocks

    def block(
        self,
        *transactions: Transaction,
        slot: int = 1,
        key: PrivateKey | None = None,
        root: bytes | None = None,
        **changes: Any,
    ) -> Block:
        """The next block with the given changes of its header, signed by `key` or its witness, read back from its bytes."""
        fields = {
            "previous": self.chain.head_id,
            "timestamp": slot_time(self.state, slot),
            "witness": self.witness(slot),
        }
        header = BlockHeader.build(**{**fields, **changes}, transactions=transactions)
        if root is not None:
            header.transaction_merkle_root = root
        signature = (key or self.witness_keys[header.witness]).sign(header.signing_digest)
        made = Block.build(header.signed(signature), transactions)
        return Block.decode(made.packed_bytes, self.params.dialect)

    def push(self, *transactions: Transaction, **changes: Any) -> Block:
        """A block that must be taken."""
        block = self.block(*transactions, **changes)
        self.chain.push_block(block)
        return block

    @contextmanager
    def refuses(self, error: type[ChainError], match: str | None = None) -> Any:
        """The body must raise the error, and nothing may be left of it."""
        before = trace_of(self.chain)
        with pytest.raises(error, match=match):
            yield
        assert trace_of(self.chain) == before
        assert not self.state.in_block
        assert not self.state.is_in_control

    def refuses_block(self, error: type[ChainError], block: Block) -> None:
        with self.refuses(error):
            self.chain.push_block(block)

    @contextmanager
    def amending(self) -> Any:
        """Change committed rows by hand, as if the last block had left them so."""
        self.chain.mempool.suspend()
        self.chain.store.begin()
        yield self.state
        self.chain.store.commit(self.chain.head_num, self.chain.head_id)
        self.chain.mempool.resume(())

    # transactions

    def operation(self, name: str, **fields: Any) -> Operation:
        values = {key: self._value(value) for key, value in fields.items()}
        return OPERATIONS_BY_NAME[name](**values)

    def _value(self, value: object) -> object:
        is_amount = isinstance(value, str) and value.endswith((" HIVE", " HBD", " VESTS"))
        return parse_asset_text(value, self.params.dialect) if is_amount else value

    def pay(self, giver: str, receiver: str, amount: str, memo: str = "", **options: Any) -> Transaction:
        operation = self.operation("transfer", from_=giver, to=receiver, amount=amount, memo=memo)
        return self.transaction(operation, by=giver, **options)

    def transaction(
        self,
        *operations: Operation,
        by: str = "",
        role: str = "active",
        form: Form = LEGACY,
        expires_in: int = 60,
        **changes: Any,
    ) -> Transaction:
        """Signed by the one named, `expires_in` seconds after the head, read back from its bytes."""
        fields = {
            "ref_block_num": self.chain.head_num & 0xFFFF,
            "ref_block_prefix": int.from_bytes(self.chain.head_id[4:8], "little"),
            "expiration": self.state.globals.time + expires_in,
        }
        made = Transaction(**{**fields, **changes}, operations=operations).with_packing(
            Packing(self.params.dialect, form)
        )
        digest = made.digest(self.params.chain_id)
        signed = made.with_signatures([self.key(by, role).sign(digest)] if by else [])
        return Transaction.decode(signed.packed_bytes, self.params.dialect)
