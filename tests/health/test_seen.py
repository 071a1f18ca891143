"""Who looks at somebody's appointment leaves a trace that the person finds in their register."""

from datetime import timedelta

import pytest
from builders.doors import Doors
from builders.hut import agreed, book, offer
from builders.world import DOCTOR, RESIDENT

from chassis import seen
from services.health.actions.seen import LOOKS


async def test_who_serves_at_the_hut_and_looks_at_an_appointment_is_audited_and_its_person_hears(
    health_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agreed(health_doors, [RESIDENT])
    key = (await book(health_doors, RESIDENT, await offer(health_doors))).json()["id"]
    for who in (RESIDENT, DOCTOR, DOCTOR):
        async with health_doors.client(who) as client:
            assert (await client.get(f"/api/v1/appointments/{key}")).status_code == 200
    rows = await health_doors.rows("select actor_id, subject from audit where action = 'appointments.read'")
    assert [(row.actor_id, row.subject) for row in rows] == [(DOCTOR.id, f"appointment/{key}")] * 2
    monkeypatch.setattr(seen, "_SETTLED", timedelta(0))
    for _ in range(2):
        await LOOKS.tell(health_doors.running)
    assert (await health_doors.said()).count("health.record_shown.v1") == 1
