"""Replays exported traces against the states of a case and its orders, by no code of the service that wrote them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from deploy.export.steps import Step, Trace

NONE, REGISTERED, ROUTED, HANDLING, SUSPENDED = "none", "registered", "routed", "handling", "suspended"
COMPLETED, VERIFYING, STRUCK_OFF = "completed", "verifying", "struck_off"
MERGED, SPLIT, CLOSED = "merged", "split", "closed_unhandled"

OPEN = frozenset({REGISTERED, ROUTED, HANDLING, SUSPENDED})
DONE = frozenset({COMPLETED, VERIFYING, STRUCK_OFF})
BEFORE_END = frozenset({REGISTERED, ROUTED, HANDLING})
STAYS = ""


@dataclass(frozen=True, slots=True)
class Move:
    """From which states of the case a step may come, and where it leads; `STAYS` leaves it there."""

    after: frozenset[str]
    to: str = STAYS
    order: frozenset[str] | None = None
    """In which states its order may be; None for steps of the case itself."""
    order_to: str = STAYS


ISSUED, SIGNED, RETURNED, ENDED, FINISHED = "issued", "signed", "returned", "cancelled", "completed"
WORKED = frozenset({SIGNED})
WITH_PAUSE = frozenset({HANDLING, SUSPENDED})

MOVES: Mapping[str, Move] = MappingProxyType(
    {
        "case-opened": Move(frozenset({NONE}), REGISTERED),
        "case-classified": Move(BEFORE_END),
        "case-routed": Move(BEFORE_END),
        "fallback-begun": Move(frozenset({REGISTERED})),
        "case-sent-back": Move(frozenset({REGISTERED, ROUTED})),
        "case-supplemented": Move(OPEN | DONE),
        "lead-unit-designated": Move(OPEN),
        "leader-bound-to-case": Move(OPEN),
        "suggestion-decided": Move(OPEN | DONE),
        "case-consulted": Move(OPEN | DONE | {MERGED, SPLIT, CLOSED}),
        "meeting-noted": Move(OPEN | DONE | {MERGED, SPLIT, CLOSED}),
        "order-issued": Move(frozenset({ROUTED, HANDLING}), HANDLING, frozenset({NONE}), ISSUED),
        "order-signed": Move(WITH_PAUSE, STAYS, frozenset({ISSUED}), SIGNED),
        "order-returned": Move(frozenset({HANDLING}), STAYS, frozenset({ISSUED, SIGNED}), RETURNED),
        "return-ruled": Move(frozenset({HANDLING}), STAYS, frozenset({RETURNED})),
        "requester-contacted": Move(WITH_PAUSE, STAYS, frozenset({ISSUED, SIGNED, RETURNED})),
        "handling-plan-filed": Move(frozenset({HANDLING}), STAYS, WORKED),
        "progress-reported": Move(frozenset({HANDLING}), STAYS, WORKED),
        "milestone-reached": Move(frozenset({HANDLING}), STAYS, WORKED),
        "site-verified": Move(WITH_PAUSE, STAYS, WORKED),
        "findings-reported": Move(OPEN | DONE, STAYS, WORKED | {FINISHED}),
        "extension-requested": Move(frozenset({HANDLING}), STAYS, WORKED),
        "extension-decided": Move(WITH_PAUSE, STAYS, WORKED),
        "order-completed": Move(frozenset({HANDLING}), STAYS, WORKED, FINISHED),
        "order-cancelled": Move(OPEN, STAYS, frozenset({ISSUED, SIGNED, RETURNED}), ENDED),
        "case-suspended": Move(frozenset({HANDLING}), SUSPENDED),
        "suspension-reviewed": Move(frozenset({SUSPENDED}), SUSPENDED),
        "case-resumed": Move(frozenset({SUSPENDED}), HANDLING),
        "case-completed": Move(frozenset({HANDLING}), COMPLETED),
        "verification-started": Move(frozenset({COMPLETED, STRUCK_OFF, VERIFYING})),
        "case-struck-off": Move(frozenset({COMPLETED, VERIFYING}), STRUCK_OFF),
        "strike-off-reported": Move(frozenset({STRUCK_OFF})),
        "case-reopened": Move(DONE, REGISTERED),
        "case-showcased": Move(DONE),
        "showcase-withdrawn": Move(DONE),
        "request-joined": Move(OPEN | DONE),
        "join-undone": Move(OPEN | DONE | {CLOSED}),
        "case-merged": Move(OPEN, MERGED),
        "case-absorbed": Move(OPEN | DONE),
        "merge-undone": Move(frozenset({MERGED})),
        "absorption-undone": Move(OPEN | DONE | {CLOSED}),
        "case-split": Move(OPEN, SPLIT),
        "case-closed-unhandled": Move(OPEN | {COMPLETED, VERIFYING}, CLOSED),
        "deadlines-recomputed": Move(WITH_PAUSE),
    }
)
"""The table of states, written down from the model and not from the service's code."""


@dataclass
class Report:
    """What a replay found."""

    traces: int = 0
    steps: int = 0
    deviations: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    """Where the cases stand at the end."""
    activities: Counter[str] = field(default_factory=Counter)

    @property
    def fitness(self) -> float:
        """The share of steps that the model allows."""
        return 1 - len(self.deviations) / self.steps if self.steps else 1.0


@dataclass
class _Case:
    """One case while it is replayed."""

    state: str = NONE
    orders: dict[str, str] = field(default_factory=dict)
    """Of the round that runs."""
    earlier: dict[str, str] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)
    leads: set[str] = field(default_factory=set)
    before_merge: str = REGISTERED
    version: int = 0

    def idle(self) -> bool:
        """Nobody has anything to do and nobody has done anything in this round."""
        return all(state == ENDED for state in self.orders.values())


def replay(traces: Iterable[Trace]) -> Report:
    """All traces; every step that the states do not allow is a deviation, and the replay goes on after it."""
    report = Report()
    for trace in traces:
        report.traces += 1
        case = _Case()
        for step in trace.steps:
            report.steps += 1
            report.activities[step.activity] += 1
            report.deviations += [f"{trace.number} step {step.version}: {wrong}" for wrong in _step(case, step)]
        report.states[case.state] += 1
    return report


def _step(case: _Case, step: Step) -> Iterator[str]:
    case.version += 1
    if step.version != case.version:
        yield f"step {case.version} of the trace has version {step.version}"
    move = MOVES.get(step.activity)
    if move is None:
        yield f"{step.activity} is no step of a case"
        return
    if case.state not in move.after:
        yield f"{step.activity} while the case is {case.state}"
    if move.order is not None:
        yield from _order(case, step, move)
    yield from _consequences(case, step, move)


def _order(case: _Case, step: Step, move: Move) -> Iterator[str]:
    order = step.instance or ""
    round = case.earlier if order in case.earlier else case.orders
    state = round.get(order, NONE)
    if move.order is not None and state not in move.order:
        yield f"{step.activity} while order {order} is {state}"
    round[order] = move.order_to or state
    match step.activity:
        case "order-issued" if step.more.get("role") == "lead":
            case.leads.add(order)
        case "order-signed":
            case.signed.add(order)
        case "return-ruled":
            given_back = SIGNED if order in case.signed else ISSUED
            case.orders[order] = ENDED if step.more.get("accepted") else given_back
        case _:
            pass


def _consequences(case: _Case, step: Step, move: Move) -> Iterator[str]:
    """What a step means for the case beside the table: rounds, merges, and completion only when everybody is done."""
    match step.activity:
        case "case-routed":
            case.state = ROUTED if case.state == REGISTERED else case.state
        case "case-completed":
            states = {order: state for order, state in case.orders.items() if state != ENDED}
            if set(states.values()) != {FINISHED} or not case.leads & set(states):
                yield "case-completed with orders open, or without a lead"
        case "case-reopened":
            case.earlier |= case.orders
            case.orders, case.signed, case.leads = {}, set(), set()
        case "verification-started" if case.state == COMPLETED:
            case.state = VERIFYING
        case "case-merged":
            handed_over = case.state in WITH_PAUSE
            case.before_merge = REGISTERED if handed_over else case.state
        case "merge-undone":
            case.state = case.before_merge
        case "return-ruled" | "order-cancelled" if case.state == HANDLING and case.idle():
            case.state = REGISTERED
        case _:
            pass
    case.state = move.to or case.state
    if case.state in (MERGED, SPLIT, CLOSED) and set(case.orders.values()) & {ISSUED, SIGNED, RETURNED}:
        yield f"{step.activity} with orders open"
