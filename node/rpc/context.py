"""What a method sees of the node: the chain and its history, a way to send transactions, the clock.

Methods read; only the `sender` changes anything, and it goes the way that every transaction goes. They run between two blocks, never
during one, so what they read belongs together. Reads show what pending transactions would do, as hived's do.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from orjson import Fragment

from chain.block import Block
from chain.chain import Chain, UnknownBlock
from chain.store import Head
from chain.transaction import Transaction
from chain.wire import HF26, LEGACY, Form, Packing
from node.clock import Clock, SystemClock
from node.rpc.errors import CallRefused
from node.rpc.fragments import Fragments, json_bytes

CACHED_BYTES_MAX: Final = 8 << 20  # of packed blocks; decoded they take some ten times as much


class Inclusion(NamedTuple):
    """Where a transaction stands: the block's number and the position among its transactions."""

    block_num: int
    position: int


class Sender(Protocol):
    """Admits transactions that came as JSON, in whichever packing their signers used."""

    def submit(self, transaction: Transaction) -> Transaction:
        """The admitted transaction with its bytes. Raises the ChainError that says why it was refused."""
        ...

    async def submit_and_wait(self, transaction: Transaction) -> tuple[Transaction, Inclusion | None]:
        """The same, and where it came to stand once a block holds it; None when it expired first."""
        ...


class NoSender:
    """Of a tool that only looks at a chain."""

    def submit(self, transaction: Transaction) -> Transaction:
        raise CallRefused("This node takes no transactions", expression="read_only", count=len(transaction.operations))

    async def submit_and_wait(self, transaction: Transaction) -> tuple[Transaction, Inclusion | None]:
        return self.submit(transaction), None


class BlockCache:
    """Decoded blocks by number, those used last kept: followers of a chain ask for the newest few again and again."""

    __slots__ = ("_blocks", "_size_bytes")

    def __init__(self) -> None:
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        self._size_bytes = 0

    def find(self, num: int) -> Block | None:
        block = self._blocks.get(num)
        if block is not None:
            self._blocks.move_to_end(num)
        return block

    def keep(self, num: int, block: Block) -> None:
        self._blocks[num] = block
        self._size_bytes += len(block.packed_bytes)
        while self._size_bytes > CACHED_BYTES_MAX:
            _, oldest = self._blocks.popitem(last=False)
            self._size_bytes -= len(oldest.packed_bytes)

    def clear(self) -> None:
        self._blocks.clear()
        self._size_bytes = 0


class Context:
    """What methods are called with. One per node, made anew when its chain is."""

    __slots__ = (
        "_constant",
        "_fresh_blocks",
        "_fresh_head_id",
        "_lasting_blocks",
        "_moment",
        "_present",
        "chain",
        "clock",
        "dialect",
        "fragments",
        "history",
        "params",
        "read_metrics",
        "read_network",
        "sender",
        "serves_reversible",
        "state",
    )

    def __init__(
        self,
        chain: Chain,
        sender: Sender | None = None,
        *,
        clock: Clock | None = None,
        read_metrics: Callable[[], Mapping[str, Any]] = dict,
        read_network: Callable[[], Mapping[str, Any]] | None = None,
        serves_reversible: bool = True,
        fragments: Fragments | None = None,
    ) -> None:
        """`serves_reversible` says whether histories show blocks that may still be undone to clients that do not say what they
        want. hived does not, but it finalises within a block or two: clients expect to find what they have just sent.
        `fragments` where others write of the same chain, too.
        """
        self.chain = chain
        self.state = chain.state
        self.history = chain.history
        self.params = chain.params
        self.dialect = chain.params.dialect
        self.sender: Sender = sender or NoSender()
        self.clock = clock or SystemClock()
        self.read_metrics = read_metrics
        self.read_network = read_network  # None for a node that links with nobody
        self.serves_reversible = serves_reversible
        self.fragments = fragments or Fragments()
        self._constant: dict[Hashable, Fragment] = {}
        self._present: dict[Hashable, Fragment] = {}
        self._moment: tuple[Head, int, int] | None = None  # of what is present
        self._lasting_blocks = BlockCache()
        self._fresh_blocks = BlockCache()
        self._fresh_head_id = b""

    # blocks

    def find_block(self, num: int) -> Block | None:
        """A block of the chain, or None where there is none (yet). Decoded blocks are kept for a while."""
        block = self._lasting_blocks.find(num)
        if block is not None:
            return block
        chain = self.chain
        if not 0 < num <= chain.head_num:
            return None
        if self._fresh_head_id != chain.head_id:
            self._fresh_blocks.clear()  # a fork switch may have put other blocks there
            self._fresh_head_id = chain.head_id
        block = self._fresh_blocks.find(num)
        if block is None:
            try:
                block = chain.block(num)
            except UnknownBlock:  # from before the snapshot that the chain began with
                return None
            cache = self._lasting_blocks if num <= chain.irreversible_num else self._fresh_blocks
            cache.keep(num, block)
        return block

    # answers in bytes

    def once(self, key: Hashable, make: Callable[[], Any]) -> Fragment:
        """What `make` gives, written the first time; `key` stands for nothing else, as long as this node runs."""
        found = self.fragments.find(key)
        return self.fragments.keep(key, make()) if found is None else found

    def constant(self, key: Hashable, make: Callable[[], Any]) -> Fragment:
        """The same for the few things that are ever so, of which none is let go."""
        found = self._constant.get(key)
        if found is None:
            found = self._constant[key] = Fragment(json_bytes(make()))
        return found

    def present(self, key: Hashable, make: Callable[[], Any]) -> Fragment:
        """What `make` gives, written once until a block or a pending transaction changes anything: for what wallets ask again and again."""
        store, irreversible_num = self.chain.store, self.chain.irreversible_num
        moment = store.head, store.layer_count, irreversible_num
        if moment != self._moment:
            self._moment = moment
            self._present.clear()
        found = self._present.get(key)
        if found is None:
            found = self._present[key] = Fragment(json_bytes(make()))
        return found

    def last_shown_num(self, include_reversible: bool | None) -> int:
        """The last block that a history shows, by what the client asked for."""
        wanted = self.serves_reversible if include_reversible is None else include_reversible
        return self.chain.head_num if wanted else self.chain.irreversible_num

    # transactions in JSON

    def read_transaction(self, value: Any) -> Transaction:
        """A transaction without bytes from either JSON form. Raises InvalidInput."""
        return Transaction.from_json(value, None, self.dialect)

    def packing_of(self, value: Any) -> Packing:
        """The packing that goes with the JSON form of a transaction; HF26 where the operations do not tell."""
        return Packing(self.dialect, json_form(value))


def json_form(value: Any) -> Form:
    """The form of a transaction in JSON: `["vote", {…}]` is legacy, `{"type": "vote_operation", …}` is HF26."""
    operations = value.get("operations") if isinstance(value, dict) else None
    is_legacy = isinstance(operations, list) and bool(operations) and isinstance(operations[0], list)
    return LEGACY if is_legacy else HF26
