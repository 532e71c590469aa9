"""hived's error objects, made from our own errors.

Wallets and libraries do not read an error, they match it: some its code, some its text, some the first stack entry, one
hands the whole `data` member to C++ that throws when a field is absent. So every error that leaves the node has the same
complete shape (Hive's `json_rpc` plugin and `fc::exception`):

    {"code": -32003, "message": "Assert Exception:insufficient_funds: Account alice has 1.000 HIVE",
     "data": {"code": 10, "name": "assert_exception", "message": "Assert Exception",
              "stack": [{"context": {level, file, line, method, hostname, thread_name, timestamp},
                         "format": "Account ${account} has ${balance}", "data": {"account": …, "balance": …}}],
              "extension": {"assertion_expression": "insufficient_funds"}, "assert_hash": "…"}}

`message` is data.message + ":" + (the expression + ": ") + the formatted stack texts. For a `ChainError` the expression is
its stable code, so programs find the code in every text that a client shows.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import PurePath
from string import Formatter
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

from chain.authority import Authority
from chain.errors import ChainError, InvalidInput, MissingAuthority
from chain.keys import public_key_text
from chain.types import time_text

# Codes of the envelope. -32602 is never used for a refused transaction: hive-js takes it for a success.
PARSE_ERROR = -32700  # the request is JSON, but not an object
INVALID_REQUEST = -32600  # jsonrpc, method or id missing or of another type
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602  # hivemind's methods only
INTERNAL_ERROR = -32603  # a bug of ours
SERVER_ERROR = -32000  # text that is not JSON; an argument of another type
NO_PARAMS = -32001  # `call` without params
PARSE_PARAMS_ERROR = -32002  # unknown API or method, params that name none
ERROR_DURING_CALL = -32003  # the method or the chain refuses
POST_DELETED = -31999  # hivemind's only other code

JsonObject: TypeAlias = dict[str, Any]


class Face(NamedTuple):
    """How hived names a kind of exception: number, class name, its standing text."""

    number: int
    name: str
    message: str


UNSPECIFIED = Face(0, "exception", "unspecified")
PARSE = Face(4, "parse_error_exception", "Parse Error")
BAD_CAST = Face(7, "bad_cast_exception", "Bad Cast")
ASSERTION = Face(10, "assert_exception", "Assert Exception")
INVALID_PARAMETERS = Face(10, "assert_exception", "Invalid parameters")
BUG = Face(1, "unhandled_exception", "Internal Error")

RAW_KEY_BYTES = 33  # nothing else that an error tells has so many

BOTH_PACKINGS_FAILED = "Transaction failed to validate using both new (hf26) and legacy serialization"


class RpcError(Exception):
    """An answer that is an error. `format` holds `${name}` places that `data` fills."""

    code = ERROR_DURING_CALL
    face = ASSERTION

    def __init__(
        self, format: str, *, code: int | None = None, expression: str = "", assert_hash: str = "", **data: Any
    ) -> None:
        self.format = format
        self.data = data
        self.expression = expression
        self.assert_hash = assert_hash
        if code is not None:
            self.code = code
        super().__init__(fill(format, data))


class InvalidRequest(RpcError):
    """The envelope is not one of JSON-RPC 2.0."""

    code = INVALID_REQUEST
    face = UNSPECIFIED


class ServerError(RpcError):
    """The text is not JSON, or too much of it."""

    code = SERVER_ERROR
    face = PARSE


class NotAnObject(RpcError):
    """The request is JSON, but not an object."""

    code = PARSE_ERROR
    face = BAD_CAST


class MissingParams(RpcError):
    """`call` without a params member."""

    code = NO_PARAMS
    face = UNSPECIFIED


class UnknownMethod(RpcError):
    """No such API, or no such method in it."""

    code = PARSE_PARAMS_ERROR


class BadCast(RpcError):
    """An argument of another type than the method takes; hived answers -32000 to these."""

    code = SERVER_ERROR
    face = BAD_CAST


class BadNumber(RpcError):
    """A text that should be a number and is none."""

    code = SERVER_ERROR
    face = PARSE


class CallRefused(RpcError):
    """A method refuses: hived's failed assertion, with the expression that did not hold."""


class HivemindRefusal(RpcError):
    """A method of hivemind's refuses: the whole sentence is the assertion, and is told once."""

    code = INVALID_PARAMS

    def __init__(self, format: str, **data: Any) -> None:
        super().__init__(format, **data)
        self.expression = str(self)


class PostDeleted(RpcError):
    """hivemind's answer about a post that is no more."""

    code = POST_DELETED
    face = INVALID_PARAMETERS


def require(holds: object, expression: str, format: str, **data: Any) -> None:
    """Refuse the call unless `holds`; `expression` is what hived (or we) would have asserted."""
    if not holds:
        raise CallRefused(format, expression=expression, **data)


def fill(format: str, data: Mapping[str, Any]) -> str:
    """Put the members of `data` into the `${name}` places, as fc does; a place without a member stays."""
    return re.sub(r"\$\{(\w+)\}", lambda place: _text(data, place), format) if "${" in format else format


def _text(data: Mapping[str, Any], place: re.Match[str]) -> str:
    name = place.group(1)
    return str(data[name]) if name in data else place.group(0)


def error_object(error: Exception, now: int) -> JsonObject:
    """The `error` member of a reply for any expected failure; `now` in seconds since 1970."""
    if isinstance(error, RpcError):
        return _from_rpc_error(error, now)
    if isinstance(error, ChainError):
        return _from_chain_error(error, now)
    raise TypeError(type(error).__name__)


def bug_object(error: BaseException, correlation_id: str, now: int) -> JsonObject:
    """The `error` member for a bug: nothing of the exception but the id under which the log holds its traceback."""
    format = "see the node's log under ${correlation_id}"
    frame = _frame(error.__traceback__, format, {"correlation_id": correlation_id}, now)
    return _object(INTERNAL_ERROR, BUG, [frame])


def _from_rpc_error(error: RpcError, now: int) -> JsonObject:
    frame = _frame(error.__traceback__, error.format, _json_data(error.data), now)
    return _object(error.code, error.face, [frame], error.expression, error.assert_hash)


def _from_chain_error(error: ChainError, now: int) -> JsonObject:
    """Errors for which hived has a class of its own say so (`hive_code`, …); the others are failed assertions."""
    format, data = format_of(error)
    frames = [_frame(error.__traceback__, format, data, now)]
    if isinstance(error, InvalidInput):
        return _object(SERVER_ERROR, PARSE, frames, error.code)
    if not hasattr(error, "hive_code"):
        return _object(ERROR_DURING_CALL, ASSERTION, frames, error.code)
    if isinstance(error, MissingAuthority):
        frames.append(_frame(error.__traceback__, BOTH_PACKINGS_FAILED, {}, now))
    return _object(ERROR_DURING_CALL, _face_of(error), frames)


def _face_of(error: Any) -> Face:
    return Face(error.hive_code, error.hive_name, error.hive_text)


def format_of(error: ChainError) -> tuple[str, JsonObject]:
    """The `${name}` format of a ChainError's sentence, and the JSON values that fill it."""
    data = _json_data(error.data)
    hive_format = getattr(error, "hive_format", None)
    if isinstance(hive_format, str):
        if "account" in data:  # hived says `id` for the account in question
            data["id"] = data.pop("account")
        return hive_format, data
    format, places = _hive_format(error.text)
    try:
        data |= {name: make(error.data) for name, make in places.items()}
    except (KeyError, AttributeError, IndexError, ValueError):
        return str(error), data
    # An error that words its sentence in another way than by `text` is shown as it is.
    return (format, data) if fill(format, data) == str(error) else (str(error), data)


@cache
def _hive_format(text: str) -> tuple[str, dict[str, Callable[[Mapping[str, Any]], str]]]:
    """`{field}` → `${field}`; a place that computes (`{amount.symbol}`, `{n:>3}`) becomes a member of its own."""
    format = ""
    places: dict[str, Callable[[Mapping[str, Any]], str]] = {}
    for literal, field, spec, conversion in Formatter().parse(text):
        format += literal
        if field is None:
            continue
        name = re.sub(r"\W+", "_", field).strip("_")
        format += f"${{{name}}}"
        if name != field or spec or conversion:
            template = "{" + field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
            places[name] = template.format_map
    return format, places


def _json_data(data: Mapping[str, Any]) -> JsonObject:
    return {name: _json_value(value) for name, value in data.items()}


def _json_value(value: Any) -> Any:
    """JSON as it is, ids as hex, keys and authorities as in operations, and the text of everything else; integers beyond 2^32 − 1 are texts, as hived prints them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 32 else str(value)
    if isinstance(value, bytes):
        return public_key_text(value) if len(value) == RAW_KEY_BYTES else value.hex()
    if isinstance(value, Authority):
        return {
            "weight_threshold": value.weight_threshold,
            "account_auths": [[name, weight] for name, weight in value.account_auths],
            "key_auths": [[_json_value(key), weight] for key, weight in value.key_auths],
        }
    if type(value) is list:
        return [_json_value(item) for item in value]
    if type(value) is dict:
        return {str(name): _json_value(item) for name, item in value.items()}
    return str(value)


def _object(code: int, face: Face, frames: list[JsonObject], expression: str = "", assert_hash: str = "") -> JsonObject:
    text = "".join(fill(frame["format"], frame["data"]) for frame in frames)
    data: JsonObject = {"code": face.number, "name": face.name, "message": face.message, "stack": frames}
    data["extension"] = {"assertion_expression": expression} if expression else {}
    if expression:
        data["assert_hash"] = assert_hash or _assert_hash(expression)
        text = text if expression == text else f"{expression}: {text}"
    message = text if face is UNSPECIFIED else f"{face.message}:{text}"
    return {"code": code, "message": message, "data": data}


@cache
def _assert_hash(expression: str) -> str:
    """A number that names the assertion: hived hashes its place in the source, we the expression. uint64 as text."""
    return str(int.from_bytes(sha256(expression.encode()).digest()[:8], "little"))


def _frame(trace: TracebackType | None, format: str, data: JsonObject, now: int) -> JsonObject:
    file, line, method = _origin(trace)
    context = {
        "level": "error",
        "file": file,
        "line": line,
        "method": method,
        "hostname": "",
        "thread_name": "api-0",
        "timestamp": time_text(now),
    }
    return {"context": context, "format": format, "data": data}


def _origin(trace: TracebackType | None) -> tuple[str, int, str]:
    """Where an error was raised: file name without its directory, line, function."""
    if trace is None:
        return "", 0, ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return PurePath(code.co_filename).name, trace.tb_lineno, code.co_name
