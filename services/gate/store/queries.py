"""Questions about gates that deserve a name."""

from sqlalchemy import select

from chassis.directory import reached
from chassis.pages import Listing
from services.gate.store.tables import gates

GATES = Listing(select(gates).where(reached(gates.c.area, homes=True)), gates.c.id)
