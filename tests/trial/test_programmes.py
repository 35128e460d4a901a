"""Both programmes acted out, small with every build and whole with the proofs: figures, invariants, replay."""

from pathlib import Path

import pytest

from deploy.trial.programmes.__main__ import Sheet, Which, run

REPORT = Path(__file__).parents[2] / "docs" / "proof" / "programmes.md"
HEAD = """# Two whole programmes

贾汪 2017 with 1,250 cases and 六里屯 2019 with 1,043 requests, acted out through the HTTP API on simulated
time by `make proof` (`make trial PROGRAMME=jw` and `lt` print the same). What is marked (F), or begins with F, is
a fixture: the published figures of the programmes, which the made-up cases were chosen to reach. That cases, orders
and reports add up to them is what is proved; everything else must hold whatever the figures are.

```
"""


@pytest.mark.e2e
@pytest.mark.timeout(400)
async def test_both_programmes_hold_in_small(scratch: Path) -> None:
    sheet = Sheet()
    good = await run(list(Which), scratch, sheet, small=True)
    said = "\n".join(sheet.lines)
    assert good, said
    assert "累计 40  解决 25 62.50 %  销号 25  未办结 15  (F)" in said
    assert "按诉求 78.57 %" in said
    assert "按问题 82.50 %" in said


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
