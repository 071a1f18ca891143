"""Showing anew who one is: a second factor by who has one, else a code by SMS, else the password."""

from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from services.identity.actions import codes, contacts, people, requirement
from services.identity.domain.policy import Policy
from services.identity.domain.proof import PhoneMissing, ProofWanted, Shown
from services.identity.store import queries
from services.identity.store.tables import people as persons


async def send(work: Work, person: UUID, *, address: str) -> codes.Challenge:
    """A code to the person's own phone, good for this alone. PhoneMissing."""
    phone = (await contacts.clear(work, person)).get("phone")
    if phone is None:
        raise PhoneMissing
    return await codes.ask(work, phone=phone, address=address, purpose="proof")


async def must_show(work: Work, policy: Policy, person: UUID, action: str, shown: Shown) -> None:
    """InsufficientUserAuthentication, ProofWanted, CodeRefused or PasswordRefused of who did not show it now."""
    if await queries.is_guarded(work, person) or await requirement.is_due(work, policy, person):
        await requirement.must_be_fresh(work, policy, person, action, shown.claims)
        return
    phone = (await contacts.clear(work, person)).get("phone")
    login = await work.session.scalar(select(persons.c.login).where(persons.c.id == person))
    if phone is not None and shown.challenge_id is not None and shown.code is not None:
        await codes.spend(work, challenge_id=shown.challenge_id, phone=phone, code=shown.code, purpose="proof")
    elif phone is None and login is not None and shown.password is not None:
        await people.must_know_password(work, person, shown.password, address=shown.address)
    else:
        raise ProofWanted
