"""Proposes where a case goes, by the pack's rules in the order of the routing, and says why; a person decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from contracts.duration import Duration, Unit
from contracts.pack import CaseFacts, Pack, RouteHit
from services.dispatch.domain.packrules import NO_RULE
from services.dispatch.domain.whereabouts import DirectoryUnit, Found, Units

LIMITS: dict[Unit, tuple[str, str]] = {
    Unit.MINUTE: (" 分钟", " minutes"),
    Unit.HOUR: (" 小时", " hours"),
    Unit.WORKING_HOUR: (" 个工作小时", " working hours"),
    Unit.DAY: (" 天", " days"),
    Unit.WORKING_DAY: (" 个工作日", " working days"),
}

SIDES = {
    "inside_wall": ("（围墙内，帮办）", " inside the wall, assisted"),
    "outside_wall": ("（围墙外，包办）", " outside the wall, undertaken"),
}
"""围墙内的事帮办，围墙外的事包办 (HA-16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """Everything known of a case when it is routed. What nobody has said yet stays as it is here."""

    case: CaseFacts
    text: str = ""
    """Title and text as far as they could be opened; only words of redirect classes are looked for."""
    territory: str | None = None
    departments: tuple[str, ...] = ()
    """Departments that the dispatcher says are concerned."""
    designated: str | None = None
    """The lead that the main leader named."""
    complained: tuple[str, ...] = ()
    cells: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By layer of the grid the units of the cell that the case lies in and of those above it, the nearest first."""
    interested: tuple[str, ...] = ()
    """Units with a personal interest of their own in the matter."""
    redirect_class: str | None = None
    """A redirect class that a person chose."""
    handled: str | None = None
    """The number of the case in which this requester's same matter was handled already."""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Redirection:
    """Not a case: another channel takes it, or the requester is told why nothing more is done."""

    kind: Literal["emergency", "legal", "handled", "secret"]
    code: str
    channel: str
    """Where to, or the number of the case that holds the result."""
    word: str | None = None
    """The word of the text that made one think of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSuggestion:
    """A proposal: units, the rule that made it, and the reason in words. Without a lead, somebody must name one."""

    rule_id: str
    reason_zh: str
    reason_en: str
    lead: str | None = None
    co: tuple[str, ...] = ()
    territory: str | None = None
    order_kind: str = "assign"
    redirect: Redirection | None = None
    designate_by: str | None = None
    """The role that must name the lead first (LT-16)."""
    decide_by: str | None = None
    """The role that decides because no rule led to a unit."""
    decide_within: Duration | None = None
    issued_by: str | None = None
    prepared_by: str | None = None
    supervised_by: str | None = None
    report: str | None = None
    excluded: tuple[str, ...] = ()
    """Units that may not handle it: complained of, interested, and what stands below them."""

    def reason(self, language: str) -> str:
        """In the language of the screen."""
        return self.reason_zh if language == "zh" else self.reason_en


@dataclass
class _Reasons:
    """Sentences in both languages, in the order they were found."""

    zh: list[str] = field(default_factory=list)
    en: list[str] = field(default_factory=list)

    def add(self, zh: str, en: str) -> None:
        self.zh.append(zh)
        self.en.append(en)

    def both(self) -> tuple[str, str]:
        return "；".join(self.zh), "; ".join(self.en)


@dataclass(frozen=True, slots=True)
class _Way:
    """The units of a proposal."""

    lead: str | None
    co: tuple[str, ...] = ()
    territory: str | None = None
    designate_by: str | None = None


def suggest_route(pack: Pack, facts: RouteFacts, directory: Sequence[DirectoryUnit]) -> RouteSuggestion:
    """Redirect classes first, then what was handled before, then the pack's routes; without a hit the fallback role."""
    if away := next(_elsewhere(pack, facts), None):
        return away
    units = Units(pack, directory, facts.complained, facts.interested, facts.cells)
    reasons = _Reasons()
    for unit in (*facts.complained, *facts.interested):
        reasons.add(f"{units.name(unit)}须回避", f"{units.name(unit)} is recused")
    departments = _departments(pack, facts, units)
    hit = pack.route(replace(facts.case, departments=max(facts.case.departments, len(departments))))
    if hit is None:
        reasons.add("没有规则适用", "no rule applies")
        return _fallback(pack, units, reasons)
    if hit.designated_by is not None:
        return _designated(pack, facts, units, hit, departments, reasons)
    found = units.find(pack.place(hit.lead), facts.case.category, facts.territory)
    if found is None:
        role = pack.role_name(hit.lead)
        reasons.add(
            f"{hit.rule_id} 定由{role}主办，但找不到可交办的单位", f"{hit.rule_id} names {role}, but no such unit"
        )
        return _fallback(pack, units, reasons)
    reasons.add(f"{hit.rule_id} {_condition(pack, facts)}由{pack.role_name(hit.lead)}主办", _led_by(pack, facts, hit))
    reasons.add(found.zh, found.en)
    return _made(pack, facts, units, hit, found, departments, reasons)


def _elsewhere(pack: Pack, facts: RouteFacts) -> Iterator[RouteSuggestion]:
    """(1) emergency, (2) legal channel, (3) handled before, (4) secret; in this order."""
    for kind in ("emergency", "legal"):
        for number, row in enumerate(pack.lists.redirect, start=1):
            word = next((word for word in row.words if word in facts.text), None)
            if row.kind != kind or (facts.redirect_class != row.code and word is None):
                continue
            zh = f"{row.name}，应转 {row.channel}" + (f"（文中有「{word}」）" if word else "")
            en = f"{row.name}: for {row.channel}" + (f" (the text says 「{word}」)" if word else "")
            away = Redirection(row.kind, row.code, row.channel, word)
            yield _away(f"redirect[{number}]", away, zh, en)
    if facts.handled is not None:
        zh, en = (
            f"同一诉求人的同一事项已在 {facts.handled} 办理，告知结果",
            f"handled already in {facts.handled}: tell the result",
        )
        yield _away("handled", Redirection("handled", "handled", facts.handled), zh, en)
    if facts.secret:
        zh, en = "涉及国家秘密、商业秘密或个人隐私，向诉求人说明", "secret or private: explain to the requester"
        yield _away("secret", Redirection("secret", "secret", ""), zh, en)


def _away(rule_id: str, away: Redirection, zh: str, en: str) -> RouteSuggestion:
    return RouteSuggestion(rule_id=rule_id, reason_zh=zh, reason_en=en, redirect=away, order_kind="redirect")


def _departments(pack: Pack, facts: RouteFacts, units: Units) -> tuple[str, ...]:
    """Who is concerned: whom the dispatcher named, and whom 派单目录 names for the category."""
    row = pack.directory_row(facts.case.category)
    listed = (row[1].lead, *row[1].co) if row else ()
    return tuple(unit for unit in dict.fromkeys((*facts.departments, *listed)) if units.may_handle(unit))


def _made(
    pack: Pack, facts: RouteFacts, units: Units, hit: RouteHit, found: Found, named: Sequence[str], reasons: _Reasons
) -> RouteSuggestion:
    """With a lead: the other departments help where departments lead; the territory stands beside them."""
    among = named if found.unit in named or found.co else facts.departments
    co = tuple(unit for unit in dict.fromkeys((*found.co, *among)) if unit != found.unit and units.may_handle(unit))
    territory = _territory(pack, facts, units, hit, found.unit, reasons)
    way = _Way(found.unit, tuple(unit for unit in co if unit != territory), territory)
    if co and facts.designated is None and pack.order.multi_department_lead:
        who = pack.order.multi_department_lead
        reasons.add(
            f"涉及多个单位，由{pack.role_name(who)}确定牵头单位", f"several units: {pack.role_name(who)} names the lead"
        )
        way = replace(way, designate_by=who)
    return _by(hit, way, units, reasons)


def _designated(
    pack: Pack, facts: RouteFacts, units: Units, hit: RouteHit, named: Sequence[str], reasons: _Reasons
) -> RouteSuggestion:
    """Two departments or more: the main leader says who leads; until then there is none (LT-16)."""
    who = pack.role_name(hit.designated_by or "")
    lead = facts.designated if facts.designated and units.may_lead(facts.designated) else None
    shown = "、".join(units.name(unit) for unit in named)
    if lead is None:
        reasons.add(
            f"{hit.rule_id} 涉及{shown}，由{who}确定牵头单位", f"{hit.rule_id} concerns {shown}: {who} names the lead"
        )
    else:
        reasons.add(f"{hit.rule_id} {who}确定由{units.name(lead)}牵头", f"{hit.rule_id} {who} named {units.name(lead)}")
    territory = _territory(pack, facts, units, hit, lead, reasons)
    co = tuple(unit for unit in named if unit not in (lead, territory))
    return _by(hit, _Way(lead, co, territory, hit.designated_by if lead is None else None), units, reasons)


def _territory(
    pack: Pack, facts: RouteFacts, units: Units, hit: RouteHit, lead: str | None, reasons: _Reasons
) -> str | None:
    """双向派单: the territory gets its own order, unless it leads or is recused."""
    if hit.territory is None or facts.territory is None or facts.territory == lead:
        return None
    if not units.may_handle(facts.territory):
        reasons.add(f"属地{units.name(facts.territory)}不能交办", f"{units.name(facts.territory)} cannot be given it")
        return None
    role = pack.role_name(hit.territory)
    reasons.add(f"同时派{role}{units.name(facts.territory)}", f"and to {units.name(facts.territory)} as {role}")
    return facts.territory


def _fallback(pack: Pack, units: Units, reasons: _Reasons) -> RouteSuggestion:
    """(9) whoever the pack names decides within its limit."""
    order = pack.order
    who, (zh, en) = pack.role_name(order.fallback_role), _limit(order.fallback_by)
    reasons.add(f"由{who}在{zh}内决定（兜底）", f"{who} decides within{en}")
    said_zh, said_en = reasons.both()
    return RouteSuggestion(
        rule_id=NO_RULE,
        reason_zh=said_zh,
        reason_en=said_en,
        decide_by=order.fallback_role,
        decide_within=order.fallback_by,
        excluded=units.barred,
    )


def _by(hit: RouteHit, way: _Way, units: Units, reasons: _Reasons) -> RouteSuggestion:
    zh, en = reasons.both()
    return RouteSuggestion(
        rule_id=hit.rule_id,
        reason_zh=zh,
        reason_en=en,
        lead=way.lead,
        co=way.co,
        territory=way.territory,
        order_kind=hit.order_kind,
        designate_by=way.designate_by,
        issued_by=hit.issued_by,
        prepared_by=hit.prepared_by,
        supervised_by=hit.supervised_by,
        report=hit.report,
        excluded=units.barred,
    )


def _condition(pack: Pack, facts: RouteFacts) -> str:
    scope = facts.case.scope
    desk = "、适合专席办理" if facts.case.desk_suitable else ""
    side = SIDES.get(facts.case.site_scope or "", ("", ""))[0]
    return f"{pack.scope_name(scope)}问题{desk}{side}" if scope else side


def _led_by(pack: Pack, facts: RouteFacts, hit: RouteHit) -> str:
    side = SIDES.get(facts.case.site_scope or "", ("", ""))[1]
    return f"{hit.rule_id} {facts.case.scope or 'the'} matter{side}: led by {pack.role_name(hit.lead)}"


def _limit(limit: Duration) -> tuple[str, str]:
    words = LIMITS.get(limit.unit)
    return (f" {limit.amount}{words[0]}", f" {limit.amount}{words[1]}") if words else (f" {limit} ", f" {limit}")
