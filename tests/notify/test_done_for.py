"""Whoever was acted for by proxy is told so; staff of the place see it for who has no phone, but nothing of health."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from builders.doors import Doors
from builders.world import ADMIN, DOCTOR, FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT, Person

from chassis import bus
from chassis.testing import arrived
from contracts import health, health_contracts, reports
from contracts.event import EVENTS, Event
from services.notify.consumers import proxies
from services.notify.domain.notice import ACTS

REPORT: dict[str, Any] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "report_id": uuid4(), "number": "GH-20260302-0007", "reporter_id": RESIDENT.id,
}
VISIT: dict[str, Any] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "appointment_id": uuid4(), "slot_id": uuid4(),
    "starts_at": datetime(2026, 3, 2, tzinfo=UTC),
}
CONTRACT: dict[str, Any] = {"area": UNIT, "recipients": (RESIDENT.id,), "contract_id": uuid4(), "team_id": uuid4()}
DONE: list[Event] = [
    reports.ReportSubmitted(**REPORT, category="water"), reports.ReportResumed(**REPORT), reports.ReportWithdrawn(**REPORT),
    reports.ReportRated(**REPORT, satisfaction=5), reports.ReportReopened(**REPORT), health.AppointmentBooked(**VISIT),
    health.AppointmentSubmitted(**VISIT), health.AppointmentCancelled(**VISIT, by_patient=True),
    health.AppointmentWithdrawn(**VISIT, by_patient=True), health.AppointmentRescheduled(**VISIT, earlier_id=uuid4()),
    health_contracts.ContractAsked(**CONTRACT, by_team=False), health_contracts.ContractDeclined(**CONTRACT, by_team=False),
    health_contracts.ContractSigned(
        **CONTRACT, starts_at=datetime(2026, 3, 2, tzinfo=UTC), ends_at=datetime(2027, 3, 2, tzinfo=UTC), renews=False,
    ),
]


async def hear(doors: Doors, event: Event, *, by_proxy: bool = True) -> None:
    """Twice, as it may come."""
    came = arrived(event, datetime.now(UTC))
    came = replace(came, acting=SECOND_RESIDENT.id) if by_proxy else came
    for _ in range(2):
        await bus.handle(doors.running.database, proxies.consumers, came)


async def read(doors: Doors, who: Person, path: str = "", **asked: str) -> dict[str, Any]:
    async with doors.client(who) as client:
        answer = await client.get(f"/api/v1/notices{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_each_act_is_told_once_in_its_words(notify_doors: Doors) -> None:
    for event in DONE:
        await hear(notify_doors, event)
    items = (await read(notify_doors, RESIDENT))["items"]
    assert {one["template"] for one in items} == {"done-for-you"}
    assert sorted(one["text"] for one in items) == sorted(
        f"您的代办人已代您办理：{ACTS[event.topic]}。如非您本意，请结束该代办授权，或联系社区。" for event in DONE
    )
    assert (await read(notify_doors, SECOND_RESIDENT))["items"] == []


def test_what_is_heard_is_what_has_words() -> None:
    assert {event.topic for event in DONE} == set(ACTS) <= set(EVENTS)
    assert set(proxies.consumers.handlers) == set(ACTS)


async def test_what_somebody_does_themselves_is_not_told_so(notify_doors: Doors) -> None:
    for event in DONE:
        await hear(notify_doors, event, by_proxy=False)
    assert (await read(notify_doors, RESIDENT))["items"] == []


async def test_staff_of_the_place_see_it_and_nothing_of_health(notify_doors: Doors) -> None:
    for event in DONE:
        await hear(notify_doors, event)
    for who in (GRID, OFFICER, ADMIN):
        items = (await read(notify_doors, who, "/by-proxy"))["items"]
        assert [one["subject"].partition("/")[0] for one in items] == ["report"] * 5
        assert {one["person_id"] for one in items} == {str(RESIDENT.id)}
        assert (await read(notify_doors, who, "/by-proxy", person_id=str(SECOND_RESIDENT.id)))["total"] == 0
    for who in (RESIDENT, SECOND_RESIDENT, FAR_GRID, FAR_OFFICER, DOCTOR, GUARD):
        assert (await read(notify_doors, who, "/by-proxy"))["total"] == 0
