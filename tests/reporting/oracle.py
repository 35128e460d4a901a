"""R03 once more, by reading events one by one without any of the service's code: what the tests compare with."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import orjson

from services.chassis.log.types import Stored

PLAN = [
    (date(2017, 7, 17), "0.632"),
    (date(2017, 8, 16), "0.78"),
    (date(2017, 9, 18), "0.90"),
    (date(2017, 9, 30), "0.95"),
]
CHINA = timezone(timedelta(hours=8))


def r03_by_hand(feed: Sequence[Stored], answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows for the window and the instant that the answer names."""
    start, end, as_of = (datetime.fromisoformat(answer[k]) for k in ("window_from", "window_to", "as_of"))
    cases: dict[str, dict[str, Any]] = {}
    orders: dict[str, tuple[str, str]] = {}
    returned: set[str] = set()
    for event in feed:
        e = orjson.loads(event.payload)
        read(event.type, e["data"], event.time, cases, orders, returned, start)
    for case in cases.values():
        case.setdefault("carried", not case["done"] and case["opened"] < start)
    planned = plan(as_of.astimezone(CHINA).date())
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for case in cases.values():
        groups[case["unit"]].append(case)
    sent: dict[str, int] = defaultdict(int)
    for order in returned:
        sent[orders[order][1]] += 1
    rows = []
    for unit in {*(u for u in groups if u), *sent}:
        rows.append(line("unit", unit, groups.get(unit, []), sent[unit], start, end, as_of, planned))
    for row in rows:
        row["rank"] = None if not row["total"] else 1 + sum(better(o, row) for o in rows if o["total"])
    rows.sort(key=lambda r: (r["rank"] is None, r["rank"] or 0, r["unit"]))
    if groups.get(None):
        rows.append(line("unassigned", None, groups[None], 0, start, end, as_of, planned))
    rows.append(line("total", None, list(cases.values()), len(returned), start, end, as_of, planned))
    return rows


def better(a: dict[str, Any], b: dict[str, Any]) -> bool:
    left, right = a["solved"] * b["total"], b["solved"] * a["total"]
    return bool(left > right or (left == right and a["overdue"] < b["overdue"]))


def read(type: str, d: dict[str, Any], time: datetime, cases: Any, orders: Any, returned: Any, start: datetime) -> None:
    key = d.get("case_id")
    if type == "case-opened":
        cases[key] = {
            "opened": time,
            "unit": None,
            "order": None,
            "due": None,
            "done": None,
            "off": False,
            "held": False,
            "round": 1,
        }
        return
    c = cases.get(key)
    if c is None:
        return
    if time >= start and "carried" not in c:
        c["carried"] = not c["done"] and c["opened"] < start
    if type == "order-issued":
        orders[d["order_id"]] = (key, d["to_unit"])
        if d["role"] == "lead":
            c.update(unit=d["to_unit"], order=d["order_id"], due=datetime.fromisoformat(d["dues"]["finish_by"]))
    elif type == "order-returned":
        returned.add(d["order_id"])
    elif type == "return-ruled" and d["accepted"] and d["order_id"] == c["order"]:
        c.update(unit=None, order=None, due=None)
    elif type == "case-suspended":
        c["held"] = True
    elif type == "case-resumed":
        c.update(held=False, due=datetime.fromisoformat(d["finish_by"][c["order"]]))
    elif type == "case-completed":
        c.update(done=time, result=d["result"], held=False)
    elif type == "case-struck-off":
        c["off"] = True
    elif type == "case-reopened":
        c.update(done=None, result=None, off=False, due=None, order=None, round=d["round"])


def line(kind: str, unit: Any, cases: Any, sent: int, start: Any, end: Any, as_of: Any, planned: Any) -> dict[str, Any]:
    total, solved = len(cases), sum(bool(c["done"]) and c["result"] == "solved" for c in cases)
    off, done = sum(c["off"] for c in cases), sum(bool(c["done"]) for c in cases)
    return {
        "row": kind,
        "unit": unit,
        "carried": sum(c["carried"] for c in cases),
        "opened_in": sum(start <= c["opened"] < end for c in cases),
        "total": total,
        "done_in": sum(bool(c["done"]) and start <= c["done"] < end for c in cases),
        "done": done,
        "solved": solved,
        "struck_off": off,
        "solved_share": share(Decimal(solved) / total) if total else None,
        "struck_off_share": share(Decimal(off) / total) if total else None,
        "open": total - done,
        "overdue": sum(not c["done"] and not c["held"] and c["due"] is not None and c["due"] < as_of for c in cases),
        "suspended": sum(c["held"] for c in cases),
        "returned": sent,
        "reworked": sum(c["round"] > 1 for c in cases),
        "planned": share(planned) if total and planned is not None else None,
        "deviation": share(Decimal(solved) / total - planned) if total and planned is not None else None,
        "rank": None,
    }


def share(value: Decimal) -> str:
    with localcontext(prec=50):
        return str((value * 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def plan(day: date) -> Decimal | None:
    before = [p for p in PLAN if p[0] <= day]
    after = [p for p in PLAN if p[0] > day]
    if not before:
        return None
    if not after:
        return Decimal(before[-1][1])
    (a, x), (b, y) = before[-1], after[0]
    return Decimal(x) + (Decimal(y) - Decimal(x)) * (day - a).days / (b - a).days


def r09_by_hand(dispatch: Sequence[Stored], supervision: Sequence[Stored]) -> list[dict[str, Any]]:
    """What was heard, told apart by who is asked about; every side and round of a case once."""
    opened: dict[str, Any] = {}
    rounds: dict[str, int] = {}
    led: dict[tuple[str, int], str] = {}
    beside: dict[tuple[str, int], str] = {}
    lead: dict[str, Any] = {}
    mine: dict[str, Any] = {}
    for event in dispatch:
        d = orjson.loads(event.payload)["data"]
        key = d.get("case_id")
        if event.type == "case-opened":
            opened[key], rounds[key], lead[key] = d["territory_unit"], 1, None
        elif event.type == "order-issued" and d["role"] == "lead":
            lead[key], mine[key] = d["to_unit"], d["order_id"]
        elif event.type == "order-issued":
            beside[key, d["round"]] = d["to_unit"]
        elif event.type == "return-ruled" and d["accepted"] and d["order_id"] == mine[key]:
            lead[key] = None
        elif event.type == "case-completed":
            led[key, d["round"]] = lead[key] = d["lead_unit"]
        elif event.type == "case-reopened":
            rounds[key] = d["round"]
    asked: dict[tuple[str, int, str], Any] = {}
    for event in supervision:
        d = orjson.loads(event.payload)["data"]
        if event.type in ("follow-up-scheduled", "follow-up-conducted") and d["case_id"] in opened:
            asked[d["case_id"], d["round"], d["leg"]] = d if "verdict" in d else None
        elif event.type == "follow-up-cancelled":
            asked.pop((d["case_id"], d["round"], d["leg"]), None)
    groups: dict[Any, list[Any]] = defaultdict(list)
    for (case, number, leg), said in asked.items():
        at = (case, number)
        groups[beside.get(at, opened[case]) if leg == "territory" else led.get(at)].append(said)
    again: dict[Any, int] = defaultdict(int)
    for case, number in rounds.items():
        again[lead[case]] += number > 1
    units = sorted(unit for unit in {*groups, *(u for u in again if again[u])} if unit)
    rows = [asked_line("unit", unit, groups.get(unit, []), again[unit]) for unit in units]
    if groups.get(None) or again[None]:
        rows.append(asked_line("unassigned", None, groups.get(None, []), again[None]))
    return [*rows, asked_line("total", None, list(asked.values()), sum(again.values()))]


def asked_line(kind: str, unit: Any, asked: list[Any], again: int) -> dict[str, Any]:
    heard = [one for one in asked if one]
    reached = [one for one in heard if one["reached"]]
    view = {name: sum(one["satisfaction"] == name for one in reached) for name in VIEWS}
    said = sum(view.values())
    return {
        "row": kind,
        "unit": unit,
        "due": len(asked),
        "concluded": len(heard),
        "concluded_share": part(len(heard), len(asked)),
        "reached": len(reached),
        "unreached": len(heard) - len(reached),
        "contacted_share": part(sum(one["contacted"] for one in reached), len(reached)),
        "solved": sum(one["solved"] for one in reached),
        "solved_share": part(sum(one["solved"] for one in reached), len(reached)),
        **view,
        "satisfied_share": part(view["very"] + view["satisfied"] + view["basic"], said),
        "reworked": again,
    }


VIEWS = ("very", "satisfied", "basic", "dissatisfied", "very_dissatisfied")


def part(some: int, all: int) -> str | None:
    return share(Decimal(some) / all) if all else None
