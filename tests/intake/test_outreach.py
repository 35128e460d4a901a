"""结对联系 and 活动与成果 over HTTP: pages that a phone uses, refusals that keep what was typed, lists taken twice."""

import re
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from contracts.codec import decode
from contracts.intake import VisitRecorded
from contracts.supervision import ProgrammePackActivated
from services.chassis.web.session import User
from services.intake.web import activity_pages, pairing_pages
from tests.clients import browser
from tests.intake.conftest import NOW, script, settle, told

PACK = (Path(__file__).parents[1] / "packs" / "sh-2013.toml").read_text()
# The fixture's clock stands in July 2017: the same rules in that year, and one household more for each.
RULES = PACK.replace("2013-", "2017-").replace("CN-2013", "CN-2017").replace("min = 10, max = 15", "min = 1, max = 2")

CADRE = User("p-cadre", "示例甲", "sec-1", "示例一科", ("visitor",))
LEADER = User("p-lead", "示例乙", "sec-1", "示例一科", ("unit_leader", "visitor"))
STRANGER = User("p-far", "示例丙", "sec-2", "示例二科", ("unit_leader", "visitor"))
OFFICE = User("p-office", "示例丁", "office", "示例活动办", ("programme_office", "admin"))
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
async def filled(app: FastAPI) -> FastAPI:
    people = (CADRE, LEADER, STRANGER, OFFICE)
    directory: dict[str, Any] = {
        "units": [
            {"unit_id": "office", "name": "示例活动办", "level": "town"},
            {"unit_id": "sec-1", "name": "示例一科", "level": "department"},
            {"unit_id": "sec-2", "name": "示例二科", "level": "department"},
        ],
        "persons": [
            {"person_id": one.person_id, "unit_id": one.unit_id, "name": one.name, "roles": list(one.roles)}
            for one in people
        ],
        "subjects": [
            {"subject_id": f"h-{n}", "kind": "household", "name": f"示例户{n}", "territory_unit": "office"}
            for n in range(1, 5)
        ]
        + [{"subject_id": "e-1", "kind": "enterprise", "name": "示例厂", "territory_unit": "office"}],
    }
    async with script(app, OFFICE) as office:
        answer = await office.post("/intake/api/directory", json=directory)
        assert [row for row in answer.json()["rows"] if row["status"] != "changed"] == []
    content = RULES
    activated = ProgrammePackActivated(
        programme_id="sh-2013",
        name="示例活动",
        pack_version=1,
        sha256=sha256(content.encode()).hexdigest(),
        content=content,
        effective_from=NOW,
    )
    await told(app, activated, programme="sh-2013")
    await settle(app)
    return app


async def form_of(page: httpx.AsyncClient, url: str, action: str) -> dict[str, str]:
    answer = await page.get(url)
    assert answer.status_code == 200, answer.text
    text = answer.text[answer.text.index(f'method="post" action="{action}"') :]
    return dict(HIDDEN.findall(text[: text.index("</form>")]))


async def test_an_office_pairs_a_cadre_who_hands_over_the_card_from_a_phone(filled: FastAPI) -> None:
    async with browser(filled, OFFICE) as office, browser(filled, CADRE) as cadre:
        url = "/intake/pairings/new?kind=households&owner=p-cadre&q=示例户"
        hidden = await form_of(office, url, "/intake/pairings/new")
        nobody = await office.post("/intake/pairings/new", data={**hidden, "owner": "p-cadre", "since": "2017-07-01"})
        assert nobody.status_code == 422
        assert "名册中没有这个对象" in nobody.text
        assert 'value="2017-07-01"' in nobody.text, "what was typed stays"
        typed = {**hidden, "owner": "p-cadre", "target": "h-1", "since": "2017-07-01"}
        done = await office.post("/intake/pairings/new", data=typed)
        assert done.status_code == 303, done.text
        assert "示例户1" in (await office.get(done.headers["location"])).text
        listed = (await office.get("/intake/pairings")).text
        assert "示例甲" in listed
        assert "1 / 3" in listed, "of three cadres one has enough"

        mine = (await cadre.get("/intake/pairings")).text
        assert "未发联系卡" in mine
        pair = re.search(r'href="(/intake/pairings/[0-9a-f-]{36})"', mine)
        assert pair is not None
        hidden = await form_of(cadre, pair[1], f"{pair[1]}/card")
        blank = await cadre.post(f"{pair[1]}/card", data={**hidden, "on": "2017-07-02", "receipt": ""})
        assert (blank.status_code, "请写明签收情况" in blank.text) == (422, True)
        given = await cadre.post(f"{pair[1]}/card", data={**hidden, "on": "2017-07-02", "receipt": "当面签收"})
        assert "2017-07-02 当面签收" in (await cadre.get(given.headers["location"])).text


async def test_pairs_belong_to_the_unit_and_the_pack_bounds_them(filled: FastAPI) -> None:
    async with script(filled, LEADER) as leader, script(filled, STRANGER) as stranger, script(filled, CADRE) as cadre:
        pair = {"kind": "households", "owner": "p-cadre", "target": "h-1"}
        assert (await stranger.post("/intake/api/pairings", json=pair)).status_code == 403
        assert (await cadre.post("/intake/api/pairings", json=pair)).status_code == 403
        assert (await leader.post("/intake/api/pairings", json=pair)).status_code == 201
        codes = [
            (await leader.post("/intake/api/pairings", json={**pair, **other})).json().get("code")
            for other in ({}, {"target": "e-1"}, {"target": "h-2"}, {"target": "h-3"}, {"kind": "nothing"})
        ]
        assert codes == ["already-paired", "no-such-target", None, "too-many-pairs", "no-such-kind"]
        await settle(filled)
        mine = (await cadre.get("/intake/api/pairings")).json()["items"]
        assert {one["target"] for one in mine} == {"h-1", "h-2"}
        second = (await cadre.get("/intake/api/pairings", params={"limit": 1, "offset": 1})).json()
        assert ([one["target"] for one in second["items"]], second["total"]) == ([mine[1]["target"]], 2)
        listed = "/intake/pairings?kind=households&owner=p-cadre"
        for reader, status in ((leader, 200), (stranger, 404)):
            page = await reader.get(listed, headers={"accept": "text/html"})
            assert (page.status_code, "示例户1" in page.text) == (status, status == 200), (
                "a unit's leader sees it alone"
            )
        ended = f"/intake/api/pairings/{mine[0]['pairing_id']}/end"
        assert (await stranger.post(ended, json={"reason": "示例"})).status_code == 403
        assert (await leader.post(ended, json={"reason": ""})).json()["code"] == "reason-missing"
        assert (await leader.post(ended, json={"reason": "搬离"})).status_code == 201


async def test_who_only_looks_after_pairs_knows_a_household_by_its_id(filled: FastAPI) -> None:
    auditor = User("p-audit", "示例审计", "office", "示例活动办", ("auditor",))
    pair = {"kind": "households", "owner": "p-cadre", "target": "h-1"}
    done = {"activity_id": "a-1", "kind": "talk", "subjects": ["h-1"]}
    async with script(filled, OFFICE) as office, script(filled, CADRE) as cadre:
        paired = (await office.post("/intake/api/pairings", json=pair)).json()["pairing_id"]
        assert (await cadre.post("/intake/api/activities", json=done)).status_code == 201
    await settle(filled)
    pages = ("/intake/pairings?owner=p-cadre", f"/intake/pairings/{paired}", "/intake/activities/a-1")
    async with browser(filled, OFFICE) as office, browser(filled, auditor) as looks:
        for page in pages:
            assert "示例户1" in (await office.get(page)).text
            seen = (await looks.get(page)).text
            assert ("示例户1" in seen, "h-1" in seen) == (False, True), page


async def test_a_one_to_one_target_is_taken_by_one_until_that_ends(app: FastAPI, filled: FastAPI) -> None:
    one_to_one = RULES.replace("min = 1, max = 2", 'mode = "one_to_one", min = 1, max = 2')
    activated = ProgrammePackActivated(
        programme_id="sh-2013",
        name="示例活动",
        pack_version=2,
        sha256=sha256(one_to_one.encode()).hexdigest(),
        content=one_to_one,
        effective_from=NOW,
    )
    await told(app, activated, programme="sh-2013")
    await settle(app)
    async with script(app, OFFICE) as office:
        first = await office.post(
            "/intake/api/pairings",
            json={"kind": "households", "owner": "p-cadre", "target": "h-1", "since": "2017-07-01"},
        )
        taken = {"kind": "households", "owner": "p-lead", "target": "h-1"}
        refused = await office.post("/intake/api/pairings", json=taken)
        assert (refused.status_code, refused.json()["code"]) == (422, "target-taken")
        ended = f"/intake/api/pairings/{first.json()['pairing_id']}/end"
        assert (await office.post(ended, json={"reason": "岗位调整", "until": "2017-07-10"})).status_code == 201
        overlapping = await office.post("/intake/api/pairings", json={**taken, "since": "2017-07-10"})
        assert (overlapping.status_code, overlapping.json()["code"]) == (422, "target-was-taken")
        assert (await office.post("/intake/api/pairings", json=taken)).status_code == 201


async def test_a_list_of_pairs_is_taken_row_by_row_and_twice_is_once(app: FastAPI, filled: FastAPI) -> None:
    rows = [
        {"kind": "households", "owner": "p-cadre", "target": "h-1"},
        {"kind": "households", "owner": "p-cadre", "target": "h-9"},
        {"kind": "households", "owner": "p-lead", "target": "h-1", "since": "2017-06-01"},
        {"kind": "households", "owner": "p-lead", "target": "h-2", "colour": "red"},
    ]
    async with script(filled, OFFICE) as office:
        first = (await office.post("/intake/api/pairings:batch", json={"pairings": rows})).json()["rows"]
        await settle(app)
        app.state.service.clock.advance(timedelta(days=1))
        again = (await office.post("/intake/api/pairings:batch", json={"pairings": rows})).json()["rows"]
        listed = (await office.get("/intake/api/pairings")).json()["items"]
    assert [one["status"] for one in first] == ["changed", "refused", "changed", "refused"]
    assert [one["code"] for one in first] == [None, "no-such-target", None, "bad-field"]
    assert [one["status"] for one in again] == ["unchanged", "refused", "unchanged", "refused"], "a day later, too"
    assert {one["owner"]: one["since"] for one in listed} == {"p-cadre": NOW.date().isoformat(), "p-lead": "2017-06-01"}


async def test_a_cadre_enters_what_was_done_in_one_form_and_takes_a_mistake_back(filled: FastAPI) -> None:
    async with browser(filled, CADRE) as cadre, browser(filled, STRANGER) as stranger:
        page = (await cadre.get("/intake/activities")).text
        assert "蹲点指导" in page
        url = "/intake/activities/new?kind=solved"
        hidden = await form_of(cadre, url, "/intake/activities/new")
        empty = await cadre.post("/intake/activities/new", data={**hidden, "services": "资金", "on": "2017-07-03"})
        assert empty.status_code == 422
        assert "请写明做了什么" in empty.text
        assert 'value="资金" checked' in empty.text, "what was chosen stays"
        typed = {**hidden, "topic": "修好村口路灯", "services": "资金", "on": "2017-07-03"}
        done = await cadre.post("/intake/activities/new", data=typed)
        assert done.status_code == 303, done.text
        where = done.headers["location"].partition("?")[0]
        assert "修好村口路灯" in (await cadre.get(done.headers["location"])).text
        assert (await stranger.get(where)).status_code == 404, "another unit's is nobody else's"
        hidden = await form_of(cadre, where, f"{where}/withdraw")
        assert (await cadre.post(f"{where}/withdraw", data={**hidden, "reason": ""})).status_code == 422
        back = await cadre.post(f"{where}/withdraw", data={**hidden, "reason": "重复登记"})
        assert "已撤销" in (await cadre.get(back.headers["location"])).text


async def test_long_lists_go_on_on_the_next_page(filled: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_pages, "SHOWN", 1)
    monkeypatch.setattr(activity_pages, "SHOWN", 1)
    async with script(filled, OFFICE) as office:
        for n in (1, 2):
            pair = {"kind": "households", "owner": "p-cadre", "target": f"h-{n}"}
            assert (await office.post("/intake/api/pairings", json=pair)).status_code == 201
            done = {"kind": "org_life", "persons": ["p-cadre"], "topic": f"示例支部会{n}"}
            assert (await office.post("/intake/api/activities", json=done)).status_code == 201
    await settle(filled)
    async with browser(filled, CADRE) as cadre:
        for first, words in (("/intake/pairings?kind=households", "示例户"), ("/intake/activities", "示例支部会")):
            page = (await cadre.get(first)).text
            following = re.search(r'rel="next" href="([^"]+)"', page)
            assert following is not None
            after = (await cadre.get(unescape(following[1]))).text
            seen = [set(re.findall(f"{words}[12]", one)) for one in (page, after)]
            assert (seen[0] | seen[1], len(seen[0]), len(seen[1])) == ({f"{words}1", f"{words}2"}, 1, 1)
            assert 'rel="prev"' in after
            assert 'rel="next"' not in after


async def test_others_deeds_are_entered_by_the_office_only(filled: FastAPI) -> None:
    body = {"activity_id": str(uuid4()), "kind": "org_life", "persons": ["p-lead"], "topic": "示例支部会"}
    async with script(filled, CADRE) as cadre, script(filled, OFFICE) as office:
        refused = await cadre.post("/intake/api/activities", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "not-among-them")
        with_others = {"kind": "org_life", "persons": ["p-cadre", "p-lead", "p-far"], "topic": "示例支部会"}
        refused = await cadre.post("/intake/api/activities", json=with_others)
        assert (refused.status_code, refused.json()["code"]) == (422, "of-another-unit")
        assert (await office.post("/intake/api/activities", json=with_others)).status_code == 201
        assert (await office.post("/intake/api/activities", json=body)).status_code == 201
        await settle(filled)
        found = (await office.get(f"/intake/api/activities/{body['activity_id']}")).json()
        assert (found["unit"], found["persons"], found["recorded_by"]) == ("sec-1", ["p-lead"], "p-office")


async def test_a_visit_counts_the_kinds_of_people_that_the_pack_names(app: FastAPI, filled: FastAPI) -> None:
    """DI-25: those without a number were not talked to."""
    named = RULES.replace("[taxonomy]\n", '[taxonomy]\ninterviewees = ["老党员", "困难群众"]\n')
    activated = ProgrammePackActivated(
        programme_id="sh-2013",
        name="示例活动",
        pack_version=2,
        sha256=sha256(named.encode()).hexdigest(),
        content=named,
        effective_from=NOW,
    )
    await told(app, activated, programme="sh-2013")
    await settle(app)
    async with browser(app, CADRE) as cadre:
        hidden = await form_of(cadre, "/intake/visits/new?subject=h-1", "/intake/visits/new")
        typed = {**hidden, "outcome": "none", "visited_at": "2017-07-17T10:00", "interviewees.1.n": "3"}
        assert hidden["interviewees.0.category"] == "老党员"
        done = await cadre.post("/intake/visits/new", data=typed)
        assert done.status_code == 303, done.text
    recorded = [stored for stored in await app.state.service.log.read(0, 1000) if stored.type == "visit-recorded"]
    visit = decode(recorded[-1].payload).event
    assert isinstance(visit, VisitRecorded)
    assert [(one.category, one.n) for one in visit.interviewees] == [("困难群众", 3)]
