"""`python -m services.reports.actions.sheet_reader`: one sheet in, what it says out as JSON; or the name of its refusal.

A program of its own, for a made-up file makes the library take whatever it can get: here that is a bounded amount.
"""

import json
import resource
import sys
from dataclasses import asdict

from chassis.errors import Invalid
from services.reports.actions import sheet_files

_MEMORY = 512 * 1024 * 1024  # bytes of addresses
_PROCESSOR = 10  # seconds; 200 rows take less than one


def main() -> None:
    """Whoever comes to the bounds is killed, or ends with MemoryError: no sheet is that long."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
    try:
        told: object = asdict(sheet_files.parse(sys.stdin.buffer.read()))
    except Invalid as refused:
        told = type(refused).__name__
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
