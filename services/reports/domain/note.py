"""批注: what staff write beside a report, for each other or for its reporter."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict


class Visibility(StrEnum):
    """Who reads a note."""

    STAFF = "staff"  # 仅工作人员可见
    TOLD = "told"  # 报事人可见


class ReporterForgotten(Conflict):
    """Of whom everything was erased nothing is written down anew (个人信息保护法 第四十七条)."""

    zh = "报事人的个人信息已按要求删除，不能再添加批注或子报事"


@dataclass(eq=False)
class Note:
    """A note; its text is sealed under the reporter's key, for it speaks of them. It is written once and stays."""

    id: UUID
    report_id: UUID
    written_by: UUID
    written_at: datetime
    visibility: str
    sealed_text: bytes = b""
