"""A devnet without processes: its chain in memory, its core driven by hand, and people who sign.

    play = Play()
    play.produce(3)
    play.submit(play.sign(play.transfer("alice", "bob", "1.000 HIVE"), "alice", "active"))
    play.produce()

Time stands still between calls; `produce` moves it to the next slot.
"""

from collections.abc import Sequence
from typing import Any

from chain.asset import HBD, HIVE, Asset, parse_asset_text
from chain.chain import Chain
from chain.keys import PrivateKey
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.presets import Genesis
from chain.store import Backend
from chain.transaction import Transaction
from chain.types import parse_time
from chain.wire import LEGACY, Form, Packing
from node.core import NodeCore, SubmitTransaction, Tick
from node.effects import BlockApplied, Effect, TransactionAccepted
from node.producing import ProducingRules, Production, SignMemoryInRam
from tests.helpers.devnets import devnet_by_the_old_rule

START = 1_800_000_000  # 2027-01-15T08:00:00, a multiple of 3


def signing_keys(genesis: Genesis) -> dict[bytes, PrivateKey]:
    """The signing keys of a play chain's first witnesses, by public key."""
    password = genesis.login_password or ""
    keys = [PrivateKey.from_login(witness.name, "witness", password) for witness in genesis.witnesses]
    return {key.public_key: key for key in [*keys, PrivateKey.from_seed("init_key")]}


class Play:
    def __init__(
        self,
        *,
        backend: Backend | None = None,
        rules: ProducingRules | None = None,
        witnesses: Sequence[str] | None = None,
        now: float = START,
    ) -> None:
        self.genesis = devnet_by_the_old_rule()
        self.params = self.genesis.params
        self.chain = Chain(backend or MemoryBackend(), self.genesis, check_every_block=True)
        self.signed = SignMemoryInRam()
        names = [witness.name for witness in self.genesis.witnesses] if witnesses is None else witnesses
        production = Production(names, signing_keys(self.genesis), rules or ProducingRules.alone(), self.signed)
        self.core = NodeCore(self.chain, production)
        self.now = now

    # time and blocks

    def tick(self) -> list[Effect]:
        return self.core.handle(Tick(), self.now)

    def produce(self, count: int = 1) -> list[BlockApplied]:
        """Go to the next slot and tick, so many times. Returns the blocks that came of it."""
        blocks = []
        for _ in range(count):
            self.now = self.core.next_slot_time(self.now)
            blocks += [effect for effect in self.tick() if isinstance(effect, BlockApplied)]
        return blocks

    def advance(self, seconds: float) -> None:
        self.now += seconds

    # transactions

    def submit(self, transaction: Transaction) -> list[Effect]:
        return self.core.handle(SubmitTransaction(transaction), self.now)

    def admit(self, transaction: Transaction) -> Transaction:
        """Submit what must be accepted. Returns it with its bytes."""
        accepted = self.submit(transaction)[0]
        assert isinstance(accepted, TransactionAccepted), accepted
        return accepted.transaction

    def operation(self, name: str, **fields: Any) -> Operation:
        values = {
            key: parse_asset_text(value, self.params.dialect) if _is_amount(value) else value
            for key, value in fields.items()
        }
        return OPERATIONS_BY_NAME[name](**values)

    def transfer(self, giver: str, receiver: str, amount: str, memo: str = "") -> Operation:
        return self.operation("transfer", from_=giver, to=receiver, amount=amount, memo=memo)

    def build(self, *operations: Operation, expires_in: int = 60) -> Transaction:
        """Unsigned and without bytes."""
        head_id = self.chain.head_id
        return Transaction(
            self.chain.head_num & 0xFFFF,
            int.from_bytes(head_id[4:8], "little"),
            self.chain.state.globals.time + expires_in,
            operations,
        )

    def key(self, name: str, role: str) -> PrivateKey:
        if name == "initminer":
            return PrivateKey.from_seed("init_key")
        return PrivateKey.from_login(name, role, self.genesis.login_password or "")

    def sign(
        self, *operations: Operation, by: str, role: str = "active", form: Form = LEGACY, expires_in: int = 60
    ) -> Transaction:
        """Signed over its bytes in `form`."""
        return self.endorse(self.build(*operations, expires_in=expires_in), by, role, form)

    def sign_at(
        self, globals_: dict[str, Any], *operations: Operation, by: str, role: str = "active", expires_in: int = 60
    ) -> Transaction:
        """The same, for another node of this chain: it says by get_dynamic_global_properties where it stands."""
        head_id = bytes.fromhex(globals_["head_block_id"])
        expiration = parse_time(globals_["time"]) + expires_in
        ref_block_num, ref_block_prefix = globals_["head_block_number"] & 0xFFFF, int.from_bytes(head_id[4:8], "little")
        return self.endorse(Transaction(ref_block_num, ref_block_prefix, expiration, operations), by, role)

    def endorse(self, transaction: Transaction, by: str, role: str = "active", form: Form = LEGACY) -> Transaction:
        packed = self.packed(transaction, form)
        return packed.with_signatures([self.key(by, role).sign(packed.digest(self.params.chain_id))])

    def packed(self, transaction: Transaction, form: Form = LEGACY) -> Transaction:
        return transaction.with_packing(Packing(self.params.dialect, form))

    def as_json(self, transaction: Transaction, form: Form = LEGACY) -> dict[str, Any]:
        """As a client sends it: the bytes are lost on the way."""
        return transaction.to_json(form, self.params.dialect)

    def from_json(self, value: Any) -> Transaction:
        return Transaction.from_json(value, None, self.params.dialect)

    def balance(self, name: str, symbol: str = "HIVE") -> Asset:
        account = self.chain.state.accounts.get(name)
        return Asset(account.balance, HIVE) if symbol == "HIVE" else Asset(account.hbd_balance, HBD)


def _is_amount(value: object) -> bool:
    return isinstance(value, str) and value.endswith((" HIVE", " HBD", " VESTS"))
