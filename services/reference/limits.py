"""A pack's time limits as people say them."""

from contracts.duration import Duration, Unit
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext


def limit_words(limit: Duration | None) -> str:
    """A limit as people say it; a dash where there is none."""
    if limit is None:
        return "—"
    n = limit.amount
    match limit.unit:
        case Unit.MINUTE:
            return ngettext("%(num)s 分钟", "%(num)s 分钟", n)
        case Unit.HOUR:
            return ngettext("%(num)s 小时", "%(num)s 小时", n)
        case Unit.WORKING_HOUR:
            return ngettext("%(num)s 个工作小时", "%(num)s 个工作小时", n)
        case Unit.DAY:
            return ngettext("%(num)s 日", "%(num)s 日", n)
        case Unit.WORKING_DAY:
            return ngettext("%(num)s 个工作日", "%(num)s 个工作日", n)
        case Unit.DATE:
            return _("%(day)s 前", day=f"{limit.date:%Y-%m-%d}" if limit.date else "")
        case Unit.SLOT:
            return _("下次调度前")
