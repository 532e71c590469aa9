"""All operations of Hive; importing this package fills the register.

What this chain applies has a file of its own. Families that are only declared yet share one.
"""

from typing import Final

from chain.fields import Variant
from chain.operation import OPERATIONS
from chain.operations.account_create import AccountCreate
from chain.operations.account_create_with_delegation import AccountCreateWithDelegation
from chain.operations.account_update import AccountUpdate
from chain.operations.account_update2 import AccountUpdate2
from chain.operations.account_witness_proxy import AccountWitnessProxy
from chain.operations.account_witness_vote import AccountWitnessVote
from chain.operations.cancel_transfer_from_savings import CancelTransferFromSavings
from chain.operations.change_recovery_account import ChangeRecoveryAccount
from chain.operations.claim_account import ClaimAccount
from chain.operations.claim_reward_balance import ClaimRewardBalance
from chain.operations.collateralized_convert import CollateralizedConvert
from chain.operations.comment import Comment
from chain.operations.comment_options import CommentOptions
from chain.operations.convert import Convert
from chain.operations.create_claimed_account import CreateClaimedAccount
from chain.operations.create_proposal import CreateProposal
from chain.operations.custom import Custom
from chain.operations.custom_binary import CustomBinary
from chain.operations.custom_json import CustomJson
from chain.operations.decline_voting_rights import DeclineVotingRights
from chain.operations.delegate_vesting_shares import DelegateVestingShares
from chain.operations.delete_comment import DeleteComment
from chain.operations.escrow_approve import EscrowApprove
from chain.operations.escrow_dispute import EscrowDispute
from chain.operations.escrow_release import EscrowRelease
from chain.operations.escrow_transfer import EscrowTransfer
from chain.operations.feed_publish import FeedPublish
from chain.operations.limit_order_cancel import LimitOrderCancel
from chain.operations.limit_order_create import LimitOrderCreate
from chain.operations.limit_order_create2 import LimitOrderCreate2
from chain.operations.mining import Pow, Pow2
from chain.operations.recover_account import RecoverAccount
from chain.operations.recurrent_transfer import RecurrentTransfer
from chain.operations.remove_proposal import RemoveProposal
from chain.operations.request_account_recovery import RequestAccountRecovery
from chain.operations.reset import ResetAccount, SetResetAccount
from chain.operations.set_withdraw_vesting_route import SetWithdrawVestingRoute
from chain.operations.transfer import Transfer
from chain.operations.transfer_from_savings import TransferFromSavings
from chain.operations.transfer_to_savings import TransferToSavings
from chain.operations.transfer_to_vesting import TransferToVesting
from chain.operations.update_proposal import UpdateProposal
from chain.operations.update_proposal_votes import UpdateProposalVotes
from chain.operations.vote import Vote
from chain.operations.withdraw_vesting import WithdrawVesting
from chain.operations.witness_block_approve import WitnessBlockApprove
from chain.operations.witness_set_properties import WitnessSetProperties
from chain.operations.witness_update import WitnessUpdate

__all__ = [
    "OPERATION",
    "AccountCreate",
    "AccountCreateWithDelegation",
    "AccountUpdate",
    "AccountUpdate2",
    "AccountWitnessProxy",
    "AccountWitnessVote",
    "CancelTransferFromSavings",
    "ChangeRecoveryAccount",
    "ClaimAccount",
    "ClaimRewardBalance",
    "CollateralizedConvert",
    "Comment",
    "CommentOptions",
    "Convert",
    "CreateClaimedAccount",
    "CreateProposal",
    "Custom",
    "CustomBinary",
    "CustomJson",
    "DeclineVotingRights",
    "DelegateVestingShares",
    "DeleteComment",
    "EscrowApprove",
    "EscrowDispute",
    "EscrowRelease",
    "EscrowTransfer",
    "FeedPublish",
    "LimitOrderCancel",
    "LimitOrderCreate",
    "LimitOrderCreate2",
    "Pow",
    "Pow2",
    "RecoverAccount",
    "RecurrentTransfer",
    "RemoveProposal",
    "RequestAccountRecovery",
    "ResetAccount",
    "SetResetAccount",
    "SetWithdrawVestingRoute",
    "Transfer",
    "TransferFromSavings",
    "TransferToSavings",
    "TransferToVesting",
    "UpdateProposal",
    "UpdateProposalVotes",
    "Vote",
    "WithdrawVesting",
    "WitnessBlockApprove",
    "WitnessSetProperties",
    "WitnessUpdate",
]

OPERATION: Final = Variant(
    *(OPERATIONS[index] for index in range(len(OPERATIONS))), json_suffix="_operation", has_legacy_names=True
)
"""The wire type of any operation."""
