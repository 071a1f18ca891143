"""Invitations of owners, and how they map onto the domain; wrong codes, for as long as they are counted."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    or_,
    select,
    text,
)
from sqlalchemy.orm import registry

from chassis.pages import Listing
from chassis.tables import AreaPath
from services.identity.domain.invitation import Invitation
from services.identity.store.agreement import agreed
from services.identity.store.periods import holds
from services.identity.store.tables import bindings, metadata

_moment = DateTime(timezone=True)

invitations = Table(
    "invitations", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False, comment="a room of the owner"),
    Column("kind", Text, CheckConstraint("kind in ('tenant', 'family', 'helper')", name="kind"), nullable=False),
    Column("owner_id", Uuid, nullable=False, index=True, comment="who made it; stays of one that was taken, a bare id"),
    Column("code_index", LargeBinary, unique=True, comment="keyed hash of the code, while it waits; the code is nowhere"),
    Column("made_at", _moment, nullable=False),
    Column("expires_at", _moment, nullable=False),
    Column("ends_at", _moment, comment="of the stay"),
    Column("state", Text, CheckConstraint("state in ('open', 'taken', 'withdrawn')", name="state"), nullable=False),
    Column("decided_at", _moment),
    Column("binding_id", Uuid, ForeignKey("bindings.id"), unique=True),
    CheckConstraint("(state = 'open') = (code_index is not null)", name="code"),
    CheckConstraint("(state = 'open') = (decided_at is null)", name="decided"),
    CheckConstraint("(state = 'taken') = (binding_id is not null)", name="taken"),
    CheckConstraint("expires_at > made_at and expires_at - made_at <= interval '48 hours'", name="life"),
    CheckConstraint("kind = 'family' or ends_at is not null", name="tenancy"),
    CheckConstraint("ends_at > made_at and ends_at - made_at <= interval '1096 days'", name="stay"),
    Index("ix_invitations_area_gist", "area", postgresql_using="gist"),
    Index("ix_invitations_open", "expires_at", postgresql_where=text("state = 'open'")),
)

invitation_tries = Table(
    "invitation_tries", metadata,
    Column("id", Uuid, primary_key=True),
    *(Column(name, LargeBinary, nullable=False, comment="keyed") for name in ("person_index", "address_index")),
    Column("created_at", _moment, nullable=False, index=True),
    Index("ix_invitation_tries_person", "person_index", "created_at"),
    Index("ix_invitation_tries_address", "address_index", "created_at"),
)

registry(metadata=metadata).map_imperatively(Invitation, invitations)


def owned(person: Any, at: Any) -> Select[Any]:
    """The rooms that are somebody's as their owner, agreed to and now."""
    theirs = (bindings.c.person_id == person) & (bindings.c.kind == "owner")
    return select(bindings.c.area).where(theirs, agreed(bindings.c), holds(bindings.c, at), ~bindings.c.is_ended)


_me, _now = bindparam("owner", type_=Uuid), bindparam("at", type_=_moment)
INVITATIONS = Listing(
    select(invitations, bindings.c.ends_at.label("stays_until")).outerjoin(bindings, bindings.c.id == invitations.c.binding_id)
    .where(or_(invitations.c.owner_id == _me, invitations.c.area.in_(owned(_me, _now)))), invitations.c.id,
)
