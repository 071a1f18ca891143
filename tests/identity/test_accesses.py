"""Who saw what of mine: from identity's audit and from what services say, to its person alone, with names masked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from builders.doors import Doors
from builders.factors import employed
from builders.privacy import registered

from chassis import bus
from chassis.testing import arrived
from contracts.area import Role
from contracts.health import RecordShown
from services.identity.actions import assignments, places


async def shown(doors: Doors, said: RecordShown, at: datetime, event_id: UUID | None = None) -> bool:
    listening = next(one for one in doors.running.service.consumers if one.queue == "identity.parts")
    return await bus.handle(doors.running.database, listening, arrived(said, at, event_id=event_id))


async def test_a_resident_reads_who_did_what_with_theirs_when_and_why(identity_doors: Doors) -> None:
    doors, now = identity_doors, datetime.now(UTC)
    owner, other = await registered(doors), await registered(doors, "13900139000")
    staff = await employed(doors)
    worker, hospital = UUID(staff.person), uuid4()

    async def serves(work: Any) -> None:
        await places.add_area(work, by=None, path="510104", kind="district", name="x")
        await assignments.grant(
            work, by=None, person=worker, role=Role.GRID_WORKER, area="510104", unit=None, display_name="王小芳"
        )

    await doors.running.database.do(serves)
    for who, of, reason in ((worker, owner.id, "papers"), (worker, other.id, None), (owner.id, owner.id, None)):
        await doors.running.database.do(
            lambda work, who=who, of=of, reason=reason: work.audit("people.reveal", f"person/{of}", actor=who, reason=reason)
        )
    told = RecordShown(access_id=uuid4(), person_id=owner.id, shown_to=hospital, act="hospitals.tell")
    for event_id in (None, None):  # twice is once
        await shown(doors, told, now - timedelta(hours=1), event_id)
    lines = (await owner.sends("GET", "/accesses")).json()
    assert [(one["service"], one["act"], one["reason"]) for one in lines] == [
        ("identity", "people.reveal", "papers"), ("health", "hospitals.tell", None),
    ]
    assert lines[0]["who"] == {"role": "grid_worker", "unit": None, "name": "王*芳"}
    assert (lines[1]["who"], lines[1]["shown_to"]) == (None, str(hospital))
    assert "王小芳" not in str(lines)
    assert len((await other.sends("GET", "/accesses")).json()) == 1
