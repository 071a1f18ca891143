"""The mini-program, a page within WeChat and the official account are one person: by the unionid WeChat tells of all."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.wechat import OTHER, PHONE, Account, account, sent

from chassis import crypto
from services.identity.actions import people
from services.identity.actions import wechat as acts
from services.identity.clients import wechat
from services.identity.settings import IdentitySettings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A process that has not asked WeChat for anything yet."""
    wechat._one.cache_clear()
    yield
    wechat._one.cache_clear()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


def bound(doors: Doors, phone: str = PHONE) -> Account:
    """Somebody whose accounts WeChat knows for one person's."""
    return account(doors, phone, unionid=f"u{uuid4().hex[:27]}")


async def mini(doors: Doors, who: Account, *, phone: bool = False, address: str = "127.0.0.1") -> httpx.Response:
    proof = await who.proof() if phone else {"js_code": await who.login()}
    return await sent(doors, address, **proof)


async def page(doors: Doors, who: Account, *, address: str = "127.0.0.1", sms: Any = None, **other: str) -> httpx.Response:
    proof = {"code": await who.page(**other), **({"sms": sms} if sms else {})}
    return await sent(doors, address, door="wechat/page", **proof)


async def texted(doors: Doors, phone: str = PHONE) -> dict[str, str]:
    """A code by SMS, as who holds the phone reads it."""
    async with doors.client() as client:
        challenge = (await client.post("/sign-in/code", json={"phone": phone})).json()["challenge_id"]
    (row,) = await doors.rows("select sealed_message from codes where id = :id", id=challenge)
    place = crypto.Place("codes", "message", challenge)
    said = json.loads(crypto.unseal(doors.running.settings.keys.kek, place, bytes(row.sealed_message)))
    return {"challenge_id": challenge, "phone": phone, "code": said["code"]}


async def kinds(doors: Doors) -> list[str]:
    return [row.kind for row in await doors.rows("select kind from contacts order by kind")]


async def counted(doors: Doors, table: str = "people") -> int:
    return len(await doors.rows(f"select 1 from {table}"))


ALL = ["phone", "wechat", "wechat-page", "wechat-union"]


async def test_who_has_the_mini_program_is_known_on_a_page_without_showing_a_phone(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    first, second = (await mini(identity_doors, who, phone=True)).json(), (await page(identity_doors, who)).json()
    assert (second["person_id"], second["is_new"]) == (first["person_id"], False)
    assert (await counted(identity_doors), await kinds(identity_doors)) == (1, ALL)
    third = (await page(identity_doors, replace(who, unionid=""), scope="snsapi_base")).json()  # by the account alone
    assert third["person_id"] == first["person_id"]


async def test_who_came_by_a_page_is_known_in_the_mini_program(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    assert problem(await page(identity_doors, who)) == (401, "phone-code-wanted")
    first = await page(identity_doors, who, sms=await texted(identity_doors))
    assert (first.status_code, first.json()["is_new"]) == (200, True)
    assert (await mini(identity_doors, who)).json()["person_id"] == first.json()["person_id"]
    assert (await counted(identity_doors), await kinds(identity_doors)) == (1, ALL)


async def test_a_unionid_that_comes_later_is_learnt_and_joins(identity_doors: Doors) -> None:
    before = account(identity_doors)
    first = (await mini(identity_doors, before, phone=True)).json()
    after = replace(before, unionid="u-later")  # they subscribed to the official account
    assert problem(await page(identity_doors, after)) == (401, "phone-code-wanted")
    assert (await mini(identity_doors, after)).json()["person_id"] == first["person_id"]
    assert (await page(identity_doors, after)).json()["person_id"] == first["person_id"]
    assert (await counted(identity_doors), await kinds(identity_doors)) == (1, ALL)


async def test_without_a_unionid_two_accounts_are_joined_by_the_phone_alone(identity_doors: Doors) -> None:
    who = account(identity_doors)
    first = (await mini(identity_doors, who, phone=True)).json()
    assert problem(await page(identity_doors, who)) == (401, "phone-code-wanted")
    second = (await page(identity_doors, who, sms=await texted(identity_doors))).json()
    assert (second["person_id"], second["is_new"]) == (first["person_id"], False)
    assert await kinds(identity_doors) == ["phone", "wechat", "wechat-page"]


async def two_with_one_unionid(doors: Doors) -> tuple[Account, str, str]:
    """One person by the mini-program, another by the page; and now WeChat says that both accounts are one human's."""
    one, two = account(doors), account(doors, OTHER)
    first = (await mini(doors, one, phone=True)).json()["person_id"]
    second = (await page(doors, two, sms=await texted(doors, OTHER))).json()["person_id"]
    return replace(one, page_openid=two.page_openid, unionid="u-shared"), first, second


async def test_two_people_who_turn_out_to_share_a_unionid_are_a_finding_and_stay_two(identity_doors: Doors) -> None:
    shared, first, second = await two_with_one_unionid(identity_doors)
    for _ in range(2):
        assert (await mini(identity_doors, shared)).json()["person_id"] == first
        assert (await page(identity_doors, shared)).json()["person_id"] == second
    (found,) = await identity_doors.rows("select person_id, other_id from duplicates")
    assert (str(found.person_id), str(found.other_id)) == (second, first)
    assert "identity.duplicate_found.v1" in await identity_doors.said()
    assert await counted(identity_doors) == 2
    assert await kinds(identity_doors) == ["phone", "phone", "wechat", "wechat-page", "wechat-union"]


async def test_twenty_at_once_by_both_ways_are_one_person(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    assert (await mini(identity_doors, who, phone=True)).status_code == 200
    asked = [page(identity_doors, who, address=f"10.0.0.{n}") for n in range(10)]
    asked += [mini(identity_doors, who, address=f"10.0.1.{n}") for n in range(10)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["person_id"] for answer in answers}) == 1
    assert (await counted(identity_doors), await kinds(identity_doors)) == (1, ALL)


async def test_somebody_new_by_both_ways_at_once_with_one_unionid_is_one_or_refused(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    sms, button = await texted(identity_doors, OTHER), await who.proof()
    answers = await asyncio.gather(page(identity_doors, who, sms=sms), sent(identity_doors, "10.0.0.9", **button))
    good = {answer.json()["person_id"] for answer in answers if answer.status_code == 200}
    assert len(good) == 1
    assert (await counted(identity_doors), (await kinds(identity_doors)).count("wechat-union")) == (1, 1)


async def test_two_who_share_a_unionid_at_once_are_two_and_one_finding(identity_doors: Doors) -> None:
    shared, *_ = await two_with_one_unionid(identity_doors)
    asked = [mini(identity_doors, shared, address=f"10.0.0.{n}") for n in range(6)]
    asked += [page(identity_doors, shared, address=f"10.0.1.{n}") for n in range(6)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    assert (await counted(identity_doors, "duplicates"), (await kinds(identity_doors)).count("wechat-union")) == (1, 1)


async def test_another_human_with_the_same_phone_is_not_joined(identity_doors: Doors) -> None:
    first, thief = bound(identity_doors), bound(identity_doors)
    assert (await mini(identity_doors, first, phone=True)).status_code == 200
    answer = await page(identity_doors, thief, sms=await texted(identity_doors))
    assert problem(answer) == (409, "link-refused")
    assert await kinds(identity_doors) == ["phone", "wechat", "wechat-union"]


async def test_a_second_account_of_one_program_never_joins_by_the_unionid(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    assert (await mini(identity_doors, who, phone=True)).status_code == 200
    answer = await mini(identity_doors, replace(who, openid="o-second"))
    assert problem(answer) == (409, "link-refused")
    assert await kinds(identity_doors) == ["phone", "wechat", "wechat-union"]


async def test_a_page_that_nobody_agreed_to_is_nobodys(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    await mini(identity_doors, who, phone=True)
    assert problem(await page(identity_doors, who, fault="snapshot")) == (401, "wechat-code-refused")
    assert "wechat-page" not in await kinds(identity_doors)


async def test_a_code_is_good_once_and_of_a_page_alone(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    await mini(identity_doors, who, phone=True)
    given = await who.page()
    assert (await sent(identity_doors, door="wechat/page", code=given)).status_code == 200
    for wrong in (given, await who.login(), await who.button()):
        assert problem(await sent(identity_doors, door="wechat/page", code=wrong)) == (401, "wechat-code-refused")
    assert problem(await sent(identity_doors, js_code=await who.page())) == (401, "wechat-code-refused")


@pytest.mark.parametrize("field", ["openid", "unionid", "phone", "access_token"])
async def test_e11_nobody_says_themselves_who_they_are_on_a_page(identity_doors: Doors, field: str) -> None:
    answer = await sent(identity_doors, door="wechat/page", **{"code": await bound(identity_doors).page(), field: "x"})
    assert answer.status_code == 422


async def test_where_there_is_no_official_account_pages_are_not_offered(
    identity_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = identity_doors.running.settings.model_dump() | {"wechat_page_app_id": ""}
    monkeypatch.setattr(identity_doors.running, "settings", IdentitySettings(**given))
    assert problem(await page(identity_doors, bound(identity_doors))) == (503, "wechat-unavailable")


async def test_what_is_kept_is_sealed_and_handed_out_and_forgotten_and_unlinked(identity_doors: Doors) -> None:
    who = bound(identity_doors)
    person = UUID((await mini(identity_doors, who, phone=True)).json()["person_id"])
    await page(identity_doors, who)
    kept = ""
    for row in await identity_doors.rows("select tablename from pg_tables where schemaname = 'public'"):
        kept += str(await identity_doors.rows(f'select t::text from "{row.tablename}" t'))
    for secret in (who.openid, who.page_openid, who.unionid):
        assert secret not in kept
        assert secret.encode().hex() not in kept
    do = identity_doors.running.database.do
    told = await do(lambda work: people.export(work, person))
    assert [told[kind] for kind in ("wechat", "wechat-page", "wechat-union")] == [who.openid, who.page_openid, who.unionid]
    await do(lambda work: acts.unlink(work, person))
    assert await kinds(identity_doors) == ["phone"]
    assert problem(await page(identity_doors, who)) == (401, "phone-code-wanted")
