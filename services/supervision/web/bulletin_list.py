"""通报 as a list, on the screen and as a file, with what packs propose and what people decided against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh
from services.chassis.web.inputs import Count
from services.reference.fixture_marks import marked
from services.supervision.paper.bulletin import number
from services.supervision.read import bulletin_proposals, bulletins
from services.supervision.web import bulletin_acts as acts
from services.supervision.web import bulletin_papers as papers
from services.supervision.web.assess_words import ground_word
from services.supervision.web.bulletin_form import Asked
from services.supervision.web.bulletin_words import KINDS, SIGNS, STATES, TONES, kind_word, why
from services.supervision.web.reads import Reads, reads
from services.ui.formats import day
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
LIST = "/supervision/bulletins"
Code = Annotated[str, Query(max_length=100)]
State = Literal["", "standing", "withdrawn"]
KindOrAll = Literal["", "commend", "criticise", "expose"]
PROPOSED_FROM = ("notice_board", "signal_docket", "followup_queue", "rhythm_board")
"""Read models that proposals rest on."""


@dataclass(frozen=True, slots=True)
class ListView:
    rows: Sequence[dict[str, Any]]
    proposed: Sequence[dict[str, Any]]
    declined: Sequence[Sequence[str]]
    """Unit, ground, reason, by whom and when."""

    kinds: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    kind: str
    state: str
    unit: str
    own: bool
    query: str
    previous: str | None
    next: str | None
    may_issue: bool


async def visible_rows(
    request: Request, user: User, asked: bulletins.Narrowed, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], bool]:
    """What this person may see, and whether it is everything."""
    found = reads(request)
    issuing = {role for one in await acts.may_issue(found, user) for role in one.pack.notices.issued_by}
    viewer = acts.viewer(user, issuing)
    return await bulletins.bulletins(found.pool, viewer, asked, limit=limit, offset=offset), viewer.sees_all


@router.get("/bulletins")
async def listed(
    request: Request,
    user: CurrentUser,
    unit: Code = "",
    kind: KindOrAll = "",
    state: State = "",
    offset: Count = 0,
) -> Response:
    is_fresh = await fresh(request, "bulletins", *PROPOSED_FROM)
    found = reads(request)
    asked = bulletins.Narrowed(None, kind or None, unit or None, state or None)
    rows, sees_all = await visible_rows(request, user, asked, bulletins.PAGE + 1, offset)
    names = await papers.named(found, rows)
    kept = urlencode({"unit": unit, "kind": kind, "state": state})
    here = f"{LIST}?{kept}&offset="
    view = ListView(
        rows=[_row(row, names) for row in rows[: bulletins.PAGE]],
        proposed=await _proposed(found, user, names.units) if not offset else [],
        declined=await _declined(found, user, names.units) if not offset else [],
        kinds=[("", _("全部类型")), *((code, _(word)) for code, word in KINDS.items())],
        states=[("", _("全部状态")), *((code, _(word)) for code, word in STATES.items())],
        units=[("", _("全部单位")), *sorted(names.units.items(), key=lambda pair: pair[1])],
        kind=kind,
        state=state,
        unit=unit,
        own=not sees_all,
        query=kept,
        previous=f"{here}{max(0, offset - bulletins.PAGE)}" if offset else None,
        next=f"{here}{offset + bulletins.PAGE}" if len(rows) > bulletins.PAGE else None,
        may_issue=bool(await acts.may_issue(found, user)),
    )
    return page(request, "bulletins.html", view, fresh=is_fresh)


def _row(row: Mapping[str, Any], names: papers.Named) -> dict[str, Any]:
    withdrawn = row["withdrawn_at"] is not None
    return {
        "href": f"{LIST}/{row['bulletin_id']}",
        "sign": SIGNS[row["kind"]],
        "tone": "plain" if withdrawn else TONES[row["kind"]],
        "title": "、".join(names.target(code) for code in row["targets"]),
        "chips": [(kind_word(row["kind"]), TONES[row["kind"]]), *([(_("已撤回"), "plain")] if withdrawn else [])],
        "meta": [
            number(row["bulletin_no"], row["issued_at"]),
            "、".join(ground_word(code) for code in row["codes"]),
            _("%(day)s 发布", day=day(row["issued_at"])),
        ],
    }


async def _proposed(found: Reads, user: User, units: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the packs propose to those who may issue; their own unit others decide about."""
    shown = []
    for active in await acts.may_issue(found, user):
        for one in await bulletin_proposals.proposals(found.pool, active.pack, found.now):
            if one.unit == user.unit_id:
                continue
            asked = Asked(one.programme, one.kind, (one.unit,), (one.code,), one.case_ids)
            shown.append(
                {
                    "href": asked.address(),
                    "sign": SIGNS[one.kind],
                    "tone": TONES[one.kind],
                    "title": units.get(one.unit, one.unit),
                    "chips": [(_("提请%(kind)s", kind=kind_word(one.kind)), TONES[one.kind])],
                    "meta": [
                        ground_word(one.code),
                        marked(why(one.proposed_on, one.found, one.within_days), active, "lists.notice"),
                        active.name,
                    ],
                }
            )
    return shown


async def _declined(found: Reads, user: User, units: Mapping[str, str]) -> list[list[str]]:
    """What was decided against, for those who may decide."""
    rows = await bulletins.declined(found.pool, [one.programme_id for one in await acts.may_issue(found, user)])
    persons = await found.directory.person_names(row["declined_by"] for row in rows)
    return [
        [
            units.get(row["target"], row["target"]),
            f"{kind_word(row['kind'])} {ground_word(row['code'])}",
            row["reason"],
            persons.get(row["declined_by"], row["declined_by"]),
            day(row["at"]),
        ]
        for row in rows
    ]


@router.get("/bulletins.xlsx")
async def workbook(
    request: Request,
    user: CurrentUser,
    unit: Code = "",
    kind: KindOrAll = "",
    state: State = "",
) -> Response:
    """R12 as a list: the rows that the screen shows."""
    await fresh(request, "bulletins")
    asked = bulletins.Narrowed(None, kind or None, unit or None, state or None)
    rows, _all = await visible_rows(request, user, asked, papers.MOST_ROWS)
    return await papers.list_file(reads(request), rows)
