"""The laws that hold after every block (protocol.md §1.5). A broken one is a bug of ours: the chain stops rather than go on.

A law is a sum over many rows, so each is a generator that pauses after every few hundred of them. The functions named `check_…` run
through at once, where a block is at work; `chain.audit` takes its time, over a state that stands still.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, TypeAlias

from chain.asset import HBD, HIVE, Asset
from chain.credits import size_of
from chain.processes.price_feed import median_price
from chain.rows import Account, Bars
from chain.state import State
from rewards.hbd import virtual_supply

ROWS_BETWEEN_PAUSES: Final = 500  # some milliseconds

Law: TypeAlias = Callable[[State], Iterator[None]]


class BrokenInvariant(AssertionError):
    """What must be equal is not. Says which law, and both sides."""

    def __init__(self, law: str, left: int, right: int) -> None:
        super().__init__(f"{law}: {left} is not {right} (difference {left - right})")


def check_invariants(state: State) -> None:
    """Sums over all rows against the totals. Raises BrokenInvariant; takes some microseconds an account."""
    for law in LAWS:
        _check(law, state)


def check_money(state: State) -> None:
    _check(money_adds_up, state)


def check_vests(state: State) -> None:
    _check(vests_add_up, state)


def check_credits(state: State) -> None:
    _check(credits_add_up, state)


def _check(law: Law, state: State) -> None:
    for _ in law(state):
        pass


# Where HIVE and HBD can be, row by row. Whoever adds a row that holds money adds its place here.


def _in_accounts(state: State) -> Iterator[tuple[int, int]]:
    for account in state.accounts.scan():
        yield (
            account.balance + account.savings_balance,
            account.hbd_balance + account.savings_hbd_balance,
        )


def _in_earnings(state: State) -> Iterator[tuple[int, int]]:
    """Unclaimed; their VESTS are among the pending ones."""
    for earned in state.earnings.scan():
        yield earned.hive, earned.hbd


def _in_funds(state: State) -> Iterator[tuple[int, int]]:
    """Of authors and curators, and behind VESTS."""
    totals = state.globals
    for fund in state.reward_funds.scan():
        yield fund.reward_balance, 0
    yield totals.total_vesting_fund_hive + totals.pending_rewarded_vesting_hive + totals.total_reward_fund_hive, 0


def _out_of_savings(state: State) -> Iterator[tuple[int, int]]:
    for row in state.savings_withdrawals.scan():
        yield _split(row.amount)


def _in_escrows(state: State) -> Iterator[tuple[int, int]]:
    """The fees of agents included."""
    for row in state.escrows.scan():
        yield row.hive_balance, row.hbd_balance
        yield _split(row.pending_fee)


def _in_orders(state: State) -> Iterator[tuple[int, int]]:
    for row in state.limit_orders.scan():
        yield _split(Asset(row.for_sale, row.sell_price.base.symbol))


def _in_conversions(state: State) -> Iterator[tuple[int, int]]:
    """The HBD that was given for collateral is in the accounts already."""
    for collateralized in state.collateralized_conversions.scan():
        yield collateralized.collateral, 0
    for conversion in state.conversions.scan():
        yield 0, conversion.hbd


def _split(asset: Asset) -> tuple[int, int]:
    amount, symbol = asset
    return amount if symbol == HIVE else 0, amount if symbol == HBD else 0


PLACES: Final[tuple[Callable[[State], Iterator[tuple[int, int]]], ...]] = (
    _in_accounts,
    _in_earnings,
    _in_funds,
    _out_of_savings,
    _in_orders,
    _in_escrows,
    _in_conversions,
)
"""Each gives the HIVE and the HBD of one row after the other."""


def money_adds_up(state: State) -> Iterator[None]:
    hive = hbd = 0
    for place in PLACES:
        for count, (of_hive, of_hbd) in enumerate(place(state), 1):
            hive += of_hive
            hbd += of_hbd
            if not count % ROWS_BETWEEN_PAUSES:
                yield
    _expect("HIVE in all places and current_supply", hive, state.globals.current_supply)
    _expect("HBD in all places and current_hbd_supply", hbd, state.globals.current_hbd_supply)


def vests_add_up(state: State) -> Iterator[None]:
    """VESTS, what waits to be claimed, and the votes that they have."""
    vests = votes = delayed = 0
    for count, account in enumerate(state.accounts.scan(), 1):
        vests += account.vesting_shares
        delayed += account.delayed_votes_sum
        if not account.proxy:
            votes += account.vesting_shares - account.delayed_votes_sum + sum(account.proxied_votes)
        elif _is_too_far(state, account):
            votes += account.vesting_shares - account.delayed_votes_sum
        _expect(
            f"delayed votes of {account.name}",
            sum(amount for _, amount in account.delayed_votes),
            account.delayed_votes_sum,
        )
        if not count % ROWS_BETWEEN_PAUSES:
            yield
    reward_vests = yield from _total(earned.vests for earned in state.earnings.scan())
    reward_hive = yield from _total(earned.vesting_hive for earned in state.earnings.scan())
    totals = state.globals
    _expect(
        "VESTS of accounts and their total",
        vests + reward_vests,
        totals.total_vesting_shares + totals.pending_rewarded_vesting_shares,
    )
    _expect("VESTS waiting to be claimed", reward_vests, totals.pending_rewarded_vesting_shares)
    _expect("HIVE behind VESTS waiting to be claimed", reward_hive, totals.pending_rewarded_vesting_hive)
    _expect("votes and VESTS", votes + delayed, totals.total_vesting_shares)


def virtual_supply_follows(state: State) -> Iterator[None]:
    median = median_price(state)
    if median.quote:
        totals = state.globals
        _expect(
            "virtual supply",
            totals.virtual_supply,
            virtual_supply(totals.current_supply, totals.current_hbd_supply, median),
        )
    yield


def credits_add_up(state: State) -> Iterator[None]:
    """No bar holds more than it can, each is as large as stake makes it, and what is lent somebody has received (§9)."""
    if not state.globals.head_block_num:
        return  # they come with the first block
    delegated = received = 0
    for count, (account, bars) in enumerate(_bars(state), 1):
        most = bars.credits_max
        _expect(f"size of the bar of {bars.account}", most, size_of(account, bars))
        _expect(
            f"credits of {bars.account}, and what it can hold of them", bars.credits, min(max(bars.credits, 0), most)
        )
        delegated += bars.credits_delegated
        received += bars.credits_received
        if not count % ROWS_BETWEEN_PAUSES:
            yield
    overflow = yield from _total(row.amount for row in state.credit_overflows.scan())
    _expect("credits lent and received", delegated + overflow, received)
    lent = yield from _total(row.amount for row in state.credit_delegations.scan())
    _expect("delegations of credits", lent, received)


LAWS: Final[tuple[Law, ...]] = (money_adds_up, vests_add_up, virtual_supply_follows, credits_add_up)


def _bars(state: State) -> Iterator[tuple[Account, Bars]]:
    """Both tables are in the order of names, so neither needs to be searched."""
    return zip(state.accounts.scan(), state.bars.scan(), strict=True)


def _total(amounts: Iterable[int]) -> Generator[None, None, int]:
    total = 0
    for count, amount in enumerate(amounts, 1):
        total += amount
        if not count % ROWS_BETWEEN_PAUSES:
            yield
    return total


def _is_too_far(state: State, account: Account) -> bool:
    """From its proxy, than a chain of proxies reaches: then nobody has its votes."""
    depth_max = state.params.proxy_depth_max
    distance = 0
    while account.proxy and distance <= depth_max:
        account = state.accounts.get(account.proxy)
        distance += 1
    return distance > depth_max


def _expect(law: str, left: int, right: int) -> None:
    if left != right:
        raise BrokenInvariant(law, left, right)
