"""Writes traces as IEEE XES 1849-2016, one trace at a time, and reads such a file back."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO
from xml.etree.ElementTree import Element, iterparse
from xml.sax.saxutils import quoteattr

from deploy.export.steps import Step, Trace, Value

NAMESPACE = "http://www.xes-standard.org/"
OWN = "huiyin"
"""Prefix of attributes that no standard extension knows."""

EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
)
GLOBAL = {
    "trace": (("string", "concept:name", "-"),),
    "event": (
        ("string", "concept:name", "-"),
        ("string", "lifecycle:transition", "complete"),
        ("date", "time:timestamp", "1970-01-01T00:00:00.000+00:00"),
        ("string", "org:resource", "-"),
    ),
}
"""What every trace and every event has, with the standard's placeholder values."""

CLASSIFIERS = (("Activity", "concept:name"), ("Activity and transition", "concept:name lifecycle:transition"))


class Writer:
    """One log; `begin`, any number of traces, `end`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, name: str) -> None:
        self._out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self._out.write(f'<log xes.version="1849-2016" xes.features="" xmlns="{NAMESPACE}">\n')
        for long, prefix, uri in EXTENSIONS:
            self._out.write(f'\t<extension name="{long}" prefix="{prefix}" uri="{uri}"/>\n')
        for scope, rows in GLOBAL.items():
            self._out.write(f'\t<global scope="{scope}">\n')
            for kind, key, value in rows:
                self._out.write(f'\t\t<{kind} key="{key}" value={quoteattr(value)}/>\n')
            self._out.write("\t</global>\n")
        for title, keys in CLASSIFIERS:
            self._out.write(f'\t<classifier name="{title}" keys="{keys}"/>\n')
        self._out.write(_attribute("concept:name", name, 1))
        self._out.write(_attribute("lifecycle:model", "standard", 1))

    def trace(self, trace: Trace) -> None:
        lines = ["\t<trace>\n", _attribute("concept:name", trace.number, 2)]
        lines += [_attribute(f"{OWN}:case", trace.case_id, 2), _attribute(f"{OWN}:programme", trace.programme, 2)]
        for step in trace.steps:
            lines.append("\t\t<event>\n")
            lines += [_attribute(key, value, 3) for key, value in _attributes(step)]
            lines.append("\t\t</event>\n")
        lines.append("\t</trace>\n")
        self._out.writelines(lines)

    def end(self) -> None:
        self._out.write("</log>\n")


def _attributes(step: Step) -> Iterator[tuple[str, Value]]:
    yield "concept:name", step.activity
    if step.instance is not None:
        yield "concept:instance", step.instance
    yield "lifecycle:transition", step.transition
    yield "time:timestamp", step.at
    yield "org:resource", step.resource
    yield "org:role", step.role
    yield "org:group", step.group
    yield f"{OWN}:version", step.version
    for name, value in step.more.items():
        yield f"{OWN}:{name}", value


def _attribute(key: str, value: Value, depth: int) -> str:
    match value:
        case bool():
            kind, text = "boolean", "true" if value else "false"
        case int():
            kind, text = "int", str(value)
        case datetime():
            kind, text = "date", value.isoformat(timespec="milliseconds")
        case _:
            kind, text = "string", value
    return "\t" * depth + f"<{kind} key={quoteattr(key)} value={quoteattr(text)}/>\n"


def read(path: Path) -> Iterator[Trace]:
    """The traces of a file that `Writer` wrote; memory holds one trace at a time."""
    found = iterparse(path, events=("start", "end"))  # noqa: S314 - the operator's own file
    _, log = next(found)
    for when, element in found:
        if when == "end" and element.tag == f"{{{NAMESPACE}}}trace":
            yield _trace(element)
            log.clear()


def _trace(element: Element) -> Trace:
    own = _values(element)
    steps = tuple(_step(_values(child)) for child in element if child.tag == f"{{{NAMESPACE}}}event")
    return Trace(str(own[f"{OWN}:case"]), str(own["concept:name"]), str(own[f"{OWN}:programme"]), steps)


def _step(own: dict[str, Value]) -> Step:
    at, version, instance = own["time:timestamp"], own[f"{OWN}:version"], own.get("concept:instance")
    assert isinstance(at, datetime), "a date in the file"
    assert isinstance(version, int), "an int in the file"
    prefix = f"{OWN}:"
    return Step(
        activity=str(own["concept:name"]),
        transition=str(own["lifecycle:transition"]),
        at=at,
        resource=str(own["org:resource"]),
        role=str(own["org:role"]),
        group=str(own["org:group"]),
        version=version,
        instance=None if instance is None else str(instance),
        more={key.removeprefix(prefix): value for key, value in own.items() if key.startswith(prefix)},
    )


def _values(element: Element) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for child in element:
        key, text = child.get("key"), child.get("value")
        if key is not None and text is not None:
            found[key] = _value(child.tag.removeprefix(f"{{{NAMESPACE}}}"), text)
    return found


def _value(kind: str, text: str) -> Value:
    match kind:
        case "int":
            return int(text)
        case "boolean":
            return text == "true"
        case "date":
            return datetime.fromisoformat(text)
        case _:
            return text
