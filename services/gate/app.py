"""The composition root of gate."""

from chassis import directory
from chassis.process import Service
from services.gate import seed
from services.gate.domain.rights import RIGHTS
from services.gate.store import tables

service = Service(
    name="gate",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.gate.api",
    consumers=(directory.consumers("gate"),),
    seed=seed.run,
)
