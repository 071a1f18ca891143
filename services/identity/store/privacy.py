"""What identity keeps of what people ask about their own data, and how it maps onto the domain."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import registry

from chassis.directory import reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.identity.domain.erasure import OPEN, Erasure, State
from services.identity.domain.export import Export
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)
_OPEN = ", ".join(f"'{state}'" for state in OPEN)

erasures = Table(
    "erasures", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, comment="stays when they are forgotten: an id that leads to nothing any more"),
    Column("area", AreaPath, comment="where they lived; none of who lived nowhere"),
    Column("asked_at", _moment, nullable=False),
    Column("cools_until", _moment, nullable=False),
    Column("state", Enum(
        State, name="state", native_enum=False, length=24, create_constraint=True,
        values_callable=lambda every: [one.value for one in every],
    ), nullable=False),
    Column("look_id", Uuid, unique=True),
    *(Column(name, _moment) for name in ("next_at", "begun_at", "closed_at", "withdrawn_at")),
    CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at is not null)", name="withdrawn"),
    CheckConstraint("(state in ('erasing', 'closed')) = (begun_at is not null)", name="begun"),
    CheckConstraint("begun_at >= cools_until", name="cooled"),
    Index("uq_erasures_open", "person_id", unique=True, postgresql_where=text(f"state in ({_OPEN})")),
    Index("ix_erasures_next", "next_at", postgresql_where=text("next_at is not null")),
    Index("ix_erasures_area_gist", "area", postgresql_using="gist"),
)

request_parts = Table(
    "request_parts", metadata,
    Column("request_id", Uuid, primary_key=True, comment="an erasure, one look of it, an export, a consent"),
    Column("act", Text, CheckConstraint("act in ('look', 'erase', 'export', 'consent')", name="act"), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("state", Text, CheckConstraint("state in ('done', 'held', 'failed')", name="state"), nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", Text),
    Column("settled_at", _moment, nullable=False),
    CheckConstraint("(state = 'held') = (reason is not null)", name="reason"),
)

exports = Table(
    "exports", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("asked_at", _moment, nullable=False),
    Column("over_at", _moment, nullable=False),
    Column("state", Text, CheckConstraint("state in ('gathering', 'ready', 'fetched', 'over')", name="state"), nullable=False),
    Column("sealed_key", LargeBinary, comment="opens the parts in the store; gone once it was fetched, or is over"),
    *(Column(name, _moment) for name in ("ready_at", "fetched_at", "swept_at")),
    CheckConstraint("(state in ('gathering', 'ready')) = (sealed_key is not null)", name="openable"),
    CheckConstraint("(state = 'fetched') = (fetched_at is not null)", name="fetched"),
    Index("ix_exports_person", "person_id", "asked_at"),
    Index("ix_exports_unswept", "over_at", postgresql_where=text("swept_at is null")),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Erasure, erasures)
_mapping.map_imperatively(Export, exports)

_NOWHERE = erasures.c.area.is_(None) & (func.cardinality(bindparam("areas")) > 0)  # who lived nowhere is every register's
ERASURES = Listing(
    select(erasures).where(reached(erasures.c.area) | _NOWHERE), erasures.c.id,
    open=literal_column(f"state in ({_OPEN})", Boolean),
)
