"""What was said already, so that it is said once: how hot a report is, and how a community's day was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Table, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import below
from chassis.prepared import Prepared
from services.reports.store.parts import FILED
from services.reports.store.tables import metadata, reports

hotspots = Table(
    "hotspots", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("mark", Integer, nullable=False, comment="of people, the highest that was said"),
)
days = Table(
    "counted_days", metadata,
    Column("community", Text, primary_key=True),
    Column("day", Date, primary_key=True, comment="a local day"),
    Column("id", Uuid, nullable=False),
)
_hotter = insert(hotspots)
_HOTTER = Prepared(_hotter.on_conflict_do_update(
    index_elements=[hotspots.c.report_id], set_={"mark": _hotter.excluded.mark}, where=hotspots.c.mark < _hotter.excluded.mark,
).returning(hotspots.c.mark), "report_id", "mark")
_DAY = Prepared(insert(days).on_conflict_do_nothing().returning(days.c.id), *days.c.keys())
_SINCE, _BEFORE = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "before"))
_ANY = Prepared(select(reports.c.id).where(below(reports.c.area, "area"), reports.c.submitted_at < _BEFORE).limit(1))
_FILED = Prepared(select(func.count()).select_from(reports).where(
    below(reports.c.area, "area"), reports.c.submitted_at >= _SINCE, reports.c.submitted_at < _BEFORE, FILED,
))


async def is_hotter(work: Work, report: UUID, mark: int) -> bool:
    """Whether this mark was not said of a report yet; it is from now on."""
    return await work.row(_HOTTER, report_id=report, mark=mark) is not None


async def is_begun(work: Work, community: str, before: datetime) -> bool:
    """Whether anything was filed there by then."""
    return await work.row(_ANY, area=community, before=before) is not None


async def begins(work: Work, community: str, day: date) -> UUID | None:
    """The id of a day that is counted now; None if it was counted already."""
    found: UUID | None = await work.value(_DAY, community=community, day=day, id=work.new_id())
    return found


async def filed(work: Work, community: str, *, since: datetime, before: datetime) -> int:
    """How many reports were filed there between two moments, whatever became of them."""
    return int(await work.value(_FILED, area=community, since=since, before=before))
