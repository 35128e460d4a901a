"""The broker's configuration: one account per installation, in which each service may publish only its own stream."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import feeds

OPERATOR = "operator"
"""May do everything in the installation's account: for repairs, never used by a service."""

DRIVER = "driver"
"""Sets the simulated time of an installation that was created with one."""

KEY_OWNER = "intake"
"""The service that makes and purges the keys of sealed text."""

KEY_READERS = frozenset({KEY_OWNER, "dispatch", "supervision", "reporting"})
"""The services whose screens show sealed text; every other is denied the bucket of keys."""

EPOCHS = 32
"""How many epochs of its own stream a service may declare. A new one begins only by an operator's command after a
restore, and wildcards cannot stand for a part of a stream's name."""

ANSWERS = {"max": 1, "expires": "30s"}
"""A service may answer a request where the asker wants the answer: once, and soon."""

READ_STREAMS = (
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.MSG.GET.*",
    "$JS.API.DIRECT.GET.*",
    "$JS.API.DIRECT.GET.*.>",
    "$JS.API.CONSUMER.CREATE.*.>",
    "$JS.API.CONSUMER.INFO.*.*",
    "$JS.API.CONSUMER.MSG.NEXT.*.*",
    "$JS.ACK.>",
    "$JS.FC.>",
)
"""Withheld from every service: STREAM.DELETE, STREAM.UPDATE, STREAM.PURGE and STREAM.MSG.DELETE, because
`deny_purge` on a stream stops neither an update of its limits nor its deletion; and CONSUMER.DELETE on event
streams, because the broker forgets idle consumers by itself."""


READ_ONE = (
    "$JS.API.STREAM.MSG.GET.{}",
    "$JS.API.DIRECT.GET.{}",
    "$JS.API.DIRECT.GET.{}.>",
    "$JS.API.CONSUMER.CREATE.{}.>",
    "$JS.API.CONSUMER.MSG.NEXT.{}.*",
)
"""Every way to read one stream."""


def render(
    *, district: str, passwords: Mapping[str, str], services: Sequence[str], store_dir: Path, simulated: bool = False
) -> str:
    """The configuration file. `passwords` names one for every service, the operator and, if simulated, the driver.

    The broker's format takes JSON, which needs no quoting rules of its own.
    """
    users = [_user(service, passwords[service], _service(district, service)) for service in services]
    users.append({"user": OPERATOR, "password": passwords[OPERATOR]})
    if simulated:
        users.append(_user(DRIVER, passwords[DRIVER], _driver(district)))
    config = {
        "server_name": f"huiyin-{district}",
        "jetstream": {"store_dir": str(store_dir)},
        "accounts": {
            "HUIYIN": {"jetstream": "enabled", "users": users},
            "SYS": {"users": []},
        },
        "system_account": "SYS",
    }
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def _user(name: str, password: str, permissions: dict[str, Any]) -> dict[str, Any]:
    return {"user": name, "password": password, "permissions": permissions}


def _service(district: str, service: str) -> dict[str, Any]:
    keys, simulation = feeds.keys_bucket(district), feeds.simulation_bucket(district)
    publish = [
        f"ev.{district}.{service}.>",
        feeds.beacon_subject(district, service),
        feeds.heads_subject(district),
        f"log.read.{district}.*",
        *(f"$JS.API.STREAM.CREATE.{feeds.stream_name(district, service, n)}" for n in range(1, EPOCHS + 1)),
        *READ_STREAMS,
        *_watch(simulation),
    ]
    subscribe = [
        f"_INBOX_{service}.>",
        feeds.beacon_subject(district, "*"),
        feeds.heads_subject(district),
        feeds.read_subject(district, service),
        f"$KV.{simulation}.>",
    ]
    denied = []
    if service in KEY_READERS:
        publish += _watch(keys)
        subscribe.append(f"$KV.{keys}.>")
    else:
        denied = [pattern.format(f"KV_{keys}") for pattern in READ_ONE]
    if service == KEY_OWNER:
        publish += _own_bucket(keys)
    return {
        "publish": {"allow": publish, "deny": denied},
        "subscribe": {"allow": subscribe},
        "allow_responses": ANSWERS,
    }


def _driver(district: str) -> dict[str, Any]:
    bucket = feeds.simulation_bucket(district)
    publish = [*READ_STREAMS, *_watch(bucket), *_own_bucket(bucket)]
    return {"publish": {"allow": publish}, "subscribe": {"allow": ["_INBOX.>", f"_INBOX_{DRIVER}.>"]}}


def _watch(bucket: str) -> list[str]:
    """Following a bucket by an unnamed consumer, and letting it go."""
    return [f"$JS.API.CONSUMER.CREATE.KV_{bucket}", f"$JS.API.CONSUMER.DELETE.KV_{bucket}.*"]


def _own_bucket(bucket: str) -> list[str]:
    return [f"$KV.{bucket}.>", f"$JS.API.STREAM.CREATE.KV_{bucket}"]
