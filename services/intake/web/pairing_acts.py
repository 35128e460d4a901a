"""Commands on pairs: established by the pack's row, ended, and their cards; one by one or a whole list at once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.envelope import Meta
from contracts.intake.outreach import PairedKind
from contracts.pack import Pack, Pairing
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.log.types import Claim, ClaimTaken
from services.chassis.web import Forbidden, User, command_meta, fingerprint, language, translate
from services.chassis.web.wording import wording
from services.chassis.words import N_
from services.intake.domain.pairing import (
    PAIRING,
    EndPairing,
    EstablishPairing,
    IssueCard,
    book_id,
    stream,
)
from services.intake.read import outreach
from services.intake.web import naming, roles
from services.intake.web.filing import envelope_programme
from services.intake.web.outreach_inputs import CardInput, EndInput, PairingInput, PairingsInput
from services.intake.web.reads import Reads, reads
from services.reference.ledger import Member, midnight
from services.reference.members import members
from services.reference.owed import owners
from services.reference.programmes import ActivePack

SUBJECTS = frozenset({"household", "enterprise", "village", "community", "unit", "person"})
"""Populations whose members are in the register of whom to visit; persons there are people at home, no officials."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the pack by its number from 1."""

    number: int
    row: Pairing

    @property
    def rule_id(self) -> str:
        return f"pairing[{self.number}]"


def rows(pack: Pack) -> list[Row]:
    """The kinds of pairs whose targets can be named: cells of a grid are in no directory yet."""
    all_rows = [Row(number, row) for number, row in enumerate(pack.lists.pairing, start=1)]
    return [one for one in all_rows if target_kind(pack, one.row) is not None]


def row_of(pack: Pack, kind: str) -> Row:
    found = next((one for one in rows(pack) if one.row.kind == kind), None)
    if found is None:
        raise Rejected("no-such-kind", N_("方案没有这一类结对，请重新选择。"), "kind")
    return found


def target_kind(pack: Pack, row: Pairing) -> PairedKind | None:
    """What those are whom this row pairs with; None where they cannot be named."""
    for population in pack.lists.population:
        if population.id == row.to:
            return "subject" if SUBJECTS.issuperset(population.kind) else None
    return "unit" if row.to_units else "person"


def subjects_of(pack: Pack, row: Pairing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds and the tags of the subjects that this row pairs with; people are paired with by their household."""
    found = next(one for one in pack.lists.population if one.id == row.to)
    return tuple("household" if kind == "person" else kind for kind in found.kind), found.tags


def today(found: Reads) -> date:
    return found.now.astimezone(LOCAL).date()


async def establish(request: Request, user: User, data: PairingInput) -> tuple[str, Outcome]:
    """A pair of the programme asked for, else of the latest."""
    found = reads(request)
    active = await found.active(data.programme)
    one = await _Establishing.of(found, active, data)
    role = permitted(user, one.unit or user.unit_id)
    meta = command_meta(request, user, role=role, **envelope_programme(active))
    return one.command.pairing_id, await one.perform(found, meta, fingerprint(request))


@dataclass(frozen=True, slots=True)
class _Establishing:
    """A pair about to be established, with the unit of its owner and the claim on its target."""

    row: Row
    command: EstablishPairing
    unit: str
    claims: Sequence[Claim]

    @classmethod
    async def of(
        cls,
        found: Reads,
        active: ActivePack,
        data: PairingInput,
        people: Sequence[Member] | None = None,
    ) -> "_Establishing":
        row = row_of(active.pack, data.kind)
        kind = target_kind(active.pack, row.row)
        assert kind is not None, "rows() leaves the others out"
        people = people or await members(found.pool)
        now = today(found)
        since = data.since or now
        alone = row.row.mode == "one_to_one"
        if alone:
            await found.caught_up("pairings")  # who had it until when is in the read model
        owing = owners(active.pack, row.row.from_, row.row.per, people, midnight(now + timedelta(days=1)))
        owner = next((one for one in owing if one.id == data.owner), None)
        book = book_id(active.programme_id, data.kind, data.owner)
        command = EstablishPairing(
            book_id=book,
            pairing_id=str(uuid5(NAMESPACE_URL, f"huiyin:pairing:{book}:{data.target}:{since}")),
            programme_id=active.programme_id,
            kind=data.kind,
            owner=data.owner,
            owner_kind=row.row.per,
            target=data.target,
            target_kind=kind,
            since=since,
            today=now,
            rule_id=row.rule_id,
            owes=owner is not None,
            known=await _known(found, active.pack, row.row, data.target, people),
            most=row.row.max,
            basis=data.basis,
            bases=row.row.basis,
            taken_until=await outreach.taken_until(found.pool, active.programme_id, data.kind, data.target)
            if alone
            else None,
        )
        claims = [_claim(active.programme_id, row.row, data.target, book)] if alone else []
        return cls(row, command, owner.unit if owner else "", claims)

    async def perform(self, found: Reads, meta: Meta, body: Any) -> Outcome:
        c = self.command
        try:
            return await found.service.commands.handle(
                PAIRING, stream(c.book_id), c, meta, body=body, claims=self.claims
            )
        except ClaimTaken as taken:
            raise Rejected("target-taken", N_("这一类结对一对一，这个对象已经与别人结对。"), "target") from taken


def _claim(programme: str, row: Pairing, target: str, book: str, *, release: bool = False) -> Claim:
    return Claim(f"paired:{programme}:{row.kind}:{target}", stream(book), release)


async def _known(found: Reads, pack: Pack, row: Pairing, target: str, people: Sequence[Member]) -> bool:
    """Whether the target is one of those whom the row names."""
    if target_kind(pack, row) == "subject":
        subject = await naming.subject(found, target)
        kinds, tags = subjects_of(pack, row)
        return subject is not None and subject["kind"] in kinds and (not tags or bool(set(tags) & set(subject["tags"])))
    asked = owners(
        pack, row.to, "unit" if row.to_units else "person", people, midnight(today(found) + timedelta(days=1))
    )
    return any(one.id == target for one in asked)


async def end(request: Request, user: User, pairing_id: str, data: EndInput) -> Outcome:
    """A one-to-one target is free again."""
    found, pair, active = await _standing(request, pairing_id)
    role = permitted(user, await unit_of(found, pair["owner_kind"], pair["owner"]))
    command = EndPairing(pairing_id, data.until or today(found), data.reason, today(found))
    row = next((one for one in active.pack.lists.pairing if one.kind == pair["kind"]), None)
    claims = []
    if row is not None and row.mode == "one_to_one":
        claims = [_claim(active.programme_id, row, pair["target"], pair["book_id"], release=True)]
    return await _perform(request, user, role, pair, active, command, claims)


async def issue_card(request: Request, user: User, pairing_id: str, data: CardInput) -> Outcome:
    """Whoever is paired hands over the card, or their unit or the office says so."""
    found, pair, active = await _standing(request, pairing_id)
    own = pair["owner"] == user.person_id
    unit = await unit_of(found, pair["owner_kind"], pair["owner"])
    role = roles.acting(user, roles.VISIT) if own else permitted(user, unit)
    row = next((one for one in active.pack.lists.pairing if one.kind == pair["kind"]), None)
    asked = row is not None and row.card
    command = IssueCard(pairing_id, data.on or today(found), data.receipt, today(found), asked)
    return await _perform(request, user, role, pair, active, command)


async def _standing(request: Request, pairing_id: str) -> tuple[Reads, Any, ActivePack]:
    found = reads(request)
    pair = await outreach.pair(found.pool, pairing_id)
    if pair is None:
        await found.caught_up("pairings")
        pair = await outreach.pair(found.pool, pairing_id)
    if pair is None:
        raise HTTPException(404)
    return found, pair, await found.active(pair["programme"])


async def _perform(
    request: Request, user: User, role: str, pair: Any, active: ActivePack, command: Any, claims: Sequence[Claim] = ()
) -> Outcome:
    meta = command_meta(request, user, role=role, **envelope_programme(active))
    return await reads(request).service.commands.handle(
        PAIRING, stream(pair["book_id"]), command, meta, body=fingerprint(request), claims=claims
    )


async def unit_of(found: Reads, owner_kind: str, owner: str) -> str:
    """The unit that answers for a pair's owner."""
    if owner_kind == "unit":
        return owner
    person = await found.directory.person(owner)
    return person.unit_id if person else ""


def permitted(user: User, unit: str) -> str:
    """The office for everybody; a unit's leader for the unit's people (以科室为基本单位, EB-09)."""
    if user.has(*roles.PAIR_ALL):
        return roles.acting(user, roles.PAIR_ALL)
    if user.has(*roles.PAIR_UNIT) and unit == user.unit_id:
        return roles.acting(user, roles.PAIR_UNIT)
    raise Forbidden((*roles.PAIR_ALL, *roles.PAIR_UNIT))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row of a list."""

    index: int
    status: str
    pairing_id: str | None = None
    code: str | None = None
    detail: str | None = None
    field: str | None = None


async def take(request: Request, user: User, data: PairingsInput) -> tuple[list[dict[str, Any]], str]:
    """Every row by itself; rows without a day begin today. The same list again, on whatever day, changes nothing."""
    found = reads(request)
    active = await found.active(data.programme)
    people = await members(found.pool)
    answers: list[Taken] = []
    token = ""
    for index, raw in enumerate(data.pairings):
        try:
            row = PairingInput.model_validate(raw)
            if row.since is None:
                about = (active.programme_id, row.kind, row.owner, row.target)
                row = row.model_copy(update={"since": await outreach.paired_since(found.pool, *about, today(found))})
            one = await _Establishing.of(found, active, row, people)
            meta = Meta(
                command_id=f"pair-{one.command.pairing_id}",
                actor=user.actor(permitted(user, one.unit or user.unit_id)),
                correlation_id=request.state.correlation_id,
                **envelope_programme(active),
            )
            outcome = await one.perform(found, meta, one.command.pairing_id)
        except ValidationError as error:
            first = error.errors()[0]
            said = wording(first).say(language(request))
            answers.append(Taken(index, "refused", None, "bad-field", said, ".".join(map(str, first["loc"]))))
        except Rejected as error:
            detail = translate(request, error.message).format(**error.params)
            answers.append(Taken(index, "refused", None, error.code, detail, error.field))
        else:
            token = outcome.token if outcome.events and not outcome.repeated else token
            answers.append(Taken(index, "unchanged" if outcome.repeated else "changed", one.command.pairing_id))
    return [asdict(one) for one in answers], token
