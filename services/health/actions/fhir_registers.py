"""What a hospital's program writes of the hospital's own directory: doctors, places, departments, roles, and its own name.

Whoever closes one (`active` false) takes the turns of all doctors who may be named, as whoever offers a time takes that doctor's:
after it nothing new is offered there. Times that are there are sold no more; what is booked stays, until it is called off.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.health.actions import programs
from services.health.actions.fhir import Door
from services.health.actions.fhir_slots import Writing, check_read, writing
from services.health.domain.hospital import EnteredAlready, Hospital
from services.health.domain.offering import pair_key
from services.health.domain.program import through
from services.health.domain.proposal import VersionWanted
from services.health.domain.registering import PLACES, Entry, IdentifierGiven, OwnedElsewhere, RoleFixed, RoleUnknown
from services.health.domain.resources import Resource
from services.health.domain.search import Asked, key_of
from services.health.store import offers, queries, registers
from services.health.store import slot_sheets as sheets


async def create(work: Work, said: Entry, unless: Sequence[Asked], *, by: Actor, door: Door) -> tuple[Resource, bool]:
    """Enter it, unless one fits the condition already; it, and whether it is new."""
    mine = await _mine(work, said.kind, through(by, "fhir.register", said.kind, "c"), door)
    there = await mine.matching(work, said.kind, unless) if unless else None
    if there is not None:
        return await _read(work, mine, said.kind, there), False
    return await _entered(work, mine, said)


async def write(work: Work, key: str, said: Entry, match: str | None, *, by: Actor, door: Door) -> Resource:
    """What it is from now on; VersionWanted, VersionStale, OwnedElsewhere."""
    mine = await _mine(work, said.kind, through(by, "fhir.register", said.kind, "u"), door)
    await _read(work, mine, said.kind, key)
    if match is None:
        raise VersionWanted
    return await _changed(work, mine, key, said, match)


async def write_by_name(
    work: Work, asked: Sequence[Asked], said: Entry, match: str | None, *, by: Actor, door: Door
) -> tuple[Resource, bool]:
    """The same of the one that fits, or a new one; it, and whether it is new (FHIR R4, 3.1.0.4.3)."""
    through(by, "fhir.register", said.kind, "c")
    mine = await _mine(work, said.kind, through(by, "fhir.register", said.kind, "u"), door)
    there = await mine.matching(work, said.kind, asked)
    if there is None:
        return await _entered(work, mine, said)
    return await _changed(work, mine, there, said, match), False


async def _mine(work: Work, kind: str, permission: Permission, door: Door) -> Writing:
    """Who writes; a hospital that keeps its own book says only what it is called itself."""
    if kind != "Organization":
        return await writing(work, permission, door)
    hospital = await work.session.get_one(Hospital, (await programs.speaking(work, permission)).id)
    return Writing(hospital, permission.actor, door)


def register_turn(hospital: UUID) -> bytes:
    """Whose turn it is: one writer of a hospital's directory after the other."""
    return uuid5(hospital, "register").bytes


async def _entered(work: Work, mine: Writing, said: Entry) -> tuple[Resource, bool]:
    said.check(str(mine.hospital.id))
    await work.taking_turns(register_turn(mine.hospital.id))
    if said.kind == "PractitionerRole":
        return await _announced(work, mine, said)
    row: dict[str, Any] = {"id": work.new_id(), "name": said.name, "hospital_id": mine.hospital.id}
    row |= {"made_at": work.now} if said.kind == "Practitioner" else {"area": mine.hospital.area}
    row |= {} if said.is_active else {"closed_at": work.now}
    row |= {"by_hospital": True} if said.kind == "HealthcareService" else {}
    if await _is_anothers(work, mine, said, row["id"]) or not await registers.enter(work, said.kind, row):
        raise EnteredAlready
    return await _kept(work, mine, row["id"], said, "hospitals.register"), True


async def _is_anothers(work: Work, mine: Writing, said: Entry, key: UUID) -> bool:
    """Whether the name is another's: of two doctors it may be the same."""
    where: dict[str, Any] = {"name": said.name, "hospital_id": mine.hospital.id}
    if said.kind == "Practitioner":
        return False
    if said.kind == "Organization":
        where = {"name": said.name, "area": mine.hospital.area}
    hut = said.kind == "Location" and await registers.is_another(
        work, said.kind, key, {"name": said.name, "area": mine.hospital.area, "hospital_id": None}
    )
    return hut or await registers.is_another(work, said.kind, key, where)


async def _announced(work: Work, mine: Writing, said: Entry) -> tuple[Resource, bool]:
    """A doctor is in a department from now on; IdentifierGiven where they were so, and it is called otherwise."""
    doctor, department = key_of(said.doctor), key_of(said.department)
    known = await sheets.known(work, mine.hospital.id, mine.hospital.area)
    if doctor is None or department is None or doctor not in known.doctors or department not in known.departments.values():
        raise RoleUnknown
    key = pair_key(department, doctor)
    await work.taking_turns(doctor.bytes)
    there = await mine.one(work, said.kind, str(key))
    called = {(one["system"], one["value"]) for one in there["identifier"][1:]} if there is not None else set()
    if there is not None and called.issuperset(said.names) and there["active"] is said.is_active:
        return there, False
    if called or (there is not None and there["active"] is not said.is_active):  # that is changed by who read it, and says so
        raise IdentifierGiven("该出诊关系已登记，请读取后更新")
    await offers.announce(work, mine.hospital.id, key, department, doctor)
    if not said.is_active:
        await _closed(work, mine, key, said, closed=True)
    return await _kept(work, mine, key, said, "hospitals.register"), there is None


async def _changed(work: Work, mine: Writing, key: str, said: Entry, match: str | None) -> Resource:
    said.check(str(mine.hospital.id))
    await work.taking_turns(register_turn(mine.hospital.id))
    now = await _read(work, mine, said.kind, key)
    check_read(now, match)
    named = UUID(now["id"])
    if said.kind == "PractitionerRole":
        await _check_role(work, mine, said, named)
    elif not await registers.is_own(work, said.kind, named, mine.hospital.id):
        raise OwnedElsewhere
    elif said.name != now["name"] and said.kind == "HealthcareService":
        await _rename(work, mine, said, named)
    elif await _is_anothers(work, mine, said, named):
        raise EnteredAlready
    else:
        await registers.rewrite(work, said.kind, named, {"name": said.name})
    if said.is_active is not (now.get("active", now.get("status") == "active")):
        await _closed(work, mine, named, said, closed=not said.is_active)
    return await _kept(work, mine, named, said, "hospitals.rewrite")


async def _rename(work: Work, mine: Writing, said: Entry, key: UUID) -> None:
    """A department has another name; OwnedElsewhere of one that the community entered: people here know it by that name."""
    if not await registers.is_named_by(work, key, mine.hospital.id):
        raise OwnedElsewhere("该科室由社区登记，名称由社区修改；本医院可修改其业务编号和启用状态")
    if await _is_anothers(work, mine, said, key):
        raise EnteredAlready
    await registers.rewrite(work, said.kind, key, {"name": said.name})


async def _check_role(work: Work, mine: Writing, said: Entry, key: UUID) -> None:
    """RoleFixed of another doctor's or department's; that of times alone is announced by whoever writes of it."""
    doctor, department = key_of(said.doctor), key_of(said.department)
    if doctor is None or department is None or pair_key(department, doctor) != key:
        raise RoleFixed
    await offers.announce(work, mine.hospital.id, key, department, doctor)


async def _closed(work: Work, mine: Writing, key: UUID, said: Entry, *, closed: bool) -> None:
    """Nothing new is offered there, and what is there is sold no more; opened again, times are opened one by one."""
    where = {PLACES[said.kind]: key} if said.kind in PLACES else {
        "doctor_id": UUID(said.doctor), "department_id": UUID(said.department),
    }
    if closed:
        known = await sheets.known(work, mine.hospital.id, mine.hospital.area)
        at_work = {row.doctor_id for row in await registers.times_of(work, mine.hospital.id, where)}
        for doctor in sorted({*known.doctors, *at_work}):
            await work.taking_turns(doctor.bytes)
        times = await registers.times_of(work, mine.hospital.id, where)
        await queries.close(work, [row.id for row in times], closed=True)
    if said.kind in PLACES:
        await registers.rewrite(work, said.kind, key, {"closed_at": work.now if closed else None})
    else:
        await registers.close_pair(work, key, closed=closed)


async def _kept(work: Work, mine: Writing, key: UUID, said: Entry, act: str) -> Resource:
    if not await registers.name(work, mine.hospital.id, said.kind, key, said.names):
        raise IdentifierGiven
    await work.audit(act, f"{said.kind.lower()}/{key}", actor=mine.by.id, reason=str(mine.hospital.id))
    return await _read(work, mine, said.kind, str(key))


async def _read(work: Work, mine: Writing, kind: str, key: str) -> Resource:
    made = await mine.one(work, kind, key)
    if made is None:
        raise NotFound
    return made
