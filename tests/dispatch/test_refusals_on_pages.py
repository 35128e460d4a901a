"""What the web layer itself refuses, sent by forms: 422, nothing typed is lost, and the sentence beside its field."""

import re
from typing import Any

import httpx

from contracts.intake import RequestAccepted
from tests.dispatch.asking import DISPATCH, OFFICE, handed_over, post, refused
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.world import CITY, DESK, ROAD, World


async def code_of(api: httpx.AsyncClient, where: str, **fields: Any) -> str:
    """What a program that sends the form is told."""
    answer = await api.post(where, data=fields)
    assert answer.status_code == 422, answer.text
    code: str = answer.json()["code"]
    return code


def beside(page: httpx.Response, field: str, sentence: str) -> bool:
    """Whether the sentence stands in the words that belong to this field, and the summary leads there."""
    assert page.status_code == 422, page.text[:400]
    found = re.findall(r'id="(?:x-)?f-([^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)</p>', page.text, re.S)
    near = [words for place, words in found if place.split("-")[-1] == field or place.endswith(field)]
    linked = re.search(rf'<a href="#f-[^"]*{re.escape(field)}">[^<]*{re.escape(sentence)}', page.text)
    return any(sentence in words for words in near) and linked is not None


async def test_the_desk_refuses_what_the_programme_does_not_know(world: World) -> None:
    case_id = await world.case("r1")
    action = f"/dispatch/desk/{case_id}"
    async with world.browser(DESK) as desk, world.api(DESK) as api:
        page = (await desk.get("/dispatch/desk")).text
        wrong = await send(desk, page, action, **{**FORM, "category": "no-such"}, instruction="写了很久的意见")
        assert beside(wrong, "category", "本活动没有这个类别。")
        assert "写了很久的意见" in wrong.text
        unknown = await send(desk, page, action, **{**FORM, "lead": "bureau-nowhere"})
        assert beside(unknown, "lead", "没有这个单位；请从名册中选择。")
        no_desk = await send(desk, page, action, **FORM, to_desk="yes")
        assert beside(no_desk, "lead", "名册中没有专席单位，不能转专席办理。")
        assert await code_of(api, action, **FORM, to_desk="yes") == "no-desk"
        path = f"/cases/{case_id}/dispatch"
        assert await refused(api, path, {**DISPATCH, "category": "no-such"}) == "unknown-category"
        assert await refused(api, path, {**DISPATCH, "lead": "bureau-nowhere"}) == "unknown-unit"
        assert await refused(api, path, {**DISPATCH, "urgency": "no-such"}) == "unknown-urgency"
        assert await refused(api, path, {**DISPATCH, "difficulty": "no-such"}) == "unknown-difficulty"


async def test_handing_over_together_asks_for_cases_and_not_for_too_many(world: World) -> None:
    await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/bulk")).text
        fields = {**FORM, "instruction": "请核实"}
        nothing = await send(desk, page, "/dispatch/bulk/preview", **fields)
        assert beside(nothing, "cases", "请选择要派的诉求。")
        many = await send(desk, page, "/dispatch/bulk/preview", **fields, cases=[f"c-{n}" for n in range(51)])
        assert beside(many, "cases", "一次最多派 50 件，请分批。")
    most = [f"c-{n}" for n in range(51)]
    async with world.api(DESK) as api:
        assert await code_of(api, "/dispatch/bulk/preview", **fields) == "nothing-chosen"
        assert await code_of(api, "/dispatch/bulk/preview", **fields, cases=most) == "too-many"
        assert await code_of(api, "/dispatch/desk/preview.pdf", **fields) == "nothing-chosen"
        assert await code_of(api, "/dispatch/desk/preview.pdf", **fields, cases=most) == "too-many-papers"


async def test_a_reply_that_cannot_be_sealed_is_not_written(world: World) -> None:
    """The request's text was erased by law, and its key with it."""
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.browser(ROAD) as road, world.api(ROAD) as api:
        await post(api, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await world.settled()
        page = (await road.get(base)).text
        assert world.service.keys is not None
        await world.service.keys.erase(["request-r1"])
        gone = await send(road, page, f"{base}/orders/{order}/complete", result="solved", reply="已修好")
        assert beside(gone, "reply", "此件的正文密钥未到，或已依法删除，不能写入答复；请稍后再试或转受理单位。")
        body = {"result": "solved", "reply": "已修好"}
        assert await refused(api, f"/orders/{order}/complete", body) == "no-key"


async def test_common_issues_are_named_by_numbers_and_lists_that_exist(world: World) -> None:
    one, two = await world.case("r1"), await world.case("r2")
    async with world.browser(OFFICE) as office, world.api(OFFICE) as api:
        page = (await office.get("/dispatch/common")).text
        typed = {"title": "同一路段", "category": "road-surface", "lead_group": "bureau-road"}
        wrong = await send(office, page, "/dispatch/common", **typed, numbers="1 99999")
        assert beside(wrong, "numbers", "没有这个编号的问题：99999")
        assert await code_of(api, "/dispatch/common", **typed, numbers="99999") == "no-such-number"
        declared = await post(api, "/common", {**typed, "case_ids": [one, two], "programme": "jw-2017"})
        assert declared.status_code == 201, declared.text
        common = declared.json()["common_id"]
        await world.settled()
        listed = {"suggested_unit": "bureau-city", "suggested_measures": "分段维修", "finish_by": "2017-08-30T17:00"}
        assert await refused(api, f"/common/{common}/report", {**listed, "list_id": "nowhere"}) == "no-such-list"
        where = f"/dispatch/common/{common}"
        shown = await send(office, (await office.get(where)).text, f"{where}/report", **listed, list_id="nowhere")
        assert beside(shown, "list_id", "没有这份清单；不选即另起一份。")


async def test_a_case_without_its_number_waits_for_it(world: World) -> None:
    """A read model that was put back shows the case before its number."""
    case_id = await world.case("r1")
    await world.service.pool.execute("DELETE FROM case_number")
    async with world.api(DESK) as desk:
        assert await refused(desk, f"/cases/{case_id}/dispatch", DISPATCH) == "not-yet-numbered"


async def test_an_acceptance_without_its_registration_is_docketed(world: World) -> None:
    await world.hear(RequestAccepted(request_id="r-lost"))
    await world.settled()
    assert await world.service.pool.fetchval("SELECT code FROM refusal") == "request-unknown"


async def test_a_bulletin_has_a_sound_period(world: World) -> None:
    await world.settled()
    async with world.browser(CITY) as city:
        where = "/dispatch/unit/bulletin"
        asked = await city.get(f"{where}?since=2017-07-10&until=2017-07-01")
        assert "起止日期不对：止须不早于起，且不超过一年。" in asked.text
        page = (await city.get(where)).text
        fields = {"since": "2017-07-10", "until": "2017-07-01", "summary": "综述", "kind": "docx"}
        wrong = await send(city, page, where, **fields)
        assert beside(wrong, "until", "起止日期不对：止须不早于起，且不超过一年。")
    async with world.api(CITY) as api:
        assert await code_of(api, where, **fields) == "wrong-period"
