"""What identity keeps of sheets on their way in."""

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.tables import AreaPath
from services.identity.domain.imports import Import
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)

imports = Table(
    "imports", metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, CheckConstraint("kind in ('residents', 'rooms', 'staff')", name="kind"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", _moment, nullable=False),
    *(Column(name, Integer, CheckConstraint(f"{name} >= 0", name=name), nullable=False, comment="rows")
      for name in ("added", "same", "changed", "wrong")),
    Column("problems", JSONB, nullable=False, comment="row, column of ours, word: nothing of what was written there"),
    Column("sealed_sheet", LargeBinary, comment="while it waits; with the service's own key"),
    Column("touched", ARRAY(Uuid), nullable=False, comment="who is known already and stands in it, while it waits"),
    Column("state", Text, CheckConstraint("state in ('waiting', 'committed', 'withdrawn', 'over')", name="state"),
           nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    CheckConstraint("(state = 'waiting') = (sealed_sheet is not null)", name="sealed"),
    CheckConstraint("(state = 'waiting') = (decided_at is null)", name="decided"),
    CheckConstraint("state <> 'committed' or wrong = 0", name="whole"),
    CheckConstraint("state = 'waiting' or touched = '{}'", name="forgotten"),
    Index("ix_imports_area_gist", "area", postgresql_using="gist"),
    Index("ix_imports_made_by", "made_by", "made_at"),
)

registry(metadata=metadata).map_imperatively(Import, imports)
