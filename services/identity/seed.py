"""The demo's people and places, made by identity's own actions; a second run changes nothing."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from chassis.db import Work
from chassis.process import Running
from services.identity.actions import assignments, codes, people, places
from services.identity.domain import demo
from services.identity.store import tables

_BEFORE = timedelta(days=240)  # before the first of the demo's reports


async def run(running: Running) -> None:
    """Make what is not there yet."""
    past = running.settings.clock.now() - _BEFORE
    await running.database.do(_places, now=past)
    for member in demo.STAFF:
        await running.database.do(partial(_employ, member=member), now=past)
    for resident in demo.residents():
        await running.database.do(partial(_settle, resident=resident), now=past)


async def _places(work: Work) -> None:
    if await work.session.scalar(select(tables.areas.c.id).limit(1)) is not None:
        return
    for path, kind, name in demo.places():
        await places.add_area(work, by=None, path=path, kind=kind, name=name)
    for area, kind, name, serves in demo.UNITS:
        await places.add_unit(work, by=None, area=area, kind=kind, name=name, serves=serves)


async def _employ(work: Work, member: demo.Staff) -> None:
    person = demo.stable(f"staff {member.login}")
    if await _known(work, person):
        return
    await people.employ(work, login=member.login, password=demo.PASSWORD, name=member.name, person_id=person)
    await assignments.grant(
        work, by=None, person=person, role=member.role, area=member.area, unit=None, display_name=member.name
    )


async def _settle(work: Work, resident: demo.Resident) -> None:
    if await _known(work, resident.id):
        return
    await codes.register(work, phone=resident.phone, person_id=resident.id)
    await people.rename(work, resident.id, resident.name)
    await assignments.bind(work, by=None, person=resident.id, room=resident.room, kind="owner")


async def _known(work: Work, person: object) -> bool:
    return await work.session.scalar(select(tables.people.c.id).where(tables.people.c.id == person)) is not None
