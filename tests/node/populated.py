"""A devnet on which something of everything has happened: for tests that look at the shape of answers."""

import json
from functools import cache
from typing import Any

from chain.keys import public_key_text
from chain.types import time_text
from tests.node.rpc_world import RpcWorld

DAY_SECONDS = 86_400
COMMUNITY = "hive-133333"
FEED_BLOCKS = 10
"""Between two medians: short, so that there is a history of them."""


@cache
def populated_world() -> RpcWorld:
    """One for all who only ask. alice has done most of it, bob has answered, carol has voted."""
    world = RpcWorld(feed_interval_blocks=FEED_BLOCKS, feeds_min=1)
    world.produce(2)
    for part in (_content, _community, _stake, _money, _market, _governance, _recovery):
        part(world)
        world.produce()
    world.produce(FEED_BLOCKS - 2)
    _news(world)
    assert world.bugs.seen == []
    return world


def _content(world: RpcWorld) -> None:
    world.post("alice", "hello")
    world.produce()
    world.post("bob", "re-hello", "alice", "hello")
    beneficiaries = [[0, {"beneficiaries": [{"account": "carol", "weight": 500}]}]]
    terms = {"max_accepted_payout": "1000.000 HBD", "percent_hbd": 10_000, "allow_votes": True}
    terms |= {"allow_curation_rewards": True, "extensions": beneficiaries}
    world.send("alice", "comment_options", author="alice", permlink="hello", **terms)
    world.send("carol", "vote", voter="carol", author="alice", permlink="hello", weight=10_000)
    says(world, "bob", "follow", ["follow", {"follower": "bob", "following": "alice", "what": ["blog"]}])
    says(world, "carol", "follow", ["follow", {"follower": "carol", "following": "alice", "what": ["ignore"]}])
    says(world, "bob", "follow", ["reblog", {"account": "bob", "author": "alice", "permlink": "hello"}])


def _news(world: RpcWorld) -> None:
    """What is not paid yet, and stands in the lists."""
    world.post("alice", "news")
    world.produce()
    world.post("bob", "re-news", "alice", "news")
    world.send("bob", "vote", voter="bob", author="alice", permlink="news", weight=10_000)
    world.produce()


def _community(world: RpcWorld) -> None:
    """Founded by alice, who leads it; bob reads it, and carol writes there."""
    keys = {role: _authority(world, COMMUNITY, role) for role in ("owner", "active", "posting")}
    memo_key = public_key_text(world.key(COMMUNITY, "memo").public_key)
    fee = world.ask("condenser_api.get_chain_properties")["account_creation_fee"]
    founded = {"creator": "alice", "new_account_name": COMMUNITY, "fee": fee, "memo_key": memo_key, "json_metadata": ""}
    world.send("alice", "account_create", **founded, **keys)
    world.send("alice", "transfer_to_vesting", from_="alice", to=COMMUNITY, amount="10.000 HIVE")
    world.produce()
    acts(world, COMMUNITY, "setRole", account="alice", role="admin")
    acts(world, "bob", "subscribe")
    acts(world, COMMUNITY, "setUserTitle", account="bob", title="Reader")
    world.post("carol", "bees", parent_permlink=COMMUNITY)
    world.produce()
    acts(world, "alice", "pinPost", account="carol", permlink="bees")


def _authority(world: RpcWorld, name: str, role: str) -> dict[str, Any]:
    key = public_key_text(world.key(name, role).public_key)
    return {"weight_threshold": 1, "account_auths": [], "key_auths": [[key, 1]]}


def _stake(world: RpcWorld) -> None:
    world.send("alice", "transfer_to_vesting", from_="alice", to="alice", amount="100.000 HIVE")
    delegation = {"delegator": "alice", "delegatee": "bob"}
    world.send("alice", "delegate_vesting_shares", **delegation, vesting_shares="10000.000000 VESTS")
    world.produce()
    world.send("alice", "delegate_vesting_shares", **delegation, vesting_shares="5000.000000 VESTS")
    world.send("alice", "withdraw_vesting", account="alice", vesting_shares="1000.000000 VESTS")
    route = {"from_account": "alice", "to_account": "bob", "percent": 1_000, "auto_vest": False}
    world.send("alice", "set_withdraw_vesting_route", **route)
    says(world, "alice", "rc", ["delegate_rc", {"from": "alice", "delegatees": ["carol"], "max_rc": 1_000_000}])


def _money(world: RpcWorld) -> None:
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="for you")
    world.send("alice", "transfer_to_savings", from_="alice", to="alice", amount="5.000 HIVE", memo="")
    world.produce()
    taken = {"from_": "alice", "to": "carol", "request_id": 1, "amount": "1.000 HIVE", "memo": ""}
    world.send("alice", "transfer_from_savings", **taken)
    again = {"from_": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": "", "recurrence": 24, "executions": 2}
    world.send("alice", "recurrent_transfer", **again, extensions=[])
    now = world.chain.state.globals.time
    held = {"from_": "alice", "to": "bob", "agent": "carol", "escrow_id": 1, "json_meta": "", "fee": "0.010 HIVE"}
    held |= {
        "ratification_deadline": time_text(now + DAY_SECONDS),
        "escrow_expiration": time_text(now + 2 * DAY_SECONDS),
    }
    world.send("alice", "escrow_transfer", **held, hbd_amount="0.000 HBD", hive_amount="1.000 HIVE")


def _market(world: RpcWorld) -> None:
    world.send("alice", "convert", owner="alice", requestid=1, amount="1.000 HBD")
    world.send("alice", "collateralized_convert", owner="alice", requestid=1, amount="10.000 HIVE")
    until = time_text(world.chain.state.globals.time + DAY_SECONDS)

    def offer(owner: str, number: int, sells: str, wants: str) -> None:
        terms = {"amount_to_sell": sells, "min_to_receive": wants, "fill_or_kill": False, "expiration": until}
        world.send(owner, "limit_order_create", owner=owner, orderid=number, **terms)

    offer("alice", 1, "10.000 HIVE", "5.000 HBD")
    world.produce()
    offer("bob", 1, "1.000 HBD", "2.000 HIVE")
    offer("bob", 2, "1.000 HBD", "10.000 HIVE")


def _governance(world: RpcWorld) -> None:
    now = world.chain.state.globals.time
    plan = {"start_date": time_text(now + DAY_SECONDS), "end_date": time_text(now + 9 * DAY_SECONDS)}
    plan |= {"daily_pay": "1.000 HBD", "subject": "A bridge", "permlink": "hello", "extensions": []}
    world.send("alice", "create_proposal", creator="alice", receiver="bob", **plan)
    world.produce()
    world.send("bob", "update_proposal_votes", voter="bob", proposal_ids=[0], approve=True, extensions=[])
    world.send("alice", "account_witness_vote", account="alice", witness="initminer", approve=True)
    rate = {"base": "0.250 HBD", "quote": "1.000 HIVE"}
    world.send("initminer", "feed_publish", publisher="initminer", exchange_rate=rate)
    world.send("dave", "account_witness_proxy", account="dave", proxy="alice")


def _recovery(world: RpcWorld) -> None:
    world.send("carol", "decline_voting_rights", role="owner", account="carol", decline=True)
    changed = {"account_to_recover": "bob", "new_recovery_account": "carol", "extensions": []}
    world.send("bob", "change_recovery_account", role="owner", **changed)


def says(world: RpcWorld, actor: str, id_: str, action: Any) -> None:
    """A custom_json in somebody's name."""
    fields = {"required_auths": [], "required_posting_auths": [actor], "id": id_, "json": json.dumps(action)}
    world.send(actor, "custom_json", **fields)


def acts(world: RpcWorld, actor: str, action: str, **members: Any) -> None:
    """What somebody does in the community."""
    says(world, actor, "community", [action, {"community": COMMUNITY, **members}])
