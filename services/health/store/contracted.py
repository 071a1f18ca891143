"""Who has signed with a team of family doctors, as a hospital that knows them may see it: by ids alone, while they agree.

A contract and its team have another id at each hospital, as its patient has. What was only asked for is nobody's but theirs.
"""

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, DateTime, Text, Uuid, bindparam, case, cast, func, or_, select

from chassis.directory import assignments
from chassis.prepared import Prepared
from contracts.area import Role
from services.health.domain.consent import HOSPITAL
from services.health.domain.contract import State
from services.health.store.consents import consents
from services.health.store.contracts import contracts
from services.health.store.programs import patients

_hospital, _at = bindparam("hospital", type_=Uuid), bindparam("now", type_=DateTime(timezone=True))
_ours = contracts.c


def _named(what: str) -> ColumnElement[Any]:
    return cast(func.md5(cast(_ours.id, Text) + cast(patients.c.id, Text) + what), Uuid)


TEAM, CONTRACT = _named("team"), _named("contract")
DOCTORS = select(func.array_agg(assignments.c.person_id.distinct(), type_=ARRAY(Uuid))).where(
    assignments.c.unit_id == _ours.team_id, assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= _at,
    or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > _at),
).correlate(contracts).scalar_subquery()  # nobody: null
STANDS = case((_ours.starts_at > _at, "proposed"), (_ours.ends_at <= _at, "inactive"), else_="active")  # care-team-status
STATUS = case((_ours.reason.is_not(None), "terminated"), (_ours.ends_at <= _at, "resolved"), else_="executed")  # contract-status
CHANGED = case((_ours.reason.is_not(None), _ours.ended_at), (_ours.ends_at <= _at, _ours.ends_at), else_=_ours.answered_at)
STAFF = case((_ours.by_team, _ours.asked_by), else_=_ours.answered_by)  # whose word was the team's

_known = (patients.c.person_id == _ours.person_id) & (patients.c.hospital_id == _hospital)
_told = (consents.c.person_id == patients.c.person_id) & (consents.c.purpose == HOSPITAL)
_signed = _ours.state == State.SIGNED
_SIGNED = select(
    patients.c.id.label("patient_id"), patients.c.person_id, _ours.team_id, _ours.starts_at, _ours.ends_at, _ours.asked_at,
    _ours.answered_at, _ours.by_team, STAFF.label("staff_id"),
).join(patients, _known).join(consents, _told & consents.c.given).where(_signed)
TEAMS = _SIGNED.add_columns(
    TEAM.label("id"), STANDS.label("status"), DOCTORS.label("doctors"),
)
CONTRACTS = _SIGNED.add_columns(
    CONTRACT.label("id"), STATUS.label("status"), TEAM.label("care_team_id"), CHANGED.label("last_changed"),
)

_key = bindparam("key", type_=Uuid)
_NO_MORE = select(_ours.id).join(patients, _known).join(consents, _told & ~consents.c.given).where(_signed)
WITHDRAWN = {"CareTeam": Prepared(_NO_MORE.where(_key == TEAM)), "Contract": Prepared(_NO_MORE.where(_key == CONTRACT))}
