"""The median price of HIVE in HBD, and what depends on it (protocol.md §1.6, §1.7)."""

from chain.errors import OperationFailed
from chain.params import TREASURY_ACCOUNT
from chain.state import State
from chain.warnings import price_corrected
from rewards import feed, hbd
from rewards.price import NO_PRICE, Price

PERCENT_BP = 100


class NoPriceFeed(OperationFailed):
    code = "no_price_feed"
    text = "Cannot {intent} because there is no price feed"


def process_median_feed(state: State) -> None:
    """Every feed interval: the median of the scheduled witnesses' feeds joins the history, whose median becomes the price."""
    params = state.params
    if state.globals.head_block_num % params.feed_interval_blocks:
        return
    feeds = _young_feeds(state)
    if len(feeds) < params.feeds_min:
        return
    row = state.edit_feed()
    history = [Price(*price) for price in row.price_history] + [feed.median_price(feeds)]
    history = history[-params.feed_history_intervals :]
    limit_percent = params.hbd_hard_limit_bp // PERCENT_BP
    floor = None
    if params.price_feed_limit_check:
        floor = feed.haircut_price(
            state.globals.current_hbd_supply, treasury_hbd(state), state.globals.current_supply, limit_percent
        )
    medians = feed.feed_medians(history, floor)
    if medians.is_corrected:
        state.emit(price_corrected(limit_percent, medians.market_median, medians.current_median))
    row.price_history = tuple(history)
    row.current_median = medians.current_median
    row.market_median = medians.market_median
    row.current_min = medians.current_min
    row.current_max = medians.current_max


def _young_feeds(state: State) -> list[Price]:
    feeds = []
    for owner in state.schedule.shuffled:
        witness = state.witnesses.get(owner)
        if (
            witness.hbd_exchange_rate != (0, 0)
            and state.now < witness.last_hbd_exchange_update + state.params.feed_age_seconds_max
        ):
            feeds.append(Price(*witness.hbd_exchange_rate))
    return feeds


def treasury_hbd(state: State) -> int:
    """HBD of the treasury, which does not count as debt."""
    return state.accounts.get(TREASURY_ACCOUNT).hbd_balance


def median_price(state: State) -> Price:
    """The price in force."""
    return Price(*state.feed.current_median)


def known_median(state: State, intent: str) -> Price:
    """The price in force. Raises NoPriceFeed, which says what cannot be done without."""
    median = median_price(state)
    if median == NO_PRICE:
        raise NoPriceFeed(intent=intent)
    return median


def debt_bp(state: State) -> int:
    """The share of HBD outside the treasury in the virtual supply."""
    globals_ = state.globals
    return hbd.debt_bp(globals_.current_hbd_supply, treasury_hbd(state), globals_.current_supply, median_price(state))


def process_virtual_supply(state: State) -> None:
    """All supply as HIVE at the median, and from the debt ratio the rate at which HBD is printed."""
    params = state.params
    median = median_price(state)
    globals_ = state.edit_globals()
    globals_.virtual_supply = hbd.virtual_supply(globals_.current_supply, globals_.current_hbd_supply, median)
    if median.quote:
        globals_.hbd_print_rate = hbd.print_rate_bp(debt_bp(state), params.hbd_print_start_bp, params.hbd_print_stop_bp)
