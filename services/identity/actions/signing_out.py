"""Somebody who answers for the area signs a person out everywhere: a phone was lost, an account behaves strangely."""

from typing import Any, Literal
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from contracts.identity import PersonSignedOut
from services.identity.actions import lost_factor, requirement, sessions
from services.identity.domain.policy import Policy

Reason = Literal["lost-device", "stolen", "suspicious", "left"]  # a word, no sentence: people write names into sentences
_ACT = "people.revoke"


async def sign_out(work: Work, person: UUID, *, by: Actor, claims: dict[str, Any], policy: Policy, reason: Reason) -> None:
    """Every session ends and every token is void; the person is told, with the reason, when they sign in next.

    NotFound, unless one's area holds every place where the person serves (of who serves nowhere: lives);
    InsufficientUserAuthentication of who did not show the second factor lately. Repeated it ends what began meanwhile.
    """
    await lost_factor.must_answer_for(work, person, by.may(_ACT))
    await requirement.must_be_fresh(work, policy, by.id, _ACT, claims)
    await sessions.revoke(work, person, by=by.id)
    await work.audit("people.sign-out", f"person/{person}", actor=by.id, reason=reason)
    work.announce(PersonSignedOut(person_id=person, reason=reason, recipients=(person,)))
