"""Reading files of messages: encodings, dates, lines."""

import re
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from typer.testing import CliRunner

from deploy.cli.__main__ import app
from deploy.cli.message_files import BadFile, BadRow, Place, columns, encoding_of, message, moment, rows
from services.chassis.clock import LOCAL

HEAD = "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\r\n"
BODY = 'a-1,U1,路灯,2019/2/8 9:05:07,"第一行\r\n第二行\r\n\r\n",0,1\r\n\r\na-2,U2,噪声,2019/2/9 9:05,夜里施工,0,0\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_either_encoding_is_read_and_lines_are_those_of_the_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes((HEAD + BODY).encode(encoding))
    found = [(row.line, row.cells["ref"], row.cells["text"]) for row in rows(path, columns(None))]
    assert found == [(2, "a-1", "第一行\r\n第二行\r\n\r\n"), (7, "a-2", "夜里施工")]


def test_a_character_cut_by_the_sample_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes(HEAD.encode())
    monkeypatch.setattr("deploy.cli.message_files.SNIFFED_BYTES", 4)
    assert encoding_of(path) == "utf-8-sig"


def test_a_workbook_is_read_with_its_own_dates_and_numbers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD.strip().split(","))
    sheet.append([188006, "U1", "路灯", datetime(2019, 2, 8, 9, 5, 7), "不亮", 0, 0])
    sheet.append([None, "U1", "路灯", 43504.5, "不亮", 0, 0])
    path = tmp_path / "messages.xlsx"
    book.save(path)
    first, second = [message(row, f"f-{row.number}") for row in rows(path, columns(None))]
    assert (first.line, first.ref, first.said_at) == (2, "188006", datetime(2019, 2, 8, 9, 5, 7, tzinfo=LOCAL))
    assert (second.line, second.ref, second.said_at) == (3, "f-2", datetime(2019, 2, 8, 12, tzinfo=LOCAL))


def test_the_place_in_the_file_is_known_all_the_way(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(HEAD + "".join(f"m-{n},U1,主题,2019/2/8,{'长' * 3_000},0,0\n" for n in range(20)), "utf-8")
    seen = Place()
    places = [(seen.done, seen.total) for _ in rows(path, columns(None), seen)]
    assert {total for _, total in places} == {path.stat().st_size}
    assert 0 < places[0][0] < places[10][0] < places[-1][0] == path.stat().st_size


def big_workbook(path: Path, number: int, *, words: int = 2_000) -> Path:
    """Every text another one, kept as a shared string."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD.strip().split(","))
    for n in range(1, number + 1):
        sheet.write_row(n, 0, [f"m-{n}", "U1", "主题", "2019/2/8 9:05:07", f"{n}" + "长" * words])
    book.close()
    return path


def test_a_workbook_needs_no_memory_for_its_texts_and_its_size_is_counted(tmp_path: Path) -> None:
    path, seen = big_workbook(tmp_path / "messages.xlsx", 2_000), Place()
    tracemalloc.start()
    try:
        found = [(row.line, seen.done, len(str(row.cells["text"]))) for row in rows(path, columns(None), seen)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen.total == 2_001
    assert found[0] == (2, 2, 2_001)
    assert found[-1] == (2_001, 2_001, 2_004)
    # The texts alone are 8 MB as Python keeps them.
    assert peak < 4_000_000


def test_rows_beyond_what_a_workbook_says_of_itself_are_read(tmp_path: Path) -> None:
    path, lying = big_workbook(tmp_path / "messages.xlsx", 3, words=1), tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as honest, zipfile.ZipFile(lying, "w") as other:
        for name in honest.namelist():
            other.writestr(name, honest.read(name).replace(b'<dimension ref="A1:G4"/>', b'<dimension ref="A1:G2"/>'))
    assert lying.stat().st_size
    assert [row.cells["ref"] for row in rows(lying, columns(None))] == ["m-1", "m-2", "m-3"]


@pytest.mark.parametrize(
    ("text", "hour"), [("2019/2/8 9:05:07", 9), ("2019-02-08 09:05", 9), ("2019/2/8", 0), ("43504.5", 12)]
)
def test_dates_as_people_write_them(text: str, hour: int) -> None:
    found = moment(text)
    assert (found.year, found.month, found.day, found.hour, found.tzinfo) == (2019, 2, 8, hour, LOCAL)


@pytest.mark.parametrize("text", ["", "昨天", "2019/2/30", "12", None])
def test_what_is_no_date_is_a_bad_row(text: str | None) -> None:
    with pytest.raises(BadRow) as caught:
        moment(text)
    assert caught.value.field == "time"


@pytest.mark.parametrize("text", ["0219/2/8 9:05", "9019/2/8"])
def test_an_impossible_year_is_a_bad_row(text: str) -> None:
    with pytest.raises(BadRow, match="not a possible year"):
        moment(text)


def told(path: Path) -> list[tuple[int, str]]:
    """Every row by its line: its number, or what is wrong with it."""
    found = []
    for row in rows(path, columns(None)):
        try:
            found.append((row.line, message(row, "x").ref))
        except BadRow as bad:
            found.append((row.line, bad.reason))
    return found


GOOD = "a-{},U1,路灯,2019/2/8,不亮,0,1\r\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a-1,U1,路灯,坏了,2019/2/8,不亮,0,1\r\n", "more cells than columns: 8 for 7"),
        ("a-1,U1,路\0灯,2019/2/8,不亮,0,1\r\n", "control character"),
        ('a-1,U1,"路"灯,2019/2/8,不亮,0,1\r\n', "not valid CSV"),
    ],
)
def test_a_row_that_cannot_be_read_is_reported_and_the_next_one_is_read(tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes((HEAD + GOOD.format(0) + row + GOOD.format(2)).encode())
    first, bad, last = told(path)
    assert (first, last) == ((2, "a-0"), (4, "a-2"))
    assert bad[0] == 3
    assert reason in bad[1]


def test_a_quote_that_is_never_closed_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes((HEAD + GOOD.format(0) + 'a-1,U1,路灯,2019/2/8,"不亮,0,1\r\n' + GOOD.format(2)).encode())
    first, bad = told(path)
    assert first == (2, "a-0")
    assert bad[0] == 3
    assert "lines 3-4" in bad[1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("sniffed", [64, 1 << 20])
def test_a_byte_of_no_character_costs_its_row_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, sniffed: int
) -> None:
    monkeypatch.setattr("deploy.cli.message_files.SNIFFED_BYTES", sniffed)
    path = tmp_path / "messages.csv"
    broken = GOOD.format(1).encode(encoding).replace("不".encode(encoding), b"\xff")
    path.write_bytes((HEAD + GOOD.format(0)).encode(encoding) + broken + GOOD.format(2).encode(encoding))
    first, bad, last = told(path)
    assert (first, last) == ((2, "a-0"), (4, "a-2"))
    assert bad[0] == 3
    assert "bytes that are not" in bad[1]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes(b"\xff" * 1000)
    with pytest.raises(BadFile, match="neither UTF-8 nor GB18030"):
        encoding_of(path)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("编号,主题\n1,2\n", "utf-8")
    with pytest.raises(BadFile, match="留言主题、留言时间、留言详情"):
        list(rows(path, columns(None)))


def test_columns_may_be_called_otherwise(tmp_path: Path) -> None:
    names = tmp_path / "map.toml"
    names.write_text('title = "主题"\ntime = "日期"\ntext = "内容"\n', "utf-8")
    path = tmp_path / "messages.csv"
    path.write_text("主题,日期,内容\n路灯,2019/2/8,不亮\n", "utf-8")
    assert [message(row, "x").title for row in rows(path, columns(names))] == ["路灯"]
    names.write_text('heading = "主题"\n', "utf-8")
    with pytest.raises(BadFile, match="heading"):
        columns(names)


@pytest.mark.parametrize("content", [b"title = ", b"title = '\xff'", b"title 5"])
def test_a_map_that_cannot_be_read_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    names, report = tmp_path / "map.toml", tmp_path / "messages.csv"
    names.write_bytes(content)
    report.write_text("主题,日期,内容\n路灯,2019/2/8,不亮\n", "utf-8")
    with pytest.raises(BadFile, match=re.escape(names.name)):
        columns(names)
    call = ["import", "messages", "--url", "http://127.0.0.1:1", "--map", str(names), str(report)]
    done = CliRunner().invoke(app, call, env={"HUIYIN_TOKEN": "x"})
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert "map.toml" in done.output


def test_a_column_that_looks_like_markup_is_named_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("[/red],[bold]\n1,2\n", "utf-8")
    done = CliRunner().invoke(
        app, ["import", "messages", "--url", "http://127.0.0.1:1", str(path)], env={"HUIYIN_TOKEN": "x"}
    )
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert "[/red]、[bold]" in done.output
