"""Both JSON forms: what is written, what is read leniently, and how a refusal names its member."""

from typing import Any

import pytest

from chain.asset import HBD, HIVE, MAINNET, TESTNET, Asset, Price
from chain.authority import Authority
from chain.events import EffectiveCommentVote, SystemWarning
from chain.extensions import RecurrentTransferPairId
from chain.fields import I64, U64, wire_type
from chain.jsonform import HF26, LEGACY, InvalidField, from_json, read_value, to_json, value_json, write_value
from chain.keys import public_key_text
from chain.operations import (
    AccountUpdate,
    AccountWitnessVote,
    CommentOptions,
    Custom,
    CustomJson,
    EscrowTransfer,
    FeedPublish,
    LimitOrderCreate,
    RecurrentTransfer,
    Transfer,
    UpdateProposal,
    UpdateProposalVotes,
    Vote,
    WitnessSetProperties,
    WitnessUpdate,
)
from chain.operations.comment_options import Beneficiary, CommentPayoutBeneficiaries
from chain.operations.update_proposal import UpdateProposalEndDate
from chain.types import TIME_MAX

KEY = bytes.fromhex("02" + "11" * 32)
KEY_TEXT = public_key_text(KEY, "STM")


def test_the_two_forms_of_one_operation() -> None:
    transfer = Transfer("alice", "bob", Asset(1000, HIVE), "")
    amount = {"amount": "1000", "precision": 3, "nai": "@@000000021"}
    assert to_json(transfer, LEGACY, MAINNET) == [
        "transfer",
        {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""},
    ]
    assert to_json(transfer, HF26, TESTNET) == {
        "type": "transfer_operation",
        "value": {"from": "alice", "to": "bob", "amount": amount, "memo": ""},
    }
    assert value_json(transfer, LEGACY, TESTNET)["amount"] == "1.000 TESTS"


def test_an_optional_that_is_absent_is_left_out() -> None:
    update = AccountUpdate("alice", None, Authority.of_key(KEY), None, KEY, "")
    written = value_json(update, HF26, MAINNET)
    assert list(written) == ["account", "active", "memo_key", "json_metadata"]
    assert written["active"] == {"weight_threshold": 1, "account_auths": [], "key_auths": [[KEY_TEXT, 1]]}
    assert from_json(["account_update", written], MAINNET) == update


def test_numbers_that_a_double_cannot_hold_are_texts() -> None:
    for value, written in ((2**53 - 1, 2**53 - 1), (2**53, str(2**53)), (0, 0)):
        assert write_value(wire_type(U64), value, HF26, MAINNET) == written
    for value, written in ((1 - 2**53, 1 - 2**53), (-(2**53), str(-(2**53)))):
        assert write_value(wire_type(I64), value, HF26, MAINNET) == written


def test_events_are_written_as_operations_are() -> None:
    vote = EffectiveCommentVote("alice", "bob", "post", 10, -5, 2**60, Asset(0, HBD))
    assert to_json(vote, LEGACY, MAINNET)[1]["total_vote_weight"] == str(2**60)
    assert to_json(SystemWarning("x"), HF26, MAINNET) == {"type": "system_warning_operation", "value": {"message": "x"}}


def test_text_that_is_not_utf8_is_shown_as_far_as_it_goes() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert value_json(SystemWarning(text), HF26, MAINNET) == {"message": "caf\ufffd"}


@pytest.mark.parametrize(
    ("operation", "legacy_extensions", "hf26_extensions"),
    [
        (
            CommentOptions(
                "alice", "post", Asset(1, HBD), 10_000, True, True,
                (CommentPayoutBeneficiaries((Beneficiary("bob", 500),)),),
            ),
            [[0, {"beneficiaries": [{"account": "bob", "weight": 500}]}]],
            [{"type": "comment_payout_beneficiaries", "value": {"beneficiaries": [{"account": "bob", "weight": 500}]}}],
        ),
        (
            RecurrentTransfer("alice", "bob", Asset(1, HBD), "", 24, 2, (RecurrentTransferPairId(7),)),
            [[1, {"pair_id": 7}]],
            [{"type": "recurrent_transfer_pair_id", "value": {"pair_id": 7}}],
        ),
        (
            UpdateProposal(1, "alice", Asset(1, HBD), "s", "p", (UpdateProposalEndDate(0),)),
            [[1, {"end_date": "1970-01-01T00:00:00"}]],
            [{"type": "update_proposal_end_date", "value": {"end_date": "1970-01-01T00:00:00"}}],
        ),
    ],
)  # fmt: skip
def test_extensions(operation: Any, legacy_extensions: Any, hf26_extensions: Any) -> None:
    for form, extensions in ((LEGACY, legacy_extensions), (HF26, hf26_extensions)):
        written = to_json(operation, form, MAINNET)
        value = written[1] if form is LEGACY else written["value"]
        assert value["extensions"] == extensions
        assert from_json(written, MAINNET, form) == operation


def test_kinds_are_read_by_number_or_name_in_either_form() -> None:
    content = {"beneficiaries": []}
    wanted = (CommentPayoutBeneficiaries(()),)
    for extension in (
        [0, content],
        ["comment_payout_beneficiaries", content],
        {"type": 0, "value": content},
        {"type": "comment_payout_beneficiaries", "value": content},
    ):
        read = from_json(["comment_options", {"extensions": [extension]}], MAINNET)
        assert isinstance(read, CommentOptions)
        assert read.extensions == wanted
    vote = Vote("alice", "bob", "post", 1)
    value = value_json(vote, LEGACY, MAINNET)
    for kind in (0, "vote", "vote_operation"):
        assert from_json([kind, value], MAINNET) == from_json({"type": kind, "value": value}, MAINNET) == vote


def test_numbers_are_read_from_text() -> None:
    authority = {"weight_threshold": "1", "account_auths": [["bob", "2"]], "key_auths": [[KEY_TEXT, "1"]]}
    update = from_json(["account_update", {"account": "alice", "posting": authority, "memo_key": KEY_TEXT}], MAINNET)
    assert update == AccountUpdate("alice", None, None, Authority(1, (("bob", 2),), ((KEY, 1),)), KEY, "")
    votes = from_json(
        ["update_proposal_votes", {"voter": "alice", "proposal_ids": ["1", 2], "approve": "true"}], MAINNET
    )
    assert votes == UpdateProposalVotes("alice", (1, 2), True, ())


def test_maps_and_sets_are_sorted_when_read() -> None:
    read = from_json(["custom_json", {"required_auths": ["zoe", "alice", "zoe"], "id": "x", "json": "{}"}], MAINNET)
    assert read == CustomJson(("alice", "zoe"), (), "x", "{}")
    props = from_json(["witness_set_properties", {"owner": "w", "props": [["url", "0161"], ["key", "00"]]}], MAINNET)
    assert props == WitnessSetProperties("w", (("key", b"\0"), ("url", b"\1a")), ())
    assert value_json(props, HF26, MAINNET)["props"] == [["key", "00"], ["url", "0161"]]


def test_absent_members_mean_what_they_mean_to_hived() -> None:
    assert from_json(["account_witness_vote", {"account": "alice", "witness": "bob"}], MAINNET) == AccountWitnessVote(
        "alice", "bob", True
    )
    options = from_json(["comment_options", {"author": "alice", "permlink": "p"}], MAINNET)
    assert options == CommentOptions("alice", "p", Asset(1_000_000_000, HBD), 10_000, True, True, ())
    order = from_json(["limit_order_create", {"owner": "alice"}], MAINNET)
    assert isinstance(order, LimitOrderCreate)
    assert (order.expiration, order.amount_to_sell) == (TIME_MAX, Asset(0, HIVE))
    escrow = from_json(["escrow_transfer", {}], MAINNET)
    assert isinstance(escrow, EscrowTransfer)
    assert (escrow.escrow_id, escrow.hbd_amount) == (30, Asset(0, HBD))
    witness = from_json(["witness_update", {"owner": "w", "props": {}}], MAINNET)
    assert isinstance(witness, WitnessUpdate)
    assert (witness.props.maximum_block_size, witness.block_signing_key) == (131_072, bytes(33))
    assert from_json(["feed_publish", {}], MAINNET) == FeedPublish("", Price(Asset(0, HIVE), Asset(0, HIVE)))
    assert from_json(["custom", {"unknown": 1}], MAINNET) == Custom((), 0, b"")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["vote", {"weight": 40_000}], "vote.weight: 40000 is outside"),
        (["vote", {"weight": "a lot"}], "vote.weight: expected a whole number"),
        (["vote", {"weight": True}], "vote.weight: expected a whole number"),
        (["vote", {"weight": 1.5}], "vote.weight: expected a whole number"),
        (["vote", {"voter": 5}], "vote.voter: expected a text"),
        (["vote", {"voter": "a" * 17}], "vote.voter: longer than 16 bytes"),
        (["vote", {"permlink": "\ud800"}], "vote.permlink: not a Unicode text"),
        (["vote", []], "vote: expected an object"),
        (["transfer", {"amount": "1 HIVE"}], "transfer.amount: Not an amount"),
        (["transfer", {"amount": 5}], "transfer.amount: Not an amount"),
        (["custom", {"data": "0g"}], "custom.data: expected hex digits"),
        (["custom", {"data": "00 11"}], "custom.data: expected hex digits without spaces"),
        (["custom", {"required_auths": "alice"}], "custom.required_auths: expected an array"),
        (["account_witness_vote", {"approve": "yes"}], "approve: expected true or false"),
        (["account_update", {"memo_key": "STM5"}], "account_update.memo_key: "),
        (["account_update", {"memo_key": KEY_TEXT.replace("STM", "TST")}], "account_update.memo_key: "),
        (["account_update", {"owner": {"account_auths": [["bob"]]}}], "owner.account_auths.0: expected a pair"),
        (["limit_order_create", {"expiration": "tomorrow"}], "limit_order_create.expiration: Not a time"),
        (["update_proposal_votes", {"proposal_ids": [2, 1]}], "proposal_ids: the elements must be sorted and unique"),
        (["update_proposal_votes", {"proposal_ids": [1, 1]}], "proposal_ids: the elements must be sorted and unique"),
        (["comment_options", {"extensions": [[1, {}]]}], "extensions.0: there is no kind 1"),
        (["comment_options", {"extensions": [[0]]}], "extensions.0: expected a kind and its value"),
        (
            ["witness_update", {"props": {"account_creation_fee": "1.000 HBD"}}],
            "props.account_creation_fee: expected HIVE",
        ),
        (["no_such", {}], "there is no kind 'no_such'"),
        (["system_warning", {}], "there is no kind 'system_warning'"),
        ([50, {}], "there is no kind 50"),
        ("vote", "expected .kind, value."),
        ({"type": "vote"}, "expected .kind, value."),
        (None, "expected .kind, value."),
    ],
)
def test_invalid_member_is_named(value: Any, message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        from_json(value, MAINNET)


def test_invalid_form_where_one_is_asked_for() -> None:
    vote = Vote("alice", "bob", "post", 1)
    for form, other in ((LEGACY, HF26), (HF26, LEGACY)):
        with pytest.raises(InvalidField):
            from_json(to_json(vote, form, MAINNET), MAINNET, other)
    with pytest.raises(InvalidField, match="amount"):
        read_value(wire_type(Price), {"base": "1.000 HBD"}, HF26, MAINNET)
