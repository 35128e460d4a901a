"""The light of a task in its plan and what is left of it, by the pack's yellow mark (HA-30)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.duration import Unit
from services.chassis.deadlines import light
from services.reference.programmes import ActivePack
from services.supervision.domain.warning import DAYS
from services.supervision.web.left import left_words
from services.ui.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class TaskLight:
    """As the wall shows a deadline."""

    state: str
    left: str


def light_of(row: Mapping[str, Any], active: ActivePack | None, now: datetime) -> TaskLight:
    """What is done burns no longer."""
    if row["state"] == "done":
        return TaskLight("closed", _("已完成"))
    return burning(row["adopted_at"], row["due"], active, now)


def burning(since: datetime | None, due: datetime, active: ActivePack | None, now: datetime) -> TaskLight:
    """Without rules only red and green are known."""
    if active is None or since is None:
        return TaskLight("red" if due < now else "green", left_words(now, due, None, None))
    state = light(now, since, due, Unit.WORKING_DAY, active.pack.escalation.yellow, active.calendar)
    return TaskLight(state.value, left_words(now, due, DAYS, active.calendar))
