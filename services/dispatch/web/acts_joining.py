"""Cases that belong together or do not: merged, taken apart again, split. Two streams change together or not at all."""

from dataclasses import replace
from functools import partial

from starlette.exceptions import HTTPException

from services.chassis.decider import Rejected
from services.chassis.handle import Alongside, Outcome
from services.chassis.identity import effect_id
from services.chassis.web import command_id, expected_version, fingerprint
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.joining import NOT_JOINED, absorbing
from services.dispatch.domain.state import Case
from services.dispatch.read import cases
from services.dispatch.read.registered import opening_of, registered_as
from services.dispatch.read.service_lines import whose
from services.dispatch.web import inputs as i
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web.context import CaseContext, case_context
from services.dispatch.web.recusal import barred
from services.ui.i18n import N_

NO_TARGET = N_("没有这件问题；请填写要并入的案件编号。")


async def merge(x: CaseContext, data: ic.MergeInput) -> Outcome:
    """This case goes on in the other one, which takes its requests."""
    other = await _other(x, data.into)
    ours = c.MergeCase(
        x.case_no,
        other.case_id,
        other.case_no,
        data.link,
        data.reason,
        same_programme=other.row["programme"] == x.row["programme"],
    )
    theirs = partial(absorbing, barred=await barred(x.reads, x.state.complained))
    return await _both(x, ours, Alongside(dispatch_case, stream(other.case_id), theirs))


async def undo_merge(x: CaseContext, data: i.ReasonInput) -> Outcome:
    """It stands again, and its requests come back from the case that it had gone on in."""
    into = x.state.merged_into
    if into is None:
        # Refused, unless it is the same command again: then it gets its first answer.
        return await x.perform(c.UndoMerge(x.case_no, data.reason))
    other = await _other(x, into)
    return await _both(
        x,
        c.UndoMerge(x.case_no, data.reason),
        Alongside(dispatch_case, stream(into), c.UndoAbsorption(other.case_no, x.case_id, data.reason)),
    )


async def undo_join(x: CaseContext, data: ic.UndoJoinInput) -> Outcome:
    """The request goes on in a case of its own, as if it had been accepted for itself."""
    try:
        own = await registered_as(x.reads.pool, data.request_id)
    except Rejected as error:
        raise Rejected("not-joined", NOT_JOINED, "request_id") from error
    part = await opening_of(x.reads.pool, effect_id(command_id(x.request), "own-case"), own)
    return await x.perform(c.UndoJoin(x.case_no, data.request_id, data.reason, part))


async def split(x: CaseContext, data: ic.SplitInput) -> Outcome:
    """Each matter becomes a case of its own, of all the case's requests or of those that are named for it."""
    parts = [await _part(x, n, part) for n, part in enumerate(data.parts)]
    return await x.perform(c.SplitCase(x.case_no, data.reason, tuple(parts)))


async def _part(x: CaseContext, n: int, part: ic.PartInput) -> c.OpenCase:
    """Its words stay under the key of the first request it comes from, and who asked is who made that one."""
    ours = x.state.request_ids
    if not set(part.request_ids) <= set(ours):
        raise Rejected("no-such-request", N_("本件没有这件诉求；请从本件的诉求中选择。"), f"parts.{n}.request_ids")
    requests = tuple(dict.fromkeys(part.request_ids)) or ours
    first = await registered_as(x.reads.pool, requests[0])
    key = first.title.key_id
    # Derived from the command's id: sent twice it is the same case.
    own = await opening_of(x.reads.pool, effect_id(command_id(x.request), f"part-{n}"), first)
    if part.territory and part.territory != first.territory_unit:
        line, _asker = await whose(x.reads.pool, first.subject_id, part.territory, elsewhere=True)
        own = replace(own, service_line=line, grid_ids=await x.reads.grid.around(part.territory))
    return replace(
        own,
        request_ids=requests,
        title=await x.sealed(part.title, f"parts.{n}.title", key),
        text=await x.sealed(part.text or part.title, f"parts.{n}.text", key),
        territory_unit=part.territory or x.row["territory"],
        category_hint=part.category or x.row["category"],
        urgency_hint=x.row["urgency"],
        complained_units=x.state.complained,
    )


async def _other(x: CaseContext, named: str) -> CaseContext:
    """The other case, by its id or by its number in the same programme."""
    number = named.rsplit("-", 1)[-1]
    by_number = (
        await cases.by_number(x.reads.pool, x.row["programme"], int(number))
        if number.isascii() and number.isdigit() and len(number) <= cases.LONGEST_NUMBER
        else None
    )
    try:
        return await case_context(x.request, x.user, by_number or named, x.role)
    except HTTPException as error:
        raise Rejected("no-such-case", NO_TARGET, "into") from error


async def _both(x: CaseContext, ours: c.Command, theirs: Alongside[Case, c.Command]) -> Outcome:
    service = x.request.app.state.service
    outcome: Outcome = await service.commands.handle(
        dispatch_case,
        stream(x.case_id),
        ours,
        x.meta(),
        body=fingerprint(x.request),
        expected=expected_version(x.request),
        alongside=(theirs,),
    )
    return outcome
