"""`can()`: allowed, refused or hidden, and never more than the areas and the belonging say."""

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.errors import NotFound
from chassis.rights import Actor, Answer, Assignment, NotAllowedHere, Rule, ScopeMissing, can, why
from contracts.area import Role, contains, is_path

areas = some.lists(some.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(".".join)
roles = some.sampled_from(list(Role))
people = some.sampled_from([UUID(int=n) for n in range(3)])
rules = some.builds(
    Rule, roles=some.frozensets(roles, max_size=3), owner=some.booleans(), neighbours=some.booleans(), private=some.booleans(),
)
actors = some.builds(
    Actor, id=people, bindings=some.lists(areas, max_size=2).map(tuple),
    assignments=some.lists(some.builds(Assignment, role=roles, area=areas), max_size=3).map(tuple),
)
things = some.builds(SimpleNamespace, area=areas, owner_id=people)


@given(actors, rules, things)
def test_allowed_only_by_role_above_by_belonging_or_by_living_there(actor: Actor, rule: Rule, thing: SimpleNamespace) -> None:
    by_role = any(a.role in rule.roles and contains(a.area, thing.area) for a in actor.assignments)
    by_owner = rule.owner and thing.owner_id == actor.id
    by_home = rule.neighbours and any(contains(thing.area, home) for home in actor.bindings)
    assert (can(actor, rule, thing) is Answer.ALLOWED) == (by_role or by_owner or by_home)


@given(actors, rules, things)
def test_who_serves_or_owns_nothing_here_does_not_even_see_it(actor: Actor, rule: Rule, thing: SimpleNamespace) -> None:
    serves = any(contains(a.area, thing.area) for a in actor.assignments)
    sees = thing.owner_id == actor.id or (serves and not rule.private)
    if can(actor, rule, thing) is Answer.HIDDEN:
        assert not sees
    if can(actor, rule, thing) is Answer.REFUSED:
        assert sees


@given(actors, rules, things)
def test_a_yes_names_what_it_rests_on_and_a_no_names_nothing(actor: Actor, rule: Rule, thing: SimpleNamespace) -> None:
    answer, ground, by = why(actor, rule, thing)
    assert answer is can(actor, rule, thing)
    holds = {
        "roles": lambda: by in actor.assignments and by.role in rule.roles and contains(by.area, thing.area),
        "owner": lambda: rule.owner and thing.owner_id == actor.id,
        "neighbours": lambda: rule.neighbours and by in actor.bindings and contains(thing.area, by),
        "anyone": lambda: rule.anyone,
        None: lambda: answer is not Answer.ALLOWED and by is None,
    }
    assert holds[ground]()
    assert (answer is Answer.ALLOWED) == (ground is not None)


@given(actors, things)
def test_a_rule_for_nobody_allows_nobody(actor: Actor, thing: SimpleNamespace) -> None:
    assert can(actor, Rule(), thing) is not Answer.ALLOWED


def test_hidden_is_not_found_and_refused_says_what() -> None:
    actor = Actor(uuid4(), (Assignment(Role.GUARD, "a"),), (), {"act": Rule(roles=frozenset({Role.ADMIN}))})
    with pytest.raises(NotFound):
        actor.may("act").check(SimpleNamespace(area="b"))
    with pytest.raises(NotAllowedHere) as refused:
        actor.may("act").check(SimpleNamespace(area="a.b"))
    assert refused.value.extra == {"action": "act"}
    assert refused.value.detail == "您在该区域的职责不包含“act”；可办理的是：管理员"


@given(some.none() | some.frozensets(some.sampled_from(["act", "acts", "api", "openid", ""]), max_size=3))
def test_through_a_program_a_person_does_what_it_was_given_and_no_more(scopes: frozenset[str] | None) -> None:
    actor = Actor(uuid4(), rights={"act": Rule(anyone=True)}, scopes=scopes)
    for wish in (actor.may, actor.scope):
        if scopes is None or scopes & {"act", "api"}:
            wish("act")
        else:
            with pytest.raises(ScopeMissing) as refused:
                wish("act")
            assert refused.value.extra == {"error": "insufficient_scope", "scope": "act"}


@pytest.mark.parametrize(("area", "place", "so"), [
    ("a", "a", True), ("a", "a.b", True), ("a", "ab", False), ("a.b", "a", False), ("a.b", "a.bc", False), ("", "a", False),
])
def test_an_area_contains_itself_and_what_lies_below(area: str, place: str, so: bool) -> None:
    assert contains(area, place) is so


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a b", "a/b", "区", "a" * 33, ".".join("a" * 13)])
def test_what_is_no_path(text: str) -> None:
    assert not is_path(text)
