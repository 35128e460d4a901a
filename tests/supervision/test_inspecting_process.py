"""Spot checks, reviews and signals in the whole service: announced, drawn behind the watermark, checked, shown."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from contracts.dispatch import CaseCompleted, CaseOpened, CaseStruckOff, OrderCompleted, OrderIssued, RequesterContacted
from contracts.dispatch.parts import Dues, Evidence
from contracts.event import Event
from deploy.cli import redrawing
from services.chassis.service import Service
from services.chassis.web import User
from services.supervision.react.drawing import DrawTimer
from services.supervision.react.signals import SIGNALS
from tests.spec import NOON
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    HOUR,
    OFFICE,
    PROGRAMME,
    SEALED,
    TOWN,
    activate,
    app,
    client,
    dispatch_says,
)

LEADER = User("p-l", "示例领导", "district", "示例区", ("leading_group",))
CLERK = User("p-c", "示例承办员", "town-a", "示例镇", ("unit_clerk",))
PHOTO = Evidence(sha256=sha256(b"photo").hexdigest(), name="现场.jpg", media_type="image/jpeg", size=9)


def case(n: int, *, called: bool = True, photo: Evidence | None = None, struck: bool = True) -> list[Event]:
    """One case from opening to strike-off; without a call it looks made up."""
    ids: dict[str, Any] = {"case_id": f"c{n}", "case_no": n}
    issued = OrderIssued(
        **ids,
        order_id=f"o{n}",
        kind="assign",
        role="lead",
        to_unit="town-a",
        dues=Dues(finish_by=NOON + 48 * HOUR),
        expected_outcome="路面平整",
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
    )
    call = RequesterContacted(**ids, order_id=f"o{n}", method="phone", attempt=1, reached=True, at=NOON)
    completed = OrderCompleted(
        **ids,
        order_id=f"o{n}",
        result="solved",
        reply=SEALED,
        replied_at=NOON,
        responsible_person="p1",
        evidence=(photo,) if photo else (),
    )
    done = CaseCompleted(**ids, result="solved", on_time=True, elapsed_s=1, working_s=1, lead_unit="town-a", round=1)
    opened = CaseOpened(
        case_id=f"c{n}", request_ids=(f"r{n}",), title=SEALED, text=SEALED, channel="web", received_at=NOON
    )
    over = CaseStruckOff(**ids, by_unit="town-a", basis="unit_self", on_time=True)
    return [opened, issued, *([call] if called else []), completed, done, *([over] if struck else [])]


async def settled(service: Service) -> None:
    """Until the watcher has looked at everything and the pages show it."""
    head = (await service.log.head()).seq
    while (await service.reactors.lag())[SIGNALS.name].seq < head:
        await service.log.wait(head + 1, 0.05)
    assert await service.all_caught_up((await service.log.head()).seq, 5)


async def test_a_draw_is_announced_made_behind_the_watermark_and_checked(app: FastAPI, tmp_path: Path) -> None:  # noqa: F811
    service: Service = app.state.service
    known: list[datetime | None] = [None]

    async def watermark(source: str) -> datetime | None:
        return known[0]

    timer = DrawTimer(service.pool, service.commands, watermark)
    async with client(app, OFFICE) as api, client(app, TOWN) as town, client(app, CLERK) as clerk:
        await activate(api)
        await settled(service)
        period = {"population_from": NOON.isoformat(), "population_to": (NOON + HOUR).isoformat()}
        asked = {"programme": PROGRAMME, "rate_percent": 40, **period}
        answer = await api.post("/supervision/api/checks", json=asked, headers={"idempotency-key": "k"})
        check_id = answer.json()["check_id"]
        assert (answer.status_code, answer.json()["events"]) == (201, ["draw-seed-committed"])
        again = await api.post("/supervision/api/checks", json=asked, headers={"idempotency-key": "k"})
        assert again.json()["check_id"] == check_id
        seed = await service.pool.fetchval("SELECT seed FROM draw_seed WHERE check_id = $1", check_id)
        story = [event for n in range(1, 6) for event in case(n)]
        await dispatch_says(service, *story, time=NOON + timedelta(minutes=5))
        where = f"/supervision/api/checks/{check_id}"
        shown = (await api.get(where)).json()
        assert (shown["seed"], seed in str(shown)) == (None, False), "nobody sees the seed before the draw"
        for too_early in (None, NOON + HOUR / 2):
            known[0] = too_early
            await timer.tick()
        assert (await api.get(where)).json()["sampled_at"] is None
        known[0] = NOON + HOUR
        await timer.tick()
        await timer.tick()
        await settled(service)
        drawn = (await api.get(where)).json()
        assert (drawn["seed"], drawn["population_size"], len(drawn["sample"])) == (seed, 5, 2)
        assert not await service.pool.fetchval("SELECT count(*) FROM draw_seed WHERE check_id = $1", check_id)
        assert await redrawing.run(tmp_path, check_id, service.settings.dsn), "the log alone gives the same sample"
        item = drawn["sample"][0]
        found = {"mode": "on_site", "passed": False, "finding": "现场未修", "checked_at": NOON.isoformat()}
        refused = await town.post(f"{where}/items/{item}", json=found, headers={"idempotency-key": "t"})
        assert refused.json()["code"] == "handler-checks-itself"
        assert (await clerk.get(where)).status_code == 403
        kept = await api.post(f"{where}/items/{item}", json=found, headers={"idempotency-key": "i"})
        assert kept.json()["events"] == ["spot-check-conducted"], kept.text
        proved = {"case_id": item, "check_id": check_id, "code": "false_report", "finding": "照片系他处"}
        for key, wrong, code in (
            ("m1", {"case_id": drawn["sample"][1]}, "not-checked"),
            ("m2", {"case_id": "no-case"}, "not-checked"),
            ("m3", {"unit": "no-such-unit"}, "unit-not-involved"),
            ("m4", {"persons": ["p-nobody"]}, "person-of-another-unit"),
        ):
            no = await api.post("/supervision/api/misreports", json=proved | wrong, headers={"idempotency-key": key})
            assert (no.status_code, no.json()["code"]) == (422, code)
        established = await api.post("/supervision/api/misreports", json=proved, headers={"idempotency-key": "m"})
        assert established.json()["events"] == ["misreport-established"], established.text
        other = drawn["sample"][1]
        good = found | {"passed": True, "finding": "已修好"}
        await api.post(f"{where}/items/{other}", json=good, headers={"idempotency-key": "i2"})
        await settled(service)
        no = await api.post(
            "/supervision/api/misreports", json=proved | {"case_id": other}, headers={"idempotency-key": "m5"}
        )
        assert (no.json()["code"], no.json()["errors"][0]["field"]) == ("check-passed", "check_id")
    await _pages(app, ["checks", f"checks/{check_id}", f"checks/{check_id}/items/{item}"])


async def test_signals_name_their_records_and_are_settled_with_a_check(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api, client(app, LEADER) as leader:
        await activate(api)
        story = [*case(1, photo=PHOTO), *case(2, called=False, photo=PHOTO, struck=False), *case(3, struck=False)]
        await dispatch_says(service, *story)
        await settled(service)
        items = (await leader.get("/supervision/api/signals")).json()["items"]
        by_kind = {one["kind"]: one for one in items}
        assert set(by_kind) == {"no_handling", "same_file"}
        assert by_kind["no_handling"]["case_id"] == "c2"
        assert by_kind["same_file"]["seen"] == ["dispatch:4", "dispatch:9"]
        settle = f"/supervision/api/signals/{by_kind['same_file']['signal_id']}/settle"
        said = {"outcome": "checked", "text": "照片系另一件", "passed": False}
        forbidden = await leader.post(settle, json=said, headers={"idempotency-key": "s0"})
        assert forbidden.status_code == 403
        done = await api.post(settle, json=said, headers={"idempotency-key": "s1"})
        assert done.json()["events"] == ["spot-check-conducted", "signal-settled"], done.text
        twice = await api.post(settle, json=said, headers={"idempotency-key": "s2"})
        assert twice.json()["code"] in ("signal-settled", "already-checked"), "whichever read model was faster"
        good = {"passed": True, "finding": "证据齐全"}
        passed = await api.post("/supervision/api/reviews/c3", json=good, headers={"idempotency-key": "r3"})
        assert passed.json()["events"] == ["spot-check-conducted"], passed.text
        await settled(service)
        signal_id = by_kind["no_handling"]["signal_id"]
    await _pages(app, ["signals", "signals?state=settled", f"signals/{signal_id}", "reviews", "reviews/c2"])
    async with client(app, OFFICE, accept="text/html") as browser:
        page = (await browser.get("/supervision/reviews/c2")).text
        assert f"/dispatch/files/{PHOTO.sha256}" in page
        form = {"command_id": "x1", "outcome": "checked", "text": "已看"}
        refused = await browser.post(f"/supervision/signals/{signal_id}", data=form)
        assert (refused.status_code, "请选择检查结论" in refused.text) == (422, True)


async def _pages(app: FastAPI, paths: list[str]) -> None:  # noqa: F811
    async with client(app, OFFICE, accept="text/html") as browser:
        for path in paths:
            shown: httpx.Response = await browser.get(f"/supervision/{path}")
            assert (shown.status_code, "回音" in shown.text) == (200, True), (path, shown.text)


async def test_a_dissatisfaction_that_is_nobodys_fault_gets_a_visit_and_a_ruling(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api:
        await activate(api)
        await dispatch_says(service, *case(1, struck=False), *case(2, struck=False))
        first = (await api.get("/supervision/api/followups")).json()["items"]
        where = "/supervision/api/followups/{}/conduct"
        heard = {"solved": True, "contacted": True, "satisfaction": "dissatisfied", "attributable": False}
        for due in first:
            key = {"idempotency-key": due["followup_id"]}
            said = await api.post(where.format(due["followup_id"]), json=heard, headers=key)
            assert said.json()["verdict"] == "fail"
        await _scheduled(service)
        visits = (await api.get("/supervision/api/followups")).json()["items"]
        assert [(one["leg"], one["explains"]) for one in visits] == [
            ("explanation", one["followup_id"]) for one in first
        ]
        for visit, blame, verdict in zip(visits, (False, True), ("pass", "fail"), strict=True):
            ruling = {"satisfaction": "basic", "solved": True, "attributable": blame, "ruling": "已按规划答复"}
            key = {"idempotency-key": f"ruling-{blame}"}
            ruled = await api.post(where.format(visit["followup_id"]), json=ruling, headers=key)
            assert ruled.json()["verdict"] == verdict, ruled.text
            stored = await service.log.stream(f"followup-{visit['followup_id']}")
            assert b'"closes":true' in stored[-1].payload
    await _pages(app, [f"followups/{visits[0]['followup_id']}", "followups?state=done"])


async def _scheduled(service: Service) -> None:
    head = (await service.log.head()).seq
    while (await service.reactors.lag())["completion-to-follow-up"].seq < head:
        await service.log.wait(head + 1, 0.05)
    assert await service.all_caught_up((await service.log.head()).seq, 5)
