"""What a program asks of its subscription: where it stands, what it missed; and how it changes the secret without missing any."""

import asyncio
import hashlib
import hmac
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hooks import booked, subscribe, tell, wanted
from builders.hospital import consents
from builders.receiver import Receiver, receiving
from builders.world import RESIDENT, SECOND_RESIDENT
from sqlalchemy import text


@pytest.fixture
async def his(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("hook")) as made:
        yield made


@pytest.fixture
async def east(health_doors: Doors, his: Receiver) -> AsyncIterator[Hospital]:
    health_doors.app.state.caller = his.caller()
    yield await hospital(health_doors)
    del health_doors.app.state.caller


async def hooked(east: Hospital, his: Receiver) -> dict[str, Any]:
    return dict((await subscribe(east, wanted(his.endpoint))).json())


async def post(one: Hospital, path: str, scope: str = ALL) -> httpx.Response:
    async with one.client(scope) as client:
        return await client.post(f"/fhir/Subscription/{path}")


def said(answer: httpx.Response) -> tuple[str, dict[str, Any], list[tuple[str, str]]]:
    """The Bundle's type, what its status says, and the events by number and focus."""
    made = answer.json()
    assert (answer.status_code, accepted(made)) == (200, 1), answer.text
    (entry,) = made["entry"]
    parameters = entry["resource"]["parameter"]
    bare = [one for one in parameters if "part" not in one]
    plain = {one["name"]: next(value for key, value in one.items() if key.startswith("value")) for one in bare}
    events = [{part["name"]: part for part in one["part"]} for one in parameters if "part" in one]
    focus = [one["focus"]["valueReference"]["reference"].rpartition("/")[2] for one in events]
    return made["type"], plain, [(one["event-number"]["valueString"], key) for one, key in zip(events, focus, strict=True)]


async def test_where_it_stands_is_asked_for(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    kind, status, events = said(await east.get(f"Subscription/{key}/$status"))
    assert (kind, status["status"], status["type"], status["events-since-subscription-start"]) == (
        "searchset", "requested", "query-status", "0",
    )
    await booked(east, await east.booked(RESIDENT))
    await tell(east, his.caller())
    kind, status, events = said(await east.get(f"Subscription/{key}/$status"))
    assert (status["status"], status["events-since-subscription-start"], events) == ("active", "1", [])


async def test_what_was_missed_is_caught_up_by_number_and_of_whom_one_may_be_told(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    people = (RESIDENT, SECOND_RESIDENT) * 2
    seats = [await east.booked(one, await east.offer(timedelta(days=n + 1))) for n, one in enumerate(people)]
    for one in seats:
        await booked(east, one)
    numbered = [(str(n + 1), one) for n, one in enumerate(seats)]
    kind, status, events = said(await east.get(f"Subscription/{key}/$events"))
    assert (kind, status["type"], status["events-since-subscription-start"]) == ("history", "query-event", "4")
    assert events == numbered, "told or not"
    await tell(east, his.caller())
    asked = await east.get(f"Subscription/{key}/$events", eventsSinceNumber=2, eventsUntilNumber=3, content="id-only")
    assert said(asked)[2] == numbered[1:3]
    await consents(east.doors, SECOND_RESIDENT, state="withdrawn", sequence=3)
    assert said(await east.get(f"Subscription/{key}/$events"))[2] == numbered[::2]
    assert said(await east.get(f"Subscription/{key}/$events", eventsSinceNumber=5))[2] == []


async def test_no_more_than_a_hundred_are_answered_at_once(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    seat = await east.booked(RESIDENT)
    many = """insert into calls (id, hook_id, number, made_at, due_at, appointment_id, tries, done_at) select gen_random_uuid(),
              cast(:hook as uuid), n, now(), now(), cast(:seat as uuid), 1, now() from generate_series(1, 130) n"""
    async with east.doors.whole.begin() as connection:
        await connection.execute(text(many), {"hook": key, "seat": seat})
    first = said(await east.get(f"Subscription/{key}/$events"))[2]
    rest = said(await east.get(f"Subscription/{key}/$events", eventsSinceNumber=101))[2]
    assert ([first[0][0], first[-1][0], len(first)], len(rest)) == (["1", "100", 100], 30)


async def test_only_what_can_be_asked_is_and_only_by_its_own(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    for wrong in ({"eventsSinceNumber": "x"}, {"eventsSinceNumber": "-1"}, {"eventsUntilNumber": "2147483648"},
                  {"eventsSinceNumber": "٣"}, {"eventsUntilNumber": "1" * 40}, {"eventsSinceNumber": ""},
                  {"content": "full-resource"}):
        assert issue(await east.get(f"Subscription/{key}/$events", **wrong)) == (400, "parameter-refused"), wrong
    west = await hospital(east.doors, "西郊医院")
    stranger = Hospital(east.doors, east.id, east.department)
    for path in ("$status", "$events"):
        assert issue(await west.get(f"Subscription/{key}/{path}")) == (404, "not-found")
        assert issue(await east.get(f"Subscription/{fresh()}/{path}")) == (404, "not-found")
        assert issue(await east.get(f"Subscription/1/{path}")) == (404, "not-found")
        assert issue(await stranger.get(f"Subscription/{key}/{path}")) == (403, "not-a-hospitals-program")
        async with east.client("system/Subscription.cuds system/Appointment.crus") as client:
            assert issue(await client.get(f"/fhir/Subscription/{key}/{path}")) == (403, "scope-missing")
    for path in ("$renew-secret", "$end-older-secret"):
        assert issue(await post(west, f"{key}/{path}")) == (404, "not-found")
        assert issue(await post(east, f"{key}/{path}", "system/Subscription.crds")) == (403, "scope-missing")
    async with east.client() as client:
        assert (await client.delete(f"/fhir/Subscription/{key}")).status_code == 204
    for path in ("$status", "$events"):
        assert issue(await east.get(f"Subscription/{key}/{path}")) == (410, "deleted")
    assert issue(await post(east, f"{key}/$renew-secret")) == (410, "deleted")


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/hospital.md has it."""
    parts = [part.partition("=") for part in headers["x-guohuai-signature"].split(",")]
    (at,) = [value for name, _, value in parts if name == "t"]
    made = hmac.new(secret.encode(), f"{at}.{headers['x-guohuai-delivery']}.".encode() + body, hashlib.sha256).hexdigest()
    return any(name == "v1" and hmac.compare_digest(value, made) for name, _, value in parts)


def secret_of(made: dict[str, Any]) -> str:
    return str(made["extension"][0]["valueString"])


async def test_a_second_secret_signs_beside_the_first_until_that_is_ended(east: Hospital, his: Receiver) -> None:
    made = await hooked(east, his)
    key, first = made["id"], secret_of(made)
    await tell(east, his.caller())
    answer = await post(east, f"{key}/$renew-secret")
    second = secret_of(answer.json())
    assert (answer.status_code, first != second) == (200, True)
    assert issue(await post(east, f"{key}/$renew-secret")) == (409, "older-secret-signs")
    assert secret_of(await hooked(east, his)) == second, "who asks anew is told the newest"
    await booked(east, await east.booked(RESIDENT))
    await tell(east, his.caller())
    assert [(await post(east, f"{key}/$end-older-secret")).status_code for _ in range(2)] == [204, 204]
    await booked(east, await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=3))))
    await tell(east, his.caller())
    by = [[signed_by(one, headers, body) for one in (first, second)] for headers, body in his.heard]
    assert by == [[True, False], [True, True], [False, True]]
    third = secret_of((await post(east, f"{key}/$renew-secret")).json())
    assert third not in {first, second}
    (row,) = await east.doors.rows("select count(*) as n from audit where action like 'hospitals.%secret'")
    assert row.n == 3
    assert all(first not in str(one) and second not in str(one) for one in await east.doors.rows("select * from hooks"))


async def test_all_of_it_is_declared(east: Hospital) -> None:
    kinds = {one["type"]: one for one in (await east.get("metadata")).json()["rest"][0]["resource"]}
    listed = {one["name"]: one["definition"] for one in kinds["Subscription"]["operation"]}
    assert set(listed) == {"status", "events", "renew-secret", "end-older-secret"}
    for name in ("renew-secret", "end-older-secret"):
        assert accepted((await east.get(listed[name].partition("/fhir/")[2])).json())


async def test_of_twelve_who_renew_it_at_once_one_does(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    answers = await asyncio.gather(*(post(east, f"{key}/$renew-secret") for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {200: 1, 409: 11}


async def test_who_renews_waits_for_who_is_at_it_and_sees_what_they_did(east: Hospital, his: Receiver) -> None:
    key = (await hooked(east, his))["id"]
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update hooks set secrets = 2, older_signs = true"))
        other = asyncio.create_task(post(east, f"{key}/$renew-secret"))
        await asyncio.sleep(0.5)
        assert not other.done()
    assert issue(await other) == (409, "older-secret-signs")
