"""`skald recover`: what the owner and the recovery account send, and with which keys."""

import pytest

from chain.asset import MAINNET
from chain.keys import public_key_text, signature_key
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from tests.cli.fake_node import CHAIN_ID
from tests.cli.people import account_row, accounts_answer, key_of, public_text, write_keys

NEW, OLD, OLDER, THIEF = (key_of("alice", name) for name in ("new", "old", "older", "thief"))


def authority(key):
    return {"weight_threshold": 1, "account_auths": [], "key_auths": [[public_key_text(key.public_key), 1]]}


def former(key, time):
    return {"id": 0, "account": "alice", "previous_owner_authority": authority(key), "last_valid_time": time}


@pytest.fixture
def stolen(node, tmp_path, monkeypatch):
    """alice was stolen; bob has asked for her. The keys of bob, and alice's new one and an old one, are at hand."""
    node.answers["condenser_api.get_accounts"] = accounts_answer(
        account_row("alice", recovery_account="bob"), account_row("bob", recovery_account="")
    )
    node.answers["condenser_api.get_recovery_request"] = {
        "id": 0,
        "account_to_recover": "alice",
        "new_owner_authority": authority(NEW),
        "expires": "2025-01-02T00:00:00",
    }
    node.answers["condenser_api.get_owner_history"] = [
        former(OLDER, "2025-01-01T00:00:00"),
        former(OLD, "2025-01-01T00:05:00"),
        former(THIEF, "2025-01-01T00:06:00"),
    ]
    node.answers["database_api.find_change_recovery_account_requests"] = {"requests": []}
    bob = [key_of("bob", role) for role in ("active", "owner")]
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", *bob, NEW, OLD)))
    return node


def signers_of(node):
    ((value,),) = node.asked("condenser_api.broadcast_transaction_synchronous")
    transaction = Transaction.from_json(value, LEGACY, MAINNET).with_packing(Packing(MAINNET, LEGACY))
    digest = transaction.digest(bytes.fromhex(CHAIN_ID))
    return {public_key_text(signature_key(digest, signature)) for signature in transaction.signatures}


def test_the_recovery_account_asks_with_its_active_key(stolen, answer):
    key = public_key_text(NEW.public_key)
    result = answer("recover", "request", "alice", "--by", "bob", "--owner", key, node=stolen)
    assert result["what"] == "bob asked that alice be given back"
    assert stolen.sent_operations() == [
        [
            "request_account_recovery",
            {
                "recovery_account": "bob",
                "account_to_recover": "alice",
                "new_owner_authority": authority(NEW),
                "extensions": [],
            },
        ]
    ]
    assert signers_of(stolen) == {public_text("bob", "active")}


def test_a_request_is_taken_back_by_an_authority_of_nobody(stolen, answer):
    result = answer("recover", "request", "alice", "--by", "bob", "--cancel", node=stolen)
    assert result["what"] == "bob no longer asks that alice be given back"
    ((_, body),) = stolen.sent_operations()
    assert body["new_owner_authority"] == {"weight_threshold": 0, "account_auths": [], "key_auths": []}


def test_the_owner_confirms_with_the_new_key_and_the_former_one_at_hand(stolen, answer):
    result = answer("recover", "confirm", "alice", node=stolen)
    assert result["what"] == "alice is its owner's again"
    ((name, body),) = stolen.sent_operations()
    assert (name, body["account_to_recover"]) == ("recover_account", "alice")
    assert body["new_owner_authority"] == authority(NEW)
    assert body["recent_owner_authority"] == authority(OLD)
    assert signers_of(stolen) == {public_key_text(NEW.public_key), public_key_text(OLD.public_key)}


def test_another_recovery_account_is_chosen_by_the_owner(stolen, answer):
    result = answer("recover", "choose", "alice", "--account", "bob", node=stolen)
    assert result["what"] == "bob chose alice as its recovery account"
    assert stolen.sent_operations() == [
        ["change_recovery_account", {"account_to_recover": "bob", "new_recovery_account": "alice", "extensions": []}]
    ]
    assert signers_of(stolen) == {public_text("bob", "owner")}


def test_what_is_pending_is_shown(stolen, skald, answer):
    stolen.answers["database_api.find_change_recovery_account_requests"] = {
        "requests": [
            {"account_to_recover": "alice", "recovery_account": "carol", "effective_on": "2025-01-31T00:00:00"}
        ]
    }
    text = skald("recover", "show", "alice", node=stolen).stdout
    for part in (
        "bob",
        "carol",
        "from 2025-01-31T00:00:00 on",
        "until 2025-01-02T00:00:00",
        "until 2025-01-01T00:06:00",
    ):
        assert part in text
    shown = answer("recover", "show", "alice", node=stolen)
    assert (shown["recovery_account"], shown["change"]["recovery_account"]) == ("bob", "carol")
    assert len(shown["former_owners"]) == 3


def test_where_nobody_is_chosen_the_top_witness_helps(stolen, skald):
    stolen.answers |= {"condenser_api.get_recovery_request": None, "condenser_api.get_owner_history": []}
    assert "the witness with the most votes" in skald("recover", "show", "bob", node=stolen).stdout


def test_invalid_confirmation_that_nobody_asked_for(stolen, skald):
    stolen.answers["condenser_api.get_recovery_request"] = None
    result = skald("recover", "confirm", "alice", node=stolen)
    assert result.exit_code == 1
    assert "Nobody has asked that alice be given back" in result.stderr


@pytest.mark.parametrize("keys", [[NEW], [OLD], [NEW, THIEF.generate()]])
def test_invalid_confirmation_without_both_keys(stolen, skald, tmp_path, monkeypatch, keys):
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "few", *keys)))
    result = skald("recover", "confirm", "alice", node=stolen)
    assert result.exit_code == 5
    assert "The keys at hand are not both" in result.stderr


@pytest.mark.parametrize("options", [[], ["--owner", public_text("alice", "owner"), "--cancel"]])
def test_invalid_request_for_no_key_or_for_two_things(stolen, skald, options):
    result = skald("recover", "request", "alice", "--by", "bob", *options, node=stolen)
    assert result.exit_code == 2
    assert "A request names one owner key" in result.stderr


def test_invalid_account_to_show(stolen, skald):
    stolen.answers["condenser_api.lookup_accounts"] = []
    stolen.answers |= {"condenser_api.get_recovery_request": None, "condenser_api.get_owner_history": []}
    assert "There is no account nobody" in skald("recover", "show", "nobody", node=stolen).stderr
