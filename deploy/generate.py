"""Writes every file that is made from code: who listens to what, event schemas, their table, diagrams, manifests.

`python -m deploy.generate` writes them; `--check` names those that no longer say what the code says.
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy import cluster, documents
from deploy.compose import compose, example
from deploy.processes import OWNERS, Process

ROOT = Path(__file__).resolve().parent.parent
_SUBSCRIPTIONS = "contracts/subscriptions.json"


def subscriptions() -> str:
    """Queue → topics, read from the consumers of every service."""
    queues: dict[str, list[str]] = {}
    for owner in OWNERS:
        app = importlib.import_module(f"{Process(owner, 'api').module}.app")
        for consumers in app.service.consumers:
            queues[consumers.queue] = sorted(consumers.handlers)
    return json.dumps(queues, indent=2, sort_keys=True) + "\n"


def rights() -> str:
    """Service → act → whom its rule names, read from the tables of every service."""
    tables: dict[str, Any] = {}
    for owner in OWNERS:
        app = importlib.import_module(f"{Process(owner, 'api').module}.app")
        tables[owner] = {act: {**vars(rule), "roles": sorted(rule.roles)} for act, rule in app.service.rights.items()}
    return json.dumps(tables, indent=1, sort_keys=True) + "\n"


def files() -> dict[str, str]:
    """Path in the tree → what it must hold."""
    return {
        _SUBSCRIPTIONS: subscriptions(), "contracts/rights.json": rights(), **documents.schemas(), **documents.operations(),
        "docs/events.md": documents.events(), "docs/report-states.md": documents.states(),
        "docs/appointment-states.md": documents.appointment_states(),
        "docker-compose.yml": compose(), "deploy/compose.env.example": example(),
        **{f"deploy/k8s/{name}": text for name, text in cluster.files().items()},
    }


def main() -> int:
    """Write, or with `--check` compare."""
    wanted = files()
    stale = [path for path, text in wanted.items() if not _holds(ROOT / path, text)]
    if "--check" in sys.argv:
        print("\n".join(f"{path} is not what the code says: run `make generate`" for path in stale) or "generated files agree")
        return 1 if stale else 0
    if _SUBSCRIPTIONS in stale:
        (ROOT / _SUBSCRIPTIONS).write_text(wanted[_SUBSCRIPTIONS])
        print(f"wrote {_SUBSCRIPTIONS}", flush=True)
        return subprocess.call([sys.executable, "-m", "deploy.generate"])  # the rest is made from it, and it was read already
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(wanted[path])
        print(f"wrote {path}")
    return 0


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
