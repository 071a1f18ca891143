"""Who must have a second factor, and from when on (GB/T 22239-2019 8.1.4.1 d: two kinds of proof, one of them cryptographic)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import Conflict, Unauthenticated

ADMIN_LIFE = timedelta(hours=12)  # a day at the desk; then an admin shows anew who they are (GB/T 22239-2019 8.1.4.1 b)
ENROL_LIFE = timedelta(minutes=15)  # between the first proof and the factor that is taken over by it


class SecondFactorRequired(Unauthenticated):
    """A role of this person must have a second factor: take one over by `challenge` at /sign-in/enrolment; nothing else is given.

    Without `challenge` the first proof was no password: then account and password are shown first.
    """

    zh = "您的职责必须开启第二步验证，请先用账号密码登记通行密钥或动态验证码，再登录"
    keeps = True


class SecondFactorKept(Conflict):
    """The last second factor of who must have one is not removed: another is taken over first."""

    zh = "您的职责必须开启第二步验证，请先登记另一种方式，再移除这一种"


@dataclass(frozen=True)
class Held:
    """A role somebody serves in, and since when."""

    role: str
    starts_at: datetime


@dataclass(frozen=True)
class Policy:
    """The roles that must have a second factor, and how long after they begin to serve they may still go without."""

    roles: frozenset[str] = frozenset()
    grace: timedelta = timedelta(0)

    def due(self, held: Iterable[Held]) -> datetime | None:
        """From when on somebody who serves in these roles must have one; None of whom nobody wants it."""
        return min((one.starts_at + self.grace for one in held if one.role in self.roles), default=None)
