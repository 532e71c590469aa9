"""The laws that hold after every block (protocol.md §1.5). A broken one is a bug of ours: the chain stops rather than go on."""

from chain.processes.price_feed import median_price
from chain.state import State
from rewards.hbd import virtual_supply


class BrokenInvariant(AssertionError):
    """What must be equal is not. Says which law, and both sides."""

    def __init__(self, law: str, left: int, right: int) -> None:
        super().__init__(f"{law}: {left} is not {right} (difference {left - right})")


def check_invariants(state: State) -> None:
    """Sums over all accounts against the totals. Raises BrokenInvariant; takes some microseconds an account."""
    hive = hbd = vests = reward_vests = reward_hive = votes = delayed = 0
    for account in state.accounts.scan():
        hive += account.balance + account.savings_balance + account.reward_hive_balance
        hbd += account.hbd_balance + account.savings_hbd_balance + account.reward_hbd_balance
        vests += account.vesting_shares
        reward_vests += account.reward_vesting_balance
        reward_hive += account.reward_vesting_hive
        delayed += account.delayed_votes_sum
        if not account.proxy:
            votes += account.vesting_shares - account.delayed_votes_sum + sum(account.proxied_votes)
        _expect(
            f"delayed votes of {account.name}",
            sum(amount for _, amount in account.delayed_votes),
            account.delayed_votes_sum,
        )
    totals = state.globals
    hive += sum(fund.reward_balance for fund in state.reward_funds.scan())
    hive += totals.total_vesting_fund_hive + totals.pending_rewarded_vesting_hive + totals.total_reward_fund_hive
    _expect("HIVE in all places and current_supply", hive, totals.current_supply)
    _expect("HBD in all places and current_hbd_supply", hbd, totals.current_hbd_supply)
    _expect(
        "VESTS of accounts and their total",
        vests + reward_vests,
        totals.total_vesting_shares + totals.pending_rewarded_vesting_shares,
    )
    _expect("VESTS waiting to be claimed", reward_vests, totals.pending_rewarded_vesting_shares)
    _expect("HIVE behind VESTS waiting to be claimed", reward_hive, totals.pending_rewarded_vesting_hive)
    _expect("votes and VESTS", votes + delayed + _lost_votes(state), totals.total_vesting_shares)
    median = median_price(state)
    if median.quote:
        _expect(
            "virtual supply",
            totals.virtual_supply,
            virtual_supply(totals.current_supply, totals.current_hbd_supply, median),
        )


def _lost_votes(state: State) -> int:
    """Votes that no account counts: those further from their proxy than a chain of proxies reaches."""
    depth_max = state.params.proxy_depth_max
    lost = 0
    for account in state.accounts.by_proxy.scan():
        above = account
        distance = 0
        while above.proxy and distance <= depth_max:
            above = state.accounts.get(above.proxy)
            distance += 1
        if distance > depth_max:
            lost += account.vesting_shares - account.delayed_votes_sum
    return lost


def _expect(law: str, left: int, right: int) -> None:
    if left != right:
        raise BrokenInvariant(law, left, right)
