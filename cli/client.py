"""JSON-RPC 2.0 over HTTP, blocking, on the standard library: the command line asks one thing at a time.

NodeFailure
├── NodeUnreachable    nobody listens there, or not in time
├── NotANode           something answers, but not JSON-RPC
└── NodeRefused        the node understood and said no: code, sentence and the data of its error object
"""

import functools
import http.client
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit

import click
import orjson

from chain import __version__
from cli.advice import advice_for_code, advice_for_words
from cli.inputs import DEFAULT_URL
from cli.output import BadInput, Failure, Function, last_option

TIMEOUT_SECONDS = 30  # a broadcast that waits for its block takes up to two slots
ANSWER_BYTES_MAX = 256 * 1024 * 1024


class NodeFailure(Failure):
    exit_code = 3
    code = "node_failure"


class NodeUnreachable(NodeFailure):
    code = "node_unreachable"

    def __init__(self, url: str, reason: str) -> None:
        advice = (
            "Start one with `skald devnet`, or name another with --node URL."
            if url == DEFAULT_URL
            else f"Check --node (or SKALD_NODE): it says {url}. `skald devnet` starts a chain of your own."
        )
        super().__init__(f"No node answers at {url}: {reason}.", advice, url=url)


class NotANode(NodeFailure):
    code = "not_a_node"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"What answers at {url} is not a node: {reason}.", "Check --node (or SKALD_NODE).", url=url)


class NodeRefused(Failure):
    """The node's error object (its shape is Hive's), read for people."""

    exit_code = 4
    code = "node_refused"

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        self.rpc_code = error.get("code")
        self.rpc_data = error.get("data")
        self.reason = readable_reason(error)
        code, data = reason_code(error)
        advice = advice_for_code(code, data) or advice_for_words(self.reason)
        reason = self.reason if self.reason.endswith((".", "!", "?")) else f"{self.reason}."
        super().__init__(f"The node refused: {reason}", advice, method=method, code=code or self.code, rpc_error=error)


PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def reason_code(error: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A Skald node's stable code and the data of its sentence (docs/errors.md); empty from other kinds of nodes."""
    data = error.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("extension"), dict):
        return "", {}
    code = data["extension"].get("assertion_expression")
    stack = data.get("stack")
    first = stack[0] if isinstance(stack, list) and stack and isinstance(stack[0], dict) else {}
    values = first.get("data")
    is_code = isinstance(code, str) and re.fullmatch(r"[a-z0-9_]+", code)
    return (str(code) if is_code else ""), (values if isinstance(values, dict) else {})


def readable_reason(error: dict[str, Any]) -> str:
    """The first sentence of the error's stack with its data filled in; else its message without the assertion's source text."""
    data = error.get("data")
    if isinstance(data, dict) and isinstance(data.get("stack"), list) and data["stack"]:
        entry = data["stack"][0]
        values = entry.get("data") or {}
        text = PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), str(entry.get("format", ""))).strip()
        if text:
            return text
    return str(error.get("message", error)).removeprefix("Assert Exception:").strip()


class Client:
    """One node, spoken to over one kept-alive connection."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS, *, secret: str = "") -> None:
        """`secret` is what opens an operator's socket (cli.operator)."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port
        except ValueError:  # a port that is none, a broken IPv6 address
            host, port = None, None
        if not host or parts.scheme not in {"http", "https"}:
            raise BadInput(f"{url!r} is not the address of a node.", f"Write it like {DEFAULT_URL}.")
        self.url = url
        self._path = parts.path or "/"
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connect(host, port, timeout=timeout_seconds)
        self._headers = {"Content-Type": "application/json", "User-Agent": f"skald/{__version__}"}
        if secret:
            self._headers["Authorization"] = f"Bearer {secret}"
        self._last_id = 0

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, params: list[Any] | dict[str, Any] | None = None) -> Any:
        """One method's result. Raises NodeUnreachable, NotANode, NodeRefused."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: list[tuple[str, list[Any] | dict[str, Any] | None]]) -> list[Any]:
        """The results of several methods in one round trip, in order; the first refusal is raised."""
        requests = [self._request(method, params) for method, params in calls]
        answers = self._exchange(requests if len(requests) > 1 else requests[0])
        replies = answers if isinstance(answers, list) else [answers]
        if len(replies) != len(requests):
            raise NotANode(self.url, "a reply is missing")
        return [self._result(request, reply) for request, reply in zip(requests, replies, strict=True)]

    def get(self, path: str) -> Any:
        """A plain page of JSON, as /health."""
        return self._decode(self._http("GET", path, None))

    def _request(self, method: str, params: list[Any] | dict[str, Any] | None) -> dict[str, Any]:
        self._last_id += 1
        default: list[Any] | dict[str, Any] = [] if method.startswith("condenser_api.") else {}
        return {
            "jsonrpc": "2.0",
            "method": method,
            "params": default if params is None else params,
            "id": self._last_id,
        }

    def _result(self, request: dict[str, Any], reply: Any) -> Any:
        if not isinstance(reply, dict) or ("result" not in reply and "error" not in reply):
            raise NotANode(self.url, "the reply has neither a result nor an error")
        if "error" in reply:
            error = reply["error"]
            raise NodeRefused(request["method"], error if isinstance(error, dict) else {"message": str(error)})
        if reply.get("id") != request["id"]:
            raise NotANode(self.url, "the reply belongs to another request")
        return reply["result"]

    def _exchange(self, body: Any) -> Any:
        try:
            text = orjson.dumps(body)
        except orjson.JSONEncodeError as error:  # a number beyond 64 bits, half a character
            raise BadInput(f"This cannot be asked: {error}.", "Check the numbers and texts of the command.") from error
        return self._decode(self._http("POST", self._path, text))

    def _http(self, verb: str, path: str, body: bytes | None) -> bytes:
        reused = self._connection.sock is not None
        try:
            try:
                response = self._send(verb, path, body)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._connection.close()
                if not reused:
                    raise
                response = self._send(verb, path, body)  # the node had closed the kept-alive connection meanwhile
            text = response.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise NodeUnreachable(self.url, connection_problem(error)) from error
        if response.status not in {200, 503}:  # 503 is what /health says of an unwell node, with JSON beside it
            raise NotANode(self.url, f"it says HTTP {response.status} {response.reason}")
        return text

    def _send(self, verb: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        self._connection.request(verb, path, body, self._headers)
        return self._connection.getresponse()

    def _decode(self, text: bytes) -> Any:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise NotANode(self.url, "the answer is not JSON") from error


def connection_problem(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, ssl.SSLError):
        return f"no safe connection ({error.reason or 'TLS failed'}), it may speak http:// only"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def asks_node(function: Function) -> Function:
    """Give a command `--node`, and its function a `client`."""

    @functools.wraps(function)
    def command(*args: Any, node: str, **options: Any) -> Any:
        return function(*args, client=open_client(node), **options)

    decorated: Function = node_option(command)
    return decorated


def asks_node_url(function: Function) -> Function:
    """Give a command `--node`, and its function the `url` of it."""

    @functools.wraps(function)
    def command(*args: Any, node: str, **options: Any) -> Any:
        Client(node).close()  # says what is wrong with an address
        return function(*args, url=node if "://" in node else f"http://{node}", **options)

    decorated: Function = node_option(command)
    return decorated


def open_client(url: str) -> Client:
    """A client that is closed when the running command ends."""
    client = Client(url)
    click.get_current_context().call_on_close(client.close)
    return client


def node_option(function: Callable[..., Any], help: str = "The node to ask.") -> Any:
    return last_option(
        function, "--node", envvar="SKALD_NODE", default=DEFAULT_URL, metavar="URL", show_envvar=True, help=help
    )
