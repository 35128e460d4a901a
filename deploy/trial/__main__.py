"""`python -m deploy.trial [FILE]`: real messages through the whole loop, and what must hold afterwards."""

import asyncio
import csv
import shutil
import sys
import tempfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.message_files import encoding_of
from deploy.local import announce
from deploy.trial import district, programme, synthetic
from deploy.trial.checks import Checks
from deploy.trial.paper import Paper
from deploy.trial.run import Trial, stopwatch, trial
from services.chassis.clock import LOCAL

SEED = 20170608
ENDS = datetime.combine(programme.ENDS, time())  # a day, as the command line reads it
INSTALLATION = "installation"
EVENING = time(17, 30)
"""When the office makes a half-monthly report, on its day."""


class Laps:
    """Seconds per part of the run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = stopwatch()

    def done(self, what: str) -> None:
        now = stopwatch()
        self.seconds[what] = now - self._last
        self._last = now


def cut(file: Path, cases: int, into: Path) -> Path:
    """The first rows of a file, for a short trial."""
    with file.open(encoding=encoding_of(file), newline="") as whole, into.open("w", newline="") as part:
        writer = csv.writer(part)
        for number, row in enumerate(csv.reader(whole)):
            if number > cases:
                break
            writer.writerow(row)
    return into


async def run(
    file: Path | None,
    cases: int | None,
    seed: int,
    folder: Path,
    paper: Paper,
    first: date = programme.BEGINS,
    last: date = programme.ENDS,
) -> bool:
    """The whole trial; True when everything that was checked holds."""
    source = _source(file, cases, seed, folder, paper)
    laps = Laps()
    async with trial(folder / INSTALLATION, seed, first) as going:
        laps.done("start")
        await going.import_messages(source)
        done = going.imported
        paper.say(f"imported   {done.created:,} messages, {done.bad:,} bad rows")
        laps.done("import")

        async def evening(moment: datetime) -> None:
            day = moment.astimezone(LOCAL).date()
            if day in programme.SLOTS and moment.astimezone(LOCAL).hour >= 12:
                await _half_monthly(going, day, paper)

        await going.live(evening, last)
        laps.done(f"{going.days} working days")
        checks = Checks(going)
        found = await checks.run()
        laps.done("checks")
        if going.runs:
            paper.report(f"R03 · {going.runs[-1]['slot']}", going.runs[-1]["rows"])
        await paper.summary(going, checks.kinds(), laps.seconds)
        return paper.checks(found)


def _source(file: Path | None, cases: int | None, seed: int, folder: Path, paper: Paper) -> Path:
    if file is None:
        rows = cases or synthetic.WHOLE
        paper.say(f"messages   synthetic, {rows:,} rows from seed {seed}: no file was given (DATA=…)")
        return synthetic.write(folder / "synthetic.csv", rows, seed)
    if cases is None:
        paper.say(f"messages   {file.name}")
        return file
    paper.say(f"messages   the first {cases:,} of {file.name}")
    return cut(file, cases, folder / "part.csv")


async def _half_monthly(going: Trial, day: date, paper: Paper) -> None:
    """The office makes R03 on the evening of its day; the stored rows are what is printed."""
    await going.begin(datetime.combine(day, EVENING, LOCAL))
    await going.watch.settled(readers=True)
    person = going.staff.person("programme_office", district.OFFICE)
    body = {"report": "R03", "programme": programme.PROGRAMME, "slot": day.isoformat()}
    made = await going.staff.act("report", person, "/reporting/api/runs", body, f"trial-r03-{day}")
    token = going.staff.token(person)
    kept = await going.browser.get(f"/reporting/api/runs/{made['report_id']}", token, after=made["position"])
    going.runs.append({**made, "slot": day.isoformat(), "rows": kept["content"]})
    total = kept["content"][-1]
    paper.say(
        f"R03 {day}  累计 {total['total']:>5}  解决 {total['solved']:>5} {total['solved_share'] or '—':>6} %"
        f"  销号 {total['struck_off']:>5}  超期 {total['overdue']:>4}  {made['rows_sha256'][:12]}"
    )


def main(
    data: Annotated[Path | None, typer.Argument(help="CSV or xlsx of messages; none: a synthetic file.")] = None,
    file: Annotated[Path | None, typer.Option("--data", help="The same as the argument.")] = None,
    cases: Annotated[int | None, typer.Option(help="Only so many messages.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = SEED,
    dir: Annotated[Path | None, typer.Option(help="Where to; default a folder that is removed.")] = None,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last simulated day.")] = ENDS,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder there, to look into.")] = False,
) -> None:
    """One programme from its first day to its last half-monthly report, and what must hold afterwards."""
    folder = (dir or Path(tempfile.mkdtemp(prefix="huiyin-trial-"))).absolute()
    if (folder / INSTALLATION).exists():
        announce.fail(f"{folder} holds a trial already; a trial begins in an empty folder")
        sys.exit(2)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        good = asyncio.run(run(data or file, cases, seed, folder, Paper(), last=until.date()))
    finally:
        if keep or dir:
            announce.say(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    typer.run(main)
