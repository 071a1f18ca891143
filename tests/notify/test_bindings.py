"""Whom a person contradicts is not who looks into it."""

from uuid import uuid4

from builders.doors import Doors
from builders.world import ADMIN, OFFICER, RESIDENT, UNIT
from notify.test_notices import hear

from contracts.identity import BindingChanged, BindingDenied


async def test_of_a_denial_others_than_who_bound_them_hear_and_where_there_is_no_other_the_admin(notify_doors: Doors) -> None:
    said = {"area": UNIT, "binding_id": uuid4(), "person_id": RESIDENT.id}
    await hear(notify_doors, BindingDenied(**said, bound_by=(OFFICER.id,)))
    rows = await notify_doors.rows("select template, person_id from notices")
    assert [(row.template, row.person_id) for row in rows] == [("binding-denied", ADMIN.id)]


async def test_of_the_first_data_nobody_is_told(notify_doors: Doors) -> None:
    said = {"area": UNIT, "binding_id": uuid4(), "person_id": RESIDENT.id, "kind": "owner", "starts_at": "2026-01-01T00:00:00Z"}
    await hear(notify_doors, BindingChanged.model_validate(said))
    assert await notify_doors.rows("select 1 from notices") == []
