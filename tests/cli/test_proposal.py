"""`skald proposal`: what it sends, and how it shows where the treasury's money ends."""

import io
from typing import Any

import pytest
from rich.console import Console

from cli import proposal_views
from tests.cli.people import account_row, accounts_answer, key_of, write_keys

NOW = "2025-01-01T00:10:00"  # of the fake node


def hbd(amount: int) -> dict[str, Any]:
    return {"amount": str(amount), "precision": 3, "nai": "@@000000013"}


def row(id_: int, votes: int, daily_pay: int, **changes: Any) -> dict[str, Any]:
    """As database_api shows a proposal."""
    return {
        "id": id_,
        "proposal_id": id_,
        "creator": "alice",
        "receiver": "bob",
        "start_date": "2024-12-01T00:00:00",
        "end_date": "2025-02-01T00:10:00",
        "daily_pay": hbd(daily_pay),
        "subject": f"Plan [{id_}]",
        "permlink": "plan",
        "total_votes": str(votes * 1_000_000),
        "status": "active",
    } | changes


# By votes: 2 gets all that it asks for, 0 and 1 are equals and 0 is older, so 1 gets the rest, and 4 nothing. 3 is to come, 5 has no votes.
ROWS = [
    row(0, 500, 40_000),
    row(1, 500, 40_000),
    row(2, 900, 30_000),
    row(3, 700, 99_000, status="inactive", start_date="2025-01-03T00:10:00"),
    row(4, 10, 1_000),
    row(5, 0, 1_000),
]


@pytest.fixture
def fund(node, tmp_path, monkeypatch):
    """A treasury with 10,000 HBD, of which 100 may go in a day, and six proposals; the active keys of alice and bob."""
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"), account_row("bob"))
    node.answers["database_api.get_dynamic_global_properties"] = {"time": NOW}
    node.answers["database_api.find_accounts"] = {"accounts": [{"name": "hive.fund", "hbd_balance": hbd(10_000_000)}]}
    node.answers["database_api.list_proposals"] = lambda params: {
        "proposals": [one for one in ROWS if params["status"] in {one["status"], "votable"}]
    }
    node.answers["database_api.find_proposals"] = lambda params: {
        "proposals": [one for one in ROWS if one["id"] in params["proposal_ids"]]
    }
    node.answers["database_api.list_proposal_votes"] = {
        "proposal_votes": [
            {"id": 0, "voter": "bob", "proposal": ROWS[2]},
            {"id": 1, "voter": "carol", "proposal": ROWS[3]},
        ]
    }
    node.answers["condenser_api.find_proposals"] = lambda params: [
        one | {"daily_pay": "30.000 HBD"} for one in ROWS if one["id"] in params[0]
    ]
    keys = [key_of(name, "active") for name in ("alice", "bob")]
    monkeypatch.setenv("SKALD_KEY_FILE", str(write_keys(tmp_path / "keys", *keys)))
    return node


def funds(answer: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["id"], int(one["daily_funds"]["amount"])) for one in answer["proposals"]]


def test_the_list_tells_who_gets_what_of_a_day(fund, answer):
    listed = answer("proposal", "list", node=fund)
    assert funds(listed) == [(2, 30_000), (3, 0), (0, 40_000), (1, 30_000), (4, 0), (5, 0)]
    assert (listed["daily_budget"], listed["daily_spent"]) == (hbd(100_000), hbd(100_000))


def test_a_short_list_counts_all_the_same(fund, answer):
    listed = answer("proposal", "list", "--limit", "1", node=fund)
    assert funds(listed) == [(2, 30_000)]
    assert listed["daily_spent"] == hbd(100_000)


def test_where_the_money_ends_there_is_a_line(fund, skald):
    lines = skald("proposal", "list", node=fund).stdout.splitlines()
    (line,) = [number for number, text in enumerate(lines) if "budget ends" in text]
    assert "Plan [1]" in lines[line - 1]
    assert "Plan [4]" in lines[line + 1]
    assert "begins in 2 d" in "\n".join(lines)


def test_money_that_is_left_has_no_line(fund, skald):
    fund.answers["database_api.find_accounts"] = {"accounts": [{"name": "hive.fund", "hbd_balance": hbd(10**9)}]}
    assert "budget ends" not in skald("proposal", "list", node=fund).stdout


def test_an_empty_list_says_so(fund, skald):
    fund.answers["database_api.list_proposals"] = {"proposals": []}
    assert "There are no such proposals" in skald("proposal", "list", "--status", "expired", node=fund).stdout


def test_a_narrow_terminal_keeps_the_numbers(fund, answer):
    text = io.StringIO()
    proposal_views.proposals(Console(file=text, width=90), answer("proposal", "list", node=fund))
    assert "40.000 HBD" in text.getvalue()
    assert "Plan" not in text.getvalue()


def test_one_proposal_is_shown_with_its_voters(fund, answer, skald):
    shown = answer("proposal", "show", "2", node=fund)
    assert shown["voters"] == ["bob"]
    assert shown["proposal"]["daily_funds"] == hbd(30_000)
    page = skald("proposal", "show", "2", node=fund).stdout
    assert "Proposal 2: Plan [2]" in page
    assert "alice/plan" in page


def test_an_ended_proposal_says_so(fund, skald):
    ended = row(7, 1, 1_000, status="expired", end_date="2024-12-31T00:00:00")
    fund.answers["database_api.list_proposals"] = lambda params: {
        "proposals": [ended] if params["status"] == "expired" else []
    }
    assert "ended" in skald("proposal", "list", "--status", "expired", node=fund).stdout


@pytest.mark.parametrize("command", ["show", "update"])
def test_a_proposal_that_is_not_there(fund, skald, command):
    words = ("--creator", "alice", "--pay", "1 HBD") if command == "update" else ()
    result = skald("proposal", command, "99", *words, node=fund)
    assert result.exit_code == 1
    assert "There is no proposal 99" in result.stderr


def test_a_proposal_is_made_from_a_post(fund, answer):
    answer(
        "proposal", "create", "bob/plan", "--creator", "alice", "--receiver", "bob", "--subject", "A map",
        "--pay", "24 HBD", "--for", "30d", "--in", "1d", node=fund,
    )  # fmt: skip
    assert fund.sent_operations() == [
        [
            "create_proposal",
            {
                "creator": "alice",
                "receiver": "bob",
                "start_date": "2025-01-02T00:10:00",
                "end_date": "2025-02-01T00:10:00",
                "daily_pay": "24.000 HBD",
                "subject": "A map",
                "permlink": "plan",
                "extensions": [],
            },
        ]
    ]


def test_a_post_of_somebody_else_does_not_do(fund, skald):
    words = ("--creator", "alice", "--subject", "A map", "--pay", "24 HBD", "--for", "30d")
    result = skald("proposal", "create", "carol/plan", *words, node=fund)
    assert result.exit_code == 2
    assert "carol/plan is not by alice" in result.stderr


def test_an_update_keeps_what_is_not_named(fund, answer):
    answer("proposal", "update", "2", "--creator", "alice", "--ends-in", "10d", node=fund)
    ((_, fields),) = fund.sent_operations()
    assert (fields["daily_pay"], fields["subject"], fields["permlink"]) == ("30.000 HBD", "Plan [2]", "plan")
    assert fields["extensions"][0][1] == {"end_date": "2025-01-11T00:10:00"}


def test_an_update_of_nothing_is_refused(fund, skald):
    result = skald("proposal", "update", "2", "--creator", "alice", node=fund)
    assert result.exit_code == 2
    assert "Nothing is to change" in result.stderr


def test_votes_for_many_proposals_go_five_at_a_time(fund, answer):
    done = answer("proposal", "vote", "9", "3", "1", "2", "8", "7", "3", "--account", "bob", node=fund)
    assert done["what"] == "bob votes for proposals 1, 2, 3, 7, 8, 9"
    assert [fields["proposal_ids"] for _, fields in fund.sent_operations()] == [[1, 2, 3, 7, 8], [9]]
    assert all(fields["approve"] for _, fields in fund.sent_operations())


def test_a_vote_is_taken_back(fund, answer):
    done = answer("proposal", "unvote", "4", "--account", "bob", node=fund)
    assert done["what"] == "bob no longer votes for proposal 4"
    assert fund.sent_operations() == [
        ["update_proposal_votes", {"voter": "bob", "proposal_ids": [4], "approve": False, "extensions": []}]
    ]


def test_proposals_are_taken_back(fund, answer):
    answer("proposal", "remove", "0", "2", "--creator", "alice", node=fund)
    assert fund.sent_operations() == [
        ["remove_proposal", {"proposal_owner": "alice", "proposal_ids": [0, 2], "extensions": []}]
    ]
