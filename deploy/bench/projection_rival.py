"""eventsourcing's ProjectionRunner on PostgreSQL: `python -m deploy.bench.projection_rival ADDRESS EVENTS` prints
how many events per second it folds into a table with one row per case."""

import os
import sys
import time
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

STEPS = 8
"""Events of one case, as many as on the other side."""

WITHIN_S = 100.0


class Case(Aggregate):
    """A case that only counts its steps."""

    @event("Opened")
    def __init__(self) -> None:
        self.steps = 1

    @event("Moved")
    def move(self, step: int) -> None:
        self.steps = step


class Cases(Application):  # type: ignore[type-arg]
    """Writes the cases."""

    def record(self) -> None:
        case = Case()
        for step in range(2, STEPS + 1):
            case.move(step)
        self.save(case)


class Board(PostgresTrackingRecorder):
    """A row per case, written in the transaction that tracks the event."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = Identifier(f"{self.tracking_table_name}_board")
        create = SQL("CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, steps int)")
        upsert = SQL("INSERT INTO {0} VALUES (%s, 1) ON CONFLICT (id) DO UPDATE SET steps = {0}.steps + 1")
        self.sql_create_statements.append(create.format(table))
        self.upsert = upsert.format(table)

    def step(self, id: Any, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self.upsert, (id,), prepare=True)
            self._insert_tracking(cursor, tracking)


class BoardProjection(Projection[Board]):
    """Every event counts."""

    name = "board"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.step(domain_event.originator_id, tracking)


def main() -> None:
    address, events = sys.argv[1:]
    host, port, database, user = address.split("/")
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": port,
        "POSTGRES_DBNAME": database,
        "POSTGRES_USER": user,
        "POSTGRES_PASSWORD": os.environ.get("PGPASSWORD", "none"),
    }
    cases = Cases(environment)
    for _ in range(int(events) // STEPS):
        cases.record()
    last = cases.recorder.max_notification_id()
    begun = time.perf_counter()
    with ProjectionRunner(
        application_class=Cases, projection_class=BoardProjection, view_class=Board, env=environment
    ) as runner:
        runner.wait(last, timeout=WITHIN_S)
        print(int(events) / (time.perf_counter() - begun))


if __name__ == "__main__":
    main()
