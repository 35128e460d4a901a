"""A person's unit and roles as this service's read models know them, for every request of a logged-in person."""

from fastapi import FastAPI

from services.chassis.web.standing import Standing

NOW = """
SELECT p.unit_id, coalesce(u.name, p.unit_id) AS unit_name,
       ARRAY(SELECT r.role FROM person_role r
              WHERE r.person_id = p.person_id AND r.unit_id = p.unit_id ORDER BY r.role) AS roles
  FROM person p LEFT JOIN unit u USING (unit_id) WHERE p.person_id = $1
"""
"""Three look-ups by key. Not cached: a process learns of a change through these tables only."""


def follow_roles(app: FastAPI) -> None:
    """Let revoked and changed roles count at once in one service's application."""
    service = app.state.service

    async def standing_of(person_id: str) -> Standing | None:
        row = await service.pool.fetchrow(NOW, person_id)
        return Standing(row["unit_id"], row["unit_name"], tuple(row["roles"])) if row else None

    app.state.standing_of = standing_of
