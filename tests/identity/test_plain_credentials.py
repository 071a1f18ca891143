"""A program's own token is answered before the framework, with the same answers as behind it."""

import asyncio
import json
from datetime import datetime
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.programs import admit, asked, assertion, claims_of, desk, error, hospital, proof

from services.identity.actions import clients

GRANT = "client_credentials"


async def behind(doors: Doors, **form: str) -> httpx.Response:
    """The same request, with nothing before the framework."""
    transport = httpx.ASGITransport(doors.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer) as client:
        return await client.post("/oauth/token", data=form)


async def test_it_says_what_the_long_way_says(identity_doors: Doors) -> None:
    await admit(identity_doors, hospital())
    answers = [
        await ask(identity_doors, grant_type=GRANT, scope="system/Slot.rs", **proof(identity_doors, "ward"))
        for ask in (lambda doors, **form: asked(doors, "token", **form), behind)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json().keys() == answers[1].json().keys()
    assert dict(answers[0].headers).keys() == dict(answers[1].headers).keys()
    one, other = [await claims_of(identity_doors, answer.json()["access_token"]) for answer in answers]
    times = {"iat", "iat_ms", "exp", "jti"}
    assert {name: one[name] for name in one.keys() - times} == {name: other[name] for name in other.keys() - times}
    assert one["exp"] - one["iat"] == other["exp"] - other["iat"]


async def test_it_is_what_a_program_is_answered_by(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the front, and not by what is behind it, which is not there."""
    await admit(identity_doors, hospital())
    monkeypatch.setattr(identity_doors.entrance, "_app", None)
    assert (await asked(identity_doors, "token", grant_type=GRANT, **proof(identity_doors, "ward"))).status_code == 200


async def test_of_twelve_with_one_assertion_one_gets_a_token(identity_doors: Doors) -> None:
    await admit(identity_doors, hospital())
    form = {"grant_type": GRANT, **proof(identity_doors, "ward")}
    answers = await asyncio.gather(*(asked(identity_doors, "token", **form) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 11
    assert len(await identity_doors.rows("select 1 from client_assertions")) == 1


@pytest.mark.parametrize(("change", "refused"), [
    ({"scope": "system/Patient.rs"}, (400, "invalid_scope")),
    ({"audience": "elsewhere"}, (400, "invalid_target")),
    ({"client_id": "desk"}, (401, "invalid_client")),
    ({"client_assertion_type": "x"}, (401, "invalid_client")),
    ({"client_assertion": "a.b.c"}, (401, "invalid_client")),
    ({"client_assertion": "x" * 9000}, (422, "")),
])
async def test_what_is_refused_is_refused_by_the_long_way_for_its_own_reason(
    identity_doors: Doors, change: dict[str, Any], refused: tuple[int, str]
) -> None:
    await admit(identity_doors, hospital(), desk())
    form = {"grant_type": GRANT, **proof(identity_doors, "ward"), **change}
    answer = await asked(identity_doors, "token", **form)
    assert (answer.status_code, answer.json().get("error", "")) == refused


async def test_what_proves_nothing_any_more_is_refused(identity_doors: Doors) -> None:
    """Also where it was used up at the other way."""
    await admit(identity_doors, hospital())
    form = {"grant_type": GRANT, **proof(identity_doors, "ward")}
    assert (await behind(identity_doors, **form)).status_code == 200
    assert error(await asked(identity_doors, "token", **form)) == (401, "invalid_client")
    old = {"client_assertion": assertion(identity_doors, "ward", exp=1), "client_assertion_type": form["client_assertion_type"]}
    assert error(await asked(identity_doors, "token", grant_type=GRANT, **old)) == (401, "invalid_client")


async def test_nothing_is_given_while_a_program_ends(identity_doors: Doors) -> None:
    """What asks meanwhile waits, and comes too late; what was given after the end began is void."""
    await admit(identity_doors, hospital())
    database = identity_doors.running.database
    async with database.work() as work:
        await asyncio.sleep(0.05)
        given = await asked(identity_doors, "token", grant_type=GRANT, **proof(identity_doors, "ward"))
        made = (await claims_of(identity_doors, given.json()["access_token"]))["iat_ms"]
        await clients.end(work, "ward")
        await work.session.flush()
        late = asyncio.create_task(asked(identity_doors, "token", grant_type=GRANT, **proof(identity_doors, "ward")))
        await asyncio.sleep(0.5)
        assert not late.done()
        await database.commit(work)
    assert error(await late) == (401, "invalid_client")
    (said,) = await identity_doors.rows("select body from outbox where topic = 'identity.access_revoked.v1'")
    assert made < datetime.fromisoformat(json.loads(said.body)["not_before"]).timestamp() * 1000
