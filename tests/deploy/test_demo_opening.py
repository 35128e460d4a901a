"""What a new demo opens with: every state is there, and telling it again sends the same commands."""

import json
import tomllib
from collections import Counter
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest

from contracts.pack import parse_pack
from deploy.cli.directory_files import read_directory
from deploy.demo import opening, outreach
from deploy.demo.load import DIRECTORY
from deploy.demo.samples import CLERKS
from deploy.demo.staff import Staff
from deploy.demo.stories import Fate
from deploy.packs.demo import render_demo_pack
from tests.spec import NOON


class District:
    """Answers every call as a district would in which all goes well; keeps what it was told under each key."""

    def __init__(self) -> None:
        self.commands: dict[str, dict[str, Any]] = {}
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if (key := request.headers.get("idempotency-key")) is not None:
            self.calls += 1
            body = {"path": path, **json.loads(request.content)}
            assert self.commands.setdefault(key, body) == body, f"{key} with another body"
            return httpx.Response(200, json=self._acted(path, body, key))
        return httpx.Response(200, json=self._shown(path))

    def _acted(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        if path == "/intake/api/requests":
            return {"request_id": key.removesuffix("-register")}
        if path.endswith("/pairings:batch"):
            return {"rows": [{"status": "changed", "pairing_id": f"pair-{n}"} for n in range(len(body["pairings"]))]}
        if path.endswith("/dispatch"):
            units = [(body["lead"], "lead"), *((unit, "co") for unit in body["co"])]
            return {"orders": [{"order_id": f"{key}-{unit}", "unit": unit, "role": role} for unit, role in units]}
        return {}

    def _shown(self, path: str) -> dict[str, Any]:
        if path.endswith("/session"):
            return {"token": "t"}
        return {
            "case_id": "c-" + path.rpartition("/")[2],
            "case_no": 1,
            "person_id": "p-x",
            "items": [{"followup_id": f"f-{n}", "request_id": f"r-{n}"} for n in range(4)],
        }


@pytest.fixture
def district(monkeypatch: pytest.MonkeyPatch) -> District:
    found = District()

    def logged_in(self: Staff, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, transport=httpx.MockTransport(found))
        self._tokens = {}

    monkeypatch.setattr(Staff, "__init__", logged_in)
    return found


async def test_a_telling_that_was_cut_goes_on_with_the_same_commands(district: District) -> None:
    await opening.open_with_life("http://district", NOON)
    told = district.calls
    assert told == len(district.commands) > 150
    await opening.open_with_life("http://district", NOON)
    assert district.calls == 2 * told
    assert len(district.commands) == told, "no new command the second time"
    received = [body["received_at"] for body in district.commands.values() if "received_at" in body]
    assert min(received) >= (NOON - timedelta(days=9)).isoformat()


async def test_a_plan_has_every_part_that_the_pack_asks_for(district: District) -> None:
    await opening.open_with_life("http://district", NOON)
    pack = parse_pack(render_demo_pack(NOON.date()))
    plans = [body for body in district.commands.values() if body["path"].endswith("/plan")]
    assert plans
    for plan in plans:
        assert [part for part in pack.order.plan_parts if not plan.get(part)] == []


def test_the_stories_cover_every_state_with_units_and_words_that_exist() -> None:
    told = opening.all_stories()
    assert len(told) >= 40
    assert {one.fate for one in told} == set(get_args(Fate))
    pack = parse_pack(render_demo_pack(NOON.date()))
    units = {unit.unit_id for _, unit in read_directory(DIRECTORY).units}
    for one in told:
        assert one.category in pack.category_names(), one.title
        pack.urgency(one.urgency)  # raises for a class that the pack does not have
        assert {one.territory, one.lead, *one.co} <= units, one.title
        assert {one.lead, *one.co} <= CLERKS.keys(), one.title
        if one.fate == "returned":
            assert one.disowned
            assert one.whose in units - {one.lead}, one.title
    assert len({one.title for one in told}) == len(told)


def test_the_pairs_and_activities_of_the_demo_are_those_of_its_pack_and_directory() -> None:
    told = tomllib.loads(outreach.FILE.read_text("utf-8"))
    lists = parse_pack(render_demo_pack(NOON.date())).lists
    directory = read_directory(DIRECTORY)
    people = {person.login: person for _, person in directory.persons}
    by_id = {person.person_id: person for person in people.values()}
    homes = {subject.subject_id for _, subject in directory.subjects if subject.kind == "household"}
    [row] = lists.pairing
    for pair in told["pairs"]:
        assert row.from_ in by_id[pair["owner"]].roles
        assert set(pair["targets"]) <= homes
        assert len(pair["targets"]) <= (row.max or 0)
        assert pair["basis"] in row.basis
    known = {one.id: one for one in lists.activity}
    counted = {code for quota in lists.quota for code in quota.activities}
    for done in told["activities"]:
        assert "visitor" in people[done["login"]].roles
        assert set(done.get("services", ())) <= set(known[done["kind"]].services)
        assert done["kind"] in counted, "it shows on the page of duties"


async def test_every_docket_of_dispatch_is_left_with_something_to_decide(district: District) -> None:
    await opening.open_with_life("http://district", NOON)
    acts = Counter(body["path"].rpartition("/")[2] for body in district.commands.values())
    assert acts["return"] > acts["rule"] == 0
    assert acts["request-extension"] > acts["decide-extension"] == 0
    assert acts["consultations"] > 0


def test_enough_of_what_waits_is_alike_to_be_proposed_as_a_common_issue() -> None:
    """By the pack's own detector: so many of one category in one town, alike enough."""
    pack = parse_pack(render_demo_pack(NOON.date()))
    waiting = [one for one in opening.all_stories() if one.fate == "waiting"]
    groups = [
        [two for two in waiting if (two.category, two.territory) == (one.category, one.territory)] for one in waiting
    ]
    most = max(groups, key=len)
    assert len(most) >= pack.detector.cases
    shingles = [{one.title[at : at + 2] for at in range(len(one.title) - 1)} for one in most]
    assert all(100 * len(a & b) >= pack.detector.likeness * len(a | b) for a in shingles for b in shingles)
