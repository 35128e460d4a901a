"""The words for 通报 on screens; Chinese is the catalogue's key. Grounds and readerships are the pack's own words."""

from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

KINDS = {"commend": N_("通报表彰"), "criticise": N_("通报批评"), "expose": N_("通报曝光")}
TONES = {"commend": "good", "criticise": "warn", "expose": "bad"}
SIGNS = {"commend": "award", "criticise": "flag", "expose": "speakerphone"}
STATES = {"standing": N_("有效"), "withdrawn": N_("已撤回")}

KPIS = {
    "K01": N_("走访人次"),
    "K07": N_("走访覆盖率"),
    "K08": N_("参与率"),
    "K14a": N_("响应率"),
    "K14b": N_("响应率（回访）"),
    "K15": N_("办结率"),
    "K16a": N_("解决率"),
    "K16b": N_("解决率（回访）"),
    "K17": N_("满意率"),
    "K18": N_("按期办结率"),
    "K21": N_("销号率"),
    "K22": N_("回访率"),
    "K23": N_("退单率"),
    "K24": N_("重办率"),
    "K25": N_("签收及时率"),
    "K28": N_("督办办结率"),
    "K29": N_("抽查合格率"),
    "K34": N_("例会按期率"),
}
"""Indicators that grounds of a notice rest on; any other stands under its code."""


def kind_word(kind: str) -> str:
    return _(KINDS[kind])


def kpi_word(kpi: str) -> str:
    return f"{_(KPIS[kpi])} {kpi}" if kpi in KPIS else kpi


def why(proposed_on: str, found: int, days: int) -> str:
    """Why the pack proposes a notice, with what was counted."""
    said = {"days": days}
    match proposed_on:
        case "slips":
            text = ngettext("近 %(days)s 天有 %(num)s 份督办单", "近 %(days)s 天有 %(num)s 份督办单", found, **said)
        case "misreports":
            text = ngettext("近 %(days)s 天查实 %(num)s 次", "近 %(days)s 天查实 %(num)s 次", found, **said)
        case "dissatisfied":
            text = ngettext(
                "近 %(days)s 天有 %(num)s 件回访不满意", "近 %(days)s 天有 %(num)s 件回访不满意", found, **said
            )
        case "satisfied":
            text = ngettext(
                "近 %(days)s 天有 %(num)s 件回访满意，没有未通过的",
                "近 %(days)s 天有 %(num)s 件回访满意，没有未通过的",
                found,
                **said,
            )
        case "missed_slots":
            text = ngettext(
                "近 %(days)s 天缺 %(num)s 次例会或报表", "近 %(days)s 天缺 %(num)s 次例会或报表", found, **said
            )
        case _:
            raise ValueError(f"nothing proposes on {proposed_on!r}")
    return text
