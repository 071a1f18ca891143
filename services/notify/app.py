"""The composition root of notify."""

from chassis import directory
from chassis.process import Service
from services.notify import consumers
from services.notify.domain.rights import RIGHTS
from services.notify.store import tables

service = Service(
    name="notify",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.notify.api",
    consumers=(directory.consumers("notify"), consumers.reports, consumers.health, consumers.identity, consumers.proxied),
)
