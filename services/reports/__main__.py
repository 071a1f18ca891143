"""`python -m services.reports api|worker|migrate|seed`."""

from chassis.main import main
from services.reports.app import service

main(service)
