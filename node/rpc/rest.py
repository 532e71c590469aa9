"""Plain GET addresses for the reads that are asked for most, described by /openapi.json.

Each is a line of `TWINS`: the address, and the registered method that answers it. Parameters, their types and defaults are read from the
method, and the call goes through the same door as any other, so there is nothing here that could answer differently. What is added is
HTTP's own: a status for each kind of failure with a problem body (RFC 9457), and caching of what cannot change any more.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from inspect import Parameter as Argument
from inspect import Signature
from typing import Annotated, Any, Final, NamedTuple

import orjson
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from node.rpc.errors import INTERNAL_ERROR
from node.rpc.jsonrpc import Dispatcher
from node.rpc.openrpc import examples, shown_default
from node.rpc.registry import Method, Parameter

PREFIX: Final = "/api/v1"

_OPEN: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": "etag"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_TYPES: Final[dict[str, type]] = {"int": int, "str": str, "bool": bool}
# hived and hivemind say only in words that something is missing.
_MISSING: Final = re.compile(r"does not exist|[Uu]nknown (Transaction|account|post)|There is no |not found")
_BUSY: Final = re.compile(r"calls wait|is being stopped")
_STABLE_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+")


class Problem(BaseModel):
    """Why a request failed (application/problem+json)."""

    title: str = Field(description="the status in words")
    status: int = Field(description="the status")
    code: str = Field(
        description="a stable name of the reason, as in docs/errors.md; hived's where it is hived's reason"
    )
    detail: str = Field(description="the reason in words, as JSON-RPC tells it")


class Twin(NamedTuple):
    """An address under PREFIX, and the method behind it."""

    path: str
    method: str
    renamed: Mapping[str, str] = {}  # words of the path → parameters of the method, where they differ
    defaults: Mapping[str, Any] = {}  # of parameters that the method wants
    pick: Callable[[Any], Any] = lambda result: result  # the resource within a reply; None: there is none
    block_num: Callable[[Any], int] | None = None  # the block that the resource stands in for ever


def member(name: str) -> Callable[[Any], Any]:
    return lambda result: result.get(name)


def first(result: Any) -> Any:
    return result[0] if result else None


TWINS: Final = (
    Twin("/accounts/{name}", "condenser_api.get_accounts", {"name": "names"}, pick=first),
    Twin("/accounts/{name}/profile", "bridge.get_profile", {"name": "account"}),
    Twin(
        "/accounts/{name}/history",
        "account_history_api.get_account_history",
        {"name": "account"},
        pick=member("history"),
    ),
    Twin("/accounts/{name}/posts", "bridge.get_account_posts", {"name": "account"}, {"sort": "posts"}),
    Twin("/accounts/{name}/followers", "condenser_api.get_followers", {"name": "account"}),
    Twin("/accounts/{name}/notifications", "bridge.account_notifications", {"name": "account"}),
    Twin("/posts/{author}/{permlink}", "bridge.get_post"),
    Twin("/posts/{author}/{permlink}/discussion", "bridge.get_discussion"),
    Twin("/posts/{author}/{permlink}/replies", "condenser_api.get_content_replies"),
    Twin(
        "/blocks/{num}",
        "block_api.get_block",
        {"num": "block_num"},
        pick=member("block"),
        block_num=lambda block: int(block["block_id"][:8], 16),
    ),
    Twin("/transactions/{id}", "account_history_api.get_transaction", block_num=member("block_num")),
    Twin("/ranked/{sort}", "bridge.get_ranked_posts"),
    Twin("/globals", "database_api.get_dynamic_global_properties"),
    Twin("/witnesses", "condenser_api.get_witnesses_by_vote", defaults={"start_name": "", "limit": 21}),
)


def add_twins(app: FastAPI, dispatcher: Dispatcher, irreversible_num: Callable[[], int]) -> None:
    """Serve every twin whose method this node has."""
    router = APIRouter(prefix=PREFIX, tags=["reads"])
    for twin in TWINS:
        method = dispatcher.registry.methods.get(twin.method)
        if method is not None:
            router.add_api_route(
                twin.path,
                endpoint(twin, method, dispatcher, irreversible_num),
                methods=["GET"],
                summary=method.doc.split("\n\n")[0],
                description=f"{method.doc}\n\nThe same as `{twin.method}`.",
                operation_id=name_of(twin),
                responses=_responses(twin),
            )
    app.include_router(router)
    app.add_exception_handler(RequestValidationError, refuse_arguments)


def name_of(twin: Twin) -> str:
    """`/accounts/{name}/history` is get_accounts_history."""
    return "_".join(["get", *re.findall(r"/(\w+)", twin.path)])


def endpoint(
    twin: Twin, method: Method, dispatcher: Dispatcher, irreversible_num: Callable[[], int]
) -> Callable[..., Awaitable[Response]]:
    """What FastAPI calls: its signature tells the address's parameters with their types."""
    arguments = {argument.name: argument for argument in arguments_of(twin, method)}

    async def answer(request: Request, **given: Any) -> Response:
        params = {}
        for name, value in given.items():
            if value is not None:
                parameter = parameter_of(twin, method, name)
                params[parameter.name] = [value] if parameter.type_text == "list" else value
        reply = await call(dispatcher, method.name, params)
        if "error" in reply:
            return problem_of(reply["error"])
        resource = twin.pick(reply["result"])
        if resource is None:
            return problem(HTTPStatus.NOT_FOUND, "not_found", f"There is nothing at {request.url.path}")
        return found(request, resource, lasting=_lasts(twin, resource, irreversible_num()))

    request = Argument("request", Argument.KEYWORD_ONLY, annotation=Request)
    answer.__signature__ = Signature([request, *arguments.values()], return_annotation=Any)  # type: ignore[attr-defined]
    return answer


def arguments_of(twin: Twin, method: Method) -> list[Argument]:
    """The path's words and, as the query, whatever else of the method is a single value."""
    in_path = re.findall(r"{(\w+)}", twin.path)
    taken = {parameter_of(twin, method, name).name for name in in_path}
    found = [
        Argument(name, Argument.KEYWORD_ONLY, annotation=_annotation(parameter_of(twin, method, name), Path()))
        for name in in_path
    ]
    for parameter in method.parameters:
        if parameter.name not in taken and parameter.type_text in _TYPES:
            default = twin.defaults.get(
                parameter.name, Argument.empty if parameter.required else shown_default(parameter)
            )
            found.append(
                Argument(
                    parameter.name, Argument.KEYWORD_ONLY, default=default, annotation=_annotation(parameter, Query())
                )
            )
    return found


def parameter_of(twin: Twin, method: Method, name: str) -> Parameter:
    """The method's parameter behind a word of the address."""
    wanted = twin.renamed.get(name, name)
    return next(parameter for parameter in method.parameters if parameter.name == wanted)


def _annotation(parameter: Parameter, place: Any) -> Any:
    kind = _TYPES.get(parameter.type_text, str)  # of a list the address has one
    return Annotated[kind if parameter.required or parameter.default is not None else kind | None, place]


async def call(dispatcher: Dispatcher, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The reply to a call, made like any client's, so that the same limits and counters hold."""
    answer = dispatcher.answer(orjson.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}))
    reply: dict[str, Any] = orjson.loads(answer if isinstance(answer, bytes) else await answer)
    return reply


# --- answers ---------------------------------------------------------------------------------------------------------


def found(request: Request, resource: Any, *, lasting: bool) -> Response:
    """The resource, or 304 where the client has it already."""
    body = orjson.dumps(resource)
    tag = f'"{_digest(body)}"'
    headers = _OPEN | {"etag": tag, "cache-control": _FOR_EVER if lasting else _ASK_AGAIN}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _lasts(twin: Twin, resource: Any, irreversible_num: int) -> bool:
    return twin.block_num is not None and twin.block_num(resource) <= irreversible_num


def problem_of(error: Mapping[str, Any]) -> Response:
    """A JSON-RPC error as HTTP tells it."""
    data = error["data"]
    expression = data["extension"].get("assertion_expression", "")
    code = expression if _STABLE_CODE.fullmatch(expression) else data["name"]
    return problem(status_of(error), code, error["message"])


def status_of(error: Mapping[str, Any]) -> HTTPStatus:
    if error["code"] == INTERNAL_ERROR:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if _BUSY.search(error["message"]):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.NOT_FOUND if _MISSING.search(error["message"]) else HTTPStatus.BAD_REQUEST


def problem(status: HTTPStatus, code: str, detail: str) -> Response:
    body = Problem(title=status.phrase, status=status, code=code, detail=detail)
    headers = _OPEN | {"cache-control": "no-store"}
    return Response(body.model_dump_json(), status, headers, "application/problem+json")


async def refuse_arguments(_request: Request, error: Exception) -> Response:
    """What FastAPI refuses before the method sees it, in the same form."""
    assert isinstance(error, RequestValidationError)
    reasons = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return problem(HTTPStatus.BAD_REQUEST, "invalid_argument", "; ".join(reasons))


def _responses(twin: Twin) -> dict[int | str, dict[str, Any]]:
    """The documented answers: an example, and the problems."""
    example = examples().get(twin.method, {})
    shown = {"example": twin.pick(example["result"])} if "result" in example else {}
    described: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": shown}}}
    for status in (400, 404, 503, "default"):  # with a default FastAPI adds no refusal of its own
        described[status] = {"model": Problem, "content": {"application/problem+json": {}}}
    return described


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]
