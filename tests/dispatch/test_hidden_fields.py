"""Hidden fields of a form that somebody changed: refused before anything is decided, and never a 500."""

from contracts.dispatch import OrderIssued
from tests.dispatch.asking import DISPATCH, OFFICE, handed_over, post
from tests.dispatch.test_desk_in_full import events
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.test_refusals_on_pages import code_of
from tests.dispatch.world import DESK, ROAD, World

BAD_SHOWN = ("x", "lead bureau-road 3 2", "lead bureau-road x 2", "level bureau-road 1 2", "lead bureau-road -1 2")


async def test_nonsense_about_a_suggestion_is_refused_before_the_order_goes_out(world: World) -> None:
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk, world.api(DESK) as api:
        page = (await desk.get("/dispatch/desk")).text
        for shown in BAD_SHOWN:
            assert await code_of(api, f"/dispatch/desk/{case_id}", **FORM, suggested=shown) == "bad-suggestion"
            refused = await send(
                desk, page, f"/dispatch/desk/{case_id}", **FORM, instruction="写了很久的意见", suggested=shown
            )
            assert refused.status_code == 422, shown
            assert "建议记录有误" in refused.text
            assert "写了很久的意见" in refused.text
            page = refused.text
        assert OrderIssued.TYPE not in await events(world, case_id)
        taken = await send(desk, page, f"/dispatch/desk/{case_id}", **FORM, instruction="请核实")
    assert taken.status_code == 200
    assert OrderIssued.TYPE in await events(world, case_id)


async def test_an_attachment_box_that_describes_no_file_is_told_beside_the_files(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.browser(ROAD) as road, world.browser(OFFICE) as office:
        page = (await road.get(base)).text
        signed = await send(road, page, f"{base}/orders/{order}/sign", responsible_person="p-road")
        action = f"{base}/orders/{order}/complete"
        done = await send(road, signed.text, action, **{"evidence.0.sha256": "zz", "result": "solved", "reply": "已修"})
        form = (await office.get(f"/dispatch/consultations/new?case={case_id}")).text
        said = {"case_ids": case_id, "chair": "p-office-head", "no_decision": "待查", "evidence.0.sha256": "zz"}
        held = await send(office, form, "/dispatch/consultations", **said)
        box = await send(office, form, "/dispatch/consultations", **{**said, "evidence": "{nonsense"})
    for answer in (done, held, box):
        assert answer.status_code == 422
        assert "附件信息有误" in answer.text


async def test_a_version_that_is_none_is_refused_by_name(world: World) -> None:
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        for action in (f"/dispatch/desk/{case_id}", f"/dispatch/desk/{case_id}/send-back"):
            refused = await send(desk, page, action, **FORM, expected="zz")
            assert refused.status_code == 400
            assert "应为版本号" in refused.text
        page = (await desk.get(f"/dispatch/cases/{case_id}")).text
        refused = await send(desk, page, f"/dispatch/cases/{case_id}/send-back", missing="地址", expected="9" * 30)
    assert refused.status_code == 400


async def test_a_form_of_a_case_that_does_not_exist_is_told_so_and_no_failure(world: World) -> None:
    await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        filled = {"csrf": page.split('name="csrf" value="')[1].split('"')[0], "command_id": "one"}
        unread = await desk.post("/dispatch/cases/c-none/send-back", data={**filled, "expected": "1"})
        nobody = await desk.post("/dispatch/cases/c-none/classify", data={**filled, "urgency": "real"})
    assert [unread.status_code, nobody.status_code] == [404, 422]


async def test_an_id_that_is_no_case_stops_nothing_in_bulk(world: World) -> None:
    first, second = await world.case("r1"), await world.case("r2", title="示例村路灯不亮")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/bulk")).text
        preview = await send(desk, page, "/dispatch/bulk/preview", **FORM, cases=[first, "c-none", second])
        issued = await send(desk, preview.text, "/dispatch/bulk/issue", cases=[first, "c-none", second])
    assert issued.status_code == 200
    assert "已下发 2 件" in issued.text
    assert "1 件未下发" in issued.text
    assert "没有这件问题" in issued.text
    for case_id in (first, second):
        assert OrderIssued.TYPE in await events(world, case_id)


async def test_programs_are_told_the_same(world: World) -> None:
    case_id = await world.case("r1")
    async with world.api(DESK) as desk:
        answer = await post(desk, f"/cases/{case_id}/dispatch", DISPATCH, **{"If-Match": "zz"})
    assert (answer.status_code, answer.json()["code"]) == (400, "expected")
