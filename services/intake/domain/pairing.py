"""One owner's pairs of one kind: never more than the pack allows, no target twice at a time, one card for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Literal, assert_never

from contracts.event import Event
from contracts.intake.outreach import ContactCardIssued, PairedKind, PairingEnded, PairingEstablished
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

LONGEST_ID = 100
"""What an event's code holds."""


@dataclass(frozen=True, slots=True)
class Pair:
    target: str
    since: date
    until: date | None = None
    card_on: date | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """The pairs there are and were, by their ids."""

    book_id: str = ""
    pairs: dict[str, Pair] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EstablishPairing:
    """Pair an owner with a target. `owes`: the roster or role of the pack's row has this owner; `most`: its max."""

    book_id: str
    pairing_id: str
    programme_id: str
    kind: str
    owner: str
    owner_kind: Literal["person", "unit"]
    target: str
    target_kind: PairedKind
    since: date
    today: date
    rule_id: str
    owes: bool
    known: bool
    """The target is in the directory, and of the kind that the row names."""
    most: int | None = None
    basis: str = ""
    bases: tuple[str, ...] = ()
    taken_until: date | None = None
    """Of a target that only one may have: the last day on which another had it."""


@dataclass(frozen=True, slots=True)
class EndPairing:
    pairing_id: str
    until: date
    reason: str
    today: date


@dataclass(frozen=True, slots=True)
class IssueCard:
    """`asked`: the pack's row has cards."""

    pairing_id: str
    on: date
    receipt: str
    today: date
    asked: bool


Command = EstablishPairing | EndPairing | IssueCard


def book_id(programme: str, kind: str, owner: str) -> str:
    """One list for each owner and kind."""
    plain = f"{programme}.{kind}.{owner}"
    return plain if len(plain) <= LONGEST_ID else sha256(plain.encode()).hexdigest()


def stream(book: str) -> str:
    return f"pairing-{book}"


def evolve(book: Book, event: Event) -> Book:
    match event:
        case PairingEstablished() as e:
            return Book(e.book_id, {**book.pairs, e.pairing_id: Pair(e.target, e.since)})
        case PairingEnded() as e:
            return _with(book, e.pairing_id, replace(book.pairs[e.pairing_id], until=e.until))
        case ContactCardIssued() as e:
            return _with(book, e.pairing_id, replace(book.pairs[e.pairing_id], card_on=e.on))
        case _:
            raise TypeError(f"{event.TYPE} is no event of a list of pairs")


def _with(book: Book, pairing_id: str, pair: Pair) -> Book:
    return replace(book, pairs={**book.pairs, pairing_id: pair})


def decide(book: Book, command: Command) -> Sequence[Event]:
    match command:
        case EstablishPairing():
            return _establish(book, command)
        case EndPairing():
            return _end(book, command)
        case IssueCard():
            return _issue(book, command)
        case _:
            assert_never(command)


def _establish(book: Book, c: EstablishPairing) -> Sequence[Event]:
    if not c.owes:
        raise Rejected("not-on-roster", N_("方案没有要求这个人或单位结对，请重新选择。"), "owner")
    if not c.known:
        raise Rejected("no-such-target", N_("名册中没有这个对象，或不属于这一类结对的对象。"), "target")
    if c.owner == c.target:
        raise Rejected("own-target", N_("不能与自己结对。"), "target")
    if c.since > c.today:
        raise Rejected("in-future", N_("开始日期不能在将来。"), "since")
    if c.bases and c.basis not in c.bases:
        raise Rejected("unknown-basis", N_("请选择方案规定的结对依据。"), "basis")
    later = [pair for pair in book.pairs.values() if pair.until is None or pair.until >= c.since]
    if any(pair.target == c.target for pair in later):
        raise Rejected("already-paired", N_("与这个对象的结对在这段时间已经有了。"), "target")
    if c.taken_until is not None and c.since <= c.taken_until:
        raise Rejected(
            "target-was-taken",
            N_("这个对象到 {day} 为止与别人结对，开始日期应在此之后。"),
            "since",
            day=c.taken_until.isoformat(),
        )
    if c.most is not None and len(later) >= c.most:
        raise Rejected("too-many-pairs", N_("最多结对 {most} 个，已经有 {most} 个。"), "target", most=c.most)
    return [
        PairingEstablished(
            book_id=c.book_id,
            pairing_id=c.pairing_id,
            programme_id=c.programme_id,
            kind=c.kind,
            owner=c.owner,
            owner_kind=c.owner_kind,
            target=c.target,
            target_kind=c.target_kind,
            since=c.since,
            basis=c.basis,
            rule_id=c.rule_id,
        )
    ]


def _end(book: Book, c: EndPairing) -> Sequence[Event]:
    pair = _known(book, c.pairing_id)
    if pair.until is not None:
        raise Rejected("pairing-ended", N_("这个结对已经结束。"))
    if not pair.since <= c.until <= c.today:
        raise Rejected("wrong-end", N_("结束日期应在开始日期与今天之间。"), "until")
    if not c.reason:
        raise Rejected("reason-missing", N_("请写明结束的原因。"), "reason")
    return [PairingEnded(book_id=book.book_id, pairing_id=c.pairing_id, until=c.until, reason=c.reason)]


def _issue(book: Book, c: IssueCard) -> Sequence[Event]:
    pair = _known(book, c.pairing_id)
    if not c.asked:
        raise Rejected("no-cards", N_("方案没有要求给这类对象发联系卡。"))
    if pair.card_on is not None:
        raise Rejected("card-issued", N_("联系卡已经发过。"))
    if pair.until is not None:
        raise Rejected("pairing-ended", N_("这个结对已经结束。"))
    if not pair.since <= c.on <= c.today:
        raise Rejected("wrong-day", N_("发卡日期应在结对开始与今天之间。"), "on")
    if not c.receipt:
        raise Rejected("no-receipt", N_("请写明签收情况，如“户主当面签收”。"), "receipt")
    return [
        ContactCardIssued(
            book_id=book.book_id,
            pairing_id=c.pairing_id,
            target=pair.target,
            on=c.on,
            receipt=c.receipt,
        )
    ]


def _known(book: Book, pairing_id: str) -> Pair:
    pair = book.pairs.get(pairing_id)
    if pair is None:
        raise Rejected("no-such-pairing", N_("没有这个结对。"))
    return pair


PAIRING: Decider[Book, Command] = Decider("pairing", Book(), evolve, decide)
