"""The state transition: what a block and a transaction do, as a table of contents (protocol.md §3.1, §14).

`apply_block` changes the state or raises an InvalidBlock or the error of the transaction that spoils it; the caller's layer is
then rolled back. A producer takes the same steps, only that it chooses the transactions (chain.producer). `apply_transaction` is the
same for both, and for the mempool.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from chain import genesis
from chain.authority import HF27, HF28, Authorities, Authority, distinct_keys, verify
from chain.block import Block
from chain.credit_market import charge, note_held
from chain.errors import InvalidTransaction
from chain.hardforks import process_hardforks
from chain.header import advance_head, check_header, enter_block
from chain.irreversibility import process_irreversibility
from chain.keys import ED25519_TAG, InvalidSignature, check_strict
from chain.processes.account_recovery import process_account_recovery
from chain.processes.cashout import process_comment_cashout
from chain.processes.conversions import process_conversions
from chain.processes.credit_overflows import process_credit_overflows
from chain.processes.credit_pools import process_credit_pools
from chain.processes.decline_requests import process_decline_requests
from chain.processes.delayed_votes import process_delayed_votes
from chain.processes.delegation_returns import process_delegation_returns
from chain.processes.emission import process_emission
from chain.processes.escrow_ratification import process_escrow_ratification
from chain.processes.expired_orders import process_expired_orders
from chain.processes.governance_expiry import process_governance_expiry
from chain.processes.null_clearing import process_null_clearing
from chain.processes.price_feed import process_median_feed, process_virtual_supply
from chain.processes.recurrent_transfers import process_recurrent_transfers
from chain.processes.savings_withdrawals import process_savings_withdrawals
from chain.processes.subsidized_accounts import process_subsidized_accounts
from chain.processes.treasury import process_treasury
from chain.processes.withdrawals import process_vesting_withdrawals
from chain.resource_use import HELD
from chain.rows import BlockSummary, BlockTransactions
from chain.rules import LONG_EXPIRATION, STRICT_AUTHORITIES, in_force
from chain.schedule import process_witness_schedule
from chain.signatures import Signers
from chain.state import AppliedOperation, State
from chain.transaction import Transaction
from chain.types import time_text

TAPOS_SLOTS: Final = 1 << 16

Process = Callable[[State], None]


class DuplicateTransaction(InvalidTransaction):
    code = "duplicate_transaction"
    text = "Duplicate transaction check failed"  # clients match these very words


class TransactionExpired(InvalidTransaction):
    code = "transaction_expired"
    text = "The transaction expired at {expiration}; the head is of {now}. Build it anew"
    hive_code: ClassVar[int] = 4030100
    hive_name: ClassVar[str] = "transaction_expiration_exception"
    hive_text: ClassVar[str] = "transaction expiration exception"


class ExpirationTooFar(InvalidTransaction):
    code = "expiration_too_far"
    text = "The transaction expires at {expiration}, more than {seconds_max} s after the head's time {now}"
    hive_code: ClassVar[int] = 4030100
    hive_name: ClassVar[str] = "transaction_expiration_exception"
    hive_text: ClassVar[str] = "transaction expiration exception"


class WrongTapos(InvalidTransaction):
    code = "wrong_tapos"
    text = "The transaction refers to a block that is not on this chain: reference {ref_block_num}, prefix {ref_block_prefix}"
    hive_code: ClassVar[int] = 4030200
    hive_name: ClassVar[str] = "transaction_tapos_exception"
    hive_text: ClassVar[str] = "transaction tapos exception"


def process_block_summary(state: State) -> None:
    slot = state.globals.head_block_num % TAPOS_SLOTS
    if slot not in state.block_summaries:
        state.block_summaries.insert(BlockSummary(slot))
    state.block_summaries.edit(slot).block_id = state.globals.head_block_id


def process_expired_transactions(state: State) -> None:
    """Forget the ids of transactions that can no longer be sent again."""
    for row in state.recent_transactions.by_expiration.until((state.now - 1,)):
        state.recent_transactions.remove(row.block_num)


# In this order, after the transactions of every block. Steps that wait for operations of a later version are left out.
PROCESSES: tuple[Process, ...] = (
    process_irreversibility,
    process_block_summary,
    process_expired_transactions,
    process_expired_orders,
    process_delegation_returns,
    process_witness_schedule,
    process_median_feed,
    process_virtual_supply,
    process_null_clearing,
    process_emission,
    process_conversions,
    process_comment_cashout,
    process_vesting_withdrawals,
    process_savings_withdrawals,
    process_subsidized_accounts,
    process_virtual_supply,
    process_account_recovery,
    process_escrow_ratification,
    process_decline_requests,
    process_treasury,
    process_delayed_votes,
    process_governance_expiry,
    process_recurrent_transfers,
    process_credit_overflows,
    process_credit_pools,
    process_hardforks,
)


def apply_block(state: State, block: Block, signers: Signers | None) -> list[AppliedOperation]:
    """Apply a block on the open layer; returns all operations and events in hived's order, if there are readers to be told.

    Without `signers` neither signatures nor what else is true of valid transactions is looked at: for blocks that are known to be part of
    the chain. That these are its transactions is still checked, by the merkle root.
    """
    try:
        begin_block(state, block.header.timestamp)
        check_header(state, block, key_of=None if signers is None else signers.block_signer)
        enter_block(state, block.header)
        check_repetition(block.transactions)
        for position, transaction in enumerate(block.transactions):
            apply_transaction(state, transaction, signers, position)
        finish_block(state, block)
    finally:
        state.in_block = False
    return state.applied


def begin_block(state: State, time: int) -> None:
    """What precedes everything in a block, be it applied or made. `state.in_block` is the caller's to take back."""
    state.begin_block(time, tells=state.for_readers)
    state.in_block = True
    if state.globals.head_block_num == 0:
        genesis.process_first_block(state, time)


def finish_block(state: State, block: Block) -> None:
    """What follows the transactions: from here on it is the block's own time."""
    state.begin_processes()
    advance_head(state, block)
    remember_transactions(state, block)
    for process in PROCESSES:
        process(state)


def apply_transaction(state: State, transaction: Transaction, signers: Signers | None, position: int) -> None:
    """Check and apply a transaction on the open layer. Raises InvalidTransaction, InvalidOperation or OperationFailed.

    What it costs is charged last, for operations change what their payer has. Without `signers` its block is part of the chain: then it
    has passed all that `check_transaction` asks.
    """
    if signers is not None:
        check_transaction(state, transaction, signers)
    state.begin_transaction(transaction.id, position)
    for operation in transaction.operations:
        if state.tells:
            state.note(operation)
        if operation.name in HELD:
            note_held(state, operation)
        operation.apply(state)
    charge(state, transaction)


def check_transaction(state: State, transaction: Transaction, signers: Signers) -> None:
    """What must be true of a transaction before it is applied. Raises InvalidTransaction or InvalidOperation.

    Only the transactions of earlier blocks are known here: that none comes twice above them is the caller's business.
    """
    head = state.globals
    if head.head_block_num:
        check_expiration(state, transaction, head.time)
        check_tapos(state, transaction)
    if transaction.id in state.recent_transactions.by_id:
        raise DuplicateTransaction
    transaction.validate(state.params)
    check_authorities(state, transaction, signers)


def check_repetition(transactions: Sequence[Transaction]) -> None:
    """No transaction twice in a block. Raises DuplicateTransaction."""
    if len({transaction.id for transaction in transactions}) < len(transactions):
        raise DuplicateTransaction


def remember_transactions(state: State, block: Block) -> None:
    """None of them may come again."""
    if block.transactions:
        state.recent_transactions.insert(
            BlockTransactions(
                block.num,
                max([transaction.expiration for transaction in block.transactions]),
                b"".join([transaction.id for transaction in block.transactions]),
            )
        )


def check_expiration(state: State, transaction: Transaction, now: int) -> None:
    expiration, params = transaction.expiration, state.params
    if expiration <= now:
        raise TransactionExpired(expiration=time_text(expiration), now=time_text(now))
    if expiration <= now + params.expiration_seconds_max:
        return
    may_wait = in_force(state, LONG_EXPIRATION)
    seconds_max = params.signature_expiration_seconds_max if may_wait else params.expiration_seconds_max
    if expiration > now + seconds_max:
        raise ExpirationTooFar(expiration=time_text(expiration), now=time_text(now), seconds_max=seconds_max)


def check_tapos(state: State, transaction: Transaction) -> None:
    summary = state.block_summaries.find(transaction.ref_block_num)
    prefix = 0 if summary is None else int.from_bytes(summary.block_id[4:8], "little")
    if transaction.ref_block_prefix != prefix:
        raise WrongTapos(ref_block_num=transaction.ref_block_num, ref_block_prefix=transaction.ref_block_prefix)


def check_authorities(state: State, transaction: Transaction, signers: Signers) -> None:
    """Raises MissingAuthority, DuplicateSignature or InvalidSignature."""
    params = state.params
    if params.strict_signatures:
        for signature in transaction.signatures:
            check_strict(signature)
    signed_by = signers.transaction_signers(transaction, params.chain_id)
    if not params.ed25519_keys and any(key[0] == ED25519_TAG for key in signed_by):
        raise InvalidSignature(reason="this chain has no ed25519 keys")
    required = transaction.authorities()
    if len(signed_by) == 1 and _signs_alone(state, required, signed_by[0]):
        return
    rules = HF28 if in_force(state, STRICT_AUTHORITIES) else HF27
    verify(required, distinct_keys(signed_by), AccountAuthorities(state), rules)


def _signs_alone(state: State, required: Authorities, key: bytes) -> bool:
    """Whether one account must sign in one role, posting or active, and this key is enough for it, as nearly always.

    Any rules agree on that. Whatever else there is `verify` must tell.
    """
    posting, active, owner, other, witness = required
    names = posting + active
    if len(names) != 1 or owner or other or witness:
        return False
    row = state.account_keys.find(names[0])
    return row is not None and (row.posting if posting else row.active).suffices(key)


class AccountAuthorities:
    """The authorities of the accounts of a state, as the check of signatures asks for them."""

    __slots__ = ("state",)

    def __init__(self, state: State) -> None:
        self.state = state

    def get_posting(self, name: str, /) -> Authority | None:
        row = self.state.account_keys.find(name)
        return None if row is None else row.posting

    def get_active(self, name: str, /) -> Authority | None:
        row = self.state.account_keys.find(name)
        return None if row is None else row.active

    def get_owner(self, name: str, /) -> Authority | None:
        row = self.state.account_keys.find(name)
        return None if row is None else row.owner

    def get_witness_key(self, name: str, /) -> bytes | None:
        row = self.state.witnesses.find(name)
        return None if row is None else row.signing_key


def operations_of(applied: Sequence[AppliedOperation]) -> list[AppliedOperation]:
    """Only what people sent."""
    return [entry for entry in applied if not entry.virtual]
