"""The proposal for a case as the API says it, and two legs of a follow-up that are written down at the same moment."""

import re
from pathlib import Path
from typing import Any

from contracts.supervision import FollowUpConducted, FollowUpScheduled
from services.dispatch.domain.packrules import NO_RULE
from tests.dispatch.asking import handed_over, post
from tests.dispatch.world import AUDITOR, DESK, PACK, ROAD, World


async def test_the_proposal_says_where_by_which_rule_and_why_and_decides_nothing(world: World) -> None:
    case_id = await world.request("r1", "示例路路面破损", complained_units=("bureau-road",))
    fire = await world.request("r2", "示例楼着火，请快来")
    await world.settled()
    async with world.api(DESK) as desk:
        path = f"/dispatch/api/cases/{case_id}/route"
        town = (await desk.get(path, params={"scope": "individual"})).json()
        assert (town["rule_id"], town["lead"], town["redirect"]) == ("route[3]", "town-a", None)
        assert "须回避" in town["reason_zh"]
        assert "recused" in town["reason_en"]
        assert "bureau-road" in town["excluded"]
        unknown = (await desk.get(path)).json()
        assert (unknown["rule_id"], unknown["lead"], unknown["decide_within"]) == (NO_RULE, None, "4wh")
        away = (await desk.get(f"/dispatch/api/cases/{fire}/route", params={"scope": "individual"})).json()
        assert (away["redirect"]["kind"], away["redirect"]["channel"], away["redirect"]["word"]) == (
            "emergency",
            "119",
            "着火",
        )
        assert (await desk.get(path, params={"colour": "red"})).status_code == 422
        assert (await desk.get("/dispatch/api/cases/c-none/route")).status_code == 404
        before = (await desk.get(f"/dispatch/api/cases/{case_id}")).json()
    async with world.api(AUDITOR) as auditor:
        assert (await auditor.get(path)).status_code == 200
    assert before["step"] == "registered"


async def test_two_legs_that_passed_at_the_same_moment_strike_the_case_off(world: World) -> None:
    """Each leg was written down while the other was still open, so neither says that it closes the case."""
    two_legs = PACK.read_text("utf-8").replace('by = "unit_self"', 'by = "follow_up"')
    two_legs = re.sub(r'mode = "sample"\nrate = .*\nlegs = .*\n', 'mode = "all"\nlegs = ["one", "two"]\n', two_legs)
    file = Path(world.service.settings.data_dir) / "pack.toml"
    file.write_text(two_legs, "utf-8")
    await world.activate(file)
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road, world.api(DESK) as desk:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        for leg in ("one", "two"):
            assert (await desk.get(f"/dispatch/api/cases/{case_id}")).json()["step"] != "struck_off"
            await _asked(world, case_id, leg)
            await world.settled()
        assert (await desk.get(f"/dispatch/api/cases/{case_id}")).json()["step"] == "struck_off"


async def _asked(world: World, case_id: str, leg: str) -> None:
    ids: dict[str, Any] = {
        "followup_id": f"f-{case_id}-1-{leg}",
        "case_id": case_id,
        "case_no": 1,
        "round": 1,
        "leg": leg,
    }
    by = world.clock.now().replace(hour=23)
    await world.hear(FollowUpScheduled(**ids, due=by, sample_rule="all", handler_units=("bureau-road",)))
    said: dict[str, Any] = {"method": "phone", "reached": True, "solved": True, "satisfaction": "satisfied"}
    await world.hear(FollowUpConducted(**ids, **said, verdict="pass", closes=False, reviewer_unit="office"))
