"""Guardians: whoever acts for a child under fourteen, recorded by two members of staff who read its number."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from services.identity.actions import homes, proxies, real_name
from services.identity.actions.proxies import Wish
from services.identity.domain import guardianship as age
from services.identity.domain import proxies as rules
from services.identity.domain.documents import Numbered
from services.identity.domain.id_number import IdNumber
from services.identity.domain.proxies import Proxy, Scope
from services.identity.store.real_name import numbers
from services.identity.store.tables import people


@dataclass(frozen=True)
class Seen:
    """Whom the papers show: the child's number and what it stands in; the guardian's own, or papers of theirs without one."""

    child: UUID
    guardian: UUID
    number: str
    evidence: str
    guardian_number: str | None = None
    guardian_papers: str | None = None


async def record(work: Work, seen: Seen, *, by: Actor) -> Proxy:
    """The first look. NotAnIdNumber, NotAChild, SignsInAlready, GuardianAgeUnshown, GuardianUnfit.

    No number is kept, the day it ends is. NotFound outside the area where the child lives.
    """
    child, guardian = seen.child, seen.guardian
    await homes.reached(work, child, by.may("proxies.record"))
    today = work.now.astimezone(CHENGDU).date()
    read = IdNumber.read(seen.number, today=today)
    await _must_be_theirs(work, child, read)
    await _must_be_of_age(work, seen, today)
    until = rules.grown(read.born)
    if until <= work.now:
        raise rules.NotAChild
    await proxies.taking_turns(work, child, guardian)
    await _must_not_be_staff(work, child)
    await proxies.must_be_no_ward(work, guardian)
    wish = Wish(
        child, guardian, list(Scope), until, seen.evidence, kind="guardian", number_index=index_of(work, child, read.written)
    )
    return await proxies.record(work, wish, by=by)


def index_of(work: Work, child: UUID, number: str) -> bytes:
    """By which two readings of a child's number are compared, and nothing else is found."""
    return work.vault.keys.blind("guardian", f"{child}/{number}")


async def read_again(work: Work, key: UUID, *, by: Actor, number: str | None) -> bytes | None:
    """What the second look read: NotAnIdNumber of what is none."""
    if number is None:
        return None
    held = await work.seen(Proxy, key, by.may("proxies.record"))
    read = IdNumber.read(number, today=work.now.astimezone(CHENGDU).date())
    return index_of(work, held.principal_id, read.written)


async def _must_be_of_age(work: Work, seen: Seen, today: date) -> None:
    """By the guardian's own number, the one that was compared for them if one was; else by papers that were seen."""
    if seen.guardian_number is None:
        if seen.guardian_papers is None:
            raise age.GuardianAgeUnshown
        return
    read = IdNumber.read(seen.guardian_number, today=today)
    age.must_be_of_age(read.born, today)
    await _must_be_theirs(work, seen.guardian, read)


async def _must_be_theirs(work: Work, person: UUID, read: IdNumber) -> None:
    """GuardianUnfit, where another number was compared for them."""
    compared = (numbers.c.person_id == person) & (numbers.c.document == "id-card")
    known = await work.session.scalar(select(numbers.c.number_index).where(compared))
    if known is not None and known != real_name.index_of(work.vault.keys, Numbered("id-card", read.written)):
        raise age.GuardianUnfit


async def _must_not_be_staff(work: Work, child: UUID) -> None:
    """A child that signs in by a phone may: it is told, and its guardian consents. Who has a password serves here."""
    login = select(people.c.id).where(people.c.id == child, people.c.login.is_not(None))
    if await work.session.scalar(login) is not None:
        raise rules.SignsInAlready
