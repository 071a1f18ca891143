"""`python -m tests.mutants [--sample N] [WORD]`: remove each guard in a scratch copy and see its test turn red.

The tests run the copy's code against the tests' platform, which runs the real code. A sample is drawn from the commit's hash.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.layout import from_environment
from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("bench", "chassis", "contracts", "deploy", "docs", "gateway", "services", "simulators", "tests", "pyproject.toml")
_PASSED, _FAILED = 0, 1  # pytest's exit codes; any other means that it did not get as far as the test
_ENDLESS, _BROKEN = -1, -2  # and ours
# what was found need not be made small: that can take minutes
_WORDS = ("-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=line", "--hypothesis-profile=found")
_PATIENCE = 240  # seconds; who is still at it then has found nothing


def main() -> int:
    """How many guards can be removed without a test noticing."""
    asked = argparse.ArgumentParser(prog="python -m tests.mutants")
    asked.add_argument("word", nargs="?", default="", help="only guards with this word")
    asked.add_argument("--sample", type=int, default=0)
    said = asked.parse_args()
    chosen = [one for one in MUTANTS if said.word in one.guard]
    if said.sample:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        chosen = random.Random(head).sample(chosen, min(said.sample, len(chosen)))
    layout = from_environment()
    environment = {**os.environ, "DATA": str(layout.data), "DETACH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    local = [sys.executable, "-m", "deploy.local"]
    was_up = subprocess.run([*local, "status"], cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0
    if not was_up:
        subprocess.run([*local, "up"], cwd=ROOT, env=environment, check=True)
    try:
        survivors = [one.guard for one in chosen if not _killed(one, environment)]
    finally:
        if not was_up:
            subprocess.call([*local, "down"], cwd=ROOT, env=environment)
    print(f"mutants: {len(chosen) - len(survivors)} of {len(chosen)} guards are kept by their test"
          + (f"; SURVIVED: {', '.join(survivors)}" if survivors else ""))
    return len(survivors)


def _killed(mutant: Mutant, environment: dict[str, str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        if not _applied(mutant, Path(folder)):
            return False
        code, told = _tried(mutant.test, Path(folder), environment)
    if code == _FAILED and " failed" not in told[-1] and _tried(mutant.test, ROOT, environment)[0] != _PASSED:
        code = _BROKEN  # what it stands on broke, and does so with the guard in its place
    verdicts = {_FAILED: "✓ red", _PASSED: "✗ STILL GREEN", _ENDLESS: "? no end", _BROKEN: "? red with it too"}
    print(f"{verdicts.get(code, f'? pytest ended with {code}'):<14} {mutant.guard:<30} {mutant.test}", flush=True)
    if code not in {_FAILED, _PASSED}:
        print("\n".join(told[-12:]))
    return code == _FAILED


def _tried(test: str, folder: Path, environment: dict[str, str]) -> tuple[int, list[str]]:
    """How pytest ended, and its lines."""
    command = [sys.executable, "-m", "pytest", *_WORDS, test]
    try:
        done = subprocess.run(
            command, cwd=folder, env={**environment, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return _ENDLESS, []
    return done.returncode, done.stdout.splitlines() or [""]


def _applied(mutant: Mutant, copy: Path) -> bool:
    """A copy of the house without the guard; False if the guard is not where it is said to be."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, copy / name)
    file = copy / mutant.file
    text = file.read_text()
    if text.count(mutant.before) != 1:
        print(f"? {mutant.guard}: its code stands {text.count(mutant.before)} times in {mutant.file}; mend guards/")
        return False
    file.write_text(text.replace(mutant.before, mutant.after))
    return True


if __name__ == "__main__":
    sys.exit(main())
