"""WeChat accounts of people: an openid in each program of ours, and one unionid in all of them, that lead to one person."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.db import Work
from contracts.identity import FactorChanged
from services.identity.actions import contacts, duplicates
from services.identity.domain import indexes
from services.identity.domain.wechat import UNION, Account, LinkRefused
from services.identity.store import queries


@dataclass(frozen=True)
class Shown:
    """An account that WeChat told of, and the blind indexes by which whoever has it is found."""

    account: Account
    index: bytes
    kept: bytes  # as a new row has it
    turns: frozenset[bytes]  # whoever comes by one of these waits for the others; rows may have each of them
    union: bytes | None

    @classmethod
    def of(cls, work: Work, account: Account) -> "Shown":
        """By this installation's keys."""
        keys = work.vault.keys
        index, union = keys.blind("openid", account.named), account.unionid and keys.blind("unionid", account.unionid)
        kept, joined = indexes.versions(keys, index), indexes.versions(keys, union) if union else []
        return cls(account, index, kept[0], frozenset((index, *kept, *joined)), union or None)


async def holder(work: Work, shown: Shown) -> UUID | None:
    """Whom the account leads to, by itself or by its unionid; the account where the two differ, which staff hear of."""
    own = await queries.holder(work, shown.account.kind, shown.index)
    other = await queries.holder(work, UNION, shown.union) if shown.union is not None else None
    if own is not None and other is not None and own != other:
        await duplicates.found(work, own, other)
    return own or other


async def has_another(work: Work, person: UUID, shown: Shown) -> bool:
    """Whether who is no holder of the account has one of their own in this program, or another unionid."""
    has_own = await queries.has(work, person, shown.account.kind)
    return has_own or (shown.union is not None and await queries.has(work, person, UNION))


async def learn(work: Work, person: UUID, shown: Shown, *, is_new: bool = False) -> None:
    """Keep what leads to its holder and was not known: the account in this program, the unionid that WeChat tells by now.

    LinkRefused where the person has another account in this program. Of a unionid that is another's nothing is kept.
    """
    account = shown.account
    if await queries.holder(work, account.kind, shown.index) is None:
        if await queries.has(work, person, account.kind):
            raise LinkRefused
        await contacts.keep(work, person, account.kind, account.openid, shown.index)
        await work.audit("people.link", f"person/{person}", actor=person)
        if not is_new:
            said(work, person, "added")
    if shown.union is None or account.unionid is None or await queries.holder(work, UNION, shown.union) is not None:
        return
    if not await queries.has(work, person, UNION):
        await contacts.keep(work, person, UNION, account.unionid, shown.union)


def said(work: Work, person: UUID, change: Literal["added", "removed"]) -> None:
    """Whose account it is hears of it."""
    work.announce(FactorChanged(person_id=person, factor="wechat", change=change, recipients=(person,)))
