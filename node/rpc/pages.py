"""/docs: one page with every method, its parameters, an example and its reply, and a form that asks this node.

The page is made from the registry, like the OpenRPC document; it needs nothing from elsewhere, and reads well without its script.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from html import escape
from itertools import groupby
from json import dumps
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from chain import __version__
from node.rpc.openrpc import DESCRIPTION, NAMESPACES, example_request, examples, namespace_of, shown_default
from node.rpc.registry import Method, Parameter, Registry
from node.rpc.rest import PREFIX, TWINS

STYLE: Final = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
SCRIPT: Final = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
JSON_WIDTH: Final = 100
READS: Final = "GET"
"""The section of the addresses that are not JSON-RPC."""


def _source(text: str) -> str:
    """How a policy names an inline style or script: by what it says, so that no other can be smuggled in."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


HEADERS: Final = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src {_source(STYLE)}",
            f"script-src {_source(SCRIPT)}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
"""Of the page: it may ask the node it came from, and nobody else."""


def add_page(app: FastAPI, registry: Registry) -> None:
    """Serve /docs; the page is made when it is first asked for, in a thread: it takes long enough to be noticed by a block."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(), headers=HEADERS)

    @cache
    def page() -> str:
        return reference_page(registry.methods.values())


def reference_page(methods: Iterable[Method]) -> str:
    """The page about some methods."""
    listed = sorted(methods, key=lambda method: (namespace_of(method.name), method.name))
    groups = [(name, list(found)) for name, found in groupby(listed, key=lambda method: namespace_of(method.name))]
    links = " ".join(f'<a href="#{name}">{name}</a>' for name in (*(name for name, _ in groups), READS))
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Skald: JSON-RPC</title><style>{STYLE}</style></head><body>",
            f"<header><h1>Skald</h1><p>Version {escape(__version__)}. {_prose(DESCRIPTION)}</p>",
            '<p>For tools: <a href="openapi.json">OpenAPI</a> of the addresses below, and <code>rpc.discover</code>, ',
            "an OpenRPC document of the methods.</p></header>",
            '<input id="search" type="search" placeholder="Search the methods" aria-label="Search the methods">',
            f"<nav>{links}</nav><main>",
            *(line for name, found in groups for line in _section(name, found)),
            *_addresses(),
            f"</main><script>{SCRIPT}</script></body></html>",
        )
    )


def _section(name: str, methods: list[Method]) -> Iterator[str]:
    about = NAMESPACES.get(name, "")
    yield f'<section id="{name}"><h2>{name}</h2><p>{escape(about[:1].upper() + about[1:])}.</p>'
    for method in methods:
        yield from _entry(method)
    yield "</section>"


def _entry(method: Method) -> Iterator[str]:
    summary, _, more = method.doc.partition("\n\n")
    yield f'<details id="{escape(method.name)}"><summary><code>{escape(method.name)}</code>'
    yield f"<span>{_prose(summary)}</span></summary>"
    if more:
        yield f"<p>{_prose(more)}</p>"
    if method.parameters:
        yield f"<table>{''.join(map(_row, method.parameters))}</table>"
    yield f'<pre class="request">{escape(json_text(example_request(method), JSON_WIDTH))}</pre>'
    yield f'<pre class="reply">{escape(reply_text(method))}</pre></details>'


def _row(parameter: Parameter) -> str:
    kind = "" if parameter.type_text == "any" else parameter.type_text
    said = "required" if parameter.required else f"default {dumps(shown_default(parameter))}"
    choices = parameter.schema.get("enum", ())
    words = f"{said}; {', '.join(choices)}" if 0 < len(choices) <= 6 else said
    return f"<tr><td><code>{escape(parameter.name)}</code></td><td>{kind}</td><td>{escape(words)}</td></tr>"


def _addresses() -> Iterator[str]:
    yield '<section id="GET"><h2>GET</h2><p>The reads that are asked for most, as plain addresses: the same methods, '
    yield "with HTTP's statuses and caching.</p><table>"
    for twin in TWINS:
        link = f'<a href="#{twin.method}">{twin.method}</a>'
        yield f"<tr><td><code>{escape(PREFIX + twin.path)}</code></td><td>{link}</td></tr>"
    yield "</table></section>"


def _prose(text: str) -> str:
    """Text with its `code` marked as such."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def reply_text(method: Method, width: int = JSON_WIDTH) -> str:
    """What an example shows of its reply: the result, or the error."""
    example = examples().get(method.name, {})
    if "error" in example:
        return json_text({"error": example["error"]}, width)
    return json_text(example["result"], width) if "result" in example else ""


def json_text(value: Any, width: int, indent: str = "", reserved: int = 0) -> str:
    """JSON for people: whatever fits on a line stands on one."""
    text = dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + reserved + len(text) <= width:
        return text
    names = [f"{dumps(name)}: " for name in value] if isinstance(value, dict) else [""] * len(value)
    items = value.values() if isinstance(value, dict) else value
    deeper = indent + " "
    lines = [name + json_text(item, width, deeper, len(name)) for name, item in zip(names, items, strict=True)]
    before, after = "{}" if isinstance(value, dict) else "[]"
    return before + f",\n{deeper}".join(lines) + after
