"""Signing in through WeChat: an account and a phone lead to one person, whatever is sent, how often, and when."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.wechat import OTHER, PHONE, Account, account, sent
from builders.world import Person
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from chassis import crypto, privacy
from services.identity.actions import codes, sessions, tokens
from services.identity.actions import wechat as acts
from services.identity.clients import wechat
from services.identity.domain.wechat import ForeignPhone, Phone, WechatCodeRefused


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A process that has not asked WeChat for anything yet."""
    wechat._one.cache_clear()
    yield
    wechat._one.cache_clear()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


async def linked(doors: Doors, who: Account) -> dict[str, Any]:
    answer = await sent(doors, **await who.proof())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def registered(doors: Doors, phone: str = PHONE) -> str:
    """Somebody who signed in by SMS before."""
    return str(await doors.running.database.do(lambda work: codes.register(work, phone=phone)))


async def counted(doors: Doors, table: str = "people") -> int:
    return len(await doors.rows(f"select 1 from {table}"))


async def code_of(doors: Doors, challenge: str) -> str:
    """What the SMS says."""
    row = (await doors.rows("select sealed_message from codes where id = :id", id=challenge))[0]
    place = crypto.Place("codes", "message", challenge)
    return str(json.loads(crypto.unseal(doors.running.settings.keys.kek, place, bytes(row.sealed_message)))["code"])


async def texted(doors: Doors, proof: dict[str, str]) -> httpx.Response:
    async with doors.client() as client:
        return await client.post("/sign-in/phone", json=proof)


async def of(doors: Doors, session: dict[str, Any], method: str, path: str) -> httpx.Response:
    """The person's request, allowed as the chassis would see the token that identity made."""
    async with doors.client(Person(id=session["person_id"])) as client:
        return await client.request(method, path)


async def test_a_new_account_must_show_a_phone_and_is_then_somebody_new(identity_doors: Doors) -> None:
    who = account(identity_doors)
    assert problem(await sent(identity_doors, js_code=await who.login())) == (401, "phone-code-wanted")
    assert await counted(identity_doors) == 0
    first = await linked(identity_doors, who)
    again = (await sent(identity_doors, js_code=await who.login())).json()
    assert (first["is_new"], again["is_new"], again["person_id"]) == (True, False, first["person_id"])
    assert await identity_doors.said() == ["identity.person_registered.v1"]


async def test_it_leads_to_the_person_who_has_the_phone_and_never_to_a_second_one(identity_doors: Doors) -> None:
    person = await registered(identity_doors)
    said = await linked(identity_doors, account(identity_doors))
    assert (said["person_id"], said["is_new"]) == (person, False)
    assert await counted(identity_doors) == 1
    actions = [row.action for row in await identity_doors.rows("select action from audit order by at, action")]
    assert actions == ["people.link", "sign-in.wechat"]


async def test_the_tokens_are_those_of_every_other_way(identity_doors: Doors) -> None:
    said = await linked(identity_doors, account(identity_doors))
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 600)
    async with identity_doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
        assert (await client.post("/oauth/token", data=form)).status_code == 200
    async with identity_doors.running.database.reading() as work:
        claims = await tokens.read(work, said["access_token"])
    assert claims is not None
    assert (claims["sub"], claims["client_id"], claims["roles"]) == (said["person_id"], "guohuai", ["resident"])


async def test_e08_a_code_is_good_once_and_each_for_its_own_thing(identity_doors: Doors) -> None:
    who = account(identity_doors)
    used = await who.proof()
    assert (await sent(identity_doors, **used)).status_code == 200
    refused = (401, "wechat-code-refused")
    assert problem(await sent(identity_doors, **used)) == refused
    assert problem(await sent(identity_doors, js_code=await who.login(), phone_code=used["phone_code"])) == refused
    assert problem(await sent(identity_doors, js_code=await who.button())) == refused
    assert problem(await sent(identity_doors, js_code=await who.login(), phone_code=await who.login())) == refused
    assert (await counted(identity_doors), await counted(identity_doors, "refresh_tokens")) == (1, 1)


async def test_e06_the_phone_code_of_another_account_links_nothing(identity_doors: Doors) -> None:
    thief, victim = account(identity_doors, OTHER), account(identity_doors)
    answer = await sent(identity_doors, js_code=await thief.login(), phone_code=await victim.button())
    assert problem(answer) == (401, "wechat-code-refused")
    assert await counted(identity_doors, "contacts") == 0


async def test_e09_the_session_key_is_nowhere_and_what_is_kept_is_sealed(
    identity_doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    who = account(identity_doors)
    said = await linked(identity_doors, who)
    assert set(said) == {"person_id", "access_token", "token_type", "expires_in", "refresh_token", "is_new"}
    refused = await sent(identity_doors, js_code=await who.login(fault="nonsense"))
    kept = refused.text + caplog.text
    for row in await identity_doors.rows("select tablename from pg_tables where schemaname = 'public'"):
        kept += str(await identity_doors.rows(f'select t::text from "{row.tablename}" t'))
    for secret in (who.openid, who.phone, identity_doors.running.settings.wechat_secret, "session_key"):  # type: ignore[attr-defined]
        assert secret not in kept
        assert secret.encode().hex() not in kept


@pytest.mark.parametrize("fault", ["foreign", "stale"])
async def test_e10_a_phone_shown_to_another_program_or_long_ago_is_not_taken(identity_doors: Doors, fault: str) -> None:
    who = account(identity_doors)
    answer = await sent(identity_doors, js_code=await who.login(), phone_code=await who.button(fault=fault))
    assert problem(answer) == (401, "wechat-code-refused")
    assert await counted(identity_doors) == 0


@pytest.mark.parametrize("field", ["openid", "unionid", "phone", "encryptedData", "iv", "session_key"])
async def test_e11_nobody_says_themselves_who_they_are(identity_doors: Doors, field: str) -> None:
    who = account(identity_doors)
    good = await who.login()
    assert (await sent(identity_doors, **{"js_code": good, field: "x"})).status_code == 422
    assert problem(await sent(identity_doors, js_code=good)) == (401, "phone-code-wanted")  # WeChat was not asked


@pytest.mark.parametrize("fault", ["busy", "often", "silent", "nonsense"])
async def test_e12_while_wechat_fails_one_is_told_so_and_the_other_way_is_open(identity_doors: Doors, fault: str) -> None:
    who = account(identity_doors)
    answer = await sent(identity_doors, js_code=await who.login(fault=fault))
    assert problem(answer) == (503, "wechat-unavailable")
    assert answer.headers["retry-after"] == ("60" if fault == "often" else "2")
    halfway = await sent(identity_doors, js_code=await who.login(), phone_code=await who.button(fault=fault))
    assert problem(halfway) == (503, "wechat-unavailable")
    assert [await counted(identity_doors, table) for table in ("people", "wechat_tries")] == [0, 0]
    async with identity_doors.client() as client:
        assert (await client.post("/sign-in/code", json={"phone": PHONE})).status_code == 202


async def test_e12_when_it_fails_again_and_again_it_is_left_alone_for_a_while(identity_doors: Doors, later: Any) -> None:
    who = account(identity_doors)
    linked_before = await linked(identity_doors, who)
    for _ in range(5):
        assert (await sent(identity_doors, js_code=await who.login(fault="busy"))).status_code == 503
    good = await who.login()
    refused = await sent(identity_doors, js_code=good)
    assert (problem(refused), 1 <= int(refused.headers["retry-after"]) <= 11) == ((503, "wechat-unavailable"), True)
    later(seconds=11)
    assert (await sent(identity_doors, js_code=good)).json()["person_id"] == linked_before["person_id"]


async def test_e12_no_connection_is_held_while_wechat_is_silent(identity_doors: Doors) -> None:
    who = account(identity_doors)
    silent = [await who.login(fault="silent") for _ in range(20)]
    asking = asyncio.gather(*(sent(identity_doors, js_code=code) for code in silent))
    await asyncio.sleep(1)
    async with asyncio.timeout(1), identity_doors.client() as stranger:
        assert (await stranger.get("/.well-known/jwks.json")).status_code == 200
    assert {answer.status_code for answer in await asking} == {503}


async def test_wechat_that_is_not_there_is_unavailable(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    away = identity_doors.running.settings.model_copy(update={"wechat_endpoint": "http://127.0.0.1:9"})
    monkeypatch.setattr(identity_doors.running, "settings", away)
    assert problem(await sent(identity_doors, js_code="x")) == (503, "wechat-unavailable")


@pytest.mark.parametrize("name", ["wechat_app_id", "wechat_secret"])
async def test_a_wrong_secret_of_ours_is_nobodys_wrong_code(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    good = await account(identity_doors).login()
    wrong = identity_doors.running.settings.model_copy(update={name: "wxffffffffffffffff"})
    monkeypatch.setattr(identity_doors.running, "settings", wrong)
    assert problem(await sent(identity_doors, js_code=good)) == (503, "wechat-unavailable")


async def test_a_token_that_somebody_else_made_void_is_asked_for_anew(identity_doors: Doors) -> None:
    await linked(identity_doors, account(identity_doors))
    who = account(identity_doors, OTHER)
    async with httpx.AsyncClient() as elsewhere:
        await elsewhere.post(f"{who.wechat}/wechat/tokens/ending")
    assert (await linked(identity_doors, who))["is_new"] is True


@pytest.mark.parametrize(("country", "phone"), [("852", "61234567"), ("1", "13900000001"), ("86", "02885551234"), ("86", "")])
async def test_a_phone_from_abroad_is_refused_and_counted(identity_doors: Doors, country: str, phone: str) -> None:
    who = account(identity_doors)
    button = await who.button(country=country, phone=phone)
    answer = await sent(identity_doors, js_code=await who.login(), phone_code=button)
    assert problem(answer) == (422, "foreign-phone")
    assert [await counted(identity_doors, table) for table in ("people", "wechat_tries")] == [0, 1]


async def test_an_account_of_one_person_and_a_phone_of_another_are_not_joined(identity_doors: Doors) -> None:
    mine = account(identity_doors)
    await linked(identity_doors, mine)
    await registered(identity_doors, OTHER)
    answers = []
    for phone in (OTHER, "13900000003"):  # somebody else's, and nobody's: the same answer
        button = await mine.button(phone=phone)
        answers.append(await sent(identity_doors, js_code=await mine.login(), phone_code=button))
    answers.append(await sent(identity_doors, **await account(identity_doors).proof()))  # my phone, another account
    assert {problem(answer) for answer in answers} == {(409, "link-refused")}
    told = [{name: value for name, value in answer.json().items() if name != "trace_id"} for answer in answers]
    assert told[0] == told[1] == told[2]
    assert (await counted(identity_doors), await counted(identity_doors, "contacts")) == (2, 3)


async def test_twenty_accounts_with_one_phone_at_once_have_one_winner(identity_doors: Doors) -> None:
    proofs = [await account(identity_doors).proof() for _ in range(20)]
    answers = await asyncio.gather(*(sent(identity_doors, **proof) for proof in proofs))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "link-refused")}
    assert (await counted(identity_doors), await counted(identity_doors, "contacts")) == (1, 2)


async def test_one_account_twenty_times_at_once_is_one_person(identity_doors: Doors) -> None:
    who = account(identity_doors)
    proofs = [await who.proof() for _ in range(20)]
    answers = await asyncio.gather(*(sent(identity_doors, **proof) for proof in proofs))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 15  # the account's budget
    taken = [answer.json() for answer in answers if answer.status_code == 200]
    assert len({one["person_id"] for one in taken}) == 1
    assert sorted(one["is_new"] for one in taken) == [False] * 4 + [True]
    assert (await counted(identity_doors), await counted(identity_doors, "contacts")) == (1, 2)


async def test_a_phone_proven_by_sms_and_through_wechat_at_once_is_one_persons(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, begun = codes.register, asyncio.Event()

    async def slowly(work: Any, *, phone: str) -> Any:
        begun.set()
        await asyncio.sleep(1.5)
        return await register(work, phone=phone)

    async with identity_doors.client() as client:
        challenge = (await client.post("/sign-in/code", json={"phone": PHONE})).json()["challenge_id"]
    by_sms = {"challenge_id": challenge, "phone": PHONE, "code": await code_of(identity_doors, challenge)}
    by_wechat = await account(identity_doors).proof()
    monkeypatch.setattr(codes, "register", slowly)
    coming = asyncio.create_task(texted(identity_doors, by_sms))
    await begun.wait()
    answers = [await sent(identity_doors, **by_wechat), await coming]
    assert [(answer.status_code, answer.json()["is_new"]) for answer in answers] == [(200, False), (200, True)]
    assert await counted(identity_doors) == 1


async def test_one_code_twenty_times_at_once_is_one_session(identity_doors: Doors) -> None:
    proof = await account(identity_doors).proof()
    answers = await asyncio.gather(*(sent(identity_doors, **proof) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert await counted(identity_doors, "refresh_tokens") == 1


async def test_an_address_has_its_budget_whatever_comes_of_it(identity_doors: Doors, later: Any) -> None:
    statuses = [(await sent(identity_doors, js_code="unknown")).status_code for _ in range(60)]
    assert statuses == [401] * 60
    refused = await sent(identity_doors, js_code="unknown")
    assert (problem(refused), 0 < int(refused.headers["retry-after"]) <= 3601) == ((429, "wechat-too-often"), True)
    good = await account(identity_doors).proof()
    assert (await sent(identity_doors, **good)).status_code == 429  # WeChat was not asked
    assert (await sent(identity_doors, address="203.0.113.9", **good)).status_code == 200
    later(hours=1, seconds=1)
    assert (await sent(identity_doors, js_code="unknown")).status_code == 401


async def test_an_account_has_its_budget_of_phone_codes_from_wherever_it_comes(identity_doors: Doors) -> None:
    who = account(identity_doors)
    for n in range(5):
        assert (await sent(identity_doors, f"203.0.113.{n}", js_code=await who.login(), phone_code="unknown")).status_code == 401
    good = await who.button()
    refused = await sent(identity_doors, js_code=await who.login(), phone_code=good)
    assert problem(refused) == (429, "wechat-too-often")
    async with identity_doors.whole.begin() as connection:
        await connection.execute(text("update wechat_tries set created_at = created_at - interval '61 minutes'"))
    assert (await sent(identity_doors, js_code=await who.login(), phone_code=good)).status_code == 200  # it was not spent


async def test_who_unlinks_is_signed_out_everywhere_and_the_account_leads_nowhere(identity_doors: Doors) -> None:
    who = account(identity_doors)
    said = await linked(identity_doors, who)
    assert (await of(identity_doors, said, "GET", "/api/v1/people/me")).json()["wechat"] is True
    answers = [await of(identity_doors, said, "POST", "/api/v1/people/me/unlinking") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await of(identity_doors, said, "GET", "/api/v1/people/me")).json()["wechat"] is False
    async with identity_doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
        assert (await client.post("/oauth/token", data=form)).status_code == 400
    assert await identity_doors.said() == [
        "identity.person_registered.v1", "identity.factor_changed.v1", "identity.access_revoked.v1",
    ]
    assert problem(await sent(identity_doors, js_code=await who.login())) == (401, "phone-code-wanted")
    changed = await linked(identity_doors, account(identity_doors))  # another account, the same phone
    assert (await identity_doors.said())[-1] == "identity.factor_changed.v1"  # who was there before hears of the new one
    assert (changed["person_id"], changed["is_new"]) == (said["person_id"], False)


async def test_nobody_signs_in_by_an_account_while_it_is_unlinked(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = account(identity_doors)
    said = await linked(identity_doors, who)
    begin, begun, goes_on = sessions.begin, asyncio.Event(), asyncio.Event()

    async def slowly(work: Any, person: Any, **said: Any) -> Any:
        made = await begin(work, person, **said)
        begun.set()
        await goes_on.wait()
        return made

    monkeypatch.setattr(sessions, "begin", slowly)
    coming = asyncio.create_task(sent(identity_doors, js_code=await who.login()))
    await begun.wait()
    leaving = asyncio.create_task(of(identity_doors, said, "POST", "/api/v1/people/me/unlinking"))
    done, _ = await asyncio.wait({leaving}, timeout=2)
    goes_on.set()
    assert [answer.status_code for answer in await asyncio.gather(coming, leaving)] == [200, 204]
    assert not done
    assert await identity_doors.rows("select 1 from refresh_tokens where revoked_at is null") == []


async def test_what_was_linked_is_handed_out_and_forgotten_with_the_person(identity_doors: Doors) -> None:
    who = account(identity_doors)
    said = await linked(identity_doors, who)
    held, person = identity_doors.running.service.personal, said["person_id"]
    assert held is not None
    async with identity_doors.running.database.reading() as work:
        told = await held.export(work, UUID(person))
    assert (told["wechat"], told["phone"]) == (who.openid, PHONE)
    await identity_doors.running.database.do(lambda work: privacy.erase(work, held, UUID(person)))
    assert [await counted(identity_doors, table) for table in ("contacts", "refresh_tokens", "wechat_tries")] == [0, 0, 0]
    assert (await linked(identity_doors, who))["person_id"] != person


async def test_tries_that_no_budget_counts_are_forgotten(identity_doors: Doors, later: Any) -> None:
    await sent(identity_doors, js_code="unknown")
    await identity_doors.running.database.do(acts.forget)
    assert await counted(identity_doors, "wechat_tries") == 1
    later(days=1, seconds=1)
    await identity_doors.running.database.do(acts.forget)
    assert await counted(identity_doors, "wechat_tries") == 0


@given(
    country=some.sampled_from(["86", "852", "1", "086", ""]),
    number=some.text(max_size=20) | some.from_regex(r"1[3-9]\d{9}", fullmatch=True),
    app_id=some.sampled_from(["wx-ours", "wx-other"]), age=some.integers(min_value=-60, max_value=900),
)
def test_whatever_wechat_names_is_eleven_digits_of_ours_or_refused(country: str, number: str, app_id: str, age: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    shown = Phone(country, number, app_id, now.timestamp() - age)
    try:
        taken = shown.taken("wx-ours", now)
    except WechatCodeRefused:
        assert app_id != "wx-ours" or age > 360
    except ForeignPhone:
        assert country != "86" or re.fullmatch("1[3-9][0-9]{9}", number) is None
    else:
        assert (app_id, country, len(taken), taken.isascii() and taken.isdecimal()) == ("wx-ours", "86", 11, True)
        assert age <= 360
