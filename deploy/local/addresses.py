"""Where the parts of an installation listen and how to log in to them; for its launcher and for operators' tools."""

from urllib.parse import quote

from deploy.local import databases
from deploy.local.nats_conf import DRIVER, OPERATOR
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.postgres import SUPERUSER
from deploy.local.record import Kind, Record, Refused

FIXED = 3
"""Ports before the services': PostgreSQL, NATS, NATS monitoring."""


class Addresses:
    """Ports are chosen once and remembered; passwords are made once and kept in the folder's secrets."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def choose(self, services: int) -> list[int]:
        """The inner ports for a start: the remembered ones where they are free, else new ones."""
        known = self._record.note("inner_ports") or []
        wanted = FIXED + services
        if len(known) >= wanted and all(map(is_free, known[:wanted])):
            return [int(port) for port in known[:wanted]]
        ports = free_ports(wanted)
        self._record.remember("inner_ports", ports)
        return ports

    def dsn(self, service: str) -> str:
        """A service's database, with the rights of the running service."""
        return self._database(databases.role(service), databases.database(service))

    def owner_dsn(self, service: str) -> str:
        """A service's database, with the rights of its migrations."""
        return self._database(databases.owner(service), databases.database(service))

    def admin_dsn(self, service: str | None = None) -> str:
        """The superuser's address, for operators' tools and for damaging things on purpose."""
        name = databases.database(service) if service else "postgres"
        return self._database(SUPERUSER, name, self._record.secret("pg_superuser"))

    @property
    def nats_url(self) -> str:
        return f"nats://{LOOPBACK}:{self._port(1)}"

    @property
    def nats_admin_url(self) -> str:
        """The broker with the operator's rights; a service's user may do far less."""
        return f"nats://{OPERATOR}:{self._record.secret('nats_' + OPERATOR)}@{LOOPBACK}:{self._port(1)}"

    @property
    def session_secret(self) -> str:
        """Signs sessions at all services."""
        return self._record.secret("session")

    @property
    def driver_password(self) -> str:
        """Of the broker's user that sets simulated time."""
        return self._record.secret(f"nats_{DRIVER}")

    def service_settings(self, service: str, port: int, public_url: str, log_level: str) -> dict[str, str]:
        """The environment of one service process: the same settings as in production."""
        values = {
            "DISTRICT": self.kind.district,
            "DSN": self.dsn(service),
            "NATS_URL": self.nats_url,
            "NATS_USER": service,
            "NATS_PASSWORD": self._record.secret(f"nats_{service}"),
            "HOST": LOOPBACK,
            "PORT": str(port),
            "PUBLIC_URL": public_url,
            "SECRET": self.session_secret,
            "DATA_DIR": str(self._record.folder / "data" / service),
            "LOG_LEVEL": log_level,
        }
        if self.kind.simulated_from is not None:
            values["SIMULATED_FROM"] = self.kind.simulated_from.isoformat()
        return {f"HUIYIN_{name}": value for name, value in values.items()} | {"PYTHONUNBUFFERED": "1"}

    @property
    def kind(self) -> Kind:
        """What the installation was created as."""
        return self._record.kind(None)

    @property
    def url(self) -> str:
        """The one address people and programs use; known while it runs."""
        running = self._record.running()
        if running is None:
            raise Refused(f"the installation in {self._record.folder} does not run; `make up` starts it")
        return str(running["url"])

    def _database(self, user: str, name: str, password: str | None = None) -> str:
        secret = password or self._record.secret(f"pg_{user}")
        return f"postgresql://{user}:{quote(secret, safe='')}@{LOOPBACK}:{self._port(0)}/{name}"

    def _port(self, n: int) -> int:
        ports = self._record.note("inner_ports")
        if not ports:
            raise Refused(f"there is no installation in {self._record.folder}; `make up` makes one")
        return int(ports[n])
