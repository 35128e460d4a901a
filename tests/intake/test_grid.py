"""三网融合: cells on three levels, places in them, and what is visited and said there (HA-15, HA-24 to HA-27)."""

from typing import Any

from fastapi import FastAPI

from contracts.codec import decode
from contracts.intake import (
    GridCellDefined,
    GridCellsUnified,
    RequestRegistered,
    SubjectRegistered,
    VisitRecorded,
)
from services.intake.domain.directory import RegisterSubject, subject
from services.intake.domain.grid import DefineCell, UnifyCells, cell, place
from services.reference.grid import Cell, below, coverage
from tests.intake.conftest import ADMIN, CLERK, VISITOR, script, settle
from tests.spec import given

DISTRICT = GridCellDefined(grid_id="city-1", layer="city", level="district", name="城管网格")
TOWN = GridCellDefined(grid_id="city-a", layer="city", level="town", name="镇网格", parent="city-1")
COMMUNITY = GridCellDefined(grid_id="city-a1", layer="city", level="community", name="村网格", parent="city-a")
HERE = GridCellsUnified(place_ref="village-a1", grid_ids={"city": "city-a1", "party": "party-a1"})
LAYERS = {"city-a1": "city", "party-a1": "party", "ent-1": "enterprise"}


def test_cells_stand_on_three_levels_each_in_one_above() -> None:
    given(cell).when(DefineCell(DISTRICT)).then(DISTRICT)
    given(cell).when(DefineCell(TOWN, DISTRICT)).then(TOWN)
    given(cell).when(DefineCell(COMMUNITY, TOWN)).then(COMMUNITY)
    given(cell, TOWN).when(DefineCell(TOWN, DISTRICT)).then_nothing()
    renamed = TOWN.model_copy(update={"name": "镇城管网格", "leader": "p1"})
    given(cell, TOWN).when(DefineCell(renamed, DISTRICT)).then(renamed)


def test_a_cell_that_stands_nowhere_is_refused() -> None:
    orphan = TOWN.model_copy(update={"parent": None})
    given(cell).when(DefineCell(orphan)).then_rejected("no-parent", "parent")
    given(cell).when(DefineCell(TOWN)).then_rejected("no-such-cell", "parent")
    party = DISTRICT.model_copy(update={"layer": "party"})
    given(cell).when(DefineCell(TOWN, party)).then_rejected("other-layer", "parent")
    given(cell).when(DefineCell(COMMUNITY, DISTRICT)).then_rejected("not-one-above", "parent")
    given(cell, TOWN).when(DefineCell(COMMUNITY.model_copy(update={"grid_id": "city-a"}), TOWN)).then_rejected(
        "cell-moved", "layer"
    )


def test_a_place_lies_in_one_cell_of_each_layer() -> None:
    given(place).when(UnifyCells(HERE, LAYERS)).then(HERE)
    given(place, HERE).when(UnifyCells(HERE, {})).then_nothing()
    given(place).when(UnifyCells(HERE, {"city-a1": "city"})).then_rejected("no-such-cell", "grid_ids")
    swapped = HERE.model_copy(update={"grid_ids": {"party": "city-a1"}})
    given(place).when(UnifyCells(swapped, LAYERS)).then_rejected("other-layer", "grid_ids")


def test_an_enterprise_belongs_to_one_cell_of_its_own_layer() -> None:
    plant = SubjectRegistered(
        subject_id="e1", kind="enterprise", territory_unit="town-a", grid_ids={"enterprise": "ent-1"}
    )
    given(subject).when(RegisterSubject(plant, LAYERS)).then(plant)
    given(subject).when(RegisterSubject(plant)).then_rejected("no-such-cell", "grid_ids")
    wrong = plant.model_copy(update={"grid_ids": {"city": "ent-1"}})
    given(subject).when(RegisterSubject(wrong, LAYERS)).then_rejected("other-layer", "grid_ids")


def test_cells_with_somebody_who_answers_are_counted_by_layer() -> None:
    """K11, and what stands below a cell."""
    cells = [
        Cell("c1", "city", "district", "一", None, None, "p1"),
        Cell("c2", "city", "town", "二", "c1", None, None),
        Cell("c3", "city", "community", "三", "c2", None, "p2"),
        Cell("q1", "party", "district", "四", None, None, None),
    ]
    assert coverage(cells) == {"city": (2, 3), "party": (0, 1)}
    assert below(cells, "c1") == ["c1", "c2", "c3"]
    assert below(cells, "c3") == ["c3"]


GRID: dict[str, list[dict[str, Any]]] = {
    "cells": [
        {"grid_id": "city-1", "layer": "city", "level": "district", "name": "示例城管网格", "leader": "p-admin"},
        {"grid_id": "city-a", "layer": "city", "level": "town", "name": "示例镇城管网格", "parent": "city-1"},
        {"grid_id": "city-a1", "layer": "city", "level": "community", "name": "示例村城管网格", "parent": "city-a"},
        {"grid_id": "party-1", "layer": "party", "level": "district", "name": "示例党建网格"},
        {"grid_id": "ent-1", "layer": "enterprise", "level": "district", "name": "示例企业网格"},
    ],
    "places": [
        {"place_ref": "town-a", "grid_ids": {"city": "city-a", "party": "party-1"}},
        {"place_ref": "village-a1", "grid_ids": {"city": "city-a1"}},
    ],
    "subjects": [
        {
            "subject_id": "s-2",
            "kind": "enterprise",
            "name": "示例厂",
            "territory_unit": "town-a",
            "grid_ids": {"enterprise": "ent-1"},
        }
    ],
}


async def said(app: FastAPI, kind: type[Any]) -> list[dict[str, str]]:
    rows = await app.state.service.pool.fetch("SELECT payload FROM event WHERE type = $1 ORDER BY seq", kind.TYPE)
    return [decode(row["payload"]).event.grid_ids for row in rows]  # type: ignore[attr-defined]


async def test_what_is_visited_and_said_carries_the_cell_of_every_layer(filled: FastAPI) -> None:
    async with script(filled, ADMIN) as admin:
        loaded = await admin.post("/intake/api/directory", json=GRID)
        assert [row["status"] for row in loaded.json()["rows"]] == ["changed"] * 8, loaded.text
        again = await admin.post("/intake/api/directory", json=GRID)
        assert {row["status"] for row in again.json()["rows"]} == {"unchanged"}
        wrong = {"cells": [{**GRID["cells"][1], "grid_id": "city-b", "parent": "nowhere"}]}
        refused = (await admin.post("/intake/api/directory", json=wrong)).json()["rows"][0]
        assert (refused["code"], refused["field"]) == ("no-such-cell", "parent")
        await settle(filled)
        page = (await admin.get("/intake/directory", headers={"accept": "text/html"})).text
        assert "示例镇城管网格" in page
        assert "有责任人 1 / 3" in page
    heard = {"subject": "s-1", "outcome": "asks", "requests": [{"text": "路灯不亮"}]}
    async with script(filled, VISITOR) as visitor:
        for one in (heard, {**heard, "subject": "s-2"}):
            answer = await visitor.post("/intake/api/visits", json=one)
            assert answer.status_code == 201, answer.text
    async with script(filled, CLERK) as clerk:
        call = {"channel": "hotline", "text": "路面破损", "territory": "village-a1"}
        answer = await clerk.post("/intake/api/requests", json=call)
        assert answer.status_code == 201, answer.text
    household = {"city": "city-a1", "party": "party-1"}
    plant = {"city": "city-a", "party": "party-1", "enterprise": "ent-1"}
    assert await said(filled, VisitRecorded) == [household, plant]
    assert await said(filled, RequestRegistered) == [household, plant, household]
