"""`make bench`: every probe, one after the other; JSON and a page. `QUICK=1`: a look of five minutes. Words choose probes."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import report
from bench.harness import QUICK, Outcome, machine
from bench.platform import platform
from bench.probes import backbone, day, fanout, gateway, memory, reconnect, scale, seats, service, signing
from deploy.local.layout import ROOT, Layout

Probe = Callable[[Layout, Path], Awaitable[Outcome]]
PROBES: dict[str, Probe] = {
    "memory": lambda layout, _: memory.idle(layout),
    "gateway": lambda _, folder: gateway.cpu(folder),
    "stream": lambda _, folder: gateway.stream(folder),
    "latency": lambda _, folder: gateway.latency(folder),
    "service get": lambda layout, _: service.get(layout),
    "service list": lambda layout, _: service.listed(layout),
    "service create": lambda layout, _: service.create(layout),
    "end to end": lambda layout, _: backbone.end_to_end(layout),
    "backbone": lambda layout, _: backbone.pace(layout),
    "reconnect": lambda layout, _: reconnect.after_a_kill(layout),
    "fanout": fanout.measured,
    "scale": lambda layout, _: scale.blocks(layout),
    "identity credentials": signing.credentials,
    "identity refresh": signing.refresh,
    "identity sign-in": lambda layout, _: signing.sign_in(layout),
    "identity verify": lambda _, __: signing.verified(),
    "identity look-up": lambda layout, _: signing.looked_up(layout),
    "reports screen": lambda layout, _: day.screen(layout),
    "reports lists": lambda layout, _: day.lists(layout),
    "reports sweep": lambda layout, _: day.sweep(layout),
    "health rush": lambda layout, _: seats.rush(layout),
    "health search": lambda layout, _: seats.search(layout),
}


def main() -> int:
    """Run what was asked for; 1 when a goal was missed."""
    _tools()
    chosen = {name: probe for name, probe in PROBES.items() if not sys.argv[1:] or any(word in name for word in sys.argv[1:])}
    facts = machine()
    with platform() as layout, TemporaryDirectory() as folder:
        outcomes = asyncio.run(_run(chosen, layout, Path(folder)))
    _write(facts, outcomes, whole=len(chosen) == len(PROBES) and not QUICK)
    words = [one.word for one in report.judged(outcomes)]
    print(report.as_page(facts, outcomes))
    return int("missed" in words)


def _tools() -> None:
    """Nginx and wrk, from the distribution."""
    wanted = {"nginx": "nginx-light", "wrk": "wrk"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if missing:
        print(f"installing {', '.join(missing)} …", flush=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True, capture_output=True)


async def _run(chosen: dict[str, Probe], layout: Layout, folder: Path) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for name, probe in chosen.items():
        began = time.monotonic()
        print(f"== {name} …", flush=True)
        outcomes[name] = await probe(layout, folder)
        told = ", ".join(f"{figure} {value:,.2f}" for figure, value in outcomes[name].figures.items())
        print(f"   {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return outcomes


def _write(facts: dict[str, object], outcomes: dict[str, Outcome], *, whole: bool) -> None:
    """A whole run becomes the page in docs; every run its JSON beside the data."""
    (ROOT / ".data-bench").mkdir(exist_ok=True)
    (ROOT / ".data-bench" / "bench.json").write_text(report.as_json(facts, outcomes))
    if whole:
        (ROOT / "docs" / "performance.md").write_text(report.as_page(facts, outcomes))


if __name__ == "__main__":
    sys.exit(main())
