"""Letting a program speak for a hospital, and counting what it asks about."""

import logging
import re
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Row
from chassis.process import Running
from chassis.rights import Actor, Permission
from contracts.calendar import CHENGDU
from services.health.domain.hospital import Hospital
from services.health.domain.program import AnotherHospitals, NotAHospitalsProgram, Program, SightUsedUp
from services.health.store import programs as kept

_IDS = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)

log = logging.getLogger(__name__)


async def admit(work: Work, hospital_id: UUID, program: UUID, *, by: Actor) -> Program:
    """Let a program speak for a hospital from now on; AnotherHospitals if it ever did for another one."""
    hospital = await work.seen(Hospital, hospital_id, by.may("hospitals.keep"))
    row = {"id": program, "area": hospital.area, "hospital_id": hospital.id, "admitted_by": by.id, "admitted_at": work.now}
    await work.session.execute(insert(kept.programs).values(row).on_conflict_do_nothing())
    made = await work.session.get_one(Program, program, with_for_update=True, populate_existing=True)
    if made.hospital_id != hospital.id:
        raise AnotherHospitals
    made.ended_at = None
    await work.audit("hospitals.admit", f"program/{program}", actor=by.id, reason=str(hospital.id))
    return made


async def see(work: Work, hospital_id: UUID, *, by: Actor) -> Hospital:
    """The hospital, for those who keep it."""
    return await work.seen(Hospital, hospital_id, by.may("hospitals.keep"))


async def exclude(work: Work, hospital_id: UUID, program: UUID, *, by: Actor) -> None:
    """It speaks for the hospital no more; that it never did is as good."""
    hospital = await work.seen(Hospital, hospital_id, by.may("hospitals.keep"))
    made = await work.session.get(Program, program, with_for_update=True, populate_existing=True)
    if made is not None and made.hospital_id == hospital.id and made.ended_at is None:
        made.ended_at = work.now
        await work.audit("hospitals.exclude", f"program/{program}", actor=by.id, reason=str(hospital.id))


async def speaking(work: Work, permission: Permission) -> Row:
    """The hospital (id, area, name) for which whoever asks speaks; NotAHospitalsProgram."""
    hospital = await kept.spoken_for(work, permission.actor.id)
    if hospital is None:
        raise NotAHospitalsProgram
    return hospital


async def count(work: Work, program: UUID, said: str, *, daily: int) -> None:
    """Every id that is named in a question counts, whether it is there or not: a scan ends, and somebody hears of it."""
    hospital = await kept.spoken_for(work, program)
    if hospital is not None:
        named = {one.group().replace("-", "").lower() for one in _IDS.finditer(said)}
        await _bound(work, hospital.id, named, daily)


async def show(work: Work, hospital: UUID, people: set[UUID], *, daily: int) -> None:
    """The people who are about to be shown count likewise."""
    await _bound(work, hospital, {one.hex for one in people}, daily)


async def _bound(work: Work, hospital: UUID, what: set[str], daily: int) -> None:
    local = work.now.astimezone(CHENGDU)
    if what and await kept.see(work, hospital, local.date(), what) > daily:
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        raise SightUsedUp(retry_after=int((midnight - local).total_seconds()) + 1)


async def alarm(work: Work, program: UUID) -> None:
    """That a hospital asked about too many people is said once a day: in the log for operators, in the audit for ever."""
    hospital = await kept.spoken_for(work, program)
    if hospital is not None and await kept.is_first(work, hospital.id, work.now.astimezone(CHENGDU).date(), "alarm"):
        log.error("a hospital asks about too many people", extra={"facts": {"hospital": str(hospital.id)}})
        await work.audit("hospitals.scan", f"program/{program}", actor=program, reason=str(hospital.id))


async def forget_sights(running: Running) -> None:
    """Counts are a day's."""
    today = running.settings.clock.now().astimezone(CHENGDU).date()
    await running.database.do(partial(kept.forget_sights, before=today))
