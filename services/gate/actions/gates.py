"""What is done with gates."""

from uuid import UUID

from chassis.db import Work
from chassis.directory import must_be_fresh
from chassis.rights import Actor
from services.gate.domain.gate import Command, Gate


async def command(work: Work, gate_id: UUID, *, by: Actor, reason: str) -> Command:
    """Order a gate to open, one order after the other; refused while it is not sure who holds which role."""
    await must_be_fresh(work, by)
    gate = await work.locked(Gate, gate_id, by.may("gate.open"))
    made, said = gate.command(work.new_id(), by=by.id, reason=reason, at=work.now)
    work.session.add(made)
    await work.audit("gate.open", f"gate/{gate_id}", actor=by.id, reason=reason)
    work.announce(said)
    return made


async def look(work: Work, gate_id: UUID, *, by: Actor) -> Gate:
    """A gate this person may see."""
    return await work.seen(Gate, gate_id, by.may("gates.read"))
