"""All links of a node: what messages mean.

    link ──► received ──► a room ──► inputs ──► NodeCore ──► effects ──► perform ──► a room ──► messages to links
                            ▲                                                          │
    clock ──► tick ─────────┴── what is to be asked, told, asked again ◄───────────────┘
              work ── one downloaded block after the other, between which the shell may do other things

The rooms: `relay` (transactions), `announcing` (new blocks), `sync` and `branches` (blocks that we lack), `statements` (finality),
`links` (what we know of each peer). Here is only who is told what.

No clock, socket or chance: `now` is in seconds of any steady clock. Nothing raises on what a peer sends. `perform` takes notes and
tells, but asks nobody: each room has its `ask`, which is called when whatever has happened is over, and with every tick. Whatever is
said on a link may end it, and with it others: `closed` may be called from within any call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from chain.block import num_of_id
from node import effects
from node.core import Input, NodeCore
from node.effects import Effect
from node.p2p import messages as m
from node.p2p.ahead import Verifier
from node.p2p.announcing import BlockRelay
from node.p2p.blocks import branch_blocks, is_known, read_header
from node.p2p.branches import Branches
from node.p2p.conduct import ANSWERS, Offence, carried_bytes
from node.p2p.forms import PeerAddress
from node.p2p.links import QUEUED_BYTES_LOW, Link, Peer
from node.p2p.messages import Hello, Message
from node.p2p.offences import is_to_blame
from node.p2p.reasons import Reason
from node.p2p.relay import TransactionRelay
from node.p2p.statements import Statements
from node.p2p.suppliers import Suppliers
from node.p2p.sync import Sync

TICK_SECONDS: Final = 0.1
"""Between two ticks while there is something to tell, to ask or to wait for."""

IDLE_SECONDS: Final = 1.0
"""While there is nothing."""

PEERS_SECONDS: Final = 900.0
"""Between two questions for addresses on a link: they change slowly, and the budget is small."""


class Addresses(Protocol):
    """Where other nodes are (the address book)."""

    def known(self, now: float, /) -> list[PeerAddress]:
        """Those to tell a peer that asks."""
        ...

    def heard(self, link_name: str, addresses: tuple[PeerAddress, ...], now: float, /) -> None:
        """Hearsay of a peer."""
        ...


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """What an operator may want to know of a link."""

    name: str
    head_num: int
    patience_seconds: float
    questions_open: int
    answers_owed: int


@dataclass(frozen=True, slots=True)
class HubStatus:
    """Of all links together. `target_num` is the highest block that any peer claims to have."""

    peers: tuple[PeerStatus, ...]
    head_num: int
    target_num: int
    ranges: int
    buffered_bytes: int
    branches: int


class Hub:
    """The node among its peers. `handle` runs an input through the core and performs the effects, of which those for peers come
    back to `perform` before it returns.
    """

    def __init__(
        self,
        core: NodeCore,
        handle: Callable[[Input], object],
        addresses: Addresses | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        self.next_tick = 0.0
        """When `tick` is due at the latest."""
        self._core = core
        self._chain = chain = core.chain
        self._addresses = addresses
        self._peers: dict[str, Peer] = {}
        self._relay = TransactionRelay(chain, self._peers, handle)
        self._blocks = BlockRelay(chain, self._peers, handle, self._relay.find)
        self._branches = Branches(chain, self._peers, handle)
        self._suppliers = Suppliers(chain, self._peers, self._branches)
        self._sync = Sync(chain, self._peers, handle, self._suppliers, self._blocks.is_coming, verifier=verifier)
        self._statements = Statements(core, self._peers, handle)
        self._peers_asked_at: dict[str, float] = {}

    # --- links

    def opened(self, link: Link, hello: Hello, now: float) -> None:
        """A link has come through its handshake: show what we have, and see what it has."""
        peer = Peer(link, hello.head_id)
        self._peers[peer.name] = peer
        self._blocks.tell_head(now)
        self._statements.opened(peer, now)
        self._relay.opened(peer)
        self._ask_for_blocks(now)
        self._wake(now)

    def closed(self, link: Link, now: float) -> None:
        """What it was asked for may be asked of others. That happens at the next tick, which is due."""
        peer = self._peers.pop(link.name, None)
        if peer is None:
            return
        peer.is_open = False
        for question in list(peer.questions()):
            question.asker.unanswered(peer, question.message, now)
        self._statements.closed(peer)
        self._suppliers.closed(peer)
        self._peers_asked_at.pop(peer.name, None)
        self._wake(now)

    def received(self, link: Link, message: Message, now: float) -> None:
        """A message of an open link."""
        peer = self._peers.get(link.name)
        if peer is None:
            return
        if type(message) in ANSWERS:
            peer.owed.append(message)
            self._serve(peer, now)
        elif type(message) in _ANSWERS:
            self._take_answer(peer, message, now)
        else:
            self._take_news(peer, message, now)
        self._wake(now + TICK_SECONDS)

    def _take_news(self, peer: Peer, message: Message, now: float) -> None:
        match message:
            case m.Inventory():
                self._relay.offered(peer, message)
                self._relay.ask_one(peer, now)
            case m.BlockAnnouncement():
                self._take_announcement(peer, message)
                self._ask_for_blocks(now)
            case m.FinalityVote() | m.Certificate() | m.Evidence() | m.StateAttestation():
                self._statements.heard(peer, message)
            case _:
                raise AssertionError(message)  # the link lets nothing else through

    def _take_answer(self, peer: Peer, message: Message, now: float) -> None:
        """What follows from it is asked at once: a synchronisation lives of that."""
        question = peer.take_answer(message)
        if question is not None:  # else the link has let one through from before its time
            question.asker.answered(peer, question.message, message, now)
            question.asker.ask(now)

    def _take_announcement(self, peer: Peer, message: m.BlockAnnouncement) -> None:
        """Rebuild it, or fetch what is missing below it."""
        header = read_header(message.header)
        if header is None:
            peer.penalise(Offence.INVALID_BLOCK, "announced what is no header")
            return
        chain, block_id = self._chain, header.id
        peer.claim(block_id)
        tree = chain.forks.tree
        if block_id in tree.invalid or header.previous in tree.invalid:
            peer.penalise(Offence.INVALID_BLOCK, f"announced block {header.num}, which was refused before")
        elif is_known(chain, block_id) or header.num <= chain.irreversible_num:
            return
        elif self._is_expected(header.previous):
            self._blocks.announced(peer, header, message.transaction_ids)
        elif header.num <= chain.head_num + 1:
            self._branches.want(header.num, block_id, peer.name)  # higher ones are the synchronisation's business

    def _is_expected(self, block_id: bytes) -> bool:
        """Whether we know a block, or will soon."""
        return (
            is_known(self._chain, block_id)
            or self._blocks.is_rebuilding(block_id)
            or self._branches.is_wanted(block_id)
        )

    # --- questions of peers

    def _serve(self, peer: Peer, now: float) -> None:
        """Answer in order, as long as the peer takes in what it asks for, and as much of it as a peer may have."""
        serving = peer.serving(now)
        while (
            peer.owed and peer.is_open and peer.link.queued_bytes <= QUEUED_BYTES_LOW and not serving.wait_seconds(now)
        ):
            answer = self._answer(peer.owed.popleft(), now)
            serving.charge(carried_bytes(answer), now)
            if not peer.link.send(answer):
                peer.owed.clear()  # the link is ending

    def _answer(self, question: Message, now: float) -> Message:
        match question:
            case m.GetTransactions():
                return self._relay.serve(question)
            case m.GetBlockTransactions():
                return self._blocks.serve(question)
            case m.GetBlocks(branch_id, first_num, count):
                return m.Blocks(branch_blocks(self._chain, branch_id, first_num, count))
            case m.GetCertificates():
                return self._statements.serve(question)
            case m.GetPeers():
                known = [] if self._addresses is None else self._addresses.known(now)
                return m.Peers(tuple(known[: m.ADDRESSES_MAX]))
        raise AssertionError(question)

    # --- questions to peers

    def ask(self, now: float) -> None:
        """The one question that the hub asks itself: for addresses, once in a while."""
        if self._addresses is None:
            return
        for peer in list(self._peers.values()):
            if now >= self._peers_asked_at.get(peer.name, float("-inf")) + PEERS_SECONDS:
                self._peers_asked_at[peer.name] = now
                peer.ask(m.GetPeers(), self, now)

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        del question
        if isinstance(answer, m.Peers) and self._addresses is not None:
            self._addresses.heard(peer.name, answer.addresses, now)

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """It will be asked again in its time."""

    # --- what the core wants

    def perform(self, effect: Effect, now: float) -> None:
        """Effects that concern peers; others are ignored."""
        match effect:
            case effects.GossipTransaction(transaction, source):
                self._relay.accepted(transaction, source)
            case effects.TransactionRefused(transaction, error, source) if source:
                self._relay.refused(transaction, error, source)
            case effects.BlockApplied(block):
                self._relay.included(block)
            case effects.GossipBlock(block, source):
                self._blocks.applied(block, source, now, is_newest=not self._sync.has_blocks)
            case effects.BlockRefused() if effect.source:
                self._blame(effect)
            case effects.BlocksWanted(num, block_id, source):
                if not self._blocks.is_rebuilding(block_id):
                    self._branches.want(num, block_id, source)
            case (
                effects.GossipVote()
                | effects.GossipCertificate()
                | effects.GossipEvidence()
                | effects.GossipAttestation()
            ):
                self._statements.gossip(effect, now)
            case effects.CertificateOwed():
                self._statements.owed(effect, now)
            case effects.CertificatesWanted():
                self._statements.wanted(effect)
            case effects.StatementRefused():
                self._statements.refused(effect)
            case _:
                return
        self._wake(now + TICK_SECONDS)

    def _blame(self, refused: effects.BlockRefused) -> None:
        peer = self._peers.get(refused.source)
        if peer is not None and is_to_blame(refused.error, has_applied=refused.block.id in peer.blocks):
            peer.penalise(Offence.INVALID_BLOCK, str(refused.error))

    # --- time

    def tick(self, now: float) -> None:
        """Time has passed: tell what was collected, and see who leaves us waiting."""
        for peer in list(self._peers.values()):
            for question in peer.overdue(now):
                question.asker.unanswered(peer, question.message, now)
            if peer.is_open and peer.owes_for_too_long(now):
                peer.link.leave(Reason.TOO_SLOW)
            self._serve(peer, now)
        self._relay.tell(now)
        if not self._sync.has_blocks:
            self._blocks.tell_head(now)
        self._relay.ask(now)
        self._ask_for_blocks(now)
        self._statements.ask(now)
        self.ask(now)
        self.next_tick = now + (TICK_SECONDS if self._is_waiting else IDLE_SECONDS)

    def work(self, now: float) -> bool:
        """Take in the next thing that was downloaded, a block or a certificate. False where there is none: to be called until then
        after everything that happens.
        """
        has_worked = self._statements.work() or self._branches.work() or self._sync.work(now)
        if has_worked:
            self._ask_for_blocks(now)
            self._wake(now + TICK_SECONDS)
        return has_worked

    def _ask_for_blocks(self, now: float) -> None:
        self._blocks.ask(now)
        self._branches.ask(now)
        self._sync.ask(now)

    @property
    def _is_waiting(self) -> bool:
        """Whether there is something that only time brings on."""
        return any(
            peer.to_tell or peer.offered or peer.owed or next(peer.questions(), None) is not None
            for peer in self._peers.values()
        )

    def _wake(self, at: float) -> None:
        self.next_tick = min(self.next_tick, at)

    # --- for the operator

    @property
    def status(self) -> HubStatus:
        peers = tuple(
            PeerStatus(
                peer.name,
                num_of_id(peer.head_id),
                peer.patience_seconds,
                sum(1 for _ in peer.questions()),
                len(peer.owed),
            )
            for peer in self._peers.values()
        )
        sync = self._sync
        return HubStatus(
            peers, self._chain.head_num, sync.target_num, len(sync), sync.buffered_bytes, len(self._branches)
        )


_ANSWERS: Final = frozenset(ANSWERS.values())
