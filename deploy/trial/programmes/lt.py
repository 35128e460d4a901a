"""六里屯: 1,043 requests in 1,012 cases, each handed to a section and a community, again until satisfied."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from deploy.trial.fate import dice_for
from deploy.trial.programmes.cast import COMMUNITIES, SECTIONS, SHARED
from deploy.trial.programmes.matter import CASES, FOLLOWUPS, Matter, Order, Plan, quietly
from deploy.trial.programmes.scene import Scene
from deploy.trial.synthetic import MATTERS, PLACES

BUSY = (
    *("two-rounds", "three-rounds", "extended", "extended-twice", "suspended", "return-refused", "designated"),
    *("four-people", "findings", "returned"),
)
BUSY_SHARE = 0.25
OPEN = ("unsigned", "handling", "paused", "return-pending", "unhappy", "half-done", "extension-pending")
"""Where matters stand that are not solved at the end; `unhappy` waits for its next round."""

NOT_YET = ("no-site-visit", "helpers-at-work")
"""Why a section may not complete before its visit: that, or another section is still at work."""

RETURNED = ("returned", "return-refused", "return-pending")

ROUNDS = {"two-rounds": 2, "three-rounds": 3, "unhappy": 9}


@dataclass(frozen=True, slots=True)
class Size:
    """How many of what; a fixture (F) whose sums are the programme's published figures."""

    cases: int
    solved: int
    joined: int
    """Requests that a clerk takes into a case that is open already."""
    merged: int
    """Cases that the desk merges into another before they are handed over."""
    undone: int

    @property
    def requests(self) -> int:
        return self.cases + self.joined + self.merged


WHOLE = Size(cases=1012, solved=836, joined=20, merged=11, undone=3)
SMALL = Size(cases=40, solved=33, joined=1, merged=1, undone=1)


def plans(size: Size, seed: int, half_days: int) -> list[Plan]:
    """Every request. Those that turn out to be the same matter belong to cases that are not solved."""
    dice = dice_for(seed, "lt-plans")
    fates = [*_solved(size.solved, size.undone, dice), *(OPEN[n % len(OPEN)] for n in range(size.cases - size.solved))]
    found = [_plan(f"case-{n:04}", fate, dice, half_days) for n, fate in enumerate(fates)]
    waiting = [plan for plan in found if plan.fate in ("handling", "unsigned")]
    for n in range(size.joined):
        found.append(_plan(f"joined-{n:04}", "joined", dice, half_days, waiting[n % len(waiting)]))
    for n in range(size.merged):
        found.append(_plan(f"merged-{n:04}", "merged", dice, half_days, waiting[(n + 7) % len(waiting)]))
    undone = (n for n, plan in enumerate(found) if plan.fate == "merge-undone")
    for n, place in enumerate(undone):
        found[place] = _plan(found[place].ref, "merge-undone", dice, half_days, waiting[n % len(waiting)])
    return found


def _solved(number: int, undone: int, dice: Random) -> Iterator[str]:
    yield from BUSY[:number]
    yield from ["merge-undone"] * undone
    for _ in range(number - len(BUSY) - undone):
        yield dice.choice(BUSY) if dice.random() < BUSY_SHARE else "plain"


def _plan(ref: str, fate: str, dice: Random, half_days: int, same_as: Plan | None = None) -> Plan:
    categories = sorted(code for _, duties in SECTIONS.values() for code in duties if code != "life-hardship")
    category = SHARED if fate == "designated" else dice.choice(categories)
    lead = next((unit for unit, (_, duties) in SECTIONS.items() if category in duties), "sec-housing")
    latest = half_days - (20 if fate == "plain" else 34)
    begins = dice.randrange(0, max(2, latest))
    return Plan(
        ref=ref,
        kind="dual",
        fate=fate,
        title=f"{dice.choice(PLACES)}{dice.choice(MATTERS)}",
        category=category,
        urgency=dice.choice(("timely", "normal", "normal", "complex")) if fate == "plain" else "normal",
        scope="individual",
        lead=lead,
        territory=dice.choice(COMMUNITIES),
        begins=same_as.begins + 1 if same_as else begins,
        join=same_as.ref if same_as else None,
    )


class Programme:
    """All requests and whoever calls back; `called` holds what was asked already."""

    def __init__(self, scene: Scene, size: Size) -> None:
        self.scene, self.size = scene, size
        self.plans = plans(size, scene.seed, len(scene.days.moments))
        self.matters = {plan.ref: Matter(scene, plan) for plan in self.plans}
        self.by_case = {matter.case: matter for matter in self.matters.values()}
        self.called: set[str] = set()

    def tell(self) -> None:
        for matter in self.matters.values():
            self.scene.days.tell(quietly(self._live(matter)))

    async def afternoon(self) -> None:
        """双向回访: the section's and the community's side of every completed case (LT-17)."""
        supervisor = self.scene.token("supervisor", self.scene.cast.supervision)
        found = await self.scene.browser.get(FOLLOWUPS, supervisor, state="due", limit=500)
        rounds: dict[str, list[Any]] = {}
        for row in found["items"]:
            if row["followup_id"] not in self.called:
                self.called.add(row["followup_id"])
                rounds.setdefault(row["case_id"], []).append(row)
        for case, rows in rounds.items():
            self.scene.days.tell(quietly(self._call(self.by_case[case], sorted(rows, key=lambda row: str(row["leg"])))))

    async def _call(self, matter: Matter, rows: list[Any]) -> None:
        """Both legs one after the other; solved but dissatisfied is not good enough here (LT-14)."""
        content = matter.round >= ROUNDS.get(matter.plan.fate, 1)
        round = matter.round
        for row in rows:
            who = self.scene.staff.person("supervisor", self.scene.cast.supervision, matter.turn)
            happy = content or row["leg"] != rows[-1]["leg"]
            answer = "satisfied" if happy else "dissatisfied"
            said = {
                "reached": True,
                "contacted": True,
                "solved": True,
                "satisfaction": answer,
                "attributable": not happy,
            }
            await matter.do("follow-up", who, f"{FOLLOWUPS}/{row['followup_id']}/conduct", said)
        if not content and round == matter.round:
            matter.round += 1
            if matter.plan.fate != "unhappy":
                await matter.wait(1)
                await self._handle(matter)

    async def _live(self, matter: Matter) -> None:
        plan = matter.plan
        await matter.wait(plan.begins)
        if plan.fate == "joined":
            await matter.register(accept=False)
            await matter.accept_into(self.matters[plan.join or ""].case, "merged")
            return
        await matter.register()
        if plan.fate in ("merged", "merge-undone"):
            body = {"into": self.matters[plan.join or ""].case, "reason": "与该件反映同一事项。"}
            await matter.of_case("merge", matter.chief(), body)
            if plan.fate == "merged":
                return
            await matter.wait(1)
            await matter.of_case("undo-merge", matter.chief(), {"reason": "经核，不是同一件事。"})
        # What others are merged into must still be at its beginning then.
        await matter.wait(2 if plan.fate in ("handling", "unsigned") else 0 if plan.urgency == "timely" else 1)
        await self._handle(matter)

    async def _handle(self, matter: Matter) -> None:
        """Both orders at once, signed within the hour; both sides finish, the community first."""
        plan = matter.plan
        more: dict[str, Any] = {"territory": plan.territory, "responsible_leader": matter.leader_of(plan.lead)}
        more["responsible_dept"] = plan.lead
        await self._mistakes(matter, more)
        if plan.fate == "designated":
            more["co"] = ["sec-safety"]
            await self._designate(matter, more)
        orders = await matter.hand_over(**more)
        if plan.fate == "unsigned":
            return
        lead = next(order for order in orders if order.role == "lead")
        if plan.fate in RETURNED and matter.round == 1:
            await matter.give_back(lead, SECTIONS)
            if plan.fate == "return-pending":
                return
            await matter.wait(1)
            new = self._other_section(matter) if plan.fate == "returned" else None
            others = [order for order in orders if order != lead]
            lead = (await matter.rule(lead, new_unit=new) or [lead])[0]
            orders = [lead, *others]
        for order in orders:
            await matter.sign(order, contact=order == lead)
        await self._work(matter, lead, orders)

    def _other_section(self, matter: Matter) -> str:
        """Whose it is after all; the community keeps the order that it has."""
        found: str = matter.dice.choice([unit for unit in sorted(SECTIONS) if unit != matter.plan.lead])
        return found

    async def _work(self, matter: Matter, lead: Order, orders: list[Order]) -> None:
        fate = matter.plan.fate if matter.round == 1 else "plain"
        others = [order for order in orders if order != lead]
        match fate:
            case "paused":
                await matter.suspend(lead, resumed=None)
                return
            case "extension-pending":
                body = {"reason": "须待材料到场。", "finish_by": matter.later(20)}
                await matter.of_order(lead, "request-extension", body)
                return
            case "suspended":
                await matter.suspend(lead, resumed=4)
            case "extended":
                await matter.extend(lead, 15, granted=True)
            case "extended-twice":
                await matter.extend(lead, 15, granted=True)
                await self._leader_extends(matter, lead)
            case "findings":
                await matter.of_order(lead, "findings", {"text": "同类诉求集中，建议统筹治理。"})
            case "four-people":
                await self._four_people(matter, lead)
            case _:
                pass
        await matter.wait(1)
        await self._visit(matter, lead)
        if fate == "handling":
            return
        for order in [*others, *([] if fate == "half-done" else [lead])]:
            await matter.complete(order)

    async def _visit(self, matter: Matter, lead: Order) -> None:
        """诉必访: nobody completes before somebody went there."""
        clerk = matter.clerk_of(lead.unit)
        if matter.turn % 10 == 0:
            early = {"result": "solved", "reply": "已办理。", "evidence": [self.scene.evidence]}
            await matter.refused("complete", clerk, matter.order_path(lead, "complete"), early, *NOT_YET)
        body = {"found": "现场情况属实，已处理。", "visitors": [clerk], "evidence": [self.scene.evidence]}
        await matter.of_order(lead, "verify-on-site", body)

    async def _designate(self, matter: Matter, more: dict[str, Any]) -> None:
        """Two sections: without the main leader's word no order goes out (LT-16)."""
        leader = self.scene.cast.leader.person_id
        plan = matter.plan
        form = {"category": plan.category, "scope": plan.scope, "urgency": plan.urgency, "lead": plan.lead, **more}
        path = f"{CASES}/{matter.case}/dispatch"
        await matter.refused("dispatch", matter.desk(), path, form, "no-designated-lead")
        await matter.of_case("designate", leader, {"unit": plan.lead, "reason": "房屋维修由其牵头。"})

    async def _mistakes(self, matter: Matter, more: dict[str, Any]) -> None:
        if matter.turn % 25 or matter.round > 1:
            return
        plan = matter.plan
        form = {"category": plan.category, "scope": plan.scope, "urgency": plan.urgency, **more}
        form |= {"lead": plan.territory, "territory": plan.territory}
        await matter.refused("dispatch", matter.desk(), f"{CASES}/{matter.case}/dispatch", form, "never-lead")

    async def _leader_extends(self, matter: Matter, lead: Order) -> None:
        """The second time only a leader may."""
        await matter.of_order(lead, "request-extension", {"reason": "遇连续降雨。", "finish_by": matter.later(22)})
        told = {"granted": True, "reason": "同意。", "requester_told_at": self.scene.days.now.isoformat()}
        path = matter.order_path(lead, "decide-extension")
        await matter.refused("decide-extension", matter.chief(), path, told, "leader-decides")
        await matter.do("decide-extension", self.scene.cast.leader.person_id, path, told)

    async def _four_people(self, matter: Matter, lead: Order) -> None:
        """民提、民议、民决、民评, with the area leader there (LT-18, LT-19)."""
        steps = [{"name": name, "text": f"{name}：形成一致意见。"} for name in ("民提", "民议", "民决", "民评")]
        chair = matter.leader_of(matter.plan.territory)
        there = [matter.clerk_of(lead.unit), self.scene.cast.leader.person_id]
        await matter.consult("four_people", there, chair=chair, steps=steps, no_decision="由主办科室继续办理。")
