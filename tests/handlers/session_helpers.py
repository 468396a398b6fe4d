"""Whether an access token is still good, and waiting until it no longer is."""

from tests.people import Instance
from tests.waiting import until

ME = "/api/users/me/"
REVOKED_SECONDS = 1.0  # in which a revoked token stops working, on every instance


async def status_of(instance: Instance, path: str, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    async with instance.http.get(instance.url + path, headers=headers) as response:
        return response.status


async def works(instance: Instance, access: str) -> bool:
    status = await status_of(instance, ME, access)
    assert status in (200, 401)
    return status == 200


async def stops_working(instance: Instance, access: str, path: str = ME, status: int = 401) -> None:
    """Wait until the token is refused: an instance trusts one for half a second after a look."""

    async def refused() -> bool:
        found = await status_of(instance, path, access)
        assert found in (200, status)
        return found == status

    await until(refused, REVOKED_SECONDS)
