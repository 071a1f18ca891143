"""Notices: the right people hear, once, in words, and nobody reads another's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.world import FAR_GRID, GRID, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, UNIT, Person

from chassis import bus
from chassis.testing import arrived
from contracts.event import Event
from contracts.health import AppointmentBooked, AppointmentCancelled, AppointmentRescheduled
from contracts.reports import (
    PhotoRejected,
    ReportAccepted,
    ReportAssigned,
    ReportClosed,
    ReportDeclined,
    ReportEscalated,
    ReportQuestioned,
    ReportReopened,
    ReportResolved,
    ReportResumed,
    ReportStarted,
    ReportSubmitted,
    ReportSuspended,
)
from services.notify import consumers
from services.notify.domain.notice import TEMPLATES

REPORT: dict[str, object] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "report_id": uuid4(), "number": "GH-20260302-0007", "reporter_id": RESIDENT.id,
}
VISIT: dict[str, object] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "appointment_id": uuid4(), "slot_id": uuid4(),
    "starts_at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
}
UNTIL = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
TOLD: list[tuple[Event, set[tuple[str, UUID]]]] = [
    (ReportSubmitted(**REPORT, category="water"), {("report-received", RESIDENT.id), ("report-to-handle", GRID.id)}),
    (ReportAccepted(**REPORT), {("report-accepted", RESIDENT.id)}),
    (ReportAssigned(**REPORT, assignee_id=GRID.id), {("report-assigned", RESIDENT.id), ("report-for-you", GRID.id)}),
    (ReportStarted(**REPORT), {("report-started", RESIDENT.id)}),
    (ReportResolved(**REPORT, resolved_by=GRID.id), {("report-resolved", RESIDENT.id)}),
    (ReportClosed(**REPORT), {("report-closed", RESIDENT.id)}),
    (ReportReopened(**REPORT), {("report-reopened", GRID.id)}),
    (ReportDeclined(**REPORT, reason_code="not-ours"), {("report-declined", RESIDENT.id)}),
    (ReportQuestioned(**REPORT, until=UNTIL), {("report-questioned", RESIDENT.id)}),
    (ReportSuspended(**REPORT, until=UNTIL), {("report-suspended", RESIDENT.id)}),
    (ReportResumed(**REPORT), {("report-resumed", RESIDENT.id)}),
    (ReportEscalated(**REPORT, level=3, reason_code="too-late"), {("report-escalated", RESIDENT.id)}),
    (PhotoRejected(**REPORT, reason="not-readable"), {("photo-rejected", RESIDENT.id)}),
    (AppointmentBooked(**VISIT), {("appointment-booked", RESIDENT.id)}),
    (AppointmentCancelled(**VISIT, by_patient=False), {("appointment-cancelled", RESIDENT.id)}),
    (AppointmentRescheduled(**VISIT, earlier_id=uuid4()), {("appointment-rescheduled", RESIDENT.id)}),
]


async def hear(doors: Doors, event: Event, at: datetime | None = None) -> None:
    listening = consumers.health if event.topic.startswith("health.") else consumers.reports
    await bus.handle(doors.running.database, listening, arrived(event, at or datetime.now(UTC)))


async def inbox(doors: Doors, person: Person, **query: object) -> dict[str, object]:
    async with doors.client(person) as client:
        return dict((await client.get("/api/v1/notices", params=query)).json())  # type: ignore[arg-type]


@pytest.mark.parametrize(("event", "told"), TOLD, ids=[type(event).__name__ for event, _ in TOLD])
async def test_an_event_tells_whom_it_concerns(notify_doors: Doors, event: Event, told: set[tuple[str, UUID]]) -> None:
    await hear(notify_doors, event)
    rows = await notify_doors.rows("select template, person_id from notices")
    assert {(row.template, row.person_id) for row in rows} == told
    assert await notify_doors.said() == ["notify.notice_added.v1"] * len(told)
    for person in (SECOND_RESIDENT, OTHER_GRID, FAR_GRID, OFFICER):
        assert (await inbox(notify_doors, person))["total"] == 0


def test_every_template_is_used_by_an_event() -> None:
    assert {template for _, told in TOLD for template, _ in told} == set(TEMPLATES)


async def test_a_notice_is_said_in_words_with_local_time(notify_doors: Doors) -> None:
    await hear(notify_doors, AppointmentBooked(**VISIT))
    notice = (await inbox(notify_doors, RESIDENT))["items"][0]  # type: ignore[index]
    assert (notice["title"], notice["text"]) == ("预约成功", "您已预约 03月02日 09:30 的家庭医生视频问诊，请按时到健康小屋。")


async def test_a_question_says_until_when_it_waits_in_local_time(notify_doors: Doors) -> None:
    await hear(notify_doors, ReportQuestioned(**REPORT, until=UNTIL))
    notice = (await inbox(notify_doors, RESIDENT))["items"][0]  # type: ignore[index]
    assert notice["text"] == "处置人员需要您补充报事 GH-20260302-0007 的信息，请在 03月05日 18:00 前回复。"


async def test_what_happened_long_ago_is_kept_and_disturbs_nobody(notify_doors: Doors) -> None:
    await hear(notify_doors, TOLD[0][0], datetime.now(UTC) - timedelta(hours=2))
    assert await notify_doors.said() == []
    async with notify_doors.client(RESIDENT) as client:
        assert (await client.get("/api/v1/inbox")).json() == {"unread": 0}
        assert (await client.get("/api/v1/notices")).json()["total"] == 1


async def test_a_notice_is_read_by_its_person_once_and_by_nobody_else(notify_doors: Doors) -> None:
    await hear(notify_doors, TOLD[1][0])
    notice = (await inbox(notify_doors, RESIDENT))["items"][0]  # type: ignore[index]
    for other in (SECOND_RESIDENT, GRID, OFFICER):
        async with notify_doors.client(other) as client:
            assert (await client.post(f"/api/v1/notices/{notice['id']}/reading")).status_code == 404
    async with notify_doors.client(RESIDENT) as client:
        assert (await client.get("/api/v1/inbox")).json() == {"unread": 1}
        first = (await client.post(f"/api/v1/notices/{notice['id']}/reading")).json()
        again = (await client.post(f"/api/v1/notices/{notice['id']}/reading")).json()
        assert first["read_at"] == again["read_at"] is not None
        assert (await client.get("/api/v1/inbox")).json() == {"unread": 0}
    assert (await inbox(notify_doors, RESIDENT, unread=True))["total"] == 0
