"""Months of both programmes on simulated time: three days in every build, the whole of them with the proofs."""

from datetime import date
from pathlib import Path

import pytest

from contracts.pack import parse_pack
from contracts.supervision import CadenceMissed, DeadlineBreached
from deploy.trial.months import cast, jiawang, liulitun
from deploy.trial.months.__main__ import How, live, run
from deploy.trial.months.jiawang import LIAISON_ROW
from deploy.trial.programmes.__main__ import Sheet, Which
from services.chassis.clock import LOCAL
from services.chassis.deadlines import Rhythm, calendar_for, slot_days

REPORT = Path(__file__).parents[2] / "docs" / "proof" / "months.md"
HEAD = """# Months of both programmes, in peace and with the services killed on the way

贾汪 from July to September 2017 and 六里屯 from 2019-09-10 to 12-10, acted out through the HTTP API on simulated
time by `make proof` (`python -m deploy.trial.months jw lt` prints the same). Every programme is lived through three
times with the same script: in peace; while supervision and those who feed it are killed at moments drawn with a seed,
and supervision is given again what it had just done (every reactor's checkpoint put back) and what others told it long
ago (events delivered again); and with outages of days, after which all that others recorded comes late. With trouble
supervision must record the same events as in peace, each as often, but for ids, log positions and the moment at which
a thing was noticed. After days of absence reminders are fewer and slips later; clocks, breaches by the moment they
were due, who is called back and slots are the same.

The slots are written down by hand from the published calendar and not by the code under test. 贾汪's group misses its
meeting of 08-16 and makes it up on 08-18; a group without its next month's plan refuses the office's meeting. Of
六里屯's 27 Tuesdays and Thursdays 25 were worked, on which two people stay away once each; the reports R11, R13 and
R14 are made by nobody here, so that their slots are missed.

```
"""


def test_the_slots_that_the_months_ask_for_are_the_calendars() -> None:
    """Written down by hand, and reckoned by the rules: the same days."""
    for company, owed in ((cast.jiawang(), jiawang.owed()), (cast.liulitun(), liulitun.owed())):
        pack = parse_pack(company.pack.read_bytes())
        for row in pack.lists.cadence:
            rhythm = Rhythm(row.every, row.slots, row.roll, row.months, pack.programme.start)
            days = slot_days(rhythm, company.begins, pack.programme.end, calendar_for(pack))
            assert sorted({one.day for one in owed if one.cadence == row.id}) == days, row.id
    assert len(liulitun.TUE_THU) == 27
    assert sorted(liulitun.WORKED) == sorted({one.day for one in liulitun.owed() if one.cadence == liulitun.DUTY})
    assert len(liulitun.WORKED) == 25


def test_the_amended_rules_are_a_pack() -> None:
    old = cast.jiawang().pack.read_text(encoding="utf-8")
    assert old.count("cadence = [\n") == 1
    new = parse_pack(old.replace("cadence = [\n", LIAISON_ROW, 1).replace("version = 1\n", "version = 2\n", 1).encode())
    assert new.lists.cadence[0].id == "liaison"


@pytest.mark.e2e
@pytest.mark.timeout(300)
async def test_a_meeting_is_missed_once_though_supervision_was_away_when_it_was(scratch: Path) -> None:
    lived = await live(Which.JW, scratch / "days", How.OUTAGES, small=True)
    wrong = {check.name: check.wrong for check in lived.found if check.wrong or not check.looked}
    assert not wrong
    assert lived.trouble["outages of days"] == 1
    breached = [fact.event for fact in lived.everything if isinstance(fact.event, DeadlineBreached)]
    assert {one.kind for one in breached} >= {"sign", "finish"}, "and clocks that ran out meanwhile"
    missed = [fact.event for fact in lived.everything if isinstance(fact.event, CadenceMissed)]
    assert [(one.cadence_id, one.slot, one.owner) for one in missed] == [
        ("group-meeting", date(2017, 8, 16), cast.GROUP)
    ]
    assert missed[0].due.astimezone(LOCAL).isoformat() == "2017-08-17T00:00:00+08:00"


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_months_record_the_same_whatever_happens_on_the_way(scratch: Path) -> None:
    sheet = Sheet()
    good = await run(list(Which), scratch / "months", sheet)
    said = "\n".join(sheet.lines)
    assert good, said
    REPORT.write_text(f"{HEAD}{said.strip()}\n```\n", encoding="utf-8")
