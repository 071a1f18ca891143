"""`python -m services.health api|worker|migrate|seed`."""

from chassis.main import main
from services.health.app import service

main(service)
