"""批量: one act on many reports, each decided by itself as if it were asked for alone."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from chassis.errors import Invalid

MOST = 100


class Act(StrEnum):
    """What can be done to many at once: what says the same of each of them."""

    ACCEPT = "accept"  # 受理
    ASSIGN = "assign"  # 派单
    REASSIGN = "reassign"  # 改派
    ESCALATE = "escalate"  # 提级
    NOTE = "note"  # 批注
    MERGE = "merge"  # 并案
    CLOSE = "close"  # 归档


RIGHTS = {
    Act.ACCEPT: "reports.accept", Act.ASSIGN: "reports.assign", Act.REASSIGN: "reports.reassign",
    Act.ESCALATE: "reports.escalate", Act.NOTE: "notes.write", Act.MERGE: "reports.merge", Act.CLOSE: "reports.close",
}


class NamedTwice(Invalid):
    """A batch names each report once: what is done to it is done once."""

    zh = "同一报事在批量操作中重复出现"


def in_order(reports: Sequence[UUID]) -> list[UUID]:
    """In one order for all, so that of two batches about the same reports one waits for the other; NamedTwice."""
    if len(set(reports)) < len(reports):
        raise NamedTwice
    return sorted(reports)
