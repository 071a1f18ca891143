"""What a hospital's program asks of its subscription: where it stands, what it missed, and another secret."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.health.actions import programs
from services.health.actions.fhir import Deleted
from services.health.domain.hook import Call, Hook, State
from services.health.domain.program import through
from services.health.domain.search import key_of
from services.health.store import hooks as kept

MOST = 100  # events of an answer: whoever wants more asks from the last number on
LAST = 2_147_483_647


async def status(work: Work, key: str, *, by: Actor) -> Hook:
    """The subscription; NotFound, Deleted."""
    return await _its(work, key, through(by, "fhir.read", "Subscription", "r"))


async def events(work: Work, key: str, since: int, until: int, *, by: Actor) -> tuple[Hook, Sequence[Call]]:
    """It, and what happened from one number to another, a hundred at most; of who lets hospitals be told no more, nothing."""
    hook = await _its(work, key, through(by, "fhir.read", "Subscription", "r"))
    return hook, await kept.events_of(work, hook.id, max(since, 1), until, MOST)


async def renew(work: Work, key: str, *, by: Actor) -> Hook:
    """Another secret signs from now on as well; OlderSecretSigns while two do."""
    hook = await _its(work, key, through(by, "fhir.subscribe", "Subscription", "u"), holding=True)
    hook.renew()
    await work.audit("hospitals.renew_secret", f"subscription/{hook.id}", actor=by.id, reason=str(hook.hospital_id))
    return hook


async def end_older(work: Work, key: str, *, by: Actor) -> Hook:
    """The older secret signs no more; that none did is as good."""
    hook = await _its(work, key, through(by, "fhir.subscribe", "Subscription", "u"), holding=True)
    if hook.older_signs:
        hook.older_signs = False
        await work.audit("hospitals.end_secret", f"subscription/{hook.id}", actor=by.id, reason=str(hook.hospital_id))
    return hook


async def _its(work: Work, key: str, permission: Permission, *, holding: bool = False) -> Hook:
    hospital: UUID = (await programs.speaking(work, permission)).id
    named = key_of(key)
    hook = None if named is None else await work.session.get(Hook, named, with_for_update=holding, populate_existing=True)
    if hook is None or hook.hospital_id != hospital:
        raise NotFound
    if hook.state is State.OFF:
        raise Deleted
    return hook
