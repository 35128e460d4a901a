"""Time left, options of selects, and names: small sentences that several pages share."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

import asyncpg

from contracts.pack import Pack
from services.chassis.clock import LOCAL
from services.dispatch.web import labels
from services.dispatch.web.reads import Reads, listed, title_of
from services.dispatch.web.views import Groups, Link, Options, RowView
from services.reference.directory import Unit as DirectoryUnit
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

LEVELS = {
    "district": N_("区级"),
    "department": N_("部门"),
    "town": N_("镇街"),
    "community": N_("社区"),
    "village": N_("村"),
    "desk": N_("专席"),
}


def naming_returns(pack: Pack) -> str:
    """The reasons with which a returning unit must say whose the order is."""
    return listed(_(labels.RETURN_REASONS[code]) for code in pack.order.return_names_unit)


def days_left(due: datetime, now: datetime) -> str:
    """By the days of the calendar on the wall; on the last day in hours."""
    days = (due.astimezone(LOCAL).date() - now.astimezone(LOCAL).date()).days
    if now > due:
        late = max(1, -days) if days < 0 else 0
        if late:
            return ngettext("逾期 %(num)s 天", "逾期 %(num)s 天", late)
        return ngettext("逾期 %(num)s 小时", "逾期 %(num)s 小时", max(1, int((now - due) / timedelta(hours=1))))
    if days > 0:
        return ngettext("剩 %(num)s 天", "剩 %(num)s 天", days)
    return ngettext("剩 %(num)s 小时", "剩 %(num)s 小时", max(1, int((due - now) / timedelta(hours=1))))


def review_chips(row: asyncpg.Record, now: datetime) -> list[tuple[str, str]]:
    """挂账: when it is looked at again, or for how long that day has gone by."""
    if row["step"] != "suspended" or row["review_on"] is None:
        return []
    day = row["review_on"].astimezone(LOCAL)
    days = (now.astimezone(LOCAL).date() - day.date()).days
    if now < row["review_on"]:
        return [(_("%(day)s 复查", day=f"{day:%m-%d}"), "info")]
    if days < 1:
        return [(_("今日复查"), "warn")]
    return [(ngettext("复查逾期 %(num)s 天", "复查逾期 %(num)s 天", days), "bad")]


def duration(time: timedelta) -> str:
    """A length of time in the two largest units that people would say."""
    hours = int(time / timedelta(hours=1))
    if hours >= 24:
        return _("%(days)s 天 %(hours)s 小时", days=hours // 24, hours=hours % 24)
    if hours:
        return _("%(hours)s 小时 %(minutes)s 分", hours=hours, minutes=int(time / timedelta(minutes=1)) % 60)
    return ngettext("%(num)s 分钟", "%(num)s 分钟", int(time / timedelta(minutes=1)))


def local_moment(moment: datetime) -> str:
    """With its year, as records show it."""
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def used_share(start: datetime | None, due: datetime | None, now: datetime) -> float | None:
    """How much of the time is gone, 0 to 1."""
    if start is None or due is None or due <= start:
        return None
    return min(1.0, max(0.03, (now - start) / (due - start)))


NEAR = 0.8
"""From this share of its time on an order's own light is yellow."""


def order_light(start: datetime, due: datetime, now: datetime) -> str:
    """An order's own: red past its next deadline, yellow in the last fifth of its time."""
    if now > due:
        return "red"
    return "yellow" if now >= start + (due - start) * NEAR else "green"


def unit_groups(units: Iterable[DirectoryUnit], without: Iterable[str] = ()) -> Groups:
    """Units by level, for a grouped select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units:
        if unit.unit_id not in without:
            groups.setdefault(unit.level, []).append((unit.unit_id, unit.name))
    order = [*LEVELS, *(level for level in groups if level not in LEVELS)]
    return [(_(LEVELS.get(level, level)), groups[level]) for level in order if level in groups]


def leading(active: ActivePack | None, units: Iterable[DirectoryUnit], without: Collection[str]) -> Groups:
    """Units that may lead: not the district as a whole, nor of a level that the pack lets only help (LT-15)."""
    never = {"district", *(active.pack.order.never_lead_levels if active else ())}
    return unit_groups([unit for unit in units if unit.level not in never], without)


def category_words(active: ActivePack) -> Mapping[str, str]:
    """Leaf categories by code."""
    return {code: name for code, (_group, name) in active.pack.category_names().items()}


def urgency_words(active: ActivePack) -> Mapping[str, str]:
    """Classes of urgency by code."""
    return {row.code: active.pack.urgency_name(row.code) for row in active.pack.lists.urgency}


def options(words: Mapping[str, str]) -> Options:
    """Codes with their translated words."""
    return [(code, _(word)) for code, word in words.items()]


async def persons(reads: Reads, unit: str) -> Options:
    """Who belongs to a unit."""
    return [(person.person_id, person.name) for person in await reads.directory.persons_of(unit)]


async def numbers(pool: asyncpg.Pool, case_ids: Iterable[str]) -> Mapping[str, str]:
    """The numbers of cases as they are written."""
    wanted = list(set(case_ids))
    if not wanted:
        return {}
    rows = await pool.fetch("SELECT case_id, programme, case_no FROM case_number WHERE case_id = ANY ($1)", wanted)
    return {row["case_id"]: case_number(row["programme"], row["case_no"]) for row in rows}


def case_row(
    row: asyncpg.Record,
    light: str,
    units: Mapping[str, str],
    categories: Mapping[str, str],
    now: datetime,
    action: Link | None = None,
) -> RowView:
    """A case as a row of the list."""
    running = row["sort_group"] == 0
    lead, territory = row["lead_unit"], row["territory"]
    words: str | None = None
    if running:
        words = days_left(row["finish_by"], now)
    elif row["on_time"] is not None:
        words = _("按期办结") if row["on_time"] else _("逾期办结")
    return RowView(
        href=f"/dispatch/cases/{row['case_id']}",
        light=light,
        title=title_of(row),
        meta=[
            case_number(row["programme"], row["case_no"]),
            units.get(territory, territory) if territory else "",
            categories.get(row["category"], row["category"]) if row["category"] else "",
        ],
        lead=units.get(lead, lead) if lead else None,
        co_count=len(row["co_units"]),
        territory=units.get(territory, territory) if territory else None,
        step=_(labels.STEPS[row["step"]]),
        step_tone=labels.STEP_TONES[row["step"]],
        due_words=words,
        due_date=row["finish_by"] if running else None,
        used=used_share(row["issued_at"], row["finish_by"], now) if running else None,
        updated=row["updated_at"],
        records=row["records"],
        action=action,
        light_word=_(labels.ENDED[row["step"]]) if row["step"] in labels.ENDED else None,
        chips=[*review_chips(row, now), *([(_("典型案例"), "good")] if row["showcased"] else [])],
    )
