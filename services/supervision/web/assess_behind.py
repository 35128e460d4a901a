"""The cases behind one number of an assessment, listed by the same rule that counted them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException

from contracts.supervision import ObjectScore
from services.supervision.domain.assess_measures import measure
from services.supervision.domain.assess_scope import Scope
from services.supervision.web.assess_acts import OnAssessment, scope_of
from services.supervision.web.assess_views import BehindView
from services.supervision.web.assess_words import FIGURES, item_word
from services.supervision.web.reads import Reads, reads
from services.ui.formats import whole_day
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext

RULING = ""
"""A ruling on an appeal may move points without naming a case."""

SHOWN = 50
"""Things on one page."""

SIGNS = {
    "case": "clipboard-list",
    "slot": "calendar",
    "subject": "map-pin",
    "person": "user",
    "notice": "file-check",
    "ruling": "gavel",
    "other": "search",
}


OWED = ("K05", "K06", "K20")
"""Indicators of what persons and units owe: pairs and quotas."""


@dataclass(frozen=True, slots=True)
class Behind:
    """One thing behind a number: what it adds, and which indicator or ground it stands for."""

    ref: str
    case_id: str | None
    counted: Fraction
    code: str
    times: int = 1
    points: str = ""
    """What a whole ground adds or takes, said with its first entry."""


async def things(x: OnAssessment, object: str, kind: str, item: str) -> tuple[Scope, list[Behind]]:
    """What was counted for one number of one object: for points what stands in the event, for a share each member."""
    scope = await scope_of(x, object)
    row = x.known.of(object)
    assert row is not None, "looked up by scope_of"
    if kind != "kpi":
        return scope, _grounds(scope, row, kind)
    if item not in x.rules.weights:
        raise HTTPException(404)
    return scope, [Behind(one.ref, one.case_id, one.counted, item) for one in measure(scope, item).members]


def _grounds(scope: Scope, row: ObjectScore, kind: str) -> list[Behind]:
    lines = row.bonuses if kind == "bonus" else row.deductions
    found = []
    for line in lines:
        points = line.points
        for ref, times in Counter(line.refs or (RULING,)).items():
            case = ref if ref in scope.facts.cases else None
            found.append(Behind(ref, case, Fraction(1), line.code, times, points))
            points = ""
    return found


async def view(x: OnAssessment, object: str, kind: str, item: str, offset: int) -> BehindView:
    """One page of them, those that count first."""
    found = reads(x.request)
    scope, all = await things(x, object, kind, item)
    all.sort(key=lambda one: one.counted == 0)
    here = all[offset : offset + SHOWN]
    names = await x.names()
    titles = await _titles(found, [one.case_id for one in here if one.case_id])
    people = await found.directory.person_names(one.ref for one in here if one.ref in scope.facts.covered.persons)
    if item in OWED:
        whose = [one.ref.split("/")[1] for one in here]
        titles |= await found.directory.unit_names() | await found.directory.person_names(whose)
    asked = {"object": object, "kind": kind, "item": item}
    where = f"/supervision/assessments/{x.known.row.assessment_id}"

    def at(start: int) -> str:
        return f"{where}/behind?{urlencode({**asked, 'offset': start})}"

    counted = sum(1 for one in all if one.counted)
    return BehindView(
        title=item_word(item) if kind == "kpi" else _(FIGURES[kind]),
        parts=[
            names.get(object, object),
            ngettext("共 %(num)s 件", "共 %(num)s 件", len(all)),
            _("计入 %(n)s 件", n=counted) if kind == "kpi" else "",
        ],
        back=where,
        counted=[_shown(one, scope, titles, people) for one in here if one.counted],
        others=[_shown(one, scope, titles, people) for one in here if not one.counted],
        counted_head=_("计入的") if kind == "kpi" else _("依据"),
        others_head=_("未计入的"),
        previous=at(max(0, offset - SHOWN)) if offset else None,
        next=at(offset + SHOWN) if offset + SHOWN < len(all) else None,
    )


async def _titles(found: Reads, cases: Sequence[str]) -> dict[str, str]:
    rows = await found.pool.fetch("SELECT case_id, title FROM followup_case WHERE case_id = ANY ($1)", list(set(cases)))
    texts = await found.texts([row["title"] for row in rows])
    return {row["case_id"]: text for row, text in zip(rows, texts, strict=True)}


def _shown(one: Behind, scope: Scope, titles: dict[str, str], people: dict[str, str]) -> dict[str, Any]:
    sign, title, href = _target(one, scope, titles, people)
    chips = [] if one.counted in (0, 1) else [(_("计 %(n)s", n=f"{float(one.counted):g}"), "info")]
    if one.times > 1:
        chips.append((_("%(n)s 次", n=one.times), "warn"))
    return {
        "href": href,
        "sign": sign,
        "tone": "good" if one.counted else "plain",
        "title": title,
        "chips": chips,
        "meta": [item_word(one.code), *([_("%(n)s 分", n=one.points)] if one.points else []), *_told(one, scope)],
    }


def _target(one: Behind, scope: Scope, titles: dict[str, str], people: dict[str, str]) -> tuple[str, str, str | None]:
    """Its sign, its words, and where it is seen."""
    facts = scope.facts
    if one.case_id:
        return SIGNS["case"], titles.get(one.case_id, one.case_id), f"/dispatch/cases/{one.case_id}"
    if one.ref == RULING:
        return SIGNS["ruling"], _("申诉裁定调整"), None
    if one.code == "K11" and (cell := facts.cells.get(one.ref.partition("/")[2])):
        return SIGNS["subject"], cell.name, None
    if slot := facts.slots.get(one.ref):
        row = next((row for row in scope.pack.lists.cadence if row.id == slot.cadence), None)
        name = row.name if row and row.name else slot.cadence
        return SIGNS["slot"], f"{name} {whole_day(slot.day)}", f"/supervision/cadence?programme={facts.programme}"
    if one.code in OWED:
        return SIGNS["other"], _owed(one, scope, titles), f"/supervision/quotas?programme={facts.programme}"
    if one.ref in facts.bulletins:
        return SIGNS["notice"], _("通报 %(id)s", id=one.ref[:8]), f"/supervision/bulletins/{one.ref}"
    if one.ref in facts.slips:
        return SIGNS["notice"], _("督办单 %(id)s", id=one.ref[:8]), f"/supervision/notices/{one.ref}"
    if one.ref in facts.covered.subjects:
        return SIGNS["subject"], _("走访对象 %(id)s", id=one.ref), None
    if one.ref in facts.covered.persons:
        return SIGNS["person"], people.get(one.ref, one.ref), None
    return SIGNS["other"], one.ref, None


def _owed(one: Behind, scope: Scope, names: dict[str, str]) -> str:
    """Whose duty or pairs: 「蹲点天数 示例甲 2013-04-30」."""
    kind, owner, *rest = one.ref.split("/")
    lists = scope.pack.lists
    words = {row.kind: row.title for row in lists.quota} | {row.kind: row.name or row.kind for row in lists.pairing}
    return " ".join([words.get(kind, kind), names.get(owner, owner), *rest])


def _told(one: Behind, scope: Scope) -> list[str]:
    """The case's standing at the moment that is assessed."""
    case = scope.facts.cases.get(one.case_id or "")
    if case is None:
        return []
    words = {
        "waiting": _("未派单"),
        "handling": _("办理中"),
        "suspended": _("挂账"),
        "completed": _("已办结"),
        "struck_off": _("已销号"),
    }
    said = [words[case.status]] if case.status in words else []
    return [*said, _("期限 %(day)s", day=whole_day(case.finish_by))] if case.finish_by else said
