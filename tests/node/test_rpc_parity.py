"""Our answers beside those that a real hived gave about the same chains (shared/parity), method by method."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from node import replay
from node.rpc.context import Context
from tests.helpers.shared import shared_path
from tests.node.rpc_world import Asking, Refused

pytestmark = pytest.mark.shared

SCENARIOS = ("content", "money", "stake")


class Replayed(Asking):
    """A replayed scenario to ask, and hived's answers about it."""

    def __init__(self, name: str) -> None:
        self.folder = shared_path("parity", name)
        self.chain = replay.chain_of_scenario(self.folder)
        for _ in replay.replay(self.chain, self.folder / "block_log"):
            pass
        super().__init__(Context(self.chain))

    def dump(self, name: str) -> Any:
        with gzip.open(self.folder / "dumps" / f"{name}.json.gz") as file:
            return json.load(file)

    def pages(self, method: str, order: str, member: str, key: Any, limit: int = 7) -> Iterator[Any]:
        """All of a list, page by page: `key` makes the next start from a row."""
        start = None
        seen = 0
        while True:
            params = {"start": start, "limit": limit, "order": order}
            rows = self.ask(method, params)[member]
            yield from rows[1:] if start is not None else rows
            seen += len(rows)
            if len(rows) < limit:
                return
            start = key(rows[-1])


@pytest.fixture(scope="module", params=SCENARIOS)
def replayed(request: pytest.FixtureRequest) -> Replayed:
    return Replayed(request.param)


LOCAL = "last_irreversible_block_num"  # of a node, not of the chain


@pytest.mark.parametrize(
    ("dump", "method"),
    [
        ("config", "database_api.get_config"),
        ("dynamic_global_properties", "database_api.get_dynamic_global_properties"),
        ("condenser_dynamic_global_properties", "condenser_api.get_dynamic_global_properties"),
        ("chain_properties", "condenser_api.get_chain_properties"),
        ("reward_funds", "database_api.get_reward_funds"),
        ("feed_history", "database_api.get_feed_history"),
        ("current_price_feed", "database_api.get_current_price_feed"),
        ("hardfork_properties", "database_api.get_hardfork_properties"),
    ],
)
def test_singular_answers_are_those_of_hived(replayed: Replayed, dump: str, method: str) -> None:
    expected, found = replayed.dump(dump), replayed.ask(method)
    if LOCAL in expected:
        del expected[LOCAL], found[LOCAL]
    assert found == expected


def test_schedules_are_those_of_hived(replayed: Replayed) -> None:
    params = {"include_future": True}
    assert replayed.ask("database_api.get_witness_schedule", params) == replayed.dump("witness_schedule")
    active = replayed.dump("active_witnesses")
    assert replayed.ask("database_api.get_active_witnesses", params) == active
    assert replayed.ask("condenser_api.get_active_witnesses", [True]) == [
        *active["witnesses"],
        "",
        *active["future_witnesses"],
    ]


def test_accounts_are_those_of_hived(replayed: Replayed) -> None:
    expected = replayed.dump("accounts")
    names = [row["name"] for row in expected]
    assert (
        list(replayed.pages("database_api.list_accounts", "by_name", "accounts", lambda row: row["name"])) == expected
    )
    assert replayed.ask("database_api.find_accounts", {"accounts": [*names, "nobody"]})["accounts"] == expected
    assert replayed.ask("condenser_api.lookup_accounts", ["", 1000]) == sorted(names)
    assert replayed.ask("condenser_api.get_account_count", []) == len(names)


def test_accounts_of_condenser_are_those_of_hived(replayed: Replayed) -> None:
    expected = replayed.dump("condenser_accounts")
    names = [row["name"] for row in expected]
    assert replayed.ask("condenser_api.get_accounts", [names]) == expected
    plain = replayed.ask("condenser_api.lookup_account_names", [[*names, "nobody"]])
    assert plain[-1] is None
    for row, extended in zip(plain, expected, strict=False):
        assert row == {name: extended[name] for name in row}


def test_accounts_in_other_orders_are_all_there(replayed: Replayed) -> None:
    expected = {row["name"] for row in replayed.dump("accounts")}
    by_proxy = list(
        replayed.pages("database_api.list_accounts", "by_proxy", "accounts", lambda row: [row["proxy"], row["name"]])
    )
    assert len(by_proxy) == len(expected)
    assert {row["name"] for row in by_proxy} == expected
    ids = {row["name"]: row["id"] for row in by_proxy}
    keys = [(ids.get(row["proxy"], 0), row["name"]) for row in by_proxy]
    assert keys == sorted(keys)
    by_time = list(
        replayed.pages(
            "database_api.list_accounts",
            "by_next_vesting_withdrawal",
            "accounts",
            lambda row: [row["next_vesting_withdrawal"], row["name"]],
        )
    )
    assert {row["name"] for row in by_time} == expected
    powering_down = [row["next_vesting_withdrawal"] for row in by_time if row["next_vesting_withdrawal"] > "2000"]
    assert powering_down == sorted(powering_down)
    assert [row["next_vesting_withdrawal"] for row in by_time[: len(powering_down)]] == powering_down


def test_witnesses_are_those_of_hived(replayed: Replayed) -> None:
    expected = replayed.dump("witnesses")
    listed = replayed.pages("database_api.list_witnesses", "by_name", "witnesses", lambda row: row["owner"])
    assert list(listed) == expected
    owners = [row["owner"] for row in expected]
    assert replayed.ask("database_api.find_witnesses", {"owners": owners})["witnesses"] == expected
    by_vote = list(
        replayed.pages(
            "database_api.list_witnesses", "by_vote_name", "witnesses", lambda row: [row["votes"], row["owner"]]
        )
    )
    assert by_vote == sorted(expected, key=lambda row: (-int(row["votes"]), row["owner"]))
    by_time = list(
        replayed.pages(
            "database_api.list_witnesses",
            "by_schedule_time",
            "witnesses",
            lambda row: [row["virtual_scheduled_time"], row["owner"]],
        )
    )
    assert by_time == sorted(expected, key=lambda row: (int(row["virtual_scheduled_time"]), row["id"]))
    assert replayed.ask("condenser_api.get_witness_count") == len(expected)
    assert replayed.ask("condenser_api.lookup_witness_accounts", ["", 1000]) == owners
    legacy = replayed.ask("condenser_api.get_witnesses_by_vote", ["", 1000])
    assert [row["owner"] for row in legacy] == [row["owner"] for row in by_vote]
    assert replayed.ask("condenser_api.get_witnesses_by_vote", [legacy[2]["owner"], 5]) == legacy[2:7]
    assert replayed.ask("condenser_api.get_witness_by_account", [legacy[0]["owner"]]) == legacy[0]
    assert replayed.ask("condenser_api.get_witnesses", [[legacy[0]["id"], 5000]]) == [legacy[0], None]


def test_votes_for_witnesses_are_those_of_hived(replayed: Replayed) -> None:
    expected = replayed.dump("witness_votes")
    for order, names in (
        ("by_account_witness", ("account", "witness")),
        ("by_witness_account", ("witness", "account")),
    ):
        found = replayed.pages(
            "database_api.list_witness_votes", order, "votes", lambda row, names=names: [row[name] for name in names]
        )
        assert list(found) == sorted(expected, key=lambda row, names=names: [row[name] for name in names])


def test_stake_on_its_way_is_that_of_hived(replayed: Replayed) -> None:
    delegations = replayed.dump("vesting_delegations")
    found = replayed.pages(
        "database_api.list_vesting_delegations",
        "by_delegation",
        "delegations",
        lambda row: [row["delegator"], row["delegatee"]],
        limit=3,
    )
    assert list(found) == delegations
    for delegator in {row["delegator"]: None for row in delegations}:
        mine = replayed.ask("database_api.find_vesting_delegations", {"account": delegator})["delegations"]
        assert mine == [row for row in delegations if row["delegator"] == delegator]
        legacy = replayed.ask("condenser_api.get_vesting_delegations", [delegator, "", 1000])
        assert [row["id"] for row in legacy] == [row["id"] for row in mine]
        after = replayed.ask("condenser_api.get_vesting_delegations", [delegator, mine[-1]["delegatee"], 1000])
        assert after == legacy[-1:]
    returns = replayed.dump("vesting_delegation_expirations")
    params = {"start": None, "limit": 1000, "order": "by_expiration"}
    assert replayed.ask("database_api.list_vesting_delegation_expirations", params)["delegations"] == sorted(
        returns, key=lambda row: (row["expiration"], row["id"])
    )
    params = {"start": ["", "1970-01-01T00:00:00", 0], "limit": 1000, "order": "by_account_expiration"}
    by_account = replayed.ask("database_api.list_vesting_delegation_expirations", params)["delegations"]
    assert sorted(by_account, key=lambda row: row["id"]) == sorted(returns, key=lambda row: row["id"])
    for row in returns:
        params = {"account": row["delegator"]}
        assert row in replayed.ask("database_api.find_vesting_delegation_expirations", params)["delegations"]


def test_routes_and_requests_are_those_of_hived(replayed: Replayed) -> None:
    routes = replayed.dump("withdraw_vesting_routes")
    found = replayed.pages(
        "database_api.list_withdraw_vesting_routes",
        "by_withdraw_route",
        "routes",
        lambda row: [row["from_account"], row["to_account"]],
        limit=2,
    )
    assert list(found) == sorted(routes, key=lambda row: (row["from_account"], row["to_account"]))
    for row in routes:
        params = {"account": row["to_account"], "order": "by_destination"}
        assert row in replayed.ask("database_api.find_withdraw_vesting_routes", params)["routes"]
        assert row in replayed.ask("condenser_api.get_withdraw_routes", [row["from_account"], "outgoing"])
        assert row in replayed.ask("condenser_api.get_withdraw_routes", [row["to_account"], "incoming"])
    requests = replayed.dump("decline_voting_rights_requests")
    for order in ("by_account", "by_effective_date"):
        params = {"start": None, "limit": 1000, "order": order}
        listed = replayed.ask("database_api.list_decline_voting_rights_requests", params)["requests"]
        assert sorted(listed, key=lambda row: row["id"]) == sorted(requests, key=lambda row: row["id"])


def test_money_on_its_way_is_that_of_hived(replayed: Replayed) -> None:
    withdrawals = replayed.dump("savings_withdrawals")
    for order, names in (
        ("by_from_id", ("from", "request_id")),
        ("by_complete_from_id", ("complete", "from", "request_id")),
        ("by_to_complete", ("to", "complete", "id")),
    ):
        found = replayed.pages(
            "database_api.list_savings_withdrawals",
            order,
            "withdrawals",
            lambda row, names=names: [row[name] for name in names],
        )
        assert list(found) == sorted(withdrawals, key=lambda row, names=names: [row[name] for name in names])
    for row in withdrawals:
        legacy = replayed.ask("condenser_api.get_savings_withdraw_to", [row["to"]])
        assert row["id"] in [one["id"] for one in legacy]
    escrows = replayed.dump("escrows")
    found = replayed.pages(
        "database_api.list_escrows", "by_from_id", "escrows", lambda row: [row["from"], row["escrow_id"]]
    )
    assert list(found) == escrows
    found = replayed.pages("database_api.list_escrows", "by_ratification_deadline", "escrows", by_deadline)
    assert list(found) == sorted(escrows, key=by_deadline)
    transfers = replayed.dump("recurrent_transfers")
    for giver in {row["from"]: None for row in transfers}:
        mine = replayed.ask("database_api.find_recurrent_transfers", {"from": giver})["recurrent_transfers"]
        assert mine == [row for row in transfers if row["from"] == giver]


def by_deadline(row: dict[str, Any]) -> list[Any]:
    return [row["to_approved"] and row["agent_approved"], row["ratification_deadline"], row["id"]]


def test_operations_of_every_block_are_those_of_hived(replayed: Replayed) -> None:
    for num, expected in replayed.dump("ops_by_block").items():
        found = replayed.ask("account_history_api.get_ops_in_block", {"block_num": int(num), "only_virtual": False})
        for entry in found["ops"]:
            assert entry.pop("block") == int(num)
            assert entry.pop("operation_id") == 0
        if num == "1":  # both orders of equal places are hived's own
            found["ops"].sort(key=lambda entry: json.dumps(entry, sort_keys=True))
            expected.sort(key=lambda entry: json.dumps(entry, sort_keys=True))
        assert found["ops"] == expected, num
        virtual = replayed.ask("condenser_api.get_ops_in_block", [int(num), True])
        assert len(virtual) == sum(entry["virtual_op"] for entry in expected)


def test_blocks_are_those_of_hived(replayed: Replayed) -> None:
    headers = replayed.dump("block_headers")
    for first in range(1, len(headers) + 1, 1000):
        params = {"starting_block_num": first, "count": 1000}
        blocks = replayed.ask("block_api.get_block_range", params)["blocks"]
        for num, block in enumerate(blocks, first):
            expected = headers[str(num)]
            found = {name: block[name] for name in expected}
            assert found | {"transactions": len(block["transactions"])} == expected
            assert len(block["transaction_ids"]) == len(block["transactions"])
    last = len(headers)
    assert len(replayed.ask("block_api.get_block_range", {"starting_block_num": last, "count": 5})["blocks"]) == 1
    assert replayed.ask("block_api.get_block", {"block_num": last + 1}) == {}
    assert replayed.ask("condenser_api.get_block", [last + 1]) is None
    assert replayed.ask("condenser_api.get_block", [0]) is None


def test_account_histories_are_those_of_hived(replayed: Replayed) -> None:
    for account, expected in replayed.dump("account_history_sample").items():
        params: dict[str, Any] = {"account": account, "start": -1, "limit": 1000}
        assert replayed.ask("account_history_api.get_account_history", params)["history"] == expected
        legacy = replayed.ask("condenser_api.get_account_history", [account, -1, 1000])
        assert [sequence for sequence, _ in legacy] == [sequence for sequence, _ in expected]
        if len(expected) < 30:
            continue
        newest = expected[-1][0]
        params = {"account": account, "start": newest - 5, "limit": 10}
        assert replayed.ask("account_history_api.get_account_history", params)["history"] == expected[-15:-5]


def test_filtered_histories_are_the_chosen_part(replayed: Replayed) -> None:
    transfers, rewards = 1 << 2, 1 << 51  # transfer and author_reward
    kinds = {"transfer_operation", "author_reward_operation"}
    for account, expected in replayed.dump("account_history_sample").items():
        if len(expected) >= 1000:
            continue
        chosen = [entry for entry in expected if entry[1]["op"]["type"] in kinds]
        params = {"account": account, "start": -1, "limit": 1000, "operation_filter_low": str(transfers | rewards)}
        assert replayed.ask("account_history_api.get_account_history", params)["history"] == chosen
        legacy = replayed.ask("condenser_api.get_account_history", [account, -1, 1000, transfers | rewards])
        assert [sequence for sequence, _ in legacy] == [sequence for sequence, _ in chosen]
        params = {"account": account, "start": -1, "limit": 1000, "operation_filter_high": 1}
        produced = replayed.ask("account_history_api.get_account_history", params)["history"]
        assert produced == [entry for entry in expected if entry[1]["op"]["type"] == "producer_reward_operation"]


def test_transactions_are_found_by_their_ids(replayed: Replayed) -> None:
    found = 0
    for num in range(20, replayed.chain.head_num, 97):
        block = replayed.ask("condenser_api.get_block", [num])
        for view in block["transactions"]:
            id_ = view["transaction_id"]
            assert replayed.ask("condenser_api.get_transaction", [id_]) == view
            modern = replayed.ask("account_history_api.get_transaction", {"id": id_})
            assert modern["block_num"] == num
            status = replayed.ask("transaction_status_api.find_transaction", {"transaction_id": id_})
            assert status["block_num"] == num
            found += 1
    assert found > 10


def test_all_virtual_operations_come_page_by_page(replayed: Replayed) -> None:
    expected = [
        (int(num), entry["op"])
        for num, entries in replayed.dump("ops_by_block").items()
        if 300 <= int(num) < 420
        for entry in entries
        if entry["virtual_op"]
    ]
    expected.sort(key=lambda pair: pair[0])
    found = []
    begin, operation = 300, 0
    while begin and begin < 420:
        params = {"block_range_begin": begin, "block_range_end": 420, "operation_begin": operation, "limit": 50}
        page = replayed.ask("account_history_api.enum_virtual_ops", params)
        found += [(entry["block"], entry["op"]) for entry in page["ops"]]
        begin, operation = page["next_block_range_begin"], int(page["next_operation_begin"])
    assert found == expected
    grouped = replayed.ask(
        "account_history_api.enum_virtual_ops",
        {"block_range_begin": 300, "block_range_end": 420, "group_by_block": True, "filter": 1 << 14},
    )
    assert [len(group["ops"]) for group in grouped["ops_by_block"]] == [1] * 120  # one producer_reward each


def test_pending_payouts_are_those_of_hived(replayed: Replayed) -> None:
    expected = replayed.dump("comment_pending_payouts")
    places = [[row["author"], row["permlink"]] for row in expected]
    for first in range(0, len(places), 1000):
        params = {"comments": places[first : first + 1000]}
        found = replayed.ask("database_api.get_comment_pending_payouts", params)["cashout_infos"]
        assert found == expected[first : first + 1000]


def test_invalid_start_accounts_are_refused_as_by_hived(replayed: Replayed) -> None:
    params = {"start": ["", ""], "limit": 10, "order": "by_delegation"}
    with pytest.raises(Refused, match=r"Assert Exception:account != nullptr: Given account does not exist\."):
        replayed.ask("database_api.list_vesting_delegations", params)
