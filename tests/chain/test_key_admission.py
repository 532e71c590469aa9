"""Where keys enter the chain: ed25519 ones only as points of the main subgroup, and signing only where a chain has them (design
decision 4). Any other 33 bytes may stand where a key may, as in hived."""

from dataclasses import replace

import pytest

from chain.asset import HIVE, VESTS, Asset
from chain.authority import Authority
from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.checks import InvalidEd25519Key
from chain.header import WrongSigner
from chain.keys import NULL_KEY, InvalidSignature, PrivateKey, Scheme
from chain.memory import MemoryBackend
from chain.operation import Operation
from chain.operations import (
    AccountCreate,
    AccountCreateWithDelegation,
    AccountUpdate,
    AccountUpdate2,
    CreateClaimedAccount,
    RecoverAccount,
    RequestAccountRecovery,
    Transfer,
    WitnessSetProperties,
    WitnessUpdate,
)
from chain.params import MAINNET
from chain.presets import DEVNET, preset
from chain.producer import produce_block
from chain.selftest import REFUSED_ED25519_KEYS
from chain.slots import slot_time
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from chain.witness_properties import ChainProperties, pack_property

KEY = PrivateKey.from_seed("a key").public_key
OLD = Authority.of_key(PrivateKey.from_seed("an old key").public_key)
ED_SECRET = PrivateKey.from_seed("an ed25519 key", Scheme.ED25519)
ALONE = Authority.of_key(KEY)
FEE = Asset(0, HIVE)
PROPERTIES = ChainProperties(Asset(3_000, HIVE), 131_072, 1_000)
PACKING = Packing(DEVNET.dialect, LEGACY)
INITMINER = PrivateKey.from_seed("init_key")


def bringing(key: bytes) -> list[Operation]:
    """Every operation, and every place in it, that brings a key into the chain."""
    given = Authority.build(1, (), {KEY: 1, key: 1})
    replaced = [(given, ALONE, ALONE), (ALONE, given, ALONE), (ALONE, ALONE, given)]
    changed = [(given, None, None), (None, given, None), (None, None, given)]
    packed = pack_property("new_signing_key", key, PACKING)
    return [
        *[AccountCreate(FEE, "alice", "newcomer", *roles, KEY, "") for roles in replaced],
        *[CreateClaimedAccount("alice", "newcomer", *roles, KEY, "", ()) for roles in replaced],
        *[
            AccountCreateWithDelegation(FEE, Asset(0, VESTS), "alice", "newby", *roles, KEY, "", ())
            for roles in replaced
        ],
        *[AccountUpdate("alice", *roles, KEY, "") for roles in changed],
        *[AccountUpdate2("alice", *roles, None, "", "", ()) for roles in changed],
        AccountCreate(FEE, "alice", "newcomer", ALONE, ALONE, ALONE, key, ""),
        CreateClaimedAccount("alice", "newcomer", ALONE, ALONE, ALONE, key, "", ()),
        AccountCreateWithDelegation(FEE, Asset(0, VESTS), "alice", "newcomer", ALONE, ALONE, ALONE, key, "", ()),
        AccountUpdate("alice", None, None, None, key, ""),
        AccountUpdate2("alice", None, None, None, key, "", "", ()),
        RequestAccountRecovery("alice", "bob", given, ()),
        RecoverAccount("bob", given, OLD, ()),
        WitnessUpdate("alice", "url", key, PROPERTIES, FEE),
        WitnessSetProperties("alice", (("key", KEY), ("new_signing_key", packed)), ()),
    ]


PLACES = range(len(bringing(KEY)))
BAD_KEYS = [b"\xed" + bytes.fromhex(REFUSED_ED25519_KEYS[number]) for number in (0, 2, 4, 9, 14, 15, 20)]


@pytest.mark.parametrize("place", PLACES)
def test_honest_keys_and_any_bytes_that_claim_no_ed25519_may_enter(place: int) -> None:
    for key in (KEY, ED_SECRET.public_key, NULL_KEY, b"\x02" + bytes(32), b"\x05" * 33, b"\xff" * 33):
        bringing(key)[place].validate(DEVNET)


@pytest.mark.parametrize("place", PLACES)
def test_invalid_ed25519_key_outside_the_main_subgroup(place: int) -> None:
    for key in BAD_KEYS:
        with pytest.raises(InvalidEd25519Key, match="PUB_ED_"):
            bringing(key)[place].validate(DEVNET)


@pytest.mark.parametrize("place", PLACES)
def test_where_there_are_no_ed25519_keys_their_bytes_mean_nothing(place: int) -> None:
    """As hived does: blocks with any 33 bytes are valid there."""
    assert not MAINNET.ed25519_keys
    for key in (*BAD_KEYS, ED_SECRET.public_key):
        bringing(key)[place].validate(replace(MAINNET, dialect=DEVNET.dialect))


# Signing with them


def chain_of(*, ed25519_keys: bool) -> Chain:
    """The first block gives initminer an ed25519 key for its active authority and its blocks."""
    genesis = preset("devnet")
    chain = Chain(MemoryBackend(), replace(genesis, params=replace(genesis.params, ed25519_keys=ed25519_keys)))
    produce_block(chain, slot_time(chain.state, 1), "initminer", INITMINER)
    active = Authority.build(1, (), {INITMINER.public_key: 1, ED_SECRET.public_key: 1})
    update = AccountUpdate("initminer", None, active, None, NULL_KEY, "")
    signing = WitnessUpdate("initminer", "url", ED_SECRET.public_key, PROPERTIES, FEE)
    chain.mempool.add(signed(chain, INITMINER, update, signing))
    produce_block(chain, slot_time(chain.state, 1), "initminer", INITMINER)
    assert chain.state.witnesses.get("initminer").signing_key == ED_SECRET.public_key
    return chain


def signed(chain: Chain, key: PrivateKey, *operations: Operation) -> Transaction:
    prefix = int.from_bytes(chain.head_id[4:8], "little")
    expiration = chain.state.globals.time + 60
    made = Transaction(chain.head_num & 0xFFFF, prefix, expiration, operations).with_packing(PACKING)
    return made.with_signatures([key.sign(made.digest(chain.params.chain_id))])


PAYMENT = Transfer("initminer", "alice", Asset(1, HIVE), "")


def test_an_ed25519_key_signs_transactions_and_blocks() -> None:
    chain = chain_of(ed25519_keys=True)
    chain.mempool.add(signed(chain, ED_SECRET, PAYMENT))
    block, _ = produce_block(chain, slot_time(chain.state, 1), "initminer", ED_SECRET)
    assert [transaction.operations for transaction in block.transactions] == [(PAYMENT,)]


def test_invalid_ed25519_signature_on_a_chain_without() -> None:
    """hived knows no such signatures, so one that we took would split the chain."""
    chain = chain_of(ed25519_keys=False)
    with pytest.raises(InvalidSignature, match="no ed25519 keys"):
        chain.mempool.add(signed(chain, ED_SECRET, PAYMENT))
    chain.mempool.add(signed(chain, INITMINER, PAYMENT))


def test_invalid_ed25519_block_signature_on_a_chain_without() -> None:
    chain = chain_of(ed25519_keys=False)
    header = BlockHeader.build(
        previous=chain.head_id, timestamp=slot_time(chain.state, 1), witness="initminer", transactions=()
    )
    with pytest.raises(WrongSigner):
        chain.push_block(Block.build(header.signed(ED_SECRET.sign(header.signing_digest)), ()))
