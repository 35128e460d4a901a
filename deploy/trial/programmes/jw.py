"""贾汪: 880 matters for the towns, 210 for the desk, 160 common ones in twelve lists, 790 struck off in time."""

from typing import Any

from deploy.trial import district
from deploy.trial.programmes.jw_plans import COMMON, DESK, HANDED_ON, LISTS_ON, Size, plans
from deploy.trial.programmes.matter import CASES, FOLLOWUPS, Matter, Order, Plan, quietly
from deploy.trial.programmes.scene import Scene

LISTED_DAYS = 60
"""How long the office gives a department for a list (F)."""


class Programme:
    """All matters, the lists, and whoever calls back."""

    def __init__(self, scene: Scene, size: Size) -> None:
        self.scene, self.size = scene, size
        self.plans = plans(size, scene.seed, len(scene.days.moments))
        self.matters = {plan.ref: Matter(scene, plan) for plan in self.plans}
        self.by_case = {matter.case: matter for matter in self.matters.values()}
        self.called: set[str] = set()

    def tell(self) -> None:
        """Every story begins; the lists are one of their own."""
        for matter in self.matters.values():
            self.scene.days.tell(quietly(self._live(matter)))
        self.scene.days.tell(quietly(self._lists()))

    async def afternoon(self) -> None:
        """Whom the pack sampled is called; what is not settled goes round again."""
        supervisor = self.scene.token("supervisor", self.scene.cast.supervision)
        found = await self.scene.browser.get(FOLLOWUPS, supervisor, state="due", limit=500)
        for row in found["items"]:
            if row["followup_id"] not in self.called:
                self.called.add(row["followup_id"])
                self.scene.days.tell(quietly(self._call(row)))

    async def _call(self, row: Any) -> None:
        matter = self.by_case[row["case_id"]]
        fails = matter.plan.fate == "rework" and matter.round == 1
        who = self.scene.staff.person("supervisor", self.scene.cast.supervision, matter.turn)
        said = {
            "reached": True,
            "contacted": True,
            "solved": not fails,
            "satisfaction": "dissatisfied" if fails else "satisfied",
        }
        await matter.do("follow-up", who, f"{FOLLOWUPS}/{row['followup_id']}/conduct", said)
        if fails:
            await self._again(matter)

    async def _live(self, matter: Matter) -> None:
        plan = matter.plan
        await matter.wait(plan.begins)
        await matter.register(complained=(plan.lead,) if plan.fate == "complained" else ())
        match plan.fate:
            case "merged":
                await self._merge(matter)
                return
            case "merge-undone":
                await self._merge(matter)
                await matter.wait(1)
                await matter.of_case("undo-merge", matter.chief(), {"reason": "经核，不是同一件事。"})
            case "split":
                await self._split(matter)
                return
            case "closed":
                await self._close(matter)
                return
            case _:
                pass
        waits = {"complained": 2}.get(plan.fate, 1)
        await matter.wait(HANDED_ON - plan.begins if plan.kind == COMMON else waits)
        await self._handle(matter)

    async def _handle(self, matter: Matter) -> None:
        plan = matter.plan
        more: dict[str, Any] = {"desk_suitable": True} if plan.kind == DESK else {}
        if plan.fate in ("helper", "helper-cancelled"):
            more["co"] = [other_department(matter, {plan.lead})]
        if plan.fate == "complained":
            more = await self._fallen_back(matter)
        # What is on a list was handed over by its assignment (JW-17).
        orders = await matter.orders() if plan.kind == COMMON else await matter.hand_over(**more)
        if plan.fate == "unsigned":
            return
        lead = orders[0]
        if plan.fate in ("returned", "return-refused", "return-pending"):
            await matter.wait(1)
            await matter.give_back(lead, district.towns())
            if plan.fate == "return-pending":
                return
            await matter.wait(1)
            new = other_town(matter, {lead.unit}) if plan.fate == "returned" else None
            lead = (await matter.rule(lead, new_unit=new) or [lead])[0]
            orders = [lead]
        for order in orders:
            await matter.sign(order)
        if matter.turn % 40 == 0:
            await matter.refused(
                "complete", matter.clerk_of(lead.unit), matter.order_path(lead, "complete"), _NO_REPLY, "no-reply"
            )
        await self._work(matter, lead, orders)

    async def _fallen_back(self, matter: Matter) -> dict[str, Any]:
        """No rule leads anywhere where the town itself is complained of: after four hours the office decides."""
        plan = matter.plan
        form = {"category": plan.category, "scope": plan.scope, "urgency": plan.urgency, "lead": plan.lead}
        path = f"{CASES}/{matter.case}/dispatch"
        await matter.refused("dispatch", matter.desk(), path, form, "complained-unit")
        await matter.fallen_back()
        lead = other_town(matter, {plan.lead})
        await matter.refused("dispatch", matter.desk(), path, {**form, "lead": lead}, "not-the-issuer")
        return {"lead": lead, "by": matter.chief()}

    async def _work(self, matter: Matter, lead: Order, orders: list[Order]) -> None:
        """On the way to the end, or to where it stands for now."""
        fate = matter.plan.fate
        if matter.plan.urgency == "hard":
            await matter.file_plan(lead, 30)
        match fate:
            case "handling" | "hard-open":
                await matter.of_order(lead, "progress", {"text": "正在协调办理。"})
                return
            case "paused":
                await matter.suspend(lead, resumed=None)
                return
            case "extension-pending":
                later = LISTED_DAYS + 20 if matter.plan.kind == COMMON else 25
                body = {"reason": "施工尚需时日。", "finish_by": matter.later(later)}
                await matter.of_order(lead, "request-extension", body)
                return
            case "extended" | "extension-refused":
                await matter.extend(lead, 20, granted=fate == "extended")
            case "suspended":
                await matter.wait(1)
                await matter.suspend(lead, resumed=4)
            case "helper-cancelled":
                await matter.wait(1)
                await matter.cancel(orders[1])
                orders = orders[:1]
            case "hard" | "hard-decided":
                orders = await self._consult(matter, lead, decided=fate == "hard-decided")
            case _:
                pass
        await matter.wait(matter.dice.randint(1, 4))
        await self._finish(matter, [*[order for order in orders if order != lead], lead])

    async def _consult(self, matter: Matter, lead: Order, *, decided: bool) -> list[Order]:
        """难事联办: what is decided for a department that has no order yet becomes one."""
        clerk = matter.clerk_of(lead.unit)
        early = {"result": "solved", "reply": "已办理。"}
        await matter.refused("complete", clerk, matter.order_path(lead, "complete"), early, "not-consulted")
        helper = other_department(matter, {lead.unit})
        decision = [{"text": "配合现场勘察。", "unit": helper, "due": matter.later(10)}] if decided else []
        more: dict[str, Any] = {"decisions": decision} if decided else {"no_decision": "继续由主办单位办理。"}
        await matter.consult("joint_handling", [clerk, matter.clerk_of(helper)], **more)
        await matter.wait(1)
        if not decided:
            return [lead]
        joined = [order for order in await matter.orders() if order.unit == helper]
        for order in joined:
            await matter.sign(order, contact=False)
        return [*joined, lead]

    async def _finish(self, matter: Matter, orders: list[Order]) -> None:
        for order in orders:
            await matter.complete(order)
        lead = orders[-1]
        shaky = matter.plan.fate == "rework" and matter.round == 1
        await matter.wait(0 if shaky else matter.dice.choice((0, 1)))
        await matter.of_case("strike-off", matter.clerk_of(lead.unit), {})
        if matter.turn % 3 == 0 and not shaky:
            await matter.wait(matter.dice.choice((0, 1, 4)))
            await matter.of_case("report-up", matter.clerk_of(lead.unit), {"text": "已销号，报活动办。"})
        if matter.plan.fate == "relapse" and matter.round == 1:
            await matter.wait(4)
            supervisor = self.scene.staff.person("supervisor", self.scene.cast.supervision, matter.turn)
            await matter.of_case("reopen", supervisor, {"reason": "relapse", "text": "问题复发。"})
            await self._again(matter)

    async def _again(self, matter: Matter) -> None:
        """Another round, done well."""
        matter.round += 1
        await matter.wait(1)
        orders = await matter.hand_over()
        await matter.sign(orders[0])
        await matter.wait(1)
        await self._finish(matter, orders)

    async def _merge(self, matter: Matter) -> None:
        into = self.matters[matter.plan.join or ""]
        await matter.wait(max(1, into.plan.begins + 1 - matter.plan.begins))
        await matter.of_case("merge", matter.chief(), {"into": into.case, "reason": "与该件反映同一事项。"})

    async def _split(self, matter: Matter) -> None:
        """Two matters in one request; each part is handled as a case of its own."""
        await matter.wait(1)
        parts = [{"title": f"{matter.plan.title}（{n}）", "territory": matter.plan.territory} for n in "一二"]
        await matter.of_case("split", matter.chief(), {"reason": "一件诉求含两个事项。", "parts": parts})
        await matter.wait(1)
        token = self.scene.staff.token(matter.chief())
        found = await self.scene.browser.get(CASES, token, programme=self.scene.cast.programme, limit=200, q="（")
        for n, row in enumerate(sorted((r for r in found["items"] if matter.plan.title in r["title"]), key=_number)):
            if row["case_id"] in self.by_case:
                continue
            part = Matter(self.scene, _part(matter.plan, n), case=row["case_id"])
            self.by_case[part.case] = part
            self.scene.days.tell(quietly(self._handle(part)))

    async def _close(self, matter: Matter) -> None:
        await matter.wait(1)
        body = {
            "reason_code": "withdrawn",
            "reason": "诉求人撤回。",
            "approver": self.scene.cast.leader.person_id,
            "told_at": self.scene.days.now.isoformat(),
        }
        await matter.of_case("close-unhandled", matter.chief(), body)

    async def _lists(self) -> None:
        """Each group of common matters is declared one issue, put on a list of its own and handed to a department."""
        stage = Matter(self.scene, next(plan for plan in self.plans if plan.kind == COMMON))
        members = sorted(plan.ref for plan in self.plans if plan.kind == COMMON)
        await stage.wait(LISTS_ON)
        for n in range(self.size.lists):
            listed = [self.matters[ref] for ref in members[n :: self.size.lists]]
            for matter in listed:
                await matter.of_case("classify", matter.desk(), matter.classification())
            cases = [matter.case for matter in listed]
            body = {
                "title": f"共性问题 {n + 1}",
                "category": stage.plan.category,
                "case_ids": cases,
                "lead_group": self.scene.cast.office,
                "programme": self.scene.cast.programme,
            }
            common = (await stage.do("declare", stage.desk(), "/dispatch/api/common", body))["common_id"]
            unit = district.department_for(stage.plan.category)
            report = {"suggested_unit": unit, "suggested_measures": "统筹解决。", "finish_by": stage.later(LISTED_DAYS)}
            await stage.do("list", stage.desk(), f"/dispatch/api/common/{common}/report", report)
            handed = {"to_unit": unit, "finish_by": stage.later(LISTED_DAYS), "instruction": "请统筹办理。"}
            await stage.do("assign", stage.chief(), f"/dispatch/api/common/{common}/assign", handed)


_NO_REPLY = {"result": "solved", "reply": ""}


def _number(row: Any) -> int:
    number: int = row["case_no"]
    return number


def _part(plan: Plan, n: int) -> Plan:
    return Plan(
        f"{plan.ref}-part-{n}", plan.kind, "plain", plan.title, plan.category, "real", plan.scope,
        plan.lead, plan.territory, plan.begins,
    )  # fmt: skip


def other_department(matter: Matter, taken: set[str]) -> str:
    """A department that has nothing to do with it yet."""
    found: str = matter.dice.choice([unit for unit in sorted(district.DEPARTMENTS) if unit not in taken])
    return found


def other_town(matter: Matter, taken: set[str]) -> str:
    """Another town."""
    found: str = matter.dice.choice([unit for unit in sorted(district.towns()) if unit not in taken])
    return found
