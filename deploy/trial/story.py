"""The life of one case, as its officials act it out."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from deploy.trial import district
from deploy.trial.days import Days
from deploy.trial.fate import Fate, dice_for, half_days_to_finish
from deploy.trial.rule import Judgement, judge
from deploy.trial.staff import Staff, Unexpected

LEARNED = ("redirect-class", "not-the-issuer", "no-designated-lead", "taken")
"""Why a dispatch may be refused at first: what is missing is added, one after the other."""

CASES, ORDERS = "/dispatch/api/cases", "/dispatch/api/orders"
LAST_RESORT = "2017-09-29T17:00:00+08:00"
"""难事 are to be settled by the end of September."""

SHORT_PLAN = timedelta(days=3)
"""What a later round leaves for one."""

MUST_SOLVE = ("order-wage",)
"""As the pack says: otherwise than solved only with a leader's word."""

RESULTS = {"partly": "partly", "planned": "planned", "explained": "explained", "unsolvable": "unsolvable"}
STAYS_OPEN = ("undispatched", "unsigned", "stuck", "suspended")
REPLY = "已办理，并已将结果告知诉求人。"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the dispatcher's answer named it."""

    order_id: str
    unit: str
    role: str


@dataclass
class Story:
    """One message from its acceptance on."""

    staff: Staff
    days: Days
    seed: int
    request_id: str
    ref: str
    title: str
    fate: Fate
    steps: int = 0
    round: int = 1
    judgement: Judgement = field(init=False)

    def __post_init__(self) -> None:
        self.judgement = judge(self.title, self.ref)
        self.dice = dice_for(self.seed, f"{self.ref}:handling")

    @property
    def case_id(self) -> str:
        return f"c-{self.request_id}"

    async def live(self) -> None:
        """To the end, or to where the rules unexpectedly stop it (which is counted)."""
        try:
            await self._live()
        except Unexpected:
            return

    async def again(self) -> None:
        """Another round after a failed check; this time it is done well."""
        self.round += 1
        try:
            await self.days.wait(1)
            await self._handle(await self._dispatch(), "solved")
        except Unexpected:
            return

    async def _live(self) -> None:
        await self.days.wait(self.fate.accepted_after)
        if not await self._take():
            return
        if self.fate.ending == "undispatched":
            return
        await self.days.wait(self.dice.choice((1, 1, 1, 2)))
        orders = await self._dispatch()
        ending = self.fate.ending
        if ending == "unsigned":
            return
        if ending in ("returned", "return-refused"):
            orders = await self._return(orders, accepted=ending == "returned")
        await self._handle(orders, ending)
        if self.fate.spot_check and ending == "solved":
            await self.days.wait(self.dice.randint(3, 10))
            await self._spot_check()

    async def _take(self) -> bool:
        """Whether a case comes of it."""
        clerk = self.staff.person("intake_clerk", district.OFFICE, self.fate.turn)
        path = f"/intake/api/requests/{self.request_id}"
        match self.fate.taking:
            case "answer":
                await self._do("answer", clerk, f"{path}/answer", {"answer": "已当场解释相关政策。"})
            case "reject":
                body = {"reason_code": "other", "reason": "不属于本次活动受理范围，已告知反映渠道。"}
                told = {"channel_told": "hotline", "told_at": self.days.now.isoformat()}
                await self._do("reject", clerk, f"{path}/reject", body | told)
            case _:
                await self._do("accept", clerk, f"{path}/accept", {"programme": "jw-2017"})
                return True
        return False

    async def _dispatch(self) -> list[Order]:
        """The desk's one act: classify, route, issue. What it may not do alone it learns from the refusal."""
        form = self.judgement.form()
        if self.judgement.scope == "common" and self.dice.random() < 0.15:
            form["co"] = [self._other_department()]
        group = self.staff.person("work_group_lead", district.OFFICE, self.fate.turn)
        office = self.staff.person("programme_office", district.OFFICE)
        desk, path = group, f"{CASES}/{self.case_id}/dispatch"
        for _ in LEARNED:
            answer = await self.staff.ask("dispatch", desk, path, form, self._key("dispatch"), LEARNED)
            if answer.ok:
                return [Order(one["order_id"], one["unit"], one["role"]) for one in answer.content["orders"]]
            match answer.code:
                case "not-the-issuer":
                    desk = office
                case "no-designated-lead":
                    word = {"unit": form["lead"], "reason": "由其牵头，会办单位配合。"}
                    await self._do("designate", group, f"{CASES}/{self.case_id}/designate", word)
                case _:
                    form["route_reason"] = "经核，属本活动受理范围。"
        raise Unexpected(f"dispatch: refused for all of {', '.join(LEARNED)}")

    async def _return(self, orders: list[Order], *, accepted: bool) -> list[Order]:
        """The lead says that it is not its to handle; the office rules."""
        lead = orders[0]
        await self.days.wait(1)
        leader = self.staff.person("unit_leader", lead.unit)
        if self.fate.mistake == "no-reason":
            await self._fail("return", leader, f"{ORDERS}/{lead.order_id}/return", {"reason": ""}, "reason-missing")
        whose = min(district.DEPARTMENTS.keys() - {order.unit for order in orders})  # the ruling may name another
        body = {"reason_code": "not-ours", "reason": "不属于本单位职责。", "proposed_unit": whose}
        await self._do("return", leader, f"{ORDERS}/{lead.order_id}/return", body)
        await self.days.wait(self.dice.choice((1, 2, 3)))
        # The work group's word on who leads several departments comes with its ruling (JW-13).
        desk = self.staff.person("work_group_lead", district.OFFICE, self.fate.turn)
        ruling: dict[str, Any] = {
            "accepted": accepted,
            "reason": "经核，理由成立。" if accepted else "经核，仍由该单位办理。",
        }
        if accepted:
            ruling["new_unit"] = self._other_unit({order.unit for order in orders})
        else:
            ruling["final"] = self.dice.random() < 0.5
        answer = await self._do("rule", desk, f"{ORDERS}/{lead.order_id}/rule", ruling)
        if not accepted:
            return orders
        new = [Order(one["order_id"], one["unit"], one["role"]) for one in answer["orders"]]
        return [*new, *orders[1:]]

    async def _handle(self, orders: list[Order], ending: str) -> None:
        """Sign, talk, plan, work, finish, strike off."""
        await self._mistake_before_signing(orders[0])
        await self.days.wait(1)
        for order in orders:
            await self._sign(order)
        hard = self.judgement.urgency == "hard"
        if hard:
            await self.days.wait(self.dice.randint(1, 12))
            for order in orders:
                await self._plan(order)
            await self._consult(orders)
        if ending in ("suspended", "resumed"):
            await self._suspend(orders[0], resumed=ending == "resumed")
        if ending in STAYS_OPEN:
            return
        await self.days.wait(half_days_to_finish(self.dice, self.judgement.urgency, ending))
        if hard or self.dice.random() < 0.1:
            await self._order(orders[0], "progress", {"text": "正在协调办理。", "next_step": "办结后回复诉求人。"})
        await self._complete(orders, ending)

    async def _sign(self, order: Order) -> None:
        await self._order(order, "sign", {"responsible_person": self.staff.person("unit_clerk", order.unit)})
        await self._order(order, "contact", {"method": "phone", "reached": self.dice.random() < 0.93})

    async def _consult(self, orders: list[Order]) -> None:
        """难事联办: without a meeting a hard matter is not completed, in any round (JW-20)."""
        body = {
            "kind": "joint_handling",
            "chair": self.staff.person("programme_office", district.OFFICE),
            "attendees": [order.unit for order in orders],
            "case_ids": [self.case_id],
            "no_decision": "由主办单位按方案办理。",
        }
        desk = self.staff.person("dispatcher", district.OFFICE, self.fate.turn)
        await self._do("consultation", desk, "/dispatch/api/consultations", body)

    async def _plan(self, order: Order) -> None:
        """Later rounds are shorter, and so are their plans."""
        by = LAST_RESORT if self.round == 1 else (self.days.now + SHORT_PLAN).isoformat()
        body = {
            "responsible_person": self.staff.person("unit_clerk", order.unit),
            "responsible_leader": self.staff.person("unit_leader", order.unit),
            "responsible_dept": order.unit,
            "measures": "逐项核实，分步化解。",
            "resolve_by": by,
            "task_book": "核实情况，提出方案，组织实施。",
            "road_map": "先核实，后实施，再回复。",
            "timetable": [{"name": "组织实施", "due": by}],
        }
        await self._order(order, "plan", body)

    async def _suspend(self, order: Order, *, resumed: bool) -> None:
        leader = self.staff.person("unit_leader", order.unit)
        body = {
            "reason": "客观条件暂不具备。",
            "condition": "相关手续批复后恢复办理。",
            "review_on": LAST_RESORT,
            "approver": self.staff.person("programme_office", district.OFFICE),
            "requester_told_at": self.days.now.isoformat(),
        }
        await self.days.wait(1)
        await self._do("suspend", leader, f"{CASES}/{self.case_id}/suspend", body)
        if resumed:
            await self.days.wait(self.dice.randint(6, 30))
            await self._do("resume", leader, f"{CASES}/{self.case_id}/resume", {"reason": "条件已具备。"})

    async def _complete(self, orders: list[Order], ending: str) -> None:
        lead = orders[0]
        clerk = self.staff.person("unit_clerk", lead.unit)
        if self.fate.mistake == "no-reply":
            path = f"{ORDERS}/{lead.order_id}/complete"
            await self._fail("complete", clerk, path, {"result": "solved", "reply": ""}, "no-reply", "reply-missing")
        if self.fate.mistake == "too-early":
            await self._fail("strike-off", clerk, f"{CASES}/{self.case_id}/strike-off", {}, "not-completed")
        body = {"result": RESULTS.get(ending, "solved"), "reply": REPLY}
        if ending == "explained":
            body["policy_basis"] = "按现行政策规定办理。"
        if self.judgement.category in MUST_SOLVE and body["result"] != "solved":
            body["approved_by"] = self.staff.person("programme_office", district.OFFICE)
            body["approval_note"] = "同意，请继续向诉求人解释"
        for order in reversed(orders):
            await self._order(order, "complete", body)
        if ending in ("not-struck-off", "unsolvable"):
            return
        await self._strike_off(clerk)

    async def _strike_off(self, clerk: str) -> None:
        """Within a day; if a call-back failed meanwhile the case is open again, and the rules say no."""
        completed_in, path = self.round, f"{CASES}/{self.case_id}/strike-off"
        await self.days.wait(self.dice.choice((0, 1, 1, 2)))
        if self.round > completed_in:
            await self._fail("strike-off", clerk, path, {}, "not-completed")
        else:
            await self._do("strike-off", clerk, path, {})

    async def _spot_check(self) -> None:
        """What was struck off turns out not to be settled."""
        reviewer = self.staff.person("supervisor", district.SUPERVISION, self.fate.turn)
        body = {"reason": "spot_check", "text": "现场核查未解决到位。"}
        await self._do("reopen", reviewer, f"{CASES}/{self.case_id}/reopen", body)
        await self.again()

    async def _mistake_before_signing(self, order: Order) -> None:
        if self.fate.mistake == "other-unit":
            stranger = self.staff.person("unit_clerk", self._other_unit({order.unit}))
            await self._fail("sign", stranger, f"{ORDERS}/{order.order_id}/sign", {}, "other-unit")

    async def _order(self, order: Order, act: str, body: dict[str, Any]) -> Any:
        clerk = self.staff.person("unit_clerk", order.unit)
        return await self._do(act, clerk, f"{CASES}/{self.case_id}/orders/{order.order_id}/{act}", body)

    async def _do(self, what: str, person: str, path: str, body: dict[str, Any]) -> Any:
        return await self.staff.act(what, person, path, body, self._key(what))

    async def _fail(self, what: str, person: str, path: str, body: dict[str, Any], *codes: str) -> None:
        await self.staff.attempt(what, person, path, body, self._key(f"wrong-{what}"), codes)

    def _key(self, what: str) -> str:
        self.steps += 1
        return f"trial-{self.request_id}-{self.steps}-{what}"

    def _other_unit(self, taken: set[str]) -> str:
        return self.dice.choice([unit for unit in sorted(district.DEPARTMENTS) if unit not in taken])

    def _other_department(self) -> str:
        return self._other_unit({self.judgement.lead})
