"""What clients ask in a flood: wallets, explorers, front ends and bots, each as often as they do, and some that want very much."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to be asked for."""

    head_num: int
    people: tuple[str, ...]
    posts: tuple[tuple[str, str], ...]


Params = Callable[[random.Random, Facts], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that is asked, `weight` times in a hundred and some. A batch asks it `calls` times at once."""

    name: str
    method: str
    weight: int
    params: Params
    calls: int = 1

    def body(self, chance: random.Random, facts: Facts) -> bytes:
        requests = [
            {"jsonrpc": "2.0", "id": number, "method": self.method, "params": self.params(chance, facts)}
            for number in range(self.calls)
        ]
        return orjson.dumps(requests if self.calls > 1 else requests[0])


def _person(chance: random.Random, facts: Facts) -> str:
    return chance.choice(facts.people)


def _post(chance: random.Random, facts: Facts) -> list[str]:
    return list(chance.choice(facts.posts))


def _num(chance: random.Random, facts: Facts) -> int:
    return chance.randint(1, facts.head_num)


def _by_post(chance: random.Random, facts: Facts) -> dict[str, Any]:
    author, permlink = chance.choice(facts.posts)
    return {"author": author, "permlink": permlink, "observer": _person(chance, facts)}


EVERYTHING = (1 << 64) - 1

KINDS = (
    Kind("globals", "condenser_api.get_dynamic_global_properties", 18, lambda *_: []),
    Kind("accounts", "condenser_api.get_accounts", 10, lambda c, f: [[_person(c, f)]]),
    Kind("find accounts", "database_api.find_accounts", 4, lambda _, f: {"accounts": list(f.people)}),
    Kind("credits", "rc_api.find_rc_accounts", 4, lambda c, f: {"accounts": [_person(c, f)]}),
    Kind("block", "block_api.get_block", 10, lambda c, f: {"block_num": _num(c, f)}),
    Kind("operations of a block", "account_history_api.get_ops_in_block", 5, lambda c, f: {"block_num": _num(c, f)}),
    Kind("history, 20", "condenser_api.get_account_history", 8, lambda c, f: [_person(c, f), -1, 20]),
    Kind("content", "condenser_api.get_content", 8, _post),
    Kind("votes", "condenser_api.get_active_votes", 3, _post),
    Kind("replies", "condenser_api.get_content_replies", 4, _post),
    Kind("discussion", "bridge.get_discussion", 5, _by_post),
    Kind("post", "bridge.get_post", 4, _by_post),
    Kind("profile", "bridge.get_profile", 3, lambda c, f: {"account": _person(c, f)}),
    Kind("account posts", "bridge.get_account_posts", 4, lambda c, f: {"sort": "posts", "account": _person(c, f)}),
    Kind("feed", "bridge.get_account_posts", 3, lambda c, f: {"sort": "feed", "account": _person(c, f)}),
    Kind("trending", "bridge.get_ranked_posts", 4, lambda *_: {"sort": "trending", "tag": ""}),
    Kind("notifications", "bridge.account_notifications", 2, lambda c, f: {"account": _person(c, f)}),
    Kind("followers", "condenser_api.get_followers", 2, lambda c, f: [_person(c, f), "", "blog", 100]),
    Kind("witnesses", "condenser_api.get_witnesses_by_vote", 2, lambda *_: ["", 100]),
    Kind("20 blocks at once", "block_api.get_block", 1, lambda c, f: {"block_num": _num(c, f)}, calls=20),
    # those that want very much
    Kind(
        "history, 1000",
        "account_history_api.get_account_history",
        1,
        lambda c, f: {"account": _person(c, f), "limit": 1000},
    ),
    Kind(
        "history, filtered",
        "condenser_api.get_account_history",
        1,
        lambda c, f: [_person(c, f), -1, 1000, 1, 0],  # votes alone
    ),
    Kind("block range", "block_api.get_block_range", 1, lambda _, f: {"starting_block_num": 1, "count": 1000}),
    Kind(
        "events",
        "account_history_api.enum_virtual_ops",
        1,
        lambda _, f: {"block_range_begin": 1, "block_range_end": f.head_num + 1},
    ),
    Kind("all accounts", "database_api.list_accounts", 1, lambda *_: {"start": "", "limit": 1000, "order": "by_name"}),
    Kind(
        "heavy batch",
        "account_history_api.get_account_history",
        1,
        lambda c, f: {"account": _person(c, f), "limit": 500},
        calls=5,
    ),
)


def served(methods: Collection[str]) -> tuple[Kind, ...]:
    """The kinds that a node can be asked."""
    return tuple(kind for kind in KINDS if kind.method in methods)
