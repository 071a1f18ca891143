"""Consent, by purpose: the texts a person reads, word for word, and what giving and withdrawing are."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, NotFound

Purpose = Literal["real-name", "face", "health", "position", "hospital"]
# each wants consent of its own (PIPL art. 23, 29, 31: giving to others, sensitive data, children); the basic service needs none
SEPARATE: frozenset[str] = frozenset({"real-name", "face", "health", "position", "hospital"})
OBEYED_WITHIN = timedelta(minutes=5)  # so long after a withdrawal every service that rests on it has said that it obeys
TEXTS = Path(__file__).parent.parent / "consents"


class TextChanged(Exception):
    """A text is not what its hash says: what people agreed to must be there word for word. Add a version instead."""


class TextOutdated(Conflict):
    """Consent is given to the newest text, as it was read (PIPL art. 14): version and hash are another's."""

    zh = "授权内容已更新，请阅读最新内容后再决定"


class ConsentNotThere(NotFound):
    """The person never gave this consent, so there is nothing to withdraw."""

    zh = "您没有授权过该事项"


@dataclass(frozen=True)
class Text:
    """One version of what a person reads before they agree; Markdown, zh-CN."""

    purpose: str
    version: int
    hash: str  # SHA-256 of the file, in hex
    text: str

    @property
    def title(self) -> str:
        """Its first line."""
        return self.text.splitlines()[0].removeprefix("# ")

    @property
    def separate(self) -> bool:
        """Whether it is never agreed to together with anything else."""
        return self.purpose in SEPARATE


@cache
def texts(folder: Path = TEXTS) -> Mapping[str, tuple[Text, ...]]:
    """Every version by purpose, oldest first. TextChanged if a text is not what its hash says, or one of them is missing."""
    register = json.loads((folder / "register.json").read_text(encoding="utf-8"))
    found = {
        purpose: tuple(_read(folder, purpose, int(version), said) for version, said in sorted(hashes.items(), key=_by_version))
        for purpose, hashes in register.items()
    }
    written = {file.name for file in folder.glob("*.md")}
    named = {f"{one.purpose}.{one.version}.md" for versions in found.values() for one in versions}
    if written != named or set(found) != SEPARATE:
        raise TextChanged("a text without a hash, or a purpose without a text")
    return found


def _by_version(one: tuple[str, str]) -> int:
    return int(one[0])


def _read(folder: Path, purpose: str, version: int, said: str) -> Text:
    file = folder / f"{purpose}.{version}.md"
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != said:
        raise TextChanged(file.name)
    return Text(purpose, version, said, content.decode())


def newest(purpose: str) -> Text:
    """What is agreed to now."""
    return texts()[purpose][-1]


@dataclass(frozen=True)
class Consent:
    """A line of the ledger: it is never changed; taking consent back is another line."""

    id: UUID
    person_id: UUID
    purpose: str
    version: int
    text_hash: str
    separate: bool
    guardian_id: UUID | None  # who gave it for a child under 14 (PIPL art. 31)
    channel: str  # the program through which it came
    at: datetime
    withdrawn: bool
