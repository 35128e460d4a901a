"""The supervisors' afternoons: they call back whoever is due, and a failed check sends a case round again."""

from collections.abc import Callable
from typing import Any

from deploy.trial import district
from deploy.trial.fate import dice_for
from deploy.trial.staff import Staff, Unexpected

FOLLOWUPS = "/supervision/api/followups"
AT_ONCE = 500
"""What one look at the queue shows; what is beyond it waits for the next afternoon."""

PASSES, FAILS = 0.86, 0.93
"""The rest cannot be reached: three attempts on two days, then it is written down so."""

ATTEMPTS_BEFORE_GIVING_UP = 2
SATISFIED = ("very", "satisfied", "satisfied", "basic")


class Reviewers:
    """Everybody who calls back; `again` is told which case failed."""

    def __init__(self, staff: Staff, seed: int, again: Callable[[str], None]) -> None:
        self._staff, self._seed, self._again = staff, seed, again
        self._tries: dict[str, int] = {}

    async def afternoon(self) -> list[Any]:
        """What is due now, by deadline."""
        first = self._staff.person("supervisor", district.SUPERVISION)
        found = await self._staff.browser.get(FOLLOWUPS, self._staff.token(first), state="due", limit=AT_ONCE)
        rows: list[Any] = found["items"]
        return rows

    async def call(self, row: Any) -> None:
        """One call; unexpected refusals are counted and end it."""
        try:
            await self._call(row)
        except Unexpected:
            return

    async def _call(self, row: Any) -> None:
        followup = row["followup_id"]
        dice = dice_for(self._seed, followup)
        luck, turn = dice.random(), dice.randrange(100)
        tries = self._tries[followup] = self._tries.get(followup, 0) + 1
        reviewer = self._staff.person("supervisor", district.SUPERVISION, turn)
        path, key = f"{FOLLOWUPS}/{followup}", f"trial-{followup}-{tries}"
        if district.OWN_REVIEWER_UNIT in row["handler_units"] and tries == 1:
            own = self._staff.person("supervisor", district.OWN_REVIEWER_UNIT)
            said = {"reached": True, "solved": True, "satisfaction": "very"}
            await self._staff.attempt(
                "follow-up", own, f"{path}/conduct", said, f"{key}-own", ("handler-reviews-itself",)
            )
        if luck >= FAILS and tries <= ATTEMPTS_BEFORE_GIVING_UP:
            await self._staff.act("attempt", reviewer, f"{path}/attempt", {"method": "phone"}, key)
            return
        await self._staff.act("follow-up", reviewer, f"{path}/conduct", self._heard(luck, dice.choice(SATISFIED)), key)
        if PASSES <= luck < FAILS:
            self._again(row["case_id"])

    def _heard(self, luck: float, satisfied: str) -> dict[str, Any]:
        if luck < PASSES:
            return {"reached": True, "contacted": True, "solved": True, "satisfaction": satisfied}
        if luck < FAILS:
            return {"reached": True, "contacted": True, "solved": False, "satisfaction": "dissatisfied"}
        return {"reached": False}
