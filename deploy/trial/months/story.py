"""What both programmes' months share: people who call back, answer slips, meet and report; and the script that runs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from deploy.trial.days import AFTERNOON
from deploy.trial.months.stage import Stage
from deploy.trial.programmes.matter import FOLLOWUPS, Matter, Plan, quietly

MEETINGS, NOTICES = "/supervision/api/meetings", "/supervision/api/notices"
Said = dict[str, Any]
CONTENT: Said = {"reached": True, "contacted": True, "solved": True, "satisfaction": "satisfied"}
EXPLAINED: Said = {
    "method": "visit",
    "solved": True,
    "satisfaction": "satisfied",
    "attributable": False,
    "ruling": "已当面说明。",
}
Tell = Callable[["Case"], Awaitable[None]]


@dataclass
class Case(Matter):
    """A matter of the months; `answers` are what its requester says, round by round and leg by leg."""

    answers: Sequence[Said] = ()
    asked: int = 0

    def say(self) -> Said:
        """The next answer; content when there is none left."""
        self.asked += 1
        return self.answers[self.asked - 1] if self.asked <= len(self.answers) else CONTENT

    async def slip(self) -> Any:
        """The living slip about it, as the reviewer's list shows it."""
        rows = await self.scene.browser.get(NOTICES, self.scene.staff.token(self.reviewer()), limit=500)
        return next(row for row in rows["items"] if row["case_id"] == self.case and row["standing"] != "closed")

    async def answer_slip(self, *, holds: bool = True) -> None:
        """The unit answers, and the reviewers look."""
        row = await self.slip()
        where = f"{NOTICES}/{row['notice_id']}"
        await self.do("reply", self.leader_of(row["target_unit"]), f"{where}/reply", {"text": "已督促办理。"})
        await self.scene.watch.settled(readers=True)
        body = {"holds": holds, "text": "经核属实。" if holds else "现场未见进展。"}
        await self.do("verify", self.reviewer(), f"{where}/verify", body)

    def reviewer(self) -> str:
        return self.scene.staff.person("supervisor", self.scene.cast.supervision)


class Months:
    """Every matter with its story, and what happens on named days."""

    def __init__(self, stage: Stage, stories: Sequence[tuple[Plan, Tell, Sequence[Said]]]) -> None:
        self.stage = stage
        self.cases = {plan.ref: Case(stage, plan, answers=answers) for plan, _, answers in stories}
        self._told = [(self.cases[plan.ref], tell) for plan, tell, _ in stories]
        self._by_case = {case.case: case for case in self.cases.values()}

    async def live(self) -> None:
        """All half days; every afternoon whoever is due is called."""
        for case, tell in self._told:
            self.stage.days.tell(quietly(_whole(case, tell)))

        async def after(moment: datetime) -> None:
            if moment.timetz().replace(tzinfo=None) == AFTERNOON:
                await self.stage.calm()
                if not self.stage.trouble.away:
                    await self._call_back()
            await self.of_day(moment)

        await self.stage.days.run(after)
        await self.stage.trouble.over()
        await self.stage.calm()

    async def of_day(self, moment: datetime) -> None:
        """What the programme's calendar asks for; each programme has its own."""

    async def _call_back(self) -> None:
        reviewer = self.stage.token("supervisor", self.stage.cast.supervision)
        found = await self.stage.browser.get(FOLLOWUPS, reviewer, state="due", limit=500)
        for row in sorted(found["items"], key=lambda row: str(row["followup_id"])):
            case = self._by_case[row["case_id"]]
            said = case.say()
            if row["leg"] == "explanation":
                said = EXPLAINED
            await case.do("follow-up", case.reviewer(), f"{FOLLOWUPS}/{row['followup_id']}/conduct", said)
            await self.stage.watch.settled(readers=True)  # its other leg sees it

    async def meet(
        self, cadence: str, day: date, who: str, chair: str, groups: Sequence[Said] = (), **how: Any
    ) -> None:
        """A meeting is written down on its own day; told twice, it is one meeting."""
        body = self._meeting(cadence, day, chair, groups)
        key = f"{self.stage.cast.programme}-meeting-{cadence}-{day}-{who}"
        if codes := how.get("refused"):
            await self.stage.staff.attempt("meeting", who, MEETINGS, body, f"{key}-{codes[0]}", codes)
            return
        first = await self.stage.staff.act("meeting", who, MEETINGS, body, key)
        again = await self.stage.staff.act("meeting", who, MEETINGS, body, key)
        if again["meeting_id"] != first["meeting_id"] or not again["repeated"]:
            raise AssertionError(f"a meeting told twice became two: {first} {again}")

    def _meeting(self, cadence: str, day: date, chair: str, groups: Sequence[Said]) -> Said:
        return {
            "programme": self.stage.cast.programme,
            "cadence": cadence,
            "slot": day.isoformat(),
            "chair": chair,
            "held_at": self.stage.days.now.isoformat(),
            "attendees": [chair, *({"s-area"} if cadence == "consultation" else ())],
            "groups": list(groups),
        }

    async def report(self, report: str, day: date, who: str) -> None:
        """The report of a slot's own day."""
        body = {"report": report, "programme": self.stage.cast.programme, "slot": day.isoformat()}
        key = f"{self.stage.cast.programme}-{report}-{day}"
        await self.stage.staff.act("report", who, "/reporting/api/runs", body, key)


async def _whole(case: Case, tell: Tell) -> None:
    await case.wait(case.plan.begins)
    await case.register()
    await case.wait(1)
    await tell(case)
