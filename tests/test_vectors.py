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


# What clients' own suites hold, by kind.

CLIENTS: Final = {
    "asset_nai": "amounts: nai_to_text",
    "asset_nai_reject": "amounts: refuse_nai",
    "asset_reject": "amounts: refuse_mainnet",
    "base58": "keys: base58",
    "base58check_graphene": "keys: base58",
    "hf26_digest": "transactions: transactions",
    "hf26_serialize": "transactions: transactions",
    "login_key": "keys: login_keys",
    "mainnet_tx": "transactions: transactions",
    "memo_decrypt": "keys: memos_read",
    "memo_encrypt": "keys: memos_written",
    "memo_wire_obsolete": "keys: memos_read",
    "oracle_op": "transactions: transactions",
    "pack_sensitive_id": "transactions: transactions",
    "primitive_serialize": "primitives: primitive",
    "private_hex_to_wif": "keys: keys",
    "public_to_hex": "keys: keys",
    "sign": "keys: signatures",
    "signature_codec": "keys: canonical_signatures",
    "tx_serialize": "transactions: transactions",
    "tx_serialize_sign": "transactions: transactions",
    "wif_to_public": "keys: keys",
}

CLIENTS_PLAYED: Final = {"null_key": "chain/test_keys.py: test_the_null_key"}

OF_CLIENTS_ONLY: Final = {
    "asset_parse-002": "an amount as a real number, which no chain knows",
    "derive-001": "keys derived from keys, for stealth transfers that Hive never had",
    "op_serialize-001": "an amount without symbol, which dhive completes before it packs",
    "ordering-002": "a map of booleans, which no operation has",
    "ordering-003": "keys in the order of their texts, as hive-js shows them; they are packed in the order of their bytes",
    "tx_serialize-001": "extensions that are texts, which hived refuses",
}


@pytest.mark.shared
def test_every_case_of_the_clients_has_its_place() -> None:
    cases = json.loads(shared_path("vectors", "clients.json").read_text())["vectors"]
    ours = [case for case in cases if case["id"] not in OF_CLIENTS_ONLY]
    assert len(cases) - len(ours) == len(OF_CLIENTS_ONLY)
    kinds = Counter(case["kind"] for case in ours)
    assert set(kinds) == CLIENTS.keys() | CLIENTS_PLAYED.keys()
    wanted: Counter[str] = Counter()
    for kind, place in CLIENTS.items():
        wanted[place] += kinds[kind]
    assert {place: count for place, count in wanted.items() if len(cases_of(place)) < count} == {}


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


@pytest.mark.parametrize("place", sorted({*DATA.values(), *CLIENTS.values()}))
def test_a_test_reads_the_cases(place: str) -> None:
    """Named where the vectors are asked for: a part that nobody reads would be dead data."""
    name, part = place.split(": ")
    asks = f'"{part}"'
    readers = [path for path in TESTS.rglob("*.py") if path.name != "test_vectors.py" and asks in path.read_text()]
    assert readers, f"no test reads {part} of {name}.json"


@pytest.mark.parametrize(
    "place", sorted({*CLIENTS_PLAYED.values(), *(one for some in PLAYED.values() for one in some)})
)
def test_the_test_that_plays_it_exists(place: str) -> None:
    file, name = place.split(": ")
    functions = ast.walk(ast.parse((TESTS / file).read_text()))
    assert name in {node.name for node in functions if isinstance(node, ast.FunctionDef)}
