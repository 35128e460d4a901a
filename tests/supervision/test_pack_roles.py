"""六里屯 names roles of its own: slots are owed, and meetings recorded, by whoever stands for them in the directory."""

from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.pack import parse_pack
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.web import User
from services.reference.words import ROLE_NAMES
from services.supervision.domain.rhythm import Rules, Slot, slots
from services.supervision.read.rhythms import owners
from services.supervision.web.rhythm_acts import may_record

LT = parse_pack((Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml").read_bytes())
BEGINS, UNTIL = datetime(2019, 9, 10, 8, tzinfo=LOCAL), datetime(2019, 9, 14, tzinfo=LOCAL)
HELD: Any = {
    "leading_group": [{"unit": "street", "since": None, "until": None}],
    "four_people_chair": [{"unit": "comm-1", "since": None, "until": None}],
}


def the_slot(cadence: str) -> Slot:
    found = slots([Rules("lt-2019", LT, calendar_for(LT), BEGINS)], UNTIL)
    return next(one for one in found if one.cadence.id == cadence)


def test_what_an_area_leader_owes_the_leading_group_owes() -> None:
    assert owners(the_slot("weekly-analysis"), HELD) == ["street"]


def test_a_consultation_is_owed_and_recorded_by_the_community_whose_party_committee_chairs_it() -> None:
    row = the_slot("consultation").cadence
    assert owners(the_slot("consultation"), HELD) == ["comm-1"]
    assert may_record(User("p", "示例书记", "comm-1", "示例社区", ("four_people_chair",)), row) == "four_people_chair"
    assert "four_people_chair" in ROLE_NAMES, "somebody can be given it"
