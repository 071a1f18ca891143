"""Hospitals know a person by ids of their own: what one of them was told is nothing that another was told."""

from datetime import timedelta
from uuid import UUID

from builders.doors import Doors
from builders.hospital import Beside, beside, sim
from builders.house import entered
from builders.world import RESIDENT

from deploy.local.layout import Layout


async def _over_the_other_wire(doors: Doors, layout: Layout) -> Beside:
    """Another house."""
    house = sim(layout, "south")
    await house.steer("reset")
    key = await entered(doors, "hospitals", name="南区医院", adapter="hl7v2", pool="theirs", system="south")
    return Beside(doors, house, UUID(key))


async def _known_as(place: Beside, begins: timedelta) -> set[str]:
    """What a hospital calls the resident, who booked twice."""
    for n in range(2):
        (slot,) = await place.offered(1, schedule=f"{place.sim.name}-{n}", begins=begins + timedelta(days=n))
        await place.submitted(RESIDENT, slot)
    await place.ask()
    kept = await place.sim.kept()
    assert len(kept) == 2
    return {one["person"] for one in kept}


async def test_h03_two_hospitals_that_treat_one_person_cannot_tell_that_they_do(health_doors: Doors, stack: Layout) -> None:
    east = await _known_as(await beside(health_doors, stack), timedelta(days=1))
    south = await _known_as(await _over_the_other_wire(health_doors, stack), timedelta(days=4))
    assert len(east) == len(south) == 1  # each knows them again
    assert len({*east, *south, str(RESIDENT.id)}) == 3
