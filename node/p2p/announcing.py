"""How a new block spreads: announced by its header and the ids of its transactions, and put together by whoever has most of them.

    applied at our head ──► BlockAnnouncement to all who may not have it
    BlockAnnouncement ──► all transactions are here ────────────────────────────────► the block
                      ──► some are missing ──► GetBlockTransactions of the announcer ──► the block
                      ──► most are, or one has another signature than in the block ──► GetBlocks: the block as a whole

A transaction's id does not cover its signatures, so a block that was put together is compared with its header's merkle root before
anybody is told of it. While a block is being rebuilt, other announcements of it only name more peers that can be asked.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chain.block import Block, BlockHeader, num_of_id
from chain.chain import Chain, UnknownBlock
from chain.errors import InvalidInput
from chain.transaction import Transaction
from node.core import Input, PushBlock
from node.p2p.blocks import is_known
from node.p2p.conduct import Offence
from node.p2p.links import Peer
from node.p2p.messages import (
    BLOCK_BYTES_MAX,
    BlockAnnouncement,
    Blocks,
    BlockTransactions,
    GetBlocks,
    GetBlockTransactions,
    Message,
)

REBUILDS_MAX: Final = 32
"""Blocks that are being put together: one is the rule, a few branches of a few blocks the exception."""

REBUILDS_PER_LINK_MAX: Final = 4
"""So that no peer takes all places."""

RECENT_BLOCKS_MAX: Final = 8
"""The newest blocks, whose transactions can be asked for one by one: half a minute. Older ones are asked for as a whole."""

FindTransaction = Callable[[bytes], Transaction | None]


@dataclass(slots=True)
class Rebuild:
    """A block that was announced and is not complete. `sources` are peers that have it, to be asked in this order."""

    header: BlockHeader
    transaction_ids: tuple[bytes, ...]
    transactions: list[Transaction | None]
    announcer: str
    sources: dict[str, None] = field(default_factory=dict)
    asked: str | None = None
    needs_whole: bool = False

    def missing(self) -> tuple[int, ...]:
        return tuple([position for position, found in enumerate(self.transactions) if found is None])


class BlockRelay:
    """New blocks of all links of a node. `find` looks a transaction up by its id."""

    def __init__(
        self, chain: Chain, peers: dict[str, Peer], handle: Callable[[Input], object], find: FindTransaction
    ) -> None:
        self._chain = chain
        self._peers = peers
        self._handle = handle
        self._find = find
        self._recent: OrderedDict[bytes, Block] = OrderedDict()
        self._rebuilds: dict[bytes, Rebuild] = {}

    def is_coming(self, num: int) -> bool:
        """Whether a block of this number is being put together."""
        return any(rebuild.header.num == num for rebuild in self._rebuilds.values())

    def is_rebuilding(self, block_id: bytes) -> bool:
        return block_id in self._rebuilds

    # --- telling

    def applied(self, block: Block, source: str, now: float, *, is_newest: bool) -> None:
        """A block was applied. If nothing follows it, announce it to all who are not ahead of it and may not have it."""
        self._rebuilds.pop(block.id, None)
        self._keep(block)
        if source in self._peers:
            self._peers[source].blocks.add(block.id)
        if is_newest and block.id == self._chain.head_id:
            self._announce(block, list(self._peers.values()), now)

    def tell_head(self, now: float) -> None:
        """Show our newest block to all who are not ahead of it and may not have it: who has just linked, and who could not be told."""
        head_id = self._chain.head_id
        peers = [peer for peer in self._peers.values() if self._is_news(peer, head_id)]
        try:
            head = (self._recent.get(head_id) or self._chain.block(self._chain.head_num)) if peers else None
        except UnknownBlock:
            return  # there is none yet, or it was spared us by a snapshot
        if head is not None:
            self._announce(head, peers, now)

    @staticmethod
    def _is_news(peer: Peer, block_id: bytes) -> bool:
        return block_id not in peer.blocks and peer.head_num <= num_of_id(block_id)

    def _announce(self, block: Block, peers: Sequence[Peer], now: float) -> None:
        ids = tuple([transaction.id for transaction in block.transactions])
        announcement = BlockAnnouncement(block.header.packed_bytes, ids)
        for peer in peers:
            if self._is_news(peer, block.id) and peer.send(announcement, now):
                peer.blocks.add(block.id)

    def _keep(self, block: Block) -> None:
        self._recent[block.id] = block
        if len(self._recent) > RECENT_BLOCKS_MAX:
            self._recent.popitem(last=False)

    # --- hearing

    def announced(self, peer: Peer, header: BlockHeader, transaction_ids: tuple[bytes, ...]) -> None:
        """Begin to put a block together whose parent is known or on its way."""
        known = self._rebuilds.get(header.id)
        if known is not None:
            known.sources[peer.name] = None
            return
        if len(frozenset(transaction_ids)) < len(transaction_ids):
            peer.penalise(Offence.INVALID_BLOCK, f"block {header.num} names a transaction twice")
            return
        self._make_room(peer)
        found: list[Transaction | None] = [None] * len(transaction_ids)
        rebuild = Rebuild(header, transaction_ids, found, peer.name, {peer.name: None})
        self._rebuilds[header.id] = rebuild
        self._fill(rebuild)

    def _make_room(self, peer: Peer) -> None:
        theirs = [block_id for block_id, rebuild in self._rebuilds.items() if rebuild.announcer == peer.name]
        if len(theirs) >= REBUILDS_PER_LINK_MAX:
            del self._rebuilds[theirs[0]]
        if len(self._rebuilds) >= REBUILDS_MAX:
            del self._rebuilds[next(iter(self._rebuilds))]

    def _fill(self, rebuild: Rebuild) -> None:
        """Take what is here; the block may be complete with that."""
        for position in rebuild.missing():
            rebuild.transactions[position] = self._find(rebuild.transaction_ids[position])
        if not rebuild.missing():
            self._complete(rebuild)

    def _complete(self, rebuild: Rebuild) -> None:
        """All transactions are there. Are they the ones that the witness signed?"""
        transactions = [found for found in rebuild.transactions if found is not None]
        size_bytes = sum([len(transaction.packed_bytes) for transaction in transactions])
        header = rebuild.header
        if size_bytes > BLOCK_BYTES_MAX:
            self._condemn(rebuild, f"block {header.num} has {size_bytes} bytes of transactions")
            return
        block = Block.build(header, transactions)
        if block.merkle_root() != header.transaction_merkle_root:
            rebuild.needs_whole = True
            return
        del self._rebuilds[header.id]
        self._handle(PushBlock(block, rebuild.announcer))

    def _condemn(self, rebuild: Rebuild, detail: str) -> None:
        del self._rebuilds[rebuild.header.id]
        if rebuild.announcer in self._peers:
            self._peers[rebuild.announcer].penalise(Offence.INVALID_BLOCK, detail)

    # --- asking

    def ask(self, now: float) -> None:
        """Ask for what is missing, where nobody is asked at the moment. A block that nobody can give is given up."""
        for block_id, rebuild in list(self._rebuilds.items()):
            if rebuild.asked is not None:
                continue
            if not is_known(self._chain, block_id):
                self._ask_for(rebuild, now)
            if rebuild.asked is None:
                del self._rebuilds[block_id]

    def _ask_for(self, rebuild: Rebuild, now: float) -> None:
        question = _question(rebuild)
        for name in list(rebuild.sources):
            peer = self._peers.get(name)
            if peer is not None and not peer.is_stalling(type(question)) and peer.ask(question, self, now):
                rebuild.asked = name
                return
            rebuild.sources.pop(name, None)

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """The next one that announced it may be quicker."""
        del now
        rebuild = self._rebuild_of(question)
        if rebuild is not None:
            self._pass_over(rebuild, peer)

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        del now
        rebuild = self._rebuild_of(question)
        if rebuild is None:
            return
        if rebuild.asked == peer.name:
            rebuild.asked = None
        if isinstance(answer, BlockTransactions):
            assert isinstance(question, GetBlockTransactions)
            self._take_transactions(rebuild, peer, question, answer)
        elif isinstance(answer, Blocks):
            self._take_whole(rebuild, peer, answer)

    def _rebuild_of(self, question: Message) -> Rebuild | None:
        block_id = question.branch_id if isinstance(question, GetBlocks) else question.block_id  # type: ignore[attr-defined]  # the two that are asked here
        return self._rebuilds.get(block_id)

    def _pass_over(self, rebuild: Rebuild, peer: Peer) -> None:
        rebuild.sources.pop(peer.name, None)
        if rebuild.asked == peer.name:
            rebuild.asked = None

    def _take_transactions(
        self, rebuild: Rebuild, peer: Peer, question: GetBlockTransactions, answer: BlockTransactions
    ) -> None:
        if not answer.transactions:
            rebuild.needs_whole = True  # it has let go of them, or they do not fit into a message
            return
        wanted = [rebuild.transaction_ids[position] for position in question.positions]
        found = _decode_those(answer.transactions, wanted, self._chain)
        if found is None or answer.block_id != question.block_id:
            peer.penalise(Offence.UNASKED, f"other transactions than those of block {rebuild.header.num}")
            self._pass_over(rebuild, peer)
            return
        for position, transaction in zip(question.positions, found, strict=True):
            rebuild.transactions[position] = transaction
        self._fill(rebuild)

    def _take_whole(self, rebuild: Rebuild, peer: Peer, answer: Blocks) -> None:
        if not answer.blocks:
            self._pass_over(rebuild, peer)
            return
        header = rebuild.header
        try:
            block = Block.decode(answer.blocks[0], self._chain.params.dialect)
        except InvalidInput as error:
            reason = str(error)
        else:
            if block.id == header.id and block.merkle_root() == header.transaction_merkle_root:
                del self._rebuilds[header.id]
                self._handle(PushBlock(block, peer.name))
                return
            reason = "another one came"
        peer.penalise(Offence.INVALID_BLOCK, f"asked for the block {header.id.hex()}: {reason}")
        self._pass_over(rebuild, peer)

    # --- answering

    def serve(self, question: GetBlockTransactions) -> BlockTransactions:
        """Those that were asked for, or none where the block is not among the newest, or they do not fit."""
        block = self._recent.get(question.block_id)
        if block is None or question.positions[-1] >= len(block.transactions):
            return BlockTransactions(question.block_id, ())
        chosen = [block.transactions[position].packed_bytes for position in question.positions]
        if sum(map(len, chosen)) + 5 * len(chosen) > BLOCK_BYTES_MAX:
            return BlockTransactions(question.block_id, ())
        return BlockTransactions(question.block_id, tuple(chosen))


def _question(rebuild: Rebuild) -> GetBlocks | GetBlockTransactions:
    """For what is missing; for the whole block where that is most of it."""
    header, missing = rebuild.header, rebuild.missing()
    if rebuild.needs_whole or 2 * len(missing) > len(rebuild.transactions):
        return GetBlocks(header.id, header.num, 1)
    return GetBlockTransactions(header.id, missing)


def _decode_those(items: Sequence[bytes], ids: Sequence[bytes], chain: Chain) -> list[Transaction] | None:
    """Transactions of exactly these ids, in this order; None where they are not."""
    if len(items) != len(ids):
        return None
    try:
        found = [Transaction.decode(data, chain.params.dialect) for data in items]
    except InvalidInput:
        return None
    return found if [transaction.id for transaction in found] == list(ids) else None
