"""Programs: what may be registered, who is told from whom by what, and what each is granted in its own name."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from builders.doors import Doors
from builders.programs import KEY, admit, asked, assertion, claims_of, desk, error, hospital, proof
from hypothesis import given
from hypothesis import strategies as some
from joserfc.jwk import ECKey, RSAKey

from services.identity.__main__ import operate
from services.identity.actions.clients import ClientThere, NoSuchClient
from services.identity.domain.clients import ClientNotRight, covered, is_safe_address

OTHER = ECKey.generate_key("P-256", {"kid": "program"}, private=True)
SAFE = "https://desk.example/back"


async def own_token(doors: Doors, client: str = "ward", *, given: dict[str, str] | None = None, **form: str) -> Any:
    said = given if given is not None else proof(doors, client)
    return await asked(doors, "token", grant_type="client_credentials", **said, **form)


async def test_a_hospital_gets_a_token_in_its_own_name(identity_doors: Doors) -> None:
    ward = hospital()
    await admit(identity_doors, ward)
    answer = await own_token(identity_doors, scope="system/Appointment.crus")
    said = answer.json()
    assert answer.status_code == 200, answer.text
    assert set(said) == {"access_token", "token_type", "expires_in", "scope"}
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 300, "system/Appointment.crus")
    claims = await claims_of(identity_doors, said["access_token"])
    assert {"sub": str(ward.id), "client_id": "ward", "aud": "guohuai", "scope": said["scope"]}.items() <= claims.items()
    assert not {"roles", "sid", "act"} & set(claims)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("scope", "granted"), [
    ("", "system/Appointment.crus system/Slot.rs"), ("system/Appointment.rs", "system/Appointment.rs"),
    ("system/Slot.r system/Slot.r", "system/Slot.r"),
])
async def test_a_part_of_what_is_registered_may_be_asked_for(identity_doors: Doors, scope: str, granted: str) -> None:
    await admit(identity_doors, hospital())
    assert (await own_token(identity_doors, scope=scope)).json()["scope"] == granted


@pytest.mark.parametrize("scope", [
    "system/Appointment.cruds", "system/*.rs", "system/Patient.r", "system/Appointment.", "*", "reports.file", "openid",
    "system/Appointment.sr", "system/Slot.rs system/Slot.d",
])
async def test_h07_an_unknown_or_wider_scope_is_refused(identity_doors: Doors, scope: str) -> None:
    await admit(identity_doors, hospital())
    assert error(await own_token(identity_doors, scope=scope)) == (400, "invalid_scope")


@pytest.mark.parametrize("name", ["audience", "resource"])
async def test_another_audience_is_refused(identity_doors: Doors, name: str) -> None:
    await admit(identity_doors, hospital())
    assert error(await own_token(identity_doors, **{name: "guohuai.gate"})) == (400, "invalid_target")


NOW = int(time.time())
BAD: dict[str, dict[str, Any]] = {
    "another's key": {"key": OTHER}, "for another server": {"aud": "https://elsewhere.example"}, "for two": {"aud": ["a", "b"]},
    "for nobody": {"aud": None}, "an hour": {"exp": NOW + 3600}, "no end": {"exp": None}, "an endless end": {"exp": 1e300},
    "over": {"exp": NOW - 3600}, "of no time": {"exp": True}, "not yet": {"nbf": NOW + 3600},
    "made tomorrow": {"iat": NOW + 86400},
    "without an id": {"jti": None}, "an empty id": {"jti": ""}, "a long id": {"jti": "x" * 257}, "a number": {"jti": 7},
    "said by another": {"iss": "desk"}, "an access token": {"header": {"typ": "at+jwt"}},
    "no key of its own": {"header": {"kid": "y"}},
}


@pytest.mark.parametrize("case", BAD)
async def test_d23_a_program_that_does_not_prove_who_it_is_gets_nothing(identity_doors: Doors, case: str) -> None:
    await admit(identity_doors, hospital())
    assert error(await own_token(identity_doors, given=proof(identity_doors, "ward", **BAD[case]))) == (401, "invalid_client")
    assert await identity_doors.rows("select 1 from client_assertions") == []


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "." * 50, "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30", "[" * 4000])
async def test_d23_what_is_no_assertion_is_refused_like_a_wrong_one(identity_doors: Doors, text: str) -> None:
    await admit(identity_doors, hospital(), desk())
    for client in ("ward", "desk", "nobody", "guohuai", ""):
        form = {**proof(identity_doors, "ward"), "client_assertion": text, "client_id": client}
        assert error(await own_token(identity_doors, given=form)) == (401, "invalid_client")


async def test_d23_an_assertion_is_good_once_whoever_sends_it_how_often(identity_doors: Doors) -> None:
    await admit(identity_doors, hospital())
    given = proof(identity_doors, "ward")
    answers = await asyncio.gather(*(own_token(identity_doors, given=given) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19


async def test_an_assertion_is_used_up_though_what_was_asked_for_is_refused(identity_doors: Doors) -> None:
    await admit(identity_doors, hospital())
    given = proof(identity_doors, "ward")
    assert error(await own_token(identity_doors, given=given, scope="*")) == (400, "invalid_scope")
    assert error(await own_token(identity_doors, given=given)) == (401, "invalid_client")


async def test_a_name_beside_an_assertion_is_the_same_name(identity_doors: Doors) -> None:
    await admit(identity_doors, hospital(), hospital(client_id="clinic"))
    for name, status in (("ward", 200), ("clinic", 401), ("nobody", 401)):
        assert (await own_token(identity_doors, client_id=name)).status_code == status


async def test_both_algorithms_of_smart_are_understood(identity_doors: Doors) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    large = ECKey.generate_key("P-384", {"kid": "large"}, private=True)
    await admit(identity_doors, hospital(jwks={"keys": [rsa.as_dict(private=False), large.as_dict(private=False)]}))
    for key, algorithm in ((rsa, "RS384"), (large, "ES384")):
        given = proof(identity_doors, "ward", key=key, header={"alg": algorithm, "kid": key.kid})  # type: ignore[arg-type]
        assert (await own_token(identity_doors, given=given)).status_code == 200


async def test_a_public_program_gets_nothing_in_its_own_name_and_a_confidential_one_nothing_by_its_name(
    identity_doors: Doors,
) -> None:
    await admit(identity_doors, desk(), hospital())
    assert error(await own_token(identity_doors, given={"client_id": "desk"})) == (400, "unauthorized_client")
    assert error(await own_token(identity_doors, given={"client_id": "ward"})) == (401, "invalid_client")
    assert error(await own_token(identity_doors, given={})) == (401, "invalid_client")


async def test_an_ended_program_gets_nothing_and_what_it_has_is_void(identity_doors: Doors) -> None:
    ward = hospital()
    await admit(identity_doors, ward)
    assert await operate(identity_doors.running, ["clients", "end", "ward"]) == ["ward is ended"]
    assert error(await own_token(identity_doors)) == (401, "invalid_client")
    assert await identity_doors.said() == ["identity.access_revoked.v1"]
    await operate(identity_doors.running, ["clients", "end", "ward"])
    assert len(await identity_doors.said()) == 1
    with pytest.raises(ClientThere):
        await admit(identity_doors, hospital())
    with pytest.raises(NoSuchClient):
        await operate(identity_doors.running, ["clients", "end", "nobody"])


async def test_a_program_is_registered_by_command_until_a_day(identity_doors: Doors, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    words = ["clients", "add", "ward", "--name", "某医院", "--owner", "某人"]
    words += ["--grant", "client_credentials", "--scope", "health.book"]
    await operate(identity_doors.running, [*words, "--jwks", str(keys), "--until", "2999-01-01"])
    assert (await own_token(identity_doors)).json()["scope"] == "health.book"
    [shown] = await operate(identity_doors.running, ["clients", "list"])
    assert shown == "live  ward confidential program 某人: client_credentials"
    words[2] = "past"
    await operate(identity_doors.running, [*words, "--jwks", str(keys), "--until", "2001-01-01"])
    assert error(await own_token(identity_doors, "past")) == (401, "invalid_client")


WRONG: tuple[dict[str, Any], ...] = (
    {"client_id": "guohuai"}, {"client_id": "Desk"}, {"client_id": "d k"}, {"kind": "secret"}, {"life": "year"}, {"owner": ""},
    {"grants": ["password"]}, {"grants": ["implicit"]}, {"grants": ["client_credentials"]}, {"is_internal": True},
    {"jwks": {"keys": [KEY.as_dict(private=False)]}}, {"scopes": ["system/*.rs"]}, {"scopes": ["*"]}, {"redirect_uris": []},
    {"audiences": []}, {"name": ""},
)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_cannot_stand_is_not_registered(wrong: dict[str, Any]) -> None:
    assert desk()
    with pytest.raises(ClientNotRight):
        desk(**wrong)


@pytest.mark.parametrize("jwks", [None, {}, {"keys": []}, {"keys": [KEY.as_dict(private=True)]}, {"keys": [{"kty": "EC"}]}])
def test_a_confidential_program_is_known_by_public_keys_alone(jwks: Any) -> None:
    with pytest.raises(ClientNotRight):
        hospital(jwks=jwks)


@pytest.mark.parametrize("address", [
    "http://desk.example/back", "https://desk.example/back#x", "https://a@desk.example/", "https://*.example/", "desk.example",
    "https://desk.example/a/../b", "https://desk.example/a/..", "javascript:alert(1)", "data:text/html,x", "https:///x",
    "https://desk.example/%2e%2e/", "https://Desk.example/", "https://desk.example:/x", "https://desk.example:99999/",
    "//desk.example/", "https://desk.example\\@elsewhere.example/", "https://desk.example/ x", "https://桌.example/",
    "http://127.0.0.1.example/", "",
])
def test_nobody_is_led_to_an_address_that_can_be_read_in_two_ways(address: str) -> None:
    assert is_safe_address(SAFE)
    assert is_safe_address("http://127.0.0.1:8080/back")
    assert not is_safe_address(address)


letters = some.lists(some.booleans(), min_size=5, max_size=5).map(
    lambda kept: "".join(letter for letter, is_in in zip("cruds", kept, strict=True) if is_in)
)


@given(letters, letters)
def test_a_smart_scope_includes_exactly_its_parts(held: str, wanted: str) -> None:
    within = frozenset({f"system/Appointment.{held}"})
    whole = bool(wanted) and set(wanted) <= set(held)
    assert covered(f"system/Appointment.{wanted}", within) == (whole or held == wanted)
    assert not covered(f"system/Patient.{wanted}", within)


async def test_assertions_that_are_over_are_forgotten(identity_doors: Doors) -> None:
    from services.identity.actions import clients

    await admit(identity_doors, hospital())
    await own_token(identity_doors)
    await identity_doors.running.database.do(clients.forget_assertions)
    assert len(await identity_doors.rows("select 1 from client_assertions")) == 1
    await identity_doors.rows("select 1")
    later = identity_doors.running.settings.clock.now().replace(year=2999)
    await identity_doors.running.database.do(clients.forget_assertions, now=later)
    assert await identity_doors.rows("select 1 from client_assertions") == []
    assert assertion(identity_doors, "ward")
