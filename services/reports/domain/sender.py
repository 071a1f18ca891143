"""Programs of others that hand in reports over Open311, each with a key that an operator gave it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from chassis.errors import Forbidden
from services.reports.domain.report import Report

_KEY_BYTES = 32
DAILY = 500  # reports a local day, unless the operator says otherwise


class KeyRefused(Forbidden):
    """The `api_key` is missing, unknown or over, or of another community; who needs one asks the community."""

    zh = "api_key 缺失、无效或已停用"


class SenderThere(Exception):
    """A sender of this name was there before: what it handed in stays its own, so no other gets the name."""


class NoSuchSender(Exception):
    """No sender has this name."""


@dataclass(eq=False)
class Sender:
    """A program that may hand in reports for one community, kept with the hash of its key; its id stands for a reporter's."""

    id: UUID
    name: str
    owner: str
    area: str
    key_hash: bytes
    daily: int
    created_at: datetime
    expires_at: datetime | None = None
    ended_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether its key opens anything."""
        return self.ended_at is None and (self.expires_at is None or at < self.expires_at)

    def draft(self, token: str) -> UUID:
        """The draft that the sender calls so: sent twice, it is one report."""
        return uuid5(self.id, token)

    def handed_in(self, report: Report) -> bool:
        """Whether it was this sender's."""
        return report.reporter_id == self.id


def new_key() -> str:
    """A key nobody can guess, to be shown once."""
    return secrets.token_urlsafe(_KEY_BYTES)


def hashed(key: str) -> bytes:
    """How a key is kept: it has so many random bits that a plain hash tells nothing of it."""
    return hashlib.sha256(key.encode()).digest()
