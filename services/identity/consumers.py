"""Events in: what every service says of its part in what identity asked all of them."""

from functools import partial

from sqlalchemy.dialects.postgresql import insert

from chassis.bus import Consumers
from chassis.db import Work
from contracts import gate, health, identity, notify, reports
from contracts.part import _PartSettled, _RecordShown
from services.identity.actions import accesses, erasures, exports
from services.identity.store.privacy import request_parts

parts = Consumers("identity", "parts")


@parts.on(gate.PartSettled)
@parts.on(health.PartSettled)
@parts.on(identity.PartSettled)
@parts.on(notify.PartSettled)
@parts.on(reports.PartSettled)
async def on_part(event: _PartSettled, work: Work) -> None:
    """Kept once for each service, and what follows from it."""
    keep = partial(_keep, work, event)
    if event.act == "look":
        await erasures.looked(work, event.request_id, keep)
    elif event.act == "erase":
        await erasures.erased(work, event.request_id, keep)
    elif event.act == "export":
        await exports.gathered(work, event.request_id, keep)
    elif event.act == "consent":
        await keep()


@parts.on(health.RecordShown)
@parts.on(reports.RecordShown)
async def on_shown(event: _RecordShown, work: Work) -> None:
    """Whose it is reads of it."""
    await accesses.keep(work, event, event.topic.partition(".")[0])


async def _keep(work: Work, event: _PartSettled) -> None:
    service = event.topic.partition(".")[0]  # the broker lets nobody publish in another's name
    row = {"request_id": event.request_id, "act": event.act, "service": service, "state": event.state, "count": event.count}
    said = insert(request_parts).values(**row, reason=event.reason, settled_at=work.now)
    await work.session.execute(said.on_conflict_do_nothing())
