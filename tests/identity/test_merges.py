"""Two who were registered are one: proposed and confirmed by two who serve where both live, told, undone within thirty days."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.duplicates import Pair, everything, posts, settle
from builders.factors import code_of, lately, problem
from builders.family import day
from builders.phones import sent, texted
from builders.privacy import Owner, by_clock
from builders.world import ADMIN, FAR_GRID, FAR_OFFICER, FAR_ROOM, GRID, GUARD, HERE, OFFICER, OTHER_GRID, ROOM, Person
from sqlalchemy import text

from chassis import privacy
from chassis.db import Work
from contracts.area import Role
from services.identity.actions import assignments, codes, consents, contacts, erasures, people, sessions
from services.identity.domain import merge as rules
from services.identity.domain.consents import newest
from services.identity.domain.merge import Known

Later = Callable[..., None]
_LIVES = (
    "insert into bindings (id, person_id, area, kind, starts_at, agreement, agreed_at)"
    " values (:id, :who, cast(:room as ltree), 'owner', now(), 'operator', now())"
)
NUMBER = "insert into numbers values (:index, :who, 'id-card', now())"


@pytest.fixture
async def pair(identity_doors: Doors) -> Pair:
    return await settle(identity_doors)


async def does(doors: Doors, sql: str, **values: Any) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(sql), values)


async def said(doors: Doors, topic: str) -> list[dict[str, Any]]:
    rows = await doors.rows("select body from outbox where topic = :topic order by pos", topic=f"identity.{topic}.v1")
    return [json.loads(bytes(row.body)) for row in rows]


def someone(**other: Any) -> Known:
    known = {"id": uuid4(), "created_at": datetime(2026, 1, 1), "serves": False, "has_login": False, "absorbed": False,  # noqa: DTZ001
             "numbers": frozenset(), "is_home": False, **other}
    return Known(**known)


@pytest.mark.parametrize("more", [
    {"serves": True}, {"has_login": True}, {"absorbed": True}, {"numbers": frozenset({("id-card", b"x")})}, {"is_home": True},
    {"created_at": datetime(2025, 1, 1)},  # noqa: DTZ001 - which zone does not matter
], ids=str)
def test_who_stays_does_not_hang_on_who_is_named_first(more: dict[str, Any]) -> None:
    one, other = someone(**more), someone()
    assert rules.stays(one, other) == rules.stays(other, one) == (one, other)


def test_two_numbers_of_one_kind_of_papers_are_two_people_and_of_two_kinds_not() -> None:
    mine = someone(numbers=frozenset({("id-card", b"x")}))
    assert rules.against(mine, someone(numbers=frozenset({("id-card", b"y")}))) == ["numbers"]
    assert rules.against(mine, someone(numbers=frozenset({("passport", b"y")}))) == []


async def test_two_who_serve_where_both_live_make_them_one_and_a_split_brings_both_back(pair: Pair) -> None:
    doors = pair.doors
    before = await everything(doors, pair)
    key = await pair.proposed()
    assert await everything(doors, pair) == before, "nothing moves before the second look"
    answer = await pair.confirms(key)
    assert (answer.status_code, answer.json()["state"]) == (200, "merged")
    homes = {row.person_id for row in await doors.rows("select person_id from bindings")}
    assert homes == {pair.first.id}
    [merged] = await said(doors, "people_merged")
    assert set(merged) == {"merge_id", "survivor_id", "source_id", "until"}
    assert (merged["survivor_id"], merged["source_id"]) == (str(pair.first.id), str(pair.again.id))
    revoked = {one["person_id"] for one in await said(doors, "access_revoked")}
    assert revoked == {str(pair.first.id), str(pair.again.id)}
    assert (await pair.splits(key)).json()["state"] == "split"
    assert await everything(doors, pair) == before
    assert len(await said(doors, "people_split")) == 1


async def test_what_came_since_stays_with_the_survivor(pair: Pair) -> None:
    key = await pair.merged()

    async def more(work: Work) -> None:
        await assignments.bind(work, by=None, person=pair.first.id, room=FAR_ROOM, kind="owner")
        await people.rename(work, pair.first.id, "新名字")

    await pair.doors.running.database.do(more)
    assert (await pair.splits(key)).status_code == 200
    rows = await pair.doors.rows("select person_id from bindings where area = cast(:area as ltree)", area=FAR_ROOM)
    assert [row.person_id for row in rows] == [pair.first.id]
    assert (await everything(pair.doors, pair))["clear"][str(pair.first.id)][0] == "新名字"


async def test_nobody_looks_twice_nor_at_themselves(pair: Pair) -> None:
    key = await pair.proposed()
    assert problem(await pair.confirms(key, GRID)) == (403, "not-by-the-same")
    assert problem(await pair.proposes(OFFICER)) == (409, "merge-there")
    assert problem(await pair.confirms(key, swapped=True)) == (409, "merge-differs")
    assert problem(await posts(pair.doors, OFFICER, f"/{uuid4()}/second-sight", {
        "survivor_id": str(uuid4()), "source_id": str(uuid4())
    })) == (404, "not-found")
    assert problem(await pair.splits(key)) == (409, "merge-decided"), "what was never made is not undone"


async def test_a_member_of_staff_is_not_one_of_the_two_whatever_they_serve_as(pair: Pair) -> None:
    doors = pair.doors
    await does(doors, _LIVES,
               id=uuid4(), who=OFFICER.id, room=ROOM)
    for who in (OFFICER, ADMIN):
        answer = await pair.proposes(who, other_id=str(who.id))
        assert problem(answer) == (403, "not-ones-own-merge"), answer.text
    answer = await pair.proposes(GRID, other_id=str(OFFICER.id))
    assert problem(answer) in {(404, "not-found"), (403, "not-allowed-here")}, "a grid worker does not reach the whole community"
    assert await doors.rows("select 1 from merges") == []


async def test_who_serves_is_merged_by_who_could_grant_it(pair: Pair) -> None:
    doors = pair.doors

    async def serve(work: Work) -> None:
        whose = {"person": pair.again.id, "role": Role.GUARD, "area": f"{HERE}.g03"}
        await assignments.grant(work, by=None, unit=None, display_name="某某", **whose)

    await doors.running.database.do(serve)
    for who in (GRID, OFFICER):
        assert problem(await pair.proposes(who)) == (403, "not-allowed-here")
    answer = await pair.proposes(ADMIN)
    assert (answer.status_code, answer.json()["survivor_id"]) == (201, str(pair.again.id)), "who serves stays"
    await does(doors, "update assignments set ends_at = now() where person_id = :who", who=pair.again.id)
    answer = await posts(doors, OFFICER, f"/{answer.json()['id']}/second-sight", {
        "survivor_id": str(pair.again.id), "source_id": str(pair.first.id)
    })
    assert problem(answer) == (409, "merge-differs"), "who stays is another by now"


@pytest.mark.parametrize(("who", "status"), [
    (OTHER_GRID, 404), (FAR_OFFICER, 404), (FAR_GRID, 404), (GUARD, 403), (Person(), 404),
], ids=["other grid", "far officer", "far grid", "guard", "nobody"])
async def test_it_wants_a_right_over_both_areas(pair: Pair, who: Person, status: int) -> None:
    key = await pair.proposed()
    for answer in (await pair.proposes(who), await pair.confirms(key, who), await posts(pair.doors, who, f"/{key}/refusal"),
                   await pair.splits(key, who)):
        assert problem(answer)[0] == status, answer.text
    rows = await pair.doors.rows("select state from merges")
    assert [row.state for row in rows] == ["waiting"]


async def test_whose_office_is_over_looks_no_more_whatever_the_copy_of_the_directory_says(pair: Pair) -> None:
    key = await pair.proposed()
    await does(pair.doors, "update assignments set ends_at = now() where person_id = :who", who=OFFICER.id)
    assert problem(await pair.confirms(key)) == (404, "not-found")
    assert (await pair.confirms(key, ADMIN)).status_code == 200
    assert problem(await pair.splits(key)) == (404, "not-found")


async def test_who_lives_in_one_grid_and_in_another_is_the_communitys(identity_doors: Doors) -> None:
    pair = await settle(identity_doors, rooms=(ROOM, None))
    await does(identity_doors, _LIVES,
               id=uuid4(), who=pair.again.id, room=f"{HERE}.g01")
    assert problem(await pair.proposes(GRID))[0] in {403, 404}
    assert (await pair.proposes(OFFICER)).json()["area"] == HERE


async def test_who_lives_nowhere_is_reached_where_one_number_was_shown_for_both(identity_doors: Doors) -> None:
    pair = await settle(identity_doors, rooms=(ROOM, None))
    assert problem(await pair.proposes()) == (404, "not-found")
    await does(identity_doors, "insert into duplicates values (:id, :one, :other, cast(:area as ltree), now())",
               id=uuid4(), one=pair.again.id, other=pair.first.id, area=ROOM)
    await pair.merged()
    async with identity_doors.client(GRID) as client:
        assert (await client.get("/api/v1/duplicates")).json()["items"] == [], "what was found is settled"


@pytest.mark.parametrize("claims", [{"acr": None, "amr": None, "auth_time": None}, lately("otp", ago=700)], ids=["none", "old"])
async def test_it_wants_a_second_factor_shown_lately(pair: Pair, claims: dict[str, Any]) -> None:
    key = await pair.proposed()
    both = {"person_id": str(pair.again.id), "other_id": str(pair.first.id), "reason": "said-so"}
    for answer in (await posts(pair.doors, GRID, "", both, **claims), await pair.confirms(key, **claims)):
        assert problem(answer) == (401, "insufficient-user-authentication")
        assert answer.headers["www-authenticate"]


_NEW = "gen_random_uuid()"
_PROXY = "id, principal_id, actor_id, kind, area, scopes, evidence, starts_at, ends_at, given_by, state, decided_by, decided_at"
_CHECK = "id, person_id, document, number_index, sealed_asked, created_at, state, attempts, ask_after"
AGAINST = {
    "numbers": "insert into numbers values ('\\x01', :first, 'id-card', now()), ('\\x02', :again, 'id-card', now())",
    "password": "update people set login = substr(cast(id as text), 1, 4), password_hash = 'x' where id in (:first, :again)",
    "acting": f"insert into proxies ({_PROXY}) values ({_NEW}, :first, :again, 'relative', '', array['reports.read'], 'app', "
              "now(), now() + interval '9 days', :first, 'confirmed', :first, now())",
    "ward": f"insert into proxies ({_PROXY}) values ({_NEW}, :again, (select id from people where id not in (:first, :again) "
            "order by id limit 1), 'guardian', '', array['health.book'], 'household-book', now(), now() + interval '900 days', "
            "gen_random_uuid(), 'waiting', null, null)",
    "vouched": "update bindings set approved_by = :again where person_id = :first",
    "leaving": "insert into erasures (id, person_id, asked_at, cools_until, state) "
               f"values ({_NEW}, :again, now(), now(), 'held')",
    "exporting": "insert into exports (id, person_id, asked_at, over_at, state, sealed_key) "
                 f"values ({_NEW}, :first, now(), now() + interval '3 days', 'ready', '\\x00')",
    "waiting": f"insert into real_name_checks ({_CHECK}) values ({_NEW}, :again, 'id-card', '\\x05', '\\x00', now(), 'asked', 0, "
               "now() + interval '1 day')",
}


@pytest.mark.parametrize("word", AGAINST)
async def test_what_stands_against_it_is_named_at_both_looks(pair: Pair, word: str) -> None:
    key = await pair.proposed()
    await does(pair.doors, AGAINST[word], first=pair.first.id, again=pair.again.id)
    answer = await pair.confirms(key)
    assert problem(answer) == (409, "merge-unfit"), answer.text
    word = word if word in {"numbers", "password", "acting", "ward", "vouched"} else "under-way"
    assert word in answer.json()["against"]
    assert (await posts(pair.doors, OFFICER, f"/{key}/refusal")).json()["state"] == "refused"
    answer = await pair.proposes()
    assert (problem(answer), word in answer.json()["against"]) == ((409, "merge-unfit"), True)


async def test_who_was_merged_cannot_sign_in_is_not_found_and_their_id_leads_on(pair: Pair) -> None:
    doors = pair.doors
    old = await doors.running.database.do(lambda work: sessions.begin(work, pair.again.id))
    await pair.merged()
    answer = await texted(doors, "13900000002")  # the survivor has a phone: this one stays with who leads there
    assert problem(answer) == (403, "person-merged")
    form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
    async with doors.client() as client:
        assert (await client.post("/oauth/token", data=form)).status_code == 400
    async with doors.client(OFFICER, **lately("otp")) as client:
        found = (await client.post("/api/v1/people/search", json={"by": "name", "value": "欧阳淑珍", "reason": "contact"})).json()
        assert found["items"] == []
        seen = await client.post(f"/api/v1/people/{pair.again.id}/revelation", json={"field": "name", "reason": "contact"})
    assert (seen.status_code, seen.json()["value"]) == (200, "欧阳淑贞")
    with pytest.raises(rules.PersonMerged):
        await doors.running.database.do(lambda work: sessions.begin(work, pair.again.id))


async def test_a_phone_of_the_source_alone_leads_to_the_survivor(pair: Pair) -> None:
    await does(pair.doors, "delete from contacts where person_id = :who", who=pair.first.id)
    key = await pair.merged()
    answer = await texted(pair.doors, "13900000002")
    assert (answer.status_code, answer.json()["person_id"]) == (200, str(pair.first.id))
    assert (await pair.splits(key)).status_code == 200
    await does(pair.doors, "update codes set created_at = created_at - interval '2 minutes'")
    assert (await texted(pair.doors, "13900000002")).json()["person_id"] == str(pair.again.id)


async def test_one_number_that_both_have_leads_to_the_survivor_without_a_question(pair: Pair) -> None:
    await does(pair.doors, "update contacts set is_shared = true, blind_index = (select blind_index from contacts where "
                           "person_id = :first) where person_id = :again", first=pair.first.id, again=pair.again.id)
    assert problem(await texted(pair.doors)) == (401, "person-wanted")
    await pair.merged()
    await does(pair.doors, "update codes set created_at = created_at - interval '2 minutes'")
    assert (await texted(pair.doors)).json()["person_id"] == str(pair.first.id)


async def test_of_a_room_both_belong_to_the_survivors_binding_stands(identity_doors: Doors) -> None:
    pair = await settle(identity_doors, rooms=(ROOM, ROOM))
    before = await everything(identity_doors, pair)
    key = await pair.merged()
    rows = await identity_doors.rows("select person_id from bindings where ends_at is null")
    assert [row.person_id for row in rows] == [pair.first.id]
    assert (await pair.splits(key)).status_code == 200
    assert await everything(identity_doors, pair) == before


async def test_proxies_move_with_both_ends_and_come_back(pair: Pair) -> None:
    doors = pair.doors
    third = await doors.running.database.do(lambda work: codes.register(work, phone="13900000003"))
    for who, to in ((pair.again.id, third), (third, pair.again.id)):
        async with doors.client(Person(id=who), **lately("otp")) as client:
            body = {"actor_id": str(to), "scopes": ["reports.read"], "last_day": day(30)}
            answer = await client.post("/api/v1/proxies", json=body, headers=keyed())
            assert answer.status_code == 201, answer.text
    before = await everything(doors, pair)
    key = await pair.merged()
    rows = await doors.rows("select principal_id, actor_id, given_by from proxies")
    assert {(row.principal_id, row.actor_id, row.given_by) for row in rows} == {
        (pair.first.id, third, pair.first.id), (third, pair.first.id, third)
    }
    assert (await pair.splits(key)).status_code == 200
    assert await everything(doors, pair) == before


async def test_a_withdrawal_of_either_holds_and_nobody_elses_consent_is_theirs(pair: Pair) -> None:
    doors = pair.doors
    kind = newest("hospital")

    async def say(work: Work) -> None:
        for who in (pair.first.id, pair.again.id):
            await consents.give(work, who, "hospital", version=kind.version, text_hash=kind.hash, channel="guohuai")
        await consents.give(work, pair.again.id, "face", version=newest("face").version, text_hash=newest("face").hash,
                            channel="guohuai")

    await doors.running.database.do(say)
    await doors.running.database.do(lambda work: consents.withdraw(work, pair.again.id, "hospital", channel="guohuai"))
    await pair.merged()
    lines = await doors.rows("select purpose, withdrawn from consents where person_id = :who order by pos", who=pair.first.id)
    assert [(row.purpose, row.withdrawn) for row in lines] == [("hospital", False), ("hospital", True)]


async def test_after_thirty_days_it_is_refused_and_what_stayed_behind_is_forgotten(pair: Pair, later: Later) -> None:
    key = await pair.merged()
    later(days=29, hours=23)
    await privacy.move(pair.doors.running)
    assert len(await pair.doors.rows("select 1 from person_keys where person_id = :who", who=pair.again.id)) == 1
    later(days=30, minutes=1)
    assert problem(await pair.splits(key, **lately_by(pair.doors))) == (409, "split-too-late")
    await privacy.move(pair.doors.running)
    assert await pair.doors.rows("select 1 from person_keys where person_id = :who", who=pair.again.id) == []
    assert await pair.doors.rows("select 1 from contacts where person_id = :who", who=pair.again.id) == [], "the number is free"
    async with pair.doors.running.database.reading() as work:
        assert await contacts.clear(work, pair.first.id) == {"phone": "13900000001"}


def lately_by(doors: Doors) -> dict[str, Any]:
    """A second factor shown just now, by the service's own clock."""
    return {**lately("otp"), "auth_time": by_clock(doors)["iat"]}


async def test_the_survivors_erasure_forgets_both_and_nothing_is_split_afterwards(pair: Pair, later: Later) -> None:
    key = await pair.merged()
    owner = Owner(pair.doors, pair.first.id, "13900000001")
    await owner.asks_to_be_forgotten()
    later(days=8)
    await owner.looked()
    for table in ("contacts", "person_keys"):
        assert await pair.doors.rows(f"select 1 from {table} where person_id in (:a, :b)", a=pair.first.id, b=pair.again.id) == []
    assert problem(await pair.splits(key, **lately_by(pair.doors)))[0] == 404


async def test_of_two_merges_that_share_one_the_second_finds_that_one_merged(pair: Pair) -> None:
    doors = pair.doors
    third = await settle_third(doors)
    keys = [await pair.proposed(), await Pair(doors, third, pair.again).proposed()]
    looks = [(keys[n % 2], (pair.first, third)[n % 2]) for n in range(12)]
    answers = await asyncio.gather(*(
        posts(doors, OFFICER, f"/{key}/second-sight", {"survivor_id": str(stays.id), "source_id": str(pair.again.id)})
        for key, stays in looks
    ))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11, [one.text for one in answers]
    assert len(await doors.rows("select 1 from merges where state = 'merged'")) == 1
    assert len(await said(doors, "people_merged")) == 1


async def settle_third(doors: Doors) -> Person:
    """A third registration, as old as can be."""
    key = await doors.running.database.do(lambda work: codes.register(work, phone="13900000009"))
    await does(doors, "update people set created_at = '2020-01-01' where id = :who", who=key)
    await does(doors, _LIVES,
               id=uuid4(), who=key, room=ROOM)
    return Person(id=key)


async def test_twelve_second_looks_and_twelve_splits_at_once_are_one_each(pair: Pair) -> None:
    key = await pair.proposed()
    answers = await asyncio.gather(*(pair.confirms(key, who) for who in [OFFICER, ADMIN] * 6))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    answers = await asyncio.gather(*(pair.splits(key) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert len(await said(pair.doors, "people_split")) == 1


async def test_a_merge_and_an_erasure_at_once_have_one_winner(pair: Pair) -> None:
    doors = pair.doors
    for n in range(4):
        if n:
            await doors.clean()
            pair = await settle(doors)
        key = await pair.proposed()
        owner = Owner(doors, pair.again.id, "13900000002")
        proof = await owner.proof()
        merged, asked = await asyncio.gather(pair.confirms(key), owner.sends("POST", "/erasure", proof))
        if merged.status_code == 200:
            open_ones = await doors.rows("select 1 from erasures where person_id = :who", who=pair.again.id)
            assert (asked.status_code == 201) == bool(open_ones)
        else:
            assert (problem(merged), asked.status_code) == ((409, "merge-unfit"), 201)


async def test_signing_in_while_one_is_merged_leaves_no_session_of_who_leads_there(pair: Pair) -> None:
    doors = pair.doors
    key = await pair.proposed()
    challenge = (await sent(doors, "code", phone="13900000002")).json()["challenge_id"]
    body = {"challenge_id": challenge, "phone": "13900000002", "code": await code_of(doors, challenge)}
    begun = [doors.running.database.do(lambda work: sessions.begin(work, pair.again.id)) for _ in range(10)]
    await asyncio.gather(pair.confirms(key), sent(doors, "phone", **body), *begun, return_exceptions=True)
    alive = "select 1 from refresh_tokens where person_id = :who and revoked_at is null"
    assert await doors.rows(alive, who=pair.again.id) == []
    [(newest_one,)] = await doors.rows("select max(created_at) from refresh_tokens where person_id = :who", who=pair.again.id)
    marks = [datetime.fromisoformat(one["not_before"]) for one in await said(doors, "access_revoked")
             if one["person_id"] == str(pair.again.id)]
    assert newest_one is None or max(marks) >= newest_one.replace(microsecond=newest_one.microsecond // 1000 * 1000)


async def test_who_asks_to_be_forgotten_this_moment_is_not_merged_and_who_was_merged_asks_no_more(pair: Pair) -> None:
    doors = pair.doors
    key = await pair.proposed()
    async with doors.running.database.work() as asking:
        await erasures.ask(asking, pair.again.id)
        coming = asyncio.create_task(pair.confirms(key))
        await asyncio.wait({coming}, timeout=1)
        assert not coming.done(), "what is done to a person is done one after the other"
        await doors.running.database.commit(asking)
    assert problem(await coming) == (409, "merge-unfit")
    await doors.running.database.do(lambda work: erasures.withdraw(work, pair.again.id))
    assert (await pair.confirms(key)).status_code == 200
    with pytest.raises(rules.PersonMerged):
        await doors.running.database.do(lambda work: erasures.ask(work, pair.again.id))


async def test_whoever_signs_in_this_moment_is_waited_for_and_signed_out(pair: Pair) -> None:
    doors = pair.doors
    key = await pair.proposed()
    async with doors.running.database.work() as signing_in:
        made = await sessions.begin(signing_in, pair.again.id)
        coming = asyncio.create_task(pair.confirms(key))
        await asyncio.wait({coming}, timeout=1)
        assert not coming.done(), "who signs in holds the row of their person"
        await doors.running.database.commit(signing_in)
    assert (await coming).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": made.refresh_token}
    async with doors.client() as client:
        assert (await client.post("/oauth/token", data=form)).status_code == 400


async def test_the_list_and_a_look_show_counts_and_nothing_in_the_clear(pair: Pair) -> None:
    key = await pair.proposed()
    async with pair.doors.client(GRID) as client:
        [line] = (await client.get("/api/v1/merges", params={"state": "waiting"})).json()["items"]
        one = (await client.get(f"/api/v1/merges/{key}")).json()
    assert line == one
    assert one["moves"] == {"phone": "stays", "wechat": "none", "bindings": 1, "facts": 0, "proxies": 0}
    async with pair.doors.client(FAR_OFFICER) as client:
        assert (await client.get("/api/v1/merges")).json()["items"] == []
        assert (await client.get(f"/api/v1/merges/{key}")).status_code == 404
    assert UUID(one["id"])
