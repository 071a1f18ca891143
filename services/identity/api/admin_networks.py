"""From where the admins of an area sign in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import networks as acts
from services.identity.api.areas import Path
from services.identity.api.fresh import StepUpRoute, fresh
from services.identity.api.sign_in import address
from services.identity.domain.networks import MOST

router = new_router("/api/v1/admin-networks", tags=["admin-networks"])
router.route_class = StepUpRoute


class Networks(Body):
    """All of the list, in CIDR form, IPv4 and IPv6; an empty one lets admins in from everywhere again."""

    area: Path
    networks: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=MOST)]


class NetworksView(BaseModel):
    """The list of an area, and whose word it is."""

    area: str
    networks: list[str]
    changed_by: UUID
    changed_at: datetime


class ListsView(BaseModel):
    """The lists of an area and of those in it, and the address that this request came from."""

    items: list[NetworksView]
    address: str


@router.get("", response_model=ListsView)
async def list_admin_networks(
    area: Annotated[Path, Query()], actor: Actor, request: Request, work: Working
) -> ListsView:
    """From where the admins of an area of mine sign in, and of those in it; and from where I come just now."""
    found = await acts.listed(work, area, by=actor)
    return ListsView(items=[NetworksView(**vars(one)) for one in found], address=address(request))


@router.post("", dependencies=[fresh("networks.change")], response_model=NetworksView)
async def change_admin_networks(said: Networks, actor: Actor, request: Request, work: Working) -> acts.AdminNetworks:
    """Set the list of an area of mine; the address this comes from must be in it. At the next sign-in or refresh it holds."""
    return await acts.change(work, said.area, said.networks, by=actor, address=address(request))
