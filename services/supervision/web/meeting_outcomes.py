"""What became of what meetings decided: the order in dispatch and how far it is, or why there is none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reference.words import TAKEN
from services.supervision.read import rhythms
from services.supervision.web.reads import Reads
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

STATES = {
    "unsigned": (N_("待签收"), "warn"),
    "at_work": (N_("在办"), "info"),
    "paused": (N_("暂停计时"), "plain"),
    "overdue": (N_("超期"), "bad"),
    "done": (N_("已办结"), "good"),
    "late": (N_("逾期办结"), "warn"),
    "cancelled": (N_("交办单已撤销"), "plain"),
}
"""How far an order is."""

READ = ("rhythm_board", "clock_board")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decision's: the code for scripts, words and tone for people."""

    code: str
    word: str
    tone: str
    order_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more is awaited of it."""
        return self.code in ("done", "late", "finished")


Outcomes = Mapping[tuple[str, str, str], Outcome]
"""By meeting, case and unit."""


async def outcomes_of(found: Reads, meeting_ids: Sequence[str]) -> Outcomes:
    """Of every decision that a case has taken note of."""
    parts: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in await rhythms.noted(found.pool, meeting_ids):
        for one in json.loads(row["taken"]):
            parts[row["meeting_id"], row["case_id"], one["unit"]] = one
    clocks = await rhythms.order_clocks(found.pool, [one["order_id"] for one in parts.values() if one["order_id"]])
    by_order: dict[str, dict[str, Any]] = {}
    for row in clocks:
        by_order.setdefault(row["order_id"], {})[row["kind"]] = row
    return {key: _outcome(one, by_order.get(one["order_id"] or "", {})) for key, one in parts.items()}


def _outcome(one: Mapping[str, Any], clocks: Mapping[str, Any]) -> Outcome:
    if one["order_id"] is None or "finish" not in clocks:
        tone = "info" if one["order_id"] else "plain" if one["outcome"] == "finished" else "warn"
        return Outcome(one["outcome"], _(TAKEN[one["outcome"]]), tone, one["order_id"])
    state = _state(clocks["finish"], clocks.get("sign"))
    word, tone = STATES[state]
    return Outcome(state, _(word), tone, one["order_id"])


def _state(finish: Any, sign: Any | None) -> str:
    if finish["status"] == "met":
        return "late" if finish["late"] else "done"
    if finish["status"] == "cancelled":
        return "cancelled"
    if finish["breached_due"] is not None:
        return "overdue"
    if finish["status"] == "paused":
        return "paused"
    return "unsigned" if sign is not None and sign["status"] == "running" else "at_work"


def outcome(known: Outcomes, meeting_id: str, decision: Mapping[str, Any]) -> Outcome:
    """Of one decision; one about no case is the meeting's own to follow."""
    if decision["case_id"] is None:
        return Outcome("no_case", _("不针对具体问题，由召开单位跟踪"), "plain")
    waiting = Outcome("waiting", _("正在转交办"), "info")
    return known.get((meeting_id, decision["case_id"], decision["unit"]), waiting)
