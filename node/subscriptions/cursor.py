"""One subscription's way along the chain.

A cursor remembers the next block to tell of and the blocks that it has told of and that may still be undone. It reads the chain and
nothing else: whether a block came just now or a year ago makes no difference, so a client that was away goes on where it was, one that
is slow costs no memory, and after a change of branch what was told is taken back before anything new is told.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chain.block import Block
from chain.history import HistoricOperation
from chain.impacted import impacted_accounts
from chain.types import time_text
from chain.wire import HF26
from node.rpc.account_history import operation_view, operations_in_block
from node.rpc.block import block_view
from node.rpc.context import Context

SILENT_BLOCKS_MAX: Final = 100  # without an operation that was asked for; then the client hears how far it is

Message = dict[str, Any]


class Topic(StrEnum):
    """What may be subscribed to."""

    BLOCKS = "blocks"
    OPERATIONS = "operations"
    FINALITY = "finality"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants to hear. Without names, all operations, of all accounts. `irreversible`: nothing that may be undone."""

    topic: Topic
    accounts: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    irreversible: bool = False

    def concerns(self, entry: HistoricOperation) -> bool:
        if self.operations and entry.operation.name not in self.operations:
            return False
        return not self.accounts or not self.accounts.isdisjoint(impacted_accounts(entry.operation))


class Told:
    """A block that a client has been told of, and that may still be undone."""

    __slots__ = ("id", "num", "said")

    def __init__(self, block: Block, *, said: bool) -> None:
        self.num = block.num
        self.id = block.id
        self.said = said  # or there was nothing in it to tell


class Cursor:
    """Where a subscription stands. `next_num` is the block that comes next."""

    __slots__ = ("_context", "_final_told", "_reversible", "_silent", "next_num", "wish")

    def __init__(self, context: Context, wish: Wish, next_num: int) -> None:
        self.wish = wish
        self.next_num = next_num
        self._context = context
        self._reversible: deque[Told] = deque()
        self._silent = 0
        self._final_told = next_num - 1  # of a subscription to finality: the last number told

    def step(self) -> list[Message] | None:
        """What is to be told now, of one block at most; None when there is nothing until the chain moves."""
        if self.wish.topic is Topic.FINALITY:
            return self._finality()
        undone = self._take_back()
        if undone:
            return undone
        block = self._next_block()
        if block is None:
            return None
        self.next_num += 1
        messages = list(self._tell(block))
        if block.num > self._context.chain.irreversible_num:
            self._reversible.append(Told(block, said=bool(messages)))
        return messages

    def _next_block(self) -> Block | None:
        chain = self._context.chain
        last = chain.irreversible_num if self.wish.irreversible else chain.head_num
        return self._context.find_block(self.next_num) if self.next_num <= last else None

    def _tell(self, block: Block) -> Iterable[Message]:
        head = {"block_num": block.num, "block_id": block.id.hex(), "timestamp": time_text(block.header.timestamp)}
        if self.wish.topic is Topic.BLOCKS:
            yield {"type": "block", **head, "block": block_view(self._context, block, HF26)}
            return
        entries = operations_in_block(self._context, block.num, True, only_virtual=False)
        views = [operation_view(self._context, entry, HF26) for entry in entries if self.wish.concerns(entry)]
        self._silent = 0 if views else self._silent + 1
        if views:
            yield {"type": "operations", **head, "operations": views}
        elif self._silent >= SILENT_BLOCKS_MAX:
            self._silent = 0
            yield {"type": "progress", **head}

    def _take_back(self) -> list[Message]:
        """Blocks told of that are no longer of the chain, newest first."""
        told, messages = self._reversible, []
        while told and not self._stands(told[-1]):
            gone = told.pop()
            self.next_num = gone.num
            if gone.said:
                messages.append({"type": "undo", "block_num": gone.num, "block_id": gone.id.hex()})
        while told and told[0].num <= self._context.chain.irreversible_num:
            told.popleft()
        return messages

    def _stands(self, told: Told) -> bool:
        block = self._context.find_block(told.num)
        return block is not None and block.id == told.id

    def _finality(self) -> list[Message] | None:
        num = self._context.chain.irreversible_num
        if num <= self._final_told:
            return None
        self._final_told = num
        block = self._context.find_block(num)
        return [{"type": "finality", "block_num": num, "block_id": block.id.hex() if block else None}]
