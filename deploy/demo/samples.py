"""Sample work for a demo installation: ten days of an invented district, told through the API as people would.

With simulated time the days pass between the chapters; with real time everything happens today.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.staff import Staff
from deploy.demo.stories import UNDECIDED, Fate, Story, stories
from services.chassis.clock import LOCAL, SystemClock

ARRIVES_WITHIN_S = 30.0
"""For what one service recorded to be known in another; more means that something is broken."""

AT_ONCE = 6
"""Stories told side by side: enough to keep two processors busy."""

CLERKS = {
    "town-east": "dongzhen",
    "town-west": "xizhen",
    "town-north": "beijie",
    "dept-traffic": "jiaotong",
    "dept-housing": "zhujian",
    "dept-farm": "nongye",
    "dept-civil": "minzheng",
    "desk-12345": "zhuanxi",
}
"""Who signs and handles for each unit."""


RESOLVED_WITHIN = timedelta(hours=18)
"""What a plan promises: sooner than every class of the pack asks for."""

SUSPENDED_FOR = timedelta(days=40)
EXTENDED_BY = timedelta(days=21)
"""Later than the classes that a person waits for end; a hard matter may take that long anyway."""

EPOCH = datetime.fromtimestamp(0, LOCAL)

LEADER = "dongzhenling"
"""A return is a leader's decision; the demo has one leader, in 东示例镇."""

LEADERS = {"town-east": "p-town-lead"}
"""Who answers for a unit's plan; elsewhere the clerk does."""


Move = Callable[[int, int, int], Awaitable[datetime]]
"""To a day (counted from the first), an hour and a minute; answers what time it is then."""


async def stand_still(_day: int, _hour: int, _minute: int) -> datetime:
    """Real time passes by itself."""
    return SystemClock().now()


class _Telling:
    """One story on its way; every step knows whether the story goes that far."""

    def __init__(self, staff: Staff, number: int, story: Story) -> None:
        self.staff, self.story, self.name = staff, story, f"sample-{number}"
        self.case = self.order = ""
        self.orders: dict[str, str] = {}
        self.now = EPOCH

    async def come(self) -> None:
        s = self.story
        registered = await self._act(
            "shouli",
            "/intake/api/requests",
            "register",
            channel=s.channel,
            title=s.title,
            text=s.text,
            category=s.category,
            urgency=s.urgency,
            territory=s.territory,
            requester={"name": f"示例来电人 {self.name[7:]}", "phone": s.phone or f"1380000{int(self.name[7:]):04d}"},
            **({"received_at": self._received().isoformat()} if s.ago else {}),
        )
        request = f"/intake/api/requests/{registered['request_id']}"
        match s.fate:
            case "new":
                return
            case "rejected":
                told = "双方为民间劳务合同，已告知向劳动监察或法院主张，并留了联系电话。"
                why = {"reason_code": "legal-channel", "reason": told, "channel_told": "hotline"}
                await self._act("shouli", f"{request}/reject", "reject", **why, told_at=self.now.isoformat())
                return
            case "answered":
                said = "带身份证和一寸照片，到镇便民服务中心三号窗口当天可办。"
                await self._act("shouli", f"{request}/answer", "answer", answer=said)
                return
            case _:
                await self._act("shouli", f"{request}/accept", "accept")
                self.case = await self._case(request)

    def _received(self) -> datetime:
        """So many days ago, at some hour and minute of that day's office hours."""
        number = int(self.name.removeprefix("sample-"))
        day = self.now.astimezone(LOCAL) - timedelta(days=self.story.ago)
        return day.replace(hour=9 + number * 7 % 8, minute=number * 23 % 60, second=0, microsecond=0)

    async def _case(self, request: str) -> str:
        async with asyncio.timeout(ARRIVES_WITHIN_S):
            while True:
                found = await self.staff.look("shouli", request)
                if found and found["case_id"]:
                    # The desk can only hand over what has got its number.
                    known = await self.staff.look("paidan", f"/dispatch/api/cases/{found['case_id']}")
                    if known and known.get("case_no"):
                        return str(found["case_id"])
                await asyncio.sleep(0.1)

    async def hand_over(self) -> None:
        if not self.case or self.story.fate == "waiting":
            return
        s = self.story
        if s.scope == "common" and s.co:
            # The office issues what is common; which of several leads is the work group's word (JW-13).
            where = f"/dispatch/api/cases/{self.case}/designate"
            await self._act("paidan", where, "designate", unit=s.lead, reason="由其牵头，会办单位配合。")
        issued = await self._act(
            "huodongban" if s.scope == "common" else "paidan",
            f"/dispatch/api/cases/{self.case}/dispatch",
            "dispatch",
            category=s.category,
            scope=s.scope,
            urgency=s.urgency,
            lead=s.lead,
            co=list(s.co),
            territory=s.territory,
            instruction="请主办单位牵头，会同属地现场核实，按期办结并回复诉求人。",
        )
        self.orders = {order["order_id"]: order["unit"] for order in issued["orders"]}
        self.order = next(order["order_id"] for order in issued["orders"] if order["role"] == "lead")

    async def sign(self) -> None:
        """The leader sends it back, or every unit signs and calls the requester."""
        if self.story.fate == "returned" and self.order:
            why = {"reason_code": "not-ours", "reason": self.story.disowned, "proposed_unit": self.story.whose}
            await self.staff.act(LEADER, f"/dispatch/api/orders/{self.order}/return", why, f"{self.name}-return")
        elif self._goes_on("signed"):
            for order, unit in self.orders.items():
                path = f"/dispatch/api/orders/{order}"
                await self._act(CLERKS[unit], f"{path}/sign", f"sign-{order}")
                await self._act(CLERKS[unit], f"{path}/contact", f"contact-{order}", method="phone", reached=True)

    async def work(self) -> None:
        if not self._goes_on("working"):
            return
        if self.story.fate == "paused":
            held = {
                "reason": "开发企业破产清算，缺竣工验收资料。",
                "condition": "清算组移交验收资料",
                "approver": "p-leader",
                "review_on": (self.now + SUSPENDED_FOR).isoformat(),
                "requester_told_at": self.now.isoformat(),
            }
            await self._act("huodongban", f"/dispatch/api/cases/{self.case}/suspend", "suspend", **held)
            return
        if self.story.plan:
            await self._plan()
        said = {"text": "已到现场核实，拟定整改办法。", "next_step": "组织施工", "percent": 40}
        await self._on_order("progress", "progress", **said)
        if self.story.consulted:
            await self._consult()
        if self.story.extension:
            why = {"reason": "配件须向厂家定制，到货要三周。", "finish_by": (self.now + EXTENDED_BY).isoformat()}
            await self._on_order("extension", "request-extension", **why)

    async def _consult(self) -> None:
        """What it decides is for a unit that has its order already."""
        decided = {"text": "三周内完成泵房增压改造。", "unit": self.story.lead}
        await self._act(
            "paidan",
            "/dispatch/api/consultations",
            "consult",
            kind="joint_handling",
            chair="p-leader",
            attendees=list(self.orders.values()),
            case_ids=[self.case],
            place="示例园社区居委会",
            decisions=[{**decided, "due": (self.now + EXTENDED_BY).isoformat()}],
        )

    async def _plan(self) -> None:
        person, by = await self._person(), (self.now + RESOLVED_WITHIN).isoformat()
        await self._on_order(
            "plan",
            "plan",
            responsible_person=person,
            responsible_leader=LEADERS.get(self.story.lead, person),
            responsible_dept=self.story.lead,
            measures="现场勘察、列出清单、落实经费和施工队伍，完成后请诉求人到场确认。",
            resolve_by=by,
            task_book="摸清底数，拿出整改方案，组织施工，验收销号。",
            road_map="先勘察，再施工，后验收。",
            timetable=[{"name": "组织施工", "due": by}],
        )

    async def finish(self) -> None:
        if not self._goes_on("done"):
            return
        person = {"responsible_person": await self._person()}
        said = "已按您反映的情况办理完毕，并电话告知结果；如再出现同类问题，请拨打受理电话。"
        heard = {"confirmation": {"answer": "yes", "method": "phone"}}
        for order, unit in self.orders.items():
            path = f"/dispatch/api/orders/{order}/complete"
            done = {"result": "solved", "reply": said, **person, **heard}
            await self._act(CLERKS[unit], path, f"complete-{order}", **done)
        if self.story.fate in ("closed", "reopened"):
            clerk = CLERKS[self.story.lead]
            await self._act(clerk, f"/dispatch/api/cases/{self.case}/strike-off", "strike-off")
        if self.story.example:
            why = {"reason": self.story.example}
            await self._act("huodongban", f"/dispatch/api/cases/{self.case}/showcase", "showcase", **why)
        if self.story.fate == "reopened":
            found = {"reason": "spot_check", "text": "抽查发现现场再次损坏，退回重办。"}
            await self._act("ducha", f"/dispatch/api/cases/{self.case}/reopen", "reopen", **found)

    async def _person(self) -> str:
        found = await self.staff.look(CLERKS[self.story.lead], "/intake/api/me")
        return str(found["person_id"])

    def _goes_on(self, step: Fate) -> bool:
        reach = {"signed": 0, "working": 1, "paused": 1, "done": 2, "closed": 2, "reopened": 2}
        return bool(self.order) and reach.get(self.story.fate, -1) >= reach[step]

    async def _on_order(self, key: str, act: str, **body: Any) -> None:
        await self._act(CLERKS[self.story.lead], f"/dispatch/api/orders/{self.order}/{act}", key, **body)

    async def _act(self, login: str, path: str, key: str, **body: Any) -> Any:
        return await self.staff.act(login, path, body, f"{self.name}-{key}")


STEPS = ((9, _Telling.come), (10, _Telling.hand_over), (14, _Telling.sign), (15, _Telling.work), (16, _Telling.finish))
"""An office day: at which hour everybody does what."""


def _of_screen_tests() -> list[Story]:
    return [*stories(), *stories(UNDECIDED)]


async def tell(
    url: str, move: Move = stand_still, told: Sequence[Story] | None = None, *, at_once: int = AT_ONCE
) -> None:
    """All stories, day by day. Told again in the same way they change nothing."""
    async with Staff(url) as staff:
        telling = [_Telling(staff, n, story) for n, story in enumerate(_of_screen_tests() if told is None else told)]
        for day in sorted({one.story.day for one in telling}):
            now = [one for one in telling if one.story.day == day]
            for hour, step in STEPS:
                moment = await move(day, hour, 0)
                for one in now:
                    one.now = moment
                await _all((step(one) for one in now), at_once)


async def _all(steps: Iterable[Awaitable[None]], at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(step: Awaitable[None]) -> None:
        async with gate:
            await step

    await asyncio.gather(*(one(step) for step in steps))
