"""停诊: a doctor's session is called off, whoever has booked it is told and offered the next seat there is."""

from datetime import datetime, timedelta
from enum import StrEnum

OFFERED = timedelta(hours=24)  # an offer is somebody's so long
NOTICE = timedelta(hours=2)  # nobody is offered what begins sooner; an offer ends an hour before its visit at the latest
_LAST = timedelta(hours=1)


class Reason(StrEnum):
    """Why; in words of the list alone, because people read it."""

    ILLNESS = "illness"  # 医生身体原因
    EMERGENCY = "emergency"  # 医生执行急诊任务
    EQUIPMENT = "equipment"  # 设备故障
    OTHER = "other"  # 临时安排


def good_until(starts_at: datetime, *, at: datetime, lasts: timedelta = OFFERED) -> datetime:
    """Until when an offer of a visit that begins then is somebody's."""
    return min(at + lasts, starts_at - _LAST)
