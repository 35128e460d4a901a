"""Pairs: never more than the pack allows at a time, no target twice, one card each with its receipt."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.intake.outreach import ContactCardIssued, PairingEnded, PairingEstablished
from services.chassis.decider import Rejected
from services.intake.domain.pairing import PAIRING, EndPairing, EstablishPairing, IssueCard, book_id, decide, evolve
from tests.spec import given

TODAY = date(2013, 4, 15)
BOOK = "sh-2013.households.p1"


def pair(number: int, since: date = date(2013, 3, 1)) -> EstablishPairing:
    return EstablishPairing(
        book_id=BOOK,
        pairing_id=f"pair-{number}",
        programme_id="sh-2013",
        kind="households",
        owner="p1",
        owner_kind="person",
        target=f"h-{number}",
        target_kind="subject",
        since=since,
        today=TODAY,
        rule_id="pairing[1]",
        owes=True,
        known=True,
        most=15,
    )


def paired(number: int, since: date = date(2013, 3, 1)) -> PairingEstablished:
    return PairingEstablished(
        book_id=BOOK,
        pairing_id=f"pair-{number}",
        programme_id="sh-2013",
        kind="households",
        owner="p1",
        owner_kind="person",
        target=f"h-{number}",
        target_kind="subject",
        since=since,
        rule_id="pairing[1]",
    )


FIFTEEN = [paired(number) for number in range(1, 16)]
ended = PairingEnded(book_id=BOOK, pairing_id="pair-1", until=date(2013, 4, 1), reason="岗位调整")
END = EndPairing("pair-1", date(2013, 4, 1), "岗位调整", TODAY)
CARD = IssueCard("pair-1", date(2013, 3, 5), "户主当面签收", TODAY, asked=True)
card = ContactCardIssued(book_id=BOOK, pairing_id="pair-1", target="h-1", on=date(2013, 3, 5), receipt="户主当面签收")


def test_a_target_for_one_alone_begins_anew_after_the_day_on_which_another_had_it() -> None:
    last = date(2013, 4, 1)
    given(PAIRING).when(replace(pair(1, last), taken_until=last)).then_rejected("target-was-taken")
    next_day = date(2013, 4, 2)
    given(PAIRING).when(replace(pair(1, next_day), taken_until=last)).then(
        paired(1, next_day), again_rejected="already-paired"
    )


def test_the_fifteenth_household_is_taken_and_the_sixteenth_refused() -> None:
    """SH-05: each cadre with ten to fifteen households."""
    given(PAIRING, *FIFTEEN[:14]).when(pair(15)).then(paired(15), again_rejected="already-paired")
    given(PAIRING, *FIFTEEN).when(pair(16)).then_rejected("too-many-pairs")


def test_one_that_ended_makes_room_from_the_next_day_on() -> None:
    given(PAIRING, *FIFTEEN, ended).when(pair(16, date(2013, 4, 1))).then_rejected("too-many-pairs")
    given(PAIRING, *FIFTEEN, ended).when(pair(16, date(2013, 4, 2))).then(
        paired(16, date(2013, 4, 2)), again_rejected="already-paired"
    )


def test_the_same_pair_never_holds_twice_at_a_time() -> None:
    again = replace(pair(1, date(2013, 4, 1)), pairing_id="pair-1b")
    given(PAIRING, paired(1)).when(again).then_rejected("already-paired")
    given(PAIRING, paired(1), ended).when(again).then_rejected("already-paired")
    later = replace(again, since=date(2013, 4, 2))
    assert [event.TYPE for event in given(PAIRING, paired(1), ended).when(later).decided()] == ["pairing-established"]


def test_a_fourth_enterprise_for_a_leader_is_refused() -> None:
    three = [paired(number) for number in (1, 2, 3)]
    given(PAIRING, *three).when(replace(pair(4), most=3)).then_rejected("too-many-pairs")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"owes": False}, "not-on-roster"),
        ({"known": False}, "no-such-target"),
        ({"target": "p1"}, "own-target"),
        ({"since": date(2013, 4, 16)}, "in-future"),
        ({"bases": ("网格责任",), "basis": "别的"}, "unknown-basis"),
    ],
)
def test_what_is_no_pair_of_the_pack_is_refused(wrong: dict[str, object], code: str) -> None:
    given(PAIRING).when(replace(pair(1), **wrong)).then_rejected(code)  # type: ignore[arg-type]


def test_a_pair_ends_once_with_a_reason_between_its_beginning_and_today() -> None:
    given(PAIRING, paired(1)).when(END).then(ended, again_rejected="pairing-ended")
    given(PAIRING, paired(1)).when(replace(END, reason="")).then_rejected("reason-missing")
    given(PAIRING, paired(1)).when(replace(END, until=date(2013, 2, 1))).then_rejected("wrong-end")
    given(PAIRING, paired(1)).when(replace(END, until=date(2013, 4, 16))).then_rejected("wrong-end")
    given(PAIRING).when(END).then_rejected("no-such-pairing")


def test_a_card_is_handed_over_once_with_its_receipt() -> None:
    """SH-27, EB-13: 联系卡发放到联系群众手中."""
    given(PAIRING, paired(1)).when(CARD).then(card, again_rejected="card-issued")
    given(PAIRING, paired(1)).when(replace(CARD, receipt="")).then_rejected("no-receipt")
    given(PAIRING, paired(1)).when(replace(CARD, on=date(2013, 2, 1))).then_rejected("wrong-day")
    given(PAIRING, paired(1)).when(replace(CARD, asked=False)).then_rejected("no-cards")
    given(PAIRING, paired(1), ended).when(CARD).then_rejected("pairing-ended")


DAYS = st.dates(date(2013, 3, 1), TODAY)


@for_all(st.lists(st.tuples(st.integers(1, 6), DAYS, st.booleans()), max_size=30))
def test_whatever_is_asked_for_no_day_ever_has_too_many_or_a_target_twice(
    asked: list[tuple[int, date, bool]],
) -> None:
    book = PAIRING.initial
    for number, (target, day, over) in enumerate(asked):
        standing = [key for key, one in book.pairs.items() if one.until is None]
        command = (
            EndPairing(standing[0], day, "示例", TODAY)
            if over and standing
            else replace(pair(target, day), pairing_id=f"pair-{number}", most=3)
        )
        try:
            events = decide(book, command)
        except Rejected:
            continue
        for event in events:
            book = evolve(book, event)
    for day in {one.since for one in book.pairs.values()}:
        targets = [p.target for p in book.pairs.values() if p.since <= day and (p.until is None or p.until >= day)]
        assert len(targets) <= 3
        assert len(targets) == len(set(targets))


def test_a_list_has_the_same_id_however_long_its_owners_name_is() -> None:
    assert book_id("sh-2013", "households", "p1") == BOOK
    assert len(book_id("sh-2013", "households", "p" * 100)) <= 100
