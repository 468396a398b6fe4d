"""Images as everybody gets them: /media/KEY.webp, and /media/KEY.thumb.webp for the small one.

A key is never used for another image, so an answer is good for ever. Whoever has the URL may see
the image: it cannot be guessed, and ends with what it belongs to.
"""

from aiohttp import hdrs, web

from handlers.edges.rest.endpoint import CONTEXT
from handlers.media.images import CONTENT_TYPE
from storage.errors import Unavailable
from storage.media.store import Remote

# No other path is looked for, so none can lead out of the store.
PATH = r"/media/{key:[0-9a-f]{32}(\.thumb)?\.webp}"

# An image that turns out to be something else must not become a page or a script.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
HEADERS = {
    hdrs.CONTENT_TYPE: CONTENT_TYPE,
    hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
    hdrs.CONTENT_DISPOSITION: "inline",
    "Cross-Origin-Resource-Policy": "cross-origin",
    **HARMLESS,
}
BRIEFLY = {hdrs.CACHE_CONTROL: "no-store", **HARMLESS}


async def media(request: web.Request) -> web.StreamResponse:
    """Answer an image of the store, whole."""
    try:
        found = await request.app[CONTEXT].media.store.open(request.match_info["key"])
    except Unavailable as error:
        raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "2", **BRIEFLY}) from error
    if found is None:
        raise web.HTTPNotFound(headers=BRIEFLY)
    if isinstance(found, Remote):
        return await _stream(request, found)
    return web.FileResponse(found, headers=HEADERS)


async def _stream(request: web.Request, file: Remote) -> web.StreamResponse:
    response = web.StreamResponse(headers=HEADERS)
    response.content_length = file.size
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async for chunk in file.chunks:
            await response.write(chunk)
    await response.write_eof()
    return response
