"""R18: the published totals of enterprises, and what the service says as of a position, again and on paper."""

import io
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseShowcased,
    Durations,
    ShowcaseWithdrawn,
)
from contracts.intake import (
    GridCellDefined,
    GridCellsUnified,
    RequestRegistered,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from contracts.intake.outreach import PairingEnded, PairingEstablished
from services.reporting.domain.case import Case, evolve
from services.reporting.domain.r18 import Enterprise, Input, mean_days, rows
from tests.reporting.history import TEXT, Told
from tests.reporting.world import World, activation, key
from tests.spec import facts

HA = Path(__file__).parents[1] / "packs" / "coverage-ha.toml"
SOLVED = {"production": 31, "labour": 28, "power": 17, "talent": 15, "housing": 12}
"""F: how the 103 solved problems of the seed fall on its five categories (HA-21, HA-22)."""

T0 = datetime(2017, 6, 1, tzinfo=UTC)


def case(number: int, subject: str, category: str = "any", *, days: float | None = 1, **more: Any) -> Case:
    done = {"status": "completed", "result": "solved", "completed_at": T0 + timedelta(days=days)} if days else {}
    return Case(f"c-{number}", subject_id=subject, category=category, opened_at=T0, **{**done, **more})


def test_ha_21_r18_says_171_enterprises_and_103_solved() -> None:
    firms = [Enterprise(f"e-{n:03}", "zone") for n in range(180)]
    served = [one.subject_id for one in firms[:171]]
    kinds = [kind for kind, n in SOLVED.items() for _ in range(n)]
    cases = [case(n, served[n], kind) for n, kind in enumerate(kinds)]
    visits = Counter(islice(cycle(served), 500))
    found = rows(Input(firms, visits, {}, [*cases, case(900, "a-household"), case(901, served[0], days=None)]))
    total = found[-1]
    assert (total["served"], total["solved"], total["cases"], total["visits"]) == (171, 103, 104, 500)
    assert {row["categories"]: row["solved"] for row in found if row["row"] == "category" and row["solved"]} == {
        f"{kind}:{n}": n for kind, n in SOLVED.items()
    }
    assert [row["enterprise"] for row in found if row["row"] == "enterprise"] == served


def test_a_firm_that_only_asked_is_served_and_one_nobody_reached_is_on_another_table() -> None:
    firms = [Enterprise("asked", "zone"), Enterprise("unreached", "zone"), Enterprise("seen", "zone")]
    found = rows(Input(firms, {"seen": 2}, {"asked": 1}, []))
    assert [(row["enterprise"], row["visits"], row["needs"]) for row in found[:-1]] == [("asked", 0, 1), ("seen", 2, 0)]
    assert (found[-1]["served"], found[-1]["visits"], found[-1]["needs"], found[-1]["days"]) == (2, 2, 1, None)


@pytest.mark.parametrize(
    ("days", "shown"), [([], None), ([1], "1.0"), ([1, 2], "1.5"), ([0.04], "0.0"), ([0.05], "0.1"), ([1, 1, 2], "1.3")]
)
def test_time_used_is_the_mean_of_what_was_solved(days: list[float], shown: str | None) -> None:
    assert mean_days([case(n, "e", days=one) for n, one in enumerate(days)]) == shown


def told_of_the_zone(district: str) -> Told:
    """Two firms in cells of their own and a third whose town alone lies in one; one matter inside the wall, solved."""
    told = Told(random.Random(1), district, "coverage-ha", pause=1)
    told.tell(activation(HA, "coverage-ha"))
    told.tell(UnitRegistered(unit_id="zone", name="示例园区", level="town"))
    told.tell(GridCellDefined(grid_id="cell-1", layer="enterprise", level="community", name="一号网格", leader="p-1"))
    told.tell(GridCellDefined(grid_id="cell-0", layer="enterprise", level="town", name="园区网格"))
    told.tell(GridCellsUnified(place_ref="e-1", grid_ids={"enterprise": "cell-1", "city": "elsewhere"}))
    told.tell(GridCellsUnified(place_ref="zone", grid_ids={"enterprise": "cell-0"}))
    for n in (1, 2, 3):
        told.tell(SubjectRegistered(subject_id=f"e-{n}", kind="enterprise", territory_unit="zone"))
    told.tell(SubjectRegistered(subject_id="h-1", kind="household", territory_unit="zone"))
    for n, (subject, met) in enumerate([("e-1", True), ("e-1", False), ("e-2", True), ("h-1", True)]):
        known: Any = {"visitors": ("p-1",), "mode": "doorstep", "territory_unit": "zone", "attempted_only": not met}
        told.tell(VisitRecorded(visit_id=f"v-{n}", subject_id=subject, **known))
    heard: Any = {"channel": "visit", "origin": "proactive", "title": TEXT, "text": TEXT}
    told.tell(RequestRegistered(request_id="r-1", subject_id="e-1", received_at=told.time, **heard))
    opened: Any = {"title": TEXT, "text": TEXT, "channel": "visit", "territory_unit": "zone", "received_at": told.time}
    told.tell(CaseOpened(case_id="c-1", request_ids=("r-1",), subject_id="e-1", **opened))
    told.tell(
        CaseClassified(
            case_id="c-1",
            category="any",
            scope="individual",
            urgency="normal",
            site_scope="inside_wall",
            durations=Durations(finish="7d"),
            rule_id="urgency[normal]",
            calendar_version="CN-2013@1",
        )
    )
    told.tell(
        PairingEstablished(
            book_id="coverage-ha.teams.p-2",
            pairing_id="p-2-e-2",
            programme_id="coverage-ha",
            kind="teams",
            owner="p-2",
            owner_kind="person",
            target="e-2",
            target_kind="subject",
            since=date(2013, 3, 1),
            rule_id="pairing[1]",
        )
    )
    told.time += timedelta(days=3)
    done: Any = {"result": "solved", "on_time": True, "elapsed_s": 1, "working_s": 1, "lead_unit": "zone", "round": 1}
    told.tell(CaseCompleted(case_id="c-1", case_no=1, **done))
    return told


async def test_r18_is_made_from_grid_pairs_visits_and_cases_and_stays_as_it_was(world: World) -> None:
    told = told_of_the_zone(world.service.settings.district)
    await world.hear(told)
    await world.settled()
    async with world.api() as api:
        made = await api.post("/reporting/api/runs", json={"report": "R18", "programme": "coverage-ha"}, headers=key())
        assert made.status_code == 201, made.text
        run = made.json()
        content = (await api.get(f"/reporting/api/runs/{run['report_id']}?after={run['position']}")).json()["content"]
        before = f"dispatch={len(told.feeds['dispatch']) - 1}&intake={len(told.feeds['intake'])}"
        unsolved = (await api.get(f"/reporting/api/R18?programme=coverage-ha&{before}")).json()["rows"]
        told.tell(
            PairingEnded(
                book_id="coverage-ha.teams.p-2",
                pairing_id="p-2-e-2",
                until=date(2013, 3, 2),
                reason="调整",
            )
        )
        await world.take("intake", told.feeds["intake"][world.heard["intake"] :])
        again = await api.post(f"/reporting/api/runs/{run['report_id']}/recompute?after={run['position']}")
        assert again.json()["same"]
        await world.settled()
        now = (await api.get("/reporting/api/R18?programme=coverage-ha")).json()["rows"]
    first, second, by_kind, total = content
    assert (first["enterprise"], first["grid"], first["cadres"], first["visits"]) == ("e-1", "一号网格", "p-1", 1)
    assert (first["needs"], first["cases"], first["inside"], first["outside"], first["solved"]) == (1, 1, 1, 0, 1)
    assert first["days"] == "3.0"
    assert (second["enterprise"], second["grid"], second["cadres"], second["cases"]) == (
        "e-2",
        "园区网格",
        "p-2",
        0,
    )
    assert (by_kind["categories"], by_kind["solved"]) == ("any:1", 1)
    assert (total["served"], total["visits"], total["needs"], total["solved"]) == (2, 2, 1, 1)
    assert (unsolved[-1]["solved"], unsolved[-1]["cases"]) == (0, 1)
    assert now[1]["cadres"] is None
    shown: Any = {"case_id": "c-1", "case_no": 1, "reason": "按期开工"}
    told.tell(CaseShowcased(**shown))
    await world.take("dispatch", told.feeds["dispatch"][world.heard["dispatch"] :])
    await world.settled()
    async with world.browser() as browser:
        listed = (await browser.get("/reporting/r03/cases?programme=coverage-ha&figure=solved")).text
        assert "典型案例" in listed[listed.index("/dispatch/cases/c-1") :], "HA-23"
        page = (await browser.get("/reporting/r18?programme=coverage-ha")).text
        file = await browser.get(f"/reporting/runs/{run['report_id']}.xlsx")
    assert "合计：服务 2 户" in page
    assert "其他 1" in page
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:4] == ["企业", "属地", "网格", "服务干部"]


def test_a_case_that_is_handled_again_or_taken_back_is_no_example() -> None:
    known: Any = {"case_id": "c-1", "case_no": 1, "reason": "按期开工"}
    again = CaseReopened(case_id="c-1", case_no=1, reason="relapse", text="复发", round=2, was_struck_off=False)
    for ends in (ShowcaseWithdrawn(**known), again):
        seen = Case("c-1")
        found = []
        for fact in facts(CaseShowcased(**known), ends):
            seen = evolve(seen, fact)
            found.append(seen.showcased)
        assert found == [True, False]
