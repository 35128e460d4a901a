"""The fixed set of faults: each under load, on real servers, followed by the full comparison of all logs."""

import asyncio
import shutil
import signal

import nats
import pytest
from nats.js.errors import NotFoundError

from contracts import feeds
from services.chassis.crash import Place
from tests.fault.conftest import OPERATOR_PASSWORD, MakeDistrict
from tests.fault.harness import SETTLE_S, District, freeze, pid_of, thaw
from tests.fault.service import LANES

pytestmark = pytest.mark.fault

CRASHES: tuple[Place, ...] = (
    "append:committed",
    "relay:before-publish",
    "relay:unacked",
    "relay:published",
    "inbound:before-insert",
    "inbound:inserted",
)

FROZEN_S = 3.0
"""Longer than a lease of these tests, so that the other instance takes over before the first wakes."""


IN_FLIGHT = 2 * LANES
"""One command of each lane of each service."""

REFUSED_S = 1.0
"""Long enough for the load to try a refused command several times."""


def nothing_lost(district: District) -> None:
    checked = district.settle_and_check()
    assert checked.findings == []
    assert checked.acked > 0


async def delete_stream(district: District, source: str) -> None:
    """As the operator, who alone may; again while the stream is not there."""
    admin = await nats.connect(district.broker.url, user="operator", password=OPERATOR_PASSWORD)
    try:
        async with asyncio.timeout(SETTLE_S):
            while True:
                try:
                    await admin.jetstream().delete_stream(feeds.stream_name(district.district, source, 1))
                    return
                except NotFoundError:
                    await asyncio.sleep(0.1)
    finally:
        await admin.close()


def test_crashes_between_two_steps(make_district: MakeDistrict) -> None:
    district = make_district("intake", "dispatch")
    with district.running():
        district.until(district.open, "open")
        for place in CRASHES:
            district.kill("dispatch-a")
            district.progress(20)  # so that there is something to take in at the start
            district.start("dispatch-a", crash=(place, 5))
            district.wait_for_crash("dispatch-a")
            district.start("dispatch-a")
            district.until(district.open, "open again")
            if place == "append:committed":
                # Recorded, and nobody was told: the same id again is answered, and done once.
                district.until(lambda: district.repeated("dispatch-a") > 0, "the first result again")
        nothing_lost(district)


def test_kills_and_freezes_of_one_of_two_instances(make_district: MakeDistrict) -> None:
    district = make_district("intake", "dispatch", instances=("a", "b"))
    with district.running():
        district.until(district.open, "open")
        district.progress(50)
        frozen = district.leading("intake")
        district.signal(frozen, signal.SIGSTOP)
        killed = district.leading("dispatch")
        district.kill(killed)
        before = district.acked()
        asyncio.run(asyncio.sleep(FROZEN_S))
        assert district.acked() > before + 50
        district.signal(frozen, signal.SIGCONT)
        district.start(killed)
        district.progress(100)
        nothing_lost(district)


def test_the_broker_is_frozen_killed_emptied_and_its_streams_deleted(make_district: MakeDistrict) -> None:
    district = make_district("intake", "dispatch")
    broker = district.broker
    with district.running():
        district.until(district.open, "open")
        district.progress(50)
        asyncio.run(delete_stream(district, "intake"))
        district.progress(50)
        freeze(pid_of(broker.process))
        district.progress(100)
        thaw(pid_of(broker.process))
        broker.kill()
        shutil.rmtree(broker.store)
        district.progress(100)
        broker.start()
        district.progress(50)
        asyncio.run(delete_stream(district, "dispatch"))
        nothing_lost(district)


def test_postgres_is_killed_and_frozen(make_district: MakeDistrict) -> None:
    district = make_district("intake", "dispatch")
    with district.running():
        district.until(district.open, "open")
        district.progress(50)
        district.postgres.kill()
        before = district.acked()
        asyncio.run(asyncio.sleep(REFUSED_S))
        assert district.acked() - before <= IN_FLIGHT  # only what was committed when it died
        district.postgres.start()
        district.progress(50)
        with district.frozen_postgres():
            asyncio.run(asyncio.sleep(FROZEN_S))
        district.progress(50)
        nothing_lost(district)


def test_a_database_is_restored_from_an_older_copy_under_load(make_district: MakeDistrict) -> None:
    district = make_district("intake", "dispatch", instances=("a", "b"))
    with district.running():
        district.until(district.open, "open")
        district.progress(50)
        copy = district.backup("intake")
        district.progress(100)
        both = ("intake-a", "intake-b")
        compared = {name: district.compared(name) for name in both}
        district.restore("intake", copy)
        # What was acknowledged in the last moment before and reached nobody else is gone with the database; the log
        # then refuses commands rather than going on from an older state, until a person decides.
        district.until(lambda: all(district.compared(name) > compared[name] for name in both), "compared again")
        district.until(lambda: all(taken_back_or_refused(district, name) for name in both), "taken back or refused")
        never_forked(district)
        if all(district.status(name)["state"] == "agreed" for name in both):
            district.progress(50)
            nothing_lost(district)
        else:
            assert refuses_to_go_on(district, "intake")


def never_forked(district: District) -> None:
    """Whatever was decided: every log verifies, and nobody holds other bytes than another at a common position."""
    found = district.agreement()
    assert found.findings == []
    assert found.common > 0


def refuses_to_go_on(district: District, source: str) -> bool:
    """Both heads named by at least one instance, and nothing appended while it waits for a person."""
    names = [name for name, spec in district.specs.items() if spec.source == source]
    reasons = [str(reason) for name in names for reason in district.status(name).get("red", ())]  # type: ignore[attr-defined]
    before = [district.journal(name) for name in names if district.status(name).get("red")]
    asyncio.run(asyncio.sleep(REFUSED_S))
    after = [district.journal(name) for name in names if district.status(name).get("red")]
    return bool(reasons) and before == after


def taken_back_or_refused(district: District, name: str) -> bool:
    status = district.status(name)
    return status.get("state") == "agreed" or bool(status.get("red"))
