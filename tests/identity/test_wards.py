"""A child under fourteen decides nothing alone: its guardian, who is of age and known once, consents to every purpose."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.family import Family, number, posts, settle
from builders.real_names import asks, citizen, compared
from builders.world import GRID, OFFICER, Person
from identity.test_guardians import looked_at, said

from services.identity.actions import consents, proxies, wards
from services.identity.domain.consents import newest

DOOR = "/api/v1/consents"


@pytest.fixture
async def family(identity_doors: Doors) -> Family:
    return await settle(identity_doors)


def text(purpose: str = "hospital", **other: Any) -> dict[str, Any]:
    read = newest(purpose)
    return {"purpose": purpose, "version": read.version, "hash": read.hash, **other}


async def sends(doors: Doors, who: Person, body: Any, path: str = "") -> httpx.Response:
    async with doors.client(who) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def lines(doors: Doors, child: Person) -> list[tuple[str, UUID | None, bool]]:
    asked = "select purpose, guardian_id, withdrawn from consents where person_id = :id order by pos"
    rows = await doors.rows(asked, id=child.id)
    return [(row.purpose, row.guardian_id, row.withdrawn) for row in rows]


async def test_f08_a_child_alone_consents_to_nothing_and_its_guardian_to_each_purpose(
    identity_doors: Doors, family: Family
) -> None:
    await looked_at(identity_doors, family)
    for purpose in ("hospital", "health", "real-name", "face", "position"):
        assert problem(await sends(identity_doors, family.child, text(purpose))) == (403, "guardian-consents")
        given = await sends(identity_doors, family.daughter, text(purpose, child_id=str(family.child.id)))
        assert (given.status_code, given.json()["guardian_id"]) == (201, str(family.daughter.id)), given.text
    assert {guardian for _, guardian, _ in await lines(identity_doors, family.child)} == {family.daughter.id}
    async with identity_doors.client(family.daughter) as client:
        seen = (await client.get(DOOR, params={"child_id": str(family.child.id)})).json()
        assert len(seen) == 5
        assert (await client.get(DOOR)).json() == []  # and of her own nothing was given


async def test_nobody_else_consents_for_a_child_nor_sees_what_was(identity_doors: Doors, family: Family) -> None:
    body = text(child_id=str(family.child.id))
    gone = {"purpose": "hospital", "child_id": str(family.child.id)}
    assert problem(await sends(identity_doors, family.daughter, body)) == (403, "not-their-guardian")  # not yet
    key = await looked_at(identity_doors, family)
    for who in (family.mother, family.other, GRID, OFFICER):
        assert problem(await sends(identity_doors, who, body)) == (403, "not-their-guardian")
        assert problem(await sends(identity_doors, who, gone, "/withdrawal")) == (403, "not-their-guardian")
        async with identity_doors.client(who) as client:
            assert problem(await client.get(DOOR, params={"child_id": str(family.child.id)})) == (403, "not-their-guardian")
    await sends(identity_doors, family.daughter, body)
    await posts(identity_doors, family.daughter, f"/{key}/ending")
    assert problem(await sends(identity_doors, family.daughter, body)) == (403, "not-their-guardian")
    assert problem(await sends(identity_doors, family.child, text())) == (403, "guardian-consents")  # still not fourteen
    assert await lines(identity_doors, family.child) == [
        ("hospital", family.daughter.id, False), ("hospital", family.daughter.id, True),
    ]


async def test_what_staff_ended_may_have_been_a_mistake_and_makes_nobody_a_child(identity_doors: Doors, family: Family) -> None:
    key = await looked_at(identity_doors, family)
    assert (await posts(identity_doors, OFFICER, f"/{key}/ending")).status_code == 200
    assert (await sends(identity_doors, family.child, text())).status_code == 201


async def test_the_child_may_take_back_what_its_guardian_gave_and_so_may_the_guardian(
    identity_doors: Doors, family: Family
) -> None:
    await looked_at(identity_doors, family)
    body, gone = text(child_id=str(family.child.id)), {"purpose": "hospital"}
    await sends(identity_doors, family.daughter, body)
    assert (await sends(identity_doors, family.child, gone, "/withdrawal")).json()["withdrawn"]
    await sends(identity_doors, family.daughter, body)
    again = await sends(identity_doors, family.daughter, {**gone, "child_id": str(family.child.id)}, "/withdrawal")
    assert again.json()["withdrawn"]
    assert [withdrawn for *_, withdrawn in await lines(identity_doors, family.child)] == [False, True, False, True]


async def test_what_a_child_gave_alone_is_over_once_a_guardian_is_known_and_services_hear_it(
    identity_doors: Doors, family: Family
) -> None:
    assert (await sends(identity_doors, family.child, text())).status_code == 201
    await looked_at(identity_doors, family)
    assert await lines(identity_doors, family.child) == [("hospital", None, False), ("hospital", None, True)]
    told = await identity_doors.rows("select body from outbox where topic = 'identity.consent_changed.v1' order by pos")
    assert ["withdrawn" in bytes(one.body).decode() for one in told] == [False, True]


async def test_from_fourteen_on_the_person_decides_and_what_the_guardian_gave_is_over(
    identity_doors: Doors, family: Family, later: Callable[..., None]
) -> None:
    await looked_at(identity_doors, family)
    await sends(identity_doors, family.daughter, text(child_id=str(family.child.id)))
    [row] = await identity_doors.rows("select ends_at from proxies")
    later(seconds=(row.ends_at - datetime.now(UTC)).total_seconds() + 1)
    for _ in range(2):
        await identity_doors.running.database.do(proxies.tend)
    assert [withdrawn for *_, withdrawn in await lines(identity_doors, family.child)] == [False, True]
    assert not await identity_doors.running.database.do(lambda work: wards.is_child(work, family.child.id))
    read = newest("hospital")
    own = await identity_doors.running.database.do(lambda work: consents.give(
        work, family.child.id, "hospital", version=read.version, text_hash=read.hash, channel="guohuai",
    ))
    assert own.guardian_id is None


async def test_a_consent_and_the_end_of_a_guardianship_at_once_leave_none_standing(identity_doors: Doors, family: Family) -> None:
    key = await looked_at(identity_doors, family)
    body = text(child_id=str(family.child.id))
    await asyncio.gather(
        *(sends(identity_doors, family.daughter, body) for _ in range(6)),
        posts(identity_doors, family.daughter, f"/{key}/ending"),
        *(sends(identity_doors, family.daughter, body) for _ in range(6)),
    )
    assert not await identity_doors.running.database.do(lambda work: consents.stands(work, family.child.id, "hospital"))


async def test_a_guardian_is_of_age_by_their_own_number_or_papers(identity_doors: Doors, family: Family) -> None:
    door = "/guardianships"
    body = said(family) | {"guardian_number": None}
    assert problem(await posts(identity_doors, GRID, door, body)) == (422, "guardian-age-unshown")
    for years in (8, 17):
        young = body | {"guardian_number": number(years=years)}
        assert problem(await posts(identity_doors, GRID, door, young)) == (409, "guardian-unfit")
    assert problem(await posts(identity_doors, GRID, door, body | {"guardian_number": "1" * 18})) == (422, "not-an-id-number")
    assert await identity_doors.rows("select 1 from proxies") == []
    assert (await posts(identity_doors, GRID, door, body | {"guardian_papers": "passport"})).status_code == 201


async def test_a_guardians_number_is_the_one_that_was_compared_for_them(identity_doors: Doors, family: Family) -> None:
    theirs = await citizen(identity_doors)
    await compared(identity_doors, family.daughter.id, theirs.papers)
    other = said(family)
    assert problem(await posts(identity_doors, GRID, "/guardianships", other)) == (409, "guardian-unfit")
    answer = await posts(identity_doors, GRID, "/guardianships", other | {"guardian_number": theirs.number})
    assert answer.status_code == 201, answer.text
    assert theirs.number not in str(await identity_doors.rows("select * from proxies"))


async def test_whose_guardian_somebody_is_is_read_where_guardianships_are_kept(identity_doors: Doors, family: Family) -> None:
    async def mine() -> list[dict[str, Any]]:
        async with identity_doors.client(family.daughter) as client:
            return list((await client.get("/api/v1/people/me")).json()["facts"])

    assert await mine() == []
    key = await looked_at(identity_doors, family)
    [fact] = await mine()
    assert (fact["id"], fact["kind"], fact["child_id"], fact["evidence"]) == (
        key, "guardian-of", str(family.child.id), "household-book",
    )
    assert (fact["checked_by"], fact["ended_at"]) == (str(OFFICER.id), None)
    assert await identity_doors.rows("select 1 from facts") == []
    await posts(identity_doors, OFFICER, f"/{key}/ending")
    [fact] = await mine()
    assert (fact["why"], fact["ended_by"]) == ("ended", str(OFFICER.id))


async def test_a_child_with_a_phone_of_its_own_is_told_and_consents_no_more(identity_doors: Doors, family: Family) -> None:
    key = (await posts(identity_doors, GRID, "/guardianships", said(family, child_id=str(family.other.id)))).json()["id"]
    assert (await posts(identity_doors, OFFICER, f"/{key}/second-look", {"number": said(family)["number"]})).status_code == 200
    rows = await identity_doors.rows("select headers from outbox where topic = 'identity.proxy_changed.v1'")
    assert str(family.other.id) in rows[0].headers["cloudEvents:recipients"]
    assert problem(await sends(identity_doors, family.other, text())) == (403, "guardian-consents")


async def test_a_name_and_a_number_are_compared_with_consent_alone(identity_doors: Doors, family: Family) -> None:
    theirs = await citizen(identity_doors)
    answer = await asks(identity_doors, family.mother.id, theirs.papers, consenting=False)
    assert problem(answer) == (403, "real-name-consent-wanted")
    wrong = await asks(identity_doors, family.mother.id, theirs.papers | {"number": "x" * 18}, consenting=False)
    assert problem(wrong) == (403, "real-name-consent-wanted")  # the number is not even looked at
    assert await identity_doors.rows("select 1 from real_name_checks") == []


async def test_who_takes_that_consent_back_is_asked_of_nobody_and_no_number_leads_to_them(
    identity_doors: Doors, family: Family
) -> None:
    theirs = await citizen(identity_doors)
    await compared(identity_doors, family.mother.id, theirs.papers)
    assert (await sends(identity_doors, family.mother, {"purpose": "real-name"}, "/withdrawal")).status_code == 200
    assert await identity_doors.rows("select 1 from numbers") == []
    [fact] = await identity_doors.rows("select why, ended_at from facts")
    assert fact.why == "over"
    waiting = await citizen(identity_doors)
    assert (await asks(identity_doors, family.other.id, waiting.papers)).status_code == 202
    await sends(identity_doors, family.other, {"purpose": "real-name"}, "/withdrawal")
    [check] = await identity_doors.rows("select * from real_name_checks where person_id = :id", id=family.other.id)
    assert (check.state, check.sealed_asked) == ("unanswered", None)
    for _ in range(2):
        assert (await asks(identity_doors, family.other.id, waiting.papers)).status_code == 202
        await sends(identity_doors, family.other, {"purpose": "real-name"}, "/withdrawal")
    again = await asks(identity_doors, family.other.id, waiting.papers)  # taking it back buys no further checks
    assert problem(again) == (429, "checks-too-often")
