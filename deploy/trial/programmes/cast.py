"""Who and what a programme's trial needs: its pack, its days, its units and officials. Everybody is invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deploy.trial import district
from deploy.trial.district import NUMERALS, Official

PACKS = Path(__file__).resolve().parents[2] / "packs"


@dataclass(frozen=True, slots=True)
class Cast:
    """One invented district under one pack."""

    programme: str
    pack: Path
    begins: date
    ends: date
    units: tuple[dict[str, Any], ...]
    people: tuple[Official, ...]
    office: str
    supervision: str
    leader: Official
    """The main leader: designates leads and decides what only a leader may."""

    def directory(self) -> dict[str, Any]:
        """The rows for the directory's API."""
        persons = [
            {"person_id": one.person_id, "unit_id": one.unit_id, "name": one.name, "roles": list(one.roles)}
            for one in self.people
        ]
        return {"units": list(self.units), "persons": persons}


def jiawang(*, small: bool = False) -> Cast:
    """贾汪: towns, departments, the hotline desk; to the day of the second half-monthly report."""
    rows = district.directory()
    people = tuple(district.officials())
    return Cast(
        programme="jw-2017",
        pack=PACKS / "jw-2017.toml",
        begins=date(2017, 7, 3) if small else date(2017, 6, 8),
        ends=date(2017, 7, 17),
        units=tuple(rows["units"]),
        people=people,
        office=district.OFFICE,
        supervision=district.SUPERVISION,
        leader=next(one for one in people if "leading_group" in one.roles),
    )


STREET, OFFICE, GENERAL = "street", "lt-office", "lt-general"
SECTIONS = {
    "sec-party": ("示例党建科", ("party-new", "party-theme")),
    "sec-housing": ("示例房管科", ("property-service", "property-parking")),
    "sec-city": ("示例城管科", ("waste-exposed", "waste-stairs")),
    "sec-people": ("示例民生科", ("life-utility", "life-hardship", "life-other")),
    "sec-safety": ("示例平安科", ("life-dispute",)),
}
"""Sections of the street office with the categories that 派单目录 gives them alone."""

SHARED = "property-repair"
"""Concerns two sections, so that the main leader names the lead."""

COMMUNITIES = tuple(f"comm-{n:02}" for n in range(1, 9))


def liulitun(*, small: bool = False) -> Cast:
    """六里屯: sections that lead, communities beside them; the whole one with the holidays of that October."""
    units = [
        {"unit_id": STREET, "name": "示例街道", "level": "district", "parent": None, "duties": []},
        *(_unit(code, name, "department") for code, name in ((OFFICE, "示例街道活动办"), (GENERAL, "示例综合办公室"))),
        *(_unit(code, name, "department", list(duties)) for code, (name, duties) in SECTIONS.items()),
        *(_unit(code, f"示例{NUMERALS[n]}号社区", "community") for n, code in enumerate(COMMUNITIES)),
    ]
    leader = Official("lt-main", "示例街道主要领导", STREET, ("leading_group",))
    people = [leader, *_office(), *_handlers([*SECTIONS, *COMMUNITIES])]
    return Cast(
        programme="lt-2019",
        pack=PACKS / "lt-2019.toml",
        begins=date(2019, 9, 10),
        ends=date(2019, 9, 20) if small else date(2019, 10, 31),
        units=tuple(units),
        people=tuple(people),
        office=OFFICE,
        supervision=GENERAL,
        leader=leader,
    )


def _unit(code: str, name: str, level: str, duties: list[str] | None = None) -> dict[str, Any]:
    return {"unit_id": code, "name": name, "level": level, "parent": STREET, "duties": duties or []}


def _office() -> Iterator[Official]:
    for n in range(district.CLERKS):
        yield Official(f"lt-clerk-{n}", f"示例受理员{NUMERALS[n]}", OFFICE, ("intake_clerk",))
        yield Official(f"lt-desk-{n}", f"示例派单员{NUMERALS[n]}", OFFICE, ("dispatcher", "work_group_lead"))
    yield Official("lt-chief", "示例活动办主任", OFFICE, ("programme_office", "dispatcher"))
    for n in range(district.SUPERVISORS + 1):
        yield Official(f"lt-review-{n}", f"示例督查员{NUMERALS[n]}", GENERAL, ("supervisor",))


def _handlers(units: list[str]) -> Iterator[Official]:
    for unit in units:
        yield Official(f"p-{unit}", f"示例经办{unit}", unit, ("unit_clerk",))
        yield Official(f"l-{unit}", f"示例负责人{unit}", unit, ("unit_leader",))
