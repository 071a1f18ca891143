"""`python -m services.gate api|worker|migrate|seed`."""

from chassis.main import main
from services.gate.app import service

main(service)
