"""The export for process mining: complete, well-formed, without free text; and its check finds what is not allowed."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from contracts.codec import decode
from contracts.event import TYPES, Note
from contracts.sealed import Sealed
from deploy.export import table, xes
from deploy.export.conformance import MOVES, replay
from deploy.export.steps import SHOWN, TRANSITIONS, Step, Trace, Value, step_of

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
CASE_EVENTS = {name for name, event in TYPES.items() if event.OWNER == "dispatch" and event.STREAM == "case"}
START = datetime(2017, 7, 3, 9, tzinfo=UTC)
STANDARD = {
    *("schedule", "assign", "withdraw", "reassign", "start", "suspend", "resume", "pi_abort", "ate_abort"),
    *("complete", "autoskip", "manualskip"),
}
HANDED_OVER = ("case-opened", "case-classified", "case-routed", "order-issued", "order-signed")
DONE = (*HANDED_OVER, "order-completed", "case-completed")
STRUCK_OFF = (*DONE, "case-struck-off")


def trace(*activities: str, **more: Value) -> Trace:
    """A trace about order o1; `more` goes to every step that knows the field."""
    steps = []
    for version, activity in enumerate(activities, start=1):
        own: dict[str, Value] = {"role": "lead"} if activity == "order-issued" else {}
        own |= {name: value for name, value in more.items() if name in SHOWN.get(activity, ())}
        steps.append(
            Step(
                activity=activity,
                transition=TRANSITIONS.get(activity, "complete"),
                at=START + timedelta(hours=version),
                resource="p-示例<&",
                role="unit_clerk",
                group="town-01",
                version=version,
                instance=None if MOVES[activity].order is None else "o1",
                more=own,
            )
        )
    return Trace("c-1", "JW-2017-0001", "jw-2017", tuple(steps))


def written(*traces: Trace) -> str:
    out = io.StringIO()
    writer = xes.Writer(out)
    writer.begin("jw-2017")
    for one in traces:
        writer.trace(one)
    writer.end()
    return out.getvalue()


def test_every_event_of_a_case_is_exported_and_known_to_the_check() -> None:
    assert set(MOVES) == CASE_EVENTS
    assert set(SHOWN) | set(TRANSITIONS) <= CASE_EVENTS
    assert set(TRANSITIONS.values()) <= STANDARD
    for name, fields in SHOWN.items():
        assert set(fields) <= set(TYPES[name].model_fields), name


@pytest.mark.parametrize("name", sorted(CASE_EVENTS))
def test_no_free_text_leaves(name: str) -> None:
    """What the golden files hold as words of officials or citizens is in no step."""
    for file in GOLDEN.glob(f"{name}.v*.json"):
        recorded = decode(orjson.dumps(orjson.loads(file.read_bytes())["stored"]))
        step = step_of(recorded)
        assert step.activity == name
        shown = [value for value in step.more.values() if isinstance(value, str)]
        assert all(value.isascii() for value in shown), shown
    fields = TYPES[name].model_fields
    assert not [one for one in SHOWN.get(name, ()) if set(get_args(Note)[1:]) & set(fields[one].metadata)]
    assert not [one for one in SHOWN.get(name, ()) if fields[one].annotation is Sealed]


def test_the_log_is_xes_with_what_the_standard_requires() -> None:
    log = fromstring(written(trace(*STRUCK_OFF), trace("case-opened")))
    space = {"x": xes.NAMESPACE}
    assert log.tag == f"{{{xes.NAMESPACE}}}log"
    assert log.get("xes.version") == "1849-2016"
    assert log.get("xes.features") is not None
    order = [child.tag.removeprefix(f"{{{xes.NAMESPACE}}}") for child in log]
    ranks = ["extension", "global", "classifier", "string", "trace"]
    assert [ranks.index(tag) for tag in order] == sorted(ranks.index(tag) for tag in order), "the schema's order"
    prefixes = {one.get("prefix") for one in log.findall("x:extension", space)}
    for element in log.iter():
        key = element.get("key")
        if key is not None and not key.startswith(xes.OWN):
            assert key.split(":")[0] in prefixes, key
    declared = [child.get("key") for child in log.findall("x:global[@scope='event']/*", space)]
    events = log.findall("x:trace/x:event", space)
    assert len(events) == len(STRUCK_OFF) + 1
    for event in events:
        keys = [child.get("key") for child in event]
        assert set(declared) <= set(keys)
        assert len(set(keys)) == len(keys), "an attribute stands once"
    for classifier in log.findall("x:classifier", space):
        assert set((classifier.get("keys") or "").split()) <= set(declared)


def test_a_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    told = [trace(*STRUCK_OFF, round=1, on_time=True, result="solved"), trace("case-opened")]
    file = tmp_path / "log.xes"
    file.write_text(written(*told), encoding="utf-8")
    again = list(xes.read(file))
    assert [(one.case_id, one.number, one.programme) for one in again] == [("c-1", "JW-2017-0001", "jw-2017")] * 2
    for one, back in zip(told, again, strict=True):
        assert [replace(step, more={}) for step in one.steps] == [replace(step, more={}) for step in back.steps]
        for step, returned in zip(one.steps, back.steps, strict=True):
            assert {**step.more, "version": step.version} == returned.more


def test_the_table_has_one_row_per_step_and_no_formula() -> None:
    out = io.StringIO()
    writer = table.Writer(out)
    writer.begin("jw-2017")
    told = trace(*STRUCK_OFF)
    writer.trace(replace(told, steps=tuple(replace(step, resource="=1+1") for step in told.steps)))
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [row["activity"] for row in rows] == list(STRUCK_OFF)
    assert {row["resource"] for row in rows} == {"'=1+1"}
    assert all(datetime.fromisoformat(row["timestamp"]) for row in rows)


ALLOWED = [
    STRUCK_OFF,
    (*DONE, "verification-started", "case-struck-off", "strike-off-reported"),
    (*DONE, "case-reopened", "case-routed"),
    (*HANDED_OVER, "case-suspended", "suspension-reviewed", "case-resumed"),
    ("case-opened", "request-joined", "case-merged", "merge-undone", "case-classified"),
    ("case-opened", "case-split"),
    (*HANDED_OVER, "order-cancelled", "case-closed-unhandled"),
    (*HANDED_OVER, "order-returned", "return-ruled", "order-completed", "case-completed"),
]
REFUSED = [
    (("case-opened", "order-issued"), "order-issued while the case is registered"),
    ((*HANDED_OVER, "case-struck-off"), "case-struck-off while the case is handling"),
    ((*HANDED_OVER, "case-completed"), "with orders open"),
    ((*HANDED_OVER[:4], "order-completed"), "order o1 is issued"),
    ((*HANDED_OVER, "order-completed", "order-signed"), "order o1 is completed"),
    ((*STRUCK_OFF, "case-merged"), "while the case is struck_off"),
    ((*HANDED_OVER, "case-merged"), "case-merged with orders open"),
    (("case-classified",), "while the case is none"),
    ((*HANDED_OVER, "case-suspended", "order-completed"), "while the case is suspended"),
    ((*HANDED_OVER, "order-returned", "progress-reported"), "order o1 is returned"),
]


@pytest.mark.parametrize("activities", ALLOWED, ids=lambda told: told[-1])
def test_what_is_allowed_replays_without_deviation(activities: tuple[str, ...]) -> None:
    report = replay([trace(*activities, accepted=False)])
    assert report.deviations == []
    assert report.fitness == 1.0


@pytest.mark.parametrize(("activities", "said"), REFUSED, ids=lambda told: told[-1] if isinstance(told, tuple) else "")
def test_what_is_not_allowed_is_named_with_its_step(activities: tuple[str, ...], said: str) -> None:
    report = replay([trace(*activities)])
    assert len(report.deviations) == 1
    assert said in report.deviations[0]
    assert report.deviations[0].startswith(f"JW-2017-0001 step {len(activities)}: ")


def test_a_step_that_was_cut_out_is_found() -> None:
    whole = trace(*STRUCK_OFF)
    cut = replace(whole, steps=(*whole.steps[:1], *whole.steps[2:]))
    assert any("has version 3" in wrong for wrong in replay([cut]).deviations)
