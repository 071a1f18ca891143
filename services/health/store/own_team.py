"""Free times, those with the doctors of one's own team first (签约团队优先)."""

from typing import Any, cast

from sqlalchemy import Column, DateTime, Text, Uuid, bindparam, case, func, or_, select
from sqlalchemy import cast as as_type

from chassis.directory import assignments
from chassis.pages import Listing
from contracts.area import Role
from services.health.store.contracts import HOLDS, contracts
from services.health.store.queries import FREE_SLOTS
from services.health.store.tables import slots

_at = bindparam("now", type_=DateTime(timezone=True))
_OWN = select(assignments.c.id).where(
    assignments.c.person_id == slots.c.doctor_id, assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= _at,
    or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > _at), assignments.c.unit_id == contracts.c.team_id,
    contracts.c.person_id == bindparam("person", type_=Uuid), HOLDS,
).correlate(slots).exists()
_TEXT = as_type(slots.c.id, Text)  # keys stand in the order of time: those that begin with f come after all others
_KEY = as_type(case((_OWN, _TEXT), else_=func.concat("f", func.substr(_TEXT, 2))), Uuid).label("own_first")
OWN_FIRST = Listing(
    FREE_SLOTS.rows.add_columns(_KEY), cast(Column[Any], _KEY), rising=True, **FREE_SLOTS.filters,
)
