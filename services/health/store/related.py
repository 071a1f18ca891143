"""Who is a patient's guardian, as a hospital that knows the patient may see it: that there is one, by an id of that hospital's.

Who it is is not said, also where the hospital knows the guardian as a patient of its own.
"""

from sqlalchemy import Text, Uuid, bindparam, cast, func, select

from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.store.consents import consents
from services.health.store.online import guardians
from services.health.store.programs import patients

RELATED = cast(func.md5(cast(guardians.c.proxy_id, Text) + cast(patients.c.id, Text)), Uuid)
_ward = (patients.c.person_id == guardians.c.child_id) & (patients.c.hospital_id == bindparam("hospital", type_=Uuid))
_told = (consents.c.person_id == patients.c.person_id) & (consents.c.purpose == HOSPITAL)
GUARDIANS = (
    select(RELATED.label("id"), patients.c.id.label("patient_id"), patients.c.person_id)
    .join(patients, _ward).join(consents, _told & consents.c.given).where(guardians.c.lasts)
)
WITHDRAWN = {"RelatedPerson": Prepared(
    select(guardians.c.proxy_id).join(patients, _ward).join(consents, _told & ~consents.c.given)
    .where(guardians.c.lasts, bindparam("key", type_=Uuid) == RELATED)
)}
