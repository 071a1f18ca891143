"""How fast the backbone is: measured beside peers in one run, as ratios of CPU per unit of work; docs/performance.md shows the last."""
