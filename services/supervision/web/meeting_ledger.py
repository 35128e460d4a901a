"""会议与节奏台账 (R23) with 例会按期率 (K34): every slot with what came of it, and the meetings beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Cadence
from services.chassis.clock import LOCAL
from services.chassis.web import CurrentUser, fresh, require
from services.reference.programmes import ActivePack
from services.supervision.domain.keeping import Kept, kept
from services.supervision.paper import meeting_ledger as paper
from services.supervision.read import rhythms
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import permitted
from services.supervision.web.cadence_board import state_of
from services.supervision.web.meeting_outcomes import Outcomes, outcome, outcomes_of
from services.supervision.web.reads import Reads, reads
from services.supervision.web.rhythm_words import STATES, kind_word, name_of
from services.supervision.web.sheets import download
from services.ui.formats import whole_day, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import speaking
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
api = APIRouter(prefix="/supervision/api", tags=["supervision"])

READ = ("rhythm_board", "role_holders", "course", "programmes", "clock_board")
VERSION = 1
"""Of the rules below; the foot names it."""

DASH = "—"
EVERY = 10_000
"""Meetings of a whole programme on one ledger: hundreds in a year."""


@dataclass(frozen=True, slots=True)
class Line:
    """One slot of one unit, or a meeting that fulfils none."""

    cells: tuple[str, ...]
    state: str
    meeting_id: str | None
    counts: bool
    """Whether K34 looks at it: a meeting's slot whose day is over."""
    unit: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """R23 as of a moment."""

    active: ActivePack
    as_of: datetime
    lines: list[Line]
    units: Mapping[str, str]

    @property
    def share(self) -> Kept:
        """K34 of the whole programme."""
        return kept(line.state for line in self.lines if line.counts)

    def shares(self) -> list[tuple[str, Kept]]:
        """K34 by unit, for those of which a meeting fell due."""
        own = {line.unit for line in self.lines if line.counts}
        found = [(unit, kept(line.state for line in self.lines if line.counts and line.unit == unit)) for unit in own]
        return sorted((self.units.get(unit, unit), share) for unit, share in found if share.due)

    @property
    def number(self) -> str:
        """By its content: the same lines have the same number."""
        said = json.dumps([line.cells for line in self.lines], ensure_ascii=False)
        return f"R23-{self.active.programme_id.upper()}-{sha256(said.encode()).hexdigest()[:12]}"

    def foot(self) -> list[tuple[str, str]]:
        """统计时点, 统计窗口, 口径版本, 编号."""
        begins = self.active.calendar.open_at(self.active.pack.programme.start)
        return [
            (_("例会按期率"), share_words(self.share)),
            (_("统计时点"), whole_moment(self.as_of)),
            (_("统计窗口"), f"{whole_day(begins)} {DASH} {whole_moment(self.as_of)}"),
            (_("口径版本"), _("第 %(n)s 版", n=VERSION) + f" / {self.active.sha256[:16]}"),
            (_("编号"), self.number),
        ]


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The ledger on a page."""

    programme: str
    name: str
    programmes: list[tuple[str, str]]
    heads: list[str]
    lines: list[Line]
    shares: list[tuple[str, str]]
    foot: list[tuple[str, str]]
    download: str


def share_words(share: Kept) -> str:
    """「83.33%（5/6）」, or a dash where nothing fell due."""
    if not share.due:
        return DASH
    return _("%(percent)s%%（%(held)s/%(due)s）", percent=share.percent, held=share.held, due=share.due)


async def ledger_of(found: Reads, active: ActivePack) -> Ledger:
    """What fell due until now, under the rules in force at each, and every meeting that was held."""
    now, programme = found.now, active.programme_id
    slots = await rhythms.slots_until(found.pool, found.programmes, programme, now + rhythms.AHEAD)
    known = await rhythms.outcomes(found.pool, programme)
    owed = rhythms.all_owed(programme, [slot for slot in slots if slot.opens <= now], await rhythms.holders(found.pool))
    meetings = {row["meeting_id"]: row for row in await rhythms.meetings(found.pool, programme, 0, EVERY)}
    writer = _Writer(
        units=await found.directory.unit_names(),
        people=await found.directory.person_names(
            {person for row in meetings.values() for person in (row["chair"], *row["attendees"])}
        ),
        outcomes=await outcomes_of(found, list(meetings)),
        active=active,
        now=now,
    )
    lines, fulfilling = [], set()
    for one in sorted(owed, key=lambda one: (one.of.due, one.of.cadence_id, one.of.owner)):
        row = known.get(one.of.slot_id)
        state = state_of(one.of, known, now)
        ref = row["ref"] if row else None
        if state != "open" or ref:
            lines.append(writer.slot(one, state, meetings.get(ref) if ref else None, row))
            fulfilling.add(ref)
    beside = [row for key, row in meetings.items() if key not in fulfilling]
    lines += [writer.beside(row) for row in sorted(beside, key=lambda row: (row["held_at"], row["meeting_id"]))]
    return Ledger(active, now, lines, writer.units)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Rows of read models in the words of the columns."""

    units: Mapping[str, str]
    people: Mapping[str, str]
    outcomes: Outcomes
    active: ActivePack
    now: datetime

    def slot(self, one: rhythms.Owed, state: str, meeting: Any | None, row: Any | None) -> Line:
        """Of a report only when it came is known here; who was there, only of a meeting."""
        cadence: Cadence = one.slot.cadence
        came = row["fulfilled_at"] if row and row["fulfilled_at"] else None
        held = meeting["held_at"] if meeting else came
        word = _("缺") if state == "missed" else _(STATES[state][0]) if state in ("late", "pending") else DASH
        cells = (
            name_of(cadence, self.active.pack),
            self.units.get(one.of.owner, one.of.owner),
            whole_day(one.of.slot),
            whole_moment(held) if held else DASH,
            *self._said(meeting),
            word,
        )
        meeting_id = meeting["meeting_id"] if meeting else None
        counts = cadence.meeting is not None and one.of.due <= self.now
        return Line(cells, state, meeting_id, counts, one.of.owner)

    def beside(self, meeting: Any) -> Line:
        """One that fulfils no slot."""
        unit = self.units.get(meeting["owner_unit"], meeting["owner_unit"])
        first = (kind_word(meeting["kind"]), unit, DASH, whole_moment(meeting["held_at"]))
        return Line((*first, *self._said(meeting), DASH), "beside", meeting["meeting_id"], False, meeting["owner_unit"])

    def _said(self, meeting: Any | None) -> tuple[str, str, str, str, str]:
        """主持、参加、议题、决定事项、落实."""
        if meeting is None:
            return DASH, DASH, DASH, DASH, DASH
        decisions = json.loads(meeting["decisions"])
        made = [
            f"{one['text']}（{self.units.get(one['unit'], one['unit'])}，"
            f"{whole_day(datetime.fromisoformat(one['due']).astimezone(LOCAL))}）"
            for one in decisions
        ]
        came = [outcome(self.outcomes, meeting["meeting_id"], one).word for one in decisions]
        return (
            self.people.get(meeting["chair"], meeting["chair"]),
            "、".join(self.people.get(person, person) for person in meeting["attendees"]),
            meeting["agenda"] or DASH,
            _numbered(made),
            _numbered(came),
        )


def _numbered(texts: Sequence[str]) -> str:
    if len(texts) < 2:
        return texts[0] if texts else DASH
    return "；".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))


async def _chosen(found: Reads, programme: str) -> ActivePack | None:
    newest = await found.programmes.all()
    if programme:
        return next((one for one in newest if one.programme_id == programme), None)
    return newest[0] if newest else None


@router.get("/cadence/ledger")
async def ledger(request: Request, user: CurrentUser, programme: str = "") -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    found = reads(request)
    active = await _chosen(found, programme)
    if active is None:
        raise HTTPException(404)
    made = await ledger_of(found, active)
    view = LedgerView(
        programme=active.programme_id,
        name=active.name,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        heads=[_(head) for head in paper.COLUMNS],
        lines=made.lines,
        shares=[(unit, share_words(share)) for unit, share in made.shares()],
        foot=made.foot(),
        download=f"/supervision/cadence/ledger.xlsx?programme={active.programme_id}",
    )
    return page(request, "meeting_ledger.html", view, fresh=is_fresh)


@router.get("/cadence/ledger.xlsx")
async def ledger_file(request: Request, user: CurrentUser, programme: str) -> Response:
    """Papers are always in Chinese."""
    permitted(user, SEEING)
    await fresh(request, *READ)
    found = reads(request)
    active = await _chosen(found, programme)
    if active is None:
        raise HTTPException(404)
    with speaking("zh"):
        made = await ledger_of(found, active)
        content = paper.workbook([line.cells for line in made.lines], made.foot(), made.as_of)
    return download(f"R23-{active.programme_id}-{made.as_of.astimezone(LOCAL):%Y%m%d}.xlsx", content)


@api.get("/meetings/ledger", dependencies=[Depends(require(*SEEING))])
async def ledger_json(request: Request, programme: str) -> dict[str, Any]:
    """R23 with K34: the lines in the order of the columns, and the share of meetings in time."""
    await fresh(request, *READ)
    found = reads(request)
    active = await _chosen(found, programme)
    if active is None:
        raise HTTPException(404)
    made = await ledger_of(found, active)
    return {
        "columns": list(paper.COLUMNS),
        "items": [
            {"cells": line.cells, "state": line.state, "meeting_id": line.meeting_id, "unit": line.unit}
            for line in made.lines
        ],
        "k34": {"held": made.share.held, "due": made.share.due, "percent": made.share.percent},
        "as_of": made.as_of,
        "number": made.number,
    }
