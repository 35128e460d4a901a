"""贾汪, July to September 2017: what becomes of a dozen matters, and half-monthly slots of which one is missed."""

from collections.abc import Sequence
from datetime import date, datetime

from deploy.cli.load_directory import installer_client
from deploy.trial.days import AFTERNOON
from deploy.trial.months.cast import GROUP, OFFICE
from deploy.trial.months.stage import Owed
from deploy.trial.months.story import Case, Months, Said, Tell
from deploy.trial.programmes.matter import Plan

HALF_MONTHS = tuple(
    date(2017, month, day) for month, day in ((7, 3), (7, 17), (8, 1), (8, 16), (9, 1), (9, 18))
)  # the 1st and 16th, rolled to the next worked day (domain §2.8)
MISSED, MADE_UP = date(2017, 8, 16), date(2017, 8, 18)
MONTHS = (date(2017, 7, 31), date(2017, 8, 31), date(2017, 9, 30))
"""The last worked day of each month; 09-30 is a Saturday that was worked."""

AMENDED, LIAISON = date(2017, 8, 2), MONTHS[1:]
"""From then on the office meets the groups at each month's end, and every group brings its plan (DI-34, DI-35)."""

LIAISON_ROW = (
    'cadence = [\n  { id = "liaison", name = "联络员会议", every = "month_end", owner = "programme_office",'
    ' meeting = "liaison", groups = "work_group_lead", must = ["this_month_done", "next_month_plan"] },\n'
)


OUTAGES = (range(30, 40), range(66, 68), range(90, 100))
"""Half days through which supervision is away: the weeks of 07-24 and 09-04, and the day after the missed meeting."""


def owed() -> list[Owed]:
    """Every slot of the programme by its published calendar."""
    return [
        *(Owed("half-month-stats", day, OFFICE) for day in HALF_MONTHS),
        *(Owed("group-meeting", day, OFFICE) for day in HALF_MONTHS),
        *(Owed("group-meeting", day, GROUP, kept=day != MISSED, made_up=day == MISSED) for day in HALF_MONTHS),
        *(Owed("office-meeting", day, OFFICE) for day in MONTHS),
        *(Owed("liaison", day, OFFICE) for day in LIAISON),
    ]


async def in_time(case: Case) -> None:
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(2)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def unsigned(case: Case) -> None:
    """Nobody does anything: the slip rises by itself to a talk."""
    await case.hand_over()


async def late(case: Case) -> None:
    """Signed after three days and done after two weeks; the slip is answered, and the answer holds."""
    [lead] = await case.hand_over()
    await case.wait(6)
    await case.sign(lead)
    await case.answer_slip()
    await case.wait(14)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def answered_in_vain(case: Case) -> None:
    """What the unit answers does not hold, and it goes on as before."""
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(16)
    await case.answer_slip(holds=False)


async def returned(case: Case) -> None:
    """Rightly given back: the clocks of one unit end, those of another begin."""
    [lead] = await case.hand_over()
    await case.wait(1)
    await case.give_back(lead, ["m-town-2"])
    await case.wait(1)
    [other] = await case.rule(lead, new_unit="m-town-2")
    await case.sign(other)
    await case.wait(4)
    await case.complete(other)
    await case.of_case("strike-off", case.clerk_of(other.unit), {})


async def returned_in_vain(case: Case) -> None:
    """The clocks stand still until the desk has ruled, and go on with the time that was left."""
    [lead] = await case.hand_over()
    await case.wait(1)
    await case.give_back(lead, ["m-town-2"])
    await case.wait(3)
    await case.rule(lead, new_unit=None)
    await case.sign(lead)
    await case.wait(6)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def suspended(case: Case) -> None:
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(2)
    await case.suspend(lead, resumed=30)
    await case.wait(4)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def extended(case: Case) -> None:
    """Granted before it was due, and kept."""
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(4)
    await case.extend(lead, 20, granted=True)
    await case.wait(16)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def granted_late(case: Case) -> None:
    """Asked for in time and granted after the breach was seen: the breach and its slip are taken away again."""
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(10)
    await case.extend(lead, 20, granted=True)
    await case.wait(10)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def helper_cancelled(case: Case) -> None:
    orders = await case.hand_over(co=["m-dept-1"])
    lead, helper = sorted(orders, key=lambda order: order.role != "lead")
    await case.sign(lead)
    await case.wait(2)
    await case.cancel(helper)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def three_calls(case: Case) -> None:
    """Nobody picks up: the third attempt counts as contact."""
    [lead] = await case.hand_over()
    await case.sign(lead, contact=False)
    for _ in range(3):
        await case.of_order(lead, "contact", {"method": "phone", "reached": False})
    await case.wait(3)
    await case.complete(lead)
    await case.of_case("strike-off", case.clerk_of(lead.unit), {})


async def silent(case: Case) -> None:
    """A hard one with its plan, and then no word for weeks: a slip about the silence, and at last it is overdue."""
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.file_plan(lead, 30)
    await case.wait(24)
    await case.of_order(lead, "progress", {"text": "正在协调资金。"})
    await case.answer_slip()


async def no_plan(case: Case) -> None:
    """A hard one whose plan comes a week late."""
    [lead] = await case.hand_over()
    await case.sign(lead)
    await case.wait(20)
    await case.file_plan(lead, 20)


async def relapse(case: Case) -> None:
    """It comes back within the month: a second round with shorter limits."""
    await in_time(case)
    await case.wait(6)
    await case.of_case("reopen", case.reviewer(), {"reason": "relapse", "text": "问题复发。"})
    await case.wait(1)
    await in_time(case)


STORIES: tuple[tuple[str, Tell, str, int], ...] = (
    ("in-time", in_time, "real", 0),
    ("unsigned", unsigned, "real", 2),
    ("late", late, "real", 4),
    ("in-vain", answered_in_vain, "real", 8),
    ("returned", returned, "real", 12),
    ("returned-in-vain", returned_in_vain, "real", 16),
    ("suspended", suspended, "real", 20),
    ("extended", extended, "real", 26),
    ("granted-late", granted_late, "real", 30),
    ("helper", helper_cancelled, "real", 36),
    ("three-calls", three_calls, "real", 42),
    ("silent", silent, "hard", 22),
    ("no-plan", no_plan, "hard", 48),
    ("relapse", relapse, "real", 60),
    ("good", in_time, "good", 70),
)


FEW: tuple[tuple[str, Tell, str, int], ...] = (
    ("in-time", in_time, "good", 0),
    ("unsigned", unsigned, "good", 0),
    ("returned", returned, "real", 0),
)
"""Of three days."""


def stories(told: Sequence[tuple[str, Tell, str, int]] = STORIES) -> list[tuple[Plan, Tell, Sequence[Said]]]:
    return [(_plan(ref, urgency, begins), tell, ()) for ref, tell, urgency, begins in told]


def _plan(ref: str, urgency: str, begins: int) -> Plan:
    return Plan(
        ref=ref,
        kind="town",
        fate=ref,
        title=f"示例事项 {ref}",
        category="road-surface",
        urgency=urgency,
        scope="individual",
        lead="m-town-1",
        territory="m-town-1",
        begins=begins,
    )


class Jiawang(Months):
    """The rhythm of the office and its work group."""

    async def of_day(self, moment: datetime) -> None:
        day, afternoon = moment.date(), moment.timetz().replace(tzinfo=None) == AFTERNOON
        if not afternoon:
            await self._morning(day)
            return
        if day in HALF_MONTHS:
            await self.report("R03", day, "m-chief")
            await self.meet("group-meeting", day, "m-desk", "m-desk")
            if day != MISSED:
                await self.meet("group-meeting", day, "m-group", "m-group")
        if day in MONTHS:
            await self.meet("office-meeting", day, "m-chief", "m-chief")
        if day in LIAISON:
            await self._liaison(day)

    async def _morning(self, day: date) -> None:
        if day == AMENDED:
            await self._amend()
        if day == MADE_UP:
            await self.meet("group-meeting", MISSED, "m-group", "m-group")
            await self.meet("group-meeting", MISSED, "m-group", "m-group", refused=("slot-fulfilled",))
            await self.meet("group-meeting", date(2017, 8, 15), "m-group", "m-group", refused=("no-such-slot",))

    async def _liaison(self, day: date) -> None:
        """A group that brings no plan for the next month refuses the whole meeting."""
        said = {"group": GROUP, "done": "本月已走访二十户。", "plan": "下月走访二十户。"}
        mine = {"group": OFFICE, "done": "本月已调度两次。", "plan": "下月调度两次。"}
        short = [mine, {**said, "plan": ""}]
        await self.meet("liaison", day, "m-chief", "m-chief", short, refused=("group-without-plan",))
        await self.meet("liaison", day, "m-chief", "m-chief", [mine], refused=("group-without-done",))
        await self.meet("liaison", day, "m-chief", "m-chief", [mine, said])

    async def _amend(self) -> None:
        """The same rules with one rhythm more; what was asked for before stays as it was."""
        old = self.stage.cast.pack.read_text(encoding="utf-8")
        new = old.replace("cadence = [\n", LIAISON_ROW, 1).replace("version = 1\n", "version = 2\n", 1)
        installation = self.stage.installation
        async with installer_client(installation.url, installation.secret("session")) as client:
            headers = {"Content-Type": "application/toml", "Idempotency-Key": "months-amended"}
            answer = await client.post("/supervision/api/programmes", content=new.encode(), headers=headers)
            answer.raise_for_status()
        await self.stage.watch.settled(readers=True)
