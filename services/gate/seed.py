"""The demo's gates."""

from uuid import UUID, uuid5

from chassis.db import Work
from chassis.process import Running
from services.gate.domain.gate import Gate

_NAMESPACE = UUID("6ba7b812-9dad-41d1-80b4-00c04fd430c8")
_GATES = (
    ("510104.clx.guohuai.g03.dgy1", "大观苑一期 东门"), ("510104.clx.guohuai.g01.hxy", "槐香苑 南门"),
    ("510104.clx.jinxiu.g01.jxy", "锦绣苑 正门"),
)


async def run(running: Running) -> None:
    """Set up what is not there yet."""
    await running.database.do(_set_up)


async def _set_up(work: Work) -> None:
    for area, name in _GATES:
        key = uuid5(_NAMESPACE, area)
        if await work.session.get(Gate, key) is None:
            work.session.add(Gate(key, area, name))
