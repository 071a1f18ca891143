"""How it runs: on one bare machine, in containers, in a cluster."""
