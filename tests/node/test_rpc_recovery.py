"""What wallets ask about stolen accounts: requests, recovery accounts to come, former owners (clients.md §3)."""

from typing import Any

import pytest

from chain.authority import Authority
from chain.keys import public_key_text
from chain.rows import OwnerHistory, RecoveryAccountChange, RecoveryRequest
from chain.types import time_text
from tests.node.rpc_world import Refused, RpcWorld

KEY = bytes([2]) + bytes([0x33]) * 32


@pytest.fixture
def world() -> RpcWorld:
    """Three requests and three changes, of which the last by name is the first in time, and five former owners."""
    world = RpcWorld()
    world.produce()
    state = world.chain.state
    authority = Authority.of_key(KEY)
    for position, name in enumerate(("alice", "bob", "carol")):
        state.recovery_requests.insert(RecoveryRequest(name, position, authority, 3_000 - position * 1_000))
        state.recovery_account_changes.insert(RecoveryAccountChange(name, position, "dave", 6_000 - position * 1_000))
    for position, name in enumerate(("bob", "alice", "bob", "carol", "bob")):
        state.owner_history.insert(OwnerHistory(name, position, authority, position * 100))
    return world


def request_of(world: RpcWorld, name: str, id_: int, expires: int) -> dict[str, Any]:
    shown = public_key_text(KEY, world.dialect.address_prefix)
    return {
        "id": id_,
        "account_to_recover": name,
        "new_owner_authority": {"weight_threshold": 1, "account_auths": [], "key_auths": [[shown, 1]]},
        "expires": time_text(expires),
    }


LISTS = [
    ("list_account_recovery_requests", "by_expiration", "expires"),
    ("list_change_recovery_account_requests", "by_effective_date", "effective_on"),
]


@pytest.mark.parametrize(("method", "by_time", "time_member"), LISTS)
def test_requests_are_listed_in_both_orders_page_by_page(
    world: RpcWorld, method: str, by_time: str, time_member: str
) -> None:
    def names(order: str, start: Any, limit: int = 1000) -> list[str]:
        params = {"start": start, "limit": limit, "order": order}
        return [row["account_to_recover"] for row in world.ask(f"database_api.{method}", params)["requests"]]

    assert names("by_account", None) == ["alice", "bob", "carol"]
    assert names("by_account", "b", limit=1) == ["bob"]
    assert names(by_time, None) == ["carol", "bob", "alice"]
    rows = world.ask(f"database_api.{method}", {"start": None, "limit": 2, "order": by_time})["requests"]
    assert names(by_time, [rows[-1][time_member], rows[-1]["account_to_recover"]]) == ["bob", "alice"]
    assert names(by_time, [rows[-1][time_member], "c"]) == ["alice"]
    with pytest.raises(Refused, match="Unknown or unsupported sort order"):
        names("by_name", None)
    with pytest.raises(Refused, match="limit not set or too big"):
        names(by_time, None, limit=1001)


def test_requests_are_found_by_account(world: RpcWorld) -> None:
    wanted = {"accounts": ["carol", "nobody", "alice"]}
    carol, alice = request_of(world, "carol", 2, 1_000), request_of(world, "alice", 0, 3_000)
    assert world.ask("database_api.find_account_recovery_requests", wanted) == {"requests": [carol, alice]}
    assert world.ask("condenser_api.get_recovery_request", ["carol"]) == carol
    assert world.ask("condenser_api.get_recovery_request", ["nobody"]) is None
    assert world.ask("database_api.find_change_recovery_account_requests", wanted)["requests"] == [
        {"id": 2, "account_to_recover": "carol", "recovery_account": "dave", "effective_on": time_text(4_000)},
        {"id": 0, "account_to_recover": "alice", "recovery_account": "dave", "effective_on": time_text(6_000)},
    ]


@pytest.mark.parametrize("method", ["find_account_recovery_requests", "find_change_recovery_account_requests"])
def test_invalid_number_of_accounts_to_find(world: RpcWorld, method: str) -> None:
    for accounts in ([], ["alice"] * 1001):
        with pytest.raises(Refused, match="list of affected accounts to find not filled or too big"):
            world.ask(f"database_api.{method}", {"accounts": accounts})


def test_former_owners_are_listed_by_account_and_age(world: RpcWorld) -> None:
    def ids(start: Any, limit: int = 1000) -> list[int]:
        rows = world.ask("database_api.list_owner_histories", {"start": start, "limit": limit})["owner_auths"]
        return [row["id"] for row in rows]

    assert ids(None) == [1, 0, 2, 4, 3]
    assert ids(None, limit=2) == [1, 0]
    assert ids(["bob", time_text(200)]) == [2, 4, 3]
    assert ids(["bob", time_text(201)], limit=1) == [4]
    assert ids(["b", time_text(201)], limit=1) == [0]
    found = world.ask("database_api.find_owner_histories", {"owner": "bob"})["owner_auths"]
    assert [row["last_valid_time"] for row in found] == [time_text(0), time_text(200), time_text(400)]
    assert found == world.ask("condenser_api.get_owner_history", ["bob"])
    assert world.ask("condenser_api.get_owner_history", ["nobody"]) == []
