"""R04 of 市纪委 (DI-36), where units have their points (包挂, JW-07).

47 points, 232 person-visits, 363 people talked to, 33 issues and 9 solved, by groups and ranked.
"""

import random
from datetime import date, datetime
from pathlib import Path

from contracts.dispatch import CaseCompleted, CaseOpened
from contracts.intake import Interviewees, PersonRegistered, RequestLinked, RoleAssigned, UnitRegistered, VisitRecorded
from contracts.intake.outreach import PairingEstablished
from contracts.sealed import Sealed
from contracts.supervision import GroupReport, MeetingHeld
from services.chassis.clock import LOCAL
from tests.reporting.history import TEXT, Told
from tests.reporting.world import World, activation, key

PACK = Path(__file__).parents[1] / "packs" / "di-2017.toml"
PROGRAMME = "di-2017"
TALKED = {"老党员": 88, "离退休老同志": 61, "困难群众": 102, "创业大户": 47, "企业经营管理者": 65}
ASKED = {"programme": PROGRAMME, "slot": "2017-03-31"}


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2017, month, day, hour, tzinfo=LOCAL)


def march(district: str) -> Told:
    """Twenty groups of two; each point visited on 14 March, the last one on the 16th; twelve visits in February."""
    told = Told(random.Random(1), district, PROGRAMME, at(2, 1), pause=0)
    told.tell(activation(PACK, PROGRAMME, at(2, 1)))
    for group in range(1, 21):
        unit = f"g{group:02}"
        told.tell(UnitRegistered(unit_id=unit, name=f"示例{group}组", level="department"))
        for n in (1, 2):
            name = Sealed(key_id=f"person-{unit}-{n}", box="AAAA")
            told.tell(PersonRegistered(person_id=f"{unit}-{n}", unit_id=unit, name=name, rank="科级"))
        for role, n in (("work_group_lead", 1), ("unit_leader", 1), ("liaison", 2)):
            told.tell(RoleAssigned(person_id=f"{unit}-{n}", role=role, unit_id=unit))
    points = [(f"point-{n:02}", f"g{n % 20 + 1:02}") for n in range(47)]
    for point, unit in points:
        told.tell(
            PairingEstablished(
                book_id=f"di-2017.points.{unit}", pairing_id=point, programme_id=PROGRAMME, kind="points", owner=unit,
                owner_kind="unit", target=point, target_kind="subject", since=date(2017, 3, 1), rule_id="pairing[1]",
            )
        )  # fmt: skip
    told.time = at(2, 20)
    for n in range(12):
        visit(told, f"early-{n}", "point-00", "g01", 1)
    told.time = at(3, 14)
    people = iter([Interviewees(category=word, n=n) for word, n in TALKED.items()])
    asked = iter(f"r{n}" for n in range(33))
    for number, (point, unit) in enumerate(points):
        told.time = at(3, 16 if number == 46 else 14)
        requests = tuple(r for _, r in zip(range(33 if number == 0 else 0), asked, strict=False))
        visit(told, f"v{number}", point, unit, 2, next(people, None), requests)
    for n in range(138):
        visit(told, f"again-{n}", "point-01", "g02", 1)
    for n in range(33):
        opened = CaseOpened(
            case_id=f"c{n}", request_ids=(f"r{n}",), title=TEXT, text=TEXT, channel="visit", received_at=told.time
        )
        told.tell(opened)
        told.tell(RequestLinked(request_id=f"r{n}", case_id=f"c{n}", link="new"))
        if n < 9:
            done = CaseCompleted(
                case_id=f"c{n}", case_no=1, result="solved", on_time=True, elapsed_s=1, working_s=1, lead_unit="g01",
                round=1,
            )  # fmt: skip
            told.tell(done)
    told.time = at(3, 31)
    said = tuple(GroupReport(group=f"g{n:02}", done=f"第{n}组已走访", plan="下月继续") for n in range(1, 21))
    told.tell(
        MeetingHeld(
            meeting_id="m1", programme_id=PROGRAMME, kind="liaison", cadence_id="liaison", slot=date(2017, 3, 31),
            owner_unit="g01", held_at=told.time, chair="g01-1", attendees=("g01-1",),
            group_reports=said,
        )
    )  # fmt: skip
    return told


def visit(
    told: Told,
    name: str,
    point: str,
    unit: str,
    n: int,
    people: Interviewees | None = None,
    requests: tuple[str, ...] = (),
) -> None:
    who = tuple(f"{unit}-{one}" for one in range(1, n + 1))
    told.tell(
        VisitRecorded(
            visit_id=name, subject_id=point, visitors=who, mode="doorstep",
            interviewees=(people,) if people else (), request_ids=requests, territory_unit="town",
        )
    )  # fmt: skip


async def test_the_month_of_twenty_groups_beside_each_other(world: World) -> None:
    await world.hear(march(world.service.settings.district))
    world.clock.advance(at(4, 5) - world.clock.now())
    await world.settled()
    async with world.api() as api, world.browser() as page:
        rows = (await api.get("/reporting/api/R04", params=ASKED)).json()["rows"]
        total, groups = rows[-1], {row["group"]: row for row in rows[:-1]}
        assert len(groups) == 20
        assert [total[one] for one in ("points", "seen", "seen_share")] == [47, 47, "100.00"]
        assert [total[one] for one in ("visits", "talked", "issues", "solved")] == [232, 363, 33, 9]
        assert {word: total[f"talked/{word}"] for word in TALKED} == TALKED
        first, second = groups["g01"], groups["g02"]
        assert (first["head"], first["liaison"], first["points"]) == ("g01-1", "g01-2", 3)
        assert (first["visits"], first["change"]) == (6, "-50.00"), "twelve in the month before"
        assert (first["done"], first["plan"]) == ("第1组已走访", "下月继续")
        assert (second["visits"], second["rank"]) == (144, 1)
        assert first["rank"] == 2, "more visits than the others, each with all of its points"

        shown = (await page.get("/reporting/r04", params=ASKED)).text
        for words in ("示例1组", "第1组已走访", "企业经营管理者", "-50.00%", "送各组负责人"):
            assert words in shown
        made = await api.post("/reporting/api/runs", json={"report": "R04", **ASKED}, headers=key())
        await world.settled()
        assert "一致" in (await page.get(f"/reporting/runs/{made.json()['report_id']}?check=true")).text


async def test_as_of_the_fifteenth_one_point_is_left(world: World) -> None:
    await world.hear(march(world.service.settings.district))
    world.clock.advance(at(4, 5) - world.clock.now())
    await world.settled()
    async with world.api() as api:
        asked = {**ASKED, "as_of": at(3, 15, 23).isoformat()}
        total = (await api.get("/reporting/api/R04", params=asked)).json()["rows"][-1]
    assert (total["points"], total["seen"]) == (47, 46)
