"""A post in its conversation."""

from storage.database.pool import Database
from tests.handlers.post_helpers import create_post
from tests.people import Instance


async def test_thread_has_the_way_up_and_the_whole_tree_below(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    root = await create_post(instance, ann, "root")
    middle = await create_post(instance, bob, "middle", root)
    await create_post(instance, ann, "beside", root)
    post = await create_post(instance, ann, "post", middle)
    first = await create_post(instance, bob, "first", post)
    second = await create_post(instance, bob, "second", post)
    below_second = await create_post(instance, ann, "below second", second)
    below_first = await create_post(instance, ann, "below first", first)
    below_that = await create_post(instance, ann, "below that", below_first)
    thread = await instance.get(f"/api/posts/{post}/thread/", bob)
    assert thread["post"] == (await instance.get(f"/api/posts/{post}/", bob)).body
    assert [each["id"] for each in thread["ancestors"]] == [root, middle]
    found = [each["id"] for each in thread["replies"]]
    assert found == [first, below_first, below_that, second, below_second]
    assert [each["reply_to"] for each in thread["replies"]] == [
        post, first, below_first, post, second,
    ]  # fmt: skip
    alone = await instance.get(f"/api/posts/{below_that}/thread/")
    assert [each["id"] for each in alone["ancestors"]] == [root, middle, post, first, below_first]
    assert alone["replies"] == []
    await instance.get(f"/api/posts/{2**53 - 1}/thread/", status=404)


async def test_thread_is_bounded_by_its_first_levels(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    root = await create_post(instance, ann, "root")
    sql = """INSERT INTO posts (author_id, content, reply_to)
        SELECT $1, 'reply ' || n, $2 FROM generate_series(1, 150) n RETURNING id"""
    first = sorted(row["id"] for row in await db.fetch(sql, ann.id, root))
    second = sorted(row["id"] for row in await db.fetch(sql, ann.id, first[0]))
    thread = await instance.get(f"/api/posts/{root}/thread/")
    found = [each["id"] for each in thread["replies"]]
    assert found == [first[0], *second[:50], *first[1:]]


async def test_thread_leaves_out_the_branch_of_whoever_blocks_me(instance: Instance) -> None:
    ann, bob, cho = [await instance.person(name) for name in ("ann", "bob", "cho")]
    root = await create_post(instance, ann, "root")
    branch = await create_post(instance, bob, "branch", root)
    leaf = await create_post(instance, ann, "leaf", branch)
    other = await create_post(instance, ann, "other", root)
    await instance.post(f"/api/users/{cho.id}/block/", bob)
    path = f"/api/posts/{root}/thread/"
    assert [each["id"] for each in (await instance.get(path, cho))["replies"]] == [other]
    assert [each["id"] for each in (await instance.get(path))["replies"]] == [branch, leaf, other]
    above = await instance.get(f"/api/posts/{leaf}/thread/", cho)
    assert [each["id"] for each in above["ancestors"]] == [root]
