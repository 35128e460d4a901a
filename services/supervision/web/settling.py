"""What came of looking: a signal is settled, a false report is established, by a person and on a ground that holds."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field
from starlette.exceptions import HTTPException

from contracts.dispatch import Evidence
from contracts.event import Code
from contracts.supervision import CheckMode
from services.chassis.decider import Rejected
from services.chassis.handle import Alongside, Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Many, command_id
from services.chassis.web.inputs import Words
from services.chassis.words import N_
from services.reference.attachments.naming import named
from services.reference.programmes import ActivePack
from services.supervision.domain import misreport as misreports
from services.supervision.domain import signal as signals
from services.supervision.domain.misreport import MISREPORT, EstablishMisreport
from services.supervision.domain.signal import SIGNAL, SettleSignal
from services.supervision.domain.spot_check import SPOT_CHECK, ConductCheck, Finding, stream
from services.supervision.read import inspected
from services.supervision.read.burden import asked_in_month
from services.supervision.web.acts import Input
from services.supervision.web.inspecting import Asked


class SettleInput(Input):
    """What came of a signal; after a check, how it ended; once established, what of."""

    outcome: Literal["harmless", "checked", "established"] | None = None
    text: Words = ""
    mode: CheckMode = "on_site"
    passed: bool | None = None
    code: Code | None = None
    persons: Many[Code] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)


class MisreportInput(Input):
    """A false report, on a check of this item; for a case its id says which."""

    case_id: Code | None = None
    item: Code | None = None
    check_id: Code
    code: Code | None = None
    unit: Code | None = None
    persons: Many[Code] = Field(default_factory=list)
    finding: Words = ""
    evidence: list[Evidence] = Field(default_factory=list)


async def settle(x: Asked, signal_id: str, data: SettleInput) -> Outcome:
    """Looked at and harmless; checked, with its result; or established as false."""
    row = await inspected.signal(x.reads.pool, signal_id)
    if row is None:
        raise HTTPException(404)
    if row["outcome"] is not None:
        raise Rejected("signal-settled", N_("这条线索已经办结。"))
    if data.evidence and not (data.outcome == "established" or (data.outcome == "checked" and row["case_id"])):
        raise Rejected("evidence-not-taken", N_("只有「已检查」或「查实虚报」可以附材料。"), "evidence")
    active = await x.checking(row["programme"])
    settled = SettleSignal(data.outcome, data.text, x.user.unit_id, with_misreport=data.outcome == "established")
    on = signals.stream(signal_id)
    match data.outcome:
        case "established":
            command = await _on_signal(x, row, data)
            about = MISREPORT, misreports.stream(command.misreport_id), command
            return await x.perform(*about, row["programme"], also=[Alongside(SIGNAL, on, settled)])
        case "checked" if row["case_id"]:
            check = await _listed(x, row, data, active)
            where = stream(check.check_id)
            return await x.perform(SPOT_CHECK, where, check, row["programme"], [Alongside(SIGNAL, on, settled)])
        case _:
            return await x.perform(SIGNAL, on, settled, row["programme"])


async def _listed(x: Asked, row: Any, data: SettleInput, active: ActivePack) -> ConductCheck:
    """The check that a signal proposed, made on the one case that it names."""
    case = await inspected.case(x.reads.pool, row["case_id"])
    return ConductCheck(
        check_id=f"signal-{row['signal_id']}",
        item=row["case_id"],
        case_id=row["case_id"],
        handler_units=frozenset(case["units"] if case else ()),
        by_unit=x.user.unit_id,
        mode=data.mode,
        modes=(),
        body=x.user.unit_name,
        passed=data.passed,
        finding=data.text,
        checked_at=x.reads.now,
        at=x.reads.now,
        evidence=await named(x.request, x.user, data.evidence),
        listed=True,
        round=case["round"] if case else None,
        asked=await asked_in_month(x.reads.pool, row["unit"], x.reads.now) if row["unit"] else 0,
        cap=active.pack.escalation.checks_per_month,
    )


async def establish(x: Asked, data: MisreportInput) -> Outcome:
    """On a check that failed. The check itself says what it found, not a read model that may be behind it."""
    check = await inspected.check(x.reads.pool, data.check_id)
    if check is None:
        raise Rejected("no-such-check", N_("没有这次检查。"), "check_id")
    state, _ = await x.request.app.state.service.commands.load(SPOT_CHECK, stream(data.check_id))
    item = data.item or data.case_id
    found: Finding | None = state.findings.get(item)
    case_id = found.case_id if found else None
    case = await inspected.case(x.reads.pool, case_id) if case_id else None
    units = case["units"] if case else await inspected.visit_units(x.reads.pool, item or "")
    unit = data.unit or (case["lead_unit"] if case else next(iter(units), None))
    said = await _established(x, data, check["programme"], unit, units, data.finding)
    command = EstablishMisreport(**said, case_id=case_id, check_id=data.check_id, found=found, item=item)
    return await x.perform(MISREPORT, misreports.stream(command.misreport_id), command, check["programme"])


async def _on_signal(x: Asked, row: Any, data: SettleInput) -> EstablishMisreport:
    """On a signal: its own records are what was looked at."""
    units = (row["unit"],) if row["unit"] else ()
    said = await _established(x, data, row["programme"], row["unit"], units, data.text)
    return EstablishMisreport(**said, case_id=row["case_id"], signal_id=row["signal_id"])


async def _established(
    x: Asked,
    data: MisreportInput | SettleInput,
    programme: str,
    unit: str | None,
    units: Collection[str],
    finding: str,
) -> dict[str, Any]:
    """What both grounds have in common."""
    active = await x.checking(programme)
    persons = await x.reads.directory.persons_of(unit) if unit and data.persons else []
    return {
        "misreport_id": effect_id(command_id(x.request), "misreport"),
        "programme_id": programme,
        "code": data.code or "",
        "codes": inspected.misconduct(active.pack),
        "unit": unit or "",
        "units": frozenset(units),
        "persons": tuple(dict.fromkeys(data.persons)),
        "of_unit": frozenset(person.person_id for person in persons),
        "finding": finding,
        "established_by": x.user.person_id,
        "by_unit": x.user.unit_id,
        "evidence": await named(x.request, x.user, data.evidence),
    }
