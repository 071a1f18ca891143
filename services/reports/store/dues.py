"""What is in hand: when each report is due next, the earliest of what its clocks wait for, and what lists ask of it.

A list is walked in that order, and counted, by this narrow table alone: it is as long as the work there is, and not as the years.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.reports.domain.report import Report
from services.reports.domain.worklist import NEVER, OPEN
from services.reports.store.tables import IN_HAND, clocks, metadata, reports

dues = Table(
    "dues", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False, comment="9999 while its time stands still or nothing is awaited"),
    Column("kind", Text, comment="of the clock that is due then"),
    Column("moved_in", BigInteger, nullable=False, comment="the transaction that said so last"),
    # as the report says them: kept so by triggers of the database, whoever writes (migration 0035)
    Column("area", AreaPath, nullable=False),
    Column("category", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("assignee_id", Uuid),
    Column("reopen_count", Integer, nullable=False),
    Column("severity", Text, nullable=False, server_default="minor"),  # by a trigger of its own (migration 0043)
    Index("ix_dues_due", "due_at", "report_id"),
    Index("ix_dues_moved", "moved_in", "report_id"),
    Index("ix_dues_area", "area", postgresql_using="gist"),
    Index("ix_dues_of", "assignee_id", "due_at", "report_id"),
)
THIS_TRANSACTION = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
# which transactions had ended when a statement began, and whether the one that moved a row was among them
SNAPSHOT = cast(func.pg_current_snapshot(), Text)
STOOD_STILL, MOVED = (
    text(f"{which} pg_visible_in_snapshot(cast(cast(moved_in as text) as xid8), cast(cast(:snapshot as text) as pg_snapshot))")
    .bindparams(bindparam("snapshot", type_=Text)) for which in ("", "not")
)


def _reckoned(which: Any) -> Any:
    """Of each kind of clock the newest counts: while it runs, and while what it missed is still wanted as the report stands."""
    newest = (
        select(clocks.c.kind, clocks.c.state, clocks.c.due_at).ext(distinct_on(clocks.c.kind))
        .where(clocks.c.report_id == reports.c.id).order_by(clocks.c.kind, clocks.c.id.desc())
        .correlate(reports).subquery("newest")
    )
    kind, state = cast(newest.c.kind, Text), cast(newest.c.state, Text)
    wanted = or_(
        and_(kind == "resolve", text(f"reports.{IN_HAND}")),
        and_(kind == "respond", text("reports.status in ('submitted', 'returned', 'escalated', 'reopened')")),
        and_(kind == "contact", text("reports.status = 'assigned'")),
    )
    counts = or_(state == "running", and_(state == "missed", wanted))
    soonest: Any = select(newest.c.due_at, kind.label("kind")).where(counts).order_by(newest.c.due_at, newest.c.kind).limit(1)
    first = soonest.correlate(reports).lateral("first")
    due = func.coalesce(first.c.due_at, literal(NEVER, DateTime(timezone=True)))
    asked = select(reports.c.id, due, first.c.kind, THIS_TRANSACTION).select_from(reports.outerjoin(first, true()))
    made = insert(dues).from_select(["report_id", "due_at", "kind", "moved_in"], asked.where(which))
    moved = or_(dues.c.due_at != made.excluded.due_at, dues.c.kind.is_distinct_from(made.excluded.kind))
    changed = {name: made.excluded[name] for name in ("due_at", "kind", "moved_in")}
    return made.on_conflict_do_update(index_elements=[dues.c.report_id], set_=changed, where=moved)


_ONE = Prepared(_reckoned(reports.c.id == bindparam("report")))
_OVER = Prepared(delete(dues).where(dues.c.report_id == bindparam("report")))

_DUE = Prepared(select(dues.c.due_at).where(dues.c.report_id == bindparam("report")))


async def reckon(work: Work, report: Report) -> None:
    """When a report that is held is due next, as its clocks say now; of what nobody has to do anything about nothing is kept."""
    await work.session.flush()
    await work.rows(_ONE if report.status in OPEN else _OVER, report=report.id)


def told(due_at: datetime) -> datetime | None:
    """As it is shown: none, where nothing is due."""
    return None if due_at >= NEVER else due_at


async def due_of(work: Work, report: UUID) -> datetime | None:
    """When one report is due next; none, where nothing is."""
    at = await work.value(_DUE, report=report)
    return None if at is None else told(at)
