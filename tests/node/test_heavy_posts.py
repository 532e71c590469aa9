"""Lists of posts are read beside the loop, a single post on it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.rpc.apis import make_registry
from node.rpc.jsonrpc import Dispatcher
from tests.node.test_readers import Devnet, ask

LISTS = [
    ("bridge.get_ranked_posts", {"sort": "created", "tag": "tests"}),
    ("bridge.get_ranked_posts", {"sort": "trending", "tag": ""}),
    ("bridge.get_discussion", {"author": "alice", "permlink": "first"}),
    ("bridge.get_account_posts", {"sort": "posts", "account": "alice"}),
    ("bridge.get_account_posts", {"sort": "blog", "account": "alice"}),
    ("condenser_api.get_discussions_by_created", [{"tag": "tests"}]),
    ("condenser_api.get_discussions_by_hot", [{"tag": "tests"}]),
    ("condenser_api.get_post_discussions_by_payout", [{"tag": "tests"}]),
    ("condenser_api.get_comment_discussions_by_payout", [{"tag": "tests"}]),
    ("condenser_api.get_discussions_by_blog", [{"tag": "alice"}]),
    ("condenser_api.get_discussions_by_comments", [{"start_author": "alice"}]),
    ("condenser_api.get_discussions_by_author_before_date", ["alice", "", "", 5]),
    ("condenser_api.get_replies_by_last_update", ["alice", "", 5]),
    ("condenser_api.get_trending_tags", ["", 10]),
]
SINGLE = [
    ("bridge.get_post", {"author": "alice", "permlink": "first"}),
    ("bridge.get_post_header", {"author": "alice", "permlink": "first"}),
    ("bridge.normalize_post", {"post": {"author": "alice", "permlink": "first"}}),
    ("condenser_api.get_content", ["alice", "first"]),
    ("tags_api.get_discussion", {"author": "alice", "permlink": "first"}),
]


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[Devnet]:
    """With a post of alice's, and a reply to it."""
    devnet = Devnet(tmp_path)
    write(devnet, "first")
    devnet.block()
    write(devnet, "re-first", "alice", "first")
    devnet.block()
    yield devnet
    devnet.node.close()


def write(devnet: Devnet, permlink: str, parent_author: str = "", parent_permlink: str = "tests") -> None:
    where = {"parent_author": parent_author, "parent_permlink": parent_permlink, "author": "alice"}
    said = {"permlink": permlink, "title": "", "body": "Words.", "json_metadata": ""}
    devnet.send(devnet.play.operation("comment", **where, **said), role="posting")


def result(dispatcher: Dispatcher, method: str, params: Any) -> Any:
    reply = asyncio.run(ask(dispatcher, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    return reply["result"]


@pytest.mark.parametrize(("method", "params"), LISTS)
def test_a_list_of_posts_is_the_same_beside_the_loop(devnet: Devnet, method: str, params: Any) -> None:
    registry = make_registry()
    assert registry.methods[method].is_heavy
    here, aside = devnet.dispatcher(registry, None), devnet.dispatcher(registry, devnet.readers)
    expected = result(here, method, params)
    assert expected
    assert result(aside, method, params) == expected


@pytest.mark.parametrize(("method", "params"), SINGLE)
def test_a_single_post_waits_for_no_reader(devnet: Devnet, method: str, params: Any) -> None:
    registry = make_registry()
    assert not registry.methods[method].is_heavy
    assert result(devnet.dispatcher(registry, devnet.readers), method, params)["permlink"] == "first"
