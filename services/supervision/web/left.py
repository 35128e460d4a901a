"""What is left of a limit, as the limit counts: working time by the programme's calendar, else days and hours."""

from datetime import datetime, timedelta

from services.chassis.deadlines import Calendar, remaining
from services.chassis.deadlines.working_time import WORKING_UNITS
from services.supervision.domain.warning import unit_of
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
DAYS_FROM = 2
"""From so many days on nobody counts hours."""


def left_words(now: datetime, due: datetime, limit: str | None, calendar: Calendar | None) -> str:
    """「剩 3 个工作日」, 「剩 5.5 个工作小时」, 「逾期 2 天」."""
    unit = unit_of(limit)
    working = unit in WORKING_UNITS and calendar is not None
    left = remaining(now, due, unit, calendar) if working and calendar is not None else due - now
    amount = abs(left)
    day = calendar.full_day() if working and calendar is not None else _DAY
    days = int(amount / day)
    if days >= DAYS_FROM:
        words = (
            ngettext("%(num)s 个工作日", "%(num)s 个工作日", days)
            if working
            else ngettext("%(num)s 天", "%(num)s 天", days)
        )
    else:
        hours = f"{amount / _HOUR:.1f}".removesuffix(".0")
        words = _("%(n)s 个工作小时", n=hours) if working else _("%(n)s 小时", n=hours)
    return _("逾期 %(time)s", time=words) if now > due else _("剩 %(time)s", time=words)
