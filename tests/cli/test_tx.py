"""Transactions by hand: inspected, built, signed and sent."""

import json

import pytest

from chain.keys import PrivateKey, public_key_text
from tests.cli.fake_node import CHAIN_ID, HEAD_BLOCK_ID
from tests.cli.people import account_row, accounts_answer, key_of, public_text, write_keys
from tests.helpers.shared import shared_path

MAINNET_ID = "beeab0de" + "00" * 28
INIT_KEY = PrivateKey.from_seed("init_key")
INIT_PUBLIC = public_key_text(INIT_KEY.public_key)

# 1.234 HIVE from alice to bob; figures of the reference's suite "tx_serialization", case "transfer"
TRANSFER = {
    "ref_block_num": 4000,
    "ref_block_prefix": 4_000_000_000,
    "expiration": "2018-01-01T00:00:00",
    "operations": [["transfer", {"from": "alice", "to": "bob", "amount": "1.234 HIVE", "memo": "m"}]],
    "extensions": [],
    "signatures": [
        "1f8adf4fe6d5cdd64d6ab3dbc878f4370080d5e9503bbccc0338e8bc6b9a1f5aed77f593181fce9c2980ac4c1ce840ca79a26f957ba608cddc55b0cd78565133d7"
    ],
}
LEGACY_BYTES = "a00f00286bee007a495a010205616c69636503626f62d20400000000000003535445454d0000016d00"
HF26_BYTES = "a00f00286bee007a495a010205616c69636503626f62d2040000000000002320bcbe016d00"
LEGACY_DIGEST = "7222f64bf4187b928dbf88d8477b8375cb3ff67cee448141983c6ebf9269392f"


def vectors():
    try:
        suites = json.loads(shared_path("vectors", "protocol.json").read_text())["vectors"]
    except pytest.skip.Exception:
        return []
    return [vector for vector in suites if vector["suite"] == "tx_serialization"]


def test_inspection_tells_bytes_id_digest_and_signers_of_both_packings(answer, tmp_path):
    file = tmp_path / "tx.json"
    file.write_text(json.dumps(TRANSFER))
    seen = answer("tx", "inspect", str(file), "--chain-id", MAINNET_ID)
    assert list(seen) == ["legacy", "hf26"]
    assert seen["legacy"] == {
        "bytes": LEGACY_BYTES,
        "id": "b64ff60541a599252663fe7a74228e3fa4880010",
        "digest": LEGACY_DIGEST,
        "signers": [INIT_PUBLIC],
    }
    assert seen["hf26"]["bytes"] == HF26_BYTES
    assert seen["hf26"]["id"] == "1976975d4ebc350b65dcaa1fa1ad280599803392"
    assert seen["hf26"]["signers"] != [INIT_PUBLIC]


def test_inspection_reads_the_other_json_form_from_standard_input(answer):
    amount = {"amount": "1234", "precision": 3, "nai": "@@000000021"}
    operation = {"type": "transfer_operation", "value": {"from": "alice", "to": "bob", "amount": amount, "memo": "m"}}
    seen = answer(
        "tx", "inspect", "-", "--chain-id", MAINNET_ID, input=json.dumps(TRANSFER | {"operations": [operation]})
    )
    assert seen["legacy"]["bytes"] == LEGACY_BYTES


def test_inspection_speaks_the_network_s_names(answer):
    operation = ["transfer", {"from": "alice", "to": "bob", "amount": "1.234 TESTS", "memo": "m"}]
    text = json.dumps(TRANSFER | {"operations": [operation]})
    seen = answer(
        "tx", "inspect", "-", "--chain-id", MAINNET_ID, "--prefix", "TST", "--symbols", "TESTS,TBD", input=text
    )
    assert b"TESTS".hex() in seen["legacy"]["bytes"]
    assert seen["hf26"]["bytes"] == HF26_BYTES
    assert seen["legacy"]["signers"][0].startswith("TST")


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_inspection_agrees_with_every_vector(vector, answer):
    case, expected = dict(vector["input"]), vector["expected"]
    chain_id = case.pop("chain_id", MAINNET_ID)
    signer = public_key_text(PrivateKey.from_wif(case.pop("wif")).public_key) if "wif" in case else None
    for form in ("legacy", "hf26"):
        if form not in expected:
            continue
        signatures = [expected[form]["signature"]] if "signature" in expected[form] else []
        seen = answer(
            "tx", "inspect", "-", "--chain-id", chain_id, input=json.dumps(case | {"signatures": signatures})
        )[form]
        assert seen["bytes"] == expected[form]["serialized"]
        assert seen["id"] == expected[form]["tx_id"]
        assert seen["digest"] == expected[form]["sig_digest"]
        if signatures:
            assert seen["signers"] == [signer]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "Standard input is not JSON"), ("[]", "holds no transaction"), ('{"operations": [["fly", {}]]}', "fly")],
)
def test_invalid_transaction_file(text, sentence, skald):
    result = skald("tx", "inspect", "-", "--chain-id", MAINNET_ID, input=text)
    assert result.exit_code in {1, 2}
    assert sentence in result.stderr


def test_invalid_chain_id(skald):
    assert "is not 64 hex digits" in skald("tx", "inspect", "-", "--chain-id", "beef", input="{}").stderr


def test_invalid_symbols(skald):
    result = skald("tx", "inspect", "-", "--chain-id", MAINNET_ID, "--symbols", "TESTS", input="{}")
    assert "Write it like TESTS,TBD." in result.stderr


def test_signing_needs_no_node(answer, tmp_path):
    keys = write_keys(tmp_path / "keys", INIT_KEY)
    unsigned = json.dumps(TRANSFER | {"signatures": []})
    signed = answer("tx", "sign", "-", "--chain-id", MAINNET_ID, "--key-file", str(keys), input=unsigned)
    seen = answer("tx", "inspect", "-", "--chain-id", MAINNET_ID, input=json.dumps(signed))
    assert seen["legacy"]["signers"] == [INIT_PUBLIC]
    again = answer(
        "tx", "sign", "-", "--chain-id", MAINNET_ID, "--key-file", str(keys), "--packing", "hf26", input=unsigned
    )
    assert answer("tx", "inspect", "-", "--chain-id", MAINNET_ID, input=json.dumps(again))["hf26"]["signers"] == [
        INIT_PUBLIC
    ]


def test_of_several_keys_the_named_one_signs(answer, skald, tmp_path):
    keys = write_keys(tmp_path / "keys", key_of("alice", "active"), key_of("bob", "active"))
    arguments = ("tx", "sign", "-", "--chain-id", MAINNET_ID, "--key-file", str(keys))
    unsigned = json.dumps(TRANSFER | {"signatures": []})
    refused = skald(*arguments, input=unsigned)
    assert refused.exit_code == 2
    assert "2 keys are at hand" in refused.stderr
    signed = answer(*arguments, "--with", public_text("bob", "active"), input=unsigned)
    assert len(signed["signatures"]) == 1


def test_invalid_signing_without_any_key(skald):
    result = skald("tx", "sign", "-", "--chain-id", MAINNET_ID, input=json.dumps(TRANSFER))
    assert result.exit_code == 5
    assert "There is no key at hand." in result.stderr


def test_every_operation_can_be_built_from_its_fields(node, answer):
    built = answer("tx", "build", "transfer", "--from", "alice", "--to", "bob", "--amount", "1.000 HIVE", node=node)
    assert built["operations"] == [["transfer", {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""}]]
    assert built["ref_block_num"] == int(HEAD_BLOCK_ID[:8], 16)


def test_lists_texts_and_flags_of_an_operation_become_options(node, answer):
    follow = ("--required-posting-auths", "alice", "--id", "follow", "--json-text", '["follow",{}]')
    assert answer("tx", "build", "custom-json", *follow, node=node)["operations"][0][1] == {
        "required_auths": [],
        "required_posting_auths": ["alice"],
        "id": "follow",
        "json": '["follow",{}]',
    }
    voted = answer(
        "tx", "build", "account-witness-vote", "--account", "alice", "--witness", "bob", "--approve", node=node
    )
    assert voted["operations"][0][1]["approve"] is True
    price = ("--exchange-rate", '{"base": "0.250 HBD", "quote": "1.000 HIVE"}')
    fed = answer("tx", "build", "feed-publish", "--publisher", "alice", *price, node=node)
    assert fed["operations"][0][1]["exchange_rate"]["base"] == "0.250 HBD"


def test_every_operation_has_a_command_with_an_option_for_each_field(skald):
    from cli.operations import operation_names

    names = operation_names()
    assert len(names) == 50
    for name in names:
        result = skald("tx", "build", name.replace("_", "-"), "--help")
        assert result.exit_code == 0


def test_building_may_add_to_a_transaction_and_print_the_other_form(node, answer, tmp_path):
    file = tmp_path / "tx.json"
    file.write_text(json.dumps(TRANSFER | {"signatures": []}))
    built = answer("tx", "build", "vote", "--voter", "alice", "--add-to", str(file), "--form", "hf26", node=node)
    assert [one["type"] for one in built["operations"]] == ["transfer_operation", "vote_operation"]
    assert built["expiration"] == TRANSFER["expiration"]


def test_invalid_addition_to_a_signed_transaction(node, skald, tmp_path):
    file = tmp_path / "tx.json"
    file.write_text(json.dumps(TRANSFER))
    assert "signed already" in skald("tx", "build", "vote", "--add-to", str(file), node=node).stderr


def test_built_signed_and_sent_by_three_commands(node, answer, skald, tmp_path):
    keys = write_keys(tmp_path / "keys", key_of("alice", "posting"))
    built = skald("tx", "build", "vote", "--voter", "alice", "--author", "bob", "--permlink", "hello", node=node).stdout
    signed = skald("tx", "sign", "-", "--chain-id", CHAIN_ID, "--key-file", str(keys), input=built).stdout
    sent = answer("tx", "broadcast", "-", input=signed, node=node)
    assert sent["block_num"] == 124
    assert node.sent_operations() == [["vote", {"voter": "alice", "author": "bob", "permlink": "hello", "weight": 0}]]


def test_an_unsigned_transaction_is_signed_on_its_way_if_the_keys_are_at_hand(node, answer, tmp_path):
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    keys = write_keys(tmp_path / "keys", key_of("alice", "active"))
    answer("tx", "broadcast", "-", "--key-file", str(keys), input=json.dumps(TRANSFER | {"signatures": []}), node=node)
    assert len(node.asked("condenser_api.broadcast_transaction_synchronous")[0][0]["signatures"]) == 1


def test_what_was_left_out_of_an_operation_is_named(node, skald):
    result = skald("tx", "build", "transfer", "--from", "alice", node=node)
    assert result.exit_code == 0
    assert "empty, zero or false: --to, --amount" in result.stderr
    assert json.loads(result.stdout)["operations"][0][1]["to"] == ""


@pytest.mark.parametrize("text", ["[" * 100_000, '{"operations": 5}', '{"operations": [7]}', '{"transaction": {}}', ""])
def test_invalid_transaction_is_wrong_usage(skald, text):
    assert skald("tx", "inspect", "-", "--chain-id", MAINNET_ID, input=text).exit_code == 2


def test_invalid_transaction_file_is_missing(skald, tmp_path):
    result = skald("tx", "inspect", str(tmp_path / "none"), "--chain-id", MAINNET_ID)
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory." in result.stderr
