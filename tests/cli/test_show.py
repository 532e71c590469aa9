"""Looking at the chain: what is asked of the node, and how it is shown."""

import io
import json

from rich.console import Console

from chain.memo import encrypt_memo
from cli import payout_views, views
from cli.views import money, span, summary, units
from tests.cli.people import account_row, accounts_answer, key_of, public_text, write_keys

POST = {
    "author": "alice",
    "permlink": "hello",
    "title": "Hello [world]",
    "body": "First *post*.",
    "created": "2025-01-01T00:05:00",
    "last_update": "2025-01-01T00:05:00",
    "cashout_time": "2025-01-01T00:12:00",
    "pending_payout_value": "1.500 HBD",
    "net_votes": 2,
    "children": 0,
    "beneficiaries": [{"account": "carol", "weight": 1000}],
}
VOTES = [
    {"voter": "bob", "percent": 10000, "rshares": "3000", "time": "2025-01-01T00:06:00"},
    {"voter": "carol", "percent": -5000, "rshares": -1000, "time": "2025-01-01T00:07:00"},
]
PAYOUT = {
    "author": "alice",
    "permlink": "hello",
    "status": "paid",
    "cashout_time": "2025-01-01T00:12:00",
    "net_rshares": 1234567,
    "fund": {"reward_balance": "77.000 HIVE", "price": {"base": "0.250 HBD", "quote": "1.000 HIVE"}},
    "arithmetic": [{"step": "share", "formula": "reward_balance * claim / recent_claims", "result": "4.000 HIVE"}],
    "author_share": {
        "account": "alice",
        "share": "1.800 HIVE",
        "hbd": "0.225 HBD",
        "hive": "0.000 HIVE",
        "vests": "9.000000 VESTS",
    },
    "curators": [{"account": "bob", "share": "2.000 HIVE", "vests": "20.000000 VESTS"}],
    "beneficiaries": [{"account": "carol", "share": "0.200 HIVE", "hbd": "0.050 HBD"}],
    "values": {"payout": "1.000 HBD"},
}
EARNINGS = {
    "account": "alice",
    "posting_rewards": "5.000 HIVE",
    "curation_rewards": "1.000 HIVE",
    "unclaimed": {"hbd": "0.225 HBD", "hive": "0.000 HIVE", "vests": "9.000000 VESTS"},
    "payouts": [
        {
            "author": "alice",
            "permlink": "hello",
            "status": "paid",
            "cashout_time": "2025-01-01T00:12:00",
            "value": "1.000 HBD",
        },
        {
            "author": "alice",
            "permlink": "second",
            "status": "pending",
            "cashout_time": "2025-01-01T00:15:00",
            "value": "0.500 HBD",
        },
    ],
    "pending_votes": [
        {
            "author": "bob",
            "permlink": "art",
            "percent": -500,
            "share": "0.000 HIVE",
            "value": "0.000 HBD",
            "cashout_time": "2025-01-01T00:15:00",
        }
    ],
}


def test_a_post_is_shown_with_its_votes(node, skald):
    node.answers |= {"condenser_api.get_content": POST, "condenser_api.get_active_votes": VOTES}
    text = skald("show", "post", "@alice/hello", node=node).stdout
    assert "Hello [world]" in text
    assert "1.500 HBD if it were paid now" in text
    assert "in 2 m" in text
    assert "carol 10.00 %" in text
    assert "75.00 %" in text  # bob's part of all rshares
    assert "-50.00 %" in text


def test_invalid_post_is_not_there(node, skald):
    result = skald("show", "post", "alice/nothing", node=node)
    assert result.exit_code == 1
    assert "There is no post or reply alice/nothing." in result.stderr
    assert "skald account history alice" in result.stderr


def test_a_payout_is_split_in_bars_with_the_arithmetic_below(node, skald):
    node.answers["skald_api.get_payouts"] = PAYOUT
    text = skald("show", "payouts", "alice/hello", node=node).stdout
    assert node.asked("skald_api.get_payouts") == [{"author": "alice", "permlink": "hello"}]
    assert "paid at 2025-01-01T00:12:00" in text
    (author,) = [line for line in text.splitlines() if line.startswith("author ")]
    assert "alice  1.800 HIVE  45.00 %" in author
    assert "0.225 HBD + 9.000000 VESTS" in author
    assert "█" in author
    assert "50.00 %" in text  # bob, the curator
    assert "1,234,567" in text
    assert "reward_balance * claim / recent_claims" in text


def test_a_post_without_votes_earns_nothing(node, skald):
    waiting = PAYOUT | {"status": "pending", "author_share": None, "curators": [], "beneficiaries": [], "values": None}
    node.answers["skald_api.get_payouts"] = waiting
    text = skald("show", "payouts", "alice/hello", node=node).stdout
    assert "will be paid at" in text
    assert "it earns nothing" in text


def test_the_payouts_of_an_account_are_a_list_with_what_waits(node, skald):
    node.answers["skald_api.get_payouts"] = EARNINGS
    text = skald("show", "payouts", "alice", node=node).stdout
    assert node.asked("skald_api.get_payouts") == [{"account": "alice"}]
    assert "0.225 HBD + 9.000000 VESTS" in text
    assert "alice/second" in text
    assert "-5.00 %" in text


def test_an_account_that_never_posted(node, skald):
    node.answers["skald_api.get_payouts"] = {"account": "bob", "payouts": []}
    assert "No posts." in skald("show", "payouts", "bob", node=node).stdout


def test_a_block_with_its_operations(node, skald, answer):
    node.answers |= {
        "condenser_api.get_block": {
            "block_id": "00ab",
            "witness": "witness-1",
            "timestamp": "2025-01-01T00:10:00",
            "transactions": [],
        },
        "condenser_api.get_ops_in_block": [
            {"op": ["producer_reward", {"producer": "witness-1"}], "trx_in_block": 4294967295, "virtual_op": True}
        ],
    }
    assert "producer_reward" in skald("show", "block", node=node).stdout
    assert answer("show", "block", "7", node=node)["block_num"] == 7
    assert node.asked("condenser_api.get_block") == [[123], [7]]


def test_invalid_block_is_not_made_yet(node, skald):
    node.answers |= {"condenser_api.get_block": None, "condenser_api.get_ops_in_block": []}
    assert "There is no block 999 yet." in skald("show", "block", "999", node=node).stderr


def test_the_state_of_the_chain(node, skald):
    node.answers |= {
        "condenser_api.get_reward_fund": {"reward_balance": "77.000 HIVE", "recent_claims": "123456"},
        "condenser_api.get_current_median_history_price": {"base": "0.250 HBD", "quote": "1.000 HIVE"},
    }
    text = skald("show", "globals", node=node).stdout
    assert "Head block 123" in text
    assert "(1 behind head)" in text
    assert "77.000 HIVE" in text


def test_witnesses_by_votes(node, skald):
    rows = [
        {"owner": "witness-1", "votes": "9000000000", "signing_key": "STM5x", "running_version": "1.28.7"},
        {"owner": "gone", "votes": 0, "signing_key": "STM1111111111111111111111111111111114T1Anm"},
    ]
    node.answers |= {
        "condenser_api.get_witnesses_by_vote": rows,
        "condenser_api.get_active_witnesses": ["witness-1", ""],
    }
    for command in (("show", "witnesses"), ("witness", "list")):
        text = skald(*command, node=node).stdout
        assert "9,000" in text
        assert "gone" in text


def test_an_account_s_money_power_and_mana(node, skald):
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    text = skald("account", "show", "alice", node=node).stdout
    assert "12.345 HIVE" in text
    assert "worth 1.000 HIVE" in text  # 1800 VESTS of 900,000 in a fund of 500 HIVE
    assert "1.250 HBD, 7.000000 VESTS" in text
    assert "50.00 %" in text  # 750 of 1800 - 300 VESTS
    assert "posting" in text


def test_invalid_account_gets_names_like_it(node, skald):
    node.answers |= {"condenser_api.get_accounts": [], "condenser_api.lookup_accounts": ["alice", "alina"]}
    assert "Did you mean alina or alice?" in skald("account", "show", "alicia", node=node).stderr


def test_history_may_be_filtered_by_operation(node, skald):
    entry = {"op": ["vote", {"voter": "bob", "weight": 100}], "block": 5, "timestamp": "2025-01-01T00:00:15"}
    node.answers["condenser_api.get_account_history"] = [[0, entry]]
    text = skald("account", "history", "bob", "--operation", "vote", "--operation", "producer-reward", node=node).stdout
    assert "voter=bob  weight=100" in text
    assert node.asked("condenser_api.get_account_history") == [["bob", -1, 20, 1, 1]]  # bits 0 and 64


def test_invalid_operation_name_gets_near_ones(node, skald):
    result = skald("account", "history", "bob", "--operation", "trasfer", node=node)
    assert result.exit_code == 2
    assert "Did you mean transfer" in result.stderr


def test_old_history_is_asked_for_without_running_over_its_beginning(node, skald):
    node.answers["condenser_api.get_account_history"] = []
    skald("account", "history", "bob", "--before", "5", node=node)
    assert node.asked("condenser_api.get_account_history") == [["bob", 5, 6]]


def test_amounts_for_reading():
    assert money("1234567.890 HIVE") == "1,234,567.890 HIVE"
    assert money({"amount": "-1234567", "precision": 3, "nai": "@@000000013"}) == "-1,234.567 HBD"
    assert units("12.345 HIVE") == units({"amount": "12345", "precision": 3}) == units(12345) == 12345


def test_long_operations_are_cut():
    line = summary({"body": "word " * 100, "empty": "", "weight": 0})
    assert len(line) < 100
    assert "weight=0" in line


def test_spans_of_time_in_two_units():
    from datetime import timedelta

    assert span(timedelta(days=7, minutes=3)) == "7 d 3 m"
    assert span(timedelta(0)) == "0 s"


def test_a_memo_is_read_back_by_sender_and_recipient_only(node, skald, answer, tmp_path):
    memo = encrypt_memo("#for you", key_of("alice", "memo"), key_of("bob", "memo").public_key, 7)
    entry = {"op": ["transfer", {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": memo}], "block": 5}
    node.answers["condenser_api.get_account_history"] = lambda _params: [[0, json.loads(json.dumps(entry))]]
    for name in ("alice", "bob"):
        keys = write_keys(tmp_path / name, key_of(name, "memo"))
        told = answer("account", "history", name, "--memos", "--key-file", str(keys), node=node)
        assert told[0][1]["op"][1]["memo_text"] == "for you"
        assert "memo_text=for you" in skald("account", "history", name, "--memos", "--key-file", str(keys)).stdout

    stranger = write_keys(tmp_path / "carol", key_of("carol", "memo"))
    result = skald("account", "history", "bob", "--memos", "--key-file", str(stranger), node=node)
    assert result.exit_code == 0
    assert "None of the encrypted memos could be read" in result.stderr
    assert "--memos" in skald("account", "history", "bob", node=node).stderr


def test_a_memo_that_only_begins_with_the_mark_is_shown_as_it_is(node, skald):
    entry = {"op": ["transfer", {"memo": "#hashtag"}], "block": 5}
    node.answers["condenser_api.get_account_history"] = [[0, entry]]
    result = skald("account", "history", "bob", "--memos", node=node)
    assert "memo=#hashtag" in result.stdout
    assert result.stderr == ""


def test_invalid_history_of_nobody(node, skald):
    node.answers |= {
        "condenser_api.get_account_history": [],
        "condenser_api.get_accounts": [],
        "condenser_api.lookup_accounts": ["zzz"],
    }
    result = skald("account", "history", "nobody", node=node)
    assert result.exit_code == 1
    assert "There is no account nobody on this chain." in result.stderr
    assert "skald account create nobody" in result.stderr


def test_a_post_s_payout_is_forecast_by_a_node_that_can(node, skald, answer):
    node.answers |= {
        "condenser_api.get_content": POST,
        "condenser_api.get_active_votes": VOTES,
        "skald_api.get_payouts": {"values": {"payout": "2.345 HBD"}},
    }
    assert "2.345 HBD if it were paid now" in skald("show", "post", "alice/hello", node=node).stdout
    assert answer("show", "post", "alice/hello", node=node)["payout"]["values"]["payout"] == "2.345 HBD"


def test_a_witness_s_state_is_a_word(node, skald):
    node.answers |= {
        "condenser_api.get_witnesses_by_vote": [
            {"owner": "witness-1", "signing_key": "STM5x"},
            {"owner": "gone", "signing_key": "STM1111111111111111111111111111111114T1Anm"},
        ],
        "condenser_api.get_active_witnesses": ["witness-1"],
    }
    lines = skald("show", "witnesses", node=node).stdout.splitlines()
    assert "scheduled" in lines[1]
    assert "resigned" in lines[2]


def test_authorities_and_prices_are_one_word_each():
    key = {"weight_threshold": 1, "account_auths": [], "key_auths": [["STM5x", 1]]}
    both = {"weight_threshold": 2, "account_auths": [["bob", 1]], "key_auths": [["STM5x", 1]]}
    price = {"base": "0.250 HBD", "quote": "1.000 HIVE"}
    line = summary({"owner": key, "active": both, "exchange_rate": price})
    assert line == "owner=STM5x  active=2 of STM5x+bob  exchange_rate=0.250 HBD/1.000 HIVE"


# --- narrow terminals ---------------------------------------------------------------------------------------------------


def lines_at(width, view, answer):
    """What a view shows on a terminal of that width."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    view(console, answer)
    return console.file.getvalue().splitlines()


def test_a_narrow_terminal_breaks_no_name_number_or_key():
    account = {"account": account_row("alice"), "globals": {}}
    assert any(public_text("alice", "posting") in line for line in lines_at(80, views.account, account))
    witnesses = {"witnesses": [{"owner": "a-long-witness.x", "votes": 10**15, "signing_key": "STM5x", "url": "u" * 60}]}
    assert any(
        "a-long-witness.x  " in line and "1,000,000,000" in line for line in lines_at(80, views.witnesses, witnesses)
    )
    assert any("u" * 60 in line for line in lines_at(200, views.witnesses, witnesses))
    votes = lines_at(
        80, views.votes, [{"voter": "bob", "percent": 10000, "rshares": 10**13, "time": "2025-01-01T00:06:00"}]
    )
    assert any("10,000,000,000,000" in line and "2025-01-01T00:06:00" in line for line in votes)
    assert any("0.225 HBD +" in line for line in lines_at(80, payout_views.payouts, PAYOUT))


def test_a_narrow_terminal_shows_history_one_thing_below_another():
    entry = {"op": ["vote", {"voter": "bob", "weight": 100}], "block": 5, "timestamp": "2025-01-01T00:00:15"}
    assert lines_at(80, views.history, [[7, entry]]) == [
        "   7  vote  2025-01-01T00:00:15  block 5",
        "      voter=bob  weight=100" + " " * 53,
    ]
