"""Whom a sample calls back: nobody can tell at completion, and afterwards anybody draws again who was called."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import asyncpg
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from contracts.envelope import SYSTEM, Meta
from contracts.supervision import DrawSeedCommitted, FollowUpScheduled, SpotCheckSampled
from deploy.cli import redrawing
from services.supervision.domain.call_draw import POPULATION, announced, lot_of, month_of
from services.supervision.domain.draw import Member, commitment, draw_by_lot
from services.supervision.domain.followup import FOLLOW_UP, ScheduleFollowUp
from services.supervision.domain.spot_check import SPOT_CHECK, CommitSeed, ConductCheck, DrawSample
from services.supervision.react.call_seeds import simulated_seed
from services.supervision.react.drawing import DrawTimer
from services.supervision.react.followups import followup_id
from tests.spec import given
from tests.supervision.ladder_stage import JW, OFFICE, MakeStage, Stage, completed, handed_over, local, reopened

SEED = "ab" * 32
NOW = local("2017-07-17 12:00")
JULY, AUGUST = announced(NOW)
HALF = Decimal("0.5")
LOTS = tuple(Member("dispatch", 1, n, lot_of(f"c{n}", 1)) for n in range(1, 21))

commit = CommitSeed("calls-jw-2017-07", "jw", commitment(SEED), POPULATION, NOW, JULY.ends, 20, 20, NOW, by_rule=True)
committed = DrawSeedCommitted(
    check_id="calls-jw-2017-07",
    programme_id="jw",
    seed_sha256=commitment(SEED),
    population=POPULATION,
    population_from=NOW,
    population_to=JULY.ends,
    rate_percent=20,
)


def test_this_month_and_the_next_have_their_seed_also_over_the_years_end() -> None:
    assert JULY.draw_id("jw-2017") == "calls-jw-2017-2017-07"
    assert (JULY.ends, AUGUST.begins) == (local("2017-08-01 00:00"), local("2017-08-01 00:00"))
    assert announced(local("2017-12-31 23:59"))[1].draw_id("jw") == "calls-jw-2018-01"
    assert month_of(local("2017-08-01 00:00")) == AUGUST


def test_only_the_pack_announces_call_backs_and_their_rate_is_that_of_each_completion() -> None:
    given(SPOT_CHECK).when(commit).then(committed)
    by_hand = CommitSeed("x", "jw", commitment(SEED), POPULATION, NOW, JULY.ends, 20, 20, NOW)
    given(SPOT_CHECK).when(by_hand).then_rejected("unknown-population", "population")
    rates = {one.item: HALF if one.position <= 10 else Decimal(0) for one in LOTS}
    drawing = DrawSample(SEED, LOTS, (("dispatch", 20),), JULY.ends, rates)
    [sampled] = given(SPOT_CHECK, committed).when(drawing).decided()
    assert isinstance(sampled, SpotCheckSampled)
    assert sampled.sample == draw_by_lot(SEED, LOTS, rates)
    assert {one.item for one in LOTS if one.position > 10}.isdisjoint(sampled.sample), "then the rules drew nobody"
    looked = ConductCheck(
        "calls-jw-2017-07",
        "c1/1",
        None,
        frozenset(),
        "office",
        "open",
        (),
        "督查室",
        True,
        "好",
        NOW,
        NOW,
    )
    given(SPOT_CHECK, committed, sampled).when(looked).then_rejected("called-not-checked")


@hypothesis_given(st.binary(min_size=32, max_size=32), st.lists(st.integers(1, 50), unique=True, max_size=30))
def test_a_lot_falls_by_itself_whoever_else_is_completed(seed: bytes, others: list[int]) -> None:
    some = tuple(one for one in LOTS if one.position in others)
    everybody = draw_by_lot(seed.hex(), LOTS, dict.fromkeys((one.item for one in LOTS), HALF))
    alone = draw_by_lot(seed.hex(), some, dict.fromkeys((one.item for one in some), HALF))
    assert set(alone) == set(everybody) & {one.item for one in some}


# In the service: fixed at activation, secret until the month is over, drawn again from the log


async def test_a_month_of_call_backs_is_drawn_as_it_goes_and_can_be_drawn_again(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = await make_stage(JW.replace(b"rate = 0.20 ", b"rate = 0.50 ", 1), "jw-2017", "2017-07-17 12:00")
    fixed = await stage.recorded(DrawSeedCommitted)
    assert sorted(one.check_id for one in fixed) == ["calls-jw-2017-2017-07", "calls-jw-2017-2017-08"]
    assert {one.seed_sha256 for one in fixed} == {commitment(simulated_seed(one.check_id)) for one in fixed}

    for n in range(1, 9):
        await stage.hear(*handed_over(n), completed(n))
    await stage.hear(reopened(1, round=2), completed(1, round=2))
    lots = [lot_of(f"c{n}", 1) for n in range(1, 9)] + [lot_of("c1", 2)]
    secret = simulated_seed("calls-jw-2017-2017-07")
    expected = set(draw_by_lot(secret, [Member("dispatch", 1, 1, lot) for lot in lots], dict.fromkeys(lots, HALF)))
    called = await stage.recorded(FollowUpScheduled)
    assert {lot_of(one.case_id, one.round) for one in called} == expected
    assert 0 < len(expected) < len(lots), "some are called and some are not"
    assert {one.sample_rule for one in called} == {"sample 0.50"}
    page = (await stage.looks(OFFICE, "/supervision/checks/calls-jw-2017-2017-07")).text
    assert "种子到月末公开" in page
    assert secret not in page

    assert not await redrawing.run(tmp_path, "calls-jw-2017-2017-07", stage.service.settings.dsn), "not over yet"
    await stage.at("2017-08-01 09:00")
    await _drawn(stage, JULY.ends)
    [revealed] = await stage.recorded(SpotCheckSampled)
    assert (revealed.seed, set(revealed.sample), revealed.population_size) == (secret, expected, len(lots))
    assert await redrawing.run(tmp_path, "calls-jw-2017-2017-07", stage.service.settings.dsn)
    wrongly = next(lot for lot in lots if lot not in expected)
    await _called_wrongly(stage, wrongly)
    connection = await asyncpg.connect(stage.service.settings.dsn)
    wrong = await redrawing.called_otherwise(connection, revealed, lots)
    await connection.close()
    assert wrong == [f"{wrongly} was called and not drawn"], "the visit that explains hides nothing"
    page = (await stage.looks(OFFICE, "/supervision/checks/calls-jw-2017-2017-07")).text
    assert all(f"/supervision/followups/{one.followup_id}" in page for one in called)
    assert secret in page


async def _called_wrongly(stage: Stage, lot: str) -> None:
    """By lot, though none fell; and its explanation on a visit, which none falls for."""
    case_id, _slash, number = lot.rpartition("/")
    first = followup_id(case_id, int(number), "requester")
    call = ScheduleFollowUp(first, case_id, 1, int(number), "requester", NOW, "sample 0.50", ("town-a",))
    visit = ScheduleFollowUp(
        f"{first}-explanation", case_id, 1, int(number), "explanation", NOW, "dissatisfied", ("town-a",), explains=first
    )
    for one in (call, visit):
        meta = Meta(command_id=one.followup_id, actor=SYSTEM, programme="jw-2017")
        await stage.service.commands.handle(FOLLOW_UP, f"followup-{one.followup_id}", one, meta)
    await stage.settled()


async def _drawn(stage: Stage, known_to: datetime) -> None:
    async def watermark(_source: str) -> datetime | None:
        return known_to

    await DrawTimer(stage.service.pool, stage.service.commands, watermark).tick()
    await stage.settled()
