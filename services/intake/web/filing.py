"""Commands on visits and requests: seals what people said, keeps who said it apart, then asks the decider."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import User, command_id, command_meta, perform
from services.chassis.words import N_
from services.intake.domain import request as requests
from services.intake.domain import visit as visits
from services.intake.domain.new_request import NewRequest, Unknown
from services.intake.domain.request import RegisterRequest
from services.intake.domain.visit import RecordVisit
from services.intake.read.case_steps import case_named
from services.intake.web import naming, roles
from services.intake.web.callers import caller_of
from services.intake.web.inputs import (
    AcceptInput,
    AnswerInput,
    HeardInput,
    RedirectInput,
    RejectInput,
    Requester,
    RequestInput,
    SupplementInput,
    VisitInput,
    WithdrawInput,
)
from services.intake.web.reads import Reads, reads
from services.intake.web.sealing import key_of, make_keys, note_key_of, requester_row, sealed_words
from services.reference.programmes import ActivePack


class UnderProgramme(TypedDict):
    """The two attributes of an envelope that name the rules it was decided under."""

    programme: str | None
    pack_version: str | None


def envelope_programme(active: ActivePack | None) -> UnderProgramme:
    """What the envelope says about the programme."""
    return {
        "programme": active.programme_id if active else None,
        "pack_version": str(active.pack_version) if active else None,
    }


async def record_visit(request: Request, user: User, data: VisitInput) -> tuple[str, Outcome]:
    """The visit and its requests in one command. Answers the visit's id, which a repeat finds again."""
    found = reads(request)
    visit_id = data.visit_id or _id_of(request, "visit")
    subject = await naming.subject(found, data.subject)
    heard = [(number, said) for number, said in enumerate(data.requests, 1) if said.text or said.title or said.answer]
    accepting = any(said.accept for _, said in heard) and user.has(*roles.DECIDE)
    active = await (found.active(data.programme) if accepting or data.programme else found.programme())
    visited_at = data.visited_at or found.now
    ids = [f"{visit_id}-{number}" for number, _ in heard]
    who = Requester(name=subject["name"] or "", phone=subject["phone"] or "") if subject else Requester()
    caller = await caller_of(found.pool, who) if heard else None
    await make_keys(found, [*map(key_of, ids), *([note_key_of(visit_id)] if data.note else [])])
    new = [
        await _heard(found, request_id, said, visit_id, subject, visited_at, accepting)
        for request_id, (_, said) in zip(ids, heard, strict=True)
    ]
    if caller is not None:
        new = [replace(one, caller_ref=caller.ref) for one in new]
    grid_ids = await naming.grid_of(found, subject)
    new = [replace(one, grid_ids=grid_ids) for one in new]
    visitors = tuple(data.visitors) or (user.person_id,)
    command = RecordVisit(
        visit_id=visit_id,
        subject_id=data.subject,
        visitors=visitors,
        roster=await known_persons(found, visitors),
        outcome=data.outcome,
        visited_at=visited_at,
        at=found.now,
        territory_unit=subject["territory_unit"] if subject else None,
        mode=data.mode,
        basis=data.basis,
        bases=active.pack.taxonomy.contact_basis if active else (),
        topics=tuple(data.topics),
        content=tuple(dict.fromkeys(data.content)),
        listed=active.pack.taxonomy.visit_content if active else (),
        interviewees=tuple(data.interviewees),
        note=await found.keys.seal(data.note, note_key_of(visit_id)) if data.note else None,
        requests=tuple(new),
        captured_at=data.captured_at,
        grid_ids=grid_ids,
        unknown=await naming.unknown_units(
            found, [(f"requests.{number - 1}.complained", unit) for number, said in heard for unit in said.complained]
        ),
    )
    side = [row for request_id in ids for row in requester_row(request_id, who, caller=caller)]
    meta = command_meta(
        request,
        user,
        role=roles.acting(user, roles.VISIT),
        occurred_at=visited_at,
        captured_at=data.captured_at,
        **envelope_programme(active),
    )
    outcome = await perform(request, visits.visit, visits.stream(visit_id), command, meta, side=side)
    return visit_id, outcome


def _id_of(request: Request, kind: str) -> str:
    """Of what the sender gave no id: the same command makes the same one again."""
    return str(uuid5(NAMESPACE_URL, f"huiyin:{kind}:{command_id(request)}"))


async def _heard(
    found: Reads, request_id: str, said: HeardInput, visit_id: str, subject: Any, at: datetime, accepting: bool
) -> NewRequest:
    words = await sealed_words(found, request_id, said)
    known = bool(subject and (subject["name"] or subject["phone"]))
    return NewRequest(
        request_id,
        words.title,
        words.text,
        at,
        channel="visit",
        origin="proactive",
        visit_id=visit_id,
        subject_id=subject["subject_id"] if subject else None,
        requester_ref=f"q-{request_id}" if known else None,
        follow_up_consent=said.consent,
        category_hint=said.category,
        urgency_hint=said.urgency,
        territory_unit=subject["territory_unit"] if subject else None,
        complained_units=tuple(said.complained),
        accept=said.accept and accepting,
        answer=words.answer,
    )


async def known_persons(found: Reads, visitors: Sequence[str]) -> frozenset[str]:
    """Those of these persons whom the directory has; a read model that is behind is waited for once."""
    known = frozenset(await found.directory.person_names(visitors))
    if known.issuperset(visitors):
        return known
    await found.caught_up("persons")
    return frozenset(await found.directory.person_names(visitors))


async def register(request: Request, user: User, data: RequestInput) -> tuple[str, Outcome]:
    """A request by telephone, letter or at the window. Its id comes from the command's id, so that a repeat is one."""
    found = reads(request)
    request_id = data.request_id or _id_of(request, "request")
    accepting = data.accept and not data.answer and user.has(*roles.DECIDE)
    active = await (found.active(data.programme) if accepting or data.programme else found.programme())
    await make_keys(found, [key_of(request_id)])
    words = await sealed_words(found, request_id, data)
    caller = await caller_of(found.pool, data.requester)
    side = requester_row(request_id, data.requester, caller=caller)
    received_at = data.received_at or found.now
    about = await naming.subject(found, data.subject) if data.subject else None
    new = NewRequest(
        request_id,
        words.title,
        words.text,
        received_at,
        channel=data.channel,
        kind=data.kind,
        subject_id=data.subject,
        requester_ref=f"q-{request_id}" if side else None,
        caller_ref=caller.ref if caller else None,
        confidential=data.confidential,
        follow_up_consent=data.consent,
        category_hint=data.category,
        urgency_hint=data.urgency,
        territory_unit=data.territory,
        grid_ids=await naming.grid_of(found, about, data.territory),
        complained_units=tuple(data.complained),
        source_ref=data.source_ref,
        accept=accepting,
        answer=words.answer,
    )
    meta = command_meta(
        request,
        user,
        role=roles.acting(user, roles.REGISTER),
        occurred_at=received_at,
        **envelope_programme(active),
    )
    unknown = (Unknown("subject", "subject"),) if data.subject and about is None else ()
    command = RegisterRequest(new, found.now, (*await _unknown(found, data), *unknown))
    outcome = await perform(request, requests.request, requests.stream(request_id), command, meta, side=side)
    return request_id, outcome


async def _unknown(found: Reads, data: RequestInput) -> tuple[Unknown, ...]:
    named = [("complained", unit) for unit in data.complained]
    return await naming.unknown_units(found, [*([("territory", data.territory)] if data.territory else []), *named])


async def accept(request: Request, user: User, request_id: str, data: AcceptInput) -> Outcome:
    """Under the rules of a programme that is in force."""
    found = reads(request)
    known = await found.pool.fetchval("SELECT programme FROM request_row WHERE request_id = $1", request_id)
    active = await found.active(data.programme or known)
    joined = await case_named(found.pool, data.join_case) if data.join_case else None
    if data.join_case and joined is None:
        raise Rejected("no-such-case", N_("没有这件问题；请填写已立案的案件。"), "join_case")
    command = requests.AcceptRequest(data.note, joined, data.join_as)
    return await _decide(request, user, request_id, command, active)


async def answer(request: Request, user: User, request_id: str, data: AnswerInput) -> Outcome:
    """Settled on the spot."""
    found = reads(request)
    sealed = None
    if data.answer and await found.keys.get(key_of(request_id)) is not None:
        sealed = await found.keys.seal(data.answer, key_of(request_id))
    command = requests.AnswerRequest(sealed, data.answered_at or found.now, found.now)
    return await _decide(request, user, request_id, command, None)


async def reject(request: Request, user: User, request_id: str, data: RejectInput) -> Outcome:
    """Turned down, and told so."""
    now = reads(request).now
    command = requests.RejectRequest(data.reason_code, data.reason, data.told_at, now, data.channel_told)
    return await _decide(request, user, request_id, command, None)


async def redirect(request: Request, user: User, request_id: str, data: RedirectInput) -> Outcome:
    """For another channel, and told so."""
    now = reads(request).now
    command = requests.RedirectRequest(data.reason_code, data.channel, data.told_at, now)
    return await _decide(request, user, request_id, command, None)


async def withdraw(request: Request, user: User, request_id: str, data: WithdrawInput) -> Outcome:
    """Taken back by whoever asked."""
    return await _decide(request, user, request_id, requests.WithdrawRequest(data.reason), None)


async def supplement(request: Request, user: User, request_id: str, data: SupplementInput) -> Outcome:
    """More about it, sealed as its own words are; dispatch tells it in the request's case."""
    found = reads(request)
    sealed = None
    if data.text and await found.keys.get(key_of(request_id)) is not None:
        sealed = await found.keys.seal(data.text, key_of(request_id))
    known = await found.pool.fetchval("SELECT programme FROM request_row WHERE request_id = $1", request_id)
    active = await found.programme(known) if known else None
    meta = command_meta(request, user, role=roles.acting(user, roles.SUPPLEMENT), **envelope_programme(active))
    command = requests.SupplementRequest(sealed)
    return await perform(request, requests.request, requests.stream(request_id), command, meta)


async def _decide(
    request: Request,
    user: User,
    request_id: str,
    command: requests.Command,
    active: ActivePack | None,
) -> Outcome:
    meta = command_meta(request, user, role=roles.acting(user, roles.DECIDE), **envelope_programme(active))
    return await perform(request, requests.request, requests.stream(request_id), command, meta)
