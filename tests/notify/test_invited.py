"""Whose room it is hears that somebody came by their invitation, and not who it is."""

from uuid import uuid4

from builders.doors import Doors
from builders.world import RESIDENT, ROOM, SECOND_RESIDENT
from notify.test_notices import hear

from contracts.identity_homes import InvitationAccepted


async def test_the_owner_alone_is_told_once_and_no_name(notify_doors: Doors) -> None:
    said = InvitationAccepted(
        area=ROOM, recipients=(RESIDENT.id,), invitation_id=uuid4(), owner_id=RESIDENT.id, binding_id=uuid4(),
    )
    await hear(notify_doors, said)
    rows = await notify_doors.rows("select template, person_id from notices")
    assert [(row.template, row.person_id) for row in rows] == [("invitation-accepted", RESIDENT.id)]
    async with notify_doors.client(RESIDENT) as client:
        [told] = (await client.get("/api/v1/notices")).json()["items"]
    assert told["title"] == "入住邀请已被接受"
    async with notify_doors.client(SECOND_RESIDENT) as client:
        assert (await client.get("/api/v1/notices")).json()["items"] == []
