"""The service that `http_bench` asks: one route that appends, and the same route without the append."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contracts.dispatch import ProgressReported
from contracts.event import Event
from services.chassis.decider import Decider
from services.chassis.main import run
from services.chassis.service import ServiceSpec
from services.chassis.web import User, accepted, command_id, command_meta, perform, require

CASE = "/dispatch/api/cases/{case_id}/progress"
BARE = "/dispatch/api/cases/{case_id}/progress-decided"
HANDLER = User("p-1", "演示承办人", "u-1", "演示局", ("handler",))

router = APIRouter()
Handler = Annotated[User, Depends(require("handler"))]


class Progress(BaseModel):
    """What a handler writes down."""

    text: Annotated[str, StringConstraints(min_length=2, max_length=4000)]
    next_step: Annotated[str, StringConstraints(max_length=4000)] = ""


@dataclass(frozen=True)
class Report:
    case_id: str
    progress: Progress


def decide(_lines: int, command: Report) -> Sequence[Event]:
    said = command.progress
    return [
        ProgressReported(case_id=command.case_id, order_id="o-1", case_no=1, text=said.text, next_step=said.next_step)
    ]


lines: Decider[int, Report] = Decider("lines", 0, lambda count, _event: count + 1, decide)


@router.post(CASE)
async def report(request: Request, case_id: str, progress: Progress, user: Handler) -> Response:
    meta = command_meta(request, user, role="handler")
    outcome = await perform(request, lines, f"case-{case_id}", Report(case_id, progress), meta)
    return accepted(outcome, {"version": outcome.version}, status_code=201)


@router.post(BARE)
async def decided(request: Request, case_id: str, progress: Progress, user: Handler) -> Response:
    """Everything but the append: the guards, the fields, the decision, the answer."""
    meta = command_meta(request, user, role="handler")
    events = lines.decide(0, Report(case_id, progress))
    return JSONResponse({"version": len(events)}, 201, {"Huiyin-Position": f"{meta.actor.unit}:{command_id(request)}"})


SPEC = ServiceSpec("dispatch", Path(__file__).parent, routers=(router,))

if __name__ == "__main__":
    run(SPEC)
