"""`python -m deploy.bench [NAME...] [--json]`: run the measurements and print them against their bars."""

import argparse
import asyncio
import importlib
import json
import logging
import pkgutil
import sys
import traceback
from collections.abc import Sequence

import structlog
from rich.console import Console
from rich.table import Table

import deploy.bench
from deploy.bench.row import Row

SUFFIX = "_bench"


def names() -> list[str]:
    """The measurements there are: every module `<name>_bench.py` of this folder."""
    modules = (module.name for module in pkgutil.iter_modules(deploy.bench.__path__))
    return sorted(name.removesuffix(SUFFIX) for name in modules if name.endswith(SUFFIX))


async def measure(name: str) -> Sequence[Row]:
    """Run one measurement's `async def run() -> list[Row]`."""
    rows: Sequence[Row] = await importlib.import_module(f"deploy.bench.{name}{SUFFIX}").run()
    return rows


def show(rows: Sequence[Row]) -> None:
    table = Table(title="make bench", title_justify="left", header_style="bold")
    for title in ("what", "measured", "bar", "", "detail"):
        table.add_column(title, justify="right" if title in ("measured", "bar") else "left")
    for row in rows:
        sign = "≥" if row.sense == "at least" else "≤"
        verdict = "[green]met[/green]" if row.met else "[red]missed[/red]"
        value, bar = f"{row.value:,.2f} {row.unit}", f"{sign} {row.bar:,.2f} {row.unit}"
        table.add_row(row.what, value, bar, verdict, row.detail)
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones: {', '.join(names())} (default: all)")
    parser.add_argument("--json", action="store_true", help="for programs")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(names()):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    # Services that run inside the measuring process tell of every request.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rows: list[Row] = []
    failed: list[str] = []
    for name in chosen.names or names():
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            rows += asyncio.run(measure(name))
        except Exception:  # noqa: BLE001 - what the others measured is not lost; the exit says that one failed
            traceback.print_exc()
            failed.append(name)
    if chosen.json:
        print(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1))
    else:
        show(rows)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
