"""What reports keeps of photos on their way to everybody."""

from collections.abc import Collection
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
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.prepared import Prepared, Row
from chassis.uploads import uploads
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.publication import HIDDEN, Publication, State
from services.reports.store.checks import is_kept_back
from services.reports.store.tables import metadata, reports

_moment = DateTime(timezone=True)
# where the worker has something to do, as the index and the question spell it
_TO_DO = "state in ('waiting', 'wanted') or state = 'concealed' and copy_key is not null"
publications = Table(
    "publications", metadata,
    Column("id", Uuid, primary_key=True, comment="of the photo, an upload"),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("width", Integer, nullable=False, comment="pixels, of what boxes are measured in"),
    Column("height", Integer, nullable=False),
    Column("state", Text, CheckConstraint(f"state in ({', '.join(repr(one.value) for one in State)})", name="state"),
           nullable=False),
    Column("looked_at", _moment, comment="by the detector"),
    Column("boxes", JSONB, nullable=False, comment="what is covered, or is to be"),
    Column("version", SmallInteger, nullable=False, comment="of the boxes; a copy is named by it"),
    Column("copy_key", Text),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    CheckConstraint("state not in ('found', 'public') or copy_key is not null", name="shown_is_covered"),
    CheckConstraint("state not in ('public', 'wanted') or decided_by is not null", name="shown_by_somebody"),
    CheckConstraint("(state = 'waiting') = (looked_at is null)", name="looked_at_first"),
    CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_whole"),
    Index("ix_publications_report", "report_id"),
    Index("ix_publications_to_do", "id", postgresql_where=text(_TO_DO)),
)
registry(metadata=metadata).map_imperatively(Publication, publications)

_ROLE = func.split_part(uploads.c.claimed_by, "/", 1)
_OURS = or_(_ROLE == "before", _ROLE == "after")
_REPORT = func.split_part(uploads.c.claimed_by, "/", 2) == reports.c.id.cast(Text)
_SHOWABLE = and_(func.nlevel(reports.c.area) <= NARROWEST, *(reports.c.status != one for one in sorted(HIDDEN)))
_SHOWN = select(
    publications.c.id, publications.c.report_id, publications.c.copy_key,
).join(uploads, uploads.c.id == publications.c.id).join(reports, reports.c.id == publications.c.report_id).where(
    publications.c.state == State.PUBLIC.value, uploads.c.state == "ready", _OURS, _REPORT, _SHOWABLE,
    ~is_kept_back(publications.c.report_id, publications.c.id),
)
_PUBLIC = Prepared(_SHOWN.where(publications.c.id == bindparam("photo", type_=Uuid)))
_OF_REPORTS = Prepared(
    _SHOWN.where(publications.c.report_id == func.any(bindparam("reports", type_=ARRAY(Uuid))))
    .order_by(publications.c.report_id, _ROLE.desc(), publications.c.id)
)
_PHOTO = Prepared(
    select(uploads.c.key, uploads.c.web_key).where(uploads.c.id == bindparam("photo", type_=Uuid), uploads.c.state == "ready")
)
_OF_REPORT = Prepared(select(publications).where(publications.c.report_id == bindparam("report", type_=Uuid)))


async def public(work: Work, photo: UUID) -> str | None:
    """The key of the covered copy of a photo that is shown to everybody at this moment."""
    row = await work.row(_PUBLIC, photo=photo)
    return row.copy_key if row is not None else None


async def first_public(work: Work, keys: Collection[UUID]) -> dict[UUID, UUID]:
    """Of each of these reports the photo that is shown to everybody: of what was reported before of what was mended."""
    found: dict[UUID, UUID] = {}
    for row in await work.rows(_OF_REPORTS, reports=sorted(keys)):
        found.setdefault(row.report_id, row.id)
    return found


async def of_report(work: Work, report: UUID) -> dict[UUID, Row]:
    """Those of a report, by photo."""
    return {row.id: row for row in await work.rows(_OF_REPORT, report=report)}


async def held(work: Work, report: UUID, photo: UUID) -> Publication | None:
    """One of a report, held until the transaction ends; None where the photo is there no more."""
    asked = select(Publication).join(uploads, uploads.c.id == publications.c.id)
    mine = (publications.c.id == photo) & (publications.c.report_id == report) & (uploads.c.state == "ready")
    return await work.session.scalar(asked.where(mine).with_for_update(of=publications).execution_options(populate_existing=True))


async def begin(work: Work, report: UUID, photo: UUID) -> None:
    """A photo of the report waits for the detector, if it is developed; one that is on its way already stays where it is."""
    values = {"width": literal(0), "height": literal(0), "state": literal(State.WAITING.value), "version": literal(1)}
    ours = uploads.c.claimed_by.in_((f"before/{report}", f"after/{report}")) & (uploads.c.state == "ready")
    shown = select(uploads.c.id, literal(report), literal([], JSONB), *values.values()).where(uploads.c.id == photo, ours)
    made = insert(publications).from_select(["id", "report_id", "boxes", *values], shown)
    await work.session.execute(made.on_conflict_do_nothing())


async def next_to_do(work: Work) -> Publication | None:
    """One whose copy is to be made, or to be deleted; two workers may do the same at once, and one of them keeps it."""
    return await work.session.scalar(select(Publication).where(text(_TO_DO)).order_by(publications.c.id).limit(1))


async def still(work: Work, photo: UUID, stood: tuple[str, int, str | None]) -> Publication | None:
    """It, held, if it stands as it stood; None if somebody decided or did something meanwhile."""
    asked = select(Publication).where(publications.c.id == photo).with_for_update()
    held = await work.session.scalar(asked.execution_options(populate_existing=True))
    return held if held is not None and held.stands == stood else None


async def is_named(work: Work, key: str) -> bool:
    """Whether a copy is the one of its photo."""
    return await work.session.scalar(select(publications.c.id).where(publications.c.copy_key == key)) is not None


async def photo_of(work: Work, one: Publication) -> Row | None:
    """The developed photo itself; None once its person was forgotten."""
    return await work.row(_PHOTO, photo=one.id)


async def forget(work: Work, photo: UUID) -> int:
    """It is on its way no more; how many copies of it there may be."""
    gone = delete(publications).where(publications.c.id == photo).returning(publications.c.version)
    return await work.session.scalar(gone) or 0
