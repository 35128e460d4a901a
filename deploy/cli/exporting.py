"""`huiyin export`: the log of cases as XES or CSV for process mining, and a check of such a file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from xml.etree.ElementTree import ParseError

import asyncpg
import typer

from deploy.export import table, xes
from deploy.export.conformance import Report, replay
from deploy.export.reading import NotNumbered, traces
from deploy.local import announce
from deploy.local.__main__ import HERE, Folder
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused

SHOWN_DEVIATIONS = 20
"""More say nothing new; their number is printed."""


async def write(dsn: str, file: Path, programme: str | None, *, as_csv: bool) -> tuple[int, int]:
    """Traces and steps written. The file appears whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    cases = steps = 0
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            writer = table.Writer(out) if as_csv else xes.Writer(out)
            writer.begin(programme or "huiyin")
            async with traces(dsn, programme) as found:
                async for trace in found:
                    writer.trace(trace)
                    cases, steps = cases + 1, steps + len(trace.steps)
            writer.end()
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return cases, steps


def export_xes(
    file: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)],
    programme: Annotated[str | None, typer.Option(help="One programme's cases; default all.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table instead of XES.")] = False,
    dsn: Annotated[str | None, typer.Option(help="Dispatch's database instead of an installation's.")] = None,
    folder: Folder = HERE,
) -> None:
    """Every case with its steps, who took them and when; no names, no citizens' words."""
    try:
        address = dsn or Addresses(Record(folder.absolute())).dsn("dispatch")
        cases, steps = asyncio.run(write(address, file, programme, as_csv=csv))
    except (Refused, NotNumbered, OSError, asyncpg.PostgresError) as failure:
        announce.fail(f"cannot export: {failure}")
        raise typer.Exit(2) from failure
    announce.say(f"{file}: {cases:,} cases, {steps:,} steps")


def check_xes(
    file: Annotated[Path, typer.Argument(help="A file from `export xes`.", exists=True, dir_okay=False)],
) -> None:
    """Replay a file against the states of a case; every step that they do not allow is named."""
    try:
        report = replay(xes.read(file))
    except (ParseError, KeyError, ValueError) as failure:
        announce.fail(f"{file} is no XES that `export xes` wrote: {failure!r}")
        raise typer.Exit(2) from failure
    show(report)
    if report.deviations:
        sys.exit(1)


def show(report: Report) -> None:
    """Cases, steps, fitness, where the cases stand, and the first deviations."""
    states = "  ".join(f"{state} {number:,}" for state, number in report.states.most_common())
    announce.say(f"{report.traces:,} cases, {report.steps:,} steps, fitness {report.fitness:.4f}: {states}")
    for wrong in report.deviations[:SHOWN_DEVIATIONS]:
        announce.fail(wrong)
    if len(report.deviations) > SHOWN_DEVIATIONS:
        announce.fail(f"… {len(report.deviations):,} deviations in all")
