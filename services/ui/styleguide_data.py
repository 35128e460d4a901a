"""The view of every style guide screen, made from invented facts; `query` chooses its state."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from services.ui.formats import LOCAL
from services.ui.forms import Form
from services.ui.i18n import gettext
from services.ui.styleguide_facts import COUNTS, HISTORY, PEOPLE, QUEUE, RANKS, ROWS, STEPS, TONES, VISIT_KINDS

NOON = datetime(2026, 11, 20, 10, 24, tzinfo=LOCAL)


def _at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)


def _due_words(days: int | None) -> str | None:
    if days is None:
        return None
    return gettext("逾期 %(days)s 天", days=-days) if days < 0 else gettext("剩 %(days)s 天", days=days)


def _rows() -> list[dict[str, Any]]:
    found = []
    for light, title, meta, lead, co, area, step, days, records, act in ROWS:
        tone = {"督办": "bad", "派单": "primary"}.get(act, "plain")
        used = None if days is None else (1.0 if days < 0 else max(0.05, 1 - days / 12))
        found.append(
            {
                "href": "?screen=case",
                "light": light,
                "title": title,
                "meta": meta.split("|"),
                "lead": lead,
                "co_count": co,
                "territory": area,
                "step": step,
                "step_tone": TONES.get(step, "plain"),
                "due_words": _due_words(days),
                "due_date": NOON + timedelta(days=days) if days is not None else None,
                "used": used,
                "updated": NOON - timedelta(hours=records * 3),
                "records": records,
                "action": {"href": "?screen=case", "label": act, "tone": tone},
            }
        )
    return found


def counters(current: str | None = None) -> list[dict[str, Any]]:
    return [
        {
            "state": s,
            "label": None,
            "hint": gettext(hint),
            "count": n,
            "href": f"?screen=cases&light={s}",
            "current": s == current,
        }
        for s, hint, n in COUNTS
    ]


def cases(query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("light")
    words = query.get("q", "")
    rows = [row for row in _rows() if wanted in (None, row["light"]) and words in row["title"]]
    return {"counters": counters(wanted), "rows": rows, "updated": NOON}


def history() -> list[dict[str, Any]]:
    """Newest first, as a case page shows it; the hashes are of the mock texts."""
    n = len(HISTORY)
    return [
        {
            "time": _at(when),
            "sign": sign,
            "tone": tone,
            "title": gettext(title),
            "actor": actor.split("|"),
            "text": text,
            "notes": notes,
            "version": n - i,
            "hash": sha256(text.encode()).hexdigest(),
            "captured_at": _at(when) if title == "问题收集" else None,
        }
        for i, (when, sign, tone, title, actor, text, notes) in enumerate(HISTORY)
    ]


def case(query: Mapping[str, str]) -> dict[str, Any]:
    entries = history()
    last = len(entries)
    at = min(last, max(1, int(query.get("at", last))))
    shown = entries[last - at :]
    now = at == last
    return {
        "at": None if now else at,
        "last": last,
        "shown": shown,
        "hidden": last - at,
        "moment": shown[0]["time"],
        "steps": [gettext(s) for s in STEPS],
        "current": 3 if now else 2,
        "light": "red" if now else "green",
        "tail": query.get("tail", shown[0]["hash"]),
        "proof": query.get("proof_at", "#proof"),
        "form": Form({"opinion": "请于 11-23 前报送施工计划，12-20 前开放使用。"}, expected=last),
        "broken": query.get("proof") == "broken",
    }


def dispatch(query: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        {
            "href": "?screen=dispatch",
            "title": t,
            "meta": p.split(),
            "chips": [(gettext("退单"), "bad")] if i == 1 else [],
            "current": i == 0,
        }
        for i, (t, p) in enumerate(QUEUE)
    ]
    values = {
        "level": "solid",
        "lead": "park",
        "area": "park",
        "due": "2026-12-04",
        "sign": "1",
        "opinion": "请主办单位牵头，会同属地现场核实，按期办结并回复诉求人。",
    }
    errors = (
        {"lead": gettext("请选择主办部门"), "due": gettext("办结期限不能早于今天")}
        if query.get("state") == "error"
        else {}
    )
    return {"rows": rows, "form": Form(values, errors, expected=3)}


def visits(query: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        {
            "href": "?screen=visit",
            "sign": "check" if seen else "building-factory-2" if "中心" in name else "home",
            "tone": "good" if seen else "info",
            "title": name,
            "meta": where.split("|"),
            "chips": [(gettext("已访"), "good")] if seen else [(mark, "warn")] if mark else [],
        }
        for name, mark, where, seen in PEOPLE
    ]
    return {"rows": rows, "offline": query.get("state") == "offline"}


def visit(query: Mapping[str, str]) -> dict[str, Any]:
    values = {
        "result": "asks",
        "kind": "道路交通",
        "words": "2 组村口 300 米水泥路破损，雨天农机进不了田，涉及 43 户，请求春耕前修好。",
        "urgency": "solid",
    }
    errors = {"kind": gettext("请选择问题类别")} if query.get("state") == "error" else {}
    return {"kinds": [(k, k) for k in VISIT_KINDS], "form": Form(values, errors)}


def cockpit(query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ranks": [(i + 1, *r) for i, r in enumerate(RANKS)],
        "now": NOON,
        "red": [r for r in _rows() if r["light"] == "red"],
    }


def problem(query: Mapping[str, str]) -> dict[str, Any]:
    status = int(query.get("status", "403"))
    titles = {403: "没有权限", 404: "没有找到", 409: "内容已有变化", 422: "未能办理", 503: "暂时不可用"}
    codes = {503: "database-away"}
    found = {
        "status": status,
        "code": query.get("code") or codes.get(status, ""),
        "title": titles[status],
        "detail": "此操作需要的岗位：派单席、督查室。" if status == 403 else "",
        "errors": [],
        "correlation_id": "0192f6c1-demo",
    }
    return {"problem": found, "typed": {"text": ["已到现场，明日施工"]} if status == 503 else {}}


def login(query: Mapping[str, str]) -> dict[str, Any]:
    wrong = query.get("state") == "error"
    return {"form": Form({"account": "zhaomin"}, general=[gettext("账号或密码不对，还可以试 4 次")] if wrong else ())}


def parts() -> dict[str, Any]:
    refused = Form(
        {"title": "路灯", "level": "good"},
        {"title": gettext("标题至少 6 个字"), "level": gettext("请选择分级")},
        general=[gettext("本单位今天的退单次数已用完")],
        expected=4,
    )
    stale_form = Form({"title": "六里桥路灯不亮"}, changed=[gettext("此件刚被 %(name)s 改派", name="郭磊")], expected=4)
    return {
        "counters": counters("red"),
        "rows": _rows(),
        "entries": history()[:6],
        "refused": refused,
        "stale_form": stale_form,
        "form": Form({"co": ["a", "c"], "level": "solid"}),
        "now": NOON,
        "steps": [gettext(s) for s in STEPS],
    }
