"""What every service rides on; knows the contracts, knows no service."""
