"""Supervision's API with anything that its description allows."""

import pytest

from services.chassis.web.session import User
from tests import clients, fuzzing
from tests.supervision.ladder_stage import MakeStage

ROLES = ("supervisor", "programme_office", "leading_group", "discipline", "unit_leader", "unit_clerk", "auditor")
ANYBODY = User("p-office", "演示办公室", "office", "区活动办", ROLES)


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_nothing_that_is_sent_breaks_the_service(make_stage: MakeStage) -> None:
    stage = await make_stage()
    async with clients.program(stage.app, ANYBODY) as client:
        asked, found = await fuzzing.broken(client, stage.app.openapi())
    assert asked > 300
    assert found == []
