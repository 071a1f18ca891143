"""Notices: the right people hear, once, in words, and nobody reads another's."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.world import (
    ADMIN,
    FAR_GRID,
    GRID,
    HERE,
    LONG_AGO,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    SECOND_RESIDENT,
    THERE,
    UNIT,
    YARD,
    Person,
)

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import Event
from contracts.health import (
    AppointmentBooked,
    AppointmentCalled,
    AppointmentCalledOff,
    AppointmentCancelled,
    AppointmentDisplaced,
    AppointmentKept,
    AppointmentMissed,
    AppointmentRejected,
    AppointmentReminded,
    AppointmentRescheduled,
    AppointmentUnanswered,
    BreachAppealed,
    BreachCounted,
    BreachDecided,
    SanctionBegun,
    SanctionLifted,
    SeatOffered,
    SubscriptionSilenced,
)
from contracts.health_contracts import (
    ContractAsked,
    ContractDeclined,
    ContractEnded,
    ContractEnding,
    ContractServed,
    ContractSigned,
)
from contracts.identity import (
    AssignmentChanged,
    BindingChanged,
    BindingDenied,
    BindingProposed,
    CoverArranged,
    DeviceAdded,
    DuplicateFound,
    EmergencyBegun,
    EmergencyEnded,
    EmergencyReason,
    EmergencyReviewed,
    ErasureAsked,
    ExportRequested,
    FactChanged,
    FactorChanged,
    PersonSignedOut,
    PhoneChanged,
    ProxyChanged,
    UnitChanged,
)
from contracts.identity_homes import HelperChanged, InvitationAccepted
from contracts.identity_merges import PeopleMerged, PeopleSplit
from contracts.reports import (
    ClockMissed,
    ClockWarned,
    PhotoPublished,
    PhotoRejected,
    RecordingRejected,
    ReportAccepted,
    ReportAssigned,
    ReportClosed,
    ReportDeclined,
    ReportEscalated,
    ReportMerged,
    ReportNoted,
    ReportQuestioned,
    ReportRated,
    ReportReclassified,
    ReportReopened,
    ReportResolved,
    ReportResumed,
    ReportReturned,
    ReportStarted,
    ReportSubmitted,
    ReportSupported,
    ReportSuspended,
    ReportUnmerged,
    ReportWithdrawn,
    UnitArrived,
    UnitOverdue,
    WhistleBlown,
)
from contracts.reports_causes import CureBegun, CureDue, CureHandedOn, CureOverdue
from contracts.reports_outside import (
    CheckWaiting,
    FollowersTold,
    HookGone,
    HookSilenced,
    HotspotGrown,
    ReportHeld,
    ReportReleased,
)
from contracts.reports_units import UnitContributed
from deploy.local.layout import ROOT
from services.notify.consumers import health, identity, reports
from services.notify.domain.notice import DEVICES, EMERGENCIES, FACTORS, FACTS, FINDINGS, SIGNED_OUT, TEMPLATES

_LISTENING = {"reports": reports.consumers, "health": health.consumers, "identity": identity.consumers}
REPORT: dict[str, object] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "report_id": uuid4(), "number": "GH-20260302-0007", "reporter_id": RESIDENT.id,
}
VISIT: dict[str, object] = {
    "area": UNIT, "recipients": (RESIDENT.id,), "appointment_id": uuid4(), "slot_id": uuid4(),
    "starts_at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
}
WHOSE: dict[str, Any] = {"person_id": RESIDENT.id, "recipients": (RESIDENT.id,)}
OF_TWO: dict[str, Any] = {
    "merge_id": uuid4(), "survivor_id": RESIDENT.id, "source_id": SECOND_RESIDENT.id,
    "until": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
}
EMERGENCY: dict[str, Any] = {"area": UNIT, "emergency_id": uuid4(), "person_id": OFFICER.id, "reason": "fire"}
HOME = {"area": UNIT, "binding_id": uuid4(), "person_id": RESIDENT.id}
PROXY: dict[str, Any] = {
    "recipients": (RESIDENT.id, SECOND_RESIDENT.id), "proxy_id": uuid4(), "principal_id": RESIDENT.id,
    "actor_id": SECOND_RESIDENT.id, "kind": "relative",
}
UNTIL = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
IN_HAND: dict[str, object] = REPORT | {"assignee_id": GRID.id, "level": 1}
PLUMBERS = uuid4()
CURE: dict[str, Any] = {"area": UNIT, "cure_id": uuid4(), "owner_id": GRID.id, "review_on": UNTIL.date()}
VOICES = (uuid4(), uuid4())
CONTRACT: dict[str, Any] = {"area": UNIT, "recipients": (RESIDENT.id,), "contract_id": uuid4(), "team_id": uuid4()}
PLUMBER, LEAD = Person(role=Role.PROPERTY, area=YARD), Person(role=Role.COURTYARD_LEAD, area=YARD)
TOLD: list[tuple[Event, set[tuple[str, UUID]]]] = [
    (ReportSubmitted(**REPORT, category="water"), {("report-received", RESIDENT.id), ("report-to-handle", GRID.id)}),
    (
        ReportSubmitted(**REPORT, category="safety", level=3),
        {("report-received", RESIDENT.id), ("report-to-handle", OFFICER.id)},
    ),
    (ReportAccepted(**REPORT), {("report-accepted", RESIDENT.id)}),
    (HotspotGrown(**IN_HAND, people=5), {("hotspot-grown", GRID.id)}),
    (FollowersTold(**REPORT, step="submitted", followers=VOICES), {("followed-submitted", one) for one in VOICES}),
    (FollowersTold(**REPORT, step="resolved", followers=VOICES), {("followed-resolved", one) for one in VOICES}),
    (HookSilenced(area=HERE, hook_id=uuid4()), {("hook-silenced", OFFICER.id)}),
    (SubscriptionSilenced(area=HERE, hospital_id=uuid4(), subscription_id=uuid4()), {("subscription-silenced", OFFICER.id)}),
    (HookGone(area=HERE, hook_id=uuid4()), {("hook-gone", OFFICER.id)}),
    (CheckWaiting(**IN_HAND, check_id=uuid4(), reminder=1), {("check-waiting", OFFICER.id)}),
    (CheckWaiting(**IN_HAND | {"area": HERE}, check_id=uuid4(), reminder=2), {("check-waiting", OFFICER.id)}),
    (ReportHeld(**IN_HAND), {("report-held", RESIDENT.id), ("report-to-look-at", OFFICER.id)}),
    (ReportReleased(**REPORT), {("report-released", RESIDENT.id)}),
    (ReportAssigned(**REPORT, assignee_id=GRID.id), {("report-assigned", RESIDENT.id), ("report-for-you", GRID.id)}),
    (
        ReportAssigned(**REPORT, assignee_id=GRID.id, former_id=OFFICER.id),
        {("report-assigned", RESIDENT.id), ("report-for-you", GRID.id), ("report-reassigned", OFFICER.id)},
    ),
    (
        ReportAssigned(**REPORT, assignee_id=GRID.id, former_id=FAR_GRID.id),
        {("report-assigned", RESIDENT.id), ("report-for-you", GRID.id)},
    ),
    (
        ReportReclassified(**IN_HAND, category="water", former_category="road", changed_by=OFFICER.id),
        {("report-reclassified", RESIDENT.id), ("report-reclassified-in-hand", GRID.id)},
    ),
    (
        ReportReclassified(**IN_HAND, category="water", former_category="road", changed_by=GRID.id),
        {("report-reclassified", RESIDENT.id)},
    ),
    (
        ReportReclassified(**REPORT, category="water", former_category="road", changed_by=GRID.id),
        {("report-reclassified", RESIDENT.id)},
    ),
    (ReportStarted(**REPORT), {("report-started", RESIDENT.id)}),
    (ReportResolved(**REPORT, resolved_by=GRID.id), {("report-resolved", RESIDENT.id)}),
    (ReportClosed(**REPORT), {("report-closed", RESIDENT.id)}),
    (
        ReportResolved(**REPORT, resolved_by=GRID.id, voices=VOICES),
        {("report-resolved", RESIDENT.id), *(("report-resolved-too", one) for one in VOICES)},
    ),
    (ReportRated(**REPORT, satisfaction=5), set()),
    (ReportRated(**REPORT, satisfaction=5, voices=VOICES), {("report-rated-too", one) for one in VOICES}),
    (
        ReportClosed(**REPORT, voices=VOICES),
        {("report-closed", RESIDENT.id), *(("report-closed-too", one) for one in VOICES)},
    ),
    (
        ReportMerged(**REPORT, master_id=uuid4(), master_number="GH-20260301-0001", voices=VOICES),
        {("report-merged", RESIDENT.id), *(("report-merged-too", one) for one in VOICES)},
    ),
    (
        ReportUnmerged(**REPORT, master_id=uuid4(), voices=VOICES),
        {("report-unmerged", RESIDENT.id), *(("report-unmerged-too", one) for one in VOICES)},
    ),
    (ReportSupported(**REPORT, supporters=3), {("report-supported", RESIDENT.id)}),
    (ReportSupported(**REPORT, supporters=4), set()),
    (ReportNoted(**REPORT), {("report-noted", RESIDENT.id)}),
    (CureBegun(area=UNIT, cure_id=uuid4(), owner_id=GRID.id, review_on=UNTIL.date()), {("cure-begun", GRID.id)}),
    (CureDue(**CURE), {("cure-due", GRID.id)}),
    (CureDue(**CURE | {"owner_id": FAR_GRID.id}), {("cure-due", OFFICER.id)}),
    (CureOverdue(**CURE), {("cure-overdue", OFFICER.id)}),
    (CureHandedOn(**CURE, former_id=OFFICER.id), {("cure-begun", GRID.id), ("cure-handed-on", OFFICER.id)}),
    (CureHandedOn(**CURE, former_id=FAR_GRID.id), {("cure-begun", GRID.id)}),
    (ReportReopened(**REPORT), {("report-reopened", GRID.id)}),
    (ReportDeclined(**REPORT, reason_code="not-ours"), {("report-declined", RESIDENT.id)}),
    (ReportQuestioned(**REPORT, until=UNTIL), {("report-questioned", RESIDENT.id)}),
    (ReportSuspended(**REPORT, until=UNTIL), {("report-suspended", RESIDENT.id)}),
    (ReportResumed(**REPORT), {("report-resumed", RESIDENT.id)}),
    (
        ReportEscalated(**REPORT, level=3, reason_code="too-late"),
        {("report-escalated", RESIDENT.id), ("report-handed-up", OFFICER.id)},
    ),
    (ReportReturned(**REPORT, level=1, returned_by=OFFICER.id), {("report-returned", GRID.id)}),
    (ReportWithdrawn(**IN_HAND), {("report-withdrawn", GRID.id)}),
    (ReportWithdrawn(**IN_HAND, parent_id=uuid4()), {("part-abandoned", GRID.id)}),
    (ReportSubmitted(**REPORT, category="road", parent_id=uuid4()), {("report-to-handle", GRID.id)}),
    (ReportResolved(**REPORT, resolved_by=GRID.id, parent_id=uuid4()), set()),
    (ClockWarned(**IN_HAND, clock="contact", reminder=1, due_at=UNTIL), {("clock-warned", GRID.id)}),
    (ClockMissed(**IN_HAND, clock="resolve", due_at=UNTIL), {("clock-missed", GRID.id)}),
    (WhistleBlown(**IN_HAND, unit_ids=(PLUMBERS, uuid4()), due_at=UNTIL), {("whistle-blown", PLUMBER.id)}),
    (UnitArrived(**IN_HAND, unit_id=PLUMBERS, overdue=False, blown_by=OFFICER.id), {("unit-arrived", OFFICER.id)}),
    (UnitArrived(**IN_HAND, unit_id=PLUMBERS, overdue=True, blown_by=GRID.id), {("unit-arrived-late", GRID.id)}),
    (
        UnitContributed(**IN_HAND, unit_id=PLUMBERS, contributed_by=PLUMBER.id, blown_by=OFFICER.id),
        {("unit-contributed", OFFICER.id)},
    ),
    (UnitOverdue(**IN_HAND, unit_id=PLUMBERS, due_at=UNTIL, blown_by=OFFICER.id), {("unit-overdue", OFFICER.id)}),
    (PhotoRejected(**REPORT, reason="not-readable"), {("photo-rejected", RESIDENT.id)}),
    (RecordingRejected(**REPORT, sender_id=GRID.id, kind="video", reason="too-long"), {("recording-rejected", GRID.id)}),
    (PhotoPublished(**REPORT, photo_id=uuid4()), {("photo-published", RESIDENT.id)}),
    (AppointmentBooked(**VISIT), {("appointment-booked", RESIDENT.id)}),
    (AppointmentCancelled(**VISIT, by_patient=False), {("appointment-cancelled", RESIDENT.id)}),
    (AppointmentBooked(**VISIT, theirs=True), {("appointment-booked-there", RESIDENT.id)}),
    (AppointmentCancelled(**VISIT, by_patient=True, theirs=True), {("appointment-cancelled-there", RESIDENT.id)}),
    (AppointmentCancelled(**VISIT, by_patient=False, theirs=True, by_hospital=True),
     {("appointment-cancelled-by-hospital", RESIDENT.id)}),
    (AppointmentRescheduled(**VISIT, earlier_id=uuid4()), {("appointment-rescheduled", RESIDENT.id)}),
    (AppointmentRescheduled(**VISIT, earlier_id=uuid4(), by_hospital=True), {("appointment-moved-by-hospital", RESIDENT.id)}),
    (ErasureAsked(**WHOSE, erasure_id=uuid4()), {("erasure-asked", RESIDENT.id)}),
    (PeopleMerged(**OF_TWO), {("people-merged", RESIDENT.id)}),
    (PeopleSplit(**OF_TWO), {("people-split", RESIDENT.id), ("people-split", SECOND_RESIDENT.id)}),
    (ExportRequested(**WHOSE, export_id=uuid4(), public_jwk={}), {("export-asked", RESIDENT.id)}),
    (DeviceAdded(**WHOSE, device="windows"), {("device-added", RESIDENT.id)}),
    *((FactChanged(**WHOSE, fact_id=uuid4(), kind="in-person", change=change), {(f"fact-{change}", RESIDENT.id)})
      for change in ("added", "revoked", "over")),
    (BindingProposed(**HOME, until=UNTIL), {("binding-proposed", RESIDENT.id)}),
    (
        InvitationAccepted(area=HERE, recipients=(RESIDENT.id,), invitation_id=uuid4(), owner_id=RESIDENT.id, binding_id=uuid4()),
        {("invitation-accepted", RESIDENT.id)},
    ),
    (BindingDenied(**HOME, bound_by=(GRID.id,)), {("binding-denied", OFFICER.id)}),
    *((BindingChanged(**HOME, kind="owner", starts_at=LONG_AGO, change=change), {(f"binding-{change}", RESIDENT.id)})
      for change in ("begun", "ended", "corrected")),
    *((HelperChanged(**HOME, starts_at=LONG_AGO, change=change), {(f"binding-{change}", RESIDENT.id)})
      for change in ("begun", "ended", "corrected")),
    (DuplicateFound(area=HERE, duplicate_id=uuid4(), person_id=RESIDENT.id, other_id=SECOND_RESIDENT.id),
     {("duplicate-found", OFFICER.id)}),
    *((FactorChanged(**WHOSE, factor="passkey", change=change), {(f"factor-{change}", RESIDENT.id)})
      for change in get_args(FactorChanged.model_fields["change"].annotation)),
    *((PhoneChanged(**WHOSE, change=change), {(f"phone-{change}", RESIDENT.id)})
      for change in get_args(PhoneChanged.model_fields["change"].annotation)),
    *((ProxyChanged(**PROXY, change=change), {(f"proxy-{change}", RESIDENT.id), (f"proxy-{change}-too", SECOND_RESIDENT.id)})
      for change in get_args(ProxyChanged.model_fields["change"].annotation)),
    (AppointmentRejected(**VISIT), {("appointment-rejected", RESIDENT.id)}),
    (AppointmentUnanswered(**VISIT), {("appointment-unanswered", RESIDENT.id)}),
    (AppointmentKept(**VISIT), {("appointment-kept", RESIDENT.id)}),
    (AppointmentDisplaced(**VISIT), {("appointment-displaced", RESIDENT.id)}),
    (AppointmentCalled(**VISIT), {("appointment-called", RESIDENT.id)}),
    (AppointmentMissed(**VISIT), {("appointment-missed", RESIDENT.id)}),
    (AppointmentReminded(**VISIT, ahead="day"), {("appointment-reminded-day", RESIDENT.id)}),
    (AppointmentReminded(**VISIT, ahead="hour"), {("appointment-reminded-hour", RESIDENT.id)}),
    (AppointmentCalledOff(**VISIT, reason="illness"), {("appointment-called-off", RESIDENT.id)}),
    (SeatOffered(**VISIT, until=UNTIL), {("seat-offered", RESIDENT.id)}),
    (SeatOffered(**VISIT, until=UNTIL, waited=True), {("seat-came-free", RESIDENT.id)}),
    (
        BreachCounted(**WHOSE, breach_id=uuid4(), appointment_id=uuid4(), starts_at=UNTIL, cause="late", points=1),
        {("breach-counted", RESIDENT.id)},
    ),
    (BreachAppealed(area=UNIT, recipients=(RESIDENT.id,), breach_id=uuid4()), {("breach-appealed", OFFICER.id)}),
    (BreachDecided(**WHOSE, breach_id=uuid4(), finding="stands"), {("breach-decided", RESIDENT.id)}),
    (SanctionBegun(**WHOSE, sanction_id=uuid4(), until=UNTIL), {("sanction-begun", RESIDENT.id)}),
    (SanctionLifted(**WHOSE, sanction_id=uuid4()), {("sanction-lifted", RESIDENT.id)}),
    (ContractAsked(**{**CONTRACT, "team_id": PLUMBERS}, by_team=False), {("contract-asked", PLUMBER.id)}),
    (ContractAsked(**CONTRACT, by_team=True), {("contract-offered", RESIDENT.id)}),
    (ContractSigned(**CONTRACT, starts_at=UNTIL, ends_at=UNTIL, renews=False), {("contract-signed", RESIDENT.id)}),
    (ContractSigned(**CONTRACT, starts_at=UNTIL, ends_at=UNTIL, renews=True), {("contract-renewed", RESIDENT.id)}),
    (ContractDeclined(**CONTRACT, by_team=True), {("contract-declined", RESIDENT.id)}),
    (ContractDeclined(**CONTRACT, by_team=False), set()),
    (ContractEnded(**CONTRACT, by_person=False, reason="moved"), {("contract-ended", RESIDENT.id)}),
    (ContractEnding(**CONTRACT, ahead="two-weeks", ends_at=UNTIL), {("contract-ending", RESIDENT.id)}),
    (ContractServed(**CONTRACT, item="check_up"), {("contract-served", RESIDENT.id)}),
    (PersonSignedOut(**WHOSE, reason="stolen"), {("person-signed-out", RESIDENT.id)}),
    (
        CoverArranged(
            area=UNIT, assignment_id=uuid4(), person_id=OTHER_GRID.id, covered_id=GRID.id, starts_at=UNTIL, ends_at=UNTIL
        ),
        {("cover-arranged", OTHER_GRID.id), ("cover-arranged", GRID.id)},
    ),
    (EmergencyBegun(**EMERGENCY, role=Role.GUARD, ends_at=UNTIL), {("emergency-begun", ADMIN.id)}),
    (EmergencyBegun(**EMERGENCY | {"person_id": ADMIN.id}, role=Role.GUARD, ends_at=UNTIL), set()),
    (
        EmergencyEnded(**EMERGENCY, concerns_id=RESIDENT.id, began_at=UNTIL),
        {("emergency-to-review", ADMIN.id), ("emergency-concerned", RESIDENT.id)},
    ),
    (EmergencyEnded(**EMERGENCY, began_at=UNTIL), {("emergency-to-review", ADMIN.id)}),
    (EmergencyReviewed(**EMERGENCY, finding="unjustified"), {("emergency-reviewed", OFFICER.id)}),
]


async def hear(doors: Doors, event: Event, at: datetime | None = None) -> None:
    listening: bus.Consumers = _LISTENING[event.topic.partition(".")[0]]
    await bus.handle(doors.running.database, listening, arrived(event, at or datetime.now(UTC)))


async def serve(doors: Doors, person: Person, *, unit: UUID | None = None, ends_at: datetime | None = None) -> None:
    """Somebody begins to serve, as identity would tell; for a unit, that is made first."""
    said: list[Event] = [UnitChanged(area=UNIT, unit_id=unit, kind="property", name="惠民物业", serves=(UNIT,))] if unit else []
    assert person.role is not None
    said.append(AssignmentChanged(
        area=person.area or "", assignment_id=uuid4(), person_id=person.id, role=person.role, unit_id=unit, display_name="某某",
        starts_at=LONG_AGO, ends_at=ends_at,
    ))
    for event in said:
        await bus.handle(doors.running.database, directory.consumers("notify"), arrived(event, LONG_AGO))


async def told_of(doors: Doors, event: Event) -> set[tuple[str, UUID]]:
    """Who was told what by this event; nobody the same twice, and each was announced once."""
    await hear(doors, event)
    rows = await doors.rows("select template, person_id from notices where subject = :subject", subject=event.subject)
    told = [(row.template, row.person_id) for row in rows]
    assert len(told) == len({person for _, person in told}) == len(await doors.said())
    return set(told)


async def inbox(doors: Doors, person: Person, **query: object) -> dict[str, object]:
    async with doors.client(person) as client:
        return dict((await client.get("/api/v1/notices", params=query)).json())  # type: ignore[arg-type]


@pytest.mark.parametrize(("event", "told"), TOLD, ids=[type(event).__name__ for event, _ in TOLD])
async def test_an_event_tells_whom_it_concerns(notify_doors: Doors, event: Event, told: set[tuple[str, UUID]]) -> None:
    await serve(notify_doors, PLUMBER, unit=PLUMBERS)
    await hear(notify_doors, event)
    rows = await notify_doors.rows("select template, person_id from notices")
    assert {(row.template, row.person_id) for row in rows} == told
    assert await notify_doors.said() == ["notify.notice_added.v1"] * len(told)
    for person in (SECOND_RESIDENT, OTHER_GRID, FAR_GRID, OFFICER):
        assert (await inbox(notify_doors, person))["total"] == (person.id in {one for _, one in told})


def test_every_template_is_used_by_an_event() -> None:
    assert {template for _, told in TOLD for template, _ in told} | {"done-for-you"} == set(TEMPLATES)


def test_the_documents_table_has_every_notice_in_its_words() -> None:
    page = (ROOT / "docs" / "reports.md").read_text()
    about_reports = {one for event, told in TOLD if event.topic.startswith("reports.") for one, _ in told}
    assert [one for one in sorted(about_reports) if f"| {TEMPLATES[one][1]} |" not in page] == []


async def test_a_notice_is_said_in_words_with_local_time(notify_doors: Doors) -> None:
    await hear(notify_doors, AppointmentBooked(**VISIT))
    notice = (await inbox(notify_doors, RESIDENT))["items"][0]  # type: ignore[index]
    assert notice["title"] == "预约成功"
    assert notice["text"] == "您已预约 03月02日 09:30 的家庭医生问诊，请按时就诊，地点和方式见预约详情。"


async def test_a_hospitals_seat_is_not_called_a_visit_with_the_family_doctor(notify_doors: Doors) -> None:
    await hear(notify_doors, AppointmentBooked(**VISIT, theirs=True))
    await hear(notify_doors, AppointmentCancelled(**VISIT, by_patient=True, theirs=True))
    texts = {str(one["text"]) for one in (await inbox(notify_doors, RESIDENT))["items"]}  # type: ignore[attr-defined]
    assert texts == {"您 03月02日 09:30 的预约已成功，医院已确认，请按时前往医院就诊。", "您 03月02日 09:30 的医院预约已取消。"}


@pytest.mark.parametrize(("factor", "word"), [
    ("passkey", "通行密钥"), ("authenticator", "身份验证器（动态验证码）"), ("wechat", "微信账号"),
])
async def test_a_way_in_is_called_as_people_call_it(notify_doors: Doors, factor: str, word: str) -> None:
    await hear(notify_doors, FactorChanged(**WHOSE, factor=factor, change="added"))
    (one,) = (await inbox(notify_doors, RESIDENT))["items"]  # type: ignore[misc]
    assert one["text"] == f"您的账号新增了登录方式：{word}。如非本人操作，请立即移除它，并联系社区。"


def test_every_reason_for_signing_somebody_out_and_for_an_emergency_has_words() -> None:
    assert set(SIGNED_OUT) == set(get_args(PersonSignedOut.model_fields["reason"].annotation))
    assert set(FINDINGS) == set(get_args(EmergencyReviewed.model_fields["finding"].annotation))
    assert set(EMERGENCIES) == set(get_args(EmergencyReason))


def test_every_kind_of_device_has_a_name_people_know() -> None:
    assert set(DEVICES) == set(get_args(DeviceAdded.model_fields["device"].annotation))
    assert set(FACTORS) == set(get_args(FactorChanged.model_fields["factor"].annotation))


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


async def test_where_an_office_is_vacant_the_next_one_up_hears_and_no_one_below(notify_doors: Doors) -> None:
    up = ReportEscalated(**REPORT, level=2, reason_code="by-staff")
    assert await told_of(notify_doors, up) == {("report-escalated", RESIDENT.id), ("report-handed-up", OFFICER.id)}
    await notify_doors.clean()
    await serve(notify_doors, LEAD)
    assert await told_of(notify_doors, up) == {("report-escalated", RESIDENT.id), ("report-handed-up", LEAD.id)}
    await notify_doors.clean()
    top = ReportEscalated(**REPORT, level=4, reason_code="by-staff")
    assert await told_of(notify_doors, top) == {("report-escalated", RESIDENT.id)}


async def test_the_time_to_respond_is_the_offices_too_and_who_is_both_hears_once(notify_doors: Doors) -> None:
    climbed = REPORT | {"assignee_id": GRID.id, "level": 3, "clock": "respond", "due_at": UNTIL}
    missed = ClockMissed(**climbed)
    assert await told_of(notify_doors, missed) == {("clock-missed", GRID.id), ("clock-missed", OFFICER.id)}
    await notify_doors.clean()
    both = ClockMissed(**(climbed | {"assignee_id": OFFICER.id}))
    assert await told_of(notify_doors, both) == {("clock-missed", OFFICER.id)}


async def test_who_serves_in_two_places_or_two_units_hears_once(notify_doors: Doors) -> None:
    await serve(notify_doors, PLUMBER, unit=PLUMBERS)
    await serve(notify_doors, PLUMBER, unit=(other := uuid4()))
    await serve(notify_doors, Person(role=Role.GRID_WORKER, area=UNIT, id=GRID.id))
    blown = WhistleBlown(**IN_HAND, unit_ids=(PLUMBERS, other), due_at=UNTIL)
    assert await told_of(notify_doors, blown) == {("whistle-blown", PLUMBER.id)}
    await notify_doors.clean()
    await serve(notify_doors, Person(role=Role.GRID_WORKER, area=UNIT, id=GRID.id))
    warned = ClockWarned(**REPORT, level=1, clock="respond", reminder=2, due_at=UNTIL)
    assert await told_of(notify_doors, warned) == {("clock-warned", GRID.id)}


async def test_the_officer_who_reported_it_and_has_it_now_hears_once(notify_doors: Doors) -> None:
    own = ReportEscalated(**(REPORT | {"reporter_id": OFFICER.id}), level=3, reason_code="too-late")
    assert await told_of(notify_doors, own) == {("report-handed-up", OFFICER.id)}


@pytest.mark.parametrize("gone", [SECOND_RESIDENT.id, OTHER_GRID.id, FAR_GRID.id, None])
async def test_for_an_assignee_who_serves_there_no_longer_the_office_hears(notify_doors: Doors, gone: UUID | None) -> None:
    warned = ClockWarned(**REPORT, assignee_id=gone, level=3, clock="resolve", reminder=1, due_at=UNTIL)
    assert await told_of(notify_doors, warned) == {("clock-warned", OFFICER.id)}


async def test_an_office_that_was_left_hears_nothing_more(notify_doors: Doors) -> None:
    await serve(notify_doors, LEAD, ends_at=datetime.now(UTC) - timedelta(days=1))
    warned = ClockWarned(**REPORT, assignee_id=LEAD.id, level=2, clock="resolve", reminder=1, due_at=UNTIL)
    assert await told_of(notify_doors, warned) == {("clock-warned", OFFICER.id)}


async def test_of_a_unit_only_those_are_summoned_who_serve_where_it_is(notify_doors: Doors) -> None:
    await serve(notify_doors, Person(role=Role.PROPERTY, area=THERE), unit=PLUMBERS)
    await serve(notify_doors, Person(role=Role.PROPERTY, area=YARD), unit=uuid4())
    await serve(notify_doors, PLUMBER, unit=PLUMBERS)
    blown = WhistleBlown(**IN_HAND, unit_ids=(PLUMBERS,), due_at=UNTIL)
    assert await told_of(notify_doors, blown) == {("whistle-blown", PLUMBER.id)}


async def test_when_the_only_grid_worker_gives_it_back_the_office_above_finds_a_hand(notify_doors: Doors) -> None:
    back = ReportReturned(**REPORT, level=1, returned_by=GRID.id)
    assert await told_of(notify_doors, back) == {("report-returned", OFFICER.id)}


async def test_who_blew_the_whistle_hears_else_the_assignee_else_the_office(notify_doors: Doors) -> None:
    late: dict[str, object] = {"unit_id": PLUMBERS, "due_at": UNTIL}
    for blown_by, assignee, heard in (
        (OFFICER.id, GRID.id, OFFICER.id), (FAR_GRID.id, GRID.id, GRID.id), (None, GRID.id, GRID.id), (None, None, OFFICER.id),
    ):
        await notify_doors.clean()
        overdue = UnitOverdue(**REPORT, **late, level=3, assignee_id=assignee, blown_by=blown_by)
        assert await told_of(notify_doors, overdue) == {("unit-overdue", heard)}


async def test_what_an_older_publisher_said_reaches_the_first_office(notify_doors: Doors) -> None:
    assert await told_of(notify_doors, ClockMissed(**REPORT, clock="arrive", due_at=UNTIL)) == {("clock-missed", GRID.id)}
    notice = (await inbox(notify_doors, GRID))["items"][0]  # type: ignore[index]
    assert notice["text"] == "报事 GH-20260302-0007 未在 03月05日 18:00 前办理，已超过时限。"


async def test_a_unit_is_called_by_its_name_once_that_is_known(notify_doors: Doors) -> None:
    overdue = UnitOverdue(**IN_HAND, unit_id=PLUMBERS, due_at=UNTIL)
    for known, called in ((False, "协助单位"), (True, "惠民物业")):
        await notify_doors.clean()
        if known:
            await serve(notify_doors, PLUMBER, unit=PLUMBERS)
        await hear(notify_doors, overdue)
        notice = (await inbox(notify_doors, GRID))["items"][0]  # type: ignore[index]
        assert notice["text"] == f"报事 GH-20260302-0007：{called}未在 03月05日 18:00 前到场报到，请跟进。"


def test_every_kind_of_fact_has_its_word() -> None:
    assert set(FACTS) == set(get_args(FactChanged.model_fields["kind"].annotation))


async def test_a_duplicate_is_told_to_neither_of_the_two_and_to_nobody_where_no_place_is_known(notify_doors: Doors) -> None:
    await hear(notify_doors, DuplicateFound(area=HERE, duplicate_id=uuid4(), person_id=OFFICER.id, other_id=RESIDENT.id))
    await hear(notify_doors, DuplicateFound(duplicate_id=uuid4(), person_id=RESIDENT.id, other_id=SECOND_RESIDENT.id))
    assert [(await inbox(notify_doors, one))["total"] for one in (OFFICER, RESIDENT, SECOND_RESIDENT)] == [0, 0, 0]


async def test_that_a_reminder_was_read_is_told_once_and_of_nothing_else(notify_doors: Doors) -> None:
    await hear(notify_doors, AppointmentReminded(**VISIT, ahead="day"))
    await hear(notify_doors, AppointmentBooked(**VISIT))
    async with notify_doors.client(RESIDENT) as client:
        for one in (await client.get("/api/v1/notices")).json()["items"] * 2:
            assert (await client.post(f"/api/v1/notices/{one['id']}/reading")).status_code == 200
    told = await notify_doors.rows("select body from outbox where topic = 'notify.reminder_seen.v1'")
    assert [json.loads(row.body)["appointment_id"] for row in told] == [str(VISIT["appointment_id"])]


async def test_what_waits_to_be_looked_at_is_said_to_the_office_and_then_to_the_next_one_up(notify_doors: Doors) -> None:
    await serve(notify_doors, LEAD)
    first = CheckWaiting(**IN_HAND, check_id=uuid4(), reminder=1)
    assert await told_of(notify_doors, first) == {("check-waiting", LEAD.id)}
    await hear(notify_doors, CheckWaiting(**IN_HAND, check_id=uuid4(), reminder=2))
    rows = await notify_doors.rows("select person_id from notices where person_id <> :lead", lead=LEAD.id)
    assert [row.person_id for row in rows] == [OFFICER.id]
