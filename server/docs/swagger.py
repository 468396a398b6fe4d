"""Where the documents stand, and Swagger UI to try the API on."""

from typing import Any

import orjson
from aiohttp import web
from aiohttp_apispec import AiohttpApiSpec
from aiohttp_apispec.aiohttp_apispec import NAME_SWAGGER_SPEC

from server.docs import asyncapi, openapi

OPENAPI_PATH = "/api/docs/openapi.json"
OPENAPI_3_0_PATH = "/swagger/openapi-3.0.json"
ASYNCAPI_PATH = "/api/docs/asyncapi.json"
PAGE_PATH = "/swagger/"
ASSETS_PATH = "/swagger/static"


def add_documents(app: web.Application) -> None:
    """Serve both documents and the page."""
    Documents().register(app)


class Documents(AiohttpApiSpec):  # type: ignore[misc]
    """The library's page and routes, with our documents.

    By itself it writes Swagger 2, from what decorators leave at handlers. Its page shows our
    OpenAPI 3.0 as well, but not 3.1, which is what everybody else is given.
    """

    def __init__(self) -> None:
        super().__init__(
            url=OPENAPI_3_0_PATH,
            swagger_path=PAGE_PATH,
            static_path=ASSETS_PATH,
            title="",
            version="",
        )

    def swagger_dict(self) -> dict[str, Any]:
        """Return the document that the page shows."""
        return openapi.document(openapi.OPENAPI_3_0).to_dict()

    def register(self, app: web.Application, in_place: bool = False) -> None:
        """Add the routes. The library's own keys are strings, which aiohttp warns of."""
        app.router.add_get(self.url, self._openapi_3_0, name=NAME_SWAGGER_SPEC)
        app.router.add_get(OPENAPI_PATH, _openapi)
        app.router.add_get(ASYNCAPI_PATH, _asyncapi)
        self._add_swagger_web_page(app, self.static_path, self.swagger_path)

    async def _openapi_3_0(self, _: web.Request) -> web.Response:
        return _json(self.swagger_dict())

    def _get_index_page(self, *args: Any) -> str:
        """Leave out the badge, for which a third party's server would fetch our document."""
        page: str = super()._get_index_page(*args)
        return page.replace("deepLinking: true", "deepLinking: true, validatorUrl: null")


async def _openapi(_: web.Request) -> web.Response:
    return _json(openapi.document().to_dict())


async def _asyncapi(_: web.Request) -> web.Response:
    return _json(asyncapi.document())


def _json(document: dict[str, Any]) -> web.Response:
    return web.Response(
        body=orjson.dumps(document), content_type="application/json", charset="utf-8"
    )
