"""What we and a hospital do not say the same of: kept open until both do, or until somebody has seen to it."""

from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.health.domain.appointment import Appointment
from services.health.domain.hospital import Hospital
from services.health.domain.reconciliation import Divergence, Finding, Remedy, Settlement
from services.health.store import ledger


async def keep(work: Work, hospital_id: UUID, finding: Finding, seat: Appointment | None, chosen: Remedy) -> None:
    """It is open from now on, with what is done about it; found again it is the same one."""
    there = await ledger.open_about(work, hospital_id, finding.subject, finding.verdict)
    if there is not None:
        there.remedy = chosen
        return
    hospital, about = await work.session.get_one(Hospital, hospital_id), seat or finding.theirs
    work.session.add(Divergence(
        work.new_id(), seat.area if seat else hospital.area, hospital_id, finding.subject, finding.verdict, chosen, work.now,
        about.starts_at if about else work.now, seat.id if seat else None, finding.theirs.ref if finding.theirs else None,
    ))
    await work.session.flush()


async def settle(work: Work, divergence_id: UUID, why: Settlement, *, by: Actor) -> Divergence:
    """Somebody has seen to it and says why it is none any more."""
    found = await work.locked(Divergence, divergence_id, by.may("divergences.settle"))
    found.settle(why, by=by.id, at=work.now)
    await work.audit("divergences.settle", f"divergence/{found.id}", actor=by.id, reason=why)
    return found
