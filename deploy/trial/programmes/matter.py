"""One matter of a citizen and what officials do about it: every act as one command through the API."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from deploy.trial.fate import dice_for
from deploy.trial.programmes.scene import Scene
from deploy.trial.staff import Unexpected

REQUESTS, CASES, FOLLOWUPS = "/intake/api/requests", "/dispatch/api/cases", "/supervision/api/followups"
SEEN_WITHIN_S, LOOK_EVERY_S = 60.0, 0.2
REPLY = "已办理，并已将结果告知诉求人。"
MEASURES = "逐项核实，分步化解。"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the dispatcher's answer named it."""

    order_id: str
    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a matter is and what becomes of it."""

    ref: str
    kind: str
    fate: str
    title: str
    category: str
    urgency: str
    scope: str
    lead: str
    territory: str
    begins: int
    """The half day on which it is registered, counted from 0."""
    join: str | None = None
    """The matter that it turns out to be the same as."""


@dataclass
class Matter:
    """One plan on the stage. Acts raise `Unexpected` where the rules say no against the script."""

    scene: Scene
    plan: Plan
    round: int = 1
    steps: int = 0
    case: str = ""
    dice: Any = field(init=False)

    def __post_init__(self) -> None:
        self.dice = dice_for(self.scene.seed, self.plan.ref)
        self.case = self.case or f"c-{self.request_id}"

    @property
    def request_id(self) -> str:
        return str(uuid5(NAMESPACE_URL, f"huiyin:trial:{self.scene.cast.programme}:{self.plan.ref}"))

    @property
    def turn(self) -> int:
        return sum(map(ord, self.plan.ref))

    async def wait(self, half_days: int) -> None:
        await self.scene.days.wait(half_days)

    def later(self, days: int) -> str:
        """So many days from now, in the afternoon."""
        return (self.scene.days.now + timedelta(days=days)).isoformat()

    # intake

    async def register(self, *, accept: bool = True, complained: tuple[str, ...] = ()) -> None:
        body = {
            "complained": list(complained),
            "request_id": self.request_id,
            "channel": "hotline",
            "title": self.plan.title,
            "text": f"{self.plan.title}，希望有关部门尽快处理。",
            "territory": self.plan.territory,
            "category": self.plan.category,
            "programme": self.scene.cast.programme,
            "accept": accept,
        }
        await self.do("register", self.clerk(), REQUESTS, body)

    async def accept_into(self, case: str, link: str) -> None:
        """The clerk sees that it is the same matter: it opens no case of its own."""
        body = {"programme": self.scene.cast.programme, "join_case": case, "join_as": link}
        await self.do("accept-join", self.clerk(), f"{REQUESTS}/{self.request_id}/accept", body)

    # dispatch

    async def hand_over(self, **more: Any) -> list[Order]:
        """The desk's one act: classify, route, issue."""
        who = more.pop("by", None) or self.desk()
        form = {
            **self.classification(),
            "lead": self.plan.lead,
            "instruction": "请按规定时限联系诉求人并办理。",
            **more,
        }
        answer = await self.do("dispatch", who, f"{CASES}/{self.case}/dispatch", form)
        return [Order(one["order_id"], one["unit"], one["role"]) for one in answer["orders"]]

    def classification(self) -> dict[str, Any]:
        return {"category": self.plan.category, "scope": self.plan.scope, "urgency": self.plan.urgency}

    async def fallen_back(self) -> None:
        """Until the desk's time is over for it, which a timer sees within a second."""
        token = self.scene.staff.token(self.desk())
        async with asyncio.timeout(SEEN_WITHIN_S):
            while not (await self.scene.browser.get(f"{CASES}/{self.case}", token))["fallback"]:
                await asyncio.sleep(LOOK_EVERY_S)

    async def sign(self, order: Order, *, contact: bool = True) -> None:
        await self.of_order(order, "sign", {"responsible_person": self.clerk_of(order.unit)})
        if contact:
            await self.of_order(order, "contact", {"method": "phone", "reached": True})

    async def file_plan(self, order: Order, days: int) -> None:
        body = {
            "responsible_person": self.clerk_of(order.unit),
            "responsible_leader": self.leader_of(order.unit),
            "responsible_dept": order.unit,
            "measures": MEASURES,
            "resolve_by": self.later(days),
            "task_book": "核实情况，提出方案，组织实施。",
            "road_map": "先易后难，逐月推进。",
            "timetable": [{"name": "方案", "due": self.later(max(1, days // 2))}],
        }
        await self.of_order(order, "plan", body)
        await self.of_order(order, "milestone", {"milestone": 1})

    async def consult(self, kind: str, attendees: list[str], **more: Any) -> None:
        """Held by the work group; the case takes note of it by itself."""
        body = {"kind": kind, "chair": self.desk(), "attendees": attendees, "case_ids": [self.case], **more}
        await self.do("consultation", self.desk(), "/dispatch/api/consultations", body)

    async def orders(self) -> list[Order]:
        """Those that are still to be done, as the case's page shows them."""
        token = self.scene.staff.token(self.desk())
        found = await self.scene.browser.get(f"{CASES}/{self.case}", token)
        still = [row for row in found["orders"] if row["status"] == "open"]
        return [Order(row["order_id"], row["unit"], row["role"]) for row in still]

    async def extend(self, order: Order, days: int, *, granted: bool) -> None:
        await self.of_order(order, "request-extension", {"reason": "施工尚需时日。", "finish_by": self.later(days)})
        await self.wait(1)
        told = {"requester_told_at": self.scene.days.now.isoformat()} if granted else {}
        body = {"granted": granted, "reason": "同意。" if granted else "请按期办理。", **told}
        await self.do("decide-extension", self.chief(), self.order_path(order, "decide-extension"), body)

    async def suspend(self, order: Order, *, resumed: int | None) -> None:
        body = {
            "reason": "客观条件暂不具备。",
            "condition": "相关手续批复后恢复办理。",
            "review_on": self.later(20),
            "approver": self.chief(),
            "requester_told_at": self.scene.days.now.isoformat(),
        }
        await self.do("suspend", self.leader_of(order.unit), f"{CASES}/{self.case}/suspend", body)
        if resumed is not None:
            await self.wait(resumed)
            await self.do(
                "resume", self.leader_of(order.unit), f"{CASES}/{self.case}/resume", {"reason": "条件已具备。"}
            )

    async def give_back(self, order: Order, others: Iterable[str]) -> None:
        """With the unit that it thinks is the right one; the ruling may name another. Its dice are its own."""
        among = sorted({*others} - {order.unit})
        whose = dice_for(self.scene.seed, f"{self.plan.ref}:return").choice(among)
        body = {"reason_code": "not-ours", "reason": "不属于本单位职责。", "proposed_unit": whose}
        await self.do("return", self.leader_of(order.unit), self.order_path(order, "return"), body)

    async def rule(self, order: Order, *, new_unit: str | None) -> list[Order]:
        """Accepted where a new unit is named, else refused."""
        body: dict[str, Any] = {"accepted": new_unit is not None, "reason": "经核裁定。", "new_unit": new_unit}
        answer = await self.do("rule", self.desk(), self.order_path(order, "rule"), body)
        return [Order(one["order_id"], one["unit"], one["role"]) for one in answer.get("orders", [])]

    async def cancel(self, order: Order) -> None:
        await self.do(
            "cancel", self.chief(), self.order_path(order, "cancel"), {"reason": "会办事项已由主办单位一并办理。"}
        )

    async def complete(self, order: Order, result: str = "solved") -> None:
        body: dict[str, Any] = {"result": result, "reply": REPLY}
        if self.scene.pack.order.evidence_required:
            body["evidence"] = [self.scene.evidence]
        await self.of_order(order, "complete", body)

    async def of_case(self, act: str, person: str, body: dict[str, Any]) -> Any:
        return await self.do(act, person, f"{CASES}/{self.case}/{act}", body)

    async def of_order(self, order: Order, act: str, body: dict[str, Any]) -> Any:
        return await self.do(act, self.clerk_of(order.unit), self.order_path(order, act), body)

    def order_path(self, order: Order, act: str) -> str:
        return f"{CASES}/{self.case}/orders/{order.order_id}/{act}"

    async def refused(self, what: str, person: str, path: str, body: dict[str, Any], *codes: str) -> None:
        """A mistake that the rules must catch."""
        await self.scene.staff.attempt(what, person, path, body, self.key(f"wrong-{what}"), codes)

    async def do(self, what: str, person: str, path: str, body: dict[str, Any]) -> Any:
        return await self.scene.staff.act(what, person, path, body, self.key(what))

    def key(self, what: str) -> str:
        self.steps += 1
        return f"{self.scene.cast.programme}-{self.plan.ref}-{self.steps}-{what}"

    # who

    def clerk(self) -> str:
        return self.scene.staff.person("intake_clerk", self.scene.cast.office, self.turn)

    def desk(self) -> str:
        return self.scene.staff.person("work_group_lead", self.scene.cast.office, self.turn)

    def chief(self) -> str:
        return self.scene.staff.person("programme_office", self.scene.cast.office)

    def clerk_of(self, unit: str) -> str:
        return self.scene.staff.person("unit_clerk", unit)

    def leader_of(self, unit: str) -> str:
        return self.scene.staff.person("unit_leader", unit)


async def quietly(story: Any) -> None:
    """To its end, or to where the rules unexpectedly stop it, which the tally counts."""
    try:
        await story
    except Unexpected:
        return
