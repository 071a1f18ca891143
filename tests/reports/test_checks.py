"""内容检查: nothing counts as harmless but what the provider let pass or staff looked at; what is held is worked on."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.checks import checks, decide, found_in, provider, questions, steer, word, works, wrote
from builders.doors import Doors
from builders.life import brought_to, file, named, step
from builders.photos import BOX, act, filed, found, media, opened, published
from builders.world import FAR_OFFICER, FAR_RESIDENT, GRID, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy.exc import IntegrityError

from chassis import bus
from chassis.testing import arrived
from contracts.identity import ErasureRequested
from services.reports import jobs
from services.reports.actions import checks as acts
from services.reports.actions import personal, retention
from services.reports.clients.moderation import signature
from services.reports.domain.check import MOST_PARTS, MOST_TRIES, Suggestion, Verdict, parts
from services.reports.settings import ReportsSettings


async def held(doors: Doors) -> tuple[str, str]:
    """A report whose words were blocked: its id and the check's."""
    bad = word()
    await steer(doors, word=bad, suggestion="Block", label="Ad")
    key = await wrote(doors, f"灯不亮。{bad}")
    await works(doors)
    [one] = await checks(doors, key)
    assert one["state"] == "blocked"
    return key, one["id"]


async def test_words_are_asked_about_once_and_the_verdict_is_kept(reports_doors: Doors) -> None:
    key = await wrote(reports_doors, "三楼的灯不亮")
    [before] = await checks(reports_doors, key)
    assert (before["state"], before["kind"], before["subject_id"]) == ("waiting", "text", key)
    asked = await questions(reports_doors)
    for _ in range(2):
        await works(reports_doors)
    assert await questions(reports_doors) == asked + 1
    [row] = await reports_doors.rows("select * from checks")
    assert (row.state, row.suggestion, row.label, row.tries) == ("passed", "Pass", "Normal", 1)
    assert row.digest is not None
    assert row.digest != hashlib.sha256("三楼的灯不亮".encode()).digest(), "keyed: nobody tries words against it"
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_what_is_blocked_holds_the_report_once_and_work_and_clocks_go_on(reports_doors: Doors) -> None:
    key, _ = await held(reports_doors)
    assert (await reports_doors.said()).count("reports.report_held.v1") == 1
    asked = "select convert_from(body, 'utf8') as said from outbox where topic = 'reports.report_held.v1'"
    [row] = await reports_doors.rows(asked)
    assert "灯不亮" not in row.said
    clocks = await reports_doors.rows("select kind, state from clocks where report_id = :id", id=key)
    assert {row.state for row in clocks} == {"running"}
    for what in ("acceptance", "assignment", "processing", "resolution"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200, what
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


@pytest.mark.parametrize("hidden", ["灯不亮；{}；请尽快", "灯不亮\n{}\n谢谢", "{}"])
async def test_a_sentence_is_asked_about_by_itself_and_the_worst_counts(reports_doors: Doors, hidden: str) -> None:
    bad, worse = word(), word()
    await steer(reports_doors, word=bad, suggestion="Review", label="Abuse")
    key = await wrote(reports_doors, hidden.format(bad))
    await works(reports_doors)
    assert [one["state"] for one in await checks(reports_doors, key)] == ["review"]
    await steer(reports_doors, word=worse, suggestion="Block", label="Ad")
    key = await wrote(reports_doors, hidden.format(bad) + "。" + worse)
    await works(reports_doors)
    assert [(one["state"], one["label"]) for one in await checks(reports_doors, key)] == [("blocked", "Ad")]


async def test_no_number_of_a_phone_or_of_papers_is_told_to_who_looks(reports_doors: Doors) -> None:
    phone = f"139{uuid4().int % 10**8:08}"
    await steer(reports_doors, word=phone, suggestion="Block", label="Ad")
    key = await wrote(reports_doors, f"灯不亮，请联系{phone}")
    await works(reports_doors)
    assert [one["state"] for one in await checks(reports_doors, key)] == ["passed"], "it saw no phone"


def test_the_parts_of_a_text_are_few_and_leave_nothing_out() -> None:
    assert parts("灯不亮") == ["灯不亮"]
    assert parts("灯不亮。三楼！") == ["灯不亮。三楼！", "灯不亮。", "三楼！"]
    many = "".join(f"{n}。" for n in range(1000))
    found = parts(many)
    assert (len(found), found[0], "".join(found[1:])) == (MOST_PARTS, many, many)
    assert parts("。！？\n") == ["。！？\n"]


@pytest.mark.parametrize("fault", [
    "busy", "broken", "nonsense", "unavailable", "foreign", "two-faced", "wordless", "unheard", "endless",
])
async def test_a_provider_that_errs_or_lies_has_said_nothing(reports_doors: Doors, fault: str) -> None:
    bad = word()
    await steer(reports_doors, word=bad, suggestion="Pass", label="Normal", fault=fault)
    key = await wrote(reports_doors, bad)
    await works(reports_doors)
    [row] = await reports_doors.rows("select * from checks")
    assert (row.state, row.suggestion, row.tries, row.leased_until) == ("waiting", None, 1, None)
    assert row.due_at > datetime.now(UTC) + timedelta(seconds=8)
    await works(reports_doors)
    assert (await reports_doors.rows("select tries from checks"))[0].tries == 1, "later, not at once"
    assert (await step(reports_doors, GRID, key, "acceptance")).status_code == 200


async def test_who_is_silent_is_not_waited_for_long(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.reports.clients.moderation._WAIT", 0.3)
    bad = word()
    await steer(reports_doors, word=bad, suggestion="Pass", fault="silent")
    await wrote(reports_doors, bad)
    async with asyncio.timeout(5):
        await works(reports_doors)
    assert (await reports_doors.rows("select state, tries from checks"))[0] == ("waiting", 1)


async def test_after_twelve_tries_staff_look_without_a_verdict(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, clock = word(), reports_doors.running.settings.clock
    await steer(reports_doors, word=bad, suggestion="Pass", fault="busy")
    key = await wrote(reports_doors, bad)
    answers = provider(reports_doors)
    for hours in range(2 * MOST_TRIES):
        monkeypatch.setattr(clock, "now", lambda hours=hours: datetime.now(UTC) + timedelta(hours=2 * hours))
        await jobs.check_one(reports_doors.running, answers)
    [row] = await reports_doors.rows("select * from checks")
    assert (row.state, row.tries, row.label, row.suggestion) == ("review", MOST_TRIES, "unjudged", None)
    monkeypatch.undo()
    [one] = await checks(reports_doors, key)
    assert (await decide(reports_doors, one["id"], "clearance")).json()["state"] == "cleared"


async def test_without_a_provider_nothing_is_harmless_and_staff_go_on(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("text_check_endpoint", "photo_check_endpoint"):
        monkeypatch.setitem(reports_doors.running.settings.__dict__, name, "")
    key = await wrote(reports_doors, "灯不亮")
    await works(reports_doors)
    [one] = await checks(reports_doors, key)
    assert one["state"] == "waiting"
    assert named(await decide(reports_doors, one["id"], "clearance")) == "not-to-be-looked-at"
    assert (await step(reports_doors, GRID, key, "acceptance")).status_code == 200


@pytest.mark.parametrize("wrong", [
    {"text_check_endpoint": "http://tms.example.com"}, {"photo_check_endpoint": "http://10.0.0.1"}, {"check_secret_key": ""},
    {"check_secret_id": ""}, {"text_check_endpoint": "ftp://providers"}, {"photo_check_endpoint": "https://"},
])
def test_nobody_is_asked_in_the_clear_or_without_a_key(reports_doors: Doors, wrong: dict[str, str]) -> None:
    good: dict[str, Any] = reports_doors.running.settings.model_dump()
    with pytest.raises(ValueError, match="CHECK_ENDPOINT"):
        ReportsSettings(**good | wrong)
    ReportsSettings(**good | {"text_check_endpoint": "https://tms.example.com"})


async def test_of_six_workers_one_asks_and_one_verdict_counts(reports_doors: Doors) -> None:
    bad = word()
    await steer(reports_doors, word=bad, suggestion="Block")
    for _ in range(4):
        await wrote(reports_doors, bad)
    asked = await questions(reports_doors)
    answers = provider(reports_doors)
    await asyncio.gather(*(jobs.check_one(reports_doors.running, answers) for _ in range(6)))
    await asyncio.gather(*(works(reports_doors) for _ in range(6)))
    assert await questions(reports_doors) == asked + 4
    assert (await reports_doors.said()).count("reports.report_held.v1") == 4


async def test_a_worker_that_died_is_followed_and_what_it_heard_late_changes_nothing(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock = reports_doors.running.database, reports_doors.running.settings.clock
    await wrote(reports_doors, "灯不亮")
    taken = await database.do(acts.take)
    assert await database.do(acts.take) is None, "it is the first one's for a minute and a half"
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=2))
    await works(reports_doors)
    verdict = Verdict(Suggestion.BLOCK, "Porn", "late")
    await database.do(lambda work: acts.hear(work, taken=taken, verdict=verdict))
    await database.do(lambda work: acts.hear(work, taken=taken, verdict=None))
    [row] = await reports_doors.rows("select state, tries from checks")
    assert row == ("passed", 2)
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_staff_look_once_of_twelve_who_do_at_once(reports_doors: Doors) -> None:
    key, one = await held(reports_doors)
    what = ["clearance", "rejection"] * 6
    answers = await asyncio.gather(*(decide(reports_doors, one, each) for each in what))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    won = next(each for each, answer in zip(what, answers, strict=True) if answer.status_code == 200)
    [row] = await reports_doors.rows("select state, decided_by from checks")
    assert row == ({"clearance": "cleared", "rejection": "rejected"}[won], OFFICER.id)
    [told] = await reports_doors.rows("select actor_id, subject, reason from audit where action = 'checks.decide'")
    assert (told.actor_id, told.subject, told.reason) == (OFFICER.id, f"checks/{one}", row.state)
    last = (await reports_doors.said())[-1]
    assert last == {"clearance": "reports.report_released.v1", "rejection": "reports.report_declined.v1"}[won]
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(f"/api/v1/reports/{key}")).json()["status"] == {
            "clearance": "submitted", "rejection": "declined",
        }[won]


async def test_a_clearance_is_audited_and_its_reporter_hears_it(reports_doors: Doors) -> None:
    key, one = await held(reports_doors)
    assert (await decide(reports_doors, one, "clearance")).json()["state"] == "cleared"
    [told] = await reports_doors.rows("select actor_id, subject, reason from audit where action = 'checks.decide'")
    assert told == (OFFICER.id, f"checks/{one}", "cleared")
    assert (await reports_doors.said())[-1] == "reports.report_released.v1"
    assert [each["decided_by"] for each in await checks(reports_doors, key, RESIDENT)] == [str(OFFICER.id)]


async def test_words_that_are_rejected_decline_the_report_and_its_reporter_reads_why(reports_doors: Doors) -> None:
    key, one = await held(reports_doors)
    assert (await decide(reports_doors, one, "rejection")).json()["state"] == "rejected"
    [last] = await reports_doors.rows("select action, reason_code, actor_id from transitions order by seq desc limit 1")
    assert last == ("decline", "unsafe-content", OFFICER.id)
    [told] = await reports_doors.rows("select actor_id, subject, reason from audit where action = 'checks.decide'")
    assert told == (OFFICER.id, f"checks/{one}", "rejected")
    async with reports_doors.client(RESIDENT) as client:
        assert "请勿发布广告" in (await client.get(f"/api/v1/reports/{key}/history")).text
    assert (await step(reports_doors, RESIDENT, key, "appeal")).status_code == 200, "a look of staff may be appealed"


async def test_what_is_worked_on_goes_on_and_the_reason_is_a_note(reports_doors: Doors) -> None:
    key, one = await held(reports_doors)
    for what in ("acceptance", "assignment"):
        await step(reports_doors, GRID, key, what)
    assert (await decide(reports_doors, one, "rejection")).status_code == 200
    async with reports_doors.client(RESIDENT) as client:
        assert (await client.get(f"/api/v1/reports/{key}")).json()["status"] == "assigned"
        [note] = (await client.get(f"/api/v1/reports/{key}/notes")).json()
    assert "请勿发布广告" in note["text"]
    assert (await reports_doors.said())[-1] == "reports.report_noted.v1"


@pytest.mark.parametrize(("person", "status"), [
    (GRID, 403), (RESIDENT, 403), (SECOND_RESIDENT, 404), (FAR_OFFICER, 404), (FAR_RESIDENT, 404),
])
async def test_who_may_not_decides_nothing(reports_doors: Doors, person: Person, status: int) -> None:
    _, one = await held(reports_doors)
    for what in ("clearance", "rejection"):
        assert (await decide(reports_doors, one, what, person)).status_code == status
    assert (await reports_doors.rows("select state, decided_by from checks"))[0] == ("blocked", None)
    assert (await decide(reports_doors, uuid4(), "clearance", person)).status_code == 404


async def test_the_list_is_of_where_one_serves(reports_doors: Doors) -> None:
    key, _ = await held(reports_doors)
    await wrote(reports_doors, "灯不亮")
    await works(reports_doors)
    serve = ((OFFICER, True, 1), (OFFICER, False, 2), (GRID, True, 1), (FAR_OFFICER, False, 0), (RESIDENT, False, 0))
    for person, waiting, total in serve:
        async with reports_doors.client(person) as client:
            page = (await client.get("/api/v1/checks", params={"waiting": waiting})).json()
        assert page["total"] == total
        assert {one["report_id"] for one in page["items"]} <= {key} or not waiting
    assert [one["state"] for one in await checks(reports_doors, key, RESIDENT)] == ["blocked"], "whose it is sees it"
    for stranger in (SECOND_RESIDENT, FAR_OFFICER):
        async with reports_doors.client(stranger) as client:
            assert (await client.get(f"/api/v1/reports/{key}/checks")).status_code == 404


@pytest.mark.parametrize("suggestion", ["Review", "Block"])
async def test_a_photo_that_was_not_let_pass_is_published_after_somebody_looked_at_that(
    reports_doors: Doors, suggestion: str
) -> None:
    key, picture = await found(reports_doors)
    await found_in(reports_doors, picture, suggestion)
    await works(reports_doors)
    [one] = [each for each in await checks(reports_doors, key) if each["kind"] == "photo"]
    assert named(await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})) == "content-held"
    assert (await decide(reports_doors, one["id"], "clearance")).status_code == 200
    assert (await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})).json()["state"] == "wanted"
    await jobs.cover_photos(reports_doors.running)
    assert (await opened(reports_doors, picture)).status_code == 307
    await found_in(reports_doors, picture, "Pass")  # the rule is one for all tests


@pytest.mark.parametrize("suggestion", ["Review", "Block"])
async def test_a_verdict_that_comes_late_closes_the_photo_at_once(reports_doors: Doors, suggestion: str) -> None:
    key, picture = await published(reports_doors)
    assert (await opened(reports_doors, picture)).status_code == 307, "staff looked, and nobody had said anything else"
    await found_in(reports_doors, picture, suggestion)
    await works(reports_doors)
    assert (await opened(reports_doors, picture)).status_code == 404
    assert await media(reports_doors, key) is None
    [one] = [each for each in await checks(reports_doors, key) if each["kind"] == "photo"]
    assert (await decide(reports_doors, one["id"], "rejection")).json()["state"] == "rejected"
    assert (await opened(reports_doors, picture)).status_code == 404
    [row] = await reports_doors.rows("select state from publications")
    assert row.state == "concealed", "its copy goes as well"
    assert named(await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})) == "content-held"
    await found_in(reports_doors, picture, "Pass")


async def test_of_a_report_that_is_held_no_photo_is_shown(reports_doors: Doors) -> None:
    key, picture = await published(reports_doors)
    await works(reports_doors)
    assert (await opened(reports_doors, picture)).status_code == 307
    async with reports_doors.whole.begin() as connection:
        await connection.exec_driver_sql(
            "insert into checks (id, report_id, kind, subject_id, made_at, due_at, state, tries, suggestion, judged_at) "
            "select gen_random_uuid(), id, 'text', id, now(), now(), 'blocked', 1, 'Block', now() from reports"
        )
    assert (await opened(reports_doors, picture)).status_code == 404
    assert await media(reports_doors, key) is None
    assert (await act(reports_doors, key, picture, "concealment")).status_code == 200, "taking back is always possible"
    assert named(await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})) == "content-held"


async def test_whose_report_it_is_is_handed_what_was_said_of_it(reports_doors: Doors) -> None:
    await held(reports_doors)
    told = await reports_doors.running.database.do(lambda work: personal.export(work, RESIDENT.id))
    assert [(one["kind"], one["state"], one["label"]) for one in told["checks"]] == [("text", "blocked", "Ad")]
    other = await reports_doors.running.database.do(lambda work: personal.export(work, SECOND_RESIDENT.id))
    assert other["checks"] == []


async def test_who_is_forgotten_is_asked_about_no_more(reports_doors: Doors) -> None:
    await wrote(reports_doors, "灯不亮")
    key, _ = await held(reports_doors)
    later = await wrote(reports_doors, "灯不亮")
    said = ErasureRequested(erasure_id=uuid4(), person_id=RESIDENT.id, recipients=(RESIDENT.id,))
    listening = next(one for one in reports_doors.running.service.consumers if one.queue == "reports.privacy")
    await bus.handle(reports_doors.running.database, listening, arrived(said, datetime.now(UTC)))
    asked = await questions(reports_doors)
    await works(reports_doors)
    assert await questions(reports_doors) == asked
    rows = {str(row.report_id): row for row in await reports_doors.rows("select * from checks")}
    assert {row.digest for row in rows.values()} == {None}
    assert (rows[later].state, rows[key].state) == ("void", "void")


async def test_a_report_whose_reporter_is_forgotten_by_age_keeps_neither_hash_nor_photo(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, picture = await filed(reports_doors)
    written = await wrote(reports_doors, "灯不亮")
    await works(reports_doors)
    assert len(await reports_doors.rows("select 1 from checks where digest is not null")) == 2
    for one in (key, written):
        await step(reports_doors, RESIDENT, one, "withdrawal")
    late = datetime.now(UTC) + timedelta(days=1200)
    monkeypatch.setattr(reports_doors.running.settings.clock, "now", lambda: late)
    await retention.run(reports_doors.running)
    await jobs.forget_photos(reports_doors.running)
    assert await reports_doors.rows("select 1 from uploads where id = :id", id=picture) == []
    assert await reports_doors.rows("select 1 from checks where digest is not null") == []


async def test_the_database_lets_nothing_pass_that_the_provider_did_not(reports_doors: Doors) -> None:
    await held(reports_doors)
    wrongs = ("state = 'passed'", "state = 'cleared'", "judged_at = null", "decided_by = gen_random_uuid()", "suggestion = 'Ok'")
    for wrong in wrongs:
        with pytest.raises(IntegrityError):
            async with reports_doors.whole.begin() as connection:
                await connection.exec_driver_sql(f"update checks set {wrong}")


async def test_resolutions_photos_are_looked_at_as_well(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    await jobs.develop_photos(reports_doors.running)
    await works(reports_doors)
    assert [(one["kind"], one["state"]) for one in await checks(reports_doors, key)] == [("photo", "passed")]
    assert await file(reports_doors)


def test_the_signature_is_that_of_the_published_example() -> None:
    """Tencent Cloud API 3.0, 签名方法 v3: DescribeInstances with the example's keys."""
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    signed = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
    found = signature("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", 1551113065, signed, body)
    assert found == "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"


async def reminded(doors: Doors, hours: float) -> int:
    """How many are told by six workers so many hours after they were judged."""
    at = datetime.now(UTC) + timedelta(hours=hours)

    async def worker() -> int:
        told = 0
        while told < 9 and await doors.running.database.do(acts.remind_one, now=at):
            told += 1
        return told

    return sum(await asyncio.gather(*(worker() for _ in range(6))))


async def test_what_waits_for_staff_is_said_after_four_hours_and_above_after_eight_each_once(reports_doors: Doors) -> None:
    _, one = await held(reports_doors)
    assert await reminded(reports_doors, 3.9) == 0
    assert [await reminded(reports_doors, 4.1) for _ in range(2)] == [1, 0]
    assert await reminded(reports_doors, 7.9) == 0
    assert [await reminded(reports_doors, 8.1) for _ in range(2)] == [1, 0]
    assert await reminded(reports_doors, 99) == 0
    said = await reports_doors.rows("select headers::text as said from outbox where topic = 'reports.check_waiting.v1'")
    assert len(said) == 2
    assert all(str(RESIDENT.id) not in row.said for row in said), "no reporter sees it live"
    assert (await decide(reports_doors, one, "clearance")).status_code == 200


async def test_of_what_somebody_looked_at_or_nobody_needs_to_nothing_is_said(reports_doors: Doors) -> None:
    _, one = await held(reports_doors)
    assert (await decide(reports_doors, one, "clearance")).status_code == 200
    await wrote(reports_doors, "灯不亮")
    await works(reports_doors)
    assert await reminded(reports_doors, 99) == 0


async def test_the_list_says_since_when_it_waits(reports_doors: Doors) -> None:
    key, one = await held(reports_doors)
    [told] = await checks(reports_doors, key)
    assert told["waiting_since"] == told["judged_at"] is not None
    assert (await decide(reports_doors, one, "clearance")).json()["waiting_since"] is None
