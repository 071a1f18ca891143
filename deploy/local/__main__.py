"""`python -m deploy.local <command>`: what `make` calls."""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time

import httpx

from deploy import verify_audit
from deploy.local import install, parts, run
from deploy.local.accounts import accounts, token
from deploy.local.layout import PYTHON, ROOT, Layout, from_environment, taken
from deploy.local.supervisor import clear_orphans, is_alive, is_up, state
from deploy.processes import OWNERS, Process
from simulators.miniprogram import CannotSignIn


def main() -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", usage="make help")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    parser.add_argument("words", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    try:
        return _COMMANDS[asked.command](from_environment(), *asked.words)
    except (parts.PartMissing, install.CannotInstall, CannotSignIn, httpx.ConnectError) as failed:
        said = "nothing answers there: is it up? (make up)" if isinstance(failed, httpx.ConnectError) else str(failed)
        print(f"✗ {said}", file=sys.stderr)
        return 1


def _up(layout: Layout) -> int:
    if is_up(layout):
        print("it is up, or starting already", flush=True)
        return run.awaited(layout)
    install.install()
    if cleared := clear_orphans(layout.data / "state.json"):
        print(f"ended {cleared} processes that a killed run had left")
        time.sleep(1)
    if complaint := taken(layout.ports()):
        print(f"✗ {complaint}", file=sys.stderr)
        return 1
    if os.environ.get("DETACH") == "1":
        return asyncio.run(run.detached(layout))
    return asyncio.run(run.run(layout, echo=True))


def _serve(layout: Layout) -> int:
    return asyncio.run(run.run(layout, echo=False))


def _down(layout: Layout) -> int:
    if not is_up(layout):
        cleared = clear_orphans(layout.data / "state.json")
        print(f"it was not up{f'; ended {cleared} left-over processes' if cleared else ''}")
        return 0
    who = state(layout)["supervisor"]
    os.kill(who[0], signal.SIGTERM)
    for _ in range(400):
        if not is_alive(who):
            print("stopped; the data stays (make reset forgets it)")
            return 0
        time.sleep(0.1)
    print("✗ it does not stop: make status shows what still runs", file=sys.stderr)
    return 1


def _reset(layout: Layout) -> int:
    if (failed := _down(layout)) == 0:
        shutil.rmtree(layout.data, ignore_errors=True)
        print(f"forgot everything in {layout.data}")
    return failed


def _status(layout: Layout) -> int:
    for name, who in state(layout).items():
        print(f"{name:>22}  {'runs' if is_alive(who) else 'does not run':<14} pid {who[0]}")
    answer = httpx.get(f"http://127.0.0.1:{layout.gateway}/readyz", timeout=5)
    print(f"\n{layout.origin}/readyz: {answer.status_code} {answer.text}")
    return 0 if answer.is_success else 1


def _logs(layout: Layout, service: str = "") -> int:
    known = sorted(file.stem for file in (layout.data / "logs").glob("*.log"))
    if service not in known:
        print(f"✗ SERVICE= is one of: {', '.join(known) or 'nothing yet; make up first'}", file=sys.stderr)
        return 1
    return subprocess.call(["tail", "-n", "200", "-F", str(layout.data / "logs" / f"{service}.log")])


def _token(layout: Layout, who: str = "") -> int:
    if not who:
        logins = ", ".join(one["login"] for one in accounts(layout)["staff"])
        print(f"✗ AS= is one of: {logins}, resident, or a phone", file=sys.stderr)
        return 1
    print(asyncio.run(token(layout, who)))
    return 0


def _sms(layout: Layout) -> int:
    said = httpx.get(f"http://127.0.0.1:{layout.gateway}/demo/messages", timeout=5).json()
    print("\n".join(f"{one['at'][:19]}  {one['phone']}  {one['text']}" for one in said[:20]) or "no messages yet")
    return 0


def _operate(layout: Layout, service: str = "", *words: str) -> int:
    """Run a command of a service's own, as an operator would in its environment."""
    if service not in OWNERS or not words:
        return _wants('SERVICE=identity WORDS="keys list", or SERVICE=reports WORDS="senders list"')
    command = [PYTHON, "-m", Process(service, "api").module, *words]
    return subprocess.call(command, cwd=ROOT, env=layout.environment(service, "api"))


def _replay(layout: Layout, service: str = "", queue: str = "", since: str = "") -> int:
    if not queue:
        return _wants("SERVICE=reports QUEUE=notify.reports [SINCE=2026-01-01T00:00:00Z]")
    return _recover(layout, service, "replay", queue, *([since] if since else []))


def _redrive(layout: Layout, service: str = "") -> int:
    return _recover(layout, service, "redrive", service)


def _recover(layout: Layout, service: str, *asked: str) -> int:
    """Run an operator's command with the operator's user of the broker."""
    if service not in OWNERS:
        return _wants(f"SERVICE= one of {', '.join(OWNERS)}")
    environment = {**layout.environment(service, "api"), "OPERATOR_RABBITMQ_URL": layout.admin_broker_url}
    return subprocess.call([PYTHON, "-m", "deploy.recovery", *asked], cwd=ROOT, env=environment)


def _wants(words: str) -> int:
    print(f"✗ say {words}", file=sys.stderr)
    return 1


def _demo(layout: Layout) -> int:
    from deploy.local.demo import narrate  # noqa: PLC0415 - the tests' stack needs none of it

    return int(asyncio.run(narrate(layout)))


def _verify_audit(layout: Layout) -> int:
    verdicts = []
    for owner in OWNERS:
        public = verify_audit.public_of(layout.key_file(owner, "anchor").read_bytes())
        database = layout.database_url(owner).replace("+asyncpg", "")
        verdicts.append(asyncio.run(verify_audit.verify(owner, database, public, shows=True)))
        verify_audit.say(owner, verdicts[-1])
    return 1 if any(verdict.findings for verdict in verdicts) else 0


_COMMANDS = {
    "up": _up, "serve": _serve, "down": _down, "reset": _reset, "status": _status, "logs": _logs, "token": _token,
    "sms": _sms, "operate": _operate, "replay": _replay, "redrive": _redrive, "demo": _demo,
    "verify-audit": _verify_audit,
}

if __name__ == "__main__":
    sys.exit(main())
