"""Forms whose ground is gone or unknown: refused by name, with what was typed, never as a fault of ours."""

import pytest
from fastapi import FastAPI

from tests.supervision.test_bulletins_process import browsing, post
from tests.supervision.test_inspecting_process import settled
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    OFFICE,
    PROGRAMME,
    activate,
    app,
    client,
)

TYPED = "示例议题：雨水管网"


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("cadence/meetings", {"programme": PROGRAMME, "cadence": "gone", "agenda": TYPED}, "方案没有规定这种会议"),
        ("cadence/meetings", {"programme": "nowhere", "agenda": TYPED}, "活动尚未启用"),
        ("commitments", {"programme": PROGRAMME, "items.0.text": TYPED}, "没有规定承诺"),
        ("rectifications", {"notice_id": "no-such", "items": TYPED}, TYPED),
    ],
)
async def test_a_form_whose_ground_is_gone_is_refused_by_name(
    app: FastAPI,  # noqa: F811
    path: str,
    form: dict[str, str],
    said: str,
) -> None:
    async with client(app, OFFICE) as api:
        assert (await activate(api)).status_code == 201
    await settled(app.state.service)
    async with browsing(app, OFFICE) as browser:
        answer = await post(browser, app, f"/supervision/{path}", command_id="x1", **form)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert TYPED in answer.text
