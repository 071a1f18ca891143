"""并案: one problem, many voices. A report is merged into a master, which carries the work; members stay whole beside it.

The forest is flat: a master is no member, a member leads nobody.
"""

from chassis.errors import Conflict, Invalid
from contracts.area import community_of
from services.reports.domain.anchor import ENDED
from services.reports.domain.part import PartOfAnother
from services.reports.domain.report import Report


class MergedIntoItself(Invalid):
    """A report is merged into another."""

    zh = "不能并入报事自身，请选择另一件报事"


class OtherCommunity(Conflict):
    """What lies in two communities is two problems: each community mends its own."""

    zh = "两件报事不在同一社区，不能并案"


class MasterNotOpen(Conflict):
    """The master carries the work, so it is open, and not itself merged into another; `current` says how it stands."""

    zh = "主报事已办结、不再处理或已并入其他报事，不能再并入"


class LeadsOthers(Conflict):
    """What others were merged into is not merged itself; they are taken out first."""

    zh = "已有报事并入该报事，请先拆分后再并案"


def must_lead(master: Report, member: Report) -> None:
    """Whether a report may carry the work of another: MergedIntoItself, PartOfAnother, OtherCommunity, MasterNotOpen."""
    if master.id == member.id:
        raise MergedIntoItself
    if master.parent_id is not None:
        raise PartOfAnother
    if community_of(master.area) != community_of(member.area):
        raise OtherCommunity
    if master.status in ENDED:
        raise MasterNotOpen(current=master.status)
