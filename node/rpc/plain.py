"""The pages that machines ask for every few seconds, `/health` and `/metrics`: answered without the application of `node.rpc.site`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

import orjson

from chain.compiled import SOFTWARE

JSON: Final = "application/json"
PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"


class Page(NamedTuple):
    """What is sent."""

    status: int
    media_type: str
    body: bytes


Pages: TypeAlias = Mapping[str, Callable[[], Page]]
"""By their paths; made anew for each request."""


def _told(description: str) -> dict[str, str]:
    return {"description": description}


@dataclass(frozen=True, slots=True)
class Health:
    """What a balancer or an operator asks first."""

    healthy: bool = field(metadata=_told("whether the node is up to date; the status is 503 when it is not"))
    reason: str = field(default="", metadata=_told("why it is not healthy, or empty"))
    version: str = field(default=SOFTWARE, metadata=_told("of this node's software"))
    chain_id: str = field(default="", metadata=_told("64 hex digits"))
    head_block_num: int = field(default=0, metadata=_told("height of the head block"))
    head_block_id: str = field(default="", metadata=_told("40 hex digits"))
    head_age_seconds: float = field(default=0.0, metadata=_told("time since the head block's timestamp"))
    irreversible_block_num: int = field(default=0, metadata=_told("height that cannot be undone any more"))
    peer_count: int = field(default=0, metadata=_told("open links with other nodes"))
    producing: bool = field(default=False, metadata=_told("whether this node makes blocks for its witnesses"))


def plain_pages(health: Callable[[], Health], metrics_text: Callable[[], bytes] | None) -> Pages:
    """Those that a node has; both functions are asked at each request."""

    def health_page() -> Page:
        state = health()
        return Page(200 if state.healthy else 503, JSON, orjson.dumps(state))

    if metrics_text is None:
        return {"/health": health_page}
    return {"/health": health_page, "/metrics": lambda: Page(200, PROMETHEUS, metrics_text())}
