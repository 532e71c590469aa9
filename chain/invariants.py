"""The laws that hold after every block (protocol.md §1.5). A broken one is a bug of ours: the chain stops rather than go on."""

from collections.abc import Callable, Sequence
from typing import Final

from chain.asset import HBD, HIVE, Asset
from chain.credits import size_of
from chain.processes.price_feed import median_price
from chain.state import State
from rewards.hbd import virtual_supply


class BrokenInvariant(AssertionError):
    """What must be equal is not. Says which law, and both sides."""

    def __init__(self, law: str, left: int, right: int) -> None:
        super().__init__(f"{law}: {left} is not {right} (difference {left - right})")


def check_invariants(state: State) -> None:
    """Sums over all rows against the totals. Raises BrokenInvariant; takes some microseconds an account."""
    check_money(state)
    check_vests(state)
    check_virtual_supply(state)
    check_credits(state)


# Where HIVE and HBD can be. Whoever adds a row that holds money adds its sum here.


def _in_accounts(state: State) -> tuple[int, int]:
    hive = hbd = 0
    for account in state.accounts.scan():
        hive += account.balance + account.savings_balance + account.reward_hive_balance
        hbd += account.hbd_balance + account.savings_hbd_balance + account.reward_hbd_balance
    return hive, hbd


def _in_funds(state: State) -> tuple[int, int]:
    """Of authors and curators, and behind VESTS."""
    totals = state.globals
    hive = sum(fund.reward_balance for fund in state.reward_funds.scan())
    return (
        hive + totals.total_vesting_fund_hive + totals.pending_rewarded_vesting_hive + totals.total_reward_fund_hive,
        0,
    )


def _out_of_savings(state: State) -> tuple[int, int]:
    return _sums([row.amount for row in state.savings_withdrawals.scan()])


def _in_escrows(state: State) -> tuple[int, int]:
    """The fees of agents included."""
    locked: list[Asset] = []
    for row in state.escrows.scan():
        locked += (Asset(row.hive_balance, HIVE), Asset(row.hbd_balance, HBD), row.pending_fee)
    return _sums(locked)


def _sums(amounts: Sequence[Asset]) -> tuple[int, int]:
    return (
        sum(amount for amount, symbol in amounts if symbol == HIVE),
        sum(amount for amount, symbol in amounts if symbol == HBD),
    )


def _in_orders(state: State) -> tuple[int, int]:
    return _sums([Asset(row.for_sale, row.sell_price.base.symbol) for row in state.limit_orders.scan()])


def _in_conversions(state: State) -> tuple[int, int]:
    """The HBD that was given for collateral is in the accounts already."""
    hive = sum(row.collateral for row in state.collateralized_conversions.scan())
    return hive, sum(row.hbd for row in state.conversions.scan())


PLACES: Final[tuple[Callable[[State], tuple[int, int]], ...]] = (
    _in_accounts,
    _in_funds,
    _out_of_savings,
    _in_orders,
    _in_escrows,
    _in_conversions,
)
"""Each gives the HIVE and the HBD in one kind of place."""


def check_money(state: State) -> None:
    sums = [place(state) for place in PLACES]
    _expect("HIVE in all places and current_supply", sum(hive for hive, _ in sums), state.globals.current_supply)
    _expect("HBD in all places and current_hbd_supply", sum(hbd for _, hbd in sums), state.globals.current_hbd_supply)


def check_vests(state: State) -> None:
    """VESTS, what waits to be claimed, and the votes that they have."""
    vests = reward_vests = reward_hive = votes = delayed = 0
    for account in state.accounts.scan():
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
    _expect(
        "VESTS of accounts and their total",
        vests + reward_vests,
        totals.total_vesting_shares + totals.pending_rewarded_vesting_shares,
    )
    _expect("VESTS waiting to be claimed", reward_vests, totals.pending_rewarded_vesting_shares)
    _expect("HIVE behind VESTS waiting to be claimed", reward_hive, totals.pending_rewarded_vesting_hive)
    _expect("votes and VESTS", votes + delayed + _lost_votes(state), totals.total_vesting_shares)


def check_virtual_supply(state: State) -> None:
    median = median_price(state)
    if median.quote:
        totals = state.globals
        _expect(
            "virtual supply",
            totals.virtual_supply,
            virtual_supply(totals.current_supply, totals.current_hbd_supply, median),
        )


def check_credits(state: State) -> None:
    """No bar holds more than it can, each is as large as stake makes it, and what is lent somebody has received (§9)."""
    delegated = received = 0
    for bar in state.credits.scan():
        _expect(f"size of the bar of {bar.account}", bar.mana_max, size_of(state.accounts.get(bar.account), bar))
        _expect(
            f"credits of {bar.account}, and what it can hold of them", bar.mana, min(max(bar.mana, 0), bar.mana_max)
        )
        delegated += bar.delegated
        received += bar.received
    overflow = sum(row.amount for row in state.credit_overflows.scan())
    _expect("credits lent and received", delegated + overflow, received)
    _expect("delegations of credits", sum(row.amount for row in state.credit_delegations.scan()), received)


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
