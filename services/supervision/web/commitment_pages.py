"""承诺 as pages, JSON and R17: cards with their weeks, the form for a new one, settling."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack.tables import Commitments
from services.chassis.clock import LOCAL
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.supervision.domain.commitment import week_of
from services.supervision.read import commitments
from services.supervision.web import commitment_acts as act
from services.supervision.web.answers import permitted
from services.supervision.web.commitment_api import unconfirmed
from services.supervision.web.reads import Reads, reads
from services.supervision.web.sheets import download, sheet
from services.ui.forms import BLANK, Form
from services.ui.i18n import N_
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)

COLUMNS = (
    "承诺人",
    "联系点",
    "承诺事项",
    "责任人",
    "完成目标",
    "完成时限",
    "公示地点",
    "本周进度",
    "确认人",
    "是否兑现",
)
"""R17, as it is printed."""

STATES = {"working": N_("推进中"), "done": N_("已完成"), "blocked": N_("有困难")}
TONES = {"working": "info", "done": "good", "blocked": "warn"}


@dataclass(frozen=True, slots=True)
class CardsView:
    programme: str
    programmes: list[tuple[str, str]]
    rows: list[dict[str, Any]]
    may_promise: bool
    query: str


@dataclass(frozen=True, slots=True)
class CardView:
    """One card."""

    row: dict[str, Any]
    owner: str
    places: str
    items: list[dict[str, Any]]
    missing: list[str]
    week: str
    weeks: list[tuple[str, str]]
    may_confirm: bool
    may_settle: bool
    states: list[tuple[str, str]]
    form: Form


@dataclass(frozen=True, slots=True)
class NewCardView:
    programme: str
    rules: Commitments
    owners: list[tuple[str, str]]
    persons: list[tuple[str, str]]
    rows: range
    form: Form


async def _chosen(request: Request, programme: str) -> tuple[str, list[tuple[str, str]]]:
    active = await reads(request).programmes.all()
    named = [(one.programme_id, one.name) for one in active if one.pack.commitments]
    known = {code for code, _name in named}
    return (programme if programme in known else named[0][0] if named else ""), named


@router.get("/commitments")
async def cards(request: Request, user: CurrentUser, programme: str = "") -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "commitments")
    found = reads(request)
    chosen, named = await _chosen(request, programme)
    rows = await commitments.cards(found.pool, chosen) if chosen else []
    people = await found.directory.person_names(row["owner"] for row in rows)
    view = CardsView(
        programme=chosen,
        programmes=named,
        rows=[_row(row, people, found) for row in rows],
        may_promise=bool(chosen) and user.has(*act.PROMISING),
        query=f"programme={chosen}",
    )
    return page(request, "commitments.html", view, fresh=is_fresh)


def _row(row: dict[str, Any], people: dict[str, str], found: Reads) -> dict[str, Any]:
    missing, kept = unconfirmed(row, found), [one["fulfilled"] for one in row["settled"].values()]
    chips = [(_("缺 %(n)s 周确认", n=len(missing)), "bad")] if missing else []
    if kept.count(False):
        chips.append((_("未兑现 %(n)s 件", n=kept.count(False)), "bad"))
    if len(kept) == len(row["items"]):
        chips.append((_("已全部认定"), "good"))
    return {
        "href": f"/supervision/commitments/{row['commitment_id']}",
        "sign": "heart-handshake",
        "title": people.get(row["owner"], row["owner"]),
        "chips": chips,
        "meta": [
            _("承诺 %(n)s 件", n=len(row["items"])),
            _("已兑现 %(n)s 件", n=kept.count(True)),
            "、".join(row["places"]),
        ],
    }


@router.get("/commitments.xlsx")
async def cards_xlsx(request: Request, user: CurrentUser, programme: str = "") -> Response:
    """R17: one row for each promise, in the columns that it is printed in."""
    permitted(user, act.LOOKING)
    found = reads(request)
    chosen, named = await _chosen(request, programme)
    rows = await commitments.cards(found.pool, chosen) if chosen else []
    ids = [row["owner"] for row in rows] + [item["responsible"] for row in rows for item in row["items"]]
    ids += [week["by"] for row in rows for week in row["weeks"].values()]
    people = await found.directory.person_names(ids)
    week = week_of(found.now.astimezone(LOCAL).date())
    body = [line for row in rows for line in _r17(row, people, week)]
    return download("R17.xlsx", sheet(f"承诺与进度卡（{dict(named).get(chosen, '')}）", COLUMNS, body))


def _r17(row: dict[str, Any], people: dict[str, str], week: str) -> list[list[str]]:
    said = row["weeks"].get(week)
    lines = []
    for item in row["items"]:
        stands = said["items"].get(item["item_id"]) if said else None
        verdict = row["settled"].get(item["item_id"])
        progress = "，".join(part for part in (STATES[stands["state"]], stands["text"]) if part) if stands else "—"
        lines.append(
            [
                people.get(row["owner"], row["owner"]),
                row["subject_id"] or "—",
                item["text"],
                people.get(item["responsible"], item["responsible"]),
                item["goal"],
                item["due"][:10],
                "、".join(row["places"]),
                progress,
                people.get(said["by"], said["by"]) if said else "—",
                ("是" if verdict["fulfilled"] else "否") if verdict else "—",
            ]
        )
    return lines


@router.get("/commitments/new")
async def new_card(request: Request, user: CurrentUser, programme: str = "") -> Response:
    permitted(user, act.PROMISING)
    return await _new_page(request, user, programme, BLANK)


async def _new_page(request: Request, user: User, programme: str, form: Form, status: int = 200) -> Response:
    found = reads(request)
    chosen, _named = await _chosen(request, programme)
    active = await found.programmes.active(chosen) if chosen else None
    if active is None or active.pack.commitments is None:
        raise HTTPException(404)
    persons = [(one.person_id, one.name) for one in await found.directory.persons_of(user.unit_id)]
    owners = dict(persons)
    if user.has(*act.OFFICE):
        for role in ("leading_group", "unit_leader", "visitor"):
            owners |= {one.person_id: one.name for one in await found.directory.in_role(role)}
    view = NewCardView(
        programme=chosen,
        rules=active.pack.commitments,
        owners=sorted(owners.items()) if user.has(*act.OFFICE) else [],
        persons=persons,
        rows=range(active.pack.commitments.items_max),
        form=form,
    )
    return page(request, "commitment_new.html", view, status=status)


@router.post("/commitments")
async def publish(request: Request, user: CurrentUser) -> Response:
    async def again(refusal: Refusal) -> Response:
        programme = str(refusal.values.get("programme", ""))
        return await _new_page(request, user, programme, Form.again(refusal), refusal.problem.status)

    data = await read_form(request, act.PublishInput, again)
    outcome = await act.publish(request, user, data)
    card = act.commitment_id(data.programme, data.owner or user.person_id, data.subject_id)
    return see_other(outcome, f"/supervision/commitments/{card}")


@router.get("/commitments/{card_id}")
async def card(request: Request, user: CurrentUser, card_id: str) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "commitments")
    return await _card_page(request, user, card_id, BLANK, is_fresh=is_fresh)


async def _card_page(
    request: Request, user: User, card_id: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    row = await commitments.card(found.pool, card_id)
    if row is None:
        raise HTTPException(404)
    ids = [row["owner"], *(item["responsible"] for item in row["items"]), *(w["by"] for w in row["weeks"].values())]
    people = await found.directory.person_names(ids)
    missing, week = unconfirmed(row, found), week_of(found.now.astimezone(LOCAL).date())
    open_weeks = [*missing, *([week] if week not in row["weeks"] else [])]
    mine = user.person_id in {row["owner"], *(item["responsible"] for item in row["items"])}
    open_items = len(row["settled"]) < len(row["items"])
    view = CardView(
        row=row,
        owner=people.get(row["owner"], row["owner"]),
        places="、".join(row["places"]),
        items=[_item(item, row, people) for item in row["items"]],
        missing=missing,
        week=week,
        weeks=[(one, one) for one in reversed(open_weeks)],
        may_confirm=open_items and bool(open_weeks) and (mine or user.has(*act.OFFICE)),
        may_settle=user.has(*act.SETTLING) and user.person_id != row["owner"],
        states=[(code, _(word)) for code, word in STATES.items()],
        form=form,
    )
    return page(request, "commitment.html", view, fresh=is_fresh, status=status)


def _item(item: dict[str, Any], row: dict[str, Any], people: dict[str, str]) -> dict[str, Any]:
    told = [
        (week, said["items"][item["item_id"]])
        for week, said in sorted(row["weeks"].items())
        if item["item_id"] in said["items"]
    ]
    last = told[-1] if told else None
    return {
        **item,
        "due": item["due"][:10],
        "who": people.get(item["responsible"], item["responsible"]),
        "verdict": row["settled"].get(item["item_id"]),
        "last": (last[0], _(STATES[last[1]["state"]]), TONES[last[1]["state"]], last[1]["text"]) if last else None,
    }


@router.post("/commitments/{card_id}/weeks")
async def confirm(request: Request, user: CurrentUser, card_id: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _card_page(request, user, card_id, Form.again(refusal), status=refusal.problem.status)

    outcome = await act.confirm(request, user, card_id, await read_form(request, act.ConfirmInput, again))
    return see_other(outcome, f"/supervision/commitments/{card_id}")


@router.post("/commitments/{card_id}/items/{item}/settle")
async def settle(request: Request, user: CurrentUser, card_id: str, item: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal).named(item)
        return await _card_page(request, user, card_id, form, status=refusal.problem.status)

    outcome = await act.settle(request, user, card_id, item, await read_form(request, act.SettleInput, again))
    return see_other(outcome, f"/supervision/commitments/{card_id}")
