"""The composition root of health."""

from chassis import directory
from chassis.process import Service
from services.health import seed
from services.health.domain.rights import RIGHTS
from services.health.store import tables

service = Service(
    name="health",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.health.api",
    consumers=(directory.consumers("health"),),
    seed=seed.run,
)
