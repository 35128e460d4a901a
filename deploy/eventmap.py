"""`python -m deploy.eventmap`: who writes which event and who reads it, from the code into ARCHITECTURE.md."""

import importlib
import sys
from collections import defaultdict
from pathlib import Path

from contracts.catalogue import TYPES
from contracts.log import OWNER as ANY_LOG
from services.chassis.service import ServiceSpec

DOCUMENT = Path(__file__).resolve().parents[1] / "ARCHITECTURE.md"
BEGIN, END = "<!-- event-map:begin -->", "<!-- event-map:end -->"
SERVICES = ("intake", "dispatch", "supervision", "reporting")


def spec(service: str) -> ServiceSpec | None:
    """The declaration of a service's parts in its `app.py`; None while there is no such service."""
    if not (DOCUMENT.parent / "services" / service / "app.py").exists():
        return None
    module = importlib.import_module(f"services.{service}.app")
    return next(part for part in vars(module).values() if isinstance(part, ServiceSpec))


def readers() -> dict[str, list[str]]:
    """Type to its readers, as `dispatch: case_board, *open_cases*` (reactors in italics)."""
    found: dict[str, list[str]] = defaultdict(list)
    for service in SERVICES:
        declared = spec(service)
        if declared is None:
            continue
        names: dict[str, list[str]] = defaultdict(list)
        for projection in declared.projections:
            for event in projection.handles:
                names[event.TYPE].append(projection.name)
        for reactor in declared.reactors:
            for event in reactor.handles:
                names[event.TYPE].append(f"*{reactor.name}*")
        for type_, parts in names.items():
            found[type_].append(f"{service}: {', '.join(sorted(parts))}")
    return found


def table() -> str:
    """The map as Markdown, ordered by writer and then as the contracts declare them."""
    read_by = readers()
    lines = ["| event | writer | read models and *reactors* that handle it |", "|---|---|---|"]
    for owner, writer in (*((service, service) for service in SERVICES), (ANY_LOG, "each of the four")):
        for event in TYPES.values():
            if event.OWNER == owner:
                lines.append(f"| `{event.TYPE}` | {writer} | {'; '.join(read_by.get(event.TYPE, [])) or '—'} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """The document with the map of this moment between its two marks."""
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> int:
    DOCUMENT.write_text(written(DOCUMENT.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
