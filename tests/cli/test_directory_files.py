"""Reading a directory from TOML and xlsx; the demo's own."""

import re
from pathlib import Path

import pytest
from openpyxl import Workbook

from contracts.pack import parse_pack
from deploy.cli.directory_files import good_rows, read_directory
from deploy.cli.message_files import BadFile
from deploy.demo.load import DIRECTORY, accounts
from deploy.packs.demo import render_demo_pack
from services.chassis.clock import LOCAL, SystemClock

BAD = """
[[units]]
unit_id = "a"
name = "示例镇"
level = "town"
[[units]]
unit_id = "b"
name = ""
level = "kingdom"
[[persons]]
person_id = "p1"
name = "示例甲"
unit_id = "nowhere"
[[subjects]]
subject_id = "s1"
kind = "household"
name = "示例户"
territory_unit = "a"
[[subjects]]
subject_id = "s1"
kind = "household"
name = "示例户"
territory_unit = "a"
"""


def test_every_bad_row_is_named_by_sheet_row_and_field(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(BAD, "utf-8")
    found = read_directory(path)
    assert [(bad.sheet, bad.row, bad.field) for bad in found.bad] == [
        ("units", 2, "name"),
        ("units", 2, "level"),
        ("persons", 1, "unit_id"),
        ("subjects", 2, "id"),
    ]
    good = good_rows(found)
    assert [len(good.units), len(good.persons), len(good.subjects)] == [1, 0, 1]


def test_a_workbook_has_a_sheet_for_each_kind(tmp_path: Path) -> None:
    book = Workbook()
    units = book.active
    assert units is not None
    units.title = "单位"
    units.append(["unit_id", "name", "level", "duties"])
    units.append(["a", "示例镇", "town", "road-lamp、road-bus"])
    persons = book.create_sheet("persons")
    persons.append(["person_id", "name", "unit_id", "roles", "login"])
    persons.append(["p1", "示例甲", "a", "visitor，unit_clerk", "jia"])
    persons.append([None, "无编号", "a", None, None])
    cells = book.create_sheet("网格")
    cells.append(["grid_id", "layer", "level", "name", "parent", "members"])
    cells.append(["city-1", "city", "district", "示例区网格", None, "p1"])
    cells.append(["city-9", "city", "town", "示例镇网格", "city-8", None])
    places = book.create_sheet("places")
    places.append(["place_ref", "grid_ids"])
    places.append(["a", "city=city-1、party=party-1"])
    path = tmp_path / "directory.xlsx"
    book.save(path)
    found = read_directory(path)
    assert found.units[0][1].duties == ["road-lamp", "road-bus"]
    assert (found.persons[0][1].roles, found.persons[0][1].login) == (["visitor", "unit_clerk"], "jia")
    assert [(bad.sheet, bad.row, bad.field) for bad in found.bad] == [
        ("persons", 3, "person_id"),
        ("cells", 3, "parent"),
    ]
    assert found.cells[0][1].members == ["p1"]
    assert found.places[0][1].grid_ids == {"city": "city-1", "party": "party-1"}


def test_the_demo_directory_is_whole_and_every_category_of_its_pack_has_a_unit() -> None:
    found = read_directory(DIRECTORY)
    assert found.bad == []
    levels = [unit.level for _, unit in found.units]
    assert (levels.count("town"), levels.count("desk")) == (3, 1)
    pack = parse_pack(render_demo_pack(SystemClock().now().astimezone(LOCAL).date()))
    duties = {duty for _, unit in found.units for duty in unit.duties}
    assert pack.category_names().keys() <= duties
    assert len(accounts()) >= 12
    assert len(found.subjects) == 29
    assert {cell.layer for _, cell in found.cells} == {"city", "community", "party", "enterprise"}


def test_a_nul_is_a_bad_row_of_its_field(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text('[[units]]\nunit_id = "a"\nname = "示例\\u0000镇"\nlevel = "town"\n', "utf-8")
    assert [(bad.sheet, bad.row, bad.field) for bad in read_directory(path).bad] == [("units", 1, "name")]


@pytest.mark.parametrize(
    ("name", "content"),
    [("d.toml", b"[[units"), ("d.toml", b"units = 5"), ("d.csv", b"\xff\xfe"), ("d.xlsx", b"no workbook")],
)
def test_a_file_that_cannot_be_read_at_all_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=re.escape(name)):
        read_directory(path)
