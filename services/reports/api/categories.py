"""What a report can be about."""

from pydantic import BaseModel

from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.domain.report import CATEGORIES

router = new_router("/api/v1/categories", tags=["categories", PUBLIC])

_NAMES = ("楼道照明", "供水", "供电", "环境卫生", "道路设施", "绿化", "安全隐患", "噪音扰民", "停车秩序", "其他")


class CategoryView(BaseModel):
    """A kind of problem."""

    code: str
    name: str


@router.get("", response_model=list[CategoryView])
async def list_categories() -> list[dict[str, str]]:
    """The kinds of problems a report can be about."""
    return [{"code": code, "name": name} for code, name in zip(CATEGORIES, _NAMES, strict=True)]
