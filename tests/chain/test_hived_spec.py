"""hived's chain specification, read for replaying what hived wrote."""

import json
from typing import Any

import pytest

from chain.errors import ChainError
from chain.hived_spec import InvalidOwnerUpdateLimit, TooMuchVesting, read_hived_spec
from chain.params_reader import InvalidHardforkSchedule
from chain.presets import HIVED_TESTNET, InvalidGenesis, preset
from chain.strict import MissingMember, NotJson, OutOfRange, UnknownMember, WrongType
from chain.types import InvalidAccountName
from tests.helpers.shared import shared_path

GENESIS_TIME = 1_739_200_002


def spec(**members: Any) -> str:
    given = {"genesis_time": GENESIS_TIME, "hardfork_schedule": [{"block_num": 1, "hardfork": 28}], **members}
    return json.dumps({name: value for name, value in given.items() if value is not None})


def test_what_is_not_said_stays_as_in_the_testnet_build() -> None:
    genesis = read_hived_spec(spec())
    assert genesis.accounts == preset("hived-testnet").accounts
    assert genesis.witnesses == preset("hived-testnet").witnesses
    assert genesis.params.chain_id == HIVED_TESTNET.chain_id
    assert genesis.params.hardfork_times == (GENESIS_TIME + 3,) * 28
    assert genesis.params.initial_hive_supply == 243_000_000_000
    assert not genesis.params.price_feed_limit_check


def test_supply_belongs_to_initminer_partly_as_stake() -> None:
    vesting = {"hive_amount": 600, "vests_per_hive": 2_000}
    genesis = read_hived_spec(spec(init_supply=1_000, hbd_init_supply=70, initial_vesting=vesting))
    owner = next(account for account in genesis.accounts if account.name == "initminer")
    assert (owner.hive, owner.hbd, owner.vesting_hive) == (400, 70, 600)
    assert genesis.vests_per_hive == 2_000
    assert (genesis.params.initial_hive_supply, genesis.params.initial_hbd_supply) == (1_000, 70)


def test_a_supply_that_is_half_said_is_zero_in_the_other_half() -> None:
    assert read_hived_spec(spec(init_supply=1_000)).params.initial_hbd_supply == 0
    assert read_hived_spec(spec(hbd_init_supply=70)).params.initial_hive_supply == 0


def test_intervals_limits_and_switches() -> None:
    params = read_hived_spec(
        spec(
            min_root_comment_interval=9,
            min_reply_interval=6,
            min_comment_edit_interval=0,
            custom_op_block_limit=200,
            allow_not_enough_rc=True,
            generate_missed_block_operations=True,
            hive_owner_update_limit=12,
            hf_21_stall_block=5,
        )
    ).params
    assert (params.root_post_interval_seconds, params.reply_interval_seconds, params.edit_interval_seconds) == (9, 6, 0)
    assert params.custom_operations_per_block_max == 200
    assert params.allow_not_enough_rc is params.generate_missed_block_operations is True
    assert params.owner_update_limit_seconds == 12


def test_further_witnesses_come_after_initminer_with_its_key() -> None:
    genesis = read_hived_spec(spec(init_witnesses=["wit-one", "wit-two"]))
    assert [account.name for account in genesis.accounts][5:] == ["initminer", "wit-one", "wit-two", "steem"]
    assert [witness.name for witness in genesis.witnesses] == ["initminer", "wit-one", "wit-two"]
    assert len({witness.signing_key for witness in genesis.witnesses}) == 1


def test_a_hardfork_entry_stands_for_all_up_to_its_own() -> None:
    schedule = [{"hardfork": 20, "block_num": 1}, {"hardfork": 27, "block_num": 10}]
    times = read_hived_spec(spec(hardfork_schedule=schedule)).params.hardfork_times
    assert times[:20] == (GENESIS_TIME + 3,) * 20
    assert times[20:27] == (GENESIS_TIME + 30,) * 7
    assert times[27] == HIVED_TESTNET.hardfork_times[27]


def test_options_that_are_not_in_the_file() -> None:
    params = read_hived_spec(spec(), chain_id=bytes(32), price_feed_limit_check=True).params
    assert params.chain_id == bytes(32)
    assert params.price_feed_limit_check


@pytest.mark.parametrize(
    ("members", "error", "message"),
    [
        ({"init_suply": 1}, UnknownMember, "init_suply"),
        ({"hardfork_schedule": [{"block_num": 1, "hardfork": 28, "x": 1}]}, UnknownMember, "x"),
        ({"genesis_time": None}, MissingMember, "genesis_time"),
        ({"hardfork_schedule": None}, MissingMember, "hardfork_schedule"),
        ({"hardfork_schedule": []}, InvalidHardforkSchedule, "name a hardfork"),
        ({"hardfork_schedule": [{"block_num": 1, "hardfork": 0}]}, OutOfRange, "from 1 to 28"),
        ({"hardfork_schedule": [{"block_num": 2**31, "hardfork": 28}]}, InvalidHardforkSchedule, "end of time"),
        ({"initial_vesting": {"hive_amount": 1}}, MissingMember, "vests_per_hive"),
        (
            {"init_supply": 1, "initial_vesting": {"hive_amount": 2, "vests_per_hive": 1}},
            TooMuchVesting,
            "2 of an init_supply of 1",
        ),
        ({"init_supply": "5"}, WrongType, "integer"),
        ({"allow_not_enough_rc": 1}, WrongType, "true or false"),
        ({"hive_owner_update_limit": 7}, InvalidOwnerUpdateLimit, "7"),
        ({"hive_owner_update_limit": 3}, InvalidOwnerUpdateLimit, "at least two"),
        ({"init_witnesses": ["X"]}, InvalidAccountName, "X"),
        ({"init_witnesses": ["initminer"]}, InvalidGenesis, "two accounts"),
    ],
)
def test_invalid_specification(members: dict[str, Any], error: type[ChainError], message: str) -> None:
    with pytest.raises(error, match=message):
        read_hived_spec(spec(**members))


def test_invalid_text() -> None:
    with pytest.raises(NotJson):
        read_hived_spec("{genesis_time: 1}")


@pytest.mark.shared
@pytest.mark.parametrize(
    "scenario", ["content", "stake", "money", "governance", "mixed", "edge", "genesis", "hf27", "debt"]
)
def test_the_specifications_of_the_parity_chains(scenario: str) -> None:
    genesis = read_hived_spec(shared_path("parity", scenario, "spec.json").read_text(encoding="utf-8"))
    assert genesis.params.generate_missed_block_operations is (scenario == "edge")
    assert genesis.params.hardfork_time(27) == genesis.params.genesis_time + 3
    initminer = genesis.accounts[5]
    assert initminer.vesting_hive == (0 if scenario == "genesis" else 100_000_000_000)
    assert initminer.hive + initminer.vesting_hive == 243_000_000_000
