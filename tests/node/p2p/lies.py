"""Synchronisation from peers of which half lie (reliability P2): it must not take twice as long as from the honest half alone.

    python -m tests.node.p2p.lies [--seeds 1000] [--blocks 400] [--seed 0]

A liar claims the true head or a false one, and gives nothing, no answer, other blocks, damaged ones, some, late ones, or blocks that stand
on nothing; it may announce ever higher heads meanwhile. Applying a block takes 25 ms here, so that 400 blocks take as long as 10,000 on a
node, and a timeout of two seconds weighs as much.
"""

import random
import statistics
from collections.abc import Callable

import click

from chain.block import NO_BLOCK_ID, Block, BlockHeader
from chain.chain import Chain
from node.p2p import messages as m
from node.p2p.blocks import branch_blocks
from node.p2p.conduct import Offence
from tests.helpers.network import Network, Node, Puppet, Wire, copy_of

PEERS = 3  # of each kind
APPLY_SECONDS = 0.025
FACTOR_MAX = 2.0

KINDS = ("silent", "empty", "other", "damaged", "part", "late", "on nothing")
FALSE_HEAD = (10**9).to_bytes(4, "big") + bytes(16)


def give_from(chain: Chain) -> Callable[[m.Message], m.Message | None]:
    """Answers of a puppet that has the blocks of a chain."""

    def answer(asked: m.Message) -> m.Message | None:
        if isinstance(asked, m.GetBlocks):
            return m.Blocks(branch_blocks(chain, asked.branch_id, asked.first_num, asked.count))
        return None

    return answer


def block_on_nothing(num: int, rng: random.Random) -> bytes:
    """A block of this number whose parent nobody has seen, of a form that is kept until somebody shows the parent."""
    previous = (num - 1).to_bytes(4, "big") + rng.randbytes(16)
    header = BlockHeader(previous, 1_800_000_000, "witness-1", bytes(20), (), b"\x1f" + rng.randbytes(64))
    return Block.build(header, ()).packed_bytes


class Liar(Puppet):
    """A peer that lies in one way."""

    def __init__(self, net: Network, rng: random.Random, chain: Chain, name: str) -> None:
        claims = [chain.head_id, FALSE_HEAD, (chain.head_num + 9).to_bytes(4, "big") + bytes(16)]
        super().__init__(name, head_id=rng.choice(claims))
        self.net = net
        self.rng = rng
        self.kind = rng.choice(KINDS)
        self.boasts = rng.random() < 0.3
        self._honestly = give_from(chain)

    def opened(self, link: Wire, hello: m.Hello) -> None:
        super().opened(link, hello)
        if self.boasts:
            self.net.after(0.5, self._boast)

    def _boast(self) -> None:
        """A head that is higher than all before, and stands on nothing."""
        num = 10**9 + int(10 * self.net.now)
        header = BlockHeader(num.to_bytes(4, "big") + bytes(16), 1, "x", bytes(20), (), b"\x1f" + bytes(64))
        if self.link.is_open:
            self.says(m.BlockAnnouncement(header.packed_bytes, ()))
            self.net.after(1, self._boast)

    def received(self, link: Wire, message: m.Message) -> None:
        answer = self.answer_to(message)
        if answer is not None:
            self.net.after(5 if self.kind == "late" else 0, lambda: link.is_open and link.send(answer))

    def answer_to(self, asked: m.Message) -> m.Message | None:
        true = self._honestly(asked)
        if not isinstance(asked, m.GetBlocks) or not isinstance(true, m.Blocks) or self.kind == "silent":
            return None
        blocks = list(true.blocks)
        if self.kind == "empty":
            blocks.clear()
        elif self.kind == "other":
            blocks.reverse()
        elif self.kind == "damaged" and blocks:
            blocks[-1] = blocks[-1][:-1] + bytes((blocks[-1][-1] ^ 1,))
        elif self.kind == "part":
            del blocks[1 + len(blocks) // 2 :]
        elif self.kind == "on nothing" and asked.branch_id == NO_BLOCK_ID:
            blocks = [block_on_nothing(asked.first_num + at, self.rng) for at in range(asked.count)]
        return m.Blocks(tuple(blocks))


def sync_seconds(history: Chain, seed: int, liars: int) -> float:
    """How long an empty node takes for a history, of three honest peers and so many liars. Nothing may be held against the honest."""
    rng = random.Random(seed)
    net = Network(history.origin)
    empty = net.node("empty")
    empty.apply_seconds = APPLY_SECONDS
    honest = [net.node(f"honest-{at}", backend=copy_of(history)) for at in range(PEERS)]
    actors = [*honest, *(Liar(net, rng, history, f"liar-{at}") for at in range(liars))]
    rng.shuffle(actors)
    for actor in actors:
        net.link(empty, actor)
    applying = history.head_num * APPLY_SECONDS
    done = net.run(10 * applying, until=lambda: empty.chain.head_id == history.head_id)
    assert done, f"seed {seed}: {empty.hub.status}"
    for wire in net.wires:
        if wire.owner is empty and isinstance(wire.peer, Node):
            assert Offence.STALLING not in dict(wire.offences), f"seed {seed}: {wire.offences}"
            assert wire.is_open, f"seed {seed}"
    return net.now


@click.command()
@click.option("--seeds", default=1_000, show_default=True)
@click.option("--blocks", default=400, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(seeds: int, blocks: int, seed: int) -> None:
    """Play so many worlds and compare."""
    source = Network().node("source")
    for _ in range(blocks):
        source.make_block()
    history = source.chain
    alone = sync_seconds(history, 0, 0)
    print(f"from {PEERS} honest peers: {alone:.1f} s")
    times = []
    for number in range(seed, seed + seeds):
        times.append(sync_seconds(history, number, PEERS))
        assert times[-1] <= FACTOR_MAX * alone, f"seed {number}: {times[-1]:.1f} s"
    print(
        f"with {PEERS} liars, {seeds} worlds: median {statistics.median(times):.1f} s, "
        f"longest {max(times):.1f} s, {max(times) / alone:.2f} times as long"
    )


if __name__ == "__main__":
    main()
