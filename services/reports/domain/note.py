"""批注: what staff write beside a report, for each other or for its reporter."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Visibility(StrEnum):
    """Who reads a note."""

    STAFF = "staff"  # 仅工作人员可见
    TOLD = "told"  # 报事人可见


@dataclass(eq=False)
class Note:
    """A note; its text is sealed under the reporter's key, for it speaks of them. It is written once and stays."""

    id: UUID
    report_id: UUID
    written_by: UUID
    written_at: datetime
    visibility: str
    sealed_text: bytes = b""
