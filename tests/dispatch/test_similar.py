"""Similar cases: found by what people wrote, with the reason, and forgotten with the text's key."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from contracts.dispatch import RequestJoined
from contracts.event import Event
from contracts.intake import RequestAccepted, RequestRegistered
from contracts.sealed import Sealed
from services.chassis.clock import SystemClock
from services.chassis.read_model import Bulk, Context
from services.dispatch.read.similar import LIKENESS
from services.dispatch.read.similar_search import Matter, similar
from services.dispatch.read.similar_shingles import TOTAL, hashed, joined, of_request, shingles, words
from services.dispatch.read.similar_weights import Bag, Phrase, overlap, weigher
from tests.dispatch.story import classified, opened, routed
from tests.dispatch.test_read_models import rows, tables
from tests.dispatch.world import AUDITOR, DESK, MONDAY, World, key
from tests.spec import facts

NOISE = "示例大道搅拌站夜间噪音扰民"
AGAIN = "搅拌站半夜施工，噪音太大，示例大道居民睡不着"
OTHER = "幼儿园学费上涨"


def test_a_shingle_is_two_han_characters_or_one_word() -> None:
    assert words("搅拌站ABC噪音 12345，x 音") == ["搅拌", "拌站", "abc", "噪音", "12345"]
    assert words("ＡＢＣ路") == ["abc"], "full-width letters are letters; one Han character alone says nothing"
    assert shingles(NOISE) & shingles(AGAIN) == {
        hashed(word) for word in ("示例", "例大", "大道", "搅拌", "拌站", "噪音")
    }


def test_only_the_beginning_of_a_text_counts_and_nothing_twice() -> None:
    named, more = of_request("道路破损", "道路破损" + "甲" * 60 + "乙丙")
    assert more == {hashed("损甲"), hashed("甲甲")}
    assert not named & more


def test_common_words_read_as_words() -> None:
    common = [word for word in words(AGAIN) if word in words(NOISE)]
    assert joined(common, AGAIN) == ["搅拌站", "噪音", "示例大道"]


def test_one_phrase_is_no_seven_reasons() -> None:
    """A place in common tells more than the same long phrase about another place."""
    counts = {
        TOTAL: 1000,
        **dict.fromkeys(shingles("夜间施工噪音扰民严重"), 60),
        **dict.fromkeys(shingles("银杏苑"), 4),
    }
    asked = Phrase.of("银杏苑夜间施工噪音扰民严重").weighed(weigher(counts))
    same_place, same_words = shingles("银杏苑工地晚上施工吵闹不休"), shingles("翠竹村夜间施工噪音扰民严重")
    assert overlap(asked, same_place) > overlap(asked, same_words)
    told = Bag.of(asked.shingles, weigher(counts))
    assert told.likeness(same_words)[0] > told.likeness(same_place)[0], "counted one by one it would be the other way"
    assert told.likeness(asked.shingles)[0] == 1.0
    assert told.likeness(shingles("幼儿园学费上涨"))[0] == 0.0


async def test_a_reworded_repeat_is_found_with_its_reasons(world: World) -> None:
    first = await world.case("r1", title=NOISE)
    await world.case("r2", title=OTHER)
    again = await world.case("r3", title=AGAIN, category_hint="environment-waste")
    async with world.api(AUDITOR) as api:
        found = (await api.get(f"/dispatch/api/cases/{again}/similar")).json()["items"]
        typed = await api.post("/dispatch/api/similar", json={"title": AGAIN, "limit": 1}, headers=key())
    assert [hit["case_id"] for hit in found] == [first], "not itself; 「请尽快处理」 alone is no matter"
    hit = found[0]
    assert (hit["same_area"], hit["days_apart"], hit["step"], hit["closed"]) == (True, 0, "registered", False)
    assert hit["words"] == ["搅拌站", "噪音", "示例大道"]
    assert 40 <= hit["likeness"] < 50
    assert [hit["case_id"] for hit in typed.json()["items"]] == [again]
    within = await similar(world.service.pool, Matter(NOISE), category="environment-waste")
    assert [hit.case_id for hit in within] == [again]
    assert await counts(world.service.pool) == await told(world.service.pool)


async def test_the_part_for_forms_reads_whatever_the_form_calls_its_fields(world: World) -> None:
    await world.case("r1", title=NOISE)
    async with world.browser(DESK) as desk:
        page = await desk.get("/dispatch/cases/c-r1")
        csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
        typed = {"csrf": csrf, "requests.0.text": AGAIN, "requests.0.territory": "town-a"}
        part = await desk.post("/dispatch/_similar", data=typed)
        nothing = await desk.post("/dispatch/_similar", data={"csrf": csrf, "text": "路"})
        forged = await desk.post("/dispatch/_similar", data={"text": AGAIN})
    assert NOISE in part.text
    assert "同属地" in part.text
    assert "<html" not in part.text
    assert nothing.text.strip() == ""
    assert forged.status_code == 403


async def test_shingles_come_and_go_with_the_key(world: World) -> None:
    """Erased with it; and when it comes late, they come late."""
    keys, pool = world.service.keys, world.service.pool
    assert keys is not None
    await world.case("r1", title=NOISE)
    await world.case("r2", title=OTHER)
    before = await counts(pool)
    await keys.new("request-r3")
    held: bytes = await pool.fetchval("SELECT key FROM sealing_key WHERE key_id = 'request-r3'")
    sealed = await keys.seal(AGAIN, "request-r3")
    await pool.execute("DELETE FROM sealing_key WHERE key_id = 'request-r3'")
    keys._cache.clear()
    await world.hear(registered(sealed))
    await world.hear(RequestAccepted(request_id="r3"))
    await world.settled()
    assert await counts(pool) == before
    await keys.take([("request-r3", held, 7)])
    await world.until("SELECT title <> '{}' FROM case_shingle WHERE case_id = 'c-r3'")
    assert await counts(pool) == await told(pool)
    await keys.erase(["request-r3"])
    await world.until("SELECT title = '{}' AND body = '{}' FROM case_shingle WHERE case_id = 'c-r3'")
    assert await counts(pool) == before, "no count is left behind, not even of nothing"


class OpenBook:
    """Keys of texts that were never closed: the box is the text."""

    async def opened_many(self, sealed: Sequence[Sealed]) -> list[str]:
        return [one.box for one in sealed]


def joined_case(number: int) -> list[Event]:
    text = [Sealed(key_id=f"k{n}", box=box) for n, box in enumerate((NOISE, AGAIN, OTHER, f"{OTHER}，{NOISE}"))]
    case_id = f"c{number}"
    return [
        opened.model_copy(update={"case_id": case_id, "title": text[0], "text": text[1]}),
        classified.model_copy(update={"case_id": case_id}),
        RequestJoined(
            case_id=case_id, case_no=1, request_id="r2", link="merged", channel="web", title=text[2], text=text[3],
            received_at=MONDAY,
        ),
        routed.model_copy(update={"case_id": case_id, "territory": "town-b"}),
    ]  # fmt: skip


async def test_any_cut_into_batches_gives_the_same_shingles_and_counts(database: str) -> None:
    events = [event for both in zip(joined_case(1), joined_case(2), strict=True) for event in both]
    seen = facts(*events)
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as held:
        db: Any = held
        found = []
        for suffix, cuts, bulk in (("once", [], False), ("single", range(1, 8), False), ("bulk", [3], True)):
            names = await tables(db, LIKENESS, suffix)
            ctx = Context(SystemClock(), keys=OpenBook(), bulk=Bulk(complete=True) if bulk else None)  # type: ignore[arg-type]
            for start, end in zip([0, *cuts], [*cuts, len(seen)], strict=True):
                await LIKENESS.apply(db, seen[start:end], names, ctx)
            if ctx.bulk is not None:
                await ctx.bulk.flush(db)
            found.append(await rows(db, names))
    assert found[0] == found[1] == found[2]
    assert all(found[0].values())
    kept = shingles(NOISE) | shingles(AGAIN) | shingles(OTHER)
    assert f"'shingle': {TOTAL}, 'n': 2" in str(found[0]["shingle_count"])
    assert len(found[0]["shingle_count"]) == 1 + len(kept)
    assert "'area': 'town-b'" in found[0]["case_shingle"][0]


def registered(sealed: Sealed) -> RequestRegistered:
    return RequestRegistered(
        request_id="r3", channel="visit", origin="proactive", title=sealed, text=sealed, received_at=MONDAY
    )


async def counts(pool: asyncpg.Pool) -> dict[int, int]:
    return {row["shingle"]: row["n"] for row in await pool.fetch("SELECT shingle, n FROM shingle_count")}


async def told(pool: asyncpg.Pool) -> dict[int, int]:
    """The counts by counting."""
    rows = await pool.fetch("SELECT title || body AS all FROM case_shingle")
    said = Counter(shingle for row in rows for shingle in row["all"])
    return {**said, TOTAL: sum(1 for row in rows if row["all"])}
