"""失约: who did not come although reminded, or gave back late, has points; so many end booking by oneself; an appeal mends."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.hut import ask, book, crowd, offer, problem
from builders.merged import Two, hear, whole
from builders.world import DOCTOR, FAR_OFFICER, FAR_RESIDENT, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from chassis import bus, privacy
from chassis.testing import arrived
from contracts.notify import ReminderSeen
from services.health import consumers
from services.health.actions import reminders, retention, visits, waiting
from services.health.domain.reminder import Ahead
from services.health.store.waiting import wanted

COUNTED, BEGUN, LIFTED = "health.breach_counted.v1", "health.sanction_begun.v1", "health.sanction_lifted.v1"
PASSED = "update appointments set cancel_until = now() - interval '1 second' where id = cast(:key as uuid)"
DUE = "health.appointment_reminded.v1"


async def changed(doors: Doors, sql: str, **given: Any) -> None:
    """What becomes of rows, behind everybody's back."""
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(sql), given)).rowcount > 0


async def said(doors: Doors, what: str) -> int:
    return (await doors.said()).count(what)


async def lay_down(doors: Doors, **more: Any) -> None:
    body = {"area": HERE, "minutes_before": 60, "late_points": 1, **more}
    assert (await ask(doors, OFFICER, "booking-policies", body)).status_code == 201


async def booked(doors: Doors, person: Person, begins: timedelta = timedelta(days=2)) -> str:
    answer = await book(doors, person, await offer(doors, begins, doctor=uuid4()))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def missed(doors: Doors, person: Person, many: int = 1, *, seen: str | None = "starts_at - interval '1 hour'") -> list[str]:
    """So many visits, one after the other, that nobody came to; its reminder was seen then."""
    keys = [await booked(doors, person, timedelta(days=n + 1)) for n in range(many)]
    ago = "starts_at = now() - interval '1 hour' * (:n + 1), ends_at = now() - interval '1 hour' * (:n + 0.5)"
    for n, key in enumerate(keys):
        await changed(doors, f"update appointments set {ago} where id = cast(:key as uuid)", key=key, n=n)
        if seen is not None:
            await changed(doors, f"update appointments set reminder_seen_at = {seen} where id = cast(:key as uuid)", key=key)
    await visits.miss_all(doors.running)
    return keys


async def late(doors: Doors, person: Person, by: Person | None = None) -> None:
    key = await booked(doors, person)
    await changed(doors, PASSED, key=key)
    assert (await ask(doors, by or person, f"appointments/{key}/cancellation")).status_code == 200


async def listed(doors: Doors, person: Person, **which: Any) -> list[dict[str, Any]]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/breaches", params=which)).json()["items"])


async def refused(doors: Doors, person: Person) -> str | None:
    """By which name booking is refused, or not at all."""
    answer = await ask(doors, person, "holds", {"slot_id": await offer(doors, timedelta(days=9), doctor=uuid4())})
    return None if answer.status_code == 201 else problem(answer)[1]


async def appeal(doors: Doors, person: Person, key: str, plea: str = "was_there") -> Any:
    return await ask(doors, person, f"breaches/{key}/appeal", {"plea": plea})


async def decide(doors: Doors, person: Person, key: str, finding: str) -> Any:
    return await ask(doors, person, f"breaches/{key}/decision", {"finding": finding})


async def test_who_is_near_their_visit_is_reminded_once_and_that_they_saw_it_is_kept(health_doors: Doors) -> None:
    near, far = await booked(health_doors, RESIDENT, timedelta(hours=20)), await booked(health_doors, RESIDENT)
    await changed(health_doors, "update appointments set booked_at = booked_at - interval '1 day'")
    await asyncio.gather(*(reminders.remind_all(health_doors.running) for _ in range(6)))
    await reminders.remind_all(health_doors.running)
    await health_doors.running.database.do(lambda work: reminders._remind(work, key=UUID(near), ahead=Ahead.DAY))  # late
    assert await said(health_doors, DUE) == 1
    first = datetime(2026, 1, 5, 8, tzinfo=UTC)
    for at in (first, first + timedelta(hours=1)):
        seen = ReminderSeen(notice_id=uuid4(), appointment_id=UUID(near))
        await bus.handle(health_doors.running.database, consumers.reminders, arrived(seen, at))
    rows = await health_doors.rows("select id::text as id, reminder_seen_at as seen from appointments")
    assert {(row.id, row.seen) for row in rows} == {(near, first), (far, None)}
    assert [str(row.appointment_id) for row in await health_doors.rows("select appointment_id from reminders")] == [near]


@pytest.mark.parametrize(("seen", "many"), [
    (None, 0), ("starts_at", 0), ("starts_at + interval '1 minute'", 0), ("starts_at - interval '1 second'", 1),
])
async def test_who_did_not_come_has_a_point_only_if_they_saw_the_reminder_before(
    health_doors: Doors, seen: str | None, many: int
) -> None:
    (key,) = await missed(health_doors, RESIDENT, seen=seen)
    found = await listed(health_doors, RESIDENT)
    assert [(one["appointment_id"], one["cause"], one["points"]) for one in found] == [(key, "missed", 1)] * many
    assert await said(health_doors, COUNTED) == many


async def test_giving_back_late_is_counted_by_the_policy_it_was_booked_under_and_only_of_oneself(health_doors: Doors) -> None:
    await lay_down(health_doors, late_points=2, limit_points=100)
    in_time = await booked(health_doors, RESIDENT)
    assert (await ask(health_doors, RESIDENT, f"appointments/{in_time}/cancellation")).status_code == 200
    await late(health_doors, RESIDENT, by=DOCTOR)
    assert await listed(health_doors, RESIDENT) == []
    key = await booked(health_doors, RESIDENT)
    await lay_down(health_doors, late_points=7, limit_points=100)
    await changed(health_doors, PASSED, key=key)
    to = {"slot_id": await offer(health_doors, timedelta(days=5), doctor=uuid4())}
    assert (await ask(health_doors, RESIDENT, f"appointments/{key}/rescheduling", to)).status_code == 201
    await late(health_doors, SECOND_RESIDENT)
    mine, = await listed(health_doors, RESIDENT)
    theirs, = await listed(health_doors, SECOND_RESIDENT)
    assert [(one["cause"], one["points"]) for one in (mine, theirs)] == [("late", 2), ("late", 7)]
    assert mine["policy_id"] != theirs["policy_id"]


async def test_three_points_end_booking_by_oneself_and_the_hut_books_all_the_same(health_doors: Doors) -> None:
    kept = await booked(health_doors, RESIDENT, timedelta(days=6))
    held = await offer(health_doors, timedelta(days=7), doctor=uuid4())
    await missed(health_doors, RESIDENT, 2)
    assert await refused(health_doors, RESIDENT) is None
    hold = (await ask(health_doors, RESIDENT, "holds", {"slot_id": held})).json()["id"]
    earlier = "starts_at = starts_at - interval '6 hours', ends_at = ends_at - interval '6 hours'"
    await changed(health_doors, f"update appointments set {earlier} where state = 'noshow'")
    await missed(health_doors, RESIDENT)
    await changed(health_doors, "update appointments set state = 'held' where id = cast(:key as uuid)", key=hold)
    until = (await listed(health_doors, RESIDENT))[0]["sanction_until"]
    left = datetime.fromisoformat(until) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    slot = await offer(health_doors, timedelta(days=8))
    for path, body in (
        ("holds", {"slot_id": slot}), ("appointments", {"slot_id": slot}), ("appointments", {"hold_id": hold}),
        ("waits", {"what": "slot", "target_id": slot}),
    ):
        answer = await ask(health_doors, RESIDENT, path, body)
        assert problem(answer) == (409, "barred")
        assert datetime.fromisoformat(answer.json()["until"]) == datetime.fromisoformat(until)
    assert (await ask(health_doors, RESIDENT, f"appointments/{kept}/rescheduling", {"slot_id": slot})).status_code == 201
    assert (await said(health_doors, BEGUN), await refused(health_doors, SECOND_RESIDENT)) == (1, None)
    other = await offer(health_doors, timedelta(days=10), doctor=uuid4())
    theirs = {"slot_id": other, "person_id": str(RESIDENT.id)}
    for person, status in ((RESIDENT, 404), (FAR_OFFICER, 404), (OFFICER, 404), (DOCTOR, 201)):
        assert (await ask(health_doors, person, "appointments/at-the-hut", theirs)).status_code == status
    assert problem(await ask(health_doors, DOCTOR, "appointments/at-the-hut", theirs))[0] == 409
    stranger = {"slot_id": slot, "person_id": str(FAR_RESIDENT.id)}
    assert problem(await ask(health_doors, DOCTOR, "appointments/at-the-hut", stranger)) == (422, "not-a-resident-here")


async def test_of_the_staff_as_well_nobody_who_is_barred_books_for_themselves(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT, 3)
    await changed(health_doors, "update sanctions set person_id = :who", who=DOCTOR.id)
    moved_in = "update directory_bindings set person_id = :who where person_id = :was"
    await changed(health_doors, moved_in, who=DOCTOR.id, was=RESIDENT.id)
    mine = {"slot_id": await offer(health_doors), "person_id": str(DOCTOR.id)}
    assert problem(await ask(health_doors, DOCTOR, "appointments/at-the-hut", mine)) == (409, "barred")


async def test_where_the_doctor_is_not_there_after_all_nobody_has_lost_anything(health_doors: Doors) -> None:
    await lay_down(health_doors)
    away, kept = [await booked(health_doors, RESIDENT, timedelta(days=n)) for n in (3, 4)]
    await changed(health_doors, "update slots set closed = true")
    await changed(health_doors, PASSED, key=kept)
    assert (await ask(health_doors, RESIDENT, f"appointments/{kept}/cancellation")).status_code == 200
    ago = "starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
    seen = "reminder_seen_at = now() - interval '1 day'"
    await changed(health_doors, f"update appointments set {ago}, {seen} where id = cast(:key as uuid)", key=away)
    await visits.miss_all(health_doors.running)
    rows = await health_doors.rows("select state from appointments order by starts_at")
    assert ([row.state for row in rows], await listed(health_doors, RESIDENT)) == (["noshow", "cancelled"], [])


async def test_those_of_65_and_over_are_spared_where_the_policy_says_so(health_doors: Doors) -> None:
    senior = {"area": HERE, "person_id": str(RESIDENT.id), "ground": "senior"}
    assert (await ask(health_doors, OFFICER, "slots/entitlements", senior)).status_code == 200
    await missed(health_doors, RESIDENT, 3)
    assert (await refused(health_doors, RESIDENT), await said(health_doors, BEGUN)) == (None, 0)
    await lay_down(health_doors, spares_seniors=False, limit_points=1)
    await late(health_doors, RESIDENT)
    assert await refused(health_doors, RESIDENT) == "barred"
    await lay_down(health_doors, limit_points=1)
    await late(health_doors, SECOND_RESIDENT)
    assert await refused(health_doors, SECOND_RESIDENT) == "barred"
    turned = {**senior, "person_id": str(SECOND_RESIDENT.id)}
    assert (await ask(health_doors, OFFICER, "slots/entitlements", turned)).status_code == 200
    assert await refused(health_doors, SECOND_RESIDENT) is None


async def test_points_of_long_ago_and_those_that_were_paid_for_count_no_more(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT, 2)
    await changed(health_doors, "update breaches set at = now() - interval '361 days'")
    await lay_down(health_doors)
    await late(health_doors, RESIDENT)
    await late(health_doors, RESIDENT)
    assert await refused(health_doors, RESIDENT) is None
    await late(health_doors, RESIDENT)
    assert await refused(health_doors, RESIDENT) == "barred"
    await changed(health_doors, "update sanctions set begins_at = now() - interval '31 days', ends_at = now() - interval '1 day'")
    await late(health_doors, RESIDENT)
    assert (await refused(health_doors, RESIDENT), await said(health_doors, BEGUN)) == (None, 1)


async def test_twelve_late_ones_at_once_come_to_four_sanctions_of_three_points_each(health_doors: Doors) -> None:
    await lay_down(health_doors)
    keys = [await booked(health_doors, RESIDENT, timedelta(days=n + 1)) for n in range(12)]
    await changed(health_doors, "update appointments set cancel_until = now() - interval '1 second'")
    paths = [f"appointments/{key}/cancellation" for key in keys]
    answers = await asyncio.gather(*(ask(health_doors, RESIDENT, path) for path in paths * 2))
    assert sorted(one.status_code for one in answers) == [200] * 12 + [409] * 12
    rows = await health_doors.rows("select sanction_id, sum(points) as points from breaches group by sanction_id")
    assert [row.points for row in rows] == [3] * 4
    assert await said(health_doors, COUNTED) == 12


async def test_an_appeal_suspends_until_somebody_else_has_decided_it(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT, 3)
    keys = [one["id"] for one in await listed(health_doors, RESIDENT)]
    assert await refused(health_doors, RESIDENT) == "barred"
    assert (await appeal(health_doors, RESIDENT, keys[0])).json()["plea"] == "was_there"
    assert await refused(health_doors, RESIDENT) is None
    assert [one["id"] for one in await listed(health_doors, OFFICER, open=True)] == [keys[0]]
    assert (await decide(health_doors, OFFICER, keys[0], "stands")).json()["finding"] == "stands"
    assert await refused(health_doors, RESIDENT) == "barred"
    assert (await appeal(health_doors, RESIDENT, keys[1], "ill")).status_code == 200
    answer = await decide(health_doors, OFFICER, keys[1], "excused")
    assert (answer.status_code, answer.json()["sanction_id"]) == (200, None)
    assert (await refused(health_doors, RESIDENT), await said(health_doors, LIFTED)) == (None, 1)
    await lay_down(health_doors)
    await late(health_doors, RESIDENT)
    assert await refused(health_doors, RESIDENT) == "barred", "what stands counts for itself again"


async def test_what_is_appealed_counts_for_nothing_until_it_stands(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT, 2)
    key = (await listed(health_doors, RESIDENT))[0]["id"]
    assert (await appeal(health_doors, RESIDENT, key)).status_code == 200
    await lay_down(health_doors)
    await late(health_doors, RESIDENT)
    assert await refused(health_doors, RESIDENT) is None
    assert (await decide(health_doors, OFFICER, key, "stands")).status_code == 200
    assert await refused(health_doors, RESIDENT) == "barred"


async def test_one_appeals_once_and_it_is_decided_once_whoever_presses(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT)
    (key,) = [one["id"] for one in await listed(health_doors, RESIDENT)]
    assert problem(await decide(health_doors, OFFICER, key, "stands")) == (409, "nothing-appealed")
    answers = await asyncio.gather(*(appeal(health_doors, RESIDENT, key) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"appealed-once"}
    answers = await asyncio.gather(*(decide(health_doors, OFFICER, key, word) for word in ("stands", "excused") * 6))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"nothing-appealed"}
    assert await said(health_doors, "health.breach_decided.v1") == 1
    acts = await health_doors.rows("select action from audit where subject = :subject order by at", subject=f"breach/{key}")
    assert [row.action for row in acts] == ["breaches.count", "breaches.appeal", "breaches.decide"]


async def test_who_appeals_who_decides_and_who_sees(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT)
    (key,) = [one["id"] for one in await listed(health_doors, RESIDENT)]
    for person, status in ((SECOND_RESIDENT, 404), (FAR_OFFICER, 404), (OFFICER, 404), (RESIDENT, 200)):
        assert (await appeal(health_doors, person, key)).status_code == status
    for person, status in ((RESIDENT, 403), (SECOND_RESIDENT, 404), (FAR_OFFICER, 404), (DOCTOR, 404)):
        assert (await decide(health_doors, person, key, "excused")).status_code == status
    assert (await appeal(health_doors, RESIDENT, key, "a cold")).status_code == 422
    for person, many in ((RESIDENT, 1), (OFFICER, 1), (DOCTOR, 0), (SECOND_RESIDENT, 0), (FAR_OFFICER, 0)):
        assert len(await listed(health_doors, person)) == many


@pytest.mark.parametrize("whose", ["person_id", "entered_by"])
async def test_nobody_decides_of_themselves_or_of_what_they_entered(health_doors: Doors, whose: str) -> None:
    await missed(health_doors, RESIDENT)
    (key,) = [one["id"] for one in await listed(health_doors, RESIDENT)]
    await appeal(health_doors, RESIDENT, key)
    await changed(health_doors, f"update breaches set {whose} = :who", who=OFFICER.id)
    assert problem(await decide(health_doors, OFFICER, key, "excused")) == (403, "not-by-those-concerned")
    with pytest.raises(Exception, match="ck_breaches_by_another"):
        decided = "update breaches set finding = 'excused', decided_at = now(), decided_by = :who"
        await changed(health_doors, decided, who=OFFICER.id)


async def test_who_is_barred_is_offered_nothing_by_a_line_but_takes_what_stands_instead_of_a_visit(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=3))
    (other,) = await crowd(health_doors, 1)
    (key,) = await missed(health_doors, RESIDENT)
    for person in (RESIDENT, other):
        assert (await ask(health_doors, person, "waits", {"what": "slot", "target_id": slot})).status_code == 201
    await missed_more(health_doors)
    async with health_doors.running.database.reading() as work:
        assert {row.person_id for row in await wanted(work)} == {other.id}  # no pair of theirs takes anybody's turn
    await waiting.offer_all(health_doors.running)
    (row,) = await health_doors.rows("select person_id from appointments where state = 'held'")
    assert row.person_id == other.id
    instead = "update appointments set person_id = :who, offered_for = cast(:key as uuid) where state = 'held' returning id"
    async with health_doors.whole.begin() as connection:
        hold = (await connection.execute(text(instead), {"who": RESIDENT.id, "key": key})).scalar_one()
    assert (await ask(health_doors, RESIDENT, "appointments", {"hold_id": str(hold)})).status_code == 201


async def missed_more(doors: Doors) -> None:
    """Two more points, which make three."""
    await changed(doors, "update breaches set points = 3")
    await lay_down(doors)
    await late(doors, RESIDENT)


async def test_breaches_are_handed_out_moved_with_their_person_and_forgotten(health_doors: Doors) -> None:
    stays, leads = await crowd(health_doors, 2)
    await missed(health_doors, leads, 3)
    held = health_doors.running.service.personal
    assert held is not None
    before, two = await whole(health_doors, "breaches", "sanctions"), Two(survivor=stays.id, source=leads.id)
    await hear(health_doors, two.merged)
    assert [await refused(health_doors, one) for one in (stays, leads)] == ["barred", None]
    await changed(health_doors, "update appointments set state = 'expired' where state = 'held'")
    await hear(health_doors, two.split)
    assert await whole(health_doors, "breaches", "sanctions") == before
    async with health_doors.running.database.reading() as work:
        told = await held.export(work, leads.id)
    assert ([one["cause"] for one in told["breaches"]], len(told["sanctions"])) == (["missed"] * 3, 1)
    await health_doors.running.database.do(lambda work: privacy.erase(work, held, leads.id))
    assert await health_doors.rows("select 1 from breaches union all select 1 from sanctions") == []


async def test_after_three_years_nothing_is_kept_of_it(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT, 3)
    for days, left in ((1094, 4), (1096, 0)):
        ago = f"now() - interval '{days} days'"
        await changed(health_doors, f"update breaches set at = {ago}")
        await changed(health_doors, f"update sanctions set begins_at = {ago} - interval '1 day', ends_at = {ago}")
        await retention.run(health_doors.running)
        assert len(await health_doors.rows("select 1 from breaches union all select 1 from sanctions")) == left


async def test_a_booking_that_forgot_whose_it_was_is_named_by_no_breach(health_doors: Doors) -> None:
    await missed(health_doors, RESIDENT)
    (kept,) = await missed(health_doors, SECOND_RESIDENT)
    ago = "starts_at = now() - interval '1101 days', ends_at = now() - interval '1100 days'"
    await changed(health_doors, f"update appointments set {ago} where person_id = :who", who=RESIDENT.id)
    await retention.run(health_doors.running)
    rows = await health_doors.rows("select appointment_id::text as id from breaches")
    assert [row.id for row in rows] == [kept]
