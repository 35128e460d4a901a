"""The words for codes on supervision's screens; Chinese is the catalogue's key."""

from services.ui.i18n import N_

VERDICTS = {"pass": N_("通过"), "fail": N_("未通过，重办"), "unreachable": N_("未联系上")}
VERDICT_TONES = {"pass": "good", "fail": "bad", "unreachable": "plain"}
LEGS = {"requester": N_("诉求人"), "department": N_("部门方"), "territory": N_("属地方")}
