"""`python -m deploy.trial.months jw lt`: months of a programme, in peace and with the services killed on the way."""

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contracts.supervision import CadenceFulfilled, CadenceMissed, ClockStarted, DeadlineBreached
from deploy.local import announce
from deploy.trial import logs
from deploy.trial.checks import Check
from deploy.trial.months import cast, jiawang, liulitun
from deploy.trial.months.checks import Months, checks
from deploy.trial.months.record import EVERYTHING, FIXED, differences, lines
from deploy.trial.months.stage import Stage, staged
from deploy.trial.programmes.__main__ import Sheet, Which
from deploy.trial.run import stopwatch
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact

SEED = 20170816
CHANCE = 0.25
"""That something strikes in a half day."""

SOURCES = ("intake", "dispatch", "supervision", "reporting")


class How(StrEnum):
    PEACE = "in peace"
    TROUBLE = "with trouble"
    OUTAGES = "with outages"


@dataclass(frozen=True, slots=True)
class Lived:
    """One run of the months."""

    everything: list[Fact]
    found: list[Check]
    trouble: Counter[str]
    commands: int
    seconds: float


FEW_DAYS = date(2017, 8, 16), date(2017, 8, 18)
"""Those of the meeting that nobody held; supervision is away on the morning after."""

THE_MORNING_AFTER = (range(2, 3),)


async def live(
    which: Which, folder: Path, how: How, *, seed: int = SEED, chance: float = CHANCE, small: bool = False
) -> Lived:
    """The months of one programme in an installation of its own; `small`: three days of 贾汪."""
    begun = stopwatch()
    company = cast.jiawang() if which is Which.JW else cast.liulitun()
    if small:
        company = replace(company, begins=FEW_DAYS[0], ends=FEW_DAYS[1])
    every = jiawang.owed() if which is Which.JW else liulitun.owed()
    owed = [one for one in every if company.begins <= one.day < company.ends]
    subjects = [] if which is Which.JW else [liulitun.SUBJECT]
    strikes = chance if how is How.TROUBLE else 0.0
    whole = jiawang.OUTAGES if which is Which.JW else liulitun.OUTAGES
    outages = () if how is not How.OUTAGES else THE_MORNING_AFTER if small else whole
    async with staged(folder, company, owed, subjects, seed=seed, chance=strikes, outages=outages) as stage:
        months = (
            jiawang.Jiawang(stage, jiawang.stories(jiawang.FEW if small else jiawang.STORIES))
            if which is Which.JW
            else liulitun.Liulitun(stage, liulitun.stories())
        )
        await months.live()
        everything = await _everything(stage)
        ends = datetime.combine(company.ends, time(15), LOCAL)
        found = checks(Months(company.programme, everything, owed, ends), small=small)
        found.append(_script(stage))
        found.append(await _agree(stage))
        tally = stage.staff.tally
        return Lived(everything, found, stage.trouble.done, tally.commands.total(), stopwatch() - begun)


async def _everything(stage: Stage) -> list[Fact]:
    database = stage.watch.databases["supervision"]
    return [fact for source in SOURCES for fact in await logs.facts(database, source)]


def _script(stage: Stage) -> Check:
    tally = stage.staff.tally
    check = Check("every command was taken or refused as the script expected", of="commands")
    wrong = [f"{what}: {code} × {number}" for (what, code), number in tally.unexpected.items()]
    check.note(wrong, tally.commands.total())
    return check


async def _agree(stage: Stage) -> Check:
    check = Check("all logs hold the same events of every source", of="sources")
    heads = await stage.watch.heads()
    first = next(iter(heads.values()))
    check.note([f"{name} differs" for name, held in heads.items() if held != first], len(first))
    return check


def same(peace: Lived, other: Lived, how: How) -> Check:
    """What supervision recorded is the same, as often, whatever happened to it.

    After days of absence reminders are fewer and slips later: what may not change then are clocks, breaches and slots.
    """
    only = FIXED if how is How.OUTAGES else EVERYTHING
    left, right = lines(peace.everything, only), lines(other.everything, only)
    what = "clocks, breaches, slots" if how is How.OUTAGES else "events"
    check = Check(f"supervision recorded the same {what} {how} as {How.PEACE}", of="events")
    check.note(differences(left, right), left.total())
    return check


async def run(which: Sequence[Which], folder: Path, sheet: Sheet, *, seed: int = SEED, chance: float = CHANCE) -> bool:
    """Each programme three times; True when everything holds and all runs recorded the same."""
    good = True
    for one in which:
        runs: dict[How, Lived] = {}
        for how in How:
            lived = await live(one, folder / f"{one}-{how.name.lower()}", how, seed=seed, chance=chance)
            runs[how] = lived
            _say(sheet, one, how, lived)
            others = [] if how is How.PEACE else [same(runs[How.PEACE], lived, how)]
            good = sheet.checks([*lived.found, *others]) and good
            sheet.say()
    return good


def _say(sheet: Sheet, which: Which, how: How, lived: Lived) -> None:
    kinds = Counter(type(fact.event) for fact in lived.everything if fact.source == "supervision")
    sheet.say(
        f"{which} {how}: {lived.commands:,} commands, {kinds.total():,} events of supervision, {lived.seconds:.0f} s"
    )
    sheet.say(
        f"  clocks {kinds[ClockStarted]}, breaches {kinds[DeadlineBreached]}, slots kept {kinds[CadenceFulfilled]}, "
        f"missed {kinds[CadenceMissed]}"
    )
    if lived.trouble:
        sheet.say("  " + ", ".join(f"{what} {number:,}" for what, number in sorted(lived.trouble.items())))


def main(
    programmes: Annotated[list[Which], typer.Argument(help="jw: 贾汪 2017; lt: 六里屯 2019; or both.")],
    seed: Annotated[int, typer.Option(help="The same seed strikes at the same half days.")] = SEED,
    chance: Annotated[float, typer.Option(help="That something strikes in a half day.")] = CHANCE,
    dir: Annotated[Path | None, typer.Option(help="Where to; default a folder that is removed.")] = None,
) -> None:
    """Live through a programme's months three times and compare what supervision recorded."""
    folder = (dir or Path(tempfile.mkdtemp(prefix="huiyin-months-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        good = asyncio.run(run(programmes, folder, Sheet(), seed=seed, chance=chance))
    finally:
        if dir:
            announce.say(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    typer.run(main)
