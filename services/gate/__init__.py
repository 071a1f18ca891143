"""gate: the physical gate. A driver waits, somebody answers, the barrier opens."""
