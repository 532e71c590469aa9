"""Whose history an operation or event belongs to: those it names, as hived's account history counts them."""

from collections.abc import Callable
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


def _getter(names: list[str]) -> Callable[[Any], tuple[str, ...]]:
    if len(names) == 1:
        get_one = attrgetter(names[0])
        return lambda operation: (get_one(operation),)
    return attrgetter(*names)


_GETTERS: Final = {name: _getter(names.split()) for name, names in FIELDS.items()}


def impacted_accounts(operation: Any) -> list[str]:
    """Account names, sorted, each once."""
    name = operation.name
    get = _GETTERS.get(name)
    if get is not None:
        names = get(operation)
    elif name in FIXED:
        names = FIXED[name]
    elif name == "comment_options":
        names = (operation.author, *_beneficiaries(operation))
    elif name == "fill_vesting_withdraw":
        names = _withdrawal(operation)
    elif name == "hardfork_hive":
        names = (operation.treasury, operation.account, *operation.other_affected_accounts)
    elif name == "pow2":
        names = (operation.work.input.worker_account,)
    else:
        needed = operation.authorities()
        names = (*needed.posting, *needed.active, *needed.owner)
    if len(names) == 2 and names[0] != names[1] and names[1]:
        first, second = names
        return [first, second] if first < second else [second, first]
    return sorted({account for account in names if account})


def _beneficiaries(operation: Any) -> list[str]:
    return [route.account for extension in operation.extensions for route in getattr(extension, "beneficiaries", ())]


def _withdrawal(operation: Any) -> tuple[str, ...]:
    """A step of a power-down that left nothing for the account itself is told, but is nobody's history."""
    return (operation.from_account, operation.to_account) if operation.withdrawn.amount else ()
