"""退回补充 on a real database: from the desk to whoever took the request in, and back to the desk."""

from contracts.intake import RequestSupplemented
from tests.dispatch.asking import DISPATCH, handed_over, post, refused, shown
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.world import DESK, ROAD, World

MISSING = "具体是哪个路口，什么时候方便联系"


async def supplemented(world: World, request_id: str, text: str) -> None:
    """Intake adds what was asked for."""
    assert world.service.keys is not None
    sealed = await world.service.keys.seal(text, f"request-{request_id}")
    await world.hear(RequestSupplemented(request_id=request_id, text=sealed))
    await world.settled()


async def test_a_case_leaves_the_desk_and_comes_back_with_what_was_missing(world: World) -> None:
    first = await world.case("r1", title="示例路面破损")
    second = await world.case("r2", title="示例村路灯不亮")
    async with world.browser(DESK) as desk, world.api(DESK) as api:
        page = (await desk.get(f"/dispatch/desk?case={first}")).text
        done = await send(desk, page, f"/dispatch/desk/{first}/send-back", missing=MISSING)
        assert f'action="/dispatch/desk/{second}"' in done.text  # the next one is shown
        assert "示例路面破损" not in done.text
        case = (await desk.get(f"/dispatch/cases/{first}")).text
        assert f"等待受理单位补充：{MISSING}" in case
        assert (await shown(api, world, first))["step"] == "sent_back"
        assert first in (await desk.get("/dispatch/cases?step=sent_back")).text
        await supplemented(world, "r1", "示例路与示例街交叉口，下午方便。")
        back = (await desk.get("/dispatch/desk")).text
        assert "示例路面破损" in back
        assert "示例路与示例街交叉口，下午方便。" in (await desk.get(f"/dispatch/desk?case={first}")).text
        assert (await post(api, f"/cases/{first}/dispatch", DISPATCH)).status_code == 201
    async with world.browser(ROAD) as road:
        told = (await road.get(f"/dispatch/cases/{first}")).text
        assert "退回补充" in told
        assert "示例路与示例街交叉口，下午方便。" in told


async def test_what_is_missing_must_be_said_and_what_was_typed_stays(world: World) -> None:
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk, world.api(DESK) as api, world.api(ROAD) as road:
        page = (await desk.get("/dispatch/desk")).text
        empty = await send(desk, page, f"/dispatch/desk/{case_id}/send-back")
        assert empty.status_code == 422
        assert 'id="x-f-send-back-missing"' in empty.text
        assert await refused(api, f"/cases/{case_id}/send-back", {"missing": " "}) == "missing-unsaid"
        assert (await post(road, f"/cases/{case_id}/send-back", {"missing": MISSING})).status_code == 403


async def test_what_is_handed_over_is_not_sent_back(world: World) -> None:
    case_id, _ = await handed_over(world, territory=None)
    async with world.api(DESK) as desk, world.browser(DESK) as browser:
        assert await refused(desk, f"/cases/{case_id}/send-back", {"missing": MISSING}) == "handed-over"
        assert (
            f'action="/dispatch/cases/{case_id}/send-back"'
            not in (await browser.get(f"/dispatch/cases/{case_id}")).text
        )


async def test_a_request_that_two_parts_answer_is_told_in_both_once(world: World) -> None:
    case_id = await world.case("r1")
    async with world.api(DESK) as desk:
        parts = {"reason": "两件事", "parts": [{"title": "路面"}, {"title": "路灯"}]}
        assert (await post(desk, f"/cases/{case_id}/split", parts)).status_code == 201
        found = await shown(desk, world, case_id)
        await post(desk, f"/cases/{found['split_into'][0]}/send-back", {"missing": MISSING})
        await supplemented(world, "r1", "路口在示例小学门前。")
        steps = [(await shown(desk, world, part))["step"] for part in found["split_into"]]
    assert steps == ["registered", "registered"]
    told = await world.service.pool.fetch("SELECT stream FROM event WHERE type = 'case-supplemented'")
    assert sorted(row["stream"] for row in told) == sorted(f"case-{part}" for part in found["split_into"])
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


async def test_a_case_that_is_handed_over_without_waiting_needs_nothing_more(world: World) -> None:
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk, world.api(DESK) as api:
        await post(api, f"/cases/{case_id}/send-back", {"missing": MISSING})
        await world.settled()
        page = (await desk.get(f"/dispatch/desk?case={case_id}")).text
        assert f"已退回补充：{MISSING}" in page
        assert (await send(desk, page, f"/dispatch/desk/{case_id}", **FORM, instruction="请核实")).status_code == 200
        assert (await shown(api, world, case_id))["step"] == "issued"
