"""What health does by the clock with hospitals: asks, reads in, reconciles. No transaction is open while one is waited for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from chassis.errors import Refusal
from chassis.outgoing import Caller
from chassis.process import Running
from services.health.actions import asks, hook_feeds, hooks, message_requests, messages, offers, reconciliations
from services.health.clients import hospital, incoming, mllp, siu, srm
from services.health.clients.line import Silent, Unasked
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Answer, Word
from services.health.domain.hospital import Hospital
from services.health.domain.message import Fault, NotWanted
from services.health.domain.reconciliation import by_appointment
from services.health.domain.schedule import AHEAD
from services.health.settings import HealthSettings
from services.health.store import asking
from services.health.store import messages as kept_messages

_LANES = 4  # a hospital that is slow keeps one of them busy

log = logging.getLogger(__name__)


async def ask_hospitals(running: Running) -> None:
    """Ask all that is due, several at once; any number of workers may."""
    async with asyncio.TaskGroup() as lanes:
        for _ in range(_LANES):
            lanes.create_task(_lane(running))


async def _lane(running: Running) -> None:
    while await ask_one(running):
        pass


async def ask_one(running: Running) -> bool:
    """Take a question, ask it, write down the answer; false if none is due. One that breaks something costs only itself."""
    taken: asks.Taken | None = await running.database.do(asks.take)
    if taken is None:
        return False
    try:
        await _asked(running, taken)
    except Exception as broken:  # noqa: BLE001 - whatever one question breaks, the next one is asked
        _broken(taken.hospital, broken)
        await _put_off(running, taken)
    return True


async def _asked(running: Running, taken: asks.Taken) -> None:
    now = running.settings.clock.now()
    answer = await hospital.asked(settings(running), taken.system, taken.question, at=now)
    await running.database.do(partial(asks.hear, ask_id=taken.question.ask, attempt=taken.attempt, answer=answer))


async def _put_off(running: Running, taken: asks.Taken) -> None:
    """The hospital may have heard, so it is silence; if not even that is written, the lease ends, and tries are counted."""
    silence = Answer(Word.SILENCE)
    try:
        await running.database.do(partial(asks.hear, ask_id=taken.question.ask, attempt=taken.attempt, answer=silence))
    except Exception as broken:  # noqa: BLE001 - the same
        _broken(taken.hospital, broken)


async def read_slots(running: Running) -> None:
    """Read in what every hospital offers of its own in the next weeks; what does not answer is read the next time."""
    async with running.database.reading() as work:
        offering = await asking.that_offer(work)
    for one in offering:
        try:
            await read_slots_of(running, one)
        except Exception as broken:  # noqa: BLE001 - whatever a hospital's answer breaks, the next one is read
            _broken(one.id, broken)


async def read_slots_of(running: Running, one: Hospital) -> None:
    """The same of one hospital."""
    since = running.settings.clock.now()
    until = since + timedelta(days=AHEAD.days)
    try:
        found = await hospital.of(settings(running), one.system or "").slots(since, until, at=since)
    except (Silent, Unasked):
        log.warning("a hospital's slots were not read", extra={"facts": {"hospital": str(one.id)}})
        return
    await running.database.do(partial(offers.read_in, hospital=one, found=found, since=since, until=until))


async def reconcile(running: Running) -> None:
    """Compare with every hospital that is due, one after the other; any number of workers may."""
    await running.database.do(reconciliations.order_night)
    while await reconcile_one(running):
        pass


async def reconcile_one(running: Running) -> bool:
    """Read a hospital's side, compare, mend each finding by itself; false if none is due."""
    taken: reconciliations.Taken | None = await running.database.do(reconciliations.take)
    if taken is None:
        return False
    try:
        await _compare(running, taken)
    except (Silent, Unasked):
        await running.database.do(partial(reconciliations.put_off, taken=taken))
    except Exception as broken:  # noqa: BLE001 - whatever a hospital's answer breaks, the next one is compared
        _broken(taken.hospital, broken)
        await running.database.do(partial(reconciliations.put_off, taken=taken))
    return True


async def _compare(running: Running, taken: reconciliations.Taken) -> None:
    system = hospital.of(settings(running), taken.system)
    theirs = await system.kept(taken.since, taken.until, at=taken.begun)
    async with running.database.reading() as work:
        findings = await reconciliations.compared(work, taken, theirs)
    for about in by_appointment(findings):
        await running.database.do(partial(reconciliations.mend, taken=taken, findings=about))
    await running.database.do(partial(reconciliations.finish, taken=taken, findings=findings))


async def tell_programs(running: Running) -> None:
    """Tell hospitals' programs what they subscribed to, several at once; any number of workers may."""
    await hook_feeds.feed(running)
    async with asyncio.TaskGroup() as lanes:
        for _ in range(_LANES):
            lanes.create_task(_calls(running))


async def _calls(running: Running) -> None:
    while await tell_one(running):
        pass


async def tell_one(running: Running, caller: Caller = Caller()) -> bool:  # noqa: B008 - it is frozen, and has nothing of its own
    """Make the next call, and write down what came of it; false if none is due. Nothing is held while somebody is waited for."""
    base, blind = f"{running.settings.public_origin}/fhir", running.settings.keys.blind
    taken: hooks.Taken | None = await running.database.do(partial(hooks.take, base=base, blind=blind))
    if taken is None:
        return False
    took, _ = await caller.tell(taken.endpoint, taken.body, taken.headers)
    await running.database.do(partial(hooks.told, call=taken.call, attempt=taken.attempt, took=took))
    return True


async def listen(running: Running) -> None:
    """Hear hospitals' systems over HL7 v2, where operators have said so, until the worker stops."""
    given = settings(running)
    if given.mllp_listen:
        host, _, port = given.mllp_listen.rpartition(":")
        known = mllp.peers(Path(given.mllp_peers))
        listener = mllp.Listener(known, partial(hear_message, running))
        await listener.serve(host, int(port), mllp.context(Path(given.mllp_certificate), known))


async def hear_message(running: Running, system: str, frame: bytes) -> bytes | None:
    """What is said back to a message; AA once it is kept, or a request is done, and not before. Nothing of it is logged."""
    at, control = running.settings.clock.now(), uuid4().hex[:20]
    try:
        message = incoming.opened(frame)
    except incoming.NoMessage:
        return None
    asks_us = message.head.part(9) == "SRM"
    said = await _heard(running, system, message, _granted if asks_us else _kept)
    if isinstance(said, incoming.Refused):
        log.warning("a hospital's message was refused", extra={"facts": {"system": system, "code": said.fault.value}})
    if asks_us and said is not None:
        return srm.answered(message, said, control=control, at=at)
    return siu.acknowledged(message, said if isinstance(said, incoming.Refused) else None, control=control, at=at)


Said = Appointment | incoming.Refused | None


async def _heard(
    running: Running, system: str, message: incoming.Incoming,
    heed: Callable[[Running, str, incoming.Incoming], Awaitable[Said]],
) -> Said:
    try:
        return await heed(running, system, message)
    except incoming.Refused as refused:
        return refused
    except Exception as broken:  # noqa: BLE001 - it is not kept, whatever broke, and the sender says it again
        log.error("a message was not kept", extra={"facts": {"system": system, "why": type(broken).__name__}})  # noqa: TRY400 - it may quote it
        return incoming.Refused(Fault.NOT_NOW)


async def _kept(running: Running, system: str, message: incoming.Incoming) -> Said:
    told = siu.told(message, system)
    fault: Fault | None = await running.database.do(partial(messages.keep, told=told, system=system))
    return None if fault is None else incoming.Refused(fault)


async def _granted(running: Running, system: str, message: incoming.Incoming) -> Said:
    wanted = srm.wanted(message, system)
    try:
        granted: Appointment = await running.database.do(partial(message_requests.grant, wanted=wanted, system=system))
    except (Refusal, NotWanted) as refused:
        return srm.refused(refused)
    return granted


async def forget_messages(running: Running) -> None:
    """What hospitals told us long ago."""
    await running.database.do(kept_messages.forget_old)


def _broken(hospital: UUID, broken: Exception) -> None:
    """Said by its kind alone: an error of a row quotes what the hospital said, which may name a patient."""
    log.error("a hospital's answer broke something", extra={"facts": {"hospital": str(hospital), "why": type(broken).__name__}})


def settings(running: Running) -> HealthSettings:
    """Those of this service."""
    if not isinstance(running.settings, HealthSettings):
        raise TypeError(running.settings)
    return running.settings
