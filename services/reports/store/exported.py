"""Which reports a list on its way out holds: until it is said to whose they are, or it is over and nobody had it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Table, Uuid, delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.reports.domain.export import Export
from services.reports.store.exports import exports
from services.reports.store.retirements import retirements
from services.reports.store.tables import metadata, reports

exported = Table(
    "exported", metadata,
    Column("export_id", Uuid, ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
)


async def keep(work: Work, export: UUID, held: Iterable[UUID]) -> None:
    """It holds these as well."""
    rows = [{"export_id": export, "report_id": one} for one in held]
    if rows:
        await work.session.execute(insert(exported).on_conflict_do_nothing(), rows)


async def clear(work: Work, export: UUID) -> None:
    """It holds nothing of anybody: it is made anew, or nobody had it."""
    await work.session.execute(delete(exported).where(exported.c.export_id == export))


async def next_to_tell(work: Work) -> Export | None:
    """One that somebody has, of which it is to be said to whose reports it holds, held; none that somebody else holds."""
    holds = exists().where(exported.c.export_id == exports.c.id)
    asked = select(Export).where(exports.c.state == "fetched", holds).order_by(exports.c.fetched_at, exports.c.id).limit(1)
    return await work.session.scalar(asked.with_for_update(skip_locked=True))


async def take_people(work: Work, export: UUID, most: int) -> list[UUID]:
    """So many of those whose reports it holds; what was theirs is taken out, also of whom nothing is known any more."""
    mine = select(exported.c.report_id, reports.c.reporter_id).join(reports, reports.c.id == exported.c.report_id)
    people = select(reports.c.reporter_id).join(exported, reports.c.id == exported.c.report_id)
    some = people.where(exported.c.export_id == export).distinct().order_by(reports.c.reporter_id).limit(most)
    found = (await work.session.execute(mine.where(exported.c.export_id == export, reports.c.reporter_id.in_(some)))).all()
    retired = set(await work.session.scalars(
        select(retirements.c.report_id).where(retirements.c.report_id.in_([row.report_id for row in found]))
    ))
    theirs = exported.c.report_id.in_([row.report_id for row in found])
    await work.session.execute(delete(exported).where(exported.c.export_id == export, theirs))
    return sorted({row.reporter_id for row in found if row.report_id not in retired})
