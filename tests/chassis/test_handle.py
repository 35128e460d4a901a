"""Handling commands: once, in conflict, on a stale form; on the real log."""

import asyncio
from dataclasses import replace

import pytest

from contracts.dispatch import CaseOpened
from contracts.envelope import SYSTEM, Meta
from services.chassis.decider import Decider, Rejected
from services.chassis.facts import replay
from services.chassis.handle import Commands, StaleForm
from services.chassis.log.log import Log
from services.chassis.log.types import Claim, ClaimTaken, CommandReused, SideRow, Stored
from tests.chassis.cases import Case, CompleteCase, OpenCase, StrikeOff, cases, evolve, meta, opened
from tests.spec import SOMEBODY, given

S = "case-C-7"


def by_system() -> Meta:
    """What a timer or a process manager says of itself."""
    return replace(meta(), actor=SYSTEM)


async def test_a_case_goes_through_its_life(commands: Commands, log: Log) -> None:
    first = await commands.handle(cases, S, OpenCase("C-7"), meta())
    assert (first.position, first.version, first.token, first.repeated) == (1, 1, "dispatch:1", False)
    assert isinstance(first.events[0], CaseOpened)
    await commands.handle(cases, S, CompleteCase("C-7"), meta())
    last = await commands.handle(cases, S, StrikeOff("C-7"), meta())
    assert last.token == "dispatch:3"
    history = await log.stream(S)
    assert [replay(cases, history, up_to).status for up_to in (0, 1, 2, None)] == [
        "unknown",
        "open",
        "completed",
        "struck-off",
    ]
    assert await commands.load(cases, S) == (Case("struck-off"), 3)


async def test_already_so_records_nothing_and_says_where_it_is(commands: Commands) -> None:
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    again = await commands.handle(cases, S, OpenCase("C-7"), meta())
    assert (again.events, again.token, again.version) == ([], "dispatch:1", 1)


async def test_a_repeat_after_the_state_moved_on_gets_the_first_result(commands: Commands, log: Log) -> None:
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    completing = meta()
    first = await commands.handle(cases, S, CompleteCase("C-7"), completing)
    await commands.handle(cases, S, StrikeOff("C-7"), meta())
    again = await commands.handle(cases, S, CompleteCase("C-7"), completing)  # as new it would be refused
    assert again.repeated
    assert (again.events, again.token) == (first.events, first.token)
    assert (await log.head()).seq == 3


async def test_twenty_times_at_once_is_one_effect(commands: Commands, log: Log) -> None:
    once = meta()
    outcomes = await asyncio.gather(*(commands.handle(cases, S, OpenCase("C-7"), once) for _ in range(20)))
    assert (await log.head()).seq == 1
    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 19
    assert {outcome.token for outcome in outcomes} == {"dispatch:1"}


async def test_two_processes_at_once_is_one_effect(log: Log) -> None:
    one, other = Commands(log, "demo", "dispatch"), Commands(log, "demo", "dispatch")
    for commands in (one, other):  # both have cached the empty-handed state
        await commands.load(cases, S)
    await asyncio.gather(*(c.handle(cases, S, OpenCase("C-7"), meta()) for c in (one, other) for _ in range(5)))
    assert (await log.head()).seq == 1


async def test_the_same_id_with_another_body_is_refused(commands: Commands) -> None:
    once = meta()
    await commands.handle(cases, S, OpenCase("C-7"), once)
    with pytest.raises(CommandReused):
        await commands.handle(cases, S, CompleteCase("C-7"), once)
    with pytest.raises(CommandReused):
        await commands.handle(cases, S, OpenCase("C-7"), once, body={"other": 1})


async def test_a_refusal_is_not_remembered(commands: Commands) -> None:
    striking = meta()
    with pytest.raises(Rejected):
        await commands.handle(cases, S, StrikeOff("C-7"), striking)
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), meta())
    assert not (await commands.handle(cases, S, StrikeOff("C-7"), striking)).repeated


async def test_a_cached_state_never_decides_a_refusal_alone(log: Log) -> None:
    here, elsewhere = Commands(log, "demo", "dispatch"), Commands(log, "demo", "dispatch")
    await here.handle(cases, S, OpenCase("C-7"), meta())
    await elsewhere.handle(cases, S, CompleteCase("C-7"), meta())
    assert (await here.handle(cases, S, StrikeOff("C-7"), meta())).version == 3  # cached: still open
    assert (await elsewhere.handle(cases, S, OpenCase("C-7"), meta())).version == 3  # "already so", but from where?


async def test_states_known_before_a_restore_are_read_again(commands: Commands, log: Log) -> None:
    """A command's expected version could be right by chance while the state behind it was lost with the old log."""
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    read: list[str] = []
    stream = log.stream

    async def watched(name: str, up_to: int | None = None) -> list[Stored]:
        read.append(name)
        return await stream(name, up_to)

    log.stream = watched  # type: ignore[method-assign]
    await commands.handle(cases, S, CompleteCase("C-7"), meta())
    assert read == []
    log.refuse("heads are compared")
    log.open_for_appends()
    await commands.handle(cases, S, StrikeOff("C-7"), meta())
    assert read == [S]


async def test_a_form_filled_in_on_a_changed_state_is_stale(commands: Commands) -> None:
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), meta(), expected=1)
    with pytest.raises(StaleForm) as stale:
        await commands.handle(cases, S, StrikeOff("C-7"), meta(), expected=1)
    assert (stale.value.expected, stale.value.actual) == (1, 2)
    with pytest.raises(StaleForm):
        await commands.handle(cases, S, StrikeOff("C-7"), meta(), expected=9)


async def test_a_form_is_not_stale_when_nothing_that_decides_has_changed(commands: Commands, log: Log) -> None:
    blind = Decider(
        "blind",
        Case(),
        lambda case, event: evolve(case, event) if event.TYPE != "case-completed" else case,
        cases.decide,
    )
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), meta())
    outcome = await commands.handle(blind, S, CompleteCase("C-7"), meta(), expected=1)
    assert outcome.version == 3
    assert (await log.head()).seq == 3


async def test_what_only_the_system_did_sends_no_form_back(commands: Commands, log: Log) -> None:
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), by_system())
    outcome = await commands.handle(cases, S, StrikeOff("C-7"), meta(), expected=1)
    assert (outcome.version, outcome.repeated) == (3, False)
    assert [stored.type for stored in await log.stream(S)] == ["case-opened", "case-completed", "case-struck-off"]


async def test_the_newer_state_may_refuse_what_the_system_overtook(commands: Commands) -> None:
    """The person is told by the rule that forbids it now, not that a page was old."""
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), by_system())
    await commands.handle(cases, S, StrikeOff("C-7"), by_system())
    with pytest.raises(Rejected, match="struck-off"):
        await commands.handle(cases, S, CompleteCase("C-7"), meta(), expected=1)


@pytest.mark.parametrize("by_person", [0, 1])
async def test_one_persons_word_among_the_systems_sends_it_back(commands: Commands, by_person: int) -> None:
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    told = [by_system(), by_system()]
    told[by_person] = meta()
    await commands.handle(cases, S, CompleteCase("C-7"), told[0])
    await commands.handle(cases, S, StrikeOff("C-7"), told[1])
    with pytest.raises(StaleForm) as stale:
        await commands.handle(cases, S, StrikeOff("C-7"), meta(), expected=1)
    assert (stale.value.expected, stale.value.actual) == (1, 3)


async def test_what_the_system_does_in_a_persons_name_is_theirs(commands: Commands) -> None:
    """A reactor that carries out what somebody decided elsewhere speaks for them."""
    await commands.handle(cases, S, OpenCase("C-7"), meta())
    await commands.handle(cases, S, CompleteCase("C-7"), replace(by_system(), actor=SOMEBODY))
    with pytest.raises(StaleForm):
        await commands.handle(cases, S, StrikeOff("C-7"), meta(), expected=1)


async def test_events_on_other_streams_must_found_them(commands: Commands, log: Log) -> None:
    split: Decider[Case, OpenCase] = Decider("split", Case(), evolve, lambda _case, command: [opened("A"), opened("B")])
    outcome = await commands.handle(split, "case-A", OpenCase("A"), meta())
    assert [stored.stream for stored in await log.read(0, 10)] == ["case-A", "case-B"]
    assert (outcome.version, outcome.position) == (1, 2)
    taken: Decider[Case, OpenCase] = Decider("taken", Case(), evolve, lambda _case, command: [opened("Z"), opened("B")])
    with pytest.raises(Exception, match="case-B is at version 1"):
        await commands.handle(taken, "case-Z", OpenCase("Z"), meta())
    assert (await log.head()).seq == 2


async def test_claims_and_side_rows_go_with_the_events(commands: Commands, log: Log) -> None:
    async with log.pool.acquire() as db:
        await db.execute("CREATE TABLE particulars (case_id text PRIMARY KEY, phone text)")
        await db.execute("INSERT INTO side_table VALUES ('particulars')")
    claim = [Claim("case-no/1", S)]
    await commands.handle(
        cases,
        S,
        OpenCase("C-7"),
        meta(),
        claims=claim,
        side=lambda events: [
            SideRow("particulars", {"case_id": events[0].stream.removeprefix("case-"), "phone": "555"})
        ],
    )
    with pytest.raises(ClaimTaken):
        await commands.handle(
            cases,
            "case-C-8",
            OpenCase("C-8"),
            meta(),
            claims=[Claim("case-no/1", "case-C-8")],
            side=[SideRow("particulars", {"case_id": "C-8", "phone": "556"})],
        )
    assert await log.pool.fetchval("SELECT string_agg(phone, ',') FROM particulars") == "555"


async def test_every_event_says_who_why_and_in_what_connection(commands: Commands, log: Log) -> None:
    told = meta("11111111-1111-4111-8111-111111111111")
    await commands.handle(cases, S, OpenCase("C-7"), told)
    payload = (await log.stream(S))[0].payload
    for part in (b'"commandid":"11111111', b'"correlationid":"11111111', b'"actorperson":"P-1"', b'"schemaversion":1'):
        assert part in payload


def test_decisions_read_as_sentences() -> None:
    given(cases).when(OpenCase("C-7")).then(opened())
    given(cases, opened()).when(OpenCase("C-7")).then_nothing()
    given(cases, opened()).when(StrikeOff("C-7")).then_rejected("not-completed")


def test_a_decision_that_repeats_itself_fails_its_sentence() -> None:
    chatty: Decider[Case, OpenCase] = Decider("chatty", Case(), evolve, lambda _case, _command: [opened()])
    given(chatty).when(OpenCase("C-7")).then(opened(), repeatable=True)
    with pytest.raises(AssertionError, match="must change nothing"):
        given(chatty).when(OpenCase("C-7")).then(opened())
