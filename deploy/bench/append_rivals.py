"""Other event stores, each in a process of its own: `python -m deploy.bench.append_rivals NAME ADDRESS SECONDS`
prints how many events per second it took."""

import importlib
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable

PAYLOAD = b"x" * 700
"""About what an event of a case weighs."""

THREADS = {"umadb": 64, "eventsourcing": 8}
WARM_UP_S = 0.3

Write = Callable[[], object]
Rival = Callable[[str], Callable[[], Write]]
"""Given an address, what makes a thread's own writer."""


def umadb(address: str) -> Callable[[], Write]:
    """A UmaDB server at a URL; every thread has its own client."""
    module = importlib.import_module("umadb")

    def writer() -> Write:
        client = module.Client(address)
        tag = str(uuid.uuid4())
        return lambda: client.append([module.Event("noted", PAYLOAD, tags=[tag], uuid=uuid.uuid4())])

    return writer


def eventsourcing(address: str) -> Callable[[], Write]:
    """eventsourcing's recorder on a Postgres, with its database functions on; streams of ten events."""
    persistence = importlib.import_module("eventsourcing.persistence")
    host, port, database, user = address.split("/")
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": port,
        "POSTGRES_DBNAME": database,
        "POSTGRES_USER": user,
        "POSTGRES_PASSWORD": os.environ.get("PGPASSWORD", "none"),
        "POSTGRES_POOL_SIZE": str(THREADS["eventsourcing"]),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",
    }
    module = importlib.import_module("eventsourcing.utils")
    factory = persistence.InfrastructureFactory.construct(module.Environment(name="bench", env=environment))
    recorder = factory.application_recorder()

    def writer() -> Write:
        place = [uuid.uuid4(), 0]

        def write() -> object:
            if place[1] == 10:
                place[:] = [uuid.uuid4(), 0]
            place[1] += 1  # type: ignore[operator]
            return recorder.insert_events([persistence.StoredEvent(place[0], place[1], "noted", PAYLOAD)])

        return write

    return writer


RIVALS: dict[str, Rival] = {"umadb": umadb, "eventsourcing": eventsourcing}


def rate(make_writer: Callable[[], Write], threads: int, seconds: float) -> float:
    """Events per second of so many threads, each writing one event after the other."""
    begin = time.perf_counter() + WARM_UP_S
    end = begin + seconds
    counts = [0] * threads
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            write = make_writer()
            while (now := time.perf_counter()) < end:
                write()
                counts[number] += now >= begin
        except BaseException as error:
            failures.append(error)
            raise

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]
    return sum(counts) / seconds


def main() -> None:
    name, address, seconds = sys.argv[1:]
    print(rate(RIVALS[name](address), THREADS[name], float(seconds)))


if __name__ == "__main__":
    main()
