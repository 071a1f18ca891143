"""What the environment decides; read once at the start, frozen."""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.clock import Clock
from chassis.crypto import Keys, keyring


class Settings(BaseSettings):
    """The same for every service; what only one needs stands in its own `settings.py`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(description="postgresql+asyncpg://…; may be pooled in transaction mode")
    database_direct_url: str = Field(description="the same database without a pooler: relay, jobs, LISTEN")
    database_owner_url: str = Field("", description="the same as its owner, for migrations alone; no other process is told")
    rabbitmq_url: str
    public_origin: str = "http://localhost:8080"
    jwks_url: str
    host: str = "127.0.0.1"
    port: int
    pool_size: int = 8

    s3_endpoint: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_region: str = "us-east-1"

    kek_file: Path = Field(description="32 random bytes: wraps the data key of each person; more are on their way in or out")
    index_key_file: Path = Field(description="32 random bytes: the blind index")
    anchor_key_file: Path = Field(description="32 random bytes: signs the audit's roots (Ed25519)")
    clock_file: Path | None = None
    otel_exporter_otlp_endpoint: str = ""
    log_level: str = "INFO"

    @cached_property
    def clock(self) -> Clock:
        """The clock of this process."""
        return Clock(self.clock_file)

    @cached_property
    def keys(self) -> Keys:
        """The service's own keys; they never leave it."""
        return Keys(kek=keyring(self.kek_file.read_bytes()), index=self.index_key_file.read_bytes())
