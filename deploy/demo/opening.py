"""What a new demo opens with: sample cases in every state, today's visits, calls back and published reports.

Told once in the background after the start, by the officials and through the API. Every command has a fixed id and
speaks of the moment the telling began, so that a telling that was cut goes on where it was and doubles nothing.
"""

import asyncio
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.demo.load import PROGRAMME
from deploy.demo.outreach import pair_and_do
from deploy.demo.samples import tell
from deploy.demo.staff import Staff
from deploy.demo.stories import UNDECIDED, Story, stories

MORE = Path(__file__).with_name("more.toml")
AT_ONCE = 2
"""Whoever just opened the demo has the machine; the stories may take half a minute."""

SETTLED_WITHIN_S = 20.0
"""For supervision to hear of completed cases and draw its samples."""

HEARD = (
    {"solved": True, "satisfaction": "very", "comment": "问题解决了，办得很快。"},
    {"solved": True, "satisfaction": "satisfied", "comment": "已经修好，谢谢。"},
    {"solved": False, "satisfaction": "dissatisfied", "comment": "只修了一半，还没有完工。"},
)
"""What the first of those who are called back say; the others wait to be called."""


LOOKS = (("paidan", 4), ("ducha", 3))
"""Who looked at how many requesters, so that the record of looks shows what it is."""

LAST_DAY = 8
"""The last day of the screen tests' stories; here it is today."""


def all_stories() -> list[Story]:
    """The days of the screen tests and what else makes a district."""
    return [*map(_today, stories()), *stories(MORE), *map(_today, stories(UNDECIDED))]


def _today(story: Story) -> Story:
    """A story of the days that pass, told at once."""
    return replace(story, ago=LAST_DAY - story.day, day=0)


async def open_with_life(url: str, began: datetime) -> None:
    """Everything, in the order in which people would see it appear."""

    async def then(_day: int, _hour: int, _minute: int) -> datetime:
        return began

    async with Staff(url) as staff:
        await pair_and_do(staff, began)
        await _visit(staff, began)
        await tell(url, then, all_stories(), at_once=AT_ONCE)
        await _call_back(staff)
        await _look_at_requesters(staff)
        for report in ("R02", "R03"):
            asked = {"report": report, "programme": PROGRAMME}
            await staff.act("huodongban", "/reporting/api/runs", asked, f"sample-run-{report}")


async def _visit(staff: Staff, began: datetime) -> None:
    for number, visit in enumerate(tomllib.loads(MORE.read_text("utf-8"))["visits"]):
        body: dict[str, Any] = {**visit, "visit_id": f"sample-visit-{number}", "visited_at": began.isoformat()}
        login = body.pop("login")
        await staff.act(login, "/intake/api/visits", body, f"sample-visit-{number}")


async def _look_at_requesters(staff: Staff) -> None:
    for login, number in LOOKS:
        found = await staff.look(login, "/intake/api/requests", status="accepted", limit=number)
        for one in found["items"]:
            await staff.open(login, f"/intake/_requester/q-{one['request_id']}")


async def _call_back(staff: Staff) -> None:
    async with asyncio.timeout(SETTLED_WITHIN_S):
        while len(due := await _due(staff)) < len(HEARD):
            await asyncio.sleep(0.5)
    for followup, heard in zip(due, HEARD, strict=False):
        path = f"/supervision/api/followups/{followup}/conduct"
        body = {"method": "phone", "reached": True, "contacted": True, **heard}
        await staff.act("ducha", path, body, f"sample-call-{followup}")


async def _due(staff: Staff) -> list[str]:
    found = await staff.look("ducha", "/supervision/api/followups", limit=50)
    return sorted(str(one["followup_id"]) for one in found["items"])
