"""Which promise of an owner is kept, when a new one comes before the last one is."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.log.types import SourceHead
from services.chassis.transport.beacon import SourceView
from services.chassis.transport.promises import MOST, Place, Promise, Promises
from tests.spec import NOON

SECOND = timedelta(seconds=1)


def promise(at: int, position: int, epoch: int = 1) -> Promise:
    return Promise(NOON + at * SECOND, Place(epoch, position))


def kept(promises: Promises, held: int) -> int | None:
    """The second up to which all is known."""
    found = promises.kept(lambda place: place <= (1, held))
    return int((found.until - NOON) / SECOND) if found else None


def test_an_owner_that_never_rests_is_believed_some_moments_late() -> None:
    """Ten events a second, and what is held is always a second and a half behind: no new promise is kept at once."""
    promises, ages = Promises(), []
    for at in range(1, 60):
        promises.give(promise(at, 10 * at))
        found = kept(promises, 10 * at - 15)
        ages.append(at - found if found is not None else None)
    assert ages[:2] == [None, None]
    assert set(ages[2:]) == {2}


def test_what_is_not_held_keeps_every_promise_about_it_shut() -> None:
    promises = Promises()
    promises.give(promise(1, 5))
    promises.give(promise(2, 6))
    promises.give(promise(3, 9))
    assert kept(promises, 4) is None
    assert kept(promises, 8) == 2
    assert kept(promises, 4) is None, "a copy was put back: it is asked again, not remembered"


def test_one_told_late_or_again_changes_nothing() -> None:
    promises = Promises()
    promises.give(promise(3, 5))
    promises.give(promise(2, 4))
    promises.give(promise(3, 5))
    assert promises.places() == [Place(1, 5)]


def test_an_owner_that_went_back_to_a_copy_is_waited_for_where_it_is_now() -> None:
    promises = Promises()
    promises.give(promise(1, 50))
    promises.give(promise(2, 7))
    assert kept(promises, 7) == 2


def test_whoever_catches_up_after_a_long_wait_arrives_at_the_newest() -> None:
    promises = Promises()
    for at in range(1, 5 * MOST):
        promises.give(promise(at, at))
    assert len(promises.places()) == MOST
    assert kept(promises, 5 * MOST) == 5 * MOST - 1


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 6)),
        min_size=1,
        max_size=MOST,
    )
)
def test_never_more_is_believed_than_is_held_and_never_less_than_could_be(steps: list[tuple[int, int, int]]) -> None:
    """Against a list of all promises: the newest that fits, whatever the delays."""
    promises, everything, at, position = Promises(), [promise(0, 0)], 0, 0
    promises.give(everything[0])
    for pause, events, behind in steps:
        at, position = at + pause, position + events
        if pause:
            everything.append(promise(at, position))
            promises.give(everything[-1])
        held = max(0, position - behind)
        found = promises.kept(lambda place, held=held: place <= (1, held))  # type: ignore[misc]
        possible = [one for one in everything if one.place <= (1, held)]
        # What is held may lie lower than at the last look (a put-back copy): then what was dropped is not believed.
        assert found is None or found == possible[-1]
        if found is None:
            assert promises.places()[0] > (1, held)


def test_a_watermark_is_believed_while_its_owner_goes_on() -> None:
    """What transport itself knows of a source, fed by beacons that always speak of what is still on its way."""
    view = SourceView()
    for at in range(1, 10):
        view.promises.give(promise(at, 10 * at))
        view.held = SourceHead("dispatch", 1, 10 * at - 5, bytes(32), None)
        view.promote()
    assert view.watermark == NOON + 8 * SECOND
    assert view.promise is not None
    assert view.promise.place == (1, 80)
    view.put_back()
    view.held = SourceHead("dispatch", 1, 20, bytes(32), None)
    view.promote()
    assert view.watermark is None
