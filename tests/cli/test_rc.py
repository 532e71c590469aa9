"""`skald rc`: credits shown with what they buy, and lent by custom_json."""

import json

import pytest

from tests.cli.people import account_row, accounts_answer, key_of, write_keys


@pytest.fixture
def alice(node, tmp_path, monkeypatch):
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    node.answers["skald_api.get_rc"] = {
        "account": "alice",
        "rc": "9000000000",
        "max_rc": "12000000000",
        "delegated_rc": 5,
        "received_rc": 7,
        "costs": {"vote": 40_000_000, "transfer": 0},
    }
    node.answers["rc_api.list_rc_direct_delegations"] = {
        "rc_direct_delegations": [{"from": "alice", "to": "bob", "delegated_rc": "5000000000"}]
    }
    node.answers["rc_api.get_rc_operation_stats"] = {"count": 3, "avg_cost_rc": "31700000"}
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", key_of("alice", "posting"))))
    return node


def test_a_bar_is_shown_with_what_it_buys(alice, skald, answer):
    found = answer("rc", "show", "alice", node=alice)
    assert found["enough_for"] == {"vote": 225, "transfer": 0}
    assert (found["rc"], found["max_rc"]) == (9_000_000_000, 12_000_000_000)
    shown = skald("rc", "show", "alice", node=alice).stdout
    assert "75.00 % of 12,000,000,000 RC" in shown
    assert "lent 5 RC, received 7 RC" in shown
    assert "any number" in shown


def test_credits_are_lent_and_taken_back_by_custom_json(alice, answer):
    answer("rc", "delegate", "5000000000", "carol", "bob", "--from", "alice", node=alice)
    ((name, operation),) = alice.sent_operations()
    assert (name, operation["id"], operation["required_posting_auths"]) == ("custom_json", "rc", ["alice"])
    lent = {"from": "alice", "delegatees": ["bob", "carol"], "max_rc": 5_000_000_000, "extensions": []}
    assert json.loads(operation["json"]) == ["delegate_rc", lent]


def test_taking_back_sets_nothing(alice, answer):
    answer("rc", "undelegate", "bob", "--from", "alice", node=alice)
    ((_, operation),) = alice.sent_operations()
    assert json.loads(operation["json"])[1]["max_rc"] == 0


def test_delegations_and_average_costs_are_listed(alice, skald, answer):
    assert answer("rc", "delegations", "alice", node=alice)["delegations"][0]["to"] == "bob"
    assert "5,000,000,000" in skald("rc", "delegations", "alice", node=alice).stdout
    assert answer("rc", "cost", "vote", node=alice)["average RC"] == 31_700_000
