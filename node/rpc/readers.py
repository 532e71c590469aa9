"""Heavy reads: beside the loop, each from one moment of the chain, with a budget (ADR 0013).

    loop      Readers.run ─► the view of the newest block, counted ─► a thread
    thread    a Reader (state, history, context of its own) looks at that view, and runs the method with its budget
    loop      Readers.hold … release around each block: whoever reads waits at its next row

Most heavy calls take less than a millisecond, some a second, and nobody knows before. To hand one to a thread and back costs more than
most of them, so each begins on the loop (`Readers.read_here`). What is not done in 2 ms begins anew in the thread for short ones; what is
not done there in 20 ms begins anew, with its whole budget, in one for long ones, which gives way to the short ones.

Nothing is shared with the state at work but the database, whose snapshots do not change, so a block may come while somebody reads,
and a branch be left. Pending transactions are not seen here.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from time import thread_time
from typing import Final, TypeVar, cast

from chain.block import Block
from chain.chain import Chain, UnknownBlock
from chain.history import History, block_key
from chain.state import State
from chain.store import Backend, Put, Store, View
from node.clock import Clock
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.fragments import Fragments

T = TypeVar("T")

ROWS_KEPT_MAX: Final = 20_000  # by one reader, for its next call at the same block: some 12 MB
ROWS_BETWEEN_LOOKS: Final = 16  # at the time that a call has used; they take some tenth of a millisecond
HERE_SECONDS: Final = (
    0.002  # on the loop; ten such calls are a tenth of a second's share of the loop, and nobody waits noticeably
)
SHORT_SECONDS: Final = 0.02  # a tenth of what the longest pages take: so much of their work is done twice
GIVE_WAY_SECONDS_MAX: Final = 0.02  # at each look: with short ones all the time, long ones still come on
HOLD_SECONDS_MAX: Final = 1.0  # a node that applies one block after the other must answer as well, if slowly


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What heavy reads may take; `node.config` says why each."""

    long_threads: int = 1
    waiting_calls_max: int = 200
    rows_max: int = 100_000
    seconds_max: int = 2


class BudgetExceeded(CallRefused):
    """A heavy call has read as much as one call may."""

    def __init__(self, most: int, unit: str) -> None:
        super().__init__(
            "The call needs more than ${most} ${unit}, which is all that one may use. Ask for less at a time: a smaller "
            "limit, a narrower range, or fewer names",
            expression="read_budget_exceeded",
            most=most,
            unit=unit,
        )


class TakesLonger(Exception):
    """Than a short read may; nobody sees this."""


class TooManyHeavyCalls(CallRefused):
    """More wait for a reader than is useful to anybody."""

    def __init__(self, most: int) -> None:
        super().__init__(
            "${most} heavy calls wait already. Try again in a few seconds", expression="too_many_heavy_calls", most=most
        )


class ReadingEnds(CallRefused):
    """The node is being stopped."""

    def __init__(self) -> None:
        super().__init__("The node is being stopped", expression="node_stops")


class Moment:
    """The chain as a block left it: a view of the database, kept open while it is the newest or anybody reads it."""

    def __init__(self, chain: Chain) -> None:
        self.key = (chain.head_id, chain.irreversible_num)
        self.irreversible_num = chain.irreversible_num
        self.view: View = chain.backend.view()
        self._lock = Lock()
        self._reader_count = 0
        self._is_left = False

    def enter(self) -> None:
        with self._lock:
            self._reader_count += 1

    def leave(self) -> None:
        with self._lock:
            self._reader_count -= 1
            self._close_if_done()

    def let_go(self) -> None:
        """There is a newer one."""
        with self._lock:
            self._is_left = True
            self._close_if_done()

    def _close_if_done(self) -> None:
        if self._is_left and not self._reader_count:
            self.view.close()


class Signals:
    """What the loop tells all who read."""

    __slots__ = ("is_closing", "is_open", "is_quiet")

    def __init__(self) -> None:
        self.is_open = Event()  # cleared while a block is at work
        self.is_open.set()
        self.is_quiet = Event()  # cleared while short reads wait or run
        self.is_quiet.set()
        self.is_closing = Event()


class Meter:
    """What the call at work on one reader may still use. Time is the thread's own: waiting for others costs nobody his answer."""

    def __init__(self, limits: ReaderLimits, signals: Signals) -> None:
        self.limits = limits
        self.rows_left = 0
        self.ends_at = 0.0
        self.is_short = False
        self._signals = signals

    def fill(self, seconds: float) -> None:
        """`seconds` are all that one call may use, or less for a short one."""
        self.rows_left = self.limits.rows_max
        self.ends_at = thread_time() + min(seconds, self.limits.seconds_max)
        self.is_short = seconds < self.limits.seconds_max

    def spend_row(self) -> None:
        """A row is about to be read. Waits while a block is at work. Raises BudgetExceeded, TakesLonger, ReadingEnds."""
        self.rows_left -= 1
        if self.rows_left < 0:
            raise BudgetExceeded(self.limits.rows_max, "rows")
        if not self._signals.is_open.is_set():
            self._signals.is_open.wait(HOLD_SECONDS_MAX)
        if not self.rows_left % ROWS_BETWEEN_LOOKS:
            self._look()

    def _look(self) -> None:
        if thread_time() > self.ends_at:
            if self.is_short:
                raise TakesLonger
            raise BudgetExceeded(self.limits.seconds_max, "seconds of computing")
        if self._signals.is_closing.is_set():
            raise ReadingEnds
        if not self.is_short and not self._signals.is_quiet.is_set():
            self._signals.is_quiet.wait(GIVE_WAY_SECONDS_MAX)


class MeteredBackend:
    """The backend of a reader's state: a view that can be changed for another, and the meter at the one place where rows are read."""

    def __init__(self, view: View, meter: Meter) -> None:
        self.current = view
        self.meter = meter

    def get(self, key: bytes) -> bytes | None:
        self.meter.spend_row()
        return self.current.get(key)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        spend_row = self.meter.spend_row
        for pair in self.current.scan(start, stop, reverse=reverse):
            spend_row()
            yield pair

    def write(self, puts: Iterable[Put], *, sync: bool) -> None:  # noqa: ARG002  a backend has it
        raise AssertionError("readers only read")

    def view(self) -> View:
        return self.current

    def close(self) -> None:
        """The view belongs to its moment."""


class ChainAtMoment:
    """As much of a chain as methods read, at one block."""

    def __init__(self, chain: Chain, backend: Backend) -> None:
        self.params = chain.params
        self.signers = chain.signers
        self.store = Store(backend)
        self.state = State(self.store, chain.params, for_readers=chain.state.for_readers)
        self.history = History(self.state, enabled=chain.history.enabled)
        self.irreversible_num = 0

    @property
    def head_num(self) -> int:
        return self.store.head.num

    @property
    def head_id(self) -> bytes:
        return self.store.head.block_id

    def block(self, num: int) -> Block:
        """Raises UnknownBlock."""
        data = self.store.backend.get(block_key(num))
        if data is None:
            raise UnknownBlock(num=num, head_num=self.head_num)
        return Block.decode(data, self.params.dialect)


class Reader:
    """What one call after the other reads with, each from its moment; in one thread at a time."""

    def __init__(self, chain: Chain, moment: Moment, meter: Meter, clock: Clock, fragments: Fragments) -> None:
        self.meter = meter
        self.backend = MeteredBackend(moment.view, meter)
        self.chain = ChainAtMoment(chain, self.backend)
        chain_at_moment = cast("Chain", self.chain)  # in as far as heavy methods look at it
        self.context = Context(chain_at_moment, clock=clock, fragments=fragments)
        self._moment: Moment | None = None
        self._row_count = 0  # read from it: no more than these are kept

    def read(self, moment: Moment, work: Callable[[Context], T], seconds: float) -> T:
        self.meter.fill(seconds)
        if moment is not self._moment or self._row_count > ROWS_KEPT_MAX:
            self._moment = None
            self._row_count = 0
            self.backend.current = moment.view
            self.chain.irreversible_num = moment.irreversible_num
            self.chain.store.look_again()
            self._moment = moment
        try:
            return work(self.context)
        finally:
            self._row_count += self.meter.limits.rows_max - self.meter.rows_left


class Readers:
    """The readers of a node. All but `_read` and `_new_reader` runs on the loop."""

    def __init__(self, chain: Chain, limits: ReaderLimits, clock: Clock) -> None:
        self.limits = limits
        self.waiting_count = 0
        self.cut_off_count = 0
        self.fragments = Fragments()
        self._chain = chain
        self._clock = clock
        self._short = ThreadPoolExecutor(1, "short-reader")
        self._long = ThreadPoolExecutor(limits.long_threads, "long-reader")
        self._idle: list[Reader] = []
        self._here: Reader | None = None  # the loop's own
        self._newest: Moment | None = None
        self.signals = Signals()
        self._short_count = 0

    def read_here(self, work: Callable[[Context], T]) -> T | None:
        """The same as `run` at once, on the loop; None where it takes longer than the loop can spare."""
        if self.waiting_count >= self.limits.waiting_calls_max:
            return None
        moment = self._newest_moment()
        if self._here is None:
            self._here = self._new_reader(moment)
        try:
            return self._here.read(moment, work, HERE_SECONDS)
        except TakesLonger:
            return None
        except BudgetExceeded:
            self.cut_off_count += 1
            raise

    async def run(self, work: Callable[[Context], T]) -> T:
        """What `work` makes of the chain as its last block left it. Raises what it raises, BudgetExceeded, TooManyHeavyCalls."""
        if self.waiting_count >= self.limits.waiting_calls_max:
            raise TooManyHeavyCalls(self.limits.waiting_calls_max)
        moment = self._newest_moment()
        moment.enter()
        self.waiting_count += 1
        try:
            try:
                return await self._run_short(moment, work)
            except TakesLonger:
                return await self._run_in(self._long, moment, work)
        except BudgetExceeded:
            self.cut_off_count += 1
            raise
        finally:
            self.waiting_count -= 1
            moment.leave()

    async def _run_short(self, moment: Moment, work: Callable[[Context], T]) -> T:
        self._short_count += 1
        self.signals.is_quiet.clear()
        try:
            return await self._run_in(self._short, moment, work)
        finally:
            self._short_count -= 1
            if not self._short_count:
                self.signals.is_quiet.set()

    async def _run_in(self, pool: ThreadPoolExecutor, moment: Moment, work: Callable[[Context], T]) -> T:
        moment.enter()
        seconds = SHORT_SECONDS if pool is self._short else self.limits.seconds_max
        reading = pool.submit(self._read, moment, work, seconds)
        reading.add_done_callback(lambda _: moment.leave())  # whether anybody still waits for it, or it never began
        return await asyncio.wrap_future(reading)

    def _newest_moment(self) -> Moment:
        moment, chain = self._newest, self._chain
        if moment is None or moment.key != (chain.head_id, chain.irreversible_num):
            self.let_go()
            moment = self._newest = Moment(chain)
        return moment

    def _new_reader(self, moment: Moment) -> Reader:
        return Reader(self._chain, moment, Meter(self.limits, self.signals), self._clock, self.fragments)

    def _read(self, moment: Moment, work: Callable[[Context], T], seconds: float) -> T:
        """In a thread of a pool."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._new_reader(moment)
        try:
            return reader.read(moment, work, seconds)
        finally:
            self._idle.append(reader)

    # what the loop says of blocks

    def hold(self) -> None:
        """A block is at work: the machine is its."""
        self.signals.is_open.clear()

    def release(self) -> None:
        self.signals.is_open.set()

    def let_go(self) -> None:
        """There may be another block: no view is kept open that nobody reads, or the database could not forget what was overwritten."""
        if self._newest is not None:
            self._newest.let_go()
            self._newest = None

    def close(self) -> None:
        """Cut off who still reads, and wait for that."""
        self.signals.is_closing.set()
        self.signals.is_open.set()
        for pool in (self._short, self._long):
            pool.shutdown(cancel_futures=True)
        self.let_go()
