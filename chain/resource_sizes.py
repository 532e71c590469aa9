"""What hived measured of its own memory and time, in the numbers that credits are charged by (protocol.md §9.2).

They are part of the rules and tell nothing of this program. `chain.resource_use` says which operation uses what of them.
"""

from typing import Final

# Hours that a byte stays: what goes by itself, what nobody knows the end of, what stays. A node's memory doubles in five years.
TEMPORARY: Final = 1
LASTING: Final = 5 * 365 * 12
PERSISTENT: Final = 5 * 365 * 24
_DAY: Final = 24
_WEEK: Final = 7 * _DAY
_MONTH: Final = 30 * _DAY
_YEAR: Final = 365 * _DAY

STATE: Final[dict[str, int]] = {
    "account_create_base": (616 + 144 + 312) * PERSISTENT,
    "authority_account_member": 24 * PERSISTENT,
    "authority_key_member": 36 * PERSISTENT,
    "owner_authority_history_object": 168 * _MONTH,
    "transfer_to_vesting": 16 * _MONTH,
    "request_account_recovery": 192 * _DAY,
    "change_recovery_account": 136 * _MONTH,
    "comment_base": 96 * PERSISTENT + 192 * _WEEK,
    "comment_permlink_char": _WEEK,
    "comment_beneficiaries_member": 8 * _WEEK,
    "vote": 144 * _WEEK,
    "convert": 120 * _WEEK // 2,
    "collateralized_convert": 128 * _WEEK // 2,
    "decline_voting_rights": 128 * _MONTH,
    "escrow_transfer": 216 * LASTING,
    "limit_order_create": 208 * 28 * _DAY,
    "transfer_from_savings": 232 * 3 * _DAY,
    "transaction_base": 128,  # times the hours to its expiration
    "vesting_delegation_object": 88 * LASTING,
    "vesting_delegation_expiration_object": 120 * 5 * _DAY,
    "delegate_vesting_shares": 88 * LASTING,
    "set_withdraw_vesting_route": 144 * LASTING,
    "witness_update_base": 544 * PERSISTENT,
    "witness_update_url_char": PERSISTENT,
    "account_witness_vote": 136 * _YEAR,
    "create_proposal_base": 336,  # times the hours to its end
    "create_proposal_subject_permlink_char": 1,
    "update_proposal_votes_member": 128 * _YEAR,
    "recurrent_transfer_base": 200,  # times the hours to its end
    "recurrent_transfer_memo_char": 1,
    "delegate_rc_base": 88 * LASTING,
}
"""Byte-hours, under hived's names less `_size`."""

NANOSECONDS: Final[dict[str, int]] = {
    "account_create": 38_710,
    "account_create_with_delegation": 40_591,
    "account_witness_vote": 14_741,
    "comment": 66_178,
    "comment_options": 6_202,
    "convert": 20_563,
    "collateralized_convert": 23_663,
    "create_claimed_account": 58_415,
    "decline_voting_rights": 29_091,
    "delegate_vesting_shares": 16_727,
    "escrow_transfer": 19_586,
    "limit_order_create": 14_703,
    "limit_order_create2": 24_391,
    "request_account_recovery": 7_947,
    "set_withdraw_vesting_route": 10_257,
    "vote": 18_312,
    "witness_update": 4_237,
    "transfer": 5_999,
    "transfer_to_vesting": 42_245,
    "transfer_to_savings": 6_523,
    "transfer_from_savings": 17_550,
    "claim_reward_balance": 27_561,
    "withdraw_vesting": 221_526,
    "account_update": 13_322,
    "account_update2": 13_648,
    "account_witness_proxy": 58_126,
    "cancel_transfer_from_savings": 3_154,
    "change_recovery_account": 10_470,
    "claim_account": 8_781,
    "custom": 674,
    "custom_json": 1_509,
    "custom_binary": 100_000,
    "delete_comment": 18_050,
    "escrow_approve": 9_663,
    "escrow_dispute": 6_574,
    "escrow_release": 15_340,
    "feed_publish": 3_059,
    "limit_order_cancel": 6_739,
    "witness_set_properties": 9_450,
    "create_proposal": 32_988,
    "update_proposal": 16_781,
    "update_proposal_votes": 17_304,
    "remove_proposal": 135_428,
    "recurrent_transfer_base": 13_908,
    "recurrent_transfer_processing": 14_347,  # times its executions
    "delegate_rc": 75_000,
    "verify_authority": 94_165,  # times the signatures
    "transaction": 6_622,
    "recover_account": 18_955,
    "pow": 201_001,  # this and the next are told, and charged to nobody
    "pow2": 103_827,
}
"""Under hived's names less `_time`."""
