"""走访覆盖 as pages and JSON: how far each date is, unit by unit, and who is left."""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack.covering import Roster
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, require, see_other
from services.chassis.web.inputs import Count
from services.reference.coverage.members import Member, short
from services.supervision.read.coverage import READ
from services.supervision.web import coverage_acts as act
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import answered, permitted
from services.supervision.web.coverage_words import (
    DUTIES,
    STATES,
    asked_words,
    counted,
    percent,
    size_word,
    why_words,
)
from services.supervision.web.reads import Reads, reads
from services.ui.formats import whole_day
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

api = APIRouter(prefix="/supervision/api", tags=["supervision"])
router = APIRouter(prefix="/supervision", include_in_schema=False)

PAGE = 50
"""Of those left on one page."""

HERE = "/supervision/coverage"


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Every date of a programme."""

    programme: str
    programmes: list[tuple[str, str]]
    lines: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OneView:
    """One date."""

    line: dict[str, Any]
    programme: str
    duties: list[dict[str, str]]
    units: list[dict[str, Any]]
    by_size: bool
    rows: list[dict[str, Any]]
    count: str
    show: str
    whole_list: bool
    """Also those who were reached can be listed: they stand on it for a reason."""
    outcome: list[tuple[str, Any]]
    may_claim: bool
    form: Form
    previous: str | None
    next: str | None


@router.get("/coverage")
async def coverage(request: Request, user: CurrentUser, programme: str | None = None) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    found = reads(request)
    known = await found.programmes.all()
    active = next((one for one in known if one.programme_id == programme), known[0] if known else None)
    lines = [_line(one) for one in await act.standings(found, active)] if active else []
    view = CoverageView(
        programme=active.programme_id if active else "",
        programmes=[(one.programme_id, one.name) for one in known],
        lines=lines,
    )
    return page(request, "coverage.html", view, fresh=is_fresh)


@router.get("/coverage/{coverage_id}")
async def one_coverage(
    request: Request,
    user: CurrentUser,
    coverage_id: str,
    show: Literal["left", "all"] = "left",
    unit: str | None = None,
    offset: Count = 0,
) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    return await _one_page(request, user, coverage_id, BLANK, show=show, unit=unit, offset=offset, is_fresh=is_fresh)


@router.post("/coverage/{coverage_id}/claim")
async def claim_form(request: Request, user: CurrentUser, coverage_id: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _one_page(request, user, coverage_id, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, act.ClaimInput, again)
    return see_other(await act.claim(request, user, coverage_id, data), f"{HERE}/{coverage_id}")


async def _one_page(
    request: Request,
    user: User,
    coverage_id: str,
    form: Form,
    *,
    show: str = "left",
    unit: str | None = None,
    offset: int = 0,
    is_fresh: bool = True,
    status: int = 200,
) -> Response:
    found = reads(request)
    one = await act.standing(found, coverage_id)
    names = await found.directory.unit_names()
    # Who calls again and again stays on the list when they were visited, with what put them there (LT-33).
    on_list = one.found.members if show == "all" else one.found.left
    listed = [member for member in on_list if unit is None or member.unit == unit]
    where = f"{HERE}/{coverage_id}?show={show}" + (f"&unit={unit}" if unit else "")
    view = OneView(
        line=_line(one),
        programme=one.active.programme_id,
        duties=_duties(one),
        units=[
            {
                "name": names.get(row.unit or "", row.unit) or "—",
                "size": size_word(row.size_class),
                "whole": row.whole,
                "target": row.target,
                "reached": row.reached,
                "left": row.whole - row.reached,
                "kept": row.kept,
                "href": f"{HERE}/{coverage_id}?unit={row.unit}#left" if row.unit else None,
            }
            for row in one.found.units
        ],
        by_size=bool(getattr(one.found.watched.rule, "by_size", None)),
        rows=await _rows(found, user, listed[offset : offset + PAGE], names),
        count=counted(len(listed), names.get(unit, unit) if unit else ""),
        show=show,
        whole_list=any(member.calls for member in one.found.members) or show == "all",
        outcome=_outcome(one, names),
        may_claim=user.has(*act.CLAIMING) and not one.claimed,
        form=form,
        previous=f"{where}&offset={max(0, offset - PAGE)}#left" if offset else None,
        next=f"{where}&offset={offset + PAGE}#left" if offset + PAGE < len(listed) else None,
    )
    return page(request, "coverage_one.html", view, fresh=is_fresh, status=status)


def _line(one: act.Standing) -> dict[str, Any]:
    found, watched = one.found, one.found.watched
    _word, tone = STATES[one.state]
    return {
        "id": one.coverage_id,
        "href": f"{HERE}/{one.coverage_id}",
        "name": watched.name,
        "word": _state_words(one),
        "tone": tone,
        "whole": found.whole,
        "target": found.target,
        "reached": found.reached,
        "left": found.whole - found.reached,
        "share": percent(found.share),
        "due": whole_day(watched.day),
        "snapshot": whole_day(watched.snapshot) if watched.snapshot else None,
        "asked": asked_words(watched),
        "people": watched.of == "roster",
        "planned": watched.planned if watched.planned not in (None, found.whole) else None,
        "phrase": watched.phrase,
    }


def _state_words(one: act.Standing) -> str:
    """What is declared stands beside what was missed, with its day."""
    word, phrase = STATES[one.state][0], one.found.watched.phrase
    if one.state == "claimed" and phrase:
        return _("已声明%(phrase)s", phrase=phrase)
    if one.claimed and one.row is not None and one.state in ("late", "missed"):
        return _("%(word)s，%(day)s声明完成", word=_(word), day=whole_day(one.row["claimed_at"]))
    return _(word)


def _duties(one: act.Standing) -> list[dict[str, str]]:
    """Of a roster: how many took part in each of the ways that it is obliged to (LT-32)."""
    group = one.found.watched.group
    if not isinstance(group, Roster):
        return []
    all_of_them = one.found.members
    return [
        {"name": _(DUTIES[duty]), "said": f"{sum(duty in member.did for member in all_of_them)}/{len(all_of_them)}"}
        for duty in group.obliged
    ]


def _outcome(one: act.Standing, names: dict[str, str]) -> list[tuple[str, Any]]:
    row = one.row
    if row is None:
        return []
    told: list[tuple[str, Any]] = []
    if row["judged_at"] is not None:
        said = _("已走访（参加）%(n)s，应 %(m)s，共 %(all)s", n=row["reached"], m=row["target"], all=row["whole"])
        told.append((_("到期时"), said))
        if row["left_over"]:
            told.append((_("到期时未走访（参加）"), "、".join(row["left_over"])))
    if row["claimed_at"] is not None:
        by = names.get(row["claimed_by"], row["claimed_by"])
        told.append((_("声明"), _("%(day)s，%(unit)s", day=whole_day(row["claimed_at"]), unit=by)))
        told.append((_("说明"), row["claim_note"] or "—"))
    return told


async def _rows(found: Reads, user: User, members: list[Member], units: dict[str, str]) -> list[dict[str, Any]]:
    people = await found.directory.person_names(one.ref for one in members if one.what == "person")
    return [
        {
            "name": people.get(one.ref, short(one)),
            "unit": units.get(one.unit or "", one.unit) or "—",
            "community": units.get(one.community or "", one.community) or "",
            "why": why_words(one),
            "reached": whole_day(one.reached_at) if one.reached_at else None,
            "calls": [f"/intake/requests/{request_id}" for request_id in one.calls],
            "case": f"/dispatch/cases/{one.ref}" if one.what == "case" else None,
            "visit": f"/intake/visits/new?subject={one.ref}"
            if one.what == "subject" and one.reached_at is None and not one.erased and user.has("visitor")
            else None,
        }
        for one in members
    ]


@api.get("/coverage", dependencies=[Depends(require(*SEEING))])
async def coverage_api(request: Request, programme: str) -> dict[str, Any]:
    """Every date with all of its members, those who are left among them, and what its judgement said."""
    await fresh(request, *READ)
    found = reads(request)
    active = await found.programmes.active(programme)
    if active is None:
        return {"items": []}
    return {"items": [_told(one) for one in await act.standings(found, active)], "now": found.now}


def _told(one: act.Standing) -> dict[str, Any]:
    found, row = one.found, one.row
    judged = claimed = None
    if row is not None and row["judged_at"] is not None:
        judged = {name: row[name] for name in ("whole", "target", "reached", "kept")}
        judged |= {"due": row["judged_due"], "left": list(row["left_over"])}
    if row is not None and row["claimed_at"] is not None:
        claimed = {"at": row["claimed_at"], "unit": row["claimed_by"], "note": row["claim_note"]}
    return {
        "coverage_id": one.coverage_id,
        "of": found.watched.of,
        "code": found.watched.code,
        "due": found.watched.due,
        "snapshot": found.watched.snapshot,
        "whole": found.whole,
        "target": found.target,
        "reached": found.reached,
        "kept": found.kept,
        "state": one.state,
        "units": [
            {"unit": u.unit, "size": u.size_class, "whole": u.whole, "target": u.target, "reached": u.reached}
            for u in found.units
        ],
        "left": [member.ref for member in found.left],
        "members": [
            {
                "ref": member.ref,
                "what": member.what,
                "unit": member.unit,
                "reached_at": member.reached_at,
                "visit": member.by,
                "requests": list(member.calls),
                "did": sorted(member.did),
            }
            for member in found.members
        ],
        "judged": judged,
        "claimed": claimed,
    }


@api.post("/coverage/{coverage_id}/claim")
async def claim_api(request: Request, user: CurrentUser, coverage_id: str, data: act.ClaimInput) -> Response:
    """Declare that it is reached; refused while one is left."""
    return answered(await act.claim(request, user, coverage_id, data), coverage_id=coverage_id)
