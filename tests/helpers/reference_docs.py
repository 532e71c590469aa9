"""docs/reference/: a page for each API with every method, its parameters, a live example and its reply. Also what rpc.md tells of them."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from node.rpc.openrpc import ERRORS, NAMESPACES, namespace_of, usual_params
from node.rpc.pages import json_text
from node.rpc.registry import Method, Parameter
from node.rpc.rest import PREFIX, TWINS
from tests.helpers.command_docs import cell
from tests.helpers.examples import examples

JSON_WIDTH = 130
NEWEST = (1 << 64) - 1
"""How -1 looks where a number is without sign."""


def by_namespace(methods: Mapping[str, Method]) -> dict[str, list[Method]]:
    listed = sorted(methods.values(), key=lambda method: (namespace_of(method.name), method.name))
    return {name: list(found) for name, found in groupby(listed, key=lambda method: namespace_of(method.name))}


def reference_pages(methods: Mapping[str, Method]) -> dict[str, str]:
    """File names under docs/ → their whole text."""
    return {
        f"reference/{name}.md": "\n".join(_page(name, found)) + "\n" for name, found in by_namespace(methods).items()
    }


def _page(namespace: str, methods: list[Method]) -> Iterator[str]:
    how = usual_params(methods[0])
    about = NAMESPACES[namespace]
    yield from (
        f"# {namespace}",
        "",
        f"{about[0].upper()}{about[1:]}. Clients usually send {how}; see [JSON-RPC](../rpc.md) for the envelope.",
        "",
        "Replies are those of a small chain, long lists and texts cut short; `make docs` writes this page.",
    )
    for method in methods:
        yield from _entry(method)


def _entry(method: Method) -> Iterator[str]:
    example = examples()[method.name]
    yield from ("", f"## {method.name}", "", *(" ".join(part.split()) for part in method.doc.split("\n\n")), "")
    if method.for_operator:
        yield from ("On the [operator's socket](../operating.md#the-operators-socket) only.", "")
    if method.is_heavy:
        yield from (
            "[Heavy](../rpc.md#envelope): a call has a budget of rows and time, and does not see what waits in the mempool.",
            "",
        )
    if method.parameters:
        yield from ("| parameter | type | |", "|---|---|---|", *map(_row, method.parameters), "")
    request = {"jsonrpc": "2.0", "method": method.name, "params": example["params"], "id": 1}
    reply = example["result"] if "result" in example else {"error": example["error"]}
    yield from ("```json", json_text(request, JSON_WIDTH), "```", "")
    yield from ("Reply, cut short:" if example.get("cut") else "Reply:", "")
    yield from ("```json", json_text(reply, JSON_WIDTH), "```")


def _row(parameter: Parameter) -> str:
    kind = "" if parameter.type_text == "any" else parameter.type_text
    return f"| `{parameter.name}` | {kind} | {said_of(parameter)} |"


def said_of(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, "", (), "not_set"):
        return ""
    return "default " + ("-1" if parameter.default == NEWEST else str(parameter.default).lower())


def reference_index(methods: Mapping[str, Method]) -> Iterator[str]:
    """The pages, for rpc.md."""
    yield from ("| API | methods | |", "|---|---|---|")
    for name, found in by_namespace(methods).items():
        yield f"| [{name}](reference/{name}.md) | {len(found)} | {cell(NAMESPACES[name])} |"


def error_codes() -> Iterator[str]:
    """The codes of errors, for rpc.md."""
    yield from ("| code | when |", "|---|---|")
    for code, (_, when) in ERRORS.items():
        yield f"| −{-code} | {when} |"


def addresses() -> Iterator[str]:
    """The plain addresses, for rpc.md."""
    yield from ("| `GET` | the same as |", "|---|---|")
    for twin in TWINS:
        namespace = namespace_of(twin.method)
        anchor = twin.method.replace(".", "")
        yield f"| `{PREFIX}{twin.path}` | [{twin.method}](reference/{namespace}.md#{anchor}) |"
