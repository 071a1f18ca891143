"""Giving consent and taking it back, one purpose at a time; each is a line of the ledger, and every service is told."""

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import insert, select

from chassis.db import Work
from chassis.process import Running
from contracts.identity import ConsentChanged
from contracts.part import RESTS
from services.identity.actions import compared, keys, wards
from services.identity.domain.consents import OBEYED_WITHIN, SEPARATE, Consent, ConsentNotThere, TextOutdated, newest, texts
from services.identity.domain.guardianship import GuardianConsents, NotTheirGuardian
from services.identity.store.consents import consents
from services.identity.store.privacy import request_parts

OVERDUE = Gauge("guohuai_withdrawals_overdue", "Withdrawn consents that a service has not said to obey in time")
_LOOKED_AT = timedelta(days=30)

log = logging.getLogger(__name__)


async def prepare(running: Running) -> None:
    """Refuse to start on texts that are not what people agreed to; then the keys."""
    texts()
    await keys.prepare(running)


async def give(
    work: Work, person: UUID, purpose: str, *, version: int, text_hash: str, channel: str, guardian: UUID | None = None
) -> Consent:
    """Agree to the newest text as it was read; who agreed to it already is answered the line there is. TextOutdated.

    GuardianConsents of a child under fourteen alone, NotTheirGuardian (PIPL article 31).
    """
    await work.taking_turns(person.bytes)
    await _must_be_theirs_to_give(work, person, guardian)
    read = newest(purpose)
    if (read.version, read.hash) != (version, text_hash):
        raise TextOutdated(version=read.version)
    last = await _last(work, person, purpose)
    if last is not None and not last.withdrawn and (last.version, last.guardian_id) == (version, guardian):
        return last
    what = (purpose, version, text_hash, read.separate)
    return await _write(work, Consent(work.new_id(), person, *what, guardian, channel, work.now, withdrawn=False))


async def withdraw(work: Work, person: UUID, purpose: str, *, channel: str, guardian: UUID | None = None) -> Consent:
    """Take it back, which wants no more than giving it (PIPL art. 15). Twice is once; ConsentNotThere of who never gave it."""
    await work.taking_turns(person.bytes)
    last = await _last(work, person, purpose)
    if last is None:
        raise ConsentNotThere
    if last.withdrawn:
        return last
    what = (purpose, last.version, last.text_hash, last.separate)
    return await _write(work, Consent(work.new_id(), person, *what, guardian, channel, work.now, withdrawn=True))


async def take_back(work: Work, child: UUID, purpose: str, *, channel: str, guardian: UUID) -> Consent:
    """The same by a guardian for their child; NotTheirGuardian."""
    await work.taking_turns(child.bytes)
    if not await wards.guards(work, guardian, child):
        raise NotTheirGuardian
    return await withdraw(work, child, purpose, channel=channel, guardian=guardian)


async def stands(work: Work, person: UUID, purpose: str) -> bool:
    """Whether they agree to it now."""
    last = await _last(work, person, purpose)
    return last is not None and not last.withdrawn


async def standing(work: Work, person: UUID) -> list[Consent]:
    """What they agree to now, or a guardian for them."""
    found = [await _last(work, person, purpose) for purpose in sorted(SEPARATE)]
    return [one for one in found if one is not None and not one.withdrawn]


async def of_child(work: Work, child: UUID, *, guardian: UUID) -> list[dict[str, Any]]:
    """What was given and taken back of a child's, for its guardian; NotTheirGuardian."""
    if not await wards.guards(work, guardian, child):
        raise NotTheirGuardian
    return await of(work, child)


async def _must_be_theirs_to_give(work: Work, person: UUID, guardian: UUID | None) -> None:
    if guardian is None and await wards.is_child(work, person):
        raise GuardianConsents
    if guardian is not None and not await wards.guards(work, guardian, person):
        raise NotTheirGuardian


async def _write(work: Work, made: Consent) -> Consent:
    await work.session.execute(insert(consents).values(asdict(made)))
    state = "withdrawn" if made.withdrawn else "given"
    work.announce(ConsentChanged.model_validate(
        {"person_id": made.person_id, "consent_id": made.id, "purpose": made.purpose, "state": state}
    ))
    who = made.guardian_id or made.person_id
    await work.audit(f"consents.{'withdraw' if made.withdrawn else 'give'}", f"person/{made.person_id}", actor=who)
    if made.withdrawn and made.purpose == "real-name":
        await compared.forget_numbers(work, made.person_id)
    return made


async def of(work: Work, person: UUID) -> list[dict[str, Any]]:
    """All they ever gave and took back, newest first, and which services have said that they obey."""
    mine = select(consents).where(consents.c.person_id == person).order_by(consents.c.pos.desc())
    lines = [dict(row._mapping) for row in await work.session.execute(mine)]  # noqa: SLF001 - its public name
    obeying = select(request_parts.c.request_id, request_parts.c.service).where(
        request_parts.c.act == "consent", request_parts.c.request_id.in_([one["id"] for one in lines])
    )
    told: dict[UUID, list[str]] = {}
    for row in await work.session.execute(obeying):
        told.setdefault(row.request_id, []).append(row.service)
    return [{**one, "obeyed_by": sorted(told.get(one["id"], [])), "rests": RESTS.get(one["purpose"], ())} for one in lines]


async def watch(running: Running) -> None:
    """A job: withdrawals that a service has not said to obey in time are counted for the alarm, and said by their ids."""
    async with running.database.reading() as work:
        late = [
            (row.id, service) for row in await _withdrawn(work) for service in RESTS.get(row.purpose, ())
            if not await _obeys(work, row.id, service)
        ]
    OVERDUE.set(len(late))
    for key, service in late:
        log.error("a withdrawal is not obeyed", extra={"facts": {"consent": str(key), "service": service}})


async def _withdrawn(work: Work) -> list[Any]:
    when = (consents.c.at < work.now - OBEYED_WITHIN) & (consents.c.at > work.now - _LOOKED_AT)
    return list(await work.session.execute(select(consents.c.id, consents.c.purpose).where(consents.c.withdrawn, when)))


async def _obeys(work: Work, key: UUID, service: str) -> bool:
    part = (request_parts.c.request_id == key) & (request_parts.c.act == "consent") & (request_parts.c.service == service)
    return await work.session.scalar(select(request_parts.c.settled_at).where(part)) is not None


async def _last(work: Work, person: UUID, purpose: str) -> Consent | None:
    mine = (consents.c.person_id == person) & (consents.c.purpose == purpose)
    row = (await work.session.execute(select(consents).where(mine).order_by(consents.c.pos.desc()).limit(1))).first()
    return None if row is None else Consent(**{name: value for name, value in row._mapping.items() if name != "pos"})  # noqa: SLF001
