"""The register, and what each operation says about its own shape and its signers."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from chain import checks
from chain.asset import HBD, HIVE, MAINNET, VESTS, AmountOverflow, Asset, InvalidPrice, Price, Symbol
from chain.authority import Authorities, Authority, TooManyAuthorityMembers
from chain.errors import InvalidOperation
from chain.escrows import EmptyEscrow, NotParty
from chain.events import EVENTS, EVENTS_BY_NAME, AuthorReward, decode_event
from chain.extensions import RecurrentTransferPairId
from chain.fields import struct_of
from chain.market import WrongMarket
from chain.operation import OPERATIONS, OPERATIONS_BY_NAME, Operation
from chain.operations import (
    OPERATION,
    AccountCreate,
    AccountCreateWithDelegation,
    AccountUpdate,
    AccountUpdate2,
    AccountWitnessProxy,
    AccountWitnessVote,
    CancelTransferFromSavings,
    ChangeRecoveryAccount,
    ClaimAccount,
    ClaimRewardBalance,
    CollateralizedConvert,
    Comment,
    CommentOptions,
    Convert,
    CreateClaimedAccount,
    CreateProposal,
    Custom,
    CustomBinary,
    CustomJson,
    DeclineVotingRights,
    DelegateVestingShares,
    DeleteComment,
    EscrowApprove,
    EscrowDispute,
    EscrowRelease,
    EscrowTransfer,
    FeedPublish,
    LimitOrderCancel,
    LimitOrderCreate,
    LimitOrderCreate2,
    Pow,
    Pow2,
    RecoverAccount,
    RecurrentTransfer,
    RemoveProposal,
    RequestAccountRecovery,
    ResetAccount,
    SetResetAccount,
    SetWithdrawVestingRoute,
    Transfer,
    TransferFromSavings,
    TransferToSavings,
    TransferToVesting,
    UpdateProposal,
    UpdateProposalVotes,
    Vote,
    WithdrawVesting,
    WitnessBlockApprove,
    WitnessSetProperties,
    WitnessUpdate,
)
from chain.operations.account_witness_proxy import ProxyToSelf
from chain.operations.claim_reward_balance import NothingToClaim
from chain.operations.comment_options import (
    BeneficiariesNotSorted,
    Beneficiary,
    BeneficiaryCount,
    CommentPayoutBeneficiaries,
)
from chain.operations.create_proposal import ProposalDates
from chain.operations.delegate_vesting_shares import DelegationToSelf
from chain.operations.escrow_transfer import AgentNotThird, EscrowDeadlines
from chain.operations.feed_publish import WrongFeedSymbols
from chain.operations.mining import EquihashPow, EquihashProof, Pow2Input, Pow2Work, ProofOfWork, WrongProofOfWork
from chain.operations.recover_account import SameOwnerAuthority
from chain.operations.recurrent_transfer import RecurrenceTooShort, RecurrentTransferToSelf, TooFewExecutions
from chain.operations.reset import NotInUse
from chain.operations.update_proposal import NegativeProposalId, UpdateProposalEndDate
from chain.operations.witness_set_properties import NoSigningKey
from chain.params import MAINNET as PARAMS
from chain.presets import HIVED_TESTNET
from chain.proposals import ProposalIdCount
from chain.recovery import ImpossibleAuthority, OpenAuthority
from chain.types import InvalidAccountName, InvalidPermlink
from chain.wire import HF26, LEGACY, Packing, TrailingBytes, UnexpectedEnd, UnknownAlternative
from chain.witness_properties import (
    ChainProperties,
    ObsoleteSymbol,
    PropertyOutOfRange,
    UnreadableProperty,
    pack_property,
    read_key,
    read_properties,
    read_property,
)

KEY = bytes.fromhex("02" + "11" * 32)
ANOTHER_KEY = bytes.fromhex("03" + "22" * 32)
ALONE = Authority.of_key(KEY)
PACKING = Packing(MAINNET, HF26)
PROPS = ChainProperties(Asset(3_000, HIVE), 65_536, 0)
NOT_UTF8 = b"caf\xe9".decode("utf-8", "surrogateescape")
GENERIC = Asset(1, Symbol.of_nai("@@100000006", 3))


def hive(amount: int) -> Asset:
    return Asset(amount, HIVE)


def hbd(amount: int) -> Asset:
    return Asset(amount, HBD)


def vests(amount: int) -> Asset:
    return Asset(amount, VESTS)


def properties(**values: Any) -> tuple[tuple[str, bytes], ...]:
    packed = {"key": KEY} | {name: pack_property(name, value, PACKING) for name, value in values.items()}
    return tuple(sorted(packed.items()))


BLOCK_ID = bytes(20)
POW_INPUT = sha256((7).to_bytes(8, "little") + sha256(BLOCK_ID).digest()[8:]).digest()
POW2_INPUT = Pow2Input("miner", BLOCK_ID, 7)
POW2_SEED = sha256(struct_of(Pow2Input).encode(POW2_INPUT, PACKING)).digest()

VALID: dict[str, Any] = {
    "vote": Vote("alice", "bob", "post", -10_000),
    "comment": Comment("", "tag", "alice", "post", "title", "body", ""),
    "transfer": Transfer("alice", "bob", hive(1), ""),
    "transfer_to_vesting": TransferToVesting("alice", "", hive(1)),
    "withdraw_vesting": WithdrawVesting("alice", vests(-1)),
    "limit_order_create": LimitOrderCreate("alice", 1, hive(1), hbd(1), False, 0),
    "limit_order_cancel": LimitOrderCancel("alice", 1),
    "feed_publish": FeedPublish("alice", Price(hbd(1), hive(1))),
    "convert": Convert("alice", 1, hbd(1)),
    "account_create": AccountCreate(hive(0), "NOT CHECKED", "bob", ALONE, ALONE, ALONE, KEY, ""),
    "account_update": AccountUpdate("alice", None, None, None, KEY, ""),
    "witness_update": WitnessUpdate("alice", "url", KEY, PROPS, hive(0)),
    "account_witness_vote": AccountWitnessVote("alice", "bob", True),
    "account_witness_proxy": AccountWitnessProxy(
        "alice",
        "",
    ),
    "pow": Pow("miner", BLOCK_ID, 7, ProofOfWork(KEY, POW_INPUT, bytes(65), b"\1" * 32), PROPS),
    "custom": Custom(("alice",), 1, bytes(20_000)),
    "witness_block_approve": WitnessBlockApprove("alice", BLOCK_ID),
    "delete_comment": DeleteComment("alice", "post"),
    "custom_json": CustomJson((), ("alice",), "follow", "{}"),
    "comment_options": CommentOptions("alice", "post", hbd(0), 10_000, True, True, ()),
    "set_withdraw_vesting_route": SetWithdrawVestingRoute("alice", "alice", 10_000, True),
    "limit_order_create2": LimitOrderCreate2("alice", 1, hive(10), Price(hive(10), hbd(1)), False, 0),
    "claim_account": ClaimAccount("alice", hive(0), ()),
    "create_claimed_account": CreateClaimedAccount("alice", "bob", ALONE, ALONE, ALONE, KEY, "", ()),
    "request_account_recovery": RequestAccountRecovery("alice", "bob", ALONE, ()),
    "recover_account": RecoverAccount("alice", ALONE, Authority.of_key(ANOTHER_KEY), ()),
    "change_recovery_account": ChangeRecoveryAccount("alice", "bob", ()),
    "escrow_transfer": EscrowTransfer("alice", "bob", hbd(1), hive(0), 1, "carol", hive(0), "", 1, 2),
    "escrow_dispute": EscrowDispute("alice", "bob", "carol", "bob", 1),
    "escrow_release": EscrowRelease("alice", "bob", "carol", "carol", "bob", 1, hbd(0), hive(1)),
    "pow2": Pow2(Pow2Work(POW2_INPUT, 1), None, PROPS),
    "escrow_approve": EscrowApprove("alice", "bob", "carol", "carol", 1, True),
    "transfer_to_savings": TransferToSavings("alice", "bob", hbd(1), ""),
    "transfer_from_savings": TransferFromSavings("alice", 1, "bob", hive(1), ""),
    "cancel_transfer_from_savings": CancelTransferFromSavings("alice", 1),
    "custom_binary": CustomBinary(("alice",), (), (), (), "id", b""),
    "decline_voting_rights": DeclineVotingRights("alice", True),
    "claim_reward_balance": ClaimRewardBalance("alice", hive(0), hbd(0), vests(1)),
    "delegate_vesting_shares": DelegateVestingShares("alice", "bob", vests(0)),
    "account_create_with_delegation": AccountCreateWithDelegation(
        hive(0), vests(0), "alice", "bob", ALONE, ALONE, ALONE, KEY, "", ()
    ),
    "witness_set_properties": WitnessSetProperties("alice", properties(), ()),
    "account_update2": AccountUpdate2("alice", None, None, None, None, "", "", ()),
    "create_proposal": CreateProposal("alice", "bob", 1, 2, hbd(0), "subject", "post", ()),
    "update_proposal_votes": UpdateProposalVotes("alice", (1,), True, ()),
    "remove_proposal": RemoveProposal("alice", (1, 2, 3, 4, 5), ()),
    "update_proposal": UpdateProposal(0, "alice", hbd(0), "subject", "post", ()),
    "collateralized_convert": CollateralizedConvert("alice", 1, hive(1)),
    "recurrent_transfer": RecurrentTransfer("alice", "bob", hive(0), "", 24, 2, ()),
}
NEVER_VALID = {
    "reset_account": ResetAccount("alice", "bob", ALONE),
    "set_reset_account": SetResetAccount("alice", "", "bob"),
}
MANY = Authority(1, tuple((f"account{index:02d}", 1) for index in range(41)))
NO_NAME = Authority(1, (("x", 1),))
BOB, BEN = Beneficiary("bob", 5_000), Beneficiary("ben", 5_001)

WRONG: list[tuple[str, dict[str, Any], type[InvalidOperation]]] = [
    ("vote", {"weight": 10_001}, checks.PercentTooHigh),
    ("vote", {"weight": -10_001}, checks.PercentTooHigh),
    ("vote", {"permlink": "a" * 256}, InvalidPermlink),
    ("comment", {"title": "ü" * 128}, checks.TooLong),
    ("comment", {"title": NOT_UTF8}, checks.NotUtf8),
    ("comment", {"body": ""}, checks.Empty),
    ("comment", {"body": NOT_UTF8}, checks.NotUtf8),
    ("comment", {"parent_author": "x"}, InvalidAccountName),
    ("comment", {"parent_permlink": NOT_UTF8}, InvalidPermlink),
    ("comment", {"json_metadata": "{a"}, checks.NotJson),
    ("transfer", {"amount": vests(1)}, checks.VestingNotAllowed),
    ("transfer", {"amount": hive(0)}, checks.AmountNotPositive),
    ("transfer", {"memo": "a" * 2_048}, checks.TooLong),
    ("transfer", {"memo": NOT_UTF8}, checks.NotUtf8),
    ("transfer_to_vesting", {"amount": hbd(1)}, checks.WrongSymbol),
    ("transfer_to_vesting", {"amount": hive(0)}, checks.AmountNotPositive),
    ("transfer_to_vesting", {"to": "x"}, InvalidAccountName),
    ("withdraw_vesting", {"vesting_shares": hive(1)}, checks.WrongSymbol),
    ("limit_order_create", {"min_to_receive": hive(1)}, WrongMarket),
    ("limit_order_create", {"amount_to_sell": vests(1)}, WrongMarket),
    ("limit_order_create", {"min_to_receive": GENERIC, "amount_to_sell": hbd(1)}, WrongMarket),
    ("limit_order_create", {"min_to_receive": hbd(0)}, InvalidPrice),
    ("limit_order_create2", {"amount_to_sell": hbd(10)}, checks.WrongSymbol),
    ("limit_order_create2", {"exchange_rate": Price(hive(0), hbd(1))}, InvalidPrice),
    ("limit_order_create2", {"exchange_rate": Price(hive(1), vests(1))}, WrongMarket),
    ("limit_order_create2", {"amount_to_sell": hive(9)}, checks.AmountNotPositive),
    ("limit_order_create2", {"amount_to_sell": hive(2**62), "exchange_rate": Price(hive(1), hbd(9))}, AmountOverflow),
    ("feed_publish", {"exchange_rate": Price(hbd(1), vests(1))}, WrongFeedSymbols),
    ("feed_publish", {"exchange_rate": Price(hbd(1), hbd(1))}, WrongFeedSymbols),
    ("feed_publish", {"exchange_rate": Price(hive(1), hbd(0))}, InvalidPrice),
    ("convert", {"amount": hive(1)}, checks.WrongSymbol),
    ("convert", {"amount": hbd(0)}, checks.AmountNotPositive),
    ("collateralized_convert", {"amount": hbd(1)}, checks.WrongSymbol),
    ("account_create", {"new_account_name": "x"}, InvalidAccountName),
    ("account_create", {"fee": hbd(1)}, checks.WrongSymbol),
    ("account_create", {"fee": hive(-1)}, checks.NegativeAmount),
    ("account_create", {"fee": hive(1_000_000_001)}, checks.AmountTooLarge),
    ("account_create", {"owner": MANY}, TooManyAuthorityMembers),
    ("account_create", {"posting": NO_NAME}, InvalidAccountName),
    ("account_create", {"json_metadata": "-"}, checks.NotJson),
    ("account_create_with_delegation", {"delegation": hive(0)}, checks.WrongSymbol),
    ("account_create_with_delegation", {"delegation": vests(-1)}, checks.NegativeAmount),
    ("account_create_with_delegation", {"creator": "x"}, InvalidAccountName),
    ("claim_account", {"fee": hbd(0)}, checks.WrongSymbol),
    ("claim_account", {"extensions": ("anything",)}, checks.ExtensionsNotAllowed),
    ("create_claimed_account", {"active": NO_NAME}, InvalidAccountName),
    ("create_claimed_account", {"extensions": ("anything",)}, checks.ExtensionsNotAllowed),
    ("account_update", {"json_metadata": "{"}, checks.NotJson),
    ("account_update2", {"active": MANY}, TooManyAuthorityMembers),
    ("account_update2", {"posting_json_metadata": "{"}, checks.NotJson),
    ("witness_update", {"url": ""}, checks.Empty),
    ("witness_update", {"url": "a" * 2_049}, checks.TooLong),
    ("witness_update", {"url": NOT_UTF8}, checks.NotUtf8),
    ("witness_update", {"fee": hive(-1)}, checks.NegativeAmount),
    ("witness_update", {"props": replace(PROPS, account_creation_fee=hive(0))}, PropertyOutOfRange),
    ("witness_update", {"props": replace(PROPS, maximum_block_size=65_535)}, PropertyOutOfRange),
    ("witness_update", {"props": replace(PROPS, maximum_block_size=2_097_153)}, PropertyOutOfRange),
    ("witness_update", {"props": replace(PROPS, hbd_interest_rate=10_001)}, checks.PercentTooHigh),
    ("witness_set_properties", {"props": ()}, NoSigningKey),
    ("witness_set_properties", {"props": (("key", b"\2"),)}, UnreadableProperty),
    ("witness_set_properties", {"props": (("account_creation_fee", b"\1"), ("key", KEY))}, UnreadableProperty),
    ("witness_set_properties", {"props": properties(account_creation_fee=hbd(1))}, checks.WrongSymbol),
    ("witness_set_properties", {"props": properties(account_creation_fee=hive(0))}, PropertyOutOfRange),
    ("witness_set_properties", {"props": properties(maximum_block_size=1)}, PropertyOutOfRange),
    ("witness_set_properties", {"props": properties(hbd_interest_rate=10_001)}, checks.PercentTooHigh),
    ("witness_set_properties", {"props": properties(sbd_interest_rate=10_001)}, checks.PercentTooHigh),
    ("witness_set_properties", {"props": properties(hbd_exchange_rate=Price(hive(1), hbd(1)))}, checks.WrongSymbol),
    ("witness_set_properties", {"props": properties(sbd_exchange_rate=Price(hbd(1), hbd(1)))}, checks.WrongSymbol),
    ("witness_set_properties", {"props": properties(hbd_exchange_rate=Price(hbd(0), hive(1)))}, InvalidPrice),
    ("witness_set_properties", {"props": properties(url="")}, checks.Empty),
    ("witness_set_properties", {"props": properties(url="a" * 2_049)}, checks.TooLong),
    ("witness_set_properties", {"props": properties(url=NOT_UTF8)}, checks.NotUtf8),
    ("witness_set_properties", {"props": properties(account_subsidy_budget=0)}, PropertyOutOfRange),
    ("witness_set_properties", {"props": properties(account_subsidy_decay=63)}, PropertyOutOfRange),
    ("account_witness_vote", {"witness": "x"}, InvalidAccountName),
    ("account_witness_proxy", {"proxy": "alice"}, ProxyToSelf),
    ("account_witness_proxy", {"proxy": "x"}, InvalidAccountName),
    ("pow", {"nonce": 8}, WrongProofOfWork),
    ("pow", {"work": ProofOfWork(KEY, POW_INPUT, bytes(65), bytes(32))}, WrongProofOfWork),
    ("pow", {"worker_account": "x"}, InvalidAccountName),
    ("pow", {"props": replace(PROPS, account_creation_fee=Asset(1, Symbol(HIVE.number, HIVE.nai, b"\1STEEM\0\0")))}, ObsoleteSymbol),
    ("pow2", {"work": Pow2Work(replace(POW2_INPUT, worker_account="x"), 1)}, InvalidAccountName),
    ("pow2", {"work": EquihashPow(POW2_INPUT, EquihashProof(140, 5, POW2_SEED, ()), BLOCK_ID, 1)}, WrongProofOfWork),
    ("pow2", {"work": EquihashPow(POW2_INPUT, EquihashProof(140, 6, bytes(32), ()), BLOCK_ID, 1)}, WrongProofOfWork),
    ("custom", {"required_auths": ()}, checks.RequiredAuthorityCount),
    ("custom", {"required_auths": tuple(f"account{index}" for index in range(41))}, checks.RequiredAuthorityCount),
    ("custom_json", {"required_posting_auths": ()}, checks.RequiredAuthorityCount),
    ("custom_json", {"id": "a" * 33}, checks.TooLong),
    ("custom_json", {"json": ""}, checks.NotJson),
    ("custom_binary", {"required_owner_auths": ()}, checks.RequiredAuthorityCount),
    ("custom_binary", {"required_auths": (MANY,)}, checks.RequiredAuthorityCount),
    ("custom_binary", {"required_auths": (NO_NAME,)}, InvalidAccountName),
    ("custom_binary", {"data": bytes(8_193)}, checks.TooLong),
    ("witness_block_approve", {"witness": "x"}, InvalidAccountName),
    ("delete_comment", {"permlink": "a" * 256}, InvalidPermlink),
    ("comment_options", {"percent_hbd": 10_001}, checks.PercentTooHigh),
    ("comment_options", {"max_accepted_payout": hive(1)}, checks.WrongSymbol),
    ("comment_options", {"max_accepted_payout": hbd(-1)}, checks.NegativeAmount),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries(()),)}, BeneficiaryCount),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries((BOB,) * 128),)}, BeneficiaryCount),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries((BOB, BOB)),)}, BeneficiariesNotSorted),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries((BEN, BOB)),)}, checks.PercentTooHigh),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries((Beneficiary("bob", 10_001),)),)}, checks.PercentTooHigh),
    ("comment_options", {"extensions": (CommentPayoutBeneficiaries((Beneficiary("x", 1),)),)}, InvalidAccountName),
    ("set_withdraw_vesting_route", {"percent": 10_001}, checks.PercentTooHigh),
    ("request_account_recovery", {"new_owner_authority": NO_NAME}, InvalidAccountName),
    ("recover_account", {"recent_owner_authority": ALONE}, SameOwnerAuthority),
    ("recover_account", {"new_owner_authority": Authority(5)}, ImpossibleAuthority),
    ("recover_account", {"recent_owner_authority": Authority(5)}, ImpossibleAuthority),
    ("recover_account", {"new_owner_authority": Authority(0)}, OpenAuthority),
    ("recover_account", {"recent_owner_authority": NO_NAME}, InvalidAccountName),
    ("change_recovery_account", {"new_recovery_account": ""}, InvalidAccountName),
    ("escrow_transfer", {"agent": "bob"}, AgentNotThird),
    ("escrow_transfer", {"hbd_amount": hbd(0)}, EmptyEscrow),
    ("escrow_transfer", {"hbd_amount": hbd(-1)}, checks.NegativeAmount),
    ("escrow_transfer", {"hbd_amount": hive(1)}, checks.WrongSymbol),
    ("escrow_transfer", {"hive_amount": hbd(1)}, checks.WrongSymbol),
    ("escrow_transfer", {"fee": vests(0)}, checks.WrongSymbol),
    ("escrow_transfer", {"fee": hive(-1)}, checks.NegativeAmount),
    ("escrow_transfer", {"escrow_expiration": 1}, EscrowDeadlines),
    ("escrow_transfer", {"json_meta": "{"}, checks.NotJson),
    ("escrow_dispute", {"who": "carol"}, NotParty),
    ("escrow_approve", {"who": "alice"}, NotParty),
    ("escrow_release", {"who": "dave"}, NotParty),
    ("escrow_release", {"receiver": "carol"}, NotParty),
    ("escrow_release", {"hive_amount": hive(0)}, EmptyEscrow),
    ("transfer_to_savings", {"amount": vests(1)}, checks.WrongSymbol),
    ("transfer_to_savings", {"amount": hive(0)}, checks.AmountNotPositive),
    ("transfer_from_savings", {"memo": NOT_UTF8}, checks.NotUtf8),
    ("transfer_from_savings", {"memo": "a" * 2_048}, checks.TooLong),
    ("claim_reward_balance", {"reward_vests": vests(0)}, NothingToClaim),
    ("claim_reward_balance", {"reward_hbd": hive(0)}, checks.WrongSymbol),
    ("claim_reward_balance", {"reward_hive": hive(-1)}, checks.NegativeAmount),
    ("delegate_vesting_shares", {"delegatee": "alice"}, DelegationToSelf),
    ("delegate_vesting_shares", {"vesting_shares": hive(0)}, checks.WrongSymbol),
    ("delegate_vesting_shares", {"vesting_shares": vests(-1)}, checks.NegativeAmount),
    ("create_proposal", {"end_date": 1}, ProposalDates),
    ("create_proposal", {"daily_pay": hive(1)}, checks.WrongSymbol),
    ("create_proposal", {"daily_pay": hbd(-1)}, checks.NegativeAmount),
    ("create_proposal", {"subject": ""}, checks.Empty),
    ("create_proposal", {"subject": "a" * 81}, checks.TooLong),
    ("create_proposal", {"permlink": ""}, checks.Empty),
    ("update_proposal", {"proposal_id": -1}, NegativeProposalId),
    ("update_proposal", {"subject": NOT_UTF8}, checks.NotUtf8),
    ("update_proposal_votes", {"proposal_ids": ()}, ProposalIdCount),
    ("remove_proposal", {"proposal_ids": (1, 2, 3, 4, 5, 6)}, ProposalIdCount),
    ("recurrent_transfer", {"amount": vests(0)}, checks.VestingNotAllowed),
    ("recurrent_transfer", {"amount": hive(-1)}, checks.NegativeAmount),
    ("recurrent_transfer", {"recurrence": 23}, RecurrenceTooShort),
    ("recurrent_transfer", {"executions": 1}, TooFewExecutions),
    ("recurrent_transfer", {"to": "alice"}, RecurrentTransferToSelf),
    ("recurrent_transfer", {"memo": "a" * 2_048}, checks.TooLong),
]  # fmt: skip


def test_the_register_is_whole() -> None:
    assert sorted(OPERATIONS) == list(range(50))
    assert sorted(EVENTS) == list(range(50, 93))
    assert VALID.keys() | NEVER_VALID.keys() == OPERATIONS_BY_NAME.keys()
    assert OPERATION.kinds == tuple(OPERATIONS[index] for index in range(50))
    assert EVENTS_BY_NAME["author_reward"] is AuthorReward
    for kind in OPERATIONS.values():
        assert kind.__doc__, kind.name


@pytest.mark.parametrize("name", VALID)
def test_a_well_formed_operation_passes(name: str) -> None:
    VALID[name].validate(PARAMS)


@pytest.mark.parametrize(
    ("name", "changes", "error"),
    WRONG,
    ids=[f"{name}-{next(iter(changes))}-{error.code}" for name, changes, error in WRONG],
)
def test_invalid_shape(name: str, changes: dict[str, Any], error: type[InvalidOperation]) -> None:
    with pytest.raises(error):
        replace(VALID[name], **changes).validate(PARAMS)


@pytest.mark.parametrize("name", VALID)
def test_invalid_account_name_anywhere(name: str) -> None:
    """The names hived checks; the creator of account_create and the accounts of custom operations are not among them."""
    kind = OPERATIONS_BY_NAME[name]
    unchecked = {("account_create", "creator")}
    for field, of in zip(struct_of(kind).names, struct_of(kind).types, strict=True):
        if getattr(of, "bytes_max", None) == 16 and (name, field) not in unchecked:
            with pytest.raises(InvalidOperation):
                replace(VALID[name], **{field: "No Name"}).validate(PARAMS)


@pytest.mark.parametrize("name", NEVER_VALID)
def test_invalid_placeholder(name: str) -> None:
    with pytest.raises(NotInUse, match=name):
        NEVER_VALID[name].validate(PARAMS)


def test_orders_against_a_generic_asset_pass_as_in_hived() -> None:
    replace(VALID["limit_order_create"], min_to_receive=GENERIC).validate(PARAMS)
    replace(VALID["limit_order_create"], amount_to_sell=GENERIC, min_to_receive=hive(1)).validate(PARAMS)


def test_the_testnet_has_no_least_creation_fee() -> None:
    replace(VALID["witness_update"], props=replace(PROPS, account_creation_fee=hive(0))).validate(HIVED_TESTNET)


def test_an_equihash_proof_of_the_right_seed_passes() -> None:
    work = EquihashPow(POW2_INPUT, EquihashProof(140, 6, POW2_SEED, (1, 2)), BLOCK_ID, 1)
    replace(VALID["pow2"], work=work).validate(PARAMS)


def test_beneficiaries_and_other_extensions_are_at_hand() -> None:
    beneficiaries = (Beneficiary("ben", 5_000), BOB)
    options = replace(VALID["comment_options"], extensions=(CommentPayoutBeneficiaries(beneficiaries),))
    options.validate(PARAMS)
    assert options.beneficiaries == beneficiaries
    assert VALID["comment_options"].beneficiaries == ()
    assert replace(VALID["recurrent_transfer"], extensions=(RecurrentTransferPairId(7),)).pair_id == 7
    assert VALID["recurrent_transfer"].pair_id == 0
    assert replace(VALID["update_proposal"], extensions=(UpdateProposalEndDate(9),)).end_date == 9
    assert VALID["update_proposal"].end_date is None


SIGNERS = {
    "posting": {"vote": "alice", "comment": "alice", "delete_comment": "alice", "custom_json": "alice", "comment_options": "alice", "claim_reward_balance": "alice", "account_update2": "alice"},
    "owner": {"change_recovery_account": "alice", "decline_voting_rights": "alice", "custom_binary": "alice"},
    "active": {"account_create": "NOT CHECKED", "escrow_dispute": "bob", "escrow_release": "carol", "escrow_approve": "carol", "pow2": "miner"},
    "witness": {"witness_block_approve": "alice"},
}  # fmt: skip
OTHERS = {"pow", "recover_account", "witness_set_properties"}


@pytest.mark.parametrize("name", sorted(VALID.keys() - OTHERS))
def test_who_must_sign(name: str) -> None:
    role = next((role for role, names in SIGNERS.items() if name in names), "active")
    signer = SIGNERS[role].get(name, "alice")
    assert VALID[name].authorities() == Authorities(**{role: (signer,)})


def test_who_must_sign_in_special_cases() -> None:
    assert VALID["pow"].authorities() == Authorities()
    assert replace(VALID["pow2"], new_owner_key=KEY).authorities() == Authorities(other=(ALONE,))
    assert VALID["recover_account"].authorities().other == (ALONE, Authority.of_key(ANOTHER_KEY))
    assert VALID["witness_set_properties"].authorities() == Authorities(other=(ALONE,))
    assert WitnessSetProperties("alice", (), ()).authorities() == Authorities(other=(Authority.of_account("null"),))
    assert WitnessSetProperties("alice", (("key", b""),), ()).authorities().other == (Authority.of_key(bytes(33)),)
    assert NEVER_VALID["reset_account"].authorities() == Authorities(active=("alice",))
    assert NEVER_VALID["set_reset_account"].authorities() == Authorities(posting=("alice",))
    assert SetResetAccount("alice", "carol", "bob").authorities() == Authorities(owner=("alice",))
    with_active = replace(VALID["account_update2"], active=ALONE)
    assert with_active.authorities() == Authorities(active=("alice",))
    assert replace(VALID["account_update2"], memo_key=KEY).authorities() == Authorities(active=("alice",))
    assert replace(with_active, owner=ALONE).authorities() == Authorities(owner=("alice",))
    assert replace(VALID["account_update"], owner=ALONE).authorities() == Authorities(owner=("alice",))
    both = CustomBinary(("a",), ("b",), ("c",), (ALONE,), "id", b"").authorities()
    assert both == Authorities(posting=("c",), active=("b",), owner=("a",), other=(ALONE,))


def test_witness_properties_are_packed_and_read_one_by_one() -> None:
    values: dict[str, Any] = {
        "account_creation_fee": hive(3_000),
        "maximum_block_size": 65_536,
        "hbd_interest_rate": 1_000,
        "hbd_exchange_rate": Price(hbd(1), hive(4)),
        "url": "https://example",
        "account_subsidy_budget": 797,
        "account_subsidy_decay": 347_321,
        "new_signing_key": ANOTHER_KEY,
    }
    for form in (LEGACY, HF26):
        for name, value in values.items():
            assert read_property(name, pack_property(name, value, Packing(MAINNET, form)), MAINNET) == value
    operation = WitnessSetProperties("alice", properties(**values), ())
    operation.validate(PARAMS)
    assert read_properties(dict(operation.props), MAINNET) == values | {"key": KEY}


def test_witness_properties_are_read_as_leniently_as_hived_does() -> None:
    assert read_property("maximum_block_size", b"", MAINNET) == 0
    assert read_property("url", b"", MAINNET) == ""
    assert read_property("account_creation_fee", b"", MAINNET) == hive(0)
    assert read_property("maximum_block_size", b"\1\0\0\0more", MAINNET) == 1
    assert read_key(KEY + b"more") == KEY
    old = {"sbd_interest_rate": b"\5\0", "hbd_interest_rate": b"\6\0", "nobody knows": b""}
    assert read_properties(old, MAINNET) == {"hbd_interest_rate": 5}


def test_every_operation_has_an_effect_but_those_that_validate_refuses_whatever_they_say() -> None:
    without = {cls.name for cls in OPERATIONS.values() if cls.apply is Operation.apply}
    assert without == {"reset_account", "set_reset_account"}


def test_invalid_event_bytes() -> None:
    for raw, error in (
        (b"\x05", UnknownAlternative),
        (b"", UnexpectedEnd),
        (b"\x3a\x05al", UnexpectedEnd),
        (b"\x3a\x00\x00", TrailingBytes),
    ):
        with pytest.raises(error):
            decode_event(raw)
