"""A hospital of which everything is there that the FHIR door names: one of each kind at least."""

from datetime import timedelta

from builders.fhir import Hospital
from builders.house import entered
from builders.online import guarded
from builders.signing_up import team
from builders.world import RESIDENT, SECOND_RESIDENT


async def arrived(east: Hospital, key: str, state: str = "arrived") -> None:
    """Somebody has come; as the hut would say, at its time."""
    more = {"arrived": "", "in_visit": ", called_at = now()", "fulfilled": ", called_at = now(), ended_at = now()"}[state]
    line = f"update appointments set state = '{state}', arrived_at = now() - interval '5 minutes'{more} where id = '{key}'"
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(line)


async def lived_in(east: Hospital) -> None:
    """Somebody has booked and signed with a team, another has come; there is a room, and somebody is told of changes."""
    await east.booked(RESIDENT)
    await arrived(east, await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=2))))
    await entered(east.doors, "rooms", name="一号诊间")
    await (await team(east.doors)).signed(RESIDENT)
    await guarded(east.doors, SECOND_RESIDENT, RESIDENT)
    told = "'https://his.example/', admitted_at, 'requested', 0"
    line = f"insert into hooks select gen_random_uuid(), hospital_id, id, {told} from programs"
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(line)
    await east.found("Patient")  # of which there is an AuditEvent then
