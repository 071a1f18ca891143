"""Signing out from a program's page: a question for whoever is led here, an act for who answers or has the token itself."""

from typing import Annotated, Any

from fastapi import Form, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from chassis.db import Work
from chassis.problems import MEDIA_TYPE
from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import goodbye
from services.identity.api import pages

router = new_router("/oauth", tags=["oauth", PUBLIC])

_ANSWERS: dict[int | str, dict[str, Any]] = {303: {}, 422: {"content": {MEDIA_TYPE: {}}}}


class Goodbye(BaseModel):
    """The identity token of the session, and where to go afterwards, if that is registered."""

    id_token_hint: Annotated[str, Field(max_length=2048)]
    post_logout_redirect_uri: Annotated[str, Field(max_length=512)] = ""
    state: Annotated[str, Field(max_length=512)] = ""


@router.get("/end_session", response_class=HTMLResponse, responses=_ANSWERS)
async def ask_to_leave(asked: Annotated[Goodbye, Query()], work: Working) -> Response:
    """Ask whether to sign out: an address alone signs nobody out (RP-Initiated Logout 1.0 section 2)."""
    leaving = await _meant(work, asked)
    return pages.goodbye(asked.model_dump(), leads_to=leaving.back) if leaving else pages.notice("没有需要退出的登录")


@router.post("/end_session", response_class=HTMLResponse, responses=_ANSWERS)
async def leave(asked: Annotated[Goodbye, Form()], work: Working) -> Response:
    """Sign out; whoever sends the identity token is its program, or the person at our own page."""
    leaving = await _meant(work, asked)
    return await _left(work, leaving) if leaving else pages.notice("没有需要退出的登录")


async def _meant(work: Work, asked: Goodbye) -> goodbye.Leaving | None:
    return await goodbye.meant(work, asked.id_token_hint, back=asked.post_logout_redirect_uri, state=asked.state)


async def _left(work: Work, leaving: goodbye.Leaving) -> Response:
    await goodbye.leave(work, leaving)
    return pages.elsewhere(leaving.back) if leaving.back else pages.notice("您已退出登录")
