"""Similar cases: found by what people wrote, with the reason, and forgotten with the text's key."""

from collections import Counter
from typing import Any

import asyncpg
import pytest

from services.dispatch.read.similar import LIKENESS
from services.dispatch.read.similar_search import Matter, similar
from services.dispatch.read.similar_shingles import TOTAL, hashed, joined, of_request, shingles, words
from tests.dispatch.world import AUDITOR, DESK, World, key

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


async def test_a_reworded_repeat_is_found_with_its_reasons(world: World) -> None:
    first = await world.case("r1", title=NOISE)
    await world.case("r2", title=OTHER)
    again = await world.case("r3", title=AGAIN)
    async with world.api(DESK) as desk:
        found = (await desk.get(f"/dispatch/api/cases/{again}/similar")).json()["items"]
        typed = await desk.post("/dispatch/api/similar", json={"title": AGAIN, "limit": 1}, headers=key())
    assert [hit["case_id"] for hit in found] == [first], "not itself, not the unlike one"
    hit = found[0]
    assert (hit["same_area"], hit["days_apart"], hit["step"], hit["closed"]) == (True, 0, "registered", False)
    assert hit["words"] == ["搅拌站", "噪音", "示例大道"]
    assert [hit["case_id"] for hit in typed.json()["items"]] == [again]


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


async def test_within_a_category_only_its_cases_are_found(world: World) -> None:
    await world.case("r1", title=NOISE, category_hint="road-surface")
    await world.case("r2", title=NOISE, category_hint="environment-waste")
    found = await similar(world.service.pool, Matter(AGAIN), category="environment-waste")
    assert [hit.case_id for hit in found] == ["c-r2"]


async def test_erasing_the_key_erases_the_shingles(world: World) -> None:
    await world.case("r1", title=NOISE)
    await world.case("r2", title=OTHER)
    assert world.service.keys is not None
    await world.service.keys.erase(["request-r1"])
    await world.until("SELECT title = '{}' AND body = '{}' FROM case_shingle WHERE case_id = 'c-r1'")
    assert await similar(world.service.pool, Matter(AGAIN)) == []
    rows = await world.service.pool.fetch("SELECT shingle, n FROM shingle_count")
    assert {row["shingle"] for row in rows} == {TOTAL, *shingles(OTHER), *shingles(f"{OTHER}，请尽快处理。")}
    assert {row["n"] for row in rows} == {1}


async def test_a_key_that_comes_late_brings_the_shingles(world: World) -> None:
    assert world.service.keys is not None
    await world.service.keys.new("request-r1")
    held: bytes = await world.service.pool.fetchval("SELECT key FROM sealing_key WHERE key_id = 'request-r1'")
    await world.case("r1", title=NOISE)
    before = await counts(world.service.pool)
    # As if the key had been away: nothing can be read, then it arrives.
    await world.service.pool.execute("DELETE FROM sealing_key WHERE key_id = 'request-r1'")
    world.service.keys._cache.clear()
    await world.service.rebuild_here(LIKENESS.name) if hasattr(world.service, "rebuild_here") else None
    await world.service.projections.rebuild("case_shingle")
    assert await counts(world.service.pool) == {}
    await world.service.keys.take([("request-r1", held, 7)])
    await world.until("SELECT title <> '{}' FROM case_shingle")
    assert await counts(world.service.pool) == before


async def counts(pool: asyncpg.Pool) -> dict[int, int]:
    return {row["shingle"]: row["n"] for row in await pool.fetch("SELECT shingle, n FROM shingle_count")}


async def test_the_counts_are_what_the_cases_say(world: World) -> None:
    for n, title in enumerate((NOISE, AGAIN, OTHER, NOISE)):
        await world.request(f"r{n}", title=title)
    await world.settled()
    rows: list[Any] = await world.service.pool.fetch("SELECT title, body FROM case_shingle")
    said = Counter(shingle for row in rows for shingle in (*row["title"], *row["body"]))
    assert await counts(world.service.pool) == {**said, TOTAL: 4}


@pytest.mark.parametrize("who", [AUDITOR])
async def test_everybody_who_sees_cases_sees_similar_ones(world: World, who: Any) -> None:
    await world.case("r1", title=NOISE)
    async with world.api(who) as api:
        assert (await api.get("/dispatch/api/cases/c-r1/similar")).status_code == 200
