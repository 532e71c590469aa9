"""get_config is compared with what hived's testnet build answered, and with hived's sources for mainnet."""

import gzip
import json
from typing import Any

import pytest

from chain.config_view import config_json
from chain.hived_spec import read_hived_spec
from chain.jsonform import LEGACY
from chain.params import MAINNET
from chain.presets import DEVNET, HIVED_TESTNET
from tests.helpers.shared import shared_path


def hived_answer(scenario: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        gzip.decompress(shared_path("parity", scenario, "dumps", "config.json.gz").read_bytes())
    )
    return answer


@pytest.mark.shared
@pytest.mark.parametrize("scenario", ["content", "stake", "genesis", "edge", "hf27"])
def test_every_member_is_hiveds(scenario: str) -> None:
    """All 250 members, without an exception."""
    genesis = read_hived_spec(shared_path("parity", scenario, "spec.json").read_text(encoding="utf-8"))
    assert config_json(genesis.params) == hived_answer(scenario)


def test_mainnets_own_values() -> None:
    """hived's config.hpp, the branch of the live network."""
    config = config_json(MAINNET)
    for name, value in {
        "IS_TEST_NET": False,
        "HIVE_CHAIN_ID": "beeab0de" + "00" * 28,
        "OLD_CHAIN_ID": "00" * 32,
        "HIVE_ADDRESS_PREFIX": "STM",
        "HIVE_BLOCKCHAIN_VERSION": "1.28.7",
        "HIVE_BLOCKCHAIN_HARDFORK_VERSION": "1.28.0",
        "HIVE_INIT_PUBLIC_KEY_STR": "STM8GC13uCZbP44HzMLV6zPZGwVQ8Nt4Kji8PapsPiNq1BK153XTX",
        "HIVE_INIT_SUPPLY": 0,
        "HIVE_GENESIS_TIME": "2016-03-24T16:00:00",
        "HIVE_MINING_TIME": "2016-03-24T17:00:00",
        "HIVE_CASHOUT_WINDOW_SECONDS": 604_800,
        "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF12": 86_400,
        "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF17": 43_200,
        "HIVE_UPVOTE_LOCKOUT_HF17": 43_200_000_000,
        "HIVE_CONVERSION_DELAY": 302_400_000_000,
        "HIVE_OWNER_AUTH_RECOVERY_PERIOD": 2_592_000_000_000,
        "HIVE_OWNER_UPDATE_LIMIT": 3_600_000_000,
        "HIVE_FEED_INTERVAL_BLOCKS": 1_200,
        "HIVE_MIN_ACCOUNT_CREATION_FEE": 1,
        "HIVE_START_MINER_VOTING_BLOCK": 864_000,
        "HIVE_GOVERNANCE_VOTE_EXPIRATION_PERIOD": 31_536_000_000_000,
        "HIVE_DAILY_PROPOSAL_MAINTENANCE_PERIOD": 86_400,
        "HIVE_RC_STATS_REPORT_FREQUENCY": 28_800,
    }.items():
        assert config[name] == value, name


@pytest.mark.parametrize("params", [MAINNET, DEVNET, HIVED_TESTNET])
def test_every_chain_tells_the_same_members(params: Any) -> None:
    ours = ["SKALD_ED25519_KEYS"] if params.ed25519_keys else []
    assert list(config_json(params)) == sorted([*config_json(MAINNET), *ours]) == list(config_json(params, LEGACY))
    assert len(config_json(MAINNET)) == 250


def test_amounts_and_symbols_have_two_forms() -> None:
    assert config_json(MAINNET)["HIVE_SYMBOL"] == {"nai": "@@000000021", "decimals": 3}
    assert config_json(MAINNET)["HIVE_MIN_PAYOUT_HBD"] == {"amount": "20", "precision": 3, "nai": "@@000000013"}
    old = config_json(MAINNET, LEGACY)
    assert [old[name] for name in ("HIVE_SYMBOL", "HBD_SYMBOL", "VESTS_SYMBOL")] == ["HIVE", "HBD", "VESTS"]
    assert old["HIVE_MIN_LIQUIDITY_REWARD"] == "1200.000 HIVE"
    assert config_json(HIVED_TESTNET, LEGACY)["HIVE_MIN_PAYOUT_HBD"] == "0.020 TBD"


def test_all_that_ends_with_symbol_can_be_read_by_clients() -> None:
    """nectar and beem take every …SYMBOL for an object with nai and decimals (clients.md §5)."""
    config = config_json(DEVNET)
    for name, value in config.items():
        if name.endswith("SYMBOL"):
            assert set(value) == {"nai", "decimals"}
