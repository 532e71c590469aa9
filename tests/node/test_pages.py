"""/docs: a page for people that needs nothing from elsewhere and can do nothing elsewhere."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import orjson

from node.rpc.pages import READS, reference_page
from node.rpc.registry import Namespace
from tests.generate_docs import all_methods
from tests.node.http_world import with_client
from tests.node.rpc_world import RpcWorld

VOID = {"meta", "input"}


class Page(HTMLParser):
    """The elements of a page, each closed in its turn, with the texts of those of a kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.requests: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        given = dict(attrs)
        self.attributes |= set(given)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in VOID:
            self.open.append(f"{tag}.{given.get('class', '')}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().startswith(f"{tag}."), f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "pre.request":
            self.requests.append(data)


def test_every_method_has_an_entry_whose_request_can_be_sent() -> None:
    methods = all_methods()
    page = Page(reference_page(methods.values()))
    assert set(methods) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert [orjson.loads(text)["method"] for text in page.requests] == [one for one in page.ids if one in methods]
    assert {link.removeprefix("#") for link in page.links if link.startswith("#")} <= set(page.ids)
    assert READS in page.ids


def test_it_asks_for_nothing_from_elsewhere() -> None:
    text = reference_page(all_methods().values())
    page = Page(text)
    assert page.attributes & {"src", "onclick", "onload", "style", "action"} == set()
    assert [link for link in page.links if not link.startswith("#")] == ["openapi.json"]
    assert len(text) < 600_000


def test_its_policy_names_exactly_its_style_and_script() -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        reply = await client.get("/docs")
        assert reply.status_code == 200
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        for element in ("style", "script"):
            (inline,) = re.findall(rf"<{element}>(.*?)</{element}>", reply.text, flags=re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
            assert f"{element}-src 'sha256-{digest}'" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"

    with_client(RpcWorld(), scenario)


def test_words_of_a_method_are_text_and_never_markup() -> None:
    namespace = Namespace("toy_api")

    @namespace.method
    def sly(_context: Any, name: str = "</script><script>alert(1)</script>") -> str:
        """Of <b>many</b> `<i>` words."""
        return name

    text = reference_page(namespace.methods.values())
    assert "Of &lt;b&gt;many&lt;/b&gt; <code>&lt;i&gt;</code> words." in text
    assert text.count("<script>") == 1
