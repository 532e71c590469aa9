"""A network of four nodes on this machine, started, parted, killed and joined: `make testnet`, or `python -m tests.functional.testnet demo`.

    run         start it, and show how it goes until Ctrl+C
    demo        everything below, one after the other
    content     a post, votes and a payout, sent to different nodes
    partition   3 + 1 and 2 + 2, each healed
    kill        kill -9 of a node, and its return
    join        an empty node joins and catches up

The nodes are processes with a share of 21 witnesses each; the wires between them are relays of this program, which it cuts. What a step
promises is checked: one head, one state, no two final blocks of one height.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from chain.operation import Operation
from chain.presets import read_genesis
from tests.functional.network import WITNESSES, TestNetwork
from tests.helpers.play import Play

AGREE_SECONDS = 60  # for all to have one head again, where nothing keeps them apart
ROUNDS_TO_HEAL = 2

console = Console()


def quietly(_words: str) -> None:
    """For tests."""


class Demo:
    """The steps over one running network. Each leaves it whole and agreed."""

    def __init__(self, network: TestNetwork, tell: Callable[[str], None] = quietly) -> None:
        self.network = network
        self.tell = tell
        self.pen = Play(witnesses=[])
        self.pen.params = read_genesis(network.genesis.read_text()).params  # what is signed depends on the chain's id

    @property
    def round_seconds(self) -> int:
        return WITNESSES * self.network.interval_seconds

    # --- content

    def send(self, number: int, operation: Operation, by: str, role: str = "posting") -> None:
        """Sign for where a node stands, and send it there."""
        node = self.network.nodes[number]
        globals_ = node.ask("condenser_api.get_dynamic_global_properties")
        signed = self.pen.sign_at(globals_, operation, by=by, role=role, expires_in=600)
        node.ask("condenser_api.broadcast_transaction", [self.pen.as_json(signed)])

    def write_and_vote(self) -> str:
        """A post through one node, votes through others: all nodes show both. Returns its permlink."""
        network, permlink = self.network, f"hello-{random.SystemRandom().randrange(1 << 32)}"
        fields = {"parent_author": "", "parent_permlink": "news", "author": "alice", "permlink": permlink}
        post = self.pen.operation("comment", **fields, title="Hello", body="From one to all.", json_metadata="")
        self.send(0, post, "alice")
        took = network.until(lambda: network.is_seen("alice", permlink, 0), AGREE_SECONDS, "all show the post")
        self.tell(f"a post sent to node 0 stands on all {len(network.running)} nodes after {took:.1f} s")
        voters = ("bob", "carol", "dave", "erin")
        for number, voter in enumerate(voters):
            vote = self.pen.operation("vote", voter=voter, author="alice", permlink=permlink, weight=10_000)
            self.send(number % len(network.running), vote, voter)
        took = network.until(
            lambda: network.is_seen("alice", permlink, len(voters)), AGREE_SECONDS, "all show the votes"
        )
        self.tell(f"{len(voters)} votes sent to as many nodes are counted on all after {took:.1f} s")
        self.agree()
        return permlink

    def payout(self, permlink: str) -> None:
        """The post is paid, and every node says the same of it."""
        network = self.network

        def told() -> list[Any]:
            wanted = {"author": "alice", "permlink": permlink}
            return [node.ask("skald_api.get_payouts", wanted) for node in network.running]

        took = network.until(lambda: all(one["status"] == "paid" for one in told()), 180, "the post is paid")
        answers = told()
        assert all(answer == answers[0] for answer in answers)
        self.tell(f"paid after {took:.0f} s more: {answers[0]['reward']}, to the last digit on all nodes")

    # --- what may go wrong

    def agree(self, what: str = "all agree") -> float:
        took = self.network.until(self.network.agrees, AGREE_SECONDS, what)
        num, block_id, digest = self.network.running[0].position()
        self.tell(f"one head {num:,} {block_id[:16]}…, one state {digest[:16]}…, after {took:.1f} s")
        return took

    def partition(self, *groups: set[int], slots: int = 8) -> None:
        """Cut the network, let every group go on for so many slots, heal it: one head within two rounds, nothing final undone."""
        network, names = self.network, " + ".join(str(len(group)) for group in groups)
        before = {number: node.network()["final_block_num"] for number, node in enumerate(network.nodes)}
        network.wires.part(*groups)
        last = {number: network.nodes[number].position()[0] for group in groups for number in group}

        def all_went_on() -> bool:
            return all(
                self.went_on(group, last, slots * sum(map(self.share, group)) // WITNESSES // 2) for group in groups
            )

        network.until(all_went_on, 3 * slots * network.interval_seconds + AGREE_SECONDS, f"{names} go on")
        for group in groups:
            self.tell_group(group, before)
        network.wires.heal()
        healed = time.monotonic()
        network.until(network.agrees, ROUNDS_TO_HEAL * self.round_seconds, f"{names} is one again")
        took = time.monotonic() - healed
        self.tell(f"{names} healed: one head after {took:.1f} s, {took / self.round_seconds:.2f} rounds")
        newest = max(network.heads())
        network.until(lambda: self.is_final(newest), 2 * self.round_seconds, "finality goes on")
        network.check_final()
        self.tell(f"final again up to {newest:,}; {len(network.final):,} final blocks looked at, no two of one height")

    def share(self, number: int) -> int:
        return len(self.network.nodes[number].witnesses)

    def went_on(self, group: set[int], last: dict[int, int], blocks: int) -> bool:
        """A group agrees within itself on a head that is higher by so much."""
        nodes = [self.network.nodes[number] for number in sorted(group)]
        reached = all(
            node.position()[0] >= last[number] + max(1, blocks)
            for number, node in zip(sorted(group), nodes, strict=True)
        )
        return reached and self.network.agrees(*group)

    def tell_group(self, group: set[int], before: dict[int, int]) -> None:
        number = min(group)
        told = self.network.nodes[number].network()
        witnesses = sum(map(self.share, group))
        moved = told["final_block_num"] - before[number]
        self.tell(
            f"  alone, nodes {sorted(group)} with {witnesses} of {WITNESSES} witnesses: head {told['head_block_num']:,},"
            f" {moved} more blocks final"
        )

    def is_final(self, num: int) -> bool:
        return all(node.network()["final_block_num"] >= num for node in self.network.running)

    def kill(self, number: int) -> None:
        """SIGKILL, a while without it, and its return: the others have gone on, and it catches up."""
        network, node = self.network, self.network.nodes[number]
        node.kill()
        last = max(network.heads())
        network.until(lambda: min(network.heads()) >= last + 3, AGREE_SECONDS, "the others go on")
        self.tell(f"node {number} killed: the others went on from {last:,} to {max(network.heads()):,}")
        node.start()
        took = network.until(network.agrees, AGREE_SECONDS, "the killed node is back")
        network.check_final()
        self.tell(f"node {number} started again and level with them after {took:.1f} s")

    def join(self) -> None:
        """One more node, with an empty data directory and no witness."""
        network = self.network
        node = network.add([])
        started = time.monotonic()
        node.start()
        answered = time.monotonic()
        waits: list[float] = []

        def has_caught_up() -> bool:
            """It answers all the time, however busy it is."""
            asked = time.monotonic()
            node.position()
            waits.append(time.monotonic() - asked)
            return network.agrees()

        network.until(has_caught_up, 600, "the new node has caught up")
        blocks, seconds = node.position()[0], time.monotonic() - answered
        speed = blocks / max(seconds, 0.1)
        self.tell(
            f"node {len(network.nodes) - 1} joined empty: {blocks:,} blocks in {seconds:.1f} s, {speed:.0f} a second"
            f" ({answered - started:.1f} s to start, calls answered within {max(waits) * 1000:.0f} ms meanwhile)"
        )


# --- the program


def table(network: TestNetwork) -> Table:
    """One line a node."""
    shown = Table("node", "head", "final", "lag", "75 %", "peers", "state", box=None, header_style="bold cyan")
    for number, node in enumerate(network.nodes):
        if not node.is_running:
            shown.add_row(str(number), "[red]down[/]")
            continue
        told, digest = node.network(), node.position()[2]
        lag = told["finality_lag_blocks"]
        numbers = (
            told["head_block_num"],
            told["final_block_num"],
            lag,
            told["confirmed_block_num"],
            len(told["peers"]),
        )
        shown.add_row(str(number), *(f"{one:,}" for one in numbers), digest[:16])
    return shown


@contextmanager
def running(nodes: int, interval_seconds: int, rounds: int) -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="skald-testnet-") as folder:
        network = TestNetwork(Path(folder), nodes, interval_seconds)
        with network:
            began = time.monotonic()
            with console.status(f"starting {nodes} nodes"):
                network.start(rounds)
            console.print(f"{nodes} nodes with {WITNESSES} witnesses run after {time.monotonic() - began:.1f} s")
            demo = Demo(network, console.print)
            demo.agree()
            yield demo


def watch(demo: Demo) -> None:
    with Live(table(demo.network), console=console, refresh_per_second=4) as live:
        while True:
            demo.network.note_final()
            live.update(table(demo.network))
            time.sleep(1)


def content(demo: Demo) -> None:
    demo.payout(demo.write_and_vote())


def partition(demo: Demo) -> None:
    demo.partition({0, 1, 2}, {3})
    demo.partition({0, 1}, {2, 3})


def kill(demo: Demo) -> None:
    demo.kill(1)


def join(demo: Demo) -> None:
    demo.join()


def everything(demo: Demo) -> None:
    permlink = demo.write_and_vote()
    console.print(table(demo.network))
    for step in (partition, kill, join):
        console.rule(step.__name__)
        step(demo)
        console.print(table(demo.network))
    console.rule("payout")
    demo.payout(permlink)
    demo.network.check_final()
    console.print(table(demo.network))


STEPS = {"run": watch, "demo": everything, "content": content, "partition": partition, "kill": kill, "join": join}


@click.command(help=__doc__)
@click.argument("step", type=click.Choice(list(STEPS)), default="demo")
@click.option(
    "--nodes", type=click.IntRange(4, 20), default=4, show_default=True, help="Nodes that share the witnesses."
)
@click.option(
    "--rounds", type=click.IntRange(2, 1_000), default=2, show_default=True, help="Rounds of blocks to begin with."
)
@click.option("--interval", type=click.IntRange(1, 10), default=3, show_default=True, help="Seconds of a slot.")
def main(step: str, nodes: int, rounds: int, interval: int) -> None:
    try:
        with running(nodes, interval, rounds) as demo:
            STEPS[step](demo)
    except KeyboardInterrupt:
        console.print("stopped")
    except AssertionError as error:
        console.print(f"[bold red]not so:[/] {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
