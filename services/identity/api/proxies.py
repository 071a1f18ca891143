"""Proxies: who acts for whom; given in the app, recorded before staff, or a guardian's."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import guardians
from services.identity.actions import proxies as acts
from services.identity.actions.proxies import Wish
from services.identity.api.fresh import StepUpRoute, fresh
from services.identity.domain.proxies import Proxy, Scope, end_of
from services.identity.store import queries

router = new_router("/api/v1/proxies", tags=["proxies"])
router.route_class = StepUpRoute

Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
Number = Annotated[str, Field(min_length=18, max_length=40)]  # with the spaces in which it is printed
State = Literal["waiting", "confirmed", "refused", "over", "ended"]


class NewProxy(Body):
    """Who is to act for me (their app shows their id), for what, and the last day; for one of us it may end with a home."""

    actor_id: UUID
    scopes: Scopes
    last_day: date
    binding_id: UUID | None = None


class ProxyRecord(NewProxy):
    """The same, said before staff."""

    principal_id: UUID
    evidence: Literal["in-person", "video"]


class Guardianship(Body):
    """A child under fourteen, who acts for them, the child's number as in the papers, and which papers were seen.

    That the guardian is of age says their own number, or papers of theirs that have none.
    """

    child_id: UUID
    guardian_id: UUID
    number: Number
    evidence: Literal["household-book", "birth-certificate", "court-paper"]
    guardian_number: Number | None = None
    guardian_papers: Literal["passport", "permanent-residence"] | None = None


class SecondTelling(Body):
    """What the principal tells the second member of staff that they entrust; of a child the number, as read in the papers."""

    scopes: Annotated[tuple[Scope, ...], Field(max_length=len(Scope))] = ()
    number: Number | None = None


class ProxyFilter(Paging):
    """Which."""

    state: State | None = None


class ProxyView(BaseModel):
    """Who may act for whom; while it waits, what it allows is not shown to whoever is to look."""

    id: UUID
    principal_id: UUID
    actor_id: UUID
    kind: str
    allows: list[str] | None
    evidence: str
    state: State
    starts_at: datetime
    ends_at: datetime
    given_by: UUID
    decided_by: UUID | None
    used_at: datetime | None
    ended_by: UUID | None
    ended_at: datetime | None


@router.get("", response_model=Page[ProxyView])
async def list_proxies(actor: Actor, work: Working, asked: Annotated[ProxyFilter, Query()]) -> Any:
    """Proxies of mine, those by which I act, and those in the areas I serve; the newest first."""
    return await queries.PROXIES.page(work, asked, actor.scope("proxies.read"), state=asked.state)


@router.post("", status_code=201, response_model=ProxyView, dependencies=[fresh("proxies.give")])
async def give_proxy(new: NewProxy, actor: Actor, work: Working) -> Proxy:
    """Let somebody act for me; they are told, and either of us ends it."""
    wish = Wish(actor.id, new.actor_id, new.scopes, end_of(new.last_day), binding=new.binding_id)
    return await acts.give(work, wish, by=actor)


@router.post("/records", status_code=201, response_model=ProxyView)
async def record_proxy(new: ProxyRecord, actor: Actor, work: Working) -> Proxy:
    """The first look: somebody of my area says before me who is to act for them."""
    actor.may("proxies.record")
    wish = Wish(new.principal_id, new.actor_id, new.scopes, end_of(new.last_day), new.evidence, new.binding_id)
    return await acts.record(work, wish, by=actor)


@router.post("/guardianships", status_code=201, response_model=ProxyView)
async def record_guardian(new: Guardianship, actor: Actor, work: Working) -> Proxy:
    """The first look at the papers of a child of my area, and at who acts for them until they are fourteen."""
    actor.may("proxies.record")
    seen = guardians.Seen(
        new.child_id, new.guardian_id, new.number, new.evidence, new.guardian_number, new.guardian_papers,
    )
    return await guardians.record(work, seen, by=actor)


@router.post("/{proxy_id}/second-look", response_model=ProxyView)
async def confirm_proxy(proxy_id: UUID, told: SecondTelling, actor: Actor, work: Working) -> Proxy:
    """The second look, by another member of staff: it holds from now on."""
    actor.may("proxies.record")
    read = await guardians.read_again(work, proxy_id, by=actor, number=told.number)
    return await acts.confirm(work, proxy_id, by=actor, scopes=set(told.scopes), number_index=read)


@router.post("/{proxy_id}/refusal", response_model=ProxyView)
async def refuse_proxy(proxy_id: UUID, actor: Actor, work: Working) -> Proxy:
    """Nothing comes of it."""
    actor.may("proxies.record")
    return await acts.refuse(work, proxy_id, by=actor)


@router.post("/{proxy_id}/ending", response_model=ProxyView)
async def end_proxy(proxy_id: UUID, actor: Actor, work: Working) -> Proxy:
    """It is over; what was given to act by it is void within seconds."""
    return await acts.end(work, proxy_id, by=actor)
