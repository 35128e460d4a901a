"""`huiyin import messages`: brings a file of messages in through the API, and says of every row what became of it."""

import csv
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Self

import httpx
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from deploy.cli.message_files import BadFile, BadRow, Message, Place, columns, file_hash, message, rows
from deploy.local import announce

PER_CALL = 100
"""What one call takes; also what is sent again after a cut."""

GIVE_UP_AFTER_S = 120.0
LONGEST_PAUSE_S = 2.0
"""A service that restarts is back within seconds, a server within a minute; then a person has to look."""

CALL_WITHIN_S = 60.0
BAD_ROWS_EXIT, FAILED_EXIT = 1, 2
console = Console(stderr=True, highlight=False)


class ImportFailed(Exception):
    """The import cannot go on; started again it continues where it was."""


@dataclass
class Summary:
    """What became of the rows. `bad` counts every row in the report."""

    created: int = 0
    repeated: int = 0
    bad: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.created + self.repeated + self.bad


@dataclass(frozen=True, slots=True)
class Options:
    """How the messages are brought in."""

    programme: str | None = None
    channel: str = "web"
    accept: bool = False
    received_at: Literal["message", "import"] = "message"


class Report:
    """Bad rows as a CSV that Excel opens; made at the first bad row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, line: int, ref: str, field: str, reason: str) -> None:
        """One bad row with its line and what is wrong; never what the message says."""
        if self._writer is None:
            file = self._stack.enter_context(self.path.open("w", encoding="utf-8-sig", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow(["line", "ref", "field", "reason"])
        self._writer.writerow([line, ref, field, reason])


class Door:
    """The API of one installation, as one user."""

    def __init__(self, url: str, *, token: str | None = None, pause_s: float = 0.25) -> None:
        self._client = httpx.Client(base_url=url, timeout=CALL_WITHIN_S, trust_env=False)
        self._pause_s = pause_s
        if token:
            self._client.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def log_in(self, login: str, password: str) -> None:
        """Raises `ImportFailed` with the installation's own words."""
        answer = self._post("/intake/api/session", {"login": login, "password": password})
        self._client.headers["Authorization"] = f"Bearer {answer['token']}"

    def send(self, messages: Sequence[Message], options: Options) -> list[dict[str, Any]]:
        """What became of each."""
        items = [
            {
                "source_ref": one.ref,
                "channel": options.channel,
                "title": one.title,
                "text": one.text,
                "user": one.user,
                "said_at": one.said_at.isoformat(),
            }
            for one in messages
        ]
        body = {
            "programme": options.programme,
            "received_at": options.received_at,
            "accept": options.accept,
            "items": items,
        }
        results: list[dict[str, Any]] = self._post("/intake/api/requests:batch", body)["results"]
        return results

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Again and again while the installation is away: everything sent is recognised when it comes twice."""
        until, pause_s = time.monotonic() + GIVE_UP_AFTER_S, self._pause_s
        while True:
            try:
                answer = self._client.post(path, json=body)
            except httpx.TransportError as error:
                last = repr(error)
            else:
                if answer.status_code < 400:
                    content: dict[str, Any] = answer.json()
                    return content
                last = _said(answer)
                if answer.status_code < 500:
                    raise ImportFailed(last)
            if time.monotonic() > until:
                raise ImportFailed(last)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def run(
    file: Path, door: Door, options: Options, *, names: dict[str, str], report: Report, progress: Progress | None = None
) -> Summary:
    """Import one file. Without progress nothing is printed."""
    summary = Summary()
    place = Place()
    task = progress.add_task(file.name, total=None) if progress else None

    def show(done: int) -> None:
        if progress is not None and task is not None:
            progress.update(task, total=place.total, completed=done, description=_so_far(file, summary))

    for batch in _batches(_messages(file, names, report, summary, place)):
        for one, result in zip(batch, door.send(batch, options), strict=True):
            _count(one, result, report, summary)
        show(place.done)
    show(place.total)
    return summary


def _messages(file: Path, names: dict[str, str], report: Report, summary: Summary, place: Place) -> Iterator[Message]:
    """The good rows; bad ones are reported on the way. A number met twice is for the installation to judge."""
    whole = ""
    for row in rows(file, names, place):
        if not whole and not str(row.cells.get("ref") or "").strip():
            whole = file_hash(file)
        try:
            yield message(row, f"{whole}-{row.number}")
        except BadRow as bad:
            ref = str(row.cells.get("ref") or "")
            report.add(row.line, ref, bad.field, bad.reason)
            summary.bad += 1
            summary.reasons[bad.reason.split(":")[0]] += 1


def _batches(messages: Iterator[Message]) -> Iterator[list[Message]]:
    """A hundred at a time; a number that comes twice goes into a later call, so that the first one stands."""
    batch: list[Message] = []
    refs: set[str] = set()
    for one in messages:
        if len(batch) == PER_CALL or one.ref in refs:
            yield batch
            batch, refs = [], set()
        batch.append(one)
        refs.add(one.ref)
    if batch:
        yield batch


def _count(one: Message, result: dict[str, Any], report: Report, summary: Summary) -> None:
    match result["status"]:
        case "created":
            summary.created += 1
        case "repeated":
            summary.repeated += 1
        case _:
            summary.bad += 1
            summary.reasons[result["detail"]] += 1
            report.add(one.line, one.ref, result["field"] or "", result["detail"])


def _said(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    return str(problem.get("detail") or problem)


def _so_far(file: Path, summary: Summary) -> str:
    return f"{file.name}: 新增 new {summary.created}, 已有 known {summary.repeated}, 有误 bad {summary.bad}"


def messages(
    file: Annotated[Path, typer.Argument(help="CSV or xlsx.", exists=True, dir_okay=False)],
    url: Annotated[str, typer.Option(help="Address of the installation.")] = "http://127.0.0.1:8080",
    login: Annotated[str, typer.Option(help="Account of an intake clerk.")] = "",
    password: Annotated[str, typer.Option(help="Its password; else HUIYIN_PASSWORD, else asked for.")] = "",
    map: Annotated[Path | None, typer.Option(help="TOML: which column holds ref, user, title, time, text.")] = None,
    programme: Annotated[str | None, typer.Option(help="The programme they belong to; default the newest.")] = None,
    channel: Annotated[str, typer.Option(help="How they came: web, hotline, letter, petition, import.")] = "web",
    accept: Annotated[bool, typer.Option("--accept", help="Take them in at once.")] = False,
    received_at: Annotated[str, typer.Option(help="message: their own time; import: now.")] = "message",
    report: Annotated[Path | None, typer.Option(help="Where bad rows go; default beside the file.")] = None,
) -> None:
    """Import citizens' messages. Started again after a cut it goes on; nothing is doubled."""
    if received_at not in ("message", "import"):
        raise typer.BadParameter("message or import", param_hint="--received-at")
    token = os.environ.get("HUIYIN_TOKEN")
    if not token and not login:
        raise typer.BadParameter("give --login, or HUIYIN_TOKEN in the environment", param_hint="--login")
    options = Options(programme, channel, accept, received_at)  # type: ignore[arg-type]
    told = report or file.with_suffix(".bad-rows.csv")
    try:
        with Door(url, token=token) as door, Report(told) as bad_rows, _progress() as progress:
            if not token:
                secret = password or os.environ.get("HUIYIN_PASSWORD") or typer.prompt("密码 Password", hide_input=True)
                door.log_in(login, secret)
            summary = run(file, door, options, names=columns(map), report=bad_rows, progress=progress)
    except (ImportFailed, BadFile) as failure:
        announce.fail(str(failure))
        raise typer.Exit(FAILED_EXIT) from failure
    _finish(summary, told)


def _finish(summary: Summary, told: Path) -> None:
    for reason, number in summary.reasons.most_common():
        console.print(f"  {number} × {reason}", markup=False)
    if summary.bad:
        console.print(f"有误的行 bad rows: {told}", markup=False)
        raise typer.Exit(BAD_ROWS_EXIT)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
