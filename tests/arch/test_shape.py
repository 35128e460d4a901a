"""The shape of the code base: what a reader may rely on without looking."""

import ast
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import contracts
from contracts.catalogue import TYPES
from contracts.log import OWNER as ANY_LOG
from deploy import eventmap
from services.chassis.migrate import find

ROOT = Path(__file__).resolve().parents[2]
SERVICES = eventmap.SERVICES
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core", "lib"}
PAST = re.compile(r"(ed|met|sent|sent-back|withdrawn|undone|split|off|spot|begun|set|chosen|drawn|held|bound-to-case)$")


def sources() -> Iterator[Path]:
    for top in ("contracts", "services", "deploy", "tests"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_event_is_declared_in_its_owners_module_and_only_there() -> None:
    for module in pkgutil.walk_packages(contracts.__path__, "contracts."):
        importlib.import_module(module.name)
    strays = {name: event.__module__ for name, event in TYPES.items() if event.__module__.split(".")[1] != event.OWNER}
    assert strays == {}
    assert {event.OWNER for event in TYPES.values()} == {*SERVICES, ANY_LOG}


def test_events_say_what_happened() -> None:
    assert [name for name in TYPES if not PAST.search(name)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in sources() if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [
        shown(path)
        for path in sources()
        if (text := path.read_text()).strip() and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_makes_only_events_that_it_owns(service: str) -> None:
    foreign = {event.__name__ for event in TYPES.values() if event.OWNER != service}
    made = [
        f"{shown(path)}:{call.lineno} {call.func.id}"
        for path in sorted((ROOT / "services" / service).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in foreign
    ]
    assert made == []


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_without_a_gap(service: str) -> None:
    assert find(ROOT / "services" / service / "migrations")


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_explains_itself_on_one_screen(service: str) -> None:
    lines = (ROOT / "services" / service / "README.md").read_text().splitlines()
    assert 5 < len(lines) <= 60


def test_the_event_map_is_current() -> None:
    text = eventmap.DOCUMENT.read_text()
    assert text == eventmap.written(text), "run `make schemas`"


def test_the_build_runs_what_people_run() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_nothing_private_or_generated_is_checked_in() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    bad = re.compile(r"(^|/)(\.huiyin|\.venv|__pycache__|node_modules|secrets\.toml)(/|$)|\.(pyc|log|sqlite)$")
    assert [path for path in listed.stdout.splitlines() if bad.search(path)] == []
