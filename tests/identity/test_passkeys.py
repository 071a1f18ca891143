"""Passkeys: made for one person and one place, good for one answer a question, two factors at once (Web Authentication)."""

import asyncio
import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.browser import hidden, led, opened, redeemed, sent
from builders.doors import Doors, keyed
from builders.factors import Staff, employed, fresh, lately, problem
from builders.passkeys import DOOR, PRESENT, Device, asked, handle_of, proof, registered
from builders.programs import admit, claims_of, desk
from builders.world import Person
from hypothesis import given
from hypothesis import strategies as some

from chassis import privacy
from services.identity.actions import codes, sessions, tickets
from services.identity.domain.passkeys import went_on
from services.identity.domain.second_factor import Proved


@pytest.fixture
async def wang(identity_doors: Doors) -> Staff:
    """A member of staff with a password alone."""
    return await employed(identity_doors)


@pytest.fixture
def device(identity_doors: Doors) -> Device:
    """What lies on their desk."""
    return Device(identity_doors.issuer)


async def question(staff: Staff, **claims: Any) -> dict[str, Any]:
    answer = await staff.posts(f"{DOOR}/options", {"password": staff.password}, **claims)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def made(asked_for: dict[str, Any], device: Device) -> dict[str, Any]:
    return {"ticket": asked_for["ticket"], "name": "钥匙", "credential": device.make(asked_for["options"])}


async def in_use(staff: Staff) -> str:
    """What is kept of their passkeys' use."""
    return str(await staff.doors.rows("select sign_count, last_used_at from passkeys"))


@given(kept=some.integers(min_value=0, max_value=2**32 - 1), shown=some.integers(min_value=0, max_value=2**32 - 1))
def test_a_counter_goes_on_or_counts_nothing(kept: int, shown: int) -> None:
    assert went_on(kept, shown) == (shown > kept or (kept == 0 and shown == 0))
    assert not went_on(kept + 1, kept)
    assert not went_on(kept + 1, kept + 1)
    assert went_on(0, 0)


async def test_the_question_wants_a_passkey_that_stays_on_the_device_verifies_its_person_and_attests_nothing(wang: Staff) -> None:
    said = (await question(wang))["options"]
    assert said["rp"] == {"id": "localhost", "name": "智惠国槐"}
    assert (said["attestation"], said["user"]["name"]) == ("none", "wang")
    chosen = said["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["requireResidentKey"], chosen["userVerification"]) == ("required", True, "required")
    assert -7 in [one["alg"] for one in said["pubKeyCredParams"]]
    assert len(handle_of(said)) == 32
    assert handle_of(said) != UUID(wang.person).bytes
    assert wang.person.encode() not in handle_of(said)
    assert handle_of((await question(wang))["options"]) == handle_of(said)  # the device then replaces, and keeps no two


async def test_who_registers_signs_in_by_it_alone_and_has_shown_two_factors(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    answer = await wang.sign_in("passkey", **proof(await asked(wang), device))
    said = answer.json()
    assert (answer.status_code, said["person_id"], answer.headers["cache-control"]) == (200, wang.person, "no-store")
    claims = await claims_of(wang.doors, said["access_token"])
    assert (claims["amr"], claims["acr"], claims["sub"]) == (["pop", "user", "mfa"], "2fa", wang.person)
    assert claims["auth_time"] <= claims["iat"]
    (seen,) = (await listed(wang)).json()
    assert (seen["name"], seen["last_used_at"] is not None) == ("办公室电脑", True)


async def listed(staff: Staff) -> Any:
    async with staff.doors.client(Person(id=UUID(staff.person))) as client:
        return await client.get(DOOR)


async def test_the_name_is_kept_sealed_and_neither_the_event_nor_the_audit_says_it(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    everything = [str(await wang.doors.rows(f"select t::text from {table} t")) for table in ("passkeys", "audit", "outbox")]
    assert not any("办公室电脑" in one or "办公室电脑".encode().hex() in one for one in everything)
    (row,) = await wang.doors.rows("select body from outbox where topic = 'identity.factor_changed.v1'")
    assert json.loads(bytes(row.body)) == {"person_id": wang.person, "factor": "passkey", "change": "added"}


async def test_from_then_on_the_password_wants_a_second_step_which_it_is(wang: Staff, device: Device) -> None:
    before = await wang.by_password()
    codes_shown = (await registered(wang, device))["recovery_codes"]
    wanted = await wang.by_password()
    assert (before.status_code, problem(wanted), wanted.json()["methods"]) == (200, (401, "second-factor-wanted"), ["passkey"])
    half = wanted.json()["challenge"]
    answer = await wang.sign_in("passkey", **proof(await asked(wang, challenge=half), device))
    assert (await claims_of(wang.doors, answer.json()["access_token"]))["amr"] == ["pwd", "pop", "user", "mfa"]
    assert len(codes_shown) == 10
    by_paper = await wang.shows(half, codes_shown[0])
    assert (by_paper.status_code, (await wang.shows(half, codes_shown[0])).status_code) == (200, 401)


async def test_the_second_step_takes_a_passkey_of_the_one_whose_password_it_was(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    li, other = await employed(wang.doors, "li"), Device(wang.doors.issuer)
    await registered(li, other)
    step = await asked(wang, challenge=str((await wang.by_password()).json()["challenge"]))
    assert problem(await wang.sign_in("passkey", **proof(step, other))) == (401, "passkey-refused")
    assert (await wang.sign_in("passkey", **proof(step, device))).status_code == 200
    for half in ("A" * 120, step["ticket"]):
        assert problem(await wang.sign_in("passkey/options", challenge=half)) == (401, "second-factor-refused")


async def test_a_second_step_waits_no_longer_than_its_half_of_a_session(wang: Staff, device: Device, later: Any) -> None:
    await registered(wang, device)
    half = str((await wang.by_password()).json()["challenge"])
    later(minutes=4, seconds=30)
    step = await asked(wang, challenge=half)
    later(minutes=5, seconds=1)
    assert problem(await wang.sign_in("passkey", **proof(step, device))) == (401, "passkey-refused")


async def test_a_token_alone_registers_nothing(wang: Staff) -> None:
    assert problem(await wang.posts(f"{DOOR}/options", {"password": "guess"})) == (401, "password-refused")
    assert problem(await wang.posts(f"{DOOR}/options", {})) == (401, "password-refused")
    resident = await wang.doors.running.database.do(lambda work: codes.register(work, phone="13900000001"))
    at_the_door = Staff(wang.doors, str(resident))
    for claims in ({}, lately("pop")):
        refused = await at_the_door.posts(f"{DOOR}/options", {"password": wang.password}, **claims)
        assert problem(refused) == (401, "password-refused")


async def test_who_has_a_second_factor_shows_it_before_another_is_added_or_one_is_taken_off(wang: Staff, device: Device) -> None:
    key = (await registered(wang, device))["id"]
    doors = [(f"{DOOR}/options", {"password": wang.password}), (f"{DOOR}/{key}/removal", None),
             ("/api/v1/people/me/second-factor", {"password": wang.password})]
    for claims in ({}, lately("pop", ago=603), {"amr": ["pwd"], "auth_time": lately()["auth_time"]}):
        for path, body in doors:
            refused = await wang.posts(path, body, **claims)
            assert problem(refused) == (401, "insufficient-user-authentication")
            assert 'max_age="600"' in refused.headers["www-authenticate"]
    assert (await wang.posts(f"{DOOR}/options", {}, **lately("pop"))).status_code == 200  # the password is not asked for on top
    assert (await wang.posts("/api/v1/people/me/second-factor", {"password": wang.password}, **lately("pop"))).status_code == 200
    assert len((await listed(wang)).json()) == 1


async def test_a_passkey_begun_before_there_was_a_factor_is_not_finished_by_the_password_alone(
    wang: Staff, device: Device
) -> None:
    begun = await question(wang)  # by who knows the password, before its owner takes anything over
    paper = (await registered(wang, device))["recovery_codes"]
    evil = Device(wang.doors.issuer)
    for claims in ({}, {"amr": ["pwd"], "auth_time": lately()["auth_time"]}, lately("pop", ago=603)):
        refused = await wang.posts(DOOR, made(begun, evil), **claims)
        assert problem(refused) == (401, "insufficient-user-authentication")
        assert 'acr_values="2fa"' in refused.headers["www-authenticate"]
    assert len((await listed(wang)).json()) == 1
    assert problem(await wang.sign_in("passkey", **proof(await asked(wang), evil))) == (401, "passkey-refused")
    assert (await wang.by_code(paper[0])).status_code == 200
    assert (await wang.posts(DOOR, made(begun, evil), **lately("pop"))).status_code == 201  # the owner's own


async def test_an_authenticator_begun_before_there_was_a_passkey_is_not_finished_by_the_password_alone(
    wang: Staff, device: Device
) -> None:
    secret = wang.secret_of(await wang.asks("", password=wang.password))
    paper = (await registered(wang, device))["recovery_codes"]
    for claims in ({}, {"amr": ["pwd"], "auth_time": lately()["auth_time"]}, lately("pop", ago=603)):
        refused = await wang.asks("/proof", program=claims, code=fresh(secret))
        assert problem(refused) == (401, "insufficient-user-authentication")
    assert (await wang.by_password()).json()["methods"] == ["passkey"]
    assert (await wang.by_code(paper[0])).status_code == 200  # the paper of the owner is good
    assert (await wang.asks("/proof", program=lately("pop"), code=fresh(secret))).status_code == 200


async def test_of_twelve_first_factors_finished_at_once_one_is_kept(wang: Staff) -> None:
    secret = wang.secret_of(await wang.asks("", password=wang.password))
    begun = [made(await question(wang), Device(wang.doors.issuer)) for _ in range(12)]
    proofs = [wang.asks("/proof", code=fresh(secret)) for _ in range(2)]
    answers = await asyncio.gather(proofs[0], *(wang.posts(DOOR, said) for said in begun), proofs[1])
    assert len([answer for answer in answers if answer.status_code in {200, 201}]) == 1
    told = {problem(answer) for answer in answers if answer.status_code not in {200, 201}}
    assert told <= {(401, "insufficient-user-authentication"), (409, "second-factor-there")}
    kept = await wang.doors.rows(
        "select 1 from passkeys union all select 1 from second_factors where active_from is not null"
    )
    assert (len(kept), len(await wang.doors.rows("select 1 from recovery_codes"))) == (1, 10)


async def test_who_removes_a_passkey_is_signed_out_everywhere(wang: Staff, device: Device) -> None:
    key = (await registered(wang, device))["id"]
    await registered(wang, Device(wang.doors.issuer), **lately("pop"))
    sessions_of = [(await wang.sign_in("passkey", **proof(await asked(wang), device))).json() for _ in range(2)]
    assert (await wang.posts(f"{DOOR}/{key}/removal", **lately("pop"))).status_code == 204
    async with wang.doors.client() as client:
        for session in sessions_of:
            form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
            assert problem(await client.post("/oauth/token", data=form)) == (400, "grant-refused")
    assert sorted((await wang.doors.said())[-2:]) == ["identity.access_revoked.v1", "identity.factor_changed.v1"]


@pytest.mark.parametrize("wrong", [
    {"origin": "http://localhost:1"}, {"origin": "http://localhost.evil.example"}, {"origin": "https://localhost"},
    {"domain": "evil.example"}, {"flags": PRESENT}, {"flags": 4},
], ids=["another port", "another host", "another scheme", "another domain", "nobody verified", "nobody present"])
async def test_e18_an_answer_of_another_place_or_of_nobody_is_refused(wang: Staff, device: Device, wrong: dict[str, Any]) -> None:
    await registered(wang, device)
    right = {name: getattr(device, name) for name in wrong}
    begun, registering = await asked(wang), await question(wang, **lately("pop"))
    for name, value in wrong.items():
        setattr(device, name, value)
    before = await in_use(wang)
    assert problem(await wang.sign_in("passkey", **proof(begun, device))) == (401, "passkey-refused")
    elsewhere = Device(**{"origin": wang.doors.issuer, **wrong})
    assert problem(await wang.posts(DOOR, made(registering, elsewhere))) == (400, "passkey-unfit")
    assert (await in_use(wang), len((await listed(wang)).json())) == (before, 1)
    for name, value in right.items():
        setattr(device, name, value)
    assert (await wang.sign_in("passkey", **proof(begun, device))).status_code == 200


async def test_e18_a_question_is_answered_once(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    begun = await asked(wang)
    answers = await asyncio.gather(*(wang.sign_in("passkey", **proof(begun, device)) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert len(await wang.doors.rows("select 1 from refresh_tokens")) == 1
    await wang.doors.running.database.do(tickets.forget)
    assert len(await wang.doors.rows("select 1 from spent_challenges")) == 2  # of this one and of the registration


async def test_e18_a_question_is_over_after_five_minutes_and_is_written_by_us_alone(
    wang: Staff, device: Device, later: Any
) -> None:
    await registered(wang, device)
    begun, registering = await asked(wang), await question(wang, **lately("pop"))
    ticket = begun["ticket"]
    other = f"{ticket[:60]}{'B' if ticket[60] == 'A' else 'A'}{ticket[61:]}"
    for forged in (other, "A" * 80, registering["ticket"]):  # the last is ours, for another purpose
        assert problem(await wang.sign_in("passkey", **{**proof(begun, device), "ticket": forged})) == (401, "passkey-refused")
    later(minutes=5, seconds=1)
    assert problem(await wang.sign_in("passkey", **proof(begun, device))) == (401, "passkey-refused")
    unfit = await wang.posts(DOOR, made(registering, Device(wang.doors.issuer)))
    assert problem(unfit) == (401, "passkey-refused")
    await wang.doors.running.database.do(tickets.forget)
    assert await wang.doors.rows("select 1 from spent_challenges") == []


async def test_e18_a_counter_that_goes_back_is_refused_and_told(wang: Staff, device: Device) -> None:
    device.counts = 3
    await registered(wang, device)
    assert (await wang.sign_in("passkey", **proof(await asked(wang), device))).status_code == 200
    copy = Device(device.origin, counts=0, count=4, id=device.id, key=device.key, handle=device.handle)
    before = await in_use(wang)
    assert problem(await wang.sign_in("passkey", **proof(await asked(wang), copy))) == (401, "passkey-misused")
    assert await in_use(wang) == before
    assert (await wang.doors.said())[-1] == "identity.factor_changed.v1"
    assert "passkeys.misuse" in [row.action for row in await wang.doors.rows("select action from audit")]
    assert (await wang.sign_in("passkey", **proof(await asked(wang), device))).status_code == 200  # theirs went on


async def test_a_passkey_nobody_registered_or_that_says_it_is_somebody_elses_signs_nobody_in(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    stranger = Device(wang.doors.issuer, handle=device.handle)
    forged = Device(wang.doors.issuer, id=device.id, handle=device.handle)  # knows the id, has not the key
    for one in (stranger, forged):
        assert problem(await wang.sign_in("passkey", **proof(await asked(wang), one))) == (401, "passkey-refused")
    for handle in (None, "AAAA"):
        said = Device(wang.doors.issuer, id=device.id, key=device.key, handle=handle)
        assert problem(await wang.sign_in("passkey", **proof(await asked(wang), said))) == (401, "passkey-refused")


async def test_a_lost_answer_registers_nothing_twice(wang: Staff, device: Device) -> None:
    said = made(await question(wang), device)
    key = keyed()
    async with wang.doors.client(Person(id=UUID(wang.person))) as client:
        first = await client.post(DOOR, json=said, headers=key)
        again = await client.post(DOOR, json=said, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    other_key = await wang.posts(DOOR, said)
    assert (other_key.status_code, other_key.json()["id"], other_key.json()["recovery_codes"]) == (201, first.json()["id"], [])
    assert len((await listed(wang)).json()) == 1
    assert (await wang.doors.said()).count("identity.factor_changed.v1") == 1


async def test_twelve_of_one_registration_at_once_are_one_passkey(wang: Staff, device: Device) -> None:
    said = made(await question(wang), device)
    answers = await asyncio.gather(*(wang.posts(DOOR, said) for _ in range(12)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    assert sorted(len(answer.json()["recovery_codes"]) for answer in answers) == [0] * 11 + [10]
    assert len(await wang.doors.rows("select 1 from passkeys")) == 1


async def test_one_passkey_is_never_two_peoples(wang: Staff, device: Device) -> None:
    li = await employed(wang.doors, "li")
    both = [(staff, made(await question(staff), device)) for staff in (wang, li)]
    answers = await asyncio.gather(*(staff.posts(DOOR, said) for staff, said in both for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201, 409}
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "passkey-taken")}
    assert len({row.person_id for row in await wang.doors.rows("select person_id from passkeys")}) == 1
    assert (await wang.doors.said()).count("identity.factor_changed.v1") == 1


async def test_nobody_answers_the_question_of_another(wang: Staff, device: Device) -> None:
    li = await employed(wang.doors, "li")
    assert problem(await li.posts(DOOR, made(await question(wang), device))) == (400, "passkey-unfit")
    assert await wang.doors.rows("select 1 from passkeys") == []


async def test_nobody_has_more_than_twenty(wang: Staff) -> None:
    await registered(wang, Device(wang.doors.issuer))
    for _ in range(19):
        await registered(wang, Device(wang.doors.issuer), **lately("pop"))
    waiting = [made(await question(wang, **lately("pop")), Device(wang.doors.issuer)) for _ in range(3)]
    answers = await asyncio.gather(*(wang.posts(DOOR, said, **lately("pop")) for said in waiting))
    assert {problem(answer) for answer in answers} == {(409, "passkeys-enough")}
    assert len((await listed(wang)).json()) == 20


async def test_it_is_renamed_and_removed_by_whose_it_is_alone(wang: Staff, device: Device) -> None:
    key = (await registered(wang, device))["id"]
    li = await employed(wang.doors, "li")
    for path, body in ((f"{DOOR}/{key}/renaming", {"name": "李"}), (f"{DOOR}/{key}/removal", None)):
        for who, claims in ((li, {}), (li, lately("pop"))):
            assert problem(await who.posts(path, body, **claims)) == (404, "not-found")
        assert problem(await wang.posts(path.replace(key, str(uuid4())), body, **lately("pop"))) == (404, "not-found")
    assert (await wang.posts(f"{DOOR}/{key}/renaming", {"name": "家里的手机"})).json()["name"] == "家里的手机"
    assert [one["name"] for one in (await listed(wang)).json()] == ["家里的手机"]
    assert (await wang.posts(f"{DOOR}/{key}/removal", **lately("pop"))).status_code == 204
    assert (await listed(wang)).json() == []
    assert problem(await wang.sign_in("passkey", **proof(await asked(wang), device))) == (401, "passkey-refused")
    assert (await wang.by_password()).status_code == 200  # it was the only second factor
    assert await wang.doors.rows("select 1 from recovery_codes") == []


async def test_paper_stays_while_another_second_factor_does(wang: Staff, device: Device) -> None:
    await wang.take_over()
    added = await registered(wang, device, **lately("otp"))
    assert (added["recovery_codes"], (await wang.by_password()).json()["methods"]) == ([], ["otp", "passkey"])
    assert (await wang.asks("/removal", code=wang.next_code())).status_code == 204
    assert len(await wang.doors.rows("select 1 from recovery_codes")) == 10
    assert (await wang.by_code(wang.recovery[0])).status_code == 200
    assert (await wang.me())["second_factor"] is True


async def test_it_steps_a_session_up_for_its_person_alone(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    began = await wang.doors.running.database.do(
        lambda work: sessions.begin(work, UUID(wang.person), proved=Proved(("pwd",), work.now - timedelta(hours=1)))
    )
    claims = await claims_of(wang.doors, began.access_token)
    begun = (await wang.posts("/sign-in/step-up/passkey/options", **claims)).json()
    li = await employed(wang.doors, "li")
    await registered(li, Device(wang.doors.issuer))
    other = await wang.doors.running.database.do(lambda work: sessions.begin(work, UUID(li.person)))
    said = {name: value for name, value in (await claims_of(wang.doors, other.access_token)).items() if name != "sub"}
    assert problem(await li.posts("/sign-in/step-up/passkey", proof(begun, device), **said)) == (401, "passkey-refused")
    elsewhere = await wang.sign_in("passkey", **proof(begun, device))  # it was asked for something else
    assert problem(elsewhere) == (401, "passkey-refused")
    mine = {name: value for name, value in claims.items() if name != "sub"}
    answer = await wang.posts("/sign-in/step-up/passkey", proof(begun, device), **mine)
    assert answer.status_code == 200, answer.text
    stepped = await claims_of(wang.doors, answer.json()["access_token"])
    assert (stepped["amr"], stepped["acr"], stepped["sid"]) == (["pwd", "pop", "user", "mfa"], "2fa", claims["sid"])
    assert stepped["auth_time"] > claims["auth_time"]
    assert problem(await wang.posts("/sign-in/step-up/passkey", proof(begun, device), **mine)) == (401, "passkey-refused")


async def test_who_acts_for_somebody_steps_nothing_up_by_their_passkey(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    began = await wang.doors.running.database.do(lambda work: sessions.begin(work, UUID(wang.person)))
    mine = {name: value for name, value in (await claims_of(wang.doors, began.access_token)).items() if name != "sub"}
    begun = (await wang.posts("/sign-in/step-up/passkey/options", **mine)).json()
    acting = {"act": {"sub": str(uuid4()), "client_id": "ward"}, "client_id": "ward", "scope": "api"}
    answer = await wang.posts("/sign-in/step-up/passkey", proof(begun, device), **mine | acting)
    assert problem(answer) == (400, "grant-refused")


@pytest.mark.parametrize("broken", [
    {"attestationObject": "AAAA"}, {"attestationObject": "oA"}, {"attestationObject": "_" * 4000}, {"clientDataJSON": "e30"},
    {"clientDataJSON": "AAAA"}, {"clientDataJSON": "W10"}, {"attestationObject": "A"},
], ids=str)
async def test_bytes_that_are_no_passkey_are_refused_and_nothing_is_kept(
    wang: Staff, device: Device, broken: dict[str, str]
) -> None:
    said = made(await question(wang), device)
    said["credential"]["response"].update(broken)
    assert problem(await wang.posts(DOOR, said)) == (400, "passkey-unfit")
    assert await wang.doors.rows("select 1 from passkeys") == []


@pytest.mark.parametrize("broken", [
    {"signature": "AAAA"}, {"authenticatorData": "AAAA"}, {"authenticatorData": "A"}, {"clientDataJSON": "e30"},
    {"userHandle": "A"},
], ids=str)
async def test_bytes_that_prove_nothing_are_refused(wang: Staff, device: Device, broken: dict[str, str]) -> None:
    await registered(wang, device)
    said = proof(await asked(wang), device)
    said["credential"]["response"].update(broken)
    assert problem(await wang.sign_in("passkey", **said)) == (401, "passkey-refused")
    assert await wang.doors.rows("select 1 from refresh_tokens") == []


async def test_it_is_told_to_its_person_and_forgotten_with_them(wang: Staff, device: Device) -> None:
    await registered(wang, device)
    held, person = wang.doors.running.service.personal, UUID(wang.person)
    assert held is not None
    async with wang.doors.running.database.reading() as work:
        told = await held.export(work, person)
    assert [one["name"] for one in told["passkeys"]] == ["办公室电脑"]
    await wang.doors.running.database.do(lambda work: privacy.erase(work, held, person))
    assert await wang.doors.rows("select 1 from passkeys") == []


async def test_no_program_without_the_right_comes_to_these_doors(wang: Staff, device: Device) -> None:
    key = (await registered(wang, device))["id"]
    bodies = {"/options": {"password": "x"}, f"/{key}/renaming": {"name": "x"}, f"/{key}/removal": None}
    for path, body in bodies.items():
        answer = await wang.posts(f"{DOOR}{path}", body, client_id="desk", scope="openid")
        assert problem(answer) == (403, "scope-missing")
        async with wang.doors.client() as nobody:
            assert (await nobody.post(f"{DOOR}{path}", json=body)).status_code == 401


def question_of(page: httpx.Response) -> tuple[dict[str, Any], dict[str, str]]:
    """What the button of a page asks the browser, and what its form carries."""
    form = next(one for one in page.text.split("</form>") if "data-passkey" in one)
    options = unescape(re.findall(r'data-passkey="([^"]*)"', form)[0])
    carried = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form))
    return json.loads(options), {name: unescape(value) for name, value in carried.items()}


async def test_at_our_page_it_is_both_steps_or_the_second(wang: Staff, device: Device) -> None:
    await admit(wang.doors, desk())
    await registered(wang, device)
    page = await opened(wang.doors)
    by_password = {"login": "wang", "password": wang.password}
    for methods, first in ((["pop", "user", "mfa"], {}), (["pwd", "pop", "user", "mfa"], by_password)):
        if first:
            page = await sent(wang.doors, {**hidden(page), **first})
            assert "second" in question_of(page)[1]
        options, carried = question_of(page)
        assert carried["passkey"] == ""
        form = {**carried, "passkey": json.dumps(device.use(options))}
        code = led(await sent(wang.doors, form))["code"]
        claims = await claims_of(wang.doors, (await redeemed(wang.doors, code)).json()["id_token"])
        assert (claims["amr"], claims["acr"], claims["sub"]) == (methods, "2fa", wang.person)
        assert (await sent(wang.doors, form)).status_code == 401  # it was answered


async def test_at_our_page_what_is_no_answer_leads_back_to_the_step_one_was_at(wang: Staff, device: Device, later: Any) -> None:
    await admit(wang.doors, desk())
    await registered(wang, device)
    begun = await opened(wang.doors)
    step = await sent(wang.doors, {**hidden(begun), "login": "wang", "password": wang.password})
    stranger = json.dumps(Device(wang.doors.issuer, handle=device.handle).use(question_of(step)[0]))
    for wrong in ("", "{}", "[", "null", stranger):
        for page in (begun, step):
            answer = await sent(wang.doors, {**question_of(page)[1], "passkey": wrong})
            assert (answer.status_code, "通行密钥验证未通过" in answer.text) == (401, True)
            assert question_of(answer)[1].get("second") == question_of(page)[1].get("second")
            assert question_of(answer)[1]["ticket"] != question_of(page)[1]["ticket"]
    later(minutes=5, seconds=1)
    over = await sent(wang.doors, {**question_of(step)[1], "passkey": json.dumps(device.use(question_of(step)[0]))})
    assert (over.status_code, "second" in question_of(over)[1]) == (401, False)
    assert await wang.doors.rows("select 1 from authorization_codes") == []
