"""A short trial on made-up messages: the same installation, script and checks as the long one."""

from datetime import date
from pathlib import Path

import pytest

from deploy.trial.__main__ import SEED, run
from deploy.trial.paper import Paper

CASES = 90
FIRST, LAST = date(2017, 6, 26), date(2017, 7, 3)
"""A week up to the first half-monthly report; each simulated day costs about as much as its cases."""


@pytest.mark.e2e
@pytest.mark.timeout(600)
async def test_a_short_trial_holds(scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scratch / "trial"
    folder.mkdir()
    good = await run(None, CASES, SEED, folder, Paper(), FIRST, LAST)
    said = capsys.readouterr().out
    assert good, said
    assert "✗" not in said
    assert f"R03 {LAST}" in said
    assert f"imported   {CASES} messages, 0 bad rows" in said
