"""One request: registered, then accepted, answered on the spot or turned down; its end is exactly one of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from contracts.event import Event
from contracts.intake import (
    Channel,
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestLinked,
    RequestRedirected,
    RequestRejected,
    RequestSupplemented,
    RequestWithdrawn,
)
from contracts.sealed import Sealed
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.chassis.zone import LOCAL
from services.intake.domain.new_request import (
    NewRequest,
    Unknown,
    refuse_future,
    refuse_impossible,
    refuse_unknown,
    registered,
)
from services.intake.domain.request_state import Request, Status, evolve


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """Register what came by another way than a visit."""

    new: NewRequest
    at: datetime
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """Take it in: a case follows, or it joins the case of the same matter."""

    note: str = ""
    join_case: str | None = None
    join_as: Literal["merged", "repeat"] | None = None


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """It was settled where it was raised."""

    answer: Sealed | None
    answered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectRequest:
    """Turn it down, with the reason as it was told."""

    reason_code: str
    reason: str
    told_at: datetime | None
    at: datetime
    channel_told: Channel | None = None


@dataclass(frozen=True, slots=True)
class RedirectRequest:
    """For another channel, and the requester was told which."""

    reason_code: str
    channel: str
    told_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """The requester takes it back before a case follows; afterwards the case is closed unhandled."""

    reason: str


@dataclass(frozen=True, slots=True)
class SupplementRequest:
    """More about it, after it was taken in; None: nothing was said."""

    text: Sealed | None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Its case was opened, or goes on in another one: then `instead_of` names the one it waited for."""

    case_id: str
    link: Literal["new", "merged", "repeat"] = "new"
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class ErasePersonalData:
    """Destroy the keys of its words and what is known of who spoke."""

    key_ids: tuple[str, ...]
    legal_basis: str


Command = (
    RegisterRequest
    | AcceptRequest
    | AnswerRequest
    | RejectRequest
    | RedirectRequest
    | WithdrawRequest
    | SupplementRequest
    | LinkRequest
    | ErasePersonalData
)


def stream(request_id: str) -> str:
    """The stream of a request."""
    return f"request-{request_id}"


def decide(state: Request, command: Command) -> Sequence[Event]:
    """What a command makes of a request."""
    if isinstance(command, RegisterRequest):
        return _register(state, command)
    if state.status is Status.UNKNOWN:
        raise Rejected("no-such-request", N_("没有这件诉求。"))
    match command:
        case AcceptRequest():
            return _accept(state, command)
        case AnswerRequest():
            return _answer(state, command)
        case RejectRequest():
            return _reject(state, command)
        case RedirectRequest():
            return _redirect(state, command)
        case WithdrawRequest():
            return _withdraw(state, command)
        case SupplementRequest():
            return _supplement(state, command)
        case LinkRequest():
            return _link(state, command)
        case ErasePersonalData():
            return _erase(state, command)
        case _:
            assert_never(command)


def _register(state: Request, c: RegisterRequest) -> Sequence[Event]:
    if state.status is not Status.UNKNOWN:
        raise Rejected("already-registered", N_("这件诉求已登记。"))
    refuse_unknown(c.unknown)
    refuse_impossible(c.new.received_at, c.at, "received_at")
    return registered(c.new)


def _accept(state: Request, c: AcceptRequest) -> Sequence[Event]:
    if state.status in (Status.ACCEPTED, Status.LINKED):
        return []
    _only_new(state)
    join_as = (c.join_as or "merged") if c.join_case else None
    return [RequestAccepted(request_id=state.request_id, note=c.note, join_case=c.join_case, join_as=join_as)]


def _answer(state: Request, c: AnswerRequest) -> Sequence[Event]:
    if state.status is Status.ANSWERED:
        return []
    _only_new(state)
    if c.answer is None:
        raise Rejected("answer-missing", N_("请写明当场是怎样答复的。"), "answer")
    _refuse_wrong_day(state, c.answered_at, c.at, "answered_at")
    return [RequestAnsweredOnSpot(request_id=state.request_id, answer=c.answer, answered_at=c.answered_at)]


def _reject(state: Request, c: RejectRequest) -> Sequence[Event]:
    if state.status is Status.REJECTED:
        return []
    _only_new(state)
    if not c.reason.strip():
        raise Rejected("reason-missing", N_("请写明不予受理的理由，理由要告知诉求人。"), "reason")
    if c.told_at is None:
        raise Rejected("not-told", N_("请填写告知诉求人的时间。"), "told_at")
    _refuse_wrong_day(state, c.told_at, c.at, "told_at")
    return [
        RequestRejected(
            request_id=state.request_id,
            reason_code=c.reason_code,
            reason=c.reason,
            channel_told=c.channel_told,
            told_at=c.told_at,
        )
    ]


def _redirect(state: Request, c: RedirectRequest) -> Sequence[Event]:
    if state.status is Status.REDIRECTED:
        return []
    _only_new(state)
    if not c.channel.strip():
        raise Rejected("channel-missing", N_("请写明告知诉求人应走的渠道。"), "channel")
    if c.told_at is None:
        raise Rejected("not-told", N_("请填写告知诉求人的时间。"), "told_at")
    _refuse_wrong_day(state, c.told_at, c.at, "told_at")
    return [
        RequestRedirected(request_id=state.request_id, reason_code=c.reason_code, channel=c.channel, told_at=c.told_at)
    ]


def _withdraw(state: Request, c: WithdrawRequest) -> Sequence[Event]:
    if state.status is Status.WITHDRAWN:
        return []
    _only_new(state)
    if not c.reason.strip():
        raise Rejected("reason-missing", N_("请写明诉求人撤回的原因。"), "reason")
    return [RequestWithdrawn(request_id=state.request_id, reason=c.reason)]


def _supplement(state: Request, c: SupplementRequest) -> Sequence[Event]:
    """What is not taken in yet is told whole when it is; what has ended takes nothing more."""
    if state.erased:
        raise Rejected("erased", N_("这件诉求的内容已依法删除，不再办理。"))
    if state.status not in (Status.ACCEPTED, Status.LINKED):
        raise Rejected("not-accepted", N_("只有已受理的诉求可以补充。"))
    if c.text is None:
        raise Rejected("supplement-missing", N_("请写明补充的情况。"), "text")
    return [RequestSupplemented(request_id=state.request_id, text=c.text)]


def _link(state: Request, c: LinkRequest) -> Sequence[Event]:
    """A case that had gone on in another one before its opening was heard of is no news any more."""
    moved = c.instead_of is not None and c.instead_of in state.cases
    if c.case_id in state.cases and not moved:
        return []
    if state.status is Status.LINKED and c.instead_of is None and c.link == "new":
        return []
    if state.status not in (Status.ACCEPTED, Status.LINKED):
        raise Rejected("not-accepted", N_("这件诉求没有受理，不能对应案件。"))
    return [
        RequestLinked(
            request_id=state.request_id, case_id=c.case_id, link=c.link, instead_of=c.instead_of if moved else None
        )
    ]


def _erase(state: Request, c: ErasePersonalData) -> Sequence[Event]:
    if state.erased:
        return []
    if not c.legal_basis.strip():
        raise Rejected("legal-basis-missing", N_("请写明删除个人信息的法律依据。"), "legal_basis")
    return [PersonalDataErased(request_id=state.request_id, key_ids=c.key_ids, legal_basis=c.legal_basis)]


def _refuse_wrong_day(state: Request, moment: datetime, now: datetime, field: str) -> None:
    """Days are compared: what a clerk takes down after the talk is received, by the clock, after it was answered."""
    refuse_future(moment, now, field)
    received = state.received_at
    if received is not None and moment.astimezone(LOCAL).date() < received.astimezone(LOCAL).date():
        raise Rejected("before-receipt", N_("早于收到诉求的那天；请核对日期和时间。"), field)


def _only_new(state: Request) -> None:
    if state.erased:
        raise Rejected("erased", N_("这件诉求的内容已依法删除，不再办理。"))
    match state.status:
        case Status.ACCEPTED | Status.LINKED:
            raise Rejected("already-accepted", N_("这件诉求已受理。"))
        case Status.ANSWERED:
            raise Rejected("already-answered", N_("这件诉求已当场办结。"))
        case Status.REJECTED:
            raise Rejected("already-rejected", N_("这件诉求已不予受理。"))
        case Status.REDIRECTED:
            raise Rejected("already-redirected", N_("这件诉求已告知其他渠道。"))
        case Status.WITHDRAWN:
            raise Rejected("already-withdrawn", N_("这件诉求已由诉求人撤回。"))
        case _:
            pass  # NEW: everything is open


request: Decider[Request, Command] = Decider("request", Request(), evolve, decide)
