"""A pack's rules as people read them: limits of each class, who leads, who closes, who asks again."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.pack import Pack
from contracts.pack.codes import ROLES
from services.reference.fixture_marks import marked, marked_rows
from services.reference.limits import limit_words
from services.reference.programmes import ActivePack
from services.reference.words import SCOPES
from services.supervision.web.bulletin_words import grounds_in_words
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

CLOSED_BY = {
    "unit_self": N_("由责任单位销号"),
    "office": N_("由活动办销号"),
    "follow_up": N_("回访通过后自动销号"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What one version of a pack decides, in words."""

    limits: Sequence[Sequence[str]]
    """Class, and the time to sign, to contact the requester, to file a plan, to finish."""

    ways: Sequence[tuple[str, str]]
    """Which cases go to whom, the first that fits."""

    policies: Sequence[tuple[str, str]]


def rules_of(active: ActivePack) -> Rules:
    """All of it, in the language of the page; the pack's own words stay as they were written."""
    pack = active.pack
    return Rules(
        marked_rows(
            [
                [pack.urgency_name(row.code), *map(limit_words, (row.sign, row.contact, row.plan, row.finish))]
                for row in pack.lists.urgency
            ],
            active,
            "lists.urgency",
        ),
        [(_when(pack, number), pack.role_name(route.lead)) for number, route in enumerate(pack.lists.route)],
        [
            (_("销号"), _(CLOSED_BY[pack.closure.by])),
            (_("回访"), marked(_follow_up(pack), active, "follow_up.rate", "follow_up.due")),
            (_("抽查"), marked(_checking(pack), active, "check.rate")),
            (_("退单"), marked(_returns(pack), active, "order.max_returns")),
            *_leaders(active),
            *_findings(active),
            *([(_("职责分工"), duties)] if (duties := _duties(pack)) else []),
            (_("工作时间"), marked(_office(pack), active, "calendar.office")),
            *((kind, marked(grounds, active, "lists.notice")) for kind, grounds in grounds_in_words(pack)),
        ],
    )


def _duties(pack: Pack) -> str:
    """Whom the programme charges with what, by its own names: the office, publicity, logistics (DI-09, DI-10)."""
    said = [(ROLES.get(code), name) for code, name in pack.role_names.items()]
    return "；".join(f"{role}：{name}" for role, name in said if role and role != name)


def _returns(pack: Pack) -> str:
    return ngettext("最多 %(num)s 次", "最多 %(num)s 次", pack.order.max_returns)


def _leaders(active: ActivePack) -> list[tuple[str, str]]:
    """领导包案, where the programme asks for it (HA-06)."""
    pack, rule = active.pack, active.pack.order.leader_bound
    if rule is None:
        return []
    leaves = {code: name for code, (_group, name) in pack.category_names().items()}
    named = leaves | {group.code: group.name for group in pack.categories}
    classes = "、".join(named.get(code) or pack.urgency_name(code) for code in rule.classes)
    said = _("%(classes)s：%(within)s内明确包案领导", classes=classes, within=limit_words(rule.within))
    return [(_("领导包案"), marked(said, active, "order.leader_bound"))]


def _findings(active: ActivePack) -> list[tuple[str, str]]:
    """即时报, where the programme asks for it (LT-09)."""
    limit = active.pack.order.analysis_note_by
    if limit is None:
        return []
    said = _("交办后%(within)s内报送对诉求的分析", within=limit_words(limit))
    return [(_("即时报"), marked(said, active, "order.analysis_note_by"))]


def _office(pack: Pack) -> str:
    return " ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in pack.calendar.office)


def _when(pack: Pack, number: int) -> str:
    """The conditions of one route, in the pack's words."""
    when = pack.lists.route[number].when
    parts = [
        _(SCOPES[when.scope]) if when.scope in SCOPES else when.scope,
        pack.urgency_name(when.urgency) if when.urgency else None,
        _("适合专席直接办理") if when.desk_suitable else None,
        _("涉及 %(n)s 个以上部门", n=when.departments_min) if when.departments_min else None,
        when.category,
        when.channel,
    ]
    return " ".join(part for part in parts if part) or _("其余问题")


def _follow_up(pack: Pack) -> str:
    policy = pack.follow_up
    due, who = limit_words(policy.due), pack.role_name(policy.by)
    match policy.mode:
        case "none":
            return _("不回访")
        case "all":
            return _("件件回访，%(due)s内，由%(who)s回访", due=due, who=who)
        case "sample":
            rate = f"{float(policy.rate) * 100:g}"
            return _("抽样 %(rate)s%%，%(due)s内，由%(who)s回访", rate=rate, due=due, who=who)


def _checking(pack: Pack) -> str:
    """By lot only: what `check.mode` says in every pack that says it."""
    policy = pack.check
    who = "、".join(pack.role_name(role) for role in policy.by)
    if policy.rate:
        return _("随机抽取 %(rate)s%%，由%(who)s检查", rate=f"{float(policy.rate) * 100:g}", who=who)
    return _("不定比例，由%(who)s检查", who=who)
