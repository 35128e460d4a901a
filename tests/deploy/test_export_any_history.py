"""Whatever officials do in whatever order: what the service records replays by the check's own table of states."""

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from contracts.event import Event
from deploy.export.conformance import Report, replay
from deploy.export.steps import Step, Trace, shown
from tests.dispatch.test_any_history import RUNS, Lifecycle
from tests.spec import NOON

FEWER = settings(RUNS, max_examples=60)
"""The states are reached by the longer run of the service's own test; here each history is looked at once more."""


def trace(case_id: str, history: list[Event]) -> Trace:
    steps = [
        Step(event.TYPE, "complete", NOON, "p", "r", "u", version, getattr(event, "order_id", None), shown(event))
        for version, event in enumerate(history, start=1)
    ]
    return Trace(case_id, case_id, "p", tuple(steps))


class Exported(Lifecycle):
    """The same officials; afterwards every case is exported and replayed."""

    reports: ClassVar[list[Report]]

    def teardown(self) -> None:
        report = replay(trace(case, list(history)) for case, history in self.district.histories.items())
        assert report.deviations == []
        self.reports.append(report)


@pytest.mark.parametrize("programme", ["jw-2017", "lt-2019"])
def test_every_history_replays_without_a_deviation(programme: str) -> None:
    reports: list[Report] = []
    machine = type("Machine", (Exported,), {"programme": programme, "seen": Counter(), "reports": reports})
    run_state_machine_as_test(machine, settings=FEWER)
    assert sum(report.steps for report in reports) > 1000
