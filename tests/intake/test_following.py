"""A request follows its case: into an order, a merge and out of it, apart; or it goes elsewhere."""

from fastapi import FastAPI

from contracts.codec import decode
from contracts.dispatch import AbsorptionUndone, CaseAbsorbed, CaseOpened, CaseSentBack, CaseSupplemented
from contracts.event import Event
from contracts.intake import RequestAccepted
from contracts.sealed import Sealed
from tests.clients import browser
from tests.intake.conftest import CLERK, NOW, OTHER, VISITOR, script, settle, told
from tests.intake.filing import handed_over, reacted, registered


async def test_the_list_follows_the_case(filled: FastAPI) -> None:
    request_id = await registered(filled, accept=True)
    await handed_over(filled, request_id, "town-a")
    async with script(filled, CLERK) as clerk:
        row = (await clerk.get(f"/intake/api/requests/{request_id}")).json()
    assert (row["status"], row["case_id"], row["step"], row["case_no"], row["lead_unit"]) == (
        "linked",
        "c-1",
        "issued",
        7,
        "town-a",
    )


async def test_requests_follow_their_cases_into_a_merge_out_of_it_and_apart(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        first, second = [
            (await clerk.post("/intake/api/requests", json={"text": text, "accept": True})).json()["request_id"]
            for text in ("示例路积水", "示例路又积水")
        ]

        async def cases(*events: Event) -> list[tuple[str, list[str]]]:
            await told(filled, *events, programme="jw-2017")
            await reacted(filled)
            rows = [(await clerk.get(f"/intake/api/requests/{one}")).json() for one in (first, second)]
            return [(row["case_id"], row["more_cases"]) for row in rows]

        def opened(case: str, request: str, **more: str) -> CaseOpened:
            sealed = Sealed(key_id=f"request-{request}", box="AAAA")
            return CaseOpened(
                case_id=case,
                request_ids=(request,),
                title=sealed,
                text=sealed,
                channel="window",
                received_at=NOW,
                **more,
            )

        assert await cases(opened("c1", first), opened("c2", second)) == [("c1", []), ("c2", [])]
        ids = {"case_id": "c1", "case_no": 1, "request_ids": (second,)}
        joined = CaseAbsorbed(**ids, from_case="c2", from_no=2, link="merged")
        assert await cases(joined) == [("c1", []), ("c1", [])]
        undone = AbsorptionUndone(**ids, to_case="c2", reason="不是同一处")
        assert await cases(undone) == [("c1", []), ("c2", [])]
        apart = await cases(opened("p1", first, split_from="c1"), opened("p2", first, split_from="c1"))
        assert (sorted([apart[0][0], *apart[0][1]]), apart[1]) == (["p1", "p2"], ("c2", []))


async def test_a_request_joins_an_open_case_goes_elsewhere_or_is_taken_back(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        one, two, three = [
            (await clerk.post("/intake/api/requests", json={"text": text})).json()["request_id"]
            for text in ("示例路积水", "合同纠纷", "路灯不亮")
        ]
        unknown = await clerk.post(f"/intake/api/requests/{one}/accept", json={"join_case": "c9"})
        assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "join_case")
        court = {"channel": "示例区人民法院", "told_at": "2017-07-17T11:00:00"}
        gone = await clerk.post(f"/intake/api/requests/{two}/redirect", json=court)
        assert gone.json()["events"] == ["request-redirected"]
        back = await clerk.post(f"/intake/api/requests/{three}/withdraw", json={"reason": "已自行修好"})
        again = await clerk.post(
            f"/intake/api/requests/{three}/withdraw",
            json={"reason": "已自行修好"},
            headers={"idempotency-key": back.request.headers["idempotency-key"]},
        )
        assert (back.status_code, again.json()["repeated"]) == (201, True)
        assert (await clerk.post(f"/intake/api/requests/{three}/accept", json={})).status_code == 422
        await settle(filled)
        rows = {row["request_id"]: row["status"] for row in (await clerk.get("/intake/api/requests")).json()["items"]}
    assert (rows[one], rows[two], rows[three]) == ("new", "redirected", "withdrawn")


async def test_what_the_desk_asks_for_is_shown_and_added(filled: FastAPI) -> None:
    """退回补充: the request says what is missing until its case has it."""
    request_id = await registered(filled, accept=True)
    ids = {"case_id": "c-1", "case_no": 7}
    sealed = Sealed(key_id=f"request-{request_id}", box="AAAA")
    opened = CaseOpened(
        case_id="c-1", request_ids=(request_id,), title=sealed, text=sealed, channel="window", received_at=NOW
    )
    async with script(filled, CLERK) as clerk, browser(filled, CLERK) as page:
        await told(filled, opened, CaseSentBack(**ids, missing="具体是哪个路口"), programme="jw-2017")
        await reacted(filled)
        await settle(filled)
        shown = (await page.get(f"/intake/requests/{request_id}")).text
        assert "派单席须知道：具体是哪个路口" in shown
        for asked in ("/intake/requests", "/intake/requests?status=sent-back"):
            assert f'href="/intake/requests/{request_id}"' in (await page.get(asked)).text
        assert '<span class="badge">1' in (await page.get("/intake/_badge")).text
        path = f"/intake/api/requests/{request_id}/supplement"
        empty = await clerk.post(path, json={"text": ""})
        assert (empty.status_code, empty.json()["code"]) == (422, "supplement-missing")
        added = await clerk.post(path, json={"text": "示例路与示例街交叉口"})
        assert added.json()["events"] == ["request-supplemented"]
        await settle(filled)
        assert "示例路与示例街交叉口" in (await page.get(f"/intake/requests/{request_id}")).text
        await told(filled, CaseSupplemented(**ids, request_id=request_id, text=sealed), programme="jw-2017")
        await settle(filled)
        assert "派单席须知道" not in (await page.get(f"/intake/requests/{request_id}")).text
        listed = (await page.get("/intake/requests?status=sent-back")).text
        assert f'href="/intake/requests/{request_id}"' not in listed


async def test_only_those_who_see_a_request_add_to_it(filled: FastAPI) -> None:
    request_id = await registered(filled, accept=True, territory="town-a")
    async with script(filled, OTHER) as other, script(filled, VISITOR) as visitor:
        body = {"text": "示例路与示例街交叉口"}
        assert (await other.post(f"/intake/api/requests/{request_id}/supplement", json=body)).status_code == 404
        own = await visitor.post(f"/intake/api/requests/{request_id}/supplement", json=body)
        assert own.status_code == 201, own.text


async def test_a_clerk_names_the_case_to_join_by_the_number_that_people_know(filled: FastAPI) -> None:
    """Numbers are ranks of openings within a programme, known before any order carries them."""
    async with script(filled, CLERK) as clerk:

        async def requested(text: str, **more: bool) -> str:
            made = await clerk.post("/intake/api/requests", json={"text": text, **more})
            found: str = made.json()["request_id"]
            return found

        for number, text in enumerate(("示例路积水", "示例桥破损"), start=1):
            request_id = await requested(text, accept=True)
            sealed = Sealed(key_id=f"request-{request_id}", box="AAAA")
            opened = CaseOpened(
                case_id=f"c{number}",
                request_ids=(request_id,),
                title=sealed,
                text=sealed,
                channel="window",
                received_at=NOW,
            )
            await told(filled, opened, programme="jw-2017")
            await reacted(filled)
        for typed, joined in (("JW-2017-0002", "c2"), ("jw-2017-1", "c1"), ("c2", "c2")):
            one = await requested("示例桥又破损")
            accepted = await clerk.post(f"/intake/api/requests/{one}/accept", json={"join_case": typed})
            assert accepted.status_code == 201, accepted.text
            event = decode((await filled.state.service.log.stream(f"request-{one}"))[-1].payload).event
            assert isinstance(event, RequestAccepted)
            assert (event.join_case, event.join_as) == (joined, "merged")
        one = await requested("示例桥又破损")
        for typed in ("JW-2017-0003", "LT-2019-0001", "JW-2017-0000", "JW-2017-999999999"):
            refused = await clerk.post(f"/intake/api/requests/{one}/accept", json={"join_case": typed})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "join_case"), typed
