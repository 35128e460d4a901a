"""Packs: what ships is accepted, what is broken is refused with everything at once, and what a pack decides."""

import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.pack import CaseFacts, Pack, PackErrors, Pass, UnknownCode, parse_pack
from contracts.pack.lines import lines_of
from contracts.pack.rows import Target
from deploy.packs.demo import render_demo_pack
from services.chassis.deadlines import calendar_for, due, slot_days

ROOT = Path(__file__).parents[2]
SHIPPED, SMALL = ROOT / "deploy" / "packs", ROOT / "tests" / "packs"
JW = (SHIPPED / "jw-2017.toml").read_bytes()


def jw() -> Pack:
    return parse_pack(JW)


def errors(source: bytes) -> dict[str, int | None]:
    with pytest.raises(PackErrors) as refused:
        parse_pack(source)
    for error in refused.value.errors:
        assert not error.message_zh.isascii()
        assert error.message_en
    return {error.place: error.line for error in refused.value.errors}


def changed(*pairs: tuple[str, str]) -> bytes:
    text = JW.decode()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


def test_reasons_of_a_return_are_those_that_there_are() -> None:
    source = changed(('return_names_unit = ["not-ours"', 'return_names_unit = ["not-mine"'))
    line = source.decode().splitlines().index(next(x for x in source.decode().splitlines() if "not-mine" in x)) + 1
    assert errors(source) == {"order.return_names_unit[1]": line}
    for name in ("jw-2017.toml", "lt-2019.toml"):
        assert parse_pack((SHIPPED / name).read_bytes()).order.return_names_unit == ("not-ours", "wrong-place")


def test_everything_wrong_is_said_at_once_with_its_line() -> None:
    source = (SMALL / "broken-many.toml").read_bytes()
    found = errors(source)
    assert found == {
        "programme.region": 7,
        "programme.colour": 10,
        "calendar.office[2][2]": 14,
        "lists.population[1].total": 24,
        "lists.coverage[1].population": 26,
        "lists.coverage[1].ratio": 26,
        "lists.coverage[1].due": 26,
        "lists.pairing[1].min": 27,
        "lists.urgency[1].sign": 29,
        "lists.urgency[1].finsh": 29,
        "lists.urgency[1].finish": 29,
        "lists.urgency[2].code": 30,
        "lists.urgency[2].finish": 30,
        "lists.route[1].lead": 33,
        "lists.route[2].lead": 34,
        "lists.route[3]": 35,
        "lists.route[3].lead": 35,
        "lists.route[3].order_kind": 35,
        "lists.route[3].when.difficulty": 35,
        "lists.cadence[1]": 38,
        "lists.cadence[1].slots[2]": 38,
        "lists.cadence[2].report": 39,
        "lists.report[1].styles": 41,
        "lists.report[1].styles.solved": 41,
        "order.required[2]": 44,
        "order.max_returns": 45,
        "closure.report_up_within": 49,
        "follow_up.rate": 51,
        "follow_up.pass.solved": 53,
        "follow_up.pass.satisfaction_min": 53,
        "check.rate": 55,
        "escalation.reminders[1]": 59,
        "escalation.direct.leader_instruction": 61,
        "assessment.weights": 64,
        "assessment.weights.K99": 64,
    }


@pytest.mark.parametrize(
    ("name", "place", "zh", "en"),
    [
        ("broken-route", "lists.route[1].lead", "恰好写一个主办", "exactly one lead"),
        ("broken-date", "lists.urgency[1].finish", "不在活动期间", "outside the programme"),
        ("broken-weights", "assessment.weights", "现为 0.65", "not 0.65"),
    ],
)
def test_one_slip_gives_one_finding(name: str, place: str, zh: str, en: str) -> None:
    with pytest.raises(PackErrors) as refused:
        parse_pack((SMALL / f"{name}.toml").read_bytes())
    (error,) = refused.value.errors
    assert error.place == place
    assert zh in error.message_zh
    assert en in error.message_en


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[closure]\n", "[closure]\ncolour = 1\n", "closure.colour"),
        ("rate = 0.10 ", "rate = 0 ", "check.rate"),
        ("rate = 0.10 ", 'by = ["unit_leader"]\nrate = 0.10 ', "check.by[1]"),
        ('by = "unit_self"', 'by = "follow_up"', "follow_up.mode"),
        ('id = "CN-2017@1"', 'id = "CN-2017@2"', "calendar.id"),
        ('["14:00", "18:00"]', '["11:00", "18:00"]', "calendar.office"),
        ("end = 2017-09-30\n", "end = 2017-02-01\n", "programme.end"),
        ("[2017-08-16, 0.78]", "[2017-07-01, 0.78]", "lists.target[1].plan[2]"),
        ("[2017-09-30, 0.95]]", "[2017-09-30, 0.96]]", "lists.target[1].plan[4]"),
        ('code = "road-lamp"', 'code = "road"', "taxonomy.categories[1].items[2].code"),
        ('id = "office-meeting"', 'id = "group-meeting"', "lists.cadence[3].id"),
        ('tracker = "issuer"', 'tracker = "somebody"', "order.tracker"),
        ("schema = 1", "schema = 2", "schema"),
        ("[check]", "[checks]", "checks"),
        ("K16a = 0.40", "K16a = 0.4000001", "assessment.weights"),
    ],
)
def test_each_rule_bites(old: str, new: str, place: str) -> None:
    assert place in errors(changed((old, new)))


def test_broken_files_are_refused_with_their_line() -> None:
    assert errors(changed(("schema = 1", "schema ="))) == {"pack": 2}
    assert errors(b"schema = 1\n\n# \xff\n") == {"pack": 3}
    assert errors(b"x" * 1_000_001) == {"pack": None}
    lists = {"lists.route", "lists.urgency"}
    tables = {"schema", "programme", "calendar", "role_names", "taxonomy", "order", "closure"}
    assert set(errors(b"")) == lists | tables | {"follow_up", "check", "escalation"}


def test_rows_may_stand_at_the_top() -> None:
    source = (SMALL / "order-required.toml").read_bytes()
    top = source.replace(b"[[lists.", b"[[")
    assert parse_pack(top).lists == parse_pack(source).lists
    broken = top.replace(b'lead = "responsible_local"', b'lead = "nobody"')
    assert errors(broken) == {"lists.route[1].lead": 29}
    twice = top + b"\n[lists]\nroute = []\n"
    assert "lists.route" in errors(twice)


def test_lines_are_those_of_the_text() -> None:
    text = (
        'a = 1 # [x]\n[t."q r"]\nb.c = """\n]\\"""" # "\nd = [\n  1, # ]\n'
        "  { e = '#', f = [2,\n 3] },\n]\n[[r]]\n[[r]]\n[r.s]\ng = 2017-01-01\n"
    )
    tomllib.loads(text)
    lines = lines_of(text)
    assert lines["a",] == 1
    assert lines["t", "q r", "b", "c"] == 3
    assert lines["t", "q r", "d", 0] == 6
    assert lines["t", "q r", "d", 1, "f", 1] == 8
    assert (lines["r", 0], lines["r", 1], lines["r", 1, "s", "g"]) == (10, 11, 13)


def test_the_first_route_that_applies_wins() -> None:
    desk = jw().route(CaseFacts(scope="individual", desk_suitable=True))
    town = jw().route(CaseFacts(scope="individual"))
    common = jw().route(CaseFacts(scope="common", desk_suitable=True))
    assert desk
    assert (desk.rule_id, desk.lead, desk.order_kind) == ("route[1]", "desk", "hotline_desk")
    assert town
    assert (town.rule_id, town.lead, town.issued_by) == ("route[3]", "responsible_local", "work_group_lead")
    assert common
    assert (common.rule_id, common.report, common.issued_by) == ("route[4]", "R20", "programme_office")
    assert jw().route(CaseFacts()) is None, "nothing known yet: the office decides"


def test_several_departments_need_a_designated_lead() -> None:
    pack = parse_pack((SHIPPED / "lt-2019.toml").read_bytes())
    several, one = pack.route(CaseFacts(departments=2)), pack.route(CaseFacts())
    assert several
    assert several.designated_by == "main_leader"
    assert several.territory == "community"
    assert one
    assert one.designated_by is None
    assert one.lead == "functional_department"
    assert pack.pass_rule == Pass(solved=True, satisfaction_min="satisfied")


def test_a_route_may_name_a_group_of_categories() -> None:
    when = ('{ when = { level = "district" }', '{ when = { category = "road" }')
    hit = parse_pack(changed(when)).route(CaseFacts(category="road-lamp"))
    assert hit
    assert hit.rule_id == "route[2]"


def test_the_pack_names_itself_and_its_words() -> None:
    pack = jw()
    assert (pack.version_id, len(pack.sha256)) == ("jw-2017@1", 64)
    assert parse_pack(JW + b"# a word\n").sha256 != pack.sha256
    assert (pack.role_name("desk"), pack.role_name("liaison")) == ("区12345平台大走访专席", "联络员")
    assert (pack.urgency_name("good"), str(pack.urgency("good").sign)) == ("好事", "4wh")
    assert pack.category_names()["road-lamp"] == ("道路交通", "路灯照明")
    with pytest.raises(UnknownCode):
        pack.urgency("emergency")


def test_a_lot_is_the_same_everywhere_near_its_rate_and_another_in_every_round() -> None:
    pack = jw()

    def called(seed: str, round: int = 1) -> list[int]:
        return [n for n in range(5000) if pack.follow_up_rule(f"case-{n}/{round}", seed, ()) == "sample 0.20"]

    assert called("seed") == called("seed")
    assert 900 < len(called("seed")) < 1100
    assert called("seed") != called("other"), "without the seed nobody can tell"
    assert called("seed") != called("seed", round=2), "who was called once is no safer the next time"
    everyone = parse_pack((SMALL / "close-by-follow-up.toml").read_bytes())
    nobody = parse_pack((SMALL / "order-required.toml").read_bytes())
    assert (everyone.follow_up_rule("c/1", None, ()), nobody.follow_up_rule("c/1", "seed", ())) == ("all", None)
    assert pack.follow_up_rule("c/1", None, ()) == "no-seed", "where no seed was fixed everybody is called"
    assert (pack.follow_up.by_lot, everyone.follow_up.by_lot) == (Decimal("0.20"), Decimal(0))


@pytest.mark.parametrize(
    ("solved", "satisfaction", "passes"),
    [
        (True, "very", True),
        (True, "basic", True),
        (True, "dissatisfied", False),
        (False, "very", False),
        (True, "no_view", True),
        (False, "no_view", False),
    ],
)
def test_solved_and_satisfied_are_asked_apart(solved: bool, satisfaction: str, passes: bool) -> None:
    assert jw().pass_rule.holds(solved=solved, satisfaction=satisfaction) is passes  # type: ignore[arg-type]


def test_the_planned_curve_runs_straight_between_its_points() -> None:
    target: Target = jw().lists.target[0]
    assert target.planned(date(2017, 7, 1)) is None
    assert jw().planned_share("K16a", date(2017, 7, 17)) == Decimal("0.632")
    assert jw().planned_share("K16a", date(2017, 8, 1)) == Decimal("0.706")
    assert jw().planned_share("K16a", date(2018, 1, 1)) == Decimal("0.95")


def test_the_campaign_of_2017_has_its_dates() -> None:
    pack = jw()
    calendar = calendar_for(pack)
    start = datetime(2017, 7, 14, 19, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert due(start, pack.urgency("good").finish, calendar).isoformat() == "2017-07-18T18:00:00+08:00"
    assert due(start, pack.urgency("hard").finish, calendar).isoformat() == "2017-09-30T18:00:00+08:00"
    statistics = dict(calendar.rhythms)["half-month-stats"]
    assert slot_days(statistics, pack.programme.start, pack.programme.end, calendar)[-1] == date(2017, 9, 18)


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2024, 2, 29), date(2026, 12, 31)])
def test_the_demo_pack_is_valid_on_any_day(today: date) -> None:
    source = render_demo_pack(today)
    pack = parse_pack(source)
    assert source == render_demo_pack(today)
    assert pack.programme.start < today < pack.programme.end
    assert "演示" in pack.title
    assert pack.lists.route == jw().lists.route
    assert pack.order.leader_bound, "领导包案 is there to be seen (HA-06)"
    assert pack.order.model_copy(update={"leader_bound": None}) == jw().order


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('{ category = "road", lead', '{ category = "rood", lead', "lists.directory[3].category"),
        ('{ category = "road", lead', '{ category = "road-bus", lead', "lists.directory[3].category"),
        ('co = ["dept-nature"]', 'co = ["dept-water"]', "lists.directory[8].co"),
        ('code = "fire"', 'code = "police"', "lists.redirect[2].code"),
        ('must_solve = ["order-wage"]', 'must_solve = ["wage"]', "taxonomy.must_solve[1]"),
        ('rework = { good = "4wh"', 'rework = { goood = "4wh"', "closure.rework.goood"),
        ('rework = { good = "4wh"', 'rework = { good = "date:2018-01-01"', "closure.rework.good"),
        ('desk = "desk"\n', 'desk = "dusk"\n', "places.desk"),
        ('desk = "desk"\n', "desk = 5\n", "places.desk"),
        ('desk = "desk"\n', 'tisch = "desk"\n', "places.tisch"),
        ("likeness = 40", "likeness = 140", "detector.likeness"),
        ('["community", "village"]  ', '["comunity"]  ', "order.never_lead_levels[1]"),
    ],
)
def test_each_rule_of_routing_bites(old: str, new: str, place: str) -> None:
    assert place in errors(changed((old, new)))


def test_a_nul_is_refused_with_its_line() -> None:
    with pytest.raises(PackErrors) as caught:
        parse_pack(b'schema = 1\nname = "a\\u0000b"\n')
    (error,) = caught.value.errors
    assert (error.line, "NUL" in error.message_en) == (2, True)


def test_a_key_that_nobody_reads_is_no_key() -> None:
    """What a pack says either has an effect or is refused: nothing is ignored in silence."""
    lt = (SHIPPED / "lt-2019.toml").read_text()

    def refused(old: str, new: str) -> set[str]:
        assert lt.count(old) == 1, old
        return set(errors(lt.replace(old, new).encode()))

    quota = "lists.quota[1]"
    assert refused('slots = ["tue", "thu"], need = 2, holiday', "need = 2, holiday") == {f"{quota}.holiday"}
    assert refused("need = 2, holiday", "need = 3, holiday") == {f"{quota}.need"}
    assert refused("need = 2, holiday", "need = 2, max = 4, holiday") == {f"{quota}.max"}
    assert refused('per = "week", slots', 'per = "programme", slots') == {f"{quota}.per"}
    assert refused('mode = "random"', 'mode = "listed"') == {"check.mode"}


def test_who_calls_back_looks_behind_the_work_of_units() -> None:
    assert set(errors(changed(('by = "supervisor"', 'by = "dispatcher"')))) == {"follow_up.by"}
    for role in ("supervisor", "discipline", "programme_office"):
        assert parse_pack(changed(('by = "supervisor"', f'by = "{role}"'))).follow_up.by == role


def test_a_class_may_be_called_back_sooner_than_the_others() -> None:
    source = (SMALL / "close-by-follow-up.toml").read_text()
    pack = parse_pack(source.replace('finish = "7d"', 'finish = "7d"\nfollow_up = "24h"').encode())
    assert str(pack.follow_up_due("normal")) == "24h"
    assert str(pack.follow_up_due("other")) == "3wd"
    assert str(pack.follow_up_due(None)) == "3wd"
    assert str(parse_pack(source.encode()).follow_up_due("normal")) == "3wd"
    slow = source.replace('finish = "7d"', 'finish = "7d"\nfollow_up = "80%"')
    assert set(errors(slow.encode())) == {"lists.urgency[1].follow_up"}
