"""The words of rhythms and meetings on screens."""

from contracts.pack import Cadence, Pack, Quota
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

WEEKDAYS = {
    "mon": N_("周一"),
    "tue": N_("周二"),
    "wed": N_("周三"),
    "thu": N_("周四"),
    "fri": N_("周五"),
    "sat": N_("周六"),
    "sun": N_("周日"),
}
ROLLS = {"forward": N_("遇休息日顺延"), "back": N_("遇休息日提前"), "drop": N_("遇休息日不补")}
KINDS = {
    "dispatch": N_("调度会"),
    "four_people": N_("四民会商"),
    "liaison": N_("联络员会议"),
    "special": N_("专题会议"),
}
STATES = {
    "kept": (N_("按期"), "good"),
    "late": (N_("补办"), "warn"),
    "missed": (N_("缺"), "bad"),
    "pending": (N_("待核"), "warn"),
    "open": (N_("待办"), "info"),
}


def every_words(row: Cadence) -> str:
    """How often, in words: 「每半月，1日、16日，遇休息日顺延」."""
    match row.every:
        case "weekly":
            often = _("每周")
        case "half_monthly":
            often = _("每半月")
        case _ if row.months > 1:
            often = _("每 %(n)s 个月", n=row.months)
        case "month_end":
            often = _("每月底")
        case _:
            often = _("每月")
    days = [_(WEEKDAYS[slot]) if isinstance(slot, str) else _("%(n)s 日", n=slot) for slot in row.slots]
    roll = _(ROLLS[row.roll]) if row.roll else ""
    return "，".join(part for part in (often, "、".join(days), roll) if part)


def duty_every(quota: Quota) -> str:
    """On which days a duty is owed: 「每周，周二、周四，遇休息日不补」."""
    often = _("每周") if quota.per == "week" else _("每月")
    days = [_(WEEKDAYS[slot]) if isinstance(slot, str) else _("%(n)s 日", n=slot) for slot in quota.slots]
    return "，".join(
        part for part in (often, "、".join(days), _(ROLLS[quota.holiday]) if quota.holiday else "") if part
    )


def duty_name(quota: Quota) -> str:
    """What a duty is called."""
    return quota.name or quota.kind


def who_owes(quota: Quota, pack: Pack) -> str:
    """The roster, or the role, whose people owe it."""
    return next((row.name for row in pack.lists.roster if row.id == quota.who), None) or pack.role_name(quota.who)


def name_of(row: Cadence, pack: Pack) -> str:
    """What a rhythm is called."""
    if row.name:
        return row.name
    return kind_word(row.meeting) if row.meeting else pack.report(row.report or "").title or row.id


def kind_word(kind: str) -> str:
    """A kind of meeting in words; a pack's own kind is shown as it is."""
    return _(KINDS[kind]) if kind in KINDS else kind
