"""The services: independent, each with its own database, talking by events."""
