"""Being forgotten, as a saga over all services: asked, thought over, looked at, erased, closed."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import delete, select

from chassis import privacy
from chassis.db import Work
from chassis.process import Running
from contracts.identity import ErasureAsked, ErasureProposed, ErasureRequested
from contracts.part import PARTS
from services.identity.actions import people, sessions
from services.identity.domain.erasure import BEFORE, OPEN, Erasure, ErasureNotThere, ErasureThere, State
from services.identity.domain.merge import PersonMerged
from services.identity.store import queries
from services.identity.store.agreement import agreed
from services.identity.store.periods import goes_on
from services.identity.store.privacy import erasures, request_parts
from services.identity.store.tables import assignments, bindings

OVERDUE = Gauge("guohuai_erasures_overdue", "Requests to be forgotten whose term is over")
SERVES = "serves"  # whoever serves is forgotten once they serve no more: what they do is on record under their name

log = logging.getLogger(__name__)
_OWN = privacy.PersonalData(frozenset(), people.export, people.erase)


async def ask(work: Work, person: UUID) -> Erasure:
    """From now on it is thought over. ErasureThere of who asked already; PersonMerged of who is another by now."""
    await work.taking_turns(person.bytes)
    if await queries.leads(work, person) != person:
        raise PersonMerged
    if await _open(work, person) is not None:
        raise ErasureThere
    home = select(bindings.c.area).where(bindings.c.person_id == person, agreed(bindings.c))
    home = home.order_by(bindings.c.ends_at.is_not(None), bindings.c.id)
    made = Erasure.ask(work.new_id(), person, await work.session.scalar(home.limit(1)), at=work.now)
    work.session.add(made)
    await work.session.flush()
    await work.audit("erasures.ask", f"person/{person}", actor=person)
    work.announce(ErasureAsked(erasure_id=made.id, person_id=person, recipients=(person,)))
    return made


async def find(work: Work, person: UUID) -> Erasure:
    """The request of theirs that is under way; ErasureNotThere."""
    found = await _open(work, person)
    if found is None:
        raise ErasureNotThere
    return found


async def withdraw(work: Work, person: UUID) -> Erasure:
    """They stay. ErasureNotThere, ErasureBegun."""
    found = await _open(work, person, hold=True)
    if found is None:
        raise ErasureNotThere
    found.withdraw(at=work.now)
    await work.audit("erasures.withdraw", f"person/{person}", actor=person)
    return found


async def reasons(work: Work, erasure: Erasure) -> list[dict[str, Any]]:
    """Which services have a reason to wait, by codes."""
    held = (request_parts.c.request_id == erasure.look_id) & (request_parts.c.state == "held")
    asked = select(request_parts.c.service, request_parts.c.reason).where(held).order_by(request_parts.c.service)
    return [dict(row._mapping) for row in await work.session.execute(asked)] if erasure.look_id else []  # noqa: SLF001


async def serves(work: Work, person: UUID) -> str | None:
    """Identity's own reason to wait."""
    lasting = goes_on(assignments.c, work.now)
    asked = select(assignments.c.id).where(assignments.c.person_id == person, lasting).limit(1)
    return SERVES if await work.session.scalar(asked) is not None else None


async def look_one(work: Work) -> bool:
    """Ask every service about the next person whose days are over; False if there is none. Any number of workers may."""
    due = (erasures.c.next_at <= work.now) & erasures.c.state.in_(BEFORE)
    asked = select(Erasure).where(due).order_by(erasures.c.next_at).limit(1).with_for_update(skip_locked=True)
    found = await work.session.scalar(asked)
    if found is None:
        return False
    look = work.new_id()
    await work.session.execute(delete(request_parts).where(request_parts.c.request_id == found.look_id))
    found.look(look)
    work.announce(ErasureProposed(look_id=look, person_id=found.person_id))
    return True


async def looked(work: Work, look: UUID, keep: Callable[[], Any]) -> None:
    """A service has looked. Once all have, it begins, or waits for another day; an answer to an earlier look means nothing."""
    found = await _held(work, erasures.c.look_id == look)
    if found is None or found.state is not State.LOOKING:
        return
    await keep()
    said = await queries.settled(work, look, "look")
    if len(said) < len(PARTS):
        return
    if "held" in said.values():
        found.hold(at=work.now)
        return
    await _begin(work, found)


async def _begin(work: Work, erasure: Erasure) -> None:
    """Identity forgets them in the same moment, so that nobody signs in any more who is being forgotten."""
    erasure.begin(at=work.now)
    await sessions.revoke(work, erasure.person_id, by=None)
    await privacy.erase(work, _OWN, erasure.person_id)
    work.announce(ErasureRequested(erasure_id=erasure.id, person_id=erasure.person_id))


async def erased(work: Work, key: UUID, keep: Callable[[], Any]) -> None:
    """A service has forgotten them; when all have, it is done."""
    found = await _held(work, erasures.c.id == key)
    if found is None or found.state is not State.ERASING:
        return
    await keep()
    if len(await queries.settled(work, key, "erase")) == len(PARTS):
        found.close(at=work.now)
        await work.audit("erasures.close", f"erasure/{key}", actor=None)


async def parts_of(work: Work, shown: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """What each service said of these requests: service → rows, state, when."""
    asked = select(request_parts).where(request_parts.c.request_id.in_(shown), request_parts.c.act == "erase")
    told: dict[UUID, dict[str, Any]] = {}
    for row in await work.session.execute(asked):
        told.setdefault(row.request_id, {})[row.service] = {"count": row.count, "settled_at": row.settled_at}
    return told


async def watch(running: Running) -> None:
    """A job: what is overdue is counted for the alarm and said by its id."""
    async with running.database.reading() as work:
        going = list(await work.session.scalars(select(Erasure).where(erasures.c.state.in_(OPEN))))
        late = [one for one in going if one.is_overdue(work.now)]
    OVERDUE.set(len(late))
    for one in late:
        log.error("an erasure is overdue", extra={"facts": {"erasure": str(one.id), "state": one.state, "due": str(one.due_on)}})


async def look_all(running: Running) -> None:
    """A job: one after the other."""
    while await running.database.do(look_one):
        pass


async def _open(work: Work, person: UUID, *, hold: bool = False) -> Erasure | None:
    asked = select(Erasure).where(erasures.c.person_id == person, erasures.c.state.in_(OPEN))
    return (await work.session.scalars(asked.with_for_update() if hold else asked)).first()


async def _held(work: Work, which: Any) -> Erasure | None:
    """Held, so that of two services that answer at once one is the last."""
    return (await work.session.scalars(select(Erasure).where(which).with_for_update())).first()
