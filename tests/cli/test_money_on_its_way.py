"""`skald savings`, `skald escrow`, `skald recurrent`: what they send, and what they show."""

from typing import Any

import pytest

from cli.commands.savings import free_number
from tests.cli.people import account_row, accounts_answer, key_of, write_keys

NOW = "2025-01-01T00:10:00"  # of the fake node
HBD_ONE = {"amount": "1000", "precision": 3, "nai": "@@000000013"}
HIVE_TWO = {"amount": "2000", "precision": 3, "nai": "@@000000021"}


def withdrawal(giver: str, request_id: int, receiver: str, memo: str = "") -> dict[str, Any]:
    return {
        "id": 1,
        "from": giver,
        "to": receiver,
        "memo": memo,
        "request_id": request_id,
        "amount": "1.000 HIVE",
        "complete": "2025-01-03T00:10:00",
    }


ESCROW = {
    "id": 0,
    "escrow_id": 7,
    "from": "alice",
    "to": "bob",
    "agent": "judge",
    "ratification_deadline": "2025-01-01T01:10:00",
    "escrow_expiration": "2025-01-31T00:10:00",
    "hbd_balance": "1.000 HBD",
    "hive_balance": "2.000 HIVE",
    "pending_fee": "0.100 HBD",
    "to_approved": True,
    "agent_approved": False,
    "disputed": False,
}
PARTIES = {"from": "alice", "to": "bob", "agent": "judge", "escrow_id": 7}

RECURRENT = {
    "id": 0,
    "trigger_date": "2025-01-02T00:10:00",
    "from": "alice",
    "to": "bob",
    "amount": "5.000 HBD",
    "memo": "rent",
    "recurrence": 720,
    "consecutive_failures": 2,
    "remaining_executions": 11,
    "pair_id": 0,
}


@pytest.fixture
def town(node, tmp_path, monkeypatch):
    """A node that knows alice, bob and judge, and their active keys at hand."""
    names = ("alice", "bob", "judge")
    node.answers["condenser_api.get_accounts"] = accounts_answer(*map(account_row, names))
    node.answers["condenser_api.get_savings_withdraw_from"] = []
    node.answers["condenser_api.get_savings_withdraw_to"] = []
    node.answers["database_api.find_escrows"] = {"escrows": []}
    node.answers["condenser_api.get_escrow"] = lambda params: ESCROW if params == ["alice", 7] else None
    node.answers["condenser_api.find_recurrent_transfers"] = [RECURRENT]
    keys = [key_of(name, role) for name in names for role in ("active", "memo")]
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", *keys)))
    return node


def test_the_smallest_free_number():
    assert free_number([]) == 0
    assert free_number([0, 1, 3]) == 2
    assert free_number([5]) == 0


# savings


def test_a_deposit(town, answer):
    result = answer("savings", "deposit", "100 HBD", "--from", "alice", "--to", "bob", node=town)
    assert result["what"] == "alice saved 100.000 HBD for bob"
    fields = {"from": "alice", "to": "bob", "amount": "100.000 HBD", "memo": ""}
    assert town.sent_operations() == [["transfer_to_savings", fields]]


def test_a_withdrawal_takes_the_smallest_free_number(town, answer):
    town.answers["condenser_api.get_savings_withdraw_from"] = [
        withdrawal("alice", 0, "bob"),
        withdrawal("alice", 2, "bob"),
    ]
    answer("savings", "withdraw", "1.5 HIVE", "--from", "alice", "--memo", "home", node=town)
    fields = {"from": "alice", "request_id": 1, "to": "alice", "amount": "1.500 HIVE", "memo": "home"}
    assert town.sent_operations() == [["transfer_from_savings", fields]]


def test_a_withdrawal_with_a_number_and_a_secret(town, answer):
    answer(
        "savings", "withdraw", "1 HIVE", "--from", "alice", "--to", "bob", "--id", "9", "--memo", "#secret", node=town
    )
    ((_, fields),) = town.sent_operations()
    assert fields["request_id"] == 9
    assert fields["memo"].startswith("#")
    assert "secret" not in fields["memo"]


def test_a_withdrawal_is_cancelled(town, answer):
    answer("savings", "cancel", "4", "--from", "alice", node=town)
    assert town.sent_operations() == [["cancel_transfer_from_savings", {"from": "alice", "request_id": 4}]]


def test_savings_are_shown_with_what_is_on_its_way(town, skald, answer):
    row = account_row("alice") | {
        "savings_balance": "3.000 HIVE",
        "savings_hbd_balance": "1000.000 HBD",
        "savings_hbd_last_interest_payment": "2024-12-01T00:10:00",
    }
    town.answers["condenser_api.get_accounts"] = accounts_answer(row)
    town.answers["condenser_api.get_savings_withdraw_from"] = [withdrawal("alice", 0, "alice", "[soon]")]
    town.answers["condenser_api.get_savings_withdraw_to"] = [
        withdrawal("alice", 0, "alice"),
        withdrawal("bob", 5, "alice"),
    ]
    page = skald("savings", "show", "alice", node=town).stdout
    assert "3.000 HIVE, 1,000.000 HBD" in page
    assert "2024-12-01T00:10:00  (31 d ago)" in page
    outgoing, incoming = page.split("On their way in")
    assert "2025-01-03T00:10:00  (in 2 d)" in outgoing
    assert "[soon]" in outgoing
    assert "bob" in incoming
    assert [row["request_id"] for row in answer("savings", "show", "alice", node=town)["incoming"]] == [5]


def test_invalid_savings_of_nobody(town, skald):
    result = skald("savings", "show", "nobody", node=town)
    assert result.exit_code != 0
    assert "There is no account nobody" in result.output


# escrows


def test_an_escrow_is_opened(town, answer):
    town.answers["database_api.find_escrows"] = {"escrows": [ESCROW | {"escrow_id": 0}]}
    people = ("--from", "alice", "--to", "bob", "--agent", "judge")
    times = ("--approve-within", "2h", "--ends-after", "10d")
    result = answer("escrow", "open", *people, "--hive", "2 HIVE", "--fee", "0.1 HBD", *times, node=town)
    assert result["what"] == "alice locked 2.000 HIVE for bob in escrow 1"
    assert town.sent_operations() == [
        [
            "escrow_transfer",
            {
                "from": "alice",
                "to": "bob",
                "hbd_amount": "0.000 HBD",
                "hive_amount": "2.000 HIVE",
                "escrow_id": 1,
                "agent": "judge",
                "fee": "0.100 HBD",
                "json_meta": "",
                "ratification_deadline": "2025-01-01T02:10:00",
                "escrow_expiration": "2025-01-11T00:10:00",
            },
        ]
    ]


def test_invalid_escrow_of_nothing(town, skald):
    result = skald("escrow", "open", "--from", "alice", "--to", "bob", "--agent", "judge", node=town)
    assert "An escrow must move some HIVE or HBD." in result.output
    assert town.asked("condenser_api.broadcast_transaction_synchronous") == []


@pytest.mark.parametrize(("command", "approve"), [("approve", True), ("reject", False)])
def test_an_escrow_is_answered(town, answer, command, approve):
    answer("escrow", command, "alice", "7", "--who", "judge", node=town)
    assert town.sent_operations() == [["escrow_approve", PARTIES | {"who": "judge", "approve": approve}]]


def test_an_escrow_is_disputed(town, answer):
    result = answer("escrow", "dispute", "alice", "7", "--who", "bob", node=town)
    assert "judge decides" in result["what"]
    assert town.sent_operations() == [["escrow_dispute", PARTIES | {"who": "bob"}]]


def test_all_of_an_escrow_is_released_or_a_part(town, answer):
    result = answer("escrow", "release", "alice", "7", "--who", "alice", "--to", "bob", node=town)
    assert result["what"] == "alice released 2.000 HIVE and 1.000 HBD to bob"
    fields = PARTIES | {"who": "alice", "receiver": "bob"}
    assert town.sent_operations() == [
        ["escrow_release", fields | {"hive_amount": "2.000 HIVE", "hbd_amount": "1.000 HBD"}]
    ]
    town.calls.clear()
    answer("escrow", "release", "alice", "7", "--who", "alice", "--to", "bob", "--hbd", "0.5 HBD", node=town)
    assert town.sent_operations() == [
        ["escrow_release", fields | {"hive_amount": "0.000 HIVE", "hbd_amount": "0.500 HBD"}]
    ]


def test_invalid_escrow_that_is_not_open(town, skald):
    result = skald("escrow", "approve", "alice", "8", "--who", "bob", node=town)
    assert "alice has no open escrow 8." in result.output
    result = skald("escrow", "show", "alice", "8", node=town)
    assert "alice has no open escrow 8." in result.output


def test_escrows_are_shown(town, skald):
    rows = [
        ESCROW | {"hbd_balance": HBD_ONE, "hive_balance": HIVE_TWO, "pending_fee": HBD_ONE},
        ESCROW | {"escrow_id": 8, "agent_approved": True, "disputed": True},
    ]
    town.answers["database_api.find_escrows"] = {"escrows": rows}
    first, second = skald("escrow", "show", "alice", node=town).stdout.split("Escrow 8 of @alice")
    for text in (
        "2.000 HIVE, 1.000 HBD",
        "bob  (has approved)",
        "judge  (has not approved yet)",
        "(in 1 h)",
        "(in 30 d)",
    ):
        assert text in first
    assert "judge decides" in second
    assert "to approve until" not in second
    only = skald("escrow", "show", "alice", "8", node=town).stdout
    assert "Escrow 7" not in only
    assert "bob has no open escrow." in skald("escrow", "show", "bob", node=empty(town)).stdout


def empty(town):
    town.answers["database_api.find_escrows"] = {"escrows": []}
    return town


# recurrent transfers


def test_a_recurrent_transfer_is_set(town, answer):
    arguments = ("--from", "alice", "--every", "30d", "--times", "12", "--memo", "rent")
    result = answer("recurrent", "set", "5 HBD", "bob", *arguments, node=town)
    assert result["what"] == "alice pays 5.000 HBD to bob every 720 h, 12 times"
    fields = {"from": "alice", "to": "bob", "amount": "5.000 HBD", "memo": "rent"}
    numbers = {"recurrence": 720, "executions": 12, "extensions": []}
    assert town.sent_operations() == [["recurrent_transfer", fields | numbers]]


def test_a_pair_id_is_an_extension(town, answer):
    answer("recurrent", "set", "5 HBD", "bob", "--from", "alice", "--times", "2", "--pair-id", "3", node=town)
    assert town.sent_operations()[0][1]["extensions"] == [[1, {"pair_id": 3}]]


def test_a_recurrent_transfer_is_stopped(town, answer):
    answer("recurrent", "stop", "bob", "--from", "alice", node=town)
    fields = {"from": "alice", "to": "bob", "amount": "0.000 HBD", "memo": ""}
    numbers = {"recurrence": 720, "executions": 2, "extensions": []}
    assert town.sent_operations() == [["recurrent_transfer", fields | numbers]]


def test_invalid_stop_of_what_is_not_paid(town, skald):
    result = skald("recurrent", "stop", "bob", "--from", "alice", "--pair-id", "1", node=town)
    assert "alice pays nothing to bob again and again under the pair id 1." in result.output


def test_invalid_part_of_an_hour(town, skald):
    result = skald("recurrent", "set", "5 HBD", "bob", "--from", "alice", "--times", "2", "--every", "90m", node=town)
    assert "--every must be in whole hours." in result.output


def test_recurrent_transfers_are_listed(town, skald):
    page = skald("recurrent", "list", "alice", node=town).stdout
    for text in ("bob", "5.000 HBD", "720 h", "11", "2025-01-02T00:10:00  (in 1 d)", "rent"):
        assert text in page
    town.answers["condenser_api.find_recurrent_transfers"] = []
    assert "alice pays nobody again and again." in skald("recurrent", "list", "alice", node=town).stdout
