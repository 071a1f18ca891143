"""Somebody sees where they are signed in, and ends one of their sessions."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.programs import admit, desk
from builders.world import Person
from joserfc.util import urlsafe_b64decode

from services.identity.actions import people, sessions
from services.identity.api.signed_in import SignedInView

DOOR = "/api/v1/people/me/sessions"
PHONE, DESK = "Mozilla/5.0 (iPhone) MicroMessenger/8", "Mozilla/5.0 (Windows NT 10.0)"
Session = dict[str, Any]


@pytest.fixture
async def phone(identity_doors: Doors) -> Session:
    """Signed in by a phone."""
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return await signed_in(identity_doors, PHONE)


async def signed_in(doors: Doors, agent: str) -> Session:
    async with doors.client() as client:
        said = {"login": "wang", "password": "right"}
        return dict((await client.post("/sign-in/password", json=said, headers={"user-agent": agent})).json())


async def refreshed(doors: Doors, session: Session, app: Any = None) -> httpx.Response:
    transport = httpx.ASGITransport(app or doors.entrance, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer) as client:
        return await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": session["refresh_token"]})


async def ask(doors: Doors, session: Session, path: str = "", method: str = "GET") -> httpx.Response:
    """As the session's access token says it, under the key of the tests."""
    sid = json.loads(urlsafe_b64decode(session["access_token"].split(".")[1].encode()))["sid"]
    async with doors.client(Person(id=UUID(session["person_id"])), sid=sid) as client:
        return await client.request(method, f"{DOOR}{path}")


async def test_they_see_where_the_one_used_last_first(identity_doors: Doors, phone: Session) -> None:
    desktop = await signed_in(identity_doors, DESK)
    phone = (await refreshed(identity_doors, phone)).json()
    phone = (await refreshed(identity_doors, phone, identity_doors.app)).json()
    found = (await ask(identity_doors, phone)).json()
    assert [(one["device"], one["is_current"], one["client_id"], one["program"]) for one in found] == [
        ("wechat", True, "guohuai", None), ("windows", False, "guohuai", None),
    ]
    assert found[0]["began_at"] < found[1]["began_at"] < found[0]["used_at"] < found[0]["ends_at"]
    assert [one["methods"] for one in found] == [["pwd"], ["pwd"]]
    assert {one["id"] for one in found} == {one["id"] for one in (await ask(identity_doors, desktop)).json()}


async def test_a_programs_session_bears_its_name_and_what_is_over_is_not_there(identity_doors: Doors, phone: Session) -> None:
    await admit(identity_doors, own := desk())
    await identity_doors.running.database.do(lambda work: sessions.begin(work, UUID(phone["person_id"]), client=own))
    desktop = await signed_in(identity_doors, DESK)
    async with identity_doors.client() as client:
        await client.post("/oauth/revoke", data={"token": desktop["refresh_token"]})
    later = await signed_in(identity_doors, DESK)
    found = (await ask(identity_doors, later)).json()
    assert sorted((one["client_id"], one["program"], one["device"]) for one in found) == [
        ("desk", "某应用", None), ("guohuai", None, "wechat"), ("guohuai", None, "windows"),
    ]


async def test_one_is_ended_and_the_other_goes_on(identity_doors: Doors, phone: Session) -> None:
    desktop = await signed_in(identity_doors, DESK)
    other = next(one["id"] for one in (await ask(identity_doors, phone)).json() if not one["is_current"])
    answers = await asyncio.gather(*(ask(identity_doors, phone, f"/{other}/revocation", "POST") for _ in range(12)))
    assert [answer.status_code for answer in answers].count(204) == 1
    assert {answer.status_code for answer in answers} <= {204, 401, 404}
    assert (await refreshed(identity_doors, desktop)).status_code == 400
    again = await refreshed(identity_doors, phone)
    assert again.status_code == 200
    assert len([one for one in await identity_doors.said() if "access_revoked" in one]) == 1
    (row,) = await identity_doors.rows("select actor_id from audit where action = 'sessions.end'")
    assert str(row.actor_id) == phone["person_id"]


async def test_nobody_ends_anybody_elses(identity_doors: Doors, phone: Session) -> None:
    await identity_doors.running.database.do(lambda work: people.employ(work, login="zhang", password="right", name="张伟"))
    async with identity_doors.client() as client:
        theirs = (await client.post("/sign-in/password", json={"login": "zhang", "password": "right"})).json()
    (family,) = await identity_doors.rows(
        "select distinct family_id from refresh_tokens where person_id = :person", person=UUID(phone["person_id"])
    )
    for session in (family.family_id, uuid4()):
        assert (await ask(identity_doors, theirs, f"/{session}/revocation", "POST")).status_code == 404
    assert (await refreshed(identity_doors, phone)).status_code == 200


def test_no_token_is_shown() -> None:
    assert not {"token", "hash", "refresh_token"} & SignedInView.model_fields.keys()
