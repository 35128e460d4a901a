"""Importing messages into a running service: every row counted once, cuts survived, memory bounded."""

import csv
import resource
import threading
import time
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from deploy.cli.__main__ import app
from deploy.cli.import_messages import Door, Options, Report, Summary, run
from deploy.cli.message_files import columns
from tests.cli.conftest import Intake
from tests.conftest import ROOT

REAL = ROOT.parent / "shared" / "data" / "messages.csv"
HEAD = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
GOOD = [[f"m-{n}", f"U{n % 7}", f"主题{n}", "2019/2/8 9:05:07", f"第{n}件事\n详情", "0", "1"] for n in range(250)]
BAD = [
    ["x-1", "U1", "没有正文", "2019/2/8 9:05:07", "", "0", "0"],
    ["x-2", "U1", "没有日期", "去年", "夜里施工", "0", "0"],
    ["m-0", "U0", "主题0", "2019/2/8 9:05:07", "同一编号的别的内容", "0", "0"],
    ["x-3", "U1", "太长", "2019/2/8 9:05:07", "长" * 20_001, "0", "0"],
    ["x-4", "U1", "未来", "2099/2/8 9:05:07", "夜里施工", "0", "0"],
]


def written(path: Path, lines: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEAD, *lines])
    return path


def import_it(intake: Intake, file: Path, report: Path, options: Options | None = None) -> Summary:
    with Door(intake.url, token=intake.token, pause_s=0.1) as door, Report(report) as bad:
        return run(file, door, options or Options(), names=columns(None), report=bad)


def registered(intake: Intake) -> int:
    with psycopg.connect(intake.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM event WHERE type = 'request-registered'").fetchone()
    assert row is not None
    found: int = row[0]
    return found


def test_every_row_is_taken_or_reported_with_its_line_and_again_nothing_changes(intake: Intake, tmp_path: Path) -> None:
    file = written(tmp_path / "messages.csv", [*GOOD, *BAD])
    first = import_it(intake, file, tmp_path / "bad.csv")
    assert (first.created, first.repeated, first.bad) == (len(GOOD), 0, len(BAD))
    assert registered(intake) == len(GOOD)
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as report:
        reported = {row["ref"]: (int(row["line"]), row["field"]) for row in csv.DictReader(report)}
    line = 2 + 2 * len(GOOD)  # the texts hold a line break each
    assert reported == {
        "x-1": (line, "text"),
        "x-2": (line + 1, "time"),
        "m-0": (line + 2, ""),
        "x-3": (line + 3, "text"),
        "x-4": (line + 4, "received_at"),
    }
    again = import_it(intake, file, tmp_path / "bad.csv")
    assert (again.created, again.repeated, again.bad) == (0, len(GOOD), len(BAD))
    assert registered(intake) == len(GOOD)


def test_an_import_survives_the_death_of_the_service(intake: Intake, tmp_path: Path) -> None:
    file = written(tmp_path / "messages.csv", GOOD)
    ended = threading.Event()

    def kill_once() -> None:
        while registered(intake) < 100 and not ended.is_set():
            time.sleep(0.01)
        intake.kill()
        intake.start()

    killer = threading.Thread(target=kill_once)
    killer.start()
    done = import_it(intake, file, tmp_path / "bad.csv")
    ended.set()
    killer.join()
    assert done.created + done.repeated == len(GOOD)
    assert registered(intake) == len(GOOD)


def test_without_numbers_the_place_in_the_file_makes_a_message_the_same(intake: Intake, tmp_path: Path) -> None:
    file = written(tmp_path / "messages.csv", [["", *row[1:]] for row in GOOD[:5]])
    assert import_it(intake, file, tmp_path / "bad.csv").created == 5
    assert import_it(intake, file, tmp_path / "bad.csv").repeated == 5


def test_the_command_says_how_it_went_by_its_exit_code(intake: Intake, tmp_path: Path) -> None:
    good, bad = written(tmp_path / "good.csv", GOOD[:3]), written(tmp_path / "bad.csv", BAD[:1])
    call = ["import", "messages", "--url", intake.url]
    env = {"HUIYIN_TOKEN": intake.token}
    assert CliRunner().invoke(app, [*call, str(good)], env=env).exit_code == 0
    assert CliRunner().invoke(app, [*call, str(bad)], env=env).exit_code == 1
    assert (tmp_path / "bad.bad-rows.csv").exists()
    nothing = written(tmp_path / "nothing.csv", [])
    nothing.write_text("a,b\n", "utf-8")
    assert CliRunner().invoke(app, [*call, str(nothing)], env=env).exit_code == 2
    wrong = [*call, "--login", "nobody", "--password", "not-a-password", str(good)]
    assert CliRunner().invoke(app, wrong).exit_code == 2


class Counting(Door):
    """Takes everything and sends nothing."""

    def send(self, messages, options):  # type: ignore[no-untyped-def]
        return [{"status": "created"} for _ in messages]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    line = "m-{},U1,主题,2019/2/8 9:05:07," + "长" * 5_000 + ",0,0\n"
    with file.open("w", encoding="utf-8") as out:
        out.write(",".join(HEAD) + "\n")
        for n in range(4_000):
            out.write(line.format(n))
    assert file.stat().st_size > 50_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Counting("http://127.0.0.1:1") as door, Report(tmp_path / "bad.csv") as bad:
        done = run(file, door, Options(), names=columns(None), report=bad)
    assert done.created == 4_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 40


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not here")
def test_the_real_messages_are_read_and_every_row_accounted_for(tmp_path: Path) -> None:
    with Counting("http://127.0.0.1:1") as door, Report(tmp_path / "bad.csv") as bad:
        done = run(REAL, door, Options(), names=columns(None), report=bad)
    assert done.rows == 4_326
    assert done.bad == 0
