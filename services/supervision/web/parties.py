"""Who and what an act names must be known here: units and persons of the directory, cases, slips, grounds."""

from collections.abc import Collection

from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.reference.programmes import ActivePack
from services.supervision.read import inspected
from services.supervision.read import ladder_questions as questions
from services.supervision.web.reads import Reads


async def known_units(found: Reads, field: str, *unit_ids: str | None) -> None:
    """Each is a unit of the directory; None names nobody."""
    named = {one for one in unit_ids if one}
    if named and not named <= (await found.directory.unit_names()).keys():
        raise Rejected("no-such-unit", N_("通讯录中没有这个单位，请重新选择。"), field)


async def known_persons(found: Reads, field: str, *person_ids: str | None) -> None:
    """Each is a person of the directory; one whose name was erased is still one."""
    named = {one for one in person_ids if one}
    if named and not named <= (await found.directory.person_names(named)).keys():
        raise Rejected("no-such-person", N_("通讯录中没有这个人，请重新选择。"), field)


async def known_cases(found: Reads, field: str, case_ids: Collection[str]) -> None:
    """Each is a case that was opened."""
    if case_ids and not set(case_ids) <= await questions.known_cases(found.pool, case_ids):
        raise Rejected("no-such-case", N_("没有这件问题。"), field)


async def known_slip(found: Reads, field: str, notice_id: str | None) -> None:
    """A slip that was issued."""
    if notice_id and await questions.notice(found.pool, notice_id) is None:
        raise Rejected("no-such-notice", N_("没有这份督办单。"), field)


def known_grounds(active: ActivePack, field: str, grounds: Collection[str]) -> None:
    """Each is misconduct that the pack in force names."""
    if not set(grounds) <= set(inspected.misconduct(active.pack)):
        raise Rejected("unknown-misconduct", N_("请选择方案规定的情形。"), field)
