"""The invented district that a trial runs in: of 贾汪's shape, with plainly fictitious units and persons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TOWNS = tuple(f"示例{n}{kind}" for n, kind in zip("甲乙丙丁戊己庚辛壬癸子", "镇镇镇镇镇街街街街区区", strict=True))
"""镇、街道、功能区: who leads what concerns one person."""

FULL_NAMES = {"镇": "镇", "街": "街道", "区": "功能区"}

DEPARTMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dept-traffic": ("区交通局", ("road-surface", "road-bus")),
    "dept-city": ("区城管局", ("road-lamp", "road-parking", "environment-waste", "environment-noise")),
    "dept-housing": ("区住建局", ("housing-property", "housing-repair", "utility-gas", "utility-heat")),
    "dept-land": ("区国土局", ("housing-title", "housing-move", "farm-land", "enterprise-site")),
    "dept-water": ("区水务局", ("utility-water", "utility-drain", "farm-irrigation", "environment-river")),
    "dept-power": ("区供电公司", ("utility-power",)),
    "dept-nature": ("区环保局", ("environment-air",)),
    "dept-farm": ("区农业局", ("farm-technique",)),
    "dept-civil": ("区民政局", ("livelihood-allowance", "livelihood-disabled", "order-dispute")),
    "dept-labour": ("区人社局", ("livelihood-pension", "livelihood-job", "order-wage", "enterprise-labour")),
    "dept-health": ("区卫计委", ("health-insurance", "health-clinic")),
    "dept-school": ("区教育局", ("education-school", "education-facility")),
    "dept-trade": ("区经信局", ("enterprise-fund", "enterprise-permit", "order-safety", "order-other")),
}
"""Departments with the categories they answer for: who leads what concerns many."""

DISTRICT, OFFICE, SUPERVISION, DESK = "district", "office", "ducha", "desk-12345"
CLERKS, DISPATCHERS, SUPERVISORS = 4, 4, 2
OWN_REVIEWER_UNIT = "town-01"
"""Somebody here calls back about the unit's own cases, which the rules must refuse."""

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Official:
    """A person with a login."""

    person_id: str
    name: str
    unit_id: str
    roles: tuple[str, ...]


def towns() -> dict[str, str]:
    """Unit code and name of every town, street and zone."""
    return {f"town-{n:02}": name[:-1] + FULL_NAMES[name[-1]] for n, name in enumerate(TOWNS, 1)}


def unit_names() -> dict[str, str]:
    """Every unit's name by its code."""
    offices = {DISTRICT: "示范区", OFFICE: "区活动办", SUPERVISION: "区督查室", DESK: "区12345平台大走访专席"}
    return offices | towns() | {code: name for code, (name, _) in DEPARTMENTS.items()}


def handling_units() -> list[str]:
    """Who can be given an order."""
    return [DESK, *towns(), *DEPARTMENTS]


def department_for(category: str) -> str:
    """The department whose duties name a category."""
    return next(code for code, (_, duties) in DEPARTMENTS.items() if category in duties)


def officials() -> Iterator[Official]:
    """Everybody who logs in: the office, supervision, and a clerk and a leader in every unit."""
    for n in range(CLERKS):
        yield Official(f"p-clerk-{n}", f"示例受理员{NUMERALS[n]}", OFFICE, ("intake_clerk",))
    for n in range(DISPATCHERS):
        yield Official(f"p-desk-{n}", f"示例派单员{NUMERALS[n]}", OFFICE, ("dispatcher", "work_group_lead"))
    for n in range(SUPERVISORS):
        yield Official(f"p-review-{n}", f"示例督查员{NUMERALS[n]}", SUPERVISION, ("supervisor",))
    yield Official("p-review-own", "示例甲镇督查员", OWN_REVIEWER_UNIT, ("supervisor",))
    yield Official("p-office", "示例活动办主任", OFFICE, ("programme_office", "dispatcher"))
    yield Official("p-leader", "示例领导", DISTRICT, ("leading_group",))
    for unit in handling_units():
        yield Official(f"p-{unit}", f"{unit_names()[unit]}经办", unit, ("unit_clerk",))
        yield Official(f"l-{unit}", f"{unit_names()[unit]}负责人", unit, ("unit_leader",))


def directory() -> dict[str, Any]:
    """The rows for the directory's API."""
    units = [
        {"unit_id": code, "name": name, "level": _level(code), "parent": None if code == DISTRICT else DISTRICT}
        | {"duties": list(DEPARTMENTS[code][1]) if code in DEPARTMENTS else []}
        for code, name in unit_names().items()
    ]
    persons = [
        {"person_id": one.person_id, "unit_id": one.unit_id, "name": one.name, "roles": list(one.roles)}
        for one in officials()
    ]
    return {"units": units, "persons": persons}


def _level(code: str) -> str:
    match code.split("-")[0]:
        case "district":
            return "district"
        case "town":
            return "town"
        case "desk":
            return "desk"
        case _:
            return "department"
