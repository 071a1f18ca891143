"""The composition root of the edge, and of Envoy's configuration in containers."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import MetaData

from chassis import directory
from chassis.process import Service
from chassis.rights import Rights, Rule
from chassis.tables import NAMES
from gateway import live
from gateway.envoy import render
from gateway.filters import Network
from gateway.front import Front
from gateway.settings import EdgeSettings

RIGHTS: Rights = {"live.listen": Rule(anyone=True)}

service = Service(
    name="edge",
    tables=MetaData(naming_convention=NAMES),
    rights=RIGHTS,
    api="gateway.api",
    consumers=(directory.consumers("edge"),),
    settings=EdgeSettings,
    background=live.listen,
    front=Front,
)


def write_envoy(file: Path) -> None:
    """Write the configuration for the addresses in the environment; what the container of Envoy starts with."""
    upstreams = dict(pair.split("=", 1) for pair in os.environ["UPSTREAMS"].split(","))
    places = {name: (urlsplit(url).hostname or "", urlsplit(url).port or 80) for name, url in upstreams.items()}
    network = Network(
        listen=("0.0.0.0", int(os.environ.get("LISTEN_PORT", "8080"))), admin_port=9901,  # noqa: S104 - the public door
        upstreams=places, origin=os.environ["PUBLIC_ORIGIN"], reuse_port=True,
    )
    file.write_text(render(network))
