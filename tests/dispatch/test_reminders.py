"""催办 in a unit's inbox: of what, when and by whom, until it is heeded."""

from contracts.supervision import DeadlineReminderSent
from services.dispatch.read.reminders import ROWS, ReminderRow
from tests.dispatch.asking import handed_over, post
from tests.dispatch.world import ROAD, World
from tests.spec import NOON, facts


def reminder(order: str, case_id: str = "c1", kind: str = "sign", threshold: str = "hand") -> DeadlineReminderSent:
    return DeadlineReminderSent.model_validate(
        {
            "clock_id": f"{order}-{kind}",
            "case_id": case_id,
            "order_id": order,
            "kind": kind,
            "threshold": threshold,
            "to_unit": "bureau-road",
            "due": NOON,
            "at": NOON,
        }
    )


def test_the_latest_reminder_of_a_deadline_is_kept_with_how_many_there_were() -> None:
    told = facts(reminder("o1", threshold="80%"), reminder("o1"))
    rows = ROWS.fold({}, [(ROWS.key(fact), fact) for fact in told])
    row = rows["o1-sign"]
    assert isinstance(row, ReminderRow)
    assert (row.threshold, row.times, row.by_unit, row.by_person) == ("hand", 2, "U-1", "P-1")


async def test_an_order_shows_its_reminder_until_the_unit_heeds_it(world: World) -> None:
    case_id, order = await handed_over(world)
    await world.hear(reminder(order, case_id))
    await world.hear(reminder(order, case_id, "finish", "80%"))
    await world.settled()
    async with world.browser(ROAD) as browser, world.api(ROAD) as road:
        shown = (await browser.get("/dispatch/inbox")).text
        assert "区活动办 演示派单员：签收期限" in shown
        assert "系统（80%）：办结期限" in shown
        assert (await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})).status_code == 201
        await world.settled()
        shown = (await browser.get("/dispatch/inbox")).text
        assert "：签收期限" not in shown, "it was signed"
        assert "：办结期限" in shown
