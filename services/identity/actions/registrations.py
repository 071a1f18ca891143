"""Registering somebody who has no phone: two members of staff, two looks at the papers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import area_exists
from chassis.rights import Actor
from contracts.identity import PersonRegistered
from services.identity.domain import registration as rules
from services.identity.domain.place import NoSuchParent, NotARoom, must_fit
from services.identity.domain.registration import Registration
from services.identity.store.tables import areas, people, registrations

_ours = registrations.c


@dataclass(frozen=True)
class Stay:
    """To which room somebody belongs, as what, and until when."""

    room: str
    kind: str
    ends_at: datetime | None = None


async def register(work: Work, stay: Stay, *, by: Actor, name: str, evidence: str) -> Registration:
    """The first look; StayDatesUnfit; RegistrationThere if somebody of this name waits for this room already."""
    made = Registration(
        work.new_id(), uuid4(), stay.room, stay.kind, evidence, None, _index(work, stay.room, name), by.id, work.now, stay.ends_at
    )
    by.may("registrations.decide").check(made)
    await _is_a_room(work, stay.room)
    must_fit(stay.kind, work.now, stay.ends_at, at=work.now)
    made.sealed_name = await work.seal(made.person_id, "registrations", "name", made.id, name)
    await work.taking_turns(made.name_index)
    same = (_ours.name_index == made.name_index) & (_ours.state == "waiting")
    if await work.session.scalar(select(_ours.id).where(same)) is not None:
        raise rules.RegistrationThere
    work.session.add(made)
    await work.audit("registrations.register", f"registration/{made.id}", actor=by.id, reason=evidence)
    return made


async def confirm(work: Work, key: UUID, *, by: Actor, name: str) -> Registration:
    """The second look, by somebody else, who reads the name in the papers: from now on there is such a person."""
    held = await work.locked(Registration, key, by.may("registrations.decide"))
    sealed = held.sealed_name
    try:
        binding = held.confirm(by=by.id, name_index=_index(work, held.area, name), at=work.now)
    except rules.NameDiffers:
        await work.audit("registrations.differ", f"registration/{held.id}", actor=by.id)
        raise
    person = held.person_id
    clear = await work.unseal(person, "registrations", "name", held.id, sealed or b"")
    kept = await work.seal(person, "people", "name", person, clear)
    await work.session.execute(insert(people).values(id=person, created_at=work.now, sealed_name=kept))
    work.session.add(binding)
    await work.audit("registrations.confirm", f"registration/{held.id}", actor=by.id)
    work.announce(PersonRegistered(person_id=person))
    work.announce(binding.changed("begun"))
    return held


async def refuse(work: Work, key: UUID, *, by: Actor) -> Registration:
    """Nobody comes of it, and the name is forgotten."""
    held = await work.locked(Registration, key, by.may("registrations.decide"))
    held.refuse(by=by.id, at=work.now)
    await work.audit("registrations.refuse", f"registration/{held.id}", actor=by.id)
    return held


async def forget(work: Work) -> None:
    """What waited too long is over, without a name."""
    over = (_ours.state == "waiting") & (_ours.registered_at <= work.now - rules.WAITS)
    await work.session.execute(update(registrations).where(over).values(state="over", sealed_name=None, decided_at=work.now))


async def _is_a_room(work: Work, room: str) -> None:
    if not await area_exists(work, room):
        raise NoSuchParent
    if await work.session.scalar(select(areas.c.kind).where(areas.c.path == room)) != "room":
        raise NotARoom


def _index(work: Work, room: str, name: str) -> bytes:
    return work.vault.keys.blind("registration", f"{room}/{rules.normal_name(name)}")
