"""Today's visits and the form of one visit, made for a phone."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services import ui
from services.chassis.clock import LOCAL
from services.chassis.web import Refusal, User, fresh, read_form, require, see_other
from services.chassis.web.forms import nested
from services.intake.domain.new_request import CLOCK_TOLERANCE
from services.intake.domain.visit import MOST_REQUESTS
from services.intake.read import requests, subjects
from services.intake.web import filing, roles
from services.intake.web.inputs import VisitForm
from services.intake.web.labels import STATUSES, STEPS, SUBJECT_KINDS, URGENCY_HINTS
from services.intake.web.reads import Reads, reads, title_of
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Visitor = Annotated[User, Depends(require(*roles.VISIT))]
PLACES = ("town", "village", "community")
CHIPS = 11
"""Categories shown at once: three rows on a phone; the others unfold."""


@router.get("/visits")
async def visits(request: Request, user: Visitor, place: str | None = None, q: str = "") -> Response:
    """Whom to see in one's town or village, those not seen yet first."""
    shown = await fresh(request, "subjects", "requests")
    found = reads(request)
    units = {unit.unit_id: unit for unit in await found.directory.units(*PLACES)}
    wanted = place if place is not None else (user.unit_id if user.unit_id in units else "")
    rows = await subjects.route(found.pool, wanted or None, q.strip(), found.today)
    today, ever, everyone = await subjects.seen(found.pool, wanted or None, found.today)
    view = {
        "rows": [_row(row, found) for row in rows],
        "place": wanted,
        "place_name": units[wanted].name if wanted in units else _("全区"),
        "places": [("", _("全区")), *((unit.unit_id, unit.name) for unit in units.values())],
        "q": q,
        "today": today,
        "ever": ever,
        "all": everyone,
        "saved": request.query_params.get("saved", ""),
    }
    return ui.page(request, "visits.html", view, fresh=shown)


@router.get("/visits/new")
async def visit_form(request: Request, user: Visitor, subject: str) -> Response:
    """An empty form for one subject."""
    return await _form(request, subject, ui.Form({"visit_id": str(uuid4())}))


@router.post("/visits/new")
async def record(request: Request, user: Visitor) -> Response:
    """Save the visit, or show another block for one more problem."""
    typed = await request.form()
    subject = str(typed.get("subject", ""))

    async def again(refusal: Refusal) -> Response:
        return await _form(request, subject, ui.Form.again(refusal))

    if typed.get("act") == "more":
        return await _one_more(request, subject)
    data = await read_form(request, VisitForm, again)
    if data.captured_at and data.captured_at > reads(request).now + CLOCK_TOLERANCE:
        # Set by a script from the device's clock: nobody could correct it here, and the visit's own time is typed.
        data = data.model_copy(update={"captured_at": None})
    _, outcome = await filing.record_visit(request, user, data)
    return see_other(outcome, f"/intake/visits?saved={subject}")


async def _one_more(request: Request, subject: str) -> Response:
    """The same form with everything typed, and one more block."""
    values = nested(await request.form())
    values["blocks"] = min(_blocks(values) + 1, MOST_REQUESTS)
    return await _form(request, subject, ui.Form(values))


def _blocks(values: Mapping[str, Any]) -> int:
    given = str(values.get("blocks", "1"))
    number = int(given) if given.isascii() and given.isdigit() else 1
    typed = values.get("requests")
    return max(1, len(typed) if isinstance(typed, list) else 0, min(number, MOST_REQUESTS))


async def _form(request: Request, subject_id: str, form: ui.Form) -> Response:
    found = reads(request)
    row = await subjects.one(found.pool, subject_id)
    if row is None:
        raise HTTPException(404)
    active = await found.programme()
    frequent = await requests.frequent_categories(found.pool, row["territory_unit"]) if active else []
    first, rest = _categories(active, frequent)
    earlier = await requests.of_subject(found.pool, subject_id, 5)
    view = {
        "form": form,
        "subject": _row(row, found),
        "subject_id": subject_id,
        "visit_id": form.value("visit_id") or str(uuid4()),
        "now": found.now.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        "blocks": _blocks(form.values),
        "most": MOST_REQUESTS,
        "categories": first,
        "more_categories": rest,
        "urgencies": _urgencies(active),
        "interviewees": active.pack.taxonomy.interviewees if active else (),
        "content": [(word, word) for word in active.pack.taxonomy.visit_content] if active else [],
        "bases": [(word, word) for word in active.pack.taxonomy.contact_basis] if active else [],
        "earlier": [_earlier(one) for one in earlier],
    }
    return ui.page(request, "visit.html", view)


def _categories(
    active: ActivePack | None, frequent: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is heard most here first; then one of each group, then the rest."""
    if active is None:
        return [], []
    names = {code: leaf for code, (_group, leaf) in active.pack.category_names().items()}
    heads = [group.items[0].code for group in active.pack.categories if group.items]
    order = list(dict.fromkeys([code for code in (*frequent, *heads, *names) if code in names]))
    options = [(code, names[code]) for code in order]
    return options[:CHIPS], options[CHIPS:]


def _urgencies(active: ActivePack | None) -> list[tuple[str, str, str]]:
    if active is None:
        return []
    return [
        (
            row.code,
            active.pack.urgency_name(row.code),
            _(URGENCY_HINTS.get(row.code, "")) if row.code in URGENCY_HINTS else "",
        )
        for row in active.pack.lists.urgency
    ]


def _row(row: Any, found: Reads) -> dict[str, Any]:
    """A subject as the list shows it."""
    seen_today = row["visited_at"] is not None and row["visited_at"] >= found.today
    sign = "check" if seen_today else SUBJECT_KINDS[row["kind"]][1]
    chips = [(_("已访"), "good")] if seen_today else [(tag, "warn") for tag in row["tags"]]
    return {
        "href": f"/intake/visits/new?subject={row['subject_id']}",
        "sign": sign,
        "tone": "good" if seen_today else "info",
        "title": row["name"] or row["subject_id"],
        "chips": chips,
        "meta": [row["address"] or "", _last(row, found, seen_today)],
    }


def _last(row: Any, found: Reads, seen_today: bool) -> str:
    at, tried = row["visited_at"], row["attempted_at"]
    if seen_today:
        return _("今天 %(moment)s", moment=at.astimezone(LOCAL).strftime("%H:%M"))
    if tried is not None and (at is None or tried > at):
        return _("%(day)s 去过，不在家", day=tried.astimezone(LOCAL).strftime("%m-%d"))
    if at is not None:
        return _("上次 %(day)s", day=at.astimezone(LOCAL).strftime("%m-%d"))
    return ""


def _earlier(row: Any) -> dict[str, Any]:
    """What was heard here before, and how far it has come."""
    words, tone = STEPS.get(row["step"] or "", STATUSES[row["status"]])
    return {
        "href": f"/intake/requests/{row['request_id']}",
        "title": title_of(row),
        "chip": (_(words), tone),
        "received_at": row["received_at"],
    }
