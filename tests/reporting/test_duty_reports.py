"""R08, R16 and R21: the numbers of bureau and county, and what a plain reading of the events gives."""

import io
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import orjson

from contracts.event import Event
from contracts.intake import PersonRegistered, UnitRegistered, VisitRecorded
from contracts.intake.outreach import (
    ActivityHeld,
    ActivityWithdrawn,
    ContactCardIssued,
    PairingEnded,
    PairingEstablished,
)
from contracts.pack import Pack, parse_pack
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL
from services.chassis.log.types import Stored
from services.reference.ledger import Deed, Ledger, Member, Pair
from services.reporting.domain import r08, r21
from services.reporting.domain.owing import Input
from tests.reporting.history import Told
from tests.reporting.world import VISITOR, World, activation, key

PACKS = Path(__file__).parents[1] / "packs"
CHINA = timezone(timedelta(hours=8))


def person(told: Told, name: str, unit: str) -> None:
    sealed = Sealed(key_id=f"person-{name}", box="AAAA")
    told.tell(PersonRegistered(person_id=name, unit_id=unit, name=sealed, rank="科级"))


def deed(number: int, programme: str, kind: str, on: date, unit: str, who: str) -> ActivityHeld:
    return ActivityHeld(
        activity_id=f"a{number}",
        programme_id=programme,
        kind=kind,
        on=on,
        unit=unit,
        persons=(who,),
        topic="示例",
        rule_id="activity[1]",
    )


def pair(owner: str, target: str) -> PairingEstablished:
    return PairingEstablished(
        book_id=f"sh-2013.households.{owner}",
        pairing_id=f"{owner}-{target}",
        programme_id="sh-2013",
        kind="households",
        owner=owner,
        owner_kind="person",
        target=target,
        target_kind="subject",
        since=date(2013, 3, 1),
        rule_id="pairing[1]",
    )


def bureau(district: str) -> Told:
    """Twelve sections with five people each: the eight done by all but one section's party life and one report."""
    told = Told(random.Random(1), district, "eb-2012", datetime(2012, 2, 1, 9, tzinfo=LOCAL), pause=1)
    told.tell(activation(PACKS / "eb-2012.toml", "eb-2012", datetime(2012, 2, 1, tzinfo=LOCAL)))
    for section in range(1, 13):
        told.tell(UnitRegistered(unit_id=f"sec-{section:02}", name=f"示例{section}科", level="department"))
        for n in range(1, 6):
            person(told, f"p{section:02}-{n}", f"sec-{section:02}")
    kinds = ("education", "joint_org_life", "interview", "civility_event", "practical_problem", "dispute", "mechanism")
    number = 0
    for section in range(1, 13):
        unit, first = f"sec-{section:02}", f"p{section:02}-1"
        for kind in kinds:
            late = section == 7 and kind == "joint_org_life"
            number += 1
            told.time = datetime(2012, 7, 2, 9, tzinfo=LOCAL)
            told.tell(deed(number, "eb-2012", kind, date(2012, 7, 2) if late else date(2012, 6, 28), unit, first))
        for n in range(1, 6):
            if (section, n) != (9, 4):
                number += 1
                told.tell(deed(number, "eb-2012", "research_report", date(2012, 7, 1), unit, f"p{section:02}-{n}"))
    return told


async def test_fifty_nine_reports_name_the_one_and_party_life_in_july_is_late(world: World) -> None:
    await world.hear(bureau(world.service.settings.district))
    world.clock.advance(datetime(2012, 12, 31, 18, tzinfo=LOCAL) - world.clock.now())
    await world.settled()
    async with world.api() as api:
        answer = (await api.get("/reporting/api/R16", params={"programme": "eb-2012"})).json()
    rows = {row["unit"]: row for row in answer["rows"]}
    assert len(rows) == 13, "twelve sections and the total"
    total = rows[None]
    assert (total["e4_report"], total["e4_report/need"], total["papers"]) == (59, 60, 59)
    eight = ("e1_education", "e3_interview", "e5_civility", "e6_problems", "e7_disputes", "e8_mechanism")
    assert {kind: (total[kind], total[f"{kind}/need"]) for kind in eight} == dict.fromkeys(eight, (12, 12))
    late = rows["sec-07"]
    assert (late["e2_org_life"], late["e2_org_life/late"], late["missing"]) == (0, 1, "e2_org_life")
    assert (rows["sec-09"]["without"], rows["sec-09"]["missing"]) == ("p09-4", "e4_report")
    assert [unit for unit, row in rows.items() if unit and row["share"] != "100.00"] == ["sec-07", "sec-09"]


def county(seed: int, district: str) -> Told:
    """Cadres of two offices with pairs, deeds and visits in whatever order; some taken back, some entered late."""
    told = Told(random.Random(seed), district, "sh-2013", datetime(2013, 2, 20, 9, tzinfo=LOCAL), pause=5)
    told.tell(activation(PACKS / "sh-2013.toml", "sh-2013", datetime(2013, 2, 20, tzinfo=LOCAL)))
    draw = told.random
    people = [f"p{n}" for n in range(6)]
    for unit in ("sec-1", "sec-2"):
        told.tell(UnitRegistered(unit_id=unit, name=f"示例{unit}", level="department"))
    for n, name in enumerate(people):
        person(told, name, f"sec-{n % 2 + 1}")
    told.time, told.pause = datetime(2013, 3, 5, 9, tzinfo=LOCAL), 700
    standing: list[PairingEstablished] = []
    held: list[ActivityHeld] = []
    carded: set[str] = set()
    for number in range(160):
        event: Event
        who, unit = (n := draw.randrange(6), people[n])[1], f"sec-{n % 2 + 1}"
        match draw.randrange(8):
            case 0 | 1 | 2:
                event = pair(who, f"h{number}")
                standing.append(event)
            case 3 if standing:
                one = standing.pop(draw.randrange(len(standing)))
                until = told.time.astimezone(CHINA).date()
                event = PairingEnded(book_id=one.book_id, pairing_id=one.pairing_id, until=until, reason="示例")
            case 4 if bare := [one for one in standing if one.pairing_id not in carded]:
                one = draw.choice(bare)
                carded.add(one.pairing_id)
                day = told.time.astimezone(CHINA).date()
                event = ContactCardIssued(
                    book_id=one.book_id, pairing_id=one.pairing_id, target=one.target, on=day, receipt="示例"
                )
            case 5 if held:
                event = ActivityWithdrawn(activity_id=held.pop(draw.randrange(len(held))).activity_id, reason="示例")
            case 6 if standing:
                one = draw.choice(standing)
                event = VisitRecorded(
                    visit_id=f"v{number}", subject_id=one.target, visitors=(one.owner,), mode="doorstep",
                    territory_unit="town", attempted_only=draw.random() < 0.2,
                )  # fmt: skip
            case _:
                day = told.time.astimezone(CHINA).date() - timedelta(days=draw.randrange(6))
                event = deed(
                    number, "sh-2013", draw.choice(("stationed", "solved", "org_life", "talk")), day, unit, who
                )
                held.append(event)
        told.tell(event)
    return told


def by_hand(feed: Sequence[Stored], answer: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What R21 and R08 say of each person, by reading the prefix without any of the service's code."""
    start, end, as_of = (
        datetime.fromisoformat(answer[k]).astimezone(CHINA) for k in ("window_from", "window_to", "as_of")
    )
    last = min(end - timedelta(microseconds=1), as_of).date()
    pairs: dict[str, dict[str, Any]] = {}
    deeds: dict[str, tuple[dict[str, Any], datetime]] = {}
    visits: list[tuple[str, str, date]] = []
    for stored in feed:
        told = orjson.loads(stored.payload)
        data, kind = told["data"], stored.type
        if kind == "pairing-established":
            pairs[data["pairing_id"]] = {**data, "until": None, "card": False}
        elif kind == "pairing-ended":
            pairs[data["pairing_id"]]["until"] = date.fromisoformat(data["until"])
        elif kind == "contact-card-issued":
            pairs[data["pairing_id"]]["card"] = True
        elif kind == "activity-held":
            deeds[data["activity_id"]] = (data, stored.time)
        elif kind == "activity-withdrawn":
            deeds.pop(data["activity_id"])
        elif kind == "visit-recorded" and not data["attempted_only"]:
            visits.append((data["visitors"][0], data["subject_id"], stored.time.astimezone(CHINA).date()))
    month = start.date().replace(day=1)
    counts: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(set))
    for data, at in deeds.values():
        on = date.fromisoformat(data["on"])
        after = (on.replace(day=28) + timedelta(days=4)).replace(day=1)
        in_time = at < datetime(after.year, after.month, after.day, tzinfo=CHINA) + timedelta(days=2)
        if on.replace(day=1) == month and in_time:
            counts[data["persons"][0]][data["kind"]].add(
                str(on) if data["kind"] == "stationed" else data["activity_id"]
            )
    r21 = {who: {kind: len(ids) for kind, ids in kinds.items()} for who, kinds in counts.items()}
    stands = [p for p in pairs.values() if p["until"] is None or p["until"] >= last]
    r08 = {
        who: (
            sum(p["owner"] == who for p in stands),
            sum(p["owner"] == who and p["card"] for p in stands),
            sum(v[0] == who and month <= v[2] <= last and v[1] in {p["target"] for p in stands if p["owner"] == who}
                for v in visits),
        )
        for who in (f"p{n}" for n in range(6))
    }  # fmt: skip
    return r21, r08


async def test_at_random_positions_the_reports_are_what_a_plain_reading_gives(world: World) -> None:
    told = county(7, world.service.settings.district)
    await world.hear(told)
    await world.settled()
    feed = told.feeds["intake"]
    named = {"stationed": "stationed_days", "solved": "problems_solved", "org_life": "org_life", "talk": "talks"}
    async with world.api() as api:
        for position in (40, 90, 130, len(feed)):
            until = feed[position - 1].time
            slot = (until.astimezone(CHINA).date().replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(
                days=1
            )
            asked: dict[str, str | int] = {
                "programme": "sh-2013",
                "slot": slot.isoformat(),
                "intake": position,
                "supervision": 1,
            }
            asked |= {"as_of": until.isoformat()}
            month = (await api.get("/reporting/api/R21", params=asked)).json()
            pairs = (await api.get("/reporting/api/R08", params=asked)).json()
            r21, r08 = by_hand(feed[:position], month)
            for row in month["rows"][:-1]:
                expected = r21.get(row["person"], {})
                shown = {kind: row[code] for kind, code in named.items() if row[code]}
                assert shown == expected, (position, row["person"])
            assert {r["owner"]: (r["paired"], r["cards"], r["contacts"]) for r in pairs["rows"][:-1]} == r08
            total = pairs["rows"][-1]
            assert total["paired"] == sum(n for n, _cards, _contacts in r08.values())


async def test_a_month_on_record_stays_as_it_was_and_is_a_file_with_names(world: World) -> None:
    told = county(8, world.service.settings.district)
    await world.hear(told)
    world.clock.advance(datetime(2013, 5, 2, 9, tzinfo=LOCAL) - world.clock.now())
    await world.settled()
    asked = {"programme": "sh-2013", "slot": "2013-04-30"}
    async with world.api() as api, world.browser() as page, world.browser(VISITOR) as cadre:
        for code in ("R08", "R16", "R21"):
            made = await api.post("/reporting/api/runs", json={"report": code, **asked}, headers=key())
            assert made.status_code == 201, made.text
            await world.settled()
            run = f"/reporting/runs/{made.json()['report_id']}"
            assert "一致" in (await page.get(f"{run}?check=true")).text
            shown = (await page.get(f"/reporting/{code.lower()}", params=asked)).text
            assert "示例sec-1" in shown
            book = openpyxl.load_workbook(io.BytesIO((await page.get(f"{run}.xlsx")).content))
            cells = [[cell.value for cell in row] for row in book.active.iter_rows()]  # type: ignore[union-attr]
            assert len(cells) - 6 == made.json()["rows"], "title, heads and four lines of foot"
            assert (await cadre.get(f"/reporting/{code.lower()}", params=asked)).status_code == 403
        live = (await page.get("/reporting/r21.xlsx", params=asked)).content
        heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(live)).active[2]]  # type: ignore[index]
        assert heads == [
            "干部", "单位", "蹲点天数/3", "解决实事/3", "组织生活/1", "谈心/1",
            "达标否", "累计完成", "累计应完成", "累计完成率",
        ]  # fmt: skip


SH = parse_pack((PACKS / "sh-2013.toml").read_bytes())
MARCH, MAY = date(2013, 3, 1), date(2013, 5, 1)


def at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL)


def asked(pack: Pack, held: Ledger) -> Input:
    """The report of May 2013."""
    return Input(pack, held, {}, at(MAY), at(date(2013, 6, 1)), at(date(2013, 6, 3)))


def test_whoever_moved_keeps_the_months_before() -> None:
    moved = at(date(2013, 5, 10))
    people = [
        Member("p1", "sec-1", "department", since=at(date(2013, 2, 20)), until=moved),
        Member("p1", "sec-2", "department", since=moved),
    ]
    deeds = [Deed(f"a{n}", "solved", date(2013, 4, n), at(date(2013, 4, n), 9), "sec-1", ("p1",)) for n in (2, 3, 4)]
    stayed = [replace(people[0], until=None)]
    mine, moved_on = (r21.rows(asked(SH, Ledger(one, (), deeds, ())))[0] for one in (stayed, people))
    assert (mine["done"], mine["need"], mine["unit"]) == (3, 24, "sec-1")
    assert moved_on == mine, "May began in the first unit"


def paired(owner: str, target: str, card: bool = False) -> Pair:
    return Pair(f"{owner}-{target}", "households", owner, target, "subject", MARCH, card_on=MARCH if card else None)


def totals(share: str | None, **bounds: int | None) -> dict[str, Any]:
    row = SH.lists.pairing[0].model_copy(update={"ratio": Decimal(share) if share else None, **bounds})
    pack = SH.model_copy(update={"lists": SH.lists.model_copy(update={"pairing": (row,)})})
    people = [Member(f"p{n}", "sec-1", "department") for n in (1, 2)]
    pairs = (paired("p1", "h1", card=True), paired("p2", "h1"), paired("p1", "h2"))
    return r08.rows(asked(pack, Ledger(people, pairs, (), ())))[-1]


def test_pairs_are_judged_against_the_share_that_is_asked_for_and_a_household_counts_once() -> None:
    half = totals("0.50", min=2, max=3)
    assert (half["within"], half["share"], half["target"], half["met"]) == ("1/2", "50.00", "50.00", "yes")
    assert totals("0.51", min=2, max=3)["met"] == "no"
    assert (half["paired"], half["cards"], half["cards_share"]) == (3, 1, "50.00"), "one of two households"
    free = totals("0.50", min=None, max=None)
    assert (free["within"], free["share"], free["met"]) == (None, None, None), "nothing is asked"


async def test_what_was_entered_in_the_days_of_grace_is_seen(world: World) -> None:
    told = Told(random.Random(1), world.service.settings.district, "sh-2013", at(date(2013, 2, 20), 9), pause=1)
    told.tell(activation(PACKS / "sh-2013.toml", "sh-2013", at(date(2013, 2, 20))))
    told.tell(UnitRegistered(unit_id="sec-1", name="示例一科", level="department"))
    person(told, "p1", "sec-1")
    for number, entered in enumerate((date(2013, 5, 2), date(2013, 5, 3))):
        told.time = at(entered, 9)
        told.tell(deed(number, "sh-2013", "org_life", date(2013, 4, 30), "sec-1", "p1"))
    told.tell(deed(9, "sh-2013", "talk", date(2013, 5, 2), "sec-1", "p1"))
    await world.hear(told)
    world.clock.advance(at(date(2013, 6, 5), 9) - world.clock.now())
    await world.settled()
    async with world.api() as api:
        wanted = {"programme": "sh-2013", "slot": "2013-04-30"}
        answer = (await api.get("/reporting/api/R21", params=wanted)).json()
    row = answer["rows"][0]
    assert (row["org_life"], row["org_life/late"], row["talks"]) == (1, 0, 0)
