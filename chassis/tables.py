"""The tables every service has, whatever it is about, and the column types they share."""

from typing import Any

from sqlalchemy import ColumnElement, MetaData, func
from sqlalchemy.types import UserDefinedType

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)


class AreaPath(UserDefinedType[str]):
    """An area path, kept as PostgreSQL's `ltree` so that "below" is one indexed operator."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "LTREE"

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        return func.text2ltree(bindvalue)

    def column_expression(self, colexpr: Any) -> ColumnElement[Any]:
        return func.ltree2text(colexpr)
