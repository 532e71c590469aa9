"""Every reason to refuse a block, and that nothing of a refused block remains (protocol.md §3.1, §4.1, §4.4)."""

from dataclasses import replace

import pytest

from chain.asset import HIVE, Asset
from chain.balances import InsufficientFunds
from chain.block import Block, HardforkVersionVote, RunningVersion
from chain.chain import Chain, UnlinkedBlock
from chain.errors import MissingAuthority
from chain.genesis import RulesTooOld
from chain.hardforks import UnknownHardfork, hardfork_version
from chain.header import (
    BlockTooEarly,
    BlockTooLarge,
    OutdatedWitness,
    PaddedBlock,
    UnknownBlockWitness,
    WrongMerkleRoot,
    WrongPrevious,
    WrongSigner,
    WrongWitness,
    shift_slots,
)
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.presets import preset
from chain.producer import produce_block
from chain.slots import slot_time
from chain.transition import DuplicateTransaction, TransactionExpired, apply_block
from chain.wire import HF26, LEGACY, Form
from chain.witness_properties import ChainProperties
from tests.helpers.forge import Forge, trace_of

PROPERTIES = ChainProperties(Asset(3_000, HIVE), 131_072, 1_000)
FORMS = pytest.mark.parametrize("form", [LEGACY, HF26], ids=["legacy", "hf26"])


@pytest.fixture
def forge() -> Forge:
    """After the first schedule, with something waiting: all seven witnesses take turns."""
    forge = Forge()
    forge.grow(45)
    forge.chain.mempool.add(forge.pay("alice", "bob", "1.000 HIVE", "waits"))
    return forge


def test_the_forged_block_is_taken_where_nothing_is_wrong(forge: Forge) -> None:
    block = forge.push(forge.pay("alice", "bob", "0.001 HIVE"))
    assert forge.chain.head_id == block.id
    assert len(forge.chain.mempool) == 1


def test_missed_slots_belong_to_nobody(forge: Forge) -> None:
    block = forge.push(slot=6)
    assert block.header.timestamp == forge.state.globals.time
    assert forge.state.globals.current_aslot == 46 + 6


# what a header says


def test_invalid_previous_of_a_pushed_block(forge: Forge) -> None:
    forge.refuses_block(UnlinkedBlock, forge.block(previous=forge.chain.block(44).id))
    forge.refuses_block(UnlinkedBlock, forge.block(previous=bytes(20)))


def test_invalid_previous_of_an_applied_block(forge: Forge) -> None:
    block = forge.block(previous=forge.chain.block(44).id)
    with forge.refuses(WrongPrevious), forge.state.savepoint():
        apply_block(forge.state, block, forge.chain.signers)


def test_invalid_count_of_transactions_in_more_bytes_than_it_takes(forge: Forge) -> None:
    block = forge.block(forge.pay("alice", "bob", "0.001 HIVE"))
    body = b"".join(transaction.packed_bytes for transaction in block.transactions)
    padded = Block.decode(block.header.packed_bytes + b"\x81\x00" + body, forge.chain.params.dialect)
    assert padded.id == block.id
    forge.refuses_block(PaddedBlock, padded)


@pytest.mark.parametrize("earlier_seconds", [0, 1, 3, 3_600])
def test_invalid_time_not_after_the_head(forge: Forge, earlier_seconds: int) -> None:
    forge.refuses_block(BlockTooEarly, forge.block(timestamp=forge.state.globals.time - earlier_seconds))


def test_invalid_time_before_the_next_slot(forge: Forge) -> None:
    for later_seconds in (1, 2):
        block = forge.block(timestamp=forge.state.globals.time + later_seconds)
        forge.refuses_block(WrongWitness, block)


def test_invalid_witness_who_is_none(forge: Forge) -> None:
    alice = forge.key("alice", "witness")
    forge.refuses_block(UnknownBlockWitness, forge.block(witness="alice", key=alice))
    forge.refuses_block(UnknownBlockWitness, forge.block(witness="no-such-body", key=alice))
    forge.refuses_block(UnknownBlockWitness, forge.block(witness="", key=alice))
    forge.refuses_block(UnknownBlockWitness, forge.block(witness="\udcff\udcfe", key=alice))


def test_invalid_slot_of_another_witness(forge: Forge) -> None:
    """Everybody but the scheduled one, each with the right key, in each of a round's slots."""
    for slot in range(1, 8):
        scheduled = forge.witness(slot)
        for other in forge.witness_keys:
            if other != scheduled:
                forge.refuses_block(WrongWitness, forge.block(slot=slot, witness=other))


def test_invalid_signer(forge: Forge) -> None:
    others = [key for name, key in forge.witness_keys.items() if name != forge.witness()]
    for key in (*others, forge.key("alice", "active")):
        forge.refuses_block(WrongSigner, forge.block(key=key))


@pytest.mark.parametrize(
    "signature",
    [
        bytes(65),
        b"\x1f" + bytes(64),
        b"\xff" * 65,
        b"\x1f" + b"\x11" * 32 + b"\xff" * 32,
        b"\xed" + bytes(96),
    ],
    ids=["zeros", "zero r and s", "ones", "s too large", "ed25519"],
)
def test_invalid_signature_that_is_none(forge: Forge, signature: bytes) -> None:
    header = forge.block().header.signed(signature)
    forge.refuses_block(WrongSigner, Block.build(header, ()))


def test_invalid_signature_over_another_header(forge: Forge) -> None:
    signature = forge.block(slot=8).header.witness_signature
    forge.refuses_block(WrongSigner, Block.build(forge.block().header.signed(signature), ()))


def test_invalid_new_key_before_its_block(forge: Forge) -> None:
    """A witness's change of key that only waits changes nothing: the old key signs the block that holds it, the new one does not."""
    witness = forge.witness()
    new_key = forge.key(witness, "active")
    update = forge.operation(
        "witness_update",
        owner=witness,
        url="here",
        block_signing_key=new_key.public_key,
        props=PROPERTIES,
        fee="0.000 HIVE",
    )
    change = forge.transaction(update, by=witness)
    forge.chain.mempool.add(change)
    forge.refuses_block(WrongSigner, forge.block(change, key=new_key))
    forge.push(change)
    assert forge.state.witnesses.get(witness).signing_key == new_key.public_key


# transactions


def test_invalid_merkle_root(forge: Forge) -> None:
    first, second = forge.pay("alice", "bob", "0.001 HIVE"), forge.pay("bob", "alice", "0.001 HIVE")
    root = forge.block(first, second).header.transaction_merkle_root
    forge.refuses_block(WrongMerkleRoot, forge.block(second, first, root=root))
    forge.refuses_block(WrongMerkleRoot, forge.block(first, root=root))
    forge.refuses_block(WrongMerkleRoot, forge.block(root=root))
    forge.refuses_block(WrongMerkleRoot, forge.block(first, second, root=bytes(20)))
    resigned = first.with_signatures([*first.signatures, forge.key("bob", "active").sign(bytes(32))])
    forge.refuses_block(WrongMerkleRoot, forge.block(resigned, second, root=root))


def test_invalid_size(forge: Forge) -> None:
    """The largest block is taken, one byte more is not: the size is looked at before any transaction is."""
    size_bytes_max = forge.state.globals.maximum_block_size
    data = forge.operation("custom", required_auths=("alice",), id=1, data=bytes(8_192))
    fill = [
        forge.transaction(replace(data, id=number), by="alice") for number in range(size_bytes_max // (8_192 + 100))
    ]
    left_bytes = size_bytes_max - len(forge.block(*fill).packed_bytes)
    empty = len(forge.transaction(replace(data, data=bytes(200)), by="alice").packed_bytes) - 200
    last = [
        forge.transaction(replace(data, id=99, data=bytes(left_bytes - empty + more)), by="alice") for more in (0, 1)
    ]
    just, too_large = forge.block(*fill, last[0]), forge.block(*fill, last[1])
    assert (len(just.packed_bytes), len(too_large.packed_bytes)) == (size_bytes_max, size_bytes_max + 1)
    forge.refuses_block(BlockTooLarge, too_large)
    forge.chain.push_block(just)
    assert forge.chain.head_id == just.id


@FORMS
def test_invalid_transaction_in_the_middle(forge: Forge, form: Form) -> None:
    good = [forge.pay("alice", "bob", f"0.00{n} HIVE", form=form) for n in range(1, 5)]
    poor = forge.pay("alice", "bob", "99999999.000 HIVE", form=form)
    unsigned = forge.pay("alice", "bob", "0.005 HIVE", form=form).with_signatures(())
    forge.refuses_block(InsufficientFunds, forge.block(*good[:2], poor, *good[2:]))
    forge.refuses_block(MissingAuthority, forge.block(*good[:2], unsigned, *good[2:]))
    forge.refuses_block(DuplicateTransaction, forge.block(*good, good[0]))
    forge.push(*good)


def test_what_a_trusted_block_vouches_for_is_not_checked_again(forge: Forge) -> None:
    late = forge.block(forge.pay("alice", "bob", "1.000 HIVE", expires_in=-1))
    forge.refuses_block(TransactionExpired, late)
    before = forge.state.accounts.get("bob").balance
    forge.chain.push_block(late, is_vouched=True)
    assert forge.state.accounts.get("bob").balance == before + 1_000


def test_a_trusted_block_vouches_only_for_the_transactions_under_a_merkle_root(forge: Forge) -> None:
    block = forge.block(forge.pay("alice", "bob", "1.000 HIVE"), root=bytes(20))
    with forge.refuses(WrongMerkleRoot):
        forge.chain.push_block(block, is_vouched=True)


def test_a_refused_block_takes_nothing_that_waits(forge: Forge) -> None:
    """Or anybody could empty a mempool with a block that nobody signed."""
    (waiting,) = forge.chain.mempool
    forge.refuses_block(WrongSigner, forge.block(waiting, key=forge.key("alice", "active")))
    assert waiting.id in forge.chain.mempool


# versions


def test_a_witness_reports_its_version_and_vote(forge: Forge) -> None:
    witness = forge.witness()
    time = forge.state.globals.time + 86_400
    forge.push(running_version=1 << 24 | 28 << 16 | 9, hardfork_vote=(hardfork_version(29), time))
    row = forge.state.witnesses.get(witness)
    assert row.running_version == 1 << 24 | 28 << 16 | 9
    assert (row.hardfork_version_vote, row.hardfork_time_vote) == (hardfork_version(29), time)


@pytest.mark.parametrize("version", [0, 27 << 16 | 0xFFFF, 1 << 24 | 27 << 16])
def test_invalid_outdated_witness(forge: Forge, version: int) -> None:
    forge.refuses_block(OutdatedWitness, forge.block(running_version=version))


def test_invalid_hardfork_that_we_do_not_know() -> None:
    """Four of seven witnesses vote; at the time they name this program stops, rather than follow rules it does not have."""
    forge = Forge(hardfork_witnesses_min=4)
    forge.grow(42)
    switch_time = forge.state.globals.time + 300
    while slot_time(forge.state, 1) < switch_time:
        is_for_it = forge.witness() < "witness-5"
        forge.push(hardfork_vote=(hardfork_version(29), switch_time) if is_for_it else None)
    forge.refuses_block(UnknownHardfork, forge.block())
    forge.refuses_block(UnknownHardfork, forge.block(slot=100))


def test_the_extensions_of_a_header_come_back() -> None:
    forge = Forge()
    header = forge.block(running_version=7, hardfork_vote=(8, 9)).header
    assert header.extensions == (RunningVersion(7), HardforkVersionVote(8, 9))


# the register of slots


@pytest.mark.parametrize("missed", [0, 1, 2, 126, 127, 128, 129, 1_000, 2**31])
def test_the_count_of_filled_slots_is_that_of_the_bits(missed: int) -> None:
    filled, count = (1 << 128) - 1, 128
    for gap in (missed, 0, 3, missed):
        filled, count = shift_slots(filled, count, gap)
        assert 0 <= filled < 1 << 128
        assert count == filled.bit_count()


# the first block


def test_invalid_first_block_under_old_rules() -> None:
    """A first block of before hardfork 27 would begin a chain by rules that are not built in."""
    genesis = preset("devnet")
    never = 2**31
    times = (*genesis.params.hardfork_times[:26], never, never)
    chain = Chain(MemoryBackend(), replace(genesis, params=replace(genesis.params, hardfork_times=times)))
    before = trace_of(chain)
    with pytest.raises(RulesTooOld):
        produce_block(chain, slot_time(chain.state, 1), "initminer", PrivateKey.from_seed("init_key"))
    assert trace_of(chain) == before
