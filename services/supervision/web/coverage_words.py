"""The words of coverage; Chinese is the catalogue's key."""

from fractions import Fraction

from contracts.pack.covering import Coverage, Duty, Population
from services.reference.coverage.members import Member
from services.reference.coverage.rules import Watched
from services.reference.words import CHANNELS
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

STATES = {
    "empty": (N_("名册为空"), "plain"),
    "open": (N_("进行中"), "info"),
    "near": (N_("临近期限"), "warn"),
    "pending": (N_("到期待核"), "warn"),
    "reached": (N_("已达到"), "good"),
    "claimed": (N_("已声明完成"), "good"),
    "reopened": (N_("声明后又有未到的"), "bad"),
    "late": (N_("逾期后达到"), "warn"),
    "missed": (N_("● 逾期未达到"), "bad"),
}

SIZES = {"small": N_("较小"), "medium": N_("中间"), "large": N_("较大")}
"""A pack may use words of its own."""

KINDS = {
    "household": N_("家庭"),
    "enterprise": N_("企业"),
    "village": N_("村"),
    "community": N_("社区"),
    "unit": N_("单位"),
    "grid": N_("网格"),
    "case": N_("重点问题"),
}

DUTIES: dict[Duty, str] = {
    "visit": N_("参与入户走访"),
    "collect_requests": N_("搜集诉求"),
    "residents_meeting": N_("居民议事"),
}

MODES = {"doorstep": N_("上门"), "interview": N_("约谈"), "symposium": N_("座谈"), "phone": N_("电话")}


def percent(share: Fraction | None) -> str:
    """`98.94%`, rounded half up; a dash of nobody."""
    if share is None:
        return "—"
    hundredths = (2 * share.numerator * 10_000 + share.denominator) // (2 * share.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def size_word(size: str | None) -> str:
    return _(SIZES[size]) if size in SIZES else size or _("未定")


def asked_words(one: Watched) -> list[str]:
    """What is asked for, in words."""
    rule, said = one.rule, []
    if isinstance(rule, Coverage):
        if rule.by_size:
            parts = [f"{size_word(size)} {part.numerator}/{part.denominator}" for size, part in rule.by_size.items()]
            said.append(_("按乡镇规模：%(parts)s，不足一个的计一个", parts="、".join(parts)))
        elif rule.part(None) < 1:
            said.append(_("应达到 %(share)s", share=percent(rule.part(None))))
        if rule.modes:
            said.append(_("计入：%(modes)s", modes="、".join(_(MODES[mode]) for mode in rule.modes)))
    elif rule.participation is not None and rule.participation < 1:
        said.append(_("应达到 %(share)s", share=percent(Fraction(rule.participation))))
    group = one.group
    if isinstance(group, Population):
        if group.tags:
            said.append("、".join(group.tags))
        if group.repeat_caller:
            rule_of = group.repeat_caller
            by = "、".join(_(CHANNELS[channel]) for channel in rule_of.channels)
            said.append(_("%(days)s 天内%(by)s %(calls)s 次及以上", days=rule_of.days, by=by, calls=rule_of.calls))
    return said


def why_words(member: Member) -> list[str]:
    """What somebody is, and why they stand on the list."""
    said = [_(KINDS[member.kind])] if member.kind in KINDS else []
    said += member.tags
    if member.erased:
        said.append(_("个人信息已删除"))
    if member.what == "caller":
        said.append(_("来电人（未对应到走访对象）"))
    if member.calls:
        said.append(ngettext("多次来电 %(num)s 件", "多次来电 %(num)s 件", len(member.calls)))
    return said


def counted(number: int, unit: str) -> str:
    found = ngettext("共 %(num)s 个", "共 %(num)s 个", number)
    return f"{unit} {found}" if unit else found
