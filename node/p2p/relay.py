"""How transactions spread: told by short id, asked of one peer at a time, told on.

    accepted ──► Inventory, collected for a tenth of a second, to each peer that is not known to have it
    Inventory ──► what we lack is noted with the peer that offers it ──► GetTransactions ──► Transactions ──► the mempool

If a peer does not give what it has offered, the next one that has is asked. Nothing is refused for good: what does not fit the
state of today is not asked for again until the next block, and only what no state would accept is held against the peer.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from chain.authority import DuplicateSignature, IrrelevantSignature
from chain.block import Block
from chain.chain import Chain
from chain.errors import ChainError, InvalidInput, InvalidOperation, MissingAuthority
from chain.transaction import NoOperations, Transaction
from node.core import Input, SubmitTransaction
from node.p2p.blocks import fitting
from node.p2p.conduct import Offence
from node.p2p.links import QUEUED_BYTES_LOW, Peer
from node.p2p.messages import (
    INVENTORY_ITEMS_MAX,
    SHORT_ID_BYTES,
    GetTransactions,
    Inventory,
    InventoryKind,
    Message,
    Transactions,
)

TELL_SECONDS: Final = 0.1
"""Ids are collected for so long: a busy second takes ten messages to each peer, and nobody waits noticeably."""

ASK_ITEMS_MAX: Final = 64
"""In one question: the answer is taken in at once, in about 50 ms."""

BATCHES_MAX: Final = 4
"""Open at a time with one peer: enough to keep its line busy, and little that has to be asked for again."""

OFFERED_MAX: Final = 5_000
"""Of what a peer offers, as many as it is remembered to have (reliability P8)."""

RECENT_MAX: Final = 20_000
"""Transactions that were accepted lately, to be served: some minutes of a busy chain."""

RECENT_BYTES_MAX: Final = 32 << 20
"""Of those; as much as may wait for blocks."""

SEEN_MAX: Final = 20_000
"""Short ids of what stands in blocks, or was refused since the last one: not asked for."""

WORTHLESS: Final = (InvalidInput, InvalidOperation, NoOperations)
"""What no state would accept: bytes without sense, shapes that are wrong, signatures that are none."""


ABOUT_SIGNATURES: Final = (MissingAuthority, DuplicateSignature, IrrelevantSignature)
"""Says nothing about the id, which does not cover signatures: another peer may have the transaction as it was meant."""


class TransactionRelay:
    """The transactions of all links of a node."""

    def __init__(self, chain: Chain, peers: dict[str, Peer], handle: Callable[[Input], object]) -> None:
        self._chain = chain
        self._peers = peers
        self._handle = handle
        self._recent: OrderedDict[bytes, Transaction] = OrderedDict()  # by short id
        self._recent_bytes = 0
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._refused: dict[bytes, None] = {}
        self._asked: dict[bytes, str] = {}  # short ids that are on their way, and the peer that was asked
        self._told_at = 0.0

    # --- what we have

    def find(self, transaction_id: bytes) -> Transaction | None:
        """A transaction that waits, or that was accepted lately."""
        found = self._chain.mempool.waiting.get(transaction_id)
        if found is None:
            found = self._recent.get(transaction_id[:SHORT_ID_BYTES])
        return found if found is not None and found.id == transaction_id else None

    def _is_had(self, short_id: bytes) -> bool:
        return short_id in self._recent or short_id in self._seen or short_id in self._refused

    def _keep(self, transaction: Transaction) -> None:
        short_id = transaction.id[:SHORT_ID_BYTES]
        if short_id not in self._recent:
            self._recent_bytes += len(transaction.packed_bytes)
            self._recent[short_id] = transaction
        while len(self._recent) > RECENT_MAX or self._recent_bytes > RECENT_BYTES_MAX:
            _, gone = self._recent.popitem(last=False)
            self._recent_bytes -= len(gone.packed_bytes)

    # --- what becomes of transactions here

    def accepted(self, transaction: Transaction, source: str) -> None:
        """It waits in our mempool: tell all that may not have it."""
        short_id = transaction.id[:SHORT_ID_BYTES]
        self._keep(transaction)
        for peer in self._peers.values():
            if peer.name == source:
                peer.transactions.add(short_id)
            elif short_id not in peer.transactions:
                _note(peer.to_tell, short_id)

    def refused(self, transaction: Transaction, error: ChainError, source: str) -> None:
        """Do not ask for it again above this head; hold against the peer what is nobody's chance."""
        peer = self._peers.get(source)
        if peer is None:
            return
        if isinstance(error, WORTHLESS):
            peer.penalise(Offence.INVALID_TRANSACTION, str(error))
        elif not isinstance(error, ABOUT_SIGNATURES) and len(self._refused) < SEEN_MAX:
            self._refused[transaction.id[:SHORT_ID_BYTES]] = None

    def included(self, block: Block) -> None:
        """What stands in a block is had. What was refused may fit the state after it."""
        self._refused.clear()
        for transaction in block.transactions:
            self._seen[transaction.id[:SHORT_ID_BYTES]] = None
        while len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)

    # --- telling

    def opened(self, peer: Peer) -> None:
        """What waits here may be news over there."""
        for transaction in self._chain.mempool:
            self._keep(transaction)
            _note(peer.to_tell, transaction.id[:SHORT_ID_BYTES])

    def tell(self, now: float) -> None:
        """Send the collected ids, when it is time."""
        if now < self._told_at + TELL_SECONDS:
            return
        self._told_at = now
        for peer in list(self._peers.values()):
            while peer.to_tell and peer.link.queued_bytes <= QUEUED_BYTES_LOW and self._tell_some(peer, now):
                pass

    def _tell_some(self, peer: Peer, now: float) -> bool:
        collected = list(peer.to_tell)[:INVENTORY_ITEMS_MAX]
        news = tuple([one for one in collected if self._is_news(one, peer)])
        if news and not peer.send(Inventory(InventoryKind.TRANSACTION, news), now):
            return False
        for short_id in collected:
            del peer.to_tell[short_id]
            peer.transactions.add(short_id)
        return True

    def _is_news(self, short_id: bytes, peer: Peer) -> bool:
        """It still waits for a block, and the peer may not have it."""
        return short_id in self._recent and short_id not in self._seen and short_id not in peer.transactions

    # --- asking

    def offered(self, peer: Peer, inventory: Inventory) -> None:
        """A peer tells what it has. Whoever offers more than can be asked for is not listened to."""
        if len(peer.offered) >= OFFERED_MAX:
            return
        for short_id in inventory.short_ids:
            peer.transactions.add(short_id)
            if not self._is_had(short_id):
                _note(peer.offered, short_id)

    def ask(self, now: float) -> None:
        """Ask each peer for what it offers and nobody else was asked for."""
        for peer in list(self._peers.values()):
            self.ask_one(peer, now)

    def ask_one(self, peer: Peer, now: float) -> None:
        while peer.offered and _may_ask(peer) and self._ask_for_some(peer, now):
            pass

    def _ask_for_some(self, peer: Peer, now: float) -> bool:
        chosen = self._choose(peer)
        if not chosen or not peer.ask(GetTransactions(chosen), self, now):
            return False
        for short_id in chosen:
            del peer.offered[short_id]
            self._asked[short_id] = peer.name
        return True

    def _choose(self, peer: Peer) -> tuple[bytes, ...]:
        chosen, had = [], []
        for short_id in peer.offered:
            if self._is_had(short_id):
                had.append(short_id)
            elif short_id not in self._asked:
                chosen.append(short_id)
                if len(chosen) == ASK_ITEMS_MAX:
                    break
        for short_id in had:
            del peer.offered[short_id]
        return tuple(chosen)

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        del now
        assert isinstance(question, GetTransactions)
        assert isinstance(answer, Transactions)
        expected = dict.fromkeys(question.short_ids)
        for data in answer.transactions:
            if not peer.is_open or not self._take(peer, data, expected):
                break
        self._let_go(peer, expected)
        if len(expected) < len(question.short_ids):
            for short_id in expected:
                _note(peer.offered, short_id)  # it may not have fitted; an answer that brings nothing ends this

    def _take(self, peer: Peer, data: bytes, expected: dict[bytes, None]) -> bool:
        """Hand one in; returns whether the rest is worth a look."""
        try:
            transaction = Transaction.decode(data, self._chain.params.dialect)
        except InvalidInput as error:
            peer.penalise(Offence.INVALID_TRANSACTION, str(error))
            return False
        short_id = transaction.id[:SHORT_ID_BYTES]
        if short_id not in expected:
            peer.penalise(Offence.UNASKED, f"the transaction {transaction.id.hex()}")
            return False
        del expected[short_id]
        self._asked.pop(short_id, None)
        if not self._is_had(short_id):
            self._handle(SubmitTransaction(transaction, peer.name))
        return True

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """Whoever else offers them may be asked now."""
        del now
        assert isinstance(question, GetTransactions)
        self._let_go(peer, dict.fromkeys(question.short_ids))

    def _let_go(self, peer: Peer, short_ids: dict[bytes, None]) -> None:
        for short_id in short_ids:
            if self._asked.get(short_id) == peer.name:
                del self._asked[short_id]

    # --- answering

    def serve(self, question: GetTransactions) -> Transactions:
        found = [self._recent[short_id].packed_bytes for short_id in question.short_ids if short_id in self._recent]
        return Transactions(tuple(fitting(found)))


def _may_ask(peer: Peer) -> bool:
    return peer.open_count(GetTransactions) < BATCHES_MAX and not peer.is_stalling(GetTransactions)


def _note(ids: dict[bytes, None], short_id: bytes) -> None:
    """Where there is no room, the newest gives way: what came first is dealt with first."""
    if len(ids) < OFFERED_MAX:
        ids[short_id] = None
