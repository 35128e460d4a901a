"""Intake's API with anything that its description allows."""

import pytest
from fastapi import FastAPI

from services.chassis.web.session import User
from tests import fuzzing
from tests.intake.conftest import script

ANYBODY = User("p-clerk", "示例甲", "office", "区活动办", ("intake_clerk", "programme_office", "admin", "auditor"))


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_nothing_that_is_sent_breaks_the_service(filled: FastAPI) -> None:
    async with script(filled, ANYBODY) as client:
        asked, found = await fuzzing.broken(client, filled.openapi())
    assert asked > 100
    assert found == []
