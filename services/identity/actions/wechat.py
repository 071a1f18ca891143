"""Signing in through WeChat: it says whose account it is, and in the mini-program whose phone; all leads to one person."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.identity.actions import codes, phones, second_factor, sessions
from services.identity.actions import contacts as known
from services.identity.actions import wechat_accounts as accounts
from services.identity.clients.wechat import Wechat
from services.identity.domain import wechat as rules
from services.identity.domain.policy import Policy
from services.identity.domain.sign_in import Budget, Limits, counted, normal_phone
from services.identity.store import queries
from services.identity.store.tables import contacts, wechat_tries

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Texted:
    """The code that came to a phone by SMS, on a page within WeChat, where there is no phone button."""

    challenge_id: UUID
    phone: str
    code: str


@dataclass(frozen=True)
class Proof:
    """What WeChat gave: by `wx.login` or to a page, and if it is to be linked by the phone button; and where it came from."""

    js_code: str
    phone_code: str | None
    address: str
    is_page: bool = False
    texted: Texted | None = None


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
    person, is_new = await (_of_page if proof.is_page else _person)(work, asking, silence)
    await work.audit("sign-in.wechat", f"person/{person}", actor=person)
    return await second_factor.begin(work, person, "wechat", policy), is_new


class _Asking:
    """What WeChat says to a proof, within the budgets of address and account, whatever comes of it.

    No connection to the database is held while it is asked: it may be slow, and the others sign in meanwhile.
    """

    def __init__(self, work: Work, wechat: Wechat, proof: Proof) -> None:
        self._work, self._wechat, self.proof = work, wechat, proof
        self._address = work.vault.keys.blind("address", counted(proof.address))
        self._shown: accounts.Shown | None = None
        self.phone = normal_phone(proof.texted.phone) if proof.texted is not None else None

    @property
    def shown(self) -> accounts.Shown:
        """The account; WeChat was asked before."""
        if self._shown is None:
            raise rules.WechatUnavailable
        return self._shown

    async def ask(self) -> None:
        """Whose account, and if a phone was shown whose; the refusals of both."""
        await self._must_be_few()
        await self._work.release()
        asking = self._wechat.page_account if self.proof.is_page else self._wechat.account
        said = await asking(self.proof.js_code, at=self._work.now)
        self._shown = accounts.Shown.of(self._work, said)
        if self.proof.phone_code is None:
            return
        await self._must_be_few()
        await self._work.release()
        pressed = await self._wechat.phone(self.proof.phone_code, openid=said.openid, at=self._work.now)
        self.phone = pressed.taken(self._wechat.app_id, self._work.now)

    async def count(self) -> None:
        """One more. From here on whoever comes by the same address, account or phone waits."""
        account = self._shown.turns if self._shown is not None else frozenset()
        for index in sorted({self._address, *account, self.phone_index or self._address}):
            await self._work.taking_turns(index)
        await self._must_be_few()
        await self._work.session.execute(insert(wechat_tries).values(
            id=self._work.new_id(), address_index=self._address, created_at=self._work.now, account_index=self._billed,
        ))

    @property
    def _billed(self) -> bytes | None:
        """A known account that comes with a phone code."""
        return self._shown.kept if self._shown is not None and self.proof.phone_code is not None else None

    @property
    def phone_index(self) -> bytes | None:
        """Blind index of the phone that was shown."""
        return phones.index_of(self._work, self.phone) if self.phone is not None else None

    async def _must_be_few(self) -> None:
        budgets: list[tuple[Any, bytes, Limits]] = [(wechat_tries.c.address_index, self._address, rules.ADDRESS_BUDGET)]
        if self._billed is not None:
            budgets.append((wechat_tries.c.account_index, self._billed, rules.ACCOUNT_BUDGET))
        for column, index, limits in budgets:
            made = await queries.made_since(self._work, column, index, self._work.now - _DAY)
            Budget(limits, rules.WechatTooOften).spend(made, self._work.now)


async def _person(work: Work, told: _Asking, silence: timedelta) -> tuple[UUID, bool]:
    """Whom account and phone lead to: the one who has both, or who has the phone and no account yet, or somebody new."""
    linked = await accounts.holder(work, told.shown)
    if linked is None:
        return await _by_phone(work, told, silence)
    if told.phone_index is not None:
        there = await queries.of_number(work, told.phone_index)
        if linked not in {one.person_id for one in there}:
            raise rules.LinkRefused
        await known.used(work, linked)
    await accounts.learn(work, linked, told.shown)
    return linked, False


async def _by_phone(work: Work, told: _Asking, silence: timedelta) -> tuple[UUID, bool]:
    """Of an account that leads to nobody: whose phone was shown, or somebody new.

    A number of several people links nobody's account, for nobody said whose it is; a silent one says nothing by itself.
    """
    if told.phone is None or told.phone_index is None:
        raise rules.PhoneCodeWanted
    there = await queries.of_number(work, told.phone_index)
    phones.must_not_be_silent(work, there, told.phone, silence)
    holder = there[0].person_id if there else None
    if len(there) > 1 or (holder is not None and await accounts.has_another(work, holder, told.shown)):
        raise rules.LinkRefused
    person = holder or await codes.register(work, phone=told.phone)
    await accounts.learn(work, person, told.shown, is_new=holder is None)
    if holder is not None:
        await known.used(work, person)
    return person, holder is None


async def _of_page(work: Work, told: _Asking, silence: timedelta) -> tuple[UUID, bool]:
    """Whom the account leads to; or, of an account that leads to nobody, whose phone has the code that came by SMS."""
    linked, texted, is_new = await accounts.holder(work, told.shown), told.proof.texted, False
    if linked is None:
        if texted is None:
            raise rules.PhoneCodeWanted
        linked, is_new = await phones.prove(
            work, challenge_id=texted.challenge_id, phone=texted.phone, code=texted.code, silence=silence
        )
        if await accounts.has_another(work, linked, told.shown):
            raise rules.LinkRefused
    await accounts.learn(work, linked, told.shown, is_new=is_new)
    return linked, is_new


async def unlink(work: Work, person: UUID) -> None:
    """The accounts lead to this person no more, and whoever signed in by one is signed out, as is everybody by their name."""
    mine = (contacts.c.person_id == person) & contacts.c.kind.in_((rules.MINI, rules.PAGE, rules.UNION))
    for index in sorted(await work.session.scalars(select(contacts.c.blind_index).where(mine))):
        await work.taking_turns(index)  # whoever signs in by it right now has done so before, or does not
    if (await work.session.execute(delete(contacts).where(mine).returning(contacts.c.id))).all():
        await work.audit("people.unlink", f"person/{person}", actor=person)
        accounts.said(work, person, "removed")
        await sessions.revoke(work, person, by=person)


async def forget(work: Work) -> None:
    """Tries that no budget counts any more."""
    await work.session.execute(delete(wechat_tries).where(wechat_tries.c.created_at < work.now - _DAY))
