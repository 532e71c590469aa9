"""Of whom blocks can be asked: what peers claim to have, and what that has turned out to be worth.

Claims cost nothing, so none is waited for (reliability P2). A peer that gives nothing where it should have something is asked to show
the block that it called its head. If it can, older blocks were spared it by a snapshot; if not, its claim sinks to what it could show.
Whose blocks are of no use is asked for none for a while, each time twice as long. The next block that a peer announces is a new claim.
"""

from dataclasses import dataclass
from typing import Final

from chain.chain import Chain
from node.p2p.blocks import first_header, is_known
from node.p2p.branches import Branches
from node.p2p.conduct import Offence
from node.p2p.links import Asker, Peer
from node.p2p.messages import Blocks, GetBlocks

RANGES_MAX: Final = 4
"""Of blocks asked of one peer at a time, once it has shown that it answers: enough to keep its line busy."""

FALSE_HEAD_BLOCKS: Final = 64
"""A claim is false if it is off by more than this. Less may come of a branch that the peer has left since."""

REST_SECONDS_MIN: Final = 1.0
"""After blocks that could not be used: what stands in the way, like a clock that is wrong, is not gone at once."""

REST_SECONDS_MAX: Final = 64.0
"""After many times."""


@dataclass(slots=True)
class Supply:
    """What one peer is worth. It has shown its head and has no blocks before `serves_from`; or it `is_doubted`, and asked to."""

    ranges_max: int = 1
    has_helped: bool = False
    serves_from: int = 1
    is_doubted: bool = False
    waits_for: bytes | None = None
    rest_seconds: float = REST_SECONDS_MIN
    rests_until: float = float("-inf")


class Suppliers:
    """The peers of a node, as far as it can catch up with their help."""

    def __init__(self, chain: Chain, peers: dict[str, Peer], branches: Branches) -> None:
        self._chain = chain
        self._peers = peers
        self._branches = branches
        self._supplies: dict[str, Supply] = {}

    def of(self, peer: Peer) -> Supply:
        return self._supplies.setdefault(peer.name, Supply())

    def closed(self, peer: Peer) -> None:
        self._supplies.pop(peer.name, None)

    def choose(self, num: int, now: float, *, is_urgent: bool) -> Peer | None:
        """Who claims to have this block and has the least to do; where it is urgent, rather somebody who has helped before."""

        def worth(peer: Peer) -> tuple[bool, int, float]:
            is_doubtful = is_urgent and not self.of(peer).has_helped
            return is_doubtful, peer.open_count(GetBlocks), peer.patience_seconds

        return min([peer for peer in self._peers.values() if self._may_ask(peer, num, now)], key=worth, default=None)

    def _may_ask(self, peer: Peer, num: int, now: float) -> bool:
        supply = self.of(peer)
        return (
            supply.serves_from <= num <= peer.head_num
            and not supply.is_doubted
            and now >= supply.rests_until
            and peer.open_count(GetBlocks) < supply.ranges_max
            and not peer.is_stalling(GetBlocks)
            and not is_known(self._chain, peer.head_id)
            and not self._is_waiting(peer, supply, now)
        )

    def _is_waiting(self, peer: Peer, supply: Supply, now: float) -> bool:
        """Its branch is being fetched from where it leaves ours. If that fails, it is of no use."""
        missing = supply.waits_for
        if missing is None or self._branches.is_wanted(missing):
            return missing is not None
        supply.waits_for = None
        if is_known(self._chain, missing):
            return False
        self.put_aside(peer, now)
        return True

    # --- what peers do

    def gave(self, peer: Peer) -> None:
        """It has answered with blocks."""
        supply = self.of(peer)
        supply.ranges_max = min(RANGES_MAX, supply.ranges_max + 1)

    def stalled(self, peer: Peer) -> None:
        self.of(peer).ranges_max = 1
        if self.of(peer).is_doubted:
            self._sink(peer)

    def helped(self, peer: Peer) -> None:
        """A block of it was of use."""
        supply = self.of(peer)
        supply.has_helped = True
        supply.rest_seconds = REST_SECONDS_MIN

    def await_branch(self, peer: Peer, missing: bytes) -> None:
        """Its blocks stand on one that we do not know: on another branch, or on nothing."""
        self.of(peer).waits_for = missing

    def put_aside(self, peer: Peer, now: float) -> None:
        """What it gave is of no use to us."""
        supply = self.of(peer)
        peer.head_num = min(peer.head_num, self._chain.head_num)
        supply.rests_until = now + supply.rest_seconds
        supply.rest_seconds = min(REST_SECONDS_MAX, 2 * supply.rest_seconds)

    # --- what peers claim

    def doubt(self, peer: Peer, num: int, asker: Asker, now: float) -> None:
        """It has nothing from a block on that is not above its head. Where that is far below, let it show its head."""
        supply = self.of(peer)
        if supply.is_doubted or num > peer.head_num:
            return
        supply.serves_from = num + 1
        is_far = peer.head_num - num >= FALSE_HEAD_BLOCKS
        if is_far and peer.ask(GetBlocks(peer.head_id, peer.head_num, 1), asker, now):
            supply.is_doubted = True
        else:
            self._sink(peer)

    def judge(self, peer: Peer, question: GetBlocks, answer: Blocks) -> None:
        """Has it shown its head?"""
        supply = self.of(peer)
        header = first_header(answer.blocks[0]) if answer.blocks else None
        if header is not None and header.id == question.branch_id:
            supply.is_doubted = False
        elif supply.is_doubted:
            self._sink(peer)
            peer.penalise(Offence.FALSE_HEAD, f"block {question.first_num}, {question.branch_id.hex()}")

    def _sink(self, peer: Peer) -> None:
        supply = self.of(peer)
        peer.head_num = min(peer.head_num, supply.serves_from - 2)
        supply.serves_from = 1
        supply.is_doubted = False
