"""rpc.discover: an OpenRPC document about everything that the node can be asked, for tools that make clients or pages of it.

Names, parameters, types, defaults and words are read from the registered functions when somebody asks. What a method answers is not
declared anywhere: `examples.json` holds a call of each method on a small chain with its reply, and which members and types that reply
had. The file is written by the generator of the docs and held fresh by a test, so it tells what this version does answer.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from chain import __version__
from node.rpc import errors
from node.rpc.guards import LIMIT_EXCEEDED
from node.rpc.operator import OPERATOR_REFUSED
from node.rpc.registry import Method, Namespace, Parameter, Registry

OPENRPC_VERSION: Final = "1.3.2"
EXAMPLES_FILE: Final = Path(__file__).with_name("examples.json")

_NEWEST: Final = (1 << 64) - 1  # how −1 looks where a number is without sign

ERRORS: Final[dict[int, tuple[str, str]]] = {
    errors.PARSE_ERROR: ("NotAnObject", "the request is JSON, but not an object"),
    errors.INVALID_REQUEST: ("InvalidRequest", "`jsonrpc`, `method` or `id` is missing or of another type"),
    errors.INVALID_PARAMS: ("InvalidParams", "wrong parameters of methods that Hive serves outside hived"),
    errors.INTERNAL_ERROR: ("Bug", "a bug of ours; the message names the entry of the node's log"),
    errors.SERVER_ERROR: ("ServerError", "not JSON; an argument of another type; too large, too deep, too many"),
    errors.NO_PARAMS: ("MissingParams", "`call` without `params`"),
    errors.PARSE_PARAMS_ERROR: ("UnknownMethod", "unknown API or method"),
    LIMIT_EXCEEDED: ("TooMuch", "a limit of the node; `data.stack[0].data.retry_after_ms` says when to try again"),
    OPERATOR_REFUSED: ("OperatorRefused", "on the operator's socket: no cookie, or a web page"),
    errors.ERROR_DURING_CALL: (
        "CallRefused",
        "the method or the chain refuses; `extension.assertion_expression` is a code of [errors.md](errors.md)",
    ),
}
"""Of each code its name and when it is answered."""

OF_A_CALL: Final = (errors.SERVER_ERROR, errors.ERROR_DURING_CALL, errors.INTERNAL_ERROR)
OF_HIVEMIND: Final = (errors.INVALID_PARAMS,)
HIVEMIND: Final = frozenset({"bridge", "follow_api", "tags_api"})

DESCRIPTION: Final = """JSON-RPC 2.0 on `POST /`, in the ways of hived. Status 200 always; a failed call has an `error` member.

Numbers may be sent as texts, unknown members are ignored, `null` means "not given" where there is a default. A result's schema tells the
members and types that replies on a small chain had: a member that is null or absent there may have a value elsewhere, and integers
beyond 2^53 − 1 are texts."""

NAMESPACES: Final[dict[str, str]] = {
    "account_by_key_api": "whose a public key is",
    "account_history_api": "operations and events by account, block and transaction",
    "block_api": "blocks and their headers",
    "bridge": "hivemind's words for front ends: profiles, communities, notifications, discussions",
    "condenser_api": "what wallets and front ends have asked since 2016: parameters by position, amounts as texts",
    "database_api": "the chain's rows, found by key or listed in an order",
    "devnet_api": "the time of a chain of one's own",
    "follow_api": "follows and blogs under their older name",
    "jsonrpc": "which methods there are",
    "market_history_api": "trades between HIVE and HBD",
    "network_broadcast_api": "sending transactions",
    "node_status_api": "how far the node has come",
    "rc_api": "resource credits",
    "reputation_api": "reputations",
    "rpc": "this description",
    "skald_api": "what Hive has no word for",
    "tags_api": "discussions under their older name",
    "transaction_status_api": "where a transaction stands",
    "wallet_bridge_api": "what hived's wallet asks",
}
"""What each API is about."""


@cache
def examples() -> Mapping[str, Any]:
    """Of each method a call and its reply, as the generator of the docs has written them."""
    found: Mapping[str, Any] = orjson.loads(EXAMPLES_FILE.read_bytes())
    return found


def discovery(registry: Registry) -> Namespace:
    """The `rpc` namespace over a registry; the document is made when it is first asked for, and again when there are more methods."""
    api = Namespace("rpc")
    made: dict[int, dict[str, Any]] = {}

    @api.method
    def discover(_context: Any) -> dict[str, Any]:
        """All of this as an OpenRPC document: every method with its parameters, result, errors and an example."""
        count = len(registry.methods)
        if count not in made:
            made.clear()
            made[count] = document(registry.methods.values())
        return made[count]

    return api


def document(methods: Iterable[Method]) -> dict[str, Any]:
    """The OpenRPC document of some methods."""
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {"title": "Skald", "version": __version__, "description": DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"name": "this node", "url": "/"}],
        "methods": [method_object(method) for method in sorted(methods, key=lambda one: one.name)],
        "components": {
            "errors": {name: {"code": code, "message": message} for code, (name, message) in ERRORS.items()}
        },
    }


def method_object(method: Method) -> dict[str, Any]:
    """A method as OpenRPC describes it."""
    namespace = namespace_of(method.name)
    example = examples().get(method.name, {})
    summary, _, more = method.doc.partition("\n\n")
    codes = OF_A_CALL + (OF_HIVEMIND if namespace in HIVEMIND else ())
    described = {
        "name": method.name,
        "summary": " ".join(summary.split()),
        "description": more,
        "tags": [{"name": namespace, "description": NAMESPACES.get(namespace, "")}],
        "paramStructure": "by-name" if method.wrapped else "either",
        "params": [_content(parameter) for parameter in method.parameters],
        "result": {"name": "result", "schema": example.get("schema", {})},
        "errors": [{"$ref": f"#/components/errors/{ERRORS[code][0]}"} for code in codes],
        "examples": [_pairing(method, example)] if "result" in example else [],
        "x-usual-params": usual_params(method),
        "x-heavy": method.is_heavy,
        "x-operator": method.for_operator,
    }
    return {name: value for name, value in described.items() if value != ""}


def usual_params(method: Method) -> str:
    """How clients send the parameters of a method."""
    if method.wrapped:
        return "an array in an array"
    return "an array" if method.positional else "an object"


def namespace_of(full_name: str) -> str:
    return full_name.partition(".")[0]


def _content(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if not parameter.required and parameter.default is not None:
        schema["default"] = shown_default(parameter)
    return {"name": parameter.name, "required": parameter.required, "schema": schema}


def shown_default(parameter: Parameter) -> Any:
    """A default in JSON, and the newest entry as −1: so clients ask for it."""
    default = parameter.default
    if default == _NEWEST:
        return -1
    return list(default) if isinstance(default, tuple) else default


def _pairing(method: Method, example: Mapping[str, Any]) -> dict[str, Any]:
    params = example["params"]
    names = [parameter.name for parameter in method.parameters]
    values = params[0] if (method.wrapped or method.boxed) and isinstance(params, list) else params
    given = dict(zip(names, values, strict=False)) if isinstance(values, list) else values
    return {
        "name": method.name,
        "params": [{"name": name, "value": value} for name, value in given.items()],
        "result": {"name": "result", "value": example["result"]},
    }


def example_request(method: Method) -> dict[str, Any]:
    """The body of a call that has a telling reply."""
    params = examples().get(method.name, {}).get("params", [] if method.positional else {})
    return {"jsonrpc": "2.0", "method": method.name, "params": params, "id": 1}
