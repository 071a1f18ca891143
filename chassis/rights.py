"""Who may do what: one pure decision over roles, areas and belonging; tables of rules live in the services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden, NotFound
from contracts import words
from contracts.area import Role, contains

API = "api"  # the scope of a program through which a person may do all that they may
OWN = "guohuai"  # the `client_id` of our own sign-in, which no program has


class NotAllowedHere(Forbidden):
    """The thing is seen, but none of the person's roles in its area allows this act."""

    zh = "您在该区域的职责不包含此操作"


class ScopeMissing(Forbidden):
    """The program was not given this act for the person (RFC 6750 section 3.1: insufficient_scope)."""

    zh = "您使用的应用没有获得进行此操作的授权"

    def __init__(self, scope: str) -> None:
        super().__init__(error="insufficient_scope", scope=scope)


@dataclass(frozen=True)
class Rule:
    """Who may do an act: these roles where their area contains the thing; and, if so said, whom it belongs to."""

    roles: frozenset[Role] = frozenset()
    owner: bool = False
    neighbours: bool = False  # whoever lives (has a binding) at or below the thing's area
    private: bool = False  # that it exists is nobody's business but those the rule names
    anyone: bool = False  # everybody who is signed in; the act itself bounds what is reached


Rights = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person serves in a role for an area; until `ends_at`, if that is set."""

    role: Role
    area: str
    unit_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Answer(Enum):
    """The three answers to "may they?"."""

    ALLOWED = "allowed"
    HIDDEN = "hidden"  # outside what the person can see: as if it did not exist
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: the person of the token, with what this service's own directory says of them."""

    id: UUID
    assignments: tuple[Assignment, ...] = ()
    bindings: tuple[str, ...] = ()  # paths of rooms
    rights: Rights = field(default_factory=dict)
    scopes: frozenset[str] | None = None  # what the program in between was given; None: our own sign-in, nothing is in between
    acting: UUID | None = None  # who acts for them by proxy; the audit and the events say so

    def may(self, action: str) -> "Permission":
        """The permission to do an act, to be checked against the thing it is done to."""
        return Permission(self, action, self._rule(action))

    def scope(self, action: str) -> "Scope":
        """Which rows of a list the act reaches; every list query takes one."""
        rule = self._rule(action)
        areas = tuple(sorted({a.area for a in self.assignments if a.role in rule.roles}))
        return Scope(areas=areas, owner=self.id if rule.owner else None, homes=self.bindings if rule.neighbours else ())

    def _rule(self, action: str) -> Rule:
        """The rule of an act; ScopeMissing if the program in between was given neither the act nor everything."""
        if self.scopes is not None and not {action, API} & self.scopes:
            raise ScopeMissing(action)
        return self.rights[action]


@dataclass(frozen=True)
class Scope:
    """What a list may show: rows below these areas, of this person, or in whose area one of these homes lies."""

    areas: tuple[str, ...]
    owner: UUID | None
    homes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permission:
    """An actor's wish to do an act; `check` says yes or refuses."""

    actor: Actor
    action: str
    rule: Rule

    def check(self, thing: Any) -> None:
        """NotFound outside the person's sight, Forbidden inside it when the act is not theirs."""
        answer = can(self.actor, self.rule, thing)
        if answer is Answer.HIDDEN:
            raise NotFound
        if answer is Answer.REFUSED:
            raise NotAllowedHere(words.not_theirs(self.action, self.rule), action=self.action)


def can(actor: Actor, rule: Rule, thing: Any) -> Answer:
    """The decision itself; `thing` has an `area` and, when it belongs to somebody, an `owner_id`."""
    return why(actor, rule, thing)[0]


def why(actor: Actor, rule: Rule, thing: Any) -> tuple[Answer, str | None, Any]:
    """The decision with what a yes rests on: a word of the rule, and the assignment of `roles`, the home of `neighbours`."""
    owns = getattr(thing, "owner_id", None) == actor.id
    serving = [a for a in actor.assignments if contains(a.area, thing.area)]
    grounds = {
        "roles": next((a for a in serving if a.role in rule.roles), None), "owner": rule.owner and owns,
        "neighbours": rule.neighbours and next((home for home in actor.bindings if contains(thing.area, home)), None),
        "anyone": rule.anyone,
    }
    ground, by = next(((ground, by) for ground, by in grounds.items() if by), (None, None))
    unallowed = Answer.REFUSED if owns or (serving and not rule.private) else Answer.HIDDEN
    return Answer.ALLOWED if ground else unallowed, ground, by
