"""What identity kept for a time is gone once it is over, and not before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.residents import lives
from sqlalchemy import text

from services.identity.actions import retention


async def test_ended_sessions_and_lines_of_the_register_go_by_age(
    identity_doors: Doors, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    one = await lives(identity_doors, None)
    async with identity_doors.whole.begin() as connection:
        for n in range(5):
            await connection.execute(text(
                "insert into accesses (id, person_id, service, act, at) values (:id, :who, 'health', 'hospital', :at)"
            ), {"id": uuid4(), "who": one.id, "at": datetime.now(UTC) - timedelta(days=n)})
            await connection.execute(text(
                "insert into refresh_tokens (hash, family_id, person_id, created_at, expires_at, family_ends_at)"
                " values (:hash, :id, :who, :at, :at, :at)"
            ), {"hash": uuid4().bytes, "id": uuid4(), "who": one.id, "at": datetime.now(UTC) - timedelta(days=n)})

    async def left() -> tuple[int, int]:
        rows: list[Any] = await identity_doors.rows(
            "select (select count(*) from accesses) as shown, (select count(*) from refresh_tokens) as sessions"
        )
        return rows[0].shown, rows[0].sessions

    later(days=195)
    await retention.run(identity_doors.running)
    assert await left() == (5, 5)
    later(days=201)
    await retention.run(identity_doors.running)
    assert await left() == (5, 0)
    later(days=1096)
    for _ in range(2):
        await retention.run(identity_doors.running)
    assert await left() == (0, 0)
