"""The parts of a trial: the days wait for everybody, the script is drawn from its seed, the checks can fail."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest

from contracts.dispatch import CaseStruckOff
from contracts.pack import parse_pack
from deploy.cli.message_files import columns, message, rows
from deploy.trial import district, fate, invariants, programme, rule, synthetic
from deploy.trial.days import Days, half_days
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.facts import Fact
from services.reporting.domain.canonical import Cell

PACK = parse_pack(programme.PACK.read_bytes())
SOUND: dict[str, Cell] = dict.fromkeys(invariants.FIGURES, 0) | {"unit": "town-01", **dict.fromkeys(invariants.SHARES)}


def test_the_days_are_those_that_were_worked() -> None:
    days = {moment.date() for moment in half_days(calendar_for(PACK), date(2017, 9, 25), date(2017, 10, 9))}
    assert date(2017, 9, 30) in days  # a Saturday that was worked for the holiday
    assert days.isdisjoint({date(2017, 10, day) for day in range(1, 9)})
    assert [day.day for day in sorted(days)] == [25, 26, 27, 28, 29, 30, 9]


async def test_a_day_ends_when_everybody_waits() -> None:
    moments = half_days(calendar_for(PACK), date(2017, 6, 8), date(2017, 6, 9))
    done: list[tuple[str, datetime]] = []

    async def begin(moment: datetime) -> None:
        done.append(("clock", moment))

    async def after(moment: datetime) -> None:
        done.append(("after", moment))

    days = Days(moments, begin)

    async def story() -> None:
        for _ in range(3):
            await days.wait(1)
            done.append(("acts", days.now))

    days.tell(story())
    await days.run(after)
    assert [what for what, _ in done] == ["clock", "acts", "after"] * 3 + ["clock", "after"]
    assert all(moment in moments for _, moment in done)


async def test_a_story_that_breaks_ends_the_trial() -> None:
    async def nothing(moment: datetime) -> None:
        return

    async def broken() -> None:
        raise KeyError("no such unit")

    days = Days([datetime(2017, 6, 8, 9, tzinfo=LOCAL)], nothing)
    days.tell(broken())
    with pytest.raises(KeyError):
        await days.run(nothing)


def test_the_same_seed_draws_the_same_and_every_category_has_a_department() -> None:
    assert [fate.draw(7, str(n), 140) for n in range(50)] == [fate.draw(7, str(n), 140) for n in range(50)]
    assert {fate.draw(7, str(n), 140).ending for n in range(900)} == {ending for ending, _ in fate.ENDINGS}
    for category in PACK.category_names():
        assert district.department_for(category) in district.handling_units()
    for title in ("示例一路路灯不亮", "请问社保如何转移", "小区业主反映噪音", "其他事情"):
        found = rule.judge(title, "1")
        assert found.category in PACK.category_names()
        assert found.lead in district.handling_units()


def test_a_synthetic_file_reads_as_the_importer_reads(tmp_path: Path) -> None:
    one, two = synthetic.write(tmp_path / "a.csv", 60, 3), synthetic.write(tmp_path / "b.csv", 60, 3)
    assert one.read_bytes() == two.read_bytes()
    found = [message(row, "") for row in rows(one, columns(None))]
    assert len(found) == len({each.ref for each in found}) == 60


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"solved_share": "100.01", "total": 1}, "100.01"), ({"struck_off_share": "0.00"}, "of 0"), ({}, "")],
)
def test_shares_are_looked_at(changed: dict[str, Cell], said: str) -> None:
    found = list(invariants.shares_are_sane([SOUND | changed]))
    assert bool(found) == bool(said)
    assert all(said in wrong for wrong in found[:1])


def test_units_that_do_not_make_the_total_are_named() -> None:
    rows: Sequence[dict[str, Cell]] = [SOUND | {"solved": 2}, SOUND | {"unit": None, "solved": 3}]
    assert list(invariants.units_make_the_total(rows)) == ["solved: the units make 2, the total says 3"]


def test_a_strike_off_without_completion_is_found() -> None:
    event = CaseStruckOff(case_id="c-1", case_no=1, by_unit="town-01", basis="unit_self", on_time=True)
    fact = Fact.__new__(Fact)
    fact.event, fact.stream, fact.version = event, "case-c-1", 4
    assert list(invariants.Order(("finish_by",)).check(fact)) == [
        "case-c-1 version 4: a case was struck off without completion"
    ]
