"""An owner invites somebody to belong to their room; who has the code says yes; owners take back and end what they invited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from chassis import privacy
from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.identity.actions import agreements, proxies
from services.identity.domain import invitation as rules
from services.identity.domain.invitation import Invitation
from services.identity.domain.place import Binding
from services.identity.domain.sign_in import Budget, counted
from services.identity.store import queries
from services.identity.store.invitations import invitation_tries, invitations, owned
from services.identity.store.tables import bindings

_ours = invitations.c


@dataclass(frozen=True)
class Wish:
    """By which home of one's own somebody is invited, as what, and until when."""

    home: UUID
    kind: rules.Kind
    ends_at: datetime | None


@dataclass(frozen=True)
class OfOwners(Permission):
    """An invitation is whose it is, and everybody's who owns its room now."""

    rooms: frozenset[str] = frozenset()

    def check(self, thing: Any) -> None:
        if thing.area not in self.rooms:
            super().check(thing)


async def make(work: Work, wish: Wish, *, by: Actor) -> tuple[Invitation, str]:
    """An invitation, and its code, which is shown this once. NotFound of a home that is not one's own.

    NotTheOwner, GuardianActs of a child, InvitationDatesUnfit, InvitationsOpen, InvitationsTooOften.
    """
    home = await work.locked(Binding, wish.home, by.may("invitations.make"))  # it does not end meanwhile
    rules.must_own(home, work.now)
    await proxies.must_be_no_ward(work, by.id)
    code = rules.new_code()
    made = Invitation(
        work.new_id(), home.area, wish.kind, by.id, _index(work, code), work.now, work.now + rules.LIFE, wish.ends_at,
    )
    await _must_be_few(work, made)
    work.session.add(made)
    await work.audit("invitations.make", f"invitation/{made.id}", actor=by.id, reason=wish.kind)
    return made, code


async def accept(work: Work, *, by: Actor, code: str, address: str) -> Binding:
    """Yes, says who has the code: it holds from now on. InvitationRefused counts as a try.

    InvitationsTooOften, GuardianActs of a child, BindingThere of who belongs to the room or is asked. Whom they contradicted
    before does not matter: it is their own yes.
    """
    by.scope("invitations.accept")
    tried = await _tries_left(work, by.id, address)
    await proxies.taking_turns(work, by.id)  # they may be forgotten at the same moment
    await proxies.must_be_no_ward(work, by.id)
    held = await _good(work, code)
    if held is None:
        await work.session.execute(insert(invitation_tries).values(id=work.new_id(), created_at=work.now, **tried))
        raise rules.InvitationRefused
    stay = held.stay(work.new_id(), person=by.id, at=work.now)
    await agreements.must_not_belong(work, stay)
    work.session.add(stay)
    await work.session.flush()
    work.announce(stay.changed("begun"))
    work.announce(held.taken(stay.id, work.now))
    await work.audit("invitations.accept", f"invitation/{held.id}", actor=by.id)
    return stay


async def withdraw(work: Work, key: UUID, *, by: Actor) -> Invitation:
    """Its code is worth nothing from now on. InvitationTaken."""
    may = by.may("invitations.keep")
    held = await work.locked(Invitation, key, OfOwners(may.actor, may.action, may.rule, await _rooms(work, by.id)))
    held.withdraw(work.now)
    await work.audit("invitations.withdraw", f"invitation/{key}", actor=by.id)
    return held


async def end(work: Work, key: UUID, *, by: Actor) -> Invitation:
    """The stay is over at once, with what rests on it, and its person is told.

    NotTheOwner of who moved out, InvitationUntaken, StayOfAnother, EndedAlready.
    """
    may, rooms = by.may("invitations.keep"), await _rooms(work, by.id)
    held = await work.locked(Invitation, key, OfOwners(may.actor, may.action, may.rule, rooms))
    if held.area not in rooms:
        raise rules.NotTheOwner
    if held.binding_id is None:
        raise rules.InvitationUntaken
    stay = await work.session.get_one(Binding, held.binding_id, with_for_update=True, populate_existing=True)
    held.must_be_theirs_to_end(stay, {by.id, *await privacy.sources(work, by.id)})
    agreements.say(work, stay.end(at=work.now))
    await proxies.binding_ended(work, stay.id)
    await work.audit("invitations.end", f"binding/{stay.id}", actor=by.id)
    return held


async def _rooms(work: Work, person: UUID) -> frozenset[str]:
    return frozenset(await work.session.scalars(owned(person, work.now)))


async def _must_be_few(work: Work, made: Invitation) -> None:
    """InvitationsOpen of a room, InvitationsTooOften of a person: counted one after the other."""
    blind = work.vault.keys.blind
    for turn in sorted((blind("invited-room", made.area), blind("inviting-person", str(made.owner_id)))):
        await work.taking_turns(turn)
    waits = (_ours.area == made.area) & (_ours.state == "open") & (_ours.expires_at > work.now)
    if (await work.session.scalar(select(func.count()).where(waits)) or 0) >= rules.MOST_OPEN:
        raise rules.InvitationsOpen
    mine = select(_ours.made_at).where(_ours.owner_id == made.owner_id, _ours.made_at > work.now - rules.DAY)
    Budget(rules.MADE, rules.InvitationsTooOften).spend(list(await work.session.scalars(mine)), work.now)


async def _tries_left(work: Work, person: UUID, address: str) -> dict[str, bytes]:
    """By what a wrong code is counted; InvitationsTooOften. Forty at once are counted one after the other."""
    keys = work.vault.keys
    by = {
        "person_index": keys.blind("invited-person", str(person)),
        "address_index": keys.blind("invited-address", counted(address)),
    }
    for turn in sorted(by.values()):
        await work.taking_turns(turn)
    for name, limits in rules.TRIED.items():
        made = await queries.made_since(work, invitation_tries.c[name], by[name], work.now - rules.DAY)
        Budget(limits, rules.InvitationsTooOften).spend(made, work.now)
    return by


async def _good(work: Work, code: str) -> Invitation | None:
    """The invitation of a code, held, if it can be accepted, and whoever made it owns the room still."""
    asked = select(Invitation).where(_ours.code_index == _index(work, code)).with_for_update()
    held: Invitation | None = await work.session.scalar(asked)
    if held is None or not held.is_good(work.now) or not await _still_owns(work, held):
        return None
    return held


async def _still_owns(work: Work, held: Invitation) -> bool:
    """Whether they are somebody still, and the room is theirs; it is held, so that their home does not end meanwhile."""
    theirs = owned(held.owner_id, work.now).where(bindings.c.area == held.area).limit(1)
    try:
        await queries.must_be_somebody(work, held.owner_id)
    except NotFound:
        return False
    return await work.session.scalar(theirs.with_for_update(read=True)) is not None


def _index(work: Work, code: str) -> bytes:
    return work.vault.keys.blind("invitation", rules.normal_code(code))
