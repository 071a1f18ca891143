"""类别目录: what reports of a community can be about, read and changed by version."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import categories as acts
from services.reports.api.categories import FieldView
from services.reports.api.reports import Category, Subcategory
from services.reports.api.settings import CONDITIONAL, Allowed, AllowedView, Community, ReliesOn
from services.reports.domain.catalogue import (
    FIELD_PATTERN,
    LONGEST_HINT,
    LONGEST_NAME,
    MOST_FIELDS,
    MOST_NODES,
    MOST_VALUES,
    Catalogue,
    Node,
)
from services.reports.domain.category import CATEGORIES
from services.reports.domain.field import Field as Question
from services.reports.domain.field import Kind

router = new_router("/api/v1/settings", tags=["settings"])

Said = r"^[^\x00]*[^\x00\s][^\x00]*$"
Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=Said)]
Hint = Annotated[str, Field(max_length=LONGEST_HINT, pattern=r"^[^\x00]*$")]


class NewValue(Body):
    """One that may be chosen."""

    key: Annotated[str, Field(pattern=FIELD_PATTERN)]
    name: Name


class NewField(Body):
    """A question (Open311: attribute); they are asked in the order in which they stand. One not `variable` is only shown."""

    code: Annotated[str, Field(pattern=FIELD_PATTERN)]
    label: Annotated[str, Field(max_length=2 * LONGEST_NAME, pattern=Said)]
    datatype: Kind = "string"
    required: bool = False
    variable: bool = True
    hint: Hint = ""
    values: Annotated[list[NewValue], Field(max_length=MOST_VALUES)] = Field(default_factory=list)

    def field(self) -> Question:
        """The same in the words of the rule."""
        values = tuple((one.key, one.name) for one in self.values)
        return Question(self.code, self.label, self.datatype, self.required, self.variable, self.hint, values)


class NewNode(Body):
    """Something below a category; without `subcategory` the category itself, of which only fields are said."""

    category: Category
    subcategory: Subcategory | None = None
    name: Annotated[Name | None, Field(description="of all but the category itself")] = None
    hint: Hint = ""
    resolve: Annotated[Allowed | None, Field(description="else that of what is above it, else that of the terms")] = None
    fields: Annotated[list[NewField], Field(max_length=MOST_FIELDS)] = Field(default_factory=list)
    retired: Annotated[bool, Field(description="said of no report any more, nor is what lies below it")] = False

    def node(self) -> Node:
        """The same in the words of the rule."""
        resolve = None if self.resolve is None else self.resolve.policy()
        fields = tuple(one.field() for one in self.fields)
        return Node(self.category, self.subcategory, self.name or "", self.hint, resolve, fields, self.retired)


class NewCatalogue(Body):
    """All of it: whatever stood in the version that was read stands here as well, if only as retired."""

    nodes: Annotated[list[NewNode], Field(max_length=MOST_NODES + len(CATEGORIES))]

    def catalogue(self, area: str) -> Catalogue:
        """The same in the words of the rule; its version is given when it is decided."""
        return Catalogue(area, nodes=tuple(one.node() for one in self.nodes))


class NodeView(BaseModel):
    """Something below a category, or the category itself."""

    category: str
    subcategory: str | None
    name: str | None
    hint: str
    resolve: AllowedView | None
    fields: list[FieldView]
    retired: bool


class CatalogueView(BaseModel):
    """What is in force; decided by nobody while it is the standard one. The version is the ETag."""

    area: str
    nodes: list[NodeView]
    decided_by: UUID | None
    decided_at: datetime | None


class CatalogueVersion(BaseModel):
    """A version that was decided."""

    version: int
    nodes: list[NodeView]
    decided_by: UUID
    decided_at: datetime


@router.get("/{area}/categories", response_model=CatalogueView)
async def get_catalogue(area: Community, actor: Actor, work: Working, response: Response) -> dict[str, Any]:
    """What reports of a community can be about, and the version of it."""
    return _tagged(response, await acts.shown(work, area, by=actor))


@router.put("/{area}/categories", response_model=CatalogueView, responses=CONDITIONAL)
async def put_catalogue(
    area: Community, new: NewCatalogue, actor: Actor, work: Working, *, response: Response, relies_on: ReliesOn = None
) -> dict[str, Any]:
    """Another catalogue, if the one that was read is still in force; what was filed is told in the words of its own version."""
    return _tagged(response, await acts.decide(work, area, new.catalogue, by=actor, relies_on=relies_on))


@router.get("/{area}/categories/versions", response_model=Page[CatalogueVersion])
async def list_catalogues(
    area: Community, actor: Actor, work: Working, asked: Annotated[Paging, Query()]
) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    found = await acts.history(work, area, by=actor, paging=asked)
    return found.model_copy(update={"items": [row | {"nodes": [*map(_node, row["nodes"])]} for row in found.items]})


def _tagged(response: Response, found: Catalogue) -> dict[str, Any]:
    response.headers.update({"etag": found.tag, "cache-control": "private, no-cache, no-transform"})
    decided = {"decided_by": found.decided_by, "decided_at": found.decided_at}
    return {"area": found.area, "nodes": [*map(_node, found.nodes)], **decided}


def _node(one: Node) -> dict[str, Any]:
    return {**vars(one), "name": one.name or None, "fields": [*map(FieldView.of, one.fields)]}
