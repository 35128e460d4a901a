"""The checks after a trial: each printed with how often it was made, and what it found."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from contracts.dispatch import ReturnRuled
from contracts.event import Event
from contracts.pack import Pack, parse_pack
from deploy.cli import verification
from deploy.trial import district, invariants, logs, programme
from deploy.trial.arrivals import INTERLEAVINGS, check_arrivals, figures, interleaved, scratch_database, vector_of
from deploy.trial.fold import Fold
from deploy.trial.run import Trial
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.facts import Fact
from services.reporting.domain import r02, r03
from services.reporting.domain.canonical import hash_of
from services.reporting.domain.shares import fraction
from services.reporting.domain.window import windows
from services.reporting.read.moments import Moment

POSITIONS = 200
COMPARED = 20
"""Of them the running service is asked too, and must answer the same rows."""

SCRATCH = "trial_arrivals"
AGAIN_SHARE = 0.01
SHOWN = 5
SOURCES = ("intake", "dispatch", "supervision")


@dataclass
class Check:
    """One property: how often it was looked at and where it did not hold."""

    name: str
    looked: int = 0
    of: str = ""
    wrong: list[str] = field(default_factory=list)

    def note(self, found: Iterable[str], times: int = 1) -> None:
        self.looked += times
        self.wrong += found


class Checks:
    """Reads the whole logs once, then looks at them from every side."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.pack: Pack = parse_pack(programme.PACK.read_bytes())
        self.windows = windows(self.pack, calendar_for(self.pack), "R03", programme.ENDS)
        self.dice = random.Random(trial.seed)  # noqa: S311 - where to look, not what nobody may know
        self.facts: dict[str, list[Fact]] = {}
        self.found: list[Check] = []

    async def run(self) -> list[Check]:
        """All of them; the order is the one they are printed in."""
        await self.trial.watch.at_rest()
        reporting = self.trial.watch.databases["reporting"]
        self.facts = {source: await logs.facts(reporting, source) for source in SOURCES}
        await self._positions()
        await self._order_of_steps()
        await self._runs_again()
        await self._delivered_again()
        self._interleavings()
        await self._arrivals()
        await self._logs_agree()
        self._script()
        return self.found

    def kinds(self) -> Counter[str]:
        """How often what happened in dispatch; rulings on returns told apart."""
        return Counter(_kind(fact.event) for fact in self.facts["dispatch"])

    def _check(self, name: str, of: str) -> Check:
        check = Check(name, of=of)
        self.found.append(check)
        return check

    async def _positions(self) -> None:
        """Invariants 1, 2 and 12 at random positions of dispatch's log and at its head."""
        opened = self._check("1  opened = struck off + open, as R03 says it", "positions")
        sums = self._check("2  Σ units = total in every counted column", "positions")
        ledger = self._check("2  R02 has as many rows as R03 counts", "positions")
        shares = self._check("12 no share above 100, none of nothing", "positions")
        asked = self._check("   the service's rows at that position are those of the fold", "positions")
        dispatch = self.facts["dispatch"]
        stops = sorted(self.dice.sample(range(1, len(dispatch) + 1), min(POSITIONS, len(dispatch))))
        compared = set(stops[:: max(1, len(stops) // COMPARED)]) | {len(dispatch)}
        fold = Fold(self.windows)
        for fact in dispatch:
            fold.take(fact)
            if fact.position not in compared and fact.position not in stops:
                continue
            rows = r03.rows(fold.r03(fact.time, self._planned(fact.time)))
            opened.note(_at(fact, invariants.adds_up(fold, rows)))
            sums.note(_at(fact, invariants.units_make_the_total(rows)))
            shares.note(_at(fact, invariants.shares_are_sane(rows)))
            if fact.position in compared:
                asked.note(_at(fact, await self._service_differs(fact, hash_of(rows))))
                count = len(await self._preview("R02", fact))
                ledger.note([f"{count} rows, {rows[-1]['total']} cases"] if count != rows[-1]["total"] else [])

    def _planned(self, at: datetime) -> Any:
        return fraction(self.pack.planned_share("K16a", at.astimezone(LOCAL).date()))

    async def _service_differs(self, fact: Fact, wanted: str) -> list[str]:
        found = hash_of(await self._preview("R03", fact))
        return [] if found == wanted else [f"R03 {logs.row_hash(found)} is not {logs.row_hash(wanted)}"]

    async def _preview(self, report: str, fact: Fact) -> list[Any]:
        office = self.trial.staff.token(self.trial.staff.person("programme_office", district.OFFICE))
        place = {"dispatch": fact.position, "intake": 0, "supervision": 0, "as_of": fact.time.isoformat()}
        path = f"/reporting/api/{report}"
        content = await self.trial.browser.get(path, office, programme=programme.PROGRAMME, **place)
        rows: list[Any] = content["rows"]
        return rows

    async def _order_of_steps(self) -> None:
        """Invariants 4 and 8, at every event."""
        steps = self._check("4  struck off only if completed; completed only with reply and person", "events")
        order = invariants.Order(self.pack.order.required)
        for fact in self.facts["dispatch"]:
            steps.note(order.check(fact))
        others = self._check("8  nobody reviews their own work", "follow-up events")
        reviewed = sum(fact.stream.startswith("followup-") for fact in self.facts["supervision"])
        others.note(invariants.nobody_reviews_themselves(self.facts["dispatch"], self.facts["supervision"]), reviewed)

    async def _runs_again(self) -> None:
        """Invariant 3: every run computed again from its recorded positions."""
        check = self._check("3  a run computed again has the identical hash", "runs")
        office = self.trial.staff.token(self.trial.staff.person("programme_office", district.OFFICE))
        for run in self.trial.runs:
            path = f"/reporting/api/runs/{run['report_id']}/recompute"
            answer = await self.trial.browser.call("POST", path, office, b"{}", f"again-{run['report_id']}")
            same = answer.ok and answer.content["same"] and answer.content["computed"] == run["rows_sha256"]
            check.note([] if same else [f"{run['report_id']}: {answer.status} {answer.content}"])

    async def _delivered_again(self) -> None:
        """Invariant 6: messages of the transport and commands of people come twice, and nothing changes."""
        databases = self.trial.watch.databases
        before = {name: await logs.content_hash(database) for name, database in databases.items()}
        heads = await self.trial.watch.heads()
        messages = self._check("6  1 % of all messages delivered again are recognised", "messages")
        for name in databases:
            await self._redeliver(name, heads[name], messages)
        commands = self._check("6  1 % of all commands sent again are answered as before", "commands")
        for sent in self.trial.staff.again:
            answer = await self.trial.browser.post(sent.path, sent.token, sent.body, sent.key)
            commands.note(_differs(sent.path, sent.answer.content, answer.content))
        await self.trial.watch.settled(readers=True)
        same = self._check("6  read models are the same before and after, to the byte", "rows")
        for name, database in databases.items():
            after = await logs.content_hash(database)
            same.note([] if after == before[name] else [f"{name}: {before[name]} became {after}"], after[0])
        same.note([] if await self.trial.watch.heads() == heads else ["a log grew"], 0)

    async def _redeliver(self, name: str, heads: Sequence[tuple[Any, ...]], check: Check) -> None:
        """To one log, everything that it holds of others."""
        kind = self.trial.installation.kind.district
        async with asyncpg.create_pool(self.trial.installation.dsn(name), min_size=1, max_size=1) as pool:
            for source, epoch, position, _ in heads:
                if source == name:
                    continue
                chosen = self.dice.sample(range(1, position + 1), max(1, round(position * AGAIN_SHARE)))
                taken = await logs.deliver_again(pool, kind, source, epoch, chosen)
                check.note([f"{name} took {taken} of {source} twice"] if taken else [], len(chosen))

    def _interleavings(self) -> None:
        """Invariant 10: in whatever order the sources arrive, the same R03 and R02."""
        check = self._check("10 random interleavings of the sources give the same R03 and R02", "interleavings")
        at = self.facts["dispatch"][-1].time
        hashes = set()
        for number in range(INTERLEAVINGS + 1):
            fold = Fold(self.windows)
            for fact in interleaved(self.facts, self.dice) if number else self._by_source():
                fold.take(fact)
            rows = r03.rows(fold.r03(at, self._planned(at)))
            hashes.add((hash_of(rows), hash_of(r02.rows(fold.r02(at)))))
        check.note([f"{len(hashes)} different results"] if len(hashes) > 1 else [], INTERLEAVINGS)

    def _by_source(self) -> list[Fact]:
        return [fact for source in SOURCES for fact in self.facts[source]]

    async def _arrivals(self) -> None:
        """Invariant 10 on reporting's own tables, against those that the running service has filled."""
        name = "10 reporting's own tables, filled anew in other orders, give the same rows"
        check = self._check(name, "interleavings")
        at = self.facts["dispatch"][-1].time
        window = next(one for one in self.windows if one.start <= at < one.end)
        moment = Moment(programme.PROGRAMME, vector_of(self.facts), at, window.start, window.end)
        installation = self.trial.installation
        async with asyncpg.create_pool(installation.dsn("reporting"), min_size=1, max_size=1) as pool:
            live = await figures(pool, moment)
        async with scratch_database(installation.admin_dsn(), SCRATCH) as dsn:
            found = await check_arrivals(dsn, self.facts, moment, expected=live, seed=self.trial.seed)
        check.note(found, INTERLEAVINGS)

    async def _logs_agree(self) -> None:
        """Every chain verifies, and all logs hold the same."""
        chains = self._check("   every chain verifies (`huiyin verify`)", "logs")
        good = await verification.run(self.trial.installation.folder, None, None, None, None, None)
        chains.note([] if good else ["see above"], len(self.trial.watch.databases))
        same = self._check("   all logs hold the same events of every source", "sources")
        heads = await self.trial.watch.heads()
        first = next(iter(heads.values()))
        same.note([f"{name} differs" for name, held in heads.items() if held != first], len(first))

    def _script(self) -> None:
        """The rules let through what the script expected, and refused what it expected."""
        tally = self.trial.staff.tally
        check = self._check("   every command was taken or refused as the script expected", "commands")
        wrong = [f"{what}: {code} × {number}" for (what, code), number in tally.unexpected.items()]
        check.note(wrong, tally.commands.total())


def _kind(event: Event) -> str:
    if isinstance(event, ReturnRuled):
        return "return-accepted" if event.accepted else "return-refused"
    return event.TYPE


def _at(fact: Fact, found: Iterable[str]) -> list[str]:
    return [f"position {fact.position}: {wrong}" for wrong in found]


def _differs(path: str, first: Any, again: Any) -> list[str]:
    """The same events at the same position; only `repeated` may say that it was a repetition."""
    if not isinstance(again, dict) or not again.get("repeated"):
        return [f"{path}: not recognised"]
    changed = [key for key in first if key not in ("repeated", "version") and first[key] != again.get(key)]
    return [f"{path}: {', '.join(changed)} differ"] if changed else []
