"""The demo's people and places, made by identity's own actions; a second run changes nothing."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from joserfc.jwk import ECKey
from sqlalchemy import select, update

from chassis.db import Work
from chassis.process import Running
from chassis.rights import OWN
from services.identity.actions import assignments, clients, codes, consents, people, places
from services.identity.domain import demo, subjects
from services.identity.domain.clients import Client, is_safe_address
from services.identity.domain.consents import newest
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
        await running.database.do(partial(_agreed, resident=resident), now=past)
    await running.database.do(_signed_in_lately)
    for program in demo.PROGRAMS:
        await running.database.do(partial(_admit, program=program, origin=running.settings.public_origin), now=past)


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
    unit = await work.session.scalar(select(tables.units.c.id).where(tables.units.c.name == member.unit))
    await assignments.grant(
        work, by=None, person=person, role=member.role, area=member.area, unit=unit, display_name=member.name
    )


async def _settle(work: Work, resident: demo.Resident) -> None:
    if await _known(work, resident.id):
        return
    await codes.register(work, phone=resident.phone, person_id=resident.id)
    await people.rename(work, resident.id, resident.name)
    await assignments.bind(work, by=None, person=resident.id, room=resident.room, kind="owner")


async def _agreed(work: Work, resident: demo.Resident) -> None:
    """The demo's residents let hospitals know of what they book there; whoever took that back is left so."""
    if await consents.of(work, resident.id):
        return
    read = newest("hospital")
    await consents.give(work, resident.id, "hospital", version=read.version, text_hash=read.hash, channel=OWN)


async def _signed_in_lately(work: Work) -> None:
    """Their phones are in use today, though they registered long ago; of those that were used nothing is changed."""
    never = tables.contacts.c.used_at == tables.contacts.c.verified_at
    await work.session.execute(update(tables.contacts).where(never).values(used_at=work.now))


async def _admit(work: Work, program: demo.Program, origin: str) -> None:
    back, client_id = f"{origin}{program.path}", stable_id(program)
    if await work.session.get(Client, client_id) is not None or not is_safe_address(back):
        return  # a demo in the open without TLS has nowhere to send codes to
    await clients.register(work, Client(
        id=client_id, client_id=program.name, name=program.title, kind=program.kind, life=program.life, owner="演示",
        grants=list(program.grants), scopes=list(program.scopes), jwks=public_keys(program),
        redirect_uris=[back] if program.path else [], signed_out_uris=[f"{origin}/"] if program.path else [],
        subject_type=subjects.PUBLIC if program.kind == "public" else subjects.PAIRWISE,
    ))


def stable_id(program: demo.Program) -> UUID:
    """The subject of a demo program's own tokens."""
    return demo.stable(f"client {program.name}")


def public_keys(program: demo.Program) -> dict[str, Any] | None:
    """What a demo program is known by; a public one by nothing."""
    if program.kind == "public":
        return None
    key = ECKey.import_key(ECKey(derive_private_key(program.secret, SECP256R1()), b"").as_dict(private=False))
    key.ensure_kid()
    return {"keys": [key.as_dict(private=False)]}


async def _known(work: Work, person: object) -> bool:
    return await work.session.scalar(select(tables.people.c.id).where(tables.people.c.id == person)) is not None
