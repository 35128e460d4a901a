"""承诺 as JSON: cards with their weeks, promising, confirming, settling."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.clock import LOCAL
from services.chassis.web import CurrentUser, fresh
from services.supervision.domain.commitment import missing_weeks, week_of
from services.supervision.read import commitments
from services.supervision.web import commitment_acts as act
from services.supervision.web.answers import answered, permitted
from services.supervision.web.reads import Reads, reads

api = APIRouter(prefix="/supervision/api", tags=["supervision"])


def unconfirmed(row: dict[str, Any], found: Reads) -> list[str]:
    published = row["published_at"].astimezone(LOCAL).date()
    finished = len(row["settled"]) == len(row["items"])
    until = row["settled_at"].astimezone(LOCAL).date() if finished else None
    return missing_weeks(week_of(published), list(row["weeks"]), found.now.astimezone(LOCAL).date(), until)


@api.get("/commitments")
async def cards_api(request: Request, user: CurrentUser, programme: str | None = None) -> dict[str, Any]:
    """Cards with their weeks, those that nobody confirmed among them."""
    permitted(user, act.LOOKING)
    await fresh(request, "commitments")
    found = reads(request)
    rows = await commitments.cards(found.pool, programme)
    return {"items": [{**row, "missing_weeks": unconfirmed(row, found)} for row in rows]}


@api.post("/commitments")
async def publish_api(request: Request, user: CurrentUser, data: act.PublishInput) -> Response:
    """Promise in public."""
    outcome = await act.publish(request, user, data)
    card = act.commitment_id(data.programme, data.owner or user.person_id, data.subject_id)
    return answered(outcome, commitment_id=card)


@api.post("/commitments/{card_id}/weeks")
async def confirm_api(request: Request, user: CurrentUser, card_id: str, data: act.ConfirmInput) -> Response:
    """Confirm how every open promise stands in a week."""
    return answered(await act.confirm(request, user, card_id, data))


@api.post("/commitments/{card_id}/items/{item}/settle")
async def settle_api(request: Request, user: CurrentUser, card_id: str, item: str, data: act.SettleInput) -> Response:
    """Kept or not."""
    return answered(await act.settle(request, user, card_id, item, data))
