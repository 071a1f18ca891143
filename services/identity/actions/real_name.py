"""A name and a number are compared by a provider: asked for, asked by the worker, and what its answer makes true.

Who asks waits for nothing: the question is kept sealed for the seconds it takes, counted against the budgets before anybody
is asked, and put by the worker, who holds no connection to the database meanwhile and may be killed at any moment.
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import Keys, Unreadable
from chassis.db import Work
from chassis.errors import NotFound
from contracts.calendar import CHENGDU
from services.identity.actions import consents, facts, people
from services.identity.actions.duplicates import found
from services.identity.clients.real_name import ProviderAway, RealName
from services.identity.domain import documents
from services.identity.domain import facts as fact_rules
from services.identity.domain import real_name as rules
from services.identity.domain.documents import Document, Numbered
from services.identity.domain.real_name import Check, Told
from services.identity.domain.registration import normal_name
from services.identity.domain.sign_in import Budget
from services.identity.store import queries
from services.identity.store.real_name import numbers, real_name_checks

_ours = real_name_checks.c
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """What the worker asks, as which attempt of which check."""

    check: UUID
    attempt: int
    name: str
    papers: Numbered


async def ask(
    work: Work, provider: RealName | None, person: UUID, *, name: str, document: Document, number: str
) -> Check:
    """Have one's own name and number compared; RealNameInPerson, RealNameConsentWanted, RealNameWaits.

    FactThere, NameIsAnother, ChecksTooOften, NotADocumentNumber, NotAnIdNumber.
    Whether the number is somebody's here does not change the answer.
    """
    if provider is None:
        raise rules.RealNameInPerson
    if not await consents.stands(work, person, "real-name"):
        raise rules.RealNameConsentWanted
    papers = documents.read(document, number, today=work.now.astimezone(CHENGDU).date())
    index = index_of(work.vault.keys, papers)
    for turn in sorted((person.bytes, index)):
        await work.taking_turns(turn)
    await queries.must_be_somebody(work, person)
    await _must_be_wanted(work, person, name)
    await _must_be_few(work, person, index)
    made = Check(work.new_id(), person, document, index, None, work.now, work.now)
    kept = json.dumps({"name": name.strip(), "number": papers.number}, ensure_ascii=False)
    made.sealed_asked = await work.seal(person, "real_name_checks", "asked", made.id, kept)
    work.session.add(made)
    await work.audit("real-name.ask", f"person/{person}", actor=person)
    return made


async def latest(work: Work, person: UUID) -> Check:
    """What came of the newest; NotFound, where none was asked for lately."""
    asked = select(Check).where(_ours.person_id == person).order_by(_ours.created_at.desc()).limit(1)
    found = await work.session.scalar(asked)
    if found is None:
        raise NotFound
    return found


async def compare_one(do: Callable[[Callable[[Work], Awaitable[Any]]], Awaitable[Any]], provider: RealName) -> bool:
    """Ask what waits longest, in three steps, the middle one without the database; False when nothing waits."""
    question, at = await do(_begin)
    if question is None:
        return False
    try:
        told = await provider.compare(question.check, question.name, question.papers, at=at)
    except ProviderAway:
        await do(lambda work: _missed(work, question))
    else:
        await do(lambda work: settle(work, question, told, provider.name))
    return True


async def _begin(work: Work) -> tuple[Question | None, Any]:
    due = select(Check).where(_ours.state == "asked", _ours.ask_after <= work.now).order_by(_ours.ask_after).limit(1)
    held = await work.session.scalar(due.with_for_update(skip_locked=True))
    if held is None:
        return None, work.now
    if held.is_hopeless:
        held.missed(work.now)
        return None, work.now
    attempt = held.begin(work.now)
    try:
        clear = await work.unseal(held.person_id, "real_name_checks", "asked", held.id, held.sealed_asked or b"")
    except Unreadable:  # forgotten meanwhile: nobody asks any more
        await work.session.delete(held)
        return None, work.now
    asked = json.loads(clear)
    papers = Numbered(held.document, asked["number"])
    return Question(held.id, attempt, asked["name"], papers), work.now


async def _missed(work: Work, question: Question) -> None:
    held = await _held(work, question)
    if held is not None:
        held.missed(work.now)


async def settle(work: Work, question: Question, told: Told, provider: str) -> None:
    """What was said makes a fact, or nothing; a number that leads to somebody else makes a finding for staff.

    Nothing, if somebody else has settled it meanwhile, or its person was forgotten.
    """
    index = index_of(work.vault.keys, question.papers)
    person = await work.session.scalar(select(_ours.person_id).where(_ours.id == question.check))
    if person is None:
        return
    for turn in sorted((person.bytes, index)):
        await work.taking_turns(turn)
    held = await _held(work, question)
    if held is None:
        return
    other = await holder(work, index)
    held.told(told, provider, leads_elsewhere=other not in {None, person}, at=work.now)
    await work.audit("real-name.compare", f"person/{person}", actor=None, reason=f"{provider} {told.answer}")
    if told.answer != "match":
        return
    if other is not None and other != person:
        await found(work, person, other)
    else:
        await _confirmed(work, held, question.name)


async def _confirmed(work: Work, held: Check, name: str) -> None:
    """The number leads to them, the name is theirs, and both were compared."""
    row = {"number_index": held.number_index, "person_id": held.person_id, "document": held.document, "kept_at": work.now}
    await work.session.execute(insert(numbers).values(row).on_conflict_do_nothing())
    if await people.name_of(work, held.person_id) is None:
        await people.rename(work, held.person_id, name)
    await facts.keep(work, held.fact(work.new_id(), work.now))


async def holder(work: Work, index: bytes) -> UUID | None:
    """Whom a number leads to."""
    return await work.session.scalar(select(numbers.c.person_id).where(numbers.c.number_index == index))


def index_of(keys: Keys, papers: Numbered) -> bytes:
    """The blind index of a number, by a key that indexes nothing else (RFC 5869, from the service's own)."""
    key = HKDF(SHA256(), 32, salt=None, info=b"guohuai/identity/numbers/1").derive(keys.index)
    return hmac.digest(key, papers.told.encode(), hashlib.sha256)


async def forget(work: Work) -> None:
    """Checks that no budget counts any more; the facts that they made stay."""
    await work.session.execute(delete(real_name_checks).where(_ours.created_at < work.now - rules.KEEP))


async def _must_be_wanted(work: Work, person: UUID, name: str) -> None:
    if await work.session.scalar(select(_ours.id).where(_ours.person_id == person, _ours.state == "asked")) is not None:
        raise rules.RealNameWaits
    if "real-name" in await facts.held(work, person):
        raise fact_rules.FactThere
    known = await people.name_of(work, person)
    if known is not None and normal_name(known) != normal_name(name):
        raise rules.NameIsAnother


async def _must_be_few(work: Work, person: UUID, index: bytes) -> None:
    for column, key, limits in ((_ours.person_id, person, rules.PERSON_BUDGET), (_ours.number_index, index, rules.NUMBER_BUDGET)):
        costs = (_ours.state != "unanswered") | (_ours.attempts <= len(rules.PAUSES))  # also what was taken back meanwhile
        counted = select(_ours.created_at).where(column == key, _ours.created_at > work.now - _DAY, costs)
        Budget(limits, rules.ChecksTooOften).spend(list(await work.session.scalars(counted)), work.now)


async def _held(work: Work, question: Question) -> Check | None:
    """The check, if this attempt is still waited for."""
    row = await work.session.get(Check, question.check, with_for_update=True, populate_existing=True)
    return row if row is not None and row.is_at(question.attempt) else None
