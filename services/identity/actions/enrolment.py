"""The first second factor of who must have one: taken over by half a session, which then is a whole one."""

from dataclasses import dataclass
from uuid import UUID

from chassis.db import Work
from services.identity.actions import passkeys, requirement, second_factor, sessions
from services.identity.actions.passkeys import Asked
from services.identity.actions.second_factor import Shown
from services.identity.domain.passkeys import Party
from services.identity.domain.second_factor import OTP, PASSKEY, Proved


@dataclass(frozen=True)
class Enrolled:
    """A session of two factors, and the recovery codes, which are shown this once."""

    session: sessions.Session
    recovery_codes: list[str]


async def offer_authenticator(work: Work, challenge: str) -> tuple[str, str]:
    """A secret and its otpauth URI."""
    return await second_factor.offer(work, await requirement.enrolling(work, challenge))


async def prove_authenticator(work: Work, challenge: str, *, code: str, address: str) -> Enrolled:
    """The first code of it."""
    person = await requirement.enrolling(work, challenge)
    codes = await second_factor.activate(work, Shown(person, code, address), claims={})
    return await _begun(work, person, (OTP,), codes)


async def ask_passkey(work: Work, party: Party, challenge: str) -> Asked:
    """Options for a new passkey."""
    return await passkeys.ask_to_make(work, party, await requirement.enrolling(work, challenge))


async def register_passkey(work: Work, party: Party, challenge: str, shown: passkeys.Shown, *, name: str) -> Enrolled:
    """What the browser made."""
    person = await requirement.enrolling(work, challenge)
    made = await passkeys.register(work, party, person, shown, name=name, claims={})
    return await _begun(work, person, PASSKEY, list(made.recovery_codes))


async def _begun(work: Work, person: UUID, by: tuple[str, ...], codes: list[str]) -> Enrolled:
    await work.audit("sign-in.enrolment", f"person/{person}", actor=person)
    return Enrolled(await sessions.begin(work, person, proved=Proved(("pwd", *by), work.now)), codes)
