"""The steps a report took are written into its chain, and its clocks are turned."""

from chassis.db import Work
from chassis.rights import Actor
from contracts.area import contains
from contracts.reports import LADDER
from services.reports.actions import clocks
from services.reports.domain.report import Report
from services.reports.domain.terms import Terms
from services.reports.store import dues, queries


async def keep(work: Work, report: Report, by: Actor | None, terms: Terms | None = None) -> Report:
    """Write the steps the report took in this transaction, each with its hash over the one before.

    `terms` are those in force, where they are known already.
    """
    for step in report.__dict__.pop("steps", []):
        sealed = None
        if step.note is not None:
            sealed = await work.seal(report.reporter_id, "transitions", str(step.seq), report.id, step.note)
        is_theirs = by is not None and step.actor_id == by.id
        role, acting = (_role(by, report), by.acting) if by is not None and is_theirs else (None, None)
        kept = step.following(report.last_hash, role=role, sealed_note=sealed, acting=acting)
        report.last_hash = kept.digest()
        # a report is written with its last hash, before the step that belongs to it
        await (work.add(report) if kept.from_status is None else work.session.flush())
        await queries.keep_step(work, kept, report.last_hash)
        await clocks.turn(work, report, step.action, terms)
    await dues.reckon(work, report)
    return report


def _role(by: Actor, report: Report) -> str | None:
    """As what the person acted: the highest office held where the report lies, or the reporter."""
    held = [one.role for one in by.assignments if one.role in LADDER and contains(one.area, report.area)]
    if held:
        return max(held, key=LADDER.index)
    return "reporter" if by.id == report.owner_id else None
