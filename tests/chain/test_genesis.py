"""How a chain begins, compared with what hived told of block 1 and of accounts that nobody touched afterwards."""

import gzip
import json
from itertools import islice
from typing import Any

import pytest

from chain.asset import TESTNET
from chain.blocklog import read_blocks
from chain.chain import Chain
from chain.genesis import RulesTooOld, create, process_first_block
from chain.hived_spec import read_hived_spec
from chain.jsonform import HF26, to_json
from chain.keys import NULL_KEY
from chain.memory import MemoryBackend
from chain.presets import Genesis, preset
from chain.rows import EMPTY_AUTHORITY, SCHEDULE_MINER
from chain.state import State
from chain.store import Store
from chain.types import parse_time, version_text
from tests.helpers.shared import shared_path

SCENARIOS = ["content", "stake", "genesis", "money", "governance", "mixed", "edge", "hf27", "debt", "debtlimit"]


def begun(genesis: Genesis) -> State:
    """The state after genesis, with a layer open and the clock at the first block."""
    state = State(Store(MemoryBackend()), genesis.params)
    state.store.begin()
    create(state, genesis)
    return state


def after_first_block_begins(genesis: Genesis, *, missed_slots: int = 0) -> State:
    state = begun(genesis)
    process_first_block(state, genesis.params.genesis_time + 3 + 3 * missed_slots)
    return state


def scenario_genesis(scenario: str) -> Genesis:
    return read_hived_spec(shared_path("parity", scenario, "spec.json").read_text(encoding="utf-8"))


def dump(scenario: str, name: str) -> Any:
    return json.loads(gzip.decompress(shared_path("parity", scenario, "dumps", f"{name}.json.gz").read_bytes()))


# --- against hived


@pytest.mark.shared
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_block_one_begins_with_hiveds_events(scenario: str) -> None:
    """All events of block 1 but the two that its own end brings about."""
    state = after_first_block_begins(scenario_genesis(scenario))
    told = [
        (
            entry.trx_in_block,
            entry.op_in_trx,
            to_json(entry.operation, HF26, TESTNET),
            entry.transaction_id.hex(),
            entry.virtual,
        )
        for entry in state.applied
    ]
    expected = [
        (op["trx_in_block"], op["op_in_trx"], op["op"], op["trx_id"], op["virtual_op"])
        for op in dump(scenario, "ops_by_block")["1"]
        if op["op"]["type"] not in ("producer_reward_operation", "dhf_funding_operation")
    ]
    assert sorted(told, key=lambda entry: entry[1]) == sorted(expected, key=lambda entry: entry[1])
    assert [entry[1] for entry in told] == list(range(1, len(told) + 1))


@pytest.mark.shared
@pytest.mark.parametrize("scenario", ["content", "stake", "genesis"])
def test_accounts_that_nobody_touched_are_hiveds(scenario: str) -> None:
    genesis = scenario_genesis(scenario)
    state = after_first_block_begins(genesis)
    expected = {account["name"]: account for account in dump(scenario, "accounts")}
    for name in ("miners", "null", "steem.dao", "temp", "steem"):
        account, keys, hived = state.accounts.get(name), state.account_keys.get(name), expected[name]
        bars = state.bars.get(name)
        assert (account.id, account.mined) == (hived["id"], hived["mined"])
        assert account.created == parse_time(hived["created"])
        assert account.vesting_withdraw_rate == int(hived["vesting_withdraw_rate"]["amount"])
        assert bars.voting_mana == int(hived["voting_manabar"]["current_mana"])
        assert bars.voting_mana_at == hived["voting_manabar"]["last_update_time"]
        assert bars.downvote_mana_at == hived["downvote_manabar"]["last_update_time"]
        assert account.hbd_seconds_at == parse_time(hived["hbd_seconds_last_update"])
        assert account.savings_hbd_seconds_at == parse_time(hived["savings_hbd_seconds_last_update"])
        assert keys.recovery_account == hived["recovery_account"]
        for role in ("owner", "active", "posting"):
            authority = getattr(keys, role)
            assert authority.weight_threshold == hived[role]["weight_threshold"]
            assert len(authority.key_auths) == len(hived[role]["key_auths"])


@pytest.mark.shared
def test_the_first_schedule_is_hiveds() -> None:
    state = after_first_block_begins(scenario_genesis("genesis"))
    expected = dump("genesis", "checkpoints")["20"]["witness_schedule"]
    schedule = state.schedule
    assert [name for name in expected["current_shuffled_witnesses"] if name] == list(schedule.shuffled)
    assert schedule.next_shuffle_block_num == expected["next_shuffle_block_num"]
    assert schedule.pay_normalization == expected["witness_pay_normalization_factor"]
    assert version_text(schedule.majority_version) == expected["majority_version"]
    for row, hived in (
        (schedule.subsidy_dynamics, expected["account_subsidy_rd"]),
        (schedule.witness_subsidy_dynamics, expected["account_subsidy_witness_rd"]),
    ):
        decay = hived["decay_params"]
        assert row == (
            hived["resource_unit"],
            hived["budget_per_time_unit"],
            hived["pool_eq"],
            hived["max_pool_size"],
            decay["decay_per_time_unit"],
            decay["decay_per_time_unit_denom_shift"],
            hived["min_decay"],
        )


@pytest.mark.shared
@pytest.mark.parametrize(("scenario", "newest"), [("genesis", 28), ("hf27", 27)])
def test_hardforks_bear_hiveds_times(scenario: str, newest: int) -> None:
    state = after_first_block_begins(scenario_genesis(scenario))
    expected = [parse_time(time) for time in dump(scenario, "hardfork_properties")["processed_hardforks"]]
    assert list(state.hardforks.processed) == expected[: newest + 1]
    assert state.hardforks.last_hardfork == newest
    assert version_text(state.hardforks.current_version) == f"1.{newest}.0"
    assert state.hardforks.next_version == state.hardforks.current_version
    assert state.hardforks.next_time == state.params.genesis_time


@pytest.mark.shared
def test_after_twenty_blocks_totals_and_accounts_are_hiveds() -> None:
    """The first checkpoint of the chain with hived's default genesis: still one witness, no schedule yet."""
    genesis = scenario_genesis("genesis")
    chain = Chain(MemoryBackend(), genesis, check_every_block=True)
    with shared_path("parity", "genesis", "block_log").open("rb") as file:
        for block in islice(read_blocks(file, TESTNET), 20):
            chain.push_block(block)
    checkpoint = dump("genesis", "checkpoints")["20"]
    totals = chain.state.globals
    for name, expected in checkpoint["dgpo"].items():
        if isinstance(expected, dict):
            assert getattr(totals, name) == int(expected["amount"]), name
        elif name.startswith("next_") or name == "last_budget_time":
            assert getattr(totals, name) == parse_time(expected), name
    for expected in checkpoint["accounts"]:
        account = chain.state.accounts.get(expected["name"])
        assert account.id == expected["id"]
        for name in ("balance", "hbd_balance", "vesting_shares", "vesting_withdraw_rate"):
            assert getattr(account, name) == int(expected[name]["amount"]), (account.name, name)
        assert [{"time": at, "val": votes} for at, votes in account.delayed_votes] == [
            {"time": parse_time(bucket["time"]), "val": int(bucket["val"])} for bucket in expected["delayed_votes"]
        ]


# --- by itself


@pytest.mark.parametrize("name", ["devnet", "hived-testnet"])
def test_supply_is_what_the_accounts_own(name: str) -> None:
    state = after_first_block_begins(preset(name).starting_at(1_800_000_000))
    accounts = list(state.accounts.scan())
    totals = state.globals
    assert sum(account.balance for account in accounts) + totals.total_vesting_fund_hive == totals.current_supply
    assert sum(account.hbd_balance for account in accounts) == totals.current_hbd_supply == totals.init_hbd_supply
    assert sum(account.vesting_shares for account in accounts) == totals.total_vesting_shares
    assert totals.virtual_supply == totals.current_supply + totals.current_hbd_supply  # at 1.000 HBD for 1.000 HIVE


def test_stake_is_split_by_a_million_at_1800_vests_for_a_hive() -> None:
    state = after_first_block_begins(preset("devnet"))
    assert state.accounts.get("alice").vesting_shares == 100_000 * 1_800 * 1_000_000  # 100,000.000 HIVE


def test_both_schedules_begin_alike_with_the_first_witness_alone() -> None:
    state = after_first_block_begins(preset("devnet"))
    current, future = state.schedule, state.future_schedule
    assert current.shuffled == ("initminer",)
    assert all(getattr(current, name) == getattr(future, name) for name in state.schedules.names if name != "key")
    assert state.witnesses.get("initminer").schedule == SCHEDULE_MINER


def test_witnesses_run_and_want_the_rules_in_force() -> None:
    state = after_first_block_begins(preset("devnet"))
    for witness in state.witnesses.scan():
        assert version_text(witness.running_version) == version_text(witness.hardfork_version_vote) == "1.28.0"
        assert witness.hardfork_time_vote == state.params.genesis_time + 3


def test_everybody_there_gets_the_credits_of_old_accounts() -> None:
    state = after_first_block_begins(preset("devnet"))
    assert {account.rc_adjustment for account in state.accounts.scan()} == {2_020_748_973}


def test_treasuries_are_locked() -> None:
    state = after_first_block_begins(preset("devnet"))
    for name in ("steem.dao", "hive.fund"):
        keys = state.account_keys.get(name)
        assert keys.owner == keys.active == keys.posting == EMPTY_AUTHORITY
        assert keys.recovery_account == name
        assert keys.memo_key == NULL_KEY


def test_mainnet_makes_its_treasuries_and_raises_its_fee_on_the_way() -> None:
    genesis = preset("mainnet").starting_at(1_800_000_000)
    state = after_first_block_begins(genesis)
    names = [entry.operation.new_account_name for entry in state.applied if entry.operation.name == "account_created"]
    assert names == ["miners", "null", "temp", "initminer", "steem", "steem.dao", "hive.fund"]
    assert [state.accounts.get(name).id for name in names] == list(range(7))
    assert state.schedule.median_account_creation_fee == state.witnesses.get("initminer").account_creation_fee == 30
    assert state.feed.current_median == (0, 0)


def test_slots_missed_before_the_first_block_change_nothing() -> None:
    told = [len(after_first_block_begins(preset("devnet"), missed_slots=missed).applied) for missed in (0, 1_000)]
    assert told[0] == told[1]


def test_two_states_of_one_genesis_have_one_digest() -> None:
    digests = []
    for _ in range(2):
        state = begun(preset("devnet"))
        state.store.commit(0, bytes(20), sync=False)
        digests.append(state.store.head.digest)
    assert digests[0] == digests[1] != bytes(32)


def test_invalid_rules_of_old_times() -> None:
    """A chain of mainnet's times that began in 2016 would need rules that are not built in."""
    with pytest.raises(RulesTooOld, match="hardfork 0"):
        after_first_block_begins(preset("mainnet"))
