"""genesis.json, its presets, and files of the same form that people write."""

import copy
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from chain.asset import MAINNET as MAINNET_DIALECT
from chain.asset import TESTNET as TESTNET_DIALECT
from chain.authority import Authority
from chain.errors import ChainError, InvalidInput
from chain.keys import NULL_KEY, InvalidKey, PrivateKey, Scheme, parse_public_key, public_key_text
from chain.params import MAINNET, MAINNET_HARDFORK_TIMES, Params
from chain.params_reader import Contradiction, InvalidChainId, InvalidHardforkSchedule
from chain.presets import (
    DEVNET,
    HIVED_TESTNET,
    Genesis,
    InvalidGenesis,
    UnknownPreset,
    genesis_file,
    preset,
    preset_names,
    read_genesis,
)
from chain.strict import MissingMember, NotJson, OutOfRange, UnknownMember, WrongType
from chain.types import InvalidAccountName, InvalidVersion
from tests.generate_docs import DOCS


def own_chain(**changes: Any) -> dict[str, Any]:
    """A small valid genesis file; `changes` replace members of its chain, None removes one."""
    key = "STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4"
    chain = {
        "chain_id": "genesis",
        "symbols": "mainnet",
        "version": "1.28.7",
        "genesis_time": 1_700_000_000,
        "hardfork_schedule": [{"hardfork": 28, "block_num": 1}],
        "parameters": {"cashout_delay_seconds": 172_800, "early_voting_seconds": 3_600, "mid_voting_seconds": 3_600},
        "supply": {"hive": 1_000, "hbd": 50},
        "accounts": [
            {"name": "miners", "authority": "nobody"},
            {"name": "null", "authority": "nobody"},
            {"name": "temp", "authority": "anybody"},
            {"name": "alice", "authority": key, "memo_key": key, "hive": 400, "hbd": 50, "vesting_hive": 600},
        ],
        "witnesses": [{"name": "alice", "signing_key": key}],
    }
    chain.update(changes)
    return {"format": 1, "chains": {"mine": {name: value for name, value in chain.items() if value is not None}}}


def read(**changes: Any) -> Genesis:
    return read_genesis(json.dumps(own_chain(**changes)))


# --- the presets


def test_the_presets_are_those_of_the_design() -> None:
    assert preset_names() == ["devnet", "hive-devnet", "mainnet", "hived-testnet"]


@pytest.mark.parametrize("name", ["devnet", "hive-devnet", "mainnet", "hived-testnet"])
def test_every_preset_loads_and_tells_its_name(name: str) -> None:
    genesis = preset(name)
    assert genesis.params.name == name
    assert genesis.params.initial_witness_key == genesis.witnesses[0].signing_key != NULL_KEY


def test_the_defaults_of_params_are_the_preset_mainnet() -> None:
    assert preset("mainnet").params == MAINNET == Params()
    assert MAINNET.chain_id.hex() == "beeab0de" + "00" * 28
    assert MAINNET.dialect is MAINNET_DIALECT
    assert MAINNET.hardfork_time(0) == MAINNET.genesis_time
    assert MAINNET.hardfork_time(28) == 1_763_557_200


def test_the_testnet_has_the_numbers_of_the_reference_table() -> None:
    """testnet.md, row by row."""
    p = HIVED_TESTNET
    assert p.dialect is TESTNET_DIALECT
    assert p.chain_id.hex() == "18dcf0a285365fc58b71f18b3d3fec954aa0c141c44e4e5cb4cf777b9eab274e"
    assert p.initial_witness_key == PrivateKey.from_seed("init_key").public_key
    assert (p.initial_hive_supply, p.initial_hbd_supply) == (243_000_000_000, 7_000_000_000)
    assert preset("hived-testnet").vests_per_hive == 1_800
    assert p.genesis_time == 1_451_606_400
    assert p.cashout_delay_seconds == p.power_down_interval_seconds == 3_600
    assert p.power_down_intervals == 13
    assert (p.early_voting_seconds, p.mid_voting_seconds, p.vote_fade_seconds) == (600, 1_200, 300)
    assert p.account_creation_fee_min == 0
    assert (p.owner_history_seconds, p.recovery_request_seconds, p.owner_update_limit_seconds) == (60, 12, 6)
    assert p.proposal_period_seconds == p.proposal_daily_period_seconds == 3_600
    assert p.governance_vote_expiration_seconds == 5 * 86_400
    assert (p.delayed_voting_seconds, p.delayed_voting_bucket_seconds) == (86_400, 2_880)
    assert (p.feed_interval_blocks, p.feed_age_seconds_max, p.feed_history_intervals) == (20, 10_080, 84)
    assert p.conversion_delay_seconds == p.collateralized_conversion_delay_seconds == 84 * 20 * 3
    assert p.savings_withdraw_seconds == 3 * 86_400
    assert p.recurrence_hours_min == 24
    assert p.removals_per_block_max == 20
    assert p.witness_voting_start_block_num == 30
    assert p.generate_missed_block_operations is False
    assert (p.root_post_interval_seconds, p.reply_interval_seconds, p.edit_interval_seconds) == (300, 3, 3)
    assert p.custom_operations_per_block_max == 5
    assert p.owner_history_start_block_num == 1
    assert p.price_feed_limit_check is False


def test_mainnet_differs_from_the_testnet_as_the_reference_table_says() -> None:
    p = MAINNET
    assert (p.cashout_delay_seconds, p.early_voting_seconds, p.mid_voting_seconds) == (604_800, 86_400, 172_800)
    assert (p.vote_fade_seconds, p.account_creation_fee_min) == (43_200, 1)
    assert (p.owner_history_seconds, p.recovery_request_seconds, p.owner_update_limit_seconds) == (
        30 * 86_400,
        86_400,
        3_600,
    )
    assert (p.feed_interval_blocks, p.feed_age_seconds_max, p.conversion_delay_seconds) == (1_200, 604_800, 302_400)
    assert (p.removals_per_block_max, p.witness_voting_start_block_num) == (200, 30 * 28_800)
    assert p.generate_missed_block_operations is p.price_feed_limit_check is True


def test_a_post_on_the_devnet_is_paid_after_a_minute() -> None:
    assert DEVNET.cashout_delay_seconds == 60
    assert DEVNET.ed25519_keys


def test_the_hive_devnet_has_hive_s_numbers_but_for_those_that_would_only_make_waiting_longer() -> None:
    p = preset("hive-devnet").params
    names = [
        field.name for field in fields(p) if field.name not in {"name", "chain_id", "genesis_time", "hardfork_times"}
    ]
    assert {name for name in names if getattr(p, name) != getattr(MAINNET, name)} == {
        "initial_hive_supply",
        "initial_hbd_supply",
        "initial_witness_key",
        "feed_interval_blocks",
        "account_creation_fee_min",
        "owner_history_start_block_num",
        "finality_votes",
        "witness_voting_start_block_num",
        "generate_missed_block_operations",
        "root_post_interval_seconds",
    }
    assert p.account_creation_fee_min == 3_000
    assert p.chain_id not in {MAINNET.chain_id, HIVED_TESTNET.chain_id, DEVNET.chain_id}


def test_initminer_of_the_hive_devnet_has_the_key_of_every_test_chain() -> None:
    (initminer,) = [account for account in preset("hive-devnet").accounts if account.name == "initminer"]
    authority = Authority.of_key(PrivateKey.from_seed("init_key").public_key)
    assert initminer.owner == initminer.active == initminer.posting == authority


@pytest.mark.parametrize("name", ["devnet", "hive-devnet"])
def test_the_keys_of_a_devnet_are_those_its_password_gives(name: str) -> None:
    genesis = preset(name)
    password = genesis.login_password
    assert password == "skald-devnet"
    for account in genesis.accounts:
        if account.owner.keys and account.name != "initminer":
            for role in ("owner", "active", "posting"):
                key = PrivateKey.from_login(account.name, role, password).public_key
                assert getattr(account, role) == Authority.of_key(key)
            assert account.memo_key == PrivateKey.from_login(account.name, "memo", password).public_key
    first, *others = genesis.witnesses
    assert first.signing_key == PrivateKey.from_seed("init_key").public_key
    for witness in others:
        assert witness.signing_key == PrivateKey.from_login(witness.name, "witness", password).public_key


def test_the_devnet_has_people_with_money_and_enough_witnesses_for_a_price() -> None:
    genesis = preset("devnet")
    people = {account.name: account for account in genesis.accounts}
    for name in ("alice", "bob", "carol"):
        assert min(people[name].hive, people[name].hbd, people[name].vesting_hive) > 0
    assert DEVNET.feeds_min <= len(genesis.witnesses) <= DEVNET.witnesses_max


def test_a_chain_may_begin_at_another_time_and_keeps_its_id() -> None:
    genesis = preset("devnet")
    later = genesis.starting_at(1_800_000_000)
    assert later.params.chain_id == genesis.params.chain_id
    assert later.params.genesis_time == 1_800_000_000
    assert later.params.hardfork_times == (1_800_000_003,) * 28


def test_invalid_preset_name() -> None:
    with pytest.raises(UnknownPreset, match="there are: devnet, hive-devnet, mainnet, hived-testnet"):
        preset("mainet")


# --- where the file lies


def test_a_checkout_reads_the_file_at_its_top() -> None:
    top = Path(__file__).resolve().parents[2] / "genesis.json"
    assert genesis_file() == top.read_text(encoding="utf-8")


def test_an_installed_package_reads_the_file_beside_the_module(tmp_path: Path) -> None:
    (tmp_path / "genesis.json").write_text('{"format": 1, "chains": {}}', encoding="utf-8")
    assert genesis_file(tmp_path) == '{"format": 1, "chains": {}}'


def test_the_wheel_takes_the_file_along() -> None:
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"genesis.json" = "chain/genesis.json"' in project


# --- files of one's own


def test_a_file_with_one_chain_needs_no_name() -> None:
    genesis = read()
    assert genesis.params.name == "mine"
    assert genesis.params.cashout_delay_seconds == 172_800
    assert genesis.params.hardfork_times == (1_700_000_003,) * 28
    alice = genesis.accounts[3]
    assert (alice.hive, alice.hbd, alice.vesting_hive) == (400, 50, 600)
    assert alice.owner == alice.posting == Authority.of_key(alice.memo_key)
    assert genesis.accounts[0].owner == Authority(1)
    assert genesis.accounts[2].owner == Authority(0)


def test_a_chain_id_of_its_own_depends_on_everything_said() -> None:
    ids = {
        read(**changes).params.chain_id
        for changes in ({}, {"genesis_time": 1_700_000_001}, {"parameters": {}}, {"login_password": "x"})
    }
    assert len(ids) == 4
    assert read(about="Words change nothing").params.chain_id == read().params.chain_id


def test_authorities_may_be_written_as_hive_writes_them() -> None:
    key = "STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4"
    accounts = copy.deepcopy(own_chain()["chains"]["mine"]["accounts"])
    accounts[3] = {
        "name": "alice",
        "authority": key,
        "posting": {"weight_threshold": 2, "account_auths": [["miners", 1], ["temp", 1]], "key_auths": [[key, 2]]},
        "hive": 1_000,
        "hbd": 50,
    }
    alice = read(accounts=accounts).accounts[3]
    assert alice.owner == Authority.of_key(parse_public_key(key))
    assert alice.posting == Authority.build(2, {"miners": 1, "temp": 1}, {parse_public_key(key): 2})


def test_only_named_hardforks_change_their_time() -> None:
    genesis = read(hardfork_schedule=[{"hardfork": 27, "block_num": 1}, {"hardfork": 28, "block_num": 4_600}])
    assert genesis.params.hardfork_time(27) == 1_700_000_003
    assert genesis.params.hardfork_time(28) == 1_700_000_000 + 3 * 4_600
    assert read(hardfork_schedule=None).params.hardfork_times == MAINNET_HARDFORK_TIMES
    assert read(hardfork_schedule=None, hardfork_times={"28": 7}).params.hardfork_times[-2:] == (1_666_612_800, 7)


KEY = "STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4"
SPECIAL = [
    {"name": "miners", "authority": "nobody"},
    {"name": "null", "authority": "nobody"},
    {"name": "temp", "authority": "anybody"},
]


def with_alice(**changes: Any) -> list[dict[str, Any]]:
    return [*SPECIAL, {"name": "alice", "authority": KEY, "hive": 1_000, "hbd": 50, **changes}]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"colour": 1}, UnknownMember, "mine may not have a member colour"),
        (
            {"parameters": {"cashout_seconds": 1}},
            UnknownMember,
            "mine.parameters may not have a member cashout_seconds",
        ),
        ({"parameters": {"chain_id": 1}}, UnknownMember, "a member chain_id"),
        ({"supply": {"hive": 1_000, "hbd": 50, "gold": 1}}, UnknownMember, "mine.supply"),
        ({"accounts": with_alice(vests=1)}, UnknownMember, r"mine.accounts\[3\] may not have a member vests"),
        ({"hardfork_schedule": [{"hardfork": 28, "block_num": 1, "x": 1}]}, UnknownMember, "a member x"),
        ({"hardfork_times": {"29": 1}}, UnknownMember, "mine.hardfork_times may not have a member 29"),
        ({"supply": None}, MissingMember, "mine lacks the member supply"),
        ({"chain_id": None}, MissingMember, "chain_id"),
        ({"accounts": [*SPECIAL, {"name": "alice"}]}, MissingMember, "owner"),
        (
            {"parameters": {"cashout_delay_seconds": "60"}},
            WrongType,
            "mine.parameters.cashout_delay_seconds must be an integer",
        ),
        ({"parameters": {"cashout_delay_seconds": True}}, WrongType, "must be an integer"),
        ({"parameters": {"cashout_delay_seconds": 60.0}}, WrongType, "must be an integer"),
        ({"parameters": {"ed25519_keys": 1}}, WrongType, "must be true or false"),
        ({"parameters": {"cashout_delay_seconds": 0}}, OutOfRange, "must be from 1"),
        ({"parameters": {"cashout_delay_seconds": 2**31}}, OutOfRange, "must be from 1 to 2147483647"),
        ({"parameters": {"vote_dust_rshares": -1}}, OutOfRange, "must be from 0"),
        ({"genesis_time": 2**32}, OutOfRange, "mine.genesis_time"),
        ({"hardfork_schedule": [{"hardfork": 29, "block_num": 1}]}, OutOfRange, "from 1 to 28"),
        ({"symbols": "gold"}, OutOfRange, "mine.symbols"),
        ({"chain_id": "beef"}, InvalidChainId, "beef"),
        ({"version": "1.28"}, InvalidVersion, "1.28"),
        (
            {"hardfork_schedule": [{"hardfork": 28, "block_num": 1}, {"hardfork": 27, "block_num": 2}]},
            InvalidHardforkSchedule,
            "ascend",
        ),
        ({"parameters": {"cashout_delay_seconds": 60}}, Contradiction, "early and mid voting end after the cashout"),
        ({"parameters": {"elected_witnesses_max": 19}}, Contradiction, "witnesses_max"),
        ({"parameters": {"content_reward_bp": 8_000}}, Contradiction, "emission"),
        ({"supply": {"hive": 1_001, "hbd": 50}}, InvalidGenesis, "not the supply"),
        ({"accounts": with_alice(name="Alice")}, InvalidAccountName, "Alice"),
        ({"accounts": with_alice(name="temp")}, InvalidGenesis, "two accounts have one name"),
        ({"accounts": with_alice()[1:]}, InvalidGenesis, "the account miners is missing"),
        ({"accounts": with_alice(name="steem"), "witnesses": []}, InvalidGenesis, "steem may own nothing"),
        ({"accounts": with_alice(authority="STM6")}, InvalidKey, "STM6"),
        (
            {"accounts": with_alice(owner={"weight_threshold": 1, "account_auths": [["bob", 1]], "key_auths": []})},
            InvalidGenesis,
            "alice trusts bob",
        ),
        (
            {"accounts": with_alice(owner={"weight_threshold": 1, "account_auths": ["bob"], "key_auths": []})},
            InvalidGenesis,
            "pairs",
        ),
        ({"witnesses": [{"name": "bob", "signing_key": KEY}]}, InvalidGenesis, "the witness bob is no account"),
        ({"witnesses": []}, InvalidGenesis, "nobody could produce"),
        ({"feed": {"hbd": 0, "hive": 1}}, OutOfRange, "mine.feed.hbd"),
    ],
)
def test_invalid_genesis_file(changes: dict[str, Any], error: type[ChainError], message: str) -> None:
    with pytest.raises(error, match=message):
        read(**changes)


def test_invalid_ed25519_key_on_a_chain_without_them() -> None:
    key = public_key_text(PrivateKey.from_seed("ed", Scheme.ED25519).public_key)
    with pytest.raises(InvalidGenesis, match="no ed25519 keys"):
        read(accounts=with_alice(authority=key))
    parameters = {**own_chain()["chains"]["mine"]["parameters"], "ed25519_keys": True}
    assert read(accounts=with_alice(authority=key), parameters=parameters).accounts[3].owner.keys[0][0] == 0xED


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NotJson),
        ("[1]", WrongType),
        ('{"format": 1}', MissingMember),
        ('{"format": 2, "chains": {}}', OutOfRange),
        ('{"format": 1, "chains": []}', WrongType),
        ('{"format": 1, "chains": {}, "x": 1}', UnknownMember),
        ('{"format": 1, "format": 1, "chains": {}}', NotJson),
        ('{"format": 1, "chains": {}}', UnknownPreset),
        ('{"format": 1, "chains": {"mine": 1}}', WrongType),
        ("[" * 100_000, NotJson),
    ],
)
def test_invalid_file_form(text: str, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        read_genesis(text)


# --- what the documentation says


def test_the_documentation_tells_every_parameter() -> None:
    document = (DOCS / "genesis.md").read_text(encoding="utf-8")
    for field in fields(Params):
        if field.type in (int, bool) and field.name not in ("genesis_time", "blockchain_version"):
            assert f"`{field.name}`" in document or field.name.startswith("initial_")


def test_the_example_of_the_documentation_is_a_chain() -> None:
    document = (DOCS / "genesis.md").read_text(encoding="utf-8")
    example = document.split("```json\n")[1].split("```")[0]
    assert read_genesis(example).params.name == "our-village"
