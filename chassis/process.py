"""A service as a value, and what a running process of it has in hand; knows no web framework."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from chassis.bus import Consumers
from chassis.db import Database
from chassis.directory import Directory
from chassis.privacy import PersonalData
from chassis.reach import NOBODY, SERVICE, Reach
from chassis.rights import Actor, Rights
from chassis.settings import Settings
from contracts.event import Event

if TYPE_CHECKING:
    from chassis.auth import Verifier
    from chassis.files import Files


@dataclass(frozen=True)
class Job:
    """What runs by the clock; any number of workers may run it, so it takes rows with SKIP LOCKED."""

    name: str
    every: float  # seconds
    run: "Callable[[Running], Awaitable[None]]"


@dataclass(frozen=True)
class Service:
    """All a service says of itself to the chassis."""

    name: str
    tables: MetaData
    rights: Rights
    api: str  # the package with `routers`; a name, because a worker must not load it
    consumers: tuple[Consumers, ...] = ()
    jobs: tuple[Job, ...] = ()
    settings: type[Settings] = Settings
    personal: PersonalData | None = None
    seed: "Callable[[Running], Awaitable[None]] | None" = None
    prepare: "Callable[[Running], Awaitable[None]] | None" = None  # once at the start of each process
    background: "Callable[[Running], Awaitable[None]] | None" = None  # beside the api, for as long as it serves
    front: "Callable[[Any, Running], Any] | None" = None  # an ASGI application before the framework's: for connections that stay
    mark: Callable[[int], Event] | None = None
    reach: Callable[[Actor | None], Reach] | None = None  # whose rows a request sees; None where no table has row security
    upload_kinds: frozenset[str] = field(default_factory=frozenset)


class Running:
    """The parts of one process; made once, closed once."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.database = Database(
            service.name, settings.database_url, keys=settings.keys, clock=settings.clock, pool_size=settings.pool_size,
            reach=SERVICE if service.reach is not None else NOBODY,
        )
        self.directory = Directory(self.database, service.rights)

    @cached_property
    def verifier(self) -> "Verifier":
        """Who checks access tokens."""
        from chassis.auth import Verifier  # noqa: PLC0415 - a worker must not carry it: nine megabytes

        return Verifier(self.settings.public_origin, self.settings.jwks_url, self.settings.clock)

    @cached_property
    def files(self) -> "Files":
        """The object store, behind its narrow port."""
        from chassis.files import Files  # noqa: PLC0415 - who has no files must not carry it: six megabytes

        return Files(self.service.name, self.settings)

    async def close(self) -> None:
        """Give everything back."""
        await self.database.close()
