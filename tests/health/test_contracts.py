"""签约: one team at a time, by the yes of both sides, for a year at least; what is served is noted once and never too much."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.hut import ask, book, crowd, offer, problem
from builders.merged import Two, hear, whole
from builders.signing_up import Team, ends_in, listed, team, whole_of
from builders.world import (
    ADMIN,
    DOCTOR,
    FAR_DOCTOR,
    FAR_OFFICER,
    FAR_RESIDENT,
    HERE,
    OFFICER,
    RESIDENT,
    SECOND_RESIDENT,
    STRANGER,
    THERE,
    UNIT,
    Person,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis import seen
from contracts.area import Role
from contracts.calendar import CHENGDU
from services.health.actions import retention
from services.health.actions.contracts import prompt_all
from services.health.actions.seen import LOOKS
from services.health.domain.contract import Contract, ContractNotHolding, Reason, State, years_after

ENDING = "health.contract_ending.v1"


@pytest.fixture
async def ours(health_doors: Doors) -> Team:
    return await team(health_doors)


async def changed(doors: Doors, sql: str, **given: Any) -> None:
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(sql), given)).rowcount > 0


async def told(doors: Doors, topic: str) -> list[dict[str, Any]]:
    """What the others hear of it, in order."""
    rows = await doors.rows("select body from outbox where topic = :topic order by pos", topic=topic)
    return [json.loads(row.body) for row in rows]


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


@given(st.integers(0, 16 * 366 * 24), st.integers(1, 3))
def test_a_year_is_the_same_day_of_a_later_year_in_chengdu(hours: int, years: int) -> None:
    begins = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)).astimezone(CHENGDU)
    ends = years_after(begins, years).astimezone(CHENGDU)
    leap = (begins.month, begins.day) == (2, 29) and (begins.year + years) % 4 != 0
    assert (ends.year, ends.month, ends.day) == (begins.year + years, *((3, 1) if leap else (begins.month, begins.day)))
    assert ends.time() == begins.time()


@given(st.integers(0, 3 * 366 * 24))
def test_each_moment_of_a_contract_is_in_one_of_its_years(hours: int) -> None:
    begins = datetime(2026, 3, 1, 4, tzinfo=UTC)
    ends, at = years_after(begins, 3), begins + timedelta(hours=hours)
    said = {"by_team": False, "starts_at": begins, "ends_at": ends}
    one = Contract(uuid4(), HERE, uuid4(), uuid4(), 3, State.SIGNED, begins, uuid4(), **said)  # type: ignore[arg-type]
    if at < ends:
        year = one.year(at)
        assert (years_after(begins, year - 1) if year > 1 else begins) <= at < years_after(begins, year)
        assert 1 <= year <= 3
    assert one.holds(at) is (at < ends)


def test_what_somebody_ended_just_now_is_not_ended_by_who_began_a_moment_before() -> None:
    begins = datetime(2026, 3, 1, 4, tzinfo=UTC)
    said = {"by_team": False, "starts_at": begins, "ends_at": years_after(begins, 1)}
    one = Contract(uuid4(), HERE, uuid4(), uuid4(), 1, State.SIGNED, begins, uuid4(), **said)  # type: ignore[arg-type]
    later = begins + timedelta(hours=1)
    one.end(Reason.MOVED, by=uuid4(), at=later)
    with pytest.raises(ContractNotHolding):
        one.end(Reason.OTHER, by=uuid4(), at=later - timedelta(milliseconds=1))
    assert (one.ends_at, one.reason) == (later, "moved")


async def test_a_resident_asks_and_a_doctor_of_the_team_signs(health_doors: Doors, ours: Team) -> None:
    made = await ours.asked(RESIDENT)
    assert (made.status_code, made.json()["state"], made.json()["starts_at"]) == (201, "asked", None)
    key = made.json()["id"]
    assert problem(await ours.act(RESIDENT, key, "signature")) == (403, "one-side-asks")
    assert problem(await ours.act(DOCTOR, key, "signature")) == (403, "not-of-the-team"), "a doctor of no team"
    other = await team(health_doors)
    assert problem(await ours.act(other.doctor, key, "signature")) == (403, "not-of-the-team"), "a doctor of another team"
    for stranger in (SECOND_RESIDENT, FAR_DOCTOR, OFFICER):
        assert (await ours.act(stranger, key, "signature")).status_code == 404
    signed = (await ours.act(ours.doctor, key, "signature")).json()
    begins, ends = moment(signed["starts_at"]), moment(signed["ends_at"])
    assert (signed["state"], ends) == ("signed", years_after(begins, 1))
    assert problem(await ours.act(ours.doctor, key, "signature")) == (409, "contract-answered")
    assert problem(await ours.act(RESIDENT, key, "declining")) == (409, "contract-answered")
    assert await health_doors.said() == ["health.contract_asked.v1", "health.contract_signed.v1"]


async def test_the_huts_staff_sign_for_a_team_of_their_area(health_doors: Doors, ours: Team) -> None:
    nurse = Person(role=Role.HUT_STAFF, area=HERE)
    await ours.joined(nurse, Role.HUT_STAFF, None)
    key = (await ours.asked(RESIDENT, years=2)).json()["id"]
    signed = (await ours.act(nurse, key, "signature")).json()
    assert moment(signed["ends_at"]) == years_after(moment(signed["starts_at"]), 2)


async def test_what_the_team_offers_holds_once_the_person_says_yes_themselves(health_doors: Doors, ours: Team) -> None:
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    for person, said in ((DOCTOR, (403, "not-of-the-team")), (OFFICER, (404, "not-found")), (FAR_DOCTOR, (404, "not-found"))):
        assert problem(await ask(health_doors, person, "contracts/at-the-hut", body)) == said
    made = await ask(health_doors, ours.doctor, "contracts/at-the-hut", body)
    assert (made.status_code, made.json()["by_team"]) == (201, True)
    for person in (FAR_DOCTOR, RESIDENT):
        said = [{**body, "person_id": str(whom)} for whom in (RESIDENT.id, SECOND_RESIDENT.id, uuid4())]
        answers = [await ask(health_doors, person, "contracts/at-the-hut", one) for one in said]
        assert [problem(one) for one in answers] == [(404, "not-found")] * 3, "whether somebody lives there is not theirs"
    key = made.json()["id"]
    colleague = Person(role=Role.DOCTOR, area=HERE)
    await ours.joined(colleague, Role.DOCTOR, ours.id)
    for person in (ours.doctor, colleague):
        assert problem(await ours.act(person, key, "signature")) == (403, "one-side-asks")
    assert problem(await ours.asked(RESIDENT)) == (409, "contract-waits")
    assert (await ours.act(RESIDENT, key, "signature")).json()["state"] == "signed"


async def test_nobody_is_both_sides(health_doors: Doors, ours: Team) -> None:
    await ours.joined(RESIDENT, Role.DOCTOR, ours.id)
    key = (await ours.asked(RESIDENT)).json()["id"]
    assert problem(await ours.act(RESIDENT, key, "signature")) == (403, "one-side-asks")
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    assert problem(await ask(health_doors, RESIDENT, "contracts/at-the-hut", body)) == (403, "one-side-asks")
    assert (await ours.act(ours.doctor, key, "signature")).status_code == 200
    assert problem(await ours.served(key, by=RESIDENT)) == (403, "one-side-asks")


async def test_a_team_is_one_of_doctors_that_serves_where_one_lives(health_doors: Doors) -> None:
    far, plumbers = await team(health_doors, THERE), await team(health_doors, kind="property")
    for which, person in ((far, RESIDENT), (plumbers, RESIDENT), (far, STRANGER)):
        assert problem(await which.asked(person)) == (422, "no-team-here")
    assert problem(await Team(health_doors, HERE).asked(RESIDENT)) == (422, "no-team-here")
    assert problem(await far.asked(FAR_RESIDENT, years=4)) == (422, "invalid-request")
    key = (await far.asked(FAR_RESIDENT)).json()["id"]
    assert [one["id"] for one in await listed(health_doors, FAR_RESIDENT, waiting=True)] == [key]
    await far.act(far.doctor, key, "signature")
    assert await listed(health_doors, FAR_RESIDENT, waiting=True) == []
    assert (await listed(health_doors, FAR_RESIDENT))[0]["area"] == THERE
    assert await listed(health_doors, RESIDENT) == await listed(health_doors, DOCTOR) == []
    assert (await whole_of(health_doors, RESIDENT, key))["status"] == 404


async def test_of_twelve_who_ask_at_once_for_one_person_one_waits(health_doors: Doors) -> None:
    teams = [await team(health_doors) for _ in range(12)]
    answers = await asyncio.gather(*(one.asked(RESIDENT) for one in teams))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"contract-waits"}
    (row,) = await health_doors.rows("select id, team_id from contracts")
    mine = next(one for one in teams if one.id == row.team_id)
    answers = await asyncio.gather(*(mine.act(mine.doctor, str(row.id), "signature") for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 11}
    assert await health_doors.said() == ["health.contract_asked.v1", "health.contract_signed.v1"]


async def test_the_database_itself_knows_one_team_at_a_time(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    again = (
        "insert into contracts select gen_random_uuid(), area, person_id, team_id, years, {state}, asked_at, asked_by, by_team, "
        "package_id, acting_id, {answered}, {answered_by}, {starts}, ends_at, ended_at, ended_by, reason from contracts"
    )
    signed = {"state": "state", "answered": "answered_at", "answered_by": "answered_by", "starts": "starts_at"}
    asked = {**signed, "state": "'asked'", "answered": "null", "answered_by": "null"}
    with pytest.raises(Exception, match="ex_contracts_person"):
        await changed(health_doors, again.format(**signed))
    await changed(health_doors, again.format(**asked) + f" where id = '{key}'")
    with pytest.raises(Exception, match="uq_contracts_asked"):
        await changed(health_doors, again.format(**asked) + f" where id = '{key}'")
    with pytest.raises(Exception, match="ck_contracts_two_sides"):
        await changed(health_doors, "update contracts set answered_by = asked_by where state = 'signed'")


async def test_one_has_one_team_and_the_next_follows_from_sixty_days_before_the_end(health_doors: Doors, ours: Team) -> None:
    other, key = await team(health_doors), await ours.signed(RESIDENT)
    refused = await other.asked(RESIDENT)
    assert problem(refused) == (409, "contract-runs")
    ends = moment((await whole_of(health_doors, RESIDENT, key))["ends_at"])
    assert moment(refused.json()["from_at"]) == ends - timedelta(days=60)
    await ends_in(health_doors, key, "60 days 1 hour")
    assert problem(await ours.asked(RESIDENT)) == (409, "contract-runs")
    await ends_in(health_doors, key, "59 days 23 hours")
    following = await other.signed(RESIDENT)
    (first, second) = [await whole_of(health_doors, RESIDENT, one) for one in (key, following)]
    assert (second["starts_at"], second["team_id"]) == (first["ends_at"], str(other.id))
    assert (first["year"], second["year"]) == (1, None), "the one holds, the other will"
    assert problem(await ours.asked(RESIDENT)) == (409, "contract-runs"), "the next one is signed already"
    assert [one["id"] for one in await listed(health_doors, RESIDENT, holding=True)] == [key]
    assert [one["renews"] for one in await told(health_doors, "health.contract_signed.v1")] == [False, True]
    await ends_in(health_doors, key, "-1 hour")
    assert problem(await ours.served(key)) == (409, "contract-not-holding")


async def test_who_asked_before_it_was_too_early_again_is_not_signed(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    await ends_in(health_doors, key, "30 days")
    asked = (await ours.asked(RESIDENT)).json()["id"]
    await ends_in(health_doors, key, "90 days")
    assert problem(await ours.act(ours.doctor, asked, "signature")) == (409, "contract-runs")


async def test_it_is_ended_by_either_side_and_another_team_may_be_asked(health_doors: Doors, ours: Team) -> None:
    other = await team(health_doors)
    key = await ours.signed(RESIDENT)
    why = {"reason": "changes"}
    assert problem(await ours.act(other.doctor, key, "termination", why)) == (403, "not-of-the-team")
    assert (await ours.act(SECOND_RESIDENT, key, "termination", why)).status_code == 404
    assert problem(await ours.act(RESIDENT, key, "termination", {"reason": "whim"})) == (422, "invalid-request")
    answers = await asyncio.gather(*(ours.act(RESIDENT, key, "termination", why) for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 11}
    over = await whole_of(health_doors, RESIDENT, key)
    assert (over["reason"], over["ends_at"], over["year"]) == ("changes", over["ended_at"], None)
    following = await other.signed(RESIDENT)
    assert (await ours.act(other.doctor, following, "termination", {"reason": "team_ends"})).status_code == 200
    assert (await health_doors.said()).count("health.contract_ended.v1") == 2


async def test_what_was_signed_for_later_and_ended_never_begins(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    await ends_in(health_doors, key, "30 days")
    following = await ours.signed(RESIDENT)
    ended = (await ours.act(RESIDENT, following, "termination", {"reason": "other"})).json()
    assert ended["state"] == "declined"
    assert (await ours.asked(RESIDENT)).status_code == 201


@pytest.mark.parametrize("who", ["person", "team"])
async def test_what_is_declined_or_taken_back_may_be_asked_anew(health_doors: Doors, ours: Team, who: str) -> None:
    key = (await ours.asked(RESIDENT)).json()["id"]
    by = RESIDENT if who == "person" else ours.doctor
    assert (await ours.act(by, key, "declining")).json()["state"] == "declined"
    assert [one["by_team"] for one in await told(health_doors, "health.contract_declined.v1")] == [who == "team"]
    assert (await ours.asked(RESIDENT)).status_code == 201


async def test_who_moved_away_is_not_signed(health_doors: Doors, ours: Team) -> None:
    (person,) = await crowd(health_doors, 1)
    key = (await ours.asked(person)).json()["id"]
    await changed(health_doors, "update directory_bindings set ends_at = now() where person_id = :who", who=person.id)
    assert problem(await ours.act(ours.doctor, key, "signature")) == (422, "not-a-resident-here")


async def test_a_package_has_so_many_a_year_and_never_one_more(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT, years=2)
    whole = await whole_of(health_doors, RESIDENT, key)
    assert whole["balance"] == [
        {"item": "follow_up", "yearly": 4, "served": 0, "left": 4}, {"item": "check_up", "yearly": 1, "served": 0, "left": 1},
    ]
    for person, status in ((RESIDENT, 403), (DOCTOR, 403), (OFFICER, 404), (FAR_DOCTOR, 404)):
        assert (await ours.served(key, by=person)).status_code == status
    answers = await asyncio.gather(*(ours.served(key) for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 8}
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "nothing-left")}
    assert problem(await ours.served(key, "home_visit")) == (409, "nothing-left"), "what is not in the package"
    whole = await whole_of(health_doors, RESIDENT, key)
    assert whole["balance"][0] == {"item": "follow_up", "yearly": 4, "served": 4, "left": 0}
    await changed(health_doors, "update contracts set starts_at = starts_at - interval '13 months'")
    whole = await whole_of(health_doors, RESIDENT, key)
    assert (whole["year"], whole["balance"][0]["left"]) == (2, 4), "each year anew"
    assert (await ours.served(key)).status_code == 201
    assert (await health_doors.said()).count("health.contract_served.v1") == 5


async def test_a_visit_is_counted_once_if_it_was_and_was_theirs(health_doors: Doors, ours: Team) -> None:
    key, theirs = await ours.signed(RESIDENT), await ours.signed(SECOND_RESIDENT)
    visit = (await book(health_doors, RESIDENT, await offer(health_doors))).json()["id"]
    assert problem(await ours.served(key, appointment_id=visit)) == (409, "visit-unfit"), "it was not yet"
    was = "update appointments set state = 'fulfilled', arrived_at = now(), called_at = now(), ended_at = now(), "
    await changed(health_doors, was + "starts_at = now() - interval '1 day', ends_at = now() - interval '23 hours'")
    assert problem(await ours.served(key, appointment_id=visit)) == (409, "visit-unfit"), "it was before the contract"
    await changed(health_doors, "update appointments set starts_at = now() - interval '1 second', ends_at = now()")
    await changed(health_doors, "update contracts set starts_at = now() - interval '1 hour'")
    assert problem(await ours.served(theirs, appointment_id=visit)) == (409, "visit-unfit"), "it was another's"
    assert problem(await ours.served(key, appointment_id=str(uuid4()))) == (409, "visit-unfit")
    answers = await asyncio.gather(*(ours.served(key, appointment_id=visit) for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    assert (await whole_of(health_doors, RESIDENT, key))["balance"][0]["left"] == 3


async def test_who_has_signed_keeps_the_package_they_signed(health_doors: Doors, ours: Team) -> None:
    first = await ours.signed(RESIDENT)
    said = {"area": HERE, "name": "老年健康包", "follow_up": 6, "home_visit": 2}
    for person, status in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404)):
        assert (await ask(health_doors, person, "contracts/packages", said)).status_code == status
    assert problem(await ask(health_doors, OFFICER, "contracts/packages", {**said, "area": f"{HERE}.nowhere"}))[0] == 422
    answers = await asyncio.gather(*(ask(health_doors, OFFICER, "contracts/packages", said) for _ in range(12)))
    assert sorted(one.json()["version"] for one in answers) == list(range(1, 13))
    await ask(health_doors, ADMIN, "contracts/packages", {**said, "area": "510104", "follow_up": 99})
    second = await ours.signed(SECOND_RESIDENT)
    old, new = await whole_of(health_doors, RESIDENT, first), await whole_of(health_doors, SECOND_RESIDENT, second)
    assert [(one["item"], one["yearly"]) for one in old["balance"]] == [("follow_up", 4), ("check_up", 1)]
    assert [(one["item"], one["yearly"]) for one in new["balance"]] == [("follow_up", 6), ("home_visit", 2)]
    assert (new["package"], len(await listed(health_doors, RESIDENT, "contracts/packages"))) == ("老年健康包", 13)
    assert [one["area"] for one in await listed(health_doors, FAR_RESIDENT, "contracts/packages")] == ["510104"]


async def test_staff_see_who_signed_and_was_never_served(health_doors: Doors, ours: Team) -> None:
    people = [RESIDENT, SECOND_RESIDENT, *await crowd(health_doors, 1)]
    old, fresh, served = [await ours.signed(one) for one in people]
    await ours.served(served)
    for key in (old, served):
        await ends_in(health_doors, key, "10 days")
    await prompt_all(health_doors.running)
    (one,) = await listed(health_doors, ours.doctor, "contracts/unserved")
    assert (one["id"], one["prompted_at"] is None) == (old, False)
    both = await listed(health_doors, ours.doctor, "contracts/unserved", days=1)
    assert [row["id"] for row in both] == [old]
    await changed(health_doors, "update contracts set starts_at = now() - interval '2 days' where id = :key", key=UUID(fresh))
    both = await listed(health_doors, ours.doctor, "contracts/unserved", days=1)
    assert [(row["id"], row["prompted_at"] is None) for row in both] == [(old, False), (fresh, True)]
    for person in (RESIDENT, OFFICER, FAR_DOCTOR):
        assert await listed(health_doors, person, "contracts/unserved", days=1) == []


async def test_whose_contract_ends_soon_is_told_two_months_and_two_weeks_before_and_once(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)

    async def said(span: str) -> list[str]:
        await ends_in(health_doors, key, span)
        await asyncio.gather(*(prompt_all(health_doors.running) for _ in range(6)))
        return [one["ahead"] for one in await told(health_doors, ENDING)]

    assert await said("61 days") == []
    assert await said("59 days") == ["two-months"]
    assert await said("15 days") == ["two-months"]
    assert await said("13 days") == ["two-months", "two-weeks"]
    assert await said("1 hour") == ["two-months", "two-weeks"]


@pytest.mark.parametrize("what", ["renewed", "ended"])
async def test_who_has_renewed_or_ended_it_is_told_nothing(health_doors: Doors, ours: Team, what: str) -> None:
    key = await ours.signed(RESIDENT)
    await ends_in(health_doors, key, "13 days")
    if what == "renewed":
        await ours.signed(RESIDENT)
    else:
        await ours.act(RESIDENT, key, "termination", {"reason": "moved"})
    await prompt_all(health_doors.running)
    assert ENDING not in await health_doors.said()


async def aside(doors: Doors) -> str:
    """A slot whose one seat is set aside."""
    slot = await offer(doors)
    await changed(doors, "update slots set set_aside = 1, set_aside_until = starts_at where id = :slot", slot=UUID(slot))
    return slot


async def test_a_contract_that_holds_entitles_by_itself(health_doors: Doors, ours: Team) -> None:
    slot = await aside(health_doors)
    key = (await ours.asked(RESIDENT)).json()["id"]
    assert problem(await book(health_doors, RESIDENT, slot)) == (409, "seats-set-aside"), "asked is not signed"
    await ours.act(ours.doctor, key, "signature")
    assert (await listed(health_doors, RESIDENT, "slots"))[0]["free"] == 1
    assert (await listed(health_doors, SECOND_RESIDENT, "slots"))[0]["free"] == 0
    made = await book(health_doors, RESIDENT, slot)
    assert made.status_code == 201, made.text
    await ask(health_doors, RESIDENT, f"appointments/{made.json()['id']}/cancellation")
    await ours.act(RESIDENT, key, "termination", {"reason": "moved"})
    assert problem(await book(health_doors, RESIDENT, slot)) == (409, "seats-set-aside"), "it is over"


async def test_ones_own_team_is_shown_first_and_page_by_page(health_doors: Doors, ours: Team) -> None:
    soon, soonest = await offer(health_doors, timedelta(hours=30)), await offer(health_doors, timedelta(hours=20))
    late, later = [await offer(health_doors, timedelta(days=days), doctor=ours.doctor.id) for days in (5, 6)]
    await ours.signed(RESIDENT)
    for person, wanted in ((RESIDENT, [late, later, soonest, soon]), (SECOND_RESIDENT, [soonest, soon, late, later])):
        found: list[str] = []
        async with health_doors.client(person) as client:
            asked: dict[str, Any] = {"own_team_first": True, "limit": 1}
            while True:
                page = (await client.get("/api/v1/slots", params=asked)).json()
                found += [one["id"] for one in page["items"]]
                if page["next"] is None:
                    break
                asked["cursor"] = page["next"]
        assert found == wanted
    assert [one["id"] for one in await listed(health_doors, RESIDENT, "slots")] == [soonest, soon, late, later]


async def test_a_proxy_is_named_and_needs_the_scope(health_doors: Doors, ours: Team) -> None:
    body = {"team_id": str(ours.id)}
    act = {"client_id": "guohuai.proxy", "act": {"sub": str(SECOND_RESIDENT.id)}}
    async with health_doors.client(RESIDENT, scope="health.book", **act) as client:
        assert problem(await client.post("/api/v1/contracts", json=body, headers=keyed())) == (403, "scope-missing")
    async with health_doors.client(RESIDENT, scope="contracts.ask", **act) as client:
        made = await client.post("/api/v1/contracts", json=body, headers=keyed())
    assert (made.status_code, made.json()["acting_id"]) == (201, str(SECOND_RESIDENT.id))


def by_proxy(doors: Doors, actor: Person, scope: str = "contracts.ask contracts.answer contracts.read") -> Any:
    """Somebody acts for the resident, as identity's token says."""
    return doors.client(RESIDENT, client_id="guohuai.proxy", scope=scope, act={"sub": str(actor.id)})


async def acts(doors: Doors, actor: Person, path: str = "", body: Any = None, **more: Any) -> Any:
    async with by_proxy(doors, actor, **more) as client:
        return await client.post(f"/api/v1/contracts{path}", json=body, headers=keyed())


async def test_a_daughter_signs_for_her_mother_what_the_team_offers_and_it_is_audited_and_said(
    health_doors: Doors, ours: Team
) -> None:
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    key = (await ask(health_doors, ours.doctor, "contracts/at-the-hut", body)).json()["id"]
    for scope in ("contracts.ask contracts.read", "health.book", "contracts.end"):
        assert problem(await acts(health_doors, SECOND_RESIDENT, f"/{key}/signature", scope=scope)) == (403, "scope-missing")
    ended = await acts(health_doors, SECOND_RESIDENT, f"/{key}/termination", {"reason": "other"})
    assert problem(ended) == (403, "scope-missing")
    async with by_proxy(health_doors, SECOND_RESIDENT) as client:
        (seen_,) = (await client.get("/api/v1/contracts?waiting=true")).json()["items"]
    assert seen_["id"] == key
    signed = await acts(health_doors, SECOND_RESIDENT, f"/{key}/signature")
    assert (signed.status_code, signed.json()["state"], signed.json()["acting_id"]) == (200, "signed", str(SECOND_RESIDENT.id))
    (row,) = await health_doors.rows("select answered_by from contracts")
    assert row.answered_by == RESIDENT.id
    noted = await health_doors.rows("select actor_id from audit where action = 'proxies.act'")
    assert {row.actor_id for row in noted} == {SECOND_RESIDENT.id}
    (event,) = await health_doors.rows("select headers from outbox where topic = 'health.contract_signed.v1'")
    assert str(SECOND_RESIDENT.id) in str(event.headers), "so that its person hears who did it"


async def test_who_acts_for_somebody_is_not_the_other_side_as_well(health_doors: Doors, ours: Team) -> None:
    nurse, colleague = Person(role=Role.HUT_STAFF, area=HERE), Person(role=Role.DOCTOR, area=HERE)
    await ours.joined(nurse, Role.HUT_STAFF, None)
    await ours.joined(colleague, Role.DOCTOR, ours.id)
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    for actor in (ours.doctor, colleague, nurse):
        assert problem(await acts(health_doors, actor, "", {"team_id": str(ours.id)})) == (403, "one-side-asks")
    key = (await ask(health_doors, ours.doctor, "contracts/at-the-hut", body)).json()["id"]
    for actor in (ours.doctor, colleague, nurse):
        assert problem(await acts(health_doors, actor, f"/{key}/signature")) == (403, "one-side-asks")
    assert (await acts(health_doors, SECOND_RESIDENT, f"/{key}/signature")).status_code == 200


async def test_who_asked_by_proxy_and_joins_the_team_then_does_not_answer_for_it(health_doors: Doors, ours: Team) -> None:
    key = (await acts(health_doors, SECOND_RESIDENT, "", {"team_id": str(ours.id)})).json()["id"]
    await ours.joined(SECOND_RESIDENT, Role.DOCTOR, ours.id)
    assert problem(await ours.act(SECOND_RESIDENT, key, "signature")) == (403, "one-side-asks")
    assert (await ours.act(ours.doctor, key, "signature")).status_code == 200


async def test_of_twelve_who_sign_by_proxy_or_themselves_one_does(health_doors: Doors, ours: Team) -> None:
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    key = (await ask(health_doors, ours.doctor, "contracts/at-the-hut", body)).json()["id"]
    answers = await asyncio.gather(
        *(acts(health_doors, SECOND_RESIDENT, f"/{key}/signature") for _ in range(6)),
        *(ours.act(RESIDENT, key, "signature") for _ in range(6)),
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 11}


async def test_a_contract_is_handed_out_moved_with_its_person_and_forgotten(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    await ours.served(key)
    held = health_doors.running.service.personal
    assert held is not None
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    before = await whole(health_doors, "contracts", "served")
    await hear(health_doors, two.merged)
    assert (await whole_of(health_doors, SECOND_RESIDENT, key))["balance"][0]["left"] == 3
    await hear(health_doors, two.split)
    assert await whole(health_doors, "contracts", "served") == before
    async with health_doors.running.database.reading() as work:
        (mine,) = (await held.export(work, RESIDENT.id))["contracts"]
    assert (mine["state"], [one["item"] for one in mine["served"]]) == ("signed", ["follow_up"])
    assert await health_doors.running.database.do(lambda work: held.erase(work, RESIDENT.id)) == 1
    assert await whole(health_doors, "contracts", "served") == {"contracts": [], "served": []}


async def test_of_two_who_are_one_the_survivors_contract_stays(health_doors: Doors, ours: Team) -> None:
    mine, theirs = await ours.signed(SECOND_RESIDENT), await ours.signed(RESIDENT)
    await hear(health_doors, Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id).merged)
    rows = {str(row.id): row.person_id for row in await health_doors.rows("select id, person_id from contracts")}
    assert rows == {mine: SECOND_RESIDENT.id, theirs: RESIDENT.id}


async def test_three_years_after_its_end_nothing_is_kept_of_it(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    await ours.served(key)
    for days, left in ((1094, 1), (1096, 0)):
        await ends_in(health_doors, key, f"-{days} days")
        await retention.run(health_doors.running)
        assert len(await health_doors.rows("select 1 from served")) == left


async def test_a_visit_that_forgot_whose_it_was_is_named_by_no_contract(health_doors: Doors, ours: Team) -> None:
    key = await ours.signed(RESIDENT, years=3)
    visit = (await book(health_doors, RESIDENT, await offer(health_doors))).json()["id"]
    was = "update appointments set state = 'fulfilled', arrived_at = now(), called_at = now(), ended_at = now(), "
    await changed(health_doors, was + "starts_at = now(), ends_at = now() + interval '1 minute'")
    assert (await ours.served(key, appointment_id=visit)).status_code == 201
    ago = "update appointments set starts_at = now() - interval '1100 days', ends_at = now() - interval '1099 days'"
    await changed(health_doors, ago)
    await retention.run(health_doors.running)
    (row,) = await health_doors.rows("select appointment_id, contract_id from served")
    assert (row.appointment_id, str(row.contract_id)) == (None, key)


async def test_who_sees_and_who_does_it_is_audited(
    health_doors: Doors, ours: Team, monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = await ours.signed(RESIDENT)
    await ours.served(key)
    await ours.act(RESIDENT, key, "termination", {"reason": "moved"})
    audited = await health_doors.rows("select action from audit where action like 'contracts.%' order by action")
    assert [row.action for row in audited] == ["contracts.ask", "contracts.end", "contracts.serve", "contracts.sign"]
    for person in (RESIDENT, ours.doctor):
        assert UNIT.startswith((await whole_of(health_doors, person, key))["area"])
    looked = await health_doors.rows("select actor_id, subject from audit where action = 'contracts.read'")
    assert [(row.actor_id, row.subject) for row in looked] == [(ours.doctor.id, f"contract/{key}")], "one's own is not"
    monkeypatch.setattr(seen, "_SETTLED", timedelta(0))
    await LOOKS.tell(health_doors.running)
    (shown,) = await told(health_doors, "health.record_shown.v1")
    assert (shown["actor_id"], shown["act"]) == (str(ours.doctor.id), "contracts.read")
