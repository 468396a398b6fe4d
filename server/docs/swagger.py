"""Where the documents stand, and Swagger UI to try the API on."""

from typing import Any

import orjson
from aiohttp import web
from aiohttp_apispec import AiohttpApiSpec
from aiohttp_apispec.aiohttp_apispec import NAME_SWAGGER_SPEC

from server.docs import asyncapi, openapi

OPENAPI_PATH = "/api/docs/openapi.json"
ASYNCAPI_PATH = "/api/docs/asyncapi.json"
PAGE_PATH = "/swagger/"
ASSETS_PATH = "/swagger/static"


def add_documents(app: web.Application) -> None:
    """Serve both documents and the page."""
    Documents().register(app)


class Documents(AiohttpApiSpec):  # type: ignore[misc]
    """The library's page and routes, with our documents.

    By itself it writes Swagger 2, from what decorators leave at handlers. Its page and its routes
    serve our OpenAPI 3 as well.
    """

    def __init__(self) -> None:
        super().__init__(
            url=OPENAPI_PATH, swagger_path=PAGE_PATH, static_path=ASSETS_PATH, title="", version=""
        )

    def swagger_dict(self) -> dict[str, Any]:
        """Return the document that the page shows."""
        return openapi.document().to_dict()

    def register(self, app: web.Application, in_place: bool = False) -> None:
        """Add the routes. The library's own keys are strings, which aiohttp warns of."""
        app.router.add_get(self.url, self._openapi, name=NAME_SWAGGER_SPEC)
        app.router.add_get(ASYNCAPI_PATH, _asyncapi)
        self._add_swagger_web_page(app, self.static_path, self.swagger_path)

    async def _openapi(self, _: web.Request) -> web.Response:
        return _json(self.swagger_dict())

    def _get_index_page(self, *args: Any) -> str:
        """Leave out the badge, for which a third party's server would fetch our document."""
        page: str = super()._get_index_page(*args)
        return page.replace("deepLinking: true", "deepLinking: true, validatorUrl: null")


async def _asyncapi(_: web.Request) -> web.Response:
    return _json(asyncapi.document())


def _json(document: dict[str, Any]) -> web.Response:
    return web.Response(
        body=orjson.dumps(document), content_type="application/json", charset="utf-8"
    )
