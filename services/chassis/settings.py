"""What a process is told from outside: `HUIYIN_*` environment variables, the same names for every service."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

DISTRICT = r"^[a-z0-9][a-z0-9-]*$"
"""A district code stands in stream and subject names, so it is a plain lower-case word."""

MIN_SECRET = 32
"""The shared secret signs every session; shorter ones could be guessed."""


class Settings(BaseSettings):
    """One process' settings. Secrets are never printed: `SecretStr` hides them in logs and tracebacks."""

    model_config = SettingsConfigDict(env_prefix="HUIYIN_", extra="ignore", frozen=True)

    service: str = ""
    """Filled in by the service's entry point; settable so that two instances can be told apart in logs."""

    district: Annotated[str, StringConstraints(pattern=DISTRICT)]
    dsn: str
    owner_dsn: str | None = None
    """Used by `migrate` only; the serving role can neither create nor alter tables of the log."""

    nats_url: str | None = "nats://127.0.0.1:4222"
    """None or empty runs a service by itself: it takes commands and publishes nothing until it is given a broker."""

    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_creds: Path | None = None
    nats_replicas: int = 1

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8080"
    secret: Annotated[SecretStr, Field(min_length=MIN_SECRET)]
    """Shared by the four services: whoever is logged in at one is logged in at all."""

    simulated_from: date | None = None
    """The day a simulated installation begins at; chosen when it is created, refused on a real one."""

    demo: bool = False
    """An installation to try things out on: it may have accounts whose passwords stand on the login page."""

    data_dir: Path = Path(".huiyin")
    files: str = ""
    """Where attachments lie: a folder, or `s3://bucket/prefix`; empty is the folder `files` of `data_dir`. All
    processes of a service must see the same place."""

    fonts: str = ""
    """A folder with the district's own licensed fonts (仿宋、小标宋) for official papers."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trace_exporter: Literal["none", "console", "otlp"] = "none"
    pool_size: int = 10
    """Connections for pages, projections and reactors; the log brings its own for appends."""

    @property
    def simulated(self) -> bool:
        return self.simulated_from is not None

    @property
    def shows_passwords(self) -> bool:
        """Whether demo accounts may exist: never where people do real work."""
        return self.demo or self.simulated

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure wherever people reach the product by https."""
        return self.public_url.startswith("https://")

    @property
    def migration_dsn(self) -> str:
        return self.owner_dsn or self.dsn
