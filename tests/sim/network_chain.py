"""The chain that simulated networks run: its people, their keys, and a database in which all witnesses are scheduled.

Most worlds sign with keyed hashes, which are as fast as real signatures are slow; some sign for real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from chain.authority import Authority
from chain.chain import Chain
from chain.keys import PrivateKey, Scheme
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.presets import Genesis, GenesisAccount, GenesisWitness, preset
from chain.signatures import PlainSigners, Signers
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from node.core import NodeCore, SubmitTransaction, Tick
from node.effects import TransactionAccepted
from node.producing import ProducingRules, Production
from tests.sim.finality_toys import ToyKey, toy_key_of

SLOT_SECONDS = 3
BIRTH = 1_800_000_000
RESERVES = 2  # witnesses whom nobody votes for at first
SETTLING_ROUNDS = 4  # until schedules hold the witnesses that were voted for, and those vote on finality
ROOT_ROUNDS = 2  # between two checkpoints, whose state witnesses attest
PEOPLE = ("alice", "bob", "carol", "dave")
STAKE = 100_000_000
MONEY = 1_000_000_000


class ToySigners:
    """A `Signers` for keys of which everybody can compute signatures, but nobody does for others."""

    def transaction_signers(self, transaction: Transaction, chain_id: bytes) -> tuple[bytes, ...]:
        digest = transaction.digest(chain_id)
        return tuple(toy_key_of(digest, signature) for signature in transaction.signatures)

    def block_signer(self, digest: bytes, signature: bytes) -> bytes:
        return toy_key_of(digest, signature)


def make_key(name: str, *, is_real: bool) -> PrivateKey:
    if is_real:
        return PrivateKey.from_seed(name, Scheme.ED25519)
    return ToyKey(name)  # type: ignore[return-value]  # a toy: it signs, and has a public key


@dataclass(frozen=True)
class Start:
    """A chain some rounds after its birth. `pairs` is the database, in which everything is final; time in seconds."""

    genesis: Genesis
    keys: Mapping[str, PrivateKey]  # of accounts; a witness signs with its account's
    witnesses: tuple[str, ...]  # the scheduled ones
    reserves: tuple[str, ...]
    signers: Callable[[], Signers]
    pairs: tuple[tuple[bytes, bytes], ...]
    time: int
    num: int

    def backend(self) -> MemoryBackend:
        backend = MemoryBackend()
        backend.pairs.update(self.pairs)
        return backend

    def signing_keys(self, names: tuple[str, ...]) -> dict[bytes, PrivateKey]:
        return {self.keys[name].public_key: self.keys[name] for name in names}


@cache
def start_of(nodes: int, *, is_real: bool) -> Start:
    """A chain of so many witnesses, ready to be copied."""
    witnesses = tuple(f"witness-{number}" for number in range(nodes))
    reserves = tuple(f"reserve-{number}" for number in range(RESERVES))
    names = ("founder", *witnesses, *reserves, *PEOPLE)
    keys = {name: make_key(name, is_real=is_real) for name in names}
    genesis = _genesis(nodes, keys, witnesses + reserves)
    signers: Callable[[], Signers] = PlainSigners if is_real else ToySigners
    chain = Chain(MemoryBackend(), genesis, signers=signers(), with_history=False, check_every_block=True)
    found = Start(genesis, keys, witnesses, reserves, signers, (), 0, 0)
    time = _settle(chain, found)
    assert set(chain.state.schedule.shuffled) == set(witnesses), chain.state.schedule.shuffled
    assert chain.final_num == chain.head_num
    pairs = tuple(chain.backend.pairs.items())  # type: ignore[attr-defined]  # in memory
    return replace(found, pairs=pairs, time=time, num=chain.head_num)


def _settle(chain: Chain, start: Start) -> int:
    """Vote the witnesses in, and go on until all is as it will be. Returns the time."""
    production = Production(
        ("founder", *start.witnesses), start.signing_keys(("founder", *start.witnesses)), ProducingRules.alone()
    )
    core = NodeCore(chain, production)
    assert core.finality is not None
    time: float = BIRTH
    for slot in range(SETTLING_ROUNDS * chain.params.witnesses_max):
        time = core.next_slot_time(time)
        core.handle(Tick(), time)
        if slot == 0:
            votes = [
                operation("account_witness_vote", account=voter, witness=name, approve=True)
                for voter, name in zip(start.witnesses, start.witnesses, strict=True)
            ]
            for vote in votes:
                accepted = core.handle(SubmitTransaction(signed(chain, start, vote, by=vote.account)), time)[0]  # type: ignore[attr-defined]
                assert isinstance(accepted, TransactionAccepted), accepted
    return int(time)


def operation(name: str, **fields: Any) -> Operation:
    return OPERATIONS_BY_NAME[name](**fields)


def signed(
    chain: Chain, start: Start, *operations: Operation, by: str, expires_in: int = 60, key: PrivateKey | None = None
) -> Transaction:
    """A transaction as a wallet makes it over this chain's head."""
    head_id = chain.head_id
    unsigned = Transaction(
        chain.head_num & 0xFFFF,
        int.from_bytes(head_id[4:8], "little"),
        chain.state.globals.time + expires_in,
        operations,
    ).with_packing(Packing(chain.params.dialect, LEGACY))
    return unsigned.with_signatures([(key or start.keys[by]).sign(unsigned.digest(chain.params.chain_id))])


def _genesis(nodes: int, keys: Mapping[str, PrivateKey], witnesses: tuple[str, ...]) -> Genesis:
    """The devnet's rules with so many witnesses, all of them elected."""
    base = preset("devnet")
    nobody = [account for account in base.accounts if account.name not in {"alice", "bob", "initminer", "carol"}]
    special = [replace(account, hive=0, hbd=0, vesting_hive=0) for account in nobody]
    people = [_account(name, keys[name]) for name in keys]
    params = replace(
        base.params,
        name=f"simulated-{nodes}",
        finality_votes=True,
        state_root_interval_blocks=ROOT_ROUNDS * nodes,
        genesis_time=BIRTH,
        witnesses_max=nodes,
        elected_witnesses_max=nodes,
        timeshare_witnesses_max=0,
        hardfork_witnesses_min=nodes,
        initial_hive_supply=len(people) * (STAKE + MONEY),
        initial_hbd_supply=0,
        initial_witness_key=keys["founder"].public_key,
    )
    return replace(
        base.starting_at(BIRTH),
        params=params,
        accounts=(*(account for account in special if account.name not in keys), *people),
        witnesses=tuple(
            GenesisWitness(name=name, signing_key=keys[name].public_key) for name in ("founder", *witnesses)
        ),
        login_password=None,
    )


def _account(name: str, key: PrivateKey) -> GenesisAccount:
    authority = Authority.of_key(key.public_key)
    return GenesisAccount(
        name=name,
        owner=authority,
        active=authority,
        posting=authority,
        memo_key=key.public_key,
        hive=MONEY,
        vesting_hive=STAKE,
    )
