"""The second factor: taken over by a first code, asked for by every way in, each code good once, few wrong ones."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import httpx
import pytest
from builders.browser import hidden, led, opened, redeemed, sent
from builders.doors import Doors
from builders.factors import Staff, employed, fresh, lately, problem
from builders.programs import admit, claims_of, desk
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from chassis import privacy
from services.identity.actions import codes, contacts
from services.identity.actions import second_factor as acts
from services.identity.domain import second_factor as rules

RFC_SECRET = b"12345678901234567890"


@pytest.fixture
async def wang(identity_doors: Doors) -> Staff:
    """A member of staff with a password alone."""
    return await employed(identity_doors)


@pytest.fixture
async def guarded(wang: Staff) -> Staff:
    """The same with a second factor."""
    await wang.take_over()
    return wang


def test_the_vectors_of_rfc_4226_and_rfc_6238_hold() -> None:
    counted = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    assert [rules.hotp(RFC_SECRET, n) for n in range(10)] == counted  # RFC 4226 appendix D
    timed = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
             20000000000: "353130"}  # RFC 6238 appendix B, the last six of eight digits
    for second, code in timed.items():
        assert rules.step(RFC_SECRET, code, datetime.fromtimestamp(second, UTC), after=0) == second // 30


@given(now=some.integers(min_value=10**9, max_value=2 * 10**9), away=some.integers(min_value=-4, max_value=4),
       used=some.integers(min_value=-5, max_value=5))
def test_a_code_is_good_one_step_each_way_and_only_after_the_last_that_was_used(now: int, away: int, used: int) -> None:
    this = now // 30
    near = {rules.hotp(RFC_SECRET, this + n): this + n for n in (1, -1, 0) if this + n > this + used}
    code = rules.hotp(RFC_SECRET, this + away)
    assert rules.step(RFC_SECRET, code, datetime.fromtimestamp(now, UTC), after=this + used) == near.get(code)


@given(typed=some.text(max_size=14) | some.sampled_from(["ABCDE-23456", "abcde23456"]))
def test_a_recovery_code_is_read_however_it_is_typed_and_nothing_else_is(typed: str) -> None:
    read = rules.on_paper(typed)
    assert read is None or (read.replace("-", "") == typed.lower().replace("-", "") and len(read) == 11)
    assert rules.on_paper("ABCDE23456") == "abcde-23456"


async def test_the_secret_is_shown_once_as_authenticators_read_it_and_kept_sealed(wang: Staff) -> None:
    answer = await wang.asks("", password=wang.password)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    said = urlsplit(answer.json()["uri"])
    asked = {name: value[0] for name, value in parse_qs(said.query).items()}
    assert (said.scheme, said.netloc, unquote(said.path)) == ("otpauth", "totp", "/智惠国槐:wang")
    assert asked == {
        "secret": answer.json()["secret"], "issuer": "智惠国槐", "algorithm": "SHA1", "digits": "6", "period": "30",
    }
    kept = str(await wang.doors.rows("select * from second_factors")) + str(await wang.doors.rows("select * from audit"))
    assert asked["secret"] not in kept
    assert wang.secret_of(answer).hex() not in kept


async def test_it_is_asked_for_only_once_a_first_code_proved_it(wang: Staff) -> None:
    answer = await wang.asks("", password=wang.password)
    assert (await wang.by_password()).status_code == 200
    assert problem(await wang.asks("/proof", code="000000")) == (401, "second-factor-refused")
    assert (await wang.by_password()).status_code == 200
    assert (await wang.asks("/proof", code=fresh(wang.secret_of(answer)))).status_code == 200
    assert problem(await wang.by_password()) == (401, "second-factor-wanted")
    assert (await wang.me())["second_factor"] is True


async def test_a_secret_that_nobody_proves_in_time_is_void(wang: Staff) -> None:
    secret = wang.secret_of(await wang.asks("", password=wang.password))
    async with wang.doors.whole.begin() as connection:
        await connection.execute(text("update second_factors set created_at = created_at - interval '15 minutes 1 second'"))
    assert problem(await wang.asks("/proof", code=fresh(secret))) == (409, "second-factor-missing")


async def test_a_token_alone_enrols_nothing(wang: Staff) -> None:
    assert problem(await wang.asks("", password="guess")) == (401, "password-refused")
    assert (await wang.asks("")).status_code == 422
    resident = await wang.doors.running.database.do(lambda work: codes.register(work, phone="13900000001"))
    assert problem(await Staff(wang.doors, str(resident)).asks("", password=wang.password)) == (401, "password-refused")
    assert await wang.doors.rows("select 1 from second_factors") == []


async def test_wrong_passwords_shown_to_enrol_count_as_they_do_at_the_sign_in(wang: Staff) -> None:
    for _ in range(5):
        assert (await wang.asks("", password="guess")).status_code == 401
    assert problem(await wang.asks("", password=wang.password)) == (401, "password-refused")


async def test_nobody_exchanges_a_second_factor_that_is_in_force(guarded: Staff) -> None:
    assert problem(await guarded.asks("", password=guarded.password)) == (401, "insufficient-user-authentication")
    assert problem(await guarded.asks("", program=lately("otp"), password=guarded.password)) == (409, "second-factor-there")
    assert problem(await guarded.asks("/proof", code=guarded.next_code())) == (409, "second-factor-there")
    assert (await guarded.by_code(guarded.next_code())).status_code == 200


async def test_twenty_proofs_at_once_give_one_set_of_recovery_codes(wang: Staff) -> None:
    secret = wang.secret_of(await wang.asks("", password=wang.password))
    answers = await asyncio.gather(*(wang.asks("/proof", code=fresh(secret)) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert len(await wang.doors.rows("select 1 from recovery_codes")) == 10


async def test_e16_no_session_before_the_second_factor_and_half_of_one_is_no_token(guarded: Staff) -> None:
    answer = await guarded.by_password()
    said = answer.json()
    assert problem(answer) == (401, "second-factor-wanted")
    assert said["expires_in"] == 300
    assert not {"access_token", "refresh_token", "person_id"} & set(said)
    assert await guarded.doors.rows("select 1 from refresh_tokens") == []
    async with guarded.doors.client() as client:
        bearer = {"authorization": f"Bearer {said['challenge']}"}
        assert (await client.get("/api/v1/people/me", headers=bearer)).status_code == 401
        form = {"grant_type": "refresh_token", "refresh_token": said["challenge"]}
        assert (await client.post("/oauth/token", data=form)).status_code == 400


async def test_e16_half_a_session_lives_five_minutes_and_cannot_be_written_by_others(guarded: Staff, later: Any) -> None:
    half = await guarded.half()
    other = f"{half[:60]}{'B' if half[60] == 'A' else 'A'}{half[61:]}"
    for wrong in (other, "x" * 80):
        assert problem(await guarded.shows(wrong, guarded.next_code())) == (401, "second-factor-refused")
    later(minutes=5, seconds=1)
    code = rules.hotp(guarded.secret, int((datetime.now(UTC) + timedelta(minutes=5)).timestamp()) // 30 + 1)
    assert problem(await guarded.shows(half, code)) == (401, "second-factor-refused")
    assert (await guarded.by_code(code)).status_code == 200


async def test_a_wrong_password_is_refused_as_ever_whether_there_is_a_second_factor(guarded: Staff) -> None:
    await employed(guarded.doors, "li")
    answers = [await guarded.by_password(password="x"), await Staff(guarded.doors, "", "li").by_password(password="x")]
    told = [{name: value for name, value in answer.json().items() if name != "trace_id"} for answer in answers]
    assert told[0] == told[1]
    assert {problem(answer) for answer in answers} == {(401, "password-refused")}


async def test_the_tokens_say_by_what_how_surely_and_when(guarded: Staff) -> None:
    began = int(datetime.now(UTC).timestamp())
    said = (await guarded.by_code(guarded.next_code())).json()
    claims = await claims_of(guarded.doors, said["access_token"])
    assert (claims["amr"], claims["acr"], claims["sub"]) == (["pwd", "otp"], "2fa", guarded.person)
    assert began <= claims["auth_time"] <= claims["iat"]
    async with guarded.doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
        refreshed = await claims_of(guarded.doors, (await client.post("/oauth/token", data=form)).json()["access_token"])
    assert {name: refreshed[name] for name in ("amr", "acr", "auth_time")} == {
        name: claims[name] for name in ("amr", "acr", "auth_time")
    }


async def test_who_has_a_password_alone_is_told_to_have_shown_one_factor(wang: Staff) -> None:
    claims = await claims_of(wang.doors, (await wang.by_password()).json()["access_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd"], "1fa")


async def test_e17_a_code_is_good_once(guarded: Staff) -> None:
    code = guarded.next_code()
    assert (await guarded.by_code(code)).status_code == 200
    assert problem(await guarded.by_code(code)) == (401, "second-factor-refused")
    assert problem(await guarded.by_code(fresh(guarded.secret))) == (401, "second-factor-refused")  # an older one


async def test_e17_one_code_twenty_times_at_once_is_one_session(guarded: Staff) -> None:
    half, code = await guarded.half(), guarded.next_code()
    answers = await asyncio.gather(*(guarded.shows(half, code, address=f"203.0.113.{n}") for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert len(await guarded.doors.rows("select 1 from refresh_tokens")) == 1


async def test_fifty_guesses_at_once_are_five_and_then_even_the_right_one_waits(guarded: Staff, later: Any) -> None:
    half = await guarded.half()
    answers = await asyncio.gather(*(guarded.shows(half, guarded.wrong()) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 45
    assert len(await guarded.doors.rows("select 1 from second_factor_tries")) == 5
    refused = await guarded.shows(half, guarded.next_code())
    assert (problem(refused), 0 < int(refused.headers["retry-after"]) <= 901) == ((429, "second-factor-too-often"), True)
    assert (await guarded.shows(half, guarded.next_code(), address="203.0.113.9")).status_code == 200


async def test_many_addresses_do_not_guess_for_ever(guarded: Staff) -> None:
    half = await guarded.half()
    answers = [await guarded.shows(half, guarded.wrong(), address=f"203.0.113.{n}") for n in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]


async def test_e19_a_recovery_code_is_good_once_however_it_is_typed(guarded: Staff) -> None:
    assert len(set(guarded.recovery)) == 10
    paper = guarded.recovery[3]
    said = await guarded.by_code(paper.replace("-", "").upper())
    assert said.status_code == 200
    assert (await claims_of(guarded.doors, said.json()["access_token"]))["amr"] == ["pwd", "otp"]
    assert problem(await guarded.by_code(paper)) == (401, "second-factor-refused")
    kept = str(await guarded.doors.rows("select * from recovery_codes"))
    assert not any(code in kept or code.encode().hex() in kept for code in guarded.recovery)
    assert "second-factor.recover" in [row.action for row in await guarded.doors.rows("select action from audit")]


async def test_e19_a_recovery_code_twenty_times_at_once_is_one_session(guarded: Staff) -> None:
    half, paper = await guarded.half(), guarded.recovery[0]
    answers = await asyncio.gather(*(guarded.shows(half, paper, address=f"203.0.113.{n}") for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19


async def test_new_recovery_codes_need_a_code_and_void_the_old(guarded: Staff) -> None:
    assert problem(await guarded.asks("/recovery-codes", code=guarded.wrong())) == (401, "second-factor-refused")
    renewed = await guarded.asks("/recovery-codes", code=guarded.next_code())
    assert renewed.status_code == 200
    assert not set(renewed.json()["recovery_codes"]) & set(guarded.recovery)
    assert problem(await guarded.by_code(guarded.recovery[0])) == (401, "second-factor-refused")
    assert (await guarded.by_code(renewed.json()["recovery_codes"][0])).status_code == 200


async def test_it_is_removed_by_who_shows_a_code_of_it(guarded: Staff) -> None:
    half = await guarded.half()
    assert problem(await guarded.asks("/removal", code=guarded.wrong())) == (401, "second-factor-refused")
    assert problem(await guarded.by_password()) == (401, "second-factor-wanted")
    assert (await guarded.asks("/removal", code=guarded.next_code())).status_code == 204
    assert problem(await guarded.asks("/removal", code=guarded.recovery[0])) == (409, "second-factor-missing")
    assert problem(await guarded.shows(half, guarded.recovery[0])) == (401, "second-factor-refused")
    assert (await guarded.by_password()).status_code == 200
    await guarded.take_over()
    assert problem(await guarded.by_password()) == (401, "second-factor-wanted")


async def test_who_removes_it_is_signed_out_everywhere(guarded: Staff) -> None:
    given = [(await guarded.by_code(code)).json() for code in guarded.recovery[:2]]
    assert problem(await guarded.asks("/removal", code=guarded.wrong())) == (401, "second-factor-refused")
    assert "identity.access_revoked.v1" not in await guarded.doors.said()
    assert (await guarded.asks("/removal", code=guarded.next_code())).status_code == 204
    async with guarded.doors.client() as client:
        for session in given:
            form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
            assert problem(await client.post("/oauth/token", data=form)) == (400, "grant-refused")
    assert sorted((await guarded.doors.said())[-2:]) == ["identity.access_revoked.v1", "identity.factor_changed.v1"]


async def test_another_persons_code_opens_nothing(guarded: Staff) -> None:
    li = await employed(guarded.doors, "li")
    await li.take_over()
    for code in (li.next_code(), li.recovery[0]):
        assert problem(await guarded.by_code(code)) == (401, "second-factor-refused")
    assert (await li.by_code(li.recovery[0])).status_code == 200


async def test_e19_an_sms_is_no_way_round_it(guarded: Staff) -> None:
    number = "13900000001"

    async def known(work: Any) -> None:
        await contacts.keep(work, UUID(guarded.person), "phone", number, work.vault.keys.blind("phone", number))

    await guarded.doors.running.database.do(known)
    answer = await guarded.by_phone(number)
    assert problem(answer) == (401, "second-factor-wanted")
    assert problem(await guarded.sign_in("phone", **guarded.texted)) == (401, "code-refused")  # it was spent
    said = await guarded.shows(answer.json()["challenge"], guarded.next_code())
    assert (await claims_of(guarded.doors, said.json()["access_token"]))["amr"] == ["sms", "otp"]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcde-2345", "12345\n", "123 456", "abcde--23456"])
async def test_what_has_not_the_form_of_a_code_is_no_try(guarded: Staff, code: str) -> None:
    assert (await guarded.by_code(code)).status_code == 422
    assert (await guarded.asks("/removal", code=code)).status_code == 422
    assert await guarded.doors.rows("select 1 from second_factor_tries") == []


async def test_at_our_page_the_second_step_follows_the_first(guarded: Staff) -> None:
    await admit(guarded.doors, desk())
    first = {**hidden(await opened(guarded.doors)), "login": "wang", "password": guarded.password}
    page = await sent(guarded.doors, first)
    form = hidden(page)
    assert (page.status_code, set(form), "动态验证码" in page.text) == (200, {"request", "second"}, True)
    assert await guarded.doors.rows("select 1 from authorization_codes") == []
    again = await sent(guarded.doors, {**form, "second_code": guarded.wrong()})
    assert (again.status_code, hidden(again)) == (401, form)
    assert "动态验证码错误或已失效" in again.text
    code = led(await sent(guarded.doors, {**form, "second_code": guarded.next_code()}))["code"]
    said = (await redeemed(guarded.doors, code)).json()
    for token in (said["access_token"], said["id_token"]):
        claims = await claims_of(guarded.doors, token)
        assert (claims["amr"], claims["acr"]) == (["pwd", "otp"], "2fa")
        assert claims["auth_time"] <= claims["iat"]
    assert not re.search(r"<script|style=", page.text)


async def test_at_our_page_a_second_step_without_a_first_leads_nowhere(guarded: Staff) -> None:
    await admit(guarded.doors, desk())
    form = hidden(await opened(guarded.doors))
    for half in ("A" * 120, form["request"][:400]):
        answer = await sent(guarded.doors, {**form, "second": half, "second_code": guarded.next_code()})
        assert answer.status_code == 401
    empty = await sent(guarded.doors, {**form, "second": await guarded.half(), "second_code": ""})
    assert empty.status_code == 401
    assert await guarded.doors.rows("select 1 from authorization_codes") == []


async def test_it_is_forgotten_with_the_person_and_handed_out_without_the_secret(guarded: Staff) -> None:
    await guarded.by_code(guarded.wrong())
    held, person = guarded.doors.running.service.personal, UUID(guarded.person)
    assert held is not None
    async with guarded.doors.running.database.reading() as work:
        told = await held.export(work, person)
    assert told["second_factor"] is True
    assert guarded.secret.hex() not in str(told)
    await guarded.doors.running.database.do(lambda work: privacy.erase(work, held, person))
    for table in ("second_factors", "recovery_codes", "second_factor_tries"):
        assert await guarded.doors.rows(f"select 1 from {table}") == []


async def test_tries_that_no_budget_counts_are_forgotten(guarded: Staff, later: Any) -> None:
    await guarded.by_code(guarded.wrong())
    await guarded.doors.running.database.do(acts.forget)
    assert len(await guarded.doors.rows("select 1 from second_factor_tries")) == 1
    later(days=1, seconds=1)
    await guarded.doors.running.database.do(acts.forget)
    assert await guarded.doors.rows("select 1 from second_factor_tries") == []


async def test_nobody_but_the_person_and_no_program_without_the_right_comes_to_these_doors(guarded: Staff) -> None:
    for path, body in (("", {"password": "x"}), ("/proof", {"code": "000000"}), ("/removal", {"code": "000000"})):
        async with guarded.doors.client() as nobody:
            answer: httpx.Response = await nobody.post(f"/api/v1/people/me/second-factor{path}", json=body)
        assert answer.status_code == 401
        by_program = await guarded.asks(path, program={"client_id": "desk", "scope": "openid"}, **body)
        assert problem(by_program) == (403, "scope-missing")
