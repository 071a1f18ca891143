"""Which schema this code needs: a process serves and listens only once its database has it."""

import asyncio
import importlib
import logging
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

log = logging.getLogger(__name__)


def histories(service: str) -> list[tuple[str, Path]]:
    """The version table and the folder of each history, in the order they are applied."""
    package = "gateway" if service == "edge" else f"services.{service}"
    own = Path(importlib.import_module(package).__path__[0])
    return [("chassis_version", Path(__file__).parent / "migrations"), ("service_version", own / "migrations")]


async def awaited(service: str, url: str) -> None:
    """Return once both histories have come at least as far as this code knows them; a newer schema serves older code."""
    wanted = {table: newest(folder) for table, folder in histories(service)}
    engine = create_async_engine(url)
    try:
        while not await _is_there(engine, wanted):
            log.warning("waiting for the schema", extra={"facts": {"remedy": "run migrate"}})
            await asyncio.sleep(1)
    finally:
        await engine.dispose()


async def _is_there(engine: AsyncEngine, wanted: dict[str, str]) -> bool:
    try:
        async with engine.connect() as connection:
            found = {table: await connection.scalar(text(f"select version_num from {table}")) for table in wanted}  # noqa: S608
    except (OSError, TimeoutError, SQLAlchemyError):
        return False
    return all((found[table] or "") >= version for table, version in wanted.items())


def newest(folder: Path) -> str:
    """The number of the last migration in a folder, whose files begin with their numbers; empty without any."""
    return max((file.stem.partition("_")[0] for file in folder.glob("[0-9]*_*.py")), default="")
