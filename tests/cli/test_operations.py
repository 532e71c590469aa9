"""Commands that change the chain: which operations they send, and that the right keys signed them."""

import json
import stat

import pytest

from chain.asset import MAINNET
from chain.keys import PrivateKey, Scheme, parse_public_key, public_key_text, signature_key
from chain.memo import decrypt_memo
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from cli.keyring import add_to_key_file, read_key_file
from tests.cli.fake_node import CHAIN_ID, HEAD_BLOCK_ID, Refusal
from tests.cli.people import account_row, accounts_answer, key_of, public_text, write_keys

EXISTING_POST = {
    "author": "alice",
    "permlink": "hello",
    "parent_author": "",
    "parent_permlink": "intro",
    "title": "Hello",
    "body": "First.",
    "json_metadata": '{"tags": ["intro"]}',
}


@pytest.fixture
def alice(node, tmp_path, monkeypatch):
    """A node that knows alice and bob, and both their keys at hand."""
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"), account_row("bob"))
    keys = [key_of(name, role) for name in ("alice", "bob") for role in ("posting", "active", "owner")]
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", *keys)))
    return node


def signer_of(node):
    """Whose key signed the broadcast transaction in the legacy packing."""
    ((value,),) = node.asked("condenser_api.broadcast_transaction_synchronous")
    transaction = Transaction.from_json(value, LEGACY, MAINNET).with_packing(Packing(MAINNET, LEGACY))
    (signature,) = transaction.signatures
    return public_key_text(signature_key(transaction.digest(bytes.fromhex(CHAIN_ID)), signature))


def test_a_vote_is_tied_to_the_head_and_signed_by_the_posting_key(alice, answer):
    result = answer("vote", "alice/hello", "--voter", "bob", "--weight", "-12.5%", node=alice)
    assert result["what"] == "bob voted -12.5% for alice/hello"
    assert result["block_num"] == 124
    assert alice.sent_operations() == [
        ["vote", {"voter": "bob", "author": "alice", "permlink": "hello", "weight": -1250}]
    ]
    sent = alice.asked("condenser_api.broadcast_transaction_synchronous")[0][0]
    assert sent["ref_block_num"] == int(HEAD_BLOCK_ID[:8], 16)
    assert sent["ref_block_prefix"] == 0xDDCCBBAA
    assert sent["expiration"] == "2025-01-01T00:11:00"
    assert signer_of(alice) == public_text("bob", "posting")


def test_a_person_reads_one_line(alice, skald):
    result = skald("vote", "alice/hello", "--voter", "bob", node=alice)
    assert result.stdout.startswith("✓ bob voted 100% for alice/hello  block 124")


def test_a_transfer_needs_the_active_key_and_exact_money(alice, skald):
    assert skald("transfer", "1.5 HIVE", "bob", "--from", "alice", "--memo", "thanks", node=alice).exit_code == 0
    assert alice.sent_operations() == [
        ["transfer", {"from": "alice", "to": "bob", "amount": "1.500 HIVE", "memo": "thanks"}]
    ]
    assert signer_of(alice) == public_text("alice", "active")


def test_a_memo_behind_a_mark_is_for_the_two_only(alice, skald, tmp_path):
    keys = write_keys(tmp_path / "more", key_of("alice", "active"), key_of("alice", "memo"))
    skald("transfer", "1 HIVE", "bob", "--from", "alice", "--memo", "#secret", "--key-file", str(keys), node=alice)
    memo = alice.sent_operations()[0][1]["memo"]
    assert memo.startswith("#")
    assert "secret" not in memo
    assert decrypt_memo(memo, key_of("bob", "memo")) == "secret"


def test_invalid_encrypted_memo_without_the_memo_key_is_never_sent_in_the_open(alice, skald):
    result = skald("transfer", "1 HIVE", "bob", "--from", "alice", "--memo", "#secret", node=alice)
    assert result.exit_code == 5
    assert "The memo key of alice is not at hand" in result.stderr
    assert not alice.asked("condenser_api.broadcast_transaction_synchronous")


def test_a_post_makes_its_address_from_the_title(alice, answer):
    result = answer(
        "post",
        "--author",
        "alice",
        "--title",
        "Grüße, Welt!",
        "--body",
        "Hi.",
        "--tag",
        "intro",
        "--tag",
        "art",
        node=alice,
    )
    assert result["permlink"] == "grusse-welt"
    ((name, comment),) = alice.sent_operations()
    assert name == "comment"
    assert (comment["parent_author"], comment["parent_permlink"]) == ("", "intro")
    assert json.loads(comment["json_metadata"])["tags"] == ["intro", "art"]


def test_a_post_with_wishes_carries_them_along(alice, skald):
    wishes = ("--beneficiary", "carol:10%", "--beneficiary", "bob:5%", "--max-payout", "100 HBD", "--power-up")
    skald("post", "--author", "alice", "--title", "Hello", "--body", "Hi.", *wishes, node=alice)
    (_comment, (name, options)) = alice.sent_operations()
    assert name == "comment_options"
    assert options["max_accepted_payout"] == "100.000 HBD"
    assert options["percent_hbd"] == 0
    assert options["extensions"] == [
        [0, {"beneficiaries": [{"account": "bob", "weight": 500}, {"account": "carol", "weight": 1000}]}]
    ]


def test_a_second_post_of_the_same_title_gets_another_address(alice, answer):
    alice.answers["condenser_api.get_content"] = EXISTING_POST
    assert (
        answer("post", "--author", "alice", "--title", "Hello", "--body", "Hi.", node=alice)["permlink"]
        == "hello-20250101t001000"
    )


def test_invalid_post_over_an_existing_one(alice, skald):
    alice.answers["condenser_api.get_content"] = EXISTING_POST
    result = skald("post", "--author", "alice", "--title", "Hello", "--body", "Hi.", "--permlink", "hello", node=alice)
    assert result.exit_code == 1
    assert "There is already a post alice/hello" in result.stderr
    assert "skald edit alice/hello" in result.stderr


def test_invalid_post_without_text(alice, skald):
    result = skald("post", "--author", "alice", "--title", "Hello", node=alice)
    assert result.exit_code == 2
    assert "There is no text." in result.stderr


def test_text_may_come_from_standard_input(alice, skald):
    skald("post", "--author", "alice", "--title", "Hello", "--body-file", "-", node=alice, input="From a pipe.\n")
    assert alice.sent_operations()[0][1]["body"] == "From a pipe.\n"


def test_a_reply_names_its_parent(alice, skald):
    alice.answers["condenser_api.get_content"] = lambda params: (
        EXISTING_POST if params == ["alice", "hello"] else {"author": ""}
    )
    skald("reply", "alice/hello", "--author", "bob", "--body", "Welcome.", node=alice)
    ((_name, comment),) = alice.sent_operations()
    assert (comment["parent_author"], comment["parent_permlink"], comment["title"]) == ("alice", "hello", "")
    assert comment["permlink"] == "re-alice-hello-20250101t001000"


def test_an_edit_keeps_what_is_not_changed(alice, skald):
    alice.answers["condenser_api.get_content"] = EXISTING_POST
    skald("edit", "alice/hello", "--body", "Second.", node=alice)
    ((_name, comment),) = alice.sent_operations()
    assert comment == EXISTING_POST | {"body": "Second."}


def test_power_goes_up_down_and_on_loan(alice, skald):
    skald("power-up", "3 HIVE", "--from", "alice", "--to", "bob", node=alice)
    skald("power-down", "all", "--account", "alice", node=alice)
    skald("power-down", "stop", "--account", "alice", node=alice)
    skald("delegate", "1.000 HIVE", "bob", "--from", "alice", node=alice)
    sent = [params[0]["operations"][0] for params in alice.asked("condenser_api.broadcast_transaction_synchronous")]
    assert sent == [
        ["transfer_to_vesting", {"from": "alice", "to": "bob", "amount": "3.000 HIVE"}],
        ["withdraw_vesting", {"account": "alice", "vesting_shares": "1500.000000 VESTS"}],  # 1800 less 300 on loan
        ["withdraw_vesting", {"account": "alice", "vesting_shares": "0.000000 VESTS"}],
        ["delegate_vesting_shares", {"delegator": "alice", "delegatee": "bob", "vesting_shares": "1800.000000 VESTS"}],
    ]


def test_a_claim_takes_everything_unless_told_how_much(alice, skald):
    skald("claim", "--account", "alice", node=alice)
    skald("claim", "--account", "alice", "--hbd", "1 HBD", node=alice)
    sent = [params[0]["operations"][0][1] for params in alice.asked("condenser_api.broadcast_transaction_synchronous")]
    assert [(one["reward_hive"], one["reward_hbd"], one["reward_vests"]) for one in sent] == [
        ("0.000 HIVE", "1.250 HBD", "7.000000 VESTS"),
        ("0.000 HIVE", "1.000 HBD", "0.000000 VESTS"),
    ]


def test_a_new_account_gets_keys_that_are_kept_before_it_exists(alice, answer, tmp_path):
    alice.answers["condenser_api.get_chain_properties"] = {"account_creation_fee": "3.000 HIVE"}
    keys = tmp_path / "frank-keys"
    result = answer(
        "account", "create", "frank", "--creator", "alice", "--keys-out", str(keys), "--power-up", "2 HIVE", node=alice
    )
    kept = json.loads(keys.read_text())["accounts"]["frank"]
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert {role: pair["public"] for role, pair in kept.items()} == result["keys"]
    assert all(PrivateKey.parse(pair["private"]).scheme is Scheme.ED25519 for pair in kept.values())
    (creation, power) = alice.sent_operations()
    assert creation[0] == "account_create"
    assert creation[1]["fee"] == "3.000 HIVE"
    assert creation[1]["owner"]["key_auths"] == [[kept["owner"]["public"], 1]]
    assert power == ["transfer_to_vesting", {"from": "alice", "to": "frank", "amount": "2.000 HIVE"}]
    assert parse_public_key(kept["memo"]["public"])[0] == 0xED


def test_new_keys_are_of_a_kind_that_the_chain_has(alice, answer, skald, tmp_path):
    """On Hive an ed25519 key is 33 bytes that nobody can sign for: the account would be lost at once."""
    alice.answers["condenser_api.get_chain_properties"] = {"account_creation_fee": "3.000 HIVE"}
    del alice.answers["database_api.get_config"]["SKALD_ED25519_KEYS"]
    arguments = ("account", "create", "frank", "--creator", "alice", "--keys-out", str(tmp_path / "frank-keys"))
    refused = skald(*arguments, "--scheme", "ed25519", node=alice)
    assert refused.exit_code == 2
    assert "This chain has no ed25519 keys." in refused.stderr
    answer(*arguments, node=alice)
    kept = json.loads((tmp_path / "frank-keys").read_text())["accounts"]["frank"]
    assert all(PrivateKey.parse(pair["private"]).scheme is Scheme.SECP256K1 for pair in kept.values())


def test_invalid_account_creation_without_a_place_for_its_keys(alice, skald):
    result = skald("account", "create", "frank", "--creator", "alice", node=alice)
    assert result.exit_code == 2
    assert "New keys need a place." in result.stderr
    assert not alice.asked("condenser_api.broadcast_transaction_synchronous")


def test_invalid_account_creation_with_a_private_key_as_argument(alice, skald):
    result = skald(
        "account", "create", "frank", "--creator", "alice", "--owner", key_of("alice", "owner").text, node=alice
    )
    assert result.exit_code == 2
    assert "looks like a private key" in result.stderr
    assert key_of("alice", "owner").text not in result.stderr


def test_new_keys_replace_old_ones(alice, skald, tmp_path):
    skald("account", "update", "alice", "--rotate", "posting", "--keys-out", str(tmp_path / "new"), node=alice)
    ((name, update),) = alice.sent_operations()
    assert name == "account_update2"
    assert update.get("active") is None
    kept = json.loads((tmp_path / "new").read_text())["accounts"]["alice"]["posting"]["public"]
    assert update["posting"]["key_auths"] == [[kept, 1]]


def test_a_replaced_key_is_kept_beside_the_new_one(tmp_path):
    old, new = PrivateKey.generate(), PrivateKey.generate()
    path = tmp_path / "keys"
    add_to_key_file(path, "alice", {"posting": old, "memo": old})
    add_to_key_file(path, "alice", {"posting": new})
    assert list(json.loads(path.read_text())["accounts"]["alice"]) == ["posting", "memo", "old posting 1"]
    assert {key.public_key for key in read_key_file(path)} == {old.public_key, new.public_key}


def test_witness_commands(alice, skald):
    present = {
        "url": "https://w.example",
        "signing_key": public_text("alice", "active"),
        "props": {"account_creation_fee": "3.000 HIVE", "maximum_block_size": 131072, "hbd_interest_rate": 1000},
    }
    alice.answers["condenser_api.get_witness_by_account"] = present
    skald("witness", "update", "alice", "--interest", "5%", node=alice)
    skald("witness", "vote", "bob", "--account", "alice", "--remove", node=alice)
    skald("witness", "proxy", "none", "--account", "alice", node=alice)
    skald("witness", "feed", "0.25 HBD", "--witness", "alice", node=alice)
    sent = [params[0]["operations"][0] for params in alice.asked("condenser_api.broadcast_transaction_synchronous")]
    assert sent[0][1]["props"] == {
        "account_creation_fee": "3.000 HIVE",
        "maximum_block_size": 131072,
        "hbd_interest_rate": 500,
    }
    assert sent[1:] == [
        ["account_witness_vote", {"account": "alice", "witness": "bob", "approve": False}],
        ["account_witness_proxy", {"account": "alice", "proxy": ""}],
        ["feed_publish", {"publisher": "alice", "exchange_rate": {"base": "0.250 HBD", "quote": "1.000 HIVE"}}],
    ]


# --- signing and its failures -----------------------------------------------------------------------------------------


def test_an_authority_of_two_keys_gets_two_signatures(alice, skald):
    both = {
        "weight_threshold": 2,
        "account_auths": [],
        "key_auths": sorted([[public_text("alice", "posting"), 1], [public_text("bob", "posting"), 1]]),
    }
    alice.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice", posting=both))
    assert skald("vote", "bob/hello", "--voter", "alice", node=alice).exit_code == 0
    assert len(alice.asked("condenser_api.broadcast_transaction_synchronous")[0][0]["signatures"]) == 2


def test_another_account_s_key_signs_where_it_is_trusted(alice, skald):
    trusting = {"weight_threshold": 1, "account_auths": [["bob", 1]], "key_auths": []}
    alice.answers["condenser_api.get_accounts"] = accounts_answer(
        account_row("dave", posting=trusting), account_row("bob")
    )
    assert skald("vote", "alice/hello", "--voter", "dave", node=alice).exit_code == 0
    assert signer_of(alice) == public_text("bob", "posting")


def test_invalid_signer_without_key_is_told_where_keys_come_from(node, skald, tmp_path):
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    keys = write_keys(tmp_path / "keys", key_of("bob", "posting"))
    result = skald("vote", "bob/hello", "--voter", "alice", "--key-file", str(keys), node=node)
    assert result.exit_code == 5
    assert "No key at hand satisfies the posting authority of alice." in result.stderr
    assert "--key-file" in result.stderr
    assert "wallet import" in result.stderr


def test_invalid_account_is_named(alice, skald):
    result = skald("vote", "bob/hello", "--voter", "nobody", node=alice)
    assert result.exit_code == 1
    assert "There is no account nobody on this chain." in result.stderr


def test_a_refusal_of_the_node_is_one_sentence_and_an_exit_code(alice, skald):
    def refuse(_params):
        raise Refusal("Your current vote on this comment is identical to this vote.")

    alice.answers["condenser_api.broadcast_transaction_synchronous"] = refuse
    result = skald("vote", "alice/hello", "--voter", "bob", node=alice)
    assert result.exit_code == 4
    assert "The node refused: Your current vote on this comment is identical to this vote." in result.stderr
    assert "Choose another --weight" in result.stderr


def test_a_failure_is_json_for_programs(alice, skald):
    result = skald("vote", "bob/hello", "--voter", "nobody", "--json", node=alice)
    assert result.stdout == ""
    assert json.loads(result.stderr)["error"]["message"] == "There is no account nobody on this chain."


def test_nothing_is_sent_where_it_shall_only_be_printed(alice, skald):
    result = skald("vote", "alice/hello", "--voter", "bob", "--no-broadcast", node=alice)
    assert json.loads(result.stdout)["operations"][0][0] == "vote"
    assert not alice.asked("condenser_api.broadcast_transaction_synchronous")


def test_without_waiting_the_answer_comes_at_once(alice, answer):
    assert "block_num" not in answer("vote", "alice/hello", "--voter", "bob", "--no-wait", node=alice)
    assert alice.asked("condenser_api.broadcast_transaction")


def test_an_expired_transaction_is_a_failure(alice, skald):
    alice.answers["condenser_api.broadcast_transaction_synchronous"] = {"expired": True}
    result = skald("vote", "alice/hello", "--voter", "bob", node=alice)
    assert result.exit_code == 1
    assert "expired before a block took it" in result.stderr


def test_invalid_new_account_s_name_is_taken_so_no_keys_are_made(alice, skald, tmp_path):
    keys = tmp_path / "new-keys"
    result = skald("account", "create", "bob", "--creator", "alice", "--keys-out", str(keys), node=alice)
    assert result.exit_code == 1
    assert "There is an account bob already." in result.stderr
    assert not keys.exists()


def test_a_new_account_s_keys_are_told_their_place(alice, answer, skald, tmp_path):
    alice.answers["condenser_api.get_chain_properties"] = {"account_creation_fee": "0.000 HIVE"}
    keys = tmp_path / "new-keys"
    words = ("account", "create", "frank", "--creator", "alice", "--keys-out", str(keys))
    assert f"Its new private keys are in {keys}" in skald(*words, node=alice).stdout
    keys.unlink()
    assert answer(*words, node=alice)["keys_kept_in"] == str(keys)


def test_a_transaction_that_was_sent_is_named_when_nobody_waits_for_it_any_more(alice, skald, monkeypatch):
    from cli.client import Client

    call = Client.call

    def interrupted(client, method, params=None):
        if method.endswith("synchronous"):
            raise KeyboardInterrupt
        return call(client, method, params)

    monkeypatch.setattr("cli.client.Client.call", interrupted)
    result = skald("vote", "bob/hello", "--voter", "alice", node=alice)
    assert result.exit_code == 130
    assert "was sent; a block may hold it soon." in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("power-down", "some", "--account", "alice"),
        ("delegate", "all", "bob", "--from", "alice"),
        ("witness", "proxy", "None", "--account", "alice"),
        ("transfer", "1 HIVE", "../bob", "--from", "alice"),
        ("witness", "update", "alice"),
    ],
)
def test_invalid_words_of_operations_are_wrong_usage(alice, skald, words):
    alice.answers["condenser_api.get_witness_by_account"] = {"url": "", "signing_key": "STM", "props": {}}
    assert skald(*words, node=alice).exit_code == 2
