"""Guardians: whoever acts for a child under fourteen, recorded by two members of staff who read its number."""

from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from services.identity.actions import homes, proxies
from services.identity.actions.proxies import Wish
from services.identity.domain import proxies as rules
from services.identity.domain.id_number import IdNumber
from services.identity.domain.proxies import Proxy, Scope
from services.identity.store.tables import contacts, people


async def record(work: Work, *, by: Actor, child: UUID, guardian: UUID, number: str, evidence: str) -> Proxy:
    """The first look. NotAnIdNumber, NotAChild, SignsInAlready; the number is not kept, the day it ends is.

    NotFound outside the area where the child lives.
    """
    await homes.reached(work, child, by.may("proxies.record"))
    read = IdNumber.read(number, today=work.now.astimezone(CHENGDU).date())
    until = rules.grown(read.born)
    if until <= work.now:
        raise rules.NotAChild
    await proxies.taking_turns(work, child, guardian)
    await _must_sign_in_by_nothing(work, child)
    await proxies.must_be_no_ward(work, guardian)
    wish = Wish(
        child, guardian, list(Scope), until, evidence, kind="guardian", number_index=index_of(work, child, read.written)
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


async def _must_sign_in_by_nothing(work: Work, child: UUID) -> None:
    login = select(people.c.id).where(people.c.id == child, people.c.login.is_not(None))
    found = select(contacts.c.id).where(contacts.c.person_id == child)
    if await work.session.scalar(login) is not None or await work.session.scalar(found.limit(1)) is not None:
        raise rules.SignsInAlready
