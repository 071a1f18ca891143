"""What is known for care by video: doctors, diagnoses, huts, and whose guardian somebody is, as identity says it."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry
from sqlalchemy.types import String

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.health.domain.evidence import Evidence, Qualification, Site
from services.health.domain.machine import State
from services.health.domain.online import YEARS, Modality, Proof, VisitKind
from services.health.store.tables import appointments, departments, metadata, one_of, slots

_moment = DateTime(timezone=True)

qualifications = Table(
    "qualifications", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("practised_since", Date, nullable=False),
    Column("for_children", Boolean, nullable=False),
    Column("entered_by", Uuid, nullable=False),
    Column("entered_at", _moment, nullable=False),
    Index("uq_qualifications_doctor", "doctor_id", "area", unique=True),
    Index("ix_qualifications_area_gist", "area", postgresql_using="gist"),
)

evidence = Table(
    "evidence", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("proof", one_of(Proof, "proof"), nullable=False),
    Column("day", Date, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", _moment, nullable=False),
    Column("department_id", Uuid, ForeignKey("departments.id")),
    CheckConstraint("recorded_by <> person_id", name="by_another"),
    Column("taken_back_by", Uuid),
    Column("taken_back_at", _moment),
    CheckConstraint("(taken_back_by is null) = (taken_back_at is null)", name="taken_back"),
    Index("ix_evidence_area_gist", "area", postgresql_using="gist"),
)

sites = Table(
    "sites", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_site", Boolean, nullable=False),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", _moment, nullable=False),
    Index("uq_sites_version", "hospital_id", "version", unique=True),
    Index("ix_sites_area_gist", "area", postgresql_using="gist"),
)

guardians = Table(
    "guardians", metadata,
    Column("proxy_id", Uuid, primary_key=True),
    Column("child_id", Uuid, nullable=False, index=True),
    Column("guardian_id", Uuid, nullable=False, index=True),
    Column("lasts", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("turned_six", Boolean, nullable=False, server_default="false",
           comment="identity said so; until then the child counts as under six"),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Qualification, qualifications)
_mapping.map_imperatively(Evidence, evidence)
_mapping.map_imperatively(Site, sites)

QUALIFICATIONS = Listing(
    select(qualifications).where(reached(qualifications.c.area, homes=True)), qualifications.c.id,
    doctor_id=qualifications.c.doctor_id == bindparam("doctor_id", type_=Uuid),
)
EVIDENCE = Listing(
    select(evidence).where(reached(evidence.c.area, owner=evidence.c.person_id)), evidence.c.id,
    person_id=evidence.c.person_id == bindparam("person_id", type_=Uuid),
)
SITES = Listing(
    select(sites).where(reached(sites.c.area, homes=True)), sites.c.id,
    hospital_id=sites.c.hospital_id == bindparam("hospital_id", type_=Uuid),
)

_kind = bindparam("kind", type_=String)
_DAY = func.date(func.timezone("Asia/Shanghai", slots.c.starts_at))
_QUALIFIED = select(qualifications.c.id).where(
    qualifications.c.doctor_id == slots.c.doctor_id, qualifications.c.area.op("@>", is_comparison=True)(slots.c.area),
    qualifications.c.practised_since + text(f"interval '{YEARS} years'") <= _DAY,
).correlate(slots).exists()
FITS = or_(  # of the times those that can be of the kind, if one is said; the person's own facts are asked of the one chosen
    _kind.is_(None),
    and_(
        slots.c.modality != Modality.IN_PERSON, or_(_kind == VisitKind.CONSULTATION, _QUALIFIED),
        or_(_kind != VisitKind.ASSISTED, slots.c.modality == Modality.VIDEO_HUT),
    ),
)


def _older(child: Any) -> ColumnElement[bool]:
    """Whether a child has turned six, by the word about any of its guardians."""
    said = guardians.alias("said_of_six")
    return select(said.c.proxy_id).where(said.c.child_id == child, said.c.turned_six).correlate_except(said).exists()


def refused_to_a_child(person: Any, acting: Any) -> ColumnElement[bool]:
    """Whether a slot is by video, and they are a child without a guardian who asks, or its doctor is not one for children.

    The law stands in the domain; this spares a line what would be tried in vain each second.
    """
    of_child = select(guardians.c.proxy_id).where(guardians.c.child_id == person, guardians.c.lasts, ~_older(person))
    fit = select(qualifications.c.id).where(
        qualifications.c.doctor_id == slots.c.doctor_id, qualifications.c.area.op("@>", is_comparison=True)(slots.c.area),
        qualifications.c.for_children,
    )
    by_guardian = of_child.where(guardians.c.guardian_id == acting).correlate_except(guardians).exists()
    may = and_(by_guardian, fit.correlate_except(qualifications).exists())
    return and_(slots.c.modality != Modality.IN_PERSON, of_child.correlate_except(guardians).exists(), ~may)


_person, _area = bindparam("person", type_=Uuid), bindparam("area", type_=AreaPath)
_department = bindparam("department", type_=Uuid)
_BY_DOCTOR = Prepared(
    select(qualifications.c.practised_since, qualifications.c.for_children)
    .where(
        qualifications.c.doctor_id == bindparam("doctor", type_=Uuid),
        qualifications.c.area.op("@>", is_comparison=True)(_area),
    )
    .order_by(func.nlevel(qualifications.c.area).desc()).limit(1)
)


def _there(table: Table) -> Any:
    """In the same department; of the hut's own doctors, in the same hut."""
    same = table.c.department_id.is_not_distinct_from(_department)
    return and_(same, or_(_department.is_not(None), table.c.area == _area))


_SHOWN = select(evidence.c.id).where(evidence.c.person_id == _person, _there(evidence), evidence.c.taken_back_at.is_(None))
_SEEN = select(appointments.c.id).where(  # what was before there were kinds was in person
    appointments.c.person_id == _person, _there(appointments), appointments.c.state == State.FULFILLED,
    appointments.c.visit_kind.is_(None),
)
_IS_CHILD = select(guardians.c.proxy_id).where(guardians.c.child_id == _person, guardians.c.lasts, ~_older(_person))
_OF_DEPARTMENT = select(departments.c.hospital_id).where(departments.c.id == _department).scalar_subquery()
_SITE = select(sites.c.is_site).where(sites.c.hospital_id == _OF_DEPARTMENT).order_by(sites.c.version.desc()).limit(1)
_FACTS: Any = select(
    or_(_SHOWN.exists(), _SEEN.exists()).label("was_diagnosed"), _IS_CHILD.exists().label("is_child"),
    _IS_CHILD.where(guardians.c.guardian_id == bindparam("acting", type_=Uuid)).exists().label("guardian_asks"),
    func.coalesce(_SITE.scalar_subquery(), False).label("hut_is_site"),
)
_BY_PERSON = Prepared(_FACTS)
_LAST = Prepared(select(func.max(sites.c.version)).where(sites.c.hospital_id == bindparam("hospital", type_=Uuid)))


async def of_doctor(work: Work, doctor: UUID, area: str) -> Row | None:
    """`practised_since` and `for_children`, as the nearest area says it."""
    return await work.row(_BY_DOCTOR, doctor=doctor, area=area)


async def of_person(work: Work, person: UUID, *, area: str, department: UUID | None, acting: UUID | None) -> Row:
    """`was_diagnosed` there, `is_child`, `guardian_asks`, `hut_is_site`."""
    found = await work.row(_BY_PERSON, person=person, area=area, department=department, acting=acting)
    if found is None:
        raise TypeError("a question of facts has one answer")
    return found


async def last_site(work: Work, hospital: UUID) -> int:
    """How many versions there are of what a hospital's hut is."""
    return int(await work.value(_LAST, hospital=hospital) or 0)


async def keep_qualification(work: Work, said: Qualification) -> UUID:
    """What is said last of a doctor in an area holds; its id."""
    row = {column.name: getattr(said, column.name) for column in qualifications.columns}
    saying = insert(qualifications).values(row)
    kept = saying.on_conflict_do_update(
        index_elements=["doctor_id", "area"],
        set_={name: saying.excluded[name] for name in ("practised_since", "for_children", "entered_by", "entered_at")},
    )
    found: UUID = (await work.session.execute(kept.returning(qualifications.c.id))).scalar_one()
    return found


async def keep_guardian(work: Work, proxy: UUID, *, child: UUID, guardian: UUID, lasts: bool, seq: int) -> None:
    """What identity says of a guardian; what is older than what is known changes nothing."""
    saying = insert(guardians).values(proxy_id=proxy, child_id=child, guardian_id=guardian, lasts=lasts, seq=seq)
    newer = saying.on_conflict_do_update(
        index_elements=["proxy_id"], where=guardians.c.seq < saying.excluded.seq,
        set_={name: saying.excluded[name] for name in ("lasts", "seq")},
    )
    await work.session.execute(newer)


async def keep_six(work: Work, proxy: UUID, *, child: UUID, guardian: UUID) -> None:
    """A child turned six; what is said of its guardian may come later, and changes nothing of that."""
    said = insert(guardians).values(proxy_id=proxy, child_id=child, guardian_id=guardian, lasts=False, seq=0, turned_six=True)
    await work.session.execute(said.on_conflict_do_update(index_elements=["proxy_id"], set_={"turned_six": True}))
