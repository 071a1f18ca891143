"""What a community promises is its own: read, changed by version, bounded, kept; what began under it goes on under it."""

import asyncio
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import PLUMBERS, brought_to, file, mark, named, step, unit
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_OFFICER,
    FAR_RESIDENT,
    FAR_ROOM,
    GRID,
    HERE,
    OFFICER,
    RESIDENT,
    SECOND_RESIDENT,
    THERE,
    UNIT,
    Person,
)
from hypothesis import given, settings
from hypothesis import strategies as some

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.calendar import CHENGDU
from contracts.identity import AssignmentChanged
from services.reports.actions import reports as acts
from services.reports.actions import waiting
from services.reports.domain.calendar import Calendar
from services.reports.domain.category import CATEGORIES
from services.reports.domain.clock import Kind, Policy, due
from services.reports.domain.terms import (
    DEFAULT,
    LONGEST,
    SHORTEST,
    DayUsedUp,
    DutyOutOfOrder,
    Settings,
    Terms,
    TermsNotNamed,
    TermsOutOfBounds,
    TermsStale,
)

SAID: dict[str, Any] = {
    "duty": [["08:30", "12:00"], ["14:00", "18:00"]], "respond": {"minutes": 60}, "contact": {"minutes": 45},
    "arrive": {"minutes": 30, "by_night": True}, "ordinary": {"minutes": 2880, "by_night": True},
    "resolve": {"safety": {"minutes": 90, "by_night": True}}, "return_limit": 1, "daily_reports": 3,
    "asks_where": True,
}
DUTY = ((510, 720), (840, 1080))
SUBDISTRICT = Person(role=Role.SUBDISTRICT_OFFICER, area="510104.clx")


async def read(doors: Doors, person: Person = OFFICER, area: str = HERE) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/settings/{area}")


async def put(
    doors: Doors, said: Any = None, *, on: str | None = '"0"', person: Person = OFFICER, area: str = HERE
) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        headers = {"if-match": on} if on is not None else {}
        return await client.put(f"/api/v1/settings/{area}", json=SAID if said is None else said, headers=headers)


async def versions(doors: Doors) -> list[dict[str, Any]]:
    async with doors.client(OFFICER) as client:
        return list((await client.get(f"/api/v1/settings/{HERE}/versions")).json()["items"])


async def clock(doors: Doors, key: str, kind: str) -> dict[str, Any]:
    async with doors.client(GRID) as client:
        return {one["kind"]: one for one in (await client.get(f"/api/v1/reports/{key}/clocks")).json()}[kind]


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


async def test_before_anybody_decided_the_default_is_in_force(reports_doors: Doors) -> None:
    answer = await read(reports_doors)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')
    assert "no-transform" in answer.headers["cache-control"]
    said = answer.json()
    assert (said["area"], said["decided_by"], said["decided_at"]) == (HERE, None, None)
    assert said["terms"]["duty"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert said["terms"]["resolve"]["safety"] == {"minutes": 120, "by_night": True}
    assert "version" not in answer.text


async def test_what_is_decided_is_in_force_at_once_there_and_nowhere_else(reports_doors: Doors) -> None:
    answer = await put(reports_doors)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    again = await read(reports_doors, ADMIN)
    assert (again.json(), again.headers["etag"]) == (answer.json(), '"1"')
    assert (again.json()["terms"]["duty"], again.json()["decided_by"]) == (SAID["duty"], str(OFFICER.id))
    assert (await read(reports_doors, FAR_OFFICER, THERE)).headers["etag"] == '"0"'


async def test_every_version_is_kept_with_who_decided_it_and_audited(reports_doors: Doors) -> None:
    await put(reports_doors)
    await put(reports_doors, SAID | {"daily_reports": 5}, on='"1"', person=ADMIN)
    told = await versions(reports_doors)
    assert [(one["version"], one["daily_reports"], one["decided_by"]) for one in told] == [
        (2, 5, str(ADMIN.id)), (1, 3, str(OFFICER.id)),
    ]
    audited = await reports_doors.rows("select actor_id, action, subject, reason from audit order by pos")
    assert [tuple(row) for row in audited] == [
        (person.id, "settings.write", f"settings/{HERE}", f"version {n}") for n, person in ((1, OFFICER), (2, ADMIN))
    ]


@pytest.mark.parametrize(("on", "status", "problem"), [
    (None, 428, "terms-not-named"), ("*", 428, "terms-not-named"), ("", 428, "terms-not-named"), ('"0"', 412, "terms-stale"),
    ('"2"', 412, "terms-stale"), ("1", 412, "terms-stale"), ('W/"1"', 412, "terms-stale"),
])
async def test_who_did_not_read_what_is_in_force_changes_nothing(
    reports_doors: Doors, on: str | None, status: int, problem: str
) -> None:
    await put(reports_doors)
    answer = await put(reports_doors, SAID | {"daily_reports": 9}, on=on)
    assert (answer.status_code, named(answer)) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["daily_reports"] for one in await versions(reports_doors)] == [3]
    assert (await put(reports_doors, on='"7", "1"')).headers["etag"] == '"2"'


async def test_of_many_who_read_the_same_version_one_decides(reports_doors: Doors) -> None:
    answers = await asyncio.gather(*(put(reports_doors, SAID | {"daily_reports": n + 1}) for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 11
    [won] = [answer.json()["terms"]["daily_reports"] for answer in answers if answer.status_code == 200]
    assert [(one["version"], one["daily_reports"]) for one in await versions(reports_doors)] == [(1, won)]
    assert len(await reports_doors.rows("select 1 from audit")) == 1


async def test_a_repeated_request_under_one_key_decides_once(reports_doors: Doors) -> None:
    await mark(reports_doors)
    key = keyed() | {"if-match": '"0"'}
    async with reports_doors.client(OFFICER) as client:
        first, again = [await client.put(f"/api/v1/settings/{HERE}", json=SAID, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert len(await versions(reports_doors)) == 1


@pytest.mark.parametrize(("person", "reads", "writes"), [
    (OFFICER, 200, 200), (ADMIN, 200, 200), (SUBDISTRICT, 200, 403), (GRID, 404, 404), (RESIDENT, 404, 404),
    (FAR_OFFICER, 404, 404), (FAR_GRID, 404, 404), (FAR_RESIDENT, 404, 404),
])
async def test_settings_are_read_by_the_offices_above_and_changed_by_the_community(
    reports_doors: Doors, person: Person, reads: int, writes: int
) -> None:
    serving = AssignmentChanged(
        area="510104.clx", assignment_id=uuid4(), person_id=SUBDISTRICT.id, role=Role.SUBDISTRICT_OFFICER, display_name="某某",
        starts_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    await bus.handle(reports_doors.running.database, directory.consumers("reports"), arrived(serving, datetime.now(UTC)))
    async with reports_doors.client(person) as client:
        assert (await client.get(f"/api/v1/settings/{HERE}/versions")).status_code == reads
    assert (await read(reports_doors, person)).status_code == reads
    assert (await put(reports_doors, person=person)).status_code == writes
    assert len(await reports_doors.rows("select 1 from terms")) == (writes == 200)


@pytest.mark.parametrize(("area", "status"), [
    ("510104", 404), ("510104.clx", 404), (f"{HERE}.g03", 404), (UNIT, 404), ("510104.clx.nowhere", 404), ("510104..clx", 422),
    ("510104.clx.x'y", 422),
])
async def test_only_a_community_that_is_there_has_settings(reports_doors: Doors, area: str, status: int) -> None:
    assert (await read(reports_doors, ADMIN, area)).status_code == status
    assert (await put(reports_doors, person=ADMIN, area=area)).status_code == status
    assert await reports_doors.rows("select 1 from terms") == []


async def test_while_it_is_not_sure_who_serves_nothing_is_decided(reports_doors: Doors) -> None:
    await mark(reports_doors, age=6)
    async with reports_doors.client(OFFICER) as client:
        answer = await client.put(f"/api/v1/settings/{HERE}", json=SAID, headers={"if-match": '"0"'})
    assert (answer.status_code, named(answer)) == (503, "directory-stale")


@pytest.mark.parametrize("wrong", [
    {"respond": {"minutes": SHORTEST - 1}}, {"ordinary": {"minutes": LONGEST + 1}}, {"contact": {"minutes": 10**30}},
    {"arrive": {"minutes": "60"}}, {"resolve": {"safety": {"minutes": 0}}}, {"resolve": {"dragons": {"minutes": 60}}},
    {"return_limit": 0}, {"return_limit": 10}, {"daily_reports": 0}, {"daily_reports": 201}, {"daily_reports": True},
    {"duty": [["09:00", "25:00"]]}, {"duty": [["9:00", "12:00"]]}, {"duty": [["09:00", "12:00"]] * 5}, {"duty": [["09:00"]]},
    {"surprise": 1}, {"version": 7}, {"respond": {"minutes": 60, "x": 1}}, {"respond": None},
])
async def test_what_is_out_of_bounds_is_refused_by_field_and_changes_nothing(reports_doors: Doors, wrong: dict[str, Any]) -> None:
    answer = await put(reports_doors, SAID | wrong)
    assert (answer.status_code, named(answer)) == (422, "invalid-request")
    assert next(iter(wrong)) in answer.json()["errors"][0]["pointer"]
    assert await reports_doors.rows("select 1 from terms") == []


@pytest.mark.parametrize("duty", [
    [["12:00", "09:00"]], [["13:00", "17:00"], ["09:00", "12:00"]], [["09:00", "12:00"], ["11:00", "13:00"]],
    [["09:00", "12:00"], ["12:00", "13:00"]], [["09:00", "09:00"]], [["09:00", "09:59"]],
])
async def test_duty_that_cannot_be_kept_is_refused(reports_doors: Doors, duty: list[list[str]]) -> None:
    answer = await put(reports_doors, SAID | {"duty": duty})
    assert (answer.status_code, named(answer)) == (422, "duty-out-of-order")
    assert await reports_doors.rows("select 1 from terms") == []


def test_the_longest_time_on_the_shortest_duty_ends() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert due(start, Policy(LONGEST), Calendar(((540, 600),))) > start


def paired(edges: set[int]) -> list[tuple[int, int]]:
    rising = sorted(edges)
    return list(zip(rising[::2], rising[1::2], strict=False))


spans = some.lists(some.tuples(some.integers(-60, 1500), some.integers(-60, 1500)), max_size=5)
spans |= some.sets(some.integers(0, 1440), max_size=10).map(paired)
minutes = some.integers(SHORTEST, LONGEST) | some.sampled_from([-1, SHORTEST - 1, SHORTEST, LONGEST, LONGEST + 1])
times = some.builds(Policy, minutes, some.booleans())


@settings(deadline=None)
@given(
    duty=spans, times=some.tuples(times, times, times, times), resolve=some.dictionaries(some.sampled_from(CATEGORIES), times),
    returns=some.integers(-1, 12), reports=some.integers(-1, 300),
    minute=some.integers(0, 6 * 365 * 1440),
)
def test_whatever_terms_are_taken_are_bounded_and_every_time_of_them_ends(
    *, duty: list[tuple[int, int]], times: tuple[Policy, ...], resolve: dict[str, Policy], returns: int, reports: int, minute: int
) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    try:
        taken = Terms(0, tuple(duty), *times, resolve, returns, reports)
    except DutyOutOfOrder:
        apart = all(a < b for a, b in duty) and all(a[1] < b[0] for a, b in pairwise(duty))
        within = all(0 <= edge <= 1440 for span in duty for edge in span)
        assert not (apart and within and len(duty) <= 4 and (not duty or sum(b - a for a, b in duty) >= 60))
        return
    except TermsOutOfBounds:
        every = [one.minutes for one in (*times, *resolve.values())]
        assert any(not SHORTEST <= one <= LONGEST for one in every) or not 1 <= returns <= 9 or not 1 <= reports <= 200
        return
    assert taken.return_limit in range(1, 10)
    assert taken.daily_reports in range(1, 201)
    for kind in Kind:
        for category in CATEGORIES:
            policy = taken.policy(kind, category)
            assert SHORTEST <= policy.minutes <= LONGEST
            assert due(start, policy, taken.calendar) >= start + policy.allowed


@given(
    version=some.integers(0, 3), relies_on=some.none() | some.text(max_size=12) | some.integers(0, 3).map(lambda n: f'"{n}"'),
)
def test_a_version_follows_only_the_one_that_was_named(version: int, relies_on: str | None) -> None:
    held = Settings(HERE, replace(DEFAULT, version=version))
    try:
        made = held.decide(DEFAULT, relies_on=relies_on, by=OFFICER.id, at=datetime(2026, 3, 2, tzinfo=UTC))
    except TermsNotNamed:
        assert (relies_on or "").strip() in {"", "*"}
    except TermsStale:
        assert f'"{version}"' not in (relies_on or "").replace(" ", "").split(",")
    else:
        assert made.terms.version == version + 1
        assert f'"{version}"' in (relies_on or "")


async def test_a_clock_begins_by_the_terms_in_force_and_keeps_them(reports_doors: Doors) -> None:
    old = await file(reports_doors)
    before = await clock(reports_doors, old, "respond")
    await put(reports_doors)
    new = await file(reports_doors)
    begun = await clock(reports_doors, new, "respond")
    assert (begun["policy_version"], before["policy_version"]) == (1, 0)
    assert moment(begun["due_at"]) == due(moment(begun["started_at"]), Policy(60), Calendar(DUTY))
    assert await clock(reports_doors, old, "respond") == before
    half = DEFAULT.calendar.after(moment(before["started_at"]), timedelta(hours=1))
    for at, warned in ((half - timedelta(seconds=1), 0), (half, 1)):
        while await reports_doors.running.database.do(waiting.ring_some, now=at):
            pass
        assert (await clock(reports_doors, old, "respond"))["warned"] == warned
    resolve = await clock(reports_doors, new, "resolve")
    assert moment(resolve["due_at"]) - moment(resolve["started_at"]) == timedelta(minutes=2880)


async def test_a_pause_is_reckoned_by_the_duty_the_clock_began_with(reports_doors: Doors) -> None:
    await put(reports_doors, SAID | {"ordinary": {"minutes": 600}})
    key = await brought_to(reports_doors, "processing")
    await put(reports_doors, SAID | {"ordinary": {"minutes": 600}, "duty": [["00:00", "01:00"]]}, on='"1"')
    assert (await step(reports_doors, GRID, key, "question")).status_code == 200
    paused = await clock(reports_doors, key, "resolve")
    assert (await step(reports_doors, RESIDENT, key, "supplement")).status_code == 200
    resumed = await clock(reports_doors, key, "resolve")
    assert (paused["state"], resumed["state"], resumed["policy_version"]) == ("paused", "running", 1)
    stood = moment(resumed["due_at"]) - moment(paused["due_at"])
    assert timedelta() <= stood < timedelta(minutes=5)  # by the new duty, of an hour a night, it would be days


async def test_units_are_summoned_by_the_terms_in_force(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    await put(reports_doors)
    await step(reports_doors, GRID, await brought_to(reports_doors, "processing"), "whistle")
    [row] = await reports_doors.rows("select due_at - blown_at as given from summonses")
    assert row.given == timedelta(minutes=30)


async def test_the_communitys_return_limit_holds(reports_doors: Doors) -> None:
    await put(reports_doors)
    first = (await step(reports_doors, GRID, await brought_to(reports_doors, "assigned"), "return")).json()
    assert (first["status"], first["level"]) == ("escalated", 2)


async def filing(doors: Doors, person: Person = RESIDENT, *, area: str = UNIT, token: str = "") -> httpx.Response:
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": area}, "client_token": token or str(uuid4())}
    async with doors.client(person) as client:
        return await client.post("/api/v1/reports", json=draft, headers=keyed())


async def test_a_residents_day_is_used_up_and_they_hear_when_to_come_again(reports_doors: Doors) -> None:
    await put(reports_doors)
    token = str(uuid4())
    assert [(await filing(reports_doors, token=one)).status_code for one in (token, "", "")] == [201, 201, 201]
    answer = await filing(reports_doors)
    assert (answer.status_code, named(answer), answer.json()["daily_reports"]) == (429, "day-used-up", 3)
    begins = datetime.now(UTC) + timedelta(seconds=int(answer.headers["retry-after"]))
    assert begins.astimezone(CHENGDU).hour == 0
    assert begins.astimezone(CHENGDU).minute == 0
    assert (await filing(reports_doors, token=token)).status_code == 201  # the same draft is the same report
    for other in (SECOND_RESIDENT, GRID, OFFICER):
        assert (await filing(reports_doors, other)).status_code == 201
    assert len(await reports_doors.rows("select 1 from reports where reporter_id = :id", id=RESIDENT.id)) == 3


async def test_staff_file_as_many_as_they_find_and_another_community_counts_its_own(reports_doors: Doors) -> None:
    await put(reports_doors, SAID | {"daily_reports": 1})
    assert [(await filing(reports_doors, GRID)).status_code for _ in range(3)] == [201] * 3
    far = FAR_ROOM.rpartition(".")[0]
    answers = [await filing(reports_doors, area=area) for area in (UNIT, far, far, UNIT)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]


async def test_of_many_drafts_at_once_no_more_than_the_days_are_taken(reports_doors: Doors) -> None:
    await put(reports_doors)
    answers = await asyncio.gather(*(filing(reports_doors) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 9
    assert (await reports_doors.said()).count("reports.report_submitted.v1") == 3


def test_the_day_begins_at_local_midnight() -> None:
    late = datetime(2026, 3, 2, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in Chengdu
    DEFAULT.must_take(DEFAULT.daily_reports - 1, late)
    with pytest.raises(DayUsedUp) as refused:
        DEFAULT.must_take(DEFAULT.daily_reports, late)
    assert refused.value.retry_after == 31
    assert acts.midnight(late) == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert acts.midnight(late + timedelta(seconds=30)) == datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_the_default_is_within_its_own_bounds_and_is_kept_whole() -> None:
    assert set(asdict(DEFAULT)) == {
        "version", "duty", "respond", "contact", "arrive", "ordinary", "resolve", "return_limit", "daily_reports", "households",
        "asks_where", "severity",
    }
