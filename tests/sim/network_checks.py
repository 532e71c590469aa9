"""What must hold in every world, whatever goes wrong (reliability.md C.4). Cheap checks after each step, dear ones now and then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chain.chain import Chain
from chain.finality.attestations import Checkpoint
from chain.finality.votes import Place
from chain.invariants import BrokenInvariant, check_invariants
from chain.mempool import PENDING_BLOCKS_MAX
from node.effects import (
    BlockApplied,
    BlocksPopped,
    Effect,
    FinalityConflict,
    GossipAttestation,
    GossipBlock,
    GossipEvidence,
    GossipVote,
    IrreversibleMoved,
    StateAttested,
    StateDiverged,
)
from node.p2p.conduct import Offence
from node.p2p.messages import BLOCK_BYTES_MAX
from node.p2p.sync import BUFFER_BYTES_MAX
from tests.sim.finality_toys import Violation

if TYPE_CHECKING:
    from tests.sim.network_node import Node
    from tests.sim.network_sim import World

POPS_MAX = 12


@dataclass
class Result:
    """Figures of one world. Slots are counted from healing; −1: never."""

    seed: int
    nodes: int
    final_num: int = 0
    one_head_slots: int = -1  # until all honest nodes had one head
    heal_slots: int = -1  # until all had a final block that was made after healing
    crashes: int = 0
    recoveries_crashed: int = 0
    switches: int = 0
    deepest: int = 0
    evidence: set[str] = field(default_factory=set)
    roots: int = 0  # times that a node found a quorum for a state's root
    lags: list[int] = field(default_factory=list)  # of final blocks at nodes, in milliseconds
    penalties: Counter[str] = field(default_factory=Counter)  # of honest nodes by honest ones
    events: int = 0
    trace: str = ""


class Checks:
    def __init__(self, world: World) -> None:
        self.world = world
        self.result = world.result
        self.digests: dict[bytes, bytes] = {}  # by block
        self.finals: dict[int, bytes] = {}
        self.roots: dict[bytes, Checkpoint] = {}  # what honest witnesses attested, by block
        self.votes: dict[tuple[str, Place], bytes] = {}  # every vote that left an honest node
        self.blocks: dict[tuple[str, int], bytes] = {}  # every block, by witness and time
        self.byzantine: frozenset[str] = frozenset()  # witnesses

    def fail(self, node: Node, what: str) -> None:
        raise Violation(f"{node.name} at {self.world.now} ms: {what}")

    # --- after each step

    def note_effect(self, node: Node, effect: Effect) -> None:
        match effect:
            case GossipVote(vote, ""):
                self._note_vote(node, vote)
            case GossipBlock(block, "") if block.header.witness in node.witnesses:
                self._note_block(node, block)
            case BlockApplied(block):
                self.world.trace.update(f"{self.world.now} {node.name}".encode() + block.id)
            case BlocksPopped(blocks):
                self.result.switches += 1
                self.result.deepest = max(self.result.deepest, len(blocks))
            case IrreversibleMoved():
                self._note_final(node)
            case GossipEvidence(evidence):
                if evidence.culprit not in self.byzantine:
                    self.fail(node, f"evidence against {evidence.culprit}, who is honest: {evidence}")
                self.result.evidence.add(evidence.culprit)
            case GossipAttestation(attestation, "") if attestation.voter in node.witnesses:
                self._note_attestation(node, attestation.checkpoint)
            case StateAttested():
                self.result.roots += 1
            case StateDiverged(_, theirs):
                self.fail(node, f"a quorum sees another state than we at block {theirs.block_id.hex()}")
            case FinalityConflict(ours, theirs):
                self.fail(node, f"has {ours.hex()} final, others {theirs.block_id.hex()}")

    def _note_vote(self, node: Node, vote: Any) -> None:
        if vote.voter not in node.witnesses:
            return  # told again of others
        known = self.votes.setdefault((vote.voter, vote.place), vote.block_id)
        if known != vote.block_id:
            self.fail(node, f"{vote.voter} has voted twice at {vote.place}")
        ballot = node.signed.ballot
        if (ballot.round_num, ballot.view) < (vote.round_num, vote.view):
            self.fail(node, f"a vote of {vote.place} left before it was written down")

    def _note_block(self, node: Node, block: Any) -> None:
        header = block.header
        known = self.blocks.setdefault((header.witness, header.timestamp), block.id)
        if known != block.id:
            self.fail(node, f"{header.witness} has made two blocks for the slot at {header.timestamp}")

    def _note_attestation(self, node: Node, checkpoint: Checkpoint) -> None:
        known = self.roots.setdefault(checkpoint.block_id, checkpoint)
        if known != checkpoint:
            self.fail(node, f"the state at block {checkpoint.block_id.hex()} has two roots")

    def _note_final(self, node: Node) -> None:
        """What was final stays, and is final everywhere."""
        chain = node.chain
        num = chain.irreversible_num
        if num < node.final_num or not chain.holds(node.final_id):
            self.fail(node, f"changes what is final at {node.final_num}")
        for final_num in range(node.final_num + 1, num + 1):
            block_id = chain.id_of(final_num)
            if self.finals.setdefault(final_num, block_id) != block_id:
                known = self.finals[final_num].hex()
                self.fail(node, f"two final blocks at {final_num}: {known} and {block_id.hex()}")
            self.world.note_final(node, final_num, block_id)
        node.final_num, node.final_id = num, chain.id_of(num)
        self.world.trace.update(f"{self.world.now} {node.name} final".encode() + node.final_id)

    def note_handled(self, node: Node, *, head_moved: bool) -> None:
        """Equal blocks mean equal states, and the head stands on what is final."""
        if not head_moved:
            return
        chain = node.chain
        known = self.digests.setdefault(chain.head_id, chain.digest)
        if known != chain.digest:
            self.fail(node, f"block {chain.head_num} has the digests {known.hex()} and {chain.digest.hex()}")
        if chain.head_num < node.final_num or not chain.holds(node.final_id):
            self.fail(node, f"its head {chain.head_num} does not stand on its final block {node.final_num}")

    def note_start(self, node: Node) -> None:
        """What was final before a crash still is."""
        chain = node.chain
        if chain.irreversible_num < node.final_num or chain.head_num < node.final_num:
            self.fail(node, f"has forgotten that block {node.final_num} is final")
        if node.final_num and not chain.holds(node.final_id):
            self.fail(node, f"came back with another block {node.final_num}")
        self._note_final(node)
        known = self.digests.setdefault(chain.head_id, chain.digest)
        if known != chain.digest:
            self.fail(node, "came back with another state")

    def note_penalty(self, node: Node, peer: Node, offence: Offence, detail: str, *, is_ban: bool) -> None:
        if not (node.is_honest and peer.is_honest):
            return
        self.result.penalties[offence.name] += 1
        if is_ban:
            self.fail(node, f"bans {peer.name}, who is honest, at last for {offence.name}: {detail}")

    # --- now and then

    def full(self, node: Node) -> None:
        """All that takes longer."""
        chain = node.chain
        try:
            check_invariants(chain.state)
        except BrokenInvariant as broken:
            self.fail(node, str(broken))
        room_bytes = PENDING_BLOCKS_MAX * chain.state.globals.maximum_block_size
        tree = chain.forks.tree
        if chain.mempool.size_bytes > room_bytes:
            self.fail(node, f"{chain.mempool.size_bytes} bytes of transactions wait")
        if tree.branch_bytes > tree.branch_bytes_max or len(tree.loose) > tree.loose_blocks_max:
            self.fail(node, "keeps too many blocks")
        if node.hub.status.buffered_bytes > BUFFER_BYTES_MAX + BLOCK_BYTES_MAX:
            self.fail(node, "holds too many blocks that it has asked for")
        self.pop_and_push(node)

    def pop_and_push(self, node: Node) -> None:
        """Undoing blocks and applying them again, on a copy of the disk, leads to the same state through the same states."""
        chain = node.chain
        count = min(chain.head_num - chain.irreversible_num, POPS_MAX)
        copy = Chain(node.disk.copy(), chain.origin, signers=chain.signers, with_history=False)
        blocks = []
        for _ in range(count):
            if copy.digest != self.digests.get(copy.head_id, copy.digest):
                self.fail(node, f"undone down to block {copy.head_num} it has another digest")
            blocks.append(copy.pop_block())
        copy.mempool.waiting.clear()
        for block in reversed(blocks):
            copy.push_block(block)
        if (copy.head_id, copy.digest) != (chain.head_id, chain.digest):
            self.fail(node, f"{count} blocks undone and applied again lead elsewhere")
