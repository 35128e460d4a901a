"""A false report that a person established on evidence: it is recorded once and sends the case back to work (JW-26).

Its ground is a check that failed at this very item, or a signal; both are named by the decision, never assumed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import MisreportEstablished
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.spot_check import Finding


@dataclass(frozen=True, slots=True)
class Misreport:
    """Whether it was established."""

    misreport_id: str = ""


@dataclass(frozen=True, slots=True)
class EstablishMisreport:
    """A named person finds it proved, on a check, a signal, or evidence of their own."""

    misreport_id: str
    programme_id: str
    case_id: str | None
    code: str
    codes: Collection[str]
    """The pack's codes of misconduct."""
    unit: str
    units: Collection[str]
    """Whose work the ground looked at: nobody else made the report."""
    persons: tuple[str, ...]
    of_unit: Collection[str]
    """The persons of `unit`."""
    finding: str
    established_by: str
    by_unit: str
    check_id: str | None = None
    found: Finding | None = None
    """What the check found at the item, where it looked at it."""
    item: str | None = None
    signal_id: str | None = None
    evidence: tuple[Evidence, ...] = ()


def evolve(misreport: Misreport, event: Event) -> Misreport:
    match event:
        case MisreportEstablished() as e:
            return Misreport(e.misreport_id)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a misreport")


def decide(misreport: Misreport, c: EstablishMisreport) -> Sequence[Event]:
    if misreport.misreport_id:
        return []
    if not (c.check_id or c.signal_id):
        raise Rejected("no-grounds", N_("认定须有依据：一次不合格的检查或一条线索。"), "finding")
    if c.check_id and c.found is None:
        raise Rejected("not-checked", N_("这次检查没有查过这一件，不能据此认定。"), "check_id")
    if c.check_id and c.found and c.found.passed:
        raise Rejected("check-passed", N_("这一件检查合格，不能据此认定虚报。"), "check_id")
    if c.code not in c.codes:
        raise Rejected("unknown-misconduct", N_("请选择方案规定的情形。"), "code")
    if not c.unit:
        raise Rejected("no-unit", N_("请选定责任单位。"), "unit")
    if c.unit not in c.units:
        raise Rejected("unit-not-involved", N_("该单位没有承办这一件，不能认定为责任单位。"), "unit")
    if c.by_unit == c.unit:
        raise Rejected("own-misreport", N_("涉及本单位，须由其他单位认定。"))
    if not c.finding:
        raise Rejected("no-finding", N_("请写明查实的情况。"), "finding")
    if not set(c.persons) <= set(c.of_unit):
        raise Rejected("person-of-another-unit", N_("责任人须是责任单位的人员，请重新选择。"), "persons")
    return [
        MisreportEstablished(
            misreport_id=c.misreport_id,
            programme_id=c.programme_id,
            case_id=c.case_id,
            item=c.item if c.item != c.case_id else None,
            code=c.code,
            unit=c.unit,
            persons=c.persons,
            finding=c.finding,
            check_id=c.check_id,
            signal_id=c.signal_id,
            evidence=c.evidence,
            established_by=c.established_by,
        )
    ]


MISREPORT: Decider[Misreport, EstablishMisreport] = Decider("misreport", Misreport(), evolve, decide)


def stream(misreport_id: str) -> str:
    """The stream of a misreport."""
    return f"misreport-{misreport_id}"
