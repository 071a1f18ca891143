"""A child under fourteen has no way in of its own: a guardian acts for it, until its birthday."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.factors import problem
from builders.family import Family, acts, number, posts, settle, signed_in, wish
from builders.programs import claims_of
from builders.world import FAR_GRID, GRID, OFFICER
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from contracts.calendar import CHENGDU
from services.identity.actions import proxies
from services.identity.domain.id_number import check_character
from services.identity.domain.proxies import Scope, grown

NUMBER = number()


@pytest.fixture
async def family(identity_doors: Doors) -> Family:
    return await settle(identity_doors)


def said(family: Family, **other: str) -> dict[str, Any]:
    return {"child_id": str(family.child.id), "guardian_id": str(family.daughter.id), "number": NUMBER,
            "evidence": "household-book", "guardian_number": number(years=36), **other}


async def looked_at(doors: Doors, family: Family, read: str = NUMBER) -> str:
    """Two read the same number: the id of the proxy."""
    answer = await posts(doors, GRID, "/guardianships", said(family, number=read))
    assert answer.status_code == 201, answer.text
    key = str(answer.json()["id"])
    second = await posts(doors, OFFICER, f"/{key}/second-look", {"number": read})
    assert second.status_code == 200, second.text
    return key


@given(born=some.dates(date(1950, 1, 1), date(2030, 12, 31)))
def test_childhood_ends_with_the_beginning_of_the_fourteenth_birthday(born: date) -> None:
    end = grown(born)
    assert (end.tzinfo, end.hour, end.minute) == (CHENGDU, 0, 0)
    assert end.year == born.year + 14
    is_leap = (born.month, born.day) == (2, 29)
    assert (end.month, end.day) == (born.month, born.day) or (is_leap and (end.month, end.day) == (3, 1))


async def test_a_guardian_acts_for_a_child_with_all_that_may_be_entrusted(identity_doors: Doors, family: Family) -> None:
    key = await looked_at(identity_doors, family)
    told = (await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))).json()
    assert set(told["scope"].split()) == set(Scope)
    claims = await claims_of(identity_doors, told["access_token"])
    assert (claims["sub"], claims["act"]["sub"]) == (str(family.child.id), str(family.daughter.id))
    [row] = await identity_doors.rows("select * from proxies")
    assert (row.kind, row.number_index, row.decided_by) == ("guardian", None, OFFICER.id)


async def test_the_number_is_read_twice_and_kept_nowhere(identity_doors: Doors, family: Family) -> None:
    answer = await posts(identity_doors, GRID, "/guardianships", said(family))
    key = answer.json()["id"]
    confirming = f"/{key}/second-look"
    twin = number(years=9)
    for body in ({"number": twin}, {}, {"scopes": list(Scope)}, {"scopes": list(Scope), "number": NUMBER}):
        assert problem(await posts(identity_doors, OFFICER, confirming, body)) == (409, "proxy-differs")
    assert problem(await posts(identity_doors, OFFICER, confirming, {"number": NUMBER[:-1] + "?"})) == (422, "not-an-id-number")
    assert problem(await posts(identity_doors, GRID, confirming, {"number": NUMBER})) == (403, "not-by-the-same")
    spaced = f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:].lower()}"
    assert (await posts(identity_doors, OFFICER, confirming, {"number": spaced})).status_code == 200
    for table in ("proxies", "audit", "outbox", "stream"):
        for row in await identity_doors.rows(f"select * from {table}"):
            assert NUMBER not in str(row), table
    assert NUMBER not in answer.text


async def test_a_number_that_is_none_is_not_told_back(identity_doors: Doors, family: Family) -> None:
    wrong = NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")
    answer = await posts(identity_doors, GRID, "/guardianships", said(family, number=wrong))
    assert problem(answer) == (422, "not-an-id-number")
    assert wrong not in answer.text


async def test_whoever_is_fourteen_has_no_guardian(identity_doors: Doors, family: Family) -> None:
    today = datetime.now(UTC).astimezone(CHENGDU).date()
    turned, nearly = today.replace(year=today.year - 14), today.replace(year=today.year - 14) + timedelta(days=1)
    for born, status in ((turned, 409), (nearly, 201)):
        first = f"510104{born:%Y%m%d}001"
        answer = await posts(identity_doors, GRID, "/guardianships", said(family, number=first + check_character(first)))
        assert answer.status_code == status, answer.text


async def test_f09_it_is_void_on_the_birthday_and_both_hear_before(
    identity_doors: Doors, family: Family, later: Callable[..., None]
) -> None:
    born = datetime.now(UTC) + timedelta(days=90) - timedelta(days=14 * 365 + 4)
    key = await looked_at(identity_doors, family, number(born))
    [row] = await identity_doors.rows("select ends_at from proxies")
    left = (row.ends_at - datetime.now(UTC)).total_seconds()
    assert 85 * 86_400 < left < 95 * 86_400
    later(seconds=left - 29 * 86_400)
    await identity_doors.running.database.do(proxies.tend)
    later(seconds=left - 100)
    told = (await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))).json()
    assert told["expires_in"] <= 100
    later(seconds=left + 1)
    assert (await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))).status_code == 400
    await identity_doors.running.database.do(proxies.tend)
    rows = await identity_doors.rows("select headers, body from outbox where topic = 'identity.proxy_changed.v1' order by pos")
    assert [bytes(one.body).decode().rpartition('"change":"')[2][:-2] for one in rows] == ["given", "ending", "over"]
    assert {one.headers["cloudEvents:recipients"] for one in rows} == {f"{family.child.id},{family.daughter.id}"}


async def test_a_child_has_no_way_in_beside_its_guardian(identity_doors: Doors, family: Family) -> None:
    async def phone(**claims: Any) -> tuple[int, str]:
        body = {"person_id": str(family.child.id), "phone": "13900000199"}
        async with identity_doors.client(GRID, **claims) as client:
            answer = await client.post("/api/v1/phone-additions", json=body, headers={"idempotency-key": f"{time.time()}"})
        return (201, "") if answer.status_code == 201 else problem(answer)

    answer = await posts(identity_doors, GRID, "/guardianships", said(family))
    assert await phone() == (409, "guardian-acts"), "not while it waits either"
    key = answer.json()["id"]
    await posts(identity_doors, OFFICER, f"/{key}/second-look", {"number": NUMBER})
    assert await phone() == (409, "guardian-acts")
    await posts(identity_doors, family.daughter, f"/{key}/ending")
    assert await phone() == (201, "")


async def test_who_serves_here_or_is_a_ward_is_refused(identity_doors: Doors, family: Family) -> None:
    async with identity_doors.whole.begin() as connection:
        change = text("update people set login = 'guard', password_hash = 'x' where id = :id")
        await connection.execute(change, {"id": family.other.id})
    answer = await posts(identity_doors, GRID, "/guardianships", said(family, child_id=str(family.other.id)))
    assert problem(answer) == (409, "signs-in-already")
    await looked_at(identity_doors, family)
    body = said(family, guardian_id=str(family.child.id))
    assert problem(await posts(identity_doors, GRID, "/guardianships", body)) == (409, "guardian-acts")


async def test_for_a_ward_nobody_but_a_guardian_is_recorded(identity_doors: Doors, family: Family) -> None:
    await looked_at(identity_doors, family)
    body = wish(family, ["reports.read"], actor_id=str(family.other.id), principal_id=str(family.child.id), evidence="video")
    assert problem(await posts(identity_doors, GRID, "/records", body)) == (409, "guardian-acts")


async def test_both_parents_may_be_guardians_and_twelve_at_once_are_one(identity_doors: Doors, family: Family) -> None:
    answers = await asyncio.gather(*(posts(identity_doors, GRID, "/guardianships", said(family)) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    mother = await posts(identity_doors, GRID, "/guardianships", said(family, guardian_id=str(family.mother.id)))
    assert mother.status_code == 201


async def test_the_neighbours_record_none(identity_doors: Doors, family: Family) -> None:
    assert (await posts(identity_doors, FAR_GRID, "/guardianships", said(family))).status_code == 404
    assert (await posts(identity_doors, family.daughter, "/guardianships", said(family))).status_code == 404
    assert await identity_doors.rows("select 1 from proxies") == []


async def test_that_a_child_turned_six_is_said_once_and_no_birthday(
    identity_doors: Doors, family: Family, later: Callable[..., None]
) -> None:
    at = datetime.now(UTC) + timedelta(days=20)
    born = (at + timedelta(hours=8)).replace(year=at.year - 6, day=min(at.day, 28))
    written = number(born)
    body = said(family, number=written)
    key = (await posts(identity_doors, GRID, "/guardianships", body)).json()["id"]
    assert (await posts(identity_doors, OFFICER, f"/{key}/second-look", {"number": written})).status_code == 200
    heard = "select body from outbox where topic = 'identity.child_turned_six.v1'"
    for days, times in ((0, 0), (5, 0), (40, 1), (41, 1)):
        later(days=days)
        await asyncio.gather(*(identity_doors.running.database.do(proxies.tend) for _ in range(3)))
        rows = await identity_doors.rows(heard)
        assert len(rows) == times, days
    (row,) = rows
    assert sorted(json.loads(bytes(row.body))) == ["actor_id", "principal_id", "proxy_id"]


async def test_who_is_six_already_when_a_guardian_is_recorded_is_said_so_and_who_is_no_child_is_not(
    identity_doors: Doors, family: Family
) -> None:
    await looked_at(identity_doors, family)
    await posts(identity_doors, family.mother, "", wish(family))
    await identity_doors.running.database.do(proxies.tend)
    (row,) = await identity_doors.rows("select subject from outbox where topic = 'identity.child_turned_six.v1'")
    (kept,) = await identity_doors.rows("select id, six_told_at from proxies where kind = 'guardian'")
    assert (row.subject, kept.six_told_at is not None) == (f"proxy/{kept.id}", True)
