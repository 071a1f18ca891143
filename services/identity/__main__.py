"""`python -m services.identity api|worker|migrate|seed|replay|redrive`."""

from chassis.main import main
from services.identity.app import service

main(service)
