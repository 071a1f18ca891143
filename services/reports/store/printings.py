"""What was printed of anchors, in which batch and version, and what of it hangs though it opens nothing any more."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
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
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import below, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.rights import Scope
from chassis.tables import AreaPath
from services.reports.domain.printing import Printing
from services.reports.store.tables import anchors, metadata

MOST_LEFT = 200  # of one answer
_moment = DateTime(timezone=True)
printings = Table(
    "printings", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False, comment="the community"),
    Column("turn", Integer, CheckConstraint("turn >= 1", name="turn"), nullable=False, comment="in its community"),
    Column("printed_at", _moment, nullable=False),
    Column("printed_by", Uuid, nullable=False),
    Index("uq_printings_turn", "area", "turn", unique=True),
)
printed = Table(
    "printed", metadata,
    Column("printing_id", Uuid, ForeignKey("printings.id"), primary_key=True),
    Column("anchor_id", Uuid, ForeignKey("anchors.id"), primary_key=True),
    Column("position", SmallInteger, nullable=False, comment="on its sheet"),
    Column("version", SmallInteger, nullable=False, comment="of the poster, as it was printed"),
    Column("place", Text, nullable=False, comment="as it was called then, so that the sheet is the same again"),
    Column("taken_down_at", _moment),
    Column("taken_down_by", Uuid),
    CheckConstraint("(taken_down_at is null) = (taken_down_by is null)", name="taken_down_by_somebody"),
    Index("ix_printed_anchor", "anchor_id", "version"),
    Index("ix_printed_hanging", "anchor_id", postgresql_where=text("taken_down_at is null")),
)
registry(metadata=metadata).map_imperatively(Printing, printings)

PRINTINGS = Listing(
    select(printings, select(func.count()).where(printed.c.printing_id == printings.c.id).scalar_subquery().label("posters"))
    .where(reached(printings.c.area)),
    printings.c.id, area=below(printings.c.area, "area"),
)
_LAST = Prepared(select(func.max(printings.c.turn)).where(printings.c.area == bindparam("area", type_=AreaPath)))
# what opens nothing any more: its anchor was revoked, or another version took its place
_DEAD = or_(anchors.c.revoked_at.is_not(None), printed.c.version < anchors.c.version)
_POSTERS = Prepared(
    select(printed, anchors.c.asset, anchors.c.area, _DEAD.label("dead")).join(anchors, anchors.c.id == printed.c.anchor_id)
    .where(printed.c.printing_id == bindparam("key")).order_by(printed.c.position)
)
_OF = Prepared(select(printed.c.anchor_id, printed.c.version, printings.c.turn, printings.c.printed_at).join(
    printings, printings.c.id == printed.c.printing_id
).where(printed.c.anchor_id == func.any(bindparam("keys", type_=ARRAY(Uuid)))).order_by(printings.c.printed_at, printings.c.id))
_left: Any = select(
    printed.c.anchor_id, printed.c.version, anchors.c.area, anchors.c.asset, anchors.c.revoked_at,
    func.array_agg(printings.c.turn).label("turns"), func.max(printed.c.place).label("place"),
    func.max(printings.c.printed_at).label("printed_at"),
).join(anchors, anchors.c.id == printed.c.anchor_id).join(printings, printings.c.id == printed.c.printing_id).where(
    printed.c.taken_down_at.is_(None), _DEAD, reached(anchors.c.area)
).group_by(printed.c.anchor_id, printed.c.version, anchors.c.area, anchors.c.asset, anchors.c.revoked_at).order_by(
    text("printed_at desc"), printed.c.anchor_id, printed.c.version
).limit(MOST_LEFT)
_LEFT = Prepared(_left)
_LEFT_BELOW = Prepared(_left.where(below(anchors.c.area, "area")))


async def next_turn(work: Work, area: str) -> int:
    """Which batch of a community this is; whoever asks takes their turn first."""
    return int(await work.value(_LAST, area=area) or 0) + 1


async def keep_posters(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """What is printed in a batch that was kept."""
    await work.session.execute(insert(printed), list(rows))


async def posters_of(work: Work, printing: UUID) -> list[Row]:
    """The posters of a batch, in their order."""
    return await work.rows(_POSTERS, key=printing)


async def of_anchors(work: Work, keys: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """In which batches these were printed, oldest first."""
    found: dict[UUID, list[Row]] = {}
    for row in await work.rows(_OF, keys=list(keys)):
        found.setdefault(row.anchor_id, []).append(row)
    return found


async def left(work: Work, scope: Scope, area: str | None) -> list[Row]:
    """What was printed, opens nothing any more, and nobody said was taken down; the newest of it."""
    if area is None:
        return await work.rows(_LEFT, **vars(scope))
    return await work.rows(_LEFT_BELOW, **vars(scope), area=area)


async def take_down(work: Work, anchor: UUID, version: int, by: UUID) -> bool:
    """All that was printed of this version is gone; False where nothing was left of it. The anchor is held."""
    mine = and_(printed.c.anchor_id == anchor, printed.c.version == version, printed.c.taken_down_at.is_(None))
    gone = update(printed).where(mine).values(taken_down_at=work.now, taken_down_by=by).returning(printed.c.printing_id)
    return bool((await work.session.execute(gone)).all())
