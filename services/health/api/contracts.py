"""Contracts with teams of family doctors (签约)."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import contracts as acts
from services.health.domain.contract import YEARS, Contract, Item, Package, Reason, State
from services.health.store import contracts as store

router = new_router("/api/v1/contracts", tags=["contracts"])
_Years = Annotated[int, Field(ge=1, le=YEARS)]
_Yearly = Annotated[int, Field(ge=0, le=365)]


class NewContract(Body):
    """With which team, for how many years."""

    team_id: UUID
    years: _Years = 1


class NewOffer(NewContract):
    """To whom the team offers it."""

    person_id: UUID


class ContractView(BaseModel):
    """Asked by one side, signed or declined by the other; it holds from `starts_at` until `ends_at`."""

    id: UUID
    area: str
    person_id: UUID
    team_id: UUID
    years: int
    state: State
    asked_at: datetime
    by_team: bool
    answered_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: Annotated[datetime | None, Field(description="when it was ended before its time")]
    reason: Reason | None
    acting_id: Annotated[UUID | None, Field(description="who took the person's last step for them, by proxy (代办)")]


class BalanceView(BaseModel):
    """Of a service: how many a year, how many were, how many are left in this year of the contract."""

    item: Item
    yearly: int
    served: int
    left: int


class WholeContractView(ContractView):
    """The same, with its package and what is left of it; `year` is null while it does not hold."""

    package: str
    year: int | None
    balance: list[BalanceView]


class UnservedView(ContractView):
    """Signed a while ago, and nothing was served yet; when its person was last told that it ends, if they were."""

    prompted_at: datetime | None


class ContractFilter(Paging):
    """Whose, with which team; only those that hold now, or that wait for an answer."""

    person_id: UUID | None = None
    team_id: UUID | None = None
    holding: bool = False
    waiting: bool = False


class UnservedFilter(Paging):
    """With which team; signed so many days ago or longer."""

    team_id: UUID | None = None
    days: Annotated[int, Field(ge=1, le=1095)] = 90


class Ending(Body):
    """Why."""

    reason: Reason


class Service(Body):
    """What was served, and in which visit, if it was one."""

    item: Item
    appointment_id: UUID | None = None


class NewPackage(Body):
    """What contracts in an area have from now on, so many a year of each."""

    area: Annotated[str, Field(max_length=256, pattern=PATTERN)]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    follow_up: _Yearly = 0
    check_up: _Yearly = 0
    home_visit: _Yearly = 0
    advice: _Yearly = 0


class PackageView(BaseModel):
    """One version."""

    id: UUID
    area: str
    version: int
    name: str
    follow_up: int
    check_up: int
    home_visit: int
    advice: int
    decided_by: UUID
    decided_at: datetime


@router.post("/packages", status_code=201, response_model=PackageView)
async def lay_down_package(new: NewPackage, actor: Actor, work: Working) -> Package:
    """The next version of an area's package; who has signed keeps theirs."""
    made = Package(work.new_id(), version=0, decided_by=actor.id, decided_at=work.now, **new.model_dump())
    return await acts.lay_down(work, made, by=actor)


@router.get("/packages", response_model=Page[PackageView])
async def list_packages(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """All versions, the last first. Where there is none: four follow-ups and a check-up a year."""
    return await store.PACKAGES.page(work, asked, actor.scope("packages.read"))


@router.get("/unserved", response_model=Page[UnservedView])
async def list_unserved_contracts(actor: Actor, work: Working, asked: Annotated[UnservedFilter, Query()]) -> Any:
    """Signed and never served (签而不约), for the hut's staff, the oldest first."""
    before = work.now - timedelta(days=asked.days)
    scope = actor.scope("contracts.serve")
    return await store.UNSERVED.page(work, asked, scope, now=work.now, before=before, team_id=asked.team_id)


@router.post("", status_code=201, response_model=ContractView)
async def ask_for_contract(new: NewContract, actor: Actor, work: Working) -> Contract:
    """Ask a team that serves where one lives; from 60 days before the end of a contract the next one may be asked for."""
    return await acts.ask(work, new.team_id, new.years, by=actor)


@router.post("/at-the-hut", status_code=201, response_model=ContractView)
async def offer_contract(new: NewOffer, actor: Actor, work: Working) -> Contract:
    """The team offers a resident a contract; it holds once they say yes themselves."""
    return await acts.offer(work, new.person_id, new.team_id, new.years, by=actor)


@router.get("", response_model=Page[ContractView])
async def list_contracts(actor: Actor, work: Working, asked: Annotated[ContractFilter, Query()]) -> Any:
    """One's own; for the hut's staff, those of the hut."""
    which = asked.model_dump(exclude={"limit", "cursor"})
    return await store.CONTRACTS.page(work, asked, actor.scope("contracts.read"), now=work.now, **which)


@router.get("/{contract_id}", response_model=WholeContractView)
async def get_contract(contract_id: UUID, actor: Actor, work: Working) -> Any:
    """One contract, and what is left of its package."""
    return await acts.look(work, contract_id, by=actor)


@router.post("/{contract_id}/signature", response_model=ContractView)
async def sign_contract(contract_id: UUID, actor: Actor, work: Working) -> Contract:
    """Say yes to what the other side asked for; after another contract it begins where that one ends."""
    return await acts.sign(work, contract_id, by=actor)


@router.post("/{contract_id}/declining", response_model=ContractView)
async def decline_contract(contract_id: UUID, actor: Actor, work: Working) -> Contract:
    """Say no, or take back what one asked for."""
    return await acts.decline(work, contract_id, by=actor)


@router.post("/{contract_id}/termination", response_model=ContractView)
async def end_contract(contract_id: UUID, new: Ending, actor: Actor, work: Working) -> Contract:
    """End it before its time (解约)."""
    return await acts.end(work, contract_id, new.reason, by=actor)


@router.post("/{contract_id}/services", status_code=201, response_model=ContractView)
async def record_service(contract_id: UUID, new: Service, actor: Actor, work: Working) -> Contract:
    """Note that a service of the package was given; its person is told."""
    return await acts.serve(work, contract_id, new.item, new.appointment_id, by=actor)
