"""Whose history an operation or event belongs to: those it names, as hived's account history counts them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

from chain.params import INIT_WITNESS_ACCOUNT, NULL_ACCOUNT, TREASURY_ACCOUNTS

# Operations not listed belong to those who must sign them. A trailing underscore is Python's.
FIELDS: Final[dict[str, str]] = {
    "vote": "voter author",
    "comment": "author parent_author",
    "transfer": "from_ to",
    "transfer_to_vesting": "from_ to",
    "account_create": "new_account_name creator",
    "account_create_with_delegation": "new_account_name creator",
    "create_claimed_account": "new_account_name creator",
    "account_witness_vote": "account witness",
    "account_witness_proxy": "account proxy",
    "set_withdraw_vesting_route": "from_account to_account",
    "delegate_vesting_shares": "delegator delegatee",
    "pow": "worker_account",
    "escrow_transfer": "from_ to agent",
    "escrow_approve": "from_ to agent",
    "escrow_dispute": "from_ to agent",
    "escrow_release": "from_ to agent",
    "request_account_recovery": "account_to_recover recovery_account",
    "recover_account": "account_to_recover",
    "transfer_to_savings": "from_ to",
    "transfer_from_savings": "from_ to",
    "witness_set_properties": "owner",
    "create_proposal": "creator receiver",
    "recurrent_transfer": "from_ to",
    # events
    "fill_convert_request": "owner",
    "author_reward": "author",
    "curation_reward": "curator",
    "comment_reward": "author",
    "liquidity_reward": "owner",
    "interest": "owner",
    "fill_order": "current_owner open_owner",
    "shutdown_witness": "owner",
    "fill_transfer_from_savings": "from_ to",
    "comment_payout_update": "author",
    "return_vesting_delegation": "account",
    "comment_benefactor_reward": "benefactor author",
    "producer_reward": "producer",
    "proposal_pay": "receiver payer",
    "dhf_funding": "treasury",
    "hardfork_hive_restore": "treasury account",
    "delayed_voting": "voter",
    "effective_comment_vote": "voter author",
    "ineffective_delete_comment": "author",
    "dhf_conversion": "treasury",
    "expired_account_notification": "account",
    "changed_recovery_account": "account old_recovery_account new_recovery_account",
    "transfer_to_vesting_completed": "from_account to_account",
    "pow_reward": "worker",
    "vesting_shares_split": "owner",
    "account_created": "new_account_name creator",
    "fill_collateralized_convert_request": "owner",
    "fill_recurrent_transfer": "from_ to",
    "failed_recurrent_transfer": "from_ to",
    "limit_order_cancelled": "seller",
    "producer_missed": "producer",
    "proposal_fee": "creator treasury",
    "collateralized_convert_immediate_conversion": "owner",
    "escrow_approved": "from_ to agent",
    "escrow_rejected": "from_ to agent",
    "proxy_cleared": "account proxy",
    "declined_voting_rights": "account",
}

FIXED: Final[dict[str, tuple[str, ...]]] = {
    "hardfork": (INIT_WITNESS_ACCOUNT,),
    "system_warning": (INIT_WITNESS_ACCOUNT,),
    "clear_null_account_balance": (NULL_ACCOUNT,),
    "consolidate_treasury_balance": TREASURY_ACCOUNTS,
}


Names = Sequence[str]  # each once, in any order


def impacted_accounts(operation: Any) -> Names:
    """Names of accounts, each once."""
    return IMPACTED[operation.name](operation)


def _one(field: str) -> Callable[[Any], Names]:
    get = attrgetter(field)

    def impacted(operation: Any) -> Names:
        name = get(operation)
        return (name,) if name else ()

    return impacted


def _two(*fields: str) -> Callable[[Any], Names]:
    """Most operations are of two accounts, so this is written out."""
    get = attrgetter(*fields)

    def impacted(operation: Any) -> Names:
        names: tuple[str, str] = get(operation)
        first, second = names
        return names if first and second and first != second else _each_once(names)

    return impacted


def _several(*fields: str) -> Callable[[Any], Names]:
    get = attrgetter(*fields)
    return lambda operation: _each_once(get(operation))


def _each_once(names: Iterable[str]) -> Names:
    return tuple(dict.fromkeys(name for name in names if name))


def _signers(operation: Any) -> Names:
    needed = operation.authorities()
    return _each_once((*needed.posting, *needed.active, *needed.owner))


def _comment_options(operation: Any) -> Names:
    routes = (route for extension in operation.extensions for route in getattr(extension, "beneficiaries", ()))
    return _each_once((operation.author, *(route.account for route in routes)))


def _fill_vesting_withdraw(operation: Any) -> Names:
    """A step of a power-down that left nothing for the account itself is told, but is nobody's history."""
    return _each_once((operation.from_account, operation.to_account)) if operation.withdrawn.amount else ()


def _hardfork_hive(operation: Any) -> Names:
    return _each_once((operation.treasury, operation.account, *operation.other_affected_accounts))


def _pow2(operation: Any) -> Names:
    return _each_once((operation.work.input.worker_account,))


def _fixed(names: tuple[str, ...]) -> Callable[[Any], Names]:
    return lambda _: names


_WAYS: Final[dict[int, Callable[..., Callable[[Any], Names]]]] = {1: _one, 2: _two, 3: _several}
IMPACTED: Final[defaultdict[str, Callable[[Any], Names]]] = defaultdict(lambda: _signers)
"""By name what gives the names."""
IMPACTED.update(
    {
        **{name: _WAYS[len(fields.split())](*fields.split()) for name, fields in FIELDS.items()},
        **{name: _fixed(names) for name, names in FIXED.items()},
        "comment_options": _comment_options,
        "fill_vesting_withdraw": _fill_vesting_withdraw,
        "hardfork_hive": _hardfork_hive,
        "pow2": _pow2,
    }
)
