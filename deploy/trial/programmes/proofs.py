"""What must hold after a programme was acted out: its figures, the invariants, the logs, the replay of its export."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.dispatch import CaseOpened, CommonIssueReported, OrderIssued
from contracts.intake import RequestAccepted, RequestLinked
from deploy.cli import verification
from deploy.cli.exporting import write
from deploy.export import xes
from deploy.export.conformance import replay
from deploy.trial import invariants, logs
from deploy.trial.checks import SOURCES, Check
from deploy.trial.fold import Fold
from deploy.trial.programmes.scene import Scene
from services.chassis.deadlines import calendar_for
from services.chassis.facts import Fact
from services.reporting.domain import r03
from services.reporting.domain.window import windows

AFTERWARDS = timedelta(days=2)
"""What is found out after the last day still falls into a window."""

POSITIONS = 60
"""Places of dispatch's log at which the sums are looked at, evenly spread, besides its end."""

TURNS = (
    *("order-returned", "return-ruled", "extension-requested", "extension-decided", "case-suspended", "case-resumed"),
    *("consultation-held", "case-consulted", "case-merged", "case-absorbed", "merge-undone", "absorption-undone"),
    *("case-reopened", "verification-started"),
)
"""What must have happened in either programme, or the trial proves little."""


@dataclass
class Proofs:
    """The whole logs, read once."""

    scene: Scene
    facts: dict[str, list[Fact]]
    fold: Fold
    found: list[Check]

    def check(self, name: str, of: str) -> Check:
        check = Check(name, of=of)
        self.found.append(check)
        return check

    def figure(self, name: str, found: object, wanted: object) -> None:
        """One number of the programme against the published one."""
        check = self.check(f"F  {name}: {wanted}", "figure")
        check.note([] if found == wanted else [f"found {found}"])

    @property
    def events(self) -> list[Any]:
        return [fact.event for fact in self.facts["dispatch"]]

    def kinds(self) -> Counter[str]:
        return Counter(fact.event.TYPE for fact in self.facts["dispatch"])

    def first_orders(self) -> dict[str, dict[str, OrderIssued]]:
        """Per case that counts: the first order of each role."""
        found: dict[str, dict[str, OrderIssued]] = {case.case_id: {} for case in self.fold.standing}
        for event in self.events:
            if isinstance(event, OrderIssued) and event.case_id in found:
                found[event.case_id].setdefault(event.role, event)
        return found

    def lists(self) -> int:
        """Pooled lists that were reported."""
        return len({event.list_id for event in self.events if isinstance(event, CommonIssueReported)})

    def pooled(self) -> int:
        """Lead orders that an assigned common issue brought its members."""
        brought = (event for event in self.events if isinstance(event, OrderIssued) and event.common_id is not None)
        return sum(1 for event in brought if event.role == "lead")

    def linked(self) -> dict[str, str]:
        """Every request that was accepted, with the case it belongs to now; an empty one if none."""
        cases = {fact.event.request_id: "" for fact in self.facts["intake"] if isinstance(fact.event, RequestAccepted)}
        for fact in self.facts["intake"]:
            if isinstance(fact.event, RequestLinked):
                cases[fact.event.request_id] = fact.event.case_id
        return cases


async def read(scene: Scene) -> Proofs:
    """What all services hold of the programme, when everything has arrived everywhere."""
    await scene.watch.at_rest()
    database = scene.watch.databases["reporting"]
    programme = scene.cast.programme
    facts = {
        source: [one for one in await logs.facts(database, source) if one.envelope.meta.programme == programme]
        for source in SOURCES
    }
    spans = windows(scene.pack, calendar_for(scene.pack), "R03", scene.cast.ends + AFTERWARDS)
    return Proofs(scene, facts, Fold(spans), [])


async def general(proofs: Proofs, folder: Path) -> None:
    """What holds in every programme."""
    _sums(proofs)
    steps = proofs.check("4  struck off only if completed; completed only with reply and person", "events")
    order = invariants.Order(proofs.scene.pack.order.required)
    for fact in proofs.facts["dispatch"]:
        steps.note(order.check(fact))
    nobody = proofs.check("8  nobody reviews their own work", "events")
    nobody.note(
        invariants.nobody_reviews_themselves(proofs.facts["dispatch"], proofs.facts["supervision"]),
        len(proofs.facts["supervision"]),
    )
    recused = proofs.check("11 no order to a unit that the request complains of", "orders")
    recused.note(_to_the_accused(proofs), proofs.kinds()["order-issued"])
    outcome = proofs.check("7  every accepted request has a case (件件有着落)", "requests")
    linked = proofs.linked()
    outcome.note((f"{request} has none" for request, case in linked.items() if not case), len(linked))
    await _logs(proofs)
    _script(proofs)
    happened = proofs.check("   every turn that a case can take was taken", "kinds of events")
    kinds = proofs.kinds()
    happened.note((f"no {kind}" for kind in TURNS if not kinds[kind]), len(TURNS))
    await _conformance(proofs, folder)


def _to_the_accused(proofs: Proofs) -> Iterator[str]:
    accused = {event.case_id: event.complained_units for event in proofs.events if isinstance(event, CaseOpened)}
    for event in proofs.events:
        if isinstance(event, OrderIssued) and event.to_unit in accused[event.case_id]:
            yield f"{event.to_unit} got order {event.order_id} about itself"


def _sums(proofs: Proofs) -> None:
    """Invariants 1, 2 and 12 on the way and at the end; afterwards the fold stands at the end."""
    opened = proofs.check("1  opened = struck off + open + merged + split + closed unhandled", "positions")
    sums = proofs.check("2  Σ units = total in every counted column", "positions")
    shares = proofs.check("12 no share above 100, none of nothing", "positions")
    dispatch = proofs.facts["dispatch"]
    every = max(1, len(dispatch) // POSITIONS)
    for number, fact in enumerate(dispatch, start=1):
        proofs.fold.take(fact)
        if number % every and number != len(dispatch):
            continue
        rows = r03.rows(proofs.fold.r03(fact.time, None))
        opened.note(_at(fact, invariants.adds_up(proofs.fold, rows)))
        sums.note(_at(fact, invariants.units_make_the_total(rows)))
        shares.note(_at(fact, invariants.shares_are_sane(rows)))


def _at(fact: Fact, found: Iterator[str]) -> list[str]:
    return [f"position {fact.position}: {wrong}" for wrong in found]


async def _logs(proofs: Proofs) -> None:
    scene = proofs.scene
    chains = proofs.check("   every chain verifies (`huiyin verify`)", "logs")
    good = await verification.run(scene.installation.folder, None, None, None, None, None)
    chains.note([] if good else ["see above"], len(scene.watch.databases))
    same = proofs.check("   all logs hold the same events of every source", "sources")
    heads = await scene.watch.heads()
    first = next(iter(heads.values()))
    same.note([f"{name} differs" for name, held in heads.items() if held != first], len(first))


def _script(proofs: Proofs) -> None:
    tally = proofs.scene.staff.tally
    check = proofs.check("   every command was taken or refused as the script expected", "commands")
    wrong = [f"{what}: {code} × {number}" for (what, code), number in tally.unexpected.items()]
    check.note(wrong, tally.commands.total())


async def _conformance(proofs: Proofs, folder: Path) -> None:
    """The export as XES replays without a deviation and holds every event; the table has as many rows."""
    dsn = proofs.scene.installation.dsn("dispatch")
    file, rows_file = folder / "cases.xes", folder / "cases.csv"
    programme = proofs.scene.cast.programme
    cases, steps = await write(dsn, file, programme, as_csv=False)
    await write(dsn, rows_file, programme, as_csv=True)
    report = replay(xes.read(file))
    check = proofs.check("   the exported log replays against the states of a case (XES)", "steps")
    check.note(report.deviations, report.steps)
    whole = proofs.check("   the export holds every case and every event of it", "cases")
    own = [fact for fact in proofs.facts["dispatch"] if fact.stream.startswith("case-")]
    with rows_file.open(encoding="utf-8", newline="") as read_back:
        rows = sum(1 for _ in csv.reader(read_back)) - 1
    told = (cases, steps, report.traces, report.steps, rows)
    wanted = (proofs.fold.opened, len(own), proofs.fold.opened, len(own), len(own))
    whole.note([] if told == wanted else [f"{told} instead of {wanted}"], cases)
