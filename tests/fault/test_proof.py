"""The long run: hundreds of random faults under load, in rounds, each followed by the comparison of all logs.

`HUIYIN_INJECTIONS` and `HUIYIN_SEED` change its size and its dice; its report is kept in `docs/proof/faults.md`.
"""

import asyncio
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from services.chassis.crash import Place
from tests.fault.conftest import MakeDistrict
from tests.fault.harness import District, freeze, pid_of, thaw
from tests.fault.test_faults import CRASHES, delete_stream

pytestmark = [pytest.mark.proof, pytest.mark.timeout(4 * 3600)]

INJECTIONS = int(os.environ.get("HUIYIN_INJECTIONS", "200"))
SEED = int(os.environ.get("HUIYIN_SEED", "20170717"))
PER_ROUND = 20
SETTLE_S = 180.0
REPORT = Path(__file__).parents[2] / "docs" / "proof" / "faults.md"
SOURCES = ("intake", "dispatch", "supervision", "reporting")


class Dice:
    """Chooses and does one fault after the other."""

    def __init__(self, district: District, seed: int) -> None:
        self.district, self.random = district, random.Random(seed)
        self.done: Counter[str] = Counter()

    def throw(self) -> None:
        faults: list[Callable[[], None]] = [
            self.kill_service,
            self.freeze_service,
            self.crash_service,
            self.kill_broker,
            self.freeze_broker,
            self.empty_broker,
            self.delete_stream,
            self.kill_postgres,
            self.freeze_postgres,
            self.restore,
        ]
        fault = self.random.choice(faults)
        fault()
        self.done[fault.__name__] += 1
        self.district.progress(self.random.randint(5, 60), SETTLE_S)

    def kill_service(self) -> None:
        name = self._service()
        self.district.kill(name)
        self._wait(3)
        self.district.start(name)

    def freeze_service(self) -> None:
        name = self._service()
        self.district.signal(name, signal.SIGSTOP)
        self._wait(5)
        self.district.signal(name, signal.SIGCONT)

    def crash_service(self) -> None:
        """The instance that leads dies between two steps; it is started again until it leads and passes the place."""
        place: Place = self.random.choice(CRASHES)
        source = self.random.choice(SOURCES)
        name = self.district.leading(source)
        other = next(n for n, spec in self.district.specs.items() if spec.source == source and n != name)
        for each in (name, other):
            self.district.kill(each)
        self.district.start(name, crash=(place, self.random.randint(1, 20)))
        self.district.wait_for_crash(name, within_s=60)
        for each in (name, other):
            self.district.start(each)

    def kill_broker(self) -> None:
        self.district.broker.kill()
        self._wait(4)
        self.district.broker.start()

    def freeze_broker(self) -> None:
        pid = pid_of(self.district.broker.process)
        freeze(pid)
        self._wait(8)
        thaw(pid)

    def empty_broker(self) -> None:
        self.district.broker.kill()
        shutil.rmtree(self.district.broker.store)
        self._wait(3)
        self.district.broker.start()

    def delete_stream(self) -> None:
        asyncio.run(delete_stream(self.district, self.random.choice(SOURCES)))

    def kill_postgres(self) -> None:
        self.district.postgres.kill()
        self._wait(3)
        self.district.postgres.start()

    def freeze_postgres(self) -> None:
        with self.district.frozen_postgres():
            self._wait(4)

    def restore(self) -> None:
        """A copy of about 100 events earlier, under running services. The load of that service rests meanwhile, so
        that everything acknowledged has reached somebody: it must all come back."""
        source = self.random.choice(SOURCES)
        names = [name for name, spec in self.district.specs.items() if spec.source == source]
        self.district.until(self.district.open, "open before the copy", SETTLE_S)
        copy = self.district.backup(source)
        self.district.progress(100 * len(SOURCES), SETTLE_S)
        for name in names:
            self.district.signal(name, signal.SIGUSR2)
        self.district.until(lambda: self.district.published(source), "published before the restore", SETTLE_S)
        self.district.restore(source, copy)
        for name in names:
            self.district.signal(name, signal.SIGUSR2)
        self.district.until(self.district.open, "taken back", SETTLE_S)

    def _service(self) -> str:
        return self.random.choice(list(self.district.specs))

    def _wait(self, most_s: float) -> None:
        time.sleep(self.random.uniform(0.1, most_s))


def test_hundreds_of_faults(make_district: MakeDistrict) -> None:
    district = make_district(*SOURCES, instances=("a", "b"))
    district.slow_down(0.3)
    dice, rounds, started = Dice(district, SEED), [], time.monotonic()
    while sum(dice.done.values()) < INJECTIONS:
        with district.running():
            district.until(district.open, "open", SETTLE_S)
            for _ in range(min(PER_ROUND, INJECTIONS - sum(dice.done.values()))):
                dice.throw()
            checked = district.settle_and_check(within_s=SETTLE_S)
        rounds.append(checked)
        report(dice, rounds[-1].acked, rounds[-1].events, len(rounds), time.monotonic() - started, checked.findings)
        assert checked.findings == []


def report(dice: Dice, acked: int, events: int, rounds: int, seconds: float, findings: list[str]) -> None:
    """What was done and found, written after every round so that a broken run leaves its report too."""
    kinds = "\n".join(f"| {name.replace('_', ' ')} | {count} |" for name, count in sorted(dice.done.items()))
    found = "\n".join(f"- {finding}" for finding in findings) or "Nothing."
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        f"# Faults under load\n\n`make proof`, seed {SEED}: {sum(dice.done.values())} injections in {rounds} rounds, "
        f"{seconds / 60:.0f} minutes, four services with two instances each on real PostgreSQL and NATS servers.\n"
        f"{acked} commands were acknowledged; each of the four logs holds {events} events.\n\n"
        f"| fault | times |\n|---|---|\n{kinds}\n\n"
        "A restore puts back a copy about 100 events old while that service's load rests, so that all of it had\n"
        "reached another service; a tail that nobody else holds is refused instead, which the transport's own tests\n"
        "cover. Service processes here are a log with its transport, without the services' decisions and screens.\n\n"
        "After every round: each acknowledged command is in its log exactly once, every chain and every stream of\n"
        "every log verifies, and all logs hold the same bytes. What was found:\n\n"
        f"{found}\n"
    )
