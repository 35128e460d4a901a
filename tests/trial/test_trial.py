"""A short trial on made-up messages: the same installation, script and checks as the long one."""

from pathlib import Path

import pytest

from deploy.trial.__main__ import SEED, run
from deploy.trial.paper import Paper

CASES = 120


@pytest.mark.e2e
@pytest.mark.timeout(240)
async def test_a_short_trial_holds(scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scratch / "trial"
    folder.mkdir()
    good = await run(None, CASES, SEED, folder, Paper())
    said = capsys.readouterr().out
    assert good, said
    assert "✗" not in said
    assert f"imported   {CASES} messages, 0 bad rows" in said
