"""CloudEvents as they travel: what is written is read, what is not ours is refused, ids are in order of time."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.envelope import PREFIX, Cause, UnknownEvent, read, time_of, uuid7
from contracts.reports import ReportSubmitted

NOW = datetime(2026, 3, 1, 8, 30, 15, 123456, UTC)


def event() -> ReportSubmitted:
    return ReportSubmitted(
        area="510104.clx.guohuai", recipients=(uuid4(), uuid4()), report_id=uuid4(), number="GH-1", category="water",
        reporter_id=uuid4(),
    )


def test_what_was_written_is_read() -> None:
    said, cause = event(), Cause("together", "because")
    headers = cause.headers(said, uuid7(NOW), "/guohuai/reports", NOW) | {f"{PREFIX}sequence": "7"}
    back = read(headers, said.model_dump_json().encode())
    assert back.event == said
    assert (back.sequence, back.time, back.correlation_id) == (7, NOW, "together")
    assert (back.cause.correlation_id, back.cause.causation_id) == ("together", str(back.id))
    assert headers[f"{PREFIX}specversion"] == "1.0"
    assert headers[f"{PREFIX}dataschema"] == "/events/reports.report_submitted.v1.json"


def test_the_first_event_of_a_story_names_the_story() -> None:
    said = event()
    assert Cause().headers(said, uuid7(NOW), "/guohuai/reports", NOW)[f"{PREFIX}correlationid"] == str(said.report_id)


def test_area_and_recipients_are_not_in_the_body() -> None:
    said = event()
    assert said.area not in said.model_dump_json()
    assert str(said.recipients[0]) not in said.model_dump_json()


@pytest.mark.parametrize("name", ["type", "id", "time", "sequence", "correlationid"])
def test_a_message_without_its_attributes_is_not_ours(name: str) -> None:
    said = event()
    headers = Cause().headers(said, uuid7(NOW), "/guohuai/reports", NOW) | {f"{PREFIX}sequence": "1"}
    del headers[PREFIX + name]
    with pytest.raises(UnknownEvent):
        read(headers, said.model_dump_json().encode())


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b"\xff\xfe", b'{"report_id": "no uuid"}'])
def test_a_body_of_another_shape_is_not_ours(body: bytes) -> None:
    headers = Cause().headers(event(), uuid7(NOW), "/guohuai/reports", NOW) | {f"{PREFIX}sequence": "1"}
    with pytest.raises(UnknownEvent):
        read(headers, body)


@given(some.dictionaries(some.text(max_size=20), some.one_of(some.none(), some.integers(), some.text(max_size=20)), max_size=6))
def test_whatever_the_headers_say_it_is_read_or_refused(headers: dict[str, object]) -> None:
    with pytest.raises(UnknownEvent):
        read({PREFIX + name: value for name, value in headers.items()}, b"{}")


def test_ids_sort_by_time() -> None:
    moments = [NOW + timedelta(milliseconds=n) for n in range(200)]
    ids = [uuid7(moment) for moment in moments]
    shuffled = random.Random(1).sample(ids, len(ids))
    assert sorted(shuffled) == ids
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {"specified in RFC 4122"}
    assert abs(time_of(ids[0]) - NOW) < timedelta(milliseconds=1)
