"""`python -m gateway api|worker|migrate|envoy`."""

import sys

from gateway.app import print_envoy, service

if sys.argv[1:] == ["envoy"]:
    print_envoy()
else:
    from chassis.main import main

    main(service)
