"""线索 on screens: what looks made up, the records that it was seen in, and what came of looking."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.reference.attachments.web import FileView, keeping
from services.reference.attachments.web import views as file_views
from services.supervision.read import inspected
from services.supervision.web import inspecting as act
from services.supervision.web import settling
from services.supervision.web.api import permitted
from services.supervision.web.bulletin_form import offered
from services.supervision.web.check_item_pages import persons_of
from services.supervision.web.inspecting_words import MODES, OUTCOME_TONES, OUTCOMES, RECORDS, SIGNALS, TRACES, sentence
from services.supervision.web.reads import Reads, reads
from services.ui.formats import day, moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SignalsView:
    """Open or settled signals, by kind."""

    rows: list[dict[str, Any]]
    state: str
    kind: str | None
    kinds: list[tuple[str, str]]
    waiting: int
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class SignalView:
    """One signal with what it saw."""

    signal_id: str
    kind: str
    says: str
    unit: str | None
    case_href: str | None
    raised_at: Any
    records: list[list[Any]]
    outcome: str | None
    outcome_tone: str
    text: str
    files: list[FileView]
    settled_at: Any
    own_unit: bool
    may_check: bool
    modes: list[tuple[str, str]]
    outcomes: list[tuple[str, str]]
    codes: list[tuple[str, str]]
    persons: list[tuple[str, str]]
    bulletin_href: str | None
    form: Form


@router.get("/signals")
async def signals(
    request: Request,
    user: CurrentUser,
    state: Literal["open", "settled"] = "open",
    kind: str | None = None,
    offset: Count = 0,
) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "signal_docket")
    found = reads(request)
    kind = kind or None
    rows = await inspected.signals(found.pool, state, kind, offset, inspected.PAGE + 1)
    counts = await inspected.open_signals(found.pool)
    names = await found.directory.unit_names()
    here = f"/supervision/signals?state={state}&kind={kind or ''}&offset="
    view = SignalsView(
        rows=[_row(row, names) for row in rows[: inspected.PAGE]],
        state=state,
        kind=kind,
        kinds=[("", _("全部情形")), *((code, f"{_(word)} {counts.get(code, 0)}") for code, word in SIGNALS.items())],
        waiting=sum(counts.values()),
        next=f"{here}{offset + inspected.PAGE}" if len(rows) > inspected.PAGE else None,
        previous=f"{here}{max(0, offset - inspected.PAGE)}" if offset else None,
    )
    return page(request, "signals.html", view, fresh=is_fresh)


def _row(row: Any, names: dict[str, str]) -> dict[str, Any]:
    chips = [(_(OUTCOMES[row["outcome"]]), OUTCOME_TONES[row["outcome"]])] if row["outcome"] else []
    unit = row["unit"]
    return {
        "href": f"/supervision/signals/{row['signal_id']}",
        "sign": "alert-triangle",
        "tone": OUTCOME_TONES.get(row["outcome"] or "", "warn"),
        "title": _(SIGNALS.get(row["kind"], row["kind"])),
        "chips": chips,
        "meta": [
            part
            for part in (
                names.get(unit, unit) if unit else None,
                sentence(row["kind"], json.loads(row["measured"])),
                day(row["raised_at"]),
            )
            if part
        ],
    }


@router.get("/signals/{signal_id}")
async def signal(request: Request, user: CurrentUser, signal_id: str) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "signal_docket", "traces", "evidence_file")
    return await _signal_page(request, user, signal_id, BLANK, is_fresh=is_fresh)


async def _signal_page(
    request: Request, user: CurrentUser, signal_id: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    row = await inspected.signal(found.pool, signal_id)
    if row is None:
        raise HTTPException(404)
    names = await found.directory.unit_names()
    active = await found.programmes.active(row["programme"])
    unit = row["unit"]
    may_check = act.may_check(user, [active] if active else [])
    view = SignalView(
        signal_id=signal_id,
        kind=_(SIGNALS.get(row["kind"], row["kind"])),
        says=sentence(row["kind"], json.loads(row["measured"])),
        unit=names.get(unit, unit) if unit else None,
        case_href=f"/dispatch/cases/{row['case_id']}" if row["case_id"] else None,
        raised_at=row["raised_at"],
        records=await _records(found, row["seen"], names),
        outcome=_(OUTCOMES[row["outcome"]]) if row["outcome"] else None,
        outcome_tone=OUTCOME_TONES.get(row["outcome"] or "", "plain"),
        text=row["text"],
        files=await _files(request, signal_id) if row["outcome"] else [],
        settled_at=row["settled_at"],
        own_unit=unit is not None and user.unit_id == unit,
        may_check=may_check,
        modes=[(code, _(word)) for code, word in MODES.items()],
        outcomes=[(code, _(word)) for code, word in OUTCOMES.items()],
        codes=[(code, _(word)) for code, word in inspected.misconduct(active.pack).items()] if active else [],
        persons=await persons_of(found, [unit] if unit else []) if may_check else [],
        bulletin_href=offered(user, active, own=user.unit_id == unit, signal_id=signal_id) if row["outcome"] else None,
        form=form,
    )
    return page(request, "signal.html", view, fresh=is_fresh, status=status)


async def _files(request: Request, signal_id: str) -> list[FileView]:
    """Photos and files that were put forward when it was settled."""
    pool = reads(request).pool
    streams = await inspected.signal_streams(pool, signal_id)
    return await file_views(request, [one for where in streams for one in await inspected.files(pool, where)])


async def _records(found: Reads, seen: list[str], names: dict[str, str]) -> list[list[Any]]:
    """Every record behind it, in words: by its trace, or by itself where it leaves none."""
    rows = {row["record"]: row for row in await inspected.records(found.pool, seen)}
    shown = []
    for record in seen:
        if (row := rows.get(record)) is not None:
            unit, when = row["unit"] or "", row["occurred"] or row["at"]
            words = _(TRACES.get(row["kind"], row["kind"]))
        elif (told := await inspected.recorded(found.pool, record)) is not None:
            unit, when = told.meta.actor.unit, told.time
            words = _(RECORDS.get(told.type, told.type))
        else:
            unit, when, words = "", None, "—"
        shown.append([record, words, names.get(unit, "—"), moment(when)])
    return shown


@router.post("/signals/{signal_id}")
async def settle(request: Request, user: CurrentUser, signal_id: str) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        return await _signal_page(request, user, signal_id, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, settling.SettleInput, again, keeping(request, user))
    outcome = await settling.settle(act.Asked(request, user, role), signal_id, data)
    return see_other(outcome, f"/supervision/signals/{signal_id}")
