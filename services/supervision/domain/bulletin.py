"""通报: praise, criticism or exposure of units and persons, on grounds that the pack names (LT-28, LT-29, HA-37).

A person issues it, with what stands behind each ground; it is never changed, only withdrawn with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from contracts.event import Event
from contracts.supervision import Ground, NoticeDeclined, NoticeIssued, NoticeWithdrawn
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

Kind = Literal["commend", "criticise", "expose"]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What deciding needs to know of one notice."""

    bulletin_id: str = ""
    targets: tuple[str, ...] = ()
    withdrawn: bool = False
    declined: bool = False
    """There was only a proposal, and a person decided against it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is named: a unit, or a person of one. `unit` is None where the directory knows neither."""

    code: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class GroundRule:
    """What the pack asks of one ground of this kind of notice."""

    code: str
    cases: bool = False
    kpi: str | None = None
    """The indicator whose value must be named."""

    rectify: bool = False
    """Whether the notice must say until when it is put right."""


@dataclass(frozen=True, slots=True)
class IssueBulletin:
    """Tell it in public. Rules, readerships and who may issue are the pack's; `known_cases` are those of the grounds
    that this service has heard of."""

    bulletin_id: str
    programme_id: str
    kind: Kind
    targets: tuple[Target, ...]
    grounds: tuple[Ground, ...]
    scope: str
    text: str
    at: datetime
    role: str
    unit: str
    rules: tuple[GroundRule, ...]
    issued_by: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    known_cases: frozenset[str] = frozenset()
    rectify_by: datetime | None = None
    assessment_id: str | None = None
    """The assessment whose result it rewards or punishes."""

    assessed: frozenset[str] | None = None
    """Whom that assessment is about; None while no such one of this programme is final."""


@dataclass(frozen=True, slots=True)
class WithdrawBulletin:
    """It should not have been issued; it stays on record."""

    reason: str
    role: str
    issued_by: tuple[str, ...]
    own: frozenset[str] = frozenset()
    """Targets that belong to the unit of the person who withdraws."""


@dataclass(frozen=True, slots=True)
class DeclineProposal:
    """No notice on what the pack proposes now (`proposed`); later facts may propose it again."""

    bulletin_id: str
    programme_id: str
    kind: Kind
    target: Target
    ground: str
    reason: str
    role: str
    unit: str
    issued_by: tuple[str, ...]
    proposed: bool


Command = IssueBulletin | WithdrawBulletin | DeclineProposal


def evolve(bulletin: Bulletin, event: Event) -> Bulletin:
    match event:
        case NoticeIssued() as e:
            return Bulletin(e.bulletin_id, e.targets)
        case NoticeWithdrawn():
            return replace(bulletin, withdrawn=True)
        case NoticeDeclined() as e:
            return Bulletin(e.bulletin_id, declined=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a notice")


def decide(bulletin: Bulletin, command: Command) -> Sequence[Event]:
    match command:
        case IssueBulletin():
            return _issue(bulletin, command)
        case WithdrawBulletin():
            return _withdraw(bulletin, command)
        case DeclineProposal():
            return _decline(bulletin, command)
        case _:
            assert_never(command)


def _issue(bulletin: Bulletin, c: IssueBulletin) -> Sequence[Event]:
    if bulletin.bulletin_id:
        return []
    _may(c.role, c.issued_by)
    _targets(c)
    _grounds(c)
    if c.scopes and c.scope not in c.scopes:
        raise Rejected("scope-not-named", N_("请选择方案规定的通报范围。"), "scope")
    if not c.scope:
        raise Rejected("no-scope", N_("请填写通报范围。"), "scope")
    _rectification(c)
    _assessment(c)
    return [
        NoticeIssued(
            bulletin_id=c.bulletin_id,
            programme_id=c.programme_id,
            kind=c.kind,
            targets=tuple(target.code for target in c.targets),
            grounds=c.grounds,
            scope=c.scope,
            rectify_by=c.rectify_by,
            text=c.text,
            assessment_id=c.assessment_id,
        )
    ]


def _may(role: str, issued_by: tuple[str, ...]) -> None:
    if role not in issued_by:
        raise Rejected("role-may-not", N_("方案没有规定由您的岗位发布或撤回通报。"))


def _targets(c: IssueBulletin) -> None:
    if not c.targets:
        raise Rejected("no-target", N_("请选择通报对象。"), "targets")
    if unknown := [target.code for target in c.targets if target.unit is None]:
        raise Rejected("unknown-target", N_("名录中没有这个单位或人员：{names}。"), "targets", names="、".join(unknown))
    if any(target.unit == c.unit for target in c.targets):
        raise Rejected("own-unit", N_("不能通报本单位或本单位的人员，请由其他单位发布。"), "targets")


def _grounds(c: IssueBulletin) -> None:
    """Each ground once, named by the pack for this kind, with the cases and the value that it asks for."""
    if not c.grounds:
        raise Rejected("no-ground", N_("请至少选择一项方案规定的事由。"), "grounds")
    rules, seen = {rule.code: rule for rule in c.rules}, set[str]()
    for ground in c.grounds:
        at = f"grounds.{ground.code}"
        rule = rules.get(ground.code)
        if rule is None:
            raise Rejected("ground-not-named", N_("方案没有为这类通报规定“{ground}”这项事由。"), at, ground=ground.code)
        if ground.code in seen:
            raise Rejected("ground-twice", N_("同一事由只写一次。"), at)
        seen.add(ground.code)
        if unknown := [case for case in ground.case_ids if case not in c.known_cases]:
            raise Rejected("no-such-case", N_("没有这件问题：{cases}。"), f"{at}.cases", cases="、".join(unknown))
        if rule.cases and not ground.case_ids:
            raise Rejected("ground-without-cases", N_("这项事由须写明所依据的问题编号。"), f"{at}.cases")
        if rule.kpi is not None and (ground.kpi != rule.kpi or ground.value is None):
            raise Rejected("ground-without-value", N_("这项事由须写明所依据指标的数值。"), f"{at}.value")


def _assessment(c: IssueBulletin) -> None:
    """HA-31: only a final result is rewarded or punished, and only of those it is about."""
    if c.assessment_id is None:
        return
    if c.assessed is None:
        raise Rejected("no-such-assessment", N_("没有这项已定案的考核。"), "assessment_id")
    others = [one.code for one in c.targets if not {one.code, one.unit} & c.assessed]
    if others:
        raise Rejected("not-assessed", N_("不是这项考核的对象：{names}。"), "assessment_id", names="、".join(others))


def _rectification(c: IssueBulletin) -> None:
    if c.rectify_by is None:
        asking = {rule.code for rule in c.rules if rule.rectify} & {ground.code for ground in c.grounds}
        if asking:
            raise Rejected("no-rectify-by", N_("方案要求写明整改时限。"), "rectify_by")
        return
    if c.kind == "commend":
        raise Rejected("praise-has-no-deadline", N_("表彰不写整改时限。"), "rectify_by")
    if c.rectify_by <= c.at:
        raise Rejected("rectify-by-past", N_("整改时限应晚于现在。"), "rectify_by")


def _withdraw(bulletin: Bulletin, c: WithdrawBulletin) -> Sequence[Event]:
    if not bulletin.bulletin_id or bulletin.declined:
        raise Rejected("no-such-bulletin", N_("没有这份通报。"))
    if bulletin.withdrawn:
        raise Rejected("bulletin-withdrawn", N_("这份通报已经撤回。"))
    _may(c.role, c.issued_by)
    if c.own & set(bulletin.targets):
        raise Rejected("own-unit", N_("被通报的单位不能撤回通报。"))
    if not c.reason:
        raise Rejected("reason-missing", N_("请写明撤回的理由。"), "reason")
    return [NoticeWithdrawn(bulletin_id=bulletin.bulletin_id, reason=c.reason)]


def _decline(bulletin: Bulletin, c: DeclineProposal) -> Sequence[Event]:
    if bulletin.bulletin_id:
        return []
    _may(c.role, c.issued_by)
    if c.target.unit == c.unit:
        raise Rejected("own-unit", N_("涉及本单位，须由其他单位决定。"))
    if not c.proposed:
        raise Rejected("not-proposed", N_("方案现在没有提请这项通报。"))
    if not c.reason:
        raise Rejected("reason-missing", N_("请写明不通报的理由。"), "reason")
    return [
        NoticeDeclined(
            bulletin_id=c.bulletin_id,
            programme_id=c.programme_id,
            kind=c.kind,
            target=c.target.code,
            ground=c.ground,
            reason=c.reason,
        )
    ]


BULLETIN: Decider[Bulletin, Command] = Decider("bulletin", Bulletin(), evolve, decide)


def stream(bulletin_id: str) -> str:
    """The stream of a notice."""
    return f"bulletin-{bulletin_id}"
