"""Every command in every state of a case: taken, already so, or refused by name; and no refusal without its spec."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from contracts.catalogue import TYPES
from contracts.event import Event
from services.chassis.decider import Rejected
from services.dispatch.domain import commands as c
from services.dispatch.domain import consulting, decide, refusing
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.evolve import OwnEvent
from services.dispatch.domain.state import Status
from tests.dispatch import story as s
from tests.dispatch.test_closing import failed, report_it
from tests.dispatch.test_consulting import note_it
from tests.dispatch.test_extending import recompute_it
from tests.dispatch.test_handling import call, find_it, reach_it, scheduled, visit_it
from tests.dispatch.test_issuers import begin_it
from tests.dispatch.test_joining import give_back
from tests.dispatch.test_leading import bind_it, choose_it, designate_it
from tests.dispatch.test_meetings import note_it as note_meeting
from tests.dispatch.test_pooled_orders import hand_it_over
from tests.dispatch.test_supplementing import add, ask
from tests.dispatch.test_suspending import resume_it, review_it

HISTORIES: dict[Status, tuple[Event, ...]] = {
    Status.UNKNOWN: (),
    Status.REGISTERED: (s.opened,),
    Status.ROUTED: (s.opened, s.classified, s.routed),
    Status.HANDLING: (*s.AT_WORK, scheduled),
    Status.SUSPENDED: (*s.AT_WORK, s.suspended),
    Status.COMPLETED: s.DONE,
    Status.VERIFYING: (*s.DONE, s.verifying),
    Status.STRUCK_OFF: (*s.DONE, s.struck_off),
    Status.MERGED: (s.opened, s.merged),
    Status.SPLIT: (s.opened, s.split),
    Status.CLOSED_UNHANDLED: (*s.AT_WORK, s.cancelled(cause="closed_unhandled"), s.closed),
}
"""The shortest way into each state."""

HELPER = replace(s.new_order, order_id="o2", role="co", to_unit="bureau-b")
ASKED: dict[str, c.Command] = {
    "open": s.open_it,
    "classify": replace(s.classify_it, urgency="good"),
    "route": replace(s.route_it, co=("bureau-b",)),
    "designate": designate_it,
    "bind-leader": bind_it,
    "suggestion": choose_it,
    "issue-helper": replace(s.issue_it, orders=(HELPER,)),
    "dispatch": c.Dispatch(s.classify_it, s.route_it, s.issue_it),
    "prepare": c.Prepare(s.classify_it, s.route_it),
    "fallback": begin_it,
    "hand-over-common": hand_it_over,
    "send-back": ask,
    "supplement": add,
    "meeting": note_meeting,
    "sign": s.sign_it,
    "return": s.return_it,
    "rule": s.refuse_return,
    "cancel": s.cancel_it,
    "contact": call,
    "plan": s.plan_it,
    "milestone": reach_it,
    "progress": c.ReportProgress("o1", 1, "town-a", "已进场"),
    "visit": visit_it,
    "findings": find_it,
    "ask-for-time": s.ask_for_time,
    "grant-time": s.grant_it,
    "complete": s.complete_it,
    "consultation": note_it,
    "suspend": s.suspend_it,
    "review-pause": review_it,
    "resume": resume_it,
    "recompute": recompute_it,
    "verify": s.start_verifying,
    "strike-off": s.strike_it_off,
    "report-up": report_it,
    "reopen": s.reopen_it,
    "failed-verdict": failed,
    "showcase": c.Showcase(1, "按期开工", s.NOON + 2 * s.DAY),
    "withdraw-show": c.WithdrawShowcase(1, "复发"),
    "close": s.close_it,
    "join": s.join_it,
    "undo-join": c.UndoJoin(1, "r9", "不是一件事", s.part_a),
    "merge": s.merge_it,
    "absorb": s.absorb_it,
    "undo-merge": s.undo_it,
    "give-back": give_back,
    "split": s.split_it,
}
LETTERS = {
    "R": Status.REGISTERED,
    "T": Status.ROUTED,
    "H": Status.HANDLING,
    "S": Status.SUSPENDED,
    "C": Status.COMPLETED,
    "V": Status.VERIFYING,
    "K": Status.STRUCK_OFF,
    "M": Status.MERGED,
    "P": Status.SPLIT,
    "X": Status.CLOSED_UNHANDLED,
}
TABLE = """
open            =:RTHSCVKMPX
classify        +:RT handed-over:H case-suspended:S case-finished:CVK case-ended:MPX
route           not-classified:R +:TH case-suspended:S case-finished:CVK case-ended:MPX
designate       +:RTHS case-finished:CVK case-ended:MPX
bind-leader     +:RTHS case-finished:CVK case-ended:MPX
suggestion      +:RTHSCVK case-ended:MPX
issue-helper    not-routed:R one-lead:T +:H case-suspended:S case-finished:CVK case-ended:MPX
dispatch        +:RT =:HSCVKX case-ended:MP
prepare         +:R =:THSCVK case-ended:MPX
fallback        +:R =:THSCVKMPX
hand-over-common +:RT =:HSCVKMPX
send-back       +:RT handed-over:H case-suspended:S case-finished:CVK case-ended:MPX
supplement      +:RTHSCVK case-ended:MPX
meeting         +:RTHSCVKMPX
sign            no-such-order:RTMP =:HSCVKX
return          no-such-order:RTMP already-planned:H case-suspended:S order-closed:CVKX
rule            no-such-order:RTMP not-returned:HSCVKX
cancel          no-such-order:RTMP +:H case-suspended:S order-closed:CVK =:X
contact         no-such-order:RTMP +:HS order-closed:CVKX
plan            no-such-order:RTMP +:H case-suspended:S order-closed:CVKX
milestone       no-such-order:RTMP +:H case-suspended:S order-closed:CVKX
progress        no-such-order:RTMP +:H case-suspended:S order-closed:CVKX
visit           no-such-order:RTMP +:H case-suspended:S order-closed:CVKX
findings        no-such-order:RT +:HSCVK case-ended:MPX
ask-for-time    no-such-order:RTMP +:H case-suspended:S order-closed:CVKX
grant-time      no-such-order:RTMP not-asked:HS order-closed:CVKX
complete        no-such-order:RTMP +:H case-suspended:S =:CVK order-closed:X
consultation    +:RTHSCVKMPX
suspend         other-unit:RTMPX +:H =:S not-in-handling:CVK
review-pause    other-unit:RTMPX not-suspended:HCVK +:S
resume          other-unit:RTMPX =:H +:S not-suspended:CVK
recompute       =:RTCVKMPX +:HS
verify          not-completed:RTHS +:CK =:VMPX
strike-off      not-completed:RTHS +:CV =:K case-ended:MPX
report-up       not-struck-off:RTHSCVMPX +:K
reopen          not-completed:RTHS +:CVK case-ended:MPX
failed-verdict  not-completed:RTHS +:CVK =:MPX
showcase        not-completed:RTHSMPX +:CVK
withdraw-show   =:RTHSCVKMPX
close           +:RTHSCV case-finished:K case-ended:MP =:X
join            +:RTHS case-finished:CVK case-ended:MPX
undo-join       not-joined:RTHSCVKMPX
merge           +:RTHS case-finished:CVK =:M case-ended:PX
absorb          +:RTHS case-finished:CVK case-ended:MPX
undo-merge      not-merged:RTHSCVKPX +:M
give-back       not-absorbed:RTHSCVKMPX
split           +:RTHS case-finished:CVK case-ended:MX =:P
"""
"""What happens to each command in which states: `+` events, `=` already so, else the refusal's code."""

ROWS = [line.split() for line in TABLE.strip().splitlines()]


def said(status: Status, command: c.Command) -> str:
    case = dispatch_case.fold(HISTORIES[status])
    assert case.status is status
    try:
        return "+" if dispatch_case.decide(case, command) else "="
    except Rejected as refused:
        return refused.code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_command_in_every_state(row: list[str]) -> None:
    name, *cells = row
    expected = {letter: answer for answer, letters in (cell.split(":") for cell in cells) for letter in letters}
    assert {letter: said(status, ASKED[name]) for letter, status in LETTERS.items()} == expected


@pytest.mark.parametrize("name", ASKED)
def test_nothing_but_an_opening_finds_a_case_that_is_none(name: str) -> None:
    assert said(Status.UNKNOWN, ASKED[name]) == ("+" if name == "open" else "no-such-case")


def test_the_table_knows_every_command_and_every_state() -> None:
    assert [row[0] for row in ROWS] == list(ASKED)
    assert set(HISTORIES) == set(Status) == {*LETTERS.values(), Status.UNKNOWN}
    asked = {type(command) for command in ASKED.values()}
    assert asked == set(get_args(c.Command))


def test_a_case_understands_every_event_of_its_stream() -> None:
    declared = {event for event in TYPES.values() if event.OWNER == "dispatch" and event.STREAM == "case"}
    assert set(get_args(OwnEvent)) == declared


def _modules() -> Iterator[ModuleType]:
    """The bodies that `decide` sends commands to, and what they share."""
    yield from (decide, refusing)
    yield from (one for _, one in inspect.getmembers(decide, inspect.ismodule) if one.__name__ != c.__name__)


def _codes(module: ModuleType) -> Iterator[str]:
    """The code of every refusal in a module."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = {"Rejected": 0, "refuse_empty": 1}.get(node.func.id)
        if place is None or len(node.args) <= place:
            continue
        code = node.args[place]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value


def test_no_refusal_without_its_spec() -> None:
    codes = {code for module in _modules() for code in _codes(module)}
    assert {"complained-unit", "no-reply", "gone-on", "step-missing"} <= codes, "the search itself"
    here = Path(__file__).parent
    specs = "".join(path.read_text() for path in here.glob("test_*.py"))
    assert sorted(code for code in codes if f'"{code}"' not in specs) == []
    assert consulting in set(_modules())
