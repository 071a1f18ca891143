"""What a report can be about."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.domain.category import is_physical
from services.reports.domain.open311 import SERVICES

router = new_router("/api/v1/categories", tags=["categories", PUBLIC])


class CategoryView(BaseModel):
    """A kind of problem."""

    code: str
    name: str
    is_physical: Annotated[bool, Field(description="a photo taken afterwards shows that it is mended, and is asked for")]


@router.get("", response_model=list[CategoryView])
async def list_categories() -> list[dict[str, Any]]:
    """The kinds of problems a report can be about."""
    return [{"code": one.code, "name": one.name, "is_physical": is_physical(one.code)} for one in SERVICES.values()]
