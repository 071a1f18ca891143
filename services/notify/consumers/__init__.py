"""Events in: who is told what, a room for each service that says it."""
