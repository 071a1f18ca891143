"""`make proof`: fuzz, kills and mutants. `QUICK=1` takes a sample of each.

Every part prints what it does; the first that fails decides the exit code, but all of them run.
"""

import os
import subprocess
import sys
import time


def main() -> int:
    """Run all; the number of parts that failed."""
    quick = os.environ.get("QUICK") == "1"
    parts = {
        "kills and fuzz": [sys.executable, "-m", "pytest", "tests", "-m", "proof", "--ignore=tests/architecture", "-q"],
        "mutants": [sys.executable, "-m", "tests.mutants", *(["--sample", "6"] if quick else [])],
    }
    failed = []
    for name, command in parts.items():
        began = time.monotonic()
        print(f"== {name}: {' '.join(command[1:])}", flush=True)
        code = subprocess.call(command)
        print(f"== {name}: {'ok' if code == 0 else f'failed with {code}'} after {time.monotonic() - began:.0f} s", flush=True)
        failed += [name] if code else []
    print(f"proof: {'all parts hold' if not failed else 'failed: ' + ', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
