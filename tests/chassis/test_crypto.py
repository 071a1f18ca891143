"""Sealed values: they open with their key at their place, and for nobody else, and not after the person was forgotten."""

from uuid import uuid4

import pytest
from builders.doors import Doors, keyed
from builders.world import GRID, RESIDENT, UNIT
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Column, LargeBinary, MetaData, Table

from chassis import crypto, privacy
from chassis.crypto import Keys, Place, Unreadable

KEY, OTHER = b"k" * 32, b"o" * 32
PLACE = Place("reports", "text", "1")


@given(some.binary(max_size=200))
def test_what_was_sealed_opens(clear: bytes) -> None:
    assert crypto.unseal(KEY, PLACE, crypto.seal(KEY, PLACE, clear)) == clear


@given(some.binary(min_size=1, max_size=60), some.data())
def test_a_changed_byte_does_not_open(clear: bytes, data: some.DataObject) -> None:
    sealed = bytearray(crypto.seal(KEY, PLACE, clear))
    sealed[data.draw(some.integers(1, len(sealed) - 1))] ^= data.draw(some.integers(1, 255))
    with pytest.raises(Unreadable):
        crypto.unseal(KEY, PLACE, bytes(sealed))


@pytest.mark.parametrize("place", [Place("other", "text", "1"), Place("reports", "other", "1"), Place("reports", "text", "2")])
def test_a_value_moved_elsewhere_does_not_open(place: Place) -> None:
    with pytest.raises(Unreadable):
        crypto.unseal(KEY, place, crypto.seal(KEY, PLACE, b"secret"))


def test_another_key_does_not_open_and_two_seals_of_one_text_differ() -> None:
    one, two = crypto.seal(KEY, PLACE, b"secret"), crypto.seal(KEY, PLACE, b"secret")
    assert one != two
    with pytest.raises(Unreadable):
        crypto.unseal(OTHER, PLACE, one)


def test_a_blind_index_is_equal_for_equals_only_within_its_column_and_key() -> None:
    keys = Keys(KEY, KEY)
    assert keys.blind("phone", "13800000000") == keys.blind("phone", "13800000000")
    others = {keys.blind("phone", "13800000001"), keys.blind("name", "13800000000")}
    others.add(Keys(KEY, OTHER).blind("phone", "13800000000"))
    assert keys.blind("phone", "13800000000") not in others


async def test_a_forgotten_person_cannot_be_read_any_more_by_anybody(reports_doors: Doors) -> None:
    draft = {"text": "我家的灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as resident:
        key = (await resident.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"]
    held = reports_doors.running.service.personal
    assert held is not None
    async with reports_doors.running.database.reading() as work:
        assert (await held.export(work, RESIDENT.id))["reports"][0]["text"] == "我家的灯"
    assert await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id)) == 1
    async with reports_doors.client(GRID) as worker:
        shown = await worker.get(f"/api/v1/reports/{key}")
        listed = await worker.get("/api/v1/reports")
    assert (shown.status_code, shown.json()["text"]) == (200, "（该内容已应本人要求删除）")
    assert listed.json()["items"][0]["text"] == "（该内容已应本人要求删除）"


def test_a_service_that_seals_what_it_cannot_hand_out_is_refused() -> None:
    tables = MetaData()
    Table("diaries", tables, Column("sealed_text", LargeBinary))
    with pytest.raises(privacy.ForgottenTable, match="diaries"):
        privacy.check(tables, None)
