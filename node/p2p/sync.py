"""How a node catches up: ranges of blocks ahead of its head, asked of several peers at a time, applied one block after the other.

    our head ─┬─ 33…64 from A: here ─┬─ 65…96 asked of B ─┬─ 97…128 asked of C ─┬─ …            at most WINDOW_BLOCKS ahead
              └─ the next to apply   └─ B is late: another is asked as well

Ranges are of the branch that a peer follows. Where that is not ours, the first block does not fit our head; the core then says what it
lacks, the branch is fetched from where it leaves ours (`Branches`), and that peer has to wait for it. Others need not.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from chain.block import NO_BLOCK_ID, Block
from chain.chain import Chain
from chain.errors import InvalidInput
from node.core import Input, PushBlock
from node.p2p.ahead import Ahead, Verifier
from node.p2p.blocks import is_known
from node.p2p.conduct import Offence
from node.p2p.links import Peer
from node.p2p.messages import BLOCK_BYTES_MAX, BLOCKS_MAX, Blocks, GetBlocks, Message
from node.p2p.suppliers import Suppliers

WINDOW_BLOCKS: Final = 4_096
"""So far ahead of our head blocks are asked for: some seconds of applying."""

REQUESTS_MAX: Final = 16
"""Ranges asked for and not here yet, of all peers together: 32 MiB at the most."""

BUFFER_BYTES_MAX: Final = 64 << 20
"""Of ranges that are here, and of those on their way at their largest; the first is asked for whatever is here."""

RANGE_BLOCKS_MIN: Final = 32
"""Of the first ranges: as long as nobody knows how large the blocks are."""


@dataclass(slots=True)
class Range:
    """`count` blocks from `first` on: not asked for yet, `asked` of a peer, or here."""

    first: int
    count: int
    asked: str | None = None
    giver: str = ""
    blocks: deque[bytes] = field(default_factory=deque)

    @property
    def is_here(self) -> bool:
        return bool(self.blocks)

    @property
    def last(self) -> int:
        return self.first + self.count - 1


class Sync:
    """What a node lacks above its head. `is_coming(num)` tells whether a block is being put together from an announcement."""

    def __init__(
        self,
        chain: Chain,
        peers: dict[str, Peer],
        handle: Callable[[Input], object],
        suppliers: Suppliers,
        is_coming: Callable[[int], bool],
        *,
        verifier: Verifier | None = None,
    ) -> None:
        self._chain = chain
        self._peers = peers
        self._handle = handle
        self._suppliers = suppliers
        self._is_coming = is_coming
        self._ahead = Ahead(chain.params.dialect, verifier)
        self._ranges: deque[Range] = deque()  # one after the other, without a gap
        self._range_blocks = RANGE_BLOCKS_MIN
        self._taken_num = 0  # the last block that was taken in; perhaps of a branch beside ours
        self.buffered_bytes = 0

    @property
    def has_blocks(self) -> bool:
        """Whether the next block to apply is here."""
        return bool(self._ranges) and self._ranges[0].is_here

    @property
    def target_num(self) -> int:
        """The highest block that any peer claims to have."""
        return max((peer.head_num for peer in self._peers.values()), default=0)

    def __len__(self) -> int:
        """Ranges that are here or on their way."""
        return len(self._ranges)

    # --- asking

    def ask(self, now: float) -> None:
        """Ask for ranges whose peer has failed, then for more, as far as limits and peers allow."""
        self._trim()
        for wanted in self._ranges:
            is_idle = not wanted.is_here and wanted.asked is None
            if is_idle and (wanted is self._ranges[0] or self._has_room()):
                self._ask_again(wanted, now)
        while self._has_room() and self._end < self._chain.head_num + WINDOW_BLOCKS and self._extend(now):
            pass

    def _ask_again(self, wanted: Range, now: float) -> None:
        """All of it, or as much as the peer claims to have; the rest is asked for after that has come."""
        peer = self._choose(wanted.first, now, is_urgent=True)
        if peer is not None:
            self._ask(wanted, peer, min(wanted.count, peer.head_num - wanted.first + 1), now)

    def _extend(self, now: float) -> bool:
        """One more range."""
        first = self._end + 1
        peer = self._choose(first, now, is_urgent=False)
        if peer is None:
            return False
        added = Range(first, min(self._range_blocks, peer.head_num - first + 1))
        if not self._ask(added, peer, added.count, now):
            return False
        self._ranges.append(added)
        return True

    def _choose(self, num: int, now: float, *, is_urgent: bool) -> Peer | None:
        """A block that is just being announced comes by itself, unless there are more above it."""
        peer = self._suppliers.choose(num, now, is_urgent=is_urgent)
        return None if peer is not None and peer.head_num <= num + 1 and self._is_coming(num) else peer

    def _ask(self, wanted: Range, peer: Peer, count: int, now: float) -> bool:
        if not peer.ask(GetBlocks(NO_BLOCK_ID, wanted.first, count), self, now):
            return False
        wanted.asked = peer.name
        return True

    def _has_room(self) -> bool:
        """Whether one more range may be asked for. What we wait for most, the first, may always."""
        on_their_way = sum(1 for wanted in self._ranges if wanted.asked is not None)
        most_bytes = self.buffered_bytes + (on_their_way + 1) * BLOCK_BYTES_MAX
        return on_their_way < REQUESTS_MAX and most_bytes <= BUFFER_BYTES_MAX

    @property
    def _end(self) -> int:
        """The last block that is here or on its way."""
        return self._ranges[-1].last if self._ranges else self._chain.head_num

    # --- answers

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """Somebody else is asked; should the answer come after all, it is as good as his."""
        del now
        assert isinstance(question, GetBlocks)
        self._suppliers.stalled(peer)
        wanted = self._range_of(question)
        if wanted is not None and wanted.asked == peer.name:
            wanted.asked = None

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        assert isinstance(question, GetBlocks)
        assert isinstance(answer, Blocks)
        if question.branch_id != NO_BLOCK_ID:
            self._suppliers.judge(peer, question, answer)
            return
        wanted = self._range_of(question)
        if wanted is not None and wanted.asked == peer.name:
            wanted.asked = None
        if not answer.blocks:
            self._suppliers.doubt(peer, question.first_num, self, now)
        elif wanted is not None:
            self._suppliers.gave(peer)
            self._adapt(question, answer)
            if self.buffered_bytes < BUFFER_BYTES_MAX or wanted is self._ranges[0]:
                self._keep(wanted, peer, answer.blocks)

    def _range_of(self, question: GetBlocks) -> Range | None:
        """The range that this was asked for, as long as it is not here."""
        if question.branch_id != NO_BLOCK_ID:
            return None
        return next((one for one in self._ranges if one.first == question.first_num and not one.is_here), None)

    def _keep(self, wanted: Range, peer: Peer, blocks: tuple[bytes, ...]) -> None:
        """The range is here, or its beginning, and then the rest becomes a range of its own."""
        blocks = blocks[: wanted.count]
        left = wanted.count - len(blocks)
        wanted.asked = None
        wanted.giver = peer.name
        wanted.blocks = deque(blocks)
        wanted.count = len(blocks)
        self.buffered_bytes += sum(map(len, blocks))
        if left:
            self._ranges.insert(self._ranges.index(wanted) + 1, Range(wanted.last + 1, left))

    def _adapt(self, question: GetBlocks, answer: Blocks) -> None:
        """Ask for as many blocks at a time as fit into an answer."""
        count = len(answer.blocks)
        if count >= question.count:
            self._range_blocks = min(BLOCKS_MAX, 2 * self._range_blocks)
        elif sum(map(len, answer.blocks)) > BLOCK_BYTES_MAX // 2:
            self._range_blocks = count

    # --- taking blocks in

    def work(self, now: float) -> bool:
        """Hand the next block in; returns whether there was one, and nobody was still checking its signatures."""
        self._trim()
        if not self.has_blocks:
            return False
        self._ahead.look(self._upcoming())
        if not self._ahead.is_ready(self._ranges[0].blocks[0]):
            return False
        num, giver = self._ranges[0].first, self._ranges[0].giver
        self._take(self._pop(), num, giver, now)
        return True

    def _upcoming(self) -> Iterator[bytes]:
        """The blocks that are here, as far as there is no gap."""
        for one in takewhile(lambda one: one.is_here, self._ranges):
            yield from one.blocks

    def _pop(self) -> bytes:
        """Take out the first block."""
        first = self._ranges[0]
        data = first.blocks.popleft()
        self.buffered_bytes -= len(data)
        first.first += 1
        first.count -= 1
        if not first.count:
            self._ranges.popleft()
        return data

    def _take(self, data: bytes, num: int, giver: str, now: float) -> None:
        """Hand a block in, and see what it says about its giver, who may be gone."""
        peer = self._peers.get(giver)
        block, problem = self._read(data, num)
        if block is not None:
            if peer is not None:
                peer.blocks.add(block.id)
            self._handle(PushBlock(block, giver))
        if block is not None and is_known(self._chain, block.id):
            self._taken_num = num
            if peer is not None:
                self._suppliers.helped(peer)
            return
        self._give_back(num, giver)
        if peer is not None:
            self._judge(peer, block, problem, now)

    def _judge(self, peer: Peer, block: Block | None, problem: str, now: float) -> None:
        """What it gave does not fit."""
        tree = self._chain.forks.tree
        if block is not None and block.id in tree.loose:
            self._suppliers.await_branch(peer, tree.lowest_missing(block.id))
            return
        self._suppliers.put_aside(peer, now)
        if problem:
            peer.penalise(Offence.INVALID_BLOCK, problem)

    def _read(self, data: bytes, num: int) -> tuple[Block | None, str]:
        """The block of this number, or what is wrong with it."""
        try:
            block = self._ahead.take(data)
        except InvalidInput as error:
            return None, f"block {num} cannot be read: {error}"
        return (block, "") if block.num == num else (None, f"block {block.num} came instead of {num}")

    def _give_back(self, num: int, giver: str) -> None:
        """What this peer gave from `num` on does not fit: it has to be asked for again."""
        for given in self._ranges:
            if given.is_here and given.giver == giver:
                self.buffered_bytes -= sum(map(len, given.blocks))
                given.blocks.clear()
        self._ranges.appendleft(Range(num, 1))

    def _trim(self) -> None:
        """Let go of what has come by another way, of what our head no longer leads to, and of what nobody claims any more."""
        head_num = self._chain.head_num
        if self._ranges and self._ranges[0].first > max(head_num, self._taken_num) + 1:
            self._ranges.clear()
            self.buffered_bytes = 0
        while self._ranges and self._ranges[0].first <= head_num:
            if self._ranges[0].is_here:
                self._pop()
            elif self._ranges[0].last <= head_num:
                self._ranges.popleft()
            else:
                break  # it is on its way, with some that we need
        target_num = self.target_num
        while self._ranges and not self._ranges[-1].is_here and self._ranges[-1].first > target_num:
            self._ranges.pop()
