"""A report's steps as a chain: each carries the hash of the one before, so none is slipped in, changed or left out."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

CLEAR, SEALED = 1, 2  # spellings: the first covered the note's clear text, which nobody can read once its key is gone
RETIRED = 3  # whoever took it is forgotten by age (`actions/retention.py`): only its place in the chain is held


@dataclass(frozen=True)
class Transition:
    """One step of a report's life; who took it, in which role, and at which of the four offices the report then lay."""

    report_id: UUID
    seq: int
    action: str
    from_status: str | None
    to_status: str
    actor_id: UUID | None
    at: datetime
    note: str | None = None
    reason_code: str | None = None
    level: int = 1
    role: str | None = None
    spelling: int = SEALED
    sealed_note: bytes | None = None
    previous_hash: bytes = b""
    acting_id: UUID | None = None  # who took it for the actor, by proxy

    def following(self, previous_hash: bytes, *, role: str | None, sealed_note: bytes | None, acting: UUID | None) -> Self:
        """The same with its place in the chain, who took it for the actor, and its note sealed."""
        return replace(self, previous_hash=previous_hash, role=role, sealed_note=sealed_note, acting_id=acting)

    def digest(self) -> bytes:
        """SHA-256 over the previous hash and the row in a fixed spelling; of the note, what is kept of it."""
        at = self.at.astimezone(UTC).isoformat()
        row = [str(self.report_id), self.seq, self.action, self.from_status, self.to_status, str(self.actor_id), at]
        if self.spelling == CLEAR:
            row.append(self.note)
        else:
            kept = None if self.sealed_note is None else hashlib.sha256(self.sealed_note).hexdigest()
            row += [self.role, self.level, self.reason_code, kept]
        if self.acting_id is not None:  # so that the hashes of all other steps stay what they are
            row.append(str(self.acting_id))
        return hashlib.sha256(self.previous_hash + json.dumps(row, ensure_ascii=False).encode()).digest()

    @property
    def provable(self) -> bool:
        """False when the hash covers a text that can no longer be read; then only its place in the chain is held."""
        if self.spelling == RETIRED:
            return False
        return self.spelling != CLEAR or self.sealed_note is None or self.note is not None


def broken_at(steps: list[tuple[Transition, bytes]], last_seq: int, last_hash: bytes) -> int | None:
    """The first place where steps, each with the hash that was kept, are not the chain the report ends in; None if sound."""
    previous = b""
    for place, (step, kept) in enumerate(steps, start=1):
        if step.seq != place or step.previous_hash != previous or (step.provable and step.digest() != kept):
            return place
        previous = kept
    return None if (len(steps), previous) == (last_seq, last_hash) else len(steps) + 1
