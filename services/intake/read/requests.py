"""The list of requests: where each stands, its title, and how far its case has come at dispatch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.dispatch import (
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseStruckOff,
    CaseSuspended,
    OrderIssued,
    OrderReturned,
    OrderSigned,
)
from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestLinked,
    RequestRegistered,
    RequestRejected,
)
from services.chassis.facts import Fact
from services.chassis.keys import Unopened
from services.chassis.projection import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

ROW_DDL = """
CREATE TABLE {t} (
    request_id text PRIMARY KEY,
    version int NOT NULL,
    status text NOT NULL,
    channel text NOT NULL,
    origin text NOT NULL,
    visit_id text,
    subject_id text,
    requester_ref text,
    confidential boolean NOT NULL,
    consent boolean NOT NULL,
    category_hint text,
    urgency_hint text,
    territory_unit text,
    complained text[] NOT NULL,
    received_at timestamptz,
    registered_at timestamptz,
    registered_by text NOT NULL,
    registered_unit text NOT NULL,
    programme text,
    source_ref text,
    case_id text,
    settled_at timestamptz,
    settled_by text,
    erased boolean NOT NULL
);
CREATE INDEX ON {t} (received_at DESC, request_id DESC);
CREATE INDEX ON {t} (status, received_at DESC, request_id DESC);
CREATE INDEX ON {t} (territory_unit, received_at DESC, request_id DESC);
CREATE INDEX ON {t} (registered_by, received_at DESC, request_id DESC);
CREATE INDEX ON {t} (subject_id);
CREATE INDEX ON {t} (case_id);
CREATE INDEX ON {t} (source_ref)"""

TITLE_DDL = """
CREATE TABLE {t} (
    request_id text PRIMARY KEY,
    title text NOT NULL,
    state text NOT NULL
)"""

CASE_DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    step text NOT NULL,
    case_no int,
    lead_unit text,
    finish_by timestamptz,
    changed_at timestamptz
)"""

UNIT_DDL = """
CREATE TABLE {t} (
    case_id text NOT NULL,
    unit text NOT NULL,
    PRIMARY KEY (case_id, unit)
)"""
"""Every unit that holds or held an order of a case: it may have to reach who asked."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request as the list shows it."""

    request_id: str
    version: int = 0
    status: str = "new"
    channel: str = ""
    origin: str = ""
    visit_id: str | None = None
    subject_id: str | None = None
    requester_ref: str | None = None
    confidential: bool = False
    consent: bool = True
    category_hint: str | None = None
    urgency_hint: str | None = None
    territory_unit: str | None = None
    complained: tuple[str, ...] = ()
    received_at: datetime | None = None
    registered_at: datetime | None = None
    registered_by: str = ""
    registered_unit: str = ""
    programme: str | None = None
    source_ref: str | None = None
    case_id: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """How far a case has come; dispatch decides, this list only follows."""

    case_id: str
    step: str = "opened"
    case_no: int | None = None
    lead_unit: str | None = None
    finish_by: datetime | None = None
    changed_at: datetime | None = None


def _request_key(fact: Fact) -> str | None:
    return fact.stream.removeprefix("request-") if fact.stream.startswith("request-") else None


def _project_request(row: RequestRow, fact: Fact) -> RequestRow:
    row = replace(row, version=fact.version)
    match fact.event:
        case RequestRegistered() as e:
            return _registered(row, e, fact)
        case RequestAccepted():
            return _settled(replace(row, programme=fact.envelope.meta.programme or row.programme), "accepted", fact)
        case RequestAnsweredOnSpot():
            return _settled(row, "answered", fact)
        case RequestRejected():
            return _settled(row, "rejected", fact)
        case RequestLinked() as e:
            return replace(row, status="linked", case_id=e.case_id)
        case PersonalDataErased():
            return replace(row, erased=True, requester_ref=None)
        case _:
            return row


def _registered(row: RequestRow, e: RequestRegistered, fact: Fact) -> RequestRow:
    return replace(
        row,
        channel=e.channel,
        origin=e.origin,
        visit_id=e.visit_id,
        subject_id=e.subject_id,
        requester_ref=e.requester_ref,
        confidential=e.confidential,
        consent=e.follow_up_consent,
        category_hint=e.category_hint,
        urgency_hint=e.urgency_hint,
        territory_unit=e.territory_unit,
        complained=e.complained_units,
        received_at=e.received_at,
        registered_at=fact.time,
        registered_by=fact.envelope.actor.person,
        registered_unit=fact.envelope.actor.unit,
        programme=fact.envelope.meta.programme,
        source_ref=e.source_ref,
    )


def _settled(row: RequestRow, status: str, fact: Fact) -> RequestRow:
    return replace(row, status=status, settled_at=fact.time, settled_by=fact.envelope.actor.person)


def _case_key(fact: Fact) -> str:
    return fact.stream.removeprefix("case-")


def _project_case(row: CaseRow, fact: Fact) -> CaseRow:
    row = replace(row, changed_at=fact.time)
    match fact.event:
        case OrderIssued() as e if e.role == "lead":
            return replace(row, step="issued", case_no=e.case_no, lead_unit=e.to_unit, finish_by=e.dues.finish_by)
        case OrderSigned() as e:
            return replace(row, step="handling", case_no=e.case_no)
        case OrderReturned():
            return replace(row, step="returned")
        case CaseSuspended():
            return replace(row, step="suspended")
        case CaseResumed():
            return replace(row, step="handling")
        case CaseCompleted():
            return replace(row, step="completed")
        case CaseStruckOff():
            return replace(row, step="struck-off")
        case CaseReopened():
            return replace(row, step="reopened")
        case _:
            return row


REQUEST_ROWS: Rows[RequestRow] = Rows("request_row", RequestRow, _request_key, _project_request)
CASE_ROWS: Rows[CaseRow] = Rows("case_row", CaseRow, _case_key, _project_case)


async def _apply_requests(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await REQUEST_ROWS.apply(db, batch, t, ctx)
    registered = [fact.event for fact in batch if isinstance(fact.event, RequestRegistered)]
    assert ctx.keys is not None, "intake owns the keys"
    titles = await ctx.keys.opened_many([event.title for event in registered])
    rows = [(event.request_id, *_title(title)) for event, title in zip(registered, titles, strict=True)]
    rows += [(fact.event.request_id, "", "erased") for fact in batch if isinstance(fact.event, PersonalDataErased)]
    await db.executemany(
        f"""INSERT INTO {t["request_title"]} VALUES ($1, $2, $3)
            ON CONFLICT (request_id) DO UPDATE SET title = excluded.title, state = excluded.state""",  # noqa: S608
        rows,
    )


async def _apply_cases(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await CASE_ROWS.apply(db, batch, t, ctx)
    held = [(fact.event.case_id, fact.event.to_unit) for fact in batch if isinstance(fact.event, OrderIssued)]
    await db.executemany(f"INSERT INTO {t['case_unit']} VALUES ($1, $2) ON CONFLICT DO NOTHING", held)  # noqa: S608


def _title(found: str | Unopened) -> tuple[str, str]:
    return (found, "open") if isinstance(found, str) else ("", found.value)


REQUESTS = Projection(
    "requests",
    1,
    (
        RequestRegistered,
        RequestAccepted,
        RequestAnsweredOnSpot,
        RequestRejected,
        RequestLinked,
        PersonalDataErased,
    ),
    {"request_row": ROW_DDL, "request_title": TITLE_DDL},
    _apply_requests,
)
CASES = Projection(
    "case_steps",
    2,
    (
        CaseOpened,
        OrderIssued,
        OrderSigned,
        OrderReturned,
        CaseSuspended,
        CaseResumed,
        CaseCompleted,
        CaseStruckOff,
        CaseReopened,
    ),
    {"case_row": CASE_DDL, "case_unit": UNIT_DDL},
    _apply_cases,
)


SELECT = """
SELECT r.*, t.title, t.state AS title_state, c.step, c.case_no, c.lead_unit, c.finish_by
  FROM request_row r LEFT JOIN request_title t USING (request_id) LEFT JOIN case_row c USING (case_id)
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests; `mine` narrows to what a person registered or their territory's."""

    status: str = ""
    channel: str = ""
    territory: str = ""
    q: str = ""
    mine: tuple[str, str] | None = None
    """(person, unit)."""

    def where(self, args: list[Any]) -> str:
        parts = ["true"]
        if self.status == "open":
            parts.append("r.status = 'new'")
        elif self.status == "accepted":
            parts.append("r.status IN ('accepted', 'linked')")
        elif self.status:
            parts.append(f"r.status = {_arg(args, self.status)}")
        if self.channel:
            parts.append(f"r.channel = {_arg(args, self.channel)}")
        if self.territory:
            parts.append(f"r.territory_unit = {_arg(args, self.territory)}")
        if self.q:
            like = _arg(args, f"%{_escaped(self.q)}%")
            parts.append(f"(t.title LIKE {like} OR r.source_ref = {_arg(args, self.q)})")
        if self.mine:
            person, unit = self.mine
            parts.append(f"(r.registered_by = {_arg(args, person)} OR r.territory_unit = {_arg(args, unit)})")
        return " AND ".join(parts)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before."""

    received_at: datetime
    request_id: str

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """From an address; nonsense means the first page."""
        moment, _, request_id = (text or "").partition("~")
        try:
            return cls(datetime.fromisoformat(moment), request_id)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.received_at.isoformat()}~{self.request_id}"


async def page_of(pool: Any, wanted: Filter, after: Cursor | None, limit: int) -> tuple[list[Any], Cursor | None]:
    """Requests, the latest first, and where the next page begins."""
    args: list[Any] = []
    where = wanted.where(args)
    if after is not None:
        where += (
            f" AND (r.received_at, r.request_id) < ({_arg(args, after.received_at)}, {_arg(args, after.request_id)})"
        )
    rows = await pool.fetch(
        f"{SELECT} WHERE {where} ORDER BY r.received_at DESC, r.request_id DESC LIMIT {limit + 1}",
        *args,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return list(rows[:limit]), Cursor(last["received_at"], last["request_id"]) if last else None


async def counts(pool: Any, wanted: Filter) -> dict[str, int]:
    """How many stand where, under the same filter without its status."""
    args: list[Any] = []
    where = replace(wanted, status="").where(args)
    rows = await pool.fetch(
        f"""SELECT CASE r.status WHEN 'linked' THEN 'accepted' ELSE r.status END AS status, count(*) AS n
            FROM request_row r LEFT JOIN request_title t USING (request_id) WHERE {where} GROUP BY 1""",  # noqa: S608
        *args,
    )
    return {row["status"]: row["n"] for row in rows}


async def one(pool: Any, request_id: str) -> Any | None:
    """One request's row."""
    return await pool.fetchrow(f"{SELECT} WHERE r.request_id = $1", request_id)


async def held_by(pool: Any, request_id: str, unit: str) -> bool:
    """Whether a unit holds or held an order of the request's case."""
    found: bool = await pool.fetchval(
        """SELECT EXISTS (SELECT FROM request_row r JOIN case_unit u USING (case_id)
                           WHERE r.request_id = $1 AND u.unit = $2)""",
        request_id,
        unit,
    )
    return found


async def of_subject(pool: Any, subject_id: str, limit: int = 20) -> list[Any]:
    """What was heard from one subject, the latest first."""
    rows = await pool.fetch(
        f"{SELECT} WHERE r.subject_id = $1 ORDER BY r.received_at DESC LIMIT {limit}",
        subject_id,
    )
    return list(rows)


async def to_erase(pool: Any, subject_id: str) -> list[str]:
    """All requests heard from one subject whose words can still be read."""
    rows = await pool.fetch(
        "SELECT request_id FROM request_row WHERE subject_id = $1 AND NOT erased ORDER BY 1", subject_id
    )
    return [row["request_id"] for row in rows]


async def waiting(pool: Any) -> int:
    """How many wait to be accepted or turned down."""
    number: int = await pool.fetchval("SELECT count(*) FROM request_row WHERE status = 'new' AND NOT erased")
    return number


async def frequent_categories(pool: Any, territory: str) -> list[str]:
    """Category hints of one territory, the most frequent first."""
    rows = await pool.fetch(
        """SELECT category_hint FROM request_row WHERE territory_unit = $1 AND category_hint IS NOT NULL
           GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20""",
        territory,
    )
    return [row["category_hint"] for row in rows]


def _arg(args: list[Any], value: Any) -> str:
    args.append(value)
    return f"${len(args)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
