"""Sessions: a short access token and a refresh token that is used once; what is stolen of one ends it."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from chassis.prepared import Prepared
from chassis.rights import OWN
from contracts.identity import AccessRevoked
from services.identity.actions import keys, requirement, subjects, tokens
from services.identity.domain import clients, sign_in
from services.identity.domain.clients import Client
from services.identity.domain.merge import PersonMerged
from services.identity.domain.policy import Policy
from services.identity.domain.second_factor import Proved
from services.identity.store import queries
from services.identity.store.refreshing import PLAINLY
from services.identity.store.tables import refresh_tokens

_ours = refresh_tokens.c
_FINEST = timedelta(milliseconds=1)
_IT = _ours.hash == bindparam("it")
_WHOSE = Prepared(select(_ours.person_id).where(_IT))
_LOCKED = Prepared(select(refresh_tokens).where(_IT).with_for_update())
_USED = Prepared(update(refresh_tokens).where(_IT).values(used_at=bindparam("at"), wrapped_successor=bindparam("successor")))
_CLOCK = Prepared(select(func.clock_timestamp()))
_ON = Prepared(update(refresh_tokens).where(_IT).values(device=bindparam("device")))
_NEW = Prepared(
    insert(refresh_tokens).inline(), "hash", "family_id", "person_id", "client_id", "scope", "created_at", "expires_at",
    "family_ends_at", "methods", "proved_at", "device",
)


@dataclass(frozen=True)
class Session:
    """What a client gets when somebody signed in."""

    person_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int
    scope: str = ""
    is_pairwise: bool = False  # its program knows the person by another id


@dataclass(frozen=True)
class Family:
    """The tokens of one sign-in: whose they are, for which program, with which scopes, and when the last of them ends."""

    id: UUID
    person_id: UUID
    client_id: str
    life: clients.Life
    scope: str
    ends_at: datetime
    proved: Proved | None = None
    sector: str | None = None
    device: str | None = None

    @property
    def access(self) -> tokens.Access:
        """What its access tokens say."""
        return tokens.Access(
            self.person_id, self.client_id, self.life.access, scope=self.scope, family=self.id, proved=self.proved,
            sector=self.sector,
        )


async def begin(
    work: Work, person: UUID, *, client: Client | None = None, scope: str = "", family: UUID | None = None,
    proved: Proved | None = None,
) -> Session:
    """A new family of tokens for a person who has just proven who they are."""
    life = _life(client)
    made = Family(
        family or work.new_id(), person, _name(client), life, scope, work.now + life.absolute, proved, _sector(client)
    )
    return await _issue(work, made)


async def began_on(work: Work, session: Session, device: str) -> None:
    """From which kind of device somebody has just signed in."""
    await work.rows(_ON, it=_hash(session.refresh_token), device=device)


async def refresh(work: Work, token: str, client: Client | None = None, *, policy: Policy) -> Session:
    """The next tokens of a family.

    A token used twice, or by another program, ends its family, except that within 15 s the same successor is given once
    more: a phone that lost the answer is not signed out (RFC 9700 section 4.14).
    """
    row = await _locked(work, token)
    if row is None:
        raise sign_in.GrantRefused
    family = _family(row, client)
    is_good = row.revoked_at is None and row.client_id == _name(client)
    if is_good and row.used_at is not None and work.now - row.used_at <= sign_in.SAME_SUCCESSOR:
        return await _again(work, family, row)
    if not is_good or row.used_at is not None or row.expires_at <= work.now:
        await _stolen(work, family, is_reused=row.used_at is not None)
    if await requirement.outgrown(work, policy, family.person_id, family.proved):
        raise sign_in.GrantRefused
    made = await _issue(work, family)
    successor = crypto.seal(work.vault.keys.kek, _place(row.hash), made.refresh_token.encode())
    await work.rows(_USED, it=row.hash, at=work.now, successor=successor)
    return made


async def refresh_plainly(work: Work, token: str, bound: frozenset[str]) -> Session | None:
    """The same for a session of our own sign-in of which nothing else is to be decided, in one question; None of every other.

    Whoever serves in a role that is `bound` to something is looked at by `refresh`, as is a token that is not simply good.
    """
    life, successor = _life(None), secrets.token_urlsafe(32)
    sealed = crypto.seal(work.vault.keys.kek, _place(_hash(token)), successor.encode())
    row = await work.row(
        PLAINLY, it=_hash(token), successor=_hash(successor), sealed=sealed, now=work.now, idle=life.idle, bound=sorted(bound),
    )
    if row is None:
        return None
    family, key = _family(row, None), keys.opened(row, work.vault.keys.kek)
    access = tokens.signed_access(key, family.access, family.person_id, now=work.now, roles=row.roles)
    return Session(family.person_id, access, successor, family.access.seconds, family.scope)


def _family(row: Any, client: Client | None) -> Family:
    proved = Proved(tuple(row.methods.split()), row.proved_at) if row.proved_at is not None else None
    return Family(
        row.family_id, row.person_id, row.client_id, _life(client), row.scope, row.family_ends_at, proved, _sector(client),
        row.device,
    )


async def _locked(work: Work, token: str) -> Any:
    """The row of a token, once everything else that is done to this person's sessions is over."""
    person = await work.value(_WHOSE, it=_hash(token))
    if person is None:
        return None
    await _taking_turns(work, person)
    return await work.row(_LOCKED, it=_hash(token))


async def _again(work: Work, family: Family, row: Any) -> Session:
    token = crypto.unseal(work.vault.keys.kek, _place(row.hash), row.wrapped_successor).decode()
    used = await work.session.scalar(select(_ours.used_at).where(_ours.hash == _hash(token)))
    if used is not None:
        await _stolen(work, family, is_reused=True)
    return await _session(work, family, token)


async def _stolen(work: Work, family: Family, *, is_reused: bool) -> None:
    """Whoever came with it, or whoever comes next, is not who signed in: the whole family ends. GrantRefused."""
    if await _end(work, family.person_id, _ours.family_id == family.id) and is_reused:
        await work.audit("sessions.reuse", f"person/{family.person_id}", actor=family.person_id)
    raise sign_in.GrantRefused


async def end(work: Work, token: str, client: Client | None = None) -> bool:
    """Sign out by a refresh token: whether it is one. ClientMayNot for another program's (RFC 7009 section 2.1)."""
    row = await _locked(work, token)
    if row is None:
        return False
    if row.client_id != _name(client):
        raise clients.ClientMayNot
    await _end(work, row.person_id, _ours.family_id == row.family_id)
    return True


async def step_up(
    work: Work, person: UUID, family: UUID, client: Client | None, *, by: tuple[str, ...]
) -> tokens.Access:
    """What the session's access tokens say, now that a second factor was shown; GrantRefused if it is over."""
    await _taking_turns(work, person)
    mine = (_ours.family_id == family) & (_ours.person_id == person) & (_ours.client_id == _name(client))
    alive = mine & _ours.revoked_at.is_(None) & (_ours.family_ends_at > work.now)
    row = (await work.session.execute(select(refresh_tokens).where(alive).limit(1))).first()
    if row is None:
        raise sign_in.GrantRefused
    before = _family(row, client)
    proved = (before.proved or Proved((), work.now)).and_by(by, work.now)
    change = update(refresh_tokens).where(alive).values(methods=" ".join(proved.methods), proved_at=proved.at)
    await work.session.execute(change)
    return replace(before, proved=proved).access


async def close(work: Work, person: UUID, family: UUID | None) -> bool:
    """End one session of theirs; whether there was anything left to end."""
    await _taking_turns(work, person)
    return await _end(work, person, (_ours.family_id == family) & (_ours.person_id == person))


async def lives(work: Work, family: UUID) -> bool:
    """Whether the session goes on."""
    alive = select(_ours.hash).where(_ours.family_id == family, _ours.revoked_at.is_(None), _ours.family_ends_at > work.now)
    return await work.session.scalar(alive.limit(1)) is not None


async def revoke(work: Work, person: UUID, *, by: UUID | None) -> None:
    """Sign a person out everywhere; access tokens already given become void as the word spreads."""
    await _taking_turns(work, person)
    await work.session.execute(_ending(work, _ours.person_id == person))
    await work.audit("people.revoke", f"person/{person}", actor=by)
    await void_all(work, person, since=await by_the_clock(work))


async def _end(work: Work, person: UUID, which: Any) -> bool:
    """Refresh tokens end at once, and so does what they gave; whether there was anything left to end.

    Services know of a person's tokens that those of before a moment are void, and of no session: the person's other
    devices are refused once as well, and go on with their refresh tokens.
    """
    given = func.greatest(_ours.created_at, _ours.proved_at)  # who stepped up was given another one by the same row
    ended = list(await work.session.scalars(_ending(work, which).returning(given)))
    longest = clients.LIVES["phone"].access + sign_in.SAME_SUCCESSOR
    if any(made > work.now - longest for made in ended):
        await void_all(work, person, since=await by_the_clock(work))
    return bool(ended)


def _ending(work: Work, which: Any) -> Any:
    return update(refresh_tokens).where(which, _ours.revoked_at.is_(None)).values(revoked_at=work.now, wrapped_successor=None)


async def by_the_clock(work: Work) -> datetime:
    """Now: what waited for its turn began before, and others were given something meanwhile."""
    now: datetime = await work.value(_CLOCK)
    return now


def void(work: Work, subject: UUID, *, since: datetime | None = None) -> None:
    """No access token that this person, or this program in its own name, was given until now is good any more.

    `since` is when the last one was given, where that may be after this transaction began.
    """
    moment = max(work.now, since + _FINEST) if since is not None else work.now
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as finely as tokens tell when they were made
    work.announce(AccessRevoked(person_id=subject, not_before=moment, recipients=(subject,)))


async def void_all(work: Work, person: UUID, *, since: datetime | None = None) -> None:
    """The same of whatever a person was given, as whomever it names them."""
    void(work, person, since=since)
    for subject in await subjects.all_of(work, person):
        void(work, subject, since=since)


async def _issue(work: Work, family: Family) -> Session:
    token = secrets.token_urlsafe(32)
    await work.session.flush()  # the person may be as new as their session
    await work.rows(
        _NEW, hash=_hash(token), family_id=family.id, person_id=family.person_id, client_id=family.client_id, scope=family.scope,
        created_at=work.now, expires_at=min(work.now + family.life.idle, family.ends_at), family_ends_at=family.ends_at,
        methods=" ".join(family.proved.methods) if family.proved else "", proved_at=family.proved.at if family.proved else None,
        device=family.device,
    )
    if await queries.leads(work, family.person_id) != family.person_id:  # asked after the token: who merges them holds their row
        raise PersonMerged
    return await _session(work, family, token)


async def _session(work: Work, family: Family, token: str) -> Session:
    said = family.access
    access = await tokens.access(work, said)
    return Session(family.person_id, access, token, said.seconds, family.scope, is_pairwise=family.sector is not None)


async def _taking_turns(work: Work, person: UUID) -> None:
    """What is done to a person's sessions is done one after the other: nothing is given while they are ended."""
    await work.taking_turns(person.bytes)


def _name(client: Client | None) -> str:
    return OWN if client is None else client.client_id


def _sector(client: Client | None) -> str | None:
    return None if client is None else client.sector


def _life(client: Client | None) -> clients.Life:
    return clients.LIVES["phone" if client is None else client.life]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _place(key: bytes) -> crypto.Place:
    return crypto.Place("refresh_tokens", "successor", key.hex())
