"""Questions about the parts of a report; and what leaves them out where only what somebody filed is counted or told."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select

from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.reports.domain.anchor import ENDED
from services.reports.domain.part import Parts
from services.reports.domain.report import Report
from services.reports.store.tables import reports

FILED = reports.c.parent_id.is_(None)  # a report that somebody filed, and no part of one
_part, _parent = reports.alias("part"), reports.alias("parent")
_IS_OPEN = and_(*(_part.c.status != one for one in sorted(ENDED)))
_OF = Prepared(
    select(reports.c.id, reports.c.number, reports.c.category, reports.c.status, reports.c.area, reports.c.divided_by)
    .where(reports.c.parent_id == bindparam("report")).order_by(reports.c.id)
)
_NUMBER = Prepared(select(reports.c.number).where(reports.c.id == bindparam("report")))
# what lists tell beside each report
PARENT_NUMBER = select(_parent.c.number).where(_parent.c.id == reports.c.parent_id).scalar_subquery().label("parent_number")
MANY = select(func.count()).where(_part.c.parent_id == reports.c.id).scalar_subquery().label("many_parts")
OPEN = (
    select(func.array_agg(_part.c.number)).where(_part.c.parent_id == reports.c.id, _IS_OPEN).scalar_subquery()
    .label("open_parts")
)


async def of(work: Work, report: UUID) -> list[Row]:
    """The parts of a report, oldest first."""
    return await work.rows(_OF, report=report)


async def of_person(work: Work, person: UUID) -> list[dict[str, str]]:
    """Into what the reports of a person were divided, as they read it: how each stands, and no words of staff."""
    asked = select(_parent.c.number.label("report"), reports.c.number, reports.c.category, reports.c.status)
    theirs = asked.join(_parent, _parent.c.id == reports.c.parent_id).where(reports.c.reporter_id == person)
    return [dict(row) for row in (await work.session.execute(theirs.order_by(reports.c.id))).mappings()]


async def number_of(work: Work, report: UUID) -> str:
    """What a report is called."""
    return str(await work.value(_NUMBER, report=report))


async def counted(work: Work, report: UUID) -> Parts:
    """How many there are, and which are open; of a report that is held none becomes open, nor comes another."""
    return summed(await of(work, report))


def summed(rows: Sequence[Row]) -> Parts:
    """The same of parts that were read already."""
    return Parts(len(rows), tuple(row.number for row in rows if row.status not in ENDED))


async def held_open(work: Work, parent: UUID) -> list[Report]:
    """The parts of a report that are open, held in one order; the report itself is held."""
    asked = select(Report).where(reports.c.parent_id == parent, reports.c.status.not_in(sorted(ENDED))).order_by(reports.c.id)
    return list(await work.session.scalars(asked.with_for_update().execution_options(populate_existing=True)))
