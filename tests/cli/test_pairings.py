"""A list of pairs from TOML and xlsx: every row answered for with its place, in the order of the file."""

import json
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook

from deploy.cli.import_pairings import load_pairings
from deploy.cli.message_files import BadFile

TOML = """
[[pairings]]
kind = "households"
owner = "p-1"
target = "h-1"
since = 2013-03-05
[[pairings]]
kind = "households"
owner = "p-1"
target = "h-9"
"""


def intake(request: httpx.Request) -> httpx.Response:
    """Takes every pair but those with h-9."""
    sent = json.loads(request.content)
    rows = []
    for index, row in enumerate(sent["pairings"]):
        assert row.get("since") in (None, "2013-03-05")
        refused = row["target"] == "h-9"
        rows.append(
            {"index": index, "status": "refused", "field": "target", "detail": "名册中没有这个对象"}
            if refused
            else {"index": index, "status": "changed" if row["owner"] == "p-1" else "unchanged"}
        )
    return httpx.Response(200, json={"rows": rows})


async def taken(path: Path) -> tuple[int, int, list[str]]:
    async with httpx.AsyncClient(base_url="http://intake", transport=httpx.MockTransport(intake)) as client:
        found = await load_pairings(client, path, "sh-2013")
    return found.changed, found.unchanged, [str(one) for one in found.bad]


async def test_a_list_in_toml(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(TOML, "utf-8")
    assert await taken(path) == (1, 0, ["pairings 2: target: 名册中没有这个对象"])
    for wrong in ("pairings = 3", "pairings = [3]"):
        path.write_text(wrong, "utf-8")
        with pytest.raises(BadFile):
            await taken(path)


async def test_a_sheet_of_more_rows_than_one_call_takes(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "结对"
    sheet.append(["kind", "owner", "target", "since"])
    day = datetime(2013, 3, 5)
    for number in range(450):
        sheet.append(["households", "p-1" if number < 400 else "p-2", f"h-{1000 + number}", day])
    sheet.append(["households", "p-1", "h-9", date(2013, 3, 5)])
    path = tmp_path / "pairs.xlsx"
    book.save(path)
    assert await taken(path) == (400, 50, ["pairings 452: target: 名册中没有这个对象"])
