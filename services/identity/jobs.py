"""What identity does by the clock: hand codes to the provider, forget old ones."""

import asyncio
from datetime import timedelta

from chassis.process import Running
from services.identity.actions import (
    agreements,
    authorization,
    clients,
    codes,
    consents,
    devices,
    emergencies,
    facts,
    imports,
    indexes,
    invited,
    keys,
    looks,
    merges,
    people,
    phone_additions,
    proxies,
    real_name,
    refusals,
    registrations,
    second_factor,
    tickets,
    wechat,
)
from services.identity.clients import real_name as wire
from services.identity.settings import IdentitySettings

_KEEP_CODES = timedelta(days=2)
_AT_ONCE = 4


async def prepare(running: Running) -> None:
    """Once at the start of each process."""
    await consents.prepare(running)
    await indexes.prepare(running)


async def send_codes(running: Running) -> None:
    """Send what waits, one transaction a message."""
    settings = running.settings
    if not isinstance(settings, IdentitySettings):
        raise TypeError(settings)
    while await running.database.do(lambda work: codes.send_one(work, settings)):
        pass


async def compare_names(running: Running) -> None:
    """Ask the provider what waits, four at once; none of them holds a connection while it is asked."""
    settings = running.settings
    if not isinstance(settings, IdentitySettings):
        raise TypeError(settings)
    provider, do = wire.of(settings), running.database.do
    while provider is not None and any(await asyncio.gather(*(real_name.compare_one(do, provider) for _ in range(_AT_ONCE)))):
        pass


async def sweep(running: Running) -> None:
    """Forget codes and tries that no budget counts any more."""
    await running.database.do(lambda work: codes.forget(work, before=work.now - _KEEP_CODES))
    await running.database.do(people.forget_tries)
    await running.database.do(wechat.forget)
    await running.database.do(second_factor.forget)
    await running.database.do(tickets.forget)
    await running.database.do(devices.forget)
    await running.database.do(registrations.forget)
    await running.database.do(agreements.lapse)
    await running.database.do(invited.forget_tries)
    await running.database.do(imports.forget)
    await running.database.do(phone_additions.forget)
    await running.database.do(real_name.forget)
    await running.database.do(looks.forget)
    await running.database.do(facts.end_by_the_clock)
    await running.database.do(proxies.tend)
    await running.database.do(merges.forget)
    await running.database.do(clients.forget_assertions)
    await running.database.do(refusals.forget)
    await running.database.do(authorization.forget)


async def tend_keys(running: Running) -> None:
    """A key made in a hurry signs when everybody can know it; retired ones are forgotten."""
    await running.database.do(keys.tend)


async def tell_ended(running: Running) -> None:
    """Emergencies that are over are said to be, one transaction each."""
    while await running.database.do(emergencies.tell_one):
        pass
