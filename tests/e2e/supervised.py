"""What supervision has beside the sample days, made once over its API: a slip, a meeting, a card, a score and more."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx

from deploy.demo.load import PROGRAMME
from tests.e2e.people import token

UNIT = "dept-civil"


@cache
def furnish(url: str) -> dict[str, str]:
    """The ids of what was made, once for an installation."""
    now = datetime.fromisoformat(_look(url, "ducha", f"cadence?programme={PROGRAMME}")["now"])
    later, recent = (now + timedelta(days=9)).isoformat(), (now - timedelta(minutes=5)).isoformat()
    demand = {"programme": PROGRAMME, "target_unit": UNIT, "level": "orange", "source": "leader_instruction"}
    slip = _send(url, "ducha", "notices", demand | {"problem": "示例事项进展不明", "requirements": "书面说明"})
    asked = {"programme": PROGRAMME, "unit": UNIT, "items": ["完善台账"], "due": later, "grounds": ["weak_handling"]}
    rectification = _send(url, "ducha", "rectifications", asked)
    decision = {"text": "月底前完成复核", "unit": UNIT, "due": later}
    meeting = {"programme": PROGRAMME, "kind": "special", "held_at": recent, "chair": "p-office"}
    held = _send(url, "huodongban", "meetings", meeting | {"agenda": "示例议题", "decisions": [decision]})
    task: dict[str, Any] = {"task_id": "t1", "category": "走访", "subject": "示例桥村", "due": later}
    task |= {"mandatory": "走访全覆盖", "lead": "p-town", "liaison": "p-town-lead", "target": 20}
    plan = {"programme": PROGRAMME, "title": "示例计划", "tasks": [task]}
    adopted = _send(url, "huodongban", "plans", plan)
    promise = {"text": "示例承诺", "goal": "办结一件", "due": later}
    card = {"programme": PROGRAMME, "items": [promise] * 3, "places": ["镇政府公示栏"]}
    promised = _send(url, "dongzhenling", "commitments", card)
    draw = {"programme": PROGRAMME, "population_to": later, "rate_percent": 50}
    announced = _send(url, "ducha", "checks", draw)
    period = {"since": f"{now - timedelta(days=30):%Y-%m-%d}", "until": f"{now - timedelta(days=1):%Y-%m-%d}"}
    made = _send(url, "ducha", "assessments", {"programme": PROGRAMME, **period})
    scored = made["assessment_id"]
    _send(url, "ducha", f"assessments/{scored}/publish?after={made['position']}", {})
    look = {"programme": PROGRAMME, "unit": UNIT, "post": "示例大厅1号窗口", "passed": False, "checked_at": recent}
    found = _send(url, "ducha", "duty-checks", look | {"finding": "电话无人接听"})
    return {
        "duty_check": found["duty_check_id"],
        "notice": slip["notice_id"],
        "rectification": rectification["rectification_id"],
        "meeting": held["meeting_id"],
        "plan": adopted["plan_id"],
        "card": promised["commitment_id"],
        "check": announced["check_id"],
        "assessment": scored,
        "review": _reviewed(url),
    }


def _reviewed(url: str) -> str:
    """A case whose evidence can be looked at."""
    headers = {"Authorization": f"Bearer {token(url, 'ducha')}"}
    answer = httpx.get(f"{url}/dispatch/api/cases?light=closed", headers=headers, trust_env=False)
    answer.raise_for_status()
    return next(str(row["case_id"]) for row in answer.json()["items"] if row["step"] == "struck_off")


def _send(url: str, login: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token(url, login)}", "Idempotency-Key": f"every-page-{path}"}
    answer = httpx.post(f"{url}/supervision/api/{path}", json=body, headers=headers, trust_env=False)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def _look(url: str, login: str, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token(url, login)}"}
    answer = httpx.get(f"{url}/supervision/api/{path}", headers=headers, trust_env=False)
    answer.raise_for_status()
    return dict(answer.json())
