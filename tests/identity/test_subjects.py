"""Partners know people by ids of their own: nothing that one holds is what another holds (OpenID Connect Core 1.0, 8.1)."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from builders.browser import code, hidden, opened, redeemed, sent
from builders.doors import Doors
from builders.programs import BACK, GONE, admit, asked, claims_of, desk, hospital, internal, proof
from builders.world import Person
from sqlalchemy import text

from services.identity.__main__ import operate
from services.identity.actions import people, sessions
from services.identity.actions.subjects import known_as
from services.identity.domain.clients import CODE, EXCHANGE, REFRESH, ClientNotRight
from services.identity.domain.exchange import ACCESS_TOKEN
from services.identity.domain.subjects import sector_of

EAST, WEST = "https://east.example/back", "https://west.example/back"


def partner(name: str, back: str, **other: Any) -> Any:
    """A hospital's own program, in which its doctors' patients sign in."""
    return desk(client_id=name, redirect_uris=[back], owner=name, subject_type="pairwise", **other)


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Two hospitals, a program of ours, a service of ours, and somebody who signs in with all of them."""
    await admit(identity_doors, desk(), partner("east", EAST), partner("west", WEST), internal(scopes=["openid"]))
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return identity_doors


async def signed_in(doors: Doors, client: str = "east", back: str = EAST) -> dict[str, Any]:
    """What a program gets of who signs in for it."""
    page = await opened_at(doors, client, back)
    return dict((await redeemed(doors, page, client_id=client, redirect_uri=back)).json())


async def opened_at(doors: Doors, client: str, back: str) -> str:
    """A code, at the address of another program than `desk`."""
    page = await opened(doors, client_id=client, redirect_uri=back)
    answer = await sent(doors, {**hidden(page), "login": "wang", "password": "right"})
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def whose(doors: Doors) -> UUID:
    (row,) = await doors.rows("select id from people")
    return UUID(str(row.id))


def leaves(said: Any) -> set[str]:
    """Every value of what was said, however deep, that could name somebody."""
    if isinstance(said, dict):
        return {leaf for value in said.values() for leaf in leaves(value)}
    return {leaf for value in said for leaf in leaves(value)} if isinstance(said, list) else {str(said)}


SAID_OF_ALL = {"王芳", "guohuai", "openid profile", "pwd", "1fa", "Bearer", "False", "n0"}  # of anybody who signs in so


async def everything(doors: Doors, given: dict[str, Any], client: str) -> set[str]:
    """All a program can read of what it was given, and of what userinfo says to it."""
    access, who = await claims_of(doors, given["access_token"]), await claims_of(doors, given["id_token"])
    async with doors.client(Person(id=UUID(access["sub"])), client_id=client, scope="openid profile") as browser:
        told = (await browser.get("/oauth/userinfo")).json()
    assert told == {"sub": access["sub"], "name": "王芳"}
    assert who["sub"] == access["sub"]
    return leaves([given, access, who, told])


async def test_h03_two_hospitals_compare_what_they_hold_and_nothing_is_the_same(doors: Doors) -> None:
    mine = {"east": await signed_in(doors), "west": await signed_in(doors, "west", WEST)}
    east, west = [await everything(doors, given, name) for name, given in mine.items()]
    person = str(await whose(doors))
    assert person not in east | west
    times = {one for one in east | west if one.isdigit()}  # of signing in: each program asks the person anew
    assert (east & west) - SAID_OF_ALL - times - {doors.issuer} == set()


async def test_a_hospital_knows_somebody_again_and_our_own_programs_know_the_person(doors: Doors) -> None:
    first, again = await signed_in(doors), await signed_in(doors)
    subjects = {(await claims_of(doors, given[kind]))["sub"] for given in (first, again) for kind in ("access_token", "id_token")}
    assert len(subjects) == 1
    form = {"grant_type": "refresh_token", "refresh_token": again["refresh_token"], "client_id": "east"}
    later = (await asked(doors, "token", **form)).json()
    assert {(await claims_of(doors, later["access_token"]))["sub"]} == subjects
    assert "person_id" not in {*first, *later}
    ours = (await redeemed(doors, await code(doors))).json()
    assert (await claims_of(doors, ours["access_token"]))["sub"] == ours["person_id"] == str(await whose(doors))


async def test_partners_are_not_told_what_somebody_serves_as(doors: Doors) -> None:
    assert "roles" not in await claims_of(doors, (await signed_in(doors))["access_token"])


async def test_twenty_sign_ins_at_once_are_known_by_one_id(doors: Doors) -> None:
    person, database = await whose(doors), doors.running.database
    found = await asyncio.gather(*(database.do(lambda work: known_as(work, person, "east.example")) for _ in range(20)))
    assert len(set(found)) == 1
    assert len(await doors.rows("select 1 from pairwise_subjects")) == 1


async def test_a_service_of_ours_is_told_the_person_and_acts_for_them(doors: Doors) -> None:
    given, person = await signed_in(doors), str(await whose(doors))
    about = (await asked(doors, "introspect", token=given["access_token"], **proof(doors, "desk-service"))).json()
    assert (about["active"], about["sub"], about["client_id"]) == (True, person, "east")
    form = {"grant_type": EXCHANGE, "subject_token": given["access_token"], "subject_token_type": ACCESS_TOKEN}
    acting = (await asked(doors, "token", **form, **proof(doors, "desk-service"))).json()["access_token"]
    assert (await claims_of(doors, acting))["sub"] == person


async def test_a_partner_that_exchanges_a_token_learns_its_own_id_alone(doors: Doors) -> None:
    ward = hospital(grants=[EXCHANGE], scopes=["openid"], subject_type="pairwise", sector="east.example", owner="east")
    await admit(doors, ward)
    east, west = await signed_in(doors), await signed_in(doors, "west", WEST)
    known = (await claims_of(doors, east["access_token"]))["sub"]
    for given in (east, west, (await redeemed(doors, await code(doors))).json()):
        form = {"grant_type": EXCHANGE, "subject_token": given["access_token"], "subject_token_type": ACCESS_TOKEN}
        made = (await asked(doors, "token", **form, **proof(doors, "ward"))).json()
        assert (await claims_of(doors, made["access_token"]))["sub"] == known


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_partner_takes_back_what_it_was_given(doors: Doors, kind: str) -> None:
    given = await signed_in(doors)
    assert (await asked(doors, "revoke", token=given[kind], client_id="east")).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": "east"}
    assert (await asked(doors, "token", **form)).status_code == 400
    subject = (await claims_of(doors, given["access_token"]))["sub"]
    assert subject in await voided(doors)


async def voided(doors: Doors) -> set[str]:
    """Whose tokens of before are void."""
    rows = await doors.rows("select body from outbox where topic = 'identity.access_revoked.v1'")
    return {str((json.loads(row.body) if isinstance(row.body, str | bytes) else row.body)["person_id"]) for row in rows}


async def test_who_signs_out_everywhere_is_signed_out_at_every_partner(doors: Doors) -> None:
    east, west, person = await signed_in(doors), await signed_in(doors, "west", WEST), await whose(doors)
    await doors.running.database.do(lambda work: sessions.revoke(work, person, by=person))
    known = {(await claims_of(doors, given["access_token"]))["sub"] for given in (east, west)}
    assert await voided(doors) == {str(person), *known}


async def test_leaving_a_partners_page_ends_the_session(doors: Doors) -> None:
    await admit(doors, partner("south", "https://south.example/back", signed_out_uris=[GONE]))
    given = await signed_in(doors, "south", "https://south.example/back")
    async with doors.client() as client:
        form = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": GONE}
        assert (await client.post("/oauth/end_session", data=form)).status_code == 303
    assert len(await doors.rows("select 1 from refresh_tokens where revoked_at is not null")) == 1


async def test_it_is_in_the_persons_copy_and_is_forgotten_with_them(doors: Doors) -> None:
    given, person = await signed_in(doors), await whose(doors)
    subject = (await claims_of(doors, given["access_token"]))["sub"]
    (told,) = (await doors.running.database.do(lambda work: people.export(work, person)))["partners"]
    assert (told["sector"], told["subject"]) == ("east.example", subject)
    await doors.running.database.do(lambda work: people.erase(work, person))
    assert await doors.rows("select 1 from pairwise_subjects") == []
    assert subject in await voided(doors)


async def test_both_kinds_are_offered(doors: Doors) -> None:
    async with doors.client() as client:
        said = (await client.get("/.well-known/openid-configuration")).json()
    assert said["subject_types_supported"] == ["public", "pairwise"]


@pytest.mark.parametrize("wrong", [
    {"subject_type": "secret"}, {"subject_type": "public", "sector": "east.example"}, {"redirect_uris": [EAST, WEST]},
    {"sector": "East"}, {"sector": ""}, {"sector": "a b"}, {"scopes": ["openid", "api"]}, {"scopes": ["openid", "reports.file"]},
], ids=str)
def test_what_cannot_stand_is_not_registered(wrong: dict[str, Any]) -> None:
    good = {"redirect_uris": [EAST], "subject_type": "pairwise"}
    assert desk(**good).sector == "east.example"
    with pytest.raises(ClientNotRight):
        desk(**{**good, **wrong})


def test_a_service_of_ours_is_never_a_partner_and_several_hosts_are_one_sector_where_it_is_named() -> None:
    with pytest.raises(ClientNotRight):
        internal(subject_type="pairwise", scopes=["openid"])
    assert desk(redirect_uris=[EAST, WEST], subject_type="pairwise", sector="example").sector == "example"
    assert sector_of([], "ward") == "ward"
    assert hospital(subject_type="pairwise").sector == "ward"


async def test_two_owners_never_share_a_sector_and_one_owners_programs_may(doors: Doors) -> None:
    with pytest.raises(ClientNotRight):
        await admit(doors, partner("spy", "https://spy.example/back", sector="east.example"))
    await admit(doors, desk(client_id="second", redirect_uris=["https://two.example/back"], owner="east", subject_type="pairwise",
                            sector="east.example"))
    east, second = await signed_in(doors), await signed_in(doors, "second", "https://two.example/back")
    assert len({(await claims_of(doors, given["access_token"]))["sub"] for given in (east, second)}) == 1


async def test_of_twelve_owners_at_once_one_has_the_sector(identity_doors: Doors) -> None:
    many = [partner(f"p{n}", EAST) for n in range(12)]
    sleep = text("select pg_sleep(0.2)")
    do = identity_doors.running.database.do
    await asyncio.gather(*(do(lambda work: work.session.execute(sleep)) for _ in many))  # so that all have a connection at once
    answers = await asyncio.gather(*(admit(identity_doors, one) for one in many), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["ClientNotRight"] * 11 + ["NoneType"]


async def test_who_is_registered_by_command_is_a_partner_unless_it_is_said_to_be_ours(doors: Doors, tmp_path: Path) -> None:
    words = ["--name", "某应用", "--owner", "某人", "--life", "screen", "--grant", CODE, "--grant", REFRESH, "--redirect", BACK]
    await operate(doors.running, ["clients", "add", "theirs", *words, "--scope", "openid"])
    await operate(doors.running, ["clients", "add", "ours", *words, "--scope", "api", "--subject-type", "public"])
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(internal().jwks))
    more = ["--jwks", str(keys), "--internal", "--scope", "openid"]
    await operate(doors.running, ["clients", "add", "service", *words, *more])
    rows = await doors.rows("select client_id, subject_type, sector from clients where owner = '某人' and name = '某应用'")
    found = {row.client_id: (row.subject_type, row.sector) for row in rows}
    assert {name: found[name] for name in ("theirs", "ours", "service")} == {
        "theirs": ("pairwise", "desk.example"), "ours": ("public", None), "service": ("public", None),
    }
