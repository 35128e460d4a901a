"""The words for codes on supervision's screens; Chinese is the catalogue's key."""

from typing import Any

from services.ui.i18n import N_
from services.ui.i18n import gettext as _

VERDICTS = {"pass": N_("通过"), "fail": N_("未通过，重办"), "unreachable": N_("未联系上")}
VERDICT_TONES = {"pass": "good", "fail": "bad", "unreachable": "plain"}
LEGS = {"requester": N_("诉求人"), "department": N_("部门方"), "territory": N_("属地方"), "explanation": N_("解释说明")}


def standing(row: Any) -> tuple[str, str]:
    """How a follow-up stands, with its tone."""
    if row["verdict"]:
        return verdict_word(row), VERDICT_TONES[row["verdict"]]
    return (_("已取消"), "plain") if row["cancelled"] else (_("待回访"), "warn")


def verdict_word(row: Any) -> str:
    """A verdict as people say it; a dissatisfaction that is nobody's fault waits for its explanation."""
    if row["verdict"] == "fail" and row["solved"] and row["attributable"] is False:
        return _("不满意，待解释")
    return _(VERDICTS[row["verdict"]])
