"""How many clocks were kept, with what paused them and without."""

from collections import defaultdict

from chassis.db import Work
from chassis.rights import Scope
from contracts.area import community_of
from services.reports.actions import settings
from services.reports.domain.calendar import Calendar
from services.reports.domain.clock import Kind
from services.reports.domain.punctual import Known, OnTime, walked
from services.reports.store import punctual
from services.reports.store.figures import Asked

OnTimes = dict[str, OnTime]


async def on_time(work: Work, asked: Asked, scope: Scope) -> dict[str, OnTimes]:
    """Of each group, by the kind of clock."""
    found: dict[str, OnTimes] = defaultdict(lambda: {kind.value: OnTime() for kind in Kind})
    for many in await punctual.counted(work, asked, scope):
        rate = Known(many.ended, asked.at).rate(late=many.late, many=many.many)
        found[many.group][many.kind.value] += OnTime(rate, rate)
    duty: dict[tuple[str, int], Calendar] = {}
    for one in await punctual.paused(work, asked, scope):
        version = community_of(one.area), one.clock.policy_version
        if version not in duty:
            duty[version] = (await settings.of_version(work, *version)).calendar
        found[one.group][one.clock.kind.value] += walked(one.clock, one.steps, duty[version], one.known)
    return dict(found)
