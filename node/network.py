"""The node among other nodes: identity, address book and hub, over the sockets of node.p2p.transport.

    sockets ──► Network ──► Hub ──► handle ──► NodeCore
                   ▲                               │
                   └────── perform ◄── effects ────┘

Here the two clocks meet: links and hub live by the steady one, the address book by the machine's, as its times outlive the process.
Everything runs in the node's one loop. What takes long, a chain to catch up with, is done a block at a time, with everybody else's
turn in between.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from chain import __version__
from chain.errors import ChainError, InvalidInput, StorageError
from chain.keys import parse_public_key, public_key_text
from node.config import Config
from node.core import HearClocks, Input, NodeCore, SubmitTransaction
from node.data_directory import PEERS_NAME
from node.effects import Effect, GossipBlock, GossipTransaction
from node.identity import genesis_id, node_identity
from node.listening import listen
from node.logs import Log
from node.metrics import Metrics
from node.p2p.addresses import ip_of
from node.p2p.conduct import SCORE_MAX
from node.p2p.dialling import Configured, Dial, Unreachable
from node.p2p.forms import PeerAddress
from node.p2p.hub import Hub
from node.p2p.messages import Hello, Message
from node.p2p.peers import SECRET_BYTES, AddressBook, DamagedAddressBook
from node.p2p.place import Kind
from node.p2p.places import PlaceLimits, Places, Ruling
from node.p2p.protocol import Closed, Misbehaved
from node.p2p.reasons import Reason
from node.p2p.session import Introduction
from node.p2p.session import Network as NetworkIds
from node.peer_clocks import Doubt, PeerClocks, Sample, StepWatch, compare
from node.settings import WrongSetting
from node.verify.pool import workers_for

if TYPE_CHECKING:
    from node.p2p.transport import SocketLink, Transport

TICK_SECONDS: Final = 0.05
"""Between two looks at what is due on links and in the hub: less than any of their deadlines needs."""

CARE_SECONDS: Final = 1.0
"""Between two looks at whom to dial, at clocks and at counters."""

SAVE_SECONDS: Final = 600.0
"""Between two times that the address book is written. What is lost in a crash is heard again."""

WARN_SECONDS: Final = 600.0
"""Between two warnings of a clock that differs."""

_log = Log("p2p")


class Network:
    """One node's links. The transport's Listener and the hub's Addresses."""

    def __init__(self, config: Config, core: NodeCore, handle: Callable[[Input], object], metrics: Metrics) -> None:
        """Raises UnsafeKeyFile, WrongSetting."""
        self.config = config
        self.core = core
        self.metrics = metrics
        self.identity = node_identity(config.data_dir)
        self.clocks = PeerClocks()
        self.port = 0  # on which we listen
        self._handle_input = handle
        chance = random.SystemRandom()
        limits = PlaceLimits(outbound=config.p2p_outbound_links, inbound=config.p2p_inbound_links)
        book = self._read_book()
        self.places = Places(book, self.identity.public_key, chance, configured_peers(config.p2p_peers), limits)
        self.verifier = workers_for(core.chain, config.verify_workers)
        self.hub = Hub(core, self._handle, self, self.verifier)
        self.transport: Transport | None = None
        self._in_hub: set[str] = set()
        self._work_wanted = asyncio.Event()
        self._dials: set[asyncio.Task[None]] = set()
        self._steps = StepWatch(time.time(), time.monotonic())
        self._doubt = Doubt()
        self._warned_at = float("-inf")
        self._counted = (0, 0)
        metrics.watch(
            "verify_queue_signatures", "Signatures that workers are checking ahead", lambda: self.verifier.queued_count
        )
        metrics.watch_peers("inbound", lambda: self.places.count(Kind.INBOUND))
        metrics.watch_peers("outbound", lambda: self.places.count(Kind.OUTBOUND, Kind.CONFIGURED))
        _log.info("our identity", node=public_key_text(self.identity.public_key))

    @cached_property
    def ids(self) -> NetworkIds:
        """Of the chain that we are on."""
        origin = self.core.chain.origin
        return NetworkIds(origin.params.chain_id, genesis_id(origin))

    @property
    def peer_count(self) -> int:
        """Nodes that we talk to now."""
        return len(self._in_hub)

    # --- running

    async def serve(self) -> None:
        """Link with others until cancelled; then say goodbye to all. Raises AddressUnusable, and whatever is a bug."""
        self.transport = transport = await self._open_transport()
        self.verifier.watch(asyncio.get_running_loop(), self._work_wanted.set)
        tasks: list[asyncio.Task[None]] = []
        try:
            if self.config.p2p_inbound_links:
                await self._listen(transport)
            tasks += map(asyncio.create_task, (self._tick(transport), self._work(), self._care(transport)))
            ended, _ = await asyncio.wait([*tasks, transport.failure], return_when=asyncio.FIRST_COMPLETED)
            for one in ended:
                one.result()
        finally:
            tasks += self._dials
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.verifier.close()
            await transport.close(Reason.LEAVING)
            self._save_book()

    async def _open_transport(self) -> Transport:
        """What takes a third of a start, aiohttp and the chain's first state made again, in a thread: who asks meanwhile is answered."""

        def prepare() -> type[Transport]:
            from node.p2p.transport import Transport  # noqa: PLC0415

            assert self.ids
            return Transport

        transport = await asyncio.to_thread(prepare)
        return transport(self._introduce, self)

    async def _listen(self, transport: Transport) -> None:
        config = self.config
        listening = listen(config.p2p_host, config.p2p_port, "--p2p-port")
        self.port = listening.getsockname()[1]
        await transport.listen(listening)
        _log.info("open to other nodes", host=config.p2p_host, port=self.port)

    def _introduce(self) -> Introduction:
        return Introduction(self.identity, self.ids, f"skald/{__version__}", self.core.chain.head_id, self.port)

    async def _tick(self, transport: Transport) -> None:
        while True:
            transport.tick()
            now = transport.now()
            if self.hub.next_tick <= now:
                self.hub.tick(now)
                self._work_wanted.set()
            now = transport.now()
            await asyncio.sleep(TICK_SECONDS)
            self.metrics.loop_lag_seconds.observe(max(0.0, transport.now() - now - TICK_SECONDS))

    async def _work(self) -> None:
        """One downloaded block after the other, each in a turn of its own. While the next is being checked, we help."""
        while True:
            await self._work_wanted.wait()
            self._work_wanted.clear()
            while self.hub.work(time.monotonic()) or self.verifier.help():  # noqa: ASYNC110  others have their turn
                await asyncio.sleep(0)

    async def _care(self, transport: Transport) -> None:
        saved_at = time.monotonic()
        while True:
            for dial in self.places.wanted(time.time()):
                self._dial(transport, dial)
            self._compare_clocks(transport)
            self._count_bytes(transport)
            self.verifier.rest()
            if time.monotonic() - saved_at >= SAVE_SECONDS:
                saved_at = time.monotonic()
                self._save_book()
            await asyncio.sleep(CARE_SECONDS)

    # --- inputs and effects

    def _handle(self, input: Input) -> object:
        """What raises is a bug, and ends the node; but not if all it took was somebody's transaction."""
        try:
            return self._handle_input(input)
        except StorageError:
            raise
        except Exception as error:
            if not isinstance(input, SubmitTransaction):
                raise
            _log.failure("a peer's transaction broke down", error, id=input.transaction.id, peer=input.source)
            return None

    def perform(self, effect: Effect) -> None:
        """What of an effect is for peers."""
        if isinstance(effect, GossipBlock | GossipTransaction) and effect.source:
            self.places.served(effect.source, time.time())
        self.hub.perform(effect, time.monotonic())
        self._work_wanted.set()

    # --- what happens on links

    def admit(self, name: str, ip: str) -> bool:
        ruling = self.places.admit(name, ip_of(ip), time.time())
        self._make_room(ruling)
        if ruling.refused is not None:
            _log.debug("link refused", ip=ip, reason=ruling.refused.text)
        return ruling.refused is None

    def dropped(self, name: str) -> None:
        self.places.closed(name, Reason.LOST, 0, time.time())

    def opened(self, link: SocketLink, peer: Hello) -> None:
        ruling = self.places.opened(link.name, peer, time.time())
        self._make_room(ruling)
        if ruling.refused is not None:
            link.leave(ruling.refused)
            return
        direction = "outbound" if link.is_outbound else "inbound"
        node = public_key_text(peer.node_id)
        _log.info("linked", node=node, address=link.address, direction=direction, agent=peer.user_agent)
        self._in_hub.add(link.name)
        self.hub.opened(link, peer, time.monotonic())
        self._work_wanted.set()

    def received(self, link: SocketLink, message: Message) -> None:
        if link.name in self._in_hub:
            self.hub.received(link, message, time.monotonic())
            self._work_wanted.set()

    def misbehaved(self, link: SocketLink, event: Misbehaved) -> None:
        tell = _log.warning if event.score >= SCORE_MAX else _log.debug
        tell(
            "peer misbehaved", address=link.address, offence=event.offence.value, detail=event.detail, score=event.score
        )

    def closed(self, link: SocketLink, event: Closed) -> None:
        standing, now = self.places.book.standing, time.time()
        refused_count = len(standing.refused(now))
        self.places.closed(link.name, event.reason, event.score, now)
        self.metrics.peers_banned.inc(max(0, len(standing.refused(now)) - refused_count))
        tell = _log.warning if event.reason in _WORTH_A_WARNING else _log.info if link.peer else _log.debug
        tell("link ended", address=link.address, reason=event.reason.text, by_peer=event.by_peer, detail=event.detail)
        if link.name in self._in_hub:
            self._in_hub.discard(link.name)
            self.hub.closed(link, time.monotonic())

    def _make_room(self, ruling: Ruling) -> None:
        for parting in ruling.leaving:
            link = self.transport.links.get(parting.name) if self.transport is not None else None
            if link is not None:
                link.leave(parting.reason)

    # --- whom we dial

    def _dial(self, transport: Transport, dial: Dial) -> None:
        name = transport.new_name(dial.address.text)
        self.places.dialling(name, dial, time.time())
        task = asyncio.create_task(self._reach(transport, name, dial))
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)

    async def _reach(self, transport: Transport, name: str, dial: Dial) -> None:
        host, _, _ = dial.address.text.rpartition(":")
        try:
            await transport.dial(name, host.strip("[]"), dial.address.port, dial.identity)
        except Unreachable as error:
            self.places.closed(name, Reason.LOST, 0, time.time())
            tell = _log.info if dial.kind is Kind.CONFIGURED else _log.debug
            tell("peer not reached", address=dial.address.text, reason=str(error))

    # --- addresses, for the hub

    def known(self, now: float) -> list[PeerAddress]:
        del now  # of the steady clock; the book has the machine's
        return self.places.known(time.time())

    def heard(self, link_name: str, addresses: tuple[PeerAddress, ...], now: float) -> None:
        del now
        self.places.heard(link_name, addresses, time.time())

    def _read_book(self) -> AddressBook:
        allows_local = self.config.p2p_private_addresses
        try:
            data = (self.config.data_dir / PEERS_NAME).read_bytes()
            return AddressBook.decode(data, allows_local=allows_local)
        except FileNotFoundError:
            pass
        except (OSError, DamagedAddressBook) as error:
            _log.warning("address book begun anew", reason=str(error))
        return AddressBook(os.urandom(SECRET_BYTES), allows_local=allows_local)

    def _save_book(self) -> None:
        """Whole or not at all. It is a convenience: a full disk is noticed elsewhere."""
        draft = self.config.data_dir / f"{PEERS_NAME}.new"
        with suppress(OSError):
            draft.write_bytes(self.places.book.encode())
            draft.replace(self.config.data_dir / PEERS_NAME)

    # --- clocks and counters

    def watch_clock(self) -> None:
        """Ask before each tick, for a clock that was set may say any time: until a peer has confirmed it, no block is made by it."""
        step = self._steps.look(time.time(), time.monotonic())
        if not step:
            return
        _log.warning(
            "clock set", seconds=round(step, 3), advice="let NTP keep it: sudden steps make witnesses miss slots"
        )
        links = self.transport.links.values() if self.transport is not None else ()
        for link in [link for link in links if link.name in self._in_hub]:
            link.protocol.measure_again()
            link.tick(time.monotonic())
        self._doubt.begin(time.monotonic())
        self._tell_clocks(PeerClocks(is_unconfirmed=True))

    def _tell_clocks(self, clocks: PeerClocks) -> None:
        self.clocks = clocks
        self._handle_input(HearClocks(clocks))
        self.metrics.clock_offset_seconds.set(clocks.offset_seconds)

    def _compare_clocks(self, transport: Transport) -> None:
        links = [link for link in transport.links.values() if link.name in self._in_hub]
        samples = []
        for link in links:
            latency, offset = link.protocol.latency_seconds, link.protocol.clock_offset_seconds
            if latency is not None and offset is not None:
                self.places.measured(link.name, latency)
                samples.append(Sample(offset, latency, is_chosen=link.is_outbound))
        clocks = self._doubt.weigh(compare(samples), time.monotonic())
        if clocks != self.clocks:
            self._tell_clocks(clocks)
        if clocks.is_doubtful and transport.now() - self._warned_at >= WARN_SECONDS:
            self._warned_at = transport.now()
            offset_ms = round(clocks.offset_seconds * 1000)
            _log.warning(
                "clock differs", ahead_ms=offset_ms, peers=clocks.peer_count, advice="let NTP set this machine's clock"
            )

    def _count_bytes(self, transport: Transport) -> None:
        received, sent = self._counted
        self._counted = transport.received_bytes, transport.sent_bytes
        self.metrics.peer_bytes.labels(direction="received").inc(self._counted[0] - received)
        self.metrics.peer_bytes.labels(direction="sent").inc(self._counted[1] - sent)


_WORTH_A_WARNING: Final = {
    Reason.WRONG_CHAIN,
    Reason.WRONG_GENESIS,
    Reason.WRONG_VERSION,
    Reason.WRONG_IDENTITY,
}
"""Ends that an operator has to do something about."""


# --- peers in the settings


def configured_peers(names: tuple[str, ...]) -> list[Configured]:
    """The peers of the setting `p2p.peers`, their names looked up. Raises WrongSetting.

    A name that is not found now is left out with a warning: a node must be able to start while somebody else's name server is down.
    """
    peers = []
    for name in names:
        key_text, at, place = name.rpartition("@")
        host, _, port = place.rpartition(":")
        if not host or not (port.isascii() and port.isdecimal() and 0 < int(port) <= 65_535):
            raise WrongSetting(where="peers", name="p2p.peers", reason=f"must hold HOST:PORT, not {name!r:.80}")
        identity = _identity_of(key_text, name) if at else None
        try:
            found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            _log.warning(
                "peer not found", peer=name, reason=str(error), advice="its name is looked up at the next start"
            )
            continue
        peers.append(Configured(PeerAddress(ip_of(str(found[0][4][0])), int(port)), identity))
    return peers


def _identity_of(text: str, name: str) -> bytes:
    try:
        return parse_public_key(text)
    except (InvalidInput, ChainError):
        raise WrongSetting(where="peers", name="p2p.peers", reason=f"names no key of a node: {name!r:.80}") from None
