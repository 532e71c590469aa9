"""What hived was asked at the end of a parity chain, asked of ours: each dump in the shape and order of hived's call.

`DUMPS` are taken of the head at the end; `CHECKPOINT_DUMPS` on the way. A dump may look at what is expected only to learn what was
asked for (which posts, which accounts).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chain.block import num_of_id
from chain.chain import Chain
from chain.config_view import config_json
from chain.jsonform import HF26, LEGACY, to_json
from chain.keys import public_key_text, signature_key
from chain.market_history import BUCKET_SECONDS
from chain.operations import DeleteComment
from chain.reputation import reputation_of
from chain.types import TIME_MAX, time_text
from chain.views.accounts import account_view, extended_account_view
from chain.views.content import pending_payout_view
from chain.views.conversions import collateralized_conversion_view, conversion_view
from chain.views.credits import (
    rc_account_view,
    rc_delegation_view,
    resource_params_view,
    resource_pool_view,
)
from chain.views.globals import (
    chain_properties_view,
    current_price_view,
    dynamic_global_properties_view,
    feed_history_view,
    hardfork_properties_view,
    reward_fund_view,
)
from chain.views.market import order_view
from chain.views.money import escrow_view, recurrent_transfer_view, savings_withdrawal_view
from chain.views.proposals import proposal_view, proposal_vote_view
from chain.views.recovery import owner_history_view, recovery_account_change_view, recovery_request_view
from chain.views.stake import (
    decline_request_view,
    delegation_return_view,
    delegation_view,
    withdraw_route_view,
)
from chain.views.witnesses import (
    active_witnesses_view,
    raw_schedule_view,
    witness_schedule_view,
    witness_view,
    witness_vote_view,
)
from node.rpc import market_history
from node.rpc.conversions import by_account
from node.rpc.market import order_book

Dump = Callable[[Chain, Any], Any]


def _accounts(chain: Chain, _: Any) -> Any:
    return [account_view(chain.state, row, HF26) for row in chain.state.accounts.scan()]


def _condenser_accounts(chain: Chain, _: Any) -> Any:
    return [extended_account_view(chain.state, row) for row in chain.state.accounts.scan()]


def _witnesses(chain: Chain, _: Any) -> Any:
    return [witness_view(chain.state, row, HF26) for row in chain.state.witnesses.scan()]


def _delegations(chain: Chain, _: Any) -> Any:
    state = chain.state
    found: list[Any] = []
    for account in state.accounts.scan():
        rows = sorted(state.delegations.scan(account.name), key=lambda row: state.accounts.get(row.delegatee).id)
        found.extend(delegation_view(state, row, HF26) for row in rows)
    return found


def _delegation_returns(chain: Chain, _: Any) -> Any:
    rows = []
    for account in chain.state.accounts.scan():
        waiting = chain.state.delegation_returns.scan(account.name)
        rows.extend(sorted(waiting, key=lambda row: (row.expiration, row.id)))
    return [delegation_return_view(chain.state, row, HF26) for row in rows]


def _conversions(chain: Chain, _: Any) -> Any:
    rows = by_account(chain.state, chain.state.conversions)
    return [conversion_view(chain.state, row, HF26) for row in rows]


def _collateralized_conversions(chain: Chain, _: Any) -> Any:
    rows = by_account(chain.state, chain.state.collateralized_conversions)
    return [collateralized_conversion_view(chain.state, row, HF26) for row in rows]


def _recurrent_transfers(chain: Chain, _: Any) -> Any:
    rows = sorted(chain.state.recurrent_transfers.scan(), key=lambda row: (row.from_, row.id))
    return [recurrent_transfer_view(chain.state, row, HF26) for row in rows]


def _proposals(chain: Chain, _: Any) -> Any:
    rows = [row for row in chain.state.proposals.scan() if not row.is_removed]
    return [proposal_view(chain.state, row, HF26) for row in sorted(rows, key=lambda row: (row.creator, row.id))]


def _proposal_votes(chain: Chain, _: Any) -> Any:
    state = chain.state
    rows = [row for row in state.proposal_votes.by_voter.scan() if not state.proposals.get(row.proposal_id).is_removed]
    return [proposal_vote_view(state, row, HF26) for row in rows]


def _market(chain: Chain, _: Any) -> Any:
    state = chain.state
    return {
        "ticker": market_history.ticker(state, HF26),
        "volume": market_history.volume(state, HF26),
        "recent_trades": {"trades": market_history.recent_trades(state, 1_000, HF26)},
        "buckets": {"bucket_sizes": list(BUCKET_SECONDS)},
        "history": {
            str(seconds): market_history.buckets_between(state, seconds, 0, TIME_MAX)
            for seconds in (300, 3_600, 86_400)
        },
    }


def _block_headers(chain: Chain, _: Any) -> Any:
    dialect = chain.params.dialect
    headers = {}
    for block in chain.blocks(1, chain.head_num):
        shown = block.header.to_json(HF26, dialect)
        del shown["previous"]
        shown["block_id"] = block.id.hex()
        signer = signature_key(block.signing_digest, block.header.witness_signature)
        shown["signing_key"] = public_key_text(signer, dialect.address_prefix)
        shown["transactions"] = len(block.transactions)
        headers[str(num_of_id(block.id))] = shown
    return headers


def _account_history(chain: Chain, expected: Any) -> Any:
    names = list(expected) if expected else [account.name for account in chain.state.accounts.scan()]
    return {name: account_history(chain, name) for name in names}


HISTORY_SHOWN_MAX = 1_000


def account_history(chain: Chain, name: str) -> list[Any]:
    """The newest entries of an account's history, oldest first, as account_history_api gives them."""
    shown: list[Any] = []
    for sequence, num, position in chain.history.places(name, 2**63):
        if len(shown) == HISTORY_SHOWN_MAX:
            break
        entry = chain.history.operations_in(chain.block(num))[position]
        shown.append(
            [
                sequence,
                {
                    "block": num,
                    "op": to_json(entry.operation, HF26, chain.params.dialect),
                    "op_in_trx": entry.op_in_trx,
                    "operation_id": 0,
                    "timestamp": time_text(entry.timestamp),
                    "trx_id": entry.transaction_id.hex(),
                    "trx_in_block": entry.trx_in_block,
                    "virtual_op": entry.virtual,
                },
            ]
        )
    return shown[::-1]


def _pending_payouts(chain: Chain, expected: Any) -> Any:
    """Hived was asked post by post. Of posts that it was not asked about, those that somebody deleted must not be there either."""
    posts = sorted(chain.state.posts.scan(), key=lambda post: post.id)
    if expected:
        told = {(row["author"], row["permlink"]) for row in expected} | _deleted_posts(chain)
        posts = [post for post in posts if (post.author, post.permlink) in told]
    return [pending_payout_view(chain.state, post) for post in posts]


def _deleted_posts(chain: Chain) -> set[tuple[str, str]]:
    return {
        (operation.author, operation.permlink)
        for block in chain.blocks(1, chain.head_num)
        for transaction in block.transactions
        for operation in transaction.operations
        if isinstance(operation, DeleteComment)
    }


def _reputations(chain: Chain, _: Any) -> Any:
    return [[account.name, reputation_of(chain.state, account.name)] for account in chain.state.accounts.scan()]


def _feed_without_history(chain: Chain, _: Any) -> Any:
    shown = feed_history_view(chain.state, HF26)
    del shown["price_history"]
    return shown


def _schedule(key: str) -> Dump:
    return lambda chain, _: raw_schedule_view(chain.state, chain.state.schedules.get(key), HF26)


def _rc_accounts(chain: Chain, _: Any) -> Any:
    return [rc_account_view(chain.state, row, HF26) for row in chain.state.accounts.scan()]


def _rc_delegations(chain: Chain, _: Any) -> Any:
    state = chain.state
    return [
        rc_delegation_view(row)
        for account in state.accounts.scan()
        for row in state.credit_delegations.scan(account.name)
    ]


DUMPS: dict[str, Dump] = {
    "accounts": _accounts,
    "condenser_accounts": _condenser_accounts,
    "owner_histories": lambda chain, _: [
        owner_history_view(chain.state, row) for row in chain.state.owner_history.scan()
    ],
    "account_recovery_requests": lambda chain, _: [
        recovery_request_view(chain.state, row) for row in chain.state.recovery_requests.scan()
    ],
    "change_recovery_account_requests": lambda chain, _: [
        recovery_account_change_view(row) for row in chain.state.recovery_account_changes.scan()
    ],
    "decline_voting_rights_requests": lambda chain, _: [
        decline_request_view(row) for row in chain.state.decline_requests.scan()
    ],
    "witnesses": _witnesses,
    "witness_votes": lambda chain, _: [witness_vote_view(row) for row in chain.state.witness_votes.scan()],
    "witness_schedule": lambda chain, _: witness_schedule_view(chain.state, HF26, include_future=True),
    "debug_witness_schedule": _schedule("current"),
    "debug_future_witness_schedule": _schedule("future"),
    "active_witnesses": lambda chain, _: active_witnesses_view(chain.state, include_future=True),
    "vesting_delegations": _delegations,
    "vesting_delegation_expirations": _delegation_returns,
    "withdraw_vesting_routes": lambda chain, _: [
        withdraw_route_view(row) for row in chain.state.withdraw_routes.scan()
    ],
    "proposals": _proposals,
    "proposal_votes": _proposal_votes,
    "savings_withdrawals": lambda chain, _: [
        savings_withdrawal_view(chain.state, row, HF26) for row in chain.state.savings_withdrawals.scan()
    ],
    "hbd_conversion_requests": _conversions,
    "collateralized_conversion_requests": _collateralized_conversions,
    "escrows": lambda chain, _: [escrow_view(chain.state, row, HF26) for row in chain.state.escrows.scan()],
    "recurrent_transfers": _recurrent_transfers,
    "limit_orders": lambda chain, _: [order_view(chain.state, row, HF26) for row in chain.state.limit_orders.scan()],
    "order_book": lambda chain, _: order_book(chain.state, 500),
    "market": _market,
    "dynamic_global_properties": lambda chain, _: dynamic_global_properties_view(
        chain.state, chain.irreversible_num, HF26
    ),
    "condenser_dynamic_global_properties": lambda chain, _: dynamic_global_properties_view(
        chain.state, chain.irreversible_num, LEGACY
    ),
    "chain_properties": lambda chain, _: chain_properties_view(chain.state, LEGACY),
    "reward_funds": lambda chain, _: {"funds": [reward_fund_view(chain.state, HF26)]},
    "feed_history": lambda chain, _: feed_history_view(chain.state, HF26),
    "current_price_feed": lambda chain, _: current_price_view(chain.state, HF26),
    "hardfork_properties": lambda chain, _: hardfork_properties_view(chain.state),
    "rc_accounts": _rc_accounts,
    "rc_direct_delegations": _rc_delegations,
    "rc_resource_params": lambda chain, _: resource_params_view(chain.state),
    "rc_resource_pool": lambda chain, _: resource_pool_view(chain.state),
    "config": lambda chain, _: config_json(chain.params),
    "comment_pending_payouts": _pending_payouts,
    "reputations": _reputations,
    "block_headers": _block_headers,
    "account_history_sample": _account_history,
}

CHECKPOINT_DUMPS: dict[str, Dump] = {
    "dgpo": DUMPS["dynamic_global_properties"],
    "accounts": _accounts,
    "reward_funds": DUMPS["reward_funds"],
    "witness_schedule": DUMPS["witness_schedule"],
    "current_price_feed": DUMPS["current_price_feed"],
    "feed_history": _feed_without_history,
    "rc_accounts": _rc_accounts,
    "rc_resource_pool": DUMPS["rc_resource_pool"],
}
