"""The pools of resources move at the end of every block (protocol.md §9.3)."""

from chain.credit_market import accounts_resource
from chain.rows import CreditPools
from chain.state import State
from rewards.credits import NOTHING, Amounts, next_pools, total


def process_credit_pools(state: State) -> None:
    """Take what the block's transactions used, add the budgets; remember the use of the last day by hours."""
    used = total(state.block_usages)
    row = state.credit_pools.edit("")
    row.pools = next_pools(row.pools, used, accounts_resource(state), state.globals.available_account_subsidies)
    forgotten = _open_bucket(state, row)
    if used == NOTHING and forgotten == NOTHING:
        return
    row.usage = tuple([held - old + new for held, old, new in zip(row.usage, forgotten, used, strict=True)])
    bucket = state.credit_buckets.edit(row.bucket)
    bucket.usage = tuple([held + new for held, new in zip(bucket.usage, used, strict=True)])


def _open_bucket(state: State, row: CreditPools) -> Amounts:
    """Begin a new bucket in place of the oldest where an hour is over. Returns what the oldest one held."""
    params = state.params
    if state.credit_buckets.get(row.bucket).since + params.rc_bucket_seconds > state.now:
        return NOTHING
    row.bucket = (row.bucket + 1) % params.rc_bucket_count
    bucket = state.credit_buckets.edit(row.bucket)
    forgotten = bucket.usage
    bucket.since = state.now
    bucket.usage = NOTHING
    return forgotten
