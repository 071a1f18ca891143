"""签约: asked for by a resident or offered by a team, answered by the other side, renewed, ended, served.

Locks are taken in one order: the person, then the contract.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import insert

from chassis.db import Work
from chassis.directory import area_exists
from chassis.process import Running
from chassis.rights import Actor
from contracts.area import Role, community_of, contains
from contracts.health_contracts import ContractEnding
from services.health.domain.appointment import Appointment
from services.health.domain.contract import (
    Contract,
    ContractWaits,
    Item,
    NoTeamHere,
    NothingLeft,
    NotOfTheTeam,
    OneSideAsks,
    Package,
    Prompt,
    Reason,
    State,
    Team,
    VisitUnfit,
    check_may_ask,
)
from services.health.domain.entitlement import NotAResidentHere
from services.health.domain.hospital import NotInTheDirectory
from services.health.domain.machine import State as Step
from services.health.store import contracts as store
from services.health.store import ending


async def ask(work: Work, team: UUID, years: int, *, by: Actor) -> Contract:
    """A resident asks a team that serves where they live; its doctors or the hut's staff answer."""
    may = by.may("contracts.ask")
    made = await _asked(work, by.id, team, years)
    may.check(made)
    await _check_sides(work, made, by)
    made.asked_by, made.acting_id = by.id, by.acting
    return await _kept(work, made, by)


async def offer(work: Work, person: UUID, team: UUID, years: int, *, by: Actor) -> Contract:
    """The team offers a resident a contract, at the hut; it holds once the person says yes themselves."""
    may = by.may("contracts.offer")
    area = await store.area_of(work, team)
    if area is None:
        raise NoTeamHere
    may.check(Team(team, area))  # before anything is told of the person
    _speaks(by, team, area)
    if person == by.id:
        raise OneSideAsks
    made = await _asked(work, person, team, years)
    may.check(made)
    made.asked_by, made.by_team = by.id, True
    return await _kept(work, made, by)


async def _asked(work: Work, person: UUID, team: UUID, years: int) -> Contract:
    """NoTeamHere, ContractWaits, ContractRuns."""
    await work.taking_turns(person.bytes)
    home = await store.home_with(work, person, team)
    if home is None:
        raise NoTeamHere
    waits = await store.waiting(work, person)
    if waits is not None:
        raise ContractWaits(contract_id=str(waits))
    check_may_ask(await store.lasting(work, person), at=work.now)
    return Contract(work.new_id(), community_of(home), person, team, years, State.ASKED, work.now, person, by_team=False)


async def _kept(work: Work, made: Contract, by: Actor) -> Contract:
    work.session.add(made)
    work.announce(made.asked())
    await work.audit("contracts.ask", f"contract/{made.id}", actor=by.id)
    return made


async def sign(work: Work, contract_id: UUID, *, by: Actor) -> Contract:
    """The other side says yes; what was signed before goes on to its end first."""
    found = await _held(work, contract_id, "contracts.answer", by=by)
    found.check_answer(by.id)
    await _check_sides(work, found, by)
    if await store.home_with(work, found.person_id, found.team_id) is None:
        raise NotAResidentHere
    lasts = await store.lasting(work, found.person_id)
    check_may_ask(lasts, at=work.now)
    package = await store.in_force(work, found.area)
    work.announce(found.sign(by=by.id, at=work.now, after=None if lasts is None else lasts.ends_at, package=package))
    _acted(found, by)
    await work.audit("contracts.sign", f"contract/{found.id}", actor=by.id)
    return found


async def decline(work: Work, contract_id: UUID, *, by: Actor) -> Contract:
    """The other side says no, or whoever asked takes it back."""
    found = await _held(work, contract_id, "contracts.answer", by=by)
    work.announce(found.decline(by=by.id, at=work.now, by_person=by.id == found.person_id))
    _acted(found, by)
    await work.audit("contracts.decline", f"contract/{found.id}", actor=by.id)
    return found


async def end(work: Work, contract_id: UUID, reason: Reason, *, by: Actor) -> Contract:
    """It is over before its time, by its person or by the team."""
    found = await _held(work, contract_id, "contracts.end", by=by)
    work.announce(found.end(reason, by=by.id, at=work.now))
    _acted(found, by)
    await work.audit("contracts.end", f"contract/{found.id}", actor=by.id, reason=reason)
    return found


async def _check_sides(work: Work, found: Contract, by: Actor) -> None:
    """OneSideAsks of who acts for the person by proxy and is of the team, or was the person's side when the team's is asked."""
    if by.acting is None:
        crosses = by.id == found.acting_id
    else:
        crosses = by.acting == found.asked_by or await store.serves(work, by.acting, found.team_id, found.area)
    if crosses:
        raise OneSideAsks


def _acted(found: Contract, by: Actor) -> None:
    if by.id == found.person_id:
        found.acting_id = by.acting


async def _held(work: Work, contract_id: UUID, act: str, *, by: Actor) -> Contract:
    """The contract, with its person's turn; NotOfTheTeam for staff who do not speak for the team."""
    may = by.may(act)
    await work.taking_turns((await work.seen(Contract, contract_id, may)).person_id.bytes)
    found = await work.locked(Contract, contract_id, may)
    if by.id != found.person_id:
        _speaks(by, found.team_id, found.area)
    return found


def _speaks(by: Actor, team: UUID, area: str) -> None:
    """Whether somebody serves in the team as a doctor, or in the hut."""
    for one in by.assignments:
        if one.role is Role.DOCTOR and one.unit_id == team:
            return
        if one.role is Role.HUT_STAFF and contains(one.area, area):
            return
    raise NotOfTheTeam


async def serve(work: Work, contract_id: UUID, item: Item, appointment: UUID | None, *, by: Actor) -> Contract:
    """Note a service of the package, by itself or with the visit it was; each visit once, and never more than are left."""
    found = await _held(work, contract_id, "contracts.serve", by=by)
    if by.id == found.person_id:
        raise OneSideAsks
    at = work.now if appointment is None else await _seen_at(work, found, appointment)
    year = found.year(at)
    yearly = (await store.package_of(work, found.package_id)).yearly(item)
    count = (await store.used(work, found.id, year)).get(item, 0)
    if count >= yearly:
        raise NothingLeft(yearly=yearly)
    row = {"id": work.new_id(), "contract_id": found.id, "item": item, "year": year, "number": count + 1, "at": at,
           "recorded_by": by.id, "appointment_id": appointment}
    await work.session.execute(insert(store.served).values(row))
    work.announce(found.served(item))
    await work.audit("contracts.serve", f"contract/{found.id}", actor=by.id, reason=item)
    return found


async def _seen_at(work: Work, contract: Contract, appointment: UUID) -> datetime:
    """When a visit of the contract's person was; VisitUnfit, also if it is counted under another contract."""
    await work.taking_turns(uuid5(appointment, "served").bytes)
    seat = await work.session.get(Appointment, appointment)
    if seat is None or seat.person_id != contract.person_id or seat.state is not Step.FULFILLED:
        raise VisitUnfit
    if not contract.holds(seat.starts_at) or await store.is_counted(work, appointment):
        raise VisitUnfit
    return seat.starts_at


async def look(work: Work, contract_id: UUID, *, by: Actor) -> dict[str, Any]:
    """One contract, with what is left of its package in the year it is in; a balance is reckoned, and kept nowhere."""
    found = await work.seen(Contract, contract_id, by.may("contracts.read"))
    if by.id != found.person_id:
        await work.audit("contracts.read", f"contract/{found.id}", actor=by.id)
    package = await store.package_of(work, found.package_id)
    year = found.year(work.now) if found.holds(work.now) else None
    used = {} if year is None else await store.used(work, found.id, year)
    counts = [(item, package.yearly(item), used.get(item, 0)) for item in Item if package.yearly(item)]
    balance = [{"item": item, "yearly": yearly, "served": count, "left": yearly - count} for item, yearly, count in counts]
    return {**vars(found), "package": package.name, "year": year, "balance": balance}


async def lay_down(work: Work, said: Package, *, by: Actor) -> Package:
    """The next version of an area's package; who has signed keeps what they signed."""
    by.may("packages.keep").check(said)
    if not await area_exists(work, said.area):
        raise NotInTheDirectory
    await work.taking_turns(uuid5(NAMESPACE_OID, f"package {said.area}").bytes)
    said.version = await store.last_version(work, said.area) + 1
    work.session.add(said)
    await work.audit("packages.keep", f"package/{said.id}", actor=by.id)
    return said


async def prompt_all(running: Running) -> None:
    """A job; any number of workers may: whose contract ends soon is told, twice."""
    for prompt in Prompt:
        async with running.database.reading() as work:
            found = await ending.due(work, prompt)
        for key in found:
            await running.database.do(partial(_prompt, key=key, prompt=prompt))


async def _prompt(work: Work, *, key: UUID, prompt: Prompt) -> None:
    """Of one that was ended, renewed or told of at this moment nothing is said."""
    found = await ending.held(work, key)
    if found is None or found.ends_at is None or not found.holds(work.now):
        return
    last = await store.lasting(work, found.person_id)
    if last is not found or not await ending.is_first(work, key, prompt):
        return
    work.announce(ContractEnding(
        area=found.area, recipients=(found.person_id,), contract_id=found.id, team_id=found.team_id, ahead=prompt.value,
        ends_at=found.ends_at,
    ))
