"""The words for 通报 on screens; Chinese is the catalogue's key. Grounds and readerships are the pack's own words."""

from contracts.pack import Pack
from services.supervision.web.assess_words import KPIS, ground_word
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

KINDS = {"commend": N_("通报表彰"), "criticise": N_("通报批评"), "expose": N_("通报曝光")}
TONES = {"commend": "good", "criticise": "warn", "expose": "bad"}
SIGNS = {"commend": "award", "criticise": "flag", "expose": "speakerphone"}
STATES = {"standing": N_("有效"), "withdrawn": N_("已撤回")}


def kind_word(kind: str) -> str:
    return _(KINDS[kind])


def kpi_word(kpi: str) -> str:
    return f"{_(KPIS[kpi])} {kpi}" if kpi in KPIS else kpi


def grounds_in_words(pack: Pack) -> list[tuple[str, str]]:
    """Every kind of notice that this programme issues, with its grounds."""
    named = [(kind_word(kind), pack.notice_grounds(kind)) for kind in KINDS]
    return [(word, "、".join(ground_word(row.code) for row in rows)) for word, rows in named if rows]


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
