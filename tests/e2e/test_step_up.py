"""An admin with an authenticator, through the gateway: two steps into the house, and a code more before a role is given."""

import base64
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from builders.factors import fresh, problem

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

DOOR, LOGIN = "/api/v1/people/me/second-factor", {"login": "admin", "password": demo.PASSWORD}
ROLE = {"role": "grid_worker", "area": f"{demo.GUOHUAI}.g02", "display_name": "某某"}


@pytest.fixture
async def admin(stack: Layout) -> AsyncIterator[tuple[Client, bytes, list[str]]]:
    """Signed in by the password alone, and since then with a second factor; afterwards rid of it."""
    async with Client(stack.origin) as client:
        await client.sign_in_by_password("admin", demo.PASSWORD)
        secret = base64.b32decode((await client.post(DOOR, {"password": demo.PASSWORD}))["secret"])
        paper = (await client.post(f"{DOOR}/proof", {"code": fresh(secret)}))["recovery_codes"]
        yield client, secret, paper
        assert (await client.http.post(f"{DOOR}/removal", json={"code": paper[9]})).status_code == 204


async def granted(client: Client, token: str, key: str) -> httpx.Response:
    """The answer to a role for the one who sits beside them."""
    headers = {"idempotency-key": key, "authorization": f"Bearer {token}"}
    person = str(demo.stable("staff hut"))
    return await client.http.post("/api/v1/assignments", json={"person_id": person, **ROLE}, headers=headers)


async def test_a_code_more_before_a_role_is_given(admin: tuple[Client, bytes, list[str]]) -> None:
    (client, secret, paper), key = admin, str(uuid4())
    refused = await granted(client, str(client.token), key)
    assert problem(refused) == (401, "insufficient-user-authentication")
    assert 'acr_values="2fa", max_age="600"' in refused.headers["www-authenticate"]
    stepped = (await client.http.post("/sign-in/step-up", json={"code": fresh(secret, 1)})).json()["access_token"]
    made = await granted(client, stepped, key)
    assert made.status_code == 201
    ending = f"/api/v1/assignments/{made.json()['id']}/ending"
    assert problem(await client.http.post(ending)) == (401, "insufficient-user-authentication")
    wanted = await client.http.post("/sign-in/password", json=LOGIN)
    assert problem(wanted) == (401, "second-factor-wanted")
    proof = {"challenge": wanted.json()["challenge"], "code": paper[0]}
    anew = (await client.http.post("/sign-in/second-factor", json=proof)).json()["access_token"]
    ended = await client.http.post(ending, headers={"authorization": f"Bearer {anew}"})
    assert (ended.status_code, ended.json()["ends_at"] is not None) == (200, True)
