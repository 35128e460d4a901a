"""A role that was given or taken away counts from the next request, with the login that was open."""

from copy import deepcopy

from fastapi import FastAPI

from tests.clients import browser
from tests.intake.conftest import ADMIN, CLERK, DIRECTORY, script, settle


async def with_roles(app: FastAPI, person_id: str, *roles: str, unit: str = "office") -> None:
    told = deepcopy(DIRECTORY)
    person = next(one for one in told["persons"] if one["person_id"] == person_id)
    person.update(roles=list(roles), unit_id=unit)
    async with script(app, ADMIN) as admin:
        rows = (await admin.post("/intake/api/directory", json=told)).json()["rows"]
    assert [row["status"] for row in rows].count("changed") == 1
    await settle(app)


async def test_an_open_login_follows_the_directory(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk, browser(filled, CLERK) as pages:
        assert (await clerk.get("/intake/api/requests")).status_code == 200
        assert (await pages.get("/intake/directory")).status_code == 403

        await with_roles(filled, CLERK.person_id)
        refused = await clerk.get("/intake/api/requests")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
        page = await pages.get("/intake/requests")
        assert page.status_code == 403
        assert "受理员" in page.text, "the page says who can"
        assert (await clerk.get("/intake/api/me")).json()["roles"] == []

        await with_roles(filled, CLERK.person_id, "admin", unit="town-a")
        assert (await pages.get("/intake/directory")).status_code == 200
        me = (await clerk.get("/intake/api/me")).json()
        assert (me["roles"], me["unit_id"]) == (["admin"], "town-a")


async def test_whoever_the_directory_does_not_know_keeps_what_the_token_says(app: FastAPI) -> None:
    async with script(app, ADMIN) as installer:
        assert (await installer.post("/intake/api/directory", json=DIRECTORY)).status_code == 200
