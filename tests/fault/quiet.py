"""After the faults, when it is quiet: what must hold of the four logs and of everything that was acknowledged."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.dispatch import CaseOpened
from contracts.intake import RequestAccepted, RequestLinked
from deploy.local.installation import SERVICES, Installation
from deploy.trial import logs
from deploy.trial.watch import Watch
from services.chassis.facts import Fact
from services.chassis.log.types import SourceHead
from services.chassis.log.verify import verify
from tests.fault.working import Acknowledged, Load, client_of

READY_WITHIN_S = 120.0
REPEATED = 20
"""Acknowledged commands that are sent once more: each must be answered as it was."""

SHOWN = 5


@dataclass
class Found:
    """What was looked at, and everything that did not hold."""

    commands: int = 0
    requests: int = 0
    events: int = 0
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, what: str, which: Sequence[Any]) -> None:
        if which:
            self.wrong.append(f"{len(which)} {what}: {list(which)[:SHOWN]}")


async def settle_and_check(installation: Installation, load: Load) -> Found:
    """Wait until everybody holds and has read everything, then look at it from every side."""
    found = Found(commands=len(load.acknowledged), requests=len(load.accepted))
    await installation.wait_ready(READY_WITHIN_S)
    watch = await Watch.open(installation, SERVICES)
    try:
        await watch.settled(readers=True)
        async with client_of(installation, 1) as load.client:
            await _send_again(load, found)
        await watch.settled(readers=True)
        await _logs_agree(watch, found)
        facts = {source: await logs.facts(watch.databases[source], source) for source in ("intake", "dispatch")}
        _exactly_once(load.acknowledged, facts, found)
        _one_case_each(load.accepted, facts, found)
    finally:
        await watch.close()
    await _nobody_stopped(installation, found)
    return found


async def _send_again(load: Load, found: Found) -> None:
    """The same key again names the same position."""
    for one in random.Random(found.commands).sample(load.acknowledged, min(REPEATED, found.commands)):
        _, token = await load.send(one.login, one.path, one.body, one.key)
        found.repeated += 1
        if token != f"{one.source}:{one.position}":
            found.wrong.append(f"{one.key} was answered {one.source}:{one.position} and then {token}")


async def _logs_agree(watch: Watch, found: Found) -> None:
    """The same heads with the same chains everywhere, and each log's bytes are what its chains say."""
    heads = await watch.heads()
    first = heads["reporting"]
    found.events = sum(head[2] for head in first)
    found.note("logs hold other events than reporting's", [name for name in heads if heads[name] != first])
    seen = [SourceHead(source, epoch, position, chain, None) for source, epoch, position, chain in first]
    for name, database in watch.databases.items():
        report = await verify(database, seen)
        found.note(f"findings in the log of {name}", [str(finding) for finding in report.findings])


def _exactly_once(acknowledged: Sequence[Acknowledged], facts: dict[str, list[Fact]], found: Found) -> None:
    """Each command's events lie once in its log, side by side, and end where the answer said."""
    made: dict[tuple[str, str], list[int]] = defaultdict(list)
    for source, all_of_it in facts.items():
        for fact in all_of_it:
            made[source, fact.envelope.meta.command_id].append(fact.position)
    lost, twice, elsewhere = [], [], []
    for one in acknowledged:
        places = made[one.source, one.key]
        wanted = list(range(one.position - one.events + 1, one.position + 1))
        if not places:
            lost.append(one.key)
        elif len(places) > one.events:
            twice.append((one.key, places))
        elif places != wanted:
            elsewhere.append((one.key, places, wanted))
    found.note("acknowledged commands are lost", lost)
    found.note("commands were done more than once", twice)
    found.note("commands are not where the answer said", elsewhere)
    keys = Counter(one.key for one in acknowledged)
    found.note("keys were used for two commands by the clients", [key for key, times in keys.items() if times > 1])


def _one_case_each(accepted: set[str], facts: dict[str, list[Fact]], found: Found) -> None:
    """Every accepted request has one case, and knows it; and there is no other case."""
    events = [fact.event for fact in facts["dispatch"]]
    requests = [fact.event for fact in facts["intake"]]
    taken = {event.request_id for event in requests if isinstance(event, RequestAccepted)}
    opened = Counter(request for event in events if isinstance(event, CaseOpened) for request in event.request_ids)
    linked = Counter(event.request_id for event in requests if isinstance(event, RequestLinked))
    found.note("accepted requests are not in the log", sorted(accepted - taken))
    found.note("accepted requests without exactly one case", [r for r in taken if opened[r] != 1])
    found.note("accepted requests not linked exactly once", [r for r in taken if linked[r] != 1])
    found.note("cases of requests that nobody accepted", sorted(opened.keys() - taken))


async def _nobody_stopped(installation: Installation, found: Found) -> None:
    """Every instance is ready, without a red line and without a reader that stands."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for service in SERVICES:
            for url in installation.service_urls(service):
                said = (await client.get(f"{url}/readyz")).json()
                stopped = [reader["name"] for reader in said["readers"] if reader["stopped"]]
                if said["status"] != "ready" or said["red"] or stopped:
                    found.wrong.append(f"{service} at {url}: {said['status']} {said['red']} {stopped}")
