"""`python -m deploy.trial.programmes jw lt`: a whole programme acted out, its figures and what must hold afterwards."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local import announce
from deploy.trial.days import AFTERNOON
from deploy.trial.paper import Paper
from deploy.trial.programmes import jw, jw_plans, lt, proofs
from deploy.trial.programmes.cast import jiawang, liulitun
from deploy.trial.programmes.scene import Scene, scenes
from deploy.trial.run import stopwatch
from services.chassis.clock import LOCAL
from services.reporting.domain.shares import Share

SEED = 20170717
EVENING = time(17, 30)
JW_OWN = ("fallback-begun", "lead-unit-designated", "common-issue-assigned")
"""兜底, several departments, lists: what this programme does and the other does not."""

FALSE_REPORT = "现场核查，所报解决不实。"


class Which(StrEnum):
    """The two programmes that there are packs for."""

    JW = "jw"
    LT = "lt"


@dataclass
class Sheet(Paper):
    """Prints, and keeps what it printed for the report of a long run."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def say(self, line: str = "") -> None:
        self.lines.append(line)
        super().say(line)


CASTS = {Which.JW: jiawang, Which.LT: liulitun}


async def run(which: Sequence[Which], folder: Path, sheet: Sheet, *, small: bool, seed: int = SEED) -> bool:
    """One after the other in one installation, by their years; True when every figure and every property holds."""
    casts = {one: CASTS[one](small=small) for one in sorted(set(which), key=list(Which).index)}
    good = True
    async with scenes(min(cast.begins for cast in casts.values()), folder / "installation", seed) as set_up:
        for one, cast in casts.items():
            begun = stopwatch()
            stage = await set_up(cast)
            acted = _jiawang if one is Which.JW else _liulitun
            sheet.say(f"{cast.programme}  {stage.pack.title}  {cast.begins} – {cast.ends}")
            good = await acted(stage, sheet, folder, small) and good
            tally = stage.staff.tally
            sheet.say()
            sheet.say(f"commands   {tally.commands.total():,}; refused as provoked {tally.refused.total():,}")
            sheet.say(f"wall time  {stopwatch() - begun:.0f} s")
            sheet.say()
    return good


async def _live(stage: Scene, afternoon: Callable[[], Awaitable[None]]) -> None:
    async def after(moment: datetime) -> None:
        if moment.timetz().replace(tzinfo=None) == AFTERNOON:
            await stage.watch.settled()
            await afternoon()
            await stage.days.settle()

    await stage.days.run(after)


async def _jiawang(stage: Scene, sheet: Sheet, folder: Path, small: bool) -> bool:
    size = jw_plans.SMALL if small else jw_plans.WHOLE
    programme = jw.Programme(stage, size)
    programme.tell()
    await _live(stage, programme.afternoon)
    run_id, total = await _r03(stage)
    _say_r03(sheet, f"R03 {stage.cast.ends}", total)
    after = await _false_report(stage, programme)
    held = await proofs.read(stage)
    await proofs.general(held, folder)
    ledger = held.check("2  R02 has as many rows as R03 counts", "rows")
    rows = len(await _preview(stage, "R02"))
    ledger.note([] if rows == after["total"] else [f"{rows} rows, {after['total']} cases"], rows)
    again = held.check("3  the run computed again has the identical hash", "run")
    again.note(await _recomputed(stage, run_id))
    share = Share(size.struck_off, size.cases).percent
    held.figure(
        "R03 total, solved, share, open",
        _r03_figures(total),
        (size.cases, size.struck_off, share, size.cases - size.struck_off),
    )
    kinds = [orders["lead"].kind for orders in held.first_orders().values() if "lead" in orders]
    by_kind = tuple(kinds.count(kind) for kind in ("assign", "hotline_desk", "pooled_list"))
    held.figure("cases handed to towns, the desk, departments", by_kind, (size.town, size.desk, size.common))
    held.figure("pooled lists of common issues", held.lists(), size.lists)
    found = (after["solved"], after["open"])
    held.figure("one false report found: solved, open", found, (size.struck_off - 1, size.cases - size.struck_off + 1))
    held.figure("orders that pooled lists brought", held.pooled(), size.common)
    _occurred(held, (*JW_OWN, "case-split", "case-closed-unhandled", "order-cancelled", "strike-off-reported"))
    _say_kinds(sheet, held)
    return sheet.checks(held.found)


async def _preview(stage: Scene, report: str) -> list[dict[str, Any]]:
    """A report as of now; nothing is stored."""
    await stage.watch.settled(readers=True)
    token = stage.token("programme_office", stage.cast.office)
    content = await stage.browser.get(f"/reporting/api/{report}", token, programme=stage.cast.programme)
    rows: list[dict[str, Any]] = content["rows"]
    return rows


async def _recomputed(stage: Scene, run_id: str) -> list[str]:
    token = stage.token("programme_office", stage.cast.office)
    path = f"/reporting/api/runs/{run_id}/recompute"
    answer = await stage.browser.call("POST", path, token, b"{}", f"again-{run_id}")
    return [] if answer.ok and answer.content["same"] else [f"{answer.status} {answer.content}"]


async def _r03(stage: Scene) -> tuple[str, dict[str, Any]]:
    """The report of the last day, made in its evening: its id and its total."""
    person = stage.staff.person("programme_office", stage.cast.office)
    token = stage.staff.token(person)
    await stage.watch.settled(readers=True)
    await stage.begin(datetime.combine(stage.cast.ends, EVENING, LOCAL))
    body = {"report": "R03", "programme": stage.cast.programme, "slot": stage.cast.ends.isoformat()}
    made = await stage.staff.act("report", person, "/reporting/api/runs", body, f"r03-{stage.cast.ends}")
    kept = await stage.browser.get(f"/reporting/api/runs/{made['report_id']}", token, after=made["position"])
    return made["report_id"], kept["content"][-1]


async def _false_report(stage: Scene, programme: jw.Programme) -> dict[str, Any]:
    """The next morning a spot check finds one strike-off false: the case is open again."""
    await stage.begin(datetime.combine(stage.cast.ends + timedelta(days=1), time(9, 10), LOCAL))
    matter = next(
        one for one in programme.matters.values() if one.plan.fate == "plain" and one.plan.kind == jw_plans.DESK
    )
    supervisor = stage.staff.person("supervisor", stage.cast.supervision)
    await matter.of_case("reopen", supervisor, {"reason": "false_report", "text": FALSE_REPORT})
    return (await _preview(stage, "R03"))[-1]


def _r03_figures(total: dict[str, Any]) -> tuple[Any, ...]:
    return total["total"], total["solved"], total["solved_share"], total["open"]


def _say_r03(sheet: Sheet, title: str, total: dict[str, Any]) -> None:
    share = total["solved_share"]
    sheet.say(
        f"{title}  累计 {total['total']}  解决 {total['solved']} {share} %  销号 {total['struck_off']}"
        f"  未办结 {total['open']}  (F)"
    )


async def _liulitun(stage: Scene, sheet: Sheet, folder: Path, small: bool) -> bool:
    size = lt.SMALL if small else lt.WHOLE
    programme = lt.Programme(stage, size)
    programme.tell()
    await _live(stage, programme.afternoon)
    held = await proofs.read(stage)
    await proofs.general(held, folder)
    solved = {case.case_id for case in held.fold.standing if case.solved and case.status == "struck_off"}
    linked = held.linked()
    answered = sum(case in solved for case in linked.values())
    held.figure("requests taken in", len(linked), size.requests)
    held.figure("cases that count", len(held.fold.standing), size.cases)
    held.figure("cases solved and struck off on the word of both legs", len(solved), size.solved)
    by_cases, by_requests = Share(len(solved), size.cases).percent, Share(answered, len(linked)).percent
    held.figure("K16 on cases", by_cases, Share(size.solved, size.cases).percent)
    held.figure("K16 on requests", by_requests, Share(size.solved, size.requests).percent)
    pairs = held.first_orders().values()
    dual = sum(("lead" in orders) + ("territory" in orders) for orders in pairs)
    held.figure("orders of the first hand-over, two a case", dual, 2 * size.cases)
    communities = sum(orders["lead"].to_unit in _communities(stage) for orders in pairs if "lead" in orders)
    held.figure("cases led by a community", communities, 0)
    _occurred(held, ("lead-unit-designated", "site-verified", "findings-reported", "request-joined"))
    sheet.say(f"诉求 {len(linked)}  问题 {len(held.fold.standing)}  解决 {len(solved)}  (F)")
    sheet.say(
        f"K16 解决率  按诉求 {by_requests} %（解决问题所属诉求 ÷ 诉求）  按问题 {by_cases} %（解决问题 ÷ 问题）  (F)"
    )
    _say_kinds(sheet, held)
    return sheet.checks(held.found)


def _communities(stage: Scene) -> set[str]:
    return {str(unit["unit_id"]) for unit in stage.cast.units if unit["level"] == "community"}


def _occurred(held: proofs.Proofs, wanted: tuple[str, ...]) -> None:
    kinds = held.kinds()
    check = held.check("   and what is this programme's own", "kinds of events")
    check.note((f"no {kind}" for kind in wanted if not kinds[kind]), len(wanted))


def _say_kinds(sheet: Sheet, held: proofs.Proofs) -> None:
    told = ", ".join(f"{kind} {number:,}" for kind, number in held.kinds().most_common())
    sheet.say(f"dispatch   {sum(held.kinds().values()):,} events: {told}")


def main(
    programmes: Annotated[list[Which], typer.Argument(help="jw: 贾汪 2017; lt: 六里屯 2019; or both.")],
    small: Annotated[bool, typer.Option("--small", help="Some forty cases instead of all.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = SEED,
    dir: Annotated[Path | None, typer.Option(help="Where to; default a folder that is removed.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what is printed there too.")] = None,
) -> None:
    """Act out a programme on simulated time; figures marked F are fixtures of the trial."""
    folder = (dir or Path(tempfile.mkdtemp(prefix="huiyin-programme-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    sheet = Sheet()
    try:
        good = asyncio.run(run(programmes, folder, sheet, small=small, seed=seed))
    finally:
        if dir:
            announce.say(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if report:
        report.write_text("\n".join(sheet.lines) + "\n", encoding="utf-8")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    typer.run(main)
