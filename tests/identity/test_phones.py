"""A number of several people, and one that was silent for long: nobody comes in as somebody else by it."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors
from builders.factors import code_of, employed, problem
from builders.phones import (
    NUMBER,
    OTHER,
    agreed,
    given_to,
    household,
    living,
    numbers,
    planted,
    posts,
    refreshed,
    sent,
    silent,
    texted,
    told,
)
from builders.wechat import account
from builders.world import OFFICER
from hypothesis import given
from hypothesis import strategies as some

from services.identity.actions import contacts, people
from services.identity.domain import phones as rules
from services.identity.domain import sign_in


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


async def test_f10_of_a_shared_number_one_is_chosen_after_the_code_once_and_nothing_is_mixed(doors: Doors, later: Any) -> None:
    daughter, mother = await household(doors)
    assert await numbers(doors) == {daughter: False, mother: True}
    assert await told(doors) == sorted([(mother, "given"), (daughter, "shared")])
    later(minutes=2)
    code_sent = await sent(doors, "code", phone=NUMBER)
    assert set(code_sent.json()) == {"challenge_id", "expires_at"}
    wanted = await sent(doors, "phone", challenge_id=code_sent.json()["challenge_id"], phone=NUMBER,
                        code=await code_of(doors, code_sent.json()["challenge_id"]))
    assert problem(wanted) == (401, "person-wanted")
    assert wanted.json()["people"] == [{"person_id": daughter, "name": "王*"}, {"person_id": mother, "name": "欧**贞"}]
    assert await doors.rows("select 1 from refresh_tokens") == []
    begun = wanted.json()["challenge"]
    stranger = await living(doors, phone=OTHER)
    assert problem(await sent(doors, "phone/choice", challenge=begun, person_id=stranger)) == (401, "choice-refused")
    assert problem(await sent(doors, "phone/stranger", challenge=begun)) == (401, "choice-refused")
    answers = await asyncio.gather(*(sent(doors, "phone/choice", challenge=begun, person_id=mother) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {200: 1, 401: 11}
    assert next(one.json()["person_id"] for one in answers if one.status_code == 200) == mother
    rows = await doors.rows("select distinct person_id from refresh_tokens")
    assert [str(row.person_id) for row in rows] == [mother]


async def test_a_choice_is_over_after_five_minutes_and_is_nobodys_forgery(doors: Doors, later: Any) -> None:
    _, mother = await household(doors)
    later(minutes=2)
    begun = (await texted(doors)).json()["challenge"]
    assert problem(await sent(doors, "phone/choice", challenge=f"A{begun[1:-1]}A", person_id=mother)) == (401, "choice-refused")
    later(minutes=7, seconds=5)
    assert problem(await sent(doors, "phone/choice", challenge=begun, person_id=mother)) == (401, "choice-refused")


async def test_no_more_than_a_household_shares_a_number(doors: Doors, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 2)
    await household(doors)
    later(minutes=2)
    key = await agreed(doors, await living(doors))
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})) == (409, "phone-full")
    assert len(await numbers(doors)) == 2


async def test_a_shared_number_links_no_wechat_account(doors: Doors) -> None:
    await household(doors)
    answer = await sent(doors, "wechat", **await account(doors, NUMBER).proof())
    assert problem(answer) == (409, "link-refused")


async def test_e13_a_recycled_number_opens_nobodys_account_and_its_new_holder_is_somebody_new(doors: Doors, later: Any) -> None:
    old = await living(doors, "欧阳淑贞", phone=NUMBER)
    session = (await texted(doors)).json()
    assert session["person_id"] == old
    await silent(doors)
    later(minutes=2)
    refused = await texted(doors)
    assert problem(refused) == (401, "phone-silent")
    assert not {"people", "person_id", "methods"} & set(refused.json())
    assert old not in refused.text
    begun = refused.json()["challenge"]
    assert problem(await sent(doors, "phone/choice", challenge=begun, person_id=old)) == (401, "choice-refused")
    assert await numbers(doors) == {old: False}
    answers = await asyncio.gather(*(sent(doors, "phone/stranger", challenge=begun) for _ in range(20)))
    assert Counter(one.status_code for one in answers) == {200: 1, 401: 19}
    (new,) = [one.json() for one in answers if one.status_code == 200]
    assert (new["is_new"], new["person_id"] != old) == (True, True)
    assert await numbers(doors) == {new["person_id"]: False}
    assert await told(doors) == [(old, "let-go")]
    assert await refreshed(doors, session) == 400
    me = await doors.running.database.do(lambda work: people.about(work, UUID(new["person_id"])))
    assert (me["name"], me["wechat"]) == (None, False)
    assert (await doors.rows("select sealed_name from people where id = :id", id=old))[0].sealed_name is not None


async def test_e13_through_wechat_as_well(doors: Doors) -> None:
    old = await living(doors, phone=NUMBER)
    await silent(doors)
    who = account(doors, NUMBER)
    assert problem(await sent(doors, "wechat", **await who.proof())) == (401, "phone-silent")
    assert [row.kind for row in await doors.rows("select kind from contacts")] == ["phone"]
    assert await numbers(doors) == {old: False}


async def test_who_signs_in_by_wechat_and_shows_the_phone_has_it_still(doors: Doors) -> None:
    await living(doors, phone=NUMBER)
    who = account(doors, NUMBER)
    assert (await sent(doors, "wechat", **await who.proof())).status_code == 200
    await silent(doors)
    assert (await sent(doors, "wechat", **await who.proof())).status_code == 200
    assert (await texted(doors)).status_code == 200


async def test_a_number_somebody_signs_in_by_is_not_silent_however_old(doors: Doors, later: Any) -> None:
    old = await living(doors, phone=NUMBER)
    for days in (100, 200, 300):
        later(days=days)
        assert (await texted(doors)).json()["person_id"] == old


async def test_who_showed_a_code_alone_of_two_factors_has_not_signed_in_by_it(doors: Doors, later: Any) -> None:
    wang = await employed(doors)
    await wang.take_over()
    await doors.running.database.do(
        lambda work: contacts.keep(work, UUID(wang.person), "phone", NUMBER, work.vault.keys.blind("phone", NUMBER))
    )
    later(days=100)
    half = await texted(doors)
    assert problem(half) == (401, "second-factor-wanted")
    (before,) = await doors.rows("select used_at - verified_at as later from contacts")
    assert before.later == timedelta(0)
    assert (await wang.shows(half.json()["challenge"], wang.recovery[0])).status_code == 200
    (after,) = await doors.rows("select used_at - verified_at as later from contacts")
    assert after.later > timedelta(days=99)


async def test_e13_two_members_of_staff_know_the_old_holder_and_the_number_is_theirs_again(doors: Doors, later: Any) -> None:
    old = await living(doors, "欧阳淑贞", phone=NUMBER)
    await silent(doors)
    begun = (await texted(doors)).json()["challenge"]
    later(minutes=2)
    await given_to(doors, old)
    assert await numbers(doors) == {old: False}
    assert problem(await sent(doors, "phone/stranger", challenge=begun)) == (401, "choice-refused")
    later(minutes=4)
    assert (await texted(doors)).json()["person_id"] == old


async def test_a_silent_number_given_to_somebody_else_lets_its_people_go_and_they_get_another(doors: Doors) -> None:
    old, elder = await living(doors, phone=NUMBER), await living(doors)
    await silent(doors)
    await given_to(doors, elder)
    assert await numbers(doors) == {elder: False}
    assert await told(doors) == sorted([(old, "let-go"), (elder, "given")])
    await given_to(doors, old, OTHER)
    assert await numbers(doors) == {elder: False, old: False}


async def test_who_has_a_silent_number_is_given_another_and_signed_out(doors: Doors) -> None:
    old = await living(doors, phone=NUMBER)
    await silent(doors)
    await given_to(doors, old, OTHER)
    assert await numbers(doors) == {old: False}
    assert "identity.access_revoked.v1" in await doors.said()
    assert (await texted(doors, NUMBER)).json()["is_new"] is True


@given(some.text(max_size=12))
def test_a_masked_name_is_as_long_and_shows_two_letters_at_most(name: str) -> None:
    made = rules.masked(name)
    assert (made is None) == (not name)
    shown = [letter for letter, was in zip(made or "", name, strict=True) if letter == was and was != "*"]
    assert len(shown) <= 2


@pytest.mark.parametrize(("name", "shown"), [
    ("王芳", "王*"), ("王\u200b芳", "王**"), ("王\U000e0100芳", "王**"), ("王 芳", "王**"), ("\u202e王芳", "*王*"),
    ("欧阳淑贞", "欧**贞"), ("王淑贞\u0301", "王*贞*"), ("\u200b", "*"), ("王", "王"),
])
def test_what_is_not_seen_makes_a_name_no_longer(name: str, shown: str) -> None:
    assert rules.masked(name) == shown


async def test_who_was_signed_in_as_long_as_a_session_lives_is_known_by_their_number(doors: Doors, later: Any) -> None:
    old = await living(doors, phone=NUMBER)
    first = (await texted(doors)).json()
    later(days=sign_in.REFRESH_ABSOLUTE.days + 20)
    assert (first["person_id"], await refreshed(doors, first)) == (old, 400)
    assert (await texted(doors)).json()["person_id"] == old
    with pytest.raises(ValueError, match="phone_silence_days"):
        type(doors.running.settings).model_validate({"phone_silence_days": sign_in.REFRESH_ABSOLUTE.days})
