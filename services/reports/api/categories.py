"""What a report can be about."""

from pydantic import BaseModel

from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.domain.open311 import SERVICES

router = new_router("/api/v1/categories", tags=["categories", PUBLIC])


class CategoryView(BaseModel):
    """A kind of problem."""

    code: str
    name: str


@router.get("", response_model=list[CategoryView])
async def list_categories() -> list[dict[str, str]]:
    """The kinds of problems a report can be about."""
    return [{"code": one.code, "name": one.name} for one in SERVICES.values()]
