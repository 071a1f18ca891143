"""Personal columns at rest: AES-256-GCM under one data key a person, wrapped by the service's own key.

A sealed value is `version(1) | nonce(12) | ciphertext and tag`; the associated data names table, column and row,
so a value moved elsewhere does not open. Destroying a person's key row makes everything sealed for them unreadable.
"""

import hashlib
import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, LargeBinary, Table, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import Gone
from chassis.prepared import Ask, Prepared
from chassis.tables import metadata

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12

person_keys = Table(
    "person_keys", metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

forgotten_people = Table(
    "forgotten_people", metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("forgotten_at", DateTime(timezone=True), nullable=False),
)

_KEYS = Prepared(select(person_keys.c.person_id, person_keys.c.wrapped).where(
    person_keys.c.person_id == func.any(bindparam("persons", type_=ARRAY(Uuid)))
))
_GIVEN = {column.name: bindparam(column.name, type_=column.type) for column in person_keys.c}
_GONE = select(forgotten_people).where(forgotten_people.c.person_id == _GIVEN["person_id"]).exists()
_NEW = insert(person_keys).inline().from_select([*_GIVEN], select(*_GIVEN.values()).where(~_GONE))
_NEW_KEY = Prepared(_NEW.on_conflict_do_nothing())
TURN = Prepared(select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger))))


class PersonForgotten(Gone):
    """Whoever this would be kept for was forgotten, as they asked (PIPL art. 47): nothing is written of them any more."""

    zh = "该账号已注销，相关信息不再保存"


class Unreadable(Exception):
    """The value was sealed with a key that is gone, or for another place."""


Keyring = tuple[bytes, ...]  # of one purpose: the first seals, each opens


def keyring(content: bytes) -> Keyring:
    """The keys of a file, 32 bytes each; ValueError if that does not come out."""
    if not content or len(content) % _KEY_BYTES:
        raise ValueError(len(content))
    return tuple(content[begin : begin + _KEY_BYTES] for begin in range(0, len(content), _KEY_BYTES))


@dataclass(frozen=True)
class Keys:
    """The keys of a service: one wraps data keys (beside it those on their way in or out), one makes blind indexes."""

    kek: Keyring
    index: bytes

    def blind(self, column: str, value: str) -> bytes:
        """Equal values give equal bytes; nothing else can be told from them without the key."""
        return hmac.digest(self.index, f"{column}\0{value}".encode(), hashlib.sha256)


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives; part of what the seal proves."""

    table: str
    column: str
    row: UUID | str

    def encode(self) -> bytes:
        return f"{self.table}\0{self.column}\0{self.row}".encode()


def seal(key: bytes | Keyring, place: Place, clear: bytes) -> bytes:
    """Encrypt `clear` so that it opens only with `key` (of several, the first) and only at `place`."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(_each(key)[0]).encrypt(nonce, clear, place.encode())


def unseal(key: bytes | Keyring, place: Place, sealed: bytes) -> bytes:
    """The clear bytes; Unreadable if the key (each of several) or the place is another."""
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    for one in _each(key):
        with suppress(InvalidTag):
            return AESGCM(one).decrypt(nonce, body, place.encode())
    raise Unreadable(place.table)


def anew(keys: Keyring, place: Place, sealed: bytes) -> bytes | None:
    """The same value sealed with the first of the keys; None if it is already."""
    try:
        unseal(keys[0], place, sealed)
    except Unreadable:
        return seal(keys, place, unseal(keys, place, sealed))
    return None


def _each(key: bytes | Keyring) -> Keyring:
    return (key,) if isinstance(key, bytes) else key


class Vault:
    """Seals and opens the values of persons within one transaction; data keys are fetched once each."""

    def __init__(self, ask: Ask, keys: Keys, now: datetime) -> None:
        self._ask = ask
        self._now = now
        self.keys = keys
        self._opened: dict[UUID, bytes] = {}

    async def seal(self, person: UUID, place: Place, clear: str) -> bytes:
        """Encrypt for a person; their data key is made at first need."""
        await self.fetch({person})
        key = self._opened.get(person) or await self._new_key(person)
        return seal(key, place, clear.encode())

    async def open(self, person: UUID, place: Place, sealed: bytes) -> str:
        """What was sealed; Unreadable once the person's key was destroyed."""
        await self.fetch({person})
        return self.read(person, place, sealed)

    def read(self, person: UUID, place: Place, sealed: bytes) -> str:
        """The same of a person whose key was fetched."""
        key = self._opened.get(person)
        if key is None:
            raise Unreadable(place.table)
        return unseal(key, place, sealed).decode()

    async def fetch(self, persons: set[UUID]) -> None:
        """Fetch the keys of many in one question, before a list is opened."""
        wanted = persons - self._opened.keys()
        for row in await self._ask(_KEYS, persons=list(wanted)) if wanted else ():
            self.take(row.person_id, row.wrapped)

    def take(self, person: UUID, wrapped: bytes | None) -> None:
        """A person's key as it came with something else that was asked; None, where there is none."""
        if wrapped is not None and person not in self._opened:
            self._opened[person] = unseal(self.keys.kek, key_place(person), wrapped)

    async def _new_key(self, person: UUID) -> bytes:
        made = os.urandom(_KEY_BYTES)
        wrapped = seal(self.keys.kek, key_place(person), made)
        await self._ask(TURN, turn=int.from_bytes(person.bytes[:8], "big", signed=True))  # they may be forgotten this moment
        await self._ask(_NEW_KEY, person_id=person, wrapped=wrapped, created_at=self._now)
        await self.fetch({person})  # a twin may have been first; its key is the key
        if person not in self._opened:
            raise PersonForgotten
        return self._opened[person]


def key_place(person: UUID) -> Place:
    return Place("person_keys", "wrapped", person)
