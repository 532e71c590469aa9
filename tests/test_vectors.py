"""Every suite of the reference's conformance vectors has its place among our tests; none is forgotten.

A suite is either data of ours (`file: part`, with at least as many cases) or a test that plays what the suite describes.
"""

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.helpers.shared import shared_path

TESTS: Final = Path(__file__).parent

DATA: Final = {
    "account_name": "primitives: account_name",
    "account_subsidy": "rewards: subsidy_pool",
    "account_subsidy_equilibrium": "rewards: subsidy_equilibrium",
    "approx_sqrt": "rewards: approx_sqrt",
    "asset_binary": "amounts: binary",
    "asset_legacy_format": "amounts: format",
    "asset_legacy_parse": "amounts: parse",
    "asset_legacy_parse_error": "amounts: refuse",
    "asset_nai_json": "amounts: nai",
    "asset_nai_json_error": "amounts: refuse_nai",
    "asset_symbol": "amounts: symbol",
    "asset_symbol_error": "amounts: refuse_symbol",
    "block": "primitives: block",
    "block_id": "primitives: block_id",
    "canonical_signature": "keys: canonical_signatures",
    "claim_reward": "rewards: claim",
    "collateralized_convert": "rewards: collateralized_convert",
    "collateralized_convert_settle": "rewards: collateralized_convert_settle",
    "curation_window_weight": "rewards: curation_window",
    "decode_limit": "primitives: decode_limit",
    "delegation_minimum": "rewards: delegation",
    "dhf_budget": "rewards: treasury_budget",
    "dhf_pay": "rewards: proposal_pay",
    "feed_median": "rewards: feed_median",
    "hbd_debt_percent": "rewards: debt",
    "hbd_interest": "rewards: interest",
    "inflation_rate_bp": "rewards: inflation_rate",
    "inflation_split": "rewards: emission",
    "json_equivalence": "primitives: json_equivalence",
    "json_rpc": "json_rpc: requests",
    "key_from_password": "keys: login_keys",
    "key_from_seed": "keys: keys",
    "key_wif_to_public": "keys: keys",
    "mana_regen": "rewards: regenerate",
    "memo_encrypt": "keys: memos_written",
    "merkle_root": "primitives: merkle_root",
    "nai_check_digit": "amounts: check_digit",
    "proposal_fee": "rewards: proposal_fee",
    "rc_params": "rewards: rc_params",
    "recent_claims_decay": "rewards: claims_decay",
    "reputation_ui": "rewards: reputation_ui",
    "reward_curves": "rewards: curve",
    "sign": "keys: signatures",
    "timeshare": "rewards: timeshare",
    "tx_serialization": "transactions: transactions",
    "varint": "primitives: varint",
    "version": "primitives: version",
    "version_parse": "primitives: version_parse",
    "version_parse_error": "primitives: version_parse_error",
    "vote_limits": "rewards: full_votes",
    "vote_rshares": "rewards: vote",
    "withdraw_rate": "rewards: withdraw_rate",
    "witness_shuffle": "rewards: shuffle",
    "witness_virtual_time": "rewards: lap",
}

PLAYED: Final = {
    "chain_id": ["chain/test_presets.py: test_the_defaults_of_params_are_the_preset_mainnet"],
    "comment_payout": [
        "rewards/test_payout.py: test_at_half_the_print_rate_half_is_paid_in_hive",
        "rewards/test_payout.py: test_declined_curation_stays_in_the_fund",
    ],
    "delayed_votes": ["rewards/test_delayed_votes.py: test_buckets_of_the_upstream_test"],
    "irreversibility": [
        "chain/test_irreversibility.py: test_sixteen_of_twenty_one_make_a_block_irreversible",
        "chain/test_irreversibility.py: test_seventeen_decide_on_a_hardfork",
    ],
    "key_public_parse": ["chain/test_keys.py: test_the_null_key"],
    "market": [
        "chain/test_market.py: test_the_steps_of_hiveds_own_test",
        "chain/test_market_history.py: test_the_trades_of_hiveds_own_test",
    ],
    "memo_decrypt": [
        "chain/test_memo.py: test_what_is_not_encrypted_is_shown_unchanged",
        "chain/test_memo.py: test_the_old_order_of_fields_is_read",
    ],
    "tapos": ["chain/test_transaction_rules.py: test_invalid_prefix"],
    "withdraw": ["chain/test_power_down.py: test_invalid_nothing_to_cancel"],
    "withdraw_rate_history": ["rewards/test_withdraw.py: test_rates_of_the_rule_book"],
}

NOT_OURS: Final = {
    "curation_share": "two posts paid by the rules of hardfork 24, whose curve ended with hardfork 25; Skald's chains begin later",
    "treasury": "the taking over of an older treasury's money at hardfork 24; Skald's chains begin later",
}


@pytest.mark.shared
def test_every_suite_of_the_reference_has_its_place() -> None:
    counts = Counter(
        case["suite"] for case in json.loads(shared_path("vectors", "protocol.json").read_text())["vectors"]
    )
    assert set(counts) == DATA.keys() | PLAYED.keys() | NOT_OURS.keys()
    assert {
        suite: (have, counts[suite]) for suite in DATA if (have := len(cases_of(DATA[suite]))) < counts[suite]
    } == {}


def cases_of(place: str) -> list[Any]:
    name, part = place.split(": ")
    cases: list[Any] = json.loads((TESTS / "vectors" / f"{name}.json").read_text())[part]
    return cases


@pytest.mark.parametrize("suite", sorted(DATA))
def test_a_test_reads_the_cases(suite: str) -> None:
    """Named where the vectors are asked for: a part that nobody reads would be dead data."""
    name, part = DATA[suite].split(": ")
    asks = f'"{part}"'
    readers = [path for path in TESTS.rglob("*.py") if path.name != "test_vectors.py" and asks in path.read_text()]
    assert readers, f"no test reads {part} of {name}.json"


@pytest.mark.parametrize("suite", sorted(PLAYED))
def test_the_test_that_plays_it_exists(suite: str) -> None:
    for place in PLAYED[suite]:
        file, name = place.split(": ")
        names = {
            node.name for node in ast.walk(ast.parse((TESTS / file).read_text())) if isinstance(node, ast.FunctionDef)
        }
        assert name in names
