"""典型案例: what the office may hold up as an example, and what it may not (HA-23, JW-06)."""

from dataclasses import replace

from contracts.dispatch import CaseReopened, CaseShowcased, ShowcaseWithdrawn
from services.dispatch.domain.commands import Showcase, WithdrawShowcase
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.asking import OFFICE, handed_over, post, refused
from tests.dispatch.story import AT_WORK, DAY, DONE, NOON, classified
from tests.dispatch.test_pages import send
from tests.dispatch.world import DESK, ROAD, World
from tests.spec import given

show = Showcase(1, "整车项目按期开工", NOON + 2 * DAY)
shown = CaseShowcased(case_id="c1", case_no=1, reason="整车项目按期开工")
withdraw = WithdrawShowcase(1, "复发")
withdrawn = ShowcaseWithdrawn(case_id="c1", case_no=1, reason="复发")
reopened = CaseReopened(case_id="c1", case_no=1, reason="relapse", round=2, was_struck_off=False)


def test_a_handled_case_is_an_example_until_it_is_withdrawn() -> None:
    given(dispatch_case, *DONE).when(show).then(shown)
    given(dispatch_case, *DONE, shown).when(withdraw).then(withdrawn)
    given(dispatch_case, *DONE, shown, withdrawn).when(show).then(shown)
    given(dispatch_case, *DONE).when(withdraw).then_nothing()


def test_what_is_not_handled_is_no_example() -> None:
    given(dispatch_case, *AT_WORK).when(show).then_rejected("not-completed")
    given(dispatch_case, *DONE, shown, reopened).when(withdraw).then_nothing()
    given(dispatch_case, *DONE, shown, reopened).when(show).then_rejected("not-completed")


def test_a_reason_is_given_each_time() -> None:
    given(dispatch_case, *DONE).when(replace(show, reason=" ")).then_rejected("reason-missing", field="reason")
    given(dispatch_case, *DONE, shown).when(replace(withdraw, reason="")).then_rejected(
        "reason-missing", field="reason"
    )


def test_nobodys_misfortune_is_shown_without_their_word() -> None:
    sensitive = [classified.model_copy(update={"sensitive": True}) if event is classified else event for event in DONE]
    given(dispatch_case, *sensitive).when(show).then_rejected("no-consent", field="consented_at")
    agreed = replace(show, consented_at=NOON + DAY)
    given(dispatch_case, *sensitive).when(agreed).then(shown.model_copy(update={"consented_at": NOON + DAY}))
    given(dispatch_case, *sensitive).when(replace(show, consented_at=NOON + 3 * DAY)).then_rejected(
        "in-future", field="consented_at"
    )
    told_in_confidence = replace(show, confidential=True)
    given(dispatch_case, *DONE).when(told_in_confidence).then_rejected("no-consent", field="consented_at")
    given(dispatch_case, *DONE).when(replace(agreed, confidential=True)).then(
        shown.model_copy(update={"consented_at": NOON + DAY})
    )
    secret = [classified.model_copy(update={"secret": True}) if event is classified else event for event in DONE]
    given(dispatch_case, *secret).when(agreed).then_rejected("secret")


async def test_the_office_shows_a_case_and_the_list_finds_it(world: World) -> None:
    """One of its requests was told in confidence, so the requester's word comes first."""
    case_id, order = await handed_over(world, territory=None)
    await handed_over(world, "r2")
    confided = await world.case("r3", confidential=True)
    page, where = f"/dispatch/cases/{case_id}", f"/dispatch/cases/{case_id}/showcase"
    async with world.api(ROAD) as road, world.browser(OFFICE) as office, world.api(DESK) as desk:
        assert await refused(desk, f"/cases/{case_id}/showcase", {"reason": "好"}) == "not-completed"
        assert (await post(desk, f"/cases/{confided}/merge", {"into": case_id, "reason": "同一处"})).status_code == 201
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好"})
        await world.settled()
        assert (await post(road, f"/cases/{case_id}/showcase", {"reason": "好"})).status_code == 403
        bare = await send(office, (await office.get(page)).text, where)
        assert bare.status_code == 422
        assert "请写明列为典型案例的理由。" in bare.text
        unasked = await send(office, bare.text, where, reason="三天修好，群众送来感谢信")
        assert unasked.status_code == 422
        assert "诉求人要求保密" in unasked.text
        agreed = "2017-07-17T10:00"
        done = await send(office, unasked.text, where, reason="三天修好，群众送来感谢信", consented_at=agreed)
        assert done.status_code == 200
        await world.settled()
        listed = (await office.get("/dispatch/cases?showcase=yes")).text
        assert page in listed
        assert "/dispatch/cases/c-r2" not in listed
        told = (await office.get(page)).text
        assert "三天修好，群众送来感谢信" in told
        assert (
            await send(office, told, f"/dispatch/cases/{case_id}/withdraw-showcase", reason="复发")
        ).status_code == 200
        await world.settled()
        assert page not in (await office.get("/dispatch/cases?showcase=yes")).text
