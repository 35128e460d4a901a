"""`huiyin`: run an installation, import, export, verify, erase, check packs, rebuild, simulate time, begin an epoch."""

import asyncio
import getpass
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import httpx
import typer

from contracts.pack import PackErrors, parse_pack
from deploy.cli import accounts, epochs, erasing, exporting, rebuilding, recomputing, redrawing, simulated, verification
from deploy.cli.directory_files import BadDirectory
from deploy.cli.import_messages import messages
from deploy.cli.import_pairings import pairings
from deploy.cli.load_directory import Loaded, installer_client, load_directory
from deploy.cli.message_files import BadFile
from deploy.local import announce
from deploy.local.__main__ import HERE, Folder, down, status, up
from deploy.local.addresses import Addresses
from deploy.local.installation import SERVICES
from deploy.local.record import Record, Refused
from services.chassis.log.types import LogError

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
packs = typer.Typer(help="Programme packs.", no_args_is_help=True)
sim = typer.Typer(help="The time of an installation made with --simulated-from.", no_args_is_help=True)
imports = typer.Typer(help="Bring in what others recorded.", no_args_is_help=True)

verifying = typer.Typer(invoke_without_command=True)
app.add_typer(verifying, name="verify")
account = typer.Typer(help="Logins of officials.", no_args_is_help=True)
epoch = typer.Typer(help="The way out when a log's lost tail is nowhere to be had.", no_args_is_help=True)
app.add_typer(account, name="account")
app.add_typer(epoch, name="epoch")
exports = typer.Typer(help="The log of cases for process mining.", no_args_is_help=True)
app.add_typer(exports, name="export")
exports.command("xes")(exporting.export_xes)
exports.command("check")(exporting.check_xes)

calendars = typer.Typer(help="Working days.", no_args_is_help=True)
app.add_typer(calendars, name="calendar")

app.command()(up)
app.command()(down)
app.command()(status)
app.add_typer(packs, name="pack")
app.add_typer(sim, name="sim")
app.add_typer(imports, name="import")
imports.command("messages")(messages)
imports.command("pairings")(pairings)


@packs.command("check")
def check_pack(files: Annotated[list[Path], typer.Argument(help="TOML files.", exists=True, dir_okay=False)]) -> None:
    """Say everything that is wrong with a pack, each with its place, and whether it could be activated."""
    wrong = 0
    for file in files:
        try:
            pack = parse_pack(file.read_bytes())
        except PackErrors as errors:
            wrong += 1
            announce.fail(f"{file}: {len(errors.errors)} 处错误 / errors")
            for error in errors.errors:
                print(f"  {file}:{error.line or '-'}: {error.place}: {error.message_zh}\n      {error.message_en}")
        else:
            announce.say(f"{file}: {pack.programme.name} ✓")
    if wrong:
        raise typer.Exit(1)


@verifying.callback()
def verify(
    context: typer.Context,
    service: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(SERVICES)}; default all.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Any log's database instead of an installation's.")] = None,
    stream: Annotated[str | None, typer.Option(help="One stream only, as case-0192….")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Heads others saw (JSON, from --heads), to find a cut tail.", exists=True)
    ] = None,
    heads: Annotated[Path | None, typer.Option(help="Write the heads that were found to this file.")] = None,
    folder: Folder = HERE,
) -> None:
    """Compute every hash of the logs again and name the first position that is not as it was written.

    Without --against the services of an installation witness each other: each log is compared with the
    heads that the other logs hold of it.
    """
    if context.invoked_subcommand:
        return
    try:
        good = asyncio.run(verification.run(folder, service, dsn, stream, against, heads))
    except (Refused, OSError, asyncpg.PostgresError) as failure:
        announce.fail(f"cannot read the log: {failure}")
        raise typer.Exit(2) from failure
    if not good:
        raise typer.Exit(1)


@verifying.command("draw")
def verify_draw(
    check: Annotated[str, typer.Argument(help="The spot check's id, as its page shows it.")],
    dsn: Annotated[str | None, typer.Option(help="Any log's database instead of supervision's.")] = None,
    folder: Folder = HERE,
) -> None:
    """Draw a spot check's sample, or a month of call-backs, again from the log alone and name every difference."""
    try:
        good = asyncio.run(redrawing.run(folder, check, dsn))
    except (Refused, OSError, asyncpg.PostgresError) as failure:
        announce.fail(f"cannot read the log: {failure}")
        raise typer.Exit(2) from failure
    if not good:
        raise typer.Exit(1)


@app.command()
def rebuild(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    name: Annotated[str, typer.Argument(help="The read model's name, as /readyz lists it.")],
    folder: Folder = HERE,
) -> None:
    """Fill a read model anew from the log beside the live one, then switch."""
    raise typer.Exit(rebuilding.run(folder, service, name))


@sim.command("set")
def sim_set(
    moment: Annotated[str, typer.Argument(help="Local time, as 2017-07-17T08:00.")],
    rate: Annotated[float, typer.Option(min=0, help="How many times as fast it runs on; 0 stands.")] = 0.0,
    folder: Folder = HERE,
) -> None:
    """Set the simulated time of all services; it never goes back."""
    _simulate(folder, moment, simulated.to_moment, rate)


@sim.command("advance")
def sim_advance(
    by: Annotated[str, typer.Argument(help="As 90m, 4h or 1d.")],
    rate: Annotated[float, typer.Option(min=0, help="How many times as fast it runs on; 0 stands.")] = 0.0,
    folder: Folder = HERE,
) -> None:
    """Let simulated time pass."""
    _simulate(folder, by, simulated.to_span, rate)


@account.command("set-password")
def set_password(
    login: Annotated[str, typer.Argument(help="The account.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    dsn: Annotated[str | None, typer.Option(help="Intake's database instead of an installation's.")] = None,
    folder: Folder = HERE,
) -> None:
    """Give an account a new password and lift its lock."""
    try:
        asyncio.run(accounts.set_password(folder, dsn, login, password))
    except (Refused, OSError, asyncpg.PostgresError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    announce.say(f"{login} ✓")


@app.command()
def erase(
    request_id: Annotated[str, typer.Argument(help="The request's id, as its page shows it.")],
    legal_basis: Annotated[str, typer.Option("--because", help="By which law or demand.", prompt=True)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    folder: Folder = HERE,
) -> None:
    """Erase the names, addresses and words of a request for good; what was decided stays."""
    _erase(erasing.erase, folder, request_id, legal_basis, yes)


@app.command("erase-person")
def erase_person(
    person_id: Annotated[str, typer.Argument(help="The official's id, as the directory has it.")],
    legal_basis: Annotated[str, typer.Option("--because", help="By which law or demand.", prompt=True)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    folder: Folder = HERE,
) -> None:
    """Erase an official's name for good and end their roles and login; what they did stays under their id."""
    _erase(erasing.erase_person, folder, person_id, legal_basis, yes)


def _erase(
    act: Callable[[Path, str, str], Coroutine[Any, Any, None]], folder: Path, what: str, legal_basis: str, yes: bool
) -> None:
    if not yes:
        typer.confirm(f"{what}: 个人信息将永久删除，无法恢复 / this cannot be undone. OK?", abort=True)
    try:
        asyncio.run(act(folder, what, legal_basis))
    except (Refused, httpx.TransportError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    announce.say(f"{what}: 已依法删除 / erased")


@calendars.command("recompute")
def calendar_recompute(
    programme: Annotated[str, typer.Argument(help="The programme's id, as jw-2017.")],
    reason: Annotated[str, typer.Option("--because", help="Why; every case's history shows it.", prompt=True)],
    folder: Folder = HERE,
) -> None:
    """Count the open deadlines of a programme anew by the calendar that this version brings."""
    try:
        found = asyncio.run(recomputing.recompute(folder, programme, reason))
    except (Refused, httpx.TransportError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    for one in found["refused"]:
        print(f"  {one['case_id']}: {one['code']}")
    announce.say(f"{programme}: {len(found['moved'])} 件期限已重算 / cases moved ✓")


@epoch.command("begin")
def epoch_begin(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the log for ever.", prompt=True)],
    operator: Annotated[str, typer.Option(help="Who decides this.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    folder: Folder = HERE,
) -> None:
    """Let a service that refuses commands go on from the database it has, in a new epoch that says why.

    Both heads are shown first: where this log ends, and the furthest that anybody else is known to have held of it.
    """

    def confirm(question: str) -> None:
        *said, asked = question.splitlines()
        for line in said:
            print(f"  {line}")
        if not yes:
            typer.confirm(asked, abort=True)

    try:
        begun = asyncio.run(epochs.begin(folder, service, reason, operator or getpass.getuser(), confirm))
    except (Refused, LogError, OSError, asyncpg.PostgresError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    announce.say(f"{service}: 纪元 epoch {begun.epoch} ✓")


@imports.command("directory")
def import_directory(
    file: Annotated[Path, typer.Argument(help="TOML or xlsx: units, persons, subjects.", exists=True, dir_okay=False)],
    good_rows: Annotated[bool, typer.Option("--good-rows", help="Take the good rows and report the bad.")] = False,
    folder: Folder = HERE,
) -> None:
    """Units, persons and subjects; importing the same file again changes nothing."""
    try:
        loaded = asyncio.run(_load_directory(folder, file, good_rows))
    except (BadDirectory, BadFile, Refused, httpx.HTTPError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    for row in loaded.bad:
        print(f"  {row}")
    announce.say(f"{file}: {loaded.changed} new or changed, {loaded.unchanged} as before, {len(loaded.bad)} bad")
    if loaded.bad:
        raise typer.Exit(1)


async def _load_directory(folder: Path, file: Path, good_rows: bool) -> Loaded:
    addresses = Addresses(Record(folder.absolute()))
    async with installer_client(addresses.url, addresses.session_secret) as client:
        return await load_directory(client, file, accept_good_rows=good_rows)


def _simulate(folder: Path, text: str, read: Callable[[str], simulated.Target], rate: float) -> None:
    try:
        now = asyncio.run(simulated.drive(folder, read(text), rate))
    except Refused as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    announce.say(f"演示时间 simulated time: {now:%Y-%m-%d %H:%M:%S}")


def main() -> None:
    """Entry point of the `huiyin` command."""
    app(prog_name="huiyin")


if __name__ == "__main__":
    main()
