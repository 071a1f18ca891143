"""Signing in through the mini-program: WeChat says whose account it is and whose phone, and both lead to one person."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from contracts.identity import FactorChanged
from services.identity.actions import codes, phones, second_factor, sessions
from services.identity.actions import contacts as known
from services.identity.clients.wechat import Wechat
from services.identity.domain import wechat as rules
from services.identity.domain.policy import Policy
from services.identity.domain.sign_in import Budget, Limits
from services.identity.store import queries
from services.identity.store.tables import contacts, wechat_tries

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Proof:
    """What a phone was given by WeChat: by `wx.login`, and if it is to be linked by the phone button; and where it came from."""

    js_code: str
    phone_code: str | None
    address: str


async def sign_in(
    work: Work, wechat: Wechat, proof: Proof, policy: Policy, silence: timedelta
) -> tuple[sessions.Session, bool]:
    """A session for the person the account leads to, and whether they are new."""
    asking = _Asking(work, wechat, proof)
    try:
        await asking.ask()
    except (rules.WechatCodeRefused, rules.ForeignPhone):
        await asking.count()
        raise
    await asking.count()
    person, is_new = await _person(work, asking, silence)
    await work.audit("sign-in.wechat", f"person/{person}", actor=person)
    return await second_factor.begin(work, person, "wechat", policy), is_new


class _Asking:
    """What WeChat says to a proof, within the budgets of address and account, whatever comes of it.

    No connection to the database is held while it is asked: it may be slow, and the others sign in meanwhile.
    """

    def __init__(self, work: Work, wechat: Wechat, proof: Proof) -> None:
        self._work, self._wechat, self._proof = work, wechat, proof
        self._address = work.vault.keys.blind("address", proof.address)
        self.openid = ""
        self.account = b""  # blind index of the openid
        self.phone: str | None = None

    async def ask(self) -> None:
        """Whose account, and if a phone was shown whose; the refusals of both."""
        await self._must_be_few()
        await self._work.release()
        self.openid = await self._wechat.openid(self._proof.js_code, at=self._work.now)
        self.account = self._work.vault.keys.blind("openid", f"{self._wechat.app_id}/{self.openid}")
        if self._proof.phone_code is None:
            return
        await self._must_be_few()
        await self._work.release()
        shown = await self._wechat.phone(self._proof.phone_code, openid=self.openid, at=self._work.now)
        self.phone = shown.taken(self._wechat.app_id, self._work.now)

    async def count(self) -> None:
        """One more. From here on whoever comes by the same address, account or phone waits."""
        for index in sorted({self._address, self.account or self._address, self.phone_index or self._address}):
            await self._work.taking_turns(index)
        await self._must_be_few()
        await self._work.session.execute(insert(wechat_tries).values(
            id=self._work.new_id(), address_index=self._address, created_at=self._work.now,
            account_index=self.account if self._shows_phone else None,
        ))

    @property
    def _shows_phone(self) -> bool:
        """Whether a known account comes with a phone code."""
        return bool(self.account) and self._proof.phone_code is not None

    @property
    def phone_index(self) -> bytes | None:
        """Blind index of the phone that was shown."""
        return self._work.vault.keys.blind("phone", self.phone) if self.phone is not None else None

    async def _must_be_few(self) -> None:
        budgets: list[tuple[Any, bytes, Limits]] = [(wechat_tries.c.address_index, self._address, rules.ADDRESS_BUDGET)]
        if self._shows_phone:
            budgets.append((wechat_tries.c.account_index, self.account, rules.ACCOUNT_BUDGET))
        for column, index, limits in budgets:
            made = await queries.made_since(self._work, column, index, self._work.now - _DAY)
            Budget(limits, rules.WechatTooOften).spend(made, self._work.now)


async def _person(work: Work, told: _Asking, silence: timedelta) -> tuple[UUID, bool]:
    """Whom account and phone lead to: the one who has both, or who has the phone and no account yet, or somebody new.

    A number of several people links nobody's account, for nobody said whose it is; a silent one says nothing by itself.
    """
    linked = await queries.holder(work, "wechat", told.account)
    if told.phone is None or told.phone_index is None:
        if linked is None:
            raise rules.PhoneCodeWanted
        return linked, False
    there = await queries.of_number(work, told.phone_index)
    if linked is not None:
        if linked not in {one.person_id for one in there}:
            raise rules.LinkRefused
        await known.used(work, linked)
        return linked, False
    phones.must_not_be_silent(work, there, told.phone, silence)
    holder = there[0].person_id if there else None
    if len(there) > 1 or (holder is not None and await queries.has(work, holder, "wechat")):
        raise rules.LinkRefused
    person = holder or await codes.register(work, phone=told.phone)
    await _link(work, person, told, is_new=holder is None)
    return person, holder is None


async def _link(work: Work, person: UUID, told: _Asking, *, is_new: bool) -> None:
    await known.keep(work, person, "wechat", told.openid, told.account)
    await work.audit("people.link", f"person/{person}", actor=person)
    if not is_new:
        await known.used(work, person)
        _said(work, person, "added")


async def unlink(work: Work, person: UUID) -> None:
    """The account leads to this person no more, and whoever signed in by it is signed out, as is everybody else by their name."""
    mine = (contacts.c.person_id == person) & (contacts.c.kind == "wechat")
    index = await work.session.scalar(select(contacts.c.blind_index).where(mine))
    if index is None:
        return
    await work.taking_turns(index)  # whoever signs in by it right now has done so before, or does not
    if await work.session.scalar(delete(contacts).where(mine).returning(contacts.c.id)) is not None:
        await work.audit("people.unlink", f"person/{person}", actor=person)
        _said(work, person, "removed")
        await sessions.revoke(work, person, by=person)


def _said(work: Work, person: UUID, change: Literal["added", "removed"]) -> None:
    work.announce(FactorChanged(person_id=person, factor="wechat", change=change, recipients=(person,)))


async def forget(work: Work) -> None:
    """Tries that no budget counts any more."""
    await work.session.execute(delete(wechat_tries).where(wechat_tries.c.created_at < work.now - _DAY))
