"""What a trial prints: the last R03 as a table, a summary, and every check with its count."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.trial import district
from deploy.trial.checks import SHOWN, Check
from deploy.trial.run import Trial

WIDTH = 160
COLUMNS = (
    ("单位", "unit"), ("结转", "carried"), ("新增", "opened_in"), ("累计", "total"), ("本期办结", "done_in"),
    ("累计办结", "done"), ("解决", "solved"), ("销号", "struck_off"), ("解决率", "solved_share"),
    ("销号率", "struck_off_share"), ("未办结", "open"), ("超期", "overdue"), ("挂账", "suspended"),
    ("退单", "returned"), ("重办", "reworked"), ("序时", "planned"), ("偏差", "deviation"), ("排名", "rank"),
)  # fmt: skip
STATES = {
    "registered": "待派单 undispatched",
    "issued": "待签收 issued, not signed",
    "handling": "在办 handling",
    "returned": "退单待审 return pending",
    "suspended": "挂账 suspended",
    "verifying": "核实中 being verified",
    "completed": "已办结 completed",
    "merged": "已并案 merged",
    "split": "已拆分 split",
    "closed_unhandled": "不予办理 closed unhandled",
    "struck_off": "已销号 struck off",
}

TURNS = ("order-returned", "return-accepted", "return-refused", "case-suspended", "case-resumed", "case-reopened")
"""What makes a case's way longer."""


class Paper:
    """Writes to the terminal; the same without colours into a file."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(width=WIDTH, highlight=False, soft_wrap=False)

    def say(self, line: str = "") -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def report(self, title: str, rows: Sequence[dict[str, Any]]) -> None:
        """R03 as officials read it."""
        table = Table(title=title, title_justify="left", pad_edge=False, padding=(0, 1))
        for name, key in COLUMNS:
            table.add_column(name, justify="left" if key == "unit" else "right", no_wrap=True)
        names = district.unit_names()
        for row in rows:
            label = {"total": "合计", "unassigned": "未派单"}.get(row["row"]) or names.get(row["unit"], row["unit"])
            cells = ["—" if row[key] is None else str(row[key]) for _, key in COLUMNS[1:]]
            table.add_row(label, *cells, style="bold" if row["row"] == "total" else None)
        self._console.print(table)

    async def summary(self, trial: Trial, kinds: Counter[str], seconds: dict[str, float]) -> None:
        """Cases by state, what was sent, what was refused, what was recorded."""
        await self._states(trial)
        self.say("  on the way: " + ", ".join(f"{kind} {kinds[kind]:,}" for kind in TURNS))
        tally = trial.staff.tally
        sent = ", ".join(f"{what} {number:,}" for what, number in tally.commands.most_common())
        self.say(f"commands   {tally.commands.total():,}: {sent}")
        refused = [f"{what} {code} {number}" for (what, code), number in sorted(tally.refused.items())]
        self.say(f"refusals   {tally.refused.total():,}, all provoked: {'; '.join(refused) or 'none'}")
        heads = next(iter((await trial.watch.heads()).values()))
        events = ", ".join(f"{source} {position:,}" for source, _, position, _ in heads)
        self.say(f"events     {sum(head[2] for head in heads):,}, each in {len(trial.watch.databases)} logs: {events}")
        times = ", ".join(f"{what} {took:.0f} s" for what, took in seconds.items())
        self.say(f"wall time  {sum(seconds.values()):.0f} s: {times}")

    def checks(self, found: Sequence[Check]) -> bool:
        """True when all hold."""
        self.say()
        for check in found:
            sign = "✗" if check.wrong or not check.looked else "✓"
            self.say(f"{sign} {check.name:<72} {check.looked:>9,} {check.of}")
            for wrong in check.wrong[:SHOWN]:
                self.say(f"    {wrong}")
            if len(check.wrong) > SHOWN:
                self.say(f"    … and {len(check.wrong) - SHOWN:,} more")
        return all(check.looked and not check.wrong for check in found)

    async def _states(self, trial: Trial) -> None:
        found = await trial.watch.databases["dispatch"].fetch(
            "SELECT step, count(*) AS n, count(*) FILTER (WHERE finish_by < $1 AND step IN ('issued', 'handling'))"
            " AS overdue, count(*) FILTER (WHERE round > 1) AS again FROM case_board GROUP BY step ORDER BY n DESC",
            await trial.clock.now(),
        )
        whole = sum(row["n"] for row in found)
        self.say(f"cases      {whole:,}")
        for row in found:
            more = [f"{row['overdue']:,} overdue"] * bool(row["overdue"])
            more += [f"{row['again']:,} in a second round"] * bool(row["again"])
            share = f"{row['n']:>7,}  {row['n'] / whole:>6.1%}"
            self.say(f"  {STATES.get(row['step'], row['step']):<32}{share}  {', '.join(more)}".rstrip())
        results = await trial.watch.databases["reporting"].fetch(
            "SELECT result, count(*) AS n FROM fact_case WHERE to_position IS NULL AND result IS NOT NULL"
            " GROUP BY result ORDER BY n DESC"
        )
        self.say("  results: " + ", ".join(f"{row['result']} {row['n']:,}" for row in results))
        breaches = await trial.watch.databases["supervision"].fetch(
            "SELECT kind, count(*) AS n FROM clock_board WHERE breached_due IS NOT NULL GROUP BY kind ORDER BY kind"
        )
        self.say("  deadlines missed: " + ", ".join(f"{row['kind']} {row['n']:,}" for row in breaches))
