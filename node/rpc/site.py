"""Everything that is neither JSON-RPC nor asked for all the time, as a FastAPI application: a greeting, /docs, /openapi.json, `node.rpc.rest`.

To import and build it costs as much as all the rest of a node's start, so it is only built when somebody asks for it.
"""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse

from chain import __version__
from node.rpc.jsonrpc import Dispatcher
from node.rpc.pages import add_page
from node.rpc.plain import Health, Page, Pages
from node.rpc.rest import add_twins

ABOUT: Final = "The reads that are asked for most. All methods are JSON-RPC 2.0 on `POST /`; /docs lists them."


def make_site(
    dispatcher: Dispatcher, plain: Pages, health: Callable[[], Health], *, has_subscriptions: bool
) -> FastAPI:
    """The application. The plain pages stand in it for the sake of their description."""
    app = FastAPI(title="Skald", version=__version__, description=ABOUT, docs_url=None, redoc_url=None)
    links = {"rpc": "POST /", "health": "/health", "docs": "/docs"}
    if has_subscriptions:
        links["subscriptions"] = "/ws"
    if "/metrics" in plain:
        links["metrics"] = "/metrics"

    @app.get("/", include_in_schema=False)
    async def hello(response: Response) -> dict[str, str]:
        response.headers["access-control-allow-origin"] = "*"
        return {"node": "skald", "version": __version__, **links}

    _add_plain(app, plain)
    add_twins(app, dispatcher, lambda: health().irreversible_block_num)
    add_page(app, dispatcher.registry)
    return app


def _add_plain(app: FastAPI, plain: Pages) -> None:
    @app.get("/health", response_model=Health, responses={503: {"model": Health}}, tags=["operating"])
    async def get_health() -> Response:
        """Whether the node is up to date: 200, or 503 with the reason."""
        return _response(plain["/health"]())

    if "/metrics" in plain:

        @app.get("/metrics", response_class=PlainTextResponse, tags=["operating"])
        async def get_metrics() -> Response:
            """Counters and gauges in Prometheus' text form."""
            return _response(plain["/metrics"]())


def _response(page: Page) -> Response:
    return Response(page.body, page.status, {"access-control-allow-origin": "*"}, page.media_type)
