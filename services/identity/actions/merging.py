"""What is a person's in identity becomes the survivor's within the transaction that merges them, and goes back with a split.

Moved as everywhere (`chassis.privacy`): contacts, homes, facts, numbers, checks, who saw what. Here beside it what is a matter of
more than one column: proxies, whose giver is their principal; a home that both have, which the source's ends; a name.
What does not move: sessions and tokens (those of both end), second factors, passkeys and recovery codes (of who has a password,
who stays), offices and passwords (who has one stays), the ledger of consents (which no line leaves), registers and the audit.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, case, delete, or_, select, update

from chassis import privacy
from chassis.db import Work
from contracts.identity_merges import PeopleMerged, PeopleSplit
from services.identity.actions import consents as ledger
from services.identity.actions import people as persons
from services.identity.actions import sessions
from services.identity.actions.agreements import say
from services.identity.domain.merge import Merge
from services.identity.domain.place import Binding
from services.identity.store.accesses import accesses
from services.identity.store.agreement import agreed
from services.identity.store.consents import consents
from services.identity.store.facts import facts
from services.identity.store.invitations import invitations
from services.identity.store.periods import goes_on
from services.identity.store.privacy import exports
from services.identity.store.proxies import proxies
from services.identity.store.real_name import numbers, real_name_checks
from services.identity.store.subjects import pairwise_subjects
from services.identity.store.tables import authorization_codes, bindings, contacts, people

COLUMNS: tuple[Column[Any], ...] = (
    contacts.c.person_id, bindings.c.person_id, facts.c.person_id, facts.c.child_id, numbers.c.person_id,
    real_name_checks.c.person_id, accesses.c.person_id, pairwise_subjects.c.person_id, invitations.c.owner_id,
)
_CHANNEL = "merge"  # of a withdrawal that was said to the other of two


async def follow(work: Work, column: Column[Any], rows: list[str], way: tuple[UUID, UUID]) -> None:
    """Where somebody lives is told to every service."""
    if column is bindings.c.person_id and rows:
        moved = select(Binding).where(bindings.c.id.in_([UUID(row) for row in rows]), bindings.c.person_id == way[1])
        for home in await work.session.scalars(moved.order_by(bindings.c.id).execution_options(populate_existing=True)):
            say(work, home.heard())


OWN = privacy.PersonalData(frozenset(), persons.export, persons.erase, columns=COLUMNS, follow=follow)


async def join(work: Work, held: Merge, said: PeopleMerged) -> None:
    """They are one from here on; both are signed out."""
    way = (held.source_id, held.survivor_id)
    await sign_out(work, *way)
    ended = await _end_homes_of_both(work, held)
    given = {column.name: await _entrusted(work, column, way) for column in (proxies.c.principal_id, proxies.c.actor_id)}
    held.kept = {"homes": ended, "name": await _named(work, way), **given}
    await work.session.flush()
    await privacy.merge(work, OWN, said)
    await _withdrawn(work, held)


async def part(work: Work, held: Merge, said: PeopleSplit) -> None:
    """They are two again: what was the source's is so, as it has become; what came since stays with the survivor."""
    way, kept = (held.survivor_id, held.source_id), held.kept or {}
    await sign_out(work, held.survivor_id)
    for column in (proxies.c.principal_id, proxies.c.actor_id):
        await _entrusted(work, column, way, only=[UUID(one) for one in kept[column.name]])
    theirs = (exports.c.person_id == held.survivor_id) & exports.c.state.in_(("gathering", "ready"))
    await work.session.execute(update(exports).where(theirs).values(state="over", sealed_key=None))  # it has both
    await work.session.flush()
    await privacy.merge(work, OWN, said)
    if kept["name"] and await _name(work, held.survivor_id) == await _name(work, held.source_id):
        await work.session.execute(update(people).where(people.c.id == held.survivor_id).values(sealed_name=None))
    await _open_homes(work, held, kept["homes"])


async def sign_out(work: Work, *whom: UUID) -> None:
    """No session of theirs goes on, nor what was given by one that began a moment after this transaction did."""
    await work.session.execute(delete(authorization_codes).where(authorization_codes.c.person_id.in_(whom)))
    for person in whom:
        await sessions.revoke(work, person, by=None)


async def _end_homes_of_both(work: Work, held: Merge) -> list[str]:
    """Of a room to which both belong the survivor's binding stands, and the source's ends."""
    lasting = goes_on(bindings.c, work.now)
    theirs = (bindings.c.person_id == held.survivor_id) & bindings.c.ends_at.is_(None) & agreed(bindings.c)
    mine = select(bindings.c.area).where(theirs)
    both = select(Binding).where(
        bindings.c.person_id == held.source_id, lasting, bindings.c.ends_at.is_(None), bindings.c.area.in_(mine)
    )
    found = list(await work.session.scalars(both.order_by(bindings.c.id).with_for_update()))
    for home in found:
        say(work, home.end(at=work.now))
    return [str(home.id) for home in found]


async def _open_homes(work: Work, held: Merge, ended: list[str]) -> None:
    """What ended when they were merged, and was not changed since, goes on."""
    still = (bindings.c.ends_at == held.decided_at) & bindings.c.id.in_([UUID(one) for one in ended])
    asked = select(Binding).where(still).order_by(bindings.c.id).with_for_update().execution_options(populate_existing=True)
    for home in await work.session.scalars(asked):
        home.is_ended, home.ends_at = False, None
        if home.person_id != held.source_id:
            home.person_id = held.source_id
        say(work, home.heard())


async def _named(work: Work, way: tuple[UUID, UUID]) -> bool:
    """Who stays and has no name is called as the other; whether that was so."""
    name = await _name(work, way[0])
    if name is None or await _name(work, way[1]) is not None:
        return False
    await persons.rename(work, way[1], name)
    return True


async def _name(work: Work, person: UUID) -> str | None:
    return await persons.name_of(work, person)


async def _entrusted(
    work: Work, column: Column[Any], way: tuple[UUID, UUID], *, only: list[UUID] | None = None
) -> list[str]:
    """Proxies of the one, with what was said of them as that one; not where the other has one with the same third."""
    before, after = way
    third = proxies.c.actor_id if column is proxies.c.principal_id else proxies.c.principal_id
    live = ("waiting", "confirmed")
    same = select(third).where(column == after, proxies.c.state.in_(live))
    mine = (column == before) & or_(proxies.c.state.not_in(live), third.not_in(same))
    if only is not None:
        mine &= proxies.c.id.in_(only)
    said = {one.name: case((one == before, after), else_=one) for one in (column, *_SAID_BY)}
    moved = update(proxies).where(mine).values(said).returning(proxies.c.id)
    return sorted(str(one) for one in await work.session.scalars(moved))


_SAID_BY = proxies.c.given_by, proxies.c.decided_by, proxies.c.ended_by


async def _withdrawn(work: Work, held: Merge) -> None:
    """What the source took back last is taken back for the one they are; what the source gave is asked of them anew."""
    newest = select(consents.c.person_id, consents.c.purpose, consents.c.withdrawn, consents.c.pos).where(
        consents.c.person_id.in_((held.survivor_id, held.source_id))
    ).order_by(consents.c.pos)
    last = {(row.person_id, row.purpose): row for row in await work.session.execute(newest)}
    for (person, purpose), row in sorted(last.items(), key=str):
        mine = last.get((held.survivor_id, purpose))
        if person == held.source_id and row.withdrawn and mine is not None and not mine.withdrawn and mine.pos < row.pos:
            await ledger.withdraw(work, held.survivor_id, purpose, channel=_CHANNEL)
