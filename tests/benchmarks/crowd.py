"""A chain on disk with many accounts and posts, and signed blocks of many transactions to import into it.

The accounts and posts are written straight into the tables after block 1, with money that the totals know of. Everything is drawn
from one seed, so two crowds of the same size accept each other's blocks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from chain.authority import Authority
from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.keys import PrivateKey, Scheme
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.operation import Operation
from chain.presets import Genesis
from chain.producer import produce_block, turn_of
from chain.rows import Account, AccountKeys, Bars, Cashout, Content, Metadata, Post, Reputation
from chain.signatures import RememberedSigners
from chain.slots import slot_time
from chain.store import Backend
from chain.transaction import Transaction
from chain.wire import HF26, Packing
from tests.helpers.devnets import devnet_by_the_old_rule

VESTS_EACH = 10**12
HIVE_EACH = 10**9
SIGNERS = 20_000  # accounts with a key that we hold; to derive a million takes a minute


def crowd_genesis() -> Genesis:
    """A devnet whose posts are paid after a week, as on mainnet, so that nothing is paid while we measure."""
    return devnet_by_the_old_rule(
        cashout_delay_seconds=604_800,
        vote_fade_seconds=43_200,
        early_voting_seconds=86_400,
        mid_voting_seconds=172_800,
        maximum_block_size_bytes_default=2_097_152,
        root_post_interval_seconds=0,
    )


def account_name(number: int) -> str:
    return f"user-{number:07d}"


def permlink(number: int) -> str:
    return f"a-post-about-something-{number:06d}"


class Crowd:
    """`accounts` people, of whom the first `posts` have one post each that waits for its payout."""

    def __init__(
        self,
        backend: Backend,
        *,
        accounts: int = 50_000,
        posts: int = 10_000,
        with_history: bool = False,
        cached_rows_max: int = 20_000_000,
        genesis: Genesis | None = None,
    ) -> None:
        self.accounts = accounts
        self.posts = posts
        self.signers = RememberedSigners()
        self.chain = Chain(
            backend,
            genesis or crowd_genesis(),
            signers=self.signers,
            with_history=with_history,
            cached_rows_max=cached_rows_max,
        )
        self.chain.sync = False  # CPU is measured, not the disk's patience
        self.keys: dict[int, PrivateKey] = {}
        self.witness_keys = witness_keys(self.chain.origin)
        self.produce()
        self._settle()

    def _settle(self) -> None:
        """Write everybody into the state behind block 1."""
        chain, state = self.chain, self.chain.state
        chain.mempool.suspend()
        chain.store.begin()
        state.now = state.globals.time
        noise = random.Random(1)
        for number in range(self.accounts):
            self._settle_account(number, noise)
        for number in range(self.posts):
            self._settle_post(number)
        state.edit_reward_fund().recent_claims = 10**18  # so that votes are worth something
        globals_ = state.edit_globals()
        vested = self.accounts * VESTS_EACH // 10**6
        globals_.total_vesting_shares += self.accounts * VESTS_EACH
        globals_.total_vesting_fund_hive += vested
        globals_.current_supply += vested + self.accounts * HIVE_EACH
        globals_.virtual_supply += vested + self.accounts * HIVE_EACH
        chain.store.commit(chain.head_num, chain.head_id, sync=False)
        chain.history.measured_block_id = chain.head_id
        chain.mempool.begin()

    def _settle_account(self, number: int, noise: random.Random) -> None:
        state, name = self.chain.state, account_name(number)
        key = self.key(number).public_key if number < SIGNERS else b"\x02" + noise.randbytes(32)
        state.accounts.insert(
            Account(
                name,
                state.next_id("account"),
                created=state.now,
                balance=HIVE_EACH,
                vesting_shares=VESTS_EACH,
            )
        )
        full = (VESTS_EACH, state.now)
        state.bars.insert(Bars(name, *full, VESTS_EACH // 4, state.now, 0, *full, VESTS_EACH))
        authority = Authority.of_key(key)
        state.account_keys.insert(AccountKeys(name, authority, authority, authority, key, recovery_account="initminer"))
        if state.for_readers:
            state.metadata.insert(Metadata(name))
            self.chain.history.lengths[name] = 1  # known after a while of running
            state.reputations.insert(Reputation(name, 10**6))

    def _settle_post(self, number: int) -> None:
        state, place = self.chain.state, (account_name(number), permlink(number))
        post = state.posts.insert(
            Post(*place, state.next_id("post"), "", "skald", place[0], place[1], created=state.now)
        )
        state.votes.begin_group(post.id)
        state.cashouts.insert(
            Cashout(*place, post.id, created=state.now, cashout_time=state.now + state.params.cashout_delay_seconds)
        )
        if state.for_readers:
            state.contents.insert(Content(*place, id=post.id, category="skald"))

    # blocks

    def scheme_of(self, number: int) -> Scheme:
        return Scheme.ED25519 if number % 2 else Scheme.SECP256K1

    def key(self, number: int) -> PrivateKey:
        """The one key of an account, in all its roles."""
        found = self.keys.get(number)
        if found is None:
            found = self.keys[number] = PrivateKey.from_seed(account_name(number), self.scheme_of(number))
        return found

    def signed(self, number: int, operation: Operation) -> Transaction:
        head_id = self.chain.head_id
        unsigned = Transaction(
            self.chain.head_num & 0xFFFF,
            int.from_bytes(head_id[4:8], "little"),
            self.chain.state.globals.time + 60,
            (operation,),
        ).with_packing(Packing(self.chain.params.dialect, HF26))
        return unsigned.with_signatures([self.key(number).sign(unsigned.digest(self.chain.params.chain_id))])

    def block(self, transactions: Sequence[Transaction]) -> Block:
        """The next block with these transactions, which must be good; not applied."""
        chain = self.chain
        time = slot_time(chain.state, 1)
        witness = self.witness_at(time)
        header = BlockHeader.build(previous=chain.head_id, timestamp=time, witness=witness, transactions=transactions)
        return Block.build(header.signed(self.witness_keys[witness].sign(header.signing_digest)), transactions)

    def produce(self) -> Block:
        """An empty block, pushed."""
        time = slot_time(self.chain.state, 1)
        witness = self.witness_at(time)
        return produce_block(self.chain, time, witness, self.witness_keys[witness])[0]

    def witness_at(self, time: int) -> str:
        witness = turn_of(self.chain, time)
        assert witness is not None
        return witness


def witness_keys(genesis: Genesis) -> dict[str, PrivateKey]:
    password = genesis.login_password or ""
    keys = {witness.name: PrivateKey.from_login(witness.name, "witness", password) for witness in genesis.witnesses}
    return keys | {"initminer": PrivateKey.from_seed("init_key")}


def on_disk(path: Path) -> LevelDbBackend:
    """A new LevelDB with the settings of a real node."""
    chain_id = crowd_genesis().params.chain_id
    create_data_directory(path, chain_id)
    return LevelDbBackend(path, chain_id)
