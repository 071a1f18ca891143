"""Questions about reports that were merged into one, and about everybody who meets the same."""

from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, union
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from services.reports.domain.appraisal import Appraisal
from services.reports.domain.report import Report
from services.reports.store.tables import appraisals, reports, supports

STANDING = Prepared(select(reports.c.number, reports.c.status).where(reports.c.id == bindparam("report")))
_APPRAISE = Prepared(
    insert(appraisals).on_conflict_do_nothing().returning(appraisals.c.person_id), *appraisals.c.keys()
)
_APPRAISED = Prepared(select(appraisals.c.satisfaction, func.count().label("many")).where(
    appraisals.c.report_id == bindparam("report"), appraisals.c.round == bindparam("turn")
).group_by(appraisals.c.satisfaction))
_OF_MASTER = reports.c.master_id == bindparam("report")
_LEADS = Prepared(select(reports.c.id).where(_OF_MASTER).limit(1))
_ITS_OWN = supports.c.report_id == bindparam("report")
_ITS_MEMBERS = supports.c.report_id.in_(select(reports.c.id).where(_OF_MASTER))
_VOICES = Prepared(union(
    select(reports.c.reporter_id.label("person")).where(_OF_MASTER),
    select(supports.c.person_id).where(supports.c.retracted_at.is_(None), or_(_ITS_OWN, _ITS_MEMBERS)),
))


async def keep_appraisal(work: Work, made: Appraisal) -> bool:
    """Keep what a voice says; False if it said so before."""
    return await work.row(_APPRAISE, **vars(made)) is not None


async def appraised(work: Work, report: UUID, turn: int) -> dict[int, int]:
    """How many voices gave how many stars in one round."""
    return {row.satisfaction: row.many for row in await work.rows(_APPRAISED, report=report, turn=turn)}


async def leads_others(work: Work, report: UUID) -> bool:
    """Whether anything was merged into this report."""
    return await work.row(_LEADS, report=report) is not None


async def voices(work: Work, report: Report) -> tuple[UUID, ...]:
    """Who meets the same: the reporters of what was merged into it, and the supporters of all; without its own reporter."""
    found = {row.person for row in await work.rows(_VOICES, report=report.id)}
    return tuple(sorted(found - {report.reporter_id}))


async def members(work: Work, master: UUID) -> list[Report]:
    """What was merged into this report, which is held; held as well, in one order."""
    asked = select(Report).where(reports.c.master_id == master).order_by(reports.c.id).with_for_update()
    return list(await work.session.scalars(asked.execution_options(populate_existing=True)))
