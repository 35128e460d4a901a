"""结对 and 定额: who is within the bounds, what counts for which period, and what is missed once."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.pack import parse_pack
from contracts.supervision import DutyMissed
from services.chassis.deadlines import calendar_for
from services.chassis.zone import LOCAL
from services.reference.ledger import Deed, Ledger, Member, Owner, Pair, Visit
from services.reference.owed import owing, owners, periods, speaks_of, standings, tally
from services.supervision.domain.duty import DUTY, Closed, JudgeDuty, closed
from services.supervision.domain.rhythm import Rules
from tests.spec import given

PACKS = Path(__file__).parents[1] / "packs"
SH, EB = (parse_pack((PACKS / name).read_bytes()) for name in ("sh-2013.toml", "eb-2012.toml"))
QUOTAS = {row.kind: row for pack in (SH, EB) for row in pack.lists.quota}
ONE = Owner("person", "p1", "sec-1")
SECTION = Owner("unit", "sec-1", "sec-1")
APRIL, MAY = date(2013, 4, 1), date(2013, 5, 1)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL)


def cadres(n: int) -> list[Member]:
    return [Member(f"p{number}", f"sec-{number % 12 + 1}", "department") for number in range(1, n + 1)]


def pair(owner: str, number: int, *, until: date | None = None, card: bool = False) -> Pair:
    since = date(2013, 3, 1)
    return Pair(
        f"{owner}-{number}", "households", owner, f"h-{number}", "subject", since, until, since if card else None
    )


def deed(number: int, kind: str, day: date, *, recorded: date | None = None, who: str = "p1") -> Deed:
    return Deed(f"a{number}", kind, day, at(recorded or day), "sec-1", (who,))


def ledger(*deeds: Deed, pairs: tuple[Pair, ...] = (), visits: tuple[Visit, ...] = ()) -> Ledger:
    return Ledger([Member("p1", "sec-1", "department")], pairs, deeds, visits)


def done(kind: str, period: int, held: Ledger, owner: Owner = ONE, pack=SH) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    quota = QUOTAS[kind]
    found = tally(pack, quota, owner, periods(pack, quota, pack.programme.end)[period], held)
    return found.done, found.late


def test_nine_households_are_not_counted_and_590_of_617_cadres_are_95_62_percent() -> None:
    """SH-05, SH-07: 结对联点率达95%以上."""
    people = cadres(617)
    pairs = [pair(f"p{who}", n) for who in range(1, 618) for n in range(10 if who <= 590 else 9)]
    found = standings(SH, SH.lists.pairing[0], Ledger(people, pairs, (), ()), date(2013, 4, 30))
    within = sum(one.within for one in found)
    assert (len(found), within) == (617, 590)
    share = Fraction(within, len(found))
    assert round(float(share) * 100, 2) == 95.62
    assert share >= Fraction(SH.lists.pairing[0].ratio or 0), "at least 587 of 617"
    assert {one.n for one in found if not one.within} == {9}


def test_a_roster_may_be_of_some_ranks_only() -> None:
    roster = SH.lists.roster[0].model_copy(update={"ranks": ("县级", "科级")})
    ranked = SH.model_copy(update={"lists": SH.lists.model_copy(update={"roster": (roster,)})})
    people = [replace(one, rank=rank) for one, rank in zip(cadres(3), ("县级", "科级", "科员"), strict=True)]
    at_noon = at(APRIL)
    assert [one.id for one in owners(ranked, "cadres", "person", people, at_noon)] == ["p1", "p2"]


def test_a_pair_counts_from_its_first_day_to_its_last_and_its_card_with_it() -> None:
    over = date(2013, 4, 10)
    held = ledger(pairs=(pair("p1", 1, until=over, card=True), pair("p1", 2)))
    row = SH.lists.pairing[0]
    assert [(one.n, one.cards) for one in standings(SH, row, held, over)] == [(2, 1)]
    assert [(one.n, one.cards) for one in standings(SH, row, held, over + timedelta(days=1))] == [(1, 0)]
    assert standings(SH, row, held, date(2013, 2, 28))[0].n == 0


def test_the_quota_of_a_month_is_three_days_three_problems_one_and_one() -> None:
    deeds = [
        deed(1, "stationed", date(2013, 4, 2)),
        deed(2, "stationed", date(2013, 4, 2)),
        deed(3, "stationed", date(2013, 4, 9)),
        *(deed(4 + n, "solved", date(2013, 4, 3 + n)) for n in range(4)),
        deed(9, "org_life", date(2013, 4, 12)),
    ]
    held = ledger(*deeds)
    # Months that the programme covers: March is the first, April the second.
    shown = [done(kind, 1, held) for kind in ("stationed_days", "problems_solved", "org_life", "talks")]
    assert shown == [(2, 0), (4, 0), (1, 0), (0, 0)], "two entries of one day are one day; four problems stay four"
    quotas = [QUOTAS[kind] for kind in ("stationed_days", "problems_solved", "org_life", "talks")]
    april = [tally(SH, one, ONE, periods(SH, one, MAY)[1], held) for one in quotas]
    assert [one.share for one in april] == [Fraction(2, 3), 1, 1, 0], "never more than all of it"
    assert [one.met for one in april] == [False, True, True, False]


def test_what_is_entered_after_the_month_closed_counts_as_late_and_lifts_nothing() -> None:
    last = date(2013, 4, 30)
    in_time = deed(1, "solved", last, recorded=last + timedelta(days=2))
    too_late = deed(2, "solved", last, recorded=last + timedelta(days=3))
    assert done("problems_solved", 1, ledger(in_time, too_late)) == (1, 1)
    assert done("problems_solved", 2, ledger(in_time, too_late)) == (0, 0), (
        "nor does it count for the month of entering"
    )


def test_a_month_that_the_programme_covers_in_part_is_owed_by_nobody() -> None:
    partly = SH.model_copy(update={"programme": SH.programme.model_copy(update={"start": date(2013, 3, 11)})})
    assert periods(partly, QUOTAS["talks"], date(2013, 5, 31))[0].since == APRIL
    assert [one.since for one in periods(SH, QUOTAS["talks"], date(2013, 5, 31))] == [date(2013, 3, 1), APRIL, MAY]


def test_a_report_of_duties_keeps_its_day_while_it_waits_for_entries() -> None:
    last = date(2013, 4, 30)
    moments = [at(last - timedelta(days=1)), at(last), at(last + timedelta(days=2), 23), at(last + timedelta(days=3))]
    assert [speaks_of(SH, "R21", one, last) for one in moments] == [False, True, True, False]
    assert [speaks_of(SH, "R03", one, last) for one in moments] == [False, True, False, False]


def test_joint_party_life_on_the_second_of_july_is_late() -> None:
    early = ledger(deed(1, "joint_org_life", date(2012, 6, 30)))
    late = ledger(deed(1, "joint_org_life", date(2012, 7, 2)))
    assert done("e2_org_life", 0, early, SECTION, EB) == (1, 0)
    assert done("e2_org_life", 0, late, SECTION, EB) == (0, 1)


def test_sixty_owe_a_report_and_the_one_without_is_found() -> None:
    people = cadres(60)
    deeds = [deed(n, "research_report", date(2012, 9, 1), who=f"p{n}") for n in range(1, 60)]
    held = Ledger(people, (), deeds, ())
    quota = QUOTAS["e4_report"]
    period = periods(EB, quota, EB.programme.end)[0]
    owing = owners(EB, quota.who, quota.owed_by, people, at(EB.programme.end))
    assert len(owing) == 60
    assert [one.id for one in owing if not tally(EB, quota, one, period, held).met] == ["p60"]


def test_only_visits_to_those_who_are_paired_count_where_the_pack_says_so() -> None:
    talks = QUOTAS["talks"].model_copy(update={"activities": (), "modes": ("interview",), "paired": True})
    made = [
        Visit("v1", "h-1", ("p1",), "interview", date(2013, 4, 2), at(date(2013, 4, 2))),
        Visit("v2", "h-9", ("p1",), "interview", date(2013, 4, 2), at(date(2013, 4, 2))),
        Visit("v3", "h-1", ("p1",), "phone", date(2013, 4, 3), at(date(2013, 4, 3))),
    ]
    held = ledger(pairs=(pair("p1", 1),), visits=tuple(made))
    period = periods(SH, talks, MAY)[1]
    assert tally(SH, talks, ONE, period, held).done == 1
    assert tally(SH, talks.model_copy(update={"paired": False}), ONE, period, held).done == 2
    assert tally(SH, talks, SECTION, period, held).done == 1, "a unit's are those of its people"


@for_all(
    st.lists(st.tuples(st.sampled_from(["stationed", "solved"]), st.integers(1, 60), st.integers(0, 40)), max_size=25)
)
def test_every_deed_counts_once_in_one_month_and_more_of_them_never_lessen_a_share(
    told: list[tuple[str, int, int]],
) -> None:
    deeds = [
        deed(n, kind, date(2013, 3, 1) + timedelta(days=on), recorded=date(2013, 3, 1) + timedelta(days=on + later))
        for n, (kind, on, later) in enumerate(told)
    ]
    quota = QUOTAS["problems_solved"]
    months = periods(SH, quota, SH.programme.end)
    whole = [tally(SH, quota, ONE, month, ledger(*deeds)) for month in months]
    assert sum(one.done + one.late for one in whole) == sum(one.kind == "solved" for one in deeds)
    fewer = [tally(SH, quota, ONE, month, ledger(*deeds[:-1])) for month in months]
    assert all(0 <= a.share <= b.share <= 1 for a, b in zip(fewer, whole, strict=True))


def test_a_pair_that_is_backdated_or_ended_after_the_day_changes_nothing_of_that_day() -> None:
    day, row = date(2013, 4, 30), SH.lists.pairing[0]
    known = at(day + timedelta(days=1), 0)
    in_time, late = known - timedelta(hours=1), known + timedelta(hours=1)
    pairs = [replace(pair("p1", n), recorded_at=in_time) for n in range(10)]
    kept = [*pairs[:9], replace(pairs[9], until=day - timedelta(days=1), ended_at=late)]
    backdated = [*pairs[:9], replace(pairs[9], recorded_at=late)]
    for told, within in ((pairs, True), (kept, True), (backdated, False)):
        (of,) = closed_pairs().owed(ledger(pairs=tuple(told)))
        assert (of.done >= of.need) == within
    carded = ledger(pairs=(replace(pair("p1", 1), card_on=day + timedelta(days=1)),))
    assert standings(SH, row, carded, day)[0].cards == 0, "a card of the next day was not there yet"


def closed_pairs() -> Closed:
    return next(one for one in closed([RULES], None, at(date(2013, 5, 20)), None) if one.pairing)


def test_what_was_withdrawn_after_the_month_closed_had_counted() -> None:
    closes = at(date(2013, 5, 3), 0)
    talk = deed(1, "talk", APRIL)
    april = next(
        one
        for one in closed([RULES], None, at(date(2013, 6, 20)), None)
        if one.quota and one.period and (one.quota.kind, one.period.since) == ("talks", APRIL)
    )
    judged = [
        (of.done, of.need)
        for withdrawn in (None, closes, closes - timedelta(seconds=1))
        for of in april.owed(ledger(replace(talk, withdrawn_at=withdrawn)))
    ]
    assert judged == [(1, 1), (1, 1), (0, 1)]
    late = deed(1, "talk", APRIL, recorded=date(2013, 5, 10))
    assert done("talks", 1, ledger(late)) == (0, 1)
    assert done("talks", 1, ledger(replace(late, withdrawn_at=at(date(2013, 5, 12))))) == (0, 0)


def test_who_was_there_when_the_month_began_owes_it_wherever_they_are_at_its_end() -> None:
    moved = at(date(2013, 4, 10))
    people = [
        Member("p1", "sec-1", "department", since=at(date(2013, 3, 1)), until=moved),
        Member("p1", "sec-2", "department", since=moved),
        Member("p2", "sec-1", "department", since=at(date(2013, 4, 30), 17)),
    ]
    talks = QUOTAS["talks"]
    owed = [
        [(one.id, one.unit) for one in owing(SH, talks, period, people, period.due)]
        for period in periods(SH, talks, MAY)
    ]
    assert owed[1:] == [[("p1", "sec-1")], [("p2", "sec-1"), ("p1", "sec-2")]]
    fresh = [replace(one, since=at(date(2013, 4, 12))) for one in cadres(2)]
    assert len(owing(SH, talks, periods(SH, talks, MAY)[1], fresh, MAY)) == 2, "nothing tells who was there before"
    visit = Visit("v1", "h-1", ("p1",), "interview", date(2013, 4, 2), at(date(2013, 4, 2)))
    held = Ledger(people, (), (), (visit,))
    units = (SECTION, Owner("unit", "sec-2", "sec-2"))
    assert [len(list(held.visits(one, paired=False))) for one in units] == [1, 0], "made while they were of the first"


def test_an_amendment_in_the_days_of_grace_leaves_the_month_to_the_rules_that_it_ended_under() -> None:
    without = SH.lists.model_copy(
        update={"quota": tuple(one.model_copy(update={"grace_days": 0}) for one in SH.lists.quota)}
    )
    amended = replace(RULES, pack=SH.model_copy(update={"lists": without}), since=at(date(2013, 5, 2)))
    found = closed([RULES, amended], None, at(date(2013, 6, 20)), None)
    april = [one for one in found if one.quota and one.period and one.period.due == date(2013, 4, 30)]
    assert {one.quota.kind for one in april if one.quota} >= {"talks", "org_life", "problems_solved"}
    assert all(one.rules is RULES for one in april)
    may = [one for one in found if one.period and one.period.due == date(2013, 5, 31)]
    assert may
    assert all(one.rules is amended for one in may)


RULES = Rules("sh-2013", SH, calendar_for(SH), at(date(2013, 2, 20)))


def test_a_month_is_judged_when_its_grace_is_over_under_the_rules_of_that_moment() -> None:
    until = at(date(2013, 5, 20))
    found = closed([RULES], at(date(2013, 4, 20)), until, None)
    assert [(one.quota.kind, one.period.due) for one in found if one.quota and one.period] == [
        ("stationed_days", date(2013, 4, 30)),
        ("problems_solved", date(2013, 4, 30)),
        ("org_life", date(2013, 4, 30)),
        ("talks", date(2013, 4, 30)),
        ("reports", date(2013, 4, 30)),
    ]
    assert [one.pairing.kind for one in found if one.pairing] == ["households"]
    late_rules = replace(RULES, since=at(date(2013, 4, 2)))
    kinds = [one.quota.kind for one in closed([late_rules], None, until, None) if one.quota]
    assert kinds == ["reports"], "nobody is held to a month that began before there were rules"
    assert closed([RULES], at(date(2013, 4, 20)), until, date(2013, 4, 29)) == []


def test_what_was_not_done_is_missed_once_and_what_was_done_never() -> None:
    found = closed([RULES], at(date(2013, 4, 20)), at(date(2013, 5, 20)), None)
    talks = next(one for one in found if one.quota and one.quota.kind == "talks")
    (of,) = talks.owed(ledger())
    missed = DutyMissed(
        duty_id="sh-2013.quota.talks.2013-04-30.p1",
        programme_id="sh-2013",
        duty="quota",
        kind="talks",
        owner="p1",
        owner_kind="person",
        unit="sec-1",
        period_from=APRIL,
        period_until=date(2013, 4, 30),
        need=1,
        done=0,
        due=at(date(2013, 5, 3), 0),
        watermark=at(date(2013, 5, 20)),
    )
    judge = JudgeDuty(of, at(date(2013, 5, 20)))
    given(DUTY).when(judge).then(missed)
    given(DUTY, missed).when(replace(judge, watermark=at(date(2013, 6, 1)))).then_nothing()
    given(DUTY).when(replace(judge, watermark=of.due)).then_nothing()
    (kept,) = talks.owed(ledger(deed(1, "talk", APRIL)))
    given(DUTY).when(JudgeDuty(kept, judge.watermark)).then_nothing()
