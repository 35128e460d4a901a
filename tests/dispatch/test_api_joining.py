"""Requests and cases that belong together, through the API: joined, merged, split, and taken apart again."""

from typing import Any

from contracts.intake import RequestAccepted
from tests.dispatch.asking import DISPATCH, good_twice, handed_over, post, refused, shown
from tests.dispatch.world import DESK, ROAD, World


async def test_two_cases_are_merged_with_their_requests_and_taken_apart_again(world: World) -> None:
    first = await world.case("r1")
    second, order = await handed_over(world, "r2", territory=None)
    third = await world.case("r3", complained_units=("bureau-road",))
    async with world.api(DESK) as desk, world.api(ROAD) as road:
        assert await refused(desk, f"/cases/{second}/merge", {"into": "99", "reason": "同一处"}) == "no-such-case"
        assert await refused(desk, f"/cases/{second}/merge", {"into": second, "reason": "同一处"}) == "merge-into-self"
        assert (await post(road, f"/cases/{second}/merge", {"into": "1", "reason": "同一处"})).status_code == 403
        # What complains of the unit at work is not handed to it by a merge; nothing is half done.
        assert await refused(desk, f"/cases/{third}/merge", {"into": "2", "reason": "同一处"}) == "complained-unit"
        assert (await shown(desk, world, third))["step"] == "registered"
        events = await good_twice(desk, f"/cases/{second}/merge", {"into": "JW-2017-0001", "reason": "同一处破损"})
        assert events == ["order-cancelled", "case-merged", "case-absorbed"]
        source, target = await shown(desk, world, second), await shown(desk, world, first)
        assert (source["step"], source["merged_into"], source["light"]) == ("merged", first, "closed")
        assert target["request_ids"] == ["r1", "r2"]
        assert [one["status"] for one in source["orders"]] == ["cancelled"]
        assert await refused(road, f"/orders/{order}/sign", {}) == "order-closed"
        assert await refused(desk, f"/cases/{first}/undo-merge", {"reason": "不是同一处"}) == "not-merged"
        assert await good_twice(desk, f"/cases/{second}/undo-merge", {"reason": "不是同一处"}) == [
            "merge-undone",
            "absorption-undone",
        ]
        source, target = await shown(desk, world, second), await shown(desk, world, first)
        assert (source["step"], source["merged_into"], target["request_ids"]) == ("registered", None, ["r1"])
        again = await post(desk, f"/cases/{second}/dispatch", {**DISPATCH, "territory": None})
        assert again.status_code == 201


async def test_one_request_with_several_matters_is_split(world: World) -> None:
    whole = await world.case("r1")
    parts = [{"title": "路面破损"}, {"title": "路灯不亮", "text": "两盏", "category": "environment-waste"}]
    async with world.api(DESK) as desk:
        few = await post(desk, f"/cases/{whole}/split", {"reason": "两件事", "parts": parts[:1]})
        assert few.status_code == 422
        assert await refused(desk, f"/cases/{whole}/split", {"reason": "", "parts": parts}) == "reason-missing"
        events = await good_twice(desk, f"/cases/{whole}/split", {"reason": "一诉两事", "parts": parts})
        assert events == ["case-split", "case-opened", "case-opened"]
        ended = await shown(desk, world, whole)
        assert ended["step"] == "split"
        found = [await shown(desk, world, one) for one in ended["split_into"]]
    assert {one["title"]: one["case_no"] for one in found} == {"路面破损": 2, "路灯不亮": 3}
    assert {tuple(one["request_ids"]) for one in found} == {("r1",)}
    assert {one["split_from"] for one in found} == {whole}


async def test_each_request_of_a_case_that_is_split_goes_on_where_it_belongs(world: World) -> None:
    whole, other = await world.case("r1"), await world.request("r2", requester_ref="q2")
    await world.settled()
    async with world.api(DESK) as desk:
        assert (await post(desk, f"/cases/{other}/merge", {"into": "1", "reason": "同一处"})).status_code == 201
        one, two = {"title": "路面破损", "request_ids": ["r1"]}, {"title": "路灯不亮", "request_ids": ["r2"]}
        stray = {"reason": "两件事", "parts": [one, {**two, "request_ids": ["r9"]}]}
        assert await refused(desk, f"/cases/{whole}/split", stray) == "no-such-request"
        lost = {"reason": "两件事", "parts": [one, {**two, "request_ids": ["r1"]}]}
        assert await refused(desk, f"/cases/{whole}/split", lost) == "requests-left-over"
        await good_twice(desk, f"/cases/{whole}/split", {"reason": "两件事", "parts": [one, two]})
        parts = [await shown(desk, world, part) for part in (await shown(desk, world, whole))["split_into"]]
    assert [(part["request_ids"], part["requester_ref"]) for part in parts] == [(["r1"], "q1"), (["r2"], "q2")]
    keys = await world.service.pool.fetch("SELECT title_key FROM case_board WHERE split_from = $1 ORDER BY 1", whole)
    assert [row["title_key"] for row in keys] == ["request-r1", "request-r2"]


async def test_a_request_joins_the_case_it_was_accepted_for_or_gets_its_own(world: World) -> None:
    first = await world.case("r1")
    async with world.api(DESK) as desk:
        await joining(world, "r2", first, "merged")
        assert (await shown(desk, world, first))["request_ids"] == ["r1", "r2"]
        closed = {"reason_code": "withdrawn", "reason": "已撤回", "approver": "p-office-head"}
        told = {**closed, "told_at": "2017-07-17T09:00"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", closed) == "not-told"
        nobody = {**told, "approver": "p-road"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", nobody) == "unknown-approver"
        own = {**told, "approver": "p-desk"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", own) == "own-approval"
        assert await good_twice(desk, f"/cases/{first}/close-unhandled", told) == ["case-closed-unhandled"]
        assert (await shown(desk, world, first))["step"] == "closed_unhandled"
        await joining(world, "r3", first, "merged")
        await world.settled()
        assert (await shown(desk, world, "c-r3"))["request_ids"] == ["r3"]
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


async def joining(world: World, request_id: str, case_id: str, link: Any) -> None:
    """A request that the clerk accepted for a case that is there."""
    heard = world.hear

    async def instead(event: Any, programme: str | None = "jw-2017") -> None:
        if isinstance(event, RequestAccepted):
            event = event.model_copy(update={"join_case": case_id, "join_as": link})
        await heard(event, programme)

    world.hear = instead  # type: ignore[method-assign]
    try:
        await world.request(request_id)
    finally:
        world.hear = heard  # type: ignore[method-assign]
    await world.settled()
