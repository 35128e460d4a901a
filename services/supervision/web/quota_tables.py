"""干部任务 in tables: who has done how much of what is owed, and who is paired with how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from contracts.pack import Pack, Quota
from services.reference.ledger import Ledger, Owner
from services.reference.owed import Period, Standing, Tally, counted, owing, periods, standings, tally
from services.supervision.web.coverage_words import percent
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

PERS = {"month": N_("每月任务"), "week": N_("每周任务"), "programme": N_("全程任务")}
MissedThen = Mapping[tuple[str, str, date], int]


@dataclass(frozen=True, slots=True)
class Table:
    """The duties of one kind of owner as columns, everybody who owes one of them as a row."""

    owned_by: str
    heads: Sequence[tuple[str, bool]]
    rows: Sequence[dict[str, Any]]
    met: int
    total: int
    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a table is made from."""

    pack: Pack
    ledger: Ledger
    missed: MissedThen
    names: Mapping[str, str]
    units: Mapping[str, str]
    today: date
    mine: frozenset[str] | None = None
    """Whose rows are shown: persons or units; None for all."""

    def shows(self, owner: Owner) -> bool:
        return self.mine is None or owner.id in self.mine or owner.unit in self.mine


@dataclass(slots=True)
class _Row:
    owner: Owner
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return all(one.met for one in self.tallies.values())

    @property
    def share(self) -> Fraction:
        return sum((one.share for one in self.tallies.values()), Fraction(0)) / len(self.tallies)


def quotas_of(pack: Pack, per: str, owned_by: str) -> list[Quota]:
    return [row for row in counted(pack) if row.per == per and row.owed_by == owned_by]


def period_named(pack: Pack, per: str, named: str, today: date) -> tuple[str, list[tuple[str, str]]]:
    """The period asked for, else the one that runs, and all that began; each by its first day."""
    known: dict[str, str] = {}
    for quota in (row for row in counted(pack) if row.per == per):
        for one in periods(pack, quota, today):
            known[one.since.isoformat()] = f"{one.since:%Y-%m}" if per == "month" else f"{one.since} — {one.until}"
    chosen = named if named in known else max(known, default="")
    return chosen, sorted(known.items(), reverse=True)


def tallies(given: Given, per: str, owned_by: str, since: str) -> list[_Row]:
    """Everybody's of one period."""
    found: dict[Owner, _Row] = {}
    for quota in quotas_of(given.pack, per, owned_by):
        period = _period(given.pack, quota, since, given.today)
        if period is None:
            continue
        for owner in owing(given.pack, quota, period, given.ledger.members, given.today):
            if given.shows(owner):
                row = found.setdefault(owner, _Row(owner))
                row.tallies[quota.kind] = tally(given.pack, quota, owner, period, given.ledger)
    return sorted(found.values(), key=lambda row: (row.owner.unit, row.owner.id))


def _period(pack: Pack, quota: Quota, since: str, today: date) -> Period | None:
    return next((one for one in periods(pack, quota, today) if one.since.isoformat() == since), None)


def table(given: Given, per: str, owned_by: str, rows: Sequence[_Row], offset: int, shown: int) -> Table:
    quotas = quotas_of(given.pack, per, owned_by)
    heads = [(_("干部") if owned_by == "person" else _("单位"), False)]
    if owned_by == "person":
        heads.append((_("单位"), False))
    heads += [(f"{row.title} /{row.need}", True) for row in quotas]
    heads += [(_("完成率"), True), (_("达标否"), False)]
    part = rows[offset : offset + shown]
    return Table(owned_by, heads, [_shown(given, row, quotas) for row in part], sum(r.met for r in rows), len(rows))


def _shown(given: Given, row: _Row, quotas: Sequence[Quota]) -> dict[str, Any]:
    names = given.names if row.owner.kind == "person" else given.units
    return {
        "owner": names.get(row.owner.id, row.owner.id),
        "unit": given.units.get(row.owner.unit, row.owner.unit) if row.owner.kind == "person" else None,
        "cells": [_cell(given, row.tallies.get(quota.kind)) for quota in quotas],
        "share": percent(row.share),
        "met": row.met,
    }


def _cell(given: Given, one: Tally | None) -> dict[str, Any]:
    """A number of what is needed, as it is: more than that stays more."""
    if one is None:
        return {"text": "—", "tone": None, "notes": []}
    was_missed = (one.quota.kind, one.owner.id, one.period.due) in given.missed
    over = given.today > one.period.due
    tone = "good" if one.met else "bad" if was_missed else "warn" if over else None
    notes = [_("迟 %(n)s", n=one.late)] if one.late else []
    if was_missed:
        notes.append(_("已记未完成"))
    if one.over:
        notes.append(_("超出 %(most)s", most=one.quota.max))
    return {"text": f"{one.done}/{one.quota.need}", "tone": tone, "notes": notes}


def pair_rows(given: Given, day: date) -> dict[str, list[Standing]]:
    """Everybody's pairs of each kind on a day."""
    return {
        row.kind: [one for one in standings(given.pack, row, given.ledger, day) if given.shows(one.owner)]
        for row in given.pack.lists.pairing
    }


def pair_table(given: Given, found: Sequence[Standing], offset: int, shown: int) -> Table:
    heads = [
        (_("结对人"), False),
        (_("单位"), False),
        (_("应结对"), True),
        (_("实结对"), True),
        (_("联系卡"), True),
        (_("达标否"), False),
    ]
    rows = [_pairs_shown(given, one) for one in found[offset : offset + shown]]
    return Table("person", heads, rows, sum(one.within for one in found), len(found))


def _pairs_shown(given: Given, one: Standing) -> dict[str, Any]:
    names = given.names if one.owner.kind == "person" else given.units
    was_missed = one.row.due is not None and (one.row.kind, one.owner.id, one.row.due) in given.missed
    tone = "good" if one.within else "bad" if was_missed else "warn"
    cells = [
        {"text": bounds(one.row.min, one.row.max), "tone": None, "notes": []},
        {"text": str(one.n), "tone": tone, "notes": [_("已记未完成")] if was_missed else []},
        {"text": str(one.cards) if one.row.card else "—", "tone": None, "notes": []},
    ]
    return {
        "owner": names.get(one.owner.id, one.owner.id),
        "unit": given.units.get(one.owner.unit, one.owner.unit),
        "cells": cells,
        "share": None,
        "met": one.within,
    }


def bounds(least: int | None, most: int | None) -> str:
    """10–15, ≥1, ≤3; a dash where nothing is asked."""
    match least or None, most:
        case None, None:
            return "—"
        case None, _most:
            return f"≤{most}"
        case _least, None:
            return f"≥{least}"
        case _:
            return f"{least}–{most}"
