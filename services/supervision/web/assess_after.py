"""What follows from a final assessment: notices that reward or punish for it (HA-31), and its uses (SH-45)."""

from urllib.parse import urlencode

from services.supervision.paper.bulletin import number
from services.supervision.read import bulletins
from services.supervision.web import assess_acts as act
from services.supervision.web.assess_acts import OnAssessment
from services.supervision.web.bulletin_acts import viewer
from services.supervision.web.bulletin_papers import named
from services.supervision.web.bulletin_words import kind_word
from services.supervision.web.reads import reads
from services.ui.i18n import gettext as _

HERE = "/supervision/assessments"


def uses(x: OnAssessment) -> list[tuple[str, str]]:
    """The uses of a final result, each with where its file lies, for those who take it further (SH-45)."""
    row = x.known.row
    if row.stage != "final" or not x.user.has(*act.SEEING_DRAFTS):
        return []
    return [(use, f"{HERE}/{row.assessment_id}/uses/{n}") for n, use in enumerate(row.uses, start=1)]


def new_notice(x: OnAssessment) -> str | None:
    may = x.known.row.stage == "final" and x.user.has(*x.active.pack.notices.issued_by)
    row = x.known.row
    asked = {"programme": row.programme, "assessment_id": row.assessment_id}
    return f"/supervision/bulletins/new?{urlencode(asked)}" if may else None


async def issued(x: OnAssessment) -> list[tuple[str, str, str, str]]:
    """What followed from it: address, number, kind and who is named (兑现奖惩, HA-31)."""
    rows = await bulletins.on_assessment(
        reads(x.request).pool, viewer(x.user, x.active.pack.notices.issued_by), x.known.row.assessment_id
    )
    names = await named(reads(x.request), rows)
    return [
        (
            f"/supervision/bulletins/{row['bulletin_id']}",
            number(row["bulletin_no"], row["issued_at"]),
            kind_word(row["kind"]) + (_("（已撤回）") if row["withdrawn_at"] else ""),
            "、".join(names.target(code) for code in row["targets"]),
        )
        for row in rows
    ]
