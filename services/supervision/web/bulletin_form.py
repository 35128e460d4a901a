"""The form for a new 通报: what the pack lets one say, and what it is filled with from what somebody was looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.pack.noticing import NoticeGround
from services.chassis.web import Forbidden, User
from services.reference.fixture_marks import marked
from services.reference.programmes import ActivePack
from services.supervision.domain.bulletin import Kind
from services.supervision.read import assessments, inspected, ladder_questions
from services.supervision.read.bulletin_cases import cases
from services.supervision.read.bulletin_proposals import proposals
from services.supervision.web.assess_words import ground_word, period_of
from services.supervision.web.bulletin_acts import may_issue
from services.supervision.web.bulletin_papers import Named
from services.supervision.web.bulletin_values import RECKONED
from services.supervision.web.bulletin_words import KINDS, kpi_word, why
from services.supervision.web.ladder_acts import ISSUING
from services.supervision.web.reads import Reads, reads
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _

NEW = "/supervision/bulletins/new"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form starts with; everything of it may be changed."""

    programme: str = ""
    kind: Kind = "criticise"
    targets: Sequence[str] = ()
    grounds: Sequence[str] = ()
    case_ids: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The address of the form: what it is filled with, or from which slip, signal or finding."""

    programme: str = ""
    kind: Kind | None = None
    target: Sequence[str] = ()
    ground: Sequence[str] = ()
    case_id: Sequence[str] = ()
    notice_id: str = ""
    signal_id: str = ""
    check_id: str = ""
    item: str = ""
    assessment_id: str = ""

    def address(self, **changed: Any) -> str:
        """The same with something else chosen."""
        said = {name: getattr(self, name) for name in self.__slots__} | changed
        return f"{NEW}?{urlencode({name: value for name, value in said.items() if value}, doseq=True)}"


def offered(user: User, active: ActivePack | None, *, own: bool, **named: str) -> str | None:
    """Where a page offers to issue a notice about what it shows; None to whom it does not."""
    if own or active is None or not user.has(*active.pack.notices.issued_by):
        return None
    return f"{NEW}?{urlencode(named)}"


@dataclass(frozen=True, slots=True)
class NewView:
    form: Form
    programme: str
    programmes: Sequence[tuple[str, str]]
    kind: str
    kinds: Sequence[tuple[str, str]]
    here: str
    """The form's own address: choosing another programme or kind asks for it again."""

    units: Sequence[tuple[str, str]]
    chosen_units: Sequence[str]
    grounds: Sequence[dict[str, Any]]
    choices: Sequence[tuple[str, str]]
    chosen: Sequence[str]
    cases: str
    scopes: Sequence[tuple[str, str]]
    assessments: Sequence[tuple[str, str]]
    """Final ones that may be rewarded or punished for (HA-31)."""

    assessment: str
    text: str
    asks_day: bool
    proposal: dict[str, str] | None
    """What the pack proposes here, if it does; it may be decided against as well."""

    decline_form: Form


async def drafted(request: Request, user: User, asked: Asked) -> Draft:
    """From the slip, the signal, the finding or the cases that the address names; only for who may see those."""
    found = reads(request)
    if (asked.notice_id or asked.signal_id or asked.check_id) and not user.has(*ISSUING):
        raise Forbidden(ISSUING)
    row: Any
    if asked.notice_id:
        row = _there(await ladder_questions.notice(found.pool, asked.notice_id))
        return _draft(asked, row["programme"], "criticise", row["target_unit"], row["case_id"], row["problem"])
    if asked.signal_id:
        row = _there(await inspected.signal(found.pool, asked.signal_id))
        return _draft(asked, row["programme"], "expose", row["unit"], row["case_id"], row["text"])
    if asked.check_id:
        row = _there((await inspected.items(found.pool, asked.check_id)).get(asked.item))
        proved = (await inspected.misreports(found.pool, asked.check_id)).get(asked.item)
        unit = proved["unit"] if proved else await _handler(found, row["case_id"])
        text = proved["finding"] if proved else row["finding"]
        return _draft(
            asked,
            row["programme"],
            "expose" if proved else "criticise",
            unit,
            row["case_id"],
            text,
            proved["code"] if proved else None,
        )
    first = (await cases(found.pool, asked.case_id[:1])).get(asked.case_id[0]) if asked.case_id else None
    unit = first["lead_unit"] if first and not asked.target else None
    return _draft(asked, first["programme"] if first else "", "criticise", unit, None, "")


def _there(row: Any) -> Any:
    if row is None:
        raise HTTPException(404)
    return row


async def _handler(found: Reads, case_id: str | None) -> str | None:
    row = (await cases(found.pool, [case_id])).get(case_id) if case_id else None
    return row["lead_unit"] if row else None


def _draft(
    asked: Asked,
    programme: str | None,
    kind: Kind,
    unit: str | None,
    case_id: str | None,
    text: str,
    ground: str | None = None,
) -> Draft:
    """What the address says goes before what was found."""
    return Draft(
        asked.programme or programme or "",
        asked.kind or kind,
        asked.target or ([unit] if unit else []),
        asked.ground or ([ground] if ground else []),
        asked.case_id or ([case_id] if case_id else []),
        text,
    )


async def new_view(request: Request, user: User, asked: Asked, form: Form, decline_form: Form = BLANK) -> NewView:
    """The grounds of one kind in one programme, with what stands behind each to be filled in."""
    found, draft = reads(request), await drafted(request, user, asked)
    open_to = await may_issue(found, user)
    if not open_to:
        known = await found.programmes.all()
        raise Forbidden(tuple(dict.fromkeys(role for one in known for role in one.pack.notices.issued_by)) or ISSUING)
    active = next((one for one in open_to if one.programme_id == draft.programme), open_to[0])
    rules = active.pack.notice_grounds(draft.kind)
    names = await found.directory.unit_names()
    known_cases = Named(names, {}, cases=await cases(found.pool, list(draft.case_ids)))
    others = [(code, name) for code, name in names.items() if code != user.unit_id]
    return NewView(
        form=form,
        programme=active.programme_id,
        programmes=[
            (asked.address(programme=one.programme_id, kind=draft.kind, ground=()), one.name) for one in open_to
        ],
        kind=draft.kind,
        kinds=[
            (asked.address(programme=active.programme_id, kind=kind, ground=()), _(word))
            for kind, word in KINDS.items()
        ],
        here=asked.address(programme=active.programme_id, kind=draft.kind, ground=()),
        units=sorted(others, key=lambda unit: (unit[0] not in draft.targets, unit[1])),
        chosen_units=list(draft.targets),
        grounds=[_ground(row) for row in rules],
        choices=[(row.code, ground_word(row.code)) for row in rules],
        chosen=[code for code in draft.grounds if code in {row.code for row in rules}],
        cases="、".join(known_cases.case(case) for case in draft.case_ids),
        scopes=[(scope, scope) for scope in active.pack.notices.scopes],
        assessments=[
            (row["assessment_id"], period_of(row)) for row in await assessments.final(found.pool, active.programme_id)
        ],
        assessment=asked.assessment_id,
        text=draft.text,
        asks_day=any(row.rectify for row in rules),
        proposal=await _proposal(found, active, draft, names),
        decline_form=decline_form.named("decline"),
    )


async def _proposal(found: Reads, active: ActivePack, draft: Draft, names: Mapping[str, str]) -> dict[str, str] | None:
    """The proposal that the form was opened from, while it stands."""
    if len(draft.targets) != 1 or len(draft.grounds) != 1:
        return None
    about = (draft.kind, draft.grounds[0], draft.targets[0])
    for one in await proposals(found.pool, active.pack, found.now):
        if (one.kind, one.code, one.unit) == about:
            return {
                "ground": one.code,
                "target": one.unit,
                "unit": names.get(one.unit, one.unit),
                "why": marked(why(one.proposed_on, one.found, one.within_days), active, "lists.notice"),
            }
    return None


def _ground(row: NoticeGround) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": ground_word(row.code),
        "needs": _needs(row),
        "kpi": kpi_word(row.kpi) if row.kpi else "",
        "reckoned": row.kpi in RECKONED,
    }


def _needs(row: NoticeGround) -> list[str]:
    """What the pack asks of a ground, in words."""
    asked = [
        _("须写明问题编号") if "cases" in row.needs else "",
        _("须写明指标数值") if "kpi" in row.needs and row.kpi not in RECKONED else "",
        _("须写明整改时限") if row.rectify else "",
    ]
    return [part for part in asked if part]
