"""The web application: what stands at which path."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from handlers.edges.event_streams import PATH as EVENTS_PATH
from handlers.edges.known_origins import KnownOrigins
from handlers.edges.middleware import middleware
from handlers.edges.plain_websockets import PATH as WEBSOCKET_PATH
from handlers.edges.rest import opt_out_page
from handlers.edges.rest.endpoint import AUTHENTICATOR, CONTEXT, FORMS, TRUSTED_PROXIES, endpoint
from handlers.edges.rest.multipart import Forms
from handlers.edges.rest.refresh_cookie import ORIGINS
from handlers.edges.rest.routes import ROUTES
from handlers.edges.tracing import add_tracing
from handlers.media.serve import PATH as MEDIA_PATH
from handlers.media.serve import media
from server.config import Config
from server.docs.error_reference import add_error_page
from server.docs.reference import add_event_page
from server.docs.swagger import add_documents
from server.health import SERVICES, healthz, readyz
from server.lifecycle.peers import Peers
from server.metrics.endpoint import EXPOSITION, Exposition, add_metrics
from server.services import open_services
from server.web.page import add_page
from server.web.policy import page_headers

BODY_BYTES_MAX = 2**20
# A request line: a search for 200 characters outside of ASCII with the longest of cursors fits.
LINE_BYTES_MAX = 2**14
# aiohttp tries the paths with an id one by one, in the order in which they were added.
FREQUENT = {"post.get", "post.like", "profile.get", "message.list", "message.send", "user.get"}

# Awaited when the process is asked to stop: readiness ends and sockets reconnect elsewhere.
DRAIN = web.AppKey[Callable[[], Awaitable[None]]]("drain")


def create_app(config: Config, peers: Peers | None = None) -> web.Application:
    """Make the application, which opens what it needs when it starts and closes it at cleanup.

    Args:
        config: settings, with the URLs of servers that run.
        peers: the other processes behind the same port, where there are any.
    """
    origins = KnownOrigins(config.public_url, config.cors_origins, config.trusted_proxies)
    app = web.Application(
        middlewares=[middleware(origins)],
        client_max_size=BODY_BYTES_MAX,
        handler_args={"max_line_size": LINE_BYTES_MAX},
    )
    add_tracing(app)
    app[TRUSTED_PROXIES] = config.trusted_proxies
    app[ORIGINS] = origins
    app[FORMS] = Forms(config.data_dir)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    if config.metrics_listen is None:
        add_metrics(app, config.metrics_token)
    app.router.add_route(
        "*", "/socket.io/", _socketio if peers is None else _shared_socketio(peers)
    )
    app.router.add_get(EVENTS_PATH, _events)
    app.router.add_get(WEBSOCKET_PATH, _websocket)
    app.router.add_get(MEDIA_PATH, media)
    for route in sorted(ROUTES, key=lambda route: route.operation not in FREQUENT):
        path = route.path.replace("id}", r"id:\d+}")
        handler = endpoint(route)
        if path == opt_out_page.PATH:
            app.router.add_get(path, opt_out_page.ask)
            handler = opt_out_page.in_words(handler)
        app.router.add_route(route.method, path, handler)
    add_documents(app)
    headers = page_headers(config.public_url, config.media_url)
    add_error_page(app, headers)
    add_event_page(app, headers)
    add_page(app, headers, config.public_url)
    _add_head(app)
    app.cleanup_ctx.append(lambda app: _services(app, config, peers))
    return app


def _add_head(app: web.Application) -> None:
    """Answer HEAD wherever GET is: by the same handler, whose body aiohttp does not send."""
    for resource in list(app.router.resources()):
        handlers = {route.method: route.handler for route in resource}
        get = handlers.get(hdrs.METH_GET)
        if get and hdrs.METH_HEAD not in handlers and isinstance(resource, web.Resource):
            resource.add_route(hdrs.METH_HEAD, get)


async def _socketio(request: web.Request) -> web.StreamResponse:
    response: web.StreamResponse = await request.app[SERVICES].sockets.handle_request(request)
    return response


async def _events(request: web.Request) -> web.StreamResponse:
    return await request.app[SERVICES].event_streams.handle(request)


async def _websocket(request: web.Request) -> web.StreamResponse:
    return await request.app[SERVICES].websockets.handle(request)


def _shared_socketio(peers: Peers) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        path = peers.owner(request)
        return await (_socketio(request) if path is None else peers.forward(request, path))

    return handle


async def _services(
    app: web.Application, config: Config, peers: Peers | None
) -> AsyncIterator[None]:
    async with AsyncExitStack() as opened:
        services = await opened.enter_async_context(
            open_services(config, f"{peers.id}." if peers else "")
        )
        if peers is not None:
            await opened.enter_async_context(peers.open())
        app[SERVICES] = services
        app[EXPOSITION] = Exposition(services.db, services.metrics)
        app[CONTEXT] = services.context
        app[AUTHENTICATOR] = services.authenticator
        app[DRAIN] = services.drain
        yield
