"""Random chains in their short form. `make simulate` runs the long one (tests/property/long_run.py)."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.errors import ChainError
from chain.memory import MemoryBackend
from chain.operations import Transfer
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from tests.property.long_run import PROJECT
from tests.property.random_chain import RandomChain, content_digest, random_genesis


def grown(seed: int, blocks: int, *, pretends: bool = True) -> RandomChain:
    print(f"seed {seed}")
    chain = RandomChain(seed, pretends=pretends)
    while chain.chain.head_num < blocks:
        chain.advance()
    return chain


@pytest.mark.parametrize("seed", [101, 102])
def test_invariants_hold_after_every_block(seed: int) -> None:
    chain = grown(seed, 400)
    accepted = {name for name, outcome in chain.counts if outcome == "accepted"}
    assert {"vote", "comment", "transfer", "withdraw_vesting", "delegate_vesting_shares", "feed_publish"} <= accepted
    assert len(chain.refusals) > 30
    assert {"author_reward", "curation_reward", "fill_vesting_withdraw", "delayed_voting"} <= chain.events.keys()


def test_real_signatures_of_both_schemes() -> None:
    chain = grown(103, 120, pretends=False)
    assert {key[0] for key in chain.keyring.keys} == {0x02, 0x03, 0xED}
    assert sum(count for (_, outcome), count in chain.counts.items() if outcome == "accepted") > 100


def test_the_end_does_not_depend_on_the_hash_seed() -> None:
    command = [sys.executable, "-m", "tests.property.long_run", "--worker", "--seed", "104", "--blocks", "250"]
    runs = [
        subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | {"PYTHONHASHSEED": hash_seed}, stdout=subprocess.PIPE, text=True
        )
        for hash_seed in ("0", "77")
    ]
    first, second = (json.loads(run.communicate(timeout=100)[0].splitlines()[-1]) for run in runs)
    assert first["blocks"] == 250
    assert first == second


def test_every_block_is_its_bytes_and_replays_to_the_same_state() -> None:
    chain = grown(105, 300)
    dialect = chain.chain.params.dialect
    again = chain.open(MemoryBackend())
    for block in chain.chain.blocks(1, chain.chain.head_num):
        assert Block.build(block.header, block.transactions).packed_bytes == block.packed_bytes
        for transaction in block.transactions:
            packing = transaction.packing_in(dialect)
            assert packing is not None
            assert transaction.packed(packing) == transaction.packed_bytes
        again.push_block(block)
    assert again.digest == chain.chain.digest
    assert isinstance(again.backend, MemoryBackend)
    assert content_digest(again.backend) == chain.content_digest


def test_rules_change_in_the_middle() -> None:
    """From hardfork 27 to 28, with blocks taken back on both sides and across the switch."""
    genesis = random_genesis()
    start = genesis.params.genesis_time
    times = (*(start + 3,) * 27, start + 300)
    params = replace(genesis.params, hardfork_times=times, hardfork_witnesses_min=4)
    print("seed 110")
    chain = RandomChain(110, genesis=replace(genesis, params=params))
    seen = set()
    while chain.chain.head_num < 130:
        chain.advance()
        seen.add(chain.chain.state.hardforks.last_hardfork)
        if chain.chain.head_num % 10 == 0:
            chain.pop_and_push(1 + chain.chance.randrange(10))
    assert seen == {27, 28}
    assert chain.events["hardfork"] == 28
    assert chain.refusals.keys() >= {"irrelevant_signature", "combined_with_posting"}


def test_blocks_popped_and_pushed_again_leave_no_trace() -> None:
    chain = RandomChain(106)
    while chain.chain.head_num < 200:
        chain.advance()
        if chain.chain.head_num % 3 == 0:
            before = chain.content_digest
            chain.pop_and_push(1 + chain.chance.randrange(20))
            assert chain.content_digest == before
    assert chain.popped > 100


def test_another_branch_is_as_if_the_first_had_never_been() -> None:
    """{push k, pop k, push another branch} = the other branch alone, for rows, histories and undo records."""
    chain = grown(107, 150)
    for fork_length in (1, 2, 4, 3, 5, 1):
        trunk = list(chain.chain.blocks(1, chain.chain.head_num))
        for _ in range(fork_length):
            chain.advance()
        for _ in range(min(fork_length, chain.chain.head_num - max(chain.chain.irreversible_num, len(trunk)))):
            chain.chain.pop_block()
        chain.chain.mempool.suspend()
        chain.chain.mempool.waiting.clear()
        chain.chain.mempool.resume(())
        for _ in range(fork_length):
            chain.advance()
        fresh = chain.open(MemoryBackend())
        for block in chain.chain.blocks(1, chain.chain.head_num):
            fresh.push_block(block)
        assert fresh.digest == chain.chain.digest
        assert isinstance(fresh.backend, MemoryBackend)
        undo_from = max(fresh.irreversible_num, chain.chain.irreversible_num) + 1
        assert content_digest(fresh.backend, undo_from) == content_digest(chain.backend, undo_from)


def test_a_chain_opened_anew_goes_on_as_the_old_one_would() -> None:
    chain = grown(108, 200)
    ahead = chain.open(MemoryBackend())
    for block in chain.chain.blocks(1, chain.chain.head_num):
        ahead.push_block(block)
    for _ in range(60):
        chain.reopen()
        ahead.push_block(chain.advance())
        assert ahead.digest == chain.chain.digest


# A block with something wrong in it changes nothing at all.


def spoiled(chain: RandomChain, block: Block) -> list[Block]:
    """The block with another transaction at the end that fails, each for another reason."""
    params = chain.chain.params
    head_id = chain.chain.head_id
    template = Transaction(
        chain.chain.head_num & 0xFFFF,
        int.from_bytes(head_id[4:8], "little"),
        chain.chain.state.globals.time + 30,
        (Transfer("alice", "bob", chain.intents.hive("alice")._replace(amount=1), "the last one"),),
    )
    too_much = replace(template.operations[0], amount=template.operations[0].amount._replace(amount=10**15))
    operations = {
        "too much": (template.operations[0], too_much),
        "unsigned": template.operations,
        "of the wrong shape": (replace(template.operations[0], memo="x" * 2_048),),
    }
    made = []
    for reason, wanted in operations.items():
        unsigned = Transaction(
            template.ref_block_num, template.ref_block_prefix, template.expiration, wanted
        ).with_packing(Packing(params.dialect, LEGACY))
        keys = chain.keyring.keys_for(chain.chain.state, "active", "alice") if reason != "unsigned" else []
        digest = unsigned.digest(params.chain_id)
        transaction = unsigned.with_signatures([chain.keyring.keys[key].sign(digest) for key in keys])
        made.append(resigned(chain, block, (*block.transactions, transaction)))
    return made


def resigned(chain: RandomChain, block: Block, transactions: tuple[Transaction, ...]) -> Block:
    """Another block for the same slot, by the same witness."""
    header = BlockHeader.build(
        previous=block.header.previous,
        timestamp=block.header.timestamp,
        witness=block.header.witness,
        transactions=transactions,
    )
    row = chain.chain.state.witnesses.committed(block.header.witness)
    assert row is not None
    return Block.build(header.signed(chain.keyring.keys[row.signing_key].sign(header.signing_digest)), transactions)


def test_a_block_with_one_bad_transaction_changes_nothing_at_all() -> None:
    chain = grown(109, 150)
    for _ in range(25):
        chain.submit(6)
        good = chain.make()
        before = (chain.chain.digest, chain.content_digest, rows_in_memory(chain.chain))
        waiting = [transaction.id for transaction in chain.chain.mempool]
        for bad in spoiled(chain, good):
            with pytest.raises(ChainError):
                chain.chain.push_block(bad)
            assert (chain.chain.digest, chain.content_digest, rows_in_memory(chain.chain)) == before
            assert set(waiting) >= {transaction.id for transaction in chain.chain.mempool}
        chain.push(good)


def rows_in_memory(chain: Chain) -> list[object]:
    """Every consensus row as the state has it when nothing waits."""
    chain.mempool.suspend()
    try:
        return [
            (table.prefix, [table.pack(row) for row in table.scan()]) for table in chain.store.tables if table.consensus
        ]
    finally:
        chain.mempool.resume(())
