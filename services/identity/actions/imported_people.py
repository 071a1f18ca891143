"""Who the people of a sheet are: known by their phone, or without one by their name in their room. Never twice, never changed.

An import makes people, and lets who is known belong or serve somewhere. By what somebody who is known signs in, and how they are
called, it does not touch: a sheet could take an account over otherwise.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis import crypto
from chassis.db import Work
from chassis.directory import below
from contracts.identity import PersonRegistered
from services.identity.actions.contacts import claim
from services.identity.domain import indexes
from services.identity.domain.registration import normal_name
from services.identity.domain.sheet import Row
from services.identity.store.agreement import agreed
from services.identity.store.periods import goes_on
from services.identity.store.reach import DOOR
from services.identity.store.tables import bindings, contacts, people


@dataclass
class Persons:
    """The people a sheet names: by phone, by room and name; and those it makes."""

    by_phone: dict[str, list[UUID]] = field(default_factory=dict)  # several of a number that a household shares
    by_name: dict[tuple[str, str], list[UUID]] = field(default_factory=dict)
    names: dict[UUID, str | None] = field(default_factory=dict)
    made: dict[UUID, tuple[str, str | None]] = field(default_factory=dict)  # person → name, phone
    met: set[UUID] = field(default_factory=set)  # who is known and stands in a row, whatever comes of it
    called: dict[UUID, str] = field(default_factory=dict)  # who is known, and had no name until now

    @property
    def phoned(self) -> set[UUID]:
        """All who are known by a phone of the sheet."""
        return {one for known in self.by_phone.values() for one in known}

    def who(self, row: Row) -> UUID | str:
        """The person of a row, or what is wrong with it (a word of `sheet.SAID`)."""
        name, phone = row.said["name"], row.said.get("phone")
        here = self.by_name.get((row.said["area"], normal_name(name)), [])
        known = self.by_phone.get(phone, []) if phone is not None else []
        self.met |= {*(known or here)}
        if known:
            return self._is_called(known, name)
        if phone is not None and here:
            return "same-name"
        if len(here) > 1:
            return "which"
        return here[0] if here else self._make(name, phone)

    def _is_called(self, known: list[UUID], name: str) -> UUID | str:
        called = [one for one in known if normal_name(self._name(one) or "") == normal_name(name)]
        if not called and len(known) == 1 and self._name(known[0]) is None:
            self.called[known[0]] = self.names[known[0]] = name
            return known[0]
        return called[0] if len(called) == 1 else "name-differs"

    def _name(self, person: UUID) -> str | None:
        return self.made[person][0] if person in self.made else self.names.get(person)

    def _make(self, name: str, phone: str | None) -> UUID:
        person = uuid4()
        self.made[person] = name, phone
        if phone is not None:
            self.by_phone[phone] = [person]
        return person

    async def write(self, work: Work) -> None:
        """Make who is new, keep the names of who had none, and say so."""
        keys = await _give_keys(work, self.made)
        await work.vault.fetch(set(self.called))
        rows = [
            {"id": one, "created_at": work.now, "sealed_name": _sealed(keys[one], crypto.Place("people", "name", one), name)}
            for one, (name, _) in self.made.items()
        ]
        reached = [_contact(work, person, keys[person], phone) for person, (_, phone) in self.made.items() if phone is not None]
        connection = await work.session.connection()
        for table, values in ((people, rows), (contacts, reached)):
            if values:
                await connection.execute(insert(table), values)
        phones = [phone for _, phone in self.made.values() if phone is not None]
        kept = [(UUID(str(one["id"])), work.vault.keys.blind("phone", phone)) for one, phone in zip(reached, phones, strict=True)]
        await claim(work, "phone", kept)
        change = update(people).where(people.c.id == bindparam("key"), people.c.sealed_name.is_(None))
        called = [{"key": one, "said": await work.seal(one, "people", "name", one, name)} for one, name in self.called.items()]
        async with work.seeing(DOOR):
            if called:
                await connection.execute(change.values(sealed_name=bindparam("said")), called)
        for person in self.made:
            work.announce(PersonRegistered(person_id=person))


async def find(work: Work, rows: Sequence[Row], *, living_below: str | None = None) -> Persons:
    """Who they are; of residents also who lives in the rooms the sheet names, all of them below one area."""
    found = Persons()
    keys = work.vault.keys
    said = {row.said["phone"] for row in rows if "phone" in row.said}
    phones = {one: phone for phone in said for one in indexes.versions(keys, keys.blind("phone", phone))}
    asked = select(contacts.c.person_id, contacts.c.blind_index).where(
        contacts.c.kind == "phone", contacts.c.blind_index == func.any(bindparam("indexes", type_=ARRAY(LargeBinary))),
    )
    homes = await _homes(work, living_below, {row.said["area"] for row in rows}) if living_below is not None else set()
    async with work.seeing(DOOR):  # who is known by a phone may live elsewhere until now
        for person, index in await work.session.execute(asked, {"indexes": sorted(phones)}):
            found.by_phone.setdefault(phones[index], []).append(person)
        found.names = await _names(work, {*found.phoned, *(person for person, _ in homes)})
    for person, room in homes:
        name = found.names.get(person)
        if name is not None:
            found.by_name.setdefault((room, normal_name(name)), []).append(person)
    return found


async def _homes(work: Work, area: str, rooms: set[str]) -> set[tuple[UUID, str]]:
    """Asked by the one area: 10,000 rooms would each be compared with each home."""
    holds = goes_on(bindings.c, work.now) & agreed(bindings.c)  # the names of others in it are compared with the sheet
    asked = select(bindings.c.person_id, bindings.c.area).where(holds, below(bindings.c.area, "below"))
    found = await work.session.execute(asked, {"below": area})
    return {(row.person_id, row.area) for row in found if row.area in rooms}


async def _names(work: Work, persons: set[UUID]) -> dict[UUID, str | None]:
    asked = select(people.c.id, people.c.sealed_name).where(people.c.id == func.any(bindparam("persons", type_=ARRAY(Uuid))))
    rows = list(await work.session.execute(asked, {"persons": list(persons)}))
    await work.vault.fetch({row.id for row in rows if row.sealed_name is not None})
    return {
        row.id: work.vault.read(row.id, crypto.Place("people", "name", row.id), row.sealed_name) if row.sealed_name else None
        for row in rows
    }


async def _give_keys(work: Work, persons: Iterable[UUID]) -> dict[UUID, bytes]:
    """A data key for each of many at once; the vault would ask three times for each, and look through all it holds."""
    keys = {person: os.urandom(32) for person in persons}
    kek = work.vault.keys.kek
    rows = [
        {"person_id": one, "created_at": work.now, "wrapped": crypto.seal(kek, crypto.Place("person_keys", "wrapped", one), key)}
        for one, key in keys.items()
    ]
    if rows:
        await (await work.session.connection()).execute(insert(crypto.person_keys), rows)
    return keys


def _sealed(key: bytes, place: crypto.Place, clear: str) -> bytes:
    return crypto.seal(key, place, clear.encode())


def _contact(work: Work, person: UUID, key: bytes, phone: str) -> dict[str, object]:
    row, keys = work.new_id(), work.vault.keys
    return {
        "id": row, "person_id": person, "kind": "phone", "verified_at": work.now,
        "blind_index": indexes.versions(keys, keys.blind("phone", phone))[0], "index_key": indexes.ids(keys)[0],
        "sealed_value": _sealed(key, crypto.Place("contacts", "value", row), phone),
    }
