"""What operations and processes see: the tables, the parameters, the time, and a place for events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chain.rows import Counter, FeedHistory, Globals, Hardforks, Irreversible, RewardFund, Schedule
from chain.store import Store
from chain.tables import Tables
from rewards.credits import Amounts

if TYPE_CHECKING:
    from chain.credit_market import Charge, Tariff
    from chain.events import VirtualOperation
    from chain.operation import Operation
    from chain.params import Params
    from chain.social.standings import Unsettled
    from chain.social.touched import Touches

NO_TRANSACTION = 0xFFFF_FFFF  # the position of events that no transaction caused
NO_TRANSACTION_ID = bytes(20)


class AppliedOperation(NamedTuple):
    """A real operation or an event, with its place in the block. `op_in_trx` counts both (parity chains, item 6)."""

    operation: Operation | VirtualOperation
    transaction_id: bytes
    trx_in_block: int
    op_in_trx: int
    virtual: bool


class State(Tables):
    """The tables with the parameters and the position in the block. One per chain; never shared between threads."""

    def __init__(self, store: Store, params: Params, *, for_readers: bool = True) -> None:
        super().__init__(store, for_readers=for_readers)
        self.store = store
        self.params = params
        self.is_in_control = False  # the node itself admits or produces: soft rules count
        self.in_block = False  # a block is being applied or made (a free account claim needs its witness)
        self.lacks_block = False  # something was applied outside a block that would have looked at its witness
        self.now = (
            0  # head block's time while operations apply, the block's own time in processes (protocol.md preamble)
        )
        self.block_time = 0  # the time of the block at work, which operations only ever note, never decide by
        # Whether what happens is told: not by a witness without readers, nor while it waits for somebody else's block.
        self.tells = True
        self.applied: list[AppliedOperation] = []  # of the block at work, in hived's order, as far as it is told
        self.noted_bytes = 0  # byte-hours and nanoseconds that the operations of the transaction at work have noted …
        self.noted_nanoseconds = 0  # … beside what is in the table of uses
        self.block_usages: list[Amounts] = []  # of each resource, by each of the block's transactions so far
        self.charges: list[Charge] = []  # of those transactions, as far as it is told
        self.tariff: Tariff | None = None  # of resources, kept from block to block …
        self.tariff_vests = -1  # … and the VESTS for which it holds in the block at work; -1: that is to be seen
        self.is_far_behind = False  # many blocks are written at a time, which the network made long ago
        self.touches: Touches | None = None  # of posts that wait to be put into ranked lists
        self.unsettled: Unsettled | None = None  # posts in ranked lists, as they were last asked for
        self._transaction_id = NO_TRANSACTION_ID
        self._trx_in_block = NO_TRANSACTION
        self.op_in_trx = 0

    # rows there is one of

    @property
    def globals(self) -> Globals:
        return self.globals_.get("")

    def edit_globals(self) -> Globals:
        return self.globals_.edit("")

    @property
    def reward_fund(self) -> RewardFund:
        return self.reward_funds.get("post")

    def edit_reward_fund(self) -> RewardFund:
        return self.reward_funds.edit("post")

    @property
    def feed(self) -> FeedHistory:
        return self.feed_histories.get("")

    def edit_feed(self) -> FeedHistory:
        return self.feed_histories.edit("")

    @property
    def schedule(self) -> Schedule:
        """The schedule blocks are produced by."""
        return self.schedules.get("current")

    @property
    def future_schedule(self) -> Schedule:
        return self.schedules.get("future")

    @property
    def hardforks(self) -> Hardforks:
        return self.hardforks_.get("")

    def edit_hardforks(self) -> Hardforks:
        return self.hardforks_.edit("")

    @property
    def irreversible(self) -> Irreversible:
        return self.irreversibles.get("")

    def next_id(self, kind: str) -> int:
        """The id for a new row of a kind, counted from 0 as hived does. Taken back with the layer that asked."""
        if kind not in self.counters:
            self.counters.insert(Counter(kind))
        counter = self.counters.edit(kind)
        counter.next_id += 1
        return counter.next_id - 1

    # blocks, transactions and events

    def begin_block(self, time: int, *, tells: bool) -> None:
        """What is applied from here on belongs to one block, of that time, be it at work or only expected."""
        self.applied = []
        self.charges = []
        self.block_usages = []
        self.tells = tells
        self.now = self.globals.time
        self.block_time = time
        self.lacks_block = False
        self.tariff_vests = -1

    def begin_transaction(self, transaction_id: bytes, trx_in_block: int) -> None:
        self._transaction_id = transaction_id
        self._trx_in_block = trx_in_block
        self.op_in_trx = 0
        self.noted_bytes = self.noted_nanoseconds = 0

    def begin_processes(self) -> None:
        """From here on events belong to no transaction; they are counted from 1."""
        self.begin_transaction(NO_TRANSACTION_ID, NO_TRANSACTION)
        self.op_in_trx = 1

    def begin_first_hardforks(self) -> None:
        """Hardforks that come with the first block are numbered on, but hived files them under a transaction that is not there."""
        self._trx_in_block = 0

    def note(self, operation: Operation) -> None:
        """A real operation starts to apply. Call it where it is told."""
        self.applied.append(
            AppliedOperation(operation, self._transaction_id, self._trx_in_block, self.op_in_trx, False)
        )
        self.op_in_trx += 1

    def emit(self, event: VirtualOperation) -> None:
        """A fact to be told, after all those told before it."""
        if self.tells:
            self.applied.append(AppliedOperation(event, self._transaction_id, self._trx_in_block, self.op_in_trx, True))
            self.op_in_trx += 1

    def pass_over(self) -> None:
        """Number an event that hived numbers but tells nobody."""
        self.op_in_trx += 1

    def savepoint(self) -> Savepoint:
        """For a `with`: changes and events of its body stay if it ends, and are taken back if it raises."""
        return Savepoint(self)


class Savepoint:
    """Written out, for every transaction that is admitted or chosen has one: a generator's takes 1 µs longer."""

    __slots__ = ("position", "state", "told")

    def __init__(self, state: State) -> None:
        self.state = state

    def __enter__(self) -> None:
        state = self.state
        self.told, self.position = len(state.applied), state.op_in_trx
        state.store.begin()

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object, /) -> None:
        state = self.state
        if kind is None:
            state.store.merge()
            return
        state.store.rollback()
        del state.applied[self.told :]
        state.op_in_trx = self.position
