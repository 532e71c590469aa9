"""What each operation uses of a node's resources: a table (protocol.md §9.2).

Two numbers: the memory of the state it takes, in bytes times the hours that they are expected to stay, and the nanoseconds it takes to
apply. Fixed ones stand in `chain.resource_sizes` under the operation's name; STATE_OF has those that depend on what it says. HELD is for
operations that replace something: the byte-hours of what is there already, which are not paid twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from chain.authority import Authority
from chain.operation import OPERATIONS
from chain.operations.comment_options import CommentPayoutBeneficiaries
from chain.resource_sizes import NANOSECONDS, STATE
from chain.state import State
from chain.transaction import Transaction
from chain.types import utf8
from rewards.credits import NOTHING, Amounts
from rewards.intmath import div_ceil

SECONDS_PER_HOUR: Final = 3_600

FREE: Final = frozenset({"pow", "pow2", "reset_account", "set_reset_account", "witness_block_approve"})
"""What ended before there were credits, and what no block holds."""

MARKET: Final = frozenset(
    {
        "limit_order_create",
        "limit_order_create2",
        "transfer",
        "transfer_to_vesting",
        "recurrent_transfer",
    }
)
"""Transactions with one of these count as market bytes: exchanges have to look at them."""

SPECIAL: Final = frozenset({"recurrent_transfer", "claim_account", "recover_account"})
"""Of these more counts than the table says: executions, an account taken from the pool, a key that was stolen."""

SUBSIDIZED_SIGNATURES_MAX: Final = 2
ENVELOPES_KEPT: Final = 10_000  # about 2 MB
_SIGNATURE_NANOSECONDS: Final = NANOSECONDS["verify_authority"]
_TRANSACTION_NANOSECONDS: Final = NANOSECONDS["transaction"]
_TRANSACTION_BYTES: Final = STATE["transaction_base"]


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(utf8(text))


# What depends on the operation: (operation, now) → byte-hours


def _members(*authorities: Authority | None) -> int:
    """The byte-hours of the members of the authorities that are given."""
    accounts = sum(len(authority.account_auths) for authority in authorities if authority is not None)
    keys = sum(len(authority.key_auths) for authority in authorities if authority is not None)
    return accounts * STATE["authority_account_member"] + keys * STATE["authority_key_member"]


def _new_account(op: Any, _now: int) -> int:
    return STATE["account_create_base"] + _members(op.owner, op.active, op.posting)


def _new_account_with_delegation(op: Any, now: int) -> int:
    return _new_account(op, now) + STATE["vesting_delegation_object"]


def _changed_account(op: Any, _now: int) -> int:
    history = STATE["owner_authority_history_object"] if op.owner is not None else 0
    return _members(op.owner, op.active, op.posting) + history


def _recovered_account(op: Any, _now: int) -> int:
    return _members(op.new_owner_authority) + STATE["owner_authority_history_object"]


def _recovery_request(op: Any, _now: int) -> int:
    return STATE["request_account_recovery"] if op.new_owner_authority.weight_threshold else 0


def _comment(op: Any, _now: int) -> int:
    return STATE["comment_base"] + STATE["comment_permlink_char"] * _size(op.permlink)


def _beneficiaries(op: Any, _now: int) -> int:
    count = sum(len(part.beneficiaries) for part in op.extensions if isinstance(part, CommentPayoutBeneficiaries))
    return STATE["comment_beneficiaries_member"] * count


def _declined(op: Any, _now: int) -> int:
    return STATE["decline_voting_rights"] if op.decline else 0


def _delegation(op: Any, _now: int) -> int:
    is_left = op.vesting_shares.amount > 0
    return STATE["delegate_vesting_shares" if is_left else "vesting_delegation_expiration_object"]


def _order(op: Any, _now: int) -> int:
    return 0 if op.fill_or_kill else STATE["limit_order_create"]


def _route(op: Any, _now: int) -> int:
    return STATE["set_withdraw_vesting_route"] if op.percent else 0


def _witness(op: Any, _now: int) -> int:
    return STATE["witness_update_base"] + STATE["witness_update_url_char"] * _size(op.url)


def _witness_vote(op: Any, _now: int) -> int:
    return STATE["account_witness_vote"] if op.approve else 0


def _proposal(op: Any, now: int) -> int:
    size = STATE["create_proposal_base"]
    size += STATE["create_proposal_subject_permlink_char"] * (_size(op.subject) + _size(op.permlink))
    return size * hours_until(op.end_date, now)


def _proposal_votes(op: Any, _now: int) -> int:
    return STATE["update_proposal_votes_member"] * len(op.proposal_ids) if op.approve else 0


def _recurrent_transfer(op: Any, _now: int) -> int:
    if op.amount.amount <= 0:
        return 0
    size = STATE["recurrent_transfer_base"] + STATE["recurrent_transfer_memo_char"] * _size(op.memo)
    hours: int = op.recurrence * op.executions
    return size * hours


def hours_until(time: int, now: int) -> int:
    """Hours begun count as whole ones."""
    return max(div_ceil(time - now, SECONDS_PER_HOUR), 0)


STATE_OF: Final[dict[str, Callable[[Any, int], int]]] = {
    "account_create": _new_account,
    "account_create_with_delegation": _new_account_with_delegation,
    "create_claimed_account": _new_account,
    "account_update": _changed_account,
    "account_update2": _changed_account,
    "recover_account": _recovered_account,
    "request_account_recovery": _recovery_request,
    "comment": _comment,
    "comment_options": _beneficiaries,
    "decline_voting_rights": _declined,
    "delegate_vesting_shares": _delegation,
    "limit_order_create": _order,
    "limit_order_create2": _order,
    "set_withdraw_vesting_route": _route,
    "witness_update": _witness,
    "account_witness_vote": _witness_vote,
    "create_proposal": _proposal,
    "update_proposal_votes": _proposal_votes,
    "recurrent_transfer": _recurrent_transfer,
}


# What is replaced: (state, operation) → byte-hours that are there before it is applied


def _held_by_account(state: State, op: Any) -> int:
    keys = state.account_keys.find(op.account)
    if keys is None:
        return 0
    replaced = ((op.owner, keys.owner), (op.active, keys.active), (op.posting, keys.posting))
    return _members(*[old for new, old in replaced if new is not None])


def _held_by_owner(state: State, op: Any) -> int:
    keys = state.account_keys.find(op.account_to_recover)
    return 0 if keys is None else _members(keys.owner)


def _held_by_witness(state: State, op: Any) -> int:
    witness = state.witnesses.find(op.owner)
    if witness is None:
        return 0
    return STATE["witness_update_base"] + STATE["witness_update_url_char"] * _size(witness.url)


HELD: Final[dict[str, Callable[[State, Any], int]]] = {
    "account_update": _held_by_account,
    "account_update2": _held_by_account,
    "recover_account": _held_by_owner,
    "witness_update": _held_by_witness,
}


# All that is known of an operation


@dataclass(frozen=True, slots=True)
class Use:
    """What one kind of operation uses."""

    nanoseconds: int
    state: int
    state_of: Callable[[Any, int], int] | None
    held: Callable[[State, Any], int] | None
    is_market: bool
    is_ordinary: bool  # neither of the market nor in SPECIAL: `usage_of` need not look closer


def _use(name: str) -> Use:
    if name in FREE:
        return Use(0, 0, None, None, is_market=False, is_ordinary=True)
    nanoseconds = NANOSECONDS["recurrent_transfer_base" if name == "recurrent_transfer" else name]
    state_of = STATE_OF.get(name)
    state = 0 if state_of is not None else STATE.get(name, 0)
    is_market = name in MARKET
    return Use(nanoseconds, state, state_of, HELD.get(name), is_market, not is_market and name not in SPECIAL)


USES: Final = tuple(_use(OPERATIONS[number].name) for number in range(len(OPERATIONS)))
"""By the number of the operation."""

_CLAIM_ACCOUNT: Final = next(kind.operation_id for kind in OPERATIONS.values() if kind.name == "claim_account")
_RECURRENT: Final = next(kind.operation_id for kind in OPERATIONS.values() if kind.name == "recurrent_transfer")
_RECOVER: Final = next(kind.operation_id for kind in OPERATIONS.values() if kind.name == "recover_account")


def usage_of(transaction: Transaction, now: int, noted_state: int = 0, noted_nanoseconds: int = 0) -> Amounts:
    """What a transaction uses of each resource. What its operations noted while they were applied is added; it may be negative."""
    state, nanoseconds, accounts, is_market = noted_state, noted_nanoseconds, 0, False
    for op in transaction.operations:
        use = USES[op.operation_id]
        state += use.state if use.state_of is None else use.state_of(op, now)
        nanoseconds += use.nanoseconds
        if use.is_ordinary:
            continue
        if use.is_market:
            is_market = True
        if op.operation_id == _RECURRENT:
            nanoseconds += NANOSECONDS["recurrent_transfer_processing"] * op.executions  # type: ignore[attr-defined]
        elif op.operation_id == _CLAIM_ACCOUNT:
            accounts += op.fee.amount == 0  # type: ignore[attr-defined]
        elif op.operation_id == _RECOVER and _is_subsidized(transaction):
            return NOTHING
    seconds_left = transaction.expiration - now
    hours = (seconds_left + SECONDS_PER_HOUR - 1) // SECONDS_PER_HOUR if seconds_left > 0 else 0  # as `hours_until`
    size, signatures = len(transaction.packed_bytes), len(transaction.signatures)
    return _with_envelope(size, hours, signatures, is_market, accounts, state, nanoseconds)


@lru_cache(ENVELOPES_KEPT)
def _with_envelope(  # noqa: PLR0917  # numbers, which are all that the answer depends on
    size: int, hours: int, signatures: int, is_market: bool, accounts: int, state: int, nanoseconds: int
) -> Amounts:
    """What operations use, and what their transaction does: thousands come to the same few amounts."""
    state += _TRANSACTION_BYTES * hours
    nanoseconds += _TRANSACTION_NANOSECONDS + _SIGNATURE_NANOSECONDS * signatures
    return size, accounts, size if is_market else 0, max(0, state), max(0, nanoseconds)


def _is_subsidized(transaction: Transaction) -> bool:
    """A stolen key replaced by a new one costs nothing: the thief may have spent all credits."""
    if len(transaction.operations) != 1:
        return False
    authority = transaction.operations[0].new_owner_authority  # type: ignore[attr-defined]
    return authority.member_count == 1 and len(transaction.signatures) <= SUBSIDIZED_SIGNATURES_MAX
