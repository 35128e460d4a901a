"""A programme's way: amended, through its phases, and to an end that waits for every paper."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.intake import RoleAssigned
from contracts.pack import PackErrors, parse_pack
from contracts.supervision import (
    DeliverableFiled,
    PhaseEnded,
    PhaseItemConfirmed,
    PhaseStarted,
    ProgrammeEnded,
    ProgrammePackActivated,
)
from services.chassis.clock import LOCAL
from services.chassis.service import Service
from services.supervision.domain.programme import (
    PROGRAMME,
    ActivatePack,
    ConfirmItem,
    EndPhase,
    EndProgramme,
    FileDeliverable,
    Owing,
    StartPhase,
)
from services.supervision.react.course import PhaseTimer
from tests.spec import NOON, given
from tests.supervision.test_rhythm import LONG_AGO, OFFICE, PACKS, app, client, tell

__all__ = ["app"]

MARCH, MAY, TODAY = date(2017, 3, 1), date(2017, 5, 31), date(2017, 7, 17)
activate = ActivatePack("jw", "活动", "x", "0" * 64, NOON)
activated = ProgrammePackActivated(
    programme_id="jw", name="活动", pack_version=1, sha256="0" * 64, content="x", effective_from=NOON
)
start = StartPhase("jw", "prepare", "动员部署", MARCH, TODAY)
started = PhaseStarted(programme_id="jw", phase_id="prepare", name="动员部署", planned=MARCH, on=TODAY)
end_phase = EndPhase("jw", "prepare", MAY, TODAY)
over = PhaseEnded(programme_id="jw", phase_id="prepare", planned=MAY, on=TODAY)
file = FileDeliverable("jw", "self-report", "town-a", "自查报告〔2017〕1号", True)
filed = DeliverableFiled(programme_id="jw", deliverable="self-report", unit="town-a", document="自查报告〔2017〕1号")
OWED = (Owing("self-report", "自查报告", "town-a", "示例镇"), Owing("self-report", "自查报告", "town-b", "示例街道"))
end = EndProgramme("jw", "closed", "", TODAY, TODAY, OWED)
closed = ProgrammeEnded(programme_id="jw", becomes="closed")
standing = ProgrammeEnded(programme_id="jw", becomes="standing")


def test_an_amendment_is_the_next_version_and_begins_no_phase_anew() -> None:
    amended = replace(activate, content="y", sha256="1" * 64)
    second = activated.model_copy(update={"pack_version": 2, "sha256": "1" * 64, "content": "y"})
    given(PROGRAMME, activated, started).when(amended).then(second)
    given(PROGRAMME, activated, started, second).when(replace(start, automatic=True)).then_nothing()
    given(PROGRAMME, activated, closed).when(amended).then_rejected("programme-ended")
    same = replace(amended, version=2, in_force=2)
    given(PROGRAMME, activated).when(same).then_rejected("version-not-higher", "programme.version")
    given(PROGRAMME, activated).when(replace(same, sha256="0" * 64)).then_nothing()
    given(PROGRAMME, activated, standing).when(amended).then(second)


def test_phases_begin_and_end_once_by_people_or_by_the_timer() -> None:
    """Phases in their order, months may overlap (EB-20, DI-11)."""
    given(PROGRAMME, activated).when(start).then(started, again_rejected="phase-started")
    given(PROGRAMME, activated, started).when(end_phase).then(over, again_rejected="phase-over")
    given(PROGRAMME, activated).when(end_phase).then_rejected("phase-not-started")
    given(PROGRAMME, activated).when(replace(end_phase, automatic=True)).then_nothing()
    given(PROGRAMME, activated, started, over).when(replace(end_phase, automatic=True)).then_nothing()
    given(PROGRAMME, activated, closed).when(replace(start, automatic=True)).then_nothing()
    given(PROGRAMME, activated, closed).when(start).then_rejected("programme-ended")


def test_the_programme_ends_only_with_every_paper() -> None:
    """Then it closes, or goes on as standing work (JW-29)."""
    given(PROGRAMME, activated).when(file).then(filed, repeatable=True)
    given(PROGRAMME, activated).when(replace(file, owed=False)).then_rejected("not-owed", "deliverable")
    given(PROGRAMME, activated).when(replace(file, document=" ")).then_rejected("no-document", "document")
    given(PROGRAMME, activated, filed).when(end).then_rejected("paper-missing")
    other = filed.model_copy(update={"unit": "town-b"})
    given(PROGRAMME, activated, filed, other).when(end).then(closed, again_rejected="programme-ended")
    given(PROGRAMME, activated).when(replace(end, owing=(), becomes="standing")).then(
        standing, again_rejected="programme-ended"
    )
    given(PROGRAMME, activated, standing).when(replace(end, owing=())).then(closed, again_rejected="programme-ended")
    early = replace(end, owing=(), planned=TODAY + timedelta(days=1))
    given(PROGRAMME, activated).when(early).then_rejected("reason-missing", "reason")


PHASES = """
[[lists.phase]]
id = "prepare"
name = "动员部署"
start = 2017-03-01
end = 2017-03-31
[[lists.phase]]
id = "work"
name = "组织实施"
start = 2017-03-20
end = 2017-09-30
[[lists.deliverable]]
id = "self-report"
name = "自查报告"
owner = "work_group_lead"
"""


def test_a_phase_keeps_its_code_when_another_is_put_in_front_and_has_it_alone() -> None:
    def phase(name: str) -> str:
        return f'[[lists.phase]]\nname = "{name}"\nstart = 2017-07-10\nend = 2017-07-31\n'

    jw = (PACKS / "jw-2017.toml").read_text() + "\n"
    [work] = parse_pack((jw + phase("组织实施")).encode()).lists.phase
    amended = parse_pack((jw + phase("动员部署") + phase("组织实施")).encode()).lists.phase
    assert amended[1].code == work.code != amended[0].code
    assert phases_of(jw + PHASES) == ["prepare", "work"]
    with pytest.raises(PackErrors, match="重复定义"):
        parse_pack((jw + phase("组织实施") * 2).encode())


def phases_of(pack: str) -> list[str]:
    return [one.code for one in parse_pack(pack.encode()).lists.phase]


async def test_phases_by_the_timer_and_an_end_that_names_what_is_missing(app: FastAPI) -> None:
    service: Service = app.state.service
    pack = (PACKS / "jw-2017.toml").read_text() + PHASES
    async with client(app, OFFICE) as api:

        async def post(where: str, key: str, **body: Any) -> dict[str, Any]:
            answer = await api.post(f"/supervision/api/programmes{where}", json=body, headers={"idempotency-key": key})
            found: dict[str, Any] = answer.json()
            return found

        taken = await api.post("/supervision/api/programmes", content=pack.encode(), headers={"idempotency-key": "p"})
        assert taken.status_code == 201, taken.text
        role = RoleAssigned(person_id="p-a", role="work_group_lead", unit_id="group-a")
        await tell(service, "intake", LONG_AGO, role)
        timer = PhaseTimer(service.pool, service.commands, service.clock)
        await timer.tick()
        await PhaseTimer(service.pool, service.commands, service.clock).tick()
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        course = (await api.get("/supervision/api/programmes/jw-2017/course")).json()
        activation = "2017-08-02"
        assert {(p["phase"], p["started_on"], p["ended_on"]) for p in course["phases"]} == {
            ("prepare", activation, activation),
            ("work", activation, None),
        }, "no phase begins before its rules were there"
        refused = await post("/jw-2017/end", "e1", becomes="standing")
        assert refused["code"] == "paper-missing"
        assert "group-a" in refused["detail"]
        paper = {"deliverable": "self-report", "document": "自查报告〔2017〕1号", "unit": "group-a"}
        assert (await post("/jw-2017/papers", "f1", **paper))["events"] == ["deliverable-filed"]
        service.clock.advance(datetime(2017, 10, 9, 9, 0, tzinfo=LOCAL) - service.clock.now())  # type: ignore[attr-defined]
        assert (await post("/jw-2017/end", "e2", becomes="standing"))["events"] == ["programme-ended"]
        due = (await api.get("/supervision/api/cadence?programme=jw-2017&after=supervision:6")).json()["items"]
        assert max(one["slot"] for one in due) > "2017-10-01", "standing work keeps its rhythm"


def test_a_phase_ends_only_with_its_checklist_and_the_programme_too() -> None:
    """EB-21: 层层召开会议、制定方案、成立机构."""
    items = ("层层召开会议", "制定方案")
    ticked = PhaseItemConfirmed(programme_id="jw", phase_id="prepare", item="层层召开会议", note="示例〔2017〕2号")
    tick = ConfirmItem("jw", "prepare", "层层召开会议", "示例〔2017〕2号", items)
    given(PROGRAMME, activated).when(tick).then(ticked, again_rejected="item-confirmed")
    given(PROGRAMME, activated).when(replace(tick, item="别的")).then_rejected("no-such-item", "item")
    given(PROGRAMME, activated).when(replace(tick, note=" ")).then_rejected("no-note", "note")
    given(PROGRAMME, activated, closed).when(tick).then_rejected("programme-ended")
    asked = replace(end_phase, items=items)
    given(PROGRAMME, activated, started, ticked).when(asked).then_rejected("item-open")
    given(PROGRAMME, activated, started, ticked).when(replace(asked, automatic=True)).then_nothing()
    second = ticked.model_copy(update={"item": "制定方案"})
    given(PROGRAMME, activated, started, ticked, second).when(asked).then(over, again_rejected="phase-over")
    guarded = replace(end, owing=(), checklists=tuple(("prepare", "动员部署", item) for item in items))
    given(PROGRAMME, activated, ticked).when(guarded).then_rejected("item-open")
    given(PROGRAMME, activated, ticked, second).when(guarded).then(closed, again_rejected="programme-ended")


def test_eleven_of_twelve_self_reports_do_not_end_the_programme() -> None:
    """EB-22, with the twelve sections of the enterprise bureau."""
    twelve = tuple(Owing("self-report", "自查报告", f"sec-{n}", f"示例{n}科") for n in range(1, 13))
    reports = [filed.model_copy(update={"unit": one.unit}) for one in twelve]
    all_of_them = replace(end, owing=twelve)
    refused = given(PROGRAMME, activated, *reports[:11]).when(all_of_them).then_rejected("paper-missing")
    assert refused.params["unit"] == "示例12科"
    given(PROGRAMME, activated, *reports).when(all_of_them).then(closed, again_rejected="programme-ended")
