"""Installs what pip cannot bring, from the distribution: PostgreSQL, RabbitMQ, coturn, ffmpeg; for `proof` Chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_FOR_PROOF = {"chromium": "bin/chromium"}  # the browser of passkeys
_WANTED = {
    "postgresql": "lib/postgresql/*/bin/initdb", "rabbitmq-server": "lib/rabbitmq/bin/rabbitmq-server",
    "coturn": "bin/turnserver", "ffmpeg": "bin/ffmpeg",
}
_SERVES = frozenset({"postgresql", "rabbitmq-server", "coturn"})


class CannotInstall(Exception):
    """A part is missing and we cannot bring it; the message says what a person can do."""


def missing(programs: dict[str, str]) -> list[str]:
    """Packages that are not there."""
    return [package for package, program in programs.items() if not any(Path("/usr").glob(program))]


def install(programs: dict[str, str] = _WANTED) -> None:
    """Bring what is missing; nothing happens when nothing is."""
    wanted = missing(programs)
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        raise CannotInstall(_without_apt(wanted))
    root = [] if os.geteuid() == 0 else ["sudo"]
    if root and shutil.which("sudo") is None:
        raise CannotInstall(f"missing: {', '.join(wanted)}. Remedy: as root, apt-get install {' '.join(wanted)}")
    print(f"installing {', '.join(wanted)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            [*root, "apt-get", *command], check=False, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if done.returncode:
            tail = "\n".join(done.stdout.decode(errors="replace").splitlines()[-5:])
            raise CannotInstall(f"apt-get {command[0]} failed:\n{tail}\nRemedy: apt-get install {' '.join(wanted)}")
    _stop_system_services(root, [package for package in wanted if package in _SERVES])


def _stop_system_services(root: list[str], packages: list[str]) -> None:
    """The packages start services of their own; ours run as plain children, so what we just installed is stopped."""
    if Path("/run/systemd/system").is_dir():
        subprocess.run([*root, "systemctl", "disable", "--now", *packages], check=False, capture_output=True)


def _without_apt(wanted: list[str]) -> str:
    if shutil.which("docker") is not None:
        return "this machine has no apt, but docker: run `docker compose up --build` instead"
    return f"missing: {', '.join(wanted)}, and this machine has no apt. Remedy: install them, or docker for `docker compose up`"


if __name__ == "__main__":
    try:
        install(_WANTED | (_FOR_PROOF if sys.argv[1:] == ["proof"] else {}))
    except CannotInstall as failed:
        sys.exit(str(failed))
