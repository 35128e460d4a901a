"""No refusal without its words: each has a Chinese sentence, its English, a test, and a place beside its field."""

import re

from services.ui.i18n import translate
from tests.dispatch.refusing import FUTURE, ROOT, fields, refusals

HAN = re.compile(r"[\u4e00-\u9fff]")
BY_PROGRAM = {
    "suggested": "the desk sends it along, hidden, with what a person chose",
    "chosen": "as above",
    "matching": "as above",
    "difficulty": "screens say it with the class of urgency",
}
"""Fields that no screen asks for."""

CHOSEN_FROM = {"ENDINGS", "REQUIRED_FIELDS"}
"""Tables of sentences, one per state or field; their words are looked at where they are kept."""


SAID = [(one.where, said) for one in refusals() for said in one.messages if said.strip("[]") not in CHOSEN_FROM]


def test_every_refusal_says_in_chinese_what_is_wrong_and_in_english_too() -> None:
    for where, said in SAID:
        assert HAN.search(said), where
        assert said.endswith(("。", "{number}")), f"{where}: a sentence ends with a full stop"
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]", said), f"{where}: half-width punctuation"


def test_every_refusal_has_english_words() -> None:
    assert [(where, said) for where, said in SAID if HAN.search(translate(said, "en"))] == []


def test_every_refusal_of_a_field_has_a_place_on_a_form() -> None:
    shown = fields() | BY_PROGRAM.keys()
    astray = {(one.where, one.code, one.field) for one in refusals() if one.field and one.field not in shown}
    assert astray == set()


def test_every_code_of_a_refusal_stands_in_a_test() -> None:
    """This file's own list does not count."""
    here = (path for path in (ROOT / "tests" / "dispatch").glob("*.py") if path.name != "test_refusals.py")
    told = "\n".join(path.read_text("utf-8") for path in here)
    assert sorted({one.code for one in refusals() if f'"{one.code}"' not in told}) == []


def test_the_codes_are_read_from_the_code_itself() -> None:
    """The reader must see what it is there for: refusals in every manner of writing them."""
    codes = {one.code for one in refusals()}
    assert {"complained-unit", "reason-missing", FUTURE, "not-yet-shown", "must-solve", "no-such-list"} <= codes
    assert len(codes) > 130
    assert {"lead", "parts.N.title", "decisions.N.unit", "evidence", "cases", "approval_note"} <= fields()
