"""A chain driven at random, the same way for the same seed on any machine and under any PYTHONHASHSEED.

    chain = RandomChain(seed=7)
    for _ in range(300):
        chain.advance()      # some transactions, good and bad, then a block somewhere ahead

People (tests/property/intents.py, tests/property/wants) send all kinds of operations, signed well or badly, in time or too late, once or twice. Blocks come
in the next slot or after missed ones, so that payouts, withdrawals and expiries fall due. After each block the invariants are
checked by the chain itself. Now and then the newest blocks are popped and pushed again, or the chain is opened anew from what its
backend holds; both must leave no trace.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from chain.block import Block
from chain.chain import Chain
from chain.errors import ChainError, InvalidOperation
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.operation import Operation
from chain.presets import Genesis
from chain.producer import make_block, turn_of
from chain.signatures import RememberedSigners, Signers
from chain.slots import slot_at, slot_time
from chain.transaction import Transaction
from chain.undo import UNDO_PREFIX, undo_key
from chain.wire import HF26, LEGACY, Packing
from tests.helpers.devnets import devnet_by_the_old_rule
from tests.property.intents import Intents
from tests.property.keyring import Keyring, PretendSigners, SigningKey
from tests.property.wants import WANTS

GENESIS_DELAY_SECONDS: Final = 3
SLOTS_TRIED_MAX: Final = 400


def random_genesis() -> Genesis:
    """The devnet, in which what takes weeks on mainnet takes minutes, and votes for witnesses expire after four hours."""
    return devnet_by_the_old_rule(
        cashout_delay_seconds=240,
        governance_vote_expiration_seconds=14_400,
        decline_voting_rights_seconds=300,
        owner_history_seconds=900,
        owner_update_limit_seconds=60,
        recovery_request_seconds=120,
        change_recovery_account_seconds=300,
    )


class RandomChain:
    """`pretends`: signatures that cost nothing. `counts` are by (operation, "accepted" or "refused")."""

    SIZES: Sequence[int] = (1, 1, 1, 1, 1, 1, 2, 3)  # of transactions, in operations

    def __init__(
        self, seed: int, *, pretends: bool = True, transactions_mean: float = 3.0, genesis: Genesis | None = None
    ) -> None:
        self.chance = random.Random(seed)
        self.genesis = genesis or random_genesis()
        self.signers: Signers = PretendSigners() if pretends else RememberedSigners()
        self.backend = MemoryBackend()
        self.chain = self.open(self.backend)
        self.keyring = Keyring(pretends=pretends)
        self._hold_genesis_keys()
        people = [account.name for account in self.genesis.accounts if account.posting.key_auths]
        witnesses = [witness.name for witness in self.genesis.witnesses]
        self.intents = Intents(self.chance, self.keyring, people, witnesses, WANTS)
        self.transactions_mean = transactions_mean
        self.counts: Counter[tuple[str, str]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.sent: list[Transaction] = []
        self.popped = self.reopened = 0  # blocks taken back; times opened anew

    def open(self, backend: MemoryBackend) -> Chain:
        """A chain of this kind over a backend, new or not."""
        return Chain(backend, self.genesis, signers=self.signers, check_every_block=True)

    def _hold_genesis_keys(self) -> None:
        password = self.genesis.login_password or ""
        self.keyring.hold(PrivateKey.from_seed("init_key"))
        for account in self.genesis.accounts:
            for role in ("owner", "active", "posting"):
                self.keyring.hold(PrivateKey.from_login(account.name, role, password))
        for witness in self.genesis.witnesses:
            self.keyring.hold(PrivateKey.from_login(witness.name, "witness", password))

    # one step

    def advance(self) -> Block:
        """Some transactions and a block. Returns the block."""
        self.submit(self.how_many())
        if self.chance.random() < 0.004:
            self.pop_and_push(self.chance.randrange(1, 6))
        if self.chance.random() < 0.001:
            self.reopen()
        block = self.make()
        self.push(block)
        return block

    def how_many(self) -> int:
        """Between none and three times the mean."""
        return int(self.chance.random() ** 2 * 3 * self.transactions_mean + 0.5)

    def submit(self, count: int) -> None:
        for _ in range(count):
            self.send(self.transaction())

    def send(self, transaction: Transaction | None) -> None:
        """Offer a transaction to the mempool and note what came of it."""
        if transaction is None:
            return
        outcome = "accepted"
        try:
            self.chain.mempool.add(transaction)
        except ChainError as error:
            outcome = "refused"
            self.refusals[error.code] += 1
        for operation in transaction.operations:
            self.counts[operation.name, outcome] += 1
            if outcome == "accepted":
                self.intents.note(operation)
        if outcome == "accepted":
            self.sent.append(transaction)
            del self.sent[:-20]

    # transactions

    def transaction(self) -> Transaction | None:
        """Read from its own bytes, as if it came from a peer. None for one that has no bytes."""
        chance = self.chance
        if self.sent and chance.random() < 0.01:
            return chance.choice(self.sent)
        operations = [self.intents.draw(self.chain) for _ in range(chance.choice(self.SIZES))]
        head_id = self.chain.head_id
        now = self.chain.state.globals.time
        unsigned = Transaction(
            (self.chain.head_num - (chance.random() < 0.01)) & 0xFFFF,
            int.from_bytes(head_id[4:8], "little"),
            now + chance.choice((3, 30, 60, 3_600, 86_400) if chance.random() < 0.99 else (-3, 0, 86_401)),
            operations,
        )
        packing = Packing(self.chain.params.dialect, chance.choice((LEGACY, HF26)))
        packed = unsigned.with_packing(packing)
        signed = packed.with_signatures(self.signatures(packed, operations))
        return Transaction.decode(signed.packed_bytes, self.chain.params.dialect)

    def signatures(self, transaction: Transaction, operations: Sequence[Operation]) -> list[bytes]:
        """Of all who must sign, now and then of too few, too many or strangers."""
        keys = list(dict.fromkeys(key for operation in operations for key in self.needed_keys(operation)))
        if self.chance.random() < 0.03:
            keys = self.chance.choice((keys[:-1], [*keys, self.keyring.new()], [self.keyring.new()], keys * 2))
        digest = transaction.digest(self.chain.params.chain_id)
        return [self.keyring.keys[key].sign(digest) for key in keys]

    def needed_keys(self, operation: Operation) -> list[bytes]:
        state = self.chain.state
        try:
            needed = operation.authorities()
        except InvalidOperation:
            return []
        found: list[bytes] = []
        for role, names in (("posting", needed.posting), ("active", needed.active), ("owner", needed.owner)):
            for name in names:
                found += self.keyring.keys_for(state, role, name)
        for authority in needed.other:
            found += self.keyring.keys_of(state, "active", authority)
        return found

    # blocks

    def make(self) -> Block:
        """A block for the next turn, read from its own bytes."""
        made = make_block(self.chain, *self.turn())
        return Block.decode(made.packed_bytes, self.chain.params.dialect)

    def turn(self) -> tuple[int, str, SigningKey]:
        """A slot's time, its witness and the key: of the first who takes part after some missed slots."""
        state = self.chain.state
        slot = 1 + self.missed_slots()
        for candidate in range(slot, slot + SLOTS_TRIED_MAX):
            time = slot_time(state, candidate)
            witness = turn_of(self.chain, time)
            assert witness is not None
            assert slot_at(state, time) == candidate
            key = self.key_of(witness)
            if key is not None:
                return time, witness, key
        raise AssertionError("no witness has a key")

    def key_of(self, witness: str) -> SigningKey | None:
        """What a witness signs its next block with; None for one who does not take part."""
        row = self.chain.state.witnesses.committed(witness)
        assert row is not None
        return self.keyring.keys.get(row.signing_key)

    def missed_slots(self) -> int:
        luck = self.chance.random()
        if luck < 0.9:
            return 0
        if luck < 0.99:
            return self.chance.randrange(1, 25)
        return self.chance.randrange(25, 600) if luck < 0.9995 else self.chance.randrange(600, 4_000)

    def push(self, block: Block) -> None:
        for entry in self.chain.push_block(block):
            if entry.virtual:
                self.events[entry.operation.name] += 1

    # there and back

    def pop_and_push(self, count: int) -> None:
        """Take blocks back, as far as they are not irreversible, and push them again: nothing may be different."""
        count = min(count, self.chain.head_num - max(self.chain.irreversible_num, 1))
        if count < 1:
            return
        digest = self.chain.digest
        popped = [self.chain.pop_block() for _ in range(count)]
        for block in reversed(popped):
            self.chain.push_block(block)
        self.popped += count
        assert self.chain.digest == digest, f"{count} blocks popped from and pushed again to {self.chain.head_num}"

    def reopen(self) -> None:
        """Go on with a chain that knows nothing but what the backend holds."""
        waiting = list(self.chain.mempool)
        before = (self.chain.head_id, self.chain.digest)
        self.chain.mempool.suspend()
        self.chain = self.open(self.backend)
        self.reopened += 1
        assert (self.chain.head_id, self.chain.digest) == before
        for transaction in waiting:
            try:
                self.chain.mempool.add(transaction)
            except ChainError:
                continue

    def summary(self) -> dict[str, Any]:
        """Where the chain stands and what happened on the way: equal for equal seeds."""
        operations: dict[str, dict[str, int]] = {}
        for (name, outcome), count in sorted(self.counts.items()):
            operations.setdefault(name, {})[outcome] = count
        return {
            "blocks": self.chain.head_num,
            "digest": self.chain.digest.hex(),
            "content_digest": self.content_digest,
            "irreversible": self.chain.irreversible_num,
            "accounts": len(self.intents.names),
            "operations": operations,
            "refusals": dict(sorted(self.refusals.items())),
            "events": dict(sorted(self.events.items())),
            "popped": self.popped,
            "reopened": self.reopened,
        }

    @property
    def content_digest(self) -> str:
        """SHA-256 over all that the backend holds: consensus rows, rows for readers, history, blocks, undo."""
        return content_digest(self.backend)


def content_digest(backend: MemoryBackend, undo_from: int = 0) -> str:
    """Without the undo records of blocks before `undo_from`: when those are let go depends on the heads there were."""
    found = sha256()
    for key, value in backend.pairs.items():
        if key.startswith(UNDO_PREFIX) and key < undo_key(undo_from):
            continue
        found.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
    return found.hexdigest()
