"""A unit's own pages: what it has to do, also for colleagues who are away, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Forbidden, User, fresh, require
from services.dispatch.read import common_issues_found, inbox, lists, unit_numbers
from services.dispatch.read.reminders import BY_HAND, of_orders
from services.dispatch.web import labels, wording
from services.dispatch.web.reads import Reads, listed, reads, title_of
from services.dispatch.web.roles import HANDLING
from services.dispatch.web.standing_in import absent_in, stand_in_inbox
from services.dispatch.web.views import InboxView, Link, RowView
from services.reference.words import CLOCK_KINDS, case_number
from services.ui.formats import moment
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
Chip = tuple[str, str]
"""Words and tone."""

TOLD_FOR = timedelta(days=30)
"""So long a unit finds at a glance what was taken back from it; the case keeps it for ever."""

AT_WORK = Annotated[User, Depends(require(*HANDLING))]


@router.get("/inbox")
async def unit_inbox(request: Request, user: CurrentUser) -> Response:
    """For whoever handles orders, and for whoever stands in for such a person today (SH-39)."""
    shown = await fresh(request, "case_board", "case_order", "order_reminder")
    found = reads(request)
    away = await absent_in(request, user, HANDLING)
    handles = user.has(*HANDLING)
    if not handles and not away:
        raise Forbidden(HANDLING)
    names = await found.directory.unit_names()
    rows = await inbox.of_unit(found.pool, user.unit_id) if handles else []
    unsigned, working = await inbox.counts_of_unit(found.pool, user.unit_id) if handles else (0, 0)
    strike = await inbox.to_strike_off(found.pool, user.unit_id) if handles else []
    report = await lists.to_report_up(found.pool, user.unit_id) if handles else []
    gone = await inbox.taken_back(found.pool, user.unit_id, found.now - TOLD_FOR) if handles else []
    bases = {one.programme_id: one.pack.closure.by for one in await found.programmes.all()}
    line = _Lines(found, names, await _reminded(found, [row["order_id"] for row in rows], names))
    people = await found.directory.person_names(one.person_id for one in away)
    theirs = await _for_others(found, user, handles=handles) if away else []
    view = InboxView(
        unit=user.unit_name,
        unsigned=unsigned,
        working=working,
        rest=_cases(user) if unsigned + working > len(rows) else None,
        to_sign=[line.row(r, _("签收"), "primary") for r in rows if _unsigned(r)],
        at_work=[line.row(r, _("办理")) for r in rows if not _unsigned(r)],
        for_others=[line.row(r, _("代签收")) for r in theirs if _unsigned(r)],
        others_at_work=[line.row(r, _("查看")) for r in theirs if not _unsigned(r)],
        others=listed(people.get(one.person_id, one.person_id) for one in away),
        to_strike=[line.row(r, _("销号")) for r in strike if bases.get(r["programme"]) == "unit_self"],
        to_report=[line.case(r, _("上报")) for r in report],
        commons=[_common(row) for row in await common_issues_found.of_unit(found.pool, user.unit_id)],
        done=[line.row(r, _("查看")) for r in (await inbox.done_by(found.pool, user.unit_id) if handles else [])],
        taken_back=[line.row(r, _("查看")) for r in gone],
        now=found.now,
    )
    return page(request, "inbox.html", view, fresh=shown)


async def _for_others(found: Reads, user: User, *, handles: bool) -> list[asyncpg.Record]:
    """What waits in the place of who is away; whoever handles orders has the own unit's above."""
    rows = await stand_in_inbox(found, user.person_id)
    return [row for row in rows if not handles or row["unit"] != user.unit_id]


async def _reminded(found: Reads, order_ids: Sequence[str], names: Mapping[str, str]) -> dict[str, list[Chip]]:
    """催办 on each order that stands unheeded: of what, when, and by whom; a mark of the pack reminds by itself."""
    reminders = await of_orders(found.pool, order_ids)
    people = await found.directory.person_names(row["by_person"] for rows in reminders.values() for row in rows)

    def said(row: asyncpg.Record) -> Chip:
        by = _("系统（%(mark)s）", mark=row["threshold"])
        if row["threshold"] == BY_HAND:
            by = f"{names.get(row['by_unit'], row['by_unit'])} {people.get(row['by_person'], '')}".strip()
        about = {"kind": _(CLOCK_KINDS[row["kind"]]), "at": moment(row["reminded_at"]), "by": by}
        return _("催办 %(at)s %(by)s：%(kind)s期限", **about), "warn"

    return {order_id: [said(row) for row in rows] for order_id, rows in reminders.items()}


def _unsigned(row: asyncpg.Record) -> bool:
    return row["signed_at"] is None and row["status"] == "open"


def _common(row: asyncpg.Record) -> tuple[str, str, datetime | None]:
    """A common issue that the unit has to resolve."""
    return f"/dispatch/common/{row['common_id']}", row["title"], row["finish_by"]


class _Lines:
    """Orders as rows."""

    def __init__(self, found: Reads, names: Mapping[str, str], reminded: Mapping[str, Sequence[Chip]]) -> None:
        self._found, self._names, self._now, self._reminded = found, names, found.now, reminded

    def row(self, row: asyncpg.Record, label: str, tone: str = "plain") -> RowView:
        signed = row["signed_at"] is not None
        # No clock of the unit's runs while a return is disputed, the case suspended, or the work done.
        gone = row["status"] == "cancelled"
        done = row["completed_at"] is not None or row["status"] == "returned" or row["step"] == "suspended" or gone
        due = row["finish_by"] if signed else row["sign_by"] or row["finish_by"]
        light = _light(row, self._now)
        href = f"/dispatch/cases/{row['case_id']}"
        step = _("待签收") if not signed and row["status"] == "open" else _(labels.ORDER_STATES[row["status"]])
        if row["step"] in ("suspended", "struck_off") and not gone:
            step = _(labels.STEPS[row["step"]])
        tones = {"open": "info" if signed else "warn", "returned": "bad", "completed": "good"}
        return RowView(
            href=href,
            light=light,
            title=title_of(row),
            meta=[
                case_number(row["programme"], row["case_no"]),
                _(labels.ORDER_ROLES[row["role"]]),
                _("签收期限") if not signed and not done else "",
                row["cancel_reason"] or "",
                _("完成 %(percent)s %%", percent=row["percent"]) if row["percent"] is not None and not done else "",
            ],
            lead=self._names.get(row["issued_by"], row["issued_by"]),
            co_count=0,
            territory=self._names.get(row["territory"], row["territory"]) if row["territory"] else None,
            step=step,
            step_tone=tones.get(row["status"], "plain"),
            due_words=None if done else wording.days_left(due, self._now),
            due_date=None if done else due,
            used=None if done else wording.used_share(row["issued_at"], due, self._now),
            updated=row["updated_at"],
            records=0,
            action=Link(href, label, tone),
            chips=[
                *self._reminded.get(row["order_id"], ()),
                *_ended(row),
                *([] if gone else wording.review_chips(row, self._now)),
            ],
        )

    def case(self, row: asyncpg.Record, label: str) -> RowView:
        """A case of the list that waits for one more act of this unit."""
        href = f"/dispatch/cases/{row['case_id']}"
        due = row["report_up_by"]
        return RowView(
            href=href,
            light="red" if self._now > due else "closed",
            light_word=_("逾期未报") if self._now > due else None,
            title=title_of(row),
            meta=[case_number(row["programme"], row["case_no"]), _("上报期限")],
            lead=self._names.get(row["lead_unit"], row["lead_unit"]),
            co_count=0,
            territory=self._names.get(row["territory"], row["territory"]) if row["territory"] else None,
            step=_(labels.STEPS[row["step"]]),
            step_tone=labels.STEP_TONES[row["step"]],
            due_words=wording.days_left(due, self._now),
            due_date=due,
            used=wording.used_share(row["struck_off_at"], due, self._now),
            updated=row["updated_at"],
            records=0,
            action=Link(href, label),
        )


def _ended(row: asyncpg.Record) -> list[Chip]:
    """By whom an order was taken back; a merge or a split took the whole case."""
    return [(_(labels.CANCEL_CAUSES[row["cancel_cause"]]), "warn")] if row["cancel_cause"] else []


def _light(row: asyncpg.Record, now: datetime) -> str:
    """No clock of the unit's runs while a return is disputed, the case suspended, or the work done."""
    if row["step"] == "struck_off" or row["status"] == "cancelled":
        return "closed"
    if row["completed_at"] is not None:
        return "green"
    if row["step"] == "suspended" or row["status"] == "returned":
        return "paused"
    due = row["finish_by"] if row["signed_at"] is not None else row["sign_by"] or row["finish_by"]
    return wording.order_light(row["issued_at"], due, now)


@dataclass(frozen=True, slots=True)
class UnitView:
    """本单位统计."""

    unit: str
    figures: Sequence[tuple[str, str, str, str | None]]
    """Label, number, unit, and the list of what it counts."""
    shares: Sequence[tuple[str, float | None, str]]
    """Label, share, of how many."""
    persons: Sequence[tuple[str, int, int, int]]
    """Name, open, overdue, completed."""
    categories: Sequence[tuple[str, int, int, str]]
    """Name, open, completed, and the list of its cases."""
    now: datetime


@router.get("/unit")
async def unit_page(request: Request, user: AT_WORK) -> Response:
    """How the unit's orders stand, from its own facts: open, overdue, signed and finished in time."""
    shown = await fresh(request, "case_board", "case_order")
    found = reads(request)
    numbers = await unit_numbers.of_unit(found.pool, user.unit_id, found.now)
    persons = await unit_numbers.of_persons(found.pool, user.unit_id, found.now)
    names = await found.directory.person_names(row["person"] for row in persons if row["person"])
    words = {code: name for one in await found.programmes.all() for code, name in wording.category_words(one).items()}
    view = UnitView(
        unit=user.unit_name,
        figures=[
            (_("在办"), str(numbers["open"]), _("张"), "/dispatch/inbox#at-work"),
            (_("待签收"), str(numbers["unsigned"]), _("张"), "/dispatch/inbox#to-sign"),
            (_("逾期在办"), str(numbers["overdue"]), _("张"), _cases(user, light="red")),
            (_("累计办结"), str(numbers["completed"]), _("张"), _cases(user)),
            (_("退单"), str(numbers["returned"]), _("次"), None),
            (_("延期"), str(numbers["extended"]), _("次"), None),
        ],
        shares=[
            _share(_("按时签收率"), numbers["signed_in_time"], numbers["signed"]),
            _share(_("按时办结率"), numbers["finished_in_time"], numbers["completed"]),
            _share(_("已解决率"), numbers["solved"], numbers["completed"]),
        ],
        persons=[
            (names.get(row["person"], _("未明确责任人")), row["open"], row["overdue"], row["completed"])
            for row in persons
        ],
        categories=[
            (
                words.get(row["category"], row["category"] or "—"),
                row["open"],
                row["completed"],
                _cases(user, category=row["category"] or ""),
            )
            for row in await unit_numbers.of_categories(found.pool, user.unit_id)
        ],
        now=found.now,
    )
    return page(request, "unit.html", view, fresh=shown)


def _cases(user: User, **narrowed: str) -> str:
    """The list of the unit's cases, narrowed to what a figure counts."""
    return f"/dispatch/cases?{urlencode({'unit': user.unit_id, **narrowed})}"


def _share(label: str, part: int, whole: int) -> tuple[str, float | None, str]:
    """Nothing of nothing is no share."""
    return label, part / whole if whole else None, f"{part} / {whole}"
