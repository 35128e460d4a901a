"""Queries over requests: pages of the list, counts by status, one request, and what hangs on a subject."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.chassis.web.inputs import possible

SENT_BACK = "sent-back"
"""Not a request's own status: the desk asks for more before it can hand its case over (退回补充)."""

SELECT = """
SELECT r.*, t.title, t.state AS title_state, c.step, c.case_no, c.lead_unit, c.finish_by, c.missing
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
        elif self.status == SENT_BACK:
            parts.append("r.case_id IN (SELECT case_id FROM case_row WHERE step = 'sent-back')")
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
            received_at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return cls(received_at, request_id) if received_at.tzinfo is not None and possible(received_at) else None

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
    """How many wait to be accepted or turned down, or for what the desk asks before it can hand them over."""
    number: int = await pool.fetchval("SELECT count(*) FROM request_row WHERE status = 'new' AND NOT erased")
    return number + await sent_back(pool, Filter())


async def sent_back(pool: Any, wanted: Filter) -> int:
    """How many the desk sent back for more, under the same filter without its status."""
    args: list[Any] = []
    where = replace(wanted, status=SENT_BACK).where(args)
    number: int = await pool.fetchval(
        f"SELECT count(*) FROM request_row r LEFT JOIN request_title t USING (request_id) WHERE {where}",  # noqa: S608
        *args,
    )
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
