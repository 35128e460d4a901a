"""How far a programme has come with reaching people: the numbers of the programmes that asked for it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contracts.pack import parse_pack
from contracts.pack.covering import RepeatCaller
from services.chassis.zone import LOCAL
from services.reference.coverage.facts import Attended, Call, Cell, Facts, Matter, Person, Place, Subject, Visit
from services.reference.coverage.members import often
from services.reference.coverage.rules import Progress, asked_for, asked_for_in_time, progress, watched

ROOT = Path(__file__).parents[2]
HA, DI, SH = (
    parse_pack((ROOT / "tests" / "packs" / f"coverage-{name}.toml").read_bytes()) for name in ("ha", "di", "sh")
)
JW, LT = (parse_pack((ROOT / "deploy" / "packs" / f"{name}.toml").read_bytes()) for name in ("jw-2017", "lt-2019"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def visit(number: int, subject: str, when: str, *visitors: str, mode: str = "doorstep", heard: int = 0) -> Visit:
    return Visit(f"v-{number}", subject, visitors or ("p-1",), mode, at(when), heard)


def by(pack: object, code: str, facts: Facts, t: datetime | None = None) -> Progress:
    """By the last instant of its day, or another moment."""
    one = next(one for one in watched(pack) if one.code == code)  # type: ignore[arg-type]
    return progress(one, facts.until(t or one.due))


# 三个必须: 42 places, everybody of a rank.


def places(count: int) -> list[Subject]:
    return [Subject(f"place-{n:02}", "village" if n % 3 else "community", f"town-{n % 4}") for n in range(count)]


def test_ha_05_every_one_of_42_places() -> None:
    visits = [visit(n, f"place-{n:02}", "2013-06-01 10:00") for n in range(42)]
    found = by(HA, "places", Facts(subjects=places(42), visits=visits))
    assert (found.reached, found.target, found.whole, found.kept) == (42, 42, 42, True)
    assert found.watched.planned == 42


def test_ha_05_one_place_left_is_named_with_its_town() -> None:
    visits = [visit(n, f"place-{n:02}", "2013-06-01 10:00") for n in range(42) if n != 17]
    found = by(HA, "places", Facts(subjects=places(42), visits=visits))
    assert (found.reached, found.kept) == (41, False)
    assert [(one.ref, one.unit) for one in found.left] == [("place-17", "town-1")]


def test_ha_05_a_register_that_lacks_a_place_is_not_the_plan() -> None:
    visits = [visit(n, f"place-{n:02}", "2013-06-01 10:00") for n in range(41)]
    found = by(HA, "places", Facts(subjects=places(41), visits=visits))
    assert (found.whole, found.reached, found.watched.planned, found.kept) == (41, 41, 42, False)
    assert by(HA, "places", Facts()).kept is False, "nor does an empty one"


def test_ha_04_who_is_of_a_rank_takes_part_and_who_does_not_is_named() -> None:
    ranks = ["副科级", "正科级", "副处级", "正处级"]
    persons = [Person(f"p-{n:03}", "dept", ranks[n % 4]) for n in range(120)]
    persons += [Person("p-clerk", "dept", "科员"), Person("p-none", "dept")]
    visits = [visit(n, "place-00", "2013-05-02 09:00", f"p-{n:03}", f"p-{n + 1:03}") for n in range(0, 118, 2)]
    found = by(HA, "section-and-above", Facts(persons=persons, visits=visits))
    assert (found.reached, found.whole, found.kept) == (118, 120, False)
    assert [one.ref for one in found.left] == ["p-118", "p-119"]
    all_of_them = [*visits, visit(900, "place-01", "2013-10-31 23:59", "p-118", "p-119")]
    assert by(HA, "section-and-above", Facts(persons=persons, visits=all_of_them)).kept


# 三度: 47 points by 2017-03-15.


def points() -> list[Subject]:
    kinds = ["village"] * 20 + ["enterprise"] * 25 + ["community"] * 2
    return [Subject(f"point-{n:02}", kind, "town", tags=("挂钩点",)) for n, kind in enumerate(kinds)]


def test_di_12_every_point_by_the_day() -> None:
    facts = Facts(subjects=points(), visits=[visit(n, f"point-{n:02}", "2017-03-14 15:00") for n in range(47)])
    found = by(DI, "points", facts)
    assert (found.reached, found.whole, found.watched.planned, found.kept) == (47, 47, 47, True)


def test_di_12_a_visit_of_the_day_after_leaves_46_of_47() -> None:
    visits = [visit(n, f"point-{n:02}", "2017-03-15 23:59" if n else "2017-03-16 00:00") for n in range(47)]
    facts = Facts(subjects=points(), visits=visits)
    found = by(DI, "points", facts)
    assert (found.reached, found.whole, found.kept) == (46, 47, False)
    assert [one.ref for one in found.left] == ["point-00"]
    assert by(DI, "points", facts, at("2017-03-17 00:00")).reached == 47


def test_di_12_who_is_told_of_visiting_in_time_is_told_of_the_day_and_not_of_today() -> None:
    visits = [visit(n, f"point-{n:02}", "2017-03-14 15:00" if n else "2017-03-16 00:00") for n in range(47)]
    facts = Facts(subjects=points(), visits=visits)

    def reached(now: str) -> int:
        return sum(one.reached_at is not None for one in asked_for_in_time(DI, "population", facts, at(now)))

    assert (reached("2017-03-16 00:00"), reached("2017-06-01 12:00")) == (46, 46)
    assert len(asked_for(DI, "population", facts)) == 47
    assert all(one.reached_at for one in asked_for(DI, "population", facts)), "an assessment counts what is so now"


def test_a_visit_that_the_pack_does_not_count_reaches_nobody() -> None:
    visits = [visit(n, f"point-{n:02}", "2017-03-01 09:00", mode="phone") for n in range(47)]
    assert by(DI, "points", Facts(subjects=points(), visits=visits)).reached == 0


# 三个凸显: by the size of a town.


def villages(visited: dict[str, int]) -> Facts:
    sizes = {"small": 6, "medium": 7, "large": 10}
    subjects = [Subject(f"{size}-{n}", "village", size) for size, count in sizes.items() for n in range(count)]
    visits = [visit(n, f"{size}-{n}", "2012-04-01 09:00") for size, count in visited.items() for n in range(count)]
    units = {size: Place(size, "town", None, size) for size in sizes}
    return Facts(subjects=subjects, visits=visits, units=units)


def test_sh_18_how_many_villages_a_town_of_each_size_owes() -> None:
    found = by(SH, "villages", villages({"small": 6, "medium": 4, "large": 4}))
    assert {unit.unit: (unit.whole, unit.target, unit.kept) for unit in found.units} == {
        "small": (6, 6, True),
        "medium": (7, 4, True),
        "large": (10, 4, True),
    }
    assert (found.target, found.reached, found.kept) == (14, 14, True)


def test_sh_18_what_one_town_has_too_many_another_does_not_owe_less() -> None:
    found = by(SH, "villages", villages({"small": 5, "medium": 7, "large": 10}))
    assert (found.reached, found.kept) == (22, False)
    assert [unit.unit for unit in found.units if not unit.kept] == ["small"]


def test_sh_18_of_a_town_without_a_size_all_is_asked_and_what_was_listed_later_is_not() -> None:
    late = Subject("v-late", "village", "nameless", listed_on=date(2012, 3, 2))
    early = [Subject(f"v-{n}", "village", "nameless", listed_on=date(2012, 3, 1)) for n in range(3)]
    found = by(SH, "villages", Facts(subjects=[*early, late]))
    assert [(unit.unit, unit.whole, unit.target) for unit in found.units] == [("nameless", 3, 3)]


# 百千万: every household and every enterprise.


def test_jw_27_one_household_left_on_the_last_day() -> None:
    subjects = [Subject(f"h-{n}", "household", "town-a", "village-a") for n in range(30)]
    subjects.append(Subject("e-1", "enterprise", "town-a"))
    visits = [visit(n, f"h-{n}", "2017-08-31 20:00") for n in range(30) if n != 12]
    facts = Facts(subjects=subjects, visits=visits)
    households, enterprises = by(JW, "households", facts), by(JW, "enterprises", facts)
    assert (households.reached, households.whole, households.kept) == (29, 30, False)
    assert [(one.ref, one.community) for one in households.left] == [("h-12", "village-a")]
    assert (households.watched.phrase, households.watched.snapshot) == ("一户不漏", date(2017, 6, 30))
    assert (enterprises.reached, enterprises.whole) == (0, 1)


def test_of_nobody_nothing_is_asked_and_no_share_is_told() -> None:
    found = by(JW, "households", Facts())
    assert (found.whole, found.share, found.kept) == (0, None, None)


# 六里屯: rosters, special groups, matters in focus.


def test_lt_31_and_32_who_took_part_in_what() -> None:
    units = {"street": Place("street", "district"), "com": Place("com", "community", "street")}
    persons = [Person("p-1", "street"), Person("p-2", "street"), Person("p-3", "com")]
    visits = [visit(1, "h-1", "2019-10-01 09:00", "p-1", heard=2), visit(2, "h-2", "2019-10-02 09:00", "p-3")]
    facts = Facts(persons=persons, visits=visits, units=units, meetings=[Attended("p-3", at("2019-10-03 09:00"))])
    office, community = by(LT, "office_cadres", facts), by(LT, "community_cadres", facts)
    assert {one.ref: set(one.did) for one in office.members} == {"p-1": {"visit", "collect_requests"}, "p-2": set()}
    assert {one.ref: set(one.did) for one in community.members} == {"p-3": {"visit", "residents_meeting"}}
    assert (office.reached, office.whole, office.kept, community.kept) == (1, 2, False, True)
    assert office.watched.day == date(2019, 12, 10), "by the programme's end"


def call(
    number: int,
    caller: str | None,
    day: str,
    subject: str | None = None,
    *,
    visited: bool = False,
    channel: str = "hotline",
) -> Call:
    return Call(f"r-{number}", caller, subject, at(f"{day} 10:00"), at(f"{day} 10:05"), channel, visited)


def test_lt_33_who_calls_three_times_in_thirty_days_must_be_visited() -> None:
    subjects = [Subject("h-1", "household", "com", tags=("困难家庭",)), Subject("h-2", "household", "com")]
    calls = [call(n, "c-2", f"2019-10-{day:02}") for n, day in enumerate((1, 15, 31))]
    calls += [call(10 + n, "c-9", f"2019-{month}-01") for n, month in enumerate((10, 11, 12))]
    found = by(LT, "special_people", Facts(subjects=subjects, calls=calls))
    assert [(one.ref, one.what, one.calls) for one in found.members] == [
        ("c-2", "caller", ("r-0", "r-1", "r-2")),
        ("h-1", "subject", ()),
    ]


def test_lt_33_a_caller_whom_a_visit_ties_to_a_household_is_that_household() -> None:
    subjects = [Subject("h-2", "household", "com")]
    calls = [call(n, "c-2", f"2019-10-0{n}") for n in (1, 2, 3)]
    calls.append(call(4, "c-2", "2019-10-20", "h-2", visited=True))
    visits = [visit(1, "h-2", "2019-10-20 10:05", heard=1)]
    (member,) = by(LT, "special_people", Facts(subjects=subjects, calls=calls, visits=visits)).members
    assert (member.ref, member.what, member.by) == ("h-2", "subject", "v-1")
    assert member.calls == ("r-1", "r-2", "r-3"), "what was heard on a visit is no call"


def test_lt_33_who_writes_or_comes_to_the_window_does_not_call() -> None:
    calls = [call(n, "c-2", f"2019-10-0{n}", channel="window" if n == 2 else "hotline") for n in (1, 2, 3)]
    assert by(LT, "special_people", Facts(calls=calls)).members == ()
    text = (ROOT / "deploy" / "packs" / "lt-2019.toml").read_text("utf-8")
    also = parse_pack(text.replace("days = 30 }", 'days = 30, channels = ["hotline", "window"] }', 1).encode())
    assert [one.ref for one in by(also, "special_people", Facts(calls=calls)).members] == ["c-2"]


def test_lt_33_a_visit_before_the_call_that_put_them_there_does_not_reach_them() -> None:
    subjects = [Subject("h-1", "household", "com", tags=("困难家庭",)), Subject("h-2", "household", "com")]
    calls = [call(10 * h + n, None, f"2019-11-0{n}", f"h-{h}") for h in (1, 2) for n in (1, 2, 3)]
    early = [visit(h, f"h-{h}", "2019-11-02 12:00") for h in (1, 2)]
    assert len(by(LT, "special_people", Facts(subjects=subjects, calls=calls, visits=early)).left) == 2
    late = [*early, visit(3, "h-1", "2019-11-03 10:00")]
    found = by(LT, "special_people", Facts(subjects=subjects, calls=calls, visits=late))
    assert [(one.ref, one.by) for one in found.members] == [("h-1", "v-3"), ("h-2", None)]


def test_lt_03_a_matter_in_focus_is_seen_on_the_visit_that_brought_it_or_on_a_later_one() -> None:
    opened = at("2019-10-01 10:00")
    matters = [
        Matter("k-1", "com", "h-1", opened, (opened,), seen_at=at("2019-10-01 09:00")),
        Matter("k-2", "com", "h-2", opened, (opened,)),
        Matter("k-3", "com", "h-3", opened, (opened,)),
    ]
    visits = [visit(1, "h-2", "2019-09-30 09:00"), visit(2, "h-3", "2019-10-05 09:00")]
    found = by(LT, "key_issues", Facts(matters=matters, visits=visits))
    assert [one.ref for one in found.left] == ["k-2"], "a visit before it was known is none about it"


def test_lt_39_every_courtyard_and_alley_is_reached_by_whoever_was_visited_there() -> None:
    cells = [Cell("area", "楼院"), *(Cell(f"yard-{n}", "楼院", "com", "area") for n in range(3)), Cell("alley", "街巷")]
    here = visit(1, "h-1", "2019-10-05 09:00")
    visits = [replace(here, cells=("yard-0", "alley")), replace(here, visit_id="v-2", cells=("yard-2",))]
    facts = Facts(cells=cells, visits=visits)
    courtyards, streets = by(LT, "courtyards", facts), by(LT, "streets", facts)
    assert (courtyards.reached, courtyards.whole) == (2, 3), "what is divided is reached by its parts"
    assert [(one.ref, one.unit) for one in courtyards.left] == [("yard-1", "com")]
    assert (streets.reached, streets.whole, streets.kept) == (1, 1, True)
    new = Cell("alley-2", "街巷", known_at=at("2019-12-11 00:00"))
    assert by(LT, "streets", replace(facts, cells=[*cells, new])).kept, "what was laid out later was not asked for"
    assert by(LT, "streets", Facts()).kept is None, "of nobody nothing is said"


def test_a_date_speaks_of_matters_as_they_stood_at_its_last_instant() -> None:
    opened, due, later = at("2019-11-01 10:00"), at("2019-12-11 00:00"), at("2019-12-15 10:00")
    matters = [
        Matter("k-seen-later", "com", None, opened, (opened,), seen_at=later),
        Matter("k-merged-later", "com", None, opened, (opened, later)),
        Matter("k-merged-before", "com", None, opened, (opened, at("2019-12-01 10:00"))),
        Matter("k-back-before", "com", None, opened, (opened, at("2019-11-20 10:00"), at("2019-12-10 23:59"))),
        Matter("k-in-focus-later", "com", None, opened, (due,)),
    ]
    found = by(LT, "key_issues", Facts(matters=matters))
    assert [one.ref for one in found.left] == ["k-back-before", "k-merged-later", "k-seen-later"]
    now = by(LT, "key_issues", Facts(matters=matters), later + timedelta(days=1))
    assert [one.ref for one in now.left] == ["k-back-before", "k-in-focus-later"]


def test_a_date_speaks_of_the_register_as_it_was_recorded_by_then() -> None:
    first, later = at("2019-10-01 10:00"), at("2019-12-15 10:00")
    hard = Subject("h-1", "household", "com", tags=("困难家庭",), known_at=first)
    subjects = [hard, replace(hard, tags=(), known_at=later)]
    facts = Facts(subjects=subjects)
    assert [one.ref for one in by(LT, "special_people", facts).left] == ["h-1"]
    assert by(LT, "special_people", facts, later + timedelta(days=1)).members == ()


def test_who_asked_to_be_forgotten_before_they_were_reached_is_still_one_who_was_not() -> None:
    subjects = [replace(one, erased=one.subject_id == "place-41", tags=("困难家庭",)) for one in places(42)]
    visits = [visit(n, f"place-{n:02}", "2013-06-01 10:00") for n in range(41)]
    found = by(HA, "places", Facts(subjects=subjects, visits=visits))
    assert (found.reached, found.whole, found.kept) == (41, 42, False)
    (left,) = found.left
    assert (left.ref, left.unit, left.kind, left.erased, left.tags) == ("place-41", "town-1", "village", True, ())


MOMENTS = st.integers(0, 60).map(lambda day: at("2019-10-01 10:00") + timedelta(days=day))


@given(st.lists(MOMENTS, max_size=12), st.integers(1, 4), st.integers(1, 30))
def test_the_calls_behind_a_repeat_caller_are_those_with_enough_others_around(
    moments: list[datetime], calls: int, days: int
) -> None:
    asked = [Call(f"r-{n}", "c", None, moment, moment, "hotline") for n, moment in enumerate(moments)]
    rule = RepeatCaller(calls=calls, days=days)
    reach = timedelta(days=days)
    wanted = {
        one.request_id
        for one in asked
        if any(
            sum(start <= other.received_at <= start + reach for other in asked) >= calls
            for start in [m for m in moments if one.received_at - reach <= m <= one.received_at]
        )
    }
    assert {one.request_id for one in often(rule, asked)} == wanted


SUBJECTS = st.lists(st.sampled_from(["small", "medium", "large", "other"]), max_size=30)


@given(SUBJECTS, st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_units_add_up_and_another_visit_never_takes_anything_away(
    towns: list[str], some: set[int], more: set[int]
) -> None:
    subjects = [Subject(f"v-{n:02}", "village", town) for n, town in enumerate(towns)]
    units = {town: Place(town, "town", None, town) for town in ("small", "medium", "large")}

    def found(visited: set[int]) -> Progress:
        visits = [visit(n, f"v-{n:02}", "2012-04-01 09:00") for n in visited]
        return by(SH, "villages", Facts(subjects=subjects, visits=visits, units=units))

    before, after = found(some), found(some | more)
    for one in (before, after):
        assert one.whole == sum(unit.whole for unit in one.units) == len(subjects)
        assert one.reached == sum(unit.reached for unit in one.units) == one.whole - len(one.left)
        assert all(unit.target <= unit.whole for unit in one.units)
        assert one.kept == (all(unit.reached >= unit.target for unit in one.units) if subjects else None)
    assert after.reached >= before.reached
    assert after.kept or not before.kept
