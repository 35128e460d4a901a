"""通报 on paper and as a list in a file; Chinese whatever the screens speak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contracts.pack.noticing import ground_name
from contracts.supervision import NoticeIssued
from services.chassis.web import User
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.supervision.paper.bulletin import PREVIEW, WITHDRAWN, Bulletin, Reason, bulletin_paper, number
from services.supervision.read.bulletin_cases import cases
from services.supervision.web.bulletin_acts import OnBulletin
from services.supervision.web.bulletin_words import KINDS, kpi_word
from services.supervision.web.notice_papers import DOCX, PDF, file
from services.supervision.web.reads import Reads
from services.supervision.web.sheets import XLSX, sheet
from services.ui.formats import DASH, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import speaking
from services.ui.papers.paper import Paper, minute
from services.ui.papers.pdf import render
from services.ui.papers.word import docx

COLUMNS = ("期号", "类型", "通报对象", "事由", "依据", "整改时限", "范围", "发布单位", "发布时间", "状态")
"""R12 as a list."""

MOST_ROWS = 5000
"""Written within a second; nobody issues so many."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who and what a notice speaks of, in words."""

    units: Mapping[str, str]
    persons: Mapping[str, str]
    belongs: Mapping[str, str] = field(default_factory=dict)
    """The unit of each person."""

    cases: Mapping[str, Any] = field(default_factory=dict)

    def target(self, code: str) -> str:
        """A unit's name; a person's with that of their unit."""
        if code in self.units:
            return self.units[code]
        unit = self.belongs.get(code)
        name = self.persons.get(code, code)
        return f"{self.units.get(unit, unit)}{name}" if unit else name

    def case(self, case_id: str) -> str:
        """The number that offices know a case by; a case without an order has none yet."""
        row = self.cases.get(case_id)
        return case_number(row["programme"], row["case_no"]) if row and row["case_no"] else case_id


async def named(found: Reads, rows: Sequence[Mapping[str, Any]]) -> Named:
    """All names for some notices at once."""
    units = await found.directory.unit_names()
    persons = {code for row in rows for code in row["targets"] if code not in units}
    belongs = {
        row["person_id"]: row["unit_id"]
        for row in await found.pool.fetch(
            "SELECT person_id, unit_id FROM person WHERE person_id = ANY ($1)", sorted(persons)
        )
    }
    return Named(
        units,
        await found.directory.person_names(persons),
        belongs,
        await cases(found.pool, sorted({case for row in rows for case in row["case_ids"]})),
    )


async def pdf(request: Request, x: OnBulletin) -> Response:
    return await _printed(request, await _paper(x))


async def word(x: OnBulletin) -> Response:
    paper = await _paper(x)
    return file(docx([paper]), DOCX, f"{paper.number}.docx")


async def preview(request: Request, user: User, found: Reads, active: ActivePack, event: NoticeIssued) -> Response:
    """What would be printed if it were issued now."""
    row = {
        **event.model_dump(mode="json", exclude={"rectify_by"}),
        "case_ids": [case for ground in event.grounds for case in ground.case_ids],
    }
    bulletin = Bulletin(
        number=number(None, found.now),
        issued_at=found.now,
        issuer=user.unit_name,
        mark=PREVIEW,
        rectify_by=event.rectify_by,
        **_said(row, await named(found, [row]), active),
    )
    return await _printed(request, bulletin_paper(bulletin))


async def _printed(request: Request, paper: Paper) -> Response:
    return file(await render([paper], request.app.state.service.settings.fonts), PDF, f"{paper.number}.pdf")


async def _paper(x: OnBulletin) -> Paper:
    row, names = x.row, await named(x.reads, [x.row])
    withdrawn = row["withdrawn_at"]
    return bulletin_paper(
        Bulletin(
            number=number(row["bulletin_no"], row["issued_at"]),
            issued_at=row["issued_at"],
            issuer=names.units.get(row["issuer_unit"], row["issuer_unit"]),
            rectify_by=row["rectify_by"],
            mark=WITHDRAWN if withdrawn else "",
            withdrawn=f"{minute(withdrawn)}撤回：{row['reason']}" if withdrawn else "",
            **_said(row, names, x.active),
        )
    )


def _said(row: Mapping[str, Any], names: Named, active: ActivePack) -> dict[str, Any]:
    """What a draft and an issued notice say alike."""
    with speaking("zh"):
        return {
            "kind": row["kind"],
            "programme": active.pack.title,
            "targets": [names.target(code) for code in row["targets"]],
            "reasons": [_reason(ground, names) for ground in row["grounds"]],
            "scope": row["scope"],
            "text": row["text"],
        }


def _reason(ground: Mapping[str, Any], names: Named) -> Reason:
    indicator = f"{kpi_word(ground['kpi'])}：{ground['value']}" if ground["kpi"] and ground["value"] else ""
    return Reason(
        ground_name(ground["code"]), ground["text"], indicator, [names.case(one) for one in ground["case_ids"]]
    )


async def list_file(found: Reads, rows: Sequence[Mapping[str, Any]]) -> Response:
    """The list as it stands on the screen, in Chinese like every official file."""
    names = await named(found, rows)
    with speaking("zh"):
        lines = [_line(row, names) for row in rows]
    return file(sheet("通报台账", COLUMNS, lines), XLSX, "通报台账.xlsx")


def _line(row: Mapping[str, Any], names: Named) -> list[str]:
    reasons = [_reason(ground, names) for ground in row["grounds"]]
    return [
        number(row["bulletin_no"], row["issued_at"]),
        _(KINDS[row["kind"]]),
        "、".join(names.target(code) for code in row["targets"]),
        "；".join(reason.name for reason in reasons),
        "；".join(part for reason in reasons for part in (reason.indicator, *reason.cases) if part) or DASH,
        whole_moment(row["rectify_by"]) if row["rectify_by"] else DASH,
        row["scope"],
        names.units.get(row["issuer_unit"], row["issuer_unit"]),
        whole_moment(row["issued_at"]),
        _("已撤回") if row["withdrawn_at"] else _("有效"),
    ]
