"""`python -m gateway api|worker|migrate|envoy FILE`."""

import sys
from pathlib import Path

from gateway.app import service, write_envoy

if sys.argv[1:2] == ["envoy"]:
    write_envoy(Path(sys.argv[2]))
else:
    from chassis.main import main

    main(service)
