"""What the platform holds when nobody asks anything."""

from bench.harness import Outcome, Series, pss
from bench.platform import pid_of, processes, settled
from deploy.local.layout import Layout
from deploy.processes import PROCESSES


async def idle(layout: Layout) -> Outcome:
    """PSS in megabytes: the median api, the median worker, everything with the parts."""
    await settled(layout)
    outcome = Outcome()
    for kind in ("api", "worker"):
        held = [pss(pid_of(layout, process.name)) for process in PROCESSES if process.kind == kind]
        outcome.keep(f"{kind} MB", Series(held))
    names = processes(layout)
    outcome.figures["everything MB"] = sum(pss(names[name][0]) for name in names)
    for part in ("postgres", "rabbitmq", "store", "gateway"):
        outcome.figures[f"{part} MB"] = pss(names[part][0])
    return outcome
