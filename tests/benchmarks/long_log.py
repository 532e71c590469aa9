"""`python -m tests.benchmarks.long_log FOLDER`: a chain of many mixed operations, to be imported, replayed and fetched.

    FOLDER/genesis.json    how it begins: thousands of accounts with money and stake
    FOLDER/blocks.log      its blocks, as hived would write them
    FOLDER/about.json      counts, and the id and digest of its head

What people do is drawn block by block from one seed, so any process can make and sign any block's transactions without the state: who
posts in which block is a matter of arithmetic. Claims of rewards alone look at the state. This process applies what others have signed,
and believes them.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import coincurve
from rich.console import Console

from chain.asset import HBD, HIVE, MAINNET, VESTS, Asset
from chain.block import Block, BlockHeader
from chain.blocklog import BlockLogWriter
from chain.chain import Chain
from chain.earnings import earnings_of
from chain.errors import ChainError
from chain.keys import public_key_text
from chain.memory import MemoryBackend
from chain.operation import Operation
from chain.operations import (
    AccountUpdate2,
    ClaimRewardBalance,
    Comment,
    CustomJson,
    DelegateVestingShares,
    LimitOrderCreate,
    Transfer,
    TransferToSavings,
    TransferToVesting,
    Vote,
)
from chain.presets import Genesis, genesis_file, read_genesis
from chain.producer import produce_block, turn_of
from chain.signatures import RememberedSigners, transaction_place
from chain.slots import slot_time
from chain.transaction import Transaction
from chain.wire import HF26, Packing
from node.runner import quieten_collector
from tests.benchmarks.crowd import witness_keys

FIRST_BUSY = 45  # by then the schedule is in force
POSTS_EACH, REPLIES_EACH, CLAIMS_EACH = 20, 50, 14
FRESH_BLOCKS = 200  # so long a post is voted on; most votes come early
CASHOUT_BLOCKS = 600
BODY_BYTES = 800
HIVE_EACH, HBD_EACH, STAKE_EACH = 10**9, 10**8, 10**9
EXPIRES_SECONDS = 1_800
WAITING_BLOCKS = 8  # made and not applied

# What else people do, in parts of those transactions that are no posts, replies or claims.
VOTES, TRANSFERS, JSONS, POWER_UPS, ORDERS, DELEGATIONS, SAVINGS, PROFILES = range(8)
PARTS = {VOTES: 385, TRANSFERS: 84, JSONS: 105, POWER_UPS: 14, ORDERS: 10, DELEGATIONS: 6, SAVINGS: 6, PROFILES: 6}
APPS = ("sm_battle", "hb_move", "podping", "ssc-mainnet-hive")


def person(number: int) -> str:
    return f"user-{number:06d}"


def coin_key(number: int) -> coincurve.PrivateKey:
    return coincurve.PrivateKey((number + 1).to_bytes(32, "big"))


@dataclass(frozen=True)
class Plan:
    """All that a block's transactions depend on."""

    seed: int
    accounts: int
    each: int  # transactions in a block
    chain_id: bytes
    start: int  # the time of genesis
    tapos: tuple[int, int]  # of block 1, which every transaction refers to: there are no 65,536 blocks

    @cached_property
    def half(self) -> int:
        return self.accounts // 2

    def place(self, num: int, which: int) -> tuple[str, str]:
        """Author and permlink of a block's post or, from POSTS_EACH on, reply. One half of all people posts, the other replies."""
        if which < POSTS_EACH:
            return person((num * POSTS_EACH + which) % self.half), f"post-{num}-{which}"
        return person(self.half + (num * REPLIES_EACH + which - POSTS_EACH) % self.half), f"re-{num}-{which}"

    def sign(self, num: int, operation: Operation, number: int) -> Transaction:
        """By the one key of a person."""
        expiration = self.start + 3 * num + EXPIRES_SECONDS
        unsigned = Transaction(*self.tapos, expiration, (operation,)).with_packing(Packing(MAINNET, HF26))
        made = coin_key(number).sign_recoverable(unsigned.digest(self.chain_id), hasher=None)
        return unsigned.with_signatures([bytes([31 + made[64]]) + made[:64]])


class BlockPlan:
    """What happens in one block."""

    def __init__(self, plan: Plan, num: int) -> None:
        self.plan, self.num = plan, num
        self.chance = random.Random(f"{plan.seed}-{num}")

    def transactions(self) -> Iterator[Transaction]:
        for which in range(POSTS_EACH + REPLIES_EACH):
            operation = self.comment(which)
            yield self.plan.sign(self.num, operation, int(operation.author[-6:]))
        writers = {self.plan.place(self.num, which)[0] for which in range(POSTS_EACH + REPLIES_EACH)}
        count = self.plan.each - POSTS_EACH - REPLIES_EACH - CLAIMS_EACH
        kinds = self.chance.choices(list(PARTS), list(PARTS.values()), k=count)
        people = self.chance.sample(range(self.plan.accounts), count + len(writers))
        free = [number for number in people if person(number) not in writers]
        for kind, number in zip(kinds, free, strict=False):
            yield self.plan.sign(self.num, self.operation(kind, number), number)

    def earlier(self) -> tuple[str, str]:
        """A post or reply of a block before; of the last blocks more often."""
        newest, oldest = self.num - 1, max(FIRST_BUSY, self.num - FRESH_BLOCKS)
        num = max(oldest, newest - int(self.chance.expovariate(1 / 40)))
        return self.plan.place(num, int(self.chance.random() ** 2 * (POSTS_EACH + REPLIES_EACH)))

    def comment(self, which: int) -> Comment:
        author, permlink = self.plan.place(self.num, which)
        body = self.chance.randbytes(BODY_BYTES // (2 if which < POSTS_EACH else 8)).hex()
        if which < POSTS_EACH or self.num == FIRST_BUSY:
            return Comment("", "skald", author, permlink, f"Title {permlink}", body, '{"tags":["skald","life"]}')
        parent = self.plan.place(max(FIRST_BUSY, self.num - 1 - which % 20), which % POSTS_EACH)
        return Comment(*parent, author, permlink, "", body, "{}")

    def operation(self, kind: int, number: int) -> Operation:
        name, chance, other = person(number), self.chance, person(self.chance.randrange(self.plan.accounts))
        if other == name or (kind == VOTES and self.num == FIRST_BUSY):
            kind, other = TRANSFERS, "initminer"
        match kind:
            case 0:
                # Twice on one post is an error only with the same weight.
                return Vote(name, *self.earlier(), 1 + (number * 7_919 + self.num * 37) % 10_000)
            case 1:
                return Transfer(name, other, Asset(chance.randrange(1, 5_000), chance.choice((HIVE, HBD))), "thank you")
            case 2:
                return CustomJson((), (name,), *self.json(name, other))
            case 3:
                return TransferToVesting(name, name, Asset(chance.randrange(1, 50_000), HIVE))
            case 4:
                sold, wanted = chance.choice(((HIVE, HBD), (HBD, HIVE)))
                amounts = Asset(1_000, sold), Asset(chance.randrange(900, 1_100), wanted)
                return LimitOrderCreate(name, self.num, *amounts, False, self.plan.start + 3 * self.num + 3_600)
            case 5:
                return DelegateVestingShares(name, other, Asset(10**9 + chance.randrange(10**9), VESTS))
            case 6:
                return TransferToSavings(name, name, Asset(chance.randrange(1, 5_000), HBD), "")
            case _:
                return AccountUpdate2(name, None, None, None, None, "", f'{{"profile":{{"about":"{self.num}"}}}}', ())

    def json(self, name: str, other: str) -> tuple[str, str]:
        """A custom id with its JSON: some follow and reblog, most play."""
        draw = self.chance.random()
        if draw < 0.25:
            follow = {"follower": name, "following": other, "what": ["blog"] if draw < 0.2 else []}
            return "follow", json.dumps(["follow", follow])
        if draw < 0.35:
            author, permlink = self.earlier()
            return "follow", json.dumps(["reblog", {"account": name, "author": author, "permlink": permlink}])
        move = {"app": "game/1.0", "n": self.chance.randrange(10**9), "hash": self.chance.randbytes(16).hex()}
        return self.chance.choice(APPS), json.dumps(move)


# --- in another process


_plan: Plan


def _begin(plan: Plan) -> None:
    global _plan  # noqa: PLW0603  # what a process of a pool knows is set once
    _plan = plan


def _signed(num: int) -> list[bytes]:
    return [transaction.packed_bytes for transaction in BlockPlan(_plan, num).transactions()]


# --- in this one


def genesis_text(accounts: int) -> str:
    """A devnet without votes on finality, with more people, whose posts are paid after half an hour."""
    entry = json.loads(genesis_file())["chains"]["devnet"]
    entry["parameters"] |= {
        "finality_votes": False,
        "maximum_block_size_bytes_default": 2_097_152,
        "cashout_delay_seconds": 3 * CASHOUT_BLOCKS,
        "vote_fade_seconds": 30,
        "early_voting_seconds": 60,
        "mid_voting_seconds": 120,
        "root_post_interval_seconds": 60,
    }
    for number in range(accounts):
        key = public_key_text(coin_key(number).public_key.format())
        money = {"hive": HIVE_EACH, "hbd": HBD_EACH, "vesting_hive": STAKE_EACH}
        entry["accounts"].append({"name": person(number), "authority": key, "memo_key": key} | money)
    entry["supply"]["hive"] += accounts * (HIVE_EACH + STAKE_EACH)
    entry["supply"]["hbd"] += accounts * HBD_EACH
    return json.dumps({"format": 1, "chains": {"long-log": entry}})


class Writer:
    """Applies block after block in memory, and writes them down."""

    def __init__(self, genesis: Genesis, seed: int, accounts: int, each: int) -> None:
        self.signers = RememberedSigners()
        self.chain = Chain(MemoryBackend(), genesis, signers=self.signers, with_history=False)
        self.witness_keys = witness_keys(genesis)
        self.counts: Counter[str] = Counter()
        self.dropped = 0
        self.blocks: list[bytes] = []
        while self.chain.head_num < FIRST_BUSY - 1:
            self._push([])
        first = self.chain.id_of(1)
        tapos = 1, int.from_bytes(first[4:8], "little")
        params = genesis.params
        self.plan = Plan(seed, accounts, each, params.chain_id, self._start, tapos)

    @property
    def _start(self) -> int:
        return self.chain.state.globals.time - 3 * self.chain.head_num

    def write(self, packed: list[bytes]) -> None:
        """The next block, of these transactions and of claims."""
        num = self.chain.head_num + 1
        transactions = [Transaction.decode(data, MAINNET) for data in packed] + list(self._claims(num))
        for transaction in transactions:
            operation = transaction.operations[0]
            name = next(name for role in operation.authorities()[:2] for name in role)
            key = self.chain.state.account_keys.get(name).posting.keys
            self.signers.remember(transaction_place(transaction), key)
        self._push(transactions)

    def _claims(self, num: int) -> Iterator[Transaction]:
        """By those whose posts and replies were paid last, as far as they have something to claim."""
        paid = num - CASHOUT_BLOCKS - 5
        if paid < FIRST_BUSY:
            return
        for which in range(CLAIMS_EACH):
            name, _ = self.plan.place(paid, which * 5)
            earned = earnings_of(self.chain.state, name)
            if earned.vests:
                hive, hbd, vests = Asset(earned.hive, HIVE), Asset(earned.hbd, HBD), Asset(earned.vests, VESTS)
                claim = ClaimRewardBalance(name, hive, hbd, vests)
                yield self.plan.sign(num, claim, int(name[-6:]))

    def _push(self, transactions: list[Transaction]) -> None:
        chain = self.chain
        time = slot_time(chain.state, 1)
        witness = turn_of(chain, time)
        assert witness is not None
        key = self.witness_keys[witness]
        header = BlockHeader.build(previous=chain.head_id, timestamp=time, witness=witness, transactions=transactions)
        block = Block.build(header.signed(key.sign(header.signing_digest)), transactions)
        try:
            chain.push_block(block)
        except ChainError:
            block = self._without_bad_ones(transactions, time, witness)
        self.counts.update(operation.name for one in block.transactions for operation in one.operations)
        self.blocks.append(block.packed_bytes)

    def _without_bad_ones(self, transactions: list[Transaction], time: int, witness: str) -> Block:
        """Some of them do not fit after all: leave those out."""
        for transaction in transactions:
            try:
                self.chain.mempool.add(transaction)
            except ChainError:
                self.dropped += 1
        return produce_block(self.chain, time, witness, self.witness_keys[witness])[0]


def make_log(folder: Path, operations: int, *, seed: int, accounts: int, each: int, processes: int) -> dict[str, Any]:
    """Write all three files. Returns what about.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    text = genesis_text(accounts)
    (folder / "genesis.json").write_text(text)
    writer = Writer(read_genesis(text), seed, accounts, each)
    quieten_collector()
    last = FIRST_BUSY + -(-operations // each) - 1
    with Pool(processes, _begin, (writer.plan,)) as pool, (folder / "blocks.log").open("wb") as file:
        log = BlockLogWriter(file)
        made: deque[AsyncResult[list[bytes]]] = deque()
        following = FIRST_BUSY
        while writer.chain.head_num < last:
            while following <= last and len(made) < WAITING_BLOCKS:
                made.append(pool.apply_async(_signed, (following,)))
                following += 1
            writer.write(made.popleft().get())
            for data in writer.blocks:
                log.append(data)
            writer.blocks.clear()
    about = {
        "plan": {name: value for name, value in asdict(writer.plan).items() if name in {"seed", "accounts", "each"}},
        "blocks": writer.chain.head_num,
        "operations": writer.counts.total(),
        "dropped": writer.dropped,
        "size_bytes": (folder / "blocks.log").stat().st_size,
        "head_id": writer.chain.head_id.hex(),
        "digest": writer.chain.digest.hex(),
        "kinds": dict(writer.counts.most_common()),
    }
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n")
    return about


@click.command()
@click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(tempfile.gettempdir()) / "skald-log"
)
@click.option("--operations", default=1_000_000, show_default=True)
@click.option("--accounts", default=5_000, show_default=True)
@click.option("--each", default=700, show_default=True, help="Transactions in a block.")
@click.option("--processes", default=2, show_default=True, help="Which sign.")
@click.option("--seed", default=1, show_default=True)
def main(*, folder: Path, operations: int, **options: int) -> None:
    """Make the log in FOLDER."""
    started = perf_counter()
    about = make_log(folder, operations, **options)
    Console().print_json(json.dumps(about | {"seconds": round(perf_counter() - started, 1)}))


if __name__ == "__main__":
    main()
