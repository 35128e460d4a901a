"""`# F` behind a value of a pack: pages say that it is invented, and nothing else is marked."""

from pathlib import Path

import pytest

from contracts.pack import fixtures

PACKS = Path(__file__).parents[2] / "deploy" / "packs"


def test_marks_are_read_at_every_place_where_they_stand() -> None:
    found = fixtures(
        """
[order]                              # the unit's own
max_returns = 3                      # F
return_by = "1wd"                    # 1 day
instruction = "门牌 # F 号"          # not a mark
[detector]                           # F a person decides
cases = 5
[lists]
urgency = [                          # limits
  { code = "good", finish = "1wd" }, # F 好事即办
  { code = "hard", finish = "9wd" },
]
redirect = [   # F words
  { code = "police", words = ["F", "# F"] },
]
directory = [  # 派单目录; F units
  { category = "road", lead = "dept-a" },
]
"""
    )
    assert found.paths == {"order.max_returns", "detector", "lists.urgency[0]", "lists.redirect", "lists.directory"}
    assert found.has("detector.cases")
    assert found.has("lists.redirect[0]")
    assert not found.has("lists.urgency[1]")
    assert not found.has("order.instruction")
    assert not found.has("lists")


@pytest.mark.parametrize("name", ["jw-2017", "lt-2019", "demo"])
def test_the_packs_mark_what_the_sources_do_not_say(name: str) -> None:
    found = fixtures((PACKS / f"{name}.toml").read_text("utf-8"))
    assert found.has("order.max_returns")
    assert found.has("closure.relapse_days")
    assert not found.has("closure.by")
