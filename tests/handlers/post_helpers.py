"""Creating posts and reading lists, reduced to ids."""

from tests.people import Instance, Person


async def create_post(
    instance: Instance, by: Person, content: str, reply_to: int | None = None
) -> int:
    id: int = (await instance.post("/api/posts/", by, {"content": content, "reply_to": reply_to}))[
        "id"
    ]
    return id


async def ids(instance: Instance, path: str, by: Person | None = None) -> list[int]:
    return [result["id"] for result in await instance.walk(path, by)]
