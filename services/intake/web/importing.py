"""Messages of another system, a hundred at a time: each stands by itself, and the same message twice is one."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError
from starlette.requests import Request

from contracts.envelope import Meta
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.log.types import CommandReused, EventTooLarge
from services.chassis.telemetry import current_traceparent
from services.chassis.web import User, language, translate
from services.chassis.web.wording import wording
from services.chassis.words import N_
from services.intake.domain.new_request import NewRequest, Unknown
from services.intake.domain.request import AcceptRequest, RegisterRequest, request, stream
from services.intake.web import naming, roles
from services.intake.web.callers import Caller, callers, known_by
from services.intake.web.filing import envelope_programme
from services.intake.web.inputs import BatchInput, BatchItem, HeardInput, Requester
from services.intake.web.reads import Reads, reads
from services.intake.web.sealing import key_of, make_keys, requester_row, sealed_words
from services.reference.programmes import ActivePack

OTHER_CONTENT = N_("同一编号的留言内容不同。")
TOO_LONG = N_("内容太长。")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one item: created, repeated (it was there already) or refused with its reason."""

    index: int
    status: str
    request_id: str | None = None
    position: str | None = None
    code: str | None = None
    detail: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    http: Request
    user: User
    found: Reads
    data: BatchInput
    active: ActivePack | None
    unknown: frozenset[str]
    """Territories that items name and the directory does not have."""
    cells: dict[str, dict[str, str]]
    """The cells that each of the territories lies in."""
    callers: dict[str, Caller]
    """How the accounts that messages come from are known again."""

    def meta(self, request_id: str, part: str, item: BatchItem) -> Meta:
        import_now = self.data.received_at == "import"
        return Meta(
            command_id=f"import-{request_id}{part}",
            actor=self.user.actor(roles.acting(self.user, roles.REGISTER)),
            occurred_at=None if import_now or part else item.said_at,
            correlation_id=self.http.state.correlation_id,
            traceparent=current_traceparent(),
            **envelope_programme(self.active),
        )


def request_id_of(item: BatchItem) -> str:
    """The same number in the same system is the same request, on whatever day and by whomever it is imported."""
    return str(uuid5(NAMESPACE_URL, f"huiyin:message:{item.channel}:{item.source_ref}"))


async def take(http: Request, user: User, data: BatchInput) -> list[dict[str, Any]]:
    """Register all items that can be; answer for each."""
    found = reads(http)
    active = await (found.active(data.programme) if data.accept or data.programme else found.programme())
    items, answers = _read(http, data)
    territories = [(item.territory, item.territory) for _, item in items if item.territory]
    unknown = frozenset(one.field for one in await naming.unknown_units(found, territories))
    known = await callers(found.pool, [Requester(user=item.user) for _, item in items])
    cells = {place: await found.grid.around(place) for place in {place for _, place in territories}}
    batch = _Batch(http, user, found, data, active, unknown, cells, known)
    items, erased = await _with_keys(batch, items)
    answers += erased
    answers += await asyncio.gather(*(_one(batch, index, item) for index, item in items))
    return [asdict(answer) for answer in sorted(answers, key=lambda answer: answer.index)]


def _read(http: Request, data: BatchInput) -> tuple[list[tuple[int, BatchItem]], list[Taken]]:
    items: list[tuple[int, BatchItem]] = []
    refused: list[Taken] = []
    for index, raw in enumerate(data.items):
        try:
            items.append((index, BatchItem.model_validate(raw)))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            said = wording(first).say(language(http))
            refused.append(Taken(index, "refused", code="bad-field", detail=said, field=field))
    return items, refused


async def _with_keys(
    batch: _Batch, items: list[tuple[int, BatchItem]]
) -> tuple[list[tuple[int, BatchItem]], list[Taken]]:
    """Keys for all with one write; where some messages were erased, those are refused and the others go on."""
    try:
        await make_keys(batch.found, [key_of(request_id_of(item)) for _, item in items])
    except Rejected:
        pass
    else:
        return items, []
    good: list[tuple[int, BatchItem]] = []
    refused: list[Taken] = []
    for index, item in items:
        try:
            await make_keys(batch.found, [key_of(request_id_of(item))])
        except Rejected as error:
            refused.append(_refused(batch, index, item, error))
        else:
            good.append((index, item))
    return good, refused


def _refused(batch: _Batch, index: int, item: BatchItem, error: Rejected) -> Taken:
    detail = translate(batch.http, error.message).format(**error.params)
    return Taken(index, "refused", request_id_of(item), code=error.code, detail=detail, field=error.field)


async def _one(batch: _Batch, index: int, item: BatchItem) -> Taken:
    request_id = request_id_of(item)
    try:
        outcome = await _register(batch, request_id, item)
        if outcome.repeated and batch.data.accept:
            outcome = await _accept(batch, request_id, item) or outcome
    except CommandReused:
        return Taken(index, "refused", request_id, code="other-content", detail=translate(batch.http, OTHER_CONTENT))
    except Rejected as error:
        return _refused(batch, index, item, error)
    except EventTooLarge:
        return Taken(index, "refused", request_id, code="too-large", detail=translate(batch.http, TOO_LONG))
    return Taken(index, "repeated" if outcome.repeated else "created", request_id, outcome.token)


async def _register(batch: _Batch, request_id: str, item: BatchItem) -> Outcome:
    found = batch.found
    words = await sealed_words(found, request_id, HeardInput(title=item.title, text=item.text))
    who = Requester(user=item.user)
    caller = batch.callers.get(known_by(who) or "")
    side = requester_row(request_id, who, item.said_at, caller=caller)
    new = NewRequest(
        request_id,
        words.title,
        words.text,
        found.now if batch.data.received_at == "import" else item.said_at,
        channel=item.channel,
        requester_ref=f"q-{request_id}",
        caller_ref=caller.ref if caller else None,
        territory_unit=item.territory,
        grid_ids=batch.cells.get(item.territory or "", {}),
        source_ref=item.source_ref,
        accept=batch.data.accept,
    )
    unknown = (Unknown("territory", "unit"),) if item.territory in batch.unknown else ()
    # How it is imported may differ from time to time; what the message says may not.
    body = [item.source_ref, item.title, item.text, item.user, item.said_at.isoformat()]
    return await found.service.commands.handle(
        request,
        stream(request_id),
        RegisterRequest(new, found.now, unknown),
        batch.meta(request_id, "", item),
        body=body,
        side=side,
    )


async def _accept(batch: _Batch, request_id: str, item: BatchItem) -> Outcome | None:
    """It was imported before without being taken in. What was settled otherwise since then stays so."""
    meta = batch.meta(request_id, "/accept", item)
    try:
        done = await batch.found.service.commands.handle(
            request, stream(request_id), AcceptRequest(), meta, body=request_id
        )
    except Rejected:
        return None
    return None if done.repeated or not done.events else done
