"""Both programmes acted out with the proofs, small and whole: figures, invariants, replay."""

from collections import Counter
from pathlib import Path

import pytest

from deploy.trial.programmes import jw_plans, lt
from deploy.trial.programmes.__main__ import Sheet, Which, run

REPORT = Path(__file__).parents[2] / "docs" / "proof" / "programmes.md"
HEAD = """# Two whole programmes

贾汪 2017 with 1,250 cases and 六里屯 2019 with 1,043 requests, acted out through the HTTP API on simulated
time by `make proof` (`make trial PROGRAMME=jw` and `lt` print the same). What is marked (F), or begins with F, is
a fixture: the published figures of the programmes, which the made-up cases were chosen to reach. That cases, orders
and reports add up to them is what is proved; everything else must hold whatever the figures are.

```
"""


@pytest.mark.parametrize("size", [jw_plans.WHOLE, jw_plans.SMALL], ids=["whole", "small"])
def test_the_matters_of_jiawang_make_its_figures(size: jw_plans.Size) -> None:
    found = jw_plans.plans(size, 7, 56)
    fates = Counter(plan.fate for plan in found)
    assert found == jw_plans.plans(size, 7, 56), "the same seed tells the same stories"
    assert len({plan.ref for plan in found}) == len(found)
    # a split is two cases that count, itself none; what was merged in or closed is none either
    assert len(found) + fates["split"] - fates["merged"] - fates["closed"] == size.cases
    unsolved = sum(fates[fate] for fate in jw_plans.OPEN)
    assert size.cases - unsolved == size.struck_off
    assert fates.keys() >= {*jw_plans.BUSY, "plain", "split", "merged", "merge-undone", "closed"}
    joined = [plan for plan in found if plan.join]
    assert {plan.join for plan in joined} <= {
        plan.ref for plan in found if plan.fate in ("plain", "handling", "unsigned")
    }


@pytest.mark.parametrize("size", [lt.WHOLE, lt.SMALL], ids=["whole", "small"])
def test_the_matters_of_liulitun_make_its_figures(size: lt.Size) -> None:
    found = lt.plans(size, 7, 68)
    fates = Counter(plan.fate for plan in found)
    assert len({plan.ref for plan in found}) == len(found) == size.requests
    assert size.cases - sum(fates[fate] for fate in lt.OPEN) == size.solved
    assert (fates["joined"], fates["merged"], fates["merge-undone"]) == (size.joined, size.merged, size.undone)
    assert fates.keys() >= {*lt.BUSY, "plain"}
    solved = {plan.ref for plan in found if plan.fate not in (*lt.OPEN, "joined", "merged")}
    assert not [plan for plan in found if plan.join in solved], "requests that join belong to cases not solved"


@pytest.mark.e2e
@pytest.mark.timeout(600)
async def test_both_programmes_hold_in_small(scratch: Path) -> None:
    said = await _held(list(Which), scratch)
    assert "累计 40  解决 25 62.50 %  销号 25  未办结 15  (F)" in said
    assert "按诉求 78.57 %" in said
    assert "按问题 82.50 %" in said


async def _held(which: list[Which], scratch: Path) -> str:
    sheet = Sheet()
    good = await run(which, scratch, sheet, small=True)
    said = "\n".join(sheet.lines)
    assert good, said
    return said


@pytest.mark.proof
@pytest.mark.timeout(7200)
async def test_both_programmes_hold_whole(scratch: Path) -> None:
    sheet = Sheet()
    good = await run(list(Which), scratch, sheet, small=False)
    said = "\n".join(sheet.lines)
    assert good, said
    assert "累计 1250  解决 790 63.20 %  销号 790  未办结 460  (F)" in said
    assert "按诉求 80.15 %" in said
    assert "按问题 82.61 %" in said
    REPORT.write_text(f"{HEAD}{said.strip()}\n```\n", encoding="utf-8")
