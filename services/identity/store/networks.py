"""From where the admins of an area sign in; an area without a row says nothing."""

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, Index, Table, Text, Uuid, bindparam, or_, select

from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.identity.domain.networks import BOUND
from services.identity.store.periods import holds
from services.identity.store.tables import assignments, metadata

admin_networks = Table(
    "admin_networks", metadata,
    Column("area", AreaPath, primary_key=True),
    Column("networks", ARRAY(Text), nullable=False, comment="CIDR"),
    Column("changed_by", Uuid, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("cardinality(networks) between 1 and 50", name="some"),
    Index("ix_admin_networks_area_gist", "area", postgresql_using="gist"),
)

_serves = assignments.c
OF_PERSON = Prepared(  # the lists of every area that holds one they administer
    select(admin_networks.c.area, admin_networks.c.networks)
    .join(assignments, admin_networks.c.area.op("@>")(_serves.area))
    .where(
        _serves.person_id == bindparam("person", type_=Uuid), or_(*(_serves.role == str(one) for one in sorted(BOUND))),
        holds(_serves, bindparam("at", type_=DateTime(timezone=True))),
    )
)
