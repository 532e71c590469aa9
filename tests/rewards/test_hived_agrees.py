"""The same rules, measured on chains that a real hived wrote (shared/parity), as far as one number follows from others at hand."""

import gzip
import json
from datetime import UTC, datetime
from functools import cache

import pytest

from rewards import curation, feed, hbd, subsidy
from rewards.curve import Curve
from rewards.price import Price
from tests.helpers.shared import shared_path

pytestmark = pytest.mark.shared

# hived's testnet build shortens the curation windows (testnet.md).
EARLY, MID = 600, 1_200
WITNESSES_MAX = 21


@cache
def dump(scenario, name):
    path = shared_path("parity", scenario, "dumps", f"{name}.json.gz")
    return json.loads(gzip.decompress(path.read_bytes()))


def amount(asset):
    return int(asset["amount"])


def price(text):
    return Price(amount(text["base"]), amount(text["quote"]))


def seconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def operations(scenario):
    """(time of evaluation, name, value) of every operation: "now" is the previous block's time."""
    headers = {int(num): header for num, header in dump(scenario, "block_headers").items()}
    for num, block in sorted(dump(scenario, "ops_by_block").items(), key=lambda item: int(item[0])):
        if int(num) - 1 in headers:
            now = seconds(headers[int(num) - 1]["timestamp"])
            for entry in block:
                yield now, entry["op"]["type"].removesuffix("_operation"), entry["op"]["value"]


@pytest.mark.parametrize("scenario", ["content", "edge"])
def test_curation_weight_of_every_vote(scenario):
    """The windows of Hive are 24 and 72 hours; here the second ends 1,800 s after the post."""
    created, declined, checked = {}, set(), {1: 0, 2: 0, 8: 0}
    for now, name, value in operations(scenario):
        place = (value.get("author"), value.get("permlink"))
        if name == "comment":
            created.setdefault(place, now)
        elif name == "delete_comment":
            created.pop(place, None)
            declined.discard(place)
        elif name == "comment_options" and not value["allow_curation_rewards"]:
            declined.add(place)
        elif name == "effective_comment_vote" and place in created:
            rshares, age = int(value["rshares"]), now - created[place]
            weight = curation.vote_weight(
                rshares,
                0,
                curve=Curve.LINEAR,
                content_constant=0,
                age_seconds=age,
                early_seconds=EARLY,
                mid_seconds=MID,
            )
            assert int(value["weight"]) == (0 if place in declined else weight), (place, value["voter"], age)
            if weight:
                checked[1 if age < EARLY else 2 if age < EARLY + MID else 8] += 1
    assert all(checked.values()), checked


@pytest.mark.parametrize("scenario", ["content", "stake", "genesis", "money", "debt", "debtlimit"])
def test_supply_and_print_rate_at_every_checkpoint(scenario):
    rates = set()
    for checkpoint in dump(scenario, "checkpoints").values():
        chain, median = checkpoint["dgpo"], price(checkpoint["current_price_feed"])
        supply, debt = amount(chain["current_supply"]), amount(chain["current_hbd_supply"])
        treasury = next(amount(one["hbd_balance"]) for one in checkpoint["accounts"] if one["name"] == "hive.fund")
        debt_share = hbd.debt_bp(debt, treasury, supply, median)
        rate = hbd.print_rate_bp(debt_share, chain["hbd_start_percent"], chain["hbd_stop_percent"])
        assert hbd.virtual_supply(supply, debt, median) == amount(chain["virtual_supply"])
        assert rate == chain["hbd_print_rate"]
        rates.add(rate)
    assert rates <= {0, 10_000}
    assert scenario != "debt" or len(rates) == 2


@pytest.mark.parametrize("scenario", ["content", "stake", "genesis", "money", "debt"])
def test_medians_of_the_feed_history(scenario):
    history = dump(scenario, "feed_history")
    medians = feed.feed_medians([price(one) for one in history["price_history"]], None)
    assert medians.current_median == price(history["current_median_history"])
    assert medians.market_median == price(history["market_median_history"])
    assert (medians.current_min, medians.current_max) == (
        price(history["current_min_history"]),
        price(history["current_max_history"]),
    )


def test_the_haircut_price_of_a_chain_in_debt():
    """Where hived's median is not the market's, it is the haircut of the supply at the last feed update."""
    corrected = 0
    for checkpoint in dump("debtlimit", "checkpoints").values():
        chain, median = checkpoint["dgpo"], price(checkpoint["feed_history"]["current_median_history"])
        if median == price(checkpoint["feed_history"]["market_median_history"]):
            continue
        treasury = next(amount(one["hbd_balance"]) for one in checkpoint["accounts"] if one["name"] == "hive.fund")
        floor = feed.haircut_price(amount(chain["current_hbd_supply"]), treasury, amount(chain["current_supply"]), 30)
        corrected += 1
        assert abs(floor.base * median.quote - median.base * floor.quote) * 1_000 < median.base * floor.quote
        assert (median.base % 70, median.quote % 30) == (0, 0)  # not reduced
    assert corrected


@pytest.mark.parametrize("scenario", ["content", "stake", "genesis"])
def test_subsidy_dynamics_of_every_schedule(scenario):
    for checkpoint in dump(scenario, "checkpoints").values():
        schedule = checkpoint["witness_schedule"]
        budget = schedule["median_props"]["account_subsidy_budget"]
        decay = schedule["median_props"]["account_subsidy_decay"]
        common = schedule["account_subsidy_rd"]
        own = schedule["account_subsidy_witness_rd"]
        if not budget:
            continue  # before the first schedule
        assert subsidy.dynamics(budget, decay).pool_eq == common["pool_eq"] == common["max_pool_size"]
        rules = subsidy.witness_dynamics(budget, decay, 0, WITNESSES_MAX)
        assert (rules.budget, rules.decay) == (
            own["budget_per_time_unit"],
            own["decay_params"]["decay_per_time_unit"],
        )
        assert rules.pool_max == own["max_pool_size"]
        assert own["min_decay"] <= rules.budget
