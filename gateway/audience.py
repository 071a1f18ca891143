"""Whom an event concerns. A person has keys: their id, their offices, the areas around their homes. An event asks for keys.

One key in common is enough. Who listens stands in an index by key: telling costs what it reaches, not what listens.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Generic, TypeVar
from uuid import UUID

from chassis.rights import Actor
from contracts.area import Role, lineage
from contracts.event import Event

Key = UUID | str | tuple[Role, str]
Thing = TypeVar("Thing")


def keys_of(actor: Actor) -> set[Key]:
    """What a person can be asked for by."""
    offices = ((held.role, held.area) for held in actor.assignments)
    homes = (area for home in actor.bindings for area in lineage(home))
    return {actor.id, *offices, *homes}


def asked_by(event: Event) -> set[Key]:
    """Whom an event asks for: those it names, who serves in an office over its place, who lives there."""
    audience = type(event).audience
    named = event.recipients if audience.people else ()
    offices = ((role, area) for area in lineage(event.area) for role in audience.staff)
    homes = (event.area,) if audience.residents else ()
    return {*named, *offices, *homes}


class Index(Generic[Thing]):
    """Things found by any of their keys, in the order they came: neighbours in memory, which costs less to walk."""

    def __init__(self) -> None:
        self._by_key: defaultdict[Key, dict[Thing, None]] = defaultdict(dict)

    def put(self, thing: Thing, keys: Iterable[Key]) -> None:
        """It can be found."""
        for key in keys:
            self._by_key[key][thing] = None

    def take(self, thing: Thing, keys: Iterable[Key]) -> None:
        """It can be found no more."""
        for key in keys:
            self._by_key[key].pop(thing, None)
            if not self._by_key[key]:
                del self._by_key[key]

    def find(self, keys: Iterable[Key]) -> list[Thing]:
        """Whatever has one of these keys, each once."""
        return list(dict.fromkeys(chain.from_iterable(self._by_key[key] for key in keys if key in self._by_key)))
