"""Proposals and votes for them, as clients ask for them: every order, both ways, by status, page by page (protocol.md §8.12)."""

from typing import Any

import pytest

from chain.types import time_text
from tests.node.rpc_world import Refused, RpcWorld

DAY = 86_400
# Per proposal: creator, start and end in days from now, voters. Ids are 0, 1, 2 …
PLANS = (
    ("bob", 0, 10, ("alice", "carol")),
    ("alice", 5, 8, ("carol",)),
    ("bob", -2, 20, ()),
    ("alice", 3, 30, ("alice",)),
)
ALL = {
    "by_creator": [1, 3, 0, 2],
    "by_start_date": [2, 0, 3, 1],
    "by_end_date": [1, 0, 2, 3],
}


@pytest.fixture(scope="module")
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    now = world.chain.state.globals.time
    for creator in ("alice", "bob"):
        world.post(creator, "work")
    world.produce()
    for creator, start, end, _ in PLANS:
        world.send(
            creator,
            "create_proposal",
            creator=creator,
            receiver=creator,
            start_date=time_text(now + start * DAY),
            end_date=time_text(now + end * DAY),
            daily_pay="24.000 HBD",
            subject="Work",
            permlink="work",
            extensions=[],
        )
        world.produce()
    for proposal_id, (_, _, _, voters) in enumerate(PLANS):
        for voter in voters:
            vote(world, voter, proposal_id)
    world.produce(25)
    return world


def vote(world: RpcWorld, voter: str, proposal_id: int) -> None:
    world.send(voter, "update_proposal_votes", voter=voter, proposal_ids=[proposal_id], approve=True, extensions=[])
    world.produce()


def listed(world: RpcWorld, order: str, *, start: Any = None, limit: int = 100, **more: Any) -> list[int]:
    params = {"start": start, "limit": limit, "order": order} | more
    return [row["id"] for row in world.ask("database_api.list_proposals", params)["proposals"]]


def votes(world: RpcWorld, order: str, *, start: Any = None, limit: int = 100, **more: Any) -> list[tuple[str, int]]:
    params = {"start": start, "limit": limit, "order": order} | more
    rows = world.ask("database_api.list_proposal_votes", params)["proposal_votes"]
    return [(row["voter"], row["proposal"]["id"]) for row in rows]


@pytest.mark.parametrize("order", sorted(ALL))
def test_orders_go_both_ways(world: RpcWorld, order: str) -> None:
    assert listed(world, order) == ALL[order]
    assert listed(world, order, order_direction="descending") == ALL[order][::-1]


def test_the_order_by_votes_is_that_of_the_last_count(world: RpcWorld) -> None:
    rows = world.ask("database_api.list_proposals", {"start": [], "limit": 9, "order": "by_total_votes"})["proposals"]
    counts = [int(row["total_votes"]) for row in rows]
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1]
    assert rows[0]["id"] == 2
    assert rows[-1]["id"] == 0
    assert listed(world, "by_total_votes", start=[str(counts[-1])]) == [0]
    assert listed(world, "by_total_votes", start=[0], order_direction="descending") == [2]


def test_a_start_is_included_whichever_way(world: RpcWorld) -> None:
    assert listed(world, "by_creator", start=["bob"]) == [0, 2]
    assert listed(world, "by_creator", start=["alice"], order_direction="descending") == [3, 1]
    assert listed(world, "by_creator", start=[""]) == ALL["by_creator"]
    assert listed(world, "by_creator", start=[], limit=2) == [1, 3]
    now = world.ask("database_api.find_proposals", {"proposal_ids": [0]})["proposals"][0]["start_date"]
    assert listed(world, "by_start_date", start=[now]) == [0, 3, 1]
    assert listed(world, "by_start_date", start=[now], order_direction="descending") == [0, 2]
    assert listed(world, "by_start_date", start=[""], order_direction="descending") == ALL["by_start_date"][::-1]


def test_a_start_by_end_counts_the_time_until_clean_up(world: RpcWorld) -> None:
    """Ten minutes on this chain: whoever asks from then on still finds it."""
    row = world.ask("database_api.find_proposals", {"proposal_ids": [0]})["proposals"][0]
    cleaned_up = time_text(world.chain.state.proposals.get(0).end_date + 600)
    after = time_text(world.chain.state.proposals.get(0).end_date + 601)
    assert row["end_date"] < cleaned_up
    assert listed(world, "by_end_date", start=[cleaned_up]) == [0, 2, 3]
    assert listed(world, "by_end_date", start=[after]) == [2, 3]


def test_pages_by_the_last_id(world: RpcWorld) -> None:
    assert listed(world, "by_end_date", last_id=0) == [0, 2, 3]
    assert listed(world, "by_end_date", last_id=77) == []
    assert listed(world, "by_end_date", order_direction="descending", last_id=3) == ALL["by_end_date"][::-1]
    assert listed(world, "by_start_date", order_direction="descending", last_id=0) == [3, 0, 2], (
        "from below the next id"
    )


def test_proposals_of_a_status(world: RpcWorld) -> None:
    found = {status: listed(world, "by_creator", status=status) for status in ("inactive", "active", "expired")}
    assert found == {"inactive": [1, 3], "active": [0, 2], "expired": []}
    assert listed(world, "by_creator", status="votable") == ALL["by_creator"]


def test_a_proposal_is_shown_whole(world: RpcWorld) -> None:
    (row,) = world.ask("database_api.find_proposals", {"proposal_ids": [2, 99]})["proposals"]
    assert row["status"] == "active"
    assert row["daily_pay"] == {"amount": "24000", "nai": "@@000000013", "precision": 3}
    (legacy,) = world.ask("condenser_api.find_proposals", [["2"]])
    assert legacy == {key: value for key, value in row.items() if key != "status"} | {"daily_pay": "24.000 HBD"}


def test_condenser_lists_the_same_without_status(world: RpcWorld) -> None:
    rows = world.ask("condenser_api.list_proposals", [["bob"], 10, "by_creator", "ascending", "all", 0])
    assert [row["id"] for row in rows] == [0, 2]
    assert "status" not in rows[0]
    assert [row["id"] for row in world.ask("condenser_api.list_proposals", [[""], 10, "by_creator"])] == [1, 3, 0, 2]


def test_votes_by_voter_and_by_proposal(world: RpcWorld) -> None:
    by_voter = [("alice", 0), ("alice", 3), ("carol", 0), ("carol", 1)]
    by_proposal = [("alice", 0), ("carol", 0), ("carol", 1), ("alice", 3)]
    assert votes(world, "by_voter_proposal") == by_voter
    assert votes(world, "by_proposal_voter") == by_proposal
    assert votes(world, "by_voter_proposal", order_direction="descending") == by_voter[::-1]
    assert votes(world, "by_proposal_voter", order_direction="descending") == by_proposal[::-1]
    assert votes(world, "by_voter_proposal", status="inactive") == [("alice", 3), ("carol", 1)]


def test_votes_begin_where_it_is_said(world: RpcWorld) -> None:
    assert votes(world, "by_voter_proposal", start=["carol"]) == [("carol", 0), ("carol", 1)]
    assert votes(world, "by_voter_proposal", start=["carol", 1]) == [("carol", 1)]
    assert votes(world, "by_voter_proposal", start=["alice"], order_direction="descending") == [
        ("alice", 3),
        ("alice", 0),
    ]
    assert votes(world, "by_proposal_voter", start=[1], limit=2) == [("carol", 1), ("alice", 3)]
    assert votes(world, "by_proposal_voter", start=[0, "b"]) == [("carol", 0), ("carol", 1), ("alice", 3)]
    assert votes(world, "by_proposal_voter", start=[0], order_direction="descending") == [("carol", 0), ("alice", 0)]
    assert votes(world, "by_proposal_voter", start=[None, None]) == votes(world, "by_proposal_voter")


def test_condenser_shows_a_vote_with_its_proposal(world: RpcWorld) -> None:
    (row,) = world.ask("condenser_api.list_proposal_votes", [["alice"], 1, "by_voter_proposal", "ascending", "all"])
    assert (row["voter"], row["proposal"]["daily_pay"], row["proposal"]["status"]) == ("alice", "24.000 HBD", "active")


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("list_proposals", {"start": None, "limit": 0, "order": "by_creator"}, "limit not set"),
        ("list_proposals", {"start": None, "limit": 1, "order": "by_name"}, "unsupported sort order"),
        ("list_proposals", {"start": [""], "limit": 1, "order": "by_total_votes"}, "parse uint64_t"),
        ("list_proposals", {"start": None, "limit": 1, "order": "by_creator", "status": "old"}, "bad_enum_cast"),
        ("list_proposal_votes", {"start": None, "limit": 1, "order": "by_creator"}, "unsupported sort order"),
        ("list_proposal_votes", {"start": None, "limit": 0, "order": "by_proposal_voter"}, "limit not set"),
        ("list_proposal_votes", {"start": [-1], "limit": 1, "order": "by_proposal_voter"}, "can't be negative"),
        ("find_proposals", {"proposal_ids": []}, "not filled"),
        ("find_proposals", {"proposal_ids": [-1]}, "can't be negative"),
    ],
)
def test_refusals_are_those_of_hived(world: RpcWorld, method: str, params: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        world.ask(f"database_api.{method}", params)


def test_a_removed_proposal_is_not_shown() -> None:
    world = RpcWorld()
    world.produce(2)
    world.post("alice", "work")
    world.produce()
    now = world.chain.state.globals.time
    world.send(
        "alice",
        "create_proposal",
        creator="alice",
        receiver="alice",
        start_date=time_text(now),
        end_date=time_text(now + DAY),
        daily_pay="1.000 HBD",
        subject="Work",
        permlink="work",
        extensions=[],
    )
    world.produce()
    vote(world, "carol", 0)
    state = world.chain.state
    state.store.begin()
    state.proposals.edit(0).is_removed = True
    assert listed(world, "by_creator") == []
    assert votes(world, "by_voter_proposal") == []
    assert world.ask("database_api.find_proposals", {"proposal_ids": [0]}) == {"proposals": []}
    state.store.rollback()
