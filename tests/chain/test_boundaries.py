"""Every number of every operation at the borders of its bits and of its rule (protocol.md §10.1): nothing beyond is accepted, nothing
escapes but a ChainError."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from chain.asset import HBD, HIVE, INT64_MAX, INT64_MIN, Asset, Price
from chain.asset_wire import AssetType, LegacyHiveAsset, PriceType
from chain.authority import Authority
from chain.errors import ChainError, InvalidOperation
from chain.extensions import RecurrentTransferPairId
from chain.fields import Maybe, Pair, Struct, Variant, Vector, struct_of
from chain.invariants import check_invariants
from chain.operations import OPERATION
from chain.operations.comment_options import Beneficiary, CommentPayoutBeneficiaries
from chain.operations.update_proposal import UpdateProposalEndDate
from chain.params import MAINNET
from chain.presets import DEVNET
from chain.wire import HF26, LEGACY, Integer, NotEncodable, Packing, WireType
from chain.witness_properties import pack_property
from tests.chain.test_operations import VALID, properties
from tests.helpers.forge import Forge

KEY = VALID["account_create"].memo_key
RICH = Authority.build(1, {"bob": 1, "carol": 2}, {KEY: 1})
BENEFICIARIES = CommentPayoutBeneficiaries((Beneficiary("bob", 0), Beneficiary("carol", 0)))

# As VALID, with something wherever a number can stand.
EXAMPLES: dict[str, Any] = {
    **{name: operation for name, operation in VALID.items() if name not in {"pow", "pow2"}},
    **{
        name: replace(VALID[name], owner=RICH, active=RICH, posting=RICH)
        for name in (
            *("account_create", "create_claimed_account", "account_create_with_delegation"),
            *("account_update", "account_update2"),
        )
    },
    "request_account_recovery": replace(VALID["request_account_recovery"], new_owner_authority=RICH),
    "remove_proposal": replace(VALID["remove_proposal"], proposal_ids=(1,)),
    "comment_options": replace(VALID["comment_options"], extensions=(BENEFICIARIES,)),
    "recurrent_transfer": replace(VALID["recurrent_transfer"], extensions=(RecurrentTransferPairId(0),)),
    "update_proposal": replace(VALID["update_proposal"], extensions=(UpdateProposalEndDate(1),)),
}

U16, U32 = 0xFFFF, 0xFFFF_FFFF
POSITIVE = (1, INT64_MAX)
NOT_NEGATIVE = (0, INT64_MAX)
PERCENT = (0, 10_000)
ANY_MONEY = (INT64_MIN, INT64_MAX)

# What `validate` takes, of each number that it does not take whole. Relations are to the other values of the example.
RANGES: dict[str, tuple[int, int]] = {
    "vote.weight": (-10_000, 10_000),
    "transfer.amount": POSITIVE,
    "transfer_to_vesting.amount": POSITIVE,
    "withdraw_vesting.vesting_shares": ANY_MONEY,  # what is negative is refused when it is applied
    "limit_order_create.amount_to_sell": POSITIVE,
    "limit_order_create.min_to_receive": POSITIVE,
    "limit_order_create2.amount_to_sell": (10, INT64_MAX),  # less would sell for nothing
    "limit_order_create2.exchange_rate.base": (1, 10),
    "limit_order_create2.exchange_rate.quote": POSITIVE,
    "feed_publish.exchange_rate.base": POSITIVE,
    "feed_publish.exchange_rate.quote": POSITIVE,
    "convert.amount": POSITIVE,
    "collateralized_convert.amount": POSITIVE,
    "account_create.fee": (0, 1_000_000_000),
    "account_create_with_delegation.fee": (0, 1_000_000_000),
    "account_create_with_delegation.delegation": NOT_NEGATIVE,
    "claim_account.fee": (0, 1_000_000_000),
    "witness_update.fee": NOT_NEGATIVE,
    "witness_update.props.account_creation_fee": (1, 1_000_000_000),
    "witness_update.props.maximum_block_size": (65_536, 2_097_152),
    "witness_update.props.hbd_interest_rate": PERCENT,
    "set_withdraw_vesting_route.percent": PERCENT,
    "comment_options.max_accepted_payout": NOT_NEGATIVE,
    "comment_options.percent_hbd": PERCENT,
    "comment_options.extensions.beneficiaries.weight": PERCENT,
    "escrow_transfer.hbd_amount": POSITIVE,  # the example moves nothing else
    "escrow_transfer.hive_amount": NOT_NEGATIVE,
    "escrow_transfer.fee": NOT_NEGATIVE,
    "escrow_transfer.ratification_deadline": (0, 1),
    "escrow_transfer.escrow_expiration": (2, U32),
    "escrow_release.hbd_amount": NOT_NEGATIVE,
    "escrow_release.hive_amount": POSITIVE,
    "transfer_to_savings.amount": POSITIVE,
    "transfer_from_savings.amount": POSITIVE,
    "claim_reward_balance.reward_hive": NOT_NEGATIVE,
    "claim_reward_balance.reward_hbd": NOT_NEGATIVE,
    "claim_reward_balance.reward_vests": POSITIVE,
    "delegate_vesting_shares.vesting_shares": NOT_NEGATIVE,
    "create_proposal.start_date": (0, 1),
    "create_proposal.end_date": (2, U32),
    "create_proposal.daily_pay": NOT_NEGATIVE,
    "update_proposal.proposal_id": NOT_NEGATIVE,
    "update_proposal.daily_pay": NOT_NEGATIVE,
    "recurrent_transfer.amount": NOT_NEGATIVE,
    "recurrent_transfer.recurrence": (24, U16),
    "recurrent_transfer.executions": (2, U16),
    "recover_account.new_owner_authority.weight_threshold": (1, 1),  # of one key of weight 1
    "recover_account.recent_owner_authority.weight_threshold": (0, 1),
    "recover_account.new_owner_authority.key_auths": (1, U16),
    "recover_account.recent_owner_authority.key_auths": (1, U16),
}
# Numbers that may be anything their bits hold.
FREE = {
    *("limit_order_create.orderid", "limit_order_create.expiration", "limit_order_create2.orderid"),
    *("limit_order_create2.expiration", "limit_order_cancel.orderid", "convert.requestid"),
    *("collateralized_convert.requestid", "custom.id", "escrow_transfer.escrow_id", "escrow_dispute.escrow_id"),
    *("escrow_release.escrow_id", "escrow_approve.escrow_id", "transfer_from_savings.request_id"),
    *("cancel_transfer_from_savings.request_id", "update_proposal_votes.proposal_ids", "remove_proposal.proposal_ids"),
    *("update_proposal.extensions.end_date", "recurrent_transfer.extensions.pair_id"),
    *(
        f"{operation}.{role}.{part}"
        for operation, roles in (
            *(
                (name, ("owner", "active", "posting"))
                for name in EXAMPLES
                if name.startswith(("account_create", "account_up"))
            ),
            ("create_claimed_account", ("owner", "active", "posting")),
            ("request_account_recovery", ("new_owner_authority",)),
        )
        for role in roles
        for part in ("weight_threshold", "account_auths", "key_auths")
    ),
}


class Place:
    """A number inside an operation: its name, its bits, and the operation with another number there."""

    def __init__(self, name: str, bits: Integer, change: Any) -> None:
        self.name = name
        self.bits = bits
        self.change = change

    def __repr__(self) -> str:
        return self.name


I64 = Integer(64, is_signed=True)


def places(of: WireType, value: Any, name: str, change: Any) -> Iterator[Place]:
    """Every number in a value of a declared type; `change` puts another value in its place."""
    match of:
        case Integer():
            yield Place(name, of, change)
        case AssetType() | LegacyHiveAsset():
            yield Place(name, I64, lambda amount: change(Asset(amount, value.symbol)))
        case PriceType():
            yield Place(
                f"{name}.base", I64, lambda amount: change(value._replace(base=Asset(amount, value.base.symbol)))
            )
            yield Place(
                f"{name}.quote", I64, lambda amount: change(value._replace(quote=Asset(amount, value.quote.symbol)))
            )
        case Maybe():
            if value is not None:
                yield from places(of.of, value, name, change)
        case Pair():
            yield from places(of.value, value[1], name, lambda other: change((value[0], other)))
        case Vector():
            for position, element in enumerate(value):
                yield from places(of.of, element, name, _changing(value, position, change))
        case Variant():
            yield from places(struct_of(type(value)), value, name, change)
        case Struct() if is_dataclass(value):
            for field, part in zip(fields(value), of.types, strict=True):
                yield from places(
                    part,
                    getattr(value, field.name),
                    f"{name}.{field.name}",
                    lambda other, field=field: change(replace(value, **{field.name: other})),  # type: ignore[misc]
                )


def _changing(values: tuple[Any, ...], position: int, change: Any) -> Any:
    return lambda other: change((*values[:position], other, *values[position + 1 :]))


def all_places() -> list[Place]:
    return [
        place
        for name, operation in EXAMPLES.items()
        for place in places(struct_of(type(operation)), operation, name, lambda changed: changed)
    ]


PLACES = all_places()


def borders(place: Place) -> list[int]:
    low, high = RANGES.get(place.name, (place.bits.min, place.bits.max))
    edges = (0, low, high, place.bits.min, place.bits.max, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63, 1 << 64)
    return sorted({edge + step for edge in edges for step in (-1, 0, 1)})


def test_every_number_has_a_rule() -> None:
    names = {place.name for place in PLACES}
    assert names == {*RANGES, *FREE}
    assert not RANGES.keys() & FREE


@pytest.mark.parametrize("place", PLACES, ids=repr)
def test_only_what_is_in_range_is_encoded_and_valid(place: Place) -> None:
    """Out of its bits it cannot be written, out of its range it is refused, and the rest comes back as it was."""
    low, high = RANGES.get(place.name, (place.bits.min, place.bits.max))
    params = replace(MAINNET, account_creation_fee_min=1)
    for number in borders(place):
        operation = place.change(number)
        for form in (LEGACY, HF26):
            packing = Packing(params.dialect, form)
            if not place.bits.min <= number <= place.bits.max:
                with pytest.raises(NotEncodable):
                    OPERATION.encode(operation, packing)
                continue
            raw = OPERATION.encode(operation, packing)
            assert OPERATION.decode(raw, 0, packing) == (operation, len(raw))
        if low <= number <= high:
            operation.validate(params)
        elif place.bits.min <= number <= place.bits.max:
            with pytest.raises(InvalidOperation):
                operation.validate(params)


@pytest.fixture(scope="module")
def forge() -> Forge:
    """With a post, a witness of alice's and a claimed account, so that something can be reached."""
    forge = Forge()
    forge.grow(40)
    mempool = forge.chain.mempool
    mempool.add(forge.transaction(replace(VALID["comment"], permlink="post"), by="alice", role="posting"))
    mempool.add(forge.transaction(replace(VALID["witness_update"], owner="bob"), by="bob"))
    with forge.amending() as state:
        state.accounts.edit("alice").pending_claimed_accounts = 1
    return forge


@pytest.mark.parametrize("is_in_control", [True, False], ids=["admitting", "in a block"])
@pytest.mark.parametrize("place", PLACES, ids=repr)
def test_nothing_escapes_but_a_chain_error(forge: Forge, place: Place, *, is_in_control: bool) -> None:
    """Whatever the number, on a chain on which most of the names exist; and what is accepted breaks no law of supply."""
    for number in borders(place):
        operation = place.change(number)
        if place.bits.min <= number <= place.bits.max:
            _apply(forge, operation, is_in_control=is_in_control)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("account_creation_fee", (0, 1, 999_999_999, 1_000_000_000, 1_000_000_001, INT64_MAX, INT64_MIN, -1)),
        ("maximum_block_size", (0, 1, 65_535, 65_536, 2_097_152, 2_097_153, U32)),
        ("hbd_interest_rate", (0, 1, 10_000, 10_001, U16)),
        ("account_subsidy_budget", (-(2**31), -1, 0, 1, 268_435_455, 268_435_456, 2**31 - 1)),
        ("account_subsidy_decay", (0, 63, 64, U32 - 1, U32)),
    ],
)
def test_numbers_that_a_witness_packs_itself(forge: Forge, name: str, numbers: tuple[int, ...]) -> None:
    ranges = {
        "account_creation_fee": (1, 1_000_000_000),
        "maximum_block_size": (65_536, 2_097_152),
        "hbd_interest_rate": PERCENT,
        "account_subsidy_budget": (1, 268_435_455),
        "account_subsidy_decay": (64, U32),
    }
    low, high = ranges[name]
    for number in numbers:
        value = Asset(number, HIVE) if name == "account_creation_fee" else number
        operation = replace(VALID["witness_set_properties"], owner="bob", props=properties(**{name: value}))
        if low <= number <= high:
            operation.validate(MAINNET)
            _apply(forge, operation, is_in_control=False)
            continue
        with pytest.raises(InvalidOperation):
            operation.validate(MAINNET)


def test_a_packed_property_may_be_any_bytes(forge: Forge) -> None:
    """Short, long or senseless: a ChainError, or a value in its range."""
    packing = Packing(DEVNET.dialect, LEGACY)
    price = pack_property("hbd_exchange_rate", Price(Asset(1, HBD), Asset(1, HIVE)), packing)
    for name in ("account_creation_fee", "maximum_block_size", "hbd_interest_rate", "hbd_exchange_rate", "url"):
        for raw in (
            b"",
            b"\0",
            b"\xff",
            b"\x01\xff",
            bytes(40),
            b"\xff" * 40,
            b"\xff\xff\xff\xff\x0f",
            price[:-1],
            price,
        ):
            props = tuple(sorted({"key": KEY, name: raw, f"x{name}": raw}.items()))
            _apply(forge, replace(VALID["witness_set_properties"], owner="bob", props=props), is_in_control=False)


def _apply(forge: Forge, operation: Any, *, is_in_control: bool) -> None:
    """As a transaction would, and take it back."""
    state = forge.state
    state.is_in_control = is_in_control
    state.store.begin()
    try:
        with suppress(ChainError):
            operation.validate(state.params)
            operation.authorities()
            operation.apply(state)
            check_invariants(state)
            for table in state.store.tables:
                for row in filter(None, table.rows.values()):
                    table.pack(row)
    finally:
        state.store.rollback()
        state.applied.clear()
        state.is_in_control = False
