"""批量: one act on up to a hundred reports, with an answer for each."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.problems import status_of
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import batches as acts
from services.reports.api.reports import Text
from services.reports.domain.batch import MOST, Act
from services.reports.domain.note import Visibility

router = new_router("/api/v1/batches", tags=["batches"])


class Accepting(Body):
    """They are ours."""

    name: Literal[Act.ACCEPT]


class Assigning(Body):
    """Somebody is responsible for each."""

    name: Literal[Act.ASSIGN]
    assignee_id: UUID


class Reassigning(Body):
    """Somebody else is, and why; their reporters read it."""

    name: Literal[Act.REASSIGN]
    assignee_id: UUID
    reason: Text


class Escalating(Body):
    """They go to the office above, and why."""

    name: Literal[Act.ESCALATE]
    reason: Text


class Noting(Body):
    """The same note beside each."""

    name: Literal[Act.NOTE]
    text: Text
    visibility: Visibility = Visibility.STAFF


class Merging(Body):
    """They are the same as another report, which carries the work of all."""

    name: Literal[Act.MERGE]
    master_id: UUID


class Closing(Body):
    """Nobody rated them."""

    name: Literal[Act.CLOSE]


class Batch(Body):
    """Which reports, each once, and what is to be done to each."""

    report_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]
    act: Annotated[
        Accepting | Assigning | Reassigning | Escalating | Noting | Merging | Closing, Field(discriminator="name")
    ]

    def said(self) -> dict[str, Any]:
        """What the act is given."""
        return self.act.model_dump(exclude={"name"})


class ItemProblem(BaseModel):
    """Why one of them was refused, as it would have been alone; `type` is the page about it (RFC 9457)."""

    type: str
    title: str
    detail: str
    status: int
    current: str | None = None
    allowed: list[str] | None = None


class ItemView(BaseModel):
    """What became of one of them (after RFC 4918 section 13, multi-status)."""

    report_id: UUID
    outcome: Literal["done", "refused"]
    status: Annotated[int, Field(description="the HTTP status it would have had alone")]
    problem: ItemProblem | None


@router.post("", status_code=201, response_model=list[ItemView])
async def do_batch(batch: Batch, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """Do it to each that may be done; of the others the answer says why not, and nothing of them is changed."""
    found = await acts.do(work, by=actor, act=Act(batch.act.name), reports=batch.report_ids, said=batch.said())
    return [_view(one) for one in found]


def _view(found: acts.Outcome) -> dict[str, Any]:
    if found.refused is None:
        return {"report_id": found.report_id, "outcome": "done", "status": 200, "problem": None}
    kind, status = type(found.refused), status_of(type(found.refused))
    problem = {"type": f"/problems/{kind.name()}", "title": kind.zh, "detail": found.refused.detail or kind.zh, "status": status}
    more = {name: value for name, value in found.refused.extra.items() if name in {"current", "allowed"}}
    return {"report_id": found.report_id, "outcome": "refused", "status": status, "problem": problem | more}
