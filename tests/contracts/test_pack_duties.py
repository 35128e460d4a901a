"""The rows of duties: what nobody could judge is refused with its place."""

from pathlib import Path

import pytest

from contracts.pack import PackErrors, parse_pack

PACKS = Path(__file__).parents[1] / "packs"
SH, EB = ((PACKS / name).read_text() for name in ("sh-2013.toml", "eb-2012.toml"))

WRONG = [
    (SH, 'activities = ["stationed"], need = 3', "need = 3", "lists.quota[1].activities"),
    (SH, 'activities = ["stationed"]', 'activities = ["stationned"]', "lists.quota[1].activities[1]"),
    (SH, 'activities = ["stationed"]', 'activities = ["research_report"]', "lists.quota[1].activities[1]"),
    (SH, '["stationed"], need = 3', '["stationed"], paired = true, need = 3', "lists.quota[1].paired"),
    (SH, 'activities = ["talk"], need = 1', 'activities = ["talk"], need = 1, due = 2013-05-01', "lists.quota[4].due"),
    (SH, '["talk"], need = 1', '["talk"], need = 1, holiday = "drop"', "lists.quota[4].holiday"),
    (SH, "need = 3, max = 5", "need = 6, max = 5", "lists.quota[6].need"),
    (SH, "need = 1, due = 2013-04-30", "need = 1, due = 2014-04-30", "lists.quota[5].due"),
    (SH, 'kind = "talks"', 'kind = "org_life"', "lists.quota[4].kind"),
    (SH, 'levels = ["district", "department"], ', "", "lists.pairing[1].from"),
    (SH, "min = 10, max = 15", "min = 16, max = 15", "lists.pairing[1].min"),
    (SH, "min = 10, max = 15, due", "max = 15, due", "lists.pairing[1].due"),
    (EB, 'checklist = "mobilising"', 'checklist = "nothing"', "lists.phase[1].checklist"),
    (EB, 'kind = "leader_to_enterprise"', 'kind = "unit_to_community"', "lists.pairing[2].kind"),
    (EB, 'id = "dispute"', 'id = "mechanism"', "lists.activity[8].id"),
]  # fmt: skip


@pytest.mark.parametrize(("pack", "old", "new", "place"), WRONG, ids=[f"{one[3]}-{one[2][:24]}" for one in WRONG])
def test_a_row_that_nobody_could_judge_is_refused_with_its_place(pack: str, old: str, new: str, place: str) -> None:
    assert pack.count(old) == 1, old
    with pytest.raises(PackErrors) as refused:
        parse_pack(pack.replace(old, new).encode())
    assert place in {error.place for error in refused.value.errors}
