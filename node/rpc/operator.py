"""Who may speak on the operator's socket: whoever can read a file in the data directory, and no web page.

The socket is one of TCP on this machine's own address, so that Prometheus, curl and an SSH tunnel reach it. Every user and every
program of the machine reaches it too; so each request brings the secret of `operator-cookie`, which is made anew at each start
and which only the node's user may read:

    curl -u operator:$(cat DIR/operator-cookie) http://127.0.0.1:PORT/metrics
    Authorization: Bearer <the secret>

A page in a browser could be made to send it along by a user who once typed it, so a request with an Origin is refused, and one
whose Host is a name that somebody else gave this machine (docs/adr/0012).
"""

import os
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from typing import Final

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from node.rpc.errors import RpcError, error_object
from node.rpc.hosts import is_local_host

COOKIE_NAME: Final = "operator-cookie"
OPERATOR_REFUSED: Final = -32004
COOKIE_BYTES: Final = 32  # nobody tries 2^256 of them, so there is no count of failed attempts


class OperatorRefused(RpcError):
    """Not the operator, or not in the way that an operator comes."""

    code = OPERATOR_REFUSED


@contextmanager
def fresh_cookie(data_dir: Path) -> Iterator[str]:
    """A new secret in the data directory, readable by its owner only, for as long as the node serves."""
    path, draft = data_dir / COOKIE_NAME, data_dir / f"{COOKIE_NAME}.new"
    secret = token_hex(COOKIE_BYTES)
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    draft.replace(path)
    try:
        yield secret
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches what listens there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class OperatorGate:
    """ASGI: lets the operator through to the application behind it."""

    __slots__ = ("_app", "_secret")

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(dict(scope["headers"]))
        except OperatorRefused as refusal:
            await _refuse(scope["type"], send, refusal)
        else:
            await self._app(scope, receive, send)

    def _check(self, headers: dict[bytes, bytes]) -> None:
        """Raises OperatorRefused."""
        if b"origin" in headers:
            raise OperatorRefused("No web page speaks on the operator's socket", expression="operator_from_browser")
        if not is_local_host(headers.get(b"host", b"")):
            raise OperatorRefused("Name the operator's socket by its address", expression="operator_by_other_name")
        if not compare_digest(_secret_in(headers.get(b"authorization", b"")), self._secret):
            raise OperatorRefused(
                "Send the secret of the file ${cookie_file} in the node's data directory (Authorization: Bearer …)",
                expression="operator_cookie_missing",
                cookie_file=COOKIE_NAME,
            )


def _secret_in(header: bytes) -> bytes:
    """What a request shows: a bearer's token, or the password beside whatever user name."""
    scheme, _, value = header.strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    if scheme.lower() == b"basic":
        try:
            return b64decode(value.strip(), validate=True).partition(b":")[2]
        except (NotBase64, ValueError):
            return b""
    return b""


async def _refuse(kind: str, send: Send, refusal: OperatorRefused) -> None:
    """HTTP has words of its own for this, and no client of Hive's comes here that would not read them."""
    if kind != "http":
        await send({"type": "websocket.close", "code": 1008, "reason": str(refusal)[:100]})
        return
    body = orjson.dumps({"jsonrpc": "2.0", "error": error_object(refusal, 0), "id": None})
    lacks_cookie = refusal.expression == "operator_cookie_missing"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    if lacks_cookie:
        headers.append((b"www-authenticate", b'Basic realm="the operator of this node"'))
    await send({"type": "http.response.start", "status": 401 if lacks_cookie else 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
