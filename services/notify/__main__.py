"""`python -m services.notify api|worker|migrate|seed`."""

from chassis.main import main
from services.notify.app import service

main(service)
