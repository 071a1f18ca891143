"""What only the edge needs: where the services are, and whether this is a demo."""

from pathlib import Path

from chassis.settings import Settings


class EdgeSettings(Settings):
    """`upstreams` is `name=http://host:port,…` for every service."""

    upstreams: str
    demo_file: Path | None = None  # demo accounts; only where nobody real lives
    sms_view_url: str = ""  # the SMS simulator's list of messages; only in the demo

    def addresses(self) -> dict[str, str]:
        """Service → base URL."""
        return dict(pair.split("=", 1) for pair in self.upstreams.split(",") if pair)
