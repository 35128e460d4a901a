"""Checks: photos of what was found, and the cap on how often a unit is troubled in a month (SH-35)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from contracts.event import TYPES
from services.chassis.service import Service
from services.supervision.domain.spot_check import SPOT_CHECK, ConductCheck
from services.supervision.read.burden import asked_in_month
from services.supervision.read.evidence import NAMING
from tests.spec import NOON, given
from tests.supervision.test_inspecting_process import CLERK, LEADER, case, settled
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    OFFICE,
    PACK,
    activate,
    app,
    client,
    dispatch_says,
)
from tests.supervision.who_is_who import introduce

JPEG = b"\xff\xd8\xff\xe0" + b"demo picture" * 20
CAPPED = PACK.replace(b"[escalation]", b"[escalation]\nchecks_per_month = 1")
LISTED = ConductCheck(
    check_id="signal-s1",
    item="c1",
    case_id="c1",
    handler_units=frozenset({"town-a"}),
    by_unit="office",
    mode="on_site",
    modes=(),
    body="示例督查室",
    passed=False,
    finding="现场未修",
    checked_at=NOON,
    at=NOON,
    listed=True,
    asked=4,
    cap=4,
)


def test_a_chosen_check_beyond_the_cap_is_refused_and_a_covert_one_troubles_nobody() -> None:
    given(SPOT_CHECK).when(LISTED).then_rejected("burden-cap", "mode")
    for other in (replace(LISTED, mode="covert"), replace(LISTED, asked=3), replace(LISTED, cap=0)):
        (event,) = given(SPOT_CHECK).when(other).decided()
        assert event.TYPE == "spot-check-conducted"


async def upload(api: Any, name: str = "现场.jpg", content: bytes = JPEG) -> Any:
    return await api.post("/supervision/api/files", files={"file": (name, content, "image/jpeg")})


async def test_a_check_shows_its_photos_and_counts_against_the_month(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api, client(app, LEADER) as leader, client(app, CLERK) as clerk:
        assert (await activate(api, CAPPED)).status_code == 201
        await introduce(service)
        story = [*case(1, called=False, struck=False), *case(2, called=False, struck=False)]
        await dispatch_says(service, *story)
        await settled(service)
        items = (await api.get("/supervision/api/signals")).json()["items"]
        first, second = sorted(
            (one for one in items if one["kind"] == "no_handling"), key=lambda one: str(one["case_id"])
        )
        assert (await upload(clerk)).status_code == 403
        refused = await upload(api, "a.exe", b"MZ\x90\x00\x03")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "file")
        photo = (await upload(api)).json()
        where = f"/supervision/files/{photo['sha256']}"
        assert (await api.get(where)).content == JPEG
        assert (await leader.get(where)).status_code == 404, "not named yet, and not theirs"
        settle = "/supervision/api/signals/{}/settle"
        said: dict[str, Any] = {"outcome": "checked", "text": "现场已修", "passed": True, "evidence": [photo]}
        gone = said | {"evidence": [photo | {"sha256": "0" * 64}]}
        missing = await api.post(settle.format(first["signal_id"]), json=gone, headers={"idempotency-key": "s0"})
        assert missing.json()["code"] == "file-missing"
        bare = said | {"outcome": "harmless"}
        lost = await api.post(settle.format(first["signal_id"]), json=bare, headers={"idempotency-key": "s1"})
        assert lost.json()["code"] == "evidence-not-taken"
        done = await api.post(settle.format(first["signal_id"]), json=said, headers={"idempotency-key": "s2"})
        assert done.json()["events"] == ["spot-check-conducted", "signal-settled"], done.text
        await settled(service)
        assert (await leader.get(where)).content == JPEG
        assert (await clerk.get(where)).status_code == 403
        assert await asked_in_month(service.pool, "town-a", NOON) == 1
        assert await asked_in_month(service.pool, "town-a", NOON + timedelta(days=31)) == 0
        assert await asked_in_month(service.pool, "town-b", NOON) == 0
        again = await api.post(settle.format(second["signal_id"]), json=said, headers={"idempotency-key": "s3"})
        assert (again.json()["code"], again.json()["errors"][0]["field"]) == ("burden-cap", "mode")
        slip = {"case_id": "c2", "target_unit": "town-a", "level": "blue", "source": "spot_check"}
        slip |= {"problem": "现场未修", "requirements": "修复"}
        capped = await api.post("/supervision/api/notices", json=slip, headers={"idempotency-key": "n1"})
        assert capped.json()["code"] == "burden-cap"
        looked = await api.post(
            "/supervision/api/reviews/c2", json={"passed": True, "finding": "齐全"}, headers={"idempotency-key": "r2"}
        )
        assert looked.json()["events"] == ["spot-check-conducted"], "papers at the office's own desk trouble nobody"
        await settled(service)
        assert await asked_in_month(service.pool, "town-a", NOON) == 1
    async with client(app, OFFICE) as browser:
        browser.headers["accept"] = "text/html"
        page = (await browser.get(f"/supervision/signals/{first['signal_id']}")).text
        assert f'href="{where}"' in page
        covert = {"command_id": "x9", "outcome": "checked", "text": "暗访未修", "passed": "false", "mode": "covert"}
        files = {"evidence": ("现场二.jpg", JPEG + b"2", "image/jpeg")}
        form = await browser.post(f"/supervision/signals/{second['signal_id']}", data=covert, files=files)
        assert form.status_code == 303, form.text


def test_every_event_of_supervision_that_names_files_is_followed() -> None:
    own = {kind for kind in TYPES.values() if kind.OWNER == "supervision" and "evidence" in kind.model_fields}
    assert own == set(NAMING)
