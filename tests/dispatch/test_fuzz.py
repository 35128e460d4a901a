"""Dispatch's API with anything that its description allows."""

from dataclasses import replace

import pytest

from tests import fuzzing
from tests.dispatch.asking import handed_over
from tests.dispatch.world import DESK, World

ANYBODY = replace(DESK, roles=(*DESK.roles, "unit_clerk", "unit_leader", "leading_group", "supervisor", "auditor"))


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_nothing_that_is_sent_breaks_the_service(world: World) -> None:
    await handed_over(world)
    async with world.api(ANYBODY) as client:
        asked, found = await fuzzing.broken(client, world.app.openapi())
    assert asked > 300
    assert found == []
