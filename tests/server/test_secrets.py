"""What must stay secret is in no line that a process writes, however talkative it is."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from handlers.edges.rest.refresh_cookie import NAME
from tests.conftest import Services
from tests.people import PASSWORD, Instance
from tests.processes import PROGRAM
from tests.server.lifecycle.instances import serving

NEW_PASSWORD = "an entirely other horse"
SETTINGS = {
    "JWT_SECRET": "jwt-secret-" + "s" * 32,
    "VAPID_PRIVATE_KEY": "vapidkey" + "A" * 34 + "E",
    "SMTP_URL": "smtp://mailer:smtp-password@127.0.0.1:1",
    "METRICS_TOKEN": "metrics-token-0123456789",
    "AWS_SECRET_ACCESS_KEY": "aws-secret-key",
}


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_password_token_or_key_is_in_the_log_of_a_busy_server(
    services: Services, tmp_path: Path, form: str
) -> None:
    address = urlsplit(services.database_url)
    host = address.netloc.rpartition("@")[2]
    url = address._replace(netloc=f"postgres:database-password@{host}").geturl()
    talkative = {"LOG_LEVEL": "debug", "ACCESS_LOG": "on", "LOG_FORMAT": form}
    more = SETTINGS | talkative | {"DATABASE_URL": url, "BCRYPT_ROUNDS": "4"}
    async with serving(services, tmp_path, program=PROGRAM, **more) as served:
        secrets = await live(Instance(served.url, served.client))
        served.process.terminate()
        code, _, log = await asyncio.to_thread(served.end)
    assert code == 0
    assert "/api/users/token/" in log  # it did tell of what was done
    assert "email.verify" in log  # and of the mail that could not be sent
    secrets |= {"database-password", "smtp-password", *SETTINGS.values()}
    assert [secret for secret in secrets if secret in log] == []


async def live(instance: Instance) -> set[str]:
    """Do all that has to do with secrets, well and badly; return these."""
    ann = await instance.person("ann")
    login = {"username": ann.username, "password": PASSWORD, "cookie": True}
    with_cookie = await instance.post(
        "/api/users/token/", json=login, headers={"Origin": instance.url}
    )
    cookie = with_cookie.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    comes = (await instance.post("/api/webhooks/incoming/", ann, {"name": "bot"}))["url"]
    token = comes.split("/")[-2]
    for used in (token, f"{token}-not-good"):
        await instance.ask("POST", f"/api/webhooks/in/{used}/", json={"text": "hi"})
        await instance.ask("POST", f"/api/webhooks/in/{used}", json={"text": "hi"})
    hook = {"url": "https://example.org/", "events": ["message.created"]}
    signs = (await instance.post("/api/webhooks/", ann, hook))["secret"]
    wrong = {"username": ann.username, "password": "wrong-password-of-ann"}
    await instance.post("/api/users/token/", json=wrong, status=401)
    broken = b'{"username": "ann", "password": "broken-json-password'
    json_type = {"Content-Type": "application/json"}
    await instance.call("POST", "/api/users/token/", data=broken, headers=json_type, status=400)
    pair = await instance.post("/api/users/token/refresh/", json={"refresh": ann.refresh})
    forged = {"Authorization": "Bearer forged-access-token"}
    await instance.call("GET", "/api/users/me/", headers=forged, status=401)
    await instance.call("GET", "/metrics?token=query-token", headers=forged, status=401)
    async with instance.socket(ann) as client:
        await client.ready()
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await instance.post("/api/users/password/", ann, change)
    await instance.post("/api/users/password/reset/", json={"email": f"{ann.username}@example.org"})
    assert NAME in with_cookie.headers["Set-Cookie"]
    return {
        *(PASSWORD, NEW_PASSWORD, wrong["password"], "broken-json-password"),
        *(ann.access, ann.refresh, cookie, pair["access"], pair["refresh"]),
        *("forged-access-token", "query-token", token, signs),
    }
