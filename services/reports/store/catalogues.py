"""What is kept of what reports of a community can be about, version by version."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from chassis.db import Work
from chassis.pages import Listing
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from contracts.area import community_of
from services.reports.domain.catalogue import Catalogue, Node
from services.reports.domain.clock import Policy
from services.reports.domain.field import Field
from services.reports.domain.standard import standard
from services.reports.store.tables import metadata

catalogues = Table(
    "catalogues", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False),
    Column("said", JSONB, nullable=False, comment="nodes whole; a version is written once and stays"),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Index("uq_catalogues_version", "area", "version", unique=True),
)
_HERE = catalogues.c.area == bindparam("place", type_=AreaPath)
VERSIONS = Listing(select(catalogues).where(_HERE), catalogues.c.id)
NEWEST = select(catalogues.c.id).where(_HERE).order_by(catalogues.c.version.desc()).limit(1)
_NEWEST = Prepared(NEWEST)
_OF_VERSION = Prepared(select(catalogues.c.id).where(_HERE, catalogues.c.version == bindparam("version")))
_WHOLE = Prepared(select(catalogues).where(catalogues.c.id == bindparam("key")))
_DECIDE = Prepared(insert(catalogues).on_conflict_do_nothing().returning(catalogues.c.id), *catalogues.c.keys())
_known: dict[UUID, Catalogue] = {}  # by the id of a version, which is written once: so it is read once a process
_MOST_KNOWN = 200


def at_or_below(column: Any, name: str = "subcategory") -> ColumnElement[bool]:
    """Whether what a report is about is the subcategory of this name or lies below it."""
    named = func.concat(bindparam(name, type_=Text), ".")
    return and_(column.is_not(None), func.starts_with(func.concat(column, "."), named))


async def in_force(work: Work, place: str) -> Catalogue:
    """The newest version that was decided in the community of a place; without any, the standard one."""
    community = community_of(place)
    return await of_key(work, community, await work.value(_NEWEST, place=community))


async def of_version(work: Work, place: str, version: int) -> Catalogue:
    """One version of what reports of the community of a place could be about; 0 is the standard one."""
    community = community_of(place)
    return await of_key(work, community, await work.value(_OF_VERSION, place=community, version=version) if version else None)


async def of_key(work: Work, community: str, key: UUID | None) -> Catalogue:
    """The same, for who asked for its id beside other things."""
    if key is None:
        return standard(community)
    if key not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        [row] = await work.rows(_WHOLE, key=key)
        _known[key] = Catalogue(community, row.version, nodes(row.said), row.decided_by, row.decided_at)
    return _known[key]


async def keep_catalogue(work: Work, made: Catalogue) -> bool:
    """Keep a new version; False if somebody was faster."""
    row = {"area": made.area, "version": made.version, "decided_by": made.decided_by, "decided_at": made.decided_at}
    return await work.row(_DECIDE, id=work.new_id(), said={"nodes": [asdict(one) for one in made.nodes]}, **row) is not None


def nodes(said: dict[str, Any]) -> tuple[Node, ...]:
    """As they were kept."""
    return tuple(
        Node(**{
            **one, "resolve": Policy(**one["resolve"]) if one["resolve"] else None,
            "fields": tuple(Field(**{**field, "values": tuple(map(tuple, field["values"]))}) for field in one["fields"]),
        })
        for one in said["nodes"]
    )
