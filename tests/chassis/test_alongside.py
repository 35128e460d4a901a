"""Two streams that change together or not at all: merges of cases from two sides, in conflict, through crashes."""

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg
import pytest

from contracts.dispatch import CaseAbsorbed, CaseMerged
from services.chassis.decider import Rejected
from services.chassis.handle import Alongside, Commands, Outcome
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Appended, CommandReused, LogUnavailable
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.joining import absorbing
from services.dispatch.domain.state import Case, Status
from tests.chassis.cases import BOX, meta
from tests.spec import NOON

BLOCKED = """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
def two(log: Log) -> tuple[Commands, Commands]:
    """Two processes on one log, each with its own memory of states."""
    return Commands(log, "demo", "dispatch"), Commands(log, "demo", "dispatch")


async def opened(commands: Commands, *names: str) -> None:
    for name in names:
        opening = c.OpenCase(name, (f"r-{name}",), BOX, BOX, "visit", NOON)
        await commands.handle(dispatch_case, stream(name), opening, meta())


async def merge(commands: Commands, source: str, target: str, command_id: str | None = None) -> Outcome:
    number = {"a": 1, "b": 2}.get(source[0], 3)
    merging = c.MergeCase(number, target, 2, "merged", "同一件事", same_programme=True)
    return await commands.handle(
        dispatch_case,
        stream(source),
        merging,
        meta(command_id),
        alongside=[Alongside(dispatch_case, stream(target), absorbing)],
    )


async def fresh(log: Log, *names: str) -> list[Case]:
    """The cases as the log has them, from no memory."""
    commands = Commands(log, "demo", "dispatch")
    return [(await commands.load(dispatch_case, stream(name)))[0] for name in names]


def assert_one_matter(source: Case, target: Case) -> None:
    """Both sides tell the same: it was merged and taken, or neither."""
    taken = [one for one in target.absorbed if one.case_id == source.case_id]
    merged = source.status is Status.MERGED and source.merged_into == target.case_id
    assert [one.request_ids for one in taken] == ([source.request_ids] if merged else [])


async def test_both_sides_are_in_one_append(commands: Commands, log: Log) -> None:
    await opened(commands, "a", "b")
    outcome = await merge(commands, "a", "b")
    assert [type(event) for event in outcome.events] == [CaseMerged, CaseAbsorbed]
    assert (outcome.version, outcome.token) == (2, "dispatch:4")
    source, target = await fresh(log, "a", "b")
    assert (source.status, target.request_ids) == (Status.MERGED, ("r-b", "r-a"))
    assert await commands.load(dispatch_case, stream("b")) == (target, 2), "its memory moved on too"


async def test_a_refusal_of_either_side_leaves_both_as_they_were(commands: Commands, log: Log) -> None:
    await opened(commands, "a", "b", "d")
    await merge(commands, "b", "d")
    head = (await log.head()).seq
    for source, target, code in (("a", "b", "case-ended"), ("b", "a", "case-ended"), ("a", "nowhere", "no-such-case")):
        with pytest.raises(Rejected) as refused:
            await merge(commands, source, target)
        assert refused.value.code == code
    with pytest.raises(Rejected, match="merge-into-self"):
        await merge(commands, "a", "a")
    assert (await log.head()).seq == head


async def test_merged_into_each_other_at_once_one_wins(two: tuple[Commands, Commands], log: Log) -> None:
    pairs = [(f"a{n}", f"b{n}") for n in range(6)]
    for a, b in pairs:
        await opened(two[0], a, b)
        await two[1].load(dispatch_case, stream(a))
        await two[1].load(dispatch_case, stream(b))
    asked = [merge(process, *way) for a, b in pairs for process, way in zip(two, ((a, b), (b, a)), strict=True)]
    answers: Sequence[Outcome | BaseException] = await asyncio.gather(*asked, return_exceptions=True)
    for n, (a, b) in enumerate(pairs):
        one, other = answers[2 * n : 2 * n + 2]
        assert {isinstance(one, Outcome), isinstance(other, Outcome)} == {True, False}, (one, other)
        assert next(e.code for e in (one, other) if isinstance(e, Rejected)) == "case-ended"
        first, second = await fresh(log, a, b)
        assert_one_matter(first, second)
        assert_one_matter(second, first)
        assert {first.status, second.status} == {Status.MERGED, Status.REGISTERED}


async def test_several_into_one_at_once_all_arrive(two: tuple[Commands, Commands], log: Log) -> None:
    sources = [f"s{n}" for n in range(6)]
    await opened(two[0], "b", *sources)
    await asyncio.gather(*(merge(two[n % 2], source, "b") for n, source in enumerate(sources)))
    (target,) = await fresh(log, "b")
    assert sorted(target.request_ids) == sorted(["r-b", *(f"r-{source}" for source in sources)])


async def test_what_joins_the_source_meanwhile_goes_over_with_it(two: tuple[Commands, Commands], log: Log) -> None:
    await opened(two[0], "b", *(f"s{n}" for n in range(5)))
    for n in range(5):
        await two[1].load(dispatch_case, stream(f"s{n}"))

    async def join(source: str) -> None:
        joining = c.JoinRequest(3, f"more-{source}", "merged", "visit", BOX, BOX, NOON)
        with contextlib.suppress(Rejected):  # the merge came first
            await two[1].handle(dispatch_case, stream(source), joining, meta())

    await asyncio.gather(*(work for n in range(5) for work in (join(f"s{n}"), merge(two[0], f"s{n}", "b"))))
    *sources, target = await fresh(log, *(f"s{n}" for n in range(5)), "b")
    for source in sources:
        assert source.status is Status.MERGED
        assert_one_matter(source, target)


async def test_an_answer_that_was_lost_is_given_again(commands: Commands, log: Log) -> None:
    await opened(commands, "a", "b")
    really = log.append

    async def silent(append: Append) -> Appended:
        await really(append)
        raise LogUnavailable("the database did not answer")

    log.append = silent  # type: ignore[method-assign]
    with pytest.raises(LogUnavailable):
        await merge(commands, "a", "b", "merge-1")
    log.append = really  # type: ignore[method-assign]
    again = await merge(commands, "a", "b", "merge-1")
    assert again.repeated
    assert [event.TYPE for event in again.events] == ["case-merged", "case-absorbed"]
    assert (await log.head()).seq == 4
    with pytest.raises(CommandReused):
        await merge(commands, "b", "a", "merge-1")


async def test_a_connection_killed_under_way_leaves_both_or_neither(
    commands: Commands, log: Log, pool: asyncpg.Pool
) -> None:
    await opened(commands, "a", "b")
    async with pool.acquire() as blocker:
        held = blocker.transaction()
        await held.start()
        await blocker.execute("SELECT seq FROM log_head FOR UPDATE")
        merging = asyncio.create_task(merge(commands, "a", "b"))
        while (pid := await pool.fetchval(BLOCKED)) is None:
            await asyncio.sleep(0.01)
        await pool.execute("SELECT pg_terminate_backend($1)", pid)
        await held.rollback()
    assert not (await merging).repeated
    assert_one_matter(*(await fresh(log, "a", "b")))
    assert [stored.type for stored in await log.read(2, 10)] == ["case-merged", "case-absorbed"]
