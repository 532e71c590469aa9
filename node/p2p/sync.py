"""How a node catches up: ranges of blocks ahead of its head, asked of several peers at a time, applied one block after the other.

    our head ─┬─ 33…64 from A: here ─┬─ 65…96 asked of B ─┬─ 97…128 asked of C ─┬─ …            at most WINDOW_BLOCKS ahead
              └─ the next to apply   └─ B is late: C is asked as well

A peer is asked for as much as it claims to have. Claims cost nothing, so none is waited for: a peer that stalls is passed over, one
that gives nothing has to show the block it called its head, and its claim sinks to what it could show (reliability P2). Ranges are of
the branch that a peer follows. Where that is not ours, the first block does not fit our head; the core then says what it lacks, that
branch is fetched (`Branches`), and we go on above it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chain.block import NO_BLOCK_ID, Block
from chain.chain import Chain
from chain.errors import InvalidInput
from node.core import Input, PushBlock
from node.p2p.blocks import first_header, is_known
from node.p2p.branches import Branches
from node.p2p.conduct import Offence
from node.p2p.links import RANGES_MAX, Peer
from node.p2p.messages import BLOCK_BYTES_MAX, BLOCKS_MAX, Blocks, GetBlocks, Message

WINDOW_BLOCKS: Final = 4_096
"""So far ahead of our head blocks are asked for: some seconds of applying."""

REQUESTS_MAX: Final = 16
"""Ranges asked for and not here yet, of all peers together: 32 MiB at the most."""

BUFFER_BYTES_MAX: Final = 64 << 20
"""Of ranges that are here, and of those on their way at their largest; the first is asked for whatever is here."""

RANGE_BLOCKS_MIN: Final = 32
"""Of the first ranges: as long as nobody knows how large the blocks are."""

FALSE_HEAD_BLOCKS: Final = 64
"""A claim is false if it is off by more than this. Less may come of a branch that the peer has left since."""

REST_SECONDS: Final = 1.0
"""After blocks that could not be used: what stands in the way, like a clock that is wrong, is not gone at once."""


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


@dataclass(frozen=True, slots=True)
class Stuck:
    """A block does not stand on what we know; `missing` is being fetched."""

    num: int
    block_id: bytes
    missing: bytes
    giver: str


class Sync:
    """What a node lacks above its head. `is_coming(num)` tells whether a block is being put together from an announcement."""

    def __init__(
        self,
        chain: Chain,
        peers: dict[str, Peer],
        handle: Callable[[Input], object],
        branches: Branches,
        is_coming: Callable[[int], bool],
    ) -> None:
        self._chain = chain
        self._peers = peers
        self._handle = handle
        self._branches = branches
        self._is_coming = is_coming
        self._ranges: deque[Range] = deque()  # one after the other, without a gap
        self._range_blocks = RANGE_BLOCKS_MIN
        self._stuck: Stuck | None = None
        self._taken_num = 0  # the last block that was handed in; perhaps of a branch beside ours
        self._rests_until = float("-inf")
        self.buffered_bytes = 0

    @property
    def has_blocks(self) -> bool:
        """Whether the next block to apply is here."""
        return self._stuck is None and bool(self._ranges) and self._ranges[0].is_here

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
        if now < self._rests_until or self._stuck is not None:
            return
        for wanted in self._ranges:
            is_idle = not wanted.is_here and wanted.asked is None
            if is_idle and (wanted is self._ranges[0] or self._has_room()):
                self._ask_again(wanted, now)
        while self._has_room() and self._end < self._chain.head_num + WINDOW_BLOCKS and self._extend(now):
            pass

    def _ask_again(self, wanted: Range, now: float) -> None:
        """All of it, or as much as the peer claims to have; the rest is asked for after that has come."""
        peer = self._choose(wanted.first)
        if peer is not None:
            self._ask(wanted, peer, min(wanted.count, peer.head_num - wanted.first + 1), now)

    def _extend(self, now: float) -> bool:
        """One more range."""
        first = self._end + 1
        peer = self._choose(first)
        if peer is None:
            return False
        added = Range(first, min(self._range_blocks, peer.head_num - first + 1))
        if not self._ask(added, peer, added.count, now):
            return False
        self._ranges.append(added)
        return True

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

    def _choose(self, num: int) -> Peer | None:
        """Who claims to have this block and has the least to do."""
        able = [peer for peer in self._peers.values() if self._may_ask(peer, num)]
        return min(able, key=lambda peer: (peer.open_count(GetBlocks), peer.patience_seconds), default=None)

    def _may_ask(self, peer: Peer, num: int) -> bool:
        return (
            peer.serves_from <= num <= peer.head_num
            and not peer.is_doubted
            and not is_known(self._chain, peer.head_id)
            and peer.open_count(GetBlocks) < peer.ranges_max
            and not peer.is_stalling(GetBlocks)
            and not (peer.head_num <= num + 1 and self._is_coming(num))
        )

    # --- answers

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """Somebody else is asked; should the answer come after all, it is as good as his."""
        del now
        assert isinstance(question, GetBlocks)
        peer.ranges_max = 1
        if question.branch_id != NO_BLOCK_ID:
            self._sink(peer)
        wanted = self._range_of(question)
        if wanted is not None and wanted.asked == peer.name:
            wanted.asked = None

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        assert isinstance(question, GetBlocks)
        assert isinstance(answer, Blocks)
        if question.branch_id != NO_BLOCK_ID:
            self._judge_claim(peer, question, answer)
            return
        wanted = self._range_of(question)
        if wanted is not None and wanted.asked == peer.name:
            wanted.asked = None
        if not answer.blocks:
            self._doubt(peer, question.first_num, now)
        elif wanted is not None:
            peer.ranges_max = min(RANGES_MAX, peer.ranges_max + 1)
            self._adapt(question, answer)
            if self.buffered_bytes < BUFFER_BYTES_MAX or wanted is self._ranges[0]:
                self._keep(wanted, peer, answer.blocks)

    def _range_of(self, question: GetBlocks) -> Range | None:
        """The range that this was asked for, as long as it is not here."""
        if question.branch_id != NO_BLOCK_ID:
            return None
        return next((one for one in self._ranges if one.first == question.first_num and not one.is_here), None)

    def _keep(self, wanted: Range, peer: Peer, blocks: tuple[bytes, ...]) -> None:
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

    # --- claims

    def _doubt(self, peer: Peer, num: int, now: float) -> None:
        """It has nothing from a block on that is below its head. Let it show its head, if that is far: a peer that was begun from
        a snapshot lacks older blocks only.
        """
        if peer.is_doubted or num > peer.head_num:
            return
        peer.serves_from = num + 1
        if peer.head_num - num < FALSE_HEAD_BLOCKS:
            self._sink(peer)
        elif peer.ask(GetBlocks(peer.head_id, peer.head_num, 1), self, now):
            peer.is_doubted = True
        else:
            self._sink(peer)

    def _judge_claim(self, peer: Peer, question: GetBlocks, answer: Blocks) -> None:
        header = first_header(answer.blocks[0]) if answer.blocks else None
        if header is not None and header.id == question.branch_id:
            peer.is_doubted = False
        elif peer.is_doubted:
            self._sink(peer)
            peer.penalise(Offence.FALSE_HEAD, f"block {question.first_num}, {question.branch_id.hex()}")

    @staticmethod
    def _sink(peer: Peer) -> None:
        """Its claim is worth no more than what it could show. The next block that it announces is a new claim."""
        peer.head_num = min(peer.head_num, peer.serves_from - 2)
        peer.serves_from = 1
        peer.is_doubted = False

    # --- applying

    def work(self, now: float) -> bool:
        """Hand the next block in; returns whether there was one."""
        self._trim()
        if self._stuck is not None:
            self._come_loose(self._stuck, now)
        if not self.has_blocks:
            return False
        num, giver = self._ranges[0].first, self._ranges[0].giver
        self._apply(self._pop(), num, giver, now)
        return True

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

    def _apply(self, data: bytes, num: int, giver: str, now: float) -> None:
        try:
            block = Block.decode(data, self._chain.params.dialect)
        except InvalidInput as error:
            self._blame(giver, f"block {num} cannot be read: {error}")
            self._give_up(num, giver, now)
            return
        if block.num != num:
            self._blame(giver, f"block {block.num} came instead of {num}")
            self._give_up(num, giver, now)
            return
        if giver in self._peers:
            self._peers[giver].blocks.add(block.id)
        self._handle(PushBlock(block, giver))
        self._taken_num = num
        tree = self._chain.forks.tree
        if block.id in tree.loose:
            self._stuck = Stuck(num, block.id, tree.lowest_missing(block.id), giver)
        elif not is_known(self._chain, block.id):
            self._give_up(num, giver, now)

    def _come_loose(self, stuck: Stuck, now: float) -> None:
        """Go on when what was missing is there, or cannot be had."""
        if is_known(self._chain, stuck.block_id):
            self._stuck = None
        elif not self._branches.is_wanted(stuck.missing):
            self._stuck = None
            self._give_up(stuck.num, stuck.giver, now)

    def _blame(self, giver: str, detail: str) -> None:
        if giver in self._peers:
            self._peers[giver].penalise(Offence.INVALID_BLOCK, detail)

    def _give_up(self, num: int, giver: str, now: float) -> None:
        """What this peer gave from `num` on is of no use to us: ask others for it."""
        for given in self._ranges:
            if given.is_here and given.giver == giver:
                self.buffered_bytes -= sum(map(len, given.blocks))
                given.blocks.clear()
        self._ranges.appendleft(Range(num, 1))
        peer = self._peers.get(giver)
        if peer is not None:
            peer.head_num = min(peer.head_num, num - 1)
            self._rests_until = now + REST_SECONDS

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
