"""A unit with a personal interest stays out of a case as one complained of does, in whatever way it would come in."""

from dataclasses import replace

import pytest

from services.dispatch.domain.commands import NewOrder
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.asking import DISPATCH, post, refused, shown
from tests.dispatch.story import (
    DUES,
    HANDED_OVER,
    accept_return,
    cancelled,
    issue_it,
    issued,
    opened,
    returned,
    route_it,
    routed,
)
from tests.dispatch.story import classified as classed
from tests.dispatch.test_leading import designate_it
from tests.dispatch.world import DESK, World
from tests.spec import given

recused = routed.model_copy(update={"excluded_units": ("bureau-x", "bureau-b")})
told = replace(route_it, interested=("bureau-b",))


def test_it_is_recorded_with_the_route_and_kept_by_the_next_one() -> None:
    given(dispatch_case, opened, classed).when(told).then(recused)
    another = replace(route_it, lead="town-c")
    given(dispatch_case, opened, classed, recused).when(another).then(recused.model_copy(update={"lead": "town-c"}))


@pytest.mark.parametrize("part", ["lead", "co", "territory"])
def test_it_is_not_routed_to(part: str) -> None:
    unit = ("bureau-b",) if part == "co" else "bureau-b"
    both = replace(told, **{part: unit})  # type: ignore[arg-type]
    given(dispatch_case, opened, classed).when(both).then_rejected("interested-unit", field=part)
    later = replace(route_it, **{part: unit})  # type: ignore[arg-type]
    given(dispatch_case, opened, classed, recused).when(later).then_rejected("interested-unit", field=part)


def test_nor_given_it_by_an_order_a_ruling_or_the_leader_s_word() -> None:
    order = NewOrder("o2", "co", "bureau-b", "assign", DUES)
    history = (opened, classed, recused, *HANDED_OVER[3:])
    given(dispatch_case, *history).when(replace(issue_it, orders=(order,))).then_rejected("interested-unit")
    ruling = replace(accept_return, replacement=replace(order, role="lead"), issue=issue_it)
    given(dispatch_case, *history, returned()).when(ruling).then_rejected("interested-unit", field="new_unit")
    named = replace(designate_it, unit="bureau-b")
    given(dispatch_case, opened, classed, recused).when(named).then_rejected("interested-unit", field="unit")


def test_who_has_an_order_already_gives_it_back_first() -> None:
    helped = (*HANDED_OVER, issued("o2", "bureau-b", "co"), cancelled())
    given(dispatch_case, *helped).when(told).then_rejected("interested-at-work", field="interested")


async def test_the_desk_says_so_and_the_proposal_follows(world: World) -> None:
    case_id = await world.case()
    async with world.api(DESK) as desk, world.browser(DESK) as page:
        own = {**DISPATCH, "interested": ["bureau-road"]}
        assert await refused(desk, f"/cases/{case_id}/dispatch", own) == "interested-unit"
        assert await refused(desk, f"/cases/{case_id}/dispatch", {**own, "interested": ["u-none"]}) == "unknown-unit"
        said = (await desk.get(f"/dispatch/api/cases/{case_id}/route", params={"interested": "town-a"})).json()
        assert "town-a" in said["excluded"]
        assert "须回避的单位" in (await page.get(f"/dispatch/desk?case={case_id}")).text
        done = await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, "interested": ["bureau-city"]})
        assert done.status_code == 201, done.text
        assert (await shown(desk, world, case_id))["interested"] == ["bureau-city"]
        assert "利害关系回避" in (await page.get(f"/dispatch/cases/{case_id}")).text
