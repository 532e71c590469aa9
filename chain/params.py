"""Every number of the protocol that a chain may choose: durations, limits, percents and switches, each named with its unit.

The defaults are mainnet's after hardfork 28. A chain with other numbers is another `Params`; `genesis.json` names them by these fields.

    identity          name chain_id dialect genesis_time hardfork_times blockchain_version
                      initial_hive_supply initial_hbd_supply initial_witness_key
    §1 assets, feed   share_supply_max feed_interval_blocks feed_history_intervals feeds_min feed_age_seconds_max
                      price_feed_limit_check hbd_hard_limit_bp hbd_print_start_bp hbd_print_stop_bp
                      hbd_interest_compound_seconds hbd_interest_rate_default_bp
    §2 accounts       authority_members_max signature_check_depth_max signature_check_accounts_max
                      account_creation_fee_min account_creation_fee_max owner_update_limit_seconds owner_history_seconds
                      owner_history_start_block_num recovery_request_seconds change_recovery_account_seconds
                      decline_voting_rights_seconds account_subsidy_* witness_subsidy_* ed25519_keys
                      strict_signatures
    §3 blocks         block_interval_seconds transaction_size_bytes_max block_size_bytes_min maximum_block_size_bytes_min
                      maximum_block_size_bytes_max maximum_block_size_bytes_default expiration_seconds_max
                      signature_expiration_seconds_max custom_operations_per_block_max block_reserve_bytes
    §4 witnesses      witnesses_max elected_witnesses_max timeshare_witnesses_max *_witness_weight hardfork_witnesses_min
                      irreversible_threshold_bp witness_voting_start_block_num undo_blocks_max
                      generate_missed_block_operations witness_url_bytes_max votes_per_account_max proxy_depth_max
                      governance_vote_expiration_seconds removals_per_block_max delayed_voting_seconds
                      delayed_voting_bucket_seconds finality_votes
    §5 content        cashout_delay_seconds root_post_interval_seconds reply_interval_seconds edit_interval_seconds
                      comment_depth_max comment_depth_soft_max title_bytes_max permlink_bytes_max
                      max_accepted_payout_default beneficiaries_max beneficiaries_soft_max vote_regeneration_seconds
                      vote_power_reserve_rate vote_dust_rshares vote_fade_seconds downvote_pool_bp
                      reverse_auction_seconds early_voting_seconds mid_voting_seconds custom_data_bytes_max custom_id_bytes_max
    §6 rewards        content_constant curation_reward_bp content_fund_bp claims_decay_seconds payout_hbd_min
    §7 emission       inflation_start_bp inflation_stop_bp inflation_narrowing_blocks blocks_per_year content_reward_bp
                      vesting_reward_bp proposal_fund_bp
    §8 stake, money   memo_bytes_max power_down_intervals power_down_interval_seconds withdraw_routes_max
                      delegation_return_seconds savings_withdraw_seconds savings_withdrawals_max conversion_delay_seconds
                      collateralized_conversion_delay_seconds conversion_collateral_ratio_bp
                      collateralized_conversion_fee_bp escrows_max limit_order_seconds_max recurrence_hours_min
                      recurrent_executions_min recurrent_transfers_max recurrent_transfers_per_block_max
                      recurrent_transfer_days_max recurrent_failures_max
    §8.12 proposals   proposal_fee_hbd proposal_fee_extra_hbd proposal_fee_free_days proposal_subject_bytes_max
                      proposal_ids_max proposal_period_seconds proposal_daily_period_seconds proposal_cleanup_seconds
                      proposal_conversion_bp
    §9 credits        rc_regeneration_seconds rc_bucket_seconds rc_bucket_count rc_adjustment_historical rc_delegatees_max
                      allow_not_enough_rc

Numbers that no chain may change (the full percentage, the names of the special accounts) are constants of this module.
The other presets are read from genesis.json: `chain.presets.DEVNET` and `chain.presets.HIVED_TESTNET`.
"""

from dataclasses import dataclass
from typing import Final

from chain.asset import MAINNET as MAINNET_DIALECT
from chain.asset import Dialect

HUNDRED_PERCENT_BP: Final = 10_000
SECONDS_PER_HOUR: Final = 3_600
SECONDS_PER_DAY: Final = 86_400
SECONDS_PER_YEAR: Final = 31_536_000
SATOSHIS_MAX: Final = 4_611_686_018_427_387_903  # §1.1

HARDFORKS_COUNT: Final = 28  # the newest hardfork whose rules this program knows

# Accounts with a meaning (§1.5, §2.7). The treasury changed its name at hardfork 24; both names stay keyless for ever.
MINERS_ACCOUNT: Final = "miners"
NULL_ACCOUNT: Final = "null"
TEMP_ACCOUNT: Final = "temp"
INIT_WITNESS_ACCOUNT: Final = "initminer"
TREASURY_ACCOUNT: Final = "hive.fund"
OBSOLETE_TREASURY_ACCOUNT: Final = "steem.dao"
TREASURY_ACCOUNTS: Final = (TREASURY_ACCOUNT, OBSOLETE_TREASURY_ACCOUNT)
STEEM_ACCOUNT: Final = "steem"  # of the company that began the chain; emptied at hardfork 23
POST_REWARD_FUND: Final = "post"

# Seconds since the epoch from which hardfork 1, 2, … 28 may take effect on mainnet (§11).
MAINNET_HARDFORK_TIMES: Final = (
    *(1_461_605_400, 1_461_693_600, 1_461_762_000, 1_462_028_400, 1_464_714_000, 1_467_295_200, 1_467_590_400),
    *(1_467_594_000, 1_468_454_400, 1_468_584_000, 1_468_767_600, 1_469_545_200, 1_471_269_600, 1_474_383_600),
    *(1_478_620_800, 1_481_040_000, 1_490_886_000, 1_490_886_000, 1_497_970_800, 1_537_887_600, 1_566_918_000),
    *(1_567_090_800, 1_584_712_800, 1_601_992_800, 1_625_061_600, 1_665_489_600, 1_666_612_800, 1_763_557_200),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The numbers of one chain. Amounts are ints of the smallest unit; a suffix `_bp` is 1/10000, `_max` and `_min` are inclusive."""

    # --- identity
    name: str = "mainnet"
    chain_id: bytes = bytes.fromhex("beeab0de" + "00" * 28)  # §3.2: hashed in front of every signed transaction
    dialect: Dialect = MAINNET_DIALECT
    genesis_time: int = 1_458_835_200  # §1.5: the first slot is one block interval later
    hardfork_times: tuple[int, ...] = MAINNET_HARDFORK_TIMES  # §11: earliest time of hardfork 1, 2, … in this order
    blockchain_version: int = 1 << 24 | 28 << 16 | 7  # §3.2: packed; what our witnesses report to run
    initial_hive_supply: int = 0  # §1.5: before the first block, vested or not
    initial_hbd_supply: int = 0  # §1.5
    initial_witness_key: bytes = bytes.fromhex(
        "03bc5cd80588b23948aaa1e65be1a8b32cd9bed062a346c471c9319e62ba82a9ef"
    )  # signs until the first schedule

    # --- §1 assets, feed, debt
    share_supply_max: int = 1_000_000_000_000_000  # §1.1
    feed_interval_blocks: int = 1_200  # §1.6: the median is taken anew
    feed_history_intervals: int = 84  # §1.6: medians kept
    feeds_min: int = 7  # §1.6: fewer feeds change nothing
    feed_age_seconds_max: int = 604_800  # §1.6: an older feed does not count
    price_feed_limit_check: bool = True  # §1.6: the haircut; hived's testnet build leaves it out
    hbd_hard_limit_bp: int = 3_000  # §1.6: share of HBD at which the haircut begins
    hbd_print_start_bp: int = 2_000  # §1.7
    hbd_print_stop_bp: int = 2_000  # §1.7
    hbd_interest_compound_seconds: int = 2_592_000  # §1.8
    hbd_interest_rate_default_bp: int = 1_000  # §1.8: what a new witness proposes

    # --- §2 accounts and authorities
    authority_members_max: int = 40  # §2.3
    signature_check_depth_max: int = 2  # §2.4
    signature_check_accounts_max: int = 125  # §2.4
    account_creation_fee_min: int = 1  # §2.5, §4.2: smallest HIVE units; what a new witness proposes
    account_creation_fee_max: int = 1_000_000_000  # §2.5, §4.2
    account_subsidy_precision: int = 10_000  # §2.5: one free account
    account_subsidy_budget_default: int = 797  # §2.5: per block
    account_subsidy_decay_default: int = 347_321  # §2.5: of 2^36 per block
    account_subsidy_decay_shift: int = 36  # §2.5
    account_subsidy_budget_min: int = 1  # §4.2
    account_subsidy_budget_max: int = 268_435_455  # §4.2
    account_subsidy_decay_min: int = 64  # §4.2
    account_subsidy_decay_max: int = 4_294_967_295  # §4.2
    witness_subsidy_budget_bp: int = 12_500  # §2.5: of the global budget
    witness_subsidy_decay_bp: int = 210_000  # §2.5: of the global decay
    witness_subsidy_backstop_bp: int = 9_000  # §2.5: of the decay at the median pool
    owner_update_limit_seconds: int = 3_600  # §2.6, and between two recoveries §2.7
    owner_history_seconds: int = 2_592_000  # §2.6, §2.7
    owner_history_start_block_num: int = 3_186_477  # §2.6
    recovery_request_seconds: int = 86_400  # §2.7
    change_recovery_account_seconds: int = 2_592_000  # §2.7
    decline_voting_rights_seconds: int = 2_592_000  # §2.7
    ed25519_keys: bool = False  # ours: authorities and witnesses may hold ed25519 keys (design §1.3)
    strict_signatures: bool = False  # ours: one form for each signature; by §3.2 anybody can make a second one of it

    # --- §3 transactions and blocks
    block_interval_seconds: int = 3  # §4.1
    transaction_size_bytes_max: int = 65_536  # §3.1
    block_reserve_bytes: int = 256  # §3.1: of a block's size, not for a submitted transaction
    block_size_bytes_min: int = 115  # §3.1: the smallest block there can be
    maximum_block_size_bytes_min: int = 65_536  # §4.2
    maximum_block_size_bytes_max: int = 2_097_152  # §4.2; in force until the first schedule
    maximum_block_size_bytes_default: int = 131_072  # §3.1: what a new witness proposes
    expiration_seconds_max: int = 3_600  # §3.1: the longest stay in a mempool; before hardfork 28 the rule for all
    signature_expiration_seconds_max: int = 86_400  # §3.1
    custom_operations_per_block_max: int = 5  # §3.1 (soft), of one account

    # --- §4 witnesses, irreversibility, governance
    witnesses_max: int = 21  # §4.3
    elected_witnesses_max: int = 20  # §4.3
    miner_witnesses_max: int = 0  # §4.3
    timeshare_witnesses_max: int = 1  # §4.3
    elected_witness_weight: int = 1  # §4.3, §7
    miner_witness_weight: int = 1  # §4.3, §7
    timeshare_witness_weight: int = 5  # §4.3, §7
    hardfork_witnesses_min: int = 17  # §4.3: for a version or a hardfork to win
    irreversible_threshold_bp: int = 7_500  # §4.5
    witness_voting_start_block_num: int = 864_000  # §4.5: before it the irreversible block lags by 21
    undo_blocks_max: int = 10_000  # §4.5
    generate_missed_block_operations: bool = True  # §4.1: count and tell missed slots
    witness_url_bytes_max: int = 2_048  # §4.2
    votes_per_account_max: int = 30  # §4.6
    proxy_depth_max: int = 4  # §4.6
    governance_vote_expiration_seconds: int = 31_536_000  # §4.6
    removals_per_block_max: int = 200  # §4.6, §8.12: of expired governance votes; of proposal votes in one operation
    delayed_voting_seconds: int = 2_592_000  # §4.7
    delayed_voting_bucket_seconds: int = 86_400  # §4.7
    finality_votes: bool = False  # ours: blocks are final by signed votes (design §1.8), not by the 75 % rule
    state_root_interval_blocks: int = 1_200  # ours: checkpoint of the state tree (design §1.7)

    # --- §5 content and votes
    cashout_delay_seconds: int = 604_800  # §5.1
    root_post_interval_seconds: int = 300  # §5.1, strictly more
    reply_interval_seconds: int = 3  # §5.1
    edit_interval_seconds: int = 3  # §5.1
    comment_depth_max: int = 65_535  # §5.1, exclusive for the parent
    comment_depth_soft_max: int = 255  # §5.1 (soft), exclusive for the parent
    title_bytes_max: int = 255  # §5.1
    permlink_bytes_max: int = 255  # §5.1
    max_accepted_payout_default: int = 1_000_000_000  # §5.1, smallest HBD units
    beneficiaries_max: int = 127  # §5.2
    beneficiaries_soft_max: int = 8  # §5.2 (soft)
    vote_regeneration_seconds: int = 432_000  # §5.4
    vote_power_reserve_rate: int = 10  # §5.4: full votes a day that regenerate
    vote_dust_rshares: int = 50_000_000  # §5.4: taken from every vote
    vote_fade_seconds: int = 43_200  # §5.4: before cashout
    downvote_pool_bp: int = 2_500  # §5.4
    reverse_auction_seconds: int = 0  # §6.2
    early_voting_seconds: int = 86_400  # §5.4: full weight
    mid_voting_seconds: int = 172_800  # §5.4: half weight, counted from the end of the early time; then an eighth
    custom_data_bytes_max: int = 8_192  # §5.5
    custom_id_bytes_max: int = 32  # §5.5

    # --- §6 rewards
    content_constant: int = 2_000_000_000_000  # §6.1
    curation_reward_bp: int = 5_000  # §6.1
    content_fund_bp: int = 10_000  # §6.1: of the content emission, into the fund "post"
    claims_decay_seconds: int = 1_296_000  # §6.3
    payout_hbd_min: int = 20  # §6.3: a smaller payout is dust

    # --- §7 emission
    inflation_start_bp: int = 978
    inflation_stop_bp: int = 95
    inflation_narrowing_blocks: int = 250_000  # one basis point less after so many
    blocks_per_year: int = 10_512_000
    content_reward_bp: int = 6_500
    vesting_reward_bp: int = 1_500
    proposal_fund_bp: int = 1_000

    # --- §8 stake and money
    memo_bytes_max: int = 2_047  # §8.1
    power_down_intervals: int = 13  # §8.3
    power_down_interval_seconds: int = 604_800  # §8.3
    withdraw_routes_max: int = 10  # §8.4
    delegation_return_seconds: int = 432_000  # §8.5
    savings_withdraw_seconds: int = 259_200  # §8.6
    savings_withdrawals_max: int = 100  # §8.6: pending at a time
    conversion_delay_seconds: int = 302_400  # §8.7
    collateralized_conversion_delay_seconds: int = 302_400  # §8.8
    conversion_collateral_ratio_bp: int = 20_000  # §8.8
    collateralized_conversion_fee_bp: int = 500  # §8.8
    escrows_max: int = 255  # §8.9: open at a time
    limit_order_seconds_max: int = 2_419_200  # §8.10
    recurrence_hours_min: int = 24  # §8.11
    recurrent_executions_min: int = 2  # §8.11
    recurrent_transfers_max: int = 255  # §8.11: open at a time
    recurrent_transfers_per_block_max: int = 1_000  # §8.11
    recurrent_transfer_days_max: int = 730  # §8.11
    recurrent_failures_max: int = 10  # §8.11: in a row

    # --- §8.12 proposals
    proposal_fee_hbd: int = 10_000  # smallest HBD units
    proposal_fee_extra_hbd: int = 1_000  # for each day beyond the free ones
    proposal_fee_free_days: int = 60
    proposal_subject_bytes_max: int = 80
    proposal_ids_max: int = 5  # in one operation
    proposal_period_seconds: int = 3_600  # between payouts
    proposal_daily_period_seconds: int = 86_400  # between conversions of the treasury's HIVE
    proposal_cleanup_seconds: int = 86_400  # from a proposal's end to its removal
    proposal_conversion_bp: int = 5  # of the treasury's HIVE

    # --- §9 resource credits
    rc_regeneration_seconds: int = 432_000  # §9.1
    rc_adjustment_historical: int = 2_020_748_973  # §9.1: of accounts older than hardfork 20, smallest VESTS units
    rc_bucket_seconds: int = 3_600  # §9.3
    rc_bucket_count: int = 24  # §9.3
    rc_delegatees_max: int = 100  # §9.5
    allow_not_enough_rc: bool = False  # let transactions in whose payer lacks credits

    def hardfork_time(self, number: int) -> int:
        """Seconds since the epoch from which hardfork `number` may take effect; hardfork 0 is genesis."""
        return self.hardfork_times[number - 1] if number else self.genesis_time


MAINNET: Final = Params()
