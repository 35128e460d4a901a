"""A false report that a person established on evidence: it is recorded once and sends the case back to work (JW-26)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import MisreportEstablished
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


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
    persons: tuple[str, ...]
    finding: str
    established_by: str
    by_unit: str
    check_id: str | None = None
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
    if c.code not in c.codes:
        raise Rejected("unknown-misconduct", N_("请选择方案规定的情形。"), "code")
    if not c.unit:
        raise Rejected("no-unit", N_("请选定责任单位。"), "unit")
    if c.by_unit == c.unit:
        raise Rejected("own-misreport", N_("涉及本单位，须由其他单位认定。"))
    if not c.finding:
        raise Rejected("no-finding", N_("请写明查实的情况。"), "finding")
    if not (c.check_id or c.signal_id or c.evidence):
        raise Rejected("no-grounds", N_("认定须有依据：一次检查、一条线索或证据。"), "finding")
    return [
        MisreportEstablished(
            misreport_id=c.misreport_id,
            programme_id=c.programme_id,
            case_id=c.case_id,
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
