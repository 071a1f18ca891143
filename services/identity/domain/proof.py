"""Showing anew who one is, before something that cannot be taken back: what is asked of whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Unauthenticated


class PhoneMissing(Conflict):
    """There is no phone to which a code could be sent: who signs in by a password shows that."""

    zh = "您的账号没有登记手机号，请使用密码或第二步验证"


class ProofWanted(Unauthenticated):
    """Who has no second factor shows a code that was sent to their phone for this, or their password if they have no phone."""

    zh = "请先获取并填写短信验证码，以确认是您本人操作"


@dataclass(frozen=True)
class Shown:
    """What came with the request: what its token says, and a code or a password shown with it."""

    claims: dict[str, Any]
    address: str
    challenge_id: UUID | None = None
    code: str | None = None
    password: str | None = None
