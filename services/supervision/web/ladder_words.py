"""The words for the ladder's codes on screens; Chinese is the catalogue's key."""

from services.reference.words import SLIP_LEVELS
from services.supervision.domain.ladder import Ladder
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

LEVEL_TONES = {"prompt": "plain", "blue": "info", "orange": "warn"}
"""Everything from red on is bad."""

SOURCES = {
    "overdue": N_("逾期"),
    "slow": N_("进展缓慢"),
    "leader_instruction": N_("领导批示"),
    "spot_check": N_("抽查"),
    "follow_up": N_("回访"),
    "falsification": N_("弄虚作假"),
    "office": N_("督查办"),
}
STAGES = {"ordered": N_("整改中"), "reported": N_("待验收"), "passed": N_("已通过"), "lifted": N_("已取消")}
REFERRAL_STAGES = {"proposed": N_("待决定"), "referred": N_("已移送"), "declined": N_("不移送")}
RULES = {
    "unanswered": N_("逾期未反馈"),
    "reply-failed": N_("反馈核查不实"),
    "person": N_("领导决定"),
    "slow": N_("进展缓慢"),
    "check-failed": N_("抽查未通过"),
    "rectification-failed": N_("整改验收未通过"),
    "rectification-overdue": N_("整改逾期"),
}
KINDS_OF_RULE = {
    "breach": N_("期限已过"),
    "follow-up": N_("回访未通过"),
    "misreport": N_("查实虚假"),
    "direct": N_("直接进入"),
    "ladder": N_("督办升到顶"),
}


def level_word(level: str) -> str:
    return _(SLIP_LEVELS[level]) if level in SLIP_LEVELS else level


def level_chip(level: str) -> tuple[str, str]:
    """A level is a word in a colour, never a colour alone."""
    return level_word(level), LEVEL_TONES.get(level, "bad")


def rule_word(rule_id: str | None) -> str:
    """Why a rule issued or raised; what a pack or a later version names stays as it is."""
    if rule_id is None:
        return ""
    kind = rule_id.partition(":")[0]
    word = RULES.get(rule_id) or KINDS_OF_RULE.get(kind)
    return _(word) if word else rule_id


def higher_levels(ladder: Ladder, level: str) -> list[tuple[str, str]]:
    """The steps that a leader may choose from here."""
    return [(one, level_word(one)) for one in ladder.levels if level not in ladder or ladder.rises(level, one)]
