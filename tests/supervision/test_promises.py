"""Public promises: three to five, in public places, confirmed every week, and settled by somebody else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.supervision import (
    CommitmentProgressConfirmed,
    CommitmentPublished,
    CommitmentSettled,
    ItemState,
    Promise,
)
from services.chassis.service import Service
from services.supervision.domain.commitment import (
    COMMITMENT,
    ConfirmWeek,
    PublishCommitment,
    SettlePromise,
    missing_weeks,
    week_of,
)
from tests.spec import NOON, given
from tests.supervision.test_rhythm import GROUP, OFFICE, PACKS, app, client

__all__ = ["app"]

LATER = NOON + timedelta(days=60)
ITEMS = tuple(
    Promise(item_id=f"item-{n}", text=f"修路 {n}", responsible="p-a", goal="通车", due=LATER)
    for n in (1, 2, 3, 4, 5, 6)
)
publish = PublishCommitment("k1", "jw", "p-a", ITEMS[:3], ("镇机关", "村部"), 3, 5, ("镇机关",), NOON)
published = CommitmentPublished(
    commitment_id="k1", programme_id="jw", owner="p-a", items=ITEMS[:3], places=("镇机关", "村部")
)
SAID = tuple(ItemState(item_id=one.item_id, state="working", text="已开工") for one in ITEMS[:3])
confirm = ConfirmWeek("2017-W29", "2017-W29", "2017-W28", SAID, "p-a")
confirmed = CommitmentProgressConfirmed(commitment_id="k1", week="2017-W29", items=SAID, confirmed_by="p-a")
settle = SettlePromise("item-1", True, "", "p-o")
settled = CommitmentSettled(commitment_id="k1", item_id="item-1", fulfilled=True)


def test_a_card_has_three_to_five_promises_in_the_places_of_the_pack() -> None:
    """Three to five, in public (SH-28, SH-31)."""
    given(COMMITMENT).when(publish).then(published, again_rejected="already-promised")
    for count in (2, 6):
        given(COMMITMENT).when(replace(publish, items=ITEMS[:count])).then_rejected("promise-count", "items")
    assert given(COMMITMENT).when(replace(publish, items=ITEMS[:5])).decided()
    given(COMMITMENT).when(replace(publish, places=("村部",))).then_rejected("place-missing", "places")
    given(COMMITMENT).when(replace(publish, places=(), must_hang=())).then_rejected("no-place", "places")
    given(COMMITMENT).when(replace(publish, at=LATER)).then_rejected("due-past", "items.0.due")


def test_every_open_promise_is_confirmed_once_a_week() -> None:
    """进度卡每周填写确认 (SH-29)."""
    given(COMMITMENT, published).when(confirm).then(confirmed, again_rejected="week-confirmed")
    given(COMMITMENT, published).when(replace(confirm, items=SAID[:2])).then_rejected("item-missing", "items")
    given(COMMITMENT, published, settled).when(replace(confirm, items=SAID[1:])).then(
        confirmed.model_copy(update={"items": SAID[1:]}), again_rejected="week-confirmed"
    )
    for week in ("2017-W27", "2017-W30"):
        given(COMMITMENT, published).when(replace(confirm, week=week)).then_rejected("wrong-week", "week")
    given(COMMITMENT).when(confirm).then_rejected("no-such-commitment")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"by": "p-a"}, "own-promise"),
        ({"fulfilled": None}, "no-verdict"),
        ({"fulfilled": False}, "reason-missing"),
        ({"item_id": "item-9"}, "no-such-promise"),
    ],
)
def test_who_may_not_settle_what(change: dict[str, Any], code: str) -> None:
    given(COMMITMENT, published).when(settle).then(settled, again_rejected="promise-settled")
    given(COMMITMENT, published).when(replace(settle, **change)).then_rejected(code)
    by_another = (ITEMS[0].model_copy(update={"responsible": "p-o"}), *ITEMS[1:3])
    theirs = published.model_copy(update={"items": by_another})
    given(COMMITMENT, theirs).when(settle).then_rejected("own-promise")
    other = replace(settle, item_id="item-2")
    assert given(COMMITMENT, theirs).when(other).decided(), "of another item they are nobody in particular"


def test_weeks_that_are_over_and_that_nobody_confirmed_are_missing() -> None:
    monday = date(2017, 7, 17)
    assert week_of(monday) == "2017-W29"
    assert missing_weeks("2017-W26", ["2017-W27"], monday, None) == ["2017-W26", "2017-W28"]
    assert missing_weeks("2017-W26", [], monday, date(2017, 7, 4)) == ["2017-W26"], "settled in the week after"
    assert missing_weeks("2017-W29", [], monday, None) == [], "this week still runs"
    assert missing_weeks("2016-W52", [], date(2017, 1, 10), None) == ["2016-W52", "2017-W01"]


async def test_a_card_from_its_publication_to_a_missing_week_and_its_sheet(app: FastAPI) -> None:
    """What the monthly meeting looks at: kept, missed, unconfirmed (SH-26, SH-32)."""
    service: Service = app.state.service
    pack = (PACKS / "jw-2017.toml").read_text() + '\n[commitments]\npublic_at = ["镇机关"]\n'
    items = [{"text": one.text, "goal": one.goal, "due": "2017-09-20T18:00"} for one in ITEMS[:3]]
    card = {"programme": "jw-2017", "items": items, "places": "镇机关、村部"}
    async with client(app, OFFICE) as office, client(app, GROUP) as owner:

        async def post(api: Any, where: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = await api.post(f"/supervision/api{where}", json=body, headers={"idempotency-key": key})
            found: dict[str, Any] = answer.json()
            return found

        await office.post("/supervision/api/programmes", content=pack.encode(), headers={"idempotency-key": "p"})
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        ghost = await post(owner, "/commitments", "c9", card | {"items": [items[0] | {"responsible": "p-ghost"}]})
        assert (ghost["code"], ghost["errors"][0]["field"]) == ("no-such-person", "items.0.responsible")
        two = await post(owner, "/commitments", "c0", card | {"items": items[:2]})
        assert (two["code"], two["errors"][0]["field"]) == ("promise-count", "items")
        made = await post(owner, "/commitments", "c1", card)
        assert made["events"] == ["commitment-published"], made
        where = f"/commitments/{made['commitment_id']}"
        service.clock.advance(timedelta(days=14))  # type: ignore[attr-defined]
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        states = [{"item_id": f"item-{n}", "state": "working", "text": "已开工"} for n in (1, 2, 3)]
        assert (await post(owner, f"{where}/weeks", "w1", {"items": states}))["events"] == [
            "commitment-progress-confirmed"
        ]
        kept = await post(office, f"{where}/items/item-1/settle", "s1", {"fulfilled": True})
        assert kept["events"] == ["commitment-settled"]
        shown = (await office.get(f"/supervision/api/commitments?after={kept['position']}")).json()["items"]
        assert shown[0]["missing_weeks"] == ["2017-W31", "2017-W32"]
        sheet = await office.get("/supervision/commitments.xlsx")
        assert sheet.content[:2] == b"PK"
