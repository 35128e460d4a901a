"""会议与节奏台账 with 例会按期率: every slot with its meeting, what was decided and what came of it; also as a file."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from contracts.dispatch import CaseOpened, Dues, MeetingNoted, OrderCompleted, OrderIssued, OrderSigned, Taken
from contracts.envelope import Meta
from contracts.event import Event
from contracts.intake import RoleAssigned
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.supervision.domain.keeping import Kept, kept
from services.supervision.react.rhythm import RhythmTimer
from tests.spec import SOMEBODY, stored_events
from tests.supervision.test_rhythm import (  # noqa: F401 - the fixture is used by its name
    AUGUST,
    GROUP,
    LONG_AGO,
    OFFICE,
    PACKS,
    app,
    client,
    tell,
)
from tests.supervision.who_is_who import registered

SEALED = Sealed(key_id="request-r1", box="AAAA")
DUE = datetime(2017, 8, 30, 18, 0, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("came", "held", "due", "percent"),
    [
        ([], 0, 0, None),
        (["open", "pending"], 0, 0, None),
        (["kept", "kept", "missed"], 2, 3, "66.67"),
        (["late", "open"], 0, 1, "0.00"),
        (["kept"] * 5 + ["missed", "pending"], 5, 6, "83.33"),
    ],
)
def test_the_share_of_meetings_in_time(came: list[str], held: int, due: int, percent: str | None) -> None:
    """K34: what is still to come or not judged yet counts nowhere; what was made up is not in time."""
    share = kept(came)
    assert (share, share.percent) == (Kept(held, due), percent)


class Dispatch:
    """What dispatch tells."""

    def __init__(self, service: Service) -> None:
        self.service, self.at, self.chain = service, 0, bytes(32)

    async def tells(self, time: datetime, *events: Event) -> None:
        meta, messages = Meta(command_id="x", actor=SOMEBODY, programme="jw-2017"), []
        for stored in stored_events(*events, source="dispatch", meta=meta, time=time):
            self.at += 1
            self.chain = extend(self.chain, stored.payload)
            messages.append((self.at, stored.payload, self.chain))
        await self.service.log.insert_foreign("dispatch", 1, messages)
        head = (await self.service.log.head()).seq
        while (await self.service.reactors.lag())["deadline-clocks"].seq < head:
            await self.service.log.wait(head + 1, 0.05)
        assert await self.service.all_caught_up((await self.service.log.head()).seq, 5)


def order(order_id: str, unit: str, **more: Any) -> OrderIssued:
    return OrderIssued(
        case_id="c1",
        case_no=12,
        order_id=order_id,
        kind="assign",
        role="lead" if order_id == "o1" else "co",
        to_unit=unit,
        dues=Dues(sign_by=AUGUST + timedelta(days=1), finish_by=DUE),
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
        **more,
    )


async def test_decisions_are_followed_from_the_meeting_to_the_ledger(app: FastAPI) -> None:  # noqa: F811
    """民事民决: what was decided becomes work (LT-20, LT-42), counted with the meetings when it is done (SH-25)."""
    service: Service = app.state.service
    known: list[datetime | None] = [None]

    async def horizon() -> datetime | None:
        return known[0]

    dispatch = Dispatch(service)
    async with client(app, OFFICE) as api, client(app, GROUP) as group:
        pack = (PACKS / "jw-2017.toml").read_bytes()
        await api.post("/supervision/api/programmes", content=pack, headers={"idempotency-key": "p"})
        roles = [("p-o", "programme_office", "office"), ("p-a", "work_group_lead", "group-a")]
        roles.append(("p-b", "work_group_lead", "group-b"))
        held_by = [RoleAssigned(person_id=who, role=role, unit_id=unit) for who, role, unit in roles]
        units = ("office", "group-a", "group-b", "town-a", "town-b")
        known_as = registered(units, {who: unit for who, _role, unit in roles})
        await tell(service, "intake", LONG_AGO, *known_as, *held_by)
        opened = CaseOpened(
            case_id="c1", request_ids=("r1",), title=SEALED, text=SEALED, channel="web", received_at=LONG_AGO
        )
        await dispatch.tells(AUGUST, opened, order("o1", "town-a"))
        service.clock.advance(AUGUST - service.clock.now())  # type: ignore[attr-defined]
        body: dict[str, Any] = {"programme": "jw-2017", "cadence": "group-meeting", "slot": "2017-08-16"}
        body |= {"chair": "p-a", "held_at": AUGUST.isoformat(), "attendees": ["p-a"], "agenda": "修路"}
        by_case = {"text": "清理渣土", "unit": "town-b", "due": DUE.isoformat(), "case": "JW-2017-0012"}
        others = [{"text": "下月再议", "unit": "office", "due": DUE.isoformat()}]

        async def hold(key: str, decisions: list[dict[str, Any]]) -> Any:
            said = body | {"decisions": decisions}
            return await group.post("/supervision/api/meetings", json=said, headers={"idempotency-key": key})

        for number in ("JW-2017-0013", "LT-2019-0012", "十二"):
            wrong = await hold(f"m-{number}".encode().hex(), [by_case | {"case": number}])
            assert wrong.json()["errors"][0]["field"] == "decisions.0.case", wrong.text
        held = await hold("m1", [by_case, *others])
        assert held.status_code == 201, held.text
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        meeting = f"/supervision/api/meetings/{held.json()['meeting_id']}"
        said = (await api.get(meeting)).json()["decisions"]
        assert [(one["case_id"], one["outcome"]) for one in said] == [("c1", "waiting"), (None, "no_case")]

        taken = Taken(unit="town-b", text="清理渣土", due=DUE, order_id="o2", outcome="ordered")
        noted = MeetingNoted(
            case_id="c1",
            case_no=12,
            meeting_id=held.json()["meeting_id"],
            kind="dispatch",
            held_at=AUGUST,
            taken=(taken,),
        )
        await dispatch.tells(AUGUST, noted, order("o2", "town-b", meeting_id=held.json()["meeting_id"]))
        said = (await api.get(meeting)).json()["decisions"]
        assert (said[0]["outcome"], said[0]["order_id"]) == ("unsigned", "o2")
        ids: dict[str, Any] = {"case_id": "c1", "case_no": 12, "order_id": "o2"}
        await dispatch.tells(AUGUST + timedelta(hours=1), OrderSigned(**ids))
        assert (await api.get(meeting)).json()["decisions"][0]["outcome"] == "at_work"
        done = OrderCompleted(**ids, result="solved", reply=SEALED, replied_at=AUGUST, responsible_person="p1")
        await dispatch.tells(AUGUST + timedelta(hours=2), done)
        assert (await api.get(meeting)).json()["decisions"][0]["outcome"] == "done"

        known[0] = later = datetime(2017, 8, 19, 9, 0, tzinfo=LOCAL)
        service.clock.advance(later - service.clock.now())  # type: ignore[attr-defined]
        await RhythmTimer(service.pool, service.commands, horizon).judge()
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        ledger = (await api.get("/supervision/api/meetings/ledger?programme=jw-2017")).json()
        assert ledger["k34"] == {"held": 1, "due": 2, "percent": "50.00"}, "of group-a and group-b"
        lines = {(one["cells"][0], one["unit"]): one for one in ledger["items"] if one["cells"][2] == "2017-08-16"}
        of_a, of_b = (lines["工作组半月例会", unit] for unit in ("group-a", "group-b"))
        assert of_a["cells"][6:] == [
            "修路",
            "1. 清理渣土（town-b，2017-08-30）；2. 下月再议（office，2017-08-30）",
            "1. 已办结；2. 不针对具体问题，由召开单位跟踪",
            "—",
        ]
        assert (of_b["state"], of_b["cells"][3], of_b["cells"][9]) == ("missed", "—", "缺")
        file = await api.get("/supervision/cadence/ledger.xlsx?programme=jw-2017")
        again = await api.get("/supervision/cadence/ledger.xlsx?programme=jw-2017")
        assert file.content == again.content
        sheet = load_workbook(io.BytesIO(file.content)).active
        assert sheet is not None
        written = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert len([row for row in written if row[9] == "缺"]) == sum(
            one["state"] == "missed" for one in ledger["items"]
        )
        assert [row[0] for row in written if row[0] and str(row[0]).startswith(("统计时点", "编号"))] == [
            "统计时点：2017-08-19 09:00",
            f"编号：{ledger['number']}",
        ]
    async with client(app, OFFICE) as browser:
        browser.headers["accept"] = "text/html"
        page = (await browser.get("/supervision/cadence/ledger")).text
        for words in ("会议与节奏台账", "例会按期率", "50.00%（1/2）", ledger["number"]):
            assert words in page
        shown = (await browser.get(f"/supervision/cadence/meetings/{held.json()['meeting_id']}")).text
        assert "已办结" in shown
