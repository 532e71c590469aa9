"""A node that answers from a table: JSON-RPC 2.0 on a real loopback socket, in a thread of its own."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAIN_ID = "c0ffee" + "00" * 28 + "01"
HEAD_BLOCK_ID = "0000007b" + "aabbccdd" + "00" * 12


class Refusal(Exception):
    """What makes the fake node answer with an error object of hived's shape."""

    def __init__(self, format: str, data: dict[str, Any] | None = None, message: str = "Assert Exception") -> None:
        self.error = {
            "code": -32003,
            "message": f"{message}:{format}",
            "data": {
                "code": 10,
                "name": "assert_exception",
                "message": message,
                "stack": [{"format": format, "data": data or {}}],
            },
        }


class FakeNode:
    """`answers` maps a method to its result, or to a function of its params; `calls` remembers what was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.authorizations: set[str] = set()
        self.answers: dict[str, Any] = {
            "database_api.get_config": {
                "HIVE_CHAIN_ID": CHAIN_ID,
                "HIVE_ADDRESS_PREFIX": "STM",
                "IS_TEST_NET": False,
                "SKALD_ED25519_KEYS": True,
            },
            "condenser_api.get_dynamic_global_properties": {
                "head_block_number": 123,
                "head_block_id": HEAD_BLOCK_ID,
                "last_irreversible_block_num": 122,
                "time": "2025-01-01T00:10:00",
                "current_supply": "1000.000 HIVE",
                "current_hbd_supply": "10.000 HBD",
                "total_vesting_fund_hive": "500.000 HIVE",
                "total_vesting_shares": "900000.000000 VESTS",
            },
            "condenser_api.get_hardfork_version": "1.28.0",
            "condenser_api.get_next_scheduled_hardfork": {"hf_version": "1.28.0", "live_time": "2025-01-01T00:00:03"},
            "condenser_api.get_content": lambda params: {"author": "", "permlink": ""},
            "condenser_api.broadcast_transaction": {},
            "condenser_api.broadcast_transaction_synchronous": {
                "id": "",
                "block_num": 124,
                "trx_num": 0,
                "expired": False,
            },
        }
        self.url = ""

    def asked(self, method: str) -> list[Any]:
        """The params of every call of a method."""
        return [params for name, params in self.calls if name == method]

    def sent_operations(self) -> list[Any]:
        """The operations of the one transaction that was broadcast."""
        (params,) = self.asked("condenser_api.broadcast_transaction_synchronous") or self.asked(
            "condenser_api.broadcast_transaction"
        )
        operations: list[Any] = params[0]["operations"]
        return operations

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        method, params = request["method"], request["params"]
        self.calls.append((method, params))
        try:
            answer = self.answers.get(method, unknown_method)
            result = answer(params) if callable(answer) else answer
        except Refusal as refusal:
            return {"jsonrpc": "2.0", "error": refusal.error, "id": request["id"]}
        return {"jsonrpc": "2.0", "result": result, "id": request["id"]}


def unknown_method(_params: Any) -> Any:
    raise Refusal("Could not find method")


@contextmanager
def fake_node() -> Iterator[FakeNode]:
    node = FakeNode()

    def respond(body: bytes) -> bytes:
        return json.dumps(reply_to(node, json.loads(body))).encode()

    with serving(respond, authorizations=node.authorizations) as url:
        node.url = url
        yield node


def reply_to(node: FakeNode, body: Any) -> Any:
    return [node.answer(request) for request in body] if isinstance(body, list) else node.answer(body)


@contextmanager
def serving(
    respond: Callable[[bytes], bytes], status: int = 200, authorizations: set[str] | None = None
) -> Iterator[str]:
    """An HTTP server on a free port whose every answer is `respond(body)`; `authorizations` learns what it was shown."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer takes 40 ms

        def do_POST(self) -> None:
            if authorizations is not None and "Authorization" in self.headers:
                authorizations.add(self.headers["Authorization"])
            self.reply(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def do_GET(self) -> None:
            self.reply(b"")

        def reply(self, body: bytes) -> None:
            answer = respond(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
