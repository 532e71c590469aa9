"""The shell around a node's core: disk, clock, sockets, signals, log (design decision 9).

    node = Node(config)          opens the data directory
    await node.serve(on_ready)   answers and produces until `node.stop()`
    node.close()

One event loop does everything; a block is applied between two awaits, so a stop or a reader never finds half of one.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from chain.compiled import SOFTWARE
from chain.errors import ChainError, StorageError
from chain.selftest import self_test
from chain.transaction import Transaction
from chain.types import time_text
from node import logs
from node.answering import Answering
from node.catching_up import CatchingUp
from node.clock import AdjustableClock, Clock, SystemClock
from node.config import Config
from node.core import Input, NodeCore, Spare, SubmitTransaction, Tick
from node.data_directory import (
    CLOCK_NAME,
    forget_running,
    is_play_chain,
    open_chain,
    origin_of,
    witness_keys,
)
from node.devnet import devnet_namespace
from node.effects import (
    BlockApplied,
    BlocksPopped,
    Effect,
    GossipTransaction,
    IrreversibleMoved,
    TransactionAccepted,
    TransactionExpired,
    TransactionIncluded,
    TransactionRefused,
)
from node.logs import Log
from node.metrics import Metrics
from node.producing import ProducingRules, Production
from node.reporting import Reporter
from node.rpc.apis import make_registry
from node.rpc.context import Context, Inclusion
from node.rpc.plain import Health
from node.rpc.readers import ReaderLimits, Readers
from node.sign_state import WAIT_ROUNDS, SignState
from node.stopping import Stops
from node.subscriptions.socket import Sockets, socket_limits_of
from node.tasks import end_all

if TYPE_CHECKING:
    from node.network import Network

HEAD_AGE_SECONDS_MAX = 9  # three slots without a block, and a balancer should look elsewhere
COLLECT_AFTER_OBJECTS = (
    50_000  # allocations between collections of the youngest; the default of 700 costs a tenth of all time
)
ASIDE_SECONDS = 1.0  # between two looks for work that can wait

_log = Log("node")


class NodeStops(ChainError):
    code = "node_stops"
    text = "The node is being stopped, and no longer waits for the transaction's block"


class Node:
    """One node on one data directory. Also the `Sender` through which RPC methods hand transactions in."""

    def __init__(self, config: Config, *, clock: Clock | None = None) -> None:
        """Raises ChainError with advice where settings, keys or the data directory are not fit."""
        started = perf_counter()
        origin = origin_of(config)
        keys = witness_keys(config)
        self.config = config
        self.metrics = Metrics()
        self._failure: Exception | None = None
        self.chain = open_chain(
            config, origin, on_write=self.metrics.commit_seconds.observe, on_failure=self._note_failure
        )
        with ExitStack() as opened:
            opened.callback(self.chain.close)
            is_alone = is_play_chain(origin) and not config.is_networked
            self.clock = clock or self._make_clock(is_alone=is_alone)
            self._signed = self._open_sign_state(is_alone=is_alone)
            opened.callback(self._signed.close)
            production = Production(config.witness_names, keys, self._rules(), self._signed)
            production.recognise(self.chain, self.clock.now())
            self.core = NodeCore(self.chain, production)
            self.network = self._make_network() if config.is_networked else None
            self._catching_up = CatchingUp(self.chain, makes_blocks=self.core.produces or self.network is None)
            opened.pop_all()  # from here on `close` does it
        self.readers = Readers(self.chain, reader_limits(config), self.clock)
        self._sockets = Sockets(socket_limits_of(config))
        self._reporter = Reporter(self.chain, self.metrics)
        self._waiting: dict[bytes, list[asyncio.Future[Inclusion | None]]] = {}
        self._stopping = asyncio.Event()
        self._watch()
        self._announce(perf_counter() - started)

    def _make_clock(self, *, is_alone: bool) -> Clock:
        """A chain that others share has the time of the world."""
        if not is_alone and self.config.clock_speed == 1:
            return SystemClock()
        clock = AdjustableClock(speed=self.config.clock_speed, file=self.config.data_dir / CLOCK_NAME)
        clock.not_before(self.chain.state.globals.time)
        return clock

    def _make_network(self) -> Network:
        from node.network import Network  # noqa: PLC0415  # a seventh of the time to start, for those who share their chain

        return Network(self.config, self.core, self.handle, self.metrics)

    def _network_view(self) -> dict[str, Any]:
        from node.network_status import network_view  # noqa: PLC0415  # as the network itself

        assert self.network is not None
        return network_view(self.network)

    def _open_sign_state(self, *, is_alone: bool) -> SignState:
        params = self.chain.params
        round_seconds = params.witnesses_max * params.block_interval_seconds
        return SignState(
            self.config.data_dir,
            now=self.clock.now(),
            wait_seconds=0 if is_alone else WAIT_ROUNDS * round_seconds,
            trusts_new=self.config.witness_stale_production,
        )

    def _rules(self) -> ProducingRules:
        """On a chain with a time of its own nobody competes, so its blocks may come as late as the machine makes them."""
        has_own_time = not isinstance(self.clock, SystemClock)
        return ProducingRules(
            participation_percent_min=self.config.witness_participation_percent_min,
            late_seconds_max=float("inf") if has_own_time else ProducingRules().late_seconds_max,
            is_forced=self.config.witness_stale_production,
        )

    def _watch(self) -> None:
        chain, watch = self.chain, self.metrics.watch
        watch("head_block_num", "Height of the head block", lambda: chain.head_num)
        watch("irreversible_block_num", "Height that cannot be undone any more", lambda: chain.irreversible_num)
        watch("finality_lag_blocks", "Blocks that may still be undone", lambda: chain.head_num - chain.irreversible_num)
        watch("state_diverged", "1 where a quorum attested another state than ours", lambda: self.core.has_diverged)
        watch("head_age_seconds", "Age of the head block", self._head_age_seconds)
        watch("mempool_transactions", "Transactions that wait for a block", lambda: len(chain.mempool))
        watch("sockets", "Open WebSockets", lambda: len(self._sockets))
        watch("subscriptions", "Subscriptions of all WebSockets", lambda: self._sockets.subscription_count)
        watch("mempool_bytes", "Size of what waits", lambda: chain.mempool.size_bytes)
        watch("heavy_reads_waiting", "Heavy reads that wait or run", lambda: self.readers.waiting_count)
        watch("heavy_reads_cut_off", "Heavy reads that used up their budget", lambda: self.readers.cut_off_count)

    # --- what may be asked of it

    async def submit_and_wait(self, transaction: Transaction) -> tuple[Transaction, Inclusion | None]:
        """The same, and wait until a block holds it, or none can any more (None)."""
        packed = self.submit(transaction)
        future = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(packed.id, []).append(future)
        self.core.await_inclusion(packed)
        return packed, await future

    def submit(self, transaction: Transaction) -> Transaction:
        """Admit a transaction; returns it with its bytes. Raises the ChainError that says why not."""
        for effect in self.handle(SubmitTransaction(transaction)):
            if isinstance(effect, TransactionAccepted):
                return effect.transaction
            if isinstance(effect, TransactionRefused):
                raise effect.error
        raise AssertionError("a transaction was neither accepted nor refused")

    def health(self) -> Health:
        """Healthy is who has a head of the last three slots, and a disk. On a chain whose time runs faster, slots pass faster than seconds."""
        chain, reason = self.chain, self._why_not_healthy()
        age_seconds = self._head_age_seconds()
        return Health(
            healthy=not reason,
            reason=reason,
            chain_id=chain.params.chain_id.hex(),
            head_block_num=chain.head_num,
            head_block_id=chain.head_id.hex(),
            head_age_seconds=round(age_seconds, 3),
            irreversible_block_num=chain.irreversible_num,
            peer_count=self.network.peer_count if self.network is not None else 0,
            producing=self.core.produces,
        )

    def _why_not_healthy(self) -> str:
        if self._failure is not None:
            return f"the node is ending: {self._failure}"
        if not self.chain.head_num:
            return "no block yet"
        if (clocks := self.core.production.clocks).is_skewed:
            return str(clocks)
        age_seconds = self.clock.now() - self.chain.state.globals.time
        if age_seconds < -self.chain.params.block_interval_seconds:
            return f"the head block is {-age_seconds:.0f} s ahead of this machine's clock"
        return f"the head block is {age_seconds:.0f} s old" if age_seconds > HEAD_AGE_SECONDS_MAX * self._speed else ""

    @property
    def _speed(self) -> int:
        return self.clock.speed if isinstance(self.clock, AdjustableClock) else 1

    def _head_age_seconds(self) -> float:
        return max(0.0, self.clock.now() - self.chain.state.globals.time)

    # --- inputs and effects

    def tick(self) -> None:
        """Tell the core the time."""
        if self.network is not None:
            self.network.watch_clock()
        self.handle(Tick())

    def handle(self, input: Input, at: float | None = None) -> list[Effect]:
        """Hand an input to the core, now or `at` a time, and do what it wants done.

        What is raised ends the node, unless it came of a single transaction. Until the end is reached, nothing more is taken in.
        """
        if self._failure is not None:
            self.stop()
            raise self._failure
        started = perf_counter()
        now = self.clock.now() if at is None else at
        self.readers.hold()
        try:
            effects = self.core.handle(input, now)
            self._catching_up.look(now)
        except Exception as error:
            if not isinstance(input, SubmitTransaction) or isinstance(error, StorageError):
                self._failure = error  # the state in memory may be half of a block: only the one on disk is sound
                self.stop()
            raise
        finally:
            self.readers.release()
        seconds = perf_counter() - started
        for effect in effects:
            self._perform(effect, seconds, now)
        return effects

    def _note_failure(self, failure: StorageError) -> None:
        """The disk refuses or is damaged. Whoever met that, also a reader's thread: the next input, a tick at the latest, ends the node.

        Other rows may be as bad, and what is signed on them cannot be taken back.
        """
        if self._failure is None:
            self._failure = failure
            _log.error("the disk fails", reason=failure.code, text=str(failure))

    def _perform(self, effect: Effect, seconds: float, now: float) -> None:
        self._reporter.report(effect, seconds, now)
        if self.network is not None:
            self.network.perform(effect)
        match effect:
            case TransactionAccepted() | GossipTransaction():  # the most frequent first
                pass
            case TransactionIncluded(transaction_id=id, block_num=num, position=position):
                self._answer_waiting(id, Inclusion(num, position))
            case TransactionExpired(transaction_id=id):
                self._answer_waiting(id, None)
            case BlockApplied():
                self.readers.let_go()
                self._sockets.chain_moved()
            case BlocksPopped() | IrreversibleMoved():
                self._sockets.chain_moved()
            case _:
                pass

    def _answer_waiting(self, transaction_id: bytes, inclusion: Inclusion | None) -> None:
        for future in self._waiting.pop(transaction_id, ()):
            if not future.done():  # a client may have gone away
                future.set_result(inclusion)

    def _leave_waiting(self) -> None:
        """Nobody is kept until a block that this node will not see."""
        for futures in self._waiting.values():
            for future in futures:
                if not future.done():
                    future.set_exception(NodeStops())
        self._waiting.clear()

    # --- running

    async def serve(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Produce and answer until `stop`; `on_ready` hears the address once requests are answered there."""
        if isinstance(self.clock, AdjustableClock) and not self.chain.head_num:
            self.fill_first_rounds()
        self.tick()  # a chain of one's own has its first block before its first reader
        running = [
            asyncio.create_task(self._produce(), name="produce"),
            asyncio.create_task(self._work_aside(), name="aside"),
        ]
        if self.config.rpc_enabled or self.config.operator_enabled:
            running.append(asyncio.create_task(self._answer(on_ready), name="rpc"))
        if self.network is not None:
            running.append(asyncio.create_task(self.network.serve(), name="p2p"))
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait([stop, *running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            self._leave_waiting()
            await end_all(running)
            forget_running(self.config.data_dir)
        if self._failure is not None:
            raise self._failure

    def fill_first_rounds(self) -> None:
        """A chain of one's own begins with two rounds at slots just gone by: its schedule is in force, and blocks stand.

        Wallets look at the last irreversible block before they do anything else.
        """
        params, now = self.chain.params, self.clock.now()
        for slot in range(2 * params.witnesses_max + 1, 0, -1):
            self.handle(Tick(), now - slot * params.block_interval_seconds)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Let `serve` end as soon as what has begun is finished."""
        self._stopping.set()

    def close(self) -> None:
        """Close the data directory. Nothing of the node may be used afterwards."""
        if isinstance(self.clock, AdjustableClock):
            self.clock.save()
        self._signed.close()
        self.readers.close()
        try:
            self._catching_up.close()
        finally:
            self.chain.close()

    async def _produce(self) -> None:
        """Who has been asked to stop makes no block more."""
        while not self.is_stopping:
            self.tick()
            await asyncio.sleep(0)  # when time runs so fast that the next slot has begun, others get their turn
            await self.clock.wait_until(self.core.next_tick_time(self.clock.now()))

    async def _work_aside(self) -> None:
        """What can wait, in slices, each followed by as long a time for everybody else."""
        while True:
            started = perf_counter()
            if self.core.has_spare_work:
                self.handle(Spare())
            await asyncio.sleep(perf_counter() - started if self.core.has_spare_work else ASIDE_SECONDS)

    async def _answer(self, on_ready: Callable[[str], None] | None) -> None:
        registry = make_registry()
        if isinstance(self.clock, AdjustableClock):
            registry.include(devnet_namespace(self.core, self.clock, self.tick))
        context = Context(
            self.chain,
            self,
            clock=self.clock,
            read_metrics=self.metrics.as_dict,
            read_network=self._network_view if self.network is not None else None,
            fragments=self.readers.fragments,
        )
        answering = Answering(
            self.config,
            registry,
            context,
            metrics=self.metrics,
            health=self.health,
            sockets=self._sockets,
            readers=self.readers,
        )
        await answering.serve(on_ready)

    def _announce(self, seconds: float) -> None:
        chain = self.chain
        _log.info(
            "chain opened",
            chain=chain.params.name,
            software=SOFTWARE,
            chain_id=chain.params.chain_id,
            head=chain.head_num,
            irreversible=chain.irreversible_num,
            digest=chain.digest,
            data_dir=self.config.data_dir,
            ms=round(seconds * 1000, 1),
        )
        if self.core.produces:
            _log.info("producing", witnesses=" ".join(sorted(self.core.production.witnesses)))
            if self._signed.waits_until > self.clock.now():
                _log.warning("signing waits", until=time_text(self._signed.waits_until), reason=self._signed.doubt)


def reader_limits(config: Config) -> ReaderLimits:
    """What a configuration grants to heavy reads."""
    return ReaderLimits(
        long_threads=config.rpc_reader_threads,
        waiting_calls_max=config.rpc_heavy_waiting_max,
        rows_max=config.rpc_heavy_rows_max,
        seconds_max=config.rpc_heavy_seconds_max,
    )


async def run(config: Config, on_ready: Callable[[str], None] | None = None, stops: Stops | None = None) -> None:
    """Run a node until it is stopped, by signals where `stops` hears them.

    Raises ChainError with advice where it cannot start.
    """
    logs.set_up(config.log_level, config.log_format)
    _log.info("starting", data_dir=config.data_dir)
    self_test()
    node = Node(config)
    try:
        if stops is not None:
            stops.hear(partial(_ask_to_stop, node), is_stopping=lambda: node.is_stopping)
        quieten_collector()
        await node.serve(on_ready)
    finally:
        node.close()
    _log.info("stopped", head=node.chain.head_num, digest=node.chain.digest)


def _ask_to_stop(node: Node) -> None:
    _log.info("stopping")
    node.stop()


def quieten_collector() -> None:
    """What was loaded stays: a full collection over a million rows would take a quarter of a second, and miss slots.

    There is none before either: of what was made until now hardly anything is garbage.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, 20, 100)


@contextmanager
def resting_collector() -> Iterator[None]:
    """Blocks leave no cycles behind when they are applied, and to look for some in millions of rows takes a twentieth of an import."""
    quieten_collector()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
