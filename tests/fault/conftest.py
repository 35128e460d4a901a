"""A district of service processes for each test, on the shared PostgreSQL and a broker of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local.broker import Broker
from deploy.local.nats_conf import OPERATOR, render
from deploy.local.postgres import Postgres
from tests.conftest import DsnFactory
from tests.fault.harness import District

OPERATOR_PASSWORD = "operator-password"
MakeDistrict = Callable[..., District]


@pytest.fixture
def make_district(
    postgres: Postgres, pg_dsn_factory: DsnFactory, own_nats_server: Callable[..., Broker], tmp_path: Path
) -> MakeDistrict:
    """Services by name, with the permissions that `make up` gives them."""

    def make(*sources: str, instances: tuple[str, ...] = ("a",)) -> District:
        passwords = {source: f"{source}-password" for source in sources}
        config = render(
            district="fault",
            passwords={**passwords, OPERATOR: OPERATOR_PASSWORD},
            services=sources,
            store_dir=tmp_path / "nats0" / "jetstream",
        )
        broker = own_nats_server(config)
        broker.start()
        databases = {source: str(conninfo_to_dict(pg_dsn_factory())["dbname"]) for source in sources}
        return District(
            tmp_path / "services",
            postgres,
            broker,
            databases,
            district="fault",
            passwords=passwords,
            instances=instances,
        )

    return make
