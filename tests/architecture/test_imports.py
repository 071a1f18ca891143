"""The import rules notice: each wrong import, added to a copy of the tree, turns the check red by the rule's name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("chassis", "contracts", "deploy", "gateway", "services", "simulators")
WRONG = [
    ("services/gate/domain/gate.py", "from services.reports.domain import report", "no service imports another"),
    ("services/gate/domain/gate.py", "import sqlalchemy", "the domain is plain Python"),
    ("services/gate/domain/gate.py", "from services.gate.actions import gates", "inside a service calls go one way"),
    ("services/gate/actions/gates.py", "import fastapi", "a worker does not carry the web framework"),
    ("chassis/clock.py", "from services.gate.domain import gate", "the chassis knows contracts"),
    ("contracts/gate.py", "from chassis import clock", "contracts know nothing"),
]


@pytest.mark.parametrize(("file", "line", "rule"), WRONG, ids=[f"{line} in {file}" for file, line, _ in WRONG])
def test_a_wrong_import_is_noticed(tmp_path: Path, file: str, line: str, rule: str) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "k8s", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / file
    target.write_text(f"{target.read_text()}\n{line}\n")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stdout
    broken = [one for one in done.stdout.splitlines() if one.endswith("BROKEN")]
    assert any(rule in one for one in broken), broken
