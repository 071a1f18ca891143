"""Moving out, by oneself: what rests on a home ends with it, at once."""

from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.identity.actions import proxies
from services.identity.domain.place import Binding


async def leave(work: Work, key: UUID, *, by: Actor) -> Binding:
    """I live there no more. BindingUnanswered of what waits for one's yes, EndedAlready, GuardianActs of a child.

    Invitations that an owner made for the room are worth nothing from now on, for they no longer own it.
    """
    held = await work.locked(Binding, key, by.may("bindings.leave"))
    await proxies.must_be_no_ward(work, by.id)
    work.announce(held.leave(at=work.now))
    await proxies.binding_ended(work, key)
    await work.audit("bindings.leave", f"binding/{key}", actor=by.id)
    return held
