"""考核 in the whole service: computed from the log, published, appealed, ruled on, final; the same figures for ever."""

import asyncio
import io
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from contracts.envelope import Meta
from contracts.event import Event
from contracts.intake import RoleAssigned
from services.chassis.clock import LOCAL
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.web import User
from services.chassis.web.session import SESSION_COOKIE
from services.reference.programmes import Programmes
from services.supervision.react.issued_slots import ASSESSMENT_TO_SLOT
from services.supervision.react.own_clocks import OWN_CLOCKS
from services.supervision.read.assess_inputs import KEPT, LIVE, AssessInputs, positions_now
from tests.spec import NOON, SOMEBODY, stored_events
from tests.supervision.test_assess_measures import LIFE, PACKS, UNITS, done, opened, ordered
from tests.supervision.test_rhythm import app, client

__all__ = ["app"]

OFFICE = User("p-o", "示例活动办干部", "office", "示例活动办", ("programme_office", "supervisor"))
LEADER = User("p-l", "示例领导", "district", "示例区", ("leading_group",))
TOWN_A = User("p-a", "示例镇甲负责人", "town-a", "示例镇甲", ("unit_leader",))
PACK = (PACKS / "jw-2017.toml").read_text()
JULY = {"programme": "jw-2017", "kind": "stage", "objects": "unit", "since": "2017-07-01", "until": "2017-07-31"}
API = "/supervision/api/assessments"


class Browser:
    """Somebody with a session in a browser: forms carry its token, and a refusal is the form's own page again."""

    def __init__(self, app: FastAPI, user: User) -> None:
        token = app.state.sessions.issue(user)
        self._csrf = app.state.sessions.csrf_token(app.state.sessions.read(token, by_cookie=True))
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://127.0.0.1:8080",
            headers={"accept": "text/html", "cookie": f"{SESSION_COOKIE}={token}"},
        )
        self._sent = 0

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        self._sent += 1
        own = {"csrf": self._csrf, "command_id": f"{self._csrf[:9]}-{self._sent}"}
        return await self._client.post(path, data={**own, **fields})


async def tell(
    service: Service, source: str, *events: Event, after: int = 0, chain: bytes = bytes(32), time: datetime = NOON
) -> bytes:
    """Take in events as the transport would; answers the chain's end."""
    meta = Meta(command_id="x", actor=SOMEBODY, programme="jw-2017")
    messages = []
    for stored in stored_events(*events, source=source, meta=meta, time=time):
        chain = extend(chain, stored.payload)
        messages.append((after + stored.seq, stored.payload, chain))
    await service.log.insert_foreign(source, 1, messages)
    await caught_up(service)
    return chain


async def caught_up(service: Service) -> None:
    assert await service.all_caught_up((await service.log.head()).seq, 10)


async def clock_of(service: Service, clock_id: str) -> asyncpg.Record:
    """A deadline on the wall, once the service's own events have become clocks."""
    head = (await service.log.head()).seq
    while (await service.reactors.lag())[OWN_CLOCKS.name].seq < head:
        await asyncio.sleep(0.02)
    await caught_up(service)
    row = await service.pool.fetchrow("SELECT * FROM clock_board WHERE clock_id = $1", clock_id)
    assert row is not None
    return row


async def post(api: httpx.AsyncClient, where: str, key: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await api.post(f"{API}{where}", json=body or {}, headers={"idempotency-key": key})


async def activate(service: Service, api: httpx.AsyncClient, pack: str = PACK, key: str = "p") -> None:
    sent = await api.post("/supervision/api/programmes", content=pack.encode(), headers={"idempotency-key": key})
    assert sent.status_code < 300, sent.text
    await caught_up(service)


async def begun(app: FastAPI, api: httpx.AsyncClient) -> bytes:
    """The programme runs, and July is in the log."""
    service: Service = app.state.service
    await activate(service, api)
    await tell(service, "intake", *UNITS)
    return await tell(service, "dispatch", *LIFE)


async def scored(app: FastAPI, api: httpx.AsyncClient) -> str:
    made = await post(api, "", "s", JULY)
    assert (made.status_code, made.json()["events"]) == (201, ["assessment-scored"]), made.text
    await caught_up(app.state.service)
    return str(made.json()["assessment_id"])


async def test_from_the_log_to_a_final_table(app: FastAPI) -> None:
    service: Service = app.state.service
    async with client(app, OFFICE) as office, client(app, LEADER) as leader, client(app, TOWN_A) as town:
        chain = await begun(app, office)
        one = await scored(app, office)
        table = (await office.get(f"{API}/{one}")).json()
        assert [(row["object"], row["total"], row["rank"]) for row in table["rows"]] == [
            ("town-b", "100.00", 1),
            ("town-a", "28.20", 2),
            ("road", "0.00", 3),
        ]
        assert table["rows"][2]["excluded"] == "没有可以计分的指标，不参加排名"
        assert table["positions"]["dispatch"] == len(LIFE)
        assert (await post(office, "", "s2", JULY)).json()["events"] == [], "nothing changed"

        # A draft is nobody else's, and cannot be appealed against.
        assert (await town.get(f"{API}/{one}")).status_code == 404
        assert (await town.get(API)).json()["items"] == []
        assert (await post(town, f"/{one}/appeals", "a0", {"reason": "有异议"})).status_code == 404
        assert (await post(town, "", "s3", JULY)).status_code == 403

        assert (await post(office, f"/{one}/publish", "pub")).json()["events"] == ["assessment-published"]
        await caught_up(service)
        assert (await post(office, "", "s4", JULY)).json()["code"] == "assessment-published"
        until = datetime.fromisoformat((await town.get(f"{API}/{one}")).json()["appeals_until"])
        assert until == datetime(2017, 8, 9, 18, 0, tzinfo=LOCAL), "five working days of the programme's calendar"

        # Every number opens the cases behind it; a unit opens its own.
        behind = (await town.get(f"{API}/{one}/behind?object=town-a&kind=kpi&item=K16a")).json()["items"]
        assert {(it["case_id"], it["counted"]) for it in behind} == {("c1", 1), ("c2", 0), ("c3", 0), ("c4", 0)}
        assert (await town.get(f"{API}/{one}/behind?object=town-b&kind=kpi&item=K16a")).status_code == 403
        assert (await office.get(f"{API}/{one}/behind?object=town-b&kind=kpi&item=K99")).status_code == 404

        filed = await post(town, f"/{one}/appeals", "a1", {"reason": "c3 系上级暂缓"})
        assert filed.json()["events"] == ["appeal-filed"], filed.text
        appeal = filed.json()["appeal_id"]
        waits = await clock_of(service, f"appeal-{one}.{appeal}-1")
        ten_days = datetime(2017, 8, 16, 18, 0, tzinfo=LOCAL)
        assert (waits["kind"], waits["unit"], waits["due"]) == ("appeal", "office", ten_days)
        assert (await post(leader, f"/{one}/finalise", "f0")).json()["code"] == "appeals-open"
        ruling = {
            "upheld": True,
            "reason": "查证属实",
            "adjustments": [{"code": "K18", "points": 3.5, "refs": ["c3"]}],
        }
        where = f"/{one}/appeals/{appeal}/ruling"
        assert (await post(town, where, "r0", ruling)).status_code == 403
        assert (await post(office, where, "r1", ruling)).json()["code"] == "own-scoring"
        bad = await post(leader, where, "r2", {**ruling, "adjustments": [{"points": 3.5}]})
        assert bad.json()["errors"][0]["field"] == "adjustments.0.code"
        assert (await post(leader, where, "r3", ruling)).json()["events"] == ["appeal-decided"]
        await caught_up(service)
        assert (await post(leader, f"/{one}/finalise", "f1")).json()["code"] == "appeals-running"

        service.clock.advance(timedelta(days=10))  # type: ignore[attr-defined]
        await tell(
            service, "dispatch", opened("c8"), ordered("c8", "road"), done("c8", "road"), after=len(LIFE), chain=chain
        )
        assert (await leader.get(f"{API}/{one}/check")).json() == {"same": True}, "what came later changes nothing"
        assert (await post(leader, f"/{one}/finalise", "f2")).json()["events"] == ["assessment-finalised"]
        await caught_up(service)
        final = (await town.get(f"{API}/{one}")).json()
        assert [(row["object"], row["total"]) for row in final["rows"]][:2] == [
            ("town-b", "100.00"),
            ("town-a", "31.70"),
        ]
        assert (await office.get(f"{API}/{one}/check")).json() == {"same": True}
        await _rewarded_and_used(app, office, one)


async def _rewarded_and_used(app: FastAPI, office: httpx.AsyncClient, one: str) -> None:
    """HA-31: a notice names the result that it rewards; SH-45: the result goes out for each use that the pack names."""
    praise = {
        "programme": "jw-2017",
        "kind": "commend",
        "targets": ["town-b"],
        "scope": "全区",
        "chosen": ["群众满意"],
        "cases": ["c1"],
    }
    bulletins = "/supervision/api/bulletins"
    key = {"idempotency-key": "praise-1"}
    refused = await office.post(bulletins, json={**praise, "assessment_id": "nothing"}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "no-such-assessment"), refused.text
    sent = await office.post(bulletins, json={**praise, "assessment_id": one}, headers={"idempotency-key": "praise-2"})
    assert sent.status_code == 201, sent.text
    await caught_up(app.state.service)
    page = f"/supervision/assessments/{one}"
    async with Browser(app, LEADER) as leader, Browser(app, TOWN_A) as town:
        shown = (await leader.get(page)).text
        assert "兑现奖惩" in shown
        assert f"{page}/uses/1.xlsx" in shown
        told = (await leader.get(f"/supervision/bulletins/{sent.json()['bulletin_id']}")).text
        assert f'href="{page}"' in told
        book = load_workbook(io.BytesIO((await leader.get(f"{page}/uses/1.xlsx")).content)).worksheets[0]
        assert [cell.value for cell in book[2]][:6] == ["用途", "活动", "考核周期", "起", "止", "对象"]
        rows = [[cell.value for cell in row] for row in book.iter_rows(min_row=3)]
        assert [(row[0], row[5], row[6], row[7]) for row in rows][:2] == [
            ("年终考核", "示例镇乙", 1, "100.00"),
            ("年终考核", "示例镇甲", 2, "31.70"),
        ]
        plain = (await leader.get(f"{page}/uses/1.csv")).content.decode("utf-8-sig").splitlines()
        assert plain[1].startswith("年终考核,")
        assert len(plain) == 1 + len(rows)
        assert (await leader.get(f"{page}/uses/2.csv")).status_code == 404
        assert (await town.get(f"{page}/uses/1.csv")).status_code == 403, "whoever is assessed takes it nowhere"
        assert "uses/1" not in (await town.get(page)).text


async def test_the_score_of_this_month_is_seen_before_anybody_puts_it_on_record(app: FastAPI) -> None:
    """实时跟踪 (HA-30): the office sees all, a unit its own line without a rank; nothing is recorded."""
    async with client(app, OFFICE) as office:
        await begun(app, office)
    async with Browser(app, OFFICE) as browser, Browser(app, TOWN_A) as town:
        shown = await browser.get("/supervision/assessments/live?programme=jw-2017&objects=unit")
        assert shown.status_code == 200, shown.text
        assert "28.20" in shown.text, "as the month's assessment says it"
        assert all(name in shown.text for name in ("示例镇甲", "示例镇乙"))
        own = (await town.get("/supervision/assessments/live")).text
        assert "28.20" in own
        assert "示例镇乙" not in own
        assert "名次" not in own
    assert await app.state.service.pool.fetchval("SELECT count(*) FROM assessment") == 0


async def test_the_month_so_far_is_read_once_in_some_minutes_and_throws_no_reading_out(app: FastAPI) -> None:
    async with client(app, OFFICE) as office:
        await begun(app, office)
    service: Service = app.state.service
    inputs, now = AssessInputs(service.pool), service.clock.now()
    active = await Programmes(service.pool).active("jw-2017")
    assert active is not None
    day, pack, positions = now - timedelta(hours=1), active.pack, await positions_now(service.pool)
    on_record = [await inputs.facts("jw-2017", pack, now - timedelta(days=n), positions) for n in range(KEPT)]
    first = await inputs.so_far("jw-2017", pack, day, now)
    assert await inputs.so_far("jw-2017", pack, day, now + LIVE / 2) is first
    later = await inputs.so_far("jw-2017", pack, day, now + LIVE)
    assert (later is first, later.moment.as_of) == (False, now + LIVE)
    tomorrow = await inputs.so_far("jw-2017", pack, now + LIVE * 1.2, now + LIVE * 1.5)
    assert tomorrow is not later, "another day asks for a reading of its own"
    again = [await inputs.facts("jw-2017", pack, now - timedelta(days=n), positions) for n in range(KEPT)]
    assert all(one is other for one, other in zip(on_record, again, strict=True))


async def test_a_later_amendment_does_not_change_how_a_past_period_is_judged(app: FastAPI) -> None:
    service: Service = app.state.service
    async with client(app, OFFICE) as office:
        await begun(app, office)
        one = await scored(app, office)
        old, new = "K16a = 0.40, K18 = 0.25", "K16a = 0.25, K18 = 0.40"
        assert old in PACK
        service.clock.advance(timedelta(days=3))  # type: ignore[attr-defined]
        await activate(service, office, PACK.replace(old, new).replace("version = 1", "version = 2", 1), "p2")
        assert (await post(office, "", "s5", JULY)).json()["events"] == []
        august = await post(office, "", "s6", {**JULY, "since": "2017-08-01", "until": "2017-08-31"})
        await caught_up(service)
        rows = (await office.get(f"{API}/{august.json()['assessment_id']}")).json()["rows"]
        weights = {score["kpi"]: score["weight"] for score in rows[0]["scores"]}
        assert (weights["K16a"], weights["K18"]) == ("0.25", "0.40"), "the rules of then"
        running = await post(office, f"/{august.json()['assessment_id']}/publish", "pub")
        assert running.json()["code"] == "period-running"
        assert (await office.get(f"{API}/{one}/check")).json() == {"same": True}


async def test_a_published_table_keeps_the_month_that_owes_one(app: FastAPI) -> None:
    """定期评: the programme asks for R13 every month (LT-21)."""
    service: Service = app.state.service
    row = '{ id = "assessment", name = "月度考核", every = "monthly", owner = "programme_office", report = "R13" },'
    async with client(app, OFFICE) as office:
        await activate(service, office, PACK.replace("cadence = [", f"cadence = [\n  {row}"))
        charged = RoleAssigned(person_id="p-o", role="programme_office", unit_id="office")
        await tell(service, "intake", *UNITS, charged)
        await tell(service, "dispatch", *LIFE)
        one = await scored(app, office)
        await post(office, f"/{one}/publish", "pub")
        head = (await service.log.head()).seq
        while (await service.reactors.lag())[ASSESSMENT_TO_SLOT.name].seq < head:
            await service.log.wait(head + 1, 0.05)
        await caught_up(service)
        slots = (await office.get("/supervision/api/cadence?programme=jw-2017")).json()["items"]
        kept = [(it["slot"], it["ref"], it["late"]) for it in slots if it["cadence"] == "assessment" and it["ref"]]
        assert kept == [("2017-08-31", one, False)]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"objects": "community"}, "objects-not-in-pack", "objects"),
        ({"programme": "nothing"}, "programme-not-active", "programme"),
        ({"since": "2017-08-31", "until": "2017-08-01"}, "no-period", "since"),
        ({"since": "2016-01-01", "until": "2016-01-31"}, "before-programme", "until"),
    ],
)
async def test_what_is_refused_names_its_field(app: FastAPI, change: dict[str, str], code: str, field: str) -> None:
    async with client(app, OFFICE) as office:
        await begun(app, office)
        refused = (await post(office, "", "x", JULY | change)).json()
        assert (refused["code"], refused["errors"][0]["field"]) == (code, field)


async def test_the_pages_show_it_and_carry_every_act(app: FastAPI) -> None:
    service: Service = app.state.service
    async with client(app, OFFICE) as api:
        await begun(app, api)
    async with (
        Browser(app, OFFICE) as office,
        Browser(app, LEADER) as leader,
        Browser(app, TOWN_A) as town,
    ):
        here = "/supervision/assessments"
        empty = (await office.get(here)).text
        assert "还没有考核" in empty
        assert 'value="2017-07-01"' in empty, "the month that is over"
        refused = await office.send(here, **JULY | {"since": ""})
        assert (refused.status_code, 'id="x-f-since"' in refused.text) == (422, True)
        made = await office.send(here, **JULY)
        assert made.status_code == 303, made.text
        one = made.headers["location"].partition("?")[0]
        draft = (await office.get(made.headers["location"])).text
        assert "草稿" in draft
        assert f"{one}/publish" in draft
        assert "28.20" in draft
        assert "25.00% 1/4" in draft
        again = await office.send(here, **JULY)
        assert again.headers["location"].partition("?")[0] == one
        shown = await office.send(f"{one}/publish")
        await caught_up(service)
        assert shown.status_code == 303

        seen = (await town.get(one)).text
        assert "behind?object=town-a" in seen
        assert "behind?object=town-b" not in seen
        assert f"{one}/appeals" in seen
        assert (await town.get(f"{one}/behind?object=town-a&kind=kpi&item=K16a")).text.count("/dispatch/cases/c") == 4
        assert (await town.get(f"{one}/behind?object=town-b&kind=kpi&item=K16a")).status_code == 403
        silent = await town.send(f"{one}/appeals")
        assert (silent.status_code, "请写明申诉理由" in silent.text) == (422, True)
        filed = await town.send(f"{one}/appeals", reason="c3 系上级暂缓")
        assert filed.status_code == 303, filed.text
        await caught_up(service)
        assert "裁定结果" not in (await town.get(one)).text, "not by those who appeal"
        asked = (await leader.get(one)).text
        [form] = [part for part in asked.split('action="') if part.startswith(f"{one}/appeals/")]
        ruling = form.partition('"')[0]
        wordless = await leader.send(ruling, upheld="true", reason="属实")
        assert (wordless.status_code, "支持申诉应写明调整的项目和分值" in wordless.text) == (422, True)
        moved = {"adjustments.0.code": "K18", "adjustments.0.points": "3.5"}
        ruled = await leader.send(ruling, upheld="true", reason="属实", **moved)
        assert ruled.status_code == 303, ruled.text
        await caught_up(service)
        assert "申诉期未满，不能定案" in (await leader.get(one)).text
        service.clock.advance(timedelta(days=10))  # type: ignore[attr-defined]
        assert (await leader.send(f"{one}/finalise")).status_code == 303
        await caught_up(service)
        final = (await town.get(f"{one}?check=true")).text
        assert "已定案" in final
        assert "/supervision/bulletins/new" not in final
        assert "/supervision/bulletins/new?programme=jw-2017" in (await leader.get(one)).text
        assert "31.70" in final
        assert "一致：" in final
        added = (await town.get(f"{one}/behind?object=town-a&kind=bonus")).text
        assert "按期办结率" in added
        assert (await town.get(f"{here}?lang=en")).status_code == 200

        book = load_workbook(io.BytesIO((await town.get(f"{one}.xlsx")).content)).worksheets[0]
        rows = [list(row) for row in book.iter_rows(values_only=True)]
        assert rows[1][:2] == ["名次", "对象"]
        assert rows[2][:2] == [1, "示例镇乙"]
        assert rows[3][1] == "示例镇甲"
        assert "31.70" in rows[3]
        assert any(str(row[0]).startswith("统计窗口：2017-07-01 至 2017-07-31") for row in rows)
        assert (await town.get(f"{one}.xlsx")).content == (await town.get(f"{one}.xlsx")).content
