"""`python -m services.identity.actions.sheet_reader`: one sheet in, what it says out as JSON; or the name of its refusal.

A program of its own, for a made-up file makes the library take whatever it can get: here that is a bounded amount.
"""

import json
import resource
import sys
from dataclasses import asdict

from chassis.errors import Invalid
from services.identity.actions import sheets

_MEMORY = 512 * 1024 * 1024  # bytes of addresses; 10,000 rows take about 200 MiB of them
_PROCESSOR = 20  # seconds; 10,000 rows take about two


def main() -> None:
    """Whoever comes to the bounds is killed, or ends with MemoryError: no sheet is that long."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
    try:
        told: object = asdict(sheets.parse(sys.stdin.buffer.read()))
    except Invalid as refused:
        told = type(refused).__name__
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
