"""Every operation that a service describes, asked with whatever its description allows and forbids."""

import warnings
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 12
"""Of each operation; more find little that these do not, and the four services have some two hundred."""

MAY_FAIL = 503
"""Not ready yet, and says so; every other answer from 500 on is a bug."""


def cases(description: dict[str, Any]) -> list[Any]:
    """What to ask, drawn before anything is asked: hypothesis does not wait for answers."""
    import schemathesis  # the plugin of its package slows every run; only the long proof needs it

    drawn: list[Any] = []
    for found in schemathesis.openapi.from_dict(description).get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # a description that cannot be read fails here

        @settings(
            max_examples=EXAMPLES,
            phases=[Phase.generate],
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def draw(case: Any) -> None:
            drawn.append(case)

        draw()
    return drawn


async def broken(client: httpx.AsyncClient, description: dict[str, Any]) -> tuple[int, list[str]]:
    """How many were asked, and which of them the service answered with a failure of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package itself, about examples it finds hard to draw
        asked = cases(description)
    found = []
    for n, case in enumerate(asked):
        sent = case.as_transport_kwargs(base_url=str(client.base_url))
        headers = {**sent["headers"], "Idempotency-Key": f"fuzz-{n}"}
        try:
            request = client.build_request(
                sent["method"],
                sent["url"],
                params=sent.get("params"),
                headers={name: value for name, value in headers.items() if str(value).isascii()},
                json=sent.get("json"),
            )
        except (httpx.InvalidURL, ValueError):
            continue  # no client can send it
        answer = await client.send(request)
        if answer.status_code >= 500 and answer.status_code != MAY_FAIL:
            found.append(
                f"{sent['method']} {sent['url']} {sent.get('params')} {sent.get('json')}: {answer.status_code}"
            )
    return len(asked), found
