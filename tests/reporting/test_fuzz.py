"""Reporting's API with anything that its description allows."""

from dataclasses import replace

import pytest

from tests import fuzzing
from tests.reporting.world import OFFICE, World

ANYBODY = replace(OFFICE, roles=("programme_office", "supervisor", "leading_group", "auditor", "admin"))


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_nothing_that_is_sent_breaks_the_service(world: World) -> None:
    async with world.api(ANYBODY) as client:
        asked, found = await fuzzing.broken(client, world.app.openapi())
    assert asked > 50
    assert found == []
