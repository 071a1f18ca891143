"""Contracts with teams of doctors, their packages, and what was served under them. One team at a time is said here."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import assignments, bindings, reached, units
from chassis.pages import Listing
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from contracts.area import Role
from services.health.domain.contract import Contract, Item, Package, Prompt, Reason, State, basic
from services.health.store.tables import entitlements, metadata, one_of

_moment = DateTime(timezone=True)
_WHEN = text("tstzrange(starts_at, ends_at)")
_REASONS = f"reason in ({', '.join(repr(one.value) for one in Reason)})"

packages = Table(
    "packages", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    *(Column(item.value, Integer, nullable=False) for item in Item),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", _moment, nullable=False),
    CheckConstraint(" and ".join(f"{item.value} between 0 and 365" for item in Item), name="some"),
    Index("uq_packages_version", "area", "version", unique=True),
    Index("ix_packages_area_gist", "area", postgresql_using="gist"),
)

contracts = Table(
    "contracts", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("team_id", Uuid, nullable=False, index=True),
    Column("years", Integer, nullable=False),
    Column("state", one_of(State, "state"), nullable=False),
    Column("asked_at", _moment, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("by_team", Boolean, nullable=False),
    Column("package_id", Uuid, ForeignKey("packages.id")),
    Column("acting_id", Uuid, comment="who took the person's last step for them, by proxy"),
    Column("answered_at", _moment),
    Column("answered_by", Uuid),
    Column("starts_at", _moment),
    Column("ends_at", _moment),
    Column("ended_at", _moment),
    Column("ended_by", Uuid),
    Column("reason", String(16)),
    CheckConstraint("years between 1 and 3", name="term"),
    CheckConstraint(_REASONS, name="reason"),
    CheckConstraint(
        "(state = 'asked') = (answered_at is null) and (answered_at is null) = (answered_by is null)", name="answered",
    ),
    CheckConstraint(
        "state <> 'signed' or starts_at is not null and ends_at is not null and starts_at < ends_at", name="holds",
    ),
    CheckConstraint("(reason is null) = (ended_at is null) and (ended_at is null) = (ended_by is null)", name="ended"),
    CheckConstraint("state <> 'signed' or answered_by <> asked_by", name="two_sides"),
    Index("uq_contracts_asked", "person_id", unique=True, postgresql_where=text("state = 'asked'")),
    ExcludeConstraint(  # one team at a time
        ("person_id", "="), (_WHEN, "&&"), name="ex_contracts_person", using="gist", where=text("state = 'signed'"),
    ),
    Index("ix_contracts_ends_at", "ends_at", postgresql_where=text("state = 'signed'")),
    Index("ix_contracts_area_gist", "area", postgresql_using="gist"),
)

served = Table(
    "served", metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contracts.id", ondelete="CASCADE"), nullable=False),
    Column("item", one_of(Item, "item"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", _moment, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id")),
    CheckConstraint("year > 0 and number > 0", name="numbered"),
    Index("uq_served_number", "contract_id", "item", "year", "number", unique=True),
    Index("uq_served_appointment", "appointment_id", unique=True),  # a visit is counted once
)

prompts = Table(
    "contract_prompts", metadata,
    Column("contract_id", Uuid, ForeignKey("contracts.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt", one_of(Prompt, "prompt"), primary_key=True),
    Column("at", _moment, nullable=False),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Package, packages)
_mapping.map_imperatively(Contract, contracts)

_at, _person = bindparam("now", type_=_moment), bindparam("person", type_=Uuid)
_area, _team = bindparam("area", type_=AreaPath), bindparam("team", type_=Uuid)
HOLDS = and_(contracts.c.state == State.SIGNED, contracts.c.starts_at <= _at, contracts.c.ends_at > _at)
GROUNDS = union_all(  # for whom seats are set aside: by the word of staff, and by a contract that holds
    select(entitlements.c.id, entitlements.c.person_id, entitlements.c.area, entitlements.c.ends_at),
    select(contracts.c.id, contracts.c.person_id, contracts.c.area, contracts.c.ends_at).where(HOLDS),
).subquery("grounds")

CONTRACTS = Listing(
    select(contracts).where(reached(contracts.c.area, owner=contracts.c.person_id)), contracts.c.id,
    person_id=contracts.c.person_id == bindparam("person_id", type_=Uuid),
    team_id=contracts.c.team_id == bindparam("team_id", type_=Uuid),
    holding=HOLDS, waiting=contracts.c.state == State.ASKED,
)
_PROMPTED = select(func.max(prompts.c.at)).where(prompts.c.contract_id == contracts.c.id).correlate(contracts).scalar_subquery()
UNSERVED = Listing(  # 签而不约
    select(contracts, _PROMPTED.label("prompted_at")).where(
        reached(contracts.c.area), HOLDS, contracts.c.starts_at <= bindparam("before", type_=_moment),
        ~select(served.c.id).where(served.c.contract_id == contracts.c.id).correlate(contracts).exists(),
    ),
    contracts.c.id, rising=True, team_id=contracts.c.team_id == bindparam("team_id", type_=Uuid),
)
PACKAGES = Listing(select(packages).where(reached(packages.c.area, homes=True)), packages.c.id)

_IN_FORCE = Prepared(
    select(packages).where(packages.c.area.op("@>", is_comparison=True)(_area))
    .order_by(func.nlevel(packages.c.area).desc(), packages.c.version.desc()).limit(1)
)
_BY_ID = Prepared(select(packages).where(packages.c.id == bindparam("key", type_=Uuid)))
_LAST = Prepared(select(func.max(packages.c.version)).where(packages.c.area == _area))
_HOME = Prepared(
    select(bindings.c.area)
    .where(
        bindings.c.person_id == _person, bindings.c.starts_at <= _at,
        or_(bindings.c.ends_at.is_(None), bindings.c.ends_at > _at), units.c.id == _team, units.c.kind == "doctor_team",
        bindings.c.area.op("<@", is_comparison=True)(func.any(cast(units.c.serves, ARRAY(AreaPath)))),
    )
    .order_by(bindings.c.area).limit(1)
)
_SERVES = Prepared(select(assignments.c.id).where(
    assignments.c.person_id == _person, assignments.c.starts_at <= _at,
    or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > _at),
    or_(
        and_(assignments.c.role == Role.DOCTOR.value, assignments.c.unit_id == _team),
        and_(assignments.c.role == Role.HUT_STAFF.value, assignments.c.area.op("@>", is_comparison=True)(_area)),
    ),
).limit(1))
_OF_TEAM = Prepared(select(units.c.area).where(units.c.id == _team, units.c.kind == "doctor_team"))
_USED = Prepared(
    select(served.c.item, func.count().label("count"))
    .where(served.c.contract_id == bindparam("contract", type_=Uuid), served.c.year == bindparam("year", type_=Integer))
    .group_by(served.c.item)
)
_COUNTED = Prepared(select(served.c.id).where(served.c.appointment_id == bindparam("appointment", type_=Uuid)))


async def package_of(work: Work, key: UUID | None) -> Package:
    """The one by which a contract was signed; the basic one without a key."""
    row = None if key is None else await work.row(_BY_ID, key=key)
    return basic() if row is None else Package(**dict(row))


async def in_force(work: Work, area: str) -> Package:
    """The package of the nearest area, its last version; the basic one where there is none."""
    row = await work.row(_IN_FORCE, area=area)
    return basic() if row is None else Package(**dict(row))


async def last_version(work: Work, area: str) -> int:
    """How many versions an area's package has."""
    return int(await work.value(_LAST, area=area) or 0)


async def home_with(work: Work, person: UUID, team: UUID) -> str | None:
    """A home of theirs where the team of doctors serves."""
    found: str | None = await work.value(_HOME, person=person, team=team, now=work.now)
    return found


async def serves(work: Work, person: UUID, team: UUID, area: str) -> bool:
    """Whether somebody speaks for a team: as a doctor of it, or in the hut of the area."""
    return await work.value(_SERVES, person=person, team=team, area=area, now=work.now) is not None


async def area_of(work: Work, team: UUID) -> str | None:
    """Where a team of doctors belongs."""
    found: str | None = await work.value(_OF_TEAM, team=team)
    return found


async def used(work: Work, contract: UUID, year: int) -> dict[Item, int]:
    """How many of each service were noted in a year of a contract."""
    return {Item(row.item): row.count for row in await work.rows(_USED, contract=contract, year=year)}


async def served_under(work: Work, contract: UUID) -> list[dict[str, str]]:
    """What was noted, as it is handed out."""
    asked = select(served.c.item, served.c.at).where(served.c.contract_id == contract).order_by(served.c.at)
    return [{"item": row.item.value, "at": row.at.isoformat()} for row in await work.session.execute(asked)]


async def is_counted(work: Work, appointment: UUID) -> bool:
    """Whether a visit was noted under a contract already."""
    return await work.value(_COUNTED, appointment=appointment) is not None


async def lasting(work: Work, person: UUID) -> Contract | None:
    """What a person has signed that is not over, the last one."""
    theirs = contracts.c.person_id == person, contracts.c.state == State.SIGNED, contracts.c.ends_at > work.now
    asked: Any = select(Contract).where(*theirs).order_by(contracts.c.ends_at.desc()).limit(1)
    found: Contract | None = (await work.session.scalars(asked.execution_options(populate_existing=True))).first()
    return found


async def waiting(work: Work, person: UUID) -> UUID | None:
    """What a person is to be answered, or to answer."""
    asked = select(contracts.c.id).where(contracts.c.person_id == person, contracts.c.state == State.ASKED)
    found: UUID | None = await work.session.scalar(asked)
    return found
