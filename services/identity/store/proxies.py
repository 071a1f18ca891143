"""Proxies, and how they map onto the domain."""

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.orm import registry

from chassis.tables import AreaPath
from services.identity.domain.proxies import HEALTH, Proxy, Scope
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)


def _words(scopes: frozenset[Scope]) -> str:
    return ", ".join(f"'{one}'" for one in sorted(scopes))


proxies = Table(
    "proxies", metadata,
    Column("id", Uuid, primary_key=True),
    Column("principal_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("actor_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("kind", Text, CheckConstraint("kind in ('relative', 'guardian')", name="kind"), nullable=False),
    Column("area", AreaPath, nullable=False, comment="a room of the principal, whose staff may see it; empty without one"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("evidence", Text, CheckConstraint(
        "evidence in ('app', 'in-person', 'video', 'household-book', 'birth-certificate', 'court-paper')", name="evidence"
    ), nullable=False),
    Column("binding_id", Uuid, ForeignKey("bindings.id"), index=True, comment="it ends with this one"),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("given_by", Uuid, nullable=False),
    Column("number_index", LargeBinary, comment="of a child's number, while it waits"),
    Column("state", Text, CheckConstraint(
        "state in ('waiting', 'confirmed', 'refused', 'over', 'ended')", name="state"
    ), nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    Column("differed", Integer, CheckConstraint("differed between 0 and 5", name="differed"), nullable=False,
           server_default=text("0"), comment="second looks that said otherwise"),
    Column("used_at", _moment, comment="when a token was last given for it"),
    Column("warned_at", _moment),
    Column("six_told_at", _moment, comment="when it was said that the child of a guardian has turned six"),
    Column("ended_by", Uuid),
    Column("ended_at", _moment),
    CheckConstraint("principal_id <> actor_id and given_by <> actor_id", name="another"),
    CheckConstraint("ends_at > starts_at", name="dates"),
    CheckConstraint("kind = 'guardian' or ends_at - starts_at <= interval '366 days'", name="year"),
    CheckConstraint(f"cardinality(scopes) > 0 and scopes <@ array[{_words(frozenset(Scope))}]", name="scopes"),
    CheckConstraint(f"evidence <> 'app' or not scopes && array[{_words(HEALTH)}]", name="in_person"),
    CheckConstraint("(evidence = 'app') = (given_by = principal_id)", name="whose"),
    CheckConstraint("(state = 'waiting') = (decided_at is null)", name="decided"),
    CheckConstraint("(state = 'ended') = (ended_at is not null)", name="ended"),
    CheckConstraint("state = 'waiting' or number_index is null", name="forgotten"),
    CheckConstraint(
        "evidence = 'app' or state not in ('confirmed', 'ended') or (decided_by is not null"
        " and decided_by not in (given_by, principal_id, actor_id))", name="two"
    ),
    Index("ix_proxies_area_gist", "area", postgresql_using="gist"),
    Index("ix_proxies_ends_at", "ends_at", postgresql_where=text("state = 'confirmed'")),
    Index("uq_proxies_pair", "principal_id", "actor_id", unique=True, postgresql_where=text("state in ('waiting', 'confirmed')")),
)

registry(metadata=metadata).map_imperatively(Proxy, proxies)
