"""One-time codes: asked for, sent by the worker, spent once."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from contracts.identity import PersonRegistered
from services.identity.actions import contacts
from services.identity.clients import sms
from services.identity.domain import sign_in
from services.identity.settings import IdentitySettings
from services.identity.store import queries
from services.identity.store.tables import codes, people

log = logging.getLogger(__name__)

_ALL = b"allcodes"  # whoever asks for one
Purpose = Literal["code", "agreement", "proof"]


@dataclass(frozen=True)
class Challenge:
    """What the phone's owner answers with the code."""

    id: UUID
    expires_at: datetime


async def ask(work: Work, *, phone: str, address: str, purpose: Purpose = "code") -> Challenge:
    """Note a code to be sent, within the budgets of phone, its area, address and all; the same for known and unknown phones.

    It is good for its purpose alone: to sign in (`code`), to agree that the number becomes somebody's, to show anew who one is.
    """
    number = sign_in.normal_phone(phone)
    keys = work.vault.keys
    counted = {
        "phone_index": keys.blind("phone", number), "segment_index": keys.blind("segment", sign_in.segment(number)),
        "address_index": keys.blind("address", sign_in.counted(address)),
    }
    await work.taking_turns(_ALL)
    for name, limits in sign_in.CODE_BUDGETS.items():
        sent_at = await queries.made_since(work, codes.c[name], counted[name], work.now - timedelta(days=1))
        sign_in.Budget(limits).spend(sent_at, work.now)
    sign_in.spend_of_all(await queries.last_code_but(work, sign_in.WHOLE_BUDGET[1]), work.now)
    code, challenge = sign_in.new_code(), Challenge(uuid4(), work.now + sign_in.CODE_LIFE)
    message = json.dumps({"phone": number, "code": code, "purpose": purpose}).encode()
    await work.session.execute(insert(codes).values(
        id=challenge.id, **counted,
        code_hmac=keys.blind(f"{purpose}/{challenge.id}", code),
        sealed_message=crypto.seal(keys.kek, _place(challenge.id), message),
        created_at=work.now, expires_at=challenge.expires_at, send_after=work.now,
    ))
    return challenge


async def spend(work: Work, *, challenge_id: UUID, phone: str, code: str, purpose: Purpose = "code") -> str:
    """The number whose phone answered. CodeRefused counts as a try."""
    number = sign_in.normal_phone(phone)
    index = work.vault.keys.blind("phone", number)
    row = (await work.session.execute(select(codes).where(codes.c.id == challenge_id).with_for_update())).first()
    if row is None or row.used_at or row.expires_at <= work.now or row.tries >= sign_in.CODE_TRIES:
        raise sign_in.CodeRefused
    right = sign_in.same(row.code_hmac, work.vault.keys.blind(f"{purpose}/{challenge_id}", code))
    right = right and sign_in.same(row.phone_index, index)
    spent = {"used_at": work.now} if right else {}
    await work.session.execute(update(codes).where(codes.c.id == challenge_id).values(tries=row.tries + 1, **spent))
    if not right:
        raise sign_in.CodeRefused
    return number


async def register(work: Work, *, phone: str, person_id: UUID | None = None) -> UUID:
    """A new person with a phone that was just proven."""
    person = person_id or uuid4()
    await work.session.execute(insert(people).values(id=person, created_at=work.now))
    await contacts.keep(work, person, "phone", phone, work.vault.keys.blind("phone", phone))
    work.announce(PersonRegistered(person_id=person))
    return person


async def send_one(work: Work, settings: IdentitySettings) -> bool:
    """Hand the next waiting code to the provider; False when none waits."""
    due = select(codes).where(codes.c.sealed_message.is_not(None), codes.c.send_after <= work.now)
    row = (await work.session.execute(due.order_by(codes.c.send_after).limit(1).with_for_update(skip_locked=True))).first()
    if row is None:
        return False
    result: dict[str, object] = {"sealed_message": None}
    if row.expires_at > work.now:
        message = json.loads(crypto.unseal(work.vault.keys.kek, _place(row.id), row.sealed_message))
        result = await _sent(work, settings, row.id, message, row.send_attempts)
    await work.session.execute(update(codes).where(codes.c.id == row.id).values(**result))
    return True


async def _sent(
    work: Work, settings: IdentitySettings, challenge: UUID, message: dict[str, str], attempts: int
) -> dict[str, object]:
    agrees = message.get("purpose") == "agreement"  # one that waited while this came to be says no purpose
    template = settings.sms_agreement_template if agrees else settings.sms_template
    try:
        await sms.send_code(
            settings, message["phone"], message["code"], template=template, out_id=str(challenge), at=work.now
        )
    except sms.ProviderRefused as refused:
        log.error(  # noqa: TRY400 - the provider's answer says all
            "code not sent", extra={"facts": {"challenge": challenge, "provider": str(refused)}})
        return {"sealed_message": None}
    except sms.ProviderUnreachable as failed:
        log.warning("provider unreachable", extra={"facts": {"challenge": challenge, "why": str(failed)}})
        return {"send_attempts": attempts + 1, "send_after": work.now + timedelta(seconds=min(2**attempts, 30))}
    return {"sealed_message": None, "sent_at": work.now}


async def forget(work: Work, *, before: datetime) -> None:
    """Delete codes that no budget counts any more."""
    await work.session.execute(codes.delete().where(codes.c.created_at < before))


def _place(challenge: UUID) -> crypto.Place:
    return crypto.Place("codes", "message", challenge)
