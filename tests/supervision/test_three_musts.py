"""The third of the three musts of 淮安开发区 (HA-06): where there is a key petition case, a leader answers for it."""

from datetime import timedelta
from pathlib import Path

from contracts.dispatch import CaseClassified, CaseRouted, LeaderBoundToCase
from contracts.event import Event
from contracts.pack import parse_pack
from tests.supervision.ladder_stage import MakeStage, handed_over
from tests.supervision.test_assess_measures import CLASSIFIED, at, opened, ordered, share
from tests.supervision.test_every_clock import told, wall

HA = (Path(__file__).parents[1] / "packs" / "coverage-ha.toml").read_bytes()
KEY = "key-petition"


def _bound(case: str) -> LeaderBoundToCase:
    return LeaderBoundToCase(case_id=case, case_no=1, leader="p-l", kind="contract")


def test_twelve_key_petition_cases_of_twelve_have_their_leader() -> None:
    """K12 包案率 of domain 4.4: 12/12, and 11/12 while one has none; other cases do not count."""
    cases = [f"c{n}" for n in range(1, 14)]
    kinds = dict.fromkeys(cases[:12], KEY) | {cases[12]: "any"}
    events: list[Event] = [event for case in cases for event in (opened(case), ordered(case, "road"))]
    events += [
        CaseClassified(**{**CLASSIFIED, "category": kind}, case_id=case, urgency="normal")
        for case, kind in kinds.items()
    ]
    pack = parse_pack(HA)
    eleven = [_bound(case) for case in cases[:11]]
    assert share(at(*events, *eleven), "K12", "road", pack=pack) == (11, 12)
    assert share(at(*events, *eleven, _bound(cases[11])), "K12", "road", pack=pack) == (12, 12)


async def test_a_key_petition_case_without_a_leader_is_an_alarm_every_day(make_stage: MakeStage) -> None:
    stage = await make_stage(HA, "coverage-ha", "2013-03-04 12:00")
    first, second = handed_over()[:2], handed_over(2)[:2]
    routed = CaseRouted(case_id="c1", rule_id="route[1]", order_kind="assign", lead="town-a", chosen_by="rule")
    key = first[1].model_copy(update={"category": KEY, "urgency": "normal"})
    await stage.hear(first[0], key, routed, *second, routed.model_copy(update={"case_id": "c2"}))
    for days in (2, 3, 4):
        await stage.at(stage.now + timedelta(days=1 if days > 2 else 2), looks=1)
        assert "1 件问题逾期未明确包案领导" in await wall(stage), "it stands every day"
    assert await told(stage, "c1-bind-1") == ["started", "deadline-breached"], "and is counted once"
    assert await told(stage, "c2-bind-1") == [], "another matter needs no leader"
    await stage.hear(_bound("c1"))
    assert "未明确包案领导" not in await wall(stage)
