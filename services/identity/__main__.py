"""`python -m services.identity api|worker|migrate|seed`."""

from chassis.main import main
from services.identity.app import service

main(service)
