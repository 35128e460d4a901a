"""HA-02, HA-12, HA-26, HA-27: a case keeps the cell of every layer it came from; each layer adds up to the same."""

import pytest

from contracts.intake import GridCellDefined, GridCellsUnified, SubjectRegistered, UnitRegistered
from services.dispatch.read.service_lines import line_of
from tests.dispatch.asking import OFFICE, post
from tests.dispatch.test_pages import send
from tests.dispatch.world import DESK, World

CELLS = (
    ("city-1", "city", "district", None),
    ("city-a", "city", "town", "city-1"),
    ("city-a1", "city", "community", "city-a"),
    ("city-a2", "city", "community", "city-a"),
    ("city-b", "city", "town", "city-1"),
    ("party-1", "party", "district", None),
    ("party-a", "party", "town", "party-1"),
    ("party-b", "party", "town", "party-1"),
)
WHERE = (
    {"city": "city-a1", "party": "party-a"},
    {"city": "city-a1", "party": "party-b"},
    {"city": "city-a2", "party": "party-b"},
    {"city": "city-b", "party": "party-b"},
)


@pytest.mark.parametrize(
    ("kind", "level", "line"),
    [
        ("enterprise", "village", "enterprise"),
        ("village", None, "village"),
        ("community", "town", "community"),
        ("household", "village", "village"),
        ("household", "community", "community"),
        ("household", "town", None),
        ("unit", "community", "community"),
        (None, "village", "village"),
        (None, None, None),
    ],
)
def test_for_whom_a_matter_is(kind: str | None, level: str | None, line: str | None) -> None:
    assert line_of(kind, level) == line


async def test_the_cases_of_each_layer_add_up_to_the_same(world: World) -> None:
    for grid_id, layer, level, parent in CELLS:
        named = f"{layer} {grid_id}"
        await world.hear(GridCellDefined(grid_id=grid_id, layer=layer, level=level, name=named, parent=parent))
    await world.hear(UnitRegistered(unit_id="village-a1", name="示例村", level="village", parent="town-a"))
    await world.hear(
        SubjectRegistered(subject_id="s1", kind="household", territory_unit="town-a", community_unit="village-a1")
    )
    for n, grid_ids in enumerate(WHERE, start=1):
        await world.request(f"r{n}", grid_ids=grid_ids, subject_id="s1" if n == 1 else None)
    await world.settled()
    async with world.api(DESK) as desk, world.browser(OFFICE) as office, world.browser(DESK) as sender:

        async def count(**asked: str) -> int:
            tallies = (await desk.get("/dispatch/api/counts", params=asked)).json()
            return sum(tallies["lights"].values()) if "lights" in tallies else sum(tallies.values())

        roots = [grid for grid, _, _, parent in CELLS if parent is None]
        assert [await count(cell=root) for root in roots] == [len(WHERE)] * 2
        for layer in ("city", "party"):
            leaves = {grid_ids[layer] for grid_ids in WHERE}
            assert sum([await count(cell=leaf) for leaf in leaves]) == len(WHERE)
        assert (await count(cell="city-a"), await count(cell="city-a1"), await count(cell="nowhere")) == (3, 2, 0)
        assert (await count(line="village"), await count(line="enterprise")) == (1, 0)
        shown = (await office.get("/dispatch/cases?cell=city-b")).text
        assert shown.count('href="/dispatch/cases/c-r') >= 1
        assert "/dispatch/cases/c-r4" in shown
        assert "/dispatch/cases/c-r1" not in shown
        assert '<option value="city-b" selected>城市管理网格：city city-b</option>' in shown
        desk_form = (await sender.get("/dispatch/desk?case=c-r2")).text
        said = {"category": "road-surface", "scope": "individual", "urgency": "real", "lead": "bureau-road"}
        sent = await send(sender, desk_form, "/dispatch/desk/c-r2", **said, service_line="enterprise")
        assert sent.status_code == 200
        await world.settled()
        assert (await count(line="village"), await count(line="enterprise")) == (1, 1), "as the desk says"
        assert "帮创新（企业）" in (await office.get("/dispatch/cases/c-r2")).text
        page = (await office.get("/dispatch/cases/c-r1")).text
        assert "city city-a1" in page
        assert "帮壮村" in page
        assert "居民群众" in page
        parts = {"parts.0.title": "路面破损", "parts.1.title": "路灯不亮", "reason": "两件事"}
        assert (await send(office, page, "/dispatch/cases/c-r1/split", **parts)).status_code == 200
        await world.settled()
        assert await count(cell="city-a1") == 4, "the parts come from where the whole came from"
        assert await count(line="village") == 3


async def test_a_part_with_a_territory_of_its_own_lies_in_the_cells_there(world: World) -> None:
    """Split in two: what is in the other town counts for that town's cell and the kind of place it is."""
    for grid_id, town in (("city-a", "town-a"), ("city-b", "town-b")):
        await world.hear(GridCellDefined(grid_id=grid_id, layer="city", level="town", name=f"示例{grid_id}"))
        await world.hear(GridCellsUnified(place_ref=town, grid_ids={"city": grid_id}))
    await world.hear(UnitRegistered(unit_id="village-b", name="示例乙村", level="village", parent="town-b"))
    whole = await world.case("r1", grid_ids={"city": "city-a"})
    parts = [{"title": "路面破损"}, {"title": "路灯不亮", "territory": "village-b"}]
    async with world.api(DESK) as desk:
        done = await post(desk, f"/cases/{whole}/split", {"reason": "两件事", "parts": parts})
        assert done.status_code == 201, done.text
    await world.settled()
    rows = await world.service.pool.fetch("SELECT cells, service_line FROM case_board WHERE split_from = 'c-r1'")
    assert {(*row["cells"], row["service_line"]) for row in rows} == {("city-a", None), ("city-b", "village")}
