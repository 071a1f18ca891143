"""What stands in the log as if it had been in the last month that a board tells, and said by as many people as one wants."""

from datetime import UTC, datetime, timedelta

from builders.doors import Doors
from sqlalchemy import text

from services.reports.domain.board import SETTLES

SPREAD = (
    "update reports set reporter_id = cast(lpad(to_hex(mod(of.turn, :people)), 32, '0') as uuid) from "
    "(select id, row_number() over (order by id) as turn from reports) as of where of.id = reports.id"
)


async def a_month_ago(doors: Doors) -> None:
    """As if all that stands in the log had been in the middle of the last month that is told; nobody else's clock is moved."""
    month = (datetime.now(UTC) + timedelta(hours=8) - SETTLES).replace(day=1) - timedelta(days=15)
    by = datetime.now(UTC) - month
    async with doors.whole.begin() as connection:
        for change in (
            "transitions set at = at - cast(:by as interval)", "appraisals set said_at = said_at - cast(:by as interval)",
            "clocks set started_at = started_at - cast(:by as interval), due_at = due_at - cast(:by as interval)",
            "reports set submitted_at = submitted_at - cast(:by as interval), resolved_at = resolved_at - cast(:by as interval)",
        ):
            await connection.execute(text(f"update {change}"), {"by": by})


async def said_by(doors: Doors, people: int) -> None:
    """As if one person after the other, of so many, had filed what stands in the log."""
    async with doors.whole.begin() as connection:
        await connection.execute(text(SPREAD), {"people": people})
