"""What only the edge needs: where the services are, and whether this is a demo."""

from pathlib import Path

from chassis.settings import Settings


class EdgeSettings(Settings):
    """`upstreams` is `name=http://host:port,…` for every service."""

    upstreams: str
    workers: str = ""  # the same of their workers' probes
    demo_file: Path | None = None  # demo accounts; only where nobody real lives
    sms_view_url: str = ""  # the SMS simulator's list of messages; only in the demo
    traces_url: str = ""  # the collector's list of traces; only in the demo

    def addresses(self) -> dict[str, str]:
        """Service → base URL."""
        return _pairs(self.upstreams)

    def worker_addresses(self) -> dict[str, str]:
        """Service → base URL of its worker's probes."""
        return _pairs(self.workers)


def _pairs(said: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in said.split(",") if pair)
