"""Whether what a hospital asks for is of somebody whom it knew, and who has taken back that it is told of them."""

from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, cast, func, select

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.domain.search import key_of
from services.health.store import contracted, related, responses, trails
from services.health.store.consents import consents
from services.health.store.programs import patients
from services.health.store.tables import appointments, departments

_hospital = bindparam("hospital", type_=Uuid)


async def was_withdrawn(work: Work, kind: str, key: str, hospital: UUID) -> bool:
    """Whether what bears this name is of somebody whom the hospital knew and may be told of no more."""
    named = key_of(key)
    if named is None:
        return False
    return await work.value(_WITHDRAWN[kind], key=named, hospital=hospital, now=work.now, program=None) is not None


_no_more = (consents.c.person_id == patients.c.person_id) & (consents.c.purpose == HOSPITAL) & ~consents.c.given
_key = bindparam("key", type_=Uuid)
_agreement = cast(func.md5(cast(patients.c.id, Text) + HOSPITAL), Uuid)
_WITHDRAWN = {
    "Consent": Prepared(select(patients.c.id).join(consents, _no_more).where(
        _agreement == _key, patients.c.hospital_id == _hospital,
    )),
    "Patient": Prepared(select(patients.c.id).join(consents, _no_more).where(
        patients.c.id == _key, patients.c.hospital_id == _hospital,
    )),
    "Appointment": Prepared(
        select(appointments.c.id).join(departments, departments.c.id == appointments.c.department_id)
        .join(patients, patients.c.person_id == appointments.c.person_id).join(consents, _no_more)
        .where(appointments.c.id == _key, departments.c.hospital_id == _hospital, patients.c.hospital_id == _hospital)
    ),
}
_WITHDRAWN["Encounter"] = _WITHDRAWN["Appointment"]
_WITHDRAWN |= contracted.WITHDRAWN | related.WITHDRAWN | responses.WITHDRAWN | trails.WITHDRAWN
