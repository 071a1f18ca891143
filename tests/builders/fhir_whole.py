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


async def answered(east: Hospital) -> None:
    """A doctor of the hospital accepts, and everybody who has booked was reminded."""
    (one, *_) = await east.found("Appointment", status="booked")
    actor = next(said["actor"] for said in one["participant"] if said["actor"]["reference"].startswith("Practitioner/"))
    about = {"appointment": {"reference": f"Appointment/{one['id']}"}, "actor": actor, "participantStatus": "accepted"}
    async with east.client() as client:
        answer = await client.post("/fhir/AppointmentResponse", json={"resourceType": "AppointmentResponse", **about})
    assert answer.status_code == 201, answer.text
    await reminded(east)


async def reminded(east: Hospital) -> None:
    """Of all that is booked somebody is reminded an hour before; as the worker would say, at its time."""
    async with east.doors.whole.begin() as connection:
        of_all = "select id, 'hour', now() from appointments where state = 'booked'"
        await connection.exec_driver_sql(f"insert into reminders {of_all}")


async def lived_in(east: Hospital) -> None:
    """Somebody has booked and signed with a team, another has come; there is a room, and somebody is told of changes."""
    await east.booked(RESIDENT)
    await arrived(east, await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=2))))
    await entered(east.doors, "rooms", name="一号诊间")
    await answered(east)
    await (await team(east.doors)).signed(RESIDENT)
    await guarded(east.doors, SECOND_RESIDENT, RESIDENT)
    told = "'https://his.example/', admitted_at, 'requested', 0"
    line = f"insert into hooks select gen_random_uuid(), hospital_id, id, {told} from programs"
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(line)
    await east.found("Patient")  # of which there is an AuditEvent then
