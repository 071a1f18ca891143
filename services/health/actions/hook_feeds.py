"""What subscriptions are to be told: by our own events, by what hospitals offer that is otherwise, and by the clock."""

from functools import partial
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.process import Running
from services.health.domain.hook import Call, Hook
from services.health.domain.topic import Topic, topics_of
from services.health.store import consents, programs
from services.health.store import hooks as kept

_AT_ONCE = 500


async def hear(work: Work, event: Any) -> None:
    """Something of an appointment happened: each subscription of its hospital is to be told, by the next number of its own."""
    hospital = await kept.hospital_of(work, event.slot_id)
    person = await kept.person_of(work, event.appointment_id)
    if hospital is None or person is None or not await consents.may_tell(work, person):
        return
    for hook in await kept.live_of(work, hospital, topics_of(event)):
        _tell(work, hook, appointment_id=event.appointment_id)


async def hear_contract(work: Work, event: Any) -> None:
    """A contract began or ended: hospitals that know its person are told, each by its own name of it."""
    person = await kept.owner_of(work, event.contract_id)
    if person is None or not await consents.may_tell(work, person):
        return
    for hospital in await kept.told_of(work, Topic.CONTRACT):
        await programs.name_patients(work, hospital)
        named = await kept.contract_at(work, hospital, event.contract_id)
        for hook in await kept.live_of(work, hospital, topics_of(event)) if named else ():
            _tell(work, hook, focus_id=named, contract_id=event.contract_id)


def _tell(work: Work, hook: Hook, **what: Any) -> None:
    hook.last += 1
    work.session.add(Call(work.new_id(), hook.id, hook.last, work.now, work.now, **what))


async def feed(running: Running) -> None:
    """What is otherwise of times and schedules, and signs of life for those that ask for them; any number of workers may."""
    while await running.database.do(tell_offers) == _AT_ONCE:
        pass
    await running.database.do(partial(beat, most=_AT_ONCE))


async def tell_offers(work: Work) -> int:
    """So much was otherwise; a time that changed several times since is told once. Nobody is behind it, so nobody is asked."""
    found = await kept.take_news(work, _AT_ONCE)
    by_hospital: dict[tuple[UUID, str], dict[UUID, None]] = {}
    for hospital, topic, focus in found:
        by_hospital.setdefault((hospital, topic), {})[focus] = None
    for (hospital, topic), focuses in sorted(by_hospital.items()):
        for hook in await kept.live_of(work, hospital, (Topic(topic),)):
            for focus in focuses:
                _tell(work, hook, focus_id=focus)
    return len(found)


async def beat(work: Work, *, most: int) -> None:
    """Who was told nothing for as long as they said is told that nothing happened."""
    for hook in await kept.quiet(work, most):
        work.session.add(Call(work.new_id(), hook.id, hook.last, work.now, work.now, beats=True))
