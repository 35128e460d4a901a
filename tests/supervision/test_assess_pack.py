"""The assessment in a pack: what is refused with its place, and what the shipped packs say."""

from decimal import Decimal
from pathlib import Path

import pytest

from contracts.duration import Duration, Unit
from contracts.pack import PackErrors, parse_pack
from contracts.pack.assessing import Assessment

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW = (PACKS / "jw-2017.toml").read_text()
LT = parse_pack((PACKS / "lt-2019.toml").read_bytes())
WEIGHTS = "weights = { K16a = 0.40, K18 = 0.25, K07 = 0.20, K34 = 0.15 }"
DEDUCT = "deduct = { falsification = 5.0, rework = 0.2 }"


def refused(old: str, new: str) -> dict[str, str]:
    assert old in JW
    with pytest.raises(PackErrors) as caught:
        parse_pack(JW.replace(old, new).encode())
    assert all(one.line for one in caught.value.errors)
    return {error.place: error.message_zh for error in caught.value.errors}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (WEIGHTS, "weights = { K16a = 0.40, K01 = 0.60 }", "assessment.weights.K01", "不是能按对象计分的比率"),
        (WEIGHTS, "weights = { K16a = 0.40, K99 = 0.60 }", "assessment.weights.K99", "未定义的指标"),
        (WEIGHTS, "weights = { K16a = 0.40, K18 = 0.50 }", "assessment.weights", "现为 0.90"),
        (DEDUCT, "deduct = { lateness = 1.0 }", "assessment.deduct.lateness", "未定义的扣分事由"),
        (DEDUCT, "deduct = { rework = -1.0 }", "assessment.deduct.rework", ""),
        (DEDUCT, 'bonus = { "笑脸" = 1.0 }', "assessment.bonus.笑脸", "未定义的加分事由"),
        ('object = ["unit"]', 'object = ["unit", "planet"]', "assessment.object[2]", "未定义的考核对象"),
        ('object = ["unit"]', 'object = ["unit", "unit"]', "assessment.object[2]", "重复定义"),
        ('object = ["unit"]', "object = []", "assessment.object", ""),
        ('appeal_by = "5wd"', 'appeal_by = "date:2017-08-31"', "assessment.appeal_by", "5wd"),
        ('appeal_by = "5wd"', 'periods = ["stage", "stage"]', "assessment.periods[2]", "重复定义"),
        ("least = 80 }", "least = 95 }", "assessment.grades[2].least", "由高到低"),
        ('name = "良好"', 'name = "优秀"', "assessment.grades[2].name", "重复定义"),
        ('appeal_by = "5wd"', 'missing = "guess"', "assessment.missing", ""),
        ('appeal_by = "5wd"', "colour = 1", "assessment.colour", ""),
    ],
)
def test_each_slip_is_named_with_its_place(old: str, new: str, place: str, words: str) -> None:
    found = refused(old, new)
    assert place in found
    assert words in found[place]


def test_all_slips_are_named_at_once() -> None:
    both = refused(f"{WEIGHTS}", 'weights = { K01 = 0.40 }\nperiods = [1]\nbonus = { "笑脸" = 1.0 }')
    assert set(both) == {
        "assessment.weights",
        "assessment.weights.K01",
        "assessment.periods[1]",
        "assessment.bonus.笑脸",
    }


def test_what_the_shipped_packs_say() -> None:
    jw = parse_pack(JW.encode()).assessment
    assert jw is not None
    assert (jw.object, jw.missing, jw.appeal_by) == (("unit",), "spread", Duration(Unit.WORKING_DAY, 5))
    assert LT.assessment is not None
    assert LT.assessment.object == ("section", "community")
    assert sum(LT.assessment.weights.values()) == 1


def test_grades_begin_at_their_line() -> None:
    lines = [{"name": "优秀", "least": 90}, {"name": "合格", "least": 60}]
    graded = Assessment.model_validate({"weights": {"K15": 1}, "grades": lines})
    assert [graded.grade(Decimal(n)) for n in ("100", "90.00", "89.99", "60", "59.99", "-3")] == [
        *("优秀", "优秀"),
        *("合格", "合格"),
        *("", ""),
    ]
    assert Assessment.model_validate({"weights": {"K15": 1}}).grade(Decimal(100)) == ""
    last = Assessment.model_validate({"weights": {"K15": 1}, "grades": [*lines, {"name": "不合格", "least": 0}]})
    assert [last.grade(Decimal(n)) for n in ("59.99", "0", "-3")] == ["不合格"] * 3
