"""Signing in: a code is spent once, by its phone, in time; nobody learns who is registered; wrong tries are counted."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors

from chassis import crypto
from services.identity.actions import codes, people
from services.identity.domain import sign_in

PHONE, OTHER = "13900000001", "13900000002"


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


async def ask(doors: Doors, phone: str = PHONE) -> httpx.Response:
    async with doors.client() as client:
        return await client.post("/sign-in/code", json={"phone": phone})


async def code_of(doors: Doors, challenge: str) -> str:
    """What the phone shows."""
    row = (await doors.rows("select sealed_message from codes where id = :id", id=challenge))[0]
    place = crypto.Place("codes", "message", challenge)
    return str(json.loads(crypto.unseal(doors.running.settings.keys.kek, place, bytes(row.sealed_message)))["code"])


async def prove(doors: Doors, challenge: str, code: str, phone: str = PHONE) -> httpx.Response:
    async with doors.client() as client:
        return await client.post("/sign-in/phone", json={"challenge_id": challenge, "phone": phone, "code": code})


async def signed_in(doors: Doors, phone: str = PHONE) -> dict[str, object]:
    challenge = (await ask(doors, phone)).json()["challenge_id"]
    answer = await prove(doors, challenge, await code_of(doors, challenge), phone)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def employed(doors: Doors, login: str = "wang", password: str = "right-password") -> None:
    await doors.running.database.do(lambda work: people.employ(work, login=login, password=password, name="王芳"))


async def by_password(doors: Doors, login: str, password: str, address: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(doors.app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer) as client:
        return await client.post("/sign-in/password", json={"login": login, "password": password})


async def test_a_new_phone_is_registered_and_a_known_one_is_the_same_person(identity_doors: Doors, later: object) -> None:
    first = await signed_in(identity_doors)
    assert first["is_new"] is True
    later(minutes=2)  # type: ignore[operator]
    again = await signed_in(identity_doors, f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
    assert (again["is_new"], again["person_id"]) == (False, first["person_id"])
    assert await identity_doors.said() == ["identity.person_registered.v1"]


async def test_neither_phone_nor_code_nor_token_is_kept_in_the_clear(identity_doors: Doors) -> None:
    said = await signed_in(identity_doors)
    kept = ""
    for table in ("people", "contacts", "codes", "refresh_tokens", "outbox", "audit", "idempotency", "signing_keys"):
        kept += str(await identity_doors.rows(f"select * from {table}"))
    assert PHONE not in kept
    assert str(said["refresh_token"]) not in kept
    assert "'d':" not in kept  # the private half of a JWK


async def test_the_answer_is_the_same_whether_the_phone_is_known(identity_doors: Doors, later: object) -> None:
    await signed_in(identity_doors)
    later(minutes=2)  # type: ignore[operator]
    known, unknown = await ask(identity_doors, PHONE), await ask(identity_doors, OTHER)
    assert known.status_code == unknown.status_code == 202
    assert set(known.json()) == set(unknown.json()) == {"challenge_id", "expires_at"}


async def test_a_code_is_spent_once(identity_doors: Doors) -> None:
    challenge = (await ask(identity_doors)).json()["challenge_id"]
    code = await code_of(identity_doors, challenge)
    answers = await asyncio.gather(*(prove(identity_doors, challenge, code) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert len(await identity_doors.rows("select 1 from people")) == 1


async def test_five_wrong_codes_end_a_challenge_and_are_counted_though_refused(identity_doors: Doors) -> None:
    challenge = (await ask(identity_doors)).json()["challenge_id"]
    code = await code_of(identity_doors, challenge)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert problem(await prove(identity_doors, challenge, wrong)) == (401, "code-refused")
    assert problem(await prove(identity_doors, challenge, code)) == (401, "code-refused")
    assert (await identity_doors.rows("select tries from codes"))[0].tries == 5


async def test_fifty_guesses_at_once_are_five(identity_doors: Doors) -> None:
    challenge = (await ask(identity_doors)).json()["challenge_id"]
    code = await code_of(identity_doors, challenge)
    guesses = [f"{(int(code) + 1 + n) % 1_000_000:06d}" for n in range(50)]
    await asyncio.gather(*(prove(identity_doors, challenge, guess) for guess in guesses))
    assert (await identity_doors.rows("select tries from codes"))[0].tries == 5


async def test_a_code_is_for_its_phone_and_its_challenge(identity_doors: Doors) -> None:
    challenge = (await ask(identity_doors)).json()["challenge_id"]
    code = await code_of(identity_doors, challenge)
    assert problem(await prove(identity_doors, challenge, code, OTHER)) == (401, "code-refused")
    assert problem(await prove(identity_doors, str(uuid4()), code)) == (401, "code-refused")


async def test_a_code_is_over_after_five_minutes(identity_doors: Doors, later: object) -> None:
    challenge = (await ask(identity_doors)).json()["challenge_id"]
    code = await code_of(identity_doors, challenge)
    later(minutes=5, seconds=1)  # type: ignore[operator]
    assert problem(await prove(identity_doors, challenge, code)) == (401, "code-refused")


async def test_a_phone_has_its_budget_whoever_asks_and_however_it_is_written(identity_doors: Doors, later: object) -> None:
    answers = await asyncio.gather(*(ask(identity_doors, f"{prefix}{PHONE}") for prefix in ("", "+86", "86") * 4))
    assert sorted(answer.status_code for answer in answers) == [202] + [429] * 11
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert problem(refused) == (429, "codes-too-often")
    assert 50 <= int(refused.headers["retry-after"]) <= 61
    for minutes in range(2, 10, 2):
        later(minutes=minutes)  # type: ignore[operator]
        assert (await ask(identity_doors)).status_code == 202
    later(minutes=20)  # type: ignore[operator]
    assert (await ask(identity_doors)).status_code == 429  # five an hour


async def test_an_address_has_its_budget(identity_doors: Doors) -> None:
    statuses = [(await ask(identity_doors, f"139{n:08d}")).status_code for n in range(62)]
    assert statuses == [202] * 60 + [429] * 2


@pytest.mark.parametrize(("address", "counted"), [
    ("2001:db8:0:7::1", "2001:db8:0:7::/64"), ("2001:db8:0:7:ffff::", "2001:db8:0:7::/64"),
    ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
    ("::ffff:203.0.113.9", "203.0.113.9"), ("203.0.113.9", "203.0.113.9"), ("unknown", "unknown"),
])
def test_of_ipv6_a_network_is_counted(address: str, counted: str) -> None:
    assert sign_in.counted(address) == counted


async def test_who_has_a_network_of_ipv6_has_the_budget_of_one_address(identity_doors: Doors) -> None:
    asked = [
        identity_doors.running.database.do(
            lambda work, n=n: codes.ask(work, phone=f"138{n:08d}", address=f"2001:db8:0:7::{n:x}")
        ) for n in range(61)
    ]
    said = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, sign_in.CodesTooOften) for one in said].count(True) == 1


async def test_all_together_have_a_budget(
    identity_doors: Doors, later: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many phones from many addresses cost no more than that in an hour; of forty at once as well."""
    monkeypatch.setattr(sign_in, "WHOLE_BUDGET", (timedelta(hours=1), 7))
    work = identity_doors.running.database.do

    async def asked(n: int) -> bool:
        try:
            await work(lambda made: codes.ask(made, phone=f"139{n:08d}", address=f"10.0.0.{n}"))
        except sign_in.CodesTooOften as refused:
            return not 3500 < refused.retry_after <= 3601
        return True

    assert (await asyncio.gather(*(asked(n) for n in range(40)))).count(True) == 7
    later(minutes=61)  # type: ignore[operator]
    assert await asked(99)


async def test_the_numbers_of_one_area_have_a_budget_together(
    identity_doors: Doors, later: object
) -> None:
    """E03: whoever counts numbers up from many addresses is stopped, many at once as well; the next area's are not."""
    work = identity_doors.running.database.do

    async def asked(n: int, segment: str = "1390012") -> bool:
        try:
            await work(lambda made: codes.ask(made, phone=f"{segment}{n:04d}", address=f"10.0.0.{n}"))
        except sign_in.CodesTooOften:
            return False
        return True

    assert (await asyncio.gather(*(asked(n) for n in range(110)))).count(True) == 100
    assert await asked(150, "1390013")
    assert await asked(151, "1380012")
    later(minutes=61)  # type: ignore[operator]
    assert await asked(199)
    told = [str(row) for row in await identity_doors.rows("select * from codes")]
    assert not any("1390012" in row for row in told)


@pytest.mark.parametrize("phone", [
    "", "1", "12345678901", "23900000001", "+1 5551234567", "1390000000a", "139000000012", "139０００００００1",
])
async def test_what_is_no_phone_is_refused(identity_doors: Doors, phone: str) -> None:
    answer = await ask(identity_doors, phone)
    assert answer.status_code == 422
    assert await identity_doors.rows("select 1 from codes") == []


async def test_the_worker_hands_the_code_to_the_provider_and_forgets_it(identity_doors: Doors) -> None:
    challenge = (await ask(identity_doors, "13911112222")).json()["challenge_id"]
    code, settings = await code_of(identity_doors, challenge), identity_doors.running.settings
    sent = await identity_doors.running.database.do(lambda work: codes.send_one(work, settings))  # type: ignore[arg-type]
    assert sent is True
    row = (await identity_doors.rows("select sealed_message, sent_at from codes"))[0]
    assert (row.sealed_message, row.sent_at is None) == (None, False)
    async with httpx.AsyncClient() as phone:
        shown = (await phone.get(f"{settings.sms_endpoint}/messages")).json()  # type: ignore[attr-defined]
    assert next(one["code"] for one in shown if one["out_id"] == challenge) == code


async def test_an_unreachable_provider_is_tried_again_later(identity_doors: Doors) -> None:
    await ask(identity_doors)
    away = identity_doors.running.settings.model_copy(update={"sms_endpoint": "http://127.0.0.1:9"})
    await identity_doors.running.database.do(lambda work: codes.send_one(work, away))  # type: ignore[arg-type]
    row = (await identity_doors.rows(
        "select sealed_message is not null as waits, send_attempts, send_after > now() as later from codes"
    ))[0]
    assert (row.waits, row.send_attempts, row.later) == (True, 1, True)


async def test_staff_sign_in_by_password(identity_doors: Doors) -> None:
    await employed(identity_doors)
    assert (await by_password(identity_doors, "wang", "right-password")).status_code == 200
    hashed = (await identity_doors.rows("select password_hash from people"))[0].password_hash
    assert hashed.startswith("$argon2id$")


async def test_an_account_that_is_not_there_is_refused_like_a_wrong_password(identity_doors: Doors) -> None:
    await employed(identity_doors)
    wrong, unknown = await by_password(identity_doors, "wang", "x"), await by_password(identity_doors, "nobody", "x")
    different = {"trace_id"}
    assert {k: v for k, v in wrong.json().items() if k not in different} == {
        k: v for k, v in unknown.json().items() if k not in different
    }


async def test_five_wrong_passwords_pause_the_account_for_this_address_even_for_the_right_one(
    identity_doors: Doors, later: object
) -> None:
    await employed(identity_doors)
    for _ in range(5):
        assert problem(await by_password(identity_doors, "wang", "wrong")) == (401, "password-refused")
    assert problem(await by_password(identity_doors, "wang", "right-password")) == (401, "password-refused")
    later(minutes=15, seconds=1)  # type: ignore[operator]
    assert (await by_password(identity_doors, "wang", "right-password")).status_code == 200


async def test_a_stranger_elsewhere_locks_nobody_out(identity_doors: Doors) -> None:
    await employed(identity_doors)
    for _ in range(7):
        await by_password(identity_doors, "wang", "wrong", address="203.0.113.9")
    assert (await by_password(identity_doors, "wang", "right-password")).status_code == 200


async def test_many_addresses_do_not_guess_for_ever(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.identity.domain import sign_in

    monkeypatch.setattr(sign_in, "LOGIN_TRIES", 6)
    await employed(identity_doors)
    for n in range(6):
        await by_password(identity_doors, "wang", "wrong", address=f"203.0.113.{n}")
    assert problem(await by_password(identity_doors, "wang", "right-password")) == (401, "password-refused")


async def test_one_address_does_not_try_every_login(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.identity.domain import sign_in

    monkeypatch.setattr(sign_in, "ADDRESS_TRIES", 6)
    await employed(identity_doors)
    for n in range(6):
        await by_password(identity_doors, f"login{n}", "wrong")
    assert problem(await by_password(identity_doors, "wang", "right-password")) == (401, "password-refused")
    assert (await by_password(identity_doors, "wang", "right-password", address="203.0.113.9")).status_code == 200


async def test_two_dozen_passwords_at_once_are_five_tries_and_hold_no_connection(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.identity.actions import people

    await employed(identity_doors)
    checked, checking = people._matches, asyncio.Event()

    async def slowly(password_hash: str, password: str) -> bool:
        await checking.wait()
        return await checked(password_hash, password)

    monkeypatch.setattr(people, "_matches", slowly)
    trying = asyncio.gather(*(by_password(identity_doors, "wang", f"guess {n}") for n in range(24)))
    await asyncio.sleep(1)
    async with asyncio.timeout(1), identity_doors.client() as stranger:
        assert (await stranger.get("/.well-known/jwks.json")).status_code == 200
    checking.set()
    assert {answer.status_code for answer in await trying} == {401}
    assert len(await identity_doors.rows("select 1 from password_tries")) == 5
    assert await identity_doors.rows("select 1 from refresh_tokens") == []


async def test_who_comes_when_too_many_wait_is_told_to_come_again(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.identity.actions import people

    await employed(identity_doors)
    monkeypatch.setattr(people, "_WAITING", 2)
    answers = await asyncio.gather(*(by_password(identity_doors, f"login{n}", "x") for n in range(20)))
    assert {answer.status_code for answer in answers} == {401, 503}
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert problem(busy) == (503, "sign-in-busy")
    assert busy.headers["retry-after"] == "2"


async def test_a_resident_without_a_password_cannot_sign_in_by_an_empty_one(identity_doors: Doors) -> None:
    await signed_in(identity_doors)
    for login in ("", PHONE, "None"):
        assert (await by_password(identity_doors, login, "")).status_code == 422
        assert (await by_password(identity_doors, login or "x", "None")).status_code == 401
