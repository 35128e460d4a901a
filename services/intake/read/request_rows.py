"""The read model of requests: where each stands, and its title while its key exists."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestLinked,
    RequestRedirected,
    RequestRegistered,
    RequestRejected,
    RequestSupplemented,
    RequestWithdrawn,
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
    more_cases text[] NOT NULL,
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
    more_cases: tuple[str, ...] = ()
    """The other parts, where its case was split."""
    settled_at: datetime | None = None
    settled_by: str | None = None
    erased: bool = False


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
            return _linked(row, e)
        case RequestRedirected():
            return _settled(row, "redirected", fact)
        case RequestWithdrawn():
            return _settled(row, "withdrawn", fact)
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


def _linked(row: RequestRow, e: RequestLinked) -> RequestRow:
    known = [case for case in (row.case_id, *row.more_cases) if case is not None and case != e.case_id]
    if e.instead_of in known:
        known[known.index(e.instead_of)] = e.case_id
    else:
        known.append(e.case_id)
    return replace(row, status="linked", case_id=known[0], more_cases=tuple(known[1:]))


def _settled(row: RequestRow, status: str, fact: Fact) -> RequestRow:
    return replace(row, status=status, settled_at=fact.time, settled_by=fact.envelope.actor.person)


REQUEST_ROWS: Rows[RequestRow] = Rows("request_row", RequestRow, _request_key, _project_request)


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


def _title(found: str | Unopened) -> tuple[str, str]:
    return (found, "open") if isinstance(found, str) else ("", found.value)


REQUESTS = Projection(
    "requests",
    3,
    (
        RequestRegistered,
        RequestAccepted,
        RequestAnsweredOnSpot,
        RequestRejected,
        RequestRedirected,
        RequestWithdrawn,
        RequestSupplemented,
        RequestLinked,
        PersonalDataErased,
    ),
    {"request_row": ROW_DDL, "request_title": TITLE_DDL},
    _apply_requests,
)
