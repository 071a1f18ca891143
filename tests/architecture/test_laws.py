"""Laws of the house that no linter knows; each message says the law and how to mend what breaks it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import sizes
from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
OURS = ("contracts", "chassis", "services", "gateway", "simulators", "deploy")
FILES = sorted(file for room in OURS for file in (ROOT / room).rglob("*.py") if "migrations" not in file.parts)
TREES = {file: ast.parse(file.read_text()) for file in FILES}
SERVICES = sorted(file.name for file in (ROOT / "services").iterdir() if (file / "app.py").is_file())


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def calls(file: Path) -> Iterator[str]:
    """Every call of a file, as it is written."""
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_is_one_idea(file: Path) -> None:
    lines = len(file.read_text().splitlines())
    assert lines <= 300, f"{name(file)} has {lines} lines: which idea in it wants a room of its own?"


def test_the_chassis_only_shrinks() -> None:
    found = sum(sizes.code_lines(file) for file in (ROOT / "chassis").rglob("*.py") if "migrations" not in file.parts)
    assert found <= sizes.CHASSIS_BOUND, f"the chassis has {found} lines: what in it is one service's own? (decision 0019)"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_function_fits_on_a_screen(file: Path) -> None:
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{name(file)}:{node.lineno} {node.name} has {length} lines: name its parts"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_begins_by_saying_what_it_is(file: Path) -> None:
    if file.read_text().strip():
        assert ast.get_docstring(TREES[file]), f"{name(file)} has no docstring: one sentence, what it is for"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_only_the_clock_asks_the_time(file: Path) -> None:
    allowed = {"chassis/clock.py", "chassis/telemetry.py", "deploy/local/run.py"}
    if name(file) in allowed:
        return
    asked = {call for call in calls(file) if re.search(r"\b(datetime|date)\.(now|utcnow|today)$|^time\.time(_ns)?$", call)}
    demo = {"time.time"} if name(file) == "deploy/local/demo.py" else set()  # picks the next neighbour, nothing else
    assert not asked - demo, f"{name(file)} asks {asked}: take `work.now` or `clock.now()`, so that a test can move it"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_setting_of_a_session_outlives_its_transaction(file: Path) -> None:
    text = file.read_text()
    found = re.search(r'"\s*set (?!local\b|default\b)(session |role|timezone|search_path|statement_timeout)', text, re.IGNORECASE)
    assert found is None, f"{name(file)}: plain SET leaks into the next transaction behind a pooler; use SET LOCAL"


@pytest.mark.parametrize("file", [one for one in FILES if "services" in one.parts or "chassis" in one.parts], ids=name)
def test_nothing_notifies_or_sleeps_inside_a_business_transaction(file: Path) -> None:
    if name(file) == "chassis/relay.py":
        return
    assert "pg_notify" not in file.read_text(), f"{name(file)}: wake the relay after the commit, never in it"
    assert not re.search(r'"notify ', file.read_text()), f"{name(file)}: the Waker notifies, after the commit"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    home = ROOT / "services" / service
    assert {"app.py", "api", "actions", "domain", "store", "migrations", "__main__.py", "__init__.py"} <= {
        one.name for one in home.iterdir()
    }, f"services/{service} lacks a room"
    assert (home / "domain" / "rights.py").is_file(), f"services/{service} says nowhere who may do what"


@pytest.mark.parametrize("file", [one for one in FILES if "api" in one.parts and "services" in one.parts], ids=name)
def test_a_route_is_thin(file: Path) -> None:
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
            body = [one for one in node.body if not isinstance(one, ast.Expr)]
            assert len(body) <= 3, f"{name(file)}:{node.lineno} {node.name}: what it does belongs into actions/"


def test_names_say_what_a_file_is() -> None:
    vague = re.compile(r"(^|/)(utils?|helpers?|common|misc|manager)(\.py|/)")
    assert not [name(file) for file in FILES if vague.search(name(file))]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / one for one in listed if one and (ROOT / one).is_file()]


def test_nothing_is_left_open() -> None:
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"))
    left = re.compile(rf"\b({words})\b|pytest\.mark\.(" + "sk" + "ip|xf" + "ail)")
    for file in tracked():
        if file.suffix == ".py":
            assert not left.search(file.read_text()), f"{name(file)}: finish it, or name it in the closing note"


def test_no_lock_file_names_an_address() -> None:
    for file in tracked():
        if file.suffix == ".lock" or "requirements" in file.name or file.name == "package-lock.json":
            remedy = "`make lock` leaves them out; of npm's take `resolved` and `funding` out"
            assert not re.search(r"https?://", file.read_text()), f"{name(file)} names a host: {remedy}"


def test_every_package_is_pinned_with_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert entries
    assert all("==" in line for line in entries)
    assert lock.count("--hash=sha256:") >= len(entries)


def test_links_between_documents_lead_somewhere() -> None:
    for file in tracked():
        if file.suffix == ".md":
            for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", file.read_text()):
                assert (file.parent / target).exists(), f"{name(file)} links to {target}, which is not there"


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_carries_only_what_it_uses(service: str) -> None:
    loads = f"import sys, chassis.main, services.{service}.app; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    needed = {"identity": {"joserfc", "httpx"}, "reports": {"minio", "httpx"}, "health": {"httpx"}}.get(service, set())
    heavy = {"fastapi", "starlette", "joserfc", "httpx", "minio", "requests", "alembic", "openpyxl", "numpy"}
    spare = heavy & set(told.split()) - needed
    assert not spare, f"the worker of {service} loads {spare} and does not use it: import it where it is used"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_a_guard_stands_where_its_mutant_takes_it_away(mutant: Mutant) -> None:
    found = (ROOT / mutant.file).read_text().count(mutant.before)
    assert found == 1, f"{mutant.guard}: its code stands {found} times in {mutant.file}; mend tests/mutants/guards/"
