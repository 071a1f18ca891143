"""Codes: asked for by a registered program, given to who signed in, proved, and good once."""

import asyncio
import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from builders.browser import CHALLENGE, VERIFIER, code, hidden, led, opened, redeemed, sent
from builders.doors import Doors
from builders.programs import BACK, admit, asked, claims_of, desk, error, hospital

from chassis import crypto
from services.identity.actions import authorization, people


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """A program and somebody who may sign in for it."""
    await admit(identity_doors, desk())
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return identity_doors


def at(doors: Doors, monkeypatch: pytest.MonkeyPatch, **later: float) -> None:
    monkeypatch.setattr(doors.running.settings.clock, "now", lambda: datetime.now(UTC) + timedelta(**later))


async def refreshed(doors: Doors, token: str) -> httpx.Response:
    return await asked(doors, "token", grant_type="refresh_token", refresh_token=token, client_id="desk")


async def test_a_person_signs_in_for_a_program_and_it_learns_who_it_is(doors: Doors) -> None:
    answer = led(await sent(doors, {**hidden(await opened(doors)), "login": "wang", "password": "right"}))
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("s t&a=te", doors.issuer)
    said = (await redeemed(doors, answer["code"])).json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 300, "openid profile")
    access, who = await claims_of(doors, said["access_token"]), await claims_of(doors, said["id_token"])
    half = hashlib.sha256(said["access_token"].encode()).digest()[:16]
    assert who["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert (who["aud"], who["nonce"], who["amr"], who["sub"], who["sid"]) == ("desk", "n0", ["pwd"], access["sub"], access["sid"])
    assert (access["client_id"], access["aud"], access["scope"]) == ("desk", "guohuai", "openid profile")
    assert who["auth_time"] <= who["iat"] < who["exp"]
    assert (await refreshed(doors, said["refresh_token"])).status_code == 200


@pytest.mark.parametrize(("scope", "told"), [
    ("openid", "“某应用”会得知是您本人，但不能代您办理任何事项。"),
    ("openid profile", "“某应用”会得知您的姓名，但不能代您办理任何事项。"),
    ("openid reports.file health.book", "“某应用”会得知是您本人，并可以代您办理：reports.file、health.book。"),
    ("openid api", "“某应用”可以代您办理您在智惠国槐能办理的一切事项。"),
    ("", "“某应用”可以代您办理您在智惠国槐能办理的一切事项。"),
])
async def test_a_person_reads_what_the_program_gets_before_they_sign_in(identity_doors: Doors, scope: str, told: str) -> None:
    await admit(identity_doors, desk(scopes=["openid", "profile", "api"]))
    page = await opened(identity_doors, scope=scope)
    again = await sent(identity_doors, {**hidden(page), "phone": "13900000001"})
    assert told in page.text
    assert told in again.text


async def test_a_resident_signs_in_by_phone_and_may_mistype_the_code(doors: Doors) -> None:
    page = await sent(doors, {**hidden(await opened(doors)), "phone": "13900000001"})
    form = hidden(page)
    assert set(form) == {"request", "phone", "challenge_id"}
    row = (await doors.rows("select id, sealed_message from codes"))[0]
    place = crypto.Place("codes", "message", row.id)
    right = json.loads(crypto.unseal(doors.running.settings.keys.kek, place, bytes(row.sealed_message)))["code"]
    again = await sent(doors, {**form, "code": f"{(int(right) + 1) % 10**6:06d}"})
    assert (again.status_code, hidden(again)) == (401, form)
    assert "验证码错误或已失效" in again.text
    answer = led(await sent(doors, {**form, "code": right}))
    assert (await claims_of(doors, (await redeemed(doors, answer["code"])).json()["id_token"]))["amr"] == ["sms"]


async def test_without_openid_nobody_is_named_and_without_the_grant_nothing_is_refreshed(doors: Doors) -> None:
    await admit(doors, desk(client_id="kiosk", grants=["authorization_code"]))
    given = await code(doors, client_id="kiosk", scope="profile")
    said = (await redeemed(doors, given, client_id="kiosk")).json()
    assert not {"id_token", "refresh_token"} & set(said)


@pytest.mark.parametrize("other", [
    {"redirect_uri": f"{BACK}/"}, {"redirect_uri": f"{BACK}?x=1"}, {"redirect_uri": "https://desk.example:443/back"},
    {"redirect_uri": "https://a@desk.example/back"}, {"redirect_uri": "https://DESK.example/back"},
    {"redirect_uri": f"{BACK}/../x"},
    {"redirect_uri": "https://elsewhere.example/back"}, {"redirect_uri": None}, {"client_id": "nobody"}, {"client_id": None},
    {"client_id": "ward"}, {"state": "x" * 3000}, {"client_id": "desk\0"}, {"scope": ["openid", "openid"]},
    {"redirect_uri": [BACK, "https://elsewhere.example/back"]},
], ids=str)
async def test_d22_nobody_is_led_to_an_address_that_is_not_registered_as_it_is_sent(doors: Doors, other: dict[str, Any]) -> None:
    await admit(doors, hospital())
    answer = await opened(doors, **other)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "elsewhere" not in answer.text


@pytest.mark.parametrize(("other", "wrong"), [
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": CHALLENGE + "="}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"), ({"response_type": None}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"), ({"response_mode": "form_post"}, "invalid_request"),
    ({"scope": "openid people.reveal"}, "invalid_scope"), ({"prompt": "none"}, "login_required"),
    ({"prompt": "none login"}, "invalid_request"), ({"prompt": "often"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "x"}, "invalid_request"), ({"request": "e30.e30."}, "request_not_supported"),
    ({"request_uri": "https://elsewhere.example/"}, "request_uri_not_supported"),
], ids=str)
async def test_d21_a_request_that_cannot_be_met_is_told_at_the_programs_own_address(
    doors: Doors, other: dict[str, Any], wrong: str
) -> None:
    said = led(await opened(doors, **other))
    assert said == {"error": wrong, "state": "s t&a=te", "iss": doors.issuer}


async def test_a_sign_in_is_never_older_than_any_max_age(doors: Doors) -> None:
    for other in ({"max_age": "0"}, {"prompt": "login"}, {"prompt": "consent login"}, {"unknown": "x"}, {"state": None}):
        assert (await opened(doors, **other)).status_code == 200


@pytest.mark.parametrize("other", [
    {"code_verifier": ""}, {"code_verifier": "x" * 43}, {"code_verifier": CHALLENGE}, {"code_verifier": VERIFIER[:42]},
    {"redirect_uri": "https://desk.example/other"}, {"redirect_uri": ""}, {"client_id": "counter"},
], ids=str)
async def test_d21_a_code_is_worth_nothing_to_who_cannot_prove_to_have_asked_for_it(doors: Doors, other: dict[str, str]) -> None:
    await admit(doors, desk(client_id="counter"))
    given = await code(doors)
    assert error(await redeemed(doors, given, **other)) == (400, "invalid_grant")
    assert error(await redeemed(doors, given)) == (400, "invalid_grant")  # it was tried once
    assert await doors.rows("select 1 from refresh_tokens") == []


async def test_d20_a_code_that_comes_twice_ends_what_it_gave(doors: Doors) -> None:
    given = await code(doors)
    said = (await redeemed(doors, given)).json()
    assert error(await redeemed(doors, given)) == (400, "invalid_grant")
    assert error(await refreshed(doors, said["refresh_token"])) == (400, "invalid_grant")
    assert (await doors.said())[-1] == "identity.access_revoked.v1"


async def test_d20_twenty_at_once_with_one_code_are_one_and_that_one_ends(doors: Doors) -> None:
    given = await code(doors)
    answers = await asyncio.gather(*(redeemed(doors, given) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19
    [good] = [answer for answer in answers if answer.status_code == 200]
    assert (await refreshed(doors, good.json()["refresh_token"])).status_code == 400
    assert len(await doors.rows("select 1 from refresh_tokens")) == 1


async def test_d17_twenty_at_once_with_one_refresh_token_get_one_successor(doors: Doors) -> None:
    said = (await redeemed(doors, await code(doors))).json()
    answers = await asyncio.gather(*(refreshed(doors, said["refresh_token"]) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    [successor] = {answer.json()["refresh_token"] for answer in answers}
    assert (await refreshed(doors, successor)).status_code == 200
    assert len(await doors.rows("select 1 from refresh_tokens")) == 3


async def test_a_code_is_over_after_a_minute_and_a_screen_after_half_an_hour(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = await code(doors), await code(doors)
    said = (await redeemed(doors, early)).json()
    at(doors, monkeypatch, seconds=61)
    assert error(await redeemed(doors, late)) == (400, "invalid_grant")
    at(doors, monkeypatch, minutes=30, seconds=1)
    assert error(await refreshed(doors, said["refresh_token"])) == (400, "invalid_grant")


async def test_a_screen_is_over_after_twelve_hours_however_often_it_is_used(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await redeemed(doors, await code(doors))).json()["refresh_token"]
    for minutes in range(29, 720, 29):
        at(doors, monkeypatch, minutes=minutes)
        token = (await refreshed(doors, token)).json()["refresh_token"]
    at(doors, monkeypatch, hours=12, seconds=1)
    assert (await refreshed(doors, token)).status_code == 400


async def test_a_wrong_password_is_told_on_the_page_and_counted(doors: Doors) -> None:
    form = hidden(await opened(doors))
    for _ in range(5):
        answer = await sent(doors, {**form, "login": "wang", "password": "wrong"})
        assert (answer.status_code, hidden(answer)) == (401, form)
        assert "账号或密码错误" in answer.text
    assert (await sent(doors, {**form, "login": "wang", "password": "right"})).status_code == 401
    assert await doors.rows("select 1 from authorization_codes") == []


@pytest.mark.parametrize("headers", [
    {}, {"origin": "null"}, {"origin": "https://elsewhere.example"}, {"origin": ""},
    {"origin": "http://localhost:20080.elsewhere.example"}, {"sec-fetch-site": "same-origin"},
], ids=str)
async def test_c09_the_form_is_taken_from_our_own_page_alone(doors: Doors, headers: dict[str, str]) -> None:
    form = {**hidden(await opened(doors)), "login": "wang", "password": "right"}
    assert (await sent(doors, form, headers=headers)).status_code == 403
    across = {"origin": doors.issuer, "sec-fetch-site": "cross-site"}
    assert (await sent(doors, form, headers=across)).status_code == 403
    assert await doors.rows("select 1 from authorization_codes") == []


async def test_a_page_of_ours_is_good_for_ten_minutes_and_cannot_be_written_by_others(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {**hidden(await opened(doors)), "login": "wang", "password": "right"}
    sealed = form["request"]
    for other in ("", "x", sealed[:-4], f"{'B' if sealed[9] == 'A' else 'A'}".join((sealed[:9], sealed[10:]))):
        assert (await sent(doors, {**form, "request": other})).status_code in {400, 422}
    at(doors, monkeypatch, minutes=10, seconds=1)
    assert (await sent(doors, form)).status_code == 400
    assert await doors.rows("select 1 from authorization_codes") == []


async def test_c12_the_page_has_one_script_of_ours_is_shown_in_no_frame_and_kept_by_nobody(doors: Doors) -> None:
    await admit(doors, desk(client_id="evil", name='<script>alert("x")</script>'))
    page = await opened(doors, client_id="evil", state='"><script>')
    assert re.findall(r"<script[^<]*</?", page.text) == ['<script src="/static/passkey.js"></']
    policy = page.headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' https://desk.example"):
        assert part in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"\son[a-z]+=|style=", page.text)


async def test_a_program_that_has_ended_meanwhile_gets_no_code(doors: Doors) -> None:
    from services.identity.actions import clients

    form = {**hidden(await opened(doors)), "login": "wang", "password": "right"}
    await doors.running.database.do(lambda work: clients.end(work, "desk"))
    assert (await sent(doors, form)).status_code == 400
    assert (await opened(doors)).status_code == 400


async def test_codes_are_kept_in_no_clear_and_forgotten_after_a_day(doors: Doors) -> None:
    given = await code(doors)
    assert given not in str(await doors.rows("select * from authorization_codes"))
    await doors.running.database.do(authorization.forget)
    assert len(await doors.rows("select 1 from authorization_codes")) == 1
    await doors.running.database.do(authorization.forget, now=datetime.now(UTC) + timedelta(days=2))
    assert await doors.rows("select 1 from authorization_codes") == []
