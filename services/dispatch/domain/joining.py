"""Requests and cases that belong together, and taking them apart again."""

from collections.abc import Collection, Sequence

from contracts.dispatch import (
    AbsorptionUndone,
    CaseAbsorbed,
    CaseMerged,
    CaseSplit,
    JoinUndone,
    MergeUndone,
    RequestJoined,
    RequestLink,
)
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    AbsorbCase,
    JoinRequest,
    MergeCase,
    SplitCase,
    UndoAbsorption,
    UndoJoin,
    UndoMerge,
)
from services.dispatch.domain.issuing import all_cancelled
from services.dispatch.domain.opening import opened
from services.dispatch.domain.refusing import ENDINGS, refuse_empty, refuse_ended, refuse_finished
from services.dispatch.domain.state import DONE, Case, Status

NOT_JOINED = N_("这件诉求不是并入本件的；请从并入的诉求中选择。")

PARTS_AT_LEAST = 2
"""One part would be the case itself."""


def join(case: Case, c: JoinRequest) -> Sequence[Event]:
    """Another request about the same matter."""
    if c.request_id in case.request_ids:
        return []
    _refuse_joining(case, c.link, {*c.complained_units, *c.barred})
    return [
        RequestJoined(
            case_id=case.case_id,
            case_no=c.case_no,
            request_id=c.request_id,
            link=c.link,
            channel=c.channel,
            requester_ref=c.requester_ref,
            visit_id=c.visit_id,
            title=c.title,
            text=c.text,
            received_at=c.received_at,
            complained_units=c.complained_units,
        )
    ]


def undo_join(case: Case, c: UndoJoin) -> Sequence[Event]:
    """Also when this case is done by now: the other matter was never this one. Not when it has gone on itself."""
    joined = next((one for one in case.joined if one.request_id == c.request_id), None)
    if joined is None:
        raise Rejected("not-joined", NOT_JOINED, "request_id")
    if case.status in (Status.MERGED, Status.SPLIT):
        raise Rejected("gone-on", N_("此件其后又已并案或拆分，不能先撤销这次并案。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明撤销并案的理由。"), "reason")
    undone = JoinUndone(
        case_id=case.case_id,
        case_no=c.case_no,
        request_id=c.request_id,
        into=c.part.case_id,
        complained_units=joined.complained,
        reason=c.reason,
    )
    # Of the old case it takes along where it came from, not whom others complain of there.
    own = opened(c.part).model_copy(update={"split_from": case.case_id, "complained_units": joined.complained})
    return [undone, own]


def _refuse_joining(case: Case, link: RequestLink, barred: Collection[str]) -> None:
    """What is handled already only answers a repeat; and nobody comes to handle a complaint about themselves."""
    refuse_ended(case)
    if case.status in DONE and link != "repeat":
        raise Rejected("case-finished", N_("此件已办结；只能作为重复诉求并入，或另行立案。"), "link")
    if any(order.unit in barred for order in case.working):
        raise Rejected("complained-unit", N_("诉求反映的是此件的承办单位或其上级，不能并入。"))


def merge(case: Case, c: MergeCase) -> Sequence[Event]:
    """并案: orders that still run end here and say so; the requests go over as one."""
    if case.status is Status.MERGED and case.merged_into == c.into:
        return []
    refuse_finished(case)
    if c.into == case.case_id:
        raise Rejected("merge-into-self", N_("不能并入自身。"), "into")
    if not c.same_programme:
        raise Rejected("other-programme", N_("只能并入同一活动的问题。"), "into")
    refuse_empty(c.reason, "reason-missing", N_("请写明并案的理由。"), "reason")
    merged = CaseMerged(
        case_id=case.case_id,
        case_no=c.case_no,
        into=c.into,
        into_no=c.into_no,
        request_ids=case.request_ids,
        link=c.link,
        reason=c.reason,
        complained_units=case.complained,
    )
    return [*all_cancelled(case, c.case_no, "merged", c.reason), merged]


def absorbing(merging: Sequence[Event], barred: frozenset[str] = frozenset()) -> AbsorbCase:
    """What the target of a merge is asked, from what the source decided; nothing where it was merged there before."""
    merged = next((event for event in merging if isinstance(event, CaseMerged)), None)
    if merged is None:
        raise Rejected("case-ended", ENDINGS[Status.MERGED], "into")
    return AbsorbCase(
        merged.into_no,
        merged.case_id,
        merged.case_no,
        merged.request_ids,
        merged.link,
        merged.complained_units,
        barred,
    )


def absorb(case: Case, c: AbsorbCase) -> Sequence[Event]:
    """The other side: this case now answers for those requests too."""
    if any(one.case_id == c.from_case for one in case.absorbed):
        return []
    _refuse_joining(case, c.link, {*c.complained_units, *c.barred})
    return [
        CaseAbsorbed(
            case_id=case.case_id,
            case_no=c.case_no,
            from_case=c.from_case,
            from_no=c.from_no,
            request_ids=c.request_ids,
            link=c.link,
            complained_units=c.complained_units,
        )
    ]


def undo_merge(case: Case, c: UndoMerge) -> Sequence[Event]:
    """The case stands again where it stood, or at its beginning if its orders had to go."""
    if case.status is not Status.MERGED or case.merged_into is None:
        raise Rejected("not-merged", N_("此件没有并入其他问题。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明撤销并案的理由。"), "reason")
    return [MergeUndone(case_id=case.case_id, case_no=c.case_no, from_case=case.merged_into, reason=c.reason)]


def undo_absorption(case: Case, c: UndoAbsorption) -> Sequence[Event]:
    """Also when this case is done by now: the other matter was never this one. Not when it has gone on itself."""
    taken = next((one for one in case.absorbed if one.case_id == c.to_case), None)
    if taken is None:
        raise Rejected("not-absorbed", N_("那件问题没有并入此件。"))
    if case.status in (Status.MERGED, Status.SPLIT):
        raise Rejected("gone-on", N_("此件其后又已并案或拆分，不能先撤销这次并案。"))
    return [
        AbsorptionUndone(
            case_id=case.case_id,
            case_no=c.case_no,
            to_case=c.to_case,
            request_ids=taken.request_ids,
            reason=c.reason,
        )
    ]


def split(case: Case, c: SplitCase) -> Sequence[Event]:
    """This case ends; every request of it goes on in at least one of the parts (件件有着落)."""
    into = tuple(part.case_id for part in c.parts)
    if case.status is Status.SPLIT and case.split_into == into:
        return []
    refuse_finished(case)
    refuse_empty(c.reason, "reason-missing", N_("请写明拆分的理由。"), "reason")
    if len(set(into) - {case.case_id}) != len(into) or len(into) < PARTS_AT_LEAST:
        raise Rejected("too-few-parts", N_("至少拆分为两件不同的问题。"), "parts")
    requests = {request for part in c.parts for request in part.request_ids}
    if requests != set(case.request_ids) or not all(part.request_ids for part in c.parts):
        raise Rejected("requests-left-over", N_("每件诉求都须归入拆分后的问题。"), "parts")
    ended = CaseSplit(case_id=case.case_id, case_no=c.case_no, into=into, reason=c.reason)
    gone = all_cancelled(case, c.case_no, "split", c.reason)
    return [*gone, ended, *(opened(part, split_from=case) for part in c.parts)]
