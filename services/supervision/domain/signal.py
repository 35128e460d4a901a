"""A signal: raised once for the same records, settled once by a person. It proposes a check and is never a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from contracts.event import Event
from contracts.supervision import SignalRaised, SignalSettled
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.signs import Sign

Outcome = Literal["checked", "harmless", "established"]


@dataclass(frozen=True, slots=True)
class Signal:
    """What deciding needs to know of one signal."""

    signal_id: str = ""
    unit: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class RaiseSignal:
    """What a rule saw."""

    signal_id: str
    programme_id: str
    sign: Sign


@dataclass(frozen=True, slots=True)
class SettleSignal:
    """What a person found who looked; `established` comes with a misreport only."""

    outcome: Outcome | None
    text: str
    by_unit: str
    with_misreport: bool = False


Command = RaiseSignal | SettleSignal


def evolve(signal: Signal, event: Event) -> Signal:
    match event:
        case SignalRaised() as e:
            return Signal(e.signal_id, e.unit)
        case SignalSettled(outcome=outcome):
            return Signal(signal.signal_id, signal.unit, outcome)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a signal")


def decide(signal: Signal, command: Command) -> Sequence[Event]:
    match command:
        case RaiseSignal():
            return _raise(signal, command)
        case SettleSignal():
            return _settle(signal, command)
        case _:
            assert_never(command)


def _raise(signal: Signal, c: RaiseSignal) -> Sequence[Event]:
    if signal.signal_id:
        return []
    return [
        SignalRaised(
            signal_id=c.signal_id,
            programme_id=c.programme_id,
            kind=c.sign.kind,
            unit=c.sign.unit,
            case_id=c.sign.case_id,
            visit_ids=c.sign.visit_ids,
            seen=c.sign.seen,
            measured=dict(c.sign.measured),
        )
    ]


def _settle(signal: Signal, c: SettleSignal) -> Sequence[Event]:
    if not signal.signal_id:
        raise Rejected("no-such-signal", N_("没有这条线索。"))
    if signal.outcome is not None:
        if signal.outcome == c.outcome:
            return []
        raise Rejected("signal-settled", N_("这条线索已经办结。"))
    if signal.unit is not None and c.by_unit == signal.unit:
        raise Rejected("own-signal", N_("线索涉及本单位，须由其他单位核查。"))
    if c.outcome is None:
        raise Rejected("no-outcome", N_("请选择核查结论。"), "outcome")
    if c.outcome == "established" and not c.with_misreport:
        raise Rejected("no-misreport", N_("查实虚报须作出认定，请填写认定内容。"), "outcome")
    if not c.text:
        raise Rejected("no-text", N_("请写明核查情况。"), "text")
    return [SignalSettled(signal_id=signal.signal_id, outcome=c.outcome, text=c.text)]


SIGNAL: Decider[Signal, Command] = Decider("signal", Signal(), evolve, decide)


def stream(signal_id: str) -> str:
    """The stream of a signal."""
    return f"signal-{signal_id}"
