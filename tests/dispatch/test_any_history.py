"""Whatever is asked in whatever order, under both packs: no state that can be reached breaks what must hold."""

from collections import Counter
from random import Random
from typing import ClassVar, get_args

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from services.dispatch.domain.evolve import OwnEvent
from services.dispatch.domain.state import Status
from tests.dispatch import moves
from tests.dispatch.disturbances import DISTURBANCES
from tests.dispatch.lifecycle import District, assert_by_the_pack

PICK = st.integers(0, 2**32 - 1).map(lambda seed: Random(seed).randrange(120))
"""A number from which a move picks unit, role and result; drawn evenly, and 120 has many divisors."""

MOST_CASES = 4
"""Merging needs two; with many, hardly one gets far in so many steps."""

OFTEN, LAST = 6, 9
"""Of ten steps so many go on with a case, so many up to the last disturb it, and one lets time pass."""

RUNS = settings(
    max_examples=150,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
"""Fixed, so that the states it reaches are the same every time."""


class Lifecycle(RuleBasedStateMachine):
    """Officials at work: mostly the next step, now and then anything else, while time goes on."""

    programme: ClassVar[str]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.district = District.of(self.programme)
        moves.accept(self.district, 1)

    def _case(self, pick: int) -> str:
        """Rather one of the first: what stands long is where things happen."""
        known = list(self.district.cases)
        return known[pick % len(known)] if pick % 3 else known[0]

    @rule(which=PICK, pick=PICK)
    def open(self, which: int, pick: int) -> None:
        if len(self.district.cases) < MOST_CASES:
            moves.accept(self.district, pick)
        else:
            moves.advance(self.district, self._case(which), pick)

    @rule(which=PICK, pick=PICK)
    def advance(self, which: int, pick: int) -> None:
        moves.advance(self.district, self._case(which), pick)

    @rule(seed=st.integers(0, 2**32 - 1), steps=st.integers(5, 80))
    def busy_days(self, seed: int, steps: int) -> None:
        """Several steps in one draw, evenly chosen; how many is what shrinks."""
        dice = Random(seed)
        for _ in range(steps):
            which, pick, kind = dice.randrange(120), dice.randrange(120), dice.randrange(10)
            if kind < OFTEN:
                moves.advance(self.district, self._case(which), pick)
            elif kind < LAST:
                DISTURBANCES[dice.randrange(len(DISTURBANCES))](self.district, self._case(which), pick)
            else:
                self.district.later(pick)

    @rule(which=PICK, pick=PICK, what=PICK)
    def disturb(self, which: int, pick: int, what: int) -> None:
        DISTURBANCES[what % len(DISTURBANCES)](self.district, self._case(which), pick)

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.district.later(hours)

    def teardown(self) -> None:
        self.district.assert_all_sound()
        self.district.assert_replays()
        for history in self.district.histories.values():
            assert_by_the_pack(self.district.pack, history)
        self.seen.update(self.district.seen)


@pytest.mark.timeout(200)  # eleven seconds; a failure is shrunk, and cut off at 60 s it would be told as a timeout
def test_no_order_of_asking_breaks_a_case() -> None:
    """LT-11: nothing is answered without being done, nor done without an end.

    Every state is reached under each pack; every event under one of them, for 贾汪 asks for no visit to the site."""
    written: set[str] = set()
    for programme in ("jw-2017", "lt-2019"):
        seen: Counter[str] = Counter()
        machine = type("Machine", (Lifecycle,), {"programme": programme, "seen": seen})
        run_state_machine_as_test(machine, settings=RUNS)
        assert {status for status in Status if not seen[status]} == {Status.UNKNOWN}, programme
        written |= {event for event, times in seen.items() if times}
    assert {event.TYPE for event in get_args(OwnEvent)} - written == set()
