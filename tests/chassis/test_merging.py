"""What is a person's moves to whom they turned out to be, once, in any order, and back; whatever the service keeps."""

import importlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.merged import Two, hear, whole
from builders.world import RESIDENT, SECOND_RESIDENT, Person
from joserfc import jwe
from joserfc.jwk import ECKey

from chassis import bus, privacy
from chassis.testing import arrived
from contracts.event import Event
from contracts.identity import ErasureAsked, ErasureProposed, ErasureRequested, ExportRequested


@pytest.fixture
def two() -> Two:
    return Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)


async def told(doors: Doors, person: UUID) -> None:
    """Notify tells somebody something."""
    said = ErasureAsked(erasure_id=uuid4(), person_id=person, recipients=(person,))
    await spoken(doors, said)


async def spoken(doors: Doors, said: Event) -> None:
    listening = next(one for one in doors.running.service.consumers if one.queue == "notify.identity")
    await bus.handle(doors.running.database, listening, arrived(said, datetime.now(UTC)))


async def inbox(doors: Doors, who: Person) -> list[str]:
    async with doors.client(who) as client:
        return [one["title"] for one in (await client.get("/api/v1/notices")).json()["items"]]


async def test_an_inbox_moves_and_comes_back_with_what_it_held(notify_doors: Doors, two: Two) -> None:
    for person in (RESIDENT.id, SECOND_RESIDENT.id):
        await told(notify_doors, person)
    before = await whole(notify_doors, "notices")
    await hear(notify_doors, two.merged)
    assert (len(await inbox(notify_doors, RESIDENT)), len(await inbox(notify_doors, SECOND_RESIDENT))) == (0, 2)
    await hear(notify_doors, two.split)
    assert await whole(notify_doors, "notices") == before


async def test_what_is_told_to_the_source_afterwards_is_told_to_the_survivor(notify_doors: Doors, two: Two) -> None:
    await hear(notify_doors, two.merged)
    await told(notify_doors, RESIDENT.id)
    await spoken(notify_doors, two.merged)
    assert sorted(await inbox(notify_doors, SECOND_RESIDENT)) == sorted(["注销申请已收到", "两个账号已合并"])
    await spoken(notify_doors, two.split)
    assert await inbox(notify_doors, RESIDENT) == ["账号已恢复"], "of what was split both hear, whichever word comes first"


async def test_a_service_that_keeps_no_rows_of_theirs_knows_who_is_one(gate_doors: Doors, two: Two) -> None:
    await hear(gate_doors, two.merged)
    async with gate_doors.running.database.reading() as work:
        assert await privacy.sources(work, SECOND_RESIDENT.id) == [RESIDENT.id]
        assert await privacy.sources(work, RESIDENT.id) == []
    await hear(gate_doors, two.split)
    async with gate_doors.running.database.reading() as work:
        assert await privacy.sources(work, SECOND_RESIDENT.id) == []


async def test_the_job_is_done_in_the_end_and_takes_nothing_twice(
    gate_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(gate_doors, two.merged)
    clock = gate_doors.running.settings.clock
    for days in (1, 31, 40):
        monkeypatch.setattr(clock, "now", lambda days=days: datetime.now(UTC) + timedelta(days=days))
        await privacy.move(gate_doors.running)
    [row] = await gate_doors.rows("select next_at, split_at from moved")
    assert (row.next_at, row.split_at) == (None, None)
    assert len(await gate_doors.rows("select 1 from audit where action = 'privacy.erase'")) == 1
    gone = await gate_doors.rows("select person_id from forgotten_people")
    assert [one.person_id for one in gone] == [RESIDENT.id]


async def test_an_export_has_both_and_an_erasure_forgets_both(notify_doors: Doors, two: Two) -> None:
    await told(notify_doors, RESIDENT.id)
    await hear(notify_doors, two.merged)
    key = ECKey.generate_key("P-256")
    public = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    export = uuid4()
    await hear(notify_doors, ExportRequested(export_id=export, person_id=SECOND_RESIDENT.id, public_jwk=public))
    await privacy.hand_out(notify_doors.running)
    files = notify_doors.running.files
    sealed = await files.get(files.key_beside(str(export), "export"))
    out = json.loads(jwe.decrypt_compact(sealed, key).plaintext or b"{}")
    assert [one["title"] for one in out["notices"]] == ["注销申请已收到"]
    assert out["merged"] == [{"notices": []}], "what could not move is handed out as well"
    await hear(notify_doors, ErasureProposed(look_id=uuid4(), person_id=SECOND_RESIDENT.id))
    await hear(notify_doors, ErasureRequested(erasure_id=uuid4(), person_id=SECOND_RESIDENT.id))
    gone = {row.person_id for row in await notify_doors.rows("select person_id from forgotten_people")}
    assert gone == {RESIDENT.id, SECOND_RESIDENT.id}


STAYS = {  # of whom a row is, and why it is not the survivor's once two are one
    "consents": "the ledger is not rewritten; health keeps what identity says of each id",
    "registrations": "how somebody was registered is evidence",
    "duplicates": "what was found of two", "erasures": "of who asks to be forgotten nobody is merged",
    "exports": "nor of who is handed a copy", "phone_additions": "nor while one waits; else it is evidence",
    "second_factors": "of who has a password, who stays", "passkeys": "of who has a password, who stays",
    "recovery_codes": "of who has a password, who stays", "second_factor_tries": "counted for a day",
    "device_kinds": "of sessions, which end", "refresh_tokens": "sessions end", "authorization_codes": "sessions end",
    "assignments": "who serves stays", "emergencies": "who serves stays", "cures": "who serves stays",
    "views": "who serves stays", "phrases": "who serves stays",
    "refusals": "counted by the hour",
    "merges": "who stays and who leads there", "proxies": "moved with who gave them, in identity's own room",
}


@pytest.mark.parametrize("service", ["identity", "reports", "gate", "health", "notify"])
def test_whose_a_row_is_is_said_of_every_table(service: str) -> None:
    """A new table with a person's column is moved (`columns` of the service's personal data), or stands here with a reason."""
    found = importlib.import_module(f"services.{service}.app").service
    whose = {"person_id", "reporter_id", "principal_id", "patient_id", "owner_id"}
    moved = {str(column) for column in found.personal.columns}
    forgot = {
        str(column) for table in found.tables.tables.values() for column in table.columns
        if column.name in whose and table.name not in STAYS
    } - moved
    assert forgot == set()
