"""Pairs, contact cards and activities of the demo's cadres: enough that every page of duties shows something."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from deploy.demo.staff import Staff
from services.chassis.clock import LOCAL

FILE = Path(__file__).with_name("outreach.toml")


async def pair_and_do(staff: Staff, began: datetime) -> None:
    """A list of pairs by the office, then what the cadres enter themselves; told again it changes nothing."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    pairs = [
        {"kind": "households", "owner": row["owner"], "target": target, "basis": row["basis"]}
        for row in told["pairs"]
        for target in row["targets"]
    ]
    answer = await staff.act("huodongban", "/intake/api/pairings:batch", {"pairings": pairs}, "sample-pairs")
    if refused := [one for one in answer["rows"] if one["status"] == "refused"]:
        raise RuntimeError(f"pairs of the demo are refused: {refused}")
    ids = [one["pairing_id"] for one in answer["rows"]]
    today = began.astimezone(LOCAL).date()
    for number, pair in zip(told["cards"], (ids[n] for n in told["cards"]), strict=True):
        body = {"on": today.isoformat(), "receipt": "户主当面签收"}
        await staff.act(told["cards_by"], f"/intake/api/pairings/{pair}/card", body, f"sample-card-{number}")
    for number, row in enumerate(told["activities"]):
        on = today - timedelta(days=row.pop("ago"))
        body = {**row, "activity_id": f"sample-activity-{number}", "on": on.isoformat()}
        await staff.act(body.pop("login"), "/intake/api/activities", body, f"sample-activity-{number}")
