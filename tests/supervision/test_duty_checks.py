"""查岗 (SH-43): a person or a window of another unit is looked at, by phone or covertly, and the month counts it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.intake import AbsenceDeclared
from contracts.supervision import DutyChecked
from services.chassis.service import Service
from services.chassis.web import User
from services.supervision.domain.duty_check import DUTY_CHECK, CheckDuty
from services.supervision.read.burden import asked_in_month
from tests.spec import NOON, given
from tests.supervision.test_bulletins_process import browsing, directory, post, send
from tests.supervision.test_inspecting_process import settled
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    HOUR,
    OFFICE,
    PACK,
    PROGRAMME,
    activate,
    app,
    client,
)

CALL = CheckDuty(
    duty_check_id="d1",
    programme_id="sh-2013",
    unit="town-a",
    units=("town-a", "office"),
    person="p-7",
    of_unit=("p-7",),
    post="3号窗口",
    by_unit="office",
    mode="phone",
    modes=("phone", "covert"),
    body="示例绩效办",
    passed=False,
    finding="电话无人接听",
    checked_at=NOON,
    at=NOON,
)
MODES = b'[check]\nmodes = ["phone", "covert"]\n'
RULES = PACK.replace(b"[check]\n", MODES).replace(b"[escalation]", b"[escalation]\nchecks_per_month = 2")
STRICT = RULES.replace(b"checks_per_month = 2", b'checks_per_month = 3\ndirect = { leader_instruction = "orange" }')
HEAD = User("p-h", "示例镇长", "town-a", "示例甲镇", ("unit_leader",))
INSIDE = User("p-i", "演示戊", "town-a", "示例甲镇", ("discipline",))


def test_a_look_is_recorded_once_at_a_person_a_post_or_both() -> None:
    for look in (CALL, replace(CALL, person=None), replace(CALL, post="")):
        (event,) = given(DUTY_CHECK).when(look).decided()
        assert isinstance(event, DutyChecked)
        assert (event.unit, event.person, event.post) == ("town-a", look.person, look.post)
        given(DUTY_CHECK, event).when(look).then()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"unit": "nowhere"}, "unknown-unit", "unit"),
        ({"by_unit": "town-a"}, "own-unit", "unit"),
        ({"person": None, "post": ""}, "no-post", "post"),
        ({"person": "p-9"}, "person-of-another-unit", "person"),
        ({"mode": "on_site"}, "mode-not-allowed", "mode"),
        ({"asked": 2, "cap": 2}, "burden-cap", "mode"),
        ({"passed": None}, "no-result", "passed"),
        ({"body": ""}, "no-body", "body"),
        ({"finding": ""}, "no-finding", "finding"),
        ({"checked_at": None}, "no-time", "checked_at"),
        ({"checked_at": NOON + timedelta(minutes=1)}, "check-in-future", "checked_at"),
    ],
)
def test_what_refuses_a_look(change: dict[str, Any], code: str, field: str) -> None:
    given(DUTY_CHECK).when(replace(CALL, **change)).then_rejected(code, field)


def test_a_covert_look_troubles_nobody() -> None:
    (event,) = given(DUTY_CHECK).when(replace(CALL, mode="covert", asked=2, cap=2)).decided()
    assert isinstance(event, DutyChecked)
    assert event.mode == "covert"


LOOK: dict[str, Any] = {
    "unit": "town-a",
    "person": "演示甲",
    "post": "便民大厅3号窗口",
    "mode": "phone",
    "passed": False,
    "finding": "电话响铃十次无人接听",
    "checked_at": NOON.isoformat(),
}


async def test_looks_are_listed_counted_and_capped(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    await directory(service)
    async with client(app, OFFICE) as api:
        assert (await activate(api, RULES)).status_code == 201
    await settled(service)
    made = await send(app, OFFICE, "duty-checks", **LOOK)
    assert (made.status_code, made.json()["events"]) == (201, ["duty-checked"]), made.text
    covert = await send(app, OFFICE, "duty-checks", **{**LOOK, "mode": "covert", "person": "", "passed": True})
    assert covert.status_code == 201, covert.text
    await settled(service)
    assert await asked_in_month(service.pool, "town-a", service.clock.now()) == 1, "nobody notices a covert look"
    assert (await send(app, OFFICE, "duty-checks", **{**LOOK, "person": "p-7"})).status_code == 201
    await settled(service)
    capped = await send(app, OFFICE, "duty-checks", **LOOK)
    assert (capped.status_code, capped.json()["code"]) == (422, "burden-cap")
    async with client(app, OFFICE) as api:
        items = (await api.get("/supervision/api/duty-checks?unit=town-a")).json()["items"]
    found = sorted((one["person"] or "", one["mode"], one["passed"]) for one in items)
    assert found == [("", "covert", True), ("p-7", "phone", False), ("p-7", "phone", False)]


async def test_what_a_look_found_may_become_a_slip_under_the_cap(app: FastAPI) -> None:  # noqa: F811
    """The finding is the slip's source and its matter (SH-43), and it counts for the month (SH-35)."""
    service: Service = app.state.service
    await directory(service)
    async with client(app, OFFICE) as api:
        assert (await activate(api, STRICT)).status_code == 201
    await settled(service)
    bad = (await send(app, OFFICE, "duty-checks", **LOOK)).json()["duty_check_id"]
    good = await send(app, OFFICE, "duty-checks", **{**LOOK, "mode": "covert", "passed": True})
    await settled(service)
    slip = {"target_unit": "town-a", "level": "prompt", "requirements": "说明原因"}
    async with client(app, OFFICE) as api:
        # In the same breath, and with another source in the body: it enters as what a look found.
        look = {**LOOK, "mode": "covert"}
        seen = (await api.post("/supervision/api/duty-checks", headers={"idempotency-key": "d"}, json=look)).json()
        asked = {**slip, "problem": "无人", "source": "leader_instruction", "duty_check_id": seen["duty_check_id"]}
        at_once = await api.post("/supervision/api/notices", headers={"idempotency-key": "n"}, json=asked)
        assert at_once.status_code == 201, at_once.text
    await settled(service)
    async with browsing(app, OFFICE) as browser:
        assert f"duty_check_id={bad}" in (await browser.get("/supervision/duty-checks")).text
        form = (await browser.get(f"/supervision/notices/new?duty_check_id={bad}")).text
        assert "便民大厅3号窗口：电话响铃十次无人接听" in form
        assert "演示甲" not in form, "a slip names nobody"
        for wrong in (good.json()["duty_check_id"], "nothing"):
            fields = {**slip, "duty_check_id": wrong, "problem": "无人在岗", "command_id": f"w-{wrong}"}
            refused = await post(browser, app, "/supervision/notices", **fields)
            assert (refused.status_code, "没有该单位这次不合格的查岗" in refused.text) == (422, True)
            assert "无人在岗" in refused.text
        fields = {**slip, "duty_check_id": bad, "problem": "无人在岗"}
        done = await post(browser, app, "/supervision/notices", **fields, command_id="s1")
        assert done.status_code == 303, done.text
        await settled(service)
        shown = (await browser.get(done.headers["location"])).text
        assert "查岗不合格" in shown
        assert f"/supervision/duty-checks#{bad}" in shown
        again = await post(browser, app, "/supervision/notices", **{**fields, "problem": "另一种说法"}, command_id="s2")
        assert "一事一单" in again.text
        assert "督办单</a>" in (await browser.get("/supervision/duty-checks")).text
    row = await service.pool.fetchrow("SELECT source, level FROM notice_board WHERE matter = $1", f"duty-check:{bad}")
    assert row is not None
    assert tuple(row) == ("spot_check", "prompt")
    assert await asked_in_month(service.pool, "town-a", service.clock.now()) == 3
    capped = await send(app, OFFICE, "notices", **slip, problem="另一件事", programme=None)
    assert capped.json()["code"] == "burden-cap"


async def test_only_the_roles_of_the_pack_check(app: FastAPI) -> None:  # noqa: F811
    """纪检监察组随机抽查 (LT-25): where the pack names it alone, nobody else checks or announces a draw."""
    alone = RULES.replace(b"[check]\n", b'[check]\nby = ["discipline"]\n')
    service: Service = app.state.service
    await directory(service)
    async with client(app, OFFICE) as api:
        assert (await activate(api, alone)).status_code == 201
    await settled(service)
    discipline = User("p-j", "示例纪检员", "ji", "示例纪检组", ("discipline",))
    draw = {"programme": PROGRAMME, "population_to": (NOON + 9 * HOUR).isoformat(), "rate_percent": 50}
    for path, body in (("duty-checks", LOOK), ("checks", draw)):
        assert (await send(app, OFFICE, path, **body)).status_code == 403
        assert (await send(app, discipline, path, **body)).status_code == 201
    async with browsing(app, OFFICE) as browser:
        assert "保存查岗记录" not in (await browser.get("/supervision/duty-checks")).text


async def test_a_refused_form_comes_back_filled_in_and_only_checkers_record(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    await directory(service)
    async with client(app, OFFICE) as api:
        assert (await activate(api, RULES)).status_code == 201
    await settled(service)
    form = {**LOOK, "passed": "false", "checked_at": "2017-07-17T11:00"}
    async with browsing(app, OFFICE) as browser:
        page = await browser.get("/supervision/duty-checks")
        assert (page.status_code, "记录一次查岗" in page.text, "实地查看" in page.text) == (200, True, False)
        for wrong, words in ({"person": "没有此人"}, "该单位没有这个人"), ({"unit": ""}, "请选择被查的单位"):
            refused = await post(browser, app, "/supervision/duty-checks", **{**form, **wrong}, command_id="c1")
            assert (refused.status_code, words in refused.text) == (422, True)
            assert "电话响铃十次无人接听" in refused.text, "what was typed is still there"
        done = await post(browser, app, "/supervision/duty-checks", **form, command_id="c2")
        assert done.status_code == 303, done.text
        shown = (await browser.get(done.headers["location"])).text
    for words in ("演示甲，便民大厅3号窗口", "不在岗", "查岗 1 次，不合格 1 次"):
        assert words in shown
    assert (await send(app, HEAD, "duty-checks", **LOOK)).status_code == 403
    own = await send(app, INSIDE, "duty-checks", **LOOK)
    assert (own.status_code, own.json()["code"]) == (422, "own-unit")
    async with browsing(app, HEAD) as browser:
        assert (await browser.get("/supervision/duty-checks")).status_code == 403


async def test_who_had_said_where_they_went_is_shown_so(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api:
        assert (await activate(api, RULES)).status_code == 201
    away = AbsenceDeclared(
        person_id="p-7", absence_id="a1", starts_at=NOON - HOUR, ends_at=NOON + HOUR, backup_id="p-h"
    )
    await directory(service, away)
    await settled(service)
    assert (await send(app, OFFICE, "duty-checks", **LOOK)).status_code == 201
    await settled(service)
    async with client(app, OFFICE) as api, browsing(app, OFFICE) as browser:
        (one,) = (await api.get("/supervision/api/duty-checks")).json()["items"]
        assert one["was_away"] is True
        assert "当时有去向留言" in (await browser.get("/supervision/duty-checks")).text
