"""How a branch is fetched that we know only the end of: look below it until it meets what we know, then take it block by block.

    end ── look 16 blocks below ── known there ──────────────────────────► take what came
                                └─ not known ── look 64 lower, 256 lower … ► take all from there on, in ranges

Nobody looks below the irreversible block: a branch that leaves ours there cannot be followed, and its end is remembered as dead. The
branch may be of anybody's making, so little is held of it at a time, and nothing is held against a peer but what it must have seen to
be wrong: it is asked for a branch that it may only have beside its own.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chain.block import Block
from chain.chain import Chain
from chain.errors import InvalidInput
from node.core import Input, PushBlock
from node.p2p.blocks import first_header, is_known
from node.p2p.conduct import Offence
from node.p2p.links import Memory, Peer
from node.p2p.messages import BLOCKS_MAX, Blocks, GetBlocks, Message

FIRST_LOOK_BLOCKS: Final = 16
"""Nearly every fork is shorter, and comes whole with the first answer."""

STEP_FACTOR: Final = 4
"""The next look goes four times as far down: four questions reach over a thousand blocks below."""

SEARCHES_MAX: Final = 8
"""Branches that are fetched at a time, each with one question open and one answer held: 16 MiB at the most."""

SEARCHES_PER_LINK_MAX: Final = 2
"""So that no peer takes all places."""

SOURCES_MAX: Final = 8
"""Peers asked for one branch, one after the other."""

DEAD_MAX: Final = 1_000
"""Ends of branches that leave ours below the irreversible block."""


@dataclass(slots=True)
class Search:
    """One branch: blocks from `next_num` to `num` are still to come. Until `is_found`, `next_num` is where we look next."""

    block_id: bytes
    num: int
    wanted_by: str
    next_num: int
    step: int = FIRST_LOOK_BLOCKS
    is_found: bool = False
    sources: dict[str, None] = field(default_factory=dict)
    asked: str | None = None
    blocks: deque[bytes] = field(default_factory=deque)
    giver: str = ""

    def question(self) -> GetBlocks:
        """The first look takes all it may need, later ones a single block to see where they are, and then come ranges."""
        left = self.num - self.next_num + 1
        is_single = not self.is_found and self.step > FIRST_LOOK_BLOCKS
        return GetBlocks(self.block_id, self.next_num, 1 if is_single else min(left, BLOCKS_MAX))


class Branches:
    """The branches that a node wants to know more of."""

    def __init__(self, chain: Chain, peers: dict[str, Peer], handle: Callable[[Input], object]) -> None:
        self._chain = chain
        self._peers = peers
        self._handle = handle
        self._searches: dict[bytes, Search] = {}
        self._dead = Memory(DEAD_MAX)

    def is_wanted(self, block_id: bytes) -> bool:
        return block_id in self._searches

    def __len__(self) -> int:
        return len(self._searches)

    # --- wanting

    def want(self, num: int, block_id: bytes, source: str) -> None:
        """Fetch the branch that ends with this block, which `source` should have; others who claim to be as high may have it, too."""
        search = self._searches.get(block_id)
        if search is not None:
            if len(search.sources) < SOURCES_MAX:
                search.sources.setdefault(source)
            return
        if num < self._floor or block_id in self._dead or is_known(self._chain, block_id):
            return
        self._make_room(source)
        first_num = max(self._floor, num - FIRST_LOOK_BLOCKS + 1)
        sources = [source, *(peer.name for peer in self._peers.values() if peer.head_num >= num)]
        self._searches[block_id] = Search(
            block_id, num, source, first_num, sources=dict.fromkeys(sources[:SOURCES_MAX])
        )

    @property
    def _floor(self) -> int:
        """The lowest block in which a branch may differ from ours."""
        return self._chain.irreversible_num + 1

    def _make_room(self, source: str) -> None:
        theirs = [block_id for block_id, search in self._searches.items() if search.wanted_by == source]
        if len(theirs) >= SEARCHES_PER_LINK_MAX:
            del self._searches[theirs[0]]
        if len(self._searches) >= SEARCHES_MAX:
            del self._searches[next(iter(self._searches))]

    # --- asking

    def ask(self, now: float) -> None:
        """Ask for the next blocks, where none wait and nobody is asked. A branch that nobody can show is given up."""
        for search in list(self._searches.values()):
            if search.blocks or search.asked is not None:
                continue
            if search.num >= self._floor and not is_known(self._chain, search.block_id):
                self._ask_for(search, now)
            if search.asked is None:
                self._drop(search)

    def _ask_for(self, search: Search, now: float) -> None:
        search.next_num = max(search.next_num, self._floor)
        for name in list(search.sources):
            peer = self._peers.get(name)
            if peer is not None and not peer.is_stalling(GetBlocks) and peer.ask(search.question(), self, now):
                search.asked = name
                return
            del search.sources[name]

    def _drop(self, search: Search) -> None:
        self._searches.pop(search.block_id, None)

    def unanswered(self, peer: Peer, question: Message, now: float) -> None:
        """The next one that may have the branch is asked."""
        del now
        search = self._search_of(peer, question)
        if search is not None:
            self._pass_over(search)

    def _search_of(self, peer: Peer, question: Message) -> Search | None:
        """Who waits for this answer. A search that was given up and begun anew has another question of the same branch open."""
        assert isinstance(question, GetBlocks)
        search = self._searches.get(question.branch_id)
        is_open = search is not None and search.asked == peer.name and search.next_num == question.first_num
        return search if is_open else None

    def _pass_over(self, search: Search) -> None:
        search.sources.pop(search.asked or "", None)
        search.asked = None

    def answered(self, peer: Peer, question: Message, answer: Message, now: float) -> None:
        del now
        assert isinstance(answer, Blocks)
        search = self._search_of(peer, question)
        if search is None:
            return
        if not answer.blocks:
            self._pass_over(search)
            return
        if not search.is_found and not self._look(search, peer, answer.blocks[0]):
            return
        search.asked = None
        search.giver = peer.name
        if search.is_found:
            search.blocks = deque(answer.blocks[: search.num - search.next_num + 1])

    def _look(self, search: Search, peer: Peer, data: bytes) -> bool:
        """Does the branch meet what we know here? Else we look further down. Returns whether the answer was of any use."""
        header = first_header(data)
        if header is None or header.num != search.next_num:
            peer.penalise(Offence.INVALID_BLOCK, f"asked for block {search.next_num} of a branch: it is none")
            self._pass_over(search)
            return False
        if is_known(self._chain, header.previous):
            search.is_found = True
        elif search.next_num <= self._floor:
            self._dead.add(search.block_id)
            self._drop(search)
        else:
            search.step *= STEP_FACTOR
            search.next_num = max(self._floor, search.next_num - search.step)
        return True

    # --- taking

    def work(self) -> bool:
        """Hand the next block in; returns whether there was one."""
        for search in list(self._searches.values()):
            if search.blocks:
                self._take(search)
                return True
        return False

    def _take(self, search: Search) -> None:
        data = search.blocks.popleft()
        num = search.next_num
        search.next_num += 1
        try:
            block = Block.decode(data, self._chain.params.dialect)
        except InvalidInput as error:
            self._blame(search, f"block {num} of a branch cannot be read: {error}")
            return
        if block.num != num:
            self._blame(search, f"block {block.num} came instead of {num}")
            return
        self._handle(PushBlock(block, search.giver))
        if num >= search.num or not is_known(self._chain, block.id):
            self._drop(search)  # complete, or refused, or not the branch it was said to be

    def _blame(self, search: Search, detail: str) -> None:
        self._drop(search)
        if search.giver in self._peers:
            self._peers[search.giver].penalise(Offence.INVALID_BLOCK, detail)
