"""Plain addresses for the most used reads, over a real socket: the methods' own answers, with HTTP's statuses and caching."""

import re
from typing import Any

import httpx
import pytest

from node.rpc.errors import error_object
from node.rpc.readers import ReadingEnds, TooManyHeavyCalls
from node.rpc.rest import PREFIX, TWINS, name_of, status_of
from tests.helpers.example_chain import ExampleChain
from tests.node.http_world import with_client


@pytest.fixture(scope="module")
def chain() -> ExampleChain:
    return ExampleChain()


def ask(chain: ExampleChain, path: str, status: int = 200, **headers: str) -> httpx.Response:
    replies: list[httpx.Response] = []

    async def scenario(client: httpx.AsyncClient) -> None:
        replies.append(
            await client.get(PREFIX + path, headers={name.replace("_", "-"): headers[name] for name in headers})
        )

    with_client(chain, scenario)
    (reply,) = replies
    assert reply.status_code == status, reply.text
    assert reply.headers["access-control-allow-origin"] == "*"
    return reply


def twins_of(chain: ExampleChain) -> dict[str, tuple[str, Any]]:
    """Addresses → the value that the method has for them."""
    transaction = chain.transaction_id
    return {
        "/accounts/alice": chain.ask("condenser_api.get_accounts", [["alice"]])[0],
        "/accounts/alice/profile": chain.ask("bridge.get_profile", ["alice"]),
        "/accounts/alice/profile?observer=bob": chain.ask("bridge.get_profile", ["alice", "bob"]),
        "/accounts/alice/history?limit=3": history(chain, start=-1, limit=3),
        "/accounts/alice/history?start=9&limit=5": history(chain, start=9, limit=5),
        "/accounts/alice/history?operation_filter_low=1": history(chain, operation_filter_low=1),
        "/accounts/alice/posts": chain.ask("bridge.get_account_posts", {"sort": "posts", "account": "alice"}),
        "/accounts/bob/posts?sort=comments&limit=1": chain.ask(
            "bridge.get_account_posts", ["comments", "bob", "", "", 1]
        ),
        "/accounts/alice/followers": chain.ask("condenser_api.get_followers", ["alice"]),
        "/accounts/bob/notifications?limit=2": chain.ask(
            "bridge.account_notifications", {"account": "bob", "limit": 2}
        ),
        "/posts/alice/hello": chain.ask("bridge.get_post", ["alice", "hello"]),
        "/posts/alice/hello/discussion": chain.ask("bridge.get_discussion", ["alice", "hello"]),
        "/ranked/created?limit=2": chain.ask("bridge.get_ranked_posts", {"sort": "created", "limit": 2}),
        "/posts/alice/hello/replies": chain.ask("condenser_api.get_content_replies", ["alice", "hello"]),
        "/blocks/3": chain.ask("block_api.get_block", {"block_num": 3})["block"],
        f"/transactions/{transaction}": chain.ask("account_history_api.get_transaction", {"id": transaction}),
        "/globals": chain.ask("database_api.get_dynamic_global_properties"),
        "/witnesses": chain.ask("condenser_api.get_witnesses_by_vote", ["", 21]),
        "/witnesses?limit=1": chain.ask("condenser_api.get_witnesses_by_vote", ["", 1]),
    }


def history(chain: ExampleChain, **params: Any) -> Any:
    return chain.ask("account_history_api.get_account_history", {"account": "alice"} | params)["history"]


def test_an_address_answers_what_its_method_answers(chain: ExampleChain) -> None:
    answers = twins_of(chain)  # asked before there is a loop, since an answer may have to wait

    async def scenario(client: httpx.AsyncClient) -> None:
        for path, expected in answers.items():
            reply = await client.get(PREFIX + path)
            assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json"), path
            assert reply.json() == expected, path

    with_client(chain, scenario)


def test_every_address_is_tried(chain: ExampleChain) -> None:
    assert len({name_of(twin) for twin in TWINS}) == len(TWINS) >= 10
    tried = [path.partition("?")[0] for path in twins_of(chain)]
    for twin in TWINS:
        shape = re.sub(r"{\w+}", "[^/]+", twin.path)
        assert any(re.fullmatch(shape, path) for path in tried), twin.path


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/accounts/nobody", 404, "not_found"),
        ("/accounts/nobody/profile", 404, "assert_exception"),
        ("/posts/alice/nothing", 404, "assert_exception"),
        ("/ranked/loudest", 400, "assert_exception"),
        ("/posts/alice/nothing/replies", 404, "assert_exception"),
        ("/blocks/99999", 404, "not_found"),
        (f"/transactions/{'ab' * 20}", 404, "assert_exception"),
        ("/transactions/zz", 400, "exception"),
        ("/blocks/first", 400, "invalid_argument"),
        ("/witnesses?limit=many", 400, "invalid_argument"),
        ("/witnesses?limit=5000", 400, "assert_exception"),
        (f"/accounts/{'a' * 17}", 400, "assert_exception"),
    ],
)
def test_invalid_requests_are_told_by_status_and_code(chain: ExampleChain, path: str, status: int, code: str) -> None:
    reply = ask(chain, path, status)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    problem = reply.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] == httpx.codes.get_reason_phrase(status)
    assert problem["detail"]


def test_what_is_the_nodes_own_matter_is_no_fault_of_the_request() -> None:
    assert status_of({"code": -32603, "message": "Internal Error:see the node's log"}) == 500
    assert status_of(error_object(ReadingEnds(), 0)) == 503
    assert status_of(error_object(TooManyHeavyCalls(200), 0)) == 503


def old_transaction(chain: ExampleChain) -> str:
    blocks = map(chain.chain.block, range(1, chain.chain.irreversible_num + 1))
    return next(block.transactions[0].id.hex() for block in blocks if block.transactions)


def test_what_cannot_change_is_kept_for_ever(chain: ExampleChain) -> None:
    for path in ("/blocks/3", f"/transactions/{old_transaction(chain)}"):
        reply = ask(chain, path)
        assert "immutable" in reply.headers["cache-control"]
        again = ask(chain, path, 304, if_none_match=reply.headers["etag"])
        assert again.content == b""
        assert again.headers["etag"] == reply.headers["etag"]


def test_what_may_still_change_is_asked_for_again(chain: ExampleChain) -> None:
    head_num = chain.chain.head_num
    assert chain.chain.irreversible_num < head_num
    for path in ("/globals", f"/blocks/{head_num}"):
        reply = ask(chain, path)
        assert reply.headers["cache-control"] == "no-cache"
        ask(chain, path, 304, if_none_match=reply.headers["etag"])
        ask(chain, path, 200, if_none_match='"another"')


def test_calls_are_counted_and_limited_like_any_others(chain: ExampleChain) -> None:
    usage = chain.dispatcher.usage
    before = usage["database_api.get_dynamic_global_properties"].call_count
    ask(chain, "/globals")
    assert usage["database_api.get_dynamic_global_properties"].call_count == before + 1


def test_the_addresses_are_described_with_types_and_defaults(chain: ExampleChain) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json")).json()
        assert set(described["paths"]) >= {PREFIX + twin.path for twin in TWINS}
        operation = described["paths"][f"{PREFIX}/accounts/{{name}}/history"]["get"]
        parameters = {one["name"]: one for one in operation["parameters"]}
        assert (parameters["name"]["in"], parameters["name"]["required"]) == ("path", True)
        assert parameters["limit"]["schema"] == {"type": "integer", "default": 1000, "title": "Limit"}
        assert set(operation["responses"]) == {"200", "400", "404", "503", "default"}
        block = described["paths"][f"{PREFIX}/blocks/{{num}}"]["get"]["responses"]["200"]["content"]["application/json"]
        assert block["example"]["block_id"]

    with_client(chain, scenario)
