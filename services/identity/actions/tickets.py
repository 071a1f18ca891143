"""Questions to devices: sealed, so that nothing is kept of those nobody answers; each is good for one answer."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from services.identity.domain import passkeys as rules
from services.identity.store.tables import spent_challenges

Purpose = Literal["register", "sign-in", "step-up"]


@dataclass(frozen=True)
class Question:
    """What a device is asked, whose, and until when; of a second step also by what the first was."""

    purpose: Purpose
    until: datetime
    person: UUID | None = None
    method: str | None = None


def sealed(kek: crypto.Keyring, question: Question) -> str:
    """The ticket of a question: who answers brings it along."""
    person = str(question.person) if question.person is not None else None
    said = {"person": person, "method": question.method, "until": question.until.isoformat()}
    return urlsafe_b64encode(crypto.seal(kek, _place(question.purpose), json.dumps(said).encode())).decode()


def reopened(kek: crypto.Keyring, ticket: str, purpose: Purpose, now: datetime) -> Question:
    """The question of a ticket; PasskeyRefused if it is not ours, for something else, or over."""
    try:
        said = json.loads(crypto.unseal(kek, _place(purpose), urlsafe_b64decode(ticket.encode())))
    except (crypto.Unreadable, ValueError):
        raise rules.PasskeyRefused from None
    until = datetime.fromisoformat(said["until"])
    if until <= now:
        raise rules.PasskeyRefused
    return Question(purpose, until, UUID(said["person"]) if said["person"] else None, said["method"])


def challenge(ticket: str) -> bytes:
    """What the device signs: no two tickets have the same, for each is sealed anew."""
    return hashlib.sha256(ticket.encode()).digest()


async def spend(work: Work, ticket: str, question: Question) -> None:
    """This was the answer; PasskeyRefused if there was one before (section 13.4.3)."""
    row = {"hash": challenge(ticket), "expires_at": question.until}
    first = insert(spent_challenges).values(row).on_conflict_do_nothing().returning(spent_challenges.c.hash)
    if await work.session.scalar(first) is None:
        raise rules.PasskeyRefused


async def forget(work: Work) -> None:
    """Answers to questions that are over."""
    await work.session.execute(delete(spent_challenges).where(spent_challenges.c.expires_at <= work.now))


def _place(purpose: Purpose) -> crypto.Place:
    return crypto.Place("passkeys", "ticket", purpose)
