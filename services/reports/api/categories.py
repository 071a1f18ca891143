"""What a report can be about: the twelve kinds, and in a community what lies below them."""

from typing import Annotated, Any, Self

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.actions import categories as acts
from services.reports.api.reports import Path
from services.reports.domain.catalogue import Catalogue, Node
from services.reports.domain.category import is_physical
from services.reports.domain.field import Field as Question
from services.reports.domain.field import Kind
from services.reports.domain.open311 import SERVICES

router = new_router("/api/v1/categories", tags=["categories", PUBLIC])


class ValueView(BaseModel):
    """One that may be chosen."""

    key: str
    name: str


class FieldView(BaseModel):
    """A question, as an attribute of Open311."""

    code: str
    label: str
    datatype: Kind
    required: bool
    variable: Annotated[bool, Field(description="false: it is only shown")]
    hint: str
    values: list[ValueView]

    @classmethod
    def of(cls, one: Question) -> Self:
        """From the words of the rule."""
        values = [ValueView(key=key, name=name) for key, name in one.values]
        return cls(
            code=one.code, label=one.label, datatype=one.kind, required=one.required, variable=one.variable, hint=one.hint,
            values=values,
        )


class SubcategoryView(BaseModel):
    """Something below a category; its fields are asked beside those of what is above it."""

    subcategory: Annotated[str, Field(description="dotted, as a report says it")]
    name: str
    hint: str
    fields: list[FieldView]
    subcategories: list["SubcategoryView"]


class CategoryView(BaseModel):
    """A kind of problem."""

    code: str
    name: str
    is_physical: Annotated[bool, Field(description="a photo taken afterwards shows that it is mended, and is asked for")]
    fields: Annotated[list[FieldView], Field(description="only with `area`")] = Field(default_factory=list)
    subcategories: Annotated[list[SubcategoryView], Field(description="only with `area`; none that was retired")] = Field(
        default_factory=list
    )


Of = Annotated[Path | None, Query(description="a place: then with what lies below in its community; the version is the ETag")]


@router.get("", response_model=list[CategoryView], response_model_exclude_unset=True)
async def list_categories(work: Working, response: Response, area: Of = None) -> list[dict[str, Any]]:
    """The kinds of problems a report can be about."""
    if area is None:
        return [_plain(code) for code in SERVICES]
    found = await acts.offered(work, area)
    response.headers.update({"etag": found.tag, "cache-control": "no-cache, no-transform"})
    return [
        {**_plain(code), "fields": [*map(FieldView.of, found.fields(code, None))], "subcategories": _below(found, code, None)}
        for code in SERVICES
    ]


def _plain(code: str) -> dict[str, Any]:
    return {"code": code, "name": SERVICES[code].name, "is_physical": is_physical(code)}


def _below(found: Catalogue, category: str, above: str | None) -> list[dict[str, Any]]:
    return [_told(found, one) for one in found.below(category, above)]


def _told(found: Catalogue, one: Node) -> dict[str, Any]:
    return {
        "subcategory": one.subcategory, "name": one.name, "hint": one.hint, "fields": [*map(FieldView.of, one.fields)],
        "subcategories": _below(found, one.category, one.subcategory),
    }
