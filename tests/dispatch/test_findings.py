"""What supervision finds reaches the case: a failed check sends it back, an explanation or a second finding not."""

from typing import Any

from contracts.supervision import FollowUpConducted, MisreportEstablished, SpotCheckConducted
from tests.dispatch.asking import handed_over, post, shown
from tests.dispatch.world import DESK, ROAD, World

CHECKED: dict[str, Any] = {"mode": "on_site", "body": "区活动办", "finding": "现场未修"}


async def test_a_failed_check_sends_a_case_back_once_and_its_misreport_not_again(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road, world.api(DESK) as desk:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        await world.hear(
            FollowUpConducted(
                followup_id="f1",
                case_id=case_id,
                case_no=1,
                round=1,
                leg="requester",
                method="phone",
                reached=True,
                solved=True,
                satisfaction="dissatisfied",
                attributable=False,
                verdict="fail",
                closes=False,
                reviewer_unit="office",
            )
        )
        assert (await shown(desk, world, case_id))["round"] == 1, "a dissatisfaction that is to be explained waits"
        check: dict[str, Any] = {**CHECKED, "item": case_id, "case_id": case_id, "checked_at": world.clock.now()}
        await world.hear(SpotCheckConducted(check_id="k1", passed=False, round=1, **check))
        assert (await shown(desk, world, case_id))["round"] == 2
        proved = MisreportEstablished(
            misreport_id="m1",
            programme_id="jw-2017",
            case_id=case_id,
            code="false_report",
            unit="bureau-road",
            finding="照片系他处",
            check_id="k1",
            established_by="p-office",
        )
        await world.hear(proved)
        await world.hear(SpotCheckConducted(check_id="k2", passed=False, round=1, **check))
        assert (await shown(desk, world, case_id))["round"] == 2
    stored = await world.service.log.stream(f"case-{case_id}")
    assert [one.type for one in stored].count("case-reopened") == 1
    assert b'"reason":"spot_check"' in next(one.payload for one in stored if one.type == "case-reopened")
