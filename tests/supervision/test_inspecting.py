"""Draws that anybody can make again, checks that nobody makes on themselves, signals and misreports."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from contracts.pack import parse_pack
from contracts.supervision import (
    DrawSeedCommitted,
    MisreportEstablished,
    SignalRaised,
    SignalSettled,
    SpotCheckConducted,
    SpotCheckSampled,
)
from deploy.cli.redrawing import Drawn, differences
from services.supervision.domain.draw import APPEND, Member, commitment, draw, population_hash, sample_size
from services.supervision.domain.misreport import MISREPORT, EstablishMisreport
from services.supervision.domain.signal import SIGNAL, RaiseSignal, SettleSignal
from services.supervision.domain.signs import Sign
from services.supervision.domain.spot_check import SPOT_CHECK, CommitSeed, ConductCheck, DrawSample, Finding
from services.supervision.read.inspected import misconduct
from tests.spec import NOON, given

DAY = timedelta(days=1)
SEED = "5eed" * 16
POPULATION = tuple(Member("dispatch", 1, n, f"c{n}") for n in range(1, 21))

announce = CommitSeed("k1", "jw", commitment(SEED), "struck_off", NOON, NOON + DAY, 10, 10, NOON)
announced = DrawSeedCommitted(
    check_id="k1",
    programme_id="jw",
    seed_sha256=commitment(SEED),
    population="struck_off",
    population_from=NOON,
    population_to=NOON + DAY,
    rate_percent=10,
)
reveal = DrawSample(SEED, POPULATION, (("dispatch", 99),), NOON + DAY)
drawn = SpotCheckSampled(
    check_id="k1",
    seed=SEED,
    positions={"dispatch": 99},
    population_size=20,
    population_hash=population_hash(POPULATION),
    sample=draw(SEED, POPULATION, 10),
)
first = drawn.sample[0]
look = ConductCheck(
    check_id="k1",
    item=first,
    case_id=first,
    handler_units=frozenset({"town-a"}),
    by_unit="office",
    mode="on_site",
    modes=("on_site", "phone"),
    body="区活动办",
    passed=False,
    finding="现场未修",
    checked_at=NOON,
    at=NOON + 2 * DAY,
    round=1,
)
found = SpotCheckConducted(
    check_id="k1",
    item=first,
    case_id=first,
    mode="on_site",
    body="区活动办",
    passed=False,
    finding="现场未修",
    checked_at=NOON,
    round=1,
)


def test_the_hash_of_the_seed_is_announced_while_the_population_lies_ahead() -> None:
    """随机抽查 that nobody can steer (LT-25)."""
    given(SPOT_CHECK).when(announce).then(announced, again_rejected="already-committed")
    given(SPOT_CHECK).when(replace(announce, population_to=NOON)).then_rejected("population-known", "population_to")
    begun = replace(announce, population_from=NOON - timedelta(minutes=1))
    given(SPOT_CHECK).when(begun).then_rejected("population-known", "population_from")
    given(SPOT_CHECK).when(replace(announce, population_from=None)).then(announced, again_rejected="already-committed")
    given(SPOT_CHECK).when(replace(announce, rate_percent=9)).then_rejected("rate-below-pack", "rate_percent")


def test_the_sample_is_drawn_once_when_nothing_can_join_it_any_more() -> None:
    given(SPOT_CHECK, announced).when(reveal).then(drawn)
    too_early = replace(reveal, watermark=NOON + DAY - timedelta(seconds=1))
    given(SPOT_CHECK, announced).when(too_early).then_rejected("population-open")
    given(SPOT_CHECK, announced).when(replace(reveal, seed="00" * 32)).then_rejected("wrong-seed")


def test_what_was_drawn_is_checked_once_and_never_by_its_handler() -> None:
    """明查暗访 in the ways of the pack (LT-25, SH-43)."""
    given(SPOT_CHECK, announced, drawn).when(look).then(found, again_rejected="already-checked")
    given(SPOT_CHECK, announced).when(look).then_rejected("not-drawn")
    elsewhere = next(one.item for one in POPULATION if one.item not in drawn.sample)
    given(SPOT_CHECK, announced, drawn).when(replace(look, item=elsewhere)).then_rejected("not-in-sample")
    given(SPOT_CHECK, announced, drawn).when(replace(look, by_unit="town-a")).then_rejected("handler-checks-itself")
    given(SPOT_CHECK, announced, drawn).when(replace(look, mode="covert")).then_rejected("mode-not-allowed", "mode")
    given(SPOT_CHECK, announced, drawn).when(replace(look, listed=True)).then_rejected("drawn-check")
    given(SPOT_CHECK, announced, drawn).when(replace(look, finding="")).then_rejected("no-finding", "finding")


def test_a_case_chosen_by_hand_needs_no_draw() -> None:
    by_hand = replace(look, check_id="review-c7-1", item="c7", case_id="c7", listed=True, modes=())
    expected = found.model_copy(update={"check_id": "review-c7-1", "item": "c7", "case_id": "c7"})
    given(SPOT_CHECK).when(by_hand).then(expected, again_rejected="already-checked")


@settings(max_examples=60, deadline=None)
@hypothesis_given(
    population=st.lists(st.integers(1, 500), unique=True, max_size=60),
    rate=st.integers(1, 100),
    seed=st.binary(min_size=32, max_size=32),
    order=st.randoms(use_true_random=False),
)
def test_a_draw_depends_on_nothing_but_seed_and_population(
    population: list[int], rate: int, seed: bytes, order: Random
) -> None:
    members = [Member("dispatch", 1, n, f"case {n}") for n in population]
    shuffled = members[:]
    order.shuffle(shuffled)
    sample = draw(seed.hex(), members, rate)
    assert sample == draw(seed.hex(), shuffled, rate)
    assert population_hash(members) == population_hash(shuffled)
    assert len(sample) == len(set(sample)) == sample_size(len(members), rate)
    # Whoever is taken out moves nobody else's lot: the others keep their order.
    everybody = draw(seed.hex(), members, 100)
    assert draw(seed.hex(), members[1:], 100) == tuple(
        one for one in everybody if not members or one != members[0].item
    )


def test_a_draw_that_was_tampered_with_is_named() -> None:
    """`huiyin verify draw`: the seed, the population, the sample, the time of the announcement."""
    good = Drawn(announced, NOON, drawn, "jw")
    assert differences(good, POPULATION) == []

    def wrong(population: tuple[Member, ...] = POPULATION, **changed: object) -> str:
        return " | ".join(differences(good._replace(sampled=drawn.model_copy(update=changed)), population))

    assert "announced was" in wrong(seed="00" * 32)
    assert "holds 19 items" in wrong(POPULATION[1:])
    swapped = tuple(one.item for one in POPULATION if one.item not in drawn.sample)[:2]
    said = wrong(sample=swapped)
    assert all(f"{item} should have been drawn" in said for item in drawn.sample)
    assert all(f"{item} should not have been drawn" in said for item in swapped)
    assert "order" in wrong(sample=drawn.sample[::-1])
    assert differences(good._replace(committed_at=NOON + APPEND), POPULATION) == []
    late = good._replace(committed_at=NOON + APPEND + timedelta(seconds=1))
    assert "already known" in " | ".join(differences(late, POPULATION))


sign = Sign("no_contact", "c1 1", ("dispatch:4", "dispatch:9"), "town-a", "c1", measured={"handling": 1})
raised = SignalRaised(
    signal_id="g1",
    programme_id="jw",
    kind="no_contact",
    unit="town-a",
    case_id="c1",
    seen=("dispatch:4", "dispatch:9"),
    measured={"handling": 1},
)


def test_a_signal_is_raised_once_and_settled_once_by_somebody_else() -> None:
    given(SIGNAL).when(RaiseSignal("g1", "jw", sign)).then(raised)
    harmless = SettleSignal("harmless", "电话记录补齐", "office")
    settled = SignalSettled(signal_id="g1", outcome="harmless", text="电话记录补齐")
    given(SIGNAL, raised).when(harmless).then(settled)
    given(SIGNAL, raised, settled).when(replace(harmless, outcome="checked")).then_rejected("signal-settled")
    given(SIGNAL, raised).when(replace(harmless, by_unit="town-a")).then_rejected("own-signal")
    given(SIGNAL, raised).when(replace(harmless, outcome="established")).then_rejected("no-misreport", "outcome")
    given(SIGNAL, raised).when(replace(harmless, text="")).then_rejected("no-text", "text")
    given(SIGNAL, raised).when(replace(harmless, outcome=None)).then_rejected("no-outcome", "outcome")
    given(SIGNAL, raised, settled).when(harmless).then_nothing()


def test_a_misreport_needs_a_code_grounds_and_another_unit() -> None:
    proved = EstablishMisreport(
        misreport_id="m1",
        programme_id="jw",
        case_id="c1",
        code="false_report",
        codes={"false_report"},
        unit="town-a",
        units={"town-a", "bureau-a"},
        persons=("p7",),
        of_unit={"p7", "p8"},
        finding="照片系他处",
        established_by="p1",
        by_unit="office",
        check_id="k1",
        found=Finding(passed=False, case_id="c1"),
        item="c1",
    )
    event = MisreportEstablished(
        misreport_id="m1",
        programme_id="jw",
        case_id="c1",
        code="false_report",
        unit="town-a",
        persons=("p7",),
        finding="照片系他处",
        check_id="k1",
        established_by="p1",
    )
    given(MISREPORT).when(proved).then(event)
    given(MISREPORT).when(replace(proved, code="late")).then_rejected("unknown-misconduct", "code")
    given(MISREPORT).when(replace(proved, by_unit="town-a")).then_rejected("own-misreport")
    given(MISREPORT).when(replace(proved, check_id=None)).then_rejected("no-grounds")
    given(MISREPORT).when(replace(proved, found=None)).then_rejected("not-checked", "check_id")
    passed = Finding(passed=True, case_id="c1")
    given(MISREPORT).when(replace(proved, found=passed)).then_rejected("check-passed", "check_id")
    given(MISREPORT).when(replace(proved, unit="town-b")).then_rejected("unit-not-involved", "unit")
    given(MISREPORT).when(replace(proved, persons=("p9",))).then_rejected("person-of-another-unit", "persons")
    on_signal = replace(proved, check_id=None, found=None, item=None, signal_id="g1")
    given(MISREPORT).when(on_signal).then(event.model_copy(update={"check_id": None, "signal_id": "g1"}))
    of_visit = replace(proved, case_id=None, item="v1", found=Finding(passed=False, case_id=None))
    given(MISREPORT).when(of_visit).then(event.model_copy(update={"case_id": None, "item": "v1"}))


def test_somebody_is_guilty_of_what_the_pack_names_and_of_falsification() -> None:
    """不作为、慢作为、乱作为, 弄虚作假 (SH-42, JW-26, HA-36)."""
    packs = Path(__file__).parents[2] / "deploy" / "packs"
    lt = parse_pack((packs / "lt-2019.toml").read_bytes())
    assert list(misconduct(lt)) == [*lt.taxonomy.misconduct, "falsification"]
    assert "weak_handling" not in misconduct(lt)
    jw = parse_pack((packs / "jw-2017.toml").read_bytes())
    assert misconduct(jw) == {
        "weak_handling": "解决不力",
        "falsification": "弄虚作假",
        "false_report": "虚报瞒报",
    }
