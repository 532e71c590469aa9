"""`get_config`: the constants that hived was built with, told member for member as clients know them (clients.md §5).

Four groups make the answer: what our parameters say under another name, the same in microseconds, hived's exclusive limits, and
constants that no longer have a meaning. Numbers of old hardforks that hived's testnet build changed are told by the dialect.
"""

from typing import Any, Final

from chain.asset import HBD, HIVE, TESTNET, VESTS, Asset
from chain.jsonform import HF26, LEGACY, Form
from chain.keys import public_key_text
from chain.params import (
    INIT_WITNESS_ACCOUNT,
    MINERS_ACCOUNT,
    NULL_ACCOUNT,
    OBSOLETE_TREASURY_ACCOUNT,
    POST_REWARD_FUND,
    SATOSHIS_MAX,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    TEMP_ACCOUNT,
    TREASURY_ACCOUNT,
    Params,
)
from chain.types import time_text, version_text

_AS_THEY_ARE: Final = {
    "HIVE_ACCOUNT_SUBSIDY_PRECISION": "account_subsidy_precision",
    "HIVE_BLOCKS_PER_YEAR": "blocks_per_year",
    "HIVE_BLOCK_INTERVAL": "block_interval_seconds",
    "HIVE_CASHOUT_WINDOW_SECONDS": "cashout_delay_seconds",
    "HIVE_COLLATERALIZED_CONVERSION_FEE": "collateralized_conversion_fee_bp",
    "HIVE_CONTENT_REWARD_PERCENT_HF21": "content_reward_bp",
    "HIVE_CONVERSION_COLLATERAL_RATIO": "conversion_collateral_ratio_bp",
    "HIVE_CUSTOM_OP_BLOCK_LIMIT": "custom_operations_per_block_max",
    "HIVE_CUSTOM_OP_DATA_MAX_LENGTH": "custom_data_bytes_max",
    "HIVE_CUSTOM_OP_ID_MAX_LENGTH": "custom_id_bytes_max",
    "HIVE_DAILY_PROPOSAL_MAINTENANCE_PERIOD": "proposal_daily_period_seconds",
    "HIVE_DECAY_BACKSTOP_PERCENT": "witness_subsidy_backstop_bp",
    "HIVE_DEFAULT_ACCOUNT_SUBSIDY_BUDGET": "account_subsidy_budget_default",
    "HIVE_DEFAULT_ACCOUNT_SUBSIDY_DECAY": "account_subsidy_decay_default",
    "HIVE_DEFAULT_HBD_INTEREST_RATE": "hbd_interest_rate_default_bp",
    "HIVE_DELAYED_VOTING_INTERVAL_SECONDS": "delayed_voting_bucket_seconds",
    "HIVE_DELAYED_VOTING_TOTAL_INTERVAL_SECONDS": "delayed_voting_seconds",
    "HIVE_DELEGATION_RETURN_PERIOD_HF0": "cashout_delay_seconds",
    "HIVE_DELEGATION_RETURN_PERIOD_HF20": "delegation_return_seconds",
    "HIVE_DOWNVOTE_POOL_PERCENT_HF21": "downvote_pool_bp",
    "HIVE_EARLY_VOTING_SECONDS_HF25": "early_voting_seconds",
    "HIVE_FEED_HISTORY_WINDOW": "feed_history_intervals",
    "HIVE_FEED_INTERVAL_BLOCKS": "feed_interval_blocks",
    "HIVE_GLOBAL_REMOVE_THRESHOLD": "removals_per_block_max",
    "HIVE_HARDFORK_REQUIRED_WITNESSES": "hardfork_witnesses_min",
    "HIVE_HBD_HARD_LIMIT": "hbd_hard_limit_bp",
    "HIVE_HBD_INIT_SUPPLY": "initial_hbd_supply",
    "HIVE_HBD_INTEREST_COMPOUND_INTERVAL_SEC": "hbd_interest_compound_seconds",
    "HIVE_HBD_START_PERCENT_HF26": "hbd_print_start_bp",
    "HIVE_HBD_STOP_PERCENT_HF26": "hbd_print_stop_bp",
    "HIVE_INFLATION_NARROWING_PERIOD": "inflation_narrowing_blocks",
    "HIVE_INFLATION_RATE_START_PERCENT": "inflation_start_bp",
    "HIVE_INFLATION_RATE_STOP_PERCENT": "inflation_stop_bp",
    "HIVE_INIT_SUPPLY": "initial_hive_supply",
    "HIVE_IRREVERSIBLE_THRESHOLD": "irreversible_threshold_bp",
    "HIVE_MAX_ACCOUNT_CREATION_FEE": "account_creation_fee_max",
    "HIVE_MAX_ACCOUNT_WITNESS_VOTES": "votes_per_account_max",
    "HIVE_MAX_AUTHORITY_MEMBERSHIP": "authority_members_max",
    "HIVE_MAX_BLOCK_SIZE": "maximum_block_size_bytes_max",
    "HIVE_MAX_COMMENT_BENEFICIARIES": "beneficiaries_soft_max",
    "HIVE_MAX_COMMENT_DEPTH": "comment_depth_max",
    "HIVE_MAX_CONSECUTIVE_RECURRENT_TRANSFER_FAILURES": "recurrent_failures_max",
    "HIVE_MAX_FEED_AGE_SECONDS": "feed_age_seconds_max",
    "HIVE_MAX_LIMIT_ORDER_EXPIRATION": "limit_order_seconds_max",
    "HIVE_MAX_MINER_WITNESSES_HF17": "miner_witnesses_max",
    "HIVE_MAX_OPEN_RECURRENT_TRANSFERS": "recurrent_transfers_max",
    "HIVE_MAX_PENDING_TRANSFERS": "escrows_max",
    "HIVE_MAX_PROXY_RECURSION_DEPTH": "proxy_depth_max",
    "HIVE_MAX_RECURRENT_TRANSFERS_PER_BLOCK": "recurrent_transfers_per_block_max",
    "HIVE_MAX_RECURRENT_TRANSFER_END_DATE": "recurrent_transfer_days_max",
    "HIVE_MAX_RUNNER_WITNESSES_HF17": "timeshare_witnesses_max",
    "HIVE_MAX_SHARE_SUPPLY": "share_supply_max",
    "HIVE_MAX_SIG_CHECK_ACCOUNTS": "signature_check_accounts_max",
    "HIVE_MAX_SIG_CHECK_DEPTH": "signature_check_depth_max",
    "HIVE_MAX_TIME_UNTIL_EXPIRATION": "expiration_seconds_max",
    "HIVE_MAX_TIME_UNTIL_SIGNATURE_EXPIRATION": "signature_expiration_seconds_max",
    "HIVE_MAX_TRANSACTION_SIZE": "transaction_size_bytes_max",
    "HIVE_MAX_UNDO_HISTORY": "undo_blocks_max",
    "HIVE_MAX_VOTED_WITNESSES_HF17": "elected_witnesses_max",
    "HIVE_MAX_WITHDRAW_ROUTES": "withdraw_routes_max",
    "HIVE_MAX_WITNESSES": "witnesses_max",
    "HIVE_MAX_WITNESS_URL_LENGTH": "witness_url_bytes_max",
    "HIVE_MID_VOTING_SECONDS_HF25": "mid_voting_seconds",
    "HIVE_MIN_ACCOUNT_CREATION_FEE": "account_creation_fee_min",
    "HIVE_MIN_BLOCK_SIZE": "block_size_bytes_min",
    "HIVE_MIN_BLOCK_SIZE_LIMIT": "maximum_block_size_bytes_min",
    "HIVE_MIN_FEEDS": "feeds_min",
    "HIVE_MIN_RECURRENT_TRANSFERS_RECURRENCE": "recurrence_hours_min",
    "HIVE_OWNER_AUTH_HISTORY_TRACKING_START_BLOCK_NUM": "owner_history_start_block_num",
    "HIVE_PROPOSAL_CONVERSION_RATE": "proposal_conversion_bp",
    "HIVE_PROPOSAL_FEE_INCREASE_AMOUNT": "proposal_fee_extra_hbd",
    "HIVE_PROPOSAL_FEE_INCREASE_DAYS": "proposal_fee_free_days",
    "HIVE_PROPOSAL_FUND_PERCENT_HF21": "proposal_fund_bp",
    "HIVE_PROPOSAL_MAINTENANCE_CLEANUP": "proposal_cleanup_seconds",
    "HIVE_PROPOSAL_MAINTENANCE_PERIOD": "proposal_period_seconds",
    "HIVE_PROPOSAL_MAX_IDS_NUMBER": "proposal_ids_max",
    "HIVE_PROPOSAL_SUBJECT_MAX_LENGTH": "proposal_subject_bytes_max",
    "HIVE_RC_BUCKET_TIME_LENGTH": "rc_bucket_seconds",
    "HIVE_RC_HISTORICAL_ACCOUNT_CREATION_ADJUSTMENT": "rc_adjustment_historical",
    "HIVE_RC_MAX_ACCOUNTS_PER_DELEGATION_OP": "rc_delegatees_max",
    "HIVE_RC_REGEN_TIME": "rc_regeneration_seconds",
    "HIVE_RC_WINDOW_BUCKET_COUNT": "rc_bucket_count",
    "HIVE_RD_DECAY_DENOM_SHIFT": "account_subsidy_decay_shift",
    "HIVE_RD_MAX_BUDGET": "account_subsidy_budget_max",
    "HIVE_RD_MAX_DECAY": "account_subsidy_decay_max",
    "HIVE_RD_MIN_BUDGET": "account_subsidy_budget_min",
    "HIVE_RD_MIN_DECAY": "account_subsidy_decay_min",
    "HIVE_REDUCED_VOTE_POWER_RATE": "vote_power_reserve_rate",
    "HIVE_REVERSE_AUCTION_WINDOW_SECONDS_HF25": "reverse_auction_seconds",
    "HIVE_SAVINGS_WITHDRAW_REQUEST_LIMIT": "savings_withdrawals_max",
    "HIVE_SOFT_MAX_COMMENT_DEPTH": "comment_depth_soft_max",
    "HIVE_START_MINER_VOTING_BLOCK": "witness_voting_start_block_num",
    "HIVE_TREASURY_FEE": "proposal_fee_hbd",
    "HIVE_UPVOTE_LOCKOUT_SECONDS": "vote_fade_seconds",
    "HIVE_VESTING_FUND_PERCENT_HF16": "vesting_reward_bp",
    "HIVE_VESTING_WITHDRAW_INTERVALS": "power_down_intervals",
    "HIVE_VESTING_WITHDRAW_INTERVAL_SECONDS": "power_down_interval_seconds",
    "HIVE_VOTE_DUST_THRESHOLD": "vote_dust_rshares",
    "HIVE_VOTING_MANA_REGENERATION_SECONDS": "vote_regeneration_seconds",
    "HIVE_WITNESS_SUBSIDY_BUDGET_PERCENT": "witness_subsidy_budget_bp",
    "HIVE_WITNESS_SUBSIDY_DECAY_PERCENT": "witness_subsidy_decay_bp",
}

_IN_MICROSECONDS: Final = {
    "HIVE_ACCOUNT_RECOVERY_REQUEST_EXPIRATION_PERIOD": "recovery_request_seconds",
    "HIVE_COLLATERALIZED_CONVERSION_DELAY": "collateralized_conversion_delay_seconds",
    "HIVE_CONVERSION_DELAY": "conversion_delay_seconds",
    "HIVE_GOVERNANCE_VOTE_EXPIRATION_PERIOD": "governance_vote_expiration_seconds",
    "HIVE_MIN_COMMENT_EDIT_INTERVAL": "edit_interval_seconds",
    "HIVE_MIN_REPLY_INTERVAL_HF20": "reply_interval_seconds",
    "HIVE_MIN_ROOT_COMMENT_INTERVAL": "root_post_interval_seconds",
    "HIVE_OWNER_AUTH_RECOVERY_PERIOD": "owner_history_seconds",
    "HIVE_OWNER_UPDATE_LIMIT": "owner_update_limit_seconds",
    "HIVE_RECENT_RSHARES_DECAY_TIME_HF19": "claims_decay_seconds",
    "HIVE_SAVINGS_WITHDRAW_TIME": "savings_withdraw_seconds",
}

# hived's limits are the first value that is too much.
_ONE_MORE: Final = {
    "HIVE_BENEFICIARY_LIMIT": "beneficiaries_max",
    "HIVE_COMMENT_TITLE_LIMIT": "title_bytes_max",
    "HIVE_MAX_MEMO_SIZE": "memo_bytes_max",
    "HIVE_MAX_PERMLINK_LENGTH": "permlink_bytes_max",
}

# Without a parameter: old hardforks, removed features, and what no chain may change. Integers beyond 2^53 are texts, as hived's.
_FIXED: Final[dict[str, Any]] = {
    "HIVE_100_PERCENT": 10_000,
    "HIVE_1_BASIS_POINT": 1,
    "HIVE_1_PERCENT": 100,
    "HIVE_ACTIVE_CHALLENGE_COOLDOWN": 86_400_000_000,
    "HIVE_ACTIVE_CHALLENGE_FEE": Asset(2_000, HIVE),
    "HIVE_APR_PERCENT_MULTIPLY_PER_BLOCK": 102_035_135_585_887,
    "HIVE_APR_PERCENT_MULTIPLY_PER_HOUR": 119_577_151_364_285,
    "HIVE_APR_PERCENT_MULTIPLY_PER_ROUND": 133_921_203_762_304,
    "HIVE_APR_PERCENT_SHIFT_PER_BLOCK": 87,
    "HIVE_APR_PERCENT_SHIFT_PER_HOUR": 77,
    "HIVE_APR_PERCENT_SHIFT_PER_ROUND": 83,
    "HIVE_BANDWIDTH_AVERAGE_WINDOW_SECONDS": 604_800,
    "HIVE_BANDWIDTH_PRECISION": 1_000_000,
    "HIVE_BLOCKCHAIN_PRECISION": 1_000,
    "HIVE_BLOCKCHAIN_PRECISION_DIGITS": 3,
    "HIVE_BLOCK_GENERATION_POSTPONED_TX_LIMIT": 5,
    "HIVE_COMMENT_REWARD_FUND_NAME": "comment",
    "HIVE_CONTENT_APR_PERCENT": 3_875,
    "HIVE_CONTENT_CONSTANT_HF0": "2000000000000",
    "HIVE_CONTENT_REWARD_PERCENT_HF16": 7_500,
    "HIVE_CREATE_ACCOUNT_DELEGATION_RATIO": 5,
    "HIVE_CREATE_ACCOUNT_DELEGATION_TIME": 2_592_000_000_000,
    "HIVE_CREATE_ACCOUNT_WITH_HIVE_MODIFIER": 30,
    "HIVE_CURATE_APR_PERCENT": 3_875,
    "HIVE_DEFAULT_HF_9_COMPROMISED_ACCOUNTS_PUBLIC_KEY_STR": "STM7sw22HqsXbz7D2CmJfmMwt9rimtk518dRzsR1f8Cgw52dQR1pR",
    "HIVE_ENABLE_SMT": False,
    "HIVE_EQUIHASH_K": 6,
    "HIVE_EQUIHASH_N": 140,
    "HIVE_FEED_HISTORY_WINDOW_PRE_HF_16": 168,
    "HIVE_HBD_HARD_LIMIT_PRE_HF26": 1_000,
    "HIVE_HBD_START_PERCENT_HF14": 200,
    "HIVE_HBD_START_PERCENT_HF20": 900,
    "HIVE_HBD_STOP_PERCENT_HF14": 500,
    "HIVE_HBD_STOP_PERCENT_HF20": 1_000,
    "HIVE_HF21_CONVERGENT_LINEAR_RECENT_CLAIMS": "503600561838938636",
    "HIVE_INITIAL_VOTE_POWER_RATE": 40,
    "HIVE_INIT_MINER_NAME": INIT_WITNESS_ACCOUNT,
    "HIVE_INIT_TIME": "1970-01-01T00:00:00",
    "HIVE_LIQUIDITY_APR_PERCENT": 750,
    "HIVE_LIQUIDITY_REWARD_BLOCKS": 1_200,
    "HIVE_LIQUIDITY_REWARD_PERIOD_SEC": 3_600,
    "HIVE_LIQUIDITY_TIMEOUT_SEC": 604_800_000_000,
    "HIVE_MAX_ACCOUNT_NAME_LENGTH": 16,
    "HIVE_MAX_ASSET_WHITELIST_AUTHORITIES": 10,
    "HIVE_MAX_COMMENT_DEPTH_PRE_HF17": 6,
    "HIVE_MAX_INSTANCE_ID": 281_474_976_710_655,
    "HIVE_MAX_MINER_WITNESSES_HF0": 1,
    "HIVE_MAX_RATION_DECAY_RATE": 1_000_000,
    "HIVE_MAX_RESERVE_RATIO": 20_000,
    "HIVE_MAX_RUNNER_WITNESSES_HF0": 1,
    "HIVE_MAX_SATOSHIS": str(SATOSHIS_MAX),
    "HIVE_MAX_URL_LENGTH": 127,
    "HIVE_MAX_VOTED_WITNESSES_HF0": 19,
    "HIVE_MAX_VOTE_CHANGES": 5,
    "HIVE_MINER_ACCOUNT": MINERS_ACCOUNT,
    "HIVE_MINER_PAY_PERCENT": 100,
    "HIVE_MINING_REWARD": Asset(1_000, HIVE),
    "HIVE_MIN_ACCOUNT_NAME_LENGTH": 3,
    "HIVE_MIN_CONTENT_REWARD": Asset(1_000, HIVE),
    "HIVE_MIN_CURATE_REWARD": Asset(1_000, HIVE),
    "HIVE_MIN_LIQUIDITY_REWARD": Asset(1_200_000, HIVE),
    "HIVE_MIN_LIQUIDITY_REWARD_PERIOD_SEC": 60_000_000,
    "HIVE_MIN_PERMLINK_LENGTH": 0,
    "HIVE_MIN_POW_REWARD": Asset(1_000, HIVE),
    "HIVE_MIN_PRODUCER_REWARD": Asset(1_000, HIVE),
    "HIVE_MIN_REPLY_INTERVAL": 20_000_000,
    "HIVE_MIN_TRANSACTION_EXPIRATION_LIMIT": 15,
    "HIVE_MIN_TRANSACTION_SIZE_LIMIT": 1_024,
    "HIVE_MIN_UNDO_HISTORY": 10,
    "HIVE_MIN_VOTE_INTERVAL_SEC": 3,
    "HIVE_NULL_ACCOUNT": NULL_ACCOUNT,
    "HIVE_NUM_INIT_MINERS": 1,
    "HIVE_ONE_DAY_SECONDS": SECONDS_PER_DAY,
    "HIVE_OWNER_CHALLENGE_COOLDOWN": 86_400_000_000,
    "HIVE_OWNER_CHALLENGE_FEE": Asset(30_000, HIVE),
    "HIVE_PENDING_TRANSACTION_EXECUTION_LIMIT": 200_000,
    "HIVE_POST_AVERAGE_WINDOW": 86_400,
    "HIVE_POST_REWARD_FUND_NAME": POST_REWARD_FUND,
    "HIVE_POST_WEIGHT_CONSTANT": 1_600_000_000,
    "HIVE_POW_APR_PERCENT": 750,
    "HIVE_PRODUCER_APR_PERCENT": 750,
    "HIVE_PROPOSAL_FUND_PERCENT_HF0": 0,
    "HIVE_PROXY_TO_SELF_ACCOUNT": "",
    "HIVE_RD_MAX_BUDGET_1": 17_179_869_183,
    "HIVE_RD_MAX_BUDGET_2": 268_435_455,
    "HIVE_RD_MAX_BUDGET_3": 2_147_483_647,
    "HIVE_RD_MAX_DECAY_BITS": 32,
    "HIVE_RD_MAX_POOL_BITS": 64,
    "HIVE_RD_MIN_DECAY_BITS": 6,
    "HIVE_RECENT_RSHARES_DECAY_TIME_HF17": 2_592_000_000_000,
    "HIVE_REVERSE_AUCTION_WINDOW_SECONDS_HF20": 900,
    "HIVE_REVERSE_AUCTION_WINDOW_SECONDS_HF21": 300,
    "HIVE_REVERSE_AUCTION_WINDOW_SECONDS_HF6": 1_800,
    "HIVE_ROOT_POST_PARENT": "",
    "HIVE_SECONDS_PER_YEAR": SECONDS_PER_YEAR,
    "HIVE_TEMP_ACCOUNT": TEMP_ACCOUNT,
    "HIVE_TREASURY_ACCOUNT": TREASURY_ACCOUNT,
    "HIVE_UPVOTE_LOCKOUT_HF7": 60_000_000,
    "HIVE_UP_TO_DATE_MARGIN__BLOCK_STATS": 20_000_000,
    "HIVE_UP_TO_DATE_MARGIN__FAST_CONFIRM": 60_000_000,
    "HIVE_UP_TO_DATE_MARGIN__PENDING_TXS": 20_000_000,
    "HIVE_VESTING_WITHDRAW_INTERVALS_PRE_HF_16": 104,
    "HIVE_VIRTUAL_SCHEDULE_LAP_LENGTH": "18446744073709551615",
    "HIVE_VIRTUAL_SCHEDULE_LAP_LENGTH2": "340282366920938463463374607431768211455",
    "HIVE_WITNESS_SHUTDOWN_THRESHOLD": 28_800,
    "NEW_HIVE_TREASURY_ACCOUNT": TREASURY_ACCOUNT,
    "OBSOLETE_TREASURY_ACCOUNT": OBSOLETE_TREASURY_ACCOUNT,
}


def config_json(params: Params, form: Form = HF26) -> dict[str, Any]:
    """All members by name in alphabetical order. LEGACY is what condenser_api tells: amounts and symbols are texts."""
    legacy = form is LEGACY
    members: dict[str, Any] = dict(_FIXED)
    members.update({name: getattr(params, field) for name, field in _AS_THEY_ARE.items()})
    members.update({name: getattr(params, field) * 1_000_000 for name, field in _IN_MICROSECONDS.items()})
    members.update({name: getattr(params, field) + 1 for name, field in _ONE_MORE.items()})
    members.update(_derived(params))
    members.update(_of_old_hardforks(params))
    if params.ed25519_keys:  # nothing that hived knows: without them the members are exactly its own
        members["SKALD_ED25519_KEYS"] = True
    for name, value in members.items():
        if isinstance(value, Asset):
            members[name] = value.text(params.dialect) if legacy else value.nai()
    for name, symbol in (("HIVE_SYMBOL", HIVE), ("HBD_SYMBOL", HBD), ("VESTS_SYMBOL", VESTS)):
        as_object = {"nai": symbol.nai, "decimals": symbol.precision}
        members[name] = params.dialect.symbol_text(symbol) if legacy else as_object
    return dict(sorted(members.items()))


def _derived(params: Params) -> dict[str, Any]:
    """What follows from parameters, and the identity of the chain."""
    key = public_key_text(params.initial_witness_key, params.dialect.address_prefix)
    hardfork_version = params.blockchain_version & ~0xFFFF
    blocks_per_day = SECONDS_PER_DAY // params.block_interval_seconds
    return {
        "HIVE_ADDRESS_PREFIX": params.dialect.address_prefix,
        "HIVE_BLOCKCHAIN_HARDFORK_VERSION": version_text(hardfork_version),
        "HIVE_BLOCKCHAIN_VERSION": version_text(params.blockchain_version),
        "HIVE_BLOCKS_PER_DAY": blocks_per_day,
        "HIVE_BLOCKS_PER_HOUR": 3_600 // params.block_interval_seconds,
        "HIVE_CHAIN_ID": params.chain_id.hex(),
        "HIVE_CONTENT_CONSTANT_HF21": str(params.content_constant),
        "HIVE_CONVERSION_DELAY_PRE_HF_16": params.conversion_delay_seconds * 2_000_000,
        "HIVE_GENESIS_TIME": time_text(params.genesis_time),
        "HIVE_INIT_PUBLIC_KEY": key,
        "HIVE_INIT_PUBLIC_KEY_STR": key,
        "HIVE_MIN_PAYOUT_HBD": Asset(params.payout_hbd_min, HBD),
        "HIVE_PROPOSAL_FEE_INCREASE_DAYS_SEC": params.proposal_fee_free_days * SECONDS_PER_DAY,
        "HIVE_START_VESTING_BLOCK": blocks_per_day * 7,
        "IS_TEST_NET": _is_testnet(params),
    }


def _is_testnet(params: Params) -> bool:
    return params.dialect.hive_text == TESTNET.hive_text


def _of_old_hardforks(params: Params) -> dict[str, Any]:
    """Numbers without a meaning today which hived's testnet build changes."""
    if _is_testnet(params):
        return {
            "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF12": params.cashout_delay_seconds,
            "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF17": params.cashout_delay_seconds,
            "HIVE_HF_9_COMPROMISED_ACCOUNTS_PUBLIC_KEY_STR": public_key_text(params.initial_witness_key),
            "HIVE_MAX_CASHOUT_WINDOW_SECONDS": 86_400,
            "HIVE_MINING_TIME": "2016-01-01T00:00:00",
            "HIVE_RC_STATS_REPORT_FREQUENCY": 400,
            "HIVE_SECOND_CASHOUT_WINDOW": 259_200,
            "HIVE_UPVOTE_LOCKOUT_HF17": 300_000_000,
            "OLD_CHAIN_ID": params.chain_id.hex(),
        }
    return {
        "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF12": 86_400,
        "HIVE_CASHOUT_WINDOW_SECONDS_PRE_HF17": 43_200,
        "HIVE_HF_9_COMPROMISED_ACCOUNTS_PUBLIC_KEY_STR": _FIXED[
            "HIVE_DEFAULT_HF_9_COMPROMISED_ACCOUNTS_PUBLIC_KEY_STR"
        ],
        "HIVE_MAX_CASHOUT_WINDOW_SECONDS": 1_209_600,
        "HIVE_MINING_TIME": "2016-03-24T17:00:00",
        "HIVE_RC_STATS_REPORT_FREQUENCY": 28_800,
        "HIVE_SECOND_CASHOUT_WINDOW": 2_592_000,
        "HIVE_UPVOTE_LOCKOUT_HF17": 43_200_000_000,
        "OLD_CHAIN_ID": "00" * 32,
    }
