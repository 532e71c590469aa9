"""Events, Hive's virtual operations: facts that applying a block brings about (protocol.md §10.2).

They are emitted in hived's order, kept in the account history, and never travel. Declared like operations, they have a binary and
both JSON forms; their numbers follow those of the operations. A chain of today emits no event marked historic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar, dataclass_transform

from chain.asset import MAINNET, Asset
from chain.extensions import RecurrentTransferExtensions
from chain.fields import I64, U8, U16, U32, U64, AccountName, Variant, declare, snake_case, struct_of
from chain.wire import HF26, Encoder, Packing, TrailingBytes, UnknownAlternative, decode_varint, encode_varint, reading

Kind = TypeVar("Kind", bound="VirtualOperation")


class VirtualOperation:
    """A fact. `name` is Hive's name without `_operation`, `operation_id` its number."""

    __slots__ = ()

    operation_id: ClassVar[int]
    name: ClassVar[str]


EVENTS: Final[dict[int, type[VirtualOperation]]] = {}
"""By number: 50 fill_convert_request … 92 declined_voting_rights."""

EVENTS_BY_NAME: Final[dict[str, type[VirtualOperation]]] = {}
"""By name without `_operation`."""


@dataclass_transform()
def event(operation_id: int) -> Callable[[type[Kind]], type[Kind]]:
    """Declares an event under its number."""

    def register(cls: type[Kind]) -> type[Kind]:
        made = dataclass(slots=True)(cls)
        made.operation_id = operation_id
        made.name = snake_case(cls.__name__)
        declare(made)
        assert operation_id not in EVENTS, operation_id
        EVENTS[operation_id] = EVENTS_BY_NAME[made.name] = made
        return made

    return register


@event(50)
class FillConvertRequest(VirtualOperation):
    """HBD became HIVE after its three and a half days (§8.7)."""

    owner: AccountName
    requestid: U32
    amount_in: Asset
    amount_out: Asset


@event(51)
class AuthorReward(VirtualOperation):
    """An author was paid for content (§6.4)."""

    author: AccountName
    permlink: str
    hbd_payout: Asset
    hive_payout: Asset
    vesting_payout: Asset
    curators_vesting_payout: Asset
    payout_must_be_claimed: bool


@event(52)
class CurationReward(VirtualOperation):
    """A curator was paid for a vote (§6.4)."""

    curator: AccountName
    reward: Asset
    author: AccountName
    permlink: str
    payout_must_be_claimed: bool


@event(53)
class CommentReward(VirtualOperation):
    """What a comment earned in all; `author_rewards` in smallest units of HIVE (§6.4)."""

    author: AccountName
    permlink: str
    payout: Asset
    author_rewards: I64
    total_payout_value: Asset
    curator_payout_value: Asset
    beneficiary_payout_value: Asset


@event(54)
class LiquidityReward(VirtualOperation):
    """A market maker was paid. Historic."""

    owner: AccountName
    payout: Asset


@event(55)
class Interest(VirtualOperation):
    """Interest on HBD was paid (§1.8)."""

    owner: AccountName
    interest: Asset
    is_saved_into_hbd_balance: bool


@event(56)
class FillVestingWithdraw(VirtualOperation):
    """One part of a power down arrived (§8.3)."""

    from_account: AccountName
    to_account: AccountName
    withdrawn: Asset
    deposited: Asset


@event(57)
class FillOrder(VirtualOperation):
    """Two orders met: `current` takes, `open` was there (§8.10)."""

    current_owner: AccountName
    current_orderid: U32
    current_pays: Asset
    open_owner: AccountName
    open_orderid: U32
    open_pays: Asset


@event(58)
class ShutdownWitness(VirtualOperation):
    """A witness was taken out of service for missing blocks. Historic."""

    owner: AccountName


@event(59)
class FillTransferFromSavings(VirtualOperation):
    """Savings arrived (§8.6)."""

    from_: AccountName
    to: AccountName
    amount: Asset
    request_id: U32
    memo: str


@event(60)
class Hardfork(VirtualOperation):
    """A hardfork's rules began (§11)."""

    hardfork_id: U32


@event(61)
class CommentPayoutUpdate(VirtualOperation):
    """A comment's payout time came (§6.3)."""

    author: AccountName
    permlink: str


@event(62)
class ReturnVestingDelegation(VirtualOperation):
    """Delegated VESTS came back (§8.5)."""

    account: AccountName
    vesting_shares: Asset


@event(63)
class CommentBenefactorReward(VirtualOperation):
    """A beneficiary was paid (§6.4)."""

    benefactor: AccountName
    author: AccountName
    permlink: str
    hbd_payout: Asset
    hive_payout: Asset
    vesting_payout: Asset
    payout_must_be_claimed: bool


@event(64)
class ProducerReward(VirtualOperation):
    """A witness was paid for a block (§7)."""

    producer: AccountName
    vesting_shares: Asset


@event(65)
class ClearNullAccountBalance(VirtualOperation):
    """Balances of the null account were burned (§14)."""

    total_cleared: tuple[Asset, ...]


@event(66)
class ProposalPay(VirtualOperation):
    """A proposal was paid (§8.12)."""

    proposal_id: U32
    receiver: AccountName
    payer: AccountName
    payment: Asset


@event(67)
class DhfFunding(VirtualOperation):
    """The treasury got its part of the emission (§8.12)."""

    treasury: AccountName
    additional_funds: Asset


@event(68)
class HardforkHive(VirtualOperation):
    """Hardfork 23 took an account's balances. Historic."""

    account: AccountName
    treasury: AccountName
    other_affected_accounts: tuple[AccountName, ...]
    hbd_transferred: Asset
    hive_transferred: Asset
    vests_converted: Asset
    total_hive_from_vests: Asset


@event(69)
class HardforkHiveRestore(VirtualOperation):
    """A later hardfork gave them back. Historic."""

    account: AccountName
    treasury: AccountName
    hbd_transferred: Asset
    hive_transferred: Asset


@event(70)
class DelayedVoting(VirtualOperation):
    """VESTS came to count in governance; `votes` in smallest units (§4.7)."""

    voter: AccountName
    votes: U64


@event(71)
class ConsolidateTreasuryBalance(VirtualOperation):
    """The old treasury's balances moved to the new one (§14)."""

    total_moved: tuple[Asset, ...]


@event(72)
class EffectiveCommentVote(VirtualOperation):
    """A vote changed a comment's reward (§5.4)."""

    voter: AccountName
    author: AccountName
    permlink: str
    weight: U64
    rshares: I64
    total_vote_weight: U64
    pending_payout: Asset


@event(73)
class IneffectiveDeleteComment(VirtualOperation):
    """A comment could not be deleted. Historic."""

    author: AccountName
    permlink: str


@event(74)
class DhfConversion(VirtualOperation):
    """HIVE in the treasury became HBD (§8.12)."""

    treasury: AccountName
    hive_amount_in: Asset
    hbd_amount_out: Asset


@event(75)
class ExpiredAccountNotification(VirtualOperation):
    """An account's governance votes expired (§4.6)."""

    account: AccountName


@event(76)
class ChangedRecoveryAccount(VirtualOperation):
    """An account has another recovery account (§2.7)."""

    account: AccountName
    old_recovery_account: AccountName
    new_recovery_account: AccountName


@event(77)
class TransferToVestingCompleted(VirtualOperation):
    """HIVE became VESTS (§8.2)."""

    from_account: AccountName
    to_account: AccountName
    hive_vested: Asset
    vesting_shares_received: Asset


@event(78)
class PowReward(VirtualOperation):
    """A miner was paid. Historic."""

    worker: AccountName
    reward: Asset


@event(79)
class VestingSharesSplit(VirtualOperation):
    """Hardfork 1 multiplied VESTS (§1.4)."""

    owner: AccountName
    vesting_shares_before_split: Asset
    vesting_shares_after_split: Asset


@event(80)
class AccountCreated(VirtualOperation):
    """An account exists (§2.5)."""

    new_account_name: AccountName
    creator: AccountName
    initial_vesting_shares: Asset
    initial_delegation: Asset


@event(81)
class FillCollateralizedConvertRequest(VirtualOperation):
    """A collateralized conversion was settled (§8.8)."""

    owner: AccountName
    requestid: U32
    amount_in: Asset
    amount_out: Asset
    excess_collateral: Asset


@event(82)
class SystemWarning(VirtualOperation):
    """The chain noticed something that people should know."""

    message: str


@event(83)
class FillRecurrentTransfer(VirtualOperation):
    """A recurrent transfer happened once more (§8.11)."""

    from_: AccountName
    to: AccountName
    amount: Asset
    memo: str
    remaining_executions: U16
    extensions: RecurrentTransferExtensions


@event(84)
class FailedRecurrentTransfer(VirtualOperation):
    """A recurrent transfer failed for lack of funds (§8.11)."""

    from_: AccountName
    to: AccountName
    amount: Asset
    memo: str
    consecutive_failures: U8
    remaining_executions: U16
    deleted: bool
    extensions: RecurrentTransferExtensions


@event(85)
class LimitOrderCancelled(VirtualOperation):
    """An order was taken back or its rest was too small (§8.10)."""

    seller: AccountName
    orderid: U32
    amount_back: Asset


@event(86)
class ProducerMissed(VirtualOperation):
    """A witness missed its slot (§4.1)."""

    producer: AccountName


@event(87)
class ProposalFee(VirtualOperation):
    """A proposal's fee was paid (§8.12)."""

    creator: AccountName
    treasury: AccountName
    proposal_id: U32
    fee: Asset


@event(88)
class CollateralizedConvertImmediateConversion(VirtualOperation):
    """A collateralized conversion gave HBD at once (§8.8)."""

    owner: AccountName
    requestid: U32
    hbd_out: Asset


@event(89)
class EscrowApproved(VirtualOperation):
    """Both sides approved an escrow (§8.9)."""

    from_: AccountName
    to: AccountName
    agent: AccountName
    escrow_id: U32
    fee: Asset


@event(90)
class EscrowRejected(VirtualOperation):
    """An escrow was refused or not approved in time (§8.9)."""

    from_: AccountName
    to: AccountName
    agent: AccountName
    escrow_id: U32
    hbd_amount: Asset
    hive_amount: Asset
    fee: Asset


@event(91)
class ProxyCleared(VirtualOperation):
    """An account has no proxy any more (§4.6)."""

    account: AccountName
    proxy: AccountName


@event(92)
class DeclinedVotingRights(VirtualOperation):
    """An account has no votes any more (§2.6)."""

    account: AccountName


EVENT: Final = Variant(*(EVENTS[index] for index in sorted(EVENTS)), json_suffix="_operation", has_legacy_names=True)
"""The wire type of any event, counted from 0: Hive's number less 50."""

_PACKING: Final = Packing(MAINNET, HF26)  # numbered assets: the same bytes on every network


class _Encoders(dict[type[VirtualOperation], tuple[bytes, Encoder]]):
    """Of each kind of event its number and what encodes its fields, made when first asked for."""

    def __missing__(self, kind: type[VirtualOperation]) -> tuple[bytes, Encoder]:
        made = self[kind] = (encode_varint(kind.operation_id), struct_of(kind).encoder(_PACKING))
        return made


_ENCODERS: Final = _Encoders()


def encode_event(event: VirtualOperation) -> bytes:
    """Hive's number and the fields, assets by number."""
    number, encode = _ENCODERS[type(event)]
    return number + encode(event)


def decode_event(data: bytes) -> VirtualOperation:
    """The event in bytes that `encode_event` made; raises InvalidInput."""
    with reading():
        operation_id, pos = decode_varint(data, 0)
        kind = EVENTS.get(operation_id)
        if kind is None:
            raise UnknownAlternative(index=operation_id, of="events")
        found, pos = struct_of(kind).decoder(MAINNET)(data, pos)
    if pos != len(data):
        raise TrailingBytes(count=len(data) - pos)
    event: VirtualOperation = found
    return event
