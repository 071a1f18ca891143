"""The composition root of gate."""

from chassis import directory, privacy
from chassis.process import Job, Service
from services.gate import seed
from services.gate.actions import personal, retention
from services.gate.domain.rights import RIGHTS
from services.gate.store import tables

_PERSONAL = privacy.PersonalData(frozenset(), personal.export, personal.erase)

service = Service(
    name="gate",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.gate.api",
    consumers=(directory.consumers("gate"), privacy.consumers("gate", _PERSONAL)),
    personal=_PERSONAL,
    jobs=(Job("retention", 3600, retention.run),),
    seed=seed.run,
)
