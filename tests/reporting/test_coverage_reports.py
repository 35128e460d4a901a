"""R06 and R22 on a real database: what a plain reading of intake's feed gives, at any position; every number opens."""

import io
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson

from contracts.event import Event
from contracts.intake import (
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from contracts.intake.outreach import ActivityHeld, PairingEstablished
from contracts.pack import parse_pack
from services.chassis.log.types import Stored
from services.reference.coverage.facts import Cell, Facts, Subject
from services.reference.coverage.rules import asked_for
from services.reporting.domain import r06
from tests.reporting.history import TEXT, Told
from tests.reporting.oracle import part
from tests.reporting.world import VISITOR, World, activation, key

SH = Path(__file__).parents[1] / "packs" / "coverage-sh.toml"
PROGRAMME = "covered"
RANKS = ("科员", "副科级", "正科级")
PACK = """# Everything that R06 has a column for.
schema = 1
programme = { id = "covered", name = "走访覆盖", region = "示范区", start = 2017-06-01, end = 2017-12-31 }
calendar = { id = "CN-2017@1", office = [["08:30", "12:00"], ["14:00", "18:00"]] }
role_names = { responsible_local = "镇、街道" }
taxonomy = { categories = [{ code = "all", name = "各类", items = [{ code = "any", name = "其他" }] }] }
order = { required = ["finish_by"] }
closure = { by = "office" }
follow_up = { mode = "all" }
check = {}
escalation = {}
[lists]
roster = [{ id = "cadres", name = "科级干部", ranks = ["副科级", "正科级"], participation = 1.0 }]
population = [
  { id = "places", kind = ["village", "community"] },
  { id = "homes", kind = "household", snapshot = 2017-06-30 },
  { id = "firms", kind = "enterprise" },
  { id = "special", kind = "person", tags = ["困难家庭"], repeat_caller = { calls = 2, days = 10 } },
]
coverage = [{ population = ["places", "homes", "firms", "special"], ratio = 1.0, due = 2017-08-31 }]
urgency = [{ code = "normal", sign = "1wd", contact = "24h", finish = "7d" }]
route = [{ when = {}, lead = "responsible_local", order_kind = "assign" }]
"""


def events(draw: random.Random) -> Iterator[Event]:
    """Towns, villages and people, and a register that is visited, grows, shrinks and calls, as it happens."""
    for town in ("town-a", "town-b"):
        yield UnitRegistered(unit_id=town, name=f"示例{town}", level="town", size_class=draw.choice(["small", "large"]))
        yield UnitRegistered(unit_id=f"{town}-v", name="示例村", level="village", parent=town)
    yield UnitRegistered(unit_id="dept", name="示例局", level="department")
    for n in range(9):
        unit = draw.choice(["town-a", "town-a-v", "town-b-v", "dept"])
        yield PersonRegistered(person_id=f"p-{n}", unit_id=unit, name=TEXT, rank=draw.choice(RANKS))
    for n in range(140):
        which = draw.randint(0, 19)
        town = draw.choice(["town-a", "town-b"])
        if which < 9:
            yield SubjectRegistered(
                subject_id=f"s-{which}{town[-1]}",
                kind=("village", "community", "household", "household", "enterprise")[which % 5],
                territory_unit=town,
                community_unit=draw.choice([None, f"{town}-v"]),
                tags=draw.choice([(), ("困难家庭",), ("老党员",)]),
                listed_on=draw.choice([None, date(2017, 6, 30), date(2017, 7, 1)]),
            )
        elif which < 15:
            yield VisitRecorded(
                visit_id=f"v-{n}",
                subject_id=f"s-{draw.randint(0, 8)}{town[-1]}",
                visitors=tuple(f"p-{p}" for p in draw.sample(range(9), draw.randint(1, 2))),
                mode="doorstep",
                attempted_only=draw.random() < 0.3,
                territory_unit=town,
            )
        elif which < 19:
            yield RequestRegistered(
                request_id=f"r-{n}",
                channel=draw.choice(["hotline", "hotline", "hotline", "window"]),
                origin="reactive",
                caller_ref=draw.choice([None, "c-1", "c-2"]),
                subject_id=draw.choice([None, None, f"s-2{town[-1]}"]),
                title=TEXT,
                text=TEXT,
                territory_unit=town,
                received_at=datetime.fromisoformat(f"2017-06-{draw.randint(1, 30):02}T10:00:00+08:00"),
            )
        else:
            yield SubjectDataErased(subject_id=f"s-{draw.randint(0, 8)}{town[-1]}", key_ids=(), legal_basis="本人申请")


def r06_by_hand(feed: list[Stored]) -> list[dict[str, Any]]:
    """The rows by going through the feed once, with sets of names only."""
    homes: dict[str, Any] = {}
    visited: dict[str, datetime] = {}
    came: set[str] = set()
    people: dict[str, Any] = {}
    calls: list[Any] = []
    for event in feed:
        d = orjson.loads(event.payload)["data"]
        if event.type == "subject-registered":
            homes[d["subject_id"]] = d
        elif event.type == "person-registered":
            people[d["person_id"]] = d
        elif event.type == "visit-recorded" and not d["attempted_only"]:
            visited[d["subject_id"]] = event.time
            came |= set(d["visitors"])
        elif event.type == "request-registered":
            calls.append(d)
    tied: dict[str, str] = {}
    for d in calls:
        if d["caller_ref"] and d["subject_id"] in homes:
            tied[d["caller_ref"]] = d["subject_id"]
    days: dict[str, list[Any]] = defaultdict(list)
    for d in calls:
        who = d["subject_id"] if d["subject_id"] in homes else tied.get(d["caller_ref"], d["caller_ref"])
        if who and d["channel"] == "hotline":
            days[who].append((datetime.fromisoformat(d["received_at"]), d["territory_unit"], d["request_id"]))
    again, missed = {}, set[str]()
    for who, asked in days.items():
        asked.sort(key=lambda one: (one[0], one[2]))
        near = [k for k in range(len(asked) - 1) if (asked[k + 1][0] - asked[k][0]).days <= 10]
        if near:
            again[who] = asked[near[-1] + 1][1]
            if who in visited and visited[who] < asked[near[0] + 1][0]:
                missed.add(who)  # by the last visit, so by every one
    lines: dict[str, Any] = defaultdict(lambda: defaultdict(set))
    names = {"village": "places", "community": "places", "household": "households", "enterprise": "enterprises"}
    for name, d in homes.items():
        late = d["kind"] == "household" and (d["listed_on"] or "") > "2017-06-30"
        columns = ([] if late else [names[d["kind"]]]) + (
            ["special"] if "困难家庭" in d["tags"] or name in again else []
        )
        for column in columns:
            lines[d["territory_unit"]][column].add(name)
    for who, town in again.items():
        if who not in homes:
            lines[town]["special"].add(who)
    towns = set(lines)
    for name, d in people.items():
        if d["rank"] != "科员":
            unit = d["unit_id"]
            row = unit.removesuffix("-v") if unit.endswith("-v") and unit not in towns else unit
            lines[row]["cadres"].add(name)
    seen = set(visited)
    rows = [line("unit", unit, lines[unit], seen, came, missed) for unit in sorted(lines)]
    total: dict[str, set[str]] = defaultdict(set)
    for columns in lines.values():
        for column, found in columns.items():
            total[column] |= found
    return [*rows, line("total", None, total, seen, came, missed)]


def line(kind: str, unit: Any, columns: Any, visited: set[str], came: set[str], missed: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"row": kind, "unit": unit, "register": "2017-06-30" if kind == "total" else None}
    left: set[str] = set()
    for column in ("places", "households", "enterprises", "special", "cadres"):
        all_of_them = columns[column]
        reached = all_of_them & (came if column == "cadres" else visited - missed if column == "special" else visited)
        row |= {column: len(all_of_them), f"{column}_reached": len(reached)}
        if column != "special":
            row[f"{column}_share"] = part(len(reached), len(all_of_them))
        left |= set() if column == "cadres" else all_of_them - reached
    return {**row, "left": len(left), "cadres_left": row["cadres"] - row["cadres_reached"]}


def test_a_courtyard_is_not_counted_as_a_village() -> None:
    pack = parse_pack((Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml").read_bytes())
    cells = [Cell("yard-1", "楼院", "com"), Cell("alley-1", "街巷", "com")]
    firm = Subject("e-1", "enterprise", "com", tags=("非公企业",))
    found = r06.given(pack, Facts(subjects=[firm], cells=cells)).entries
    assert {(one.column, one.member.ref) for one in found} == {("enterprises", "e-1")}
    assert len([one for one in asked_for(pack, "population", Facts(cells=cells)) if one.what == "cell"]) == 2


async def heard(world: World, tmp_path: Path, *, content: str = PACK, told: list[Event] | None = None) -> Told:
    (tmp_path / "pack.toml").write_text(content, "utf-8")
    programme = "covered" if content == PACK else "coverage-sh"
    feed = Told(random.Random(5), world.service.settings.district, programme)
    for event in told if told is not None else events(random.Random(5)):
        feed.tell(event)
    feed.tell(activation(tmp_path / "pack.toml", programme))
    await world.hear(feed)
    await world.settled()
    return feed


async def test_r06_at_random_positions_is_what_a_plain_reading_gives(world: World, tmp_path: Path) -> None:
    told = await heard(world, tmp_path)
    feed, draw, seen = told.feeds["intake"], random.Random(1), set()
    async with world.api() as api:
        for position in [0, len(feed), *(draw.randint(8, len(feed)) for _ in range(20))]:
            answer = (await api.get(f"/reporting/api/R06?programme={PROGRAMME}&intake={position}")).json()
            assert answer["rows"] == r06_by_hand(feed[:position]), position
            seen |= {figure for figure, count in answer["rows"][-1].items() if count}
    assert {"places_reached", "households_reached", "special", "cadres_left", "left"} <= seen


async def test_a_run_of_r06_says_the_same_when_computed_again_and_every_number_opens(
    world: World, tmp_path: Path
) -> None:
    told = await heard(world, tmp_path)
    async with world.api() as api:
        made = await api.post("/reporting/api/runs", json={"report": "R06", "programme": PROGRAMME}, headers=key())
        assert made.status_code == 201, made.text
        run = made.json()
        told.tell(
            VisitRecorded(visit_id="v-x", subject_id="s-2a", visitors=("p-1",), mode="doorstep", territory_unit="t")
        )
        await world.take("intake", told.feeds["intake"][world.heard["intake"] :])
        again = await api.post(f"/reporting/api/runs/{run['report_id']}/recompute?after={run['position']}")
        assert again.json()["same"]
        rows = (await api.get(f"/reporting/api/runs/{run['report_id']}")).json()["content"]
    async with world.browser() as browser:
        page = (await browser.get(f"/reporting/runs/{run['report_id']}")).text
        total = rows[-1]
        for figure in ("households", "households_reached", "special", "cadres_left", "left"):
            where = f"/reporting/r06/members?report_id={run['report_id']}&figure={figure}&row=total"
            assert where.replace("&", "&amp;") in page or not total[figure]
            shown = (await browser.get(where)).text
            assert f"共 {total[figure]} 个" in shown
        assert "走访覆盖统计表" in (await browser.get(f"/reporting/r06?programme={PROGRAMME}")).text
        file = await browser.get(f"/reporting/runs/{run['report_id']}.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    heads = [cell.value for cell in sheet[2]]
    assert heads[:3] == ["单位", "应走访村居", "已走访村居"]
    by_head = dict(zip(heads, (cell.value for cell in sheet[2 + len(rows)]), strict=True))
    assert (by_head["应走访户"], by_head["已走访户"]) == (total["households"], total["households_reached"])
    async with world.api(VISITOR) as api:
        assert (await api.get(f"/reporting/api/R06?programme={PROGRAMME}")).status_code == 403


async def test_sh_18_r22_says_six_four_and_four(world: World, tmp_path: Path) -> None:
    """SH-19: papers of a town and who is paired with its places stand beside its coverage."""

    def all_of_it() -> Iterator[Event]:
        for size, count in {"small": 6, "medium": 7, "large": 10}.items():
            yield UnitRegistered(unit_id=f"town-{size}", name=f"示例{size}", level="town", size_class=size)
            for n in range(count):
                yield SubjectRegistered(subject_id=f"{size}-{n}", kind="village", territory_unit=f"town-{size}")
                if n < 4:
                    known: Any = {"visitors": ("p-1",), "mode": "doorstep", "territory_unit": f"town-{size}"}
                    yield VisitRecorded(visit_id=f"v-{size}-{n}", subject_id=f"{size}-{n}", **known)

        report = {
            "programme_id": "coverage-sh",
            "kind": "research",
            "unit": "dept",
            "persons": ("p-1",),
            "rule_id": "a",
        }
        for n, subjects in enumerate((("small-0",), ("small-1", "medium-0"), ())):
            on = date(2017, 7, 1)
            yield ActivityHeld(activity_id=f"a-{n}", subjects=subjects, on=on, document=f"报告{n}", **report)
        known = {"book_id": "b-1", "programme_id": "coverage-sh", "kind": "contact", "rule_id": "pairing[1]"}
        for n, target in enumerate(("small-0", "large-1", "somebody")):
            who: Any = {"owner": "p-lead", "owner_kind": "person", "target": target, "target_kind": "subject", **known}
            yield PairingEstablished(pairing_id=f"pair-{n}", since=date(2017, 7, 1), **who)

    content = SH.read_text("utf-8").replace("2012", "2017")
    content = content.replace(
        "[lists]", '[lists]\nactivity = [{ id = "research", name = "调研报告", document = true }]'
    )
    await heard(world, tmp_path, content=content, told=list(all_of_it()))
    async with world.api() as api:
        rows = (await api.get("/reporting/api/R22?programme=coverage-sh")).json()["rows"]
    assert {row["size_class"]: (row["whole"], row["target"], row["reached"], row["kept"]) for row in rows[:-1]} == {
        "small": (6, 6, 4, "no"),
        "medium": (7, 4, 4, "yes"),
        "large": (10, 4, 4, "yes"),
    }
    assert [rows[-1][name] for name in ("whole", "target", "reached", "left", "kept")] == [23, 14, 12, 11, "no"]
    assert {row["size_class"]: (row["papers"], row["leaders"]) for row in rows[:-1]} == {
        "small": (2, "p-lead"),
        "medium": (1, None),
        "large": (0, "p-lead"),
    }
    assert (rows[-1]["papers"], rows[-1]["leaders"]) == (2, None), "one that is about two towns is one"
    async with world.browser() as browser:
        page = (await browser.get("/reporting/r22?programme=coverage-sh")).text
        assert "未达标" in page
        shown = (
            await browser.get("/reporting/r22/members?programme=coverage-sh&figure=left&row=unit&unit=town-small")
        ).text
        assert "small-5" in shown
        assert "small-3" not in shown
        assert (await browser.get("/reporting/r22/cases?programme=coverage-sh&figure=solved")).status_code == 200
