"""Two sockets of a real node: what everybody may ask, and what only its operator."""

import asyncio
import json
import stat
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from node.devnet import devnet_namespace
from node.rpc.apis import make_registry
from node.rpc.registry import Method
from node.runner import Node
from tests.node.test_runner import devnet_config

WORDS_OF_OPERATORS = ("metrics", "network", "shutdown", "stop", "debug", "config", "peer")
NAMED_LIKE_IT = {  # Hive's own, over the chain and nothing else
    "condenser_api.get_config",
    "database_api.get_config",
}
Scenario = Callable[["Faces"], Awaitable[None]]


class Faces:
    """The two sockets of a running node, and what its data directory says of them."""

    def __init__(self, data_dir: Path, client: httpx.AsyncClient) -> None:
        self.client = client
        self.about = json.loads((data_dir / "running.json").read_text())
        self.cookie_file = Path(self.about["cookie_file"])
        self.secret = self.cookie_file.read_text()

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    async def ask(self, url: str, method: str, params: Any = None, **headers: str) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        return await self.client.post(url, json=body, headers=headers)

    async def public(self, method: str, params: Any = None) -> Any:
        reply = await self.ask(self.about["url"], method, params)
        assert reply.status_code == 200
        return reply.json()

    async def operator(self, method: str, params: Any = None) -> Any:
        return (await self.ask(self.about["operator_url"], method, params, **self.bearer)).json()


def with_node(data_dir: Path, scenario: Scenario, **settings: Any) -> None:
    async def main() -> None:
        config = devnet_config(data_dir, witness_participation_percent_min=0, **settings)
        node = Node(config)
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(node.serve(ready.set_result))
        try:
            await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
            async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
                await scenario(Faces(data_dir, client))
        finally:
            node.stop()
            await task
            node.close()

    asyncio.run(main())


def operators_methods() -> list[Method]:
    registry = make_registry()
    registry.include(devnet_namespace(None, None, None))  # type: ignore[arg-type]  # declared here, never called
    return [method for method in registry.methods.values() if method.for_operator]


def test_what_is_the_operators() -> None:
    """Whoever adds a method that looks like the operator's declares it as such, or says here why not."""
    names = {method.name for method in operators_methods()}
    assert {"skald_api.get_metrics", "skald_api.get_network"} <= names
    assert {name for name in names if name.startswith("devnet_api.")} >= {"devnet_api.advance", "devnet_api.produce"}
    public = make_registry().public().methods
    looking_like_it = {name for name in public if any(word in name.split(".")[1] for word in WORDS_OF_OPERATORS)}
    assert looking_like_it <= NAMED_LIKE_IT


def test_every_method_of_the_operator_is_closed_on_the_public_socket(tmp_path: Path) -> None:
    async def scenario(faces: Faces) -> None:
        listed = (await faces.public("jsonrpc.get_methods"))["result"]
        described = [method["name"] for method in (await faces.public("rpc.discover"))["result"]["methods"]]
        assert sorted(described) == listed
        closed = operators_methods()
        assert len(closed) >= 6
        for method in closed:
            by_name = await faces.public(method.name)
            api, _, short = method.name.partition(".")
            by_call = await faces.public("call", [api, short, {}])
            unknown = await faces.public(f"{api}.no_such_method")
            for reply in (by_name, by_call):
                assert reply["error"]["code"] == unknown["error"]["code"] == -32002
                assert reply["error"]["message"].endswith(f"Could not find method {short}")
            assert (await faces.public("jsonrpc.get_signature", {"method": method.name}))["error"]["code"] == -32003
            assert method.name not in listed
            assert method.name not in described
            assert method.name in (await faces.operator("jsonrpc.get_methods"))["result"]

    with_node(tmp_path, scenario)


def test_a_batch_is_no_way_in(tmp_path: Path) -> None:
    async def scenario(faces: Faces) -> None:
        names = [method.name for method in operators_methods()]
        batch = [{"jsonrpc": "2.0", "id": id_, "method": name, "params": {}} for id_, name in enumerate(names)]
        replies = (await faces.client.post(faces.about["url"], json=batch)).json()
        assert ["Could not find" in reply["error"]["message"] for reply in replies] == [True] * len(names)

    with_node(tmp_path, scenario)


def test_the_operator_turns_the_clock_and_reads_the_figures(tmp_path: Path) -> None:
    async def scenario(faces: Faces) -> None:
        before = (await faces.public("condenser_api.get_dynamic_global_properties"))["result"]["head_block_number"]
        assert (await faces.operator("devnet_api.produce", {"count": 3}))["result"]["head_block_num"] == before + 3
        assert (await faces.operator("skald_api.get_metrics"))["result"]["skald_blocks_applied_total"] >= 3
        assert (await faces.operator("skald_api.get_network"))["result"]["peers"] == []
        metrics = await faces.client.get(faces.about["operator_url"] + "/metrics", headers=faces.bearer)
        assert 'skald_rpc_calls_total{method="condenser_api.get_dynamic_global_properties"} 1.0' in metrics.text
        assert (await faces.client.get(faces.about["url"] + "/metrics")).status_code == 404

    with_node(tmp_path, scenario)


def test_metrics_are_public_where_the_operator_wants_it(tmp_path: Path) -> None:
    async def scenario(faces: Faces) -> None:
        assert "skald_head_block_num" in (await faces.client.get(faces.about["url"] + "/metrics")).text
        assert (await faces.public("skald_api.get_metrics"))["error"]["code"] == -32002

    with_node(tmp_path, scenario, rpc_metrics=True)


def test_the_cookie_is_the_users_own_and_new_at_each_start(tmp_path: Path) -> None:
    secrets, folder = set(), tmp_path.resolve()

    async def scenario(faces: Faces) -> None:
        assert stat.S_IMODE(faces.cookie_file.stat().st_mode) == 0o600
        assert faces.cookie_file.parent == folder
        assert len(faces.secret) == 64
        secrets.add(faces.secret)

    with_node(tmp_path, scenario)
    with_node(tmp_path, scenario)
    assert len(secrets) == 2
    assert not (tmp_path / "operator-cookie").exists()


def wrong_cookies(secret: str) -> list[dict[str, str]]:
    basic = b64encode(b"operator:" + secret[:-1].encode()).decode()
    as_user = b64encode(secret.encode() + b":").decode()
    return [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {secret[:-1]}"},
        {"Authorization": f"Bearer {secret}0"},
        {"Authorization": f"Bearer {secret.upper()} {secret}"},
        {"Authorization": f"Token {secret}"},
        {"Authorization": secret},
        {"Authorization": f"Basic {basic}"},
        {"Authorization": f"Basic {as_user}"},
        {"Authorization": "Basic ÿ%%%"},
        {"Cookie": f"operator={secret}"},
    ]


def test_invalid_cookies_open_nothing(tmp_path: Path) -> None:
    async def scenario(faces: Faces) -> None:
        url = faces.about["operator_url"]
        for headers in wrong_cookies(faces.secret):
            encoded = {name: value.encode("latin-1") for name, value in headers.items()}
            for verb, path in (("POST", "/"), ("GET", "/metrics"), ("GET", "/health"), ("GET", "/docs")):
                reply = await faces.client.request(verb, url + path, content=b"{}", headers=encoded)
                assert reply.status_code == 401
                assert reply.json()["error"]["data"]["extension"]["assertion_expression"] == "operator_cookie_missing"
                assert faces.secret not in reply.text
        named = {"Authorization": "Basic " + b64encode(f"anybody:{faces.secret}".encode()).decode()}
        assert (await faces.ask(url, "devnet_api.get_clock", **named)).status_code == 200

    with_node(tmp_path, scenario)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1", ""])
def test_invalid_pages_of_a_browser_are_refused_even_with_the_cookie(tmp_path: Path, origin: str) -> None:
    async def scenario(faces: Faces) -> None:
        url = faces.about["operator_url"]
        reply = await faces.ask(url, "devnet_api.get_clock", **faces.bearer, Origin=origin)
        assert reply.status_code == 403
        assert "access-control-allow-origin" not in reply.headers
        preflight = await faces.client.options(url, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        assert preflight.status_code == 403
        assert "access-control-allow-origin" not in preflight.headers

    with_node(tmp_path, scenario)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8091", "127.0.0.1.evil.example", "localhost.evil.example"]
)
def test_invalid_other_names_of_the_operators_socket(tmp_path: Path, host: str) -> None:
    async def scenario(faces: Faces) -> None:
        reply = await faces.ask(faces.about["operator_url"], "devnet_api.get_clock", **faces.bearer, Host=host)
        assert reply.status_code == 403

    with_node(tmp_path, scenario)


def test_a_witness_may_have_the_operators_socket_alone(tmp_path: Path) -> None:
    async def main() -> None:
        node = Node(devnet_config(tmp_path, rpc_enabled=False))
        running = tmp_path / "running.json"
        task = asyncio.create_task(node.serve())
        try:
            while not running.exists():  # noqa: ASYNC110  a file has no event
                await asyncio.sleep(0)
            async with httpx.AsyncClient(trust_env=False) as client:
                faces = Faces(tmp_path, client)
                assert "url" not in faces.about
                assert (await faces.operator("skald_api.get_network"))["result"]["peers"] == []
        finally:
            node.stop()
            await task
            node.close()

    asyncio.run(main())
