"""Forms: what is read of them, within which bounds, and that nothing of them stays on disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from handlers.edges.rest import multipart
from handlers.media.purposes import FILE_BYTES_MAX
from server.config.load import Config
from tests.conftest import running
from tests.handlers.media.image_helpers import UPDATE, encoded, form, halves, post, send, wear
from tests.people import Instance

IMAGE = encoded(halves(), "PNG")
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}


async def test_a_file_over_the_limit_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    await post(instance, ann, IMAGE + bytes(FILE_BYTES_MAX), 413)
    await post(instance, ann, bytes(multipart.BODY_BYTES_MAX + 2**20), 413)


async def test_a_file_of_the_size_that_is_allowed_is_taken(instance: Instance) -> None:
    ann = await instance.person("ann")
    photo = encoded(halves(), "JPEG")
    photo += bytes(FILE_BYTES_MAX - len(photo))  # what follows an image is none of it
    assert (await post(instance, ann, photo))["image"] is not None


async def test_a_body_of_untold_length_is_refused_when_it_is_over_the_limit(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        while True:
            yield bytes(2**16)

    headers = BOUNDARY | {"Authorization": f"Bearer {ann.access}"}
    url = f"{instance.url}/api/posts/"
    async with instance.http.post(url, data=endless(), headers=headers) as reply:
        assert reply.status == 413
        assert reply.content_type == "application/problem+json"


async def test_text_over_the_limit_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    await post(instance, ann, IMAGE, 413, content="x" * (2**16 + 1))


async def test_text_is_checked_as_in_json(instance: Instance) -> None:
    ann = await instance.person("ann")
    reply = await post(instance, ann, IMAGE, 422, content="x" * 281, reply_to="one", colour="red")
    assert reply["errors"].keys() == {"content", "reply_to", "colour"}


def parts(*given: tuple[str, bytes]) -> bytes:
    """The body of a form, of what stands behind `form-data; ` in a part's head, and its bytes."""
    heads = [
        b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n" % one.encode() for one, _ in given
    ]
    bodies = [data + b"\r\n" for _, data in given]
    return b"".join(map(bytes.__add__, heads, bodies)) + b"--b--\r\n"


LOOK = ('name="content"', b"look")
# An input for a file that was left alone, as browsers send it, and as programs may.
NO_FILE = ['name="%s"; filename=""', 'name="%s"']


@pytest.mark.parametrize("head", NO_FILE)
async def test_an_empty_part_without_a_file_name_is_no_file(instance: Instance, head: str) -> None:
    ann = await instance.person("ann")
    body = parts(LOOK, (head % "image", b""))
    reply = await instance.call("POST", "/api/posts/", ann, data=body, headers=BOUNDARY)
    assert reply["image"] is None
    await wear(instance, ann, IMAGE)
    body = parts(('name="bio"', b"Hi"), (head % "avatar", b""))
    reply = await instance.call("PATCH", UPDATE, ann, data=body, headers=BOUNDARY)
    assert (reply["bio"], reply["avatar"] is None) == ("Hi", False)


@pytest.mark.parametrize("filename", ["photo.jpg", " ", "."])
async def test_an_empty_file_with_a_name_is_refused_by_its_field(
    instance: Instance, filename: str
) -> None:
    ann = await instance.person("ann")
    for method, path, field in (("POST", "/api/posts/", "image"), ("PATCH", UPDATE, "avatar")):
        text = {"content": "look"} if field == "image" else {"bio": "Hi"}
        sent = form(field, b"", filename, **text)
        reply = await send(instance, method, path, ann, sent, 422)
        assert (reply["code"], list(reply["errors"])) == ("invalid_image", [field])
    posts = await instance.get(f"/api/users/{ann.id}/posts/")
    assert posts["results"] == []


async def test_a_file_is_used_whether_or_not_it_has_a_name(instance: Instance) -> None:
    ann = await instance.person("ann")
    body = parts(LOOK, ('name="image"', IMAGE))
    reply = await instance.call("POST", "/api/posts/", ann, data=body, headers=BOUNDARY)
    assert reply["image"] is not None
    # One that was left alone beside it changes nothing, in whichever order they come.
    for one in (0, 1):
        both = [('name="image"; filename=""', b""), ('name="image"; filename="a"', IMAGE)]
        body = parts(LOOK, both[one], both[1 - one])
        reply = await instance.call("POST", "/api/posts/", ann, data=body, headers=BOUNDARY)
        assert reply["image"] is not None


async def test_text_where_an_image_belongs_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    for text in (b"https://example.org/a.png", b"null", b" "):
        body = parts(LOOK, ('name="image"', text))
        reply = await instance.call(
            "POST", "/api/posts/", ann, data=body, headers=BOUNDARY, status=415
        )
        assert reply["code"] == "unsupported_image"


@pytest.mark.parametrize("name", ["photo", "avatar", "image[]", "Image", "banner", "client_id"])
@pytest.mark.parametrize("data", [b"", IMAGE])
async def test_a_file_under_another_name_is_refused_and_the_right_one_told(
    instance: Instance, name: str, data: bytes
) -> None:
    ann = await instance.person("ann")
    sent = form(name, data, content="look")
    reply = await send(instance, "POST", "/api/posts/", ann, sent, 422)
    assert "image" in reply["errors"][name][0]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Encoding: gzip",
        b"Content-Type: text/plain; charset=utf-16",
        b"Content-Type: text/plain; charset=unicode_escape",
    ],
)
async def test_a_part_that_is_encoded_once_more_is_refused_not_kept_as_it_stands(
    instance: Instance, head: bytes
) -> None:
    ann = await instance.person("ann")
    body = parts(LOOK).replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n\r\n", 1)
    await instance.call("POST", "/api/posts/", ann, data=body, headers=BOUNDARY, status=400)


async def test_text_is_read_in_the_charset_that_its_part_names(instance: Instance) -> None:
    ann = await instance.person("ann")
    head = b"Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit"
    body = parts(('name="content"', "café".encode("latin-1")))
    body = body.replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n\r\n", 1)
    reply = await instance.call("POST", "/api/posts/", ann, data=body, headers=BOUNDARY)
    assert reply["content"] == "café"


async def test_a_form_without_a_file_is_as_good_as_json(instance: Instance) -> None:
    ann = await instance.person("ann")
    writer = aiohttp.MultipartWriter("form-data")
    writer.append("from a form").set_content_disposition("form-data", name="content")
    reply = await send(instance, "POST", "/api/posts/", ann, writer, 201)
    assert (reply["content"], reply["image"]) == ("from a form", None)


async def test_json_cannot_carry_an_image_and_null_is_none(instance: Instance) -> None:
    ann = await instance.person("ann")
    asked = {"content": "look", "image": "iVBORw0KGgo="}
    reply = await instance.post("/api/posts/", ann, asked, status=422)
    assert list(reply["errors"]) == ["image"]
    assert (await instance.write(ann, "look", image=None))["image"] is None


async def test_a_socket_cannot_carry_an_image(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as socket:
        refused = await socket.call("post.create", {"content": "look", "image": "look"})
        assert refused["ok"] is False
        assert (await socket.do("post.create", {"content": "look"}))["image"] is None


async def test_a_stranger_is_turned_away_before_the_file_is_read(instance: Instance) -> None:
    parts = urlsplit(instance.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        "POST /api/posts/ HTTP/1.1\r\nHost: x\r\nContent-Length: 15000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(20):
        assert b" 401 " in await reader.readline()
    writer.close()


async def test_a_form_where_none_is_taken_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    sent = form("image", IMAGE, participants="1")
    await send(instance, "POST", "/api/messages/", ann, sent, 415)


BAD = {
    "not a form": b"hello",
    "cut off": b'--b\r\nContent-Disposition: form-data; name="content"\r\n\r\nhel',
    "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "no disposition": b"--b\r\n\r\nx\r\n--b--\r\n",
    "not UTF-8": b'--b\r\nContent-Disposition: form-data; name="content"\r\n\r\n\xff\r\n--b--\r\n',
    "nested": b'--b\r\nContent-Disposition: form-data; name="content"\r\n'
    b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
    "many parts": b"".join(
        b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\nx\r\n' % i for i in range(40)
    )
    + b"--b--\r\n",
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_body_that_is_no_form_is_malformed(instance: Instance, kind: str) -> None:
    ann = await instance.person("ann")
    await instance.call("POST", "/api/posts/", ann, data=BAD[kind], headers=BOUNDARY, status=400)


async def test_a_form_without_a_boundary_is_malformed(instance: Instance) -> None:
    ann = await instance.person("ann")
    headers = {"Content-Type": "multipart/form-data"}
    await instance.call("POST", "/api/posts/", ann, data=b"--b", headers=headers, status=400)


async def test_a_field_given_twice_or_of_the_wrong_kind_is_named(instance: Instance) -> None:
    ann = await instance.person("ann")
    twice = form("image", IMAGE, content="look")
    twice.add_field("image", IMAGE, filename="b.png")
    reply = await send(instance, "POST", "/api/posts/", ann, twice, 422)
    assert list(reply["errors"]) == ["image"]
    wrong = form("content", b"look")
    reply = await send(instance, "POST", "/api/posts/", ann, wrong, 422)
    assert list(reply["errors"]) == ["content"]


async def test_a_form_that_does_not_arrive_in_time_is_given_up(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "SECONDS", 0.2)
    ann = await instance.person("ann")

    async def slow() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'
        await asyncio.Event().wait()  # for ever

    headers = BOUNDARY | {"Authorization": f"Bearer {ann.access}"}
    url = f"{instance.url}{UPDATE}"
    async with instance.http.put(url, data=slow(), headers=headers) as reply:
        assert reply.status == 400


async def test_more_forms_than_fit_are_told_to_come_later(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "AT_ONCE_MAX", 0)
    ann = await instance.person("ann")
    reply = await post(instance, ann, IMAGE, 429)
    assert "Retry-After" in reply.headers
    assert reply["code"] == "busy"


async def test_nothing_of_a_form_stays_on_disk(settings: Config, tmp_path: Path) -> None:
    async with running(settings) as instance:
        ann = await instance.person("ann")
        before = set(settings.data_dir.iterdir())
        await post(instance, ann, IMAGE)
        open_before = deleted_files()
        await post(instance, ann, IMAGE)
        await post(instance, ann, b"<svg/>", 415)
        await post(instance, ann, bytes(FILE_BYTES_MAX + 1), 413)
        await send(instance, "POST", "/api/posts/", ann, form("image", IMAGE, x="y"), 422)
        assert set(settings.data_dir.iterdir()) - before <= {settings.media_dir}
        assert deleted_files() == open_before


def deleted_files() -> list[str]:
    """What this process has open without a name."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return []
    found = []
    for descriptor in folder.iterdir():
        with suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return sorted(path for path in found if "(deleted)" in path)


async def test_the_document_says_where_a_form_may_carry_a_file(instance: Instance) -> None:
    document = (await instance.get("/api/docs/openapi.json")).body
    carried = {
        (method, path, name)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for kind, body in operation.get("requestBody", {}).get("content", {}).items()
        for name, field in body["schema"]["properties"].items()
        if field.get("format") == "binary" and kind == "multipart/form-data"
    }
    assert carried == {("post", "/api/posts/", "image"), ("post", "/api/media/", "file")} | {
        (method, UPDATE, name) for method in ("put", "patch") for name in ("avatar", "banner")
    }
