"""Blocks that no honest witness would make: twins of others, blocks on branches that were left, and invalid ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.asset import HIVE, Asset
from chain.block import Block, BlockHeader, num_of_id
from node.p2p.messages import GetBlocks
from tests.sim.network_chain import MONEY, SLOT_SECONDS, operation, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.chain import Chain
    from chain.transaction import Transaction
    from tests.sim.network_node import Node
    from tests.sim.network_sim import World

DEPTH_MAX = 6


class Forge:
    """`blocks` by id are those made here, to be served to whoever asks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng
        self.blocks: dict[bytes, Block] = {}

    def keep(self, block: Block) -> Block:
        self.blocks[block.id] = block
        return block

    def branch(self, chain: Chain, question: GetBlocks) -> tuple[bytes, ...]:
        """What a peer asks for of a branch that ends with one of our blocks."""
        path: list[Block] = []
        block_id = question.branch_id
        while block_id in self.blocks:
            path.append(self.blocks[block_id])
            block_id = self.blocks[block_id].header.previous
        last_num = min(num_of_id(question.branch_id), question.first_num + question.count - 1)
        found = [block.packed_bytes for block in path[::-1] if question.first_num <= block.num <= last_num]
        below_num = min(num_of_id(block_id), last_num)
        if not chain.holds(block_id):
            return tuple(found)
        return (*(block.packed_bytes for block in chain.blocks(question.first_num, below_num)), *found)

    # --- what is made

    def twin(self, liar: Node, block: Block) -> Block:
        """Another block for the same slot."""
        header = block.header
        transactions = block.transactions[:-1]
        version = liar.chain.params.blockchain_version + 1
        return self._made(header.previous, header.timestamp, header.witness, transactions, version=version)

    def on_old_block(self, liar: Node, lonely: bytes | None) -> Block | None:
        """On one of ours, on a block further down, or on the one below a block that only few know to be final; in this slot."""
        chain = liar.chain
        tips = [block for block in self.blocks.values() if block.num > chain.head_num - DEPTH_MAX]
        num = max(1, chain.head_num - self.rng.randint(1, DEPTH_MAX))
        if lonely is not None and chain.holds(lonely):
            num = max(1, num_of_id(lonely) - 1)
        parent = self.rng.choice([*tips[-2:], chain.block(num)])
        time = int(liar.now) // SLOT_SECONDS * SLOT_SECONDS
        witness = self._whose_turn(chain, parent, time)
        if witness not in liar.witnesses:
            return None
        return self._made(parent.id, time, witness, ())

    @staticmethod
    def _whose_turn(chain: Chain, parent: Block, time: int) -> str:
        """By the schedule in force at our head; nobody's where that is not known."""
        state = chain.state
        is_same_round = (parent.num // chain.params.witnesses_max) == (chain.head_num // chain.params.witnesses_max)
        if not is_same_round or time <= parent.header.timestamp:
            return ""
        slots = (time - state.globals.time) // SLOT_SECONDS
        shuffled = state.schedule.shuffled
        return shuffled[(state.globals.current_aslot + slots) % len(shuffled)]

    def invalid(self, liar: Node) -> Block | None:
        chain, rng = liar.chain, self.rng
        head = chain.block(chain.head_num) if chain.head_num else None
        if head is None:
            return None
        time = max(int(liar.now) // SLOT_SECONDS * SLOT_SECONDS, head.header.timestamp + SLOT_SECONDS)
        witness = self._whose_turn(chain, head, time)
        kind = rng.randrange(4)
        if kind == 0 and witness in liar.witnesses:  # it spends what nobody has
            much = operation("transfer", from_="alice", to="bob", amount=Asset(100 * MONEY, HIVE), memo="")
            return self._made(head.id, time, witness, (signed(chain, self.world.start, much, by="alice"),))
        if kind == 1 and witness in liar.witnesses:  # from the future
            return self._made(head.id, time + 20 * SLOT_SECONDS, witness, ())
        if kind == 2 and witness:  # another's name
            return self._made(head.id, time, witness, (), signer=liar.witnesses[0])
        return self._made(head.id, time, liar.witnesses[0], ())  # perhaps not its turn

    def _made(
        self,
        previous: bytes,
        time: int,
        witness: str,
        transactions: Sequence[Transaction],
        *,
        version: int | None = None,
        signer: str = "",
    ) -> Block:
        header = BlockHeader.build(
            previous=previous, timestamp=time, witness=witness, transactions=transactions, running_version=version
        )
        key = self.world.start.keys[signer or witness]
        return self.keep(Block.build(header.signed(key.sign(header.signing_digest)), transactions))
