"""`python -m deploy.local up|down|status`: run one installation in the foreground, stop it, look at it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psutil
import typer

from deploy.local import announce
from deploy.local.account import WrongOwner
from deploy.local.broker import BrokerFailed
from deploy.local.children import ChildFailed
from deploy.local.demo import load_once, tell_once
from deploy.local.installation import Installation
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import PostgresFailed
from deploy.local.record import Record, Refused

EXPECTED_FAILURES = (Refused, WrongOwner, ChildFailed, PostgresFailed, BrokerFailed, TimeoutError)
DOWN_SECONDS = 30.0

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option("--dir", help="The installation's folder.", envvar="HUIYIN_DIR")]
HERE = Path(".huiyin")


@app.command()
def up(
    folder: Folder = HERE,
    port: Annotated[int | None, typer.Option(help="The one address' port.", envvar="HUIYIN_PORT")] = None,
    host: Annotated[str, typer.Option(help="Where to listen.", envvar="HUIYIN_HOST")] = LOOPBACK,
    simulated_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A new installation with simulated time.")
    ] = None,
    instances: Annotated[int, typer.Option(min=1, max=8, help="Processes per service.")] = 1,
    demo: Annotated[bool, typer.Option(help="A new installation to try things out, with a demo programme.")] = True,
    empty: Annotated[bool, typer.Option("--empty", help="A demo without sample work.")] = False,
) -> None:
    """Start everything and stay in the foreground until Ctrl-C."""
    installation = Installation(
        folder,
        simulated_from=simulated_from.date() if simulated_from else None,
        instances=instances,
        host=host,
        port=port,
        demo=demo,
        say=announce.say,
    )
    try:
        asyncio.run(_run(installation, demo=demo and simulated_from is None, samples=not empty))
    except EXPECTED_FAILURES as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure


async def _run(installation: Installation, *, demo: bool, samples: bool) -> None:
    started = time.monotonic()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    announce.say("starting PostgreSQL, NATS, four services and the gateway")
    running = asyncio.create_task(_start(installation, started, demo=demo))
    telling: asyncio.Task[None] | None = None
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if running.done() and running.exception() is None:
        if running.result() and samples:
            telling = asyncio.create_task(tell_once(installation, announce.say))
        await stopping
    try:
        if not running.done():
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        elif failure := running.exception():
            raise failure
    finally:
        stopping.cancel()
        if telling is not None:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
        announce.say("stopping …")
        await installation.stop()
        announce.say("stopped")


async def _start(installation: Installation, started: float, *, demo: bool) -> bool:
    """Up and ready; whether it is a demo."""
    await installation.start()
    is_demo = demo and installation.demo and installation.kind.simulated_from is None
    accounts = await load_once(installation) if is_demo else []
    simulated_from = installation.kind.simulated_from
    announce.ready(installation.url, time.monotonic() - started, simulated_from.isoformat() if simulated_from else None)
    announce.accounts(accounts)
    return is_demo


@app.command()
def down(folder: Folder = HERE) -> None:
    """Stop the installation that runs in this folder."""
    record = Record(folder.absolute())
    running = record.running()
    if running is None or not _is_launcher(running["launcher"]):
        announce.say("nothing runs here")
        return
    os.kill(running["launcher"], signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while psutil.pid_exists(running["launcher"]) and record.running() is not None:
        if time.monotonic() > deadline:
            announce.fail(f"process {running['launcher']} did not end in {DOWN_SECONDS:.0f} s")
            raise typer.Exit(1)
        time.sleep(0.1)
    announce.say("stopped")


@app.command()
def status(folder: Folder = HERE) -> None:
    """Say what runs; the exit code is 0 when everything does."""
    running = Record(folder.absolute()).running()
    if running is None or not _is_launcher(running["launcher"]):
        announce.say("nothing runs here; `make up` starts it")
        raise typer.Exit(1)
    announce.say(f"address {running['url']}, launcher {running['launcher']}")
    rows = [(name, str(pid), _state(pid)) for name, (pid, _) in running["processes"].items()]
    announce.processes(rows)
    if any(state == "gone" for _, _, state in rows):
        raise typer.Exit(1)


def _is_launcher(pid: int) -> bool:
    try:
        return "deploy.local" in " ".join(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return False


def _state(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return "gone"


if __name__ == "__main__":
    sys.exit(app())
