"""Who and what the months need: few units and officials, so that months pass in minutes. Everybody is invented."""

from datetime import date

from deploy.trial.district import Official
from deploy.trial.programmes.cast import PACKS, Cast

OFFICE, REVIEW, GROUP, TOP = "m-office", "m-review", "m-group", "m-top"
HANDLING = {
    "m-town-1": ("示例甲镇", "town"),
    "m-town-2": ("示例乙镇", "town"),
    "m-dept-1": ("示例甲局", "department"),
    "m-dept-2": ("示例乙局", "department"),
}

STREET, STREET_OFFICE, STREET_REVIEW = "s-street", "s-office", "s-review"
SECTIONS = {"sec-city": "示例城管科", "sec-people": "示例民生科"}
COMMUNITIES = {"s-comm-1": "示例一号社区", "s-comm-2": "示例二号社区"}


def jiawang() -> Cast:
    """贾汪 from the first half-monthly slot of July to the first working day after the programme's last."""
    units = [
        _unit(TOP, "示例区", "district", None),
        _unit(OFFICE, "示例区活动办", "department", TOP),
        _unit(REVIEW, "示例区督查室", "department", TOP),
        _unit(GROUP, "示例工作组牵头局", "department", TOP),
        *(_unit(code, name, level, TOP) for code, (name, level) in HANDLING.items()),
    ]
    leader = Official("m-leader", "示例领导", TOP, ("leading_group",))
    people = [
        leader,
        Official("m-clerk", "示例受理员", OFFICE, ("intake_clerk",)),
        Official("m-desk", "示例派单员", OFFICE, ("dispatcher", "work_group_lead")),
        Official("m-chief", "示例活动办主任", OFFICE, ("programme_office", "dispatcher")),
        Official("m-group", "示例工作组组长", GROUP, ("work_group_lead",)),
        Official("m-reviewer", "示例督查员", REVIEW, ("supervisor",)),
        *_handlers(HANDLING),
    ]
    return Cast(
        programme="jw-2017",
        pack=PACKS / "jw-2017.toml",
        begins=date(2017, 7, 3),
        ends=date(2017, 10, 9),
        units=tuple(units),
        people=tuple(people),
        office=OFFICE,
        supervision=REVIEW,
        leader=leader,
    )


def liulitun() -> Cast:
    """六里屯 from its first day to the day after its last."""
    units = [
        _unit(STREET, "示例街道", "district", None),
        _unit(STREET_OFFICE, "示例街道活动办", "department", STREET),
        _unit(STREET_REVIEW, "示例综合办公室", "department", STREET),
        *(_unit(code, name, "department", STREET) for code, name in SECTIONS.items()),
        *(_unit(code, name, "community", STREET) for code, name in COMMUNITIES.items()),
    ]
    leader = Official("s-leader", "示例街道主要领导", STREET, ("leading_group",))
    people = [
        leader,
        Official("s-area", "示例包片领导", STREET, ("leading_group",)),
        Official("s-clerk", "示例受理员", STREET_OFFICE, ("intake_clerk",)),
        Official("s-desk", "示例派单员", STREET_OFFICE, ("dispatcher", "work_group_lead")),
        Official("s-chief", "示例活动办主任", STREET_OFFICE, ("programme_office", "dispatcher")),
        Official("s-reviewer", "示例督查员", STREET_REVIEW, ("supervisor",)),
        Official("s-party", "示例社区书记", "s-comm-1", ("four_people_chair",)),
        *_handlers([*SECTIONS, *COMMUNITIES]),
    ]
    return Cast(
        programme="lt-2019",
        pack=PACKS / "lt-2019.toml",
        begins=date(2019, 9, 10),
        ends=date(2019, 12, 11),
        units=tuple(units),
        people=tuple(people),
        office=STREET_OFFICE,
        supervision=STREET_REVIEW,
        leader=leader,
    )


def _unit(code: str, name: str, level: str, parent: str | None) -> dict[str, object]:
    return {"unit_id": code, "name": name, "level": level, "parent": parent, "duties": []}


def _handlers(units: object) -> list[Official]:
    found = []
    for code in units:  # type: ignore[attr-defined]
        found.append(Official(f"p-{code}", f"示例经办{code}", code, ("unit_clerk", "visitor")))
        found.append(Official(f"l-{code}", f"示例负责人{code}", code, ("unit_leader",)))
    return found
